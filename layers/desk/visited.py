"""Which places patrols came by, from their tracks, and when they were there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np

from layers.analysis.patrols import USUAL
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

Int64s = np.ndarray[tuple[int], np.dtype[np.int64]]


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
    parties = list(_parties(shapes, rows[np.argsort(shapes.start[rows], kind="stable")]))
    if settled is None:
        return [_visit(shapes, party, "", "") for party in parties]
    towns, standing = sheet.shapes(settled)
    places = _frame(towns, standing)
    before = _Before(sheet, tracks, upto)
    found = []
    for party in parties:
        met = sorted(set(near(places, _frame(shapes, np.array(party)), NEAR_M).index.tolist()))
        found += [
            _visit(shapes, party, _called(towns, town), before.at(_frame(towns, np.array([town])), int(shapes.start[party[0]])))
            for town in met
        ]
        found += [] if met else [_visit(shapes, party, "", "")]
    return found


def _parties(shapes: Shapes, rows: Int64s) -> Iterator[list[int]]:
    """Yield the tracks of each patrol, the earliest first; so long after its last one begins another of its name."""
    parties: dict[str, list[int]] = {}
    found: list[list[int]] = []
    for row in rows.tolist():
        party = parties.get(name := _patrol(shapes, row))
        if party is None or shapes.start[row] > max(_last(shapes, one) for one in party) + USUAL.lost_us:
            party = parties[name] = []
            found.append(party)
        party.append(row)
    yield from found


def _last(shapes: Shapes, row: int) -> int:
    """Return when a track was last heard of: its end, of one under way its beginning."""
    return max(int(shapes.until[row]), int(shapes.start[row]))


class _Before:
    """Patrols up to the sheet's end, and which of them came by a place before another did."""

    def __init__(self, sheet: Sheet, tracks: Layer, upto: str) -> None:
        earlier = at(sheet, start=None)
        self._shapes, rows = earlier.shapes(tracks)
        rank = sheet.record.configuration.markings.index(upto)
        self._rows = rows[(self._shapes.marking[rows] <= rank) & (self._shapes.until[rows] != NO_TIME)]
        self._near: dict[int, Int64s] = {}

    def at(self, place: geopandas.GeoDataFrame, moment: int) -> str:
        """Return when the last patrol that came back before a moment was at a place."""
        town = int(place.index[0])
        if town not in self._near:
            within = gap(_frame(self._shapes, self._rows), place, within_m=NEAR_M)["distance_m"].notna().to_numpy()
            self._near[town] = np.sort(self._shapes.until[self._rows[within]])
        until = self._near[town]
        earlier = until[until <= moment]
        return dtg(from_micros(int(earlier[-1]))) if len(earlier) else _NOT


def _frame(shapes: Shapes, rows: Int64s) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes.geometry[rows]), index=rows, crs=4326)


def _called(shapes: Shapes, row: int) -> str:
    return str(shapes.fields[row].get("name") or shapes.feature[row])


def _patrol(shapes: Shapes, row: int) -> str:
    said = shapes.fields[row]
    return str(said.get("route") or said.get("name") or shapes.feature[row])


def _visit(shapes: Shapes, party: Sequence[int], place: str, before: str) -> Visit:
    sector = next((str(sector) for row in party if (sector := shapes.fields[row].get("sector"))), "")
    begun, ended = int(shapes.start[party[0]]), max(int(shapes.until[row]) for row in party)
    return Visit(place, sector, _patrol(shapes, party[0]), _dtg(begun), _dtg(ended), before)


def _dtg(micros: int) -> str:
    return _NOT if micros == NO_TIME else dtg(from_micros(micros))
