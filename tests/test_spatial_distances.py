"""Distance, foot, chainage and side of lines, against a slow search with the geodesic itself."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.spatial import UnusableGeometry, along, kp, near, nearest, side
from layers.spatial.lines import LineIndex

EARTH = Geod(ellps="WGS84")


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def dense(line: shapely.LineString, step_m: float) -> np.ndarray:
    """Return places on a line's geodesics and the chainage of each: the obvious reference."""
    found, gone, at = [], 0.0, shapely.get_coordinates(line)
    for (lon, lat), (to_lon, to_lat) in itertools.pairwise(at):
        azimuth, _, metres = EARTH.inv(lon, lat, to_lon, to_lat)
        share = np.linspace(0, metres, max(2, int(metres / step_m) + 1))
        n = len(share)
        there_lon, there_lat, _ = EARTH.fwd(np.full(n, lon), np.full(n, lat), np.full(n, azimuth), share)
        found.append(np.column_stack([there_lon, there_lat, gone + share]))
        gone += metres
    return np.concatenate(found)


def crooked(seed: int, lon: float, lat: float, count: int, step_m: float) -> shapely.LineString:
    """Return a line that wanders and zigzags; seen from the start, it never jumps at the antimeridian."""
    dice = np.random.default_rng(seed)
    at, azimuth = [(lon, lat)], dice.uniform(0, 360)
    for _ in range(count):
        azimuth += dice.normal(0, 60)
        to_lon, to_lat, _ = EARTH.fwd(*at[-1], azimuth, step_m * dice.lognormal(0, 0.7))
        at.append((to_lon, to_lat))
    return shapely.LineString(at)


places = st.tuples(st.integers(0, 10**6), st.floats(-180, 180), st.sampled_from([0.0, 33.0, -60.0, 75.0, 88.0, -89.9]))


@settings(max_examples=40)
@given(places, st.sampled_from([30.0, 2_000.0, 60_000.0]))
def test_distance_foot_and_chainage_are_those_of_a_slow_search(place: tuple[int, float, float], step_m: float) -> None:
    seed, lon, lat = place
    line = crooked(seed, lon, lat, 12, step_m)
    dice = np.random.default_rng(seed)
    n = 60
    at_lon, at_lat, _ = EARTH.fwd(np.full(n, lon), np.full(n, lat), dice.uniform(0, 360, n), step_m * dice.lognormal(1, 1, n))
    found = LineIndex(np.array([line])).nearest(at_lon, at_lat)
    reference = dense(line, step_m / 400)
    for i in range(n):
        k = len(reference)
        metres = EARTH.inv(np.full(k, at_lon[i]), np.full(k, at_lat[i]), reference[:, 0], reference[:, 1])[2]
        best = metres.min()
        assert found.metres[i] <= best + 0.002
        assert found.metres[i] == pytest.approx(best, rel=1e-4, abs=step_m / 400)
        assert EARTH.inv(at_lon[i], at_lat[i], found.lon[i], found.lat[i])[2] == pytest.approx(found.metres[i], abs=0.002)
        foot = np.argmin(np.abs(reference[:, 2] - found.along[i]))
        assert EARTH.inv(*reference[foot, :2], found.lon[i], found.lat[i])[2] <= step_m / 100 + 0.01 + found.metres[i] * 1e-5


@settings(max_examples=60)
@given(places, st.sampled_from([30.0, 2_000.0, 30_000.0]))
def test_the_side_is_that_of_the_averaged_normals(place: tuple[int, float, float], step_m: float) -> None:
    seed, lon, lat = place
    line = crooked(seed, lon, lat, 10, step_m)
    dice = np.random.default_rng(seed + 1)
    at_lon, at_lat, _ = EARTH.fwd(
        np.full(80, lon), np.full(80, lat), dice.uniform(0, 360, 80), step_m * dice.lognormal(0.5, 0.7, 80)
    )
    found = LineIndex(np.array([line])).nearest(at_lon, at_lat)
    vertices = shapely.get_coordinates(line)
    for i in range(80):
        expected = slow_side(at_lon[i], at_lat[i], vertices)
        if abs(expected) > 1e-6:
            assert np.sign(found.left[i]) == np.sign(expected)


