"""A file becomes drafts: format and dialect found out, columns translated, rows checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.errors import UnreadableFile
from layers.ingest import dialects as spoken
from layers.ingest import features, places, table
from layers.ingest.checks import Checking, Rules, Table
from layers.ingest.dialects import DIALECTS, Dialect
from layers.ingest.table import Chunk
from layers.ingest.values import as_number
from layers.model import Box, Draft, Layer

Pairs = Sequence[tuple[str, str]]


def dialects() -> tuple[str, ...]:
    """Return the names ``--dialect`` takes."""
    return tuple(dialect.name for dialect in DIALECTS)


def read(
    path: Path,
    layer: Layer,
    *,
    markings: Sequence[str],
    default_marking: str,
    box: Box,
    now: datetime,
    dialect: str | None = None,
    where: Pairs = (),
    assign: Pairs = (),
    chunk: int = 200_000,
) -> Iterator[Draft]:
    """Read and check a file for a layer, chunk by chunk.

    Parameters
    ----------
    path : Path
        A CSV-like table, plain or gzipped, GeoJSON, or GeoPackage.
    layer : Layer
        What its rows become.
    dialect : str, optional
        One of ``dialects()``; found out by its columns where not given.
    where : pairs of column and value
        Only rows whose column has that value are part of the submission.
    assign : pairs of field and value
        What every row gets, in place of what the file says.

    Raises
    ------
    UnreadableFile
        The file as a whole cannot be read, or a named column, field or dialect is not there.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is no file; name a CSV, GeoJSON or GeoPackage file")
    checking = Checking(layer, Rules(markings, default_marking, box, now))
    fields = {field.name for field in layer.fields}
    for name, _ in assign:
        if name not in fields:
            raise UnreadableFile(
                f"--set names {name!r}, which is no field of {layer.title}; there are: {', '.join(sorted(fields))}"
            )
    chosen: Dialect | None = next((d for d in DIALECTS if d.name == dialect), None)
    if dialect and chosen is None:
        raise UnreadableFile(f"no dialect {dialect!r}; there are: {', '.join(dialects())}")
    parts = _features(path, layer, chunk) if features.recognised(path) else _table(path, layer, chunk)
    for part, place in parts:
        of = chosen or spoken.recognised(list(part.columns), layer.id)
        kept = _kept(part, where, path.name)
        yield checking.checked(
            _canonical(part, place, of, layer, assign, kept), int(kept.sum()) + _ragged(part), int((~kept).sum())
        )


def _ragged(part: Chunk) -> int:
    return len({fault.row for fault in part.faults} - set(part.row.tolist()))


def _table(path: Path, layer: Layer, limit: int) -> Iterator[tuple[Chunk, places.Places]]:
    for part in table.chunks(path, limit):
        yield part, places.found(part, layer)


def _features(path: Path, layer: Layer, limit: int) -> Iterator[tuple[Chunk, places.Places]]:
    for part in features.chunks(path, layer, limit):
        bounds = shapely.bounds(part.geometry).reshape(-1, 4)
        middle = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
        none = np.full(len(part.row), np.nan)
        shapes = None if layer.geometry == "point" else part.geometry
        yield Chunk(part.row, part.columns, ()), places.Places(*middle, shapes, none, (), part.faults)


def _kept(part: Chunk, where: Pairs, name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    by_name = {column.casefold(): column for column in part.columns}
    kept = np.ones(len(part), np.bool_)
    for column, value in where:
        if column.casefold() not in by_name:
            raise UnreadableFile(f"--where names {column!r}, which is no column of {name}; there are: {', '.join(part.columns)}")
        kept &= pc.equal(part.columns[by_name[column.casefold()]], value).to_numpy(zero_copy_only=False)
    return kept


def _canonical(
    part: Chunk, place: places.Places, of: Dialect, layer: Layer, assign: Pairs, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Table:
    columns = {name: _unguarded(text) for name, text in part.columns.items()}
    fields, taken = spoken.translated(of, columns, [field.name for field in layer.fields], len(part))
    fields |= {name: pa.array([value] * len(part), pa.string()) for name, value in assign}
    if layer.field("precision_m") and not np.isnan(place.precision_m).all():
        cell = pc.fill_null(as_number(place.precision_m, whole=False), "")
        said = fields.get("precision_m")
        fields["precision_m"] = cell if said is None else pc.if_else(pc.equal(said, ""), cell, said)
    used = taken | set(place.taken) | {name for name in columns if name.casefold() in ("ogc_fid", "feature", "flags", "extra")}
    extra = {name: text for name, text in columns.items() if name not in used}
    if "feature" in {name.casefold() for name in columns} and "id" in fields:
        named = next(text for name, text in columns.items() if name.casefold() == "feature")
        fields["id"] = pc.if_else(pc.equal(fields["id"], ""), named, fields["id"])
    rows = np.flatnonzero(kept)
    take = pa.array(rows)
    shown = set(part.row[rows].tolist())
    inside = tuple(f for f in (*part.faults, *place.faults) if f.row in shown or f in part.faults)
    return Table(
        part.row[rows],
        {name: text.take(take) for name, text in fields.items()},
        {name: text.take(take) for name, text in extra.items()},
        place.lon[rows],
        place.lat[rows],
        None if place.geometry is None else list(shapely.to_wkb(place.geometry[rows])),
        inside,
    )


def _unguarded(text: pa.Array) -> pa.Array:
    guarded = pc.any(pc.starts_with(text, "'")).as_py()
    return pc.replace_substring_regex(text, r"^'(\s*[=+\-@\t\r])", r"\1") if guarded else text
