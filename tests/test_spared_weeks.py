"""What is told by the week only: no span, however short, and no answer tells when in its week it occurred; every sum holds it once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.analysis.clusters import Near
from layers.catalogue import layer
from layers.config import AlertRule
from layers.desk import Desk, Mission
from layers.desk.released import let
from layers.model import COARSE_M, View, to_micros
from layers.notation import WEEK, begun, snapped
from tests.missions import ALL, NOW, csv_file, empty, geojson_file, row, square
from tests.released import ALL_BUT
from tests.watch import Watch, told

INCIDENTS = layer("incidents")
MONDAY = datetime(2025, 12, 22, tzinfo=UTC)
_WEEK = timedelta(weeks=1)
RULE = AlertRule("children", "Children", 1, kinds=("child_recruitment",), hours=24, together_h=6)
#: The same mission twice: what is to be spared occurred, and was reported, at other times of the same weeks.
EARLY = ["2025-12-22T00:00:00Z", "2025-12-29T06:00:00Z", "2025-12-23T09:00:00Z", "2025-12-29T10:00:00Z", "2025-12-23T10:00:00Z"]
LATE = ["2025-12-28T23:59:59Z", "2026-01-01T11:59:00Z", "2025-12-27T13:29:30Z", "2026-01-01T09:00:00Z", "2025-12-24T10:00:00Z"]
Answer = Callable[[Desk, View], object]


def guarded(number: int, occurred: str, reported: str, **fields: str) -> dict[str, str]:
    return row(number, kind="child_recruitment", occurred_at=occurred, reported_at=reported, longitude="61.2", **fields)


def made(folder: Path, times: list[str]) -> Mission:
    mission, openly = empty(folder), [f"2025-12-{day:02}T{day % 24:02}:40:00Z" for day in range(18, 32)]
    rows = [row(n, occurred_at=at, reported_at=at, kind="ied", source=f"post {n % 3}") for n, at in enumerate(openly, 10)]
    first, second, third, fourth, fifth = times
    (east,), (north,) = snapped([61.2], [-20.0], COARSE_M)
    rows += [
        row(30, kind="ied", occurred_at=EARLY[0], longitude=f"{east}", latitude=f"{north}", casualties_best="7", source="post 9"),
        guarded(1, first, second, severity="medium", casualties_best="7"),
        guarded(2, third, fourth, source="school"),
        guarded(3, second, second, source="police"),
        guarded(4, fifth, fourth, source="clinic"),
    ]
    mission.desk().submit("incidents", csv_file(folder / "rows.csv", rows))
    mission.desk().submit(
        "incidents", csv_file(folder / "again.csv", [guarded(1, first, second, severity="high", casualties_best="7")])
    )
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
    whole, view = desk.feed(ALL)["items"], replace(view, filters=(("kind", ("ied",)),))
    return [desk.card("incidents", int(one["id"]), view) for one in whole if one["feature"] in ("r1", "r4")]  # type: ignore[attr-defined]


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
    "released": lambda desk, view: [(*part.lon, *part.lat, *part.payload) for part in let(desk.sheet(view), INCIDENTS, ALL_BUT)],
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
        occurred = [datetime.fromisoformat(times[n]) for n in (0, 2, 1, 4)]
        weeks = [at - timedelta(days=at.weekday(), hours=at.hour, minutes=at.minute, seconds=at.second) for at in occurred]
        met = {f"r{n}" for n, week in enumerate(weeks, 1) if week < view.end and week + _WEEK > view.start}
        rows = desk.table(view, "incidents", size=500)["rows"]
        assert {one["feature"] for one in rows if one["feature"] in ("r1", "r2", "r3", "r4")} == met  # type: ignore[attr-defined]
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
    assert [row.total.count for row in harm.coarse.rows] == [3, 1]


def test_by_the_week_a_span_is_reached_where_the_week_does(twins: tuple[Mission, Mission]) -> None:
    _, part = twins[0].desk().sheet(View(last="all")).points(INCIDENTS)
    columns, at = part.columns, to_micros(MONDAY)
    assert columns.weekly.sum() == 5
    assert (columns.start[columns.weekly] == begun(columns.start[columns.weekly], "week")).all()
    for start, end, met in (
        (at - 5, at, 0),
        (at - 5, at + 1, 4),
        (at + WEEK - 1, at + WEEK, 4),
        (at + WEEK, at + WEEK + 1, 1),
        (at, at, 0),
    ):
        assert (columns.within("occurred", start, end) & columns.weekly).sum() == met
    assert (columns.within("occurred", at + WEEK - 1, None) & columns.weekly).sum() == 5
    assert not (columns.within("recorded", at, at + WEEK) & columns.weekly).any()


def test_what_is_alike_in_cell_and_week_may_be_one_event_and_gathers_nowhere(twins: tuple[Mission, Mission]) -> None:
    for mission in twins:
        proposals = mission.desk().duplicates(ALL)["proposals"]
        told_of = {frozenset(row["feature"] for row in one["reports"]): one["reasons"] for one in proposals}  # type: ignore[attr-defined]
        pairs = {pair: why for pair, why in told_of.items() if pair & {"r1", "r2", "r3", "r4"}}
        assert pairs.keys() == {frozenset(pair) for pair in (("r1", "r2"), ("r1", "r4"), ("r2", "r4"))}
        assert all(why[:2] == ["in one cell of 10 km", "in the same week"] for why in pairs.values())
        found = mission.desk().gatherings(ALL, Near(2_000, 24, 3))
        assert found.count == 0
        assert "4 reports have no time, or a week for it, and are left out." in found.said


@pytest.mark.parametrize("hours", [1, 83])
def test_an_alert_arises_whenever_in_the_week_it_occurred_and_stands_by_the_week(tmp_path: Path, hours: int) -> None:
    watch = Watch(tmp_path / "m", RULE)
    watch.report(hours, kind="child_recruitment")
    watch.report(9 * 24, kind="child_recruitment")
    monday = to_micros(datetime(2025, 12, 29, tzinfo=UTC)) // 1_000
    assert [(one["count"], one["first"], one["last"]) for one in watch.alerts()] == [(1, monday, monday)]
    watch.acknowledge()
    assert told(watch.alerts()) == [(1, 0)]
    watch.report(2, kind="child_recruitment")
    assert told(watch.alerts()) == [(2, 1)]
    watch.acknowledge()
    watch.now = datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert told(watch.alerts()) == [(2, 0)]
    watch.now += timedelta(hours=2)
    assert watch.alerts() == []
    watch.mission.close()


def test_of_how_late_reports_come_in_it_tells_nothing(tmp_path: Path) -> None:
    mission = empty(tmp_path / "m")
    area = ("Polygon", square(60, -22, 4), {"id": "s1", "name": "Sector 1", "code": "S1"})
    mission.desk().submit("sectors", geojson_file(tmp_path / "sectors.geojson", [area]))
    rows = [guarded(n, "2025-12-15T08:00:00Z", "2025-12-22T09:00:00Z") for n in range(40)]
    mission.desk().submit("incidents", csv_file(tmp_path / "rows.csv", rows))
    assert mission.desk().trends(View(last="30d")).arrivals.count == 0
    (sector,) = mission.desk().reporting(ALL).sectors
    assert (sector.last, sector.late) == ("220000Z DEC 25", "Too few to tell")
    mission.close()
