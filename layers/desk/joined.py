"""Rows that are parts of one line, and cross each other: joined, it would have no two sides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas
import numpy as np
import shapely

from layers.desk import places
from layers.desk.record import Record
from layers.index import Mask
from layers.model import Layer, Rows
from layers.notation import format_decimal
from layers.spatial import gap, meets_itself

#: So often a part is taken out of a line that crosses itself and the rest is looked at again; then all that came with it go.
_ROUNDS = 8
#: What comes as near as this to a place is there, and how long in degrees a line is that stands for one.
_ON_M, _SPOT = 1.0, 1e-7


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a line: its id, its shape, and the position of its row, -1 where it is in the record already."""

    id: str
    shape: shapely.Geometry
    row: int


def crossing(record: Record, of: Layer, rows: Rows, ceiling: int) -> dict[int, str]:
    """Return which rows cannot be joined to the line they are parts of, by position, and why.

    Parameters
    ----------
    record : Record
    of : Layer
        Where its lines have no sides, nothing is amiss.
    rows : Rows
        What is to be stored; what it takes the place of does not count.
    ceiling : int
        The highest rank of a marking that the submitter sees: what is above is not told of.
    """
    if not of.sided or not len(rows):
        return {}
    lines = [parts for parts in _lines(record, of, rows, ceiling) if len(parts) > 1 and parts[-1].row >= 0]
    found: dict[int, str] = {}
    for number in range(_ROUNDS):
        whole = geopandas.GeoSeries([_whole(parts) for parts in lines], crs=4326)
        met = [(parts, place) for parts, place in zip(lines, meets_itself(whole), strict=True) if place is not None]
        lines = []
        for parts, place in met:
            out, reason = _out(parts, place)
            found |= dict.fromkeys([one.row for one in (parts if number == _ROUNDS - 1 else [out]) if one.row >= 0], reason)
            lines += [[one for one in parts if one is not out]] if out.row >= 0 else []
    return found


def _lines(record: Record, of: Layer, rows: Rows, ceiling: int) -> Iterator[list[_Part]]:
    """Yield the parts of each line: those in the record first, then those that come, in their order."""
    shapes, held = record.picture.shapes[of.id], set(rows.feature)
    seen: Mask = places.standing(shapes) & (shapes.marking <= ceiling)
    found: dict[tuple[object, ...], list[_Part]] = {}
    for row in np.flatnonzero(seen).tolist():
        if shapes.feature[row] not in held:
            found.setdefault(places.line_of(shapes, row), []).append(_Part(shapes.feature[row], shapes.geometry[row], -1))
    lines = shapely.from_wkb(list(rows.wkb or ()))
    for n in np.flatnonzero(~rows.retracted).tolist():
        said = json.loads(rows.payload[n])
        part = places.told(rows.feature[n], said, lines[n], (int(rows.start[n]), int(rows.until[n])))
        found.setdefault(places.of_line(part), []).append(_Part(part.id, part.shape, n))
    yield from found.values()


def _whole(parts: list[_Part]) -> shapely.Geometry:
    return shapely.MultiLineString([line for part in parts for line in shapely.get_parts(part.shape)])


def _out(parts: list[_Part], place: shapely.Geometry) -> tuple[_Part, str]:
    """Return the part to take out of a line that crosses itself at a place, the last to come of those there, and why."""
    shapes = geopandas.GeoSeries([part.shape for part in parts], crs=4326)
    spot = geopandas.GeoSeries([shapely.LineString([place, (place.x + _SPOT, place.y)])], crs=4326)
    there = np.flatnonzero(gap(shapes, spot, within_m=_ON_M)["distance_m"] <= _ON_M)
    met = [parts[n] for n in there.tolist()] or parts
    where = str(format_decimal([(place.x + 180) % 360 - 180], [place.y])[0])
    other = next((one.id for one in met if one is not met[-1]), met[-1].id)
    return met[-1], (
        f"crosses or touches {other[:40]!r} at {where}, another part of the same line, which would have no two sides; "
        "draw it without, or give it a name of its own"
    )
