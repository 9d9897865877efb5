"""IR-MAD: what it does not see, what it does, and what it says where it cannot be sure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from layers.errors import UnsuitableScenes
from layers.imagery.change.irmad import fitted, iterated, roles
from layers.imagery.change.method import Pair

SIDE = 120
SQUARE = np.s_[:, 40:64, 50:80]


def scenes(seed: int = 1, *, bands: int = 4, noise: float = 0.02, changed: bool = True) -> Pair:
    """Return ground of correlated bands seen twice under different light; a square of it is other ground afterwards."""
    dice = np.random.default_rng(seed)
    sources = dice.normal(size=(bands, SIDE, SIDE))
    ground = np.tensordot(dice.normal(size=(bands, bands)), sources, 1) * 0.05 + 0.3
    after = ground * dice.uniform(0.7, 1.3, (bands, 1, 1)) + dice.uniform(-0.05, 0.05, (bands, 1, 1))
    if changed:
        after[SQUARE] = np.tensordot(dice.normal(size=(bands, bands)), dice.normal(size=after[SQUARE].shape), 1) * 0.2 + 0.6
    pair = (one + dice.normal(0, noise, one.shape) for one in (ground, after))
    return Pair(*(one.astype(np.float32) for one in pair), 30.0)


def mixed(scene: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    """Return other bands that hold the same: every one a sum of all, with another gain and offset."""
    dice = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(dice.normal(size=(len(scene), len(scene))))
    turn *= dice.uniform(0.5, 3, (len(scene), 1))
    return (np.tensordot(turn, scene, 1) + dice.normal(size=(len(scene), 1, 1))).astype(np.float32)


def test_the_first_step_is_a_canonical_correlation() -> None:
    pair = scenes()
    x, y = (one.reshape(4, -1).astype(np.float64) for one in (pair.before, pair.after))
    joint = np.cov(np.vstack([x, y]), bias=True)
    xx, xy, yy = joint[:4, :4], joint[:4, 4:], joint[4:, 4:]
    slow = np.sqrt(linalg.eigh(xy @ np.linalg.solve(yy, xy.T), xx, eigvals_only=True))
    found, _, _ = iterated(x, y, steps=1)
    assert sorted(found.correlations) == pytest.approx(sorted(slow), rel=1e-6)
    apart = found.before @ x - found.after @ y - found.offset[:, None]
    assert apart.mean(axis=1) == pytest.approx(np.zeros(4), abs=1e-9)
    assert np.cov(apart, bias=True) == pytest.approx(np.eye(4), abs=1e-6)


@settings(max_examples=12)
@given(st.integers(1, 1_000), st.integers(1, 1_000))
def test_the_statistic_does_not_depend_on_gains_offsets_and_mixtures_of_bands(one: int, other: int) -> None:
    pair = scenes()
    turned = Pair(mixed(pair.before, one), mixed(pair.after, other), pair.pixel_m)
    first, second = fitted(pair).apply(pair), fitted(turned).apply(turned)
    np.testing.assert_allclose(second.statistic, first.statistic, rtol=0.02, atol=0.02)
    assert (first.classes == second.classes).mean() > 0.999


def test_ground_that_became_other_ground_is_marked_and_light_is_not() -> None:
    pair = scenes()
    marks = fitted(pair).apply(pair)
    truth = np.zeros((SIDE, SIDE), bool)
    truth[SQUARE[1:]] = True
    assert (marks.classes > 0)[truth].mean() > 0.9
    assert (marks.classes > 0)[~truth].mean() < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_changed_p_is_as_chance_has_it(seed: int) -> None:
    pair = scenes(seed, changed=False)
    found = fitted(pair)
    p = found.chance(found.apply(pair).statistic)
    for level in (0.5, 0.1, 0.05, 0.02):
        assert (p <= level).mean() == pytest.approx(level, rel=0.25)
    assert (found.apply(pair).classes > 0).mean() < 0.02
    assert any("may be marked by chance" in warning for warning in found.warnings)


def test_a_band_that_is_the_same_everywhere_is_left_out() -> None:
    pair = scenes()
    flat = np.full((1, SIDE, SIDE), 0.25, np.float32)
    more = Pair(np.concatenate([pair.before, flat]), np.concatenate([pair.after, flat]), pair.pixel_m)
    found = fitted(more)
    assert (found.apply(more).classes == fitted(pair).apply(pair).classes).mean() > 0.999
    assert "1 of 5 bands say nothing of their own" in found.warnings[0]


def test_a_band_made_of_others_is_left_out() -> None:
    pair = scenes()
    more = Pair(*(np.concatenate([one, one[:1]]) for one in (pair.before, pair.after)), pair.pixel_m)
    found = fitted(more)
    assert found.learned["variates"] == 4
    assert np.isfinite(found.apply(more).statistic).all()
    assert (found.apply(more).classes == fitted(pair).apply(pair).classes).mean() > 0.999


def test_a_scene_without_any_difference_is_refused() -> None:
    pair = scenes()
    with pytest.raises(UnsuitableScenes, match="the same value everywhere"):
        fitted(Pair(np.full_like(pair.before, 0.3), pair.after, pair.pixel_m))


def test_an_iteration_that_does_not_come_to_rest_is_said() -> None:
    pair = scenes()
    hurried = fitted(pair, steps=2)
    assert any("did not come to rest" in warning for warning in hurried.warnings)
    assert hurried.learned["steps"] == 2
    assert not any("did not come to rest" in warning for warning in fitted(pair).warnings)


def test_two_scenes_that_have_nothing_in_common_still_end() -> None:
    dice = np.random.default_rng(8)
    pair = Pair(*(dice.uniform(0, 1, (3, 40, 40)).astype(np.float32) for _ in range(2)), 10.0)
    assert np.isfinite(fitted(pair).apply(pair).statistic).all()


def test_it_works_on_the_bands_both_scenes_have() -> None:
    assert roles(("red", "nir", "scl", "blue"), ("blue", "green", "red", "nir")) == ("blue", "red", "nir")
    with pytest.raises(UnsuitableScenes, match="shared: red;"):
        roles(("red", "nir", "scl"), ("red", "scl"))
    with pytest.raises(UnsuitableScenes, match="shared: none;"):
        roles(("vv", "vh"), ("vv", "vh"))
