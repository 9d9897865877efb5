"""What is told by the week only: no span, however short, and no answer tells when in its week it occurred; every sum holds it once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.analysis.clusters import Near
from layers.catalogue import layer
from layers.desk import Desk, Mission
from layers.model import View, to_micros
from layers.notation import WEEK, begun
from tests.missions import NOW, csv_file, empty, row

INCIDENTS = layer("incidents")
MONDAY = datetime(2025, 12, 22, tzinfo=UTC)
_WEEK = timedelta(weeks=1)
#: The same mission twice: what is to be spared occurred, and was reported, at other times of the same weeks.
EARLY = ["2025-12-22T00:00:00Z", "2025-12-29T06:00:00Z", "2025-12-23T09:00:00Z", "2025-12-29T10:00:00Z"]
LATE = ["2025-12-28T23:59:59Z", "2026-01-01T11:59:00Z", "2025-12-27T13:29:30Z", "2026-01-01T09:00:00Z"]
Answer = Callable[[Desk, View], object]


def guarded(number: int, occurred: str, reported: str, **fields: str) -> dict[str, str]:
    return row(number, kind="child_recruitment", occurred_at=occurred, reported_at=reported, longitude="61.2", **fields)


def made(folder: Path, times: list[str]) -> Mission:
    mission, openly = empty(folder), [f"2025-12-{day:02}T{day % 24:02}:40:00Z" for day in range(18, 32)]
    rows = [row(n, occurred_at=at, reported_at=at, kind="ied", source=f"post {n % 3}") for n, at in enumerate(openly, 10)]
    first, second, third, fourth = times
    rows += [
        guarded(1, first, second, severity="medium"),
        guarded(2, third, fourth, source="school"),
        guarded(3, second, second, source="police"),
    ]
    mission.desk().submit("incidents", csv_file(folder / "rows.csv", rows))
    mission.desk().submit("incidents", csv_file(folder / "again.csv", [guarded(1, first, second, severity="high")]))
    return mission


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mission, Mission]]:
    one, other = (made(tmp_path_factory.mktemp("twin") / "m", times) for times in (EARLY, LATE))
    yield one, other
    one.close()
    other.close()


@st.composite
def views(draw: st.DrawFn) -> View:
    begin = MONDAY + timedelta(minutes=draw(st.integers(-8 * 1_440, 15 * 1_440)))
    return View(start=begin, end=begin + timedelta(minutes=draw(st.sampled_from([1, 7, 60, 1_440, 4_000, 9_000]))))


def cards(desk: Desk, view: View) -> object:
    whole = desk.feed(View(last="all"))["items"]
    return [desk.card("incidents", int(one["id"]), view) for one in whole]  # type: ignore[attr-defined]


ANSWERS: dict[str, Answer] = {
    "summary": lambda desk, view: desk.summary(view),
    "feed": lambda desk, view: desk.feed(view),
    "table": lambda desk, view: desk.table(view, "incidents"),
    "trends": lambda desk, view: desk.trends(view),
    "harm": lambda desk, view: desk.harm(view),
    "played": lambda desk, view: [part.tolist() for part in _played(desk, view)],
    "duplicates": lambda desk, view: desk.duplicates(view),
    "gatherings": lambda desk, view: desk.gatherings(view, Near(2_000, 24, 2)),
    "reporting": lambda desk, view: desk.reporting(view),
    "search": lambda desk, view: desk.search(view, "r1"),
    "cards": cards,
}


def _played(desk: Desk, view: View) -> tuple[np.ndarray, ...]:
    of = desk.played(view, "incidents", (0, 0, 0), 24)
    return of.first, of.cell, of.look, of.count


def bare(desk: Desk, view: View, name: str) -> str:
    return json.dumps(ANSWERS[name](desk, view), default=repr, sort_keys=True)


@given(view=views())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_tells_when_in_its_week_it_occurred(twins: tuple[Mission, Mission], view: View) -> None:
    one, other = (mission.desk() for mission in twins)
    for name in ANSWERS:
        assert bare(one, view, name) == bare(other, view, name), name


@given(view=views())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_in_each_span_of_its_week_and_every_sum_holds_it_once(twins: tuple[Mission, Mission], view: View) -> None:
    for mission, times in zip(twins, (EARLY, LATE), strict=True):
        desk = mission.desk()
        sheet = desk.sheet(view)
        assert view.start is not None
        assert view.end is not None
        occurred = [datetime.fromisoformat(times[n]) for n in (0, 2, 1)]
        weeks = [at - timedelta(days=at.weekday(), hours=at.hour, minutes=at.minute, seconds=at.second) for at in occurred]
        met = {f"r{n}" for n, week in enumerate(weeks, 1) if week < view.end and week + _WEEK > view.start}
        rows = desk.table(view, "incidents", size=500)["rows"]
        assert {one["feature"] for one in rows if one["feature"] in ("r1", "r2", "r3")} == met  # type: ignore[attr-defined]
        count = sheet.count(INCIDENTS)
        histogram, trends = sheet.histogram(INCIDENTS), desk.trends(view)
        assert count == len(rows) == desk.counts(view)[0] == len(desk.feed(view)["items"])  # type: ignore[arg-type]
        assert count == (sum(histogram.counts) if histogram else 0)
        assert count == sum(trends.total.steps) + trends.aside
        assert not trends.aside or view.end > NOW
        assert all(sum(one.steps) == one.count for _, groups in trends.groups for one in groups) or trends.aside
        assert count == int(_played(desk, view)[3].sum()) == int(desk.tile(view, "incidents", 0, 0, 0)[0].count.sum())


def test_the_weeks_of_a_view_hold_what_their_own_views_hold(twins: tuple[Mission, Mission]) -> None:
    desk = twins[1].desk()
    whole = View(start=MONDAY + timedelta(days=2, hours=3), end=NOW)
    harm = desk.harm(whole)
    assert harm is not None
    assert harm.coarse is not None
    assert [row.total.count for row in harm.coarse.rows] == [2, 1]


def test_by_the_week_a_span_is_reached_where_the_week_does(twins: tuple[Mission, Mission]) -> None:
    _, part = twins[0].desk().sheet(View(last="all")).points(INCIDENTS)
    columns, at = part.columns, to_micros(MONDAY)
    assert columns.weekly.sum() == 4
    assert (columns.start[columns.weekly] == begun(columns.start[columns.weekly], "week")).all()
    for start, end, met in (
        (at - 5, at, 0),
        (at - 5, at + 1, 3),
        (at + WEEK - 1, at + WEEK, 3),
        (at + WEEK, at + WEEK + 1, 1),
        (at, at, 0),
    ):
        assert (columns.within("occurred", start, end) & columns.weekly).sum() == met
    assert (columns.within("occurred", at + WEEK - 1, None) & columns.weekly).sum() == 4
    assert not (columns.within("recorded", at, at + WEEK) & columns.weekly).any()
