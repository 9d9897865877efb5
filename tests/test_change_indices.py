"""Burned land, water and radar: the laws of each method on ground made for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import UnsuitableScenes
from layers.imagery.change import dnbr, logratio, water
from layers.imagery.change.method import Pair
from layers.imagery.change.reflectance import checked, index

SIDE = 160
FIRE = np.s_[60:100, 50:110]


def reflectance(ratio: npt.NDArray[np.float64], total: float = 0.5) -> npt.NDArray[np.float32]:
    """Return two bands that sum to ``total`` and have that index."""
    return np.stack([(1 + ratio) / 2, (1 - ratio) / 2]).astype(np.float32) * np.float32(total)


def fire(*, season: float, burned: float = 0.5, noise: float = 0.02) -> Pair:
    """Return land on which a fire took so much of the burn ratio, and the season so much everywhere."""
    dice = np.random.default_rng(3)
    before = np.full((SIDE, SIDE), 0.55)
    after = before - season
    after[FIRE] -= burned
    return Pair(*(reflectance(one + dice.normal(0, noise, one.shape), 0.3) for one in (before, after)), 30.0)


@pytest.mark.parametrize("season", [-0.08, 0.0, 0.05, 0.09])
def test_what_the_season_did_is_taken_off_by_the_ring(season: float) -> None:
    pair = fire(season=season)
    found = dnbr.fitted(pair)
    assert found.learned["offset"] == pytest.approx(season, abs=0.002)
    marks = found.apply(pair)
    assert np.median(marks.statistic[FIRE]) == pytest.approx(0.5, abs=0.01)
    assert (marks.classes[FIRE] == 3).mean() > 0.95
    assert found.warnings == ()
    assert found.chance(np.array([0.5], np.float32))[0] < 0.001


def test_a_ring_that_is_not_as_it_was_either_takes_nothing_off() -> None:
    found = dnbr.fitted(fire(season=0.2))
    assert found.learned["offset"] == 0
    assert any("compare scenes of one season" in warning for warning in found.warnings)


def test_a_fire_that_fills_the_scene_has_no_ring() -> None:
    pair = fire(season=0.05)
    inside = Pair(pair.before[:, *FIRE], pair.after[:, *FIRE], pair.pixel_m)
    found = dnbr.fitted(inside)
    assert found.learned["offset"] == 0
    assert any("No unburned land" in warning for warning in found.warnings)


@pytest.mark.parametrize("pixel_m", [10.0, 30.0, 300.0])
def test_the_ring_is_what_lies_at_its_distance_from_the_burn(pixel_m: float) -> None:
    fall = np.zeros((60, 60), np.float32)
    fall[20:29, 30:36] = 0.5
    fall[5, 5] = 0.6
    fall[:, :3] = np.nan
    ring = dnbr.ring(fall, pixel_m)
    patch = np.ones((9, 6), bool)
    patch[[0, 0, -1, -1], [0, -1, 0, -1]] = False
    burned = np.argwhere(patch) + np.array([20, 30])
    near, far = max(120 / pixel_m, 2), max(1_000 / pixel_m, 6)
    for row, column in np.ndindex(fall.shape):
        away = np.hypot(*(burned - (row, column)).T).min()
        here = near < away <= far and not np.isnan(fall[row, column]) and fall[row, column] < 0.27
        assert ring[row, column] == here, (row, column)


def test_severity_is_classed_as_key_and_benson_do() -> None:
    values = np.array([-0.5, -0.1, -0.099, 0, 0.099, 0.1, 0.269, 0.27, 0.439, 0.44, 0.659, 0.66, 1.3, np.nan])
    assert dnbr.severity(values).tolist() == [5, 5, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 0]
    assert [kind.code for kind in dnbr.METHOD.kinds] == ["low", "moderate_low", "moderate_high", "high", "regrowth"]


@given(st.floats(-0.2, 2), st.floats(-0.2, 2))
def test_an_index_lies_within_one_or_is_not_known(one: float, other: float) -> None:
    found = float(index(np.float32([one]), np.float32([other]))[0])
    assert np.isnan(found) if np.float32(one) + np.float32(other) <= 1e-6 else -1 <= found <= 1


@pytest.mark.parametrize(("scale", "offset"), [(1e4, 0), (255, 0), (36_000, 7_300), (100, 0), (1, -7_000)])
def test_numbers_that_cannot_be_reflectance_are_refused(scale: float, offset: float) -> None:
    pair = fire(season=0.0)
    stored = Pair(pair.before, pair.after * np.float32(scale) + np.float32(offset), pair.pixel_m)
    with pytest.raises(UnsuitableScenes, match=r"^the scene after looks like stored numbers, .* give its scale and offset"):
        checked(stored)
    assert checked(pair) == ()


def test_a_forgotten_offset_is_remarked_on() -> None:
    pair = fire(season=0.0, noise=0.05)
    shifted = Pair(pair.before + np.float32(0.1), pair.after, pair.pixel_m)
    assert [warning.split(" (")[0] for warning in checked(shifted)] == ["The scene before has no dark pixel"]


def lake(wetnesses: list[float], nir: float = 0.05) -> npt.NDArray[np.float32]:
    """Return green, short-wave and near infrared of land with ponds of these indices, in quarters of the middle."""
    dice = np.random.default_rng(7)
    ratio = dice.normal(-0.4, 0.05, (SIDE, SIDE))
    near = np.full((SIDE, SIDE), 0.3)
    for place, wetness in enumerate(wetnesses):
        part = np.s_[40:120, 40 + 20 * place : 60 + 20 * place]
        ratio[part] = dice.normal(wetness, 0.05, ratio[part].shape)
        near[part] = nir if wetness > 0 else 0.3
    return np.concatenate([reflectance(ratio, 0.3), near[None].astype(np.float32)])


def test_water_that_came_or_went_is_marked_and_water_that_stayed_is_not() -> None:
    pair = Pair(lake([0.5, 0.5, -0.4, -0.4]), lake([0.6, -0.4, 0.4, -0.4]), 10.0)
    found = water.fitted(pair)
    classes = found.apply(pair).classes
    stayed, gone, new, land = (classes[40:120, left : left + 20] for left in (40, 60, 80, 100))
    assert (stayed == 0).all()
    assert (land == 0).all()
    assert (gone == 2).mean() > 0.99
    assert (new == 1).mean() > 0.99
    assert 0 <= found.learned["threshold"] < 0.3
    assert found.warnings == ()


def test_a_flood_on_dry_land_is_new_water_and_its_recession_water_gone() -> None:
    dry, wet = lake([]), lake([0.5, 0.5])
    marked = [int(water.fitted(pair).apply(pair).classes.max()) for pair in (Pair(dry, wet, 10.0), Pair(wet, dry, 10.0))]
    assert marked == [1, 2]


@given(st.integers(0, 10_000), st.floats(-0.6, -0.1), st.floats(0.01, 0.2))
def test_no_water_is_claimed_of_land_whatever_its_wetness(seed: int, mean: float, spread: float) -> None:
    dice = np.random.default_rng(seed)
    scenes = (reflectance(np.clip(dice.normal(mean, spread, (40, 40)), -0.9, 0.9), 0.3) for _ in range(2))
    pair = Pair(*scenes, 10.0)
    found = water.fitted(pair)
    assert not found.apply(pair).classes.any()
    assert "At neither date does water stand apart from land, so no water is claimed." in found.warnings
    assert "threshold" not in found.learned


def test_dark_and_lighter_land_are_not_land_and_water() -> None:
    pair = Pair(lake([-0.1, -0.1]), lake([-0.1, -0.1, -0.1]), 10.0)
    found = water.fitted(pair)
    assert found.learned["distance_after"] > 2
    assert not found.apply(pair).classes.any()


def test_snow_is_no_water_where_near_infrared_tells() -> None:
    snow, bare = lake([0.6, 0.6], nir=0.5), lake([])
    assert not water.fitted(Pair(bare, snow, 10.0)).apply(Pair(bare, snow, 10.0)).classes.any()
    blind = water.fitted(Pair(bare[:2], snow[:2], 10.0))
    assert blind.apply(Pair(bare[:2], snow[:2], 10.0)).classes.any()
    assert any("snow cannot be told from water" in warning for warning in blind.warnings)


def test_water_asks_for_near_infrared_only_where_both_dates_have_it() -> None:
    assert water.roles(("green", "nir", "swir1"), ("green", "swir1", "nir")) == ("green", "swir1", "nir")
    assert water.roles(("green", "swir1"), ("green", "swir1", "nir")) == ("green", "swir1")
    with pytest.raises(UnsuitableScenes, match="lacking: swir1"):
        water.roles(("green", "nir"), ("green", "nir", "swir1"))


def test_the_average_is_the_weighted_mean_of_the_known_about_a_pixel() -> None:
    dice = np.random.default_rng(9)
    ratio = dice.normal(0, 3, (12, 14)).astype(np.float32)
    ratio[dice.uniform(size=ratio.shape) < 0.2] = np.nan
    found = logratio.averaged(ratio)
    weights = np.convolve([1, 1, 1], [1, 1, 1])
    for row, column in np.ndindex(ratio.shape):
        total = share = 0.0
        for i, j in np.ndindex(5, 5):
            y, x = row + i - 2, column + j - 2
            if 0 <= y < 12 and 0 <= x < 14 and not np.isnan(ratio[y, x]):
                total += weights[i] * weights[j] * ratio[y, x]
                share += weights[i] * weights[j]
        expected = np.nan if np.isnan(ratio[row, column]) else total / share
        assert found[row, column] == pytest.approx(expected, rel=1e-4, abs=1e-5, nan_ok=True)


def radar(*, gain: float = 1.0, looks: float = 4.0) -> Pair:
    """Return speckled power at two dates: a field flooded (darker), a yard built on (brighter), all else as it was."""
    dice = np.random.default_rng(11)
    ground = np.full((SIDE, SIDE), 0.1)
    after = ground * gain
    after[30:60, 30:60] /= 12
    after[90:130, 90:120] *= 12
    return Pair(*(one[None].astype(np.float32) for one in (ground * _speckle(dice, looks), after * _speckle(dice, looks))), 10.0)


def _speckle(dice: np.random.Generator, looks: float) -> npt.NDArray[np.float64]:
    return dice.gamma(looks, 1 / looks, (SIDE, SIDE))


@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_brighter_and_darker_are_told_apart_and_gain_is_no_change(gain: float) -> None:
    pair = radar(gain=gain)
    found = logratio.fitted(pair)
    marks = found.apply(pair)
    assert (marks.classes[32:58, 32:58] == 2).mean() > 0.95
    assert (marks.classes[92:128, 92:118] == 1).mean() > 0.95
    assert (marks.classes[:25] == 0).mean() > 0.98
    assert found.learned["offset_db"] == pytest.approx(10 * np.log10(gain), abs=0.2)
    assert np.median(marks.statistic[92:128, 92:118]) == pytest.approx(10 * np.log10(12), abs=0.3)


def test_decibels_are_taken_as_they_are() -> None:
    pair = radar()
    decibels = Pair(10 * np.log10(pair.before), 10 * np.log10(pair.after), 10.0)
    first, second = (logratio.fitted(one).apply(one) for one in (pair, decibels))
    assert (first.classes == second.classes).mean() > 0.999
    half = Pair(pair.before, decibels.after, 10.0)
    assert (logratio.fitted(half).apply(half).classes == first.classes).mean() > 0.999


def test_a_pixel_without_any_power_does_not_spoil_those_about_it() -> None:
    pair = radar()
    pair.after[0, 10, 10] = 0
    marks = logratio.fitted(pair).apply(pair)
    assert np.isfinite(marks.statistic).all()
    assert not marks.classes[10, 13]


def test_radar_that_holds_nothing_is_refused() -> None:
    pair = radar()
    with pytest.raises(UnsuitableScenes, match="nothing but zeros"):
        logratio.fitted(Pair(pair.before, np.zeros_like(pair.after), 10.0))


def test_radar_compares_one_polarisation_that_both_have() -> None:
    assert logratio.roles(("vv", "vh"), ("vh", "vv")) == ("vv",)
    assert logratio.roles(("hh", "vh"), ("vh",)) == ("vh",)
    with pytest.raises(UnsuitableScenes, match="got: vh, vv"):
        logratio.roles(("vv",), ("vh",))
