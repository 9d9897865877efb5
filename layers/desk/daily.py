"""What was observed day by day, kept in memory: a new day, or a track that came in, was changed or withdrawn, costs its own days only.

Everything is kept under what it was reckoned of, versions and places among their fixes, so that nothing kept can be out of date.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import shapely
from scipy.spatial import cKDTree

from layers.analysis import patrols as law
from layers.analysis.patrols import Track, Ways
from layers.desk.reckoned import Reckoned
from layers.model import NO_TIME
from layers.spatial.coverage import Coverage, grown, nothing, united
from layers.spatial.edges import Legs
from layers.spatial.followed import paths
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Ints, space
from layers.spatial.plane import Plane
from layers.spatial.visits import Visits, marked, unvisited, visited

T = TypeVar("T")
DAY = 86_400_000_000
_NOTHING, _EVER = law.ways([]), 1 << 62
#: A version of a track, and from which to before which of its known ways.
Part = tuple[int, int, int]
#: By the day, what was driven on it.
Days = Mapping[int, frozenset[Part]]
#: So many days' ground is kept, so many smaller answers, so many sums of days, and so many tracks' ways.
_MOST_DAYS, _MOST, _MOST_SUMS, _MOST_TRACKS = 800, 8_000, 12, 50_000


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """Ground within reach of what was driven on a day, and which cells of its blocks have their middle in it."""

    ground: Coverage
    there: Bools


class Daily:
    """A mission's memory of observed days. Safe to ask from any thread."""

    def __init__(self) -> None:
        self._days, self._small = Reckoned(_MOST_DAYS), Reckoned(_MOST)
        self._ways: dict[int, Ways] = {}
        self._sums: OrderedDict[tuple[Hashable, frozenset[tuple[int, Part]]], object] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, tracks: Mapping[int, Callable[[], Track]]) -> dict[int, Ways]:
        """Return the known ways of tracks by their version; a track is read once, and one without usable times has none."""
        if len(self._ways) > _MOST_TRACKS:
            self._ways.clear()
        return {seq: self._known(seq, read) for seq, read in tracks.items()}

    def _known(self, seq: int, read: Callable[[], Track]) -> Ways:
        found = self._ways.get(seq)
        if found is None:
            found = self._ways[seq] = law.ways([read()])
        return found

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` makes, kept under a key that says all it is made of."""
        return self._small.kept(key, self, make)

    def day(self, ways: Mapping[int, Ways], parts: frozenset[Part], plane: Plane, reach_m: float) -> Day:
        """Return the ground within reach of what was driven on a day."""

        def made() -> Day:
            ground = grown(nothing(plane), lines(ways, parts), reach_m)
            return Day(ground, marked(unvisited(plane, reach_m), ground))

        return self._days.kept((plane, reach_m, parts), self, made)

    def lacks(self, days: Days, plane: Plane, reach_m: float) -> int:
        """Return of how many ways the ground is not kept yet."""
        return sum(len(parts) for parts in days.values() if not self._days.holds((plane, reach_m, parts), self))

    def summed(self, name: Hashable, days: Days, start: T, add: Callable[[T, int], T]) -> T:
        """Return what days come to, by adding one after the other to ``start``; what was added before is not added again.

        Adding a day of which some was added already must make no difference. What all but the last day come to is kept as well, since
        that one is still going on.
        """
        every = [(day, part) for day, driven in days.items() for part in driven]
        last, parts = max(days, default=0), frozenset(every)
        before = frozenset(pair for pair in every if pair[0] != last)
        whole, held = start, frozenset[tuple[int, Part]]()
        with self._lock:
            for (called, known), value in self._sums.items():
                if called == name and len(known) > len(held) and known <= parts:
                    whole, held = value, known  # type: ignore[assignment]
        for day in sorted({day for day, _ in parts - held}):
            if day == last:
                self._hold((name, before), whole)
            whole = add(whole, day)
        self._hold((name, parts), whole)
        return whole

    def _hold(self, key: tuple[Hashable, frozenset[tuple[int, Part]]], value: object) -> None:
        with self._lock:
            self._sums[key] = value
            self._sums.move_to_end(key)
            while len(self._sums) > _MOST_SUMS:
                self._sums.popitem(last=False)


def driven(ways: Mapping[int, Ways], begin: int, end: int) -> dict[int, frozenset[Part]]:
    """Return by the day, counted from 1970, the ways that begin in a span, the earliest day first."""
    found: dict[int, set[Part]] = defaultdict(set)
    earliest, latest = begin // DAY, end // DAY
    for seq, way in ways.items():
        for day, first, last in _by_day(way):
            if earliest <= day <= latest:
                low = max(first, int(np.searchsorted(way.begins, begin))) if day == earliest else first
                high = min(last, int(np.searchsorted(way.begins, end))) if day == latest else last
                if low < high:
                    found[day].add((seq, low, high))
    return {day: frozenset(found[day]) for day in sorted(found)}


@lru_cache(_MOST_TRACKS)
def _by_day(way: Ways) -> tuple[tuple[int, int, int], ...]:
    """Return the days on which the ways of a track begin, and from which to before which they do."""
    days = way.begins // DAY
    heads = np.flatnonzero(np.diff(days, prepend=NO_TIME, append=NO_TIME)).tolist()
    return tuple((int(days[first]), first, last) for first, last in pairwise(heads))


def under_way(ways: Mapping[int, Ways], begin: int, end: int) -> dict[int, frozenset[Part]]:
    """Return by the day, counted from 1970, the ways on which somebody was on it, of those in a span."""
    found: dict[int, set[Part]] = defaultdict(set)
    for seq, way in ways.items():
        if not len(way.begins) or way.ends[-1] <= begin or way.begins[0] >= end:
            continue
        for day in range(max(int(way.begins[0]), begin) // DAY, (min(int(way.ends[-1]), end) - 1) // DAY + 1):
            first = int(np.searchsorted(way.ends, max(day * DAY, begin), side="right"))
            last = int(np.searchsorted(way.begins, min((day + 1) * DAY, end)))
            if first < last:
                found[day].add((seq, first, last))
    return {day: frozenset(found[day]) for day in sorted(found)}


def some(ways: Mapping[int, Ways], parts: frozenset[Part]) -> Ways:
    """Return parts of the ways of tracks as one, those of each track a path of its own."""
    chosen = [(ways[seq], np.arange(first, last)) for seq, first, last in sorted(parts)] or [(_NOTHING, np.empty(0, np.int64))]
    legs = [way.legs.take(at) for way, at in chosen]
    path = np.repeat(np.arange(len(legs)), [len(one) for one in legs])
    whole = Legs(*(np.concatenate([getattr(one, of.name) for one in legs]) for of in fields(Legs)))
    begins, ends = (np.concatenate([getattr(way, name)[at] for way, at in chosen]) for name in ("begins", "ends"))
    return Ways(replace(whole, path=path, owner=path), begins, ends)


def lines(ways: Mapping[int, Ways], parts: frozenset[Part]) -> Shapes:
    """Return parts of the ways of tracks as lines, those that follow one another as one."""
    of = some(ways, parts).legs
    if not len(of):
        return np.empty(0, np.object_)
    fresh = np.diff(of.path, prepend=-1) != 0
    fresh[1:] |= (of.begin[1:] != of.end[:-1]).any(axis=1)
    return paths(replace(of, path=np.cumsum(fresh) - 1), int(fresh.sum()))


def last_near(daily: Daily, ways: Mapping[int, Ways], outlines: Shapes, named: Hashable, metres: float) -> Ints:
    """Return when somebody was last within so many metres of each outline, microseconds since 1970 UTC; NO_TIME where nobody ever was.

    ``named`` says what the outlines are. Distances are to the corners of an outline and to a point in it.
    """
    found = np.full(len(outlines), NO_TIME)
    for parts in driven(ways, NO_TIME, _EVER).values():
        found = np.maximum(found, daily.kept(("near", named, metres, parts), partial(_near, ways, parts, outlines, metres)))
    return found


def _near(ways: Mapping[int, Ways], parts: frozenset[Part], outlines: Shapes, metres: float) -> Ints:
    corners, of = shapely.get_coordinates(outlines, return_index=True)
    inner = shapely.get_coordinates(shapely.point_on_surface(outlines))
    way = law.followed(some(ways, parts))
    met = cKDTree(way.at).query_ball_point(space(*np.concatenate([corners, inner]).T), metres)
    latest = np.array([int(way.micros[near].max()) if near else NO_TIME for near in met], np.int64)
    found = np.full(len(outlines), NO_TIME)
    np.maximum.at(found, np.append(of, np.flatnonzero(~shapely.is_empty(outlines))), latest)
    return found


def ground_of(daily: Daily, ways: Mapping[int, Ways], days: Days, *, plane: Plane, reach_m: float) -> Coverage:
    """Return the ground within reach of what was driven on days."""

    def add(whole: Coverage, day: int) -> Coverage:
        return united(whole, daily.day(ways, days[day], plane, reach_m).ground)

    return daily.summed(("ground", plane, reach_m), days, nothing(plane), add)


def visits_of(daily: Daily, ways: Mapping[int, Ways], days: Days, *, plane: Plane, reach_m: float) -> Visits:
    """Return the last day on which each cell was within reach of what was driven."""

    def add(whole: Visits, day: int) -> Visits:
        one = daily.day(ways, days[day], plane, reach_m)
        return visited(whole, one.ground, day, one.there)

    return daily.summed(("visits", plane, reach_m), days, unvisited(plane, reach_m), add)
