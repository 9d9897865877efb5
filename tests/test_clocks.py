"""Times of day beside a date, and ranges of times: each cell is read, remarked on or refused by itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.catalogue import layer as layer_of
from layers.desk import Mission
from layers.ingest import proposed
from layers.model import Receipt
from tests import missions

HEAD = ["Ref", "Type", "Date", "Time", "Latitude", "Longitude"]


def table(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def at(number: int, clock: str, day: str = "2025-11-23") -> list[str]:
    return [f"r{number}", "firing", day, clock, "-20.5", "61.5"]


def in_utc(mission: Mission, path: Path) -> Receipt:
    """Submit a file as its reader would: times without a zone are UTC."""
    desk = mission.desk()
    mend = next(mend for mend in desk.check("incidents", path).mends if "UTC" in mend.words)
    return desk.submit("incidents", path, mapping=mend.mapping)


def clocks(mission: Mission) -> dict[str, str]:
    found = mission.desk().sheet(missions.ALL).features("incidents")
    return {str(of["id"]): str(of["occurred_at"])[11:16] for _, of in found.iterrows()}


def extra(mission: Mission, name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(mission.store.current("incidents", [name]).payload[0]).get("extra", {})
    return found


@pytest.mark.parametrize(
    "when", ["23.11.2025 08:15-08:20", "2025-11-23 08:15-10:30", "23 Nov 2025 0815-0900", "2025/11/23 08:15 - 09:00"]
)
def test_a_range_of_times_in_one_cell_is_asked_for_its_zone_like_a_plain_time_and_its_begin_is_taken(
    mission: Mission, tmp_path: Path, when: str
) -> None:
    head = ["Ref", "Type", "Date", "Latitude", "Longitude"]
    path = table(tmp_path / "a.csv", head, [["r1", "firing", when, "-20.5", "61.5"]])
    (fault,) = mission.desk().check("incidents", path).receipt.refused
    assert fault.kind == "no_zone"
    receipt = in_utc(mission, path)
    assert [(remark.row, remark.field) for remark in receipt.remarks] == [(1, "occurred_at")]
    assert repr(when) in receipt.remarks[0].reason
    assert (clocks(mission), extra(mission, "r1")["Date"]) == ({"r1": "08:15"}, when)


def test_ranges_in_a_violation_table_have_no_hour_of_their_own(mission: Mission, tmp_path: Path) -> None:
    head = ["SMM position", "Event location", "Means", "Observation", "Description", "Weapon", "Date", "Time", "id"]
    rows = [
        ["40K GD 12345 67890", "2 km N", "Heard", "Explosion", "Outgoing", "Mortar", "13.3.2024", clock, f"r{n}"]
        for n, clock in enumerate(("08:15", "08:15-08:20", "23:50-00:10", "22:00-02:00", "08:15Z-08:20Z", "04:00-05:00"))
    ]
    path = table(tmp_path / "o.csv", head, rows)
    assert [fault.row for fault in mission.desk().check("incidents", path).receipt.refused] == [1, 2, 3, 4, 6]
    receipt = in_utc(mission, path)
    assert clocks(mission) == {"r0": "08:15", "r1": "08:15", "r2": "23:50", "r4": "08:15", "r5": "04:00"}
    assert [remark.row for remark in receipt.remarks if "range" in remark.reason] == [2, 3, 5, 6]
    (fault,) = receipt.refused
    assert (fault.row, fault.field) == (4, "Time")
    assert "may be a range of times, or a time with an offset" in fault.reason
    assert (extra(mission, "r1")["Time"], extra(mission, "r1")["Date"]) == ("08:15-08:20", "13.3.2024")


def test_one_odd_cell_does_not_take_the_hours_of_all_the_others(mission: Mission, tmp_path: Path) -> None:
    said = ["0815", "09:30", "approx 0900", "", "unknown", "10 pm", "11:00-11:20", "0930 - 1030", "1545 hrs", "25:10"]
    path = table(tmp_path / "a.csv", HEAD, [at(n, clock) for n, clock in enumerate(said, 1)])
    assert proposed(path, layer_of("incidents")).mapping.columns["occurred_at"] == ("Date", "Time")
    receipt = in_utc(mission, path)
    assert [(fault.row, fault.field, "is no time of day" in fault.reason) for fault in receipt.refused] == [
        (3, "Time", True),
        (10, "Time", True),
    ]
    assert clocks(mission) == {
        "r1": "08:15",
        "r2": "09:30",
        "r4": "00:00",
        "r5": "00:00",
        "r6": "22:00",
        "r7": "11:00",
        "r8": "09:30",
        "r9": "15:45",
    }
    alone = {remark.row: remark.reason for remark in receipt.remarks if "the date alone is taken" in remark.reason}
    assert (sorted(alone), "'unknown'" in alone[5]) == ([4, 5], True)
    assert extra(mission, "r5")["Time"] == "unknown"
    assert extra(mission, "r7")["Time"] == "11:00-11:20"
    assert (
        mission.desk().submit("incidents", path, mapping=mission.desk().check("incidents", path).mends[0].mapping).batch is None
    )


@pytest.mark.parametrize(("name", "cells"), [("Heure", ["08:15", "09:30"]), ("Time (est.)", ["early", "late", "08:15"])])
def test_a_column_that_looks_like_a_time_of_day_and_is_not_read_is_told(
    mission: Mission, tmp_path: Path, name: str, cells: list[str]
) -> None:
    head = [name if of == "Time" else of for of in HEAD]
    path = table(tmp_path / "a.csv", head, [at(n, clock) for n, clock in enumerate(cells)])
    receipt = mission.desk().submit("incidents", path)
    assert receipt.new == len(cells)
    assert any(name in words and "time of day" in words for words in receipt.said)


def test_columns_that_are_no_time_of_day_are_not_told(tmp_path: Path) -> None:
    head = [*HEAD[:3], "time_precision", "Ratio", *HEAD[4:]]
    path = table(tmp_path / "a.csv", head, [["r1", "firing", "2025-11-23", "1", "3:1", "-20.5", "61.5"]])
    assert not any("time of day" in words for words in proposed(path, layer_of("incidents")).said)


CELL = st.sampled_from(["", "n/k", "soon", "08:15-09:00", "22:00-02:00", "7", "=1", "24:00", "2025-11-23 08:15", "0815Z"])


@settings(max_examples=30, deadline=None)
@given(odd=st.lists(CELL, max_size=4), hours=st.lists(st.integers(0, 1439), min_size=6, max_size=9))
def test_whatever_stands_beside_it_a_clock_is_read_as_it_stands(
    odd: list[str], hours: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("clocks")
    mission = missions.empty(folder / "mission")
    said = [f"{minute // 60:02}:{minute % 60:02}" for minute in hours]
    path = table(folder / "a.csv", HEAD, [at(n, clock) for n, clock in enumerate([*odd, *said])])
    receipt = in_utc(mission, path)
    read = clocks(mission)
    assert [read[f"r{n + len(odd)}"] for n in range(len(said))] == said
    assert receipt.new + receipt.refused_rows == len(odd) + len(said)
    silent = {n + 1 for n, clock in enumerate(odd) if clock != "0815Z"}
    assert silent <= {of.row for of in (*receipt.refused, *receipt.remarks)}
    mission.close()


def test_a_number_of_hours_and_minutes_is_read_as_one_even_where_all_are_short(mission: Mission, tmp_path: Path) -> None:
    head = ["latitude", "longitude", "acq_date", "acq_time", "satellite", "instrument", "confidence"]
    rows = [["-20.5", "61.5", "2025-11-23", clock, "N", "VIIRS", "n"] for clock in ("5", "30")]
    assert mission.desk().submit("incidents", table(tmp_path / "f.csv", head, rows)).new == 2
    found = mission.desk().sheet(missions.ALL).features("incidents")["occurred_at"]
    assert sorted(found) == ["2025-11-23T00:05:00Z", "2025-11-23T00:30:00Z"]
