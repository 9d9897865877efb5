"""Many points as shaded hexagons: none is lost, each lies in the cell whose middle is nearest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.briefing.hexagons import SHADES, classes, hexagons

WIDTH = 3.2
places = st.lists(st.tuples(st.floats(-50, 400), st.floats(-50, 300)), min_size=1, max_size=60)


def middles(corners: np.ndarray) -> np.ndarray:
    return corners.mean(axis=1)


@given(places)
def test_no_point_is_lost(at: list[tuple[float, float]]) -> None:
    x, y = np.array(at).T
    found = hexagons(x, y, WIDTH)
    assert found.count.sum() == len(x)
    assert (found.count > 0).all()


@given(places)
def test_each_point_is_counted_where_the_middle_is_nearest(at: list[tuple[float, float]]) -> None:
    """The slow, obvious way: all middles of the pattern round about, the nearest of them for each point."""
    x, y = np.array(at).T
    rows = WIDTH * np.sqrt(3) / 2
    pattern = [
        (WIDTH * (column + 0.5 * (row % 2)), rows * row)
        for row in range(int(-60 / rows), int(320 / rows))
        for column in range(int(-60 / WIDTH), int(420 / WIDTH))
    ]
    away = np.hypot(x[:, None] - np.array(pattern)[:, 0], y[:, None] - np.array(pattern)[:, 1])
    nearest = np.sort(away, axis=1)[:, 0]
    found = middles(hexagons(x, y, WIDTH).corners)
    told = np.hypot(x[:, None] - found[:, 0], y[:, None] - found[:, 1]).min(axis=1)
    assert np.allclose(told, nearest, atol=1e-5)


def test_cells_are_regular_and_do_not_overlap() -> None:
    chance = np.random.default_rng(1)
    found = hexagons(chance.random(4_000) * 60, chance.random(4_000) * 40, WIDTH)
    at = middles(found.corners)
    reach = np.hypot(*(found.corners - at[:, None]).transpose(2, 0, 1))
    assert np.allclose(reach, WIDTH / np.sqrt(3))
    apart = np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1])
    assert apart[apart > 0].min() == pytest.approx(WIDTH, rel=1e-5)


def test_each_cell_has_the_shade_of_its_count() -> None:
    x = np.repeat(np.arange(1, 40) * 10.0, np.arange(1, 40) ** 2)
    found = hexagons(x, np.zeros(len(x)), WIDTH)
    for count, shade in zip(found.count.tolist(), found.shade.tolist(), strict=True):
        assert found.least[shade] <= count
        assert shade == len(found.least) - 1 or count < found.least[shade + 1]


@given(st.integers(1, 10_000_000))
def test_classes_follow_one_another_without_a_gap(most: int) -> None:
    found = classes(most)
    assert found[0] == 1
    assert list(found) == sorted(set(found))
    assert len(found) <= len(SHADES)
    assert found[-1] <= most


def test_classes_in_words_cover_every_count() -> None:
    chance = np.random.default_rng(2)
    x = np.concatenate([chance.normal(20, 3, 6_000), chance.random(500) * 100])
    words = hexagons(x, x / 3, WIDTH).called()
    bounds = [[int(one.replace(",", "")) for one in word.split(" to ")] for word in words]
    assert bounds[0][0] == 1
    assert all(before[-1] + 1 == after[0] for before, after in pairwise(bounds))
    assert bounds[-1][-1] == hexagons(x, x / 3, WIDTH).count.max()


def test_no_points_are_no_cells() -> None:
    found = hexagons(np.empty(0), np.empty(0), WIDTH)
    assert len(found.corners) == 0
    assert found.count.sum() == 0


def test_darker_is_more_in_grey_print_too() -> None:
    grey = [0.2126 * int(one[1:3], 16) + 0.7152 * int(one[3:5], 16) + 0.0722 * int(one[5:], 16) for one in SHADES]
    assert all(before - after > 20 for before, after in pairwise(grey))
