"""Ground of the sectors that nobody observed in a view's span, as a layer: what is silent there need not be calm."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely

from layers.analysis.rates import Reach
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.desk import daily
from layers.desk.observers import Observers, array, grounds, observers
from layers.desk.patrols import held
from layers.desk.sheet import Sheet
from layers.index import NEVER, Shapes, none
from layers.model import NO_TIME, View
from layers.spatial.coverage import grown
from layers.spatial.plane import Plane
from layers.spatial.visits import unvisited, unvisited_of, visited

#: How far patrols and posts observe where nobody says otherwise.
REACH = Reach()


def unobserved(sheet: Sheet) -> Shapes:
    """Return what of each sector nobody observed in the sheet's span, by cells; one feature a sector, none where all was observed.

    Of the view only its span, the moment it is known at and its sectors count: tracks are looked for everywhere. Of a user bound to
    sectors only those are told of, since tracks elsewhere are not seen. It is marked as high as any track, post or sector of it.
    """
    window = replace(sheet.window, box=None, by="occurred")
    plain = View(last="all", known_at=sheet.view.known_at)
    whole = Sheet(sheet.record, sheet.user, plain, window, sheet.as_of, sheet.version)
    areas, named = grounds(whole)
    asked = dict(sheet.view.filters).get("sector", tuple(areas))
    mine = {name: areas[name] for name in areas if name in asked and (sheet.user.sectors is None or name in sheet.user.sectors)}
    if not mine:
        return none()
    by = observers(whole)
    plane = by.plane(array(areas.values()))
    days = daily.driven(by.ways, *by.span)
    key = (
        "unobserved",
        plane,
        named,
        tuple(mine),
        frozenset(days.items()),
        tuple((one.at.wkb, one.begins) for one in by.standing),
    )
    return _shapes(by.daily.kept(key, lambda: _left(by, mine, days, plane)), _rank(whole, by))


def _left(
    by: Observers, areas: Mapping[str, shapely.Geometry], days: daily.Days, plane: Plane
) -> dict[str, tuple[shapely.Geometry, float]]:
    """Return what of areas is left by those who observed, and how large it is."""
    ground = daily.ground_of(by.daily, by.ways, days, plane=plane, reach_m=REACH.track_m)
    ground = grown(ground, array(post.at for post in by.standing), REACH.post_m)
    cells = visited(unvisited(plane, REACH.track_m), ground, 0)
    left = {name: unvisited_of(cells, area) for name, area in areas.items()}
    return {name: one for name, one in left.items() if one[1]}


def _shapes(left: Mapping[str, tuple[shapely.Geometry, float]], rank: int) -> Shapes:
    # Numbered by what they are, so that a sheet made again tells whether it shows the same.
    numbered = sorted((zlib.crc32(area.wkb + name.encode()), name, area, size) for name, (area, size) in left.items())
    count = len(numbered)
    never, dateless = np.full(count, NEVER), np.full(count, NO_TIME)
    return Shapes(
        seq=np.array([one[0] for one in numbered], np.int64),
        feature=tuple(one[1] for one in numbered),
        geometry=array(one[2] for one in numbered),
        start=dateless,
        until=dateless,
        recorded=np.zeros(count, np.int64),
        replaced=never,
        marking=np.full(count, rank, np.uint8),
        sector=np.zeros(count, np.uint16),
        fields=tuple({"id": name, "name": f"Not observed in {name}", "area_m2": round(size)} for _, name, _, size in numbered),
    )


def _rank(sheet: Sheet, by: Observers) -> int:
    """Return the highest rank of what it is reckoned from."""
    tracks = {row.seq for row in by.mine}
    posts, sectors = ({row.seq for row in held(sheet, name)} for name in (POSITIONS.id, SECTORS.id))
    found = [0]
    for name, seqs in ((TRACKS.id, tracks), (POSITIONS.id, posts), (SECTORS.id, sectors)):
        shapes = sheet.record.picture.shapes[name]
        found.append(int(shapes.marking[np.isin(shapes.seq, list(seqs))].max(initial=0)))
    return max(found)
