"""Edges are geodesics and metres lie on the ground, anywhere."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.spatial.edges import chords, legs, short, unrolled
from layers.spatial.followed import followed, on_the_map
from layers.spatial.frame import Kept, UnusableGeometry, known, points
from layers.spatial.ground import degrees, ground_m, space, up

EARTH = Geod(ellps="WGS84")
lons = st.floats(-180, 180)
lats = st.floats(-90, 90)


@given(lons, lats, st.floats(0, 360), st.floats(0, 500_000))
def test_a_chord_gives_the_geodesic_to_a_millimetre(lon: float, lat: float, azimuth: float, metres: float) -> None:
    far_lon, far_lat, _ = EARTH.fwd(lon, lat, azimuth, metres)
    got = ground_m(space([lon], [lat]), space([far_lon], [far_lat]))[0]
    assert got == pytest.approx(metres, abs=1e-3)


@given(lons, lats, lons, lats)
def test_beyond_that_it_is_the_geodesic_itself(lon: float, lat: float, other_lon: float, other_lat: float) -> None:
    expected = EARTH.inv(lon, lat, other_lon, other_lat)[2]
    assert ground_m(space([lon], [lat]), space([other_lon], [other_lat]))[0] == pytest.approx(expected, abs=1e-3)


@given(st.floats(-720, 720), lats, st.floats(-1000, 1000))
def test_space_and_back(lon: float, lat: float, height: float) -> None:
    at = space([lon], [lat])
    back_lon, back_lat = degrees(at + height * up(at))
    assert EARTH.inv(lon, lat, back_lon[0], back_lat[0])[2] < 1e-5
    assert abs(back_lon[0]) <= 180


def test_both_poles_and_the_same_place_twice() -> None:
    at = space([0, 77, 12], [90, 90, -90])
    assert ground_m(at[[0, 0]], at[[1, 2]]).tolist() == pytest.approx([0, EARTH.inv(0, 90, 0, -90)[2]], abs=1e-6)


@given(lons, st.floats(-80, 80), st.floats(0, 360), st.floats(1, 1_000_000), st.sampled_from([0.01, 1.0, 100.0]))
def test_a_straight_line_between_the_cuts_is_the_geodesic(
    lon: float, lat: float, azimuth: float, metres: float, tolerance: float
) -> None:
    far = EARTH.fwd(lon, lat, azimuth, metres)[:2]
    if abs(far[1]) > 85:
        return
    pieces, of = chords(legs(np.array([shapely.LineString([(lon, lat), far])])), tolerance)
    pieces = unrolled(pieces)
    assert not of.any()
    assert pieces.metres.sum() == pytest.approx(metres, abs=2e-3)
    assert np.array_equal(pieces.begin[1:], pieces.end[:-1])
    middle = (pieces.begin + pieces.end) / 2
    azimuths, _, _ = EARTH.inv(*pieces.begin.T, *pieces.end.T)
    turned, _, away = EARTH.inv(*pieces.begin.T, *middle.T)
    assert np.abs(away * np.sin(np.radians(turned - azimuths))).max() <= tolerance * 1.01 + 1e-6


def test_legs_keep_their_owner_path_and_order() -> None:
    shapes = np.array(
        [
            shapely.Point(1, 1),
            None,
            shapely.MultiLineString([[(0, 0), (1, 0), (1, 1)], [(5, 5), (5, 5)]]),
            shapely.Polygon(),
            shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(5, 1), (6, 1), (6, 2)]]),
            shapely.GeometryCollection([shapely.Point(3, 3), shapely.MultiPoint([(4, 4), (4, 5)])]),
        ]
    )
    whole = legs(shapes)
    assert whole.owner.tolist() == [0, 2, 2, 2, 4, 4, 4, 4, 4, 4, 5, 5, 5]
    assert whole.path.tolist() == [0, 1, 1, 2, 3, 3, 3, 4, 4, 4, 5, 6, 7]
    assert whole.metres[[0, 3, 10]].tolist() == [0, 0, 0]
    assert len(legs(np.array([], object))) == len(legs(np.array([None, shapely.Polygon()]))) == 0


def test_short_legs_are_left_to_the_last_bit() -> None:
    line = shapely.LineString([(10.1, 50.2), (10.1003, 50.2004), (10.1001, 50.2009)])
    assert shapely.equals_exact(followed(np.array([line]), 0.01)[0][0], line)
    pieces, _ = short(legs(np.array([line])), 500)
    assert np.array_equal(pieces.begin, shapely.get_coordinates(line)[:-1])


def test_a_long_leg_is_cut_evenly() -> None:
    pieces, of = short(legs(np.array([shapely.LineString([(0, 60), (30, 60)]), shapely.Point(0, 0)])), 500)
    assert pieces.metres[:-1].max() <= 500
    assert len(pieces) == np.ceil(EARTH.inv(0, 60, 30, 60)[2] / 500) + 1
    assert of[-1] == 1


@pytest.mark.parametrize("ring", [[(170, 0), (190, 0), (190, 9), (170, 9)], [(170, 0), (-170, 0), (-170, 9), (170, 9)]])
def test_a_ring_across_the_antimeridian_goes_on_and_is_split_for_the_map(ring: list[tuple[float, float]]) -> None:
    found, owner = followed(np.array([shapely.Polygon(ring, [[(-179, 1), (-178, 1), (-178, 2)]])]), 1.0)
    assert owner.tolist() == [0]
    assert (found[0].bounds[0], found[0].bounds[2]) == (170, 190)
    assert found[0].is_valid
    split = on_the_map(found)[0]
    assert split.geom_type == "MultiPolygon"
    assert split.bounds[0] == -180
    assert split.bounds[2] == 180
    assert split.area == pytest.approx(found[0].area)
    assert len(split.geoms[0].interiors) + len(split.geoms[1].interiors) == 1


def test_a_box_round_the_world_stays_one() -> None:
    world = shapely.box(-180, -90, 180, 90)
    assert followed(np.array([world]), 1.0)[0][0].bounds == world.bounds


def test_a_ring_round_a_pole_is_refused() -> None:
    ring = shapely.Polygon([(lon, 80) for lon in range(-180, 180, 30)])
    with pytest.raises(UnusableGeometry, match="pole"):
        followed(np.array([ring]), 1.0)


@pytest.mark.parametrize("at", [(0, 91), (0, np.inf), (-np.inf, 3)])
def test_a_place_that_is_none_is_refused(at: tuple[float, float]) -> None:
    with pytest.raises(UnusableGeometry, match="no place"):
        legs(np.array([shapely.LineString([(0, 0), at])]))


def test_a_missing_crs_is_an_error() -> None:
    with pytest.raises(MissingCRS):
        known(geopandas.GeoSeries([shapely.Point(0, 0)]))


def test_points_come_in_degrees_from_any_crs() -> None:
    given = geopandas.GeoSeries([shapely.Point(36.2, 33.5), shapely.Point(), None], crs=4326)
    lon, lat = points(given.to_crs(32637))
    assert lon[0] == pytest.approx(36.2)
    assert lat[0] == pytest.approx(33.5)
    assert np.isnan(lon[1:]).all()
    with pytest.raises(UnusableGeometry, match="LineString"):
        points(geopandas.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=4326))


def test_the_same_shapes_are_the_same_key_and_others_are_not() -> None:
    given = geopandas.GeoDataFrame(geometry=[shapely.Point(n, n) for n in range(9)], crs=4326)
    assert Kept(given) == Kept(given.copy())
    assert hash(Kept(given)) == hash(Kept(given.copy()))
    assert Kept(given) != Kept(given.iloc[::-1])
    assert Kept(given) != Kept(given.set_crs(4258, allow_override=True))
