"""How late reports come in: the law against a slow reading of the reporting triangle, and what it recovers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.analysis.delays import LEAST, MINUTE, Delays, delays, expected
from layers.model import NO_TIME

DAY = 1_440 * MINUTE
NOW = 60 * DAY
reports = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300)), min_size=LEAST, max_size=120)


def slow(pairs: list[tuple[int, int]]) -> list[float] | None:
    """Return the shares by the definition: minute for minute, all reports looked at each time."""
    seen = [(took, age) for age, took in pairs if took <= age]
    risk = [sum(took <= k <= age for took, age in seen) for k in range(301)]
    reach = max((k for k in range(301) if risk[k] >= LEAST), default=-1)
    if reach < 0:
        return None
    share = [1.0] * (reach + 1)
    for k in range(reach - 1, -1, -1):
        here = sum(took == k + 1 for took, _ in seen)
        share[k] = share[k + 1] * (1 - here / risk[k + 1] if risk[k + 1] else 1.0)
    return share


@given(reports)
def test_the_share_is_that_of_the_triangle_read_backwards(pairs: list[tuple[int, int]]) -> None:
    occurred = np.array([NOW - age * MINUTE for age, _ in pairs], np.int64)
    reported = occurred + np.array([took * MINUTE for _, took in pairs], np.int64)
    found, wanted = delays(occurred, reported, NOW), slow(pairs)
    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        assert found.share == pytest.approx(np.array(wanted))


def test_what_is_not_in_yet_does_not_make_reporting_look_faster_than_it_is() -> None:
    dice = np.random.default_rng(7)
    occurred = NOW - (dice.random(40_000) * 3 * DAY).astype(np.int64)
    took = (dice.exponential(12 * 60, 40_000) * MINUTE).astype(np.int64) + MINUTE
    here = occurred + took <= NOW
    found = delays(occurred[here], (occurred + took)[here], NOW)
    assert found is not None
    plain = float((took[here] <= 12 * 60 * MINUTE).mean())
    true = float((took <= 12 * 60 * MINUTE).mean())
    assert abs(found.share[12 * 60 - 1] - true) < 0.015 < plain - true


def test_reports_that_do_not_say_when_they_were_made_tell_nothing() -> None:
    occurred = np.full(100, NOW - DAY)
    unsaid = np.where(np.arange(100) < 60, occurred, np.int64(NO_TIME))
    assert delays(occurred, unsaid, NOW) is None
    assert delays(np.full(100, NO_TIME), occurred, NOW) is None
    assert delays(occurred, np.full(100, NOW + MINUTE), NOW) is None
    enough = delays(np.concatenate([occurred, occurred]), np.concatenate([unsaid, occurred + MINUTE]), NOW)
    assert enough is not None
    assert enough.count == 100


@given(st.lists(st.integers(0, 600), min_size=2, max_size=8, unique=True), st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_a_span_is_in_by_the_mean_of_its_minutes(ages: list[int], shares: list[float]) -> None:
    known = Delays(np.append(np.sort(shares), 1.0), LEAST)
    edges = NOW - np.array(sorted(ages, reverse=True), np.int64) * MINUTE
    found = expected(known, edges, NOW)
    for n, (old, young) in enumerate(zip(sorted(ages, reverse=True), sorted(ages, reverse=True)[1:], strict=False)):
        each = [known.share[min(age, len(known.share) - 1)] for age in range(young, old)]
        assert found[n] == pytest.approx(sum(each) / len(each), abs=1e-9)


def test_what_lies_ahead_has_no_share() -> None:
    known = Delays(np.array([0.5, 1.0]), LEAST)
    found = expected(known, np.array([NOW - MINUTE, NOW + MINUTE, NOW + 2 * MINUTE]), NOW)
    assert found[0] == 0.5
    assert np.isnan(found[1])
