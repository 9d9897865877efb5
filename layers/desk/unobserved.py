"""Ground of the sectors that nobody observed in a view's span, as a layer: what is silent there need not be calm."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely

from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.catalogue.unobserved import AGES, DAYS, REACH
from layers.desk import daily
from layers.desk.accounts import at
from layers.desk.observers import Observers, array, ground_of, grounds, lasts, observers, visits_of
from layers.desk.patrols import held
from layers.desk.sheet import Sheet
from layers.index import NEVER, Shapes, none
from layers.model import NO_TIME, View
from layers.spatial.coverage import Coverage
from layers.spatial.visits import Quiet, Visits, aged, quiet, visited

#: An area in WGS 84 degrees and its square metres, of each class of how long ago it was observed.
Classes = list[tuple[shapely.Geometry, float]]


def unseen(ground: Coverage, visits: Visits, areas: Mapping[str, shapely.Geometry], today: int) -> dict[str, Classes]:
    """Return what of areas lies outside the ground that was observed, by cells, in the classes of how long ago it last was.

    Days are counted back from ``today``, the last of the span. Map, sheet and page are told by this alone.
    """
    cells = _but(ground, visits, today)
    return {name: aged(cells, area, today, DAYS) for name, area in areas.items()}


def patches(
    ground: Coverage, visits: Visits, areas: Mapping[str, shapely.Geometry], today: int, *, most: int
) -> list[tuple[str, Quiet]]:
    """Return the largest pieces of what ``unseen`` tells of, each of one area and class, the largest first."""
    cells = _but(ground, visits, today)
    found = [(name, one) for name, area in areas.items() for one in quiet(cells, area, today, DAYS, most)]
    return sorted(found, key=lambda one: -one[1].area_m2)[:most]


def _but(ground: Coverage, visits: Visits, today: int) -> Visits:
    """Return visits with what was observed in the span as of the day after it, younger than any class."""
    return visited(visits, ground, today + 1)


def unobserved(sheet: Sheet) -> Shapes:
    """Return what of each sector nobody observed in the sheet's span, by cells; one feature for each sector and class of ``unseen``.

    Of the view only its span, the moment it is known at and its sectors count: tracks are looked for everywhere. Of a user bound to
    sectors only those are told of, since tracks elsewhere are not seen. It is marked as high as any track, post or sector up to its end,
    since all of them say when ground was last observed.
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
    plane = by.plane
    spans = (by.span, (NO_TIME, by.span[1]))
    days = tuple(frozenset(daily.driven(by.ways, *span).items()) for span in spans)
    standing = tuple(one.at.wkb for one in by.standing)
    lately = tuple((day, one.at.wkb) for day, posts in lasts(by).items() for one in posts)
    key = ("unobserved", plane, named, tuple(mine), by.today, days, standing, lately)
    left = by.daily.kept(key, lambda: unseen(ground_of(by, plane, REACH), visits_of(by, plane, REACH), mine, by.today))
    return _shapes(left, _rank(whole, by))


def _shapes(left: Mapping[str, Classes], rank: int) -> Shapes:
    each = ((name, age, *one) for name, classes in left.items() for age, one in zip(AGES, classes, strict=True))
    # Numbered by what they are, so that a sheet made again tells whether it shows the same.
    found = (
        (zlib.crc32(area.wkb + f"{name} {age.code}".encode()), name, age, area, size) for name, age, area, size in each if size
    )
    numbered = sorted(found, key=lambda one: one[:2])
    count = len(numbered)
    never, dateless = np.full(count, NEVER), np.full(count, NO_TIME)
    return Shapes(
        seq=np.array([one[0] for one in numbered], np.int64),
        feature=tuple(f"{name} {age.code}" for _, name, age, _, _ in numbered),
        geometry=array(one[3] for one in numbered),
        start=dateless,
        until=dateless,
        recorded=np.zeros(count, np.int64),
        replaced=never,
        marking=np.full(count, rank, np.uint8),
        sector=np.zeros(count, np.uint16),
        fields=tuple(
            {"id": f"{name} {age.code}", "name": f"Not observed in {name}", "age": age.code, "area_km2": round(size / 1e6, 3)}
            for _, name, age, _, size in numbered
        ),
    )


def _rank(sheet: Sheet, by: Observers) -> int:
    """Return the highest rank of what it is reckoned from."""
    past = at(sheet, start=None, end=sheet.window.end or sheet.moment)
    posts, sectors = ({row.seq for row in held(of, name)} for of, name in ((past, POSITIONS.id), (sheet, SECTORS.id)))
    found = [0]
    for name, seqs in ((TRACKS.id, set(by.ways)), (POSITIONS.id, posts), (SECTORS.id, sectors)):
        shapes = sheet.record.picture.shapes[name]
        found.append(int(shapes.marking[np.isin(shapes.seq, list(seqs))].max(initial=0)))
    return max(found)
