"""Signs as corners for print: those of every portrayal, arcs that are arcs, within their box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import LAYERS
from layers.render.symbols import corners

PATHS = sorted({glyph.path for of in LAYERS for glyph in of.portrayal.glyphs})


@pytest.mark.parametrize("path", PATHS)
def test_every_sign_of_the_catalogue_is_drawn_in_its_box(path: str) -> None:
    runs = corners(path)
    assert len(runs) == path.count("M")
    assert [closed for _, closed in runs] == [part.endswith("Z") for part in path.split("M")[1:]]
    for run, _ in runs:
        assert len(run) >= 2
        assert np.isfinite(run).all()
        assert np.abs(run).max() <= 8.0 + 1e-9


@given(st.floats(1, 6), st.floats(0, 6.28), st.floats(0.2, 6.0), st.booleans())
def test_an_arc_lies_on_its_circle_and_ends_where_it_should(radius: float, begin: float, turn: float, clockwise: bool) -> None:
    end = begin + (turn if clockwise else -turn)
    first, last = ((radius * np.cos(angle), radius * np.sin(angle)) for angle in (begin, end))
    large = int(turn > np.pi)
    path = f"M{first[0]:.6f} {first[1]:.6f}A{radius:.6f} {radius:.6f} 0 {large} {int(clockwise)} {last[0]:.6f} {last[1]:.6f}"
    ((run, closed),) = corners(path)
    assert not closed
    assert np.allclose(run[0], first, atol=1e-5)
    assert np.allclose(run[-1], last, atol=1e-5)
    if abs(turn - np.pi) > 0.05:
        assert np.allclose(np.hypot(*run.T), radius, atol=2e-3)
        angles = np.unwrap(np.arctan2(run[:, 1], run[:, 0]))
        assert abs(angles[-1] - angles[0]) == pytest.approx(turn, abs=1e-3)
        assert (np.diff(angles) > 0).all() == clockwise


def test_two_arcs_of_a_circle_go_all_the_way_round() -> None:
    ((run, closed),) = corners("M-6 0A6 6 0 1 0 6 0A6 6 0 1 0-6 0Z")
    assert closed
    assert np.allclose(np.hypot(*run.T), 6.0)
    assert np.ptp(run[:, 1]) == pytest.approx(12.0, abs=0.1)


def test_straight_lines_of_every_kind() -> None:
    ((run, closed),) = corners("M-1-2L3 4H.5V-6Z")
    assert run.tolist() == [[-1, -2], [3, 4], [0.5, 4], [0.5, -6]]
    assert closed


def test_a_radius_too_short_grows_to_reach_the_end() -> None:
    ((run, _),) = corners("M-4 0A1 1 0 0 1 4 0")
    assert np.allclose(np.hypot(*run.T), 4.0)


def test_an_arc_that_goes_nowhere_is_nothing() -> None:
    ((run, _),) = corners("M1 1A3 3 0 0 1 1 1L2 2")
    assert np.isfinite(run).all()
    assert run[-1].tolist() == [2, 2]
