"""Rates with their intervals against the Poisson distribution itself, and observed hours against looking every second."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.stats import poisson

from layers.analysis.patrols import Track, repeated, ways
from layers.analysis.rates import Post, Reach, rates, watched
from layers.model import NO_TIME

EARTH = Geod(ellps="WGS84")
HOUR, MINUTE, SECOND = 3_600_000_000, 60_000_000, 1_000_000
BEGIN = 1_795_000_000_000_000
DAY = (BEGIN, BEGIN + 24 * HOUR)
REACH = Reach(200.0, 2_000.0)
#: 0.01° of longitude at the equator is 1,113 m.
SQUARES = np.array([shapely.box(0.0, -0.01, 0.02, 0.01), shapely.box(0.04, -0.01, 0.06, 0.01)], np.object_)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.floats(0.5, 5_000), st.sampled_from((0.5, 0.9, 0.95, 0.99)))
def test_beyond_the_ends_so_many_come_by_chance_as_seldom_as_asked(counts: list[int], observed: float, level: float) -> None:
    found = rates(counts, observed, level)
    tail = (1 - level) / 2
    assert found.observed.all()
    assert found.rate == pytest.approx(np.array(counts) / observed)
    for count, low, high in zip(counts, found.low, found.high, strict=True):
        assert poisson.cdf(count, high * observed) == pytest.approx(tail, rel=1e-6)
        assert low == 0 if count == 0 else poisson.sf(count - 1, low * observed) == pytest.approx(tail, rel=1e-6)


def test_the_interval_holds_the_truth_at_least_as_often_as_it_says() -> None:
    for truth in (0.1, 1.0, 3.5, 20.0):
        counts = np.random.default_rng(1).poisson(truth, 20_000)
        found = rates(counts, 1.0)
        assert ((found.low <= truth) & (truth <= found.high)).mean() >= 0.947


def test_published_limits_are_met() -> None:
    found = rates([0, 1, 10], 1.0)
    assert found.low.round(3).tolist() == [0.0, 0.025, 4.795]
    assert found.high.round(3).tolist() == [3.689, 5.572, 18.390]


def test_what_nobody_observed_has_no_rate_whatever_was_counted() -> None:
    found = rates([0, 4, 0], [0.0, 0.0, 5.0])
    assert found.observed.tolist() == [False, False, True]
    assert np.isnan(found.rate[:2]).all()
    assert np.isnan([*found.low[:2], *found.high[:2]]).all()
    assert found.rate[2] == 0
    assert len(rates([], []).rate) == 0


@pytest.mark.parametrize(
    ("count", "observed"), [([-1], [1.0]), ([0.5], [1.0]), ([1], [-1.0]), ([1], [np.nan]), ([np.inf], [1.0])]
)
def test_what_cannot_be_counted_is_refused(count: list[float], observed: list[float]) -> None:
    with pytest.raises(ValueError, match="must hold"):
        rates(count, observed)
    with pytest.raises(ValueError, match="level"):
        rates([1], [1.0], 1.0)


def track(*fixes: tuple[float, float], lat: float = 0.0) -> Track:
    """Return a track of (hundredths of a degree east, minutes after the beginning)."""
    at = BEGIN + (np.array([minute for _, minute in fixes]) * MINUTE).astype(np.int64)
    return Track(shapely.LineString([(x / 100, lat) for x, _ in fixes]), at)


def test_a_patrol_counts_while_it_is_within_reach() -> None:
    # Six steps of 1,113 m in 24 minutes; each square takes two, and 200 m before and after.
    found = watched(SQUARES, [track((-0.5, 0), (6.5, 28))], [], DAY)
    km = (2 * 1.11319 + 0.4, 2 * 1.11319 + 0.2 + 0.2)
    assert found.patrol_km == pytest.approx(np.array(km), abs=0.06)
    assert found.patrol_hours == pytest.approx(np.array(km) / 1.11319 * 4 / 60, abs=0.005)
    assert watched(SQUARES, [track((-0.5, 0), (6.5, 28))] * 2, [], DAY).hours == pytest.approx(2 * found.hours)


def test_standing_still_is_observed_and_a_gap_is_not() -> None:
    still = track((1, 0), (1, 25), (1, 50))
    assert watched(SQUARES, [still], [], DAY).hours == pytest.approx([50 / 60, 0])
    assert watched(SQUARES, [track((1, 0), (1, 31), (1, 41))], [], DAY).hours == pytest.approx([10 / 60, 0])
    leap = track((1, 0), (5, 0.1))
    assert watched(SQUARES, [leap], [], DAY).hours.tolist() == [0, 0]


def test_only_what_lies_in_the_span_counts() -> None:
    still = track((1, 0), (1, 30))
    span = (BEGIN + 10 * MINUTE, BEGIN + 25 * MINUTE)
    assert watched(SQUARES, [still], [], span).hours == pytest.approx([0.25, 0])
    before = (BEGIN - HOUR, BEGIN)
    assert watched(SQUARES, [still], [], before).hours.tolist() == [0, 0]


def test_posts_observe_while_they_stand() -> None:
    here, between = shapely.Point(0.01, 0.0), shapely.Point(0.03, 0.0)
    posts = [Post(here, NO_TIME, BEGIN + HOUR), Post(between, BEGIN + 22 * HOUR, NO_TIME), Post(here, BEGIN - HOUR, BEGIN - 1)]
    found = watched(SQUARES, [], posts, DAY)
    assert found.post_hours == pytest.approx([3, 2])
    assert found.patrol_km.tolist() == [0, 0]


def test_nobody_observes_nothing() -> None:
    untimed = Track(shapely.LineString([(0, 0), (1, 0)]), np.empty(0, np.int64))
    for tracks in ([], [untimed]):
        assert watched(SQUARES, tracks, [], DAY).hours.tolist() == [0, 0]
    assert len(watched(np.empty(0, np.object_), [track((0, 0), (1, 5))], [], DAY).hours) == 0


PLACES = st.tuples(st.floats(-2, 8), st.floats(-2, 2))


@given(st.lists(PLACES, min_size=2, max_size=6), st.integers(1, 29), st.integers(0, 40))
@settings(max_examples=40)
def test_observed_hours_are_those_of_looking_every_few_seconds(fixes: list[tuple[float, float]], pace: int, late: int) -> None:
    at = BEGIN + np.arange(len(fixes)) * pace * MINUTE
    one = Track(shapely.LineString(np.array(fixes) / 100), at)
    span = (BEGIN + late * MINUTE, BEGIN + 50 * MINUTE)
    found = watched(SQUARES, [one], [], span, reach=REACH)
    hours, km = slow(np.array(fixes) / 100, pace, span)
    assert found.patrol_hours == pytest.approx(hours, abs=0.012 * len(fixes))
    assert found.patrol_km == pytest.approx(km, abs=0.12 * len(fixes))


def slow(fixes: np.ndarray, pace: int, span: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Walk the track in a hundred steps a way and ask of each whether it is in or near each square."""
    hours, km = np.zeros(2), np.zeros(2)
    for number, (begin, end) in enumerate(pairwise(fixes)):
        azimuth, _, metres = EARTH.inv(*begin, *end)
        if metres / 1_000 / (pace / 60) > 500:
            continue
        for step in range(100):
            share = (step + 0.5) / 100
            moment = BEGIN + (number + share) * pace * MINUTE
            lon, lat, _ = EARTH.fwd(begin[0], begin[1], azimuth, share * metres)
            if span[0] <= moment < span[1]:
                near = np.array([distance(one, lon, lat) <= REACH.track_m for one in SQUARES])
                hours[near] += pace / 6_000
                km[near] += metres / 100_000
    return hours, km


def distance(square: shapely.Polygon, lon: float, lat: float) -> float:
    """Return how far a place is from a square whose sides are meridians and all but level."""
    west, south, east, north = square.bounds
    return float(EARTH.inv(lon, lat, min(max(lon, west), east), min(max(lat, south), north))[2])


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=6, unique=True), st.integers(0, 30), st.sampled_from((0.0, 0.003, 0.006))
)
@settings(max_examples=40)
def test_a_way_is_told_twice_where_looking_there_at_its_middle_finds_the_other(
    minutes: list[int], late: int, north: float
) -> None:
    path = sorted(minutes)
    one, other = (
        ways([track(*((m / 2, m) for m in path))]),
        ways([track(*((m / 2, m) for m in (late, late + 7, late + 13)), lat=north)]),
    )
    found = repeated(one, other).tolist()
    for told, begin, end in zip(found, one.begins.tolist(), one.ends.tolist(), strict=True):
        middle = (begin + end) // 2
        assert told == (north < 0.0045 and BEGIN + late * MINUTE <= middle <= BEGIN + (late + 13) * MINUTE)
