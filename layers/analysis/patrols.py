"""Patrols: what was planned against what was driven, leg by leg, and whether the report came in time.

A leg is driven where a track came within reach of most of it and of its end. A track counts between its fixes along the geodesic
at an even speed; across a gap or a leap nobody knows where it was, so nothing counts as driven there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import shapely
from scipy.spatial import cKDTree

from layers.model import NO_TIME
from layers.spatial.edges import Legs, legs, short
from layers.spatial.ground import Bools, Floats, Ints, ground_m, space

State = Literal["planned", "under way", "done", "late", "overdue", "missed"]
STATES: tuple[State, ...] = get_args(State)
#: A plan is looked at every so many metres, a short leg at so many places at least, a track every so many metres.
_LEG_M, _TRACK_M = 100.0, 50.0
_LEAST, _LEAST_M = 40, 1e-3
#: Two tracks of one patrol that were so near at one time are one party on the road.
ONE_M = 500.0
_SECOND, _HOUR = 1_000_000, 3_600_000_000
_KMH = 3.6


@dataclass(frozen=True, slots=True)
class Law:
    """What counts as driven and when something is late.

    Attributes
    ----------
    near_m : float
        A place of a leg was passed where a track came so near, metres.
    share : float
        Of a leg, so much must have been passed.
    late_us, lost_us : int
        So long after its planned end a leg is late, and from then so long overdue before it counts as missed; microseconds.
    report_us : int
        The patrol report is due so long after the patrol ended.
    gap_us : int
        Fixes farther apart in time leave open where a patrol was between them.
    leap_kmh : float
        A faster way from fix to fix is no way that was driven.
    """

    near_m: float = 200.0
    share: float = 0.8
    late_us: int = _HOUR // 2
    lost_us: int = 12 * _HOUR
    report_us: int = 2 * _HOUR
    gap_us: int = _HOUR // 2
    leap_kmh: float = 500.0


USUAL = Law()


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a plan: a line in WGS 84 degrees in the direction of travel, and its times, microseconds since 1970 UTC or NO_TIME."""

    path: shapely.Geometry
    begins: int
    ends: int


