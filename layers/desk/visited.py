"""Which places patrols came by, from their tracks, and when they were there before."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np

from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.settlements import LAYER as SETTLEMENTS
from layers.desk import question as ask
from layers.desk.accounts import at
from layers.desk.sheet import Sheet
from layers.index import Shapes
from layers.model import NO_TIME, Layer, from_micros
from layers.notation import dtg
from layers.spatial import gap, near

#: A patrol that came so near to a settlement visited it.
NEAR_M = 500.0
_NOT = "Not recorded"


@dataclass(frozen=True, slots=True)
class Visit:
    """A patrol at a place: the place, blank where it came by none; when it left and came back; when a patrol was there before."""

    place: str
    sector: str
    patrol: str
    departed: str
    arrived: str
    before: str


def layer(sheet: Sheet, name: str) -> Layer | None:
    """Return a layer of that id, None where the sheet's user has none."""
    return next((of for of in ask.layers(sheet.record, sheet.user) if of.id == name), None)


def visits(sheet: Sheet, upto: str) -> list[Visit]:
    """Return where the patrols of a sheet's span came by, the earliest first.

    The span must be bounded. Of the patrols before it, those marked above ``upto`` are not told.
    """
    tracks, settled = layer(sheet, TRACKS.id), layer(sheet, SETTLEMENTS.id)
    if tracks is None:
        return []
    shapes, rows = sheet.shapes(tracks)
    rows = rows[np.argsort(shapes.start[rows], kind="stable")]
    if settled is None:
        return [_visit(shapes, row, "", "") for row in rows.tolist()]
    towns, standing = sheet.shapes(settled)
    places = _frame(towns, standing)
    before = _Before(sheet, tracks, upto)
    found = []
    for row in rows.tolist():
        met = near(places, _frame(shapes, np.array([row])), NEAR_M).index.tolist()
        found += [
            _visit(shapes, row, _called(towns, town), before.at(_frame(towns, np.array([town])), shapes, row)) for town in met
        ]
        found += [] if met else [_visit(shapes, row, "", "")]
    return found


class _Before:
    """Patrols up to the sheet's end, and which of them came by a place before another did."""

    def __init__(self, sheet: Sheet, tracks: Layer, upto: str) -> None:
        earlier = at(sheet, start=None)
        self._shapes, rows = earlier.shapes(tracks)
        rank = sheet.record.configuration.markings.index(upto)
        self._rows = rows[(self._shapes.marking[rows] <= rank) & (self._shapes.until[rows] != NO_TIME)]
        self._near: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}

    def at(self, place: geopandas.GeoDataFrame, shapes: Shapes, row: int) -> str:
        """Return when the last patrol before another was at a place."""
        town = int(place.index[0])
        if town not in self._near:
            within = gap(_frame(self._shapes, self._rows), place, within_m=NEAR_M)["distance_m"].notna().to_numpy()
            self._near[town] = np.sort(self._shapes.until[self._rows[within]])
        until = self._near[town]
        earlier = until[until <= shapes.start[row]]
        return dtg(from_micros(int(earlier[-1]))) if len(earlier) else _NOT


def _frame(shapes: Shapes, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes.geometry[rows]), index=rows, crs=4326)


def _called(shapes: Shapes, row: int) -> str:
    return str(shapes.fields[row].get("name") or shapes.feature[row])


def _visit(shapes: Shapes, row: int, place: str, before: str) -> Visit:
    said = shapes.fields[row]
    return Visit(
        place,
        str(said.get("sector") or ""),
        str(said.get("route") or said.get("name") or shapes.feature[row]),
        _dtg(int(shapes.start[row])),
        _dtg(int(shapes.until[row])),
        before,
    )


def _dtg(micros: int) -> str:
    return _NOT if micros == NO_TIME else dtg(from_micros(micros))
