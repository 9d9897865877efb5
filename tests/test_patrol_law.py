"""What became of the legs of a plan, against a slow, obvious reference; and what is said of tracks that cannot be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.analysis.patrols import USUAL, Law, Leg, Track, driven, faults, overlapping, trail
from layers.model import NO_TIME

EARTH = Geod(ellps="WGS84")
HOUR, MINUTE = 3_600_000_000, 60_000_000
#: 0.01° of longitude at the equator is 1,113 m.
STEP = 0.01
BEGIN = 1_795_000_000_000_000


def line(*xs: float, lat: float = 0.0) -> shapely.LineString:
    return shapely.LineString([(x * STEP, lat) for x in xs])


def leg(*xs: float, begins: int = BEGIN, ends: int = BEGIN + HOUR) -> Leg:
    return Leg(line(*xs), begins, ends)


def track(*fixes: tuple[float, float], lat: float = 0.0) -> Track:
    """Return a track of (place, minutes after the beginning)."""
    return Track(line(*(x for x, _ in fixes), lat=lat), BEGIN + (np.array([m for _, m in fixes]) * MINUTE).astype(np.int64))


def state(one: Leg, *tracks: Track, after_min: float = 600.0, law: Law = USUAL) -> tuple[str, float, int]:
    found = driven(one, trail(tracks, law), BEGIN + int(after_min * MINUTE), law)
    return found.state, round(found.share, 2), NO_TIME if found.done_at == NO_TIME else round((found.done_at - BEGIN) / MINUTE)


def test_a_leg_driven_in_time_is_done_when_its_end_is_reached() -> None:
    # From 200 m before the end on the patrol is at it: 1.8 % of four steps in 40 minutes, two minutes earlier.
    assert state(leg(0, 4), track((0, 5), (2, 25), (4, 45))) == ("done", 1.0, 43)


def test_a_leg_driven_half_an_hour_after_its_end_is_late() -> None:
    assert state(leg(0, 4), track((0, 40), (2, 65), (4, 88)))[0] == "done"
    assert state(leg(0, 4), track((0, 60), (2, 80), (4, 99)))[0] == "late"


@pytest.mark.parametrize(
    ("after_min", "said"),
    [(-1, "planned"), (10, "under way"), (89, "under way"), (91, "overdue"), (809, "overdue"), (811, "missed")],
)
def test_a_leg_that_nobody_drives_goes_from_planned_to_missed(after_min: float, said: str) -> None:
    assert state(leg(0, 4), after_min=after_min) == (said, 0.0, NO_TIME)


def test_a_patrol_that_turns_back_halfway_has_not_done_the_leg() -> None:
    found = state(leg(0, 4), track((0, 0), (2, 20), (0, 40)))
    assert found == ("overdue", pytest.approx(0.55, abs=0.05), NO_TIME)


def test_a_loop_that_begins_where_it_ends_is_not_done_at_its_beginning() -> None:
    loop = Leg(shapely.LineString([(0, 0), (0.04, 0), (0.04, 0.02), (0, 0.02), (0, 0)]), BEGIN, BEGIN + HOUR)
    way = np.array(loop.path.coords)
    at = BEGIN + (np.arange(5) * 12 * MINUTE).astype(np.int64)
    assert state(loop, Track(loop.path, at)) == ("done", 1.0, 47)
    assert state(loop, Track(shapely.LineString(way[:3]), at[:3]))[2] == NO_TIME


def test_a_track_beside_the_road_counts_up_to_the_reach() -> None:
    degree_m = 110_574.4
    assert state(leg(0, 4), track((0, 0), (4, 30), lat=195 / degree_m))[0] == "done"
    assert state(leg(0, 4), track((0, 0), (4, 30), lat=205 / degree_m)) == ("overdue", 0.0, NO_TIME)


def test_nothing_counts_as_driven_across_a_gap_or_a_leap() -> None:
    assert state(leg(0, 4), track((0, 0), (4, 31))) == ("overdue", pytest.approx(0.09, abs=0.05), NO_TIME)
    assert state(leg(0, 80), track((0, 0), (80, 8)))[1] < 0.02


def test_what_was_driven_the_day_before_is_not_of_this_plan() -> None:
    assert state(leg(0, 4), track((0, -24 * 60), (2, -24 * 60 + 20), (4, -24 * 60 + 40)))[0] == "overdue"


def test_what_is_driven_later_is_not_known_yet() -> None:
    assert state(leg(0, 4), track((0, 5), (4, 34)), after_min=20)[0] == "under way"


def test_an_undated_leg_is_never_late() -> None:
    undated = replace(leg(0, 4), begins=NO_TIME, ends=NO_TIME)
    assert state(undated, after_min=10_000)[0] == "planned"
    assert state(undated, track((0, 600), (4, 625)), after_min=10_000)[0] == "done"


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Track(line(0, 1, 2), np.empty(0, np.int64)), ["has no times, so nobody knows when it was where"]),
        (Track(line(0, 1, 2), np.array([BEGIN, BEGIN])), ["has 2 times for 3 fixes, so none of them can be trusted"]),
        (track((0, 0), (1, 10), (2, 9)), ["runs backwards in time after fix 2, so none of it can be trusted"]),
        (track((0, 0), (1, 10), (90, 11)), ["leaps after fix 2, faster than 500 km/h"]),
        (track((0, 0), (1, 10), (2, 50)), ["has no fix for 40 min after fix 2"]),
        (track((0, 0), (90, 1), (0, 2), (1, 40)), ["leaps after fix 1, faster than 500 km/h, and once more", "has no fix for 38 min after fix 3"]),
        (track((0, 0), (1, 10), (1, 20)), []),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_track_is_said(one: Track, said: list[str]) -> None:
    assert faults(one) == said


def test_legs_that_overlap_or_run_backwards_are_named() -> None:
    plan = [
        leg(0, 1),
        leg(1, 2, begins=BEGIN + HOUR // 2, ends=BEGIN + 2 * HOUR),
        leg(2, 3, begins=BEGIN + 3 * HOUR, ends=BEGIN + 2 * HOUR),
    ]
    assert overlapping(plan) == [(1, "begins before the leg before it ends"), (2, "ends before it begins")]
    assert overlapping([replace(one, begins=NO_TIME, ends=NO_TIME) for one in plan]) == []


PLACES = st.tuples(st.floats(0, 5), st.floats(0, 5))


@given(st.lists(PLACES, min_size=2, max_size=4, unique=True), st.lists(PLACES, min_size=2, max_size=8), st.integers(1, 40))
def test_a_leg_is_driven_as_by_looking_at_every_moment(
    plan: list[tuple[float, float]], way: list[tuple[float, float]], pace: int
) -> None:
    planned = Leg(shapely.LineString(np.array(plan) * STEP), BEGIN, BEGIN + HOUR)
    fixes, at = np.array(way) * STEP, BEGIN + np.arange(len(way)) * pace * MINUTE
    law = replace(USUAL, near_m=400.0)
    found = driven(planned, trail([Track(shapely.LineString(fixes), at)], law), BEGIN + 100 * HOUR, law)
    share, done = slow(np.array(plan) * STEP, fixes, at, law)
    assert found.share == pytest.approx(share, abs=0.08)
    if done is not None and found.done_at != NO_TIME:
        assert abs(found.done_at - done) <= 2 * pace * MINUTE


def slow(plan: np.ndarray, fixes: np.ndarray, at: np.ndarray, law: Law) -> tuple[float, int | None]:
    """Walk the track in small steps and ask of each place of the leg whether it is near."""
    if at[1] - at[0] > law.gap_us:
        places, when = fixes, at.astype(float)
    else:
        places, when = _dense(fixes, at, 40)
    legs, _ = _dense(plan, np.zeros(len(plan)), 60)
    first = np.full(len(legs), np.inf)
    steps = np.hypot(*np.diff(legs, axis=0).T)
    weight = (np.append(steps, 0) + np.append(0, steps)) / 2 / steps.sum()
    done = None
    for place, moment in zip(places, when, strict=True):
        _, _, metres = EARTH.inv(legs[:, 0], legs[:, 1], np.full(len(legs), place[0]), np.full(len(legs), place[1]))
        near = np.asarray(metres) <= law.near_m
        first[near] = np.minimum(first[near], moment)
        if near[-1] and done is None and weight[np.isfinite(first)].sum() >= law.share:
            done = int(moment)
    return float(weight[np.isfinite(first)].sum()), done


def _dense(path: np.ndarray, at: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    share = np.linspace(0, len(path) - 1, (len(path) - 1) * count + 1)
    steps = np.arange(len(path))
    return np.stack([np.interp(share, steps, path[:, axis]) for axis in (0, 1)], axis=1), np.interp(
        share, steps, at.astype(float)
    )
