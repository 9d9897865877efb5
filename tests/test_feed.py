"""The exercise's clock and its working copy: alive in an exercise, silent in a real mission."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from layers import access, exercise, feed
from layers.desk import Mission, open_mission
from layers.errors import NotAllowed
from layers.feed import ExerciseClock
from layers.model import View, to_micros
from tests.missions import csv_file, empty, row

ALL = View(last="all")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def count(mission: Mission) -> int:
    return int(str(mission.desk().summary(ALL)["count"]))


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "drill", exercise=True, clock_running=True)
    yield made
    made.close()


def test_a_running_clock_adds_one_report_a_tick_that_occurred_just_before(drill: Mission) -> None:
    clock = ExerciseClock(drill)
    assert clock.state == "running"
    for expected in (1, 2, 3):
        receipt = clock.tick()
        assert receipt is not None
        assert (receipt.new, receipt.refused) == (1, ())
        assert count(drill) == expected
    items = drill.desk().feed(ALL)["items"]
    for item in items:  # type: ignore[attr-defined]
        occurred = datetime.fromtimestamp(item["occurred"] / 1000, UTC)
        assert timedelta() < NOW - occurred < timedelta(hours=1)
        assert item["reported"] == NOW.timestamp() * 1000


def test_a_paused_clock_adds_nothing_until_it_runs_again(drill: Mission) -> None:
    clock = ExerciseClock(drill)
    clock.switch(access.OWNER, running=False)
    assert (clock.state, clock.tick(), count(drill)) == ("paused", None, 0)
    clock.switch(access.OWNER, running=True)
    assert clock.tick() is not None
    with pytest.raises(NotAllowed, match="may not clock"):
        clock.switch(access.User("looker", frozenset({"viewer"}), None), running=False)


def test_a_record_that_ended_a_while_ago_is_filled_to_now_at_the_usual_rate(drill: Mission, tmp_path: Path) -> None:
    old = NOW - timedelta(days=3)
    drill.desk().submit(
        "incidents", csv_file(tmp_path / "old.csv", [row(1, occurred_at=f"{old:%Y-%m-%dT%H:%M:%SZ}", reported_at="")])
    )
    receipt = ExerciseClock(drill).catch_up()
    assert receipt is not None
    assert 60 < receipt.new < 140
    assert receipt.refused == ()
    ends = drill.record_ends()
    assert ends is not None
    assert NOW - timedelta(hours=6) < ends <= NOW


@pytest.mark.parametrize("settings", [{}, {"exercise": True}])
def test_a_real_mission_and_a_standing_exercise_are_left_alone(tmp_path: Path, settings: dict[str, bool]) -> None:
    mission = empty(tmp_path / "real", **settings)
    clock = ExerciseClock(mission)
    assert clock.state == ("paused" if settings else "none")
    assert (clock.tick(), clock.catch_up()) == (None, None)
    if not settings:
        clock.switch(access.OWNER, running=True)
        assert (clock.state, clock.tick()) == ("none", None)
    assert count(mission) == 0
    mission.close()


def test_the_working_copy_ends_within_a_day_of_now_and_is_made_once(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    exercise.write(exercise.make(3, 40, datetime(2025, 6, 1, tzinfo=UTC)), sample)
    folder = feed.working_copy(sample, tmp_path / "home" / "exercise", NOW)
    mission = open_mission(folder, clock=lambda: NOW)
    ends = mission.record_ends()
    assert ends is not None
    assert timedelta() <= NOW - ends < timedelta(days=2)
    assert count(mission) == 40
    assert mission.desk().agreement()["faults"] == []
    order = tomllib.loads((folder / "scenes" / "scenes.toml").read_text(encoding="utf-8"))
    before, after = (datetime.fromisoformat(one["acquired_at"]) for one in order["scenes"][-2:])
    assert timedelta(hours=2) < NOW - after < timedelta(hours=4)
    assert after - before == timedelta(days=8, hours=21)
    assert feed.survey(mission) == 3
    assert all(layer.count for layer in mission.desk().layers())
    works = next(one for one in mission.picture.agreed.clauses if one.id == "5.1").exempt[0]
    assert works.start < to_micros(ends) < to_micros(NOW)
    assert works.until > to_micros(NOW - timedelta(days=30))
    mission.close()
    mark = (folder / "mission.toml").stat().st_mtime_ns
    assert feed.working_copy(sample, folder, NOW + timedelta(days=9)) == folder
    assert (folder / "mission.toml").stat().st_mtime_ns == mark
    assert [path.name for path in folder.parent.iterdir()] == ["exercise"]