def slow_side(lon: float, lat: float, vertices: np.ndarray) -> float:
    """Return the side of one point in the plane whose middle it is: sign of averaged normals; 0 where that is uncertain."""
    azimuth, _, metres = EARTH.inv(np.full(len(vertices), lon), np.full(len(vertices), lat), *vertices.T)
    at = metres[:, None] * np.column_stack([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    begin, run = at[:-1], np.diff(at, axis=0)
    share = np.clip(-(begin * run).sum(axis=1) / (run**2).sum(axis=1), 0, 1)
    foot = begin + share[:, None] * run
    away = np.hypot(*foot.T)
    normal = np.column_stack([-run[:, 1], run[:, 0]]) / np.hypot(*run.T)[:, None]
    equal = np.flatnonzero(away <= away.min() * (1 + 1e-9))
    others = away[np.abs(foot - foot[equal[0]]).max(axis=1) > 1e-3 * away.max()]
    if len(others) and others.min() < away.min() * 1.001 + 1:
        return 0.0
    sign = (normal[equal].sum(axis=0) * -foot[equal[0]]).sum() / (away.min() + 1e-9)
    return 0.0 if away.min() < 0.05 or abs(sign) < 1e-3 else sign


@pytest.mark.parametrize("lat", [0, 60, -85])
@pytest.mark.parametrize("lon", [20, 179.999])
def test_places_just_off_a_long_straight_leg(lat: float, lon: float) -> None:
    """A leg of 500 km without a vertex; feet and sides a centimetre and ten kilometres away."""
    end_lon, end_lat, _back = EARTH.fwd(lon, lat, 75, 500_000)
    line = frame(shapely.LineString([(lon, lat), (end_lon, end_lat)]))
    mid_lon, mid_lat, azimuth = EARTH.fwd(lon, lat, 75, 212_345.6)
    for away in (0.02, 1.0, 10_000.0):
        here = [EARTH.fwd(mid_lon, mid_lat, azimuth + 180 + turn, away)[:2] for turn in (-90, 90)]
        features = frame(*(shapely.Point(at) for at in here))
        assert side(features, line).tolist() == ["left", "right"]
        got = nearest(features, line)
        assert got.distance_m.tolist() == pytest.approx([away, away], abs=0.001)
        assert got.along_m.tolist() == pytest.approx([212_345.6] * 2, abs=0.05)
    assert side(frame(shapely.Point(mid_lon, mid_lat)), line).tolist() == ["on"]


def test_beyond_the_ends_the_first_and_the_last_leg_are_carried_on() -> None:
    line = frame(shapely.LineString([(0, 0), (1, 0), (1, 1)]))
    features = frame(*(shapely.Point(at) for at in [(-1, 0.1), (-1, -0.1), (0.9, 2), (1.1, 2)]))
    assert side(features, line).tolist() == ["left", "right", "left", "right"]
    assert along(features, line).tolist() == pytest.approx([0, 0, line_m(line), line_m(line)], abs=1e-3)


def line_m(line: geopandas.GeoDataFrame) -> float:
    return float(EARTH.geometry_length(line.geometry.iloc[0]))


def test_a_hairpin_has_its_sides() -> None:
    line = frame(shapely.LineString([(0, 0), (1, 0), (0, 0.01)]))
    features = frame(
        *(shapely.Point(at) for at in [(1.2, 0.02), (1.2, -0.02), (1.2, 0.001), (0.5, 0.002), (0.5, -0.1), (0.5, 0.3)])
    )
    assert side(features, line).tolist() == ["right", "right", "right", "left", "right", "right"]


def test_a_line_that_comes_through_a_vertex_again_has_the_sides_of_its_nearest_legs() -> None:
    """Two wedges whose tips touch at (0, 0), open to the west and to the east."""
    line = frame(shapely.LineString([(-1, 2), (0, 0), (-1, -2), (1, -2), (0, 0), (1, 2)]))
    features = frame(*(shapely.Point(at) for at in [(0.02, 0), (-0.02, 0), (0, 0.02)]))
    assert side(features, line).tolist() == ["right", "right", "left"]


def test_legs_without_length_change_nothing() -> None:
    plain = frame(shapely.LineString([(0, 0), (1, 0), (2, 1)]))
    stuttering = frame(shapely.LineString([(0, 0), (0, 0), (1, 0), (1, 0), (1, 0), (2, 1), (2, 1)]))
    features = frame(*(shapely.Point(x, y) for x in (-1, 0, 1, 1.5, 3) for y in (-1, 0, 0.2, 2)))
    assert side(features, plain).tolist() == side(features, stuttering).tolist()
    assert nearest(features, plain).equals(nearest(features, stuttering))


def test_parts_follow_one_another_without_a_gap() -> None:
    line = frame(shapely.MultiLineString([[(0, 0), (1, 0)], [(2, 0), (3, 0)]]))
    metres = along(frame(shapely.Point(0.5, 1), shapely.Point(2.5, 1)), line)
    degree = EARTH.inv(0, 0, 1, 0)[2]
    assert metres.tolist() == pytest.approx([degree / 2, degree * 1.5], abs=0.1)
    assert kp(metres).tolist() == ["KP 55.7", "KP 167.0"]


def test_several_others_keep_their_labels_and_crs() -> None:
    others = frame(shapely.Point(0, 0), shapely.LineString([(1, 0), (1, 1)]), shapely.Point(0, 0), index=["a", "b", "c"])
    features = frame(shapely.Point(0.1, 0), shapely.Point(0.9, 0.5), shapely.Point(), index=["x", "y", "z"])
    for given_others in (others, others.to_crs(3857)):
        got = nearest(features.to_crs(32631), given_others)
        assert got.other.tolist()[:2] == ["a", "b"]
        assert got.index.tolist() == ["x", "y", "z"]
        assert got.iloc[2].isna().all()
        assert got.distance_m.tolist()[:2] == pytest.approx(
            [EARTH.inv(0.1, 0, 0, 0)[2], EARTH.inv(0.9, 0.5, 1, 0.5)[2]], abs=0.01
        )


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([0, 47, 80]))
def test_of_many_points_the_nearest_is_found(seed: int, lat: float) -> None:
    dice = np.random.default_rng(seed)
    others = np.column_stack([dice.uniform(178, 182, 300), dice.uniform(lat, lat + 4, 300)])
    lon, lat_ = dice.uniform(178, 182, 50), dice.uniform(lat - 2, lat + 4, 50)
    found = LineIndex(shapely.points(others)).nearest(lon, lat_)
    for i in range(50):
        metres = EARTH.inv(np.full(300, lon[i]), np.full(300, lat_[i]), *others.T)[2]
        assert found.metres[i] == pytest.approx(metres.min(), abs=0.001)
        assert metres[found.line[i]] == pytest.approx(metres.min(), abs=0.001)


def test_near_keeps_rows_and_order() -> None:
    line = frame(shapely.LineString([(0, 50), (1, 50)]))
    features = frame(*(shapely.Point(0.5, 50 + n * 0.01) for n in (5, 1, 0, 2, -1)), shapely.Point(), index=list("abcdef"))
    got = near(features, line, metres=1_200)
    # The geodesic runs 240 m north of the parallel, so "e" lies farther than "b".
    assert got.index.tolist() == ["b", "c"]
    assert got.crs == features.crs
    assert got.distance_m.max() < 1_200
    assert near(features, line, metres=0).empty
    assert near(frame(shapely.Point(0, 50)), line, metres=0).shape[0] == 1
    with pytest.raises(ValueError, match="metres"):
        near(features, line, metres=-1)


def test_nothing_asked_or_nothing_there() -> None:
    line, point = frame(shapely.LineString([(0, 0), (1, 1)])), frame(shapely.Point(0, 0))
    assert nearest(point.iloc[:0], line).empty
    assert nearest(point, line.iloc[:0]).iloc[0].isna().all()
    assert near(point, line.iloc[:0], metres=5).empty
    assert along(point, line.iloc[:0]).isna().all()
    for none in (line.iloc[:0], frame(shapely.LineString([(1, 1), (1, 1)]))):
        with pytest.raises(UnusableGeometry, match="length"):
            side(point, none)


def test_a_line_without_length_is_a_place() -> None:
    got = nearest(frame(shapely.Point(0, 0)), frame(shapely.LineString([(1, 1), (1, 1), (1, 1)])))
    assert got.distance_m[0] == pytest.approx(EARTH.inv(0, 0, 1, 1)[2], abs=1e-3)


def test_a_missing_crs_is_an_error() -> None:
    bare = geopandas.GeoDataFrame(geometry=[shapely.Point(0, 0)])
    for asked in ((bare, frame(shapely.Point(0, 0))), (frame(shapely.Point(0, 0)), bare)):
        with pytest.raises(MissingCRS):
            nearest(*asked)
