"""What ways and posts could have observed, against a slow, obvious reference: places, and geodesics to dense points of the ways."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.spatial import UnusableGeometry
from layers.spatial.buffers import buffered
from layers.spatial.coverage import Coverage, grown, in_degrees, nothing, united
from layers.spatial.plane import Plane, plane_about
from layers.spatial.stretches import Stretches, course, missed, passed
from layers.spatial.swept import swept
from layers.spatial.visits import NEVER, aged, quiet, unvisited, visited

EARTH = Geod(ellps="WGS84")
#: Middles of the missions that are tried: plain ground, the antimeridian, near a pole.
PLACES = ((35.8, 33.0), (179.99, -17.0), (20.0, 89.0))
STEPS = st.lists(st.tuples(st.floats(-3_000, 3_000), st.floats(-3_000, 3_000)), min_size=1, max_size=4)


def way(middle: tuple[float, float], steps: list[tuple[float, float]]) -> shapely.Geometry:
    """Return a line through places so many metres east and north of a middle; a point where there is one."""
    at = []
    for east, north in steps:
        azimuth, away = np.degrees(np.arctan2(east, north)), np.hypot(east, north)
        at.append(EARTH.fwd(*middle, azimuth, away)[:2])
    return shapely.Point(at[0]) if len(at) == 1 else shapely.LineString(at)


def shapes(*given: shapely.Geometry | None) -> np.ndarray:
    return np.array(given, np.object_)


def covered(middle: tuple[float, float], ways: np.ndarray, metres: float) -> Coverage:
    return grown(nothing(Plane(*np.round(middle))), ways, metres)


def on(ground: Coverage, lines: np.ndarray) -> Stretches:
    return passed(ground, course(ground.blocks, lines))


def outline(ground: Coverage) -> shapely.Geometry:
    """Return the covered ground in WGS 84 degrees."""
    middles = np.repeat(ground.blocks.middles(ground.keys), shapely.get_num_coordinates(ground.shapes), axis=0)
    if not len(middles):
        return shapely.MultiPolygon()
    moved = shapely.transform(ground.shapes, lambda at: at + middles)
    return in_degrees(ground.blocks.plane, shapely.union_all(moved, grid_size=0.001))


def away(ways: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the geodesic distance of places to the nearest of points that stand 5 m apart on ways."""
    found = np.full(len(lon), np.inf)
    for one in ways:
        at = shapely.get_coordinates(one)
        for begin, end in pairwise(at if len(at) > 1 else [*at, *at]):
            azimuth, _, metres = EARTH.inv(*begin, *end)
            on = np.append(np.arange(0, metres, 5.0), metres)
            lons, lats, azimuths = (np.full(len(on), value) for value in (*begin, azimuth))
            x, y, _ = EARTH.fwd(lons, lats, azimuths, on)
            grid = np.meshgrid(x, lon), np.meshgrid(y, lat)
            far = EARTH.inv(grid[0][0], grid[1][0], grid[0][1], grid[1][1])[2]
            found = np.minimum(found, np.asarray(far).min(axis=1))
    return found


