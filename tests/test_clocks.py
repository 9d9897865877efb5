"""Times of day beside a date, and ranges of times: each cell is read, remarked on or refused by itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from layers.desk import Mission
from layers.model import Receipt
from tests import missions

HEAD = ["Ref", "Type", "Date", "Time", "Latitude", "Longitude"]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    yield made
    made.close()


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
