"""Counts over time: the law, and the desk's answers beside a slow count of the records."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import exercise, feed
from layers.access import User
from layers.analysis import trends as law
from layers.desk import Count, Mission, open_mission
from layers.errors import NotFound
from layers.model import from_micros, parse
from tests.missions import NOW, csv_file, row

HOUR = 3_600_000_000
VIEWS = ("last=24h", "last=7d", "last=30d", "last=all", "last=7d&party=A", "last=30d&kind=firing,shelling&sector=S2")


@given(st.integers(0, 10**15), st.integers(1, 10**17))
def test_steps_are_equal_end_with_the_span_and_are_few(begin: int, length: int) -> None:
    at = law.edges(begin, begin + length)
    assert at[-1] == begin + length
    assert at[0] <= begin < at[1] or len(at) == 2
    assert len(set(np.diff(at).tolist())) == 1
    assert 2 <= len(at) <= 10_001


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 45)), max_size=60))
def test_groups_by_step_are_as_a_slow_count_has_them(rows: list[tuple[int, int]]) -> None:
    at = np.arange(0, 50, 10)
    group, moment = (np.array([pair[n] for pair in rows], np.int64) for n in (0, 1))
    found = law.by_group(group, law.steps(moment, at), 4, 4)
    wanted = Counter((g, m // 10) for g, m in rows if 0 <= m < 40)
    assert {(g, s): int(found[g, s]) for g in range(4) for s in range(4) if found[g, s]} == dict(wanted)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder, ends = tmp_path_factory.mktemp("drill") / "mission", datetime(2026, 11, 23, 7, 12, tzinfo=UTC)
    exercise.write(exercise.make(1, 1_500, ends), folder)
    made = open_mission(folder, clock=lambda: ends + timedelta(seconds=31))
    feed.fill(made, folder)
    yield made
    made.close()


def records(mission: Mission, view: str) -> list[dict[str, str]]:
    """Return what an export of a view holds, row by row."""
    desk, path = mission.desk(), mission.folder / "taken.csv"
    desk.export("incidents", path, parse(view))
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    path.unlink()
    return rows


@pytest.mark.parametrize("text", VIEWS)
def test_every_count_is_the_number_of_records_of_the_view_it_links_to(drill: Mission, text: str) -> None:
    desk, view = drill.desk(), parse(text)
    found = desk.trends(view)
    assert (found.total.count, found.total.before) == desk.counts(view)
    assert sum(found.total.steps) + found.aside == found.total.count
    for title, counts in found.groups:
        assert sum(one.count for one in counts) == found.total.count, title
        assert np.sum([one.steps for one in counts], axis=0).tolist() == list(found.total.steps)
        for one in counts:
            if one.view is not None:
                assert (one.count, one.before) == desk.counts(one.view)


def test_steps_and_what_was_known_then_are_as_the_records_have_them(drill: Mission) -> None:
    view = "last=24h"
    found, now = drill.desk().trends(parse(view)), drill.clock()
    begin = (now - timedelta(hours=24)).replace(second=0, microsecond=0)
    occurred = [datetime.fromisoformat(one["occurred_at"]) for one in records(drill, view)]
    for n, count in enumerate(found.total.steps):
        low, high = from_micros(found.edges[n]), from_micros(found.edges[n + 1])
        last = n == len(found.total.steps) - 1
        assert count == sum(low <= moment < high or (last and moment >= high) for moment in occurred)
    assert from_micros(found.edges[0]) == begin
    day = records(drill, f"from={(begin - (now - begin)).isoformat().replace('+00:00', 'Z')}&to={begin:%Y-%m-%dT%H:%MZ}")
    assert found.total.before == len(day)
    assert found.total.then == sum(datetime.fromisoformat(one["reported_at"]) <= begin for one in day)


def test_what_is_still_coming_in_is_told_and_what_is_old_is_not(drill: Mission) -> None:
    fresh = drill.desk().trends(parse("last=24h")).arrivals
    assert fresh.count == 1_500
    assert fresh.open[-1]
    assert not any(fresh.open[:20])
    assert fresh.half < 60 < fresh.most < 120
    old = drill.desk().trends(parse("from=2026-11-01T00:00Z&to=2026-11-08T00:00Z")).arrivals
    assert not any(old.open)
    assert old.whole
    assert drill.desk().trends(parse("last=1h")).arrivals.whole is False


def test_sectors_nothing_is_reported_of_are_there_too_and_parties_both(drill: Mission) -> None:
    found = drill.desk().trends(parse("last=1h&party=A"), by=("sector", "party"))
    assert [one.label for one in found.groups[0][1]] == ["S1", "S2", "S3", "S4", "In no sector"]
    assert [one.label for one in found.groups[1][1]][:2] == [name for _, name in drill.configuration.parties]


def test_a_user_counts_no_more_than_they_may_see(drill: Mission) -> None:
    low = drill.desk(User("low", frozenset({"viewer"}), "UNCLASSIFIED", frozenset({"S2"})))
    found = low.trends(parse("last=all"))
    assert found.total.count == low.counts(parse("last=all"))[0] < drill.desk().counts(parse("last=all"))[0]
    assert [one.label for one in found.groups[0][1]] == ["S2", "In no sector"]


def test_too_few_delays_and_times_that_cannot_be_are_said_so(mission: Mission, tmp_path: Path) -> None:
    rows = [row(1), row(2, occurred_at="2026-01-03T00:00:00Z", reported_at=""), row(3, kind="unheard_of", party="C")]
    mission.desk().submit("incidents", csv_file(tmp_path / "three.csv", rows))
    found = mission.desk().trends(parse("last=24h"), by=("kind", "party"))
    assert (found.total.count, sum(found.total.steps), found.aside) == (3, 2, 1)
    assert (found.arrivals.whole, found.arrivals.count, found.covers) == (None, 0, False)
    assert [(one.label, one.count) for one in found.groups[0][1]] == [("Firing", 2), ("unheard_of", 1)]
    assert [(one.label, one.count) for one in found.groups[1][1]] == [("Party A", 2), ("Party B", 0), ("C", 1)]


def test_more_kinds_than_are_told_apart_are_one_group_and_lose_nothing(mission: Mission, tmp_path: Path) -> None:
    rows = [row(n, kind=f"odd{n}") for n in range(60)] + [row(n, kind="firing") for n in range(60, 70)]
    mission.desk().submit("incidents", csv_file(tmp_path / "odd.csv", rows))
    counts: tuple[Count, ...] = mission.desk().trends(parse("last=24h"), by=("kind",)).groups[0][1]
    assert len(counts) == 41
    assert (counts[0].label, counts[0].count, counts[-1].label, counts[-1].count) == ("Firing", 10, "All others", 21)
    assert counts[-1].view is None


def test_an_empty_record_and_a_view_ahead_of_now_have_no_course(mission: Mission) -> None:
    for text in ("last=all", f"from={(NOW + timedelta(days=2)):%Y-%m-%dT%H:%MZ}"):
        found = mission.desk().trends(parse(text))
        assert (found.total.count, found.edges, found.arrivals.open) == (0, (), ())
    with pytest.raises(NotFound, match="not counted over time"):
        mission.desk().trends(parse("last=all"), "sectors")
