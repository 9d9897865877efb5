"""A table means the same however it is spelled: packed, encoded, separated, with blank lines and columns of its own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from layers.catalogue import layer as layer_of
from layers.desk import Mission
from layers.errors import UnreadableFile
from layers.ingest import template
from tests import missions
from tests.missions import ALL
from tests.tables import accounted, held, sample, submitted, table


def test_a_gzipped_table_is_read_as_the_plain_one(mission: Mission) -> None:
    data = table(missions.TEMPLATE, [missions.row(1)])
    assert submitted(mission, data).new == 1
    assert submitted(mission, gzip.compress(data)).unchanged == 1
    with pytest.raises(UnreadableFile):
        submitted(mission, gzip.compress(data)[:-20])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_table_means_the_same_however_it_is_written(mission: Mission, encoding: str, separator: str, line: str) -> None:
    rows = [missions.row(1, text='café "Élan", twice; a|b\tc'), missions.row(2, text="first\nsecond")]
    said = table(missions.TEMPLATE, rows, separator).decode().replace("\n", line)
    receipt = submitted(mission, said.encode(encoding))
    assert (receipt.new, receipt.refused) == (2, ())
    texts = {record["id"]: str(record["text"]).replace("\r\n", "\n") for record in held(mission)}
    assert texts == {"r1": rows[0]["text"], "r2": rows[1]["text"]}


def test_ragged_rows_are_refused_by_their_number_and_the_others_keep_theirs(mission: Mission) -> None:
    lines = table(missions.TEMPLATE, [missions.row(n) for n in range(1, 8)]).decode().splitlines()
    lines[2] += ',"one too many"'
    lines[5] = '"r5","firing"'
    lines[6] = table(missions.TEMPLATE, [missions.row(6, severity="bad")]).decode().splitlines()[1]
    receipt = submitted(mission, "\n".join(lines).encode())
    assert (receipt.new, accounted(receipt)) == (4, 7)
    assert [(fault.row, fault.field) for fault in receipt.refused] == [(2, "row"), (5, "row"), (6, "severity")]
    assert "21 cells where the header names 20" in receipt.refused[0].reason


def test_blank_lines_are_no_rows_but_are_counted_so_that_a_row_has_its_number_in_a_spreadsheet(mission: Mission) -> None:
    rows = [missions.row(1), missions.row(2), missions.row(3, severity="bad")]
    header, first, second, bad = table(missions.TEMPLATE, rows).decode().splitlines()
    receipt = submitted(mission, "\n".join(["", "", header, "", first, "", "", "," * 19, second, bad, ""]).encode())
    assert (receipt.new, accounted(receipt)) == (2, 3)
    assert {fault.row for fault in receipt.refused} == {7}


def test_columns_no_field_takes_are_kept_beside_the_record(mission: Mission) -> None:
    row = missions.row(1) | {'Cell "A"': "x,y", "weather": "fog", "blank": ""}
    assert submitted(mission, table([*missions.TEMPLATE[:-1], "text", "weather", "blank"], [row])).new == 1
    stored = json.loads(mission.store.current("incidents", ["r1"]).payload[0])
    assert stored["extra"] == {"weather": "fog"}
    assert "weather" not in stored


def test_the_names_of_columns_are_met_whatever_their_case(mission: Mission) -> None:
    assert submitted(mission, table(missions.TEMPLATE, [missions.row(1)])).new == 1
    shouted = [{name.upper(): cell for name, cell in missions.row(1).items()}]
    assert submitted(mission, table([name.upper() for name in missions.TEMPLATE], shouted)).unchanged == 1


def test_a_table_that_cannot_be_one_is_refused_as_a_whole(mission: Mission) -> None:
    binary = [b"", b"\x00\x01\x02" * 50, b"id,kind\nr1,fi\x00ring\n", b"\x89PNG\r\n\x1a\n\x00", b"PK\x03\x04\x00\x00"]
    for data in [*binary, b"id,id,kind\n1,2,3\n", gzip.compress(b"\x00" * 1000)]:
        with pytest.raises(UnreadableFile, match=r"in\.csv"):
            submitted(mission, data)
    with pytest.raises(UnreadableFile, match="is no file"):
        mission.desk().submit("incidents", mission.folder)
    assert mission.store.version() == 0


def test_control_characters_far_into_a_file_are_marked_and_the_record_stays_one(mission: Mission, tmp_path: Path) -> None:
    rows = [missions.row(n) for n in range(900)] + [missions.row(999, id="a\x01b", text="c\x02d\x1fe")]
    data = table(missions.TEMPLATE, rows)
    assert len(data) > 100_000
    assert submitted(mission, data).new == 901
    assert [r["text"] for r in held(mission) if r["id"] == "a\ufffdb"] == ["c\ufffdd\ufffde"]
    mission.desk().export("incidents", tmp_path / "out.csv", ALL)
    assert mission.desk().submit("incidents", tmp_path / "out.csv").unchanged == 901


def test_a_letter_of_another_encoding_far_into_a_file_is_read_as_what_it_is(mission: Mission) -> None:
    rows = [sample(layer_of("incidents"), number) | {"id": f"r{number}"} for number in range(900)]
    rows[-1]["text"] = "caf\xe9"
    data = table(template(layer_of("incidents")), rows).decode().encode("cp1252")
    assert data.index(b"\xe9") > 1 << 16
    receipt = submitted(mission, data)
    assert (receipt.new, receipt.refused) == (900, ())
    assert "caf\xe9" in {record["text"] for record in held(mission)}
