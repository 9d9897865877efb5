"""Who of patrols and posts could have observed, and what ground, lines and cells that was, reckoned day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
import shapely

from layers.analysis import patrols as law
from layers.analysis.patrols import Ways, repeated
from layers.analysis.rates import Post, Reach, Watch, Within
from layers.catalogue.ceasefire_lines import LAYER as LINES
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.desk import daily
from layers.desk.accounts import at
from layers.desk.daily import DAY, Daily, Part
from layers.desk.patrols import Row, held, track
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, to_micros
from layers.spatial.blocks import Blocks
from layers.spatial.coverage import Coverage, Progress, grown, nothing
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, degrees, space
from layers.spatial.plane import Plane, plane_about
from layers.spatial.stretches import Course, Stretches, passed
from layers.spatial.visits import Visits, visited

#: A mission's area so many degrees wide or high says little of where it is.
_WIDE = 60.0
#: A day, counted from 1970, and what of some lines was observed on it.
Passed = tuple[int, Stretches]


@dataclass(frozen=True, eq=False, slots=True)
class Observers:
    """Who could have observed: tracks with their known ways by version, and posts, of all time up to the end of a span.

    ``span`` is what is asked, microseconds since 1970 UTC; where the view has no beginning, from the first way on. ``again`` are, by
    version, the ways that an earlier track of the same patrol tells as well. All is reckoned in the ``plane``; of the tracks
    ``far`` from it no ways are known, and ``far_posts`` more posts are as far.
    """

    daily: Daily
    rows: tuple[Row, ...]
    ways: Mapping[int, Ways]
    posts: tuple[Post, ...]
    since: int
    span: tuple[int, int]
    again: Mapping[int, Bools]
    plane: Plane
    far: frozenset[int]
    far_posts: int

    def once(self, parts: frozenset[Part]) -> frozenset[Part]:
        """Return parts of the ways without those that are told twice: a patrol that was followed twice went there once."""
        return frozenset(one for part in parts for one in (self._alone(part) if part[0] in self.again else (part,)))

    def _alone(self, part: Part) -> Iterator[Part]:
        seq, first, last = part
        twice = self.again[seq][first:last]
        edges = np.flatnonzero(np.diff(np.concatenate([[True], twice, [True]]).astype(np.int8))) + first
        yield from ((seq, int(begin), int(end)) for begin, end in edges.reshape(-1, 2))

    @property
    def standing(self) -> list[Post]:
        """Return the posts that stood in the span."""
        return [one for one in self.posts if _stood(one, self.span)]

    @property
    def today(self) -> int:
        """Return the last day of the span, counted from 1970."""
        return (self.span[1] - 1) // DAY

    @property
    def mine(self) -> list[Row]:
        """Return the tracks that were under way in the span, those without usable times by what dates they have."""
        return [row for row in self.rows if self._mine(row)]

    def _mine(self, row: Row) -> bool:
        way, (begin, end) = self.ways[row.seq], self.span
        return bool(way.ends[-1] >= begin and way.begins[0] < end) if len(way.begins) else row.touches(begin, end)


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """The ground observed in a span, the last day of each cell, and what of some lines was observed on each day, none twice."""

    ground: Coverage
    visits: Visits
    days: tuple[Passed, ...]


def observers(sheet: Sheet) -> Observers:
    """Return who could have observed in a sheet's span, and before it."""
    past, memory = at(sheet, start=None, end=sheet.window.end or sheet.moment), sheet.record.daily
    rows, standing = tuple(held(past, TRACKS.id)), list(held(past, POSITIONS.id))
    plane = _plane(sheet, [*rows, *standing])
    far = {row.seq for row, near in zip(rows, near_to(plane, rows), strict=True) if not near}
    posts = tuple(
        Post(row.shape, row.start, row.until) for row, near in zip(standing, near_to(plane, standing), strict=True) if near
    )
    ways = memory.known({row.seq: partial(track, row) for row in rows}) | dict.fromkeys(far, law.ways([]))
    end = to_micros(sheet.window.end or sheet.moment)
    since = min((int(one.begins[0]) for one in ways.values() if len(one.begins)), default=end)
    span = to_micros(sheet.window.start) if sheet.window.start else since, end
    beyond = frozenset(far), len(standing) - len(posts)
    return Observers(memory, rows, ways, posts, since, span, _again(rows, ways), plane, *beyond)


def _plane(sheet: Sheet, seen: Sequence[Row]) -> Plane:
    """Return the plane about the sectors, about the lines where there are none, else about the mission's area: one far track moves none of them.

    Where the area is half the world, it is about the middle one of what is ``seen``, each way.
    """
    for layer in (SECTORS.id, LINES.id):
        if shapes := [row.shape for row in held(sheet, layer)]:
            return plane_about(*shapely.get_coordinates(shapes).T)
    west, south, east, north = sheet.record.configuration.box
    if seen and (east - west > _WIDE or north - south > _WIDE):
        middles = space(*shapely.get_coordinates(shapely.centroid([row.shape for row in seen])).T)
        lon, lat = degrees(np.median(middles, axis=0))
        return plane_about(np.array([lon]), np.array([lat]))
    return plane_about(np.array([(west + east) / 2]), np.array([(south + north) / 2]))


