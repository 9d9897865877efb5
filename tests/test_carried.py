"""Links and decisions go out with an export and come back in our own import, and a file takes none of them away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.desk import Edit, Mission
from tests import exported, missions
from tests.missions import ALL, csv_file, row

SUFFIXES = ["csv", "xlsx", "gpkg", "geojson"]


def seen(mission: Mission, *features: str) -> dict[str, int]:
    found = mission.store.current("incidents", list(features))
    return dict(zip(found.feature, found.seq.tolist(), strict=True))


def fields(mission: Mission, feature: str) -> dict[str, object]:
    said: dict[str, object] = json.loads(mission.store.current("incidents", [feature]).payload[0])
    return said


def source(folder: Path, **first: str) -> Path:
    return csv_file(folder / "source.csv", [row(1, **first), row(2, source="camera"), row(3, source="post"), row(4)])


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    desk = made.desk()
    desk.submit("incidents", source(tmp_path))
    desk.edit("incidents", [Edit("r1", seen(made, "r1")["r1"], {"place": "Mill", "marking": "CONFIDENTIAL"})], "seen")
    desk.link("incidents", seen(made, "r1", "r2"), "same shots")
    desk.grade("incidents", seen(made, "r1"), ("B", "1"), "two saw it")
    yield made
    made.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "other")
    desk = made.desk()
    desk.submit("incidents", csv_file(tmp_path / "own.csv", [row(8), row(9, source="post")]))
    desk.link("incidents", seen(made, "r8", "r9"), "their own")
    yield made
    made.close()


@pytest.mark.parametrize("suffix", [*SUFFIXES, "kmz"])
def test_links_and_decisions_are_columns_of_every_export(mission: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    mission.desk().export("incidents", path, ALL)
    rows = {str(one["id"]): one for one in exported.rows(path)}
    event = fields(mission, "r1")["event"]
    assert [rows[name].get("event") for name in ("r1", "r2", "r3")] == [event, event, None]
    assert json.loads(str(rows["r1"]["edited"])) == fields(mission, "r1")["edited"]
    assert not rows["r3"].get("edited")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_export_comes_back_whole_and_again_changes_nothing(
    mission: Mission, other: Mission, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"out.{suffix}"
    mission.desk().export("incidents", path, ALL)
    same = mission.desk().submit("incidents", path)
    assert (same.new, same.changed, same.unchanged, same.refused) == (0, 0, 4, ())
    desk = other.desk()
    assert desk.submit("incidents", path).new == 4
    assert desk.submit("incidents", path).unchanged == 4
    linked = fields(other, "r1")["event"]
    assert linked == fields(other, "r2")["event"] != fields(other, "r8")["event"]
    assert len(desk.members("incidents", str(linked))) == 2
    assert desk.submit("incidents", source(tmp_path)).unchanged == 4
    desk.submit("incidents", source(tmp_path, place="Elsewhere", text="six shots"))
    after = fields(other, "r1")
    assert (after["place"], after["text"], after["credibility"]) == ("Mill", "six shots", "1")
    assert other.store.current("incidents", ["r1"]).marking[0] == "CONFIDENTIAL"
    assert "extra" not in after
    desk.unlink("incidents", seen(other, "r1"), "were two")
    assert fields(other, "r1")["credibility"] == "6"
    first, second = seen(other, "r3"), seen(other, "r4")
    desk.link("incidents", first | second, "these two")
    assert len({str(fields(other, name).get("event")) for name in ("r2", "r3", "r8")}) == 3
    assert desk.verify().ok


def test_a_file_takes_no_decision_away_and_forges_none(mission: Mission, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, ALL)
    path.write_text(path.read_text(encoding="utf-8").replace("Mill", "Forged"), encoding="utf-8")
    mission.desk().submit("incidents", path)
    assert fields(mission, "r1")["place"] == "Mill"


@pytest.mark.parametrize(
    "edited",
    [
        "by hand",
        "{}",
        "[]",
        '{"fields": ["id", "nothing"], "source": "x"}',
        '{"fields": 5, "source": "000000000000000000000000"}',
    ],
)
def test_a_column_of_the_same_name_that_is_not_ours_stays_the_source_s(mission: Mission, tmp_path: Path, edited: str) -> None:
    path = csv_file(tmp_path / "theirs.csv", [row(20)])
    head, line = path.read_text(encoding="utf-8").splitlines()
    cell = edited.replace('"', '""')
    path.write_text(f'{head},event,edited\n{line},E1,"{cell}"\n', encoding="utf-8")
    assert mission.desk().submit("incidents", path).new == 1
    said = fields(mission, "r20")
    assert said["extra"] == {"event": "E1", "edited": edited}
    assert "event" not in said
    assert "edited" not in said


@pytest.mark.parametrize("suffix", [*SUFFIXES, "kmz"])
def test_a_follow_up_goes_out_beside_the_template_and_comes_back(
    mission: Mission, other: Mission, tmp_path: Path, suffix: str
) -> None:
    mission.desk().edit("incidents", [Edit("r3", seen(mission, "r3")["r3"], {"follow_up": "protest"})], "a note was handed over")
    path = tmp_path / f"out.{suffix}"
    mission.desk().export("incidents", path, ALL)
    assert other.desk().submit("incidents", path).new == 4
    assert fields(other, "r3")["follow_up"] == "protest"
    assert "follow_up" not in fields(other, "r4")
    assert other.desk().counts(ALL.only("follow_up", ("protest",)))[0] == 1
