"""Alerts: repeats put together, told to whom may see them, and none gone before someone took note of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import config, exercise, feed
from layers.access import OWNER, User
from layers.analysis.alerts import Found, Span, covered, grouped
from layers.config import AlertRule, Configuration
from layers.desk import Mission, open_mission
from layers.desk.editing import Edit
from layers.errors import LayersError, NotAllowed, NotFound
from layers.ingest import Unread
from tests.missions import NOW, geojson_file, row, square

SHELLING = AlertRule("shelling", "Shelling", 1, kinds=("shelling",), hours=24, together_h=6)
ANALYST = frozenset({"analyst"})
LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
LOW = User("low", ANALYST, LEVELS[0])
IN_ONE = User("one", ANALYST, None, frozenset({"S1"}))

small = st.integers(0, 30)
rows = st.lists(st.tuples(small, st.integers(0, 2), small, st.integers(0, 3)), max_size=14)


class Watch:
    """A mission whose clock is set by hand, and reports into it."""

    def __init__(self, folder: Path, *rules: AlertRule) -> None:
        config.write(folder, Configuration("Test mission", box=(60.0, -23.0, 66.0, -17.0), alerts=rules))
        self.now, self.number = NOW, 0
        self.mission: Mission = open_mission(folder, clock=lambda: self.now)

    def report(self, hours_ago: float = 1, **fields: str) -> str:
        """Report one incident that occurred so long ago; return its id."""
        self.number += 1
        said = row(self.number, **({"kind": "shelling", "occurred_at": iso(self.now - timedelta(hours=hours_ago))} | fields))
        said["reported_at"] = iso(self.now)
        given: list[dict[str, str] | Unread] = [said]
        assert not self.mission.desk().submit("incidents", given).refused
        return said["id"]

    def alerts(self, user: User = OWNER) -> list[dict[str, object]]:
        """Return the list as a user sees it."""
        return list(self.mission.desk(user).alerts()["alerts"])  # type: ignore[call-overload]

    def acknowledge(self, at: int = 0, user: User = OWNER, reason: str = "told the commander") -> None:
        """Acknowledge one of the list as it stands."""
        told = self.mission.desk(user).alerts()
        self.mission.desk(user).acknowledge(told["alerts"][at]["key"], told["version"], reason)  # type: ignore[index, arg-type]


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "m", SHELLING)
    yield made
    made.mission.close()


def with_sectors(watch: Watch, folder: Path) -> Watch:
    areas = [("Polygon", square(60 + 3 * n, -22, 3), {"id": f"s{n}", "name": f"Sector {n}", "code": f"S{n + 1}"}) for n in (0, 1)]
    watch.mission.desk().submit("sectors", geojson_file(folder / "sectors.geojson", areas))
    return watch


def told(found: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(one["count"], one["fresh"]) for one in found]


@given(rows=rows, apart=st.integers(0, 8))
def test_incidents_are_together_where_a_chain_of_their_sector_leads_from_one_to_the_other(
    rows: list[tuple[int, int, int, int]], apart: int
) -> None:
    start, sector = (np.array([one[n] for one in rows], np.int64) for n in (0, 1))
    number = grouped(start, sector, apart).tolist()
    for a in range(len(rows)):
        reached, ahead = {a}, [a]
        while ahead:
            here = ahead.pop()
            near = {
                b for b in range(len(rows)) if sector[b] == sector[here] and abs(int(start[b]) - int(start[here])) <= apart
            } - reached
            reached |= near
            ahead += near
        assert {b for b in range(len(rows)) if number[b] == number[a]} == reached
    assert sorted(set(number)) == list(range(len(set(number))))


@given(rows=rows, more=rows, apart=st.integers(0, 8))
def test_a_group_only_grows_when_incidents_are_added(
    rows: list[tuple[int, int, int, int]], more: list[tuple[int, int, int, int]], apart: int
) -> None:
    before, after = (
        grouped(np.array([r[0] for r in of], np.int64), np.array([r[1] for r in of], np.int64), apart)
        for of in (rows, rows + more)
    )
    assert all(after[a] == after[b] for a in range(len(rows)) for b in range(len(rows)) if before[a] == before[b])


@given(rows=rows, spans=st.lists(st.builds(Span, st.integers(0, 2), small, small, small, st.integers(0, 3)), max_size=5))
def test_an_acknowledgement_covers_what_its_author_could_see_and_nothing_else(
    rows: list[tuple[int, int, int, int]], spans: list[Span]
) -> None:
    found = Found(*(np.array([one[n] for one in rows], np.int64) for n in range(4)))
    slow = [
        max(
            (
                n
                for n, of in enumerate(spans)
                if sector == of.sector and of.first <= start <= of.last and origin <= of.upto and rank <= of.ceiling
            ),
            default=-1,
        )
        for start, sector, origin, rank in rows
    ]
    assert covered(found, spans).tolist() == slow


def test_repeats_of_one_sector_are_one_alert_told_by_its_newest(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    for hours, lon in ((20, "61"), (15, "61"), (10, "61"), (12, "64"), (2, "61")):
        watch.report(hours, longitude=lon, place=f"at {hours}")
    watch.report(1, kind="firing")
    found = watch.alerts()
    assert [(one["count"], one["newest"]["place"], one["newest"]["sector"]) for one in found] == [  # type: ignore[index]
        (1, "at 2", "S1"), (3, "at 10", "S1"), (1, "at 12", "S2"),
    ]  # fmt: skip
    assert watch.mission.desk().alerts()["open"] == 3
    begin = int((watch.now - timedelta(hours=20)).timestamp() * 1000)
    assert begin in [one["first"] for one in found]


def test_what_nobody_acknowledged_stays_seven_days_and_what_someone_did_the_hours_of_the_rule(watch: Watch) -> None:
    watch.report(1)
    watch.now += timedelta(hours=80)
    assert told(watch.alerts()) == [(1, 1)]
    watch.now += timedelta(hours=86)
    assert told(watch.alerts()) == [(1, 1)]
    watch.now += timedelta(hours=2)
    assert watch.alerts() == []
    watch.report(1)
    watch.acknowledge()
    watch.now += timedelta(hours=22)
    assert told(watch.alerts()) == [(1, 0)]
    watch.now += timedelta(hours=2)
    assert watch.alerts() == []


def test_what_the_mission_came_to_know_too_late_raises_none(watch: Watch) -> None:
    watch.report(23.9)
    watch.report(25, longitude="65")
    assert told(watch.alerts()) == [(1, 1)]


def test_a_new_repeat_lets_an_acknowledged_alert_stand_again_and_a_reload_keeps_both(watch: Watch) -> None:
    watch.report(3)
    watch.acknowledge(reason="  patrol sent  ")
    [one] = watch.alerts()
    assert (one["fresh"], one["acknowledged"]["who"], one["acknowledged"]["reason"]) == (0, "owner", "patrol sent")  # type: ignore[index]
    key = one["key"]
    watch.report(1)
    watch.report(2)
    [one] = watch.alerts()
    assert (one["key"], one["count"], one["fresh"], one["acknowledged"]["reason"]) == (key, 3, 2, "patrol sent")  # type: ignore[index]
    folder = watch.mission.folder
    watch.mission.close()
    watch.mission = open_mission(folder, clock=lambda: watch.now)
    assert watch.alerts() == [one]


def test_what_came_in_behind_the_screen_is_not_acknowledged_with_it(watch: Watch) -> None:
    watch.report(3)
    seen = watch.mission.desk().alerts()
    watch.report(2)
    watch.mission.desk().acknowledge(seen["alerts"][0]["key"], seen["version"], "seen")  # type: ignore[index, arg-type]
    assert told(watch.alerts()) == [(2, 1)]


def test_a_better_known_incident_is_no_new_one_and_an_edit_takes_no_alert_away(watch: Watch) -> None:
    name = watch.report(3)
    [one] = watch.alerts()
    watch.acknowledge()
    watch.now += timedelta(hours=1)
    edit = Edit(name, int(one["newest"]["id"]), {"place": "Better known"})  # type: ignore[index]
    assert watch.mission.desk().edit("incidents", [edit], "told by phone").changed == 1
    [now] = watch.alerts()
    assert (now["key"], now["fresh"], now["newest"]["place"]) == (one["key"], 0, "Better known")  # type: ignore[index]
    watch.report(1, longitude="65", occurred_at=iso(watch.now - timedelta(hours=20)))
    late = watch.alerts()[0]
    watch.now += timedelta(hours=40)
    edit = Edit(f"r{watch.number}", int(late["newest"]["id"]), {"place": "Two days later"})  # type: ignore[index]
    watch.mission.desk().edit("incidents", [edit], "told by phone")
    assert [one["newest"]["place"] for one in watch.alerts()] == ["Two days later"]  # type: ignore[index]


def test_an_alert_that_joined_another_answers_to_either_name_and_only_what_is_new_stands(watch: Watch) -> None:
    watch.report(14)
    watch.report(3)
    first, second = watch.alerts()
    watch.acknowledge(0)
    watch.acknowledge(0)
    watch.report(8)
    [joined] = watch.alerts()
    assert (joined["count"], joined["fresh"]) == (3, 1)
    assert joined["key"] in (first["key"], second["key"])
    other = next(one["key"] for one in (first, second) if one["key"] != joined["key"])
    desk = watch.mission.desk()
    desk.acknowledge(str(other), int(desk.alerts()["version"]), "both known")  # type: ignore[call-overload]
    assert told(watch.alerts()) == [(3, 0)]


def test_what_a_user_may_not_see_raises_no_alert_adds_to_none_and_is_not_acknowledged_by_them(watch: Watch) -> None:
    watch.report(5, place="open")
    watch.report(3, place="hidden", marking=LEVELS[1])
    watch.report(1, place="apart", marking=LEVELS[2], longitude="61.5")
    [whole] = watch.alerts()
    [part] = watch.alerts(LOW)
    assert (whole["count"], whole["marking"], part["count"], part["marking"]) == (3, LEVELS[2], 1, LEVELS[0])
    assert "hidden" not in json.dumps(part)
    watch.acknowledge(user=LOW)
    assert told(watch.alerts(LOW)) == [(1, 0)]
    assert told(watch.alerts()) == [(3, 2)]
    hidden = f"{SHELLING.id}:{part['newest']['id'] + 1}"  # type: ignore[index]
    with pytest.raises(NotFound):
        watch.mission.desk(LOW).acknowledge(hidden, watch.mission.picture.version, "guessed")


def test_a_user_bound_to_a_sector_has_the_alerts_of_that_sector(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.report(5, longitude="61", place="mine")
    watch.report(4, longitude="64", place="theirs")
    assert [one["newest"]["place"] for one in watch.alerts(IN_ONE)] == ["mine"]  # type: ignore[index]
    assert len(watch.alerts()) == 2
    watch.acknowledge(user=IN_ONE)
    assert sorted(told(watch.alerts())) == [(1, 0), (1, 1)]


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


def test_the_audit_keeps_who_when_and_why_and_nothing_of_the_record(watch: Watch) -> None:
    watch.report(1, place="Tessaly mill", text="three impacts")
    watch.acknowledge(reason="patrol sent")
    [line] = watch.mission.store.audit_rows(act="acknowledge")
    said = json.loads(line.body)
    assert (line.who, line.ref) == ("owner", watch.alerts()[0]["key"])
    assert datetime.fromisoformat(line.at) == watch.now
    assert said["reason"] == "patrol sent"
    assert said.keys() == {"rule", "sector", "first", "last", "upto", "ceiling", "reason"}
    assert "Tessaly" not in line.body
    assert watch.mission.desk().verify().ok


def test_an_acknowledgement_that_means_nothing_is_refused(watch: Watch) -> None:
    watch.report(1)
    desk = watch.mission.desk()
    key, version = str(watch.alerts()[0]["key"]), watch.mission.picture.version
    for reason, said in (("", "no reason"), (" \n", "no reason"), ("x" * 501, "501 characters")):
        with pytest.raises(LayersError, match=said):
            desk.acknowledge(key, version, reason)
    for upto in (0, -1, version + 1):
        with pytest.raises(LayersError, match="not on the screen"):
            desk.acknowledge(key, upto, "seen")
    for name in ("", "shelling", "shelling:", "shelling:0", "shelling:x", ":1", "other:1", f"{key}:1"):
        with pytest.raises(NotFound):
            desk.acknowledge(name, version, "seen")
    desk.acknowledge(key, version, "seen")
    with pytest.raises(LayersError, match="owner has acknowledged"):
        desk.acknowledge(key, version, "seen again")
    assert len(list(watch.mission.store.audit_rows(act="acknowledge"))) == 1


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("patrol", False), ("briefer", False), ("officer", True), ("administrator", False)])  # fmt: skip
def test_only_who_answers_for_the_picture_acknowledges(watch: Watch, role: str, may: bool) -> None:
    watch.report(1)
    user = User("u", frozenset({role}), None)  # type: ignore[arg-type]
    if may:
        watch.acknowledge(user=user)
        return
    with pytest.raises(NotAllowed, match="analyst or officer"):
        watch.acknowledge(user=user)


def test_a_user_hears_of_changes_that_they_see_and_of_no_other(watch: Watch) -> None:
    heard = []
    watch.mission.listen(lambda change: heard.append([watch.mission.desk(user).alerted(change) for user in (OWNER, LOW)]))
    watch.report(1)
    watch.report(1, marking=LEVELS[1])
    assert heard == [[True, True], [True, False]]


def test_a_mission_without_rules_has_no_alerts_and_nobody_is_told(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m")
    heard = []
    watch.mission.listen(lambda change: heard.append(watch.mission.desk().alerted(change)))
    watch.report(1)
    said = watch.mission.desk().alerts()
    assert (said["rules"], said["open"], said["alerts"], said["faults"], heard) == (0, 0, [], [], [False])
    watch.mission.close()


def test_the_exercise_has_alerts_waiting(tmp_path: Path) -> None:
    exercise.write(exercise.make(1, 1_500, NOW - timedelta(minutes=2)), tmp_path / "m")
    mission = open_mission(tmp_path / "m", clock=lambda: NOW)
    feed.fill(mission, tmp_path / "m")
    said = mission.desk().alerts()
    assert said["faults"] == []
    assert int(said["open"]) > 3  # type: ignore[call-overload]
    mission.close()
