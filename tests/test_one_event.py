"""Observations of one event, beside a slow reference that asks of a great many places."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.analysis.one_event import FASTEST, SLOWEST, Observations, one_events
from layers.model import NO_TIME
from layers.spatial import sector, sights
from layers.spatial.ground import EARTH

SECOND = 1_000_000
NOON = 1_800_000_000 * SECOND


def watched(seed: int, count: int, *, middle: tuple[float, float] = (36.0, 33.0)) -> Observations:
    """Return what posts within 12 km saw and heard of a few events within some minutes, some of it told wrongly."""
    dice = np.random.default_rng(seed)
    many = np.full(count, middle[0]), np.full(count, middle[1])
    lon, lat, _ = EARTH.fwd(*many, dice.uniform(0, 360, count), dice.uniform(0, 6_000, count))
    x, y, _ = EARTH.fwd(np.full(3, middle[0]), np.full(3, middle[1]), dice.uniform(0, 360, 3), dice.uniform(0, 6_000, 3))
    event = dice.integers(0, 3, count)
    azimuth, _, metres = EARTH.inv(lon, lat, np.array(x)[event], np.array(y)[event])
    heard = dice.random(count) < 0.5
    at = NOON + (np.array([0, 90, 400])[event] + np.where(heard, metres / 340, 0) + dice.uniform(-10, 10, count)) * SECOND
    bearing = (azimuth + dice.uniform(-12, 12, count) + 180 * (dice.random(count) < 0.1)) % 360
    seen = sights(lon, lat, bearing, 11.25, nearest_m=np.maximum(metres - 1_500, 0), farthest_m=metres + 2_000)
    return Observations(seen, at.astype(np.int64), heard, np.arange(count) % max(count - 1, 1))


def slowly(observed: Observations, window_s: float, middle: tuple[float, float]) -> list[set[int]]:
    """Return the groups by asking a lattice of places which observations each is in."""
    step = np.arange(-17_000, 17_001, 100.0)
    x, y = (one.ravel() for one in np.meshgrid(step, step))
    lon, lat, _ = EARTH.fwd(np.full(len(x), middle[0]), np.full(len(x), middle[1]), np.degrees(np.arctan2(x, y)), np.hypot(x, y))
    seen, count = observed.seen, len(observed)
    azimuth, _, metres = EARTH.inv(
        *(np.repeat(one, len(x)) for one in (seen.lon, seen.lat)), np.tile(lon, count), np.tile(lat, count)
    )
    metres = np.reshape(metres, (count, -1))
    off = np.abs((np.reshape(azimuth, (count, -1)) - seen.bearing[:, None] + 180) % 360 - 180)
    inside = (off <= seen.error[:, None]) & (metres >= seen.nearest_m[:, None]) & (metres <= seen.farthest_m[:, None])
    groups: list[list[int]] = []
    for row in np.argsort(observed.at, kind="stable").tolist():
        for group in groups:
            rows = [*group, row]
            common = inside[rows].all(axis=0)
            if len(set(observed.observer[rows])) < len(rows) or not common.any():
                continue
            delay = metres[rows][:, common] * observed.heard[rows][:, None]
            earliest = observed.at[rows] - delay.max(axis=1) / SLOWEST * SECOND
            latest = observed.at[rows] - delay.min(axis=1) / FASTEST * SECOND
            if earliest.max() - latest.min() <= window_s * SECOND:
                group.append(row)
                break
        else:
            groups.append([row])
    return [set(group) for group in groups if len(group) > 1]


def margin(observed: Observations, window_s: float) -> bool:
    """Tell whether a little more or less of window and error changes nothing, so that a lattice can tell."""
    found = [
        [
            one.rows.tolist()
            for one in one_events(
                Observations(
                    sights(
                        observed.seen.lon,
                        observed.seen.lat,
                        observed.seen.bearing,
                        observed.seen.error * more,
                        nearest_m=observed.seen.nearest_m / more,
                        farthest_m=observed.seen.farthest_m * more,
                    ),
                    observed.at,
                    observed.heard,
                    observed.observer,
                ),
                window_s + add,
            )
        ]
        for more, add in ((0.96, -2), (1.0, 0), (1.04, 2))
    ]
    return found[0] == found[1] == found[2]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 9), st.sampled_from([15.0, 30.0, 60.0]))
def test_the_groups_are_those_of_the_slow_reference(seed: int, count: int, window_s: float) -> None:
    observed = watched(seed, count)
    found = one_events(observed, window_s)
    shapes = sector(observed.seen).shape
    for group in found:
        assert len(set(observed.observer[group.rows])) == len(group.rows) > 1
        inside = group.area.representative_point()
        assert all(shapely.intersects(shapes.iloc[row].buffer(1e-9), inside) for row in group.rows)
        assert group.begin - group.end <= window_s * SECOND
    rows = [row for group in found for row in group.rows.tolist()]
    assert len(rows) == len(set(rows))
    if margin(observed, window_s):
        assert [set(group.rows.tolist()) for group in found] == slowly(observed, window_s, (36.0, 33.0))


def crossing(at_s: tuple[float, float], heard: tuple[bool, bool], *, observer: tuple[int, int] = (1, 2)) -> Observations:
    """Return two observations whose sectors cross 9 to 11 km north of one of them, and 1 km from the other."""
    seen = sights(36.0, [33.0, 33.09], [0, 0], [5, 180], nearest_m=[9_000, 0], farthest_m=[11_000, 1_000])
    return Observations(seen, NOON + (np.array(at_s) * SECOND).astype(np.int64), np.array(heard), np.array(observer))


def test_sound_comes_later_from_farther_off() -> None:
    assert len(one_events(crossing((30, 2), (True, True)), 5)) == 1
    assert one_events(crossing((30, 2), (False, False)), 5) == []
    assert one_events(crossing((2, 30), (True, True)), 5) == []
    assert len(one_events(crossing((30, 0), (True, False)), 5)) == 1
    assert len(one_events(crossing((0, 4), (False, False)), 5)) == 1


def test_one_observer_tells_two_events_apart() -> None:
    assert one_events(crossing((0, 0), (False, False), observer=(7, 7)), 60) == []


def test_what_lies_apart_in_bearing_or_distance_or_time_is_not_one() -> None:
    for bearing, farthest, late in ((180, 3_000, 0), (45, 100, 0), (45, 3_000, 61)):
        seen = sights([36.0, 36.02], 33.0, [bearing, 315], 11.25, farthest_m=farthest)
        at = np.array([NOON, NOON + late * SECOND])
        assert one_events(Observations(seen, at, np.zeros(2, np.bool_), np.array([1, 2])), 60) == []


def test_faulty_and_undated_observations_go_with_none_and_others_still_meet() -> None:
    seen = sights([36.0, 36.02, 36.01, 36.01], 33.0, [45, 315, 361, 0], 20, farthest_m=[3_000, np.inf, 3_000, np.nan])
    at = np.array([NOON, NOON, NOON, NO_TIME])
    found = one_events(Observations(seen, at, np.zeros(4, np.bool_), np.arange(4)), 0)
    assert [one.rows.tolist() for one in found] == [[0, 1]]
    assert (found[0].begin, found[0].end) == (NOON, NOON)


def test_across_the_antimeridian() -> None:
    seen = sights([179.99, -179.99], -17.0, [45, 315], 11.25, farthest_m=4_000)
    assert len(one_events(Observations(seen, np.array([NOON, NOON]), np.zeros(2, np.bool_), np.array([1, 2])), 10)) == 1


def test_no_observations_are_no_event_and_a_negative_window_is_an_error() -> None:
    none = Observations(
        sights([], [], [], 5, farthest_m=1_000), np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.int64)
    )
    assert one_events(none, 60) == []
    with pytest.raises(ValueError, match="a window must be 0 s or more"):
        one_events(none, -1)
