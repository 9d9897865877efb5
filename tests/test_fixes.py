"""Fixes of bearings: calibrated against simulations whose truth is known, beside a slow reference on a plain grid."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.analysis.fixes import Fix, NoFix, fix, probability_in
from layers.spatial import sights
from layers.spatial.ground import EARTH, Floats
from layers.spatial.sectors import Sights

TRUTHS = st.sampled_from([(36.0, 33.0), (179.999, -17.0), (20.0, 78.0), (-60.0, 89.95), (10.0, -89.99), (-180.0, 0.0)])
ENDS_M = np.array([0, 1_000, 3_000, 5_000, 10_000, 20_000.0])


def looked(truth: tuple[float, float], dice: np.random.Generator, count: int, *, banded: bool = False) -> Sights:
    """Return what observers all about a place tell of it, their bearings off as their errors say."""
    away = 10 ** dice.uniform(2.7, 4.2, count)
    many = np.full(count, truth[0]), np.full(count, truth[1])
    lon, lat, back = EARTH.fwd(*many, dice.uniform(0, 360) + dice.uniform(0, dice.choice([40, 120, 360]), count), away)
    error = dice.uniform(1, 10, count)
    bearing = (np.array(back) + dice.normal(0, error / 1.96)) % 360
    if not banded:
        return sights(lon, lat, bearing, error, farthest_m=np.inf)
    over = np.searchsorted(ENDS_M, away)
    return sights(lon, lat, bearing, error, nearest_m=ENDS_M[over - 1], farthest_m=ENDS_M[over])


def tried(seen: Sights) -> Fix | None:
    try:
        return fix(seen)
    except NoFix:
        return None


@pytest.mark.parametrize("banded", [False, True])
def test_the_areas_hold_the_truth_as_often_as_they_say(banded: bool) -> None:
    dice, held = np.random.default_rng(47), []
    for _ in range(240):
        truth = dice.uniform(-180, 180), dice.uniform(-75, 75)
        found = tried(looked(truth, dice, int(dice.integers(2, 5)), banded=banded))
        if found:
            held.append(bool(shapely.intersects_xy(found.area, *truth)))
    assert len(held) > 150
    assert 0.92 <= np.mean(held) <= 0.98


def slow_misfit(seen: Sights, lon: Floats, lat: Floats) -> Floats:
    """Return the squared misses of places, observation by observation, by the geodesic."""
    found = np.zeros(len(lon))
    for n in range(len(seen)):
        many = np.full(len(lon), seen.lon[n]), np.full(len(lon), seen.lat[n])
        azimuth = EARTH.inv(*many, lon, lat)[0]
        found += (((azimuth - seen.bearing[n] + 180) % 360 - 180) / (seen.error[n] / 1.96)) ** 2
    return found


@settings(max_examples=20)
@given(TRUTHS, st.integers(0, 10**6), st.integers(2, 4))
def test_the_area_is_the_likeliest_ground(truth: tuple[float, float], seed: int, count: int) -> None:
    dice = np.random.default_rng(seed)
    seen = looked(truth, dice, count)
    found = tried(seen)
    if not found:
        return
    assert found.area.is_valid
    least = slow_misfit(seen, np.array([found.lon]), np.array([found.lat]))[0]
    assert least == pytest.approx(found.misfit, abs=1e-3)
    wide = 2 * np.sqrt(found.area_m2)
    lon, lat, _ = EARTH.fwd(
        np.full(400, truth[0]), np.full(400, truth[1]), dice.uniform(0, 360, 400), wide * dice.uniform(0, 1, 400)
    )
    lon, lat = np.array(lon), np.array(lat)
    misfit = slow_misfit(seen, lon, lat)
    assert misfit.min() >= least - 1e-3
    inside = shapely.intersects_xy(found.area, lon, lat)
    # Those within are the likeliest; a lattice tells places at the edge apart not quite.
    likeliest = np.argsort(misfit)[: inside.sum()]
    assert (~inside[likeliest]).sum() <= 8


@settings(max_examples=15)
@given(TRUTHS, st.integers(0, 10**6), st.booleans())
def test_shares_add_up_and_the_area_has_95_percent_of_them(truth: tuple[float, float], seed: int, banded: bool) -> None:
    found = tried(looked(truth, np.random.default_rng(seed), 3, banded=banded))
    if not found:
        return
    assert found.likely.share.sum() == pytest.approx(1)
    share = found.likely.share[shapely.intersects_xy(found.area, found.likely.lon, found.likely.lat)].sum()
    assert share == pytest.approx(0.95, abs=0.02)


def test_the_probabilities_of_zones_follow() -> None:
    found = fix(sights([36.0, 36.1], [33.0, 33.0], [45, 315], 5, farthest_m=np.inf))
    west = shapely.box(35.9, 32.9, found.lon, 33.2)
    zones = geopandas.GeoSeries(
        [west, shapely.box(found.lon, 32.9, 36.2, 33.2), shapely.box(40, 40, 41, 41), found.area], crs=4326
    )
    likely = probability_in(found.likely, zones.set_axis(["west", "east", "far", "area"]))
    assert likely["west"] == pytest.approx(0.5, abs=0.02)
    assert likely["west"] + likely["east"] == pytest.approx(1, abs=1e-6)
    assert likely["far"] == 0
    assert likely["area"] == pytest.approx(0.95, abs=0.02)


def test_zones_hold_the_truth_as_often_as_their_probabilities_say() -> None:
    dice, told, true = np.random.default_rng(3), [], []
    while len(told) < 120:
        truth = dice.uniform(-170, 170), dice.uniform(-60, 60)
        found = tried(looked(truth, dice, 3))
        if not found:
            continue
        turn = dice.uniform(0, 360)
        edge = np.array([EARTH.fwd(found.lon, found.lat, turn + on, 200_000)[:2] for on in np.arange(0, 181, 20)])
        half = geopandas.GeoSeries([shapely.Polygon([(found.lon, found.lat), *edge])], crs=4326)
        told.append(probability_in(found.likely, half).iloc[0])
        true.append(bool(shapely.intersects_xy(half.iloc[0], *truth)))
    assert np.mean(true) == pytest.approx(np.mean(told), abs=0.12)


def test_distances_cut_the_area() -> None:
    crossing = [36.0, 36.02], [33.0, 33.0], [10, 355], 5
    wide = fix(sights(*crossing, farthest_m=np.inf))
    cut = fix(sights(*crossing, nearest_m=[6_000, 0], farthest_m=[7_000, np.inf]))
    assert cut.area_m2 < wide.area_m2 / 2
    metres = EARTH.inv(36.0, 33.0, cut.lon, cut.lat)[2]
    assert 6_000 <= metres <= 7_000
    assert wide.area.buffer(1e-6).contains(cut.area)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (sights([36.0], [33.0], 45, 5, farthest_m=3_000), "one bearing gives a direction and no place"),
        (sights([36.0, 36.1], 33.0, [315, 45], 5, farthest_m=np.inf), "the bearings lead apart: they cross behind the observers"),
        (sights([36.0, 36.0], 33.0, [45, 46], 5, farthest_m=np.inf), "the bearings lead apart"),
        (sights([36.0, 36.01], 33.0, [10, 9], 5, farthest_m=np.inf), "the bearings are so nearly parallel"),
        (sights([36.0, 36.001], 33.0, [0, 359.99], 5, farthest_m=np.inf), "the bearings are so nearly parallel"),
        (
            sights([36.0, 36.1, 36.05], [33.0, 33.0, 33.3], [45, 315, 90], 2, farthest_m=np.inf),
            "the bearings do not agree on a place",
        ),
        (sights([36.0, 36.1], 33.0, [45, 315], 5, farthest_m=1_000), "the bearings cross where no observer's distance reaches"),
        (sights([36.0, 36.1], 33.0, [45, 361], 5, farthest_m=np.inf), "observation 2: the bearing is 361°"),
        (
            sights([36.0, 36.1], 33.0, [45, 315], 5, nearest_m=3_000, farthest_m=1_000),
            "observation 1: the distances are from 3000 m",
        ),
    ],
)
def test_where_there_is_no_fix_it_is_said_and_none_invented(seen: Sights, said: str) -> None:
    with pytest.raises(NoFix, match=said):
        fix(seen)


def test_missing_distances_are_none() -> None:
    crossing = [36.0, 36.1], [33.0, 33.0], [45, 315], 5
    found = fix(sights(*crossing, nearest_m=np.nan, farthest_m=np.nan))
    assert found.area.equals(fix(sights(*crossing, farthest_m=np.inf)).area)