def near_to(plane: Plane, rows: Sequence[Row]) -> Bools:
    """Say which features lie near enough to a plane for its ground to be reckoned there."""
    west, south, east, north = shapely.bounds(array(row.shape for row in rows)).reshape(-1, 4).T
    blocks = Blocks(plane)
    return np.asarray(
        blocks.near(west, south) & blocks.near(west, north) & blocks.near(east, south) & blocks.near(east, north), bool
    )


def _again(rows: Sequence[Row], ways: Mapping[int, Ways]) -> dict[int, Bools]:
    """Return of each track which of its ways an earlier one of the same patrol tells as well, of those that have any."""
    by_patrol: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.text("route") and len(ways[row.seq].begins):
            by_patrol[row.text("route")].append(row.seq)
    found: dict[int, Bools] = {}
    for seqs in by_patrol.values():
        for other, one in _together(seqs, ways):
            if (twice := repeated(ways[one], ways[other])).any():
                found[one] = found.get(one, False) | twice
    return found


def _together(seqs: Iterable[int], ways: Mapping[int, Ways]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of tracks that were under way at one time, the earlier version first."""
    last: list[int] = []
    for seq in sorted(seqs, key=lambda seq: int(ways[seq].begins[0])):
        last = [one for one in last if ways[one].ends[-1] > ways[seq].begins[0]]
        yield from ((min(one, seq), max(one, seq)) for one in last)
        last.append(seq)


def seen(by: Observers, of: Course, named: object, *, reach: Reach, progress: Progress = lambda _: None) -> Seen:
    """Return what was observed, and when; ``of`` are the lines that are asked about, which ``named`` says the versions of."""
    plane = of.blocks.plane
    days = daily.driven(by.ways, NO_TIME, by.span[1])
    for done, parts in enumerate(days.values(), 1):
        by.daily.day(by.ways, parts, plane, reach.track_m)
        progress(done / len(days))
    told = []
    for day, parts in days.items():
        key, one = (plane, reach.track_m, parts), by.daily.day(by.ways, parts, plane, reach.track_m)
        told.append((day, by.daily.kept((key, named), lambda one=one: passed(one.ground, of))))  # type: ignore[misc]
    for day, posts in lasts(by).items():
        told.append((day, passed(_about(posts, plane, reach), of)))
    progress(1.0)
    return Seen(ground_of(by, plane, reach), visits_of(by, plane, reach), tuple(told))


def ground_of(by: Observers, plane: Plane, reach: Reach) -> Coverage:
    """Return the ground that was observed in the span."""
    whole = daily.ground_of(by.daily, by.ways, daily.driven(by.ways, *by.span), plane=plane, reach_m=reach.track_m)
    return grown(whole, array(post.at for post in by.standing), reach.post_m)


def visits_of(by: Observers, plane: Plane, reach: Reach) -> Visits:
    """Return the last day, up to the span's end, on which each cell was observed."""
    found = daily.visits_of(by.daily, by.ways, daily.driven(by.ways, NO_TIME, by.span[1]), plane=plane, reach_m=reach.track_m)
    for day, posts in lasts(by).items():
        found = visited(found, _about(posts, plane, reach), day)
    return found


def _about(posts: Sequence[Post], plane: Plane, reach: Reach) -> Coverage:
    return grown(nothing(plane), array(post.at for post in posts), reach.post_m)


def watched(by: Observers, areas: Shapes, named: object, reach: Reach) -> Watch:
    """Return how much areas were observed in the span; ``named`` says the versions of the areas."""
    within = by.daily.kept(("within", named, reach), lambda: Within(areas, reach))
    none = np.zeros(len(areas))
    found = [Watch(none, none, none), within.stood(by.standing, by.span)]
    for day, every in daily.under_way(by.ways, *by.span).items():
        parts = by.once(every)
        span = max(day * DAY, by.span[0]), min((day + 1) * DAY, by.span[1])
        key = ("watched", named, reach, span, parts)
        found.append(by.daily.kept(key, lambda span=span, parts=parts: within.driven(daily.some(by.ways, parts), span)))  # type: ignore[misc]
    return reduce(Watch.__add__, found)


def grounds(sheet: Sheet) -> tuple[dict[str, shapely.Geometry], Hashable]:
    """Return the ground of each sector that the sheet holds, by its name as reports are counted by it, and the versions it is of."""
    found: dict[str, list[shapely.Geometry]] = defaultdict(list)
    rows = list(held(sheet, SECTORS.id))
    for row in rows:
        found[row.text("code") or row.text("name") or row.feature].append(row.shape)
    return {name: shapely.union_all(shapes) for name, shapes in sorted(found.items())}, tuple(row.seq for row in rows)


def lasts(by: Observers) -> Mapping[int, Sequence[Post]]:
    """Return the posts by the last day on which they stood."""
    found: dict[int, list[Post]] = {}
    for post in by.posts:
        last = min(post.ends, by.span[1]) if post.ends != NO_TIME else by.span[1]
        found.setdefault((last - 1) // DAY, []).append(post)
    return found


def array(shapes: Iterable[shapely.Geometry]) -> Shapes:
    """Return shapes as an array."""
    every = list(shapes)
    found = np.empty(len(every), np.object_)
    found[:] = every
    return found


def _stood(post: Post, span: tuple[int, int]) -> bool:
    return (post.begins == NO_TIME or post.begins < span[1]) and (post.ends == NO_TIME or post.ends > span[0])
