"""An id that stands more than once in one file: the same file again adds nothing, always."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.desk import Mission, open_mission, submission
from layers.model import Receipt
from tests import missions

#: Id, kind, text, easting, marking, whether the row is sound.
ROW = st.tuples(
    st.sampled_from(["", "Z1", "Z2", "Z3"]),
    st.sampled_from(["firing", "shelling"]),
    st.sampled_from(["", "a"]),
    st.sampled_from(["61.5", "61.6"]),
    st.sampled_from(["UNCLASSIFIED", "CONFIDENTIAL"]),
    st.booleans(),
)


def five(receipt: Receipt) -> tuple[int, int, int, int, int]:
    return receipt.new, receipt.changed, receipt.unchanged, receipt.retracted, receipt.refused_rows


def given_rows(mission: Mission, rows: Sequence[dict[str, str]]) -> Receipt:
    return mission.desk().submit("incidents", missions.csv_file(mission.folder / "in.csv", rows))


def test_the_same_again_is_unchanged_and_something_else_is_refused_with_the_row_it_repeats(mission: Mission) -> None:
    one, other = missions.row(1, id="Z1"), missions.row(1, id="Z1", kind="shelling")
    for outcome in ((1, 0, 1, 0, 1), (0, 0, 2, 0, 1)):
        receipt = given_rows(mission, [one, other, one])
        assert five(receipt) == outcome
        assert [(fault.row, fault.field) for fault in receipt.refused] == [(2, "id")]
        assert "'Z1' stands in row 1 already" in receipt.refused[0].reason
    assert receipt.batch is None
    assert mission.desk().sheet(missions.ALL).features("incidents")["kind"].tolist() == ["firing"]


def test_a_refused_row_does_not_stand_for_its_id(mission: Mission) -> None:
    rows = [missions.row(1, id="Z1", severity="bad"), missions.row(1, id="Z1", kind="shelling")]
    assert five(given_rows(mission, rows)) == (1, 0, 0, 0, 1)
    assert five(given_rows(mission, rows)) == (0, 0, 1, 0, 1)


def test_a_row_that_is_both_given_and_taken_back_in_one_file_comes_to_rest(mission: Mission) -> None:
    path = mission.folder / "in.csv"
    head = "event_id_cnty,event_date,event_type,sub_event_type,latitude,longitude,fatalities,deleted_timestamp"
    sound = "A1,2025-11-23,Battles,Armed clash,-20.5,61.5,0"
    path.write_text(f"{head}\n{sound},\n{sound},1763900000\n", encoding="utf-8")
    receipts = [mission.desk().submit("incidents", path) for _ in range(2)]
    assert [sum(five(receipt)) for receipt in receipts] == [2, 2]
    assert receipts[1].batch is None


def test_ids_that_stand_again_far_into_a_file_are_met(mission: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "_CHUNK", 3)
    rows = [missions.row(0, id=f"Z{n % 7}", text=str(n // 14)) for n in range(21)]
    receipt = given_rows(mission, rows)
    assert five(receipt) == (7, 0, 7, 0, 7)
    assert [fault.row for fault in receipt.refused] == [*range(15, 22)]
    assert all(f"row {fault.row - 14} " in fault.reason for fault in receipt.refused)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=8), chunk=st.sampled_from([1, 3, 50_000]))
def test_a_second_submission_adds_no_version_and_no_batch(rows: list[tuple[str, str, str, str, str, bool]], chunk: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(submission, "_CHUNK", chunk)
        mission = missions.empty(Path(folder) / "mission")
        file = [
            missions.row(1, id=name, kind=kind, text=text, longitude=lon, marking=marking, severity="low" if sound else "bad")
            for name, kind, text, lon, marking, sound in rows
        ]
        first = given_rows(mission, file)
        version = mission.store.version()
        again = given_rows(mission, file)
        assert (mission.store.version(), again.batch, again.new, again.changed) == (version, None, 0, 0)
        assert sum(five(first)) == sum(five(again)) == len(rows)
        assert first.changed == 0
        assert {fault.row for fault in first.refused} == {fault.row for fault in again.refused}
        mission.close()


def test_a_row_without_an_id_is_the_same_once_its_time_has_come(tmp_path: Path) -> None:
    first = missions.empty(tmp_path / "mission")
    ahead = missions.row(1, id="", occurred_at=f"{missions.NOW + timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}", reported_at="")
    assert given_rows(first, [ahead]).new == 1
    first.close()
    later = open_mission(tmp_path / "mission", clock=lambda: missions.NOW + timedelta(days=5))
    assert given_rows(later, [ahead]).new == 0
    later.close()
