"""Reporting health: who has gone quiet, against the silences that are usual there, and how late reports come in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.access import OWNER, User
from layers.analysis.silence import BACK, LEAST, PLAIN, silence
from layers.desk import Mission, Source, open_mission
from layers.exercise import next_report
from layers.model import NO_TIME, parse
from tests.missions import NOW
from tests.site import exercise_at
from tests.watch import IN_ONE, LEVELS, LOW, Watch, with_sectors

DAY = parse("last=24h")
HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    mission = open_mission(exercise_at(tmp_path_factory.mktemp("quiet") / "mission", 3_000))
    yield mission
    mission.close()


@given(st.lists(st.integers(0, 40 * 24), max_size=60), st.integers(0, 1_000))
def test_a_silence_is_unusual_where_it_is_longer_than_19_of_20_before_it(hours: list[int], now: int) -> None:
    found = silence(np.array([*hours], np.int64) * HOUR, now * HOUR)
    known = sorted({hour * HOUR for hour in hours if hour <= now})
    if not known:
        assert (found.last, found.unusual) == (NO_TIME, False)
        return
    late = [at for n, at in enumerate(known) if at > now * HOUR - BACK or len(known) - n <= LEAST + 1]
    gaps = [b - a for a, b in itertools.pairwise(late)]
    assert (found.last, found.lasts) == (known[-1], now * HOUR - known[-1])
    assert found.own == (len(gaps) >= LEAST)
    if not found.own:
        assert found.unusual == (found.lasts > PLAIN)
        return
    assert sum(gap <= found.usual for gap in gaps) >= 0.95 * len(gaps)
    assert sum(gap < found.usual for gap in gaps) < 0.95 * len(gaps)


def sectors(watch: Watch, user: User = OWNER) -> dict[str, Source]:
    return {one.label: one for one in watch.mission.desk(user).reporting(DAY).sectors}


def test_a_sector_that_went_quiet_is_said_with_what_is_usual_there(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.now = NOW - timedelta(hours=40)
    for _ in range(36):
        watch.now += timedelta(hours=1)
        watch.report(hours_ago=0.5, longitude="61.0")
    watch.now = NOW
    found = sectors(watch)
    assert found["S1"].words == "S1: nothing for 4 h"
    assert found["S1"].usual == "95 % of its silences are within 1 h"
    assert (found["S1"].silence.unusual, found["S1"].delay) == (True, 31)
    assert found["S2"].words == "S2: no report yet"
    assert not found["S2"].silence.unusual


def test_what_is_above_a_ceiling_or_in_another_sector_tells_of_no_silence(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.report(longitude="61.0", marking=LEVELS[1])
    watch.report(longitude="64.0")
    assert sectors(watch, LOW)["S1"].words == "S1: no report yet"
    assert sectors(watch)["S1"].words == "S1: nothing for 0 min"
    others = watch.mission.desk().reporting(parse("last=24h&sector=S2"))
    assert (others.upto, others.sectors[0].words) == (LEVELS[0], "S1: no report yet")
    assert list(sectors(watch, IN_ONE)) == ["S1"]


def test_the_exercise_opens_with_one_sector_and_some_posts_that_are_quiet(exercise: Mission) -> None:
    found = exercise.desk().reporting(DAY)
    assert [one.label for one in found.sectors if one.silence.unusual] == ["S3"]
    assert all(one.silence.lasts > 10 * HOUR for one in found.sectors if one.label == "S3")
    assert 0 < len(found.quiet) < found.posts == 36


def test_the_map_of_the_exercise_says_at_once_which_report_is_overdue_and_which_sector_is_silent(exercise: Mission) -> None:
    late, silent = exercise.desk().alerts()["unheard"]  # type: ignore[misc]
    assert late == "1 patrol report overdue"
    assert silent in [one.words for one in exercise.desk().reporting(DAY).sectors if one.silence.unusual]


def test_as_the_exercise_runs_on_nothing_comes_out_of_the_quiet_sector(exercise: Mission) -> None:
    rows = [next_report(1, number, NOW) for number in range(80)]
    area = exercise.desk().sheet(parse("last=all")).features("sectors").set_index("code").geometry["S3"].buffer(-1e-5)
    assert not any(shapely.contains_xy(area, float(row["longitude"]), float(row["latitude"])) for row in rows)
