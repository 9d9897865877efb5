"""One chunk of a file, in the terms of a layer: its fields, its places, and what is kept as it came."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest import clocks, own
from layers.ingest import conventions as written
from layers.ingest.conventions import Conventions
from layers.ingest.dialect import PLACES
from layers.ingest.mapping import ColumnMapping
from layers.ingest.values import numbers
from layers.model import Fault, Layer

Columns = Mapping[str, pa.Array]

#: The unit of a column of lengths, such as ``distance_m`` or ``Distance (km)``.
_UNIT = re.compile(r"[^a-z](km|m)\W*$")
_ISO = r"^(\d{4}-\d\d-\d\d.*)?$"
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
    remarks: tuple[Fault, ...] = ()


def translated(
    mapping: ColumnMapping, columns: Columns, layer: Layer, row: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Translation:
    """Return a chunk's columns in the terms of a layer."""
    of = mapping.conventions or Conventions()
    fields: dict[str, pa.Array] = {}
    kept = {name for name in columns if name not in mapping.taken and not own.is_ours(name)}
    told = _Told(row)
    for field in layer.fields:
        names = [name for name in mapping.columns.get(field.name, ()) if name in columns]
        joined = field.name in mapping.joined
        kept |= set() if joined else set(names[1:])
        if names and field.kind == "time":
            source, spoken = told.times(mapping, field.name, columns, names)
            fields[field.name] = spoken
            kept |= set() if pc.all(pc.match_substring_regex(source, _ISO)).as_py() else set(names)
        elif names:
            source = _put_together(columns, names) if joined else _first(columns, names)
            made = _whole(source) if field.name in mapping.whole_numbers else source
            spoken = _meant(mapping, field.name, columns, names, made)
            if field.kind in ("number", "integer"):
                spoken = written.numbered(written.known(spoken), of)
            fields[field.name] = spoken
            kept |= set() if spoken.equals(made) else set(names)
        if field.name in mapping.steps:
            fields[field.name] = _stepped(mapping, field.name, columns, len(row))
        if field.name in mapping.constants:
            said = fields.get(field.name, pa.array([""] * len(row), pa.string()))
            fields[field.name] = pc.if_else(pc.equal(said, ""), mapping.constants[field.name], said)
    places, named = _placed(mapping, columns, of)
    kept |= {name for place in named.keys() & mapping.joined for name in mapping.columns[place] if name in columns}
    kept |= {
        name for place, name in named.items() if place != own.SHAPE and not _as_it_stands(place, places[place], columns[name], of)
    }
    beside = told.cells | {name: columns[name] for name in kept}
    extra = {name: beside[name] for name in columns if name in beside}
    return Translation(fields, places, named, extra, tuple(told.faults), tuple(told.remarks))


@dataclass
class _Told:
    """What is said of the times of a chunk: faults, remarks, and the cells, as they came, of rows of which a part was taken."""

    row: np.ndarray[tuple[int], np.dtype[np.int64]]
    faults: list[Fault] = dataclass_field(default_factory=list)
    remarks: list[Fault] = dataclass_field(default_factory=list)
    cells: dict[str, pa.Array] = dataclass_field(default_factory=dict)

    def times(self, mapping: ColumnMapping, of: str, columns: Columns, names: Sequence[str]) -> tuple[pa.Array, pa.Array]:
        """Return the texts of a field of times, put together of date and time of day where they stand apart, and in ISO 8601."""
        if of in mapping.joined and len(names) > 1:
            read = clocks.beside(columns[names[0]], columns[names[1]], figures=of in mapping.whole_numbers)
        else:
            read = clocks.begun(_first(columns, names))
        spoken, doubtful = written.dated(read.texts, mapping.conventions or Conventions())
        either = [_either(int(self.row[n]), names[0], spoken[int(n)].as_py()) for n in doubtful if int(n) not in read.faults]
        self.faults += either
        self.faults += [Fault(int(self.row[n]), names[-1], reason) for n, reason in read.faults.items()]
        self.remarks += [Fault(int(self.row[n]), of, reason) for n, reason in read.remarks.items()]
        if read.remarks:
            some = np.zeros(len(self.row), np.bool_)
            some[[*read.remarks]] = True
            self.cells |= {name: pc.if_else(pa.array(some), columns[name], "") for name in names}
        return read.texts, _stood(spoken, np.union1d(doubtful, np.array([*read.faults], np.int64)))


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
    for place in named.keys() & mapping.joined:
        names = [name for name in mapping.columns[place] if name in columns]
        places[place] = _put_together({name: _measured(name, columns[name]) for name in names}, names)
    return places, named


def _measured(name: str, texts: pa.Array) -> pa.Array:
    """Return lengths that end in a figure with the unit that their column's name ends in."""
    unit = _UNIT.search(name.casefold())
    return pc.replace_substring_regex(texts, r"([0-9])$", rf"\1 {unit[1]}") if unit else texts


def _as_it_stands(place: str, read: pa.Array, text: pa.Array, of: Conventions) -> bool:
    """Say whether degrees were read as they stand; any other spelling of a place is kept with the record."""
    return place in ("longitude", "latitude") and not of.swapped and read.equals(text)


def _first(columns: Columns, names: Sequence[str]) -> pa.Array:
    chosen = columns[names[0]]
    for name in names[1:]:
        chosen = pc.if_else(pc.equal(chosen, ""), columns[name], chosen)
    return chosen


def _put_together(columns: Columns, names: Sequence[str]) -> pa.Array:
    whole = pc.binary_join_element_wise(*(columns[name] for name in names), " ")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(whole, r"\s+", " "))


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


def _either(row: int, column: str, text: str) -> Fault:
    return Fault(row, column, f"{text[:40]!r} may be two days; say whether the day or the month comes first", "day_month")


def _stood(texts: pa.Array, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    if not len(at):
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[at] = True
    return pc.if_else(pa.array(mask), _SOME_TIME, texts)
