"""Tracks across a line, with time and place; and a point of some precision in a zone."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.spatial import UnusableGeometry, crossings, probability_inside, side
from layers.spatial.cells import AreaIndex

EARTH = Geod(ellps="WGS84")
START = np.datetime64("2026-11-24T06:00:00", "us")


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def hours(*values: float) -> np.ndarray:
    return START + (np.array(values) * 3.6e9).astype("timedelta64[us]")


@pytest.mark.parametrize("lon", [0.0, 180.0])
def test_a_crossing_has_its_time_place_direction_and_chainage(lon: float) -> None:
    line = frame(shapely.LineString([(lon - 1, 0), (lon + 1, 0)]))
    tracks = frame(shapely.LineString([(lon, -0.1), (lon, 0.3), (lon + 0.5, -0.3)]), index=["T1"])
    got = crossings(tracks, [hours(0, 4, 8)], line)
    assert got["track"].tolist() == ["T1", "T1"]
    assert got["to"].tolist() == ["left", "right"]
    assert got.occurred_at.dt.tz is not None
    minutes = (got.occurred_at.dt.tz_localize(None) - START).dt.total_seconds() / 60
    assert minutes.tolist() == pytest.approx([60, 360], abs=0.05)
    assert got.along_m.tolist() == pytest.approx([EARTH.inv(0, 0, 1, 0)[2], EARTH.inv(0, 0, 1.25, 0)[2]], abs=1)
    assert EARTH.inv(got.geometry.x[0], got.geometry.y[0], lon, 0)[2] < 0.01


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0, -80.0]), st.sampled_from([0.001, 0.3]))
def test_each_change_of_side_is_one_crossing(seed: int, lat: float, size: float) -> None:
    """The line goes farther than the track, so that only over the line can the side change."""
    dice = np.random.default_rng(seed)
    x = np.linspace(-9, 9, 40)
    line = frame(shapely.LineString(np.column_stack([x * size, lat + size * dice.uniform(-1, 1, 40)])))
    at = np.column_stack([size * dice.uniform(-3, 3, 12), lat + size * dice.uniform(-3, 3, 12)])
    got = crossings(frame(shapely.LineString(at)), [hours(*range(12))], line)
    sides = side(frame(*shapely.points(at)), line)
    assert (len(got) % 2 == 1) == (sides.iloc[0] != sides.iloc[-1])
    assert (got["to"].iloc[1:].to_numpy() != got["to"].iloc[:-1].to_numpy()).all()
    assert got.occurred_at.is_monotonic_increasing
    assert set(side(got, line)) <= {"on"}
    if len(got):
        assert got["to"].iloc[-1] == sides.iloc[-1]


def test_touching_is_not_crossing_and_a_vertex_is_crossed_once() -> None:
    line = frame(shapely.LineString([(-1, 0), (0, 0), (1, 0)]))
    tracks = frame(
        shapely.LineString([(-0.5, 0.5), (0, 0), (0.5, 0.5)]),
        shapely.LineString([(-0.5, -0.5), (0, 0), (0.5, -0.5)]),
        shapely.LineString([(0, -0.5), (0, 0), (0, 0.5)]),
        shapely.LineString([(2, -1), (2, 1)]),
        shapely.LineString([(0.3, 0.2), (0.3, 0.2), (0.3, -0.2)]),
    )
    got = crossings(tracks, [hours(0, 1, 2)] * 3 + [hours(0, 1), hours(0, 1, 2)], line)
    assert got["track"].tolist() == [2, 4]
    assert got["to"].tolist() == ["left", "right"]
    assert (got.occurred_at.dt.tz_localize(None) == [START + np.timedelta64(1, "h"), START + np.timedelta64(90, "m")]).all()


def test_tracks_without_their_times_are_refused() -> None:
    line, tracks = frame(shapely.LineString([(-1, 0), (1, 0)])), frame(shapely.LineString([(0, -1), (0, 1)]))
    with pytest.raises(UnusableGeometry, match="time"):
        crossings(tracks, [hours(0)], line)
    with pytest.raises(UnusableGeometry, match="fall"):
        crossings(tracks, [hours(1, 0)], line)
    with pytest.raises(UnusableGeometry, match="length"):
        crossings(tracks, [hours(0, 1)], frame())
    assert crossings(tracks.iloc[:0], [], line).empty


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0]), st.sampled_from([20.0, 180.0]), st.sampled_from([500.0, 20_000.0]))
def test_the_probability_is_the_share_of_many_places(seed: int, lat: float, lon: float, radius: float) -> None:
    dice = np.random.default_rng(seed)
    size = radius / 60_000
    angle = np.sort(dice.uniform(0, 2 * np.pi, 9))
    ring = np.column_stack([lon + 2 * size * np.cos(angle), lat + size * np.sin(angle)])
    hole = np.array([lon, lat]) + size * 0.1 * np.array([(-1, -1), (1, -1), (0, 1)])
    zone = shapely.difference(shapely.Polygon(ring), shapely.Polygon(hole))
    at = dice.uniform([lon - size, lat - size], [lon + size, lat + size], (5, 2))
    got = probability_inside(frame(*shapely.points(at)), radius, frame(zone))
    share = (np.arange(40_000) + 0.5) / 40_000
    for number in range(5):
        x, y, _ = EARTH.fwd(
            np.full(40_000, at[number, 0]),
            np.full(40_000, at[number, 1]),
            222.4922359 * np.arange(40_000) % 360,
            radius * np.sqrt(share),
        )
        inside = len(AreaIndex(np.array([zone])).pairs(np.array(x), np.array(y))[0]) / 40_000
        assert got[number] == pytest.approx(inside, abs=0.005)


def test_a_straight_edge_through_the_point_is_a_half() -> None:
    zone = frame(shapely.box(10, 40, 12, 42))
    got = probability_inside(
        frame(shapely.Point(10, 41), shapely.Point(10, 40), shapely.Point(11, 41), shapely.Point(9, 41), shapely.Point()),
        1_000,
        zone,
    )
    assert got.tolist()[:4] == pytest.approx([0.5, 0.25, 1, 0], abs=2e-3)
    assert got.tolist()[2:4] == [1.0, 0.0]
    assert np.isnan(got[4])


def test_precision_of_each_point_and_none() -> None:
    zone = frame(shapely.box(10, 40, 12, 42))
    features = frame(*[shapely.Point(9.99, 41)] * 4)
    got = probability_inside(features, [0, 100, 5_000, np.nan], zone)
    assert got.tolist()[:2] == [0, 0]
    assert 0.2 < got[2] < 0.5
    assert np.isnan(got[3])
    assert probability_inside(features, 100, frame()).tolist() == [0] * 4
    with pytest.raises(ValueError, match="precision"):
        probability_inside(features, -1, zone)
