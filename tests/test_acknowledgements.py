"""Acknowledgements of alerts: what they cover, what of them is kept, and who is told why."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.access import OWNER, User
from layers.analysis.alerts import Found, Span, covered
from layers.desk import open_mission
from layers.errors import LayersError, NotAllowed, NotFound
from tests.watch import IN_ONE, LEVELS, LOW, Watch, told, with_sectors

small = st.integers(0, 30)
rows = st.lists(st.tuples(small, st.integers(0, 2), small, st.integers(0, 3), st.integers(0, 3)), max_size=14)


@given(rows=rows, spans=st.lists(st.builds(Span, st.integers(0, 2), small, small, small, st.integers(0, 3)), max_size=5))
def test_an_acknowledgement_covers_what_its_author_could_see_and_nothing_else(
    rows: list[tuple[int, int, int, int, int]], spans: list[Span]
) -> None:
    found = Found(*(np.array([one[n] for one in rows], np.int64) for n in range(5)))
    slow = [
        max(
            (
                n
                for n, of in enumerate(spans)
                if (sector if held <= of.ceiling else 0) == of.sector
                and of.first <= start <= of.last
                and origin <= of.upto
                and rank <= of.ceiling
            ),
            default=-1,
        )
        for start, sector, origin, rank, held in rows
    ]
    assert covered(found, spans).tolist() == slow


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


def test_the_audit_keeps_who_when_and_why_and_nothing_of_the_record(watch: Watch) -> None:
    watch.report(1, place="Tessaly mill", text="three impacts")
    watch.acknowledge(reason="patrol sent")
    [line] = watch.mission.store.audit_rows(act="acknowledge")
    said = json.loads(line.body)
    assert (line.who, line.ref) == ("owner", watch.alerts()[0]["key"])
    assert datetime.fromisoformat(line.at) == watch.now
    assert said["reason"] == "patrol sent"
    assert said.keys() == {"rule", "sector", "first", "last", "upto", "ceiling", "marking", "reason"}
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


def why(watch: Watch, user: User) -> list[object]:
    """Return of each alert that a user sees why it was acknowledged; who and when is told in any case."""
    done = [one["acknowledged"] for one in watch.alerts(user)]
    assert all(one["who"] and one["at"] for one in done)  # type: ignore[index]
    return [one["reason"] for one in done]  # type: ignore[index]


@pytest.mark.parametrize("author", [OWNER, User("high", frozenset({"analyst"}), LEVELS[2]), User("mid", frozenset({"analyst"}), LEVELS[1])])  # fmt: skip
def test_why_is_told_only_to_who_may_see_all_that_was_acknowledged(watch: Watch, author: User) -> None:
    watch.report(5, place="open")
    watch.report(3, place="hidden", marking=LEVELS[1])
    watch.acknowledge(user=author, reason="the informer at the mill is safe")
    mid = User("other", frozenset({"viewer"}), LEVELS[1])
    assert [why(watch, user) for user in (OWNER, author, mid)] == [["the informer at the mill is safe"]] * 3
    assert why(watch, LOW) == [None]
    assert "informer" not in json.dumps(watch.mission.desk(LOW).alerts())


def test_why_is_told_to_everyone_where_its_author_saw_no_more_than_they_do(watch: Watch) -> None:
    watch.report(5)
    watch.acknowledge(reason="patrol sent")
    assert why(watch, LOW) == ["patrol sent"]
    watch.report(4, marking=LEVELS[2])
    assert why(watch, LOW) == ["patrol sent"]


def test_why_a_sectors_alert_was_acknowledged_is_told_in_that_sector_and_not_in_another(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.report(5, longitude="61")
    watch.report(4, longitude="64")
    watch.acknowledge(0, reason="of the second")
    watch.acknowledge(0, reason="of the first")
    assert why(watch, IN_ONE) == ["of the first"]


def test_a_line_of_the_audit_that_tells_no_marking_tells_why_only_to_who_sees_what_its_author_could(watch: Watch) -> None:
    watch.report(5)
    desk, [one] = watch.mission.desk(), watch.alerts()
    at = int(watch.now.timestamp() * 1e6) - 5 * 3_600_000_000
    kept = {"rule": "shelling", "sector": "", "first": at, "last": at, "upto": watch.mission.picture.version, "reason": "seen"}
    desk.audited("acknowledge", str(one["key"]), **kept, ceiling=LEVELS[1])
    assert why(watch, LOW) == [None]
    assert why(watch, User("mid", frozenset({"viewer"}), LEVELS[1])) == ["seen"]
    desk.audited("acknowledge", str(one["key"]), **kept, ceiling="")
    assert why(watch, User("mid", frozenset({"viewer"}), LEVELS[1])) == [None]
    assert why(watch, OWNER) == ["seen"]
