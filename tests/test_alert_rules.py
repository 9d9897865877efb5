"""What an alert rule of mission.toml means, and what of it cannot be followed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from layers import exercise, feed
from layers.access import OWNER, User
from layers.config import AlertRule
from layers.desk import open_mission
from tests.missions import NOW, geojson_file, square
from tests.watch import LEVELS, LOW, Watch

MID = User("mid", frozenset({"viewer"}), LEVELS[1])


def test_a_rule_asks_by_severity_and_by_zone_called_by_id_or_name(tmp_path: Path) -> None:
    by_id = AlertRule("id", "By id", zones=("z1",), severities=("high", "medium"))
    watch = Watch(tmp_path / "m", by_id, AlertRule("name", "By name", zones=("buffer ZONE",), kinds=("firing", "shelling")))
    zone = ("Polygon", square(61, -20.5, 1), {"id": "z1", "name": "Buffer zone", "kind": "buffer_zone"})
    watch.mission.desk().submit("zones", geojson_file(tmp_path / "zones.geojson", [zone]))
    watch.report(1, longitude="61.5", severity="high")
    watch.report(1, longitude="63.5", severity="high")
    watch.report(1, longitude="61.6", severity="low", kind="firing")
    watch.report(1, longitude="61.7", severity="low", kind="looting")
    desk = watch.mission.desk()
    assert {(one["rule"], one["count"]) for one in watch.alerts()} == {("id", 1), ("name", 2)}
    assert desk.alerts()["faults"] == []
    watch.mission.close()


def test_a_rule_asks_by_metres_on_the_ground(tmp_path: Path) -> None:
    watch = Watch(
        tmp_path / "m", AlertRule("near", "Near", within_m=5_000.0), AlertRule("post", "Post", 3, within_m=900.0, of="positions")
    )
    line = (
        "LineString",
        [[61.95, -20.0], [62.05, -20.0]],
        {"id": "l", "name": "Line", "kind": "ceasefire_line", "status": "agreed"},
    )
    post = ("Point", [62.0, -21.0], {"id": "p", "name": "Post 1", "kind": "observation_post"})
    for layer, feature in (("ceasefire_lines", line), ("positions", post)):
        watch.mission.desk().submit(layer, geojson_file(tmp_path / f"{layer}.geojson", [feature]))  # type: ignore[list-item]
    north = 1 / 110_700
    for lon, lat in (
        (62.0, -20 - 4_900 * north),
        (62.0, -20 - 5_100 * north),
        (62.0, -21 + 850 * north),
        (62.0, -21 + 950 * north),
    ):
        watch.report(1, longitude=f"{lon}", latitude=f"{lat:.6f}")
    assert {(one["rule"], one["count"]) for one in watch.alerts()} == {("near", 1), ("post", 1)}
    assert watch.mission.desk().alerts()["faults"] == []
    watch.mission.close()


AGREEMENT = """title = "Agreement"
[[clauses]]
id = "2.1"
title = "No shelling"
text = "Neither Party shall shell."
kinds = ["shelling"]
"""


def test_a_rule_asks_by_the_clause_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "agreement.toml").write_text(AGREEMENT, encoding="utf-8")
    watch = Watch(tmp_path / "m", AlertRule("r", "Shelling", clauses=("2.1",)), AlertRule("s", "Other", clauses=("2.1", "9.9")))
    watch.report(1, party="A")
    watch.report(2, party="B", kind="looting")
    assert {(one["rule"], one["count"]) for one in watch.alerts()} == {("r", 1), ("s", 1)}
    [fault] = watch.mission.desk().alerts()["faults"]  # type: ignore[misc]
    assert "clause '9.9'" in fault
    watch.mission.close()


def test_a_rule_by_a_clause_says_so_where_the_agreement_has_faults(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "agreement.toml").write_text(AGREEMENT.replace("shelling", "sheling"), encoding="utf-8")
    watch = Watch(tmp_path / "m", AlertRule("r", "Shelling", clauses=("2.1", "2.2")))
    watch.report(1, party="A")
    assert watch.mission.desk().alerts()["faults"] == [
        "Alert rule 'r' watches a clause, and none applies: the agreement has faults. See Monitoring, Violations."
    ]
    watch.mission.close()


NOT_HERE = [
    (AlertRule("r", "R", kinds=("sheling",)), "kind 'sheling'"),
    (AlertRule("r", "R", severities=("dreadful",)), "severity 'dreadful'"),
    (AlertRule("r", "R", zones=("Atlantis",)), "zone 'Atlantis'"),
    (AlertRule("r", "R", clauses=("9.9",)), "clause '9.9'"),
    (AlertRule("r", "R", within_m=500.0, of="moons"), "layer 'moons'"),
    (AlertRule("r", "R", within_m=500.0), "Ceasefire line"),
]


@pytest.mark.parametrize(("rule", "named"), NOT_HERE, ids=lambda of: of if isinstance(of, str) else "")
def test_a_rule_that_names_what_is_not_there_is_said_aloud_and_alerts_of_nothing(
    tmp_path: Path, rule: AlertRule, named: str
) -> None:
    watch = Watch(tmp_path / "m", rule)
    watch.report(1)
    [fault] = watch.mission.desk().alerts()["faults"]  # type: ignore[misc]
    assert named in fault
    assert "mission.toml" in fault or "import" in fault
    assert watch.alerts() == []
    [less] = watch.mission.desk(LOW).alerts()["faults"]  # type: ignore[misc]
    assert "for you" in less or named == "Ceasefire line"
    assert named.partition("'")[2][:-1] not in less or named == "Ceasefire line"
    watch.mission.close()


def test_a_code_that_reports_use_is_here_though_no_list_has_it_and_the_rest_of_a_rule_still_holds(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m", AlertRule("r", "R", kinds=("rocket", "sheling", "shelling")))
    watch.report(1, kind="rocket")
    watch.report(2, kind="shelling")
    assert [one["count"] for one in watch.alerts()] == [2]
    [fault] = watch.mission.desk().alerts()["faults"]  # type: ignore[misc]
    assert "'sheling'" in fault
    watch.mission.close()


def test_the_order_is_open_then_urgent_then_newest(tmp_path: Path) -> None:
    rules = [AlertRule(kind, kind, n, kinds=(kind,)) for n, kind in ((3, "looting"), (1, "shelling"), (2, "firing"))]
    watch = Watch(tmp_path / "m", *rules)
    for hours, kind in ((1, "looting"), (9, "shelling"), (2, "firing"), (1, "shelling")):
        watch.report(hours, kind=kind)
    assert [one["rule"] for one in watch.alerts()] == ["shelling", "shelling", "firing", "looting"]
    assert watch.alerts()[0]["last"] > watch.alerts()[1]["last"]  # type: ignore[operator]
    watch.acknowledge(0)
    assert [(one["rule"], one["fresh"]) for one in watch.alerts()] == [
        ("shelling", 1), ("firing", 1), ("looting", 1), ("shelling", 0),
    ]  # fmt: skip
    watch.mission.close()


def test_the_exercise_has_alerts_waiting(tmp_path: Path) -> None:
    exercise.write(exercise.make(1, 1_500, NOW - timedelta(minutes=2)), tmp_path / "m")
    mission = open_mission(tmp_path / "m", clock=lambda: NOW)
    feed.fill(mission, tmp_path / "m")
    said = mission.desk().alerts()
    assert said["faults"] == []
    assert int(said["open"]) > 3  # type: ignore[call-overload]
    mission.close()


def line(name: str, lat: float, **more: str) -> tuple[str, list[object], dict[str, str]]:
    fields = {"id": name, "name": name, "kind": "ceasefire_line", "status": "agreed"}
    return "LineString", [[61.95, lat], [62.05, lat]], fields | more


def test_an_alert_is_marked_by_what_its_reader_sees_of_the_lines_it_tells_of(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m", AlertRule("near", "Near", within_m=5_000.0))
    lines = [line("open", -20.0), line("hidden", -21.0, marking=LEVELS[2])]
    watch.mission.desk().submit("ceasefire_lines", geojson_file(tmp_path / "lines.geojson", lines))
    watch.report(1, longitude="62.0", latitude="-20.01")
    for user, marking in ((OWNER, LEVELS[2]), (MID, LEVELS[0]), (LOW, LEVELS[0])):
        assert [one["marking"] for one in watch.alerts(user)] == [marking]
    watch.mission.close()


def test_why_an_alert_of_hidden_lines_was_acknowledged_is_not_told_below_them(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m", AlertRule("near", "Near", within_m=5_000.0))
    lines = [line("open", -20.0), line("hidden", -20.001, marking=LEVELS[2])]
    watch.mission.desk().submit("ceasefire_lines", geojson_file(tmp_path / "lines.geojson", lines))
    watch.report(1, longitude="62.0", latitude="-20.01")
    watch.acknowledge(reason="the second line is safe")
    assert [watch.alerts(user)[0]["acknowledged"]["reason"] for user in (OWNER, LOW)] == ["the second line is safe", None]  # type: ignore[index]
    watch.mission.close()