@pytest.mark.parametrize("middle", PLACES)
@given(ways=st.lists(STEPS, min_size=1, max_size=3), metres=st.floats(50, 2_000), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_places_are_covered_as_geodesics_to_every_point_of_the_ways_say(
    middle: tuple[float, float], ways: list[list[tuple[float, float]]], metres: float, seed: int
) -> None:
    lines = shapes(*(way(middle, one) for one in ways))
    dice = np.random.default_rng(seed)
    at = [EARTH.fwd(*middle, dice.uniform(0, 360), dice.uniform(0, 6_000))[:2] for _ in range(60)]
    lon, lat = np.array(at).T
    far, found = away(lines, lon, lat), covered(middle, lines, metres).holds(lon, lat)
    # GEOS smooths bends that turn in by less than 1 % of the reach.
    assert found[far < 0.989 * metres - 0.1].all()
    assert not found[far > 1.001 * metres + 0.1].any()


@pytest.mark.parametrize("middle", PLACES[:2])
@given(ways=st.lists(STEPS, min_size=1, max_size=3), metres=st.floats(100, 1_000))
@settings(max_examples=15)
def test_the_area_is_that_of_the_features_grown_one_by_one(
    middle: tuple[float, float], ways: list[list[tuple[float, float]]], metres: float
) -> None:
    lines = shapes(*(way(middle, one) for one in ways))
    whole = shapely.union_all(buffered(lines, metres))
    theirs = sum(abs(EARTH.geometry_area_perimeter(shapely.segmentize(one, 0.002))[0]) for one in shapely.get_parts(whole))
    found = covered(middle, lines, metres)
    assert found.area_m2 == pytest.approx(theirs, rel=2e-3)
    assert shapely.area(shapely.symmetric_difference(outline(found), whole)) < 4e-3 * whole.area


def test_a_disc_has_its_area_far_from_the_middle_and_over_blocks() -> None:
    plane = Plane(36.0, 33.0)
    for lon, lat in ((36.0, 33.0), (41.0, 36.0), (70.0, 10.0)):
        found = grown(nothing(plane), shapes(shapely.Point(lon, lat)), 10_000.0)
        assert found.area_m2 == pytest.approx(np.pi * 10_000.0**2, rel=1e-3)
        assert len(found.keys) > 20


def test_at_a_pole_the_area_is_true_and_an_outline_is_refused() -> None:
    found = grown(nothing(Plane(0.0, 90.0)), shapes(shapely.Point(0, 90)), 5_000.0)
    assert found.area_m2 == pytest.approx(np.pi * 5_000.0**2, rel=1e-3)
    with pytest.raises(UnusableGeometry, match="pole"):
        outline(found)


def test_nothing_adds_nothing_and_twice_is_once() -> None:
    line = shapely.LineString([(35.8, 33.0), (35.9, 33.1)])
    none = nothing(Plane(36.0, 33.0))
    empty = grown(none, shapes(None, shapely.LineString(), shapely.Point()), 200.0)
    assert empty.area_m2 == 0
    assert outline(empty).is_empty
    assert not empty.holds(np.array([35.8]), np.array([33.0])).any()
    once, twice = grown(none, shapes(line), 200.0), grown(none, shapes(line, line, line.reverse()), 200.0)
    assert twice.area_m2 == pytest.approx(once.area_m2, rel=1e-9)
    assert grown(once, shapes(line), 200.0).area_m2 == pytest.approx(once.area_m2, rel=1e-9)


@given(ways=st.lists(STEPS, min_size=2, max_size=5), cut=st.integers(1, 4))
@settings(max_examples=15)
def test_day_by_day_covers_what_all_at_once_does(ways: list[list[tuple[float, float]]], cut: int) -> None:
    lines = shapes(*(way(PLACES[0], one) for one in ways))
    once = covered(PLACES[0], lines, 300.0)
    first, second = covered(PLACES[0], lines[:cut], 300.0), covered(PLACES[0], lines[cut:], 300.0)
    for found in (grown(first, lines[cut:], 300.0), united(first, second)):
        assert found.area_m2 == pytest.approx(once.area_m2, rel=1e-6)
        assert found.keys.tolist() == once.keys.tolist()


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    lines = shapes(*(way(PLACES[0], [(0, n * 5_000), (90_000, n * 5_000)]) for n in range(12)))
    grown(nothing(Plane(36.0, 33.0)), lines, 200.0, told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 2


@pytest.mark.parametrize("metres", [0.0, -1.0, float("nan"), 100_001.0])
def test_a_reach_that_is_none_is_refused(metres: float) -> None:
    with pytest.raises(ValueError, match="metres must be"):
        grown(nothing(Plane(0.0, 0.0)), shapes(), metres)


def test_ground_on_the_other_side_of_the_earth_is_refused() -> None:
    with pytest.raises(UnusableGeometry, match="5,000 km"):
        grown(nothing(Plane(0.0, 0.0)), shapes(shapely.Point(170, 0)), 200.0)


@pytest.mark.parametrize("middle", PLACES)
@given(ways=st.lists(STEPS, min_size=1, max_size=3), asked=st.lists(STEPS, min_size=1, max_size=3))
@settings(max_examples=15)
def test_the_share_of_lines_is_that_of_places_along_them(
    middle: tuple[float, float], ways: list[list[tuple[float, float]]], asked: list[list[tuple[float, float]]]
) -> None:
    lines = shapes(*(way(middle, one) for one in asked))
    found = covered(middle, shapes(*(way(middle, one) for one in ways)), 800.0)
    seen = on(found, lines)
    off = missed(seen)
    length = sum(EARTH.geometry_length(one) for one in lines)
    assert seen.metres.sum() + off.metres.sum() == pytest.approx(length, abs=1.0)
    dense = [dense_on(one) for one in lines if one.geom_type == "LineString"]
    if length:
        lon, lat = np.concatenate(dense).T
        assert seen.metres.sum() == pytest.approx(found.holds(lon, lat).sum() * 20.0, abs=40.0 * (len(seen.line) + len(lines)))


def dense_on(line: shapely.LineString) -> np.ndarray:
    """Return places every 20 m of a line, each in the middle of its 20 m."""
    at, found, gone = shapely.get_coordinates(line), [], 10.0
    for begin, end in pairwise(at):
        azimuth, _, metres = EARTH.inv(*begin, *end)
        on = np.arange(gone, metres, 20.0)
        gone = (on[-1] + 20.0 if len(on) else gone) - metres
        found += [EARTH.fwd(begin[0], begin[1], azimuth, one)[:2] for one in on]
    return np.array(found).reshape(-1, 2)


def test_gaps_of_a_line_are_told_by_where_they_lie_along_it() -> None:
    line = way(PLACES[0], [(0, 0), (0, 20_000)])
    posts = shapes(way(PLACES[0], [(0, 5_000)]), way(PLACES[0], [(0, 15_000)]))
    off = missed(on(covered(PLACES[0], posts, 2_000.0), shapes(line)))
    assert np.stack([off.begin_m, off.end_m], axis=1) == pytest.approx(
        np.array([[0, 3_000], [7_000, 13_000], [17_000, 20_000]]), abs=3
    )
    assert off.share == pytest.approx(0.6, abs=1e-3)
    assert np.isnan(missed(on(nothing(Plane(0, 0)), shapes())).share)


@given(ways=st.lists(st.tuples(STEPS, st.integers(1, 9)), min_size=1, max_size=4), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_the_last_day_of_a_cell_is_the_last_on_which_its_middle_was_near(
    ways: list[tuple[list[tuple[float, float]], int]], seed: int
) -> None:
    plane = plane_about(*(np.array([one]) for one in PLACES[0]))
    cells = unvisited(plane, 200.0)
    lines = [way(PLACES[0], one) for one, _ in ways]
    for line, (_, day) in zip(lines, ways, strict=True):
        cells = visited(cells, grown(nothing(plane), shapes(line), 200.0), day)
    dice = np.random.default_rng(seed)
    at = np.stack(np.nonzero(cells.last >= NEVER), axis=1)[dice.integers(0, cells.last.size, 80)]
    middles = cells.blocks.middles(cells.keys[at[:, 0]]) + (at[:, [2, 1]] + 0.5) * cells.cell_m - cells.blocks.size_m / 2
    lon, lat = plane.degrees(*middles.T)
    near = np.stack([away(shapes(line), lon, lat) for line in lines])
    days = np.array([day for _, day in ways])[:, None]
    surely = np.where(near < 197, days, NEVER).max(axis=0)
    perhaps = np.where(near < 201, days, NEVER).max(axis=0)
    last = cells.last[tuple(at.T)]
    assert (last >= surely).all()
    assert (last <= perhaps).all()
    assert np.array_equal(cells.since(lon, lat, 10), np.where(last == NEVER, np.inf, 10 - last))


@given(ways=st.lists(st.tuples(STEPS, st.integers(1, 40)), max_size=4), seed=st.integers(0, 99))
@settings(max_examples=12)
def test_ground_is_classed_by_the_days_since_its_cell_was_last_near(
    ways: list[tuple[list[tuple[float, float]], int]], seed: int
) -> None:
    plane, ages, today = plane_about(*(np.array([one]) for one in PLACES[0])), (5, 7, 31), 40
    cells = unvisited(plane, 200.0)
    lines = [way(PLACES[0], one) for one, _ in ways]
    for line, (_, day) in zip(lines, ways, strict=True):
        cells = visited(cells, grown(nothing(plane), shapes(line), 200.0), day)
    square = shapely.Point(PLACES[0]).buffer(0.03, quad_segs=1)
    found = aged(cells, square, today, ages)
    side = cells.cell_m
    column, row = np.random.default_rng(seed).integers(-12, 12, (2, 60))
    lon, lat = plane.degrees((column + 0.5) * side, (row + 0.5) * side)
    near = [away(shapes(line), lon, lat) for line in lines]
    for n, (x, y) in enumerate(zip(lon, lat, strict=True)):
        if any(197 <= far[n] <= 201 for far in near):
            continue
        met = [today - day for far, (_, day) in zip(near, ways, strict=True) if far[n] < 197]
        since = min(met, default=None)
        wanted = 3 if since is None else sum(since >= age for age in ages) - 1
        inside = square.contains(shapely.Point(x, y))
        assert [area.contains(shapely.Point(x, y)) for area, _ in found] == [inside and wanted == one for one in range(4)]
    for area, size in found:
        assert abs(EARTH.geometry_area_perimeter(area)[0]) == pytest.approx(size, rel=1e-2)


def test_a_way_through_a_cell_is_noticed() -> None:
    plane, line = Plane(36.0, 33.0), way(PLACES[0], [(0, 0), (9_000, 7_100)])
    lon, lat = dense_on(line).T
    for metres in (60.0, 200.0):
        cells = visited(unvisited(plane, metres), grown(nothing(plane), shapes(line), metres), 5)
        assert set(cells.since(lon, lat, 7).tolist()) == {2.0}


def test_quiet_ground_is_ranked_by_its_size_and_of_one_class() -> None:
    plane, ages = Plane(36.0, 33.0), (5, 12)
    square = shapely.Polygon(shapely.get_coordinates(way(PLACES[0], [(0, 0), (8_000, 0), (8_000, 8_000), (0, 8_000)])))
    road = way(PLACES[0], [(3_000, -1_000), (3_000, 9_000)])
    cells = unvisited(plane, 200.0)
    assert [round(one.area_m2 / 1e6) for one in quiet(cells, square, 20, ages)] == [64]
    cells = visited(cells, grown(nothing(plane), shapes(road), 200.0), 18)
    found = quiet(cells, square, 20, ages)
    assert [one.area_m2 / 1e6 for one in found] == pytest.approx([38.4, 22.4], rel=0.04)
    assert [one.age for one in found] == [2, 2]
    assert found[0].area.within(square.buffer(0.004))
    cells = visited(cells, grown(nothing(plane), shapes(way(PLACES[0], [(7_000, 4_000)])), 1_000.0), 9)
    found = quiet(cells, square, 20, ages)
    assert [one.age for one in found] == [2, 2, 0]
    for age, (_, size) in enumerate(aged(cells, square, 20, ages)):
        assert sum(one.area_m2 for one in found if one.age == age) == pytest.approx(size), "the same ground as the classes"
    assert len(quiet(cells, square, 20, ages, 1)) == 1
    cells = visited(cells, grown(nothing(plane), shapes(way(PLACES[0], [(4_000, 4_000)])), 9_000.0), 19)
    assert quiet(cells, square, 20, ages) == []
    assert quiet(cells, shapely.Polygon(), 20, ages) == []


@pytest.mark.parametrize("middle", PLACES)
def test_many_ways_are_swept_to_half_a_percent(middle: tuple[float, float]) -> None:
    dice = np.random.default_rng(3)
    turns = np.cumsum(dice.normal(0, 0.2, (40, 60)), axis=1) + dice.uniform(0, 7, (40, 1))
    steps = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=2) * 150, axis=1) + dice.uniform(-9_000, 9_000, (40, 1, 2))
    ways = shapes(*(way(middle, one.tolist()) for one in steps))
    plane = Plane(*np.round(middle))
    exact, fast = grown(nothing(plane), ways, 200.0), swept(plane, ways, 200.0)
    assert fast.area_m2 == pytest.approx(exact.area_m2, rel=5e-3)
    cells = dict(zip(fast.keys.tolist(), fast.share, strict=True))
    for key, shape in zip(exact.keys.tolist(), exact.shapes, strict=True):
        own = shapely.area(shape) / exact.blocks.size_m**2
        assert cells.get(key, np.zeros((1, 1))).mean() == pytest.approx(own, abs=3e-3)


@given(steps=STEPS, metres=st.floats(100, 2_000))
@settings(max_examples=30)
def test_a_way_alone_is_swept_to_half_a_line(steps: list[tuple[float, float]], metres: float) -> None:
    one = shapes(way(PLACES[0], steps))
    exact = covered(PLACES[0], one, metres).area_m2
    edge = 2 * EARTH.geometry_length(one[0]) + 4 * metres
    assert abs(swept(Plane(36.0, 33.0), one, metres).area_m2 - exact) < edge * metres / 16 + 0.02 * np.pi * metres**2


def test_nothing_is_swept_by_nothing() -> None:
    assert swept(Plane(0.0, 0.0), shapes(None, shapely.Point()), 200.0).area_m2 == 0
