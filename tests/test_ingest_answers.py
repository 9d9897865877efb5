"""What an analyst says of a file: seen, changed, forgotten, remembered for its source, and carried by its refused rows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.desk import Mission
from layers.ingest import Conventions, from_words
from layers.model import Receipt, parse

ALL = parse("last=all")
ZONES = st.sampled_from(["", "UTC", "Asia/Beirut", "America/Argentina/Buenos_Aires"])
HEAD = "Ref,Type,Date,Checked,Latitude,Longitude\n"


def written(folder: Path, *rows: str, head: str = HEAD, name: str = "in.csv") -> Path:
    (folder / name).write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return folder / name


def held(mission: Mission) -> dict[str, tuple[str, float, float, str]]:
    found = mission.desk().sheet(ALL).features("incidents")
    return {of["id"]: (str(of["occurred_at"])[:10], of.geometry.x, of.geometry.y, of["kind"]) for _, of in found.iterrows()}


def extra(mission: Mission, name: str) -> dict[str, str]:
    versions = mission.store.current("incidents", [name])
    found: dict[str, str] = json.loads(versions.payload[0]).get("extra", {})
    return found


@given(st.booleans() | st.none(), st.sampled_from(["", ",", "."]), ZONES, st.booleans(), st.sampled_from(["", "36S", "41K"]))
def test_words_say_all_that_is_settled(first: bool | None, decimal: str, zone: str, swapped: bool, utm: str) -> None:
    settled = Conventions(day_first=first, decimal=decimal, zone=zone, swapped=swapped, utm_zone=utm)
    assert from_words(settled.words) == settled


@given(st.text(max_size=30))
def test_words_of_others_settle_nothing_they_do_not_name(text: str) -> None:
    assert from_words(f"times in Mars/{text}") == Conventions()
    assert from_words(text + "?") == Conventions()


def test_the_order_of_days_is_decided_again_for_another_column(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,25/01/2026,02/14/2026,-20.1,61.2", "b,firing,26/01/2026,04/05/2026,-20.2,61.3")
    first = mission.desk().check("incidents", path)
    assert "day first, as '25/01/2026'" in " ".join(first.receipt.said)
    changed = first.proposal.mapping.with_column("occurred_at", "Checked").with_answers(Conventions(zone="UTC"))
    again = mission.desk().check("incidents", path, mapping=changed)
    assert "month first, as '02/14/2026'" in " ".join(again.receipt.said)
    mission.desk().submit("incidents", path, mapping=again.proposal.mapping)
    assert {name: of[0] for name, of in held(mission).items()} == {"a": "2026-02-14", "b": "2026-04-05"}


def test_what_a_file_itself_tells_goes_before_what_was_said(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,25/01/2026,,-20.1,61.2", "b,firing,03/04/2026,,-20.1,61.2")
    mapping = mission.desk().propose("incidents", path).mapping.with_answers(Conventions(day_first=False, zone="UTC"))
    mission.desk().submit("incidents", path, mapping=mapping)
    assert held(mission)["b"][0] == "2026-04-03"


def stored_by_hand(mission: Mission, path: Path, answers: Conventions) -> Receipt:
    desk = mission.desk()
    mapping = desk.propose("incidents", path).mapping.with_answers(answers)
    found = desk.check("incidents", path, mapping=mapping)
    receipt = desk.submit("incidents", path, mapping=found.proposal.mapping)
    desk.remember("incidents", found.proposal)
    return receipt


def test_exchanged_axes_and_the_order_of_days_are_not_carried_to_the_next_file(mission: Mission, tmp_path: Path) -> None:
    first = written(tmp_path, "a,firing,03/04/2026,,61.2,-20.1")
    stored_by_hand(mission, first, Conventions(day_first=False, swapped=True, zone="UTC"))
    assert held(mission)["a"] == ("2026-03-04", 61.2, -20.1, "firing")
    second = written(tmp_path, "b,firing,2026-04-05 10:00,,-20.2,61.3", "c,firing,05/06/2026,,-20.2,61.3", name="b.csv")
    receipt = mission.desk().submit("incidents", second)
    assert held(mission)["b"] == ("2026-04-05", 61.3, -20.2, "firing")
    assert [(of.row, of.kind) for of in receipt.refused] == [(2, "day_month")]
    said = " ".join(receipt.said)
    assert "Times without a zone are read as UTC, as was said." in said
    assert "As was said of such a file before: times in UTC." in said


def test_a_file_that_was_mended_adds_nothing_when_it_comes_again(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,03/04/2026,,61.2,-20.1", "b,firing,05/06/2026,,61.2,-20.1")
    first = stored_by_hand(mission, path, Conventions(day_first=False, swapped=True, zone="UTC"))
    assert first.new == 2
    again = mission.desk().submit("incidents", path)
    assert (again.unchanged, again.refused_rows, again.batch) == (2, 0, None)
    assert mission.desk().check("incidents", path, anew=True).receipt.refused_rows == 2
    other = written(tmp_path, "a,firing,03/04/2026,,61.2,-20.1", "b,firing,05/06/2026,,61.2,-20.3")
    assert mission.desk().submit("incidents", other).refused_rows == 2, "another file of the same size is read for itself"


def test_a_cell_that_is_no_day_tells_no_order(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,03/04/2026,,-20.1,61.2", "b,firing,99/06/2026,,-20.1,61.2")
    receipt = stored_by_hand(mission, path, Conventions(day_first=False, zone="UTC"))
    assert (receipt.read, [of.row for of in receipt.refused]) == ("dates month first, times in UTC", [2])
    assert held(mission)["a"][0] == "2026-03-04"


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg", "geojson", "kmz"])
def test_tracks_without_ids_come_back_from_every_export_as_they_are(mission: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "tracks.csv"
    shapes = (
        "MULTILINESTRING ((61 -20, 61.1 -20.1))",
        "LINESTRING (61 -20, 61.2 -20.1)",
        "MULTILINESTRING ((61 -20, 61.3 -20), (62 -20, 62 -21))",
    )
    path.write_text(
        "name,started_at,wkt\n" + "".join(f't{n},2026-01-0{n + 1}T10:00:00Z,"{of}"\n' for n, of in enumerate(shapes)),
        encoding="utf-8",
    )
    assert mission.desk().submit("patrol_tracks", path).new == 3
    mission.desk().export("patrol_tracks", tmp_path / f"out.{suffix}", ALL)
    assert mission.desk().submit("patrol_tracks", tmp_path / f"out.{suffix}").unchanged == 3


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg", "geojson", "kmz"])
def test_points_without_ids_come_back_from_every_export_as_they_are(mission: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("name,kind,longitude,latitude\nP1,observation_post,61.25,-20.125\nP2,,61.3333333,-20.1\n", encoding="utf-8")
    assert mission.desk().submit("positions", path).new == 2
    mission.desk().export("positions", tmp_path / f"out.{suffix}", ALL)
    assert mission.desk().submit("positions", tmp_path / f"out.{suffix}").unchanged == 2


def test_what_is_remembered_can_be_forgotten_and_passed_over(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,2026-01-02 10:00,,-20.1,61.2")
    stored_by_hand(mission, path, Conventions(zone="UTC"))
    next_one = written(tmp_path, "b,firing,2026-01-02 10:00,,-20.1,61.2")
    desk = mission.desk()
    found = desk.check("incidents", next_one)
    assert (found.proposal.remembered, found.receipt.new) == (True, 1)
    assert desk.check("incidents", next_one, anew=True).receipt.refused_rows == 1
    desk.forget("incidents", found.proposal)
    assert not desk.check("incidents", next_one).proposal.remembered
    desk.forget("incidents", found.proposal)


def test_refused_rows_come_back_read_as_their_file_was(mission: Mission, tmp_path: Path) -> None:
    rows = ["a,Bombardement,03/04/2026,,61.2,-20.1", "b,Bombardement,05/06/2026,,north,-20.2", "c,firing,07/08/2026,,,"]
    path = written(tmp_path, *rows)
    desk = mission.desk()
    answers = Conventions(day_first=False, swapped=True, zone="UTC")
    mapping = desk.propose("incidents", path).mapping.with_code("kind", "Bombardement", "shelling").with_answers(answers)
    found = desk.check("incidents", path, mapping=mapping)
    text = desk.refused("incidents", path, found.receipt)
    desk.remember("incidents", found.proposal)
    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace("north", "61.3"), encoding="utf-8")
    receipt = desk.submit("incidents", mended)
    assert (receipt.new, receipt.refused_rows, receipt.asked) == (1, 1, {})
    assert held(mission) == {"b": ("2026-05-06", 61.3, -20.2, "shelling")}
    again = list(csv.reader(io.StringIO(desk.refused("incidents", mended, receipt))))
    first = list(csv.reader(io.StringIO(text)))
    assert again[0] == first[0]
    assert [len(line) for line in again] == [7, 7], "the reasons of before have made room for those of now"


def test_no_cell_and_no_heading_of_refused_rows_is_a_formula(mission: Mission, tmp_path: Path) -> None:
    head = 'Ref,Type,Date,Latitude,Longitude,=1+1,"=HYPERLINK(""http://example.org"")",@x\n'
    path = written(tmp_path, "a,firing,2026-01-02T10:00Z,99,61.2,=2+2,+x,-y", head=head)
    desk = mission.desk()
    text = desk.refused("incidents", path, desk.check("incidents", path).receipt)
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace("99", "-20.1"), encoding="utf-8")
    assert desk.submit("incidents", mended).new == 1
    assert extra(mission, "a") == {"=1+1": "=2+2", '=HYPERLINK("http://example.org")': "+x", "@x": "-y"}


def test_a_file_without_a_column_it_needs_says_so_once(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,b", head="Name,Remark\n")
    assert mission.desk().check("incidents", path).receipt.said[0] == (
        "No column is read as Kind or as Occurred or as Position, so every row is refused: choose one."
    )


def test_reasons_name_the_columns_of_the_source(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,never,,-20.1,61.2", "b,,2026-01-02T10:00Z,,-20.1,61.2")
    receipt = mission.desk().check("incidents", path).receipt
    assert {receipt.called[fault.field] for fault in receipt.refused} == {"Date", "Type"}


def test_values_that_were_given_a_meaning_are_told_with_their_rows(mission: Mission, tmp_path: Path) -> None:
    path = written(
        tmp_path, *(f"{n},{kind},2026-01-02T10:00Z,,-20.1,61.2" for n, kind in enumerate(["Feu", "Feu", "firing", "Bang"]))
    )
    desk = mission.desk()
    mapping = desk.propose("incidents", path).mapping.with_code("kind", "Feu", "firing")
    found = desk.check("incidents", path, mapping=mapping)
    assert found.values["kind"] == (("Feu", "firing", 2),)
    assert found.receipt.asked == {"kind": {"Bang": 1}}


def test_a_place_that_is_not_read_as_it_stands_is_kept_as_it_came(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, 'a,firing,2026-01-02T10:00Z,,"-20,1","61,2"', 'b,firing,2026-01-02T10:00Z,,"-20,2","61,3"')
    mission.desk().submit("incidents", path)
    assert held(mission)["a"][1:3] == (61.2, -20.1)
    assert (extra(mission, "a")["Latitude"], extra(mission, "a")["Longitude"]) == ("-20,1", "61,2")


def test_the_audit_says_how_a_file_was_read(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,firing,03/04/2026,,61.2,-20.1")
    receipt = stored_by_hand(mission, path, Conventions(day_first=False, swapped=True, zone="UTC"))
    assert receipt.read == "dates month first, longitude and latitude exchanged, times in UTC"
    line = list(mission.store.audit_rows(act="submit"))[-1]
    assert json.loads(line.body)["read"] == receipt.read


def test_what_was_said_before_is_told_and_what_nobody_said_is_not(mission: Mission, tmp_path: Path) -> None:
    path = written(tmp_path, "a,Feu,2026-01-02T10:00Z,2026-01-02T11:00Z,-20.1,61.2")
    desk = mission.desk()
    desk.remember("incidents", desk.propose("incidents", path))
    assert not desk.propose("incidents", path).remembered
    mapping = desk.propose("incidents", path).mapping.with_code("kind", "Feu", "firing").with_column("reported_at", "Checked")
    found = desk.check("incidents", path, mapping=mapping)
    desk.remember("incidents", found.proposal)
    again = desk.check("incidents", path)
    assert again.receipt.said[-1] == "As was said of such a file before: Reported is 'Checked'; 'feu' means Firing."
    assert again.proposal.remembered
    desk.remember("incidents", desk.propose("incidents", path, anew=True))
    assert not desk.propose("incidents", path).remembered
