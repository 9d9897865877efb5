"""Clusters in space and time, beside the textbook's way of finding them."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.analysis import clusters, interaction
from layers.analysis.clusters import Events, Near, TooDense
from layers.model import NO_TIME
from layers.spatial.ground import EARTH

HOUR = 3_600_000_000
MIDDLES = st.sampled_from([(63.0, -20.0), (180.0, 10.0), (20.0, 89.99), (-5.0, -70.0)])


def events(middle: tuple[float, float], count: int, seed: int, *, spread_m: float = 6_000.0, hours: float = 72.0) -> Events:
    """Return reports about a place, some at one place and time, some without a time."""
    random = np.random.default_rng(seed)
    start = np.full(count, middle[0]), np.full(count, middle[1])
    lon, lat, _ = EARTH.fwd(*start, random.uniform(0, 360, count), random.uniform(0, spread_m, count))
    at = (random.uniform(0, hours, count) * HOUR).astype(np.int64)
    rows = random.integers(0, count, count) if count and seed % 3 == 0 else np.arange(count)
    at[random.uniform(size=count) < 0.05] = NO_TIME
    return Events(np.asarray(lon), np.asarray(lat), at).take(rows)


def apart(of: Events) -> tuple[np.ndarray, np.ndarray]:
    """Return the metres and microseconds between all reports."""
    n = len(of)
    one, other = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    metres = EARTH.inv(of.lon[one], of.lat[one], of.lon[other], of.lat[other])[2] if n else np.empty(0)
    return np.asarray(metres).reshape(n, n), np.abs(of.at[:, None] - of.at)


def textbook(of: Events, near: Near) -> tuple[list[set[int]], list[set[int]]]:
    """Return the cores of each cluster, and with them all reports that may be said to be of it."""
    metres, time = apart(of)
    timed = of.at != NO_TIME
    around = (metres <= near.metres) & (time <= near.hours * HOUR) & timed & timed[:, None]
    core = around.sum(1) >= near.least
    hearts, wholes, seen = [], [], set()
    for first in np.flatnonzero(core).tolist():
        if first in seen:
            continue
        heart, whole, waiting = set(), set(), deque([first])
        while waiting:
            one = waiting.popleft()
            if one in heart:
                continue
            heart.add(one)
            whole |= set(np.flatnonzero(around[one]).tolist())
            waiting.extend(n for n in np.flatnonzero(around[one] & core).tolist() if n not in heart)
        seen |= heart
        hearts.append(heart)
        wholes.append(whole)
    return hearts, wholes


@given(
    MIDDLES,
    st.integers(0, 70),
    st.integers(0, 999),
    st.sampled_from([(500, 6), (1_500, 24), (4_000, 2), (200, 72)]),
    st.integers(1, 6),
)
def test_clusters_are_those_of_the_textbook(
    middle: tuple[float, float], count: int, seed: int, reach: tuple[float, float], least: int
) -> None:
    of, near = events(middle, count, seed), Near(*reach, least)
    hearts, wholes = textbook(of, near)
    label = clusters.labelled(of, near)
    found = [set(np.flatnonzero(label == n).tolist()) for n in range(label.max(initial=-1) + 1)]
    assert len(found) == len(hearts)
    for heart, whole in zip(hearts, wholes, strict=True):
        mine = next(one for one in found if heart <= one)
        assert mine <= whole
    assert set(np.flatnonzero(label >= 0).tolist()) == set().union(*wholes)


@given(MIDDLES, st.integers(1, 60), st.integers(0, 999), st.randoms())
def test_the_order_of_the_rows_changes_no_cluster(middle: tuple[float, float], count: int, seed: int, random: object) -> None:
    of, near = events(middle, count, seed - seed % 3 + 1), Near(1_500, 12, 3)
    order = np.array(sorted(range(count), key=lambda _: random.random()))  # type: ignore[attr-defined]
    assert clusters.labelled(of.take(order), near).tolist() == clusters.labelled(of, near)[order].tolist()


@given(MIDDLES, st.integers(0, 60), st.integers(0, 99))
def test_pairs_are_near_to_the_metre(middle: tuple[float, float], count: int, seed: int) -> None:
    of = events(middle, count, seed)
    of = of.take(np.argsort(of.at, kind="stable"))
    of = of.take(np.flatnonzero(of.at != NO_TIME))
    one, other, metres = clusters.pairs(of, 2_000, 10)
    away, time = apart(of)
    slow = {(i, j) for i, j in np.argwhere((away <= 2_000) & (time <= 10 * HOUR)).tolist() if i < j}
    assert {(min(i, j), max(i, j)) for i, j in zip(one.tolist(), other.tolist(), strict=True)} == slow
    assert len(one) == len(slow)
    assert metres == pytest.approx(away[one, other], abs=1e-3)


def test_a_cluster_tells_when_where_and_how_wide() -> None:
    lon, lat, _ = EARTH.fwd(np.full(9, 180.0), np.full(9, 10.0), np.arange(9) * 40.0, np.full(9, 300.0))
    lon, lat = np.append(lon, [180.0, 20.0]), np.append(lat, [10.0, 10.0])
    of = Events(np.asarray(lon), np.asarray(lat), np.arange(11, dtype=np.int64) * HOUR)
    (found,) = clusters.clusters(of, Near(1_000, 12, 4))
    assert found.rows.tolist() == list(range(10))
    assert (found.begin, found.end) == (0, 9 * HOUR)
    assert EARTH.inv(found.lon, found.lat, 180.0, 10.0)[2] < 1
    assert (found.most_m, found.all_m) == (pytest.approx(300, abs=1), pytest.approx(300, abs=1))


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_make_no_cluster_of_two(count: int) -> None:
    assert clusters.clusters(events((63.0, -20.0), count, 1), Near(1_000, 24, 2)) == []


def test_reports_at_one_place_and_time_are_one_cluster() -> None:
    of = Events(np.full(500, 61.0), np.full(500, -20.0), np.full(500, HOUR))
    (found,) = clusters.clusters(of, Near(100, 1, 5))
    assert len(found.rows) == 500
    assert found.all_m < 0.01


def test_too_many_pairs_are_refused_with_what_to_do() -> None:
    of = Events(np.full(5_000, 61.0), np.full(5_000, -20.0), np.full(5_000, HOUR))
    with pytest.raises(TooDense, match="take fewer metres or hours"):
        clusters.labelled(of, Near(100, 1, 5))


@given(MIDDLES, st.integers(0, 60), st.integers(0, 99))
def test_knox_counts_the_pairs_near_in_both(middle: tuple[float, float], count: int, seed: int) -> None:
    of = events(middle, count, seed)
    of = of.take(np.flatnonzero(of.at != NO_TIME))
    away, time = apart(of)
    pair = np.triu(np.ones_like(away, np.bool_), 1)
    found = interaction.interaction(of, 2_000, 10, 1)
    assert found == interaction.interaction(of, 2_000, 10, 1)
    assert found.observed == int((pair & (away <= 2_000) & (time <= 10 * HOUR)).sum())
    space, hours = (int((pair & near).sum()) for near in (away <= 2_000, time <= 10 * HOUR))
    assert found.expected == pytest.approx(space * hours / max(pair.sum(), 1))
    assert 0 < found.chance <= 1


def test_knox_tells_chains_of_events_from_places_and_times_that_have_nothing_to_do_with_each_other() -> None:
    random = np.random.default_rng(7)
    seeds = events((63.0, -20.0), 60, 1, spread_m=40_000, hours=2_000)
    lon, lat = (np.repeat(of, 4) + random.normal(0, 0.002, 240) for of in (seeds.lon, seeds.lat))
    at = np.repeat((random.uniform(0, 2_000, 60) * HOUR).astype(np.int64), 4) + (random.uniform(0, 6, 240) * HOUR).astype(
        np.int64
    )
    chained = interaction.interaction(Events(lon, lat, at), 1_500, 12, 1)
    assert chained.observed > 3 * chained.expected
    assert chained.chance == pytest.approx(1 / 200)
    alone = [interaction.interaction(Events(lon, lat, random.permutation(at)), 1_500, 12, 1).chance for _ in range(20)]
    assert sum(chance <= 0.05 for chance in alone) <= 4
