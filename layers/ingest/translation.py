"""One chunk of a file, in the terms of a layer: its fields, its places, and what is kept as it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest import conventions as written
from layers.ingest import own
from layers.ingest.conventions import Conventions
from layers.ingest.dialect import PLACES
from layers.ingest.mapping import ColumnMapping
from layers.ingest.values import numbers
from layers.model import Fault, Layer

Columns = Mapping[str, pa.Array]

_ISO = r"^(\d{4}-\d\d-\d\d.*)?$"
_DIGITS = r"^\d{1,4}$"
#: So many different texts of a field are counted in a chunk.
_MOST = 10_000
#: Stands for a time that has a fault already.
_SOME_TIME = "1970-01-01"


@dataclass(frozen=True, slots=True)
class Translation:
    """Columns of text: by field, by place, and those kept beside the record."""

    fields: dict[str, pa.Array]
    places: dict[str, pa.Array]
    named: dict[str, str]
    extra: dict[str, pa.Array]
    faults: tuple[Fault, ...]


def translated(
    mapping: ColumnMapping, columns: Columns, layer: Layer, row: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Translation:
    """Return a chunk's columns in the terms of a layer."""
    of = mapping.conventions or Conventions()
    fields: dict[str, pa.Array] = {}
    kept = {name for name in columns if name not in mapping.taken and not own.is_ours(name)}
    faults: list[Fault] = []
    for field in layer.fields:
        names = [name for name in mapping.columns.get(field.name, ()) if name in columns]
        if names:
            source = _put_together(columns, names) if field.name in mapping.joined else _first(columns, names)
            made = _whole(source) if field.name in mapping.whole_numbers else source
            spoken = _meant(mapping, field.name, columns, names, made)
            if field.kind == "time":
                spoken, doubtful = written.dated(spoken, of)
                faults += [_either(int(row[n]), names[0], spoken[int(n)].as_py()) for n in doubtful]
                spoken = _stood(spoken, doubtful)
            elif field.kind in ("number", "integer"):
                spoken = written.numbered(written.known(spoken), of)
            fields[field.name] = spoken
            kept |= _as_it_came(
                names, source, made, spoken, field.kind == "time", len(names) > 1 and field.name not in mapping.joined
            )
        if field.name in mapping.steps:
            fields[field.name] = _stepped(mapping, field.name, columns, len(row))
        if field.name in mapping.constants:
            said = fields.get(field.name, pa.array([""] * len(row), pa.string()))
            fields[field.name] = pc.if_else(pc.equal(said, ""), mapping.constants[field.name], said)
    places, named = _placed(mapping, columns, of)
    kept |= {
        name for place, name in named.items() if place != own.SHAPE and not _as_it_stands(place, places[place], columns[name], of)
    }
    extra = {name: columns[name] for name in columns if name in kept}
    return Translation(fields, places, named, extra, tuple(faults))


def count_values(
    met: dict[str, Counter[str]],
    mapping: ColumnMapping,
    columns: Columns,
    layer: Layer,
    kept: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> None:
    """Count the texts that stand in the columns of coded fields, in the rows that are kept."""
    for field in layer.fields:
        names = [name for name in mapping.columns.get(field.name, ()) if name in columns]
        if names and field.choices:
            source = _put_together(columns, names) if field.name in mapping.joined else _first(columns, names)
            found = pc.value_counts(source.filter(pa.array(kept)))
            met.setdefault(field.name, Counter()).update({one["values"].as_py(): one["counts"].as_py() for one in found[:_MOST]})


def _placed(mapping: ColumnMapping, columns: Columns, of: Conventions) -> tuple[dict[str, pa.Array], dict[str, str]]:
    named = {
        place: mapping.columns[place][0] for place in PLACES if place in mapping.columns and mapping.columns[place][0] in columns
    }
    if of.swapped and {"longitude", "latitude"} <= named.keys():
        named |= {"longitude": named["latitude"], "latitude": named["longitude"]}
    plain = ("longitude", "latitude", "easting", "northing")
    places = {place: written.numbered(columns[name], of) if place in plain else columns[name] for place, name in named.items()}
    return places, named


def _as_it_stands(place: str, read: pa.Array, text: pa.Array, of: Conventions) -> bool:
    """Say whether degrees were read as they stand; any other spelling of a place is kept with the record."""
    return place in ("longitude", "latitude") and not of.swapped and read.equals(text)


def _first(columns: Columns, names: Sequence[str]) -> pa.Array:
    chosen = columns[names[0]]
    for name in names[1:]:
        chosen = pc.if_else(pc.equal(chosen, ""), columns[name], chosen)
    return chosen


def _put_together(columns: Columns, names: Sequence[str]) -> pa.Array:
    parts = [columns[names[0]], *(_clocks(columns[name]) for name in names[1:])]
    whole = pc.binary_join_element_wise(*parts, " ")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(whole, r"\s+", " "))


def _clocks(texts: pa.Array) -> pa.Array:
    """Return times of day written in figures alone (``130``) with all four."""
    figures = pc.match_substring_regex(texts, _DIGITS)
    if not pc.any(pc.and_(figures, pc.greater(pc.utf8_length(texts), 2))).as_py():
        return texts
    return pc.if_else(figures, pc.utf8_lpad(texts, 4, "0"), texts)


def _whole(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, r"^(-?[0-9]+)\.0+$", r"\1")


def _meant(mapping: ColumnMapping, of: str, columns: Columns, names: Sequence[str], made: pa.Array) -> pa.Array:
    """Return codes where the source's values have a meaning: of several columns the first that has one."""
    meanings = mapping.codes.get(of)
    if not meanings:
        return made
    spoken = made
    for name in reversed(names):
        encoded = (made if len(names) == 1 else columns[name]).dictionary_encode()
        words = pa.array([meanings.get(text.strip().casefold()) for text in encoded.dictionary.to_pylist()], pa.string())
        found = words.take(encoded.indices)
        spoken = pc.coalesce(found, spoken)
    return spoken


def _stepped(mapping: ColumnMapping, of: str, columns: Columns, length: int) -> pa.Array:
    source, bounds, codes = mapping.steps[of]
    if source not in columns:
        return pa.array([""] * length, pa.string())
    value = np.nan_to_num(numbers(columns[source])[0], nan=-1)
    return pa.array(np.array(codes, object)[np.searchsorted(bounds, value, side="right")], pa.string())


def _as_it_came(names: Sequence[str], source: pa.Array, made: pa.Array, spoken: pa.Array, time: bool, tried: bool) -> set[str]:
    """Return the columns whose text would be lost: translated ones, times not in ISO, and those that were not the first to speak."""
    lost = set(names[1:]) if tried else set()
    iso = time and bool(pc.all(pc.match_substring_regex(source, _ISO)).as_py())
    if (time and not iso) or (not time and not spoken.equals(made)):
        lost |= set(names)
    return lost


def _either(row: int, column: str, text: str) -> Fault:
    return Fault(row, column, f"{text[:40]!r} may be two days; say whether the day or the month comes first", "day_month")


def _stood(texts: pa.Array, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    if not len(at):
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[at] = True
    return pc.if_else(pa.array(mask), _SOME_TIME, texts)
