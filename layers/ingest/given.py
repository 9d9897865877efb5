"""Rows given as values, with no file between: the fields of the own template, checked as a file's rows are."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.ingest import places
from layers.ingest.checks import Checking, Rules, Table
from layers.ingest.dialect import PLACES
from layers.ingest.observations import OBSERVED, Grids, Observing, observed, unobserved
from layers.ingest.values import as_number
from layers.model import Draft, Fault, Layer


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that holds what is no text: of which field, and why it is refused."""

    field: str
    reason: str


Given = Sequence[Mapping[str, str] | Unread]

_PAIR = frozenset({"longitude", "latitude"})
_NAMED = {name: name for name in PLACES}
#: Names the record writes itself; a row that brings them is not asked for them.
_OURS = frozenset({"feature", "flags", "extra"})


def given(rows: Given, layer: Layer, rules: Rules, observing: Observing = unobserved) -> Generator[Draft, None, None]:
    """Check rows given as text by field name; names of no field are kept with the record.

    A row's place is its ``longitude`` and ``latitude``, else its ``grid`` in any notation, or an observation that ``observing``
    places; which is kept as written.

    Parameters
    ----------
    rows : sequence of mapping of str to str, or Unread
        Row numbers count from 1.

    Returns
    -------
    iterator of Draft
        Rows with coordinates first, then those with a grid, then those unread; every row is in exactly one of them.
    """
    checking = Checking(layer, rules)
    by_name = {
        n: _gridded({name.casefold(): value.strip() for name, value in row.items()})
        for n, row in enumerate(rows)
        if not isinstance(row, Unread)
    }
    paired = {n for n, row in by_name.items() if any(row.get(name) for name in _PAIR)}
    for chosen in (sorted(paired), sorted(by_name.keys() - paired)):
        if chosen:
            texts = [by_name[n] for n in chosen]
            yield checking.checked(_table(texts, np.array(chosen, np.int64) + 1, layer, observing), len(chosen), 0)
    unread = tuple(Fault(n, row.field, row.reason) for n, row in enumerate(rows, 1) if isinstance(row, Unread))
    if unread:
        none, shapes = np.empty(0), None if layer.geometry == "point" else list[bytes]()
        yield checking.checked(Table(np.empty(0, np.int64), {}, {}, none, none, shapes, unread), len(unread), 0)


def _gridded(row: dict[str, str]) -> dict[str, str]:
    """Return a row that names an observer with its observation as the grid, where it has none of its own."""
    if not row.get("observer") or row.get("grid"):
        return row
    return row | {"grid": " ".join(filter(None, (row.get(name) for name in ("observer", "bearing", "distance", "means"))))}


def _table(
    rows: Sequence[Mapping[str, str]], numbers: np.ndarray[tuple[int], np.dtype[np.int64]], layer: Layer, observing: Observing
) -> Table:
    names = dict.fromkeys(name for row in rows for name, value in row.items() if value or name in _PAIR)
    columns = {name: pa.array([_plain(row.get(name, "")) for row in rows], pa.string()) for name in names if name not in _OURS}
    place = places.located(layer, {name: columns[name] for name in PLACES if name in columns}, numbers, _NAMED)
    told = None
    if "grid" in columns:
        place, told = observed(place, Grids(columns["grid"], numbers, columns.get("marking"), "grid"), observing)
    fields = {field.name: columns[field.name] for field in layer.fields if field.name in columns}
    if layer.field("precision_m") and not np.isnan(place.precision_m).all():
        cell = pc.fill_null(as_number(place.precision_m, whole=False), "")
        said = fields.get("precision_m")
        fields["precision_m"] = cell if said is None else pc.if_else(pc.equal(said, ""), cell, said)
    used = fields.keys() | _PAIR | {"wkt"}
    wkb = None if place.geometry is None else list(shapely.to_wkb(place.geometry))
    extra = {name: text for name, text in columns.items() if name not in used}
    extra |= {OBSERVED: told} if told is not None else {}
    return Table(numbers, fields, extra, place.lon, place.lat, wkb, place.faults)


def _plain(text: str) -> str:
    """Return a text that can be kept: half a character of two is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
