"""Cuts and chances against slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from layers.imagery.change.thresholds import middle, otsu, peaked_chance, populations, sample_chance, squared_chance

numbers = st.floats(-1_000, 1_000, width=32)


def spread_within(values: list[float], cut: float) -> float:
    """Return the sum of squares about the means of the two sides, which Otsu's cut makes least."""
    sides = [[v for v in values if v > cut], [v for v in values if v <= cut]]
    return sum(sum((v - sum(side) / len(side)) ** 2 for v in side) for side in sides if side)


@given(st.lists(numbers, min_size=2, max_size=40))
def test_otsu_leaves_the_least_spread_of_all_cuts(values: list[float]) -> None:
    different = sorted(set(values))
    if len(different) < 2:
        assert otsu(values) == float("inf")
        return
    cut = otsu(values)
    assert different[0] <= cut < different[-1]
    least = min(spread_within(values, one) for one in different[:-1])
    assert spread_within(values, cut) == pytest.approx(least, rel=1e-6, abs=1e-6)


@given(st.lists(numbers, min_size=2, max_size=20), st.floats(0.5, 20), st.floats(-50, 50))
def test_otsu_moves_with_its_values(values: list[float], gain: float, offset: float) -> None:
    before = np.array(values) > otsu(values)
    moved = np.array(values) * gain + offset
    assert spread_within(list(moved), otsu(moved)) <= spread_within(list(moved), float(moved[~before].max())) * (1 + 1e-6) + 1e-6


def test_values_that_are_none_have_no_say_in_a_cut() -> None:
    assert otsu([1, np.nan, 2, 2, np.inf, 8, 9]) == 5.0
    assert otsu([]) == otsu([np.nan]) == otsu([3, 3]) == float("inf")


@pytest.mark.parametrize(("share", "apart"), [(0.5, 4.0), (0.2, 5.0), (0.05, 8.0)])
def test_two_populations_are_found_as_they_were_made(share: float, apart: float) -> None:
    dice = np.random.default_rng(2)
    upper = dice.uniform(size=50_000) < share
    found = populations(np.where(upper, dice.normal(apart, 1.5, upper.size), dice.normal(0, 1, upper.size)))
    assert found is not None
    assert found.shares[1] == pytest.approx(share, abs=0.02)
    assert found.means == pytest.approx((0, apart), abs=0.15)
    assert found.spreads == pytest.approx((1, 1.5), abs=0.15)
    assert found.distance == pytest.approx(np.sqrt(2) * apart / np.sqrt(1 + 1.5**2), abs=0.2)


def test_one_population_is_not_two() -> None:
    dice = np.random.default_rng(3)
    assert populations([4.0] * 9) is None
    for sample in (dice.normal(size=20_000), dice.gamma(3, size=20_000), dice.lognormal(0, 0.3, 20_000)):
        found = populations(sample)
        assert found is not None
        assert found.distance < 2.0


def test_the_middle_does_not_follow_what_few_pixels_do() -> None:
    sample = np.append(np.random.default_rng(4).normal(3, 2, 9_000), [1e6] * 900)
    centre, spread = middle(sample)
    assert centre == pytest.approx(3, abs=0.5)
    assert spread == pytest.approx(2, abs=0.4)


@given(st.lists(numbers, max_size=30), st.lists(numbers, min_size=1, max_size=10))
def test_the_chance_by_a_sample_is_a_count(sample: list[float], asked: list[float]) -> None:
    slow = [(1 + sum(abs(one) >= abs(value) for one in sample)) / (1 + len(sample)) for value in asked]
    assert sample_chance(sample)(np.array(asked, np.float32)) == pytest.approx(slow, rel=1e-6)


@pytest.mark.parametrize("law", [stats.norm(0, 3), stats.laplace(0, 3)], ids=["normal", "Laplace"])
def test_the_chance_by_shape_is_that_of_what_made_the_sample(law: stats.rv_continuous) -> None:
    sample = law.rvs(200_000, random_state=5)
    at = np.array([0.5, 3, 6, 9], np.float32)
    assert peaked_chance(sample)(at) == pytest.approx(2 * law.sf(at), rel=0.1)


@pytest.mark.parametrize("terms", [1, 4, 6])
def test_the_chance_of_a_sum_of_squares_is_that_of_chi_squared(terms: int) -> None:
    law = stats.chi2(terms, scale=2.5)
    at = law.isf([0.5, 0.1, 0.01, 0.001]).astype(np.float32)
    assert squared_chance(law.rvs(400_000, random_state=6))(at) == pytest.approx([0.5, 0.1, 0.01, 0.001], rel=0.1)
