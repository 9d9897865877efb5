"""Alerts about own patrols: raised, acknowledged once, and gone when what they tell of is put right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.access import User
from layers.desk import Desk, Edit, Mission
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import parse
from tests.missions import empty, geojson_file
from tests.patrolled import PLAN, drove, leg, planned

DAY = parse("last=24h")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


def alerts(desk: Desk) -> list[tuple[str, str, int]]:
    return [(one["title"], one["newest"]["place"], one["fresh"]) for one in desk.alerts()["alerts"]]  # type: ignore[attr-defined]


def test_an_overdue_leg_and_an_overdue_report_are_alerts_the_urgent_first(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(2, "06:00")])
    assert alerts(desk) == [
        ("Patrol overdue", "Patrol 1, leg 3 should have ended 010750Z JAN 26", 1),
        ("Patrol report overdue", "Patrol 1, due 010840Z JAN 26", 1),
    ]
    told = desk.alerts()
    assert (told["open"], told["rules"]) == (2, 2)
    assert [one["newest"]["layer"] for one in told["alerts"]] == ["patrol_routes", "patrol_tracks"]  # type: ignore[attr-defined]


def test_a_patrol_in_time_raises_nothing(mission: Mission, tmp_path: Path) -> None:
    assert alerts(planned(mission, tmp_path, PLAN, [drove(3, "06:00", reported_at="2026-01-01T08:00:00Z")])) == []


def test_an_alert_is_acknowledged_once_with_a_reason_and_stays_so_as_the_record_goes_on(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    told = desk.alerts()
    (key,) = (one["key"] for one in told["alerts"])  # type: ignore[attr-defined]
    with pytest.raises(LayersError, match="no reason is given"):
        desk.acknowledge(key, int(str(told["version"])), " ")
    desk.acknowledge(key, int(str(told["version"])), "patrol leader was called")
    with pytest.raises(LayersError, match="owner has acknowledged this alert already"):
        desk.acknowledge(key, int(str(told["version"])), "again")
    feature, seen = desk.patrols(DAY).every[0].tracks[-1]
    desk.edit("patrol_tracks", [Edit(feature, seen, {"text": "radio was out"})], "noted")
    assert alerts(desk) == [("Patrol report overdue", "Patrol 1, due 010900Z JAN 26", 0)]
    (one,) = desk.alerts()["alerts"]  # type: ignore[attr-defined]
    assert (one["acknowledged"]["who"], one["acknowledged"]["reason"]) == ("owner", "patrol leader was called")
    with pytest.raises(NotFound):
        desk.acknowledge("patrol-report:999", 1, "no such")
    with pytest.raises(NotAllowed):
        mission.desk(User("viewer", frozenset({"viewer"}), None)).acknowledge(key, 1, "may not")


def test_it_leaves_the_list_when_the_report_is_received(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, PLAN, [drove(3, "06:00")])
    feature, seen = desk.patrols(DAY).every[0].tracks[-1]
    desk.edit("patrol_tracks", [Edit(feature, seen, {"reported_at": "2026-01-01T11:00:00Z"})], "received")
    assert alerts(desk) == []


def test_a_track_across_a_line_that_its_plan_does_not_cross_is_an_alert(mission: Mission, tmp_path: Path) -> None:
    line = [
        (
            "LineString",
            [[62.02, -21], [62.02, -19]],
            {"id": "cfl", "name": "Ceasefire line", "left_party": "A", "right_party": "B"},
        )
    ]
    mission.desk().submit("ceasefire_lines", geojson_file(tmp_path / "line.geojson", line))
    along = [[62.01, -20.1], [62.01, -20.0]]
    kind, _, said = leg(1, "06:00", "06:30")
    done = {"reported_at": "2026-01-01T07:00:00Z"}
    desk = planned(mission, tmp_path, [(kind, along, said)], [drove(1, "06:00", **done)])
    crossing = [one for one in alerts(desk) if one[0] == "Patrol crossed a line"]
    assert [(title, fresh) for title, _, fresh in crossing] == [("Patrol crossed a line", 1)]
    assert crossing[0][1].startswith("Patrol 1: Ceasefire line, 010610Z JAN 26, KP ")
    assert crossing[0][1].endswith("to the side of Party B")


def test_a_crossing_that_was_planned_is_none(mission: Mission, tmp_path: Path) -> None:
    line = [("LineString", [[62.02, -21], [62.02, -19]], {"id": "cfl", "name": "Ceasefire line"})]
    mission.desk().submit("ceasefire_lines", geojson_file(tmp_path / "line.geojson", line))
    desk = planned(mission, tmp_path, PLAN[:1], [drove(1, "06:00", reported_at="2026-01-01T07:00:00Z")])
    assert alerts(desk) == []


def test_who_may_not_see_a_track_is_not_told_of_it(mission: Mission, tmp_path: Path) -> None:
    planned(mission, tmp_path, [], [drove(3, "06:00", marking="CONFIDENTIAL")])
    assert len(alerts(mission.desk())) == 1
    assert alerts(mission.desk(User("low", frozenset({"officer"}), "UNCLASSIFIED"))) == []


def test_a_crossing_after_the_first_was_acknowledged_is_an_alert_again(mission: Mission, tmp_path: Path) -> None:
    line = ("LineString", [[62.02, -21], [62.02, -19]], {"id": "cfl", "name": "Ceasefire line"})
    desk = mission.desk()
    desk.submit("ceasefire_lines", geojson_file(tmp_path / "line.geojson", [line]))

    def went(*lon: float) -> list[tuple[int, int, bool]]:
        times = " ".join(str(600 * n) for n in range(len(lon)))
        said = {
            "id": "t",
            "started_at": "2026-01-01T06:00:00Z",
            "ended_at": f"2026-01-01T{6 + (len(lon) - 1) // 6:02}:{(len(lon) - 1) % 6}0:00Z",
        }
        desk.submit(
            "patrol_tracks",
            geojson_file(tmp_path / f"t{len(lon)}.geojson", [("LineString", [[x, -20.0] for x in lon], said | {"times": times})]),
        )
        told = [one for one in desk.alerts()["alerts"] if one["rule"] == "patrol-crossing"]  # type: ignore[attr-defined]
        return [(one["fresh"], one["count"], one["acknowledged"] is None) for one in told]

    assert went(62.01, 62.03) == [(1, 1, True)]
    (key,) = [one["key"] for one in desk.alerts()["alerts"] if one["rule"] == "patrol-crossing"]  # type: ignore[attr-defined]
    desk.acknowledge(key, 1, "seen")
    assert went(62.01, 62.03, 62.04) == [(0, 1, False)]
    assert went(62.01, 62.03, 62.04, 62.0) == [(1, 2, True)]
    desk.acknowledge(key, 2, "and back")
    assert went(62.01, 62.03, 62.04, 62.0, 62.01) == [(0, 2, False)]