@dataclass(frozen=True, eq=False, slots=True)
class Track:
    """What was driven: a line in WGS 84 degrees and the time of each vertex; no times where nobody knows them."""

    path: shapely.Geometry
    at: Ints


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of a leg: how, how much of it was passed (0 to 1), and when its end was reached (NO_TIME where it was not)."""

    state: State
    share: float
    done_at: int


@dataclass(frozen=True, eq=False, slots=True)
class Trail:
    """Places along tracks, in space, and the microsecond of each."""

    at: Floats
    micros: Ints


def trail(tracks: Sequence[Track], law: Law = USUAL) -> Trail:
    """Return where tracks were, place by place, without what lies across gaps and leaps; tracks that ``faults`` finds unusable give none."""
    found = [_places(one, law) for one in tracks if timed(one)]
    places = [at for at, _ in found] or [np.empty((0, 3))]
    return Trail(np.concatenate(places), np.concatenate([micros for _, micros in found] or [np.empty(0, np.int64)]))


@dataclass(frozen=True, eq=False, slots=True)
class Ways:
    """The known ways of tracks from fix to fix, and when each begins and ends, microseconds since 1970 UTC."""

    legs: Legs
    begins: Ints
    ends: Ints


def ways(tracks: Sequence[Track], law: Law = USUAL) -> Ways:
    """Return the ways from fix to fix of tracks, without gaps and leaps; tracks that ``faults`` finds unusable give none."""
    usable = [one for one in tracks if timed(one)]
    whole = legs(np.array([one.path for one in usable], object))
    at = np.concatenate([np.empty(0, np.int64), *(one.at for one in usable)])
    begin, end = (at[_vertex(whole) + n] for n in (0, 1))
    known = np.flatnonzero((end - begin <= law.gap_us) & (_speeds(whole, at) <= law.leap_kmh))
    return Ways(whole.take(known), begin[known], end[known])


def repeated(of: Ways, other: Ways, metres: float = ONE_M) -> Bools:
    """Say of each of a track's ways whether another track tells it as well: at its middle the other was so near, on a known way of its own.

    So a patrol whose fixes came in by radio, and again from its receiver, went there once.
    """
    if not len(other.begins):
        return np.zeros(len(of.begins), bool)
    moment = of.begins + (of.ends - of.begins) // 2
    middles = _stood(of, moment, np.arange(len(moment)))
    beside = np.clip(np.searchsorted(other.begins, moment, side="right") - 1, 0, None)
    on = (other.begins[beside] <= moment) & (moment <= other.ends[beside])
    return np.asarray(on & (np.linalg.norm(middles - _stood(other, moment, beside), axis=1) <= metres), bool)


def _stood(of: Ways, moment: Ints, way: Ints) -> Floats:
    """Return where one was at moments on ways, in space."""
    share = (moment - of.begins[way]) / np.maximum(of.ends[way] - of.begins[way], 1)
    begin, end = space(*of.legs.begin[way].T), space(*of.legs.end[way].T)
    return np.asarray(begin + (end - begin) * share[:, None], np.float64)


def followed(of: Ways) -> Trail:
    """Return places along known ways, their beginnings among them, as ``trail`` does along tracks."""
    pieces, way = short(of.legs, _TRACK_M)
    first = np.searchsorted(way, way)
    share = (np.arange(len(way)) - first + 1) / np.bincount(way, minlength=len(of.legs))[way]
    micros = of.begins[way] + np.round(share * (of.ends - of.begins)[way]).astype(np.int64)
    at = np.concatenate([space(*of.legs.begin.T), space(*pieces.end.T)])
    return Trail(at, np.concatenate([of.begins, micros]))


def driven(leg: Leg, of: Trail, now: int, law: Law = USUAL) -> Driven:
    """Return what became of a leg by a moment, microseconds since 1970 UTC.

    The leg is done at the first moment at which the trail is at its end and has passed at least ``law.share`` of it, at the
    earliest so long before it begins as ``law.lost_us``. Undated legs are never late.
    """
    weight, passed, ends = _passed(leg, of, now, law)
    share = float(weight[np.isfinite(passed)].sum())
    done = [at for at in ends.tolist() if weight[passed <= at].sum() >= law.share]
    if done:
        done_at = int(min(done))
        late = leg.ends != NO_TIME and done_at > leg.ends + law.late_us
        return Driven("late" if late else "done", share, done_at)
    return Driven(_open(leg, now, law), share, NO_TIME)


def overlapping(plan: Sequence[Leg]) -> list[tuple[int, str]]:
    """Return the positions of legs that begin before the one before them ends, or end before they begin, each with which it does."""
    found = []
    for n, leg in enumerate(plan):
        before = plan[n - 1].ends if n else NO_TIME
        known = NO_TIME not in (leg.begins, before)
        backwards = NO_TIME not in (leg.begins, leg.ends) and leg.ends < leg.begins
        if known and leg.begins < before:
            found.append((n, "begins before the leg before it ends"))
        if backwards:
            found.append((n, "ends before it begins"))
    return found


def faults(track: Track, law: Law = USUAL) -> list[str]:
    """Return what is wrong with a track, in words: no times, times that run backwards, gaps and leaps; nothing where nothing is."""
    count = int(shapely.get_num_coordinates(track.path))
    if not len(track.at):
        return ["has no times, so nobody knows when it was where"]
    if len(track.at) != count:
        return [f"has {len(track.at):,} times for {count:,} fixes, so none of them can be trusted"]
    steps = np.diff(track.at)
    back = np.flatnonzero(steps < 0)
    if len(back):
        return [f"runs backwards in time after fix {int(back[0]) + 1}, so none of it can be trusted"]
    whole = legs(np.array([track.path], object))
    first = _vertex(whole)
    fast = np.flatnonzero(_speeds(whole, track.at) > law.leap_kmh)
    long = int(steps.argmax()) if len(steps) else 0
    found = []
    if len(fast):
        more = f", and {again(len(fast) - 1)}" if len(fast) > 1 else ""
        found.append(f"leaps after fix {int(first[fast[0]]) + 1}, faster than {law.leap_kmh:,.0f} km/h{more}")
    if len(steps) and steps[long] > law.gap_us:
        found.append(f"has no fix for {int(steps[long]) // (60 * _SECOND):,} min after fix {long + 1}")
    return found


def again(count: int) -> str:
    """Return how often more, in words.

    >>> again(1), again(1_200)
    ('once more', '1,200 times more')
    """
    return "once more" if count == 1 else f"{count:,} times more"


def timed(track: Track) -> bool:
    """Say whether a track has a time for each fix, and none runs backwards."""
    return len(track.at) == shapely.get_num_coordinates(track.path) > 1 and bool((np.diff(track.at) >= 0).all())


def _vertex(whole: Legs) -> Ints:
    """Return which vertex each leg begins at: a path of n legs has n + 1, so each path before it adds one."""
    return np.asarray(np.arange(len(whole)) + whole.path, np.int64)


def _speeds(whole: Legs, at: Ints) -> Floats:
    """Return the speed of each way from fix to fix, km/h; two places at one time are infinitely fast."""
    metres, vertex = ground_m(space(*whole.begin.T), space(*whole.end.T)), _vertex(whole)
    seconds = (at[vertex + 1] - at[vertex]) / _SECOND
    fast = np.where(metres > 0, np.inf, 0.0)
    return np.asarray(np.divide(metres * _KMH, seconds, out=fast, where=seconds > 0))


def _places(track: Track, law: Law) -> tuple[Floats, Ints]:
    fixes = space(*shapely.get_coordinates(track.path).T)
    known = followed(ways([track], law))
    return np.concatenate([fixes, known.at]), np.concatenate([track.at, known.micros])


def _passed(leg: Leg, of: Trail, now: int, law: Law) -> tuple[Floats, Floats, Ints]:
    """Return places of a leg and every moment at which the trail was at its end.

    Of each place for how much of the leg it stands, in all 1, and when it was first passed, infinite where it was not.
    """
    begin = leg.begins - law.lost_us if leg.begins != NO_TIME else NO_TIME
    seen = np.flatnonzero((of.micros >= begin) & (of.micros <= now))
    whole = legs(np.array([leg.path], object))
    pieces, _ = short(whole, min(_LEG_M, max(float(whole.metres.sum()) / _LEAST, _LEAST_M)))
    if not len(pieces):
        return np.empty(0), np.empty(0), np.empty(0, np.int64)
    places = space(*np.concatenate([pieces.begin[:1], pieces.end]).T)
    half = pieces.metres / max(2 * float(pieces.metres.sum()), _LEAST_M)
    weight = np.append(half, 0.0) + np.append(0.0, half)
    if not len(seen):
        return weight, np.full(len(places), np.inf), np.empty(0, np.int64)
    micros = of.micros[seen]
    met = cKDTree(of.at[seen]).query_ball_point(places, law.near_m)
    first = np.array([micros[near].min() if near else np.inf for near in met], np.float64)
    return weight, first, np.sort(micros[met[-1]])


def _open(leg: Leg, now: int, law: Law) -> State:
    """Return how a leg stands that is not done."""
    if leg.begins != NO_TIME and now < leg.begins:
        return "planned"
    if leg.ends == NO_TIME:
        return "under way" if leg.begins != NO_TIME else "planned"
    if now <= leg.ends + law.late_us:
        return "under way"
    return "overdue" if now <= leg.ends + law.late_us + law.lost_us else "missed"
