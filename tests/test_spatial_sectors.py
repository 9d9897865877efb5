"""Sectors against the geodesic: what lies in one by distance and azimuth lies in its area, and the outline lies where it should."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.spatial import sector, sights
from layers.spatial.ground import EARTH, Floats
from layers.spatial.sectors import Sights

PROMISED = 5e-4
PLACES = st.tuples(st.floats(-180, 180), st.one_of(st.floats(-80, 80), st.sampled_from([-89.95, 89.0, 89.7, 89.9999])))
ERRORS = st.sampled_from([0.01, 1.0, 11.25, 90.0, 135.0, 179.9, 180.0, 250.0])
BANDS = st.sampled_from([(0.0, 500.0), (1_000.0, 3_000.0), (0.0, 50_000.0), (40_000.0, 200_000.0), (100.0, 20_000.0)])


def polar(seen: Sights, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return how far places lie off the bearing of one observation, and how far away."""
    many = np.full(len(lon), seen.lon[0]), np.full(len(lon), seen.lat[0])
    azimuth, _, metres = EARTH.inv(*many, lon, lat)
    return np.abs((azimuth - seen.bearing[0] + 180) % 360 - 180), metres


@given(PLACES, st.floats(0, 360), ERRORS, BANDS, st.integers(0, 99))
def test_what_lies_in_a_sector_is_what_is_seen(
    place: tuple[float, float], bearing: float, error: float, band: tuple[float, float], seed: int
) -> None:
    seen = sights(*place, bearing, error, nearest_m=band[0], farthest_m=band[1])
    found = sector(seen)
    assert found.fault == [""]
    area = found.shape[0]
    assert area.is_valid
    assert not area.is_empty
    dice = np.random.default_rng(seed)
    azimuth = bearing + dice.uniform(-1.5, 1.5, 200) * min(error, 120.0)
    lon, lat, _ = EARTH.fwd(np.full(200, place[0]), np.full(200, place[1]), azimuth, dice.uniform(0, 1.2, 200) * band[1])
    off, metres = polar(seen, np.array(lon), np.array(lat))
    inside = (off <= error) & (metres >= band[0]) & (metres <= band[1])
    aside = np.sin(np.radians(np.minimum(np.abs(off - error), 90))) * metres
    sure = (np.abs(metres - band[1]) > PROMISED * band[1]) & (np.abs(metres - band[0]) > PROMISED * band[0])
    sure &= (error >= 180) | (aside > min(PROMISED, 0.06 * np.radians(error)) * band[1])
    assert np.array_equal(shapely.intersects_xy(area, lon, lat)[sure], inside[sure])


@given(PLACES, st.floats(0, 360), st.sampled_from([5.0, 22.5, 100.0]), BANDS)
def test_the_outline_lies_where_it_should(
    place: tuple[float, float], bearing: float, error: float, band: tuple[float, float]
) -> None:
    seen = sights(*place, bearing, error, nearest_m=band[0], farthest_m=band[1])
    area = sector(seen).shape[0]
    assert area.bounds[0] >= -180
    assert area.bounds[2] <= 180
    at = shapely.get_coordinates(shapely.segmentize(shapely.boundary(area), shapely.length(shapely.boundary(area)) / 500))
    cut = (np.abs(at[:, 0]) > 180 - 1e-9) | (np.abs(at[:, 1]) > 90 - 1e-9)
    # Where a pole lies in it, the way along the map's edge leads there.
    at = at[~cut & (area.bounds[2] - area.bounds[0] < 359)]
    off, metres = polar(seen, *at.T)
    arc = np.minimum(np.abs(metres - band[1]) / band[1], np.abs(metres - band[0]) / max(band[0], 1.0))
    side = np.sin(np.radians(np.minimum(np.abs(off - error), 90))) * metres / band[1]
    assert np.minimum(arc, side).max(initial=0) <= PROMISED


def test_a_pole_in_it_is_reached_over_all_longitudes() -> None:
    found = sector(sights(20.0, [89.5, -89.5], [0, 180], 30, farthest_m=200_000)).shape
    assert found.is_valid.all()
    for area, pole in zip(found, (90, -90), strict=True):
        assert shapely.intersects_xy(area, [-180, -120, 0, 77, 180], pole).all()
    assert found.bounds["minx"].tolist() == [-180, -180]


def test_a_sector_across_the_antimeridian_has_two_parts() -> None:
    area = sector(sights(179.99, 10.0, 90, 20, farthest_m=5_000)).shape[0]
    assert len(area.geoms) == 2
    assert shapely.intersects_xy(area, [179.995, -179.98], 10.0).all()


def test_all_round_is_a_disc_or_a_ring() -> None:
    disc, ring = sector(sights(30.0, 50.0, 77, 180, nearest_m=[0, 1_000], farthest_m=3_000)).shape
    assert not disc.interiors
    assert len(ring.interiors) == 1
    assert abs(EARTH.geometry_area_perimeter(disc)[0]) == pytest.approx(np.pi * 9e6, rel=1e-3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bearing": 361}, "the bearing is 361°; write one from 0 to 360"),
        ({"bearing": -5}, "the bearing is -5°; write one from 0 to 360"),
        ({"bearing": np.nan}, "there is no bearing; write one from 0 to 360"),
        ({"error": 0}, "the bearing's error is 0°; no bearing is better than 0.001°"),
        ({"error": np.inf}, "the bearing has no error; write how many degrees it may be off either way"),
        (
            {"nearest_m": 3_000, "farthest_m": 1_000},
            "the distances are from 3000 m to 1000 m; write the nearer one first, and two that differ",
        ),
        ({"nearest_m": -1}, "the nearest distance is -1 m; a distance is 0 m or more"),
        ({"farthest_m": np.nan}, "there is no distance; write a band such as 1-3 km"),
        ({"farthest_m": np.inf}, "the farthest distance is inf m; it ends at 1000 km"),
        ({"lat": 91}, "the observer's latitude is 91, and latitude ends at 90; correct it"),
        ({"lon": np.nan}, "the observer has no place; write where he stood"),
    ],
)
def test_what_is_wrong_is_said_by_row_and_the_others_stand(wrong: dict[str, float], said: str) -> None:
    good = {"lon": 30.0, "lat": 50.0, "bearing": 45.0, "error": 5.0, "nearest_m": 500.0, "farthest_m": 2_000.0}
    columns = {name: np.array([value, wrong.get(name, value), value]) for name, value in good.items()}
    found = sector(Sights(**columns))
    assert found.fault == ["", said, ""]
    assert found.shape.is_empty.tolist() == [False, True, False]


def test_no_observations_have_no_sectors() -> None:
    assert len(sector(sights([], [], [], 5, farthest_m=1_000)).shape) == 0
