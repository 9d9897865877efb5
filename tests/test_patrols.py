"""Patrols of a mission: plan against track, reports that are due, in the page, in the daily report, and as the exercise drives them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from layers import exercise, feed
from layers.access import User
from layers.briefing.report import Table
from layers.desk import Desk, Draft, Edit, Mission, Patrol, open_mission
from layers.errors import NotAllowed
from layers.exercise.driving import Plan, PlannedLeg, driven
from layers.feed import ExerciseClock
from layers.model import View, parse
from layers.serve import serve
from tests.missions import NOW, empty, geojson_file
from tests.patrolled import PLAN, drove, leg, planned
from tests.site import ROOT

DAY = parse("last=24h")
OFFICER = User("officer", frozenset({"officer"}), None)


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


def only(desk: Desk, view: View = DAY) -> Patrol:
    (one,) = desk.patrols(view).every
    return one


def test_a_patrol_tells_of_each_leg_what_became_of_it(mission: Mission, tmp_path: Path) -> None:
    one = only(planned(mission, tmp_path, PLAN, [drove(2.5, "06:05", minutes=30)]))
    assert (one.name, one.sector, one.task) == ("Patrol 1", "S1", "Observe the line")
    assert [(of.number, of.state) for of in one.legs] == [(1, "done"), (2, "done"), (3, "overdue")]
    assert one.legs[2].share == pytest.approx(0.55, abs=0.06)
    assert (one.became, one.state) == ("2 done, 1 overdue", "overdue")


def test_its_report_is_due_two_hours_after_it_came_back(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    found = desk.patrols(DAY)
    assert only(desk).report(found.now) == "overdue by 3 h"
    assert found.every[0].overdue(found.now)


def test_an_officer_says_that_a_report_was_received_and_nothing_else(mission: Mission, tmp_path: Path) -> None:
    planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    desk = mission.desk(OFFICER)
    feature, seen = only(desk).tracks[-1]
    receipt = desk.edit("patrol_tracks", [Edit(feature, seen, {"reported_at": "2026-01-01T08:30:00Z"})], "patrol report received")
    assert (receipt.changed, receipt.refused) == (1, ())
    assert only(desk).report(desk.patrols(DAY).now) == "received 010830Z JAN 26"
    with pytest.raises(NotAllowed):
        desk.edit("patrol_tracks", [Edit(feature, seen, {"name": "Another"})], "renamed")
    mission.desk().undo(receipt.batch, "by mistake")
    assert only(desk).report(desk.patrols(DAY).now) == "overdue by 3 h"


def test_a_report_that_came_too_late_says_so(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00", reported_at="2026-01-01T09:30:00Z")])
    assert only(desk).report(desk.patrols(DAY).now) == "received 010930Z JAN 26, late"


def test_the_same_name_another_day_is_another_patrol(mission: Mission, tmp_path: Path) -> None:
    before = [leg(1, "06:00", "06:30") for _ in range(1)]
    before = [
        (kind, path, said | {"id": "old", "starts_at": "2025-12-31T06:00:00Z", "ends_at": "2025-12-31T06:30:00Z"})
        for kind, path, said in before
    ]
    desk = planned(mission, tmp_path, [*PLAN, *before], [drove(3, "06:00")])
    assert sorted(len(one.legs) for one in desk.patrols(parse("last=7d")).every) == [1, 3]
    assert [len(one.legs) for one in desk.patrols(DAY).every] == [3]


def test_what_was_driven_without_a_plan_and_planned_without_a_track_is_listed(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, [leg(1, "18:00", "19:00", patrol="Evening")], [drove(1, "06:00", patrol="Unplanned")])
    found = {one.name: one for one in desk.patrols(DAY).every}
    assert (found["Unplanned"].planned, found["Unplanned"].state) == (False, "done")
    assert (found["Evening"].state, found["Evening"].report(desk.patrols(DAY).now)) == ("planned", "")


def test_legs_that_overlap_and_times_that_run_backwards_are_said(mission: Mission, tmp_path: Path) -> None:
    crossed = [leg(1, "06:00", "06:30"), leg(2, "06:20", "07:10")]
    desk = planned(mission, tmp_path, crossed, [drove(1, "06:00", times="0 300 200 400 500", name="Track 1")])
    assert only(desk).faults == (
        "Leg 2 begins before the leg before it ends",
        "Track 1 runs backwards in time after fix 2, so none of it can be trusted",
    )
    assert [of.state for of in only(desk).legs] == ["overdue", "overdue"]


def test_what_is_amiss_in_a_plan_is_remarked_on_as_it_comes_in_and_beside_the_patrol(mission: Mission, tmp_path: Path) -> None:
    other = leg(2, "06:20", "07:10", patrol="Another")
    legs = [leg(1, "06:00", "06:30"), leg(2, "06:40", "07:10"), leg(2, "07:00", "07:30"), other]
    plan = [(kind, path, said | {"id": f"leg {n}"}) for n, (kind, path, said) in enumerate(legs)]
    receipt = mission.desk().submit("patrol_routes", geojson_file(tmp_path / "plan.geojson", plan))
    assert (receipt.new, receipt.refused, receipt.remarked) == (4, (), 1)
    said = ["Leg 2 stands more than once in the plan", "Leg 2 begins before the leg before it ends"]
    assert [(one.row, one.field, one.reason) for one in receipt.remarks] == [(3, "leg", words) for words in said]
    told = {one.name: list(one.faults) for one in mission.desk().patrols(DAY).every}
    assert told == {"Patrol 1": said, "Another": []}


@pytest.mark.parametrize("times", ["", "0 10 x", "0 10", "nan nan nan nan nan"])
def test_a_track_without_usable_times_drives_nothing_and_says_so(mission: Mission, tmp_path: Path, times: str) -> None:
    desk = planned(mission, tmp_path, PLAN[:1], [drove(1, "06:00", times=times)])
    assert len(only(desk).faults) == 1
    assert only(desk).legs[0].state == "overdue"


def test_at_an_earlier_moment_no_report_is_received(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    assert desk.patrols(DAY).may_receive
    assert not desk.patrols(replace(DAY, known_at=NOW)).may_receive
    assert not mission.desk(User("viewer", frozenset({"viewer"}), None)).patrols(DAY).may_receive


def test_the_daily_report_lists_overdue_reports_and_what_became_of_the_plan(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    of = desk.drafted(DAY, Draft("sitrep"))
    heads = {one.title: [block for block in one.blocks if isinstance(block, Table)] for one in of.heads}
    overdue = heads["Places visited"][-1]
    assert overdue.called == "Patrol reports that are overdue"
    assert overdue.rows == (("Patrol 1", "S1", "010700Z JAN 26", "010900Z JAN 26", "overdue by 3 h"),)
    assert heads["Special tasks"][0].rows == (
        ("Patrol 1", "S1", "Observe the line", "010600Z JAN 26", "010750Z JAN 26", "3 done"),
    )


def page(view: str = "last=24h") -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = view
    shown.session_state["about"] = "Patrols"
    return shown.run()


def text(shown: AppTest) -> str:
    return " ".join(element.value for element in shown.markdown)


def test_the_page_shows_each_patrol_and_takes_a_report_and_its_undo(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    planned(mission, tmp_path, [leg(1, "06:00", "06:30", patrol="<b>Patrol</b>")], [drove(1, "06:00", patrol="<b>Patrol</b>")])
    shown = page()
    assert not shown.exception
    assert "<b>1</b> patrol in the view: <b>1</b> done." in text(shown)
    assert "<b>1</b> patrol report is overdue." in text(shown)
    assert "&lt;b&gt;Patrol&lt;/b&gt;" in text(shown)
    assert "Leg 1 done, planned to end 010630Z JAN 26, ended 010619Z JAN 26" in text(shown)
    shown.button(key="FormSubmitter:received-form-0-Save").click().run()
    assert "received 011200Z JAN 26" in text(shown)
    next(one for one in shown.button if one.label == "Undo").click().run()
    assert "<b>1</b> patrol report is overdue." in text(shown)


def test_a_time_that_is_none_is_refused_in_a_sentence_and_nothing_is_stored(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    shown = page()
    shown.text_input(key="received-at-0").set_value("yesterday")
    shown.button(key="FormSubmitter:received-form-0-Save").click().run()
    assert "overdue by 3 h" in text(shown)
    assert any("yesterday" in element.value for element in shown.get("html"))  # type: ignore[attr-defined]


def test_a_mission_without_patrols_says_how_to_bring_them(mission: Mission) -> None:
    serve(mission)
    assert "Submit plans to Planned patrol legs" in page().info[0].value


def test_a_running_exercise_drives_its_plans_on(tmp_path: Path) -> None:
    now = [datetime(2025, 6, 1, 7, 30, tzinfo=UTC)]
    exercise.write(
        exercise.make(3, 40, datetime(2025, 6, 1, tzinfo=UTC)), tmp_path / "sample", clock_running=True, pictured=False
    )
    mission = open_mission(tmp_path / "sample", clock=lambda: now[0])
    feed.fill(mission, tmp_path / "sample")
    clock = ExerciseClock(mission)
    assert clock.drive() is not None
    at = [{one.name: one for one in mission.desk().patrols(DAY).every}]
    now[0] += timedelta(hours=10)
    receipt = clock.drive()
    assert receipt is not None
    assert receipt.refused == ()
    at.append({one.name: one for one in mission.desk().patrols(DAY).every})
    today = [name for name in at[0] if at[0][name].state == "under way"]
    assert today
    assert all(at[1][name].state in ("done", "late", "overdue") for name in today)
    assert sum(at[1][name].state in ("done", "late") for name in today) >= len(today) - 1
    assert all(not one.faults for one in at[1].values())
    clock.switch(User("o", frozenset({"officer"}), None), running=False)
    assert clock.drive() is None
    mission.close()


def test_what_is_driven_only_grows(tmp_path: Path) -> None:
    begins = datetime(2025, 6, 1, 6, tzinfo=UTC)
    path = np.array([[62.0 + n * 0.01, -20.0] for n in range(9)])
    legs = tuple(
        PlannedLeg(path[4 * n : 4 * n + 5], begins + timedelta(hours=n), begins + timedelta(hours=n, minutes=40)) for n in (0, 1)
    )
    made = [driven(1, "Patrol 9", Plan("S1", legs), begins + timedelta(minutes=10 * step)) for step in range(30)]
    lines = [shapely.geometry.shape(one["geometry"]) for one in made if one]  # type: ignore[arg-type]
    assert len(lines) > 20
    for earlier, later in itertools.pairwise(lines):
        assert list(later.coords)[: len(earlier.coords)] == list(earlier.coords)
    assert made[0] is None
    said = made[-1]["properties"]  # type: ignore[index]
    assert {"ended_at", "reported_at"} <= said.keys()  # type: ignore[union-attr]


@pytest.mark.parametrize("view", ["last=1h", "last=watch", "last=24h"])
def test_an_overdue_report_is_listed_on_top_however_short_the_view_until_it_is_received(
    mission: Mission, tmp_path: Path, view: str
) -> None:
    old = {"started_at": "2025-12-30T06:00:00Z", "ended_at": "2025-12-30T07:00:00Z"}
    desk = planned(mission, tmp_path, [leg(1, "11:30", "12:30", patrol="Now")], [drove(1, "06:00", patrol="Old", **old)])
    found = desk.patrols(parse(view))
    assert [one.name for one in found.every] == ["Now"]
    assert [(one.name, one.report(found.now)) for one in found.before] == [("Old", "overdue by 2 d 3 h")]
    assert not desk.patrols(parse("last=7d")).before
    serve(mission)
    shown = page(view)
    assert "<b>1</b> patrol report is overdue." in text(shown)
    assert text(shown).index("From before the view") < text(shown).index(">Now<")
    feature, seen = found.before[0].tracks[-1]
    desk.edit("patrol_tracks", [Edit(feature, seen, {"reported_at": "2026-01-01T08:30:00Z"})], "patrol report received")
    assert not desk.patrols(parse(view)).before


def test_every_bad_leg_is_told_those_beyond_three_to_be_opened_and_no_name_is_doubled(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    bad = [leg(1, "06:00", "06:30"), *(leg(n, f"06:{30 - n}", f"07:{10 + n}") for n in range(2, 7))]
    planned(mission, tmp_path, bad, [drove(1, "06:00", times="", name="Patrol 1")])
    shown = text(page())
    for n in range(2, 7):
        assert f"Leg {n} begins before the leg before it ends" in shown
    assert "<summary>And 3 more</summary>" in shown
    assert "Its track has no times" in shown


def test_nobody_waits_for_the_report_of_years_ago_or_of_a_track_that_runs_backwards(mission: Mission, tmp_path: Path) -> None:
    ages = {"started_at": "2019-05-01T06:00:00Z", "ended_at": "2019-05-01T07:00:00Z"}
    desk = planned(
        mission, tmp_path, [], [drove(1, "06:00", patrol="Ages ago", **ages), drove(1, "06:00", patrol="B", times="0 9 3 5 6")]
    )
    found = desk.patrols(parse("last=all"))
    assert {one.name: one.report(found.now) for one in found.every} == {"Ages ago": "none on record", "B": ""}
    assert found.late == 0


def test_a_patrol_with_two_tracks_is_one_in_the_daily_report(mission: Mission, tmp_path: Path) -> None:
    town = ("Point", [62.005, -20.0], {"id": "t", "name": "Hamlet"})
    mission.desk().submit("settlements", geojson_file(tmp_path / "town.geojson", [town]))
    aside = drove(1, "06:30", id="second")
    out = {name: value for name, value in aside[2].items() if name != "ended_at"}
    aside = (aside[0], [[x, y - 0.2] for x, y in aside[1]], out)  # type: ignore[misc]
    desk = planned(mission, tmp_path, [], [drove(1, "06:00"), aside, drove(1, "06:10", id="third")])
    visited = next(head for head in desk.drafted(DAY, Draft("sitrep")).heads if head.title == "Places visited")
    (table,) = [block for block in visited.blocks if isinstance(block, Table) and block.heads[0] == "Place"]
    assert [row[0:3] for row in table.rows] == [("Hamlet", "S1", "Patrol 1")]
    assert table.rows[0][3:5] == ("010600Z JAN 26", "010630Z JAN 26")
    assert not [block for block in visited.blocks if "of no settlement" in str(block)]
