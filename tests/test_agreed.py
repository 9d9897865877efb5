"""The mission's agreement as its folder and its lines let it apply: whole, or not at all and in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.desk import Mission, unpacked
from layers.model import parse
from tests import missions
from tests.test_rulings import AGREEMENT, LINE, OPEN, counted, put, rulings, submit


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    said = {"id": "line", "name": "The line", "left_party": "A", "right_party": "B"}
    submit(made, tmp_path, "ceasefire_lines", ("LineString", LINE, said))
    submit(made, tmp_path, "zones", ("Polygon", missions.square(60.9, -20.1, 0.2), {"id": "zone", "name": "The zone"}))
    rows = [missions.row(n, longitude=f"{60.6 + n / 20:.6f}", latitude="-20.02") for n in range(20)]
    made.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", rows))
    put(made, AGREEMENT)
    yield made
    made.close()


def test_a_longer_file_than_is_read_is_refused_whole(mission: Mission) -> None:
    put(mission, "#" + "é" * 499_999 + "\n" + AGREEMENT)
    found = mission.desk().agreement()
    assert found["clauses"] == []
    assert "bytes long; at most 1,000,000 are read" in str(found["faults"])


@pytest.mark.parametrize("hostile", ["sure = 0x" + "f" * 6_000, "a" + ".a" * 5_000 + " = 1"])
def test_the_agreement_before_does_not_go_on_applying(mission: Mission, hostile: str) -> None:
    put(mission, AGREEMENT.replace('source = "Annex B"', hostile))
    assert mission.desk().agreement()["clauses"] == []
    assert len(mission.desk().agreement()["faults"]) == 1
    assert not any(rulings(mission).values())


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_a_plain_file_of_the_folder_is_read_and_backed_up(mission: Mission, tmp_path: Path, kind: str) -> None:
    path = mission.folder / "agreement.toml"
    path.unlink()
    if kind == "link":
        (tmp_path / "elsewhere.toml").write_text(AGREEMENT, encoding="utf-8")
        path.symlink_to(tmp_path / "elsewhere.toml")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    mission.place()
    found = mission.desk().agreement()
    assert found["clauses"] == []
    assert "no plain file of the mission's folder" in str(found["faults"])
    mission.desk().backup(tmp_path / "b.zip")
    assert not (unpacked(tmp_path / "b.zip", tmp_path / "again") / "agreement.toml").exists()


def test_a_line_of_several_parts_is_as_secret_as_the_most_secret(mission: Mission, tmp_path: Path) -> None:
    parties = {"name": "Broken", "left_party": "A", "right_party": "B"}
    parts = [
        ("LineString", LINE[:2], {"id": "first"} | parties),
        ("LineString", LINE[2:], {"id": "second", "marking": "CONFIDENTIAL"} | parties),
    ]
    submit(mission, tmp_path, "ceasefire_lines", *parts)
    for named in ("Broken", "first", "second"):
        put(mission, AGREEMENT.replace('"The line"', f'"{named}"'))
        assert mission.desk().agreement()["faults"] == []
        assert counted(mission, "clause=2.1") > 0
        assert [one["id"] for one in mission.desk(OPEN).agreement()["clauses"]] == ["3.1", "3.2"]
        assert mission.desk().sheet(parse("last=all&hide=ceasefire_lines&clause=2.1")).marking() == "CONFIDENTIAL"


@pytest.mark.parametrize("beside", [("A", ""), ("", ""), ("A", "A"), ("A", "Z"), ("Y", "Z")])
@pytest.mark.parametrize("where", ["across = true", 'within_m = 2000\nside = "own"'])
def test_a_side_is_that_of_two_parties_or_the_clause_is_refused(
    mission: Mission, tmp_path: Path, beside: tuple[str, str], where: str
) -> None:
    said = {"id": "x", "name": "Half said", "left_party": beside[0], "right_party": beside[1]}
    submit(mission, tmp_path, "ceasefire_lines", ("LineString", LINE, {name: value for name, value in said.items() if value}))
    put(mission, AGREEMENT.replace('"The line"\nwithin_m = 2000', f'"Half said"\n{where}'))
    (fault,) = mission.desk().agreement()["faults"]
    assert fault["clause"] == "2.1"
    assert "a side of the line 'Half said'" in fault["reason"]
    assert fault["reason"].endswith("give it two of A, B")
    put(mission, AGREEMENT.replace('"The line"', '"Half said"'))
    assert mission.desk().agreement()["faults"] == []
