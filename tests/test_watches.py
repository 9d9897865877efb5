"""The watch: begun for everyone, by the mission's hours where nobody did, and its log, of which nothing is ever replaced."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from layers.access import User
from layers.errors import LayersError, NotAllowed
from layers.model import parse
from tests.frame import HOSTILE
from tests.missions import NOW
from tests.patrolled import PLAN, drove, planned
from tests.watch import IN_ONE, LEVELS, LOW, Watch

SINCE = parse("last=watch")
VIEWER = User("viewer", frozenset({"viewer"}), None)


def texts(told: dict[str, object]) -> list[str]:
    return [one["text"] for one in told["entries"]]  # type: ignore[index, attr-defined]


def test_a_started_watch_is_the_span_of_everyone_until_the_next_or_for_16_hours(watch: Watch) -> None:
    assert watch.mission.watch_began(NOW) == NOW.replace(hour=6)
    watch.report(hours_ago=1)
    assert watch.mission.desk().counts(SINCE)[0] == 1
    watch.mission.desk().start_watch()
    assert watch.mission.desk(LOW).sheet(SINCE).window.start == NOW
    assert watch.mission.desk(LOW).counts(SINCE)[0] == 0
    assert watch.mission.desk().watch()["started"] == "owner"
    watch.now = NOW + timedelta(hours=15, minutes=59)
    assert watch.mission.desk().sheet(SINCE).window.start == NOW
    watch.now = NOW + timedelta(hours=16)
    assert watch.mission.desk().sheet(SINCE).window.start == NOW.replace(day=1, hour=18)
    assert watch.mission.desk().watch()["started"] is None


def test_a_view_of_an_earlier_time_has_the_watch_of_then(watch: Watch) -> None:
    watch.report()
    watch.now = NOW + timedelta(hours=1)
    watch.mission.desk().start_watch()
    past = parse(f"last=watch&known={NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert watch.mission.desk().sheet(past).window.start == NOW.replace(hour=6)


def test_what_is_written_stands_with_its_time_and_author_the_newest_first(watch: Watch) -> None:
    desk = watch.mission.desk()
    desk.write_log("  OP 4 relieved\n", LEVELS[0])
    watch.now += timedelta(minutes=5)
    told = desk.write_log(HOSTILE, LEVELS[0])
    assert texts(told) == [HOSTILE, "OP 4 relieved"]
    assert [one["who"] for one in told["entries"]] == ["owner"] * 2  # type: ignore[index, attr-defined]
    assert desk.verify().ok
    watch.now += timedelta(hours=25)
    assert texts(desk.watch()) == []


@pytest.mark.parametrize(("text", "marking"), [(" \n", LEVELS[0]), ("x" * 2_001, LEVELS[0]), ("x", "SECRET")])
def test_a_blank_a_long_or_an_unmarked_entry_is_refused(watch: Watch, text: str, marking: str) -> None:
    with pytest.raises(LayersError, match=r"write|choose"):
        watch.mission.desk().write_log(text, marking)


def test_an_entry_is_read_by_those_who_reach_its_marking_and_see_the_whole_mission(watch: Watch) -> None:
    watch.mission.desk().write_log("held close", LEVELS[1])
    watch.mission.desk().write_log("open", LEVELS[0])
    watch.mission.desk(IN_ONE).write_log("mine", LEVELS[0])
    assert texts(watch.mission.desk(LOW).watch()) == ["mine", "open"]
    assert texts(watch.mission.desk(IN_ONE).watch()) == ["mine"]
    with pytest.raises(LayersError, match="no marking that you may give"):
        watch.mission.desk(LOW).write_log("x", LEVELS[1])


def test_who_keeps_no_watch_starts_none_and_writes_nothing(watch: Watch) -> None:
    for act in (lambda desk: desk.start_watch(), lambda desk: desk.write_log("x", LEVELS[0])):
        with pytest.raises(NotAllowed, match="keep the watch"):
            act(watch.mission.desk(VIEWER))


def test_patrols_that_are_out_may_be_tasked_and_posts(watch: Watch, tmp_path: Path) -> None:
    desk = planned(watch.mission, tmp_path, PLAN, [drove(2.5, "06:05", minutes=30)])
    assert desk.forces() == ["Patrol 1"]
