"""Alerts: repeats put together, and told to whom may see them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.access import OWNER
from layers.analysis.alerts import grouped
from layers.desk.editing import Edit
from layers.errors import NotFound
from tests.missions import geojson_file, square
from tests.watch import IN_ONE, LEVELS, LOW, SHELLING, Watch, iso, told, with_sectors

small = st.integers(0, 30)
rows = st.lists(st.tuples(small, st.integers(0, 2), small, st.integers(0, 3)), max_size=14)


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


def test_what_the_mission_came_to_know_too_late_raises_none(watch: Watch) -> None:
    watch.report(23.9)
    watch.report(25, longitude="65")
    assert told(watch.alerts()) == [(1, 1)]


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


def test_alerts_do_not_tell_apart_sectors_that_their_reader_may_not_see(watch: Watch, tmp_path: Path) -> None:
    areas = [("Polygon", square(60 + n, -22, 1), {"id": f"s{n}", "code": f"S{n}", "marking": LEVELS[n > 0]}) for n in (0, 1, 2)]
    watch.mission.desk().submit("sectors", geojson_file(tmp_path / "sectors.geojson", areas))
    for hours, lon in ((5, "60.5"), (4, "61.5"), (3, "62.5"), (2, "64")):
        watch.report(hours, longitude=lon, latitude="-21.5")
    assert sorted(told(watch.alerts())) == [(1, 1)] * 4
    assert sorted(told(watch.alerts(LOW))) == [(1, 1), (3, 3)]
    marked = {one["newest"]["sector"]: one["marking"] for one in watch.alerts()}  # type: ignore[index]
    assert marked == {"S0": LEVELS[0], "S1": LEVELS[1], "S2": LEVELS[1], "": LEVELS[0]}
    at = next(n for n, one in enumerate(watch.alerts(LOW)) if one["count"] == 3)
    watch.acknowledge(at, LOW)
    assert sorted(told(watch.alerts(LOW))) == [(1, 1), (3, 0)]
    assert sorted(told(watch.alerts())) == [(1, 0), (1, 0), (1, 0), (1, 1)]


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
