"""A file becomes drafts: format, dialect and conventions found out, columns translated, rows checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.config import Limits
from layers.errors import UnreadableFile
from layers.ingest import clocks, files, own, places
from layers.ingest import dialects as spoken
from layers.ingest.by_hand import said_by_hand
from layers.ingest.checks import Checking, Rules, Table
from layers.ingest.chunk import Chunk
from layers.ingest.conventions import Conventions, Evidence, from_words
from layers.ingest.dialect import PLACES
from layers.ingest.dialects.fixes import FIXES
from layers.ingest.dialects.plain import PLAIN
from layers.ingest.fixes import FIX, tracked
from layers.ingest.mapping import ColumnMapping, fitted
from layers.ingest.observations import OBSERVED, Grids, Observing, observed, unobserved
from layers.ingest.translation import Translation, count_values, translated
from layers.ingest.values import as_number
from layers.model import Box, Draft, Fault, Layer

Pairs = Sequence[tuple[str, str]]
Remembered = Callable[[Sequence[str]], ColumnMapping | None]
Met = dict[str, Counter[str]]

_SAMPLES = 3
#: So many answers of before are told in full.
_SAID = 6
#: How the columns of a table of fixes are best called.
_FIXES = "patrol, time, longitude and latitude"
_UNNAMED = re.compile(r"column \d+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a file would be read: what to show before any row is checked.

    ``samples`` are the first different texts of each column; ``said`` is in sentences how the file is read and what it
    lacks; ``called`` is what the file calls each field, the field's own label where it has no column for it;
    ``remembered`` says that the mapping was chosen for such a file before; ``of`` is what a row is read as, where that is not
    a feature of the layer itself but a part of one.
    """

    mapping: ColumnMapping
    samples: Mapping[str, tuple[str, ...]]
    said: tuple[str, ...]
    called: Mapping[str, str]
    remembered: bool = False
    of: Layer | None = None

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Return the columns that no field takes; they are kept with the record."""
        return tuple(name for name in self.samples if name not in self.mapping.taken and not own.is_ours(name))


def proposed(
    path: Path,
    layer: Layer,
    *,
    dialect: str | None = None,
    mapping: ColumnMapping | None = None,
    remembered: Remembered = lambda _: None,
    answers: Conventions | None = None,
    limits: Limits | None = None,
    chunk: int = 200_000,
) -> Proposal:
    """Return how a file would be read: by a mapping that is given or remembered, else by its dialect.

    ``answers`` are what was said of this very file before, where no mapping is given.

    Raises
    ------
    UnreadableFile
        The file as a whole cannot be read, or the dialect is not there.
    """
    limits = limits or Limits()
    _found(path)
    with closing(_parts(path, layer, limits, chunk)) as parts:
        first = next(parts, None)
    if first is None:
        raise UnreadableFile(f"{path.name} holds no rows; its first line must name the columns, its rows follow")
    return _proposed(path, layer, first, dialect, mapping, remembered, answers, limits, chunk)


def read(
    path: Path,
    layer: Layer,
    *,
    markings: Sequence[str],
    default_marking: str,
    box: Box,
    now: datetime,
    dialect: str | None = None,
    mapping: ColumnMapping | None = None,
    remembered: Remembered = lambda _: None,
    answers: Conventions | None = None,
    where: Pairs = (),
    assign: Pairs = (),
    limits: Limits | None = None,
    chunk: int = 200_000,
    told: Callable[[Proposal], None] = lambda _: None,
    observing: Observing = unobserved,
    met: Met | None = None,
) -> Generator[Draft, None, None]:
    """Read and check a file for a layer, chunk by chunk.

    Parameters
    ----------
    path : Path
        Any file that ``files.chunks`` reads.
    layer : Layer
        What its rows become.
    dialect : str, optional
        One of ``dialects.NAMES``; found out by its columns where not given.
    mapping : ColumnMapping, optional
        Which column is which field; by what is remembered of such files, else by the dialect, where not given.
    remembered : function of column names
        Returns the mapping that was chosen for such a file before, or None.
    answers : Conventions, optional
        What was said of this very file before, where no mapping is given.
    where : pairs of column and value
        Only rows whose column has that value are part of the submission.
    assign : pairs of field and value
        What every row gets, in place of what the file says.
    told : function of Proposal
        Told how the file is read, before the first row is.
    observing : Observing
        Places grids that tell where an observer stood and looked.
    met : dict of field to Counter, optional
        Filled with the texts of coded fields as they stand in the file, and how many rows hold each.

    Raises
    ------
    UnreadableFile
        The file as a whole cannot be read, or a named column, field or dialect is not there.
    """
    _found(path)
    known = {field.name for field in layer.fields}
    for name, _ in assign:
        if name not in known:
            raise UnreadableFile(
                f"--set names {name!r}, which is no field of {layer.title}; there are: {', '.join(sorted(known))}"
            )
    limits = limits or Limits()
    with closing(_parts(path, layer, limits, chunk)) as parts:
        first = next(parts, None)
        if first is None:
            return
        proposal = _proposed(path, layer, first, dialect, mapping, remembered, answers, limits, chunk)
        told(proposal)
        mapping = proposal.mapping
        zone = mapping.conventions.zone if mapping.conventions else ""
        rules, of = Rules(markings, default_marking, box, now, zone), proposal.of or layer
        asked = where, assign, met, observing
        drafts = _drafts(chain([first], parts), mapping, Checking(of, rules), path.name, asked)
        yield from drafts if proposal.of is None else (tracked(drafts, layer, rules),)


def _drafts(
    parts: Iterator[Chunk],
    mapping: ColumnMapping,
    checking: Checking,
    name: str,
    asked: tuple[Pairs, Pairs, Met | None, Observing],
) -> Generator[Draft, None, None]:
    (where, assign, met, observing), layer = asked, checking.layer
    for part in map(_named, parts):
        kept = _kept(part, where, name)
        gone = kept & _taken_back(part, mapping)
        if gone.any():
            yield checking.taken_back(_table(part, mapping, layer, (), gone, faults=()), int(gone.sum()))
        stays = kept & ~gone
        if met is not None:
            count_values(met, mapping, part.columns, layer, stays)
        if stays.any() or not gone.any():
            rows_in, left_out = int(stays.sum()) + _ragged(part), int((~kept).sum())
            table = _table(part, mapping, layer, assign, stays, faults=part.faults, observing=observing)
            yield checking.checked(table, rows_in, left_out)


def _found(path: Path) -> None:
    if not path.is_file():
        raise UnreadableFile(f"{path} is no file; name a CSV, Excel, GeoJSON or other file")


def _parts(path: Path, layer: Layer, limits: Limits, chunk: int) -> Generator[Chunk, None, None]:
    yield from files.chunks(path, layer, limits, chunk)


def _proposed(
    path: Path,
    layer: Layer,
    first: Chunk,
    dialect: str | None,
    mapping: ColumnMapping | None,
    remembered: Remembered,
    answers: Conventions | None,
    limits: Limits,
    chunk: int,
) -> Proposal:
    first, again = _named(first), False
    samples = {name: _some(texts) for name, texts in first.columns.items()}
    if mapping is None:
        mapping = None if dialect else remembered(list(first.columns))
        again = mapping is not None
        mapping = _sent_again(mapping or _fresh(path, layer, first, dialect), list(first.columns))
        mapping = mapping if answers is None else mapping.with_answers(answers)
    part_of = FIX if mapping.dialect == FIXES.name else None
    of = part_of or layer
    if mapping.conventions is not None:
        return Proposal(mapping, samples, (), _called(mapping, of), again, part_of)
    evidence = _evidence(mapping, of)
    evidence.take(first.columns)
    if evidence.telling:
        evidence = _evidence(mapping, of)
        for part in _parts(path, layer, limits, chunk):
            evidence.take(_named(part).columns)
    found, said = evidence.concluded(mapping.answers, mapping.zone)
    mapping = replace(mapping, conventions=found)
    said = (
        *first.said,
        *_lacking(mapping, of, spatial=first.geometry is not None, tracks=path.suffix.lower() == ".gpx"),
        *said,
        *_passed_over(mapping, of, first),
        *_together(mapping, part_of, first),
    )
    by_hand = said_by_hand(mapping, of) if again else ()
    if by_hand:
        more = f" and {len(by_hand) - _SAID:,} more" if len(by_hand) > _SAID else ""
        said += (f"As was said of such a file before: {'; '.join(by_hand[:_SAID])}{more}.",)
    return Proposal(mapping, samples, said, _called(mapping, of), bool(by_hand), part_of)


def _fresh(path: Path, layer: Layer, first: Chunk, dialect: str | None) -> ColumnMapping:
    tags = {name: first.tags.get(name, "") for name in first.columns}
    of = spoken.named(dialect, layer) if dialect else spoken.recognised(tags, layer)
    if of is None:
        raise UnreadableFile(f"no dialect {dialect!r}; there are: {', '.join(spoken.NAMES)}")
    if first.columns and all(_UNNAMED.fullmatch(name) for name in first.columns):
        raise UnreadableFile(f"{path.name} does not name its columns; add a first line with a name for each")
    if of is FIXES and first.geometry is not None:
        of = PLAIN
    return fitted(of, tags, FIX if of is FIXES else layer, clocks.found(first.columns))


def _sent_again(mapping: ColumnMapping, names: Sequence[str]) -> ColumnMapping:
    """Return a mapping for refused rows that come back mended: they are read as the file was that they come from."""
    because = next((name for name in names if name.startswith(own.BECAUSE)), None)
    if because is None:
        return mapping
    if own.SHAPE in names and not mapping.taken & {own.SHAPE}:
        mapping = mapping.with_column(own.SHAPE, own.SHAPE)
    return mapping.with_answers(from_words(because.partition(own.READ)[2].rstrip(" )")))


def _lacking(mapping: ColumnMapping, layer: Layer, *, spatial: bool, tracks: bool) -> Iterator[str]:
    """Say which columns a file lacks without which every row is refused."""
    held = mapping.columns.keys() | mapping.constants.keys() | mapping.steps.keys()
    lacking = [of.label for of in layer.fields if of.required and not of.default and of.name not in held]
    placed = ({"longitude", "latitude"}, {"grid"}, {"geopoint"}, {"easting", "northing"}, {own.SHAPE})
    if not spatial and not any(place <= held for place in placed):
        lacking.append("Position" if layer.geometry == "point" else "Shape in WKT")
    if lacking:
        or_fixes = f" Or call the columns of a table of fixes {_FIXES}." if layer.field("times") else ""
        or_tracks = " Or choose the layer Patrol tracks, where the tracks of a GPX file belong." if tracks else ""
        yield f"No column is read as {' or as '.join(lacking)}, so every row is refused: choose one.{or_fixes}{or_tracks}"


def _together(mapping: ColumnMapping, part_of: Layer | None, first: Chunk) -> Iterator[str]:
    """Say that rows are put together, and which columns what they make has no room for."""
    if part_of is not None:
        apart = [name[:40] for name in first.columns if name not in mapping.taken and not own.is_ours(name)]
        left = f" Not kept: {', '.join(map(repr, apart))}." if apart else ""
        yield f"Each row is read as a fix, and the fixes of one patrol as its track.{left}"


def _passed_over(mapping: ColumnMapping, layer: Layer, first: Chunk) -> Iterator[str]:
    """Say which columns look like the time of day that the dates lack, and are not read so."""
    read = mapping.columns.get(layer.time_field, ())
    for name in clocks.passed_over(first.columns, read, mapping.taken):
        yield f"{name[:40]!r} looks like a time of day and is not read, so dates stand alone; call it 'Time' to have it read with them."


def _called(mapping: ColumnMapping, layer: Layer) -> dict[str, str]:
    """Return what the file calls each field."""
    called = {of.name: of.label for of in layer.fields} | {"position": "Position", "row": "Row", "geometry": "Shape"}
    called |= {of: " and ".join(names) for of, names in mapping.columns.items()}
    at = [" and ".join(mapping.columns[place]) for place in PLACES if place in mapping.columns]
    return called | ({"position": " and ".join(at)} if at else {})


def _evidence(mapping: ColumnMapping, layer: Layer) -> Evidence:
    def of(kinds: tuple[str, ...]) -> list[str]:
        return [mapping.columns[f.name][0] for f in layer.fields if f.kind in kinds and f.name in mapping.columns]

    degrees = [mapping.columns[place][0] for place in ("longitude", "latitude") if place in mapping.columns]
    return Evidence(of(("time",)), of(("number", "integer")), degrees)


def _named(part: Chunk) -> Chunk:
    """Return a chunk of a file without a header under the names of the one dialect that has as many columns."""
    if any(name.startswith("'") for name in part.columns):
        part = replace(part, columns={own.plain_name(name): texts for name, texts in part.columns.items()})
    if not part.columns or not all(_UNNAMED.fullmatch(name) for name in part.columns):
        return part
    of = next((d for d in spoken.DIALECTS if len(d.headerless) == len(part.columns)), None)
    return part if of is None else replace(part, columns=dict(zip(of.headerless, part.columns.values(), strict=True)))


def _some(texts: pa.Array) -> tuple[str, ...]:
    there = texts.slice(0, 5_000).unique().to_pylist()
    return tuple(text[:80] for text in there if text)[:_SAMPLES]


def _ragged(part: Chunk) -> int:
    return len({fault.row for fault in part.faults} - set(part.row.tolist()))


def _kept(part: Chunk, where: Pairs, name: str) -> npt.NDArray[np.bool_]:
    by_name = {column.casefold(): column for column in part.columns}
    kept = np.ones(len(part), np.bool_)
    for column, value in where:
        if column.casefold() not in by_name:
            raise UnreadableFile(f"--where names {column!r}, which is no column of {name}; there are: {', '.join(part.columns)}")
        kept &= pc.equal(part.columns[by_name[column.casefold()]], value).to_numpy(zero_copy_only=False)
    return kept


def _taken_back(part: Chunk, mapping: ColumnMapping) -> npt.NDArray[np.bool_]:
    if mapping.retracts not in part.columns:
        return np.zeros(len(part), np.bool_)
    return np.asarray(pc.not_equal(part.columns[mapping.retracts], "").to_numpy(zero_copy_only=False))


def _table(
    part: Chunk,
    mapping: ColumnMapping,
    layer: Layer,
    assign: Pairs,
    kept: npt.NDArray[np.bool_],
    *,
    faults: Sequence[Fault],
    observing: Observing = unobserved,
) -> Table:
    columns = {name: own.unguarded(text) for name, text in part.columns.items()} if part.geometry is None else part.columns
    said = translated(mapping, columns, layer, part.row)
    fields = said.fields | {name: pa.array([value] * len(part), pa.string()) for name, value in assign}
    place, seen = _placed(part, said, mapping, layer), None
    if "grid" in said.places and part.geometry is None:
        joined = mapping.columns["grid"] if "grid" in mapping.joined else ()
        parts = {name: columns[name] for name in joined if name in columns}
        grids = Grids(said.places["grid"], part.row, fields.get("marking"), said.named["grid"], parts)
        place, seen = observed(place, grids, observing)
    extra = own.beside(said.extra) | ({OBSERVED: seen} if seen is not None else {})
    if layer.field("precision_m") and not np.isnan(place.precision_m).all():
        cell, given = pc.fill_null(as_number(place.precision_m, whole=False), ""), fields.get("precision_m")
        fields["precision_m"] = cell if given is None else pc.if_else(pc.equal(given, ""), cell, given)
    rows = np.flatnonzero(kept)
    take, shown = pa.array(rows), set(part.row[rows].tolist())
    lost = {fault.row for fault in part.faults} - set(part.row.tolist())
    told = tuple(fault for fault in (*faults, *said.faults, *place.faults) if fault.row in shown or fault.row in lost)
    return Table(
        part.row[rows],
        {name: text.take(take) for name, text in fields.items()},
        {name: text.take(take) for name, text in extra.items()},
        place.lon[rows],
        place.lat[rows],
        None if place.geometry is None else list(shapely.to_wkb(place.geometry[rows])),
        told,
        tuple(remark for remark in (*part.remarks, *said.remarks) if remark.row in shown),
    )


def _placed(part: Chunk, said: Translation, mapping: ColumnMapping, layer: Layer) -> places.Places:
    if part.geometry is None:
        zone = mapping.conventions.utm_zone if mapping.conventions else ""
        found = places.located(layer, said.places, part.row, said.named, zone)
        return found if found.geometry is None else replace(found, geometry=places.plain(found.geometry))
    part = replace(part, geometry=places.plain(part.geometry))
    bounds = shapely.bounds(part.geometry).reshape(-1, 4)
    middle = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
    shapes = None if layer.geometry == "point" else part.geometry
    return places.Places(*middle, shapes, np.full(len(part), np.nan), ())
