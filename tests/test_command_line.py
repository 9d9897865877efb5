"""The greenline command: what it says, what it stores, and how it refuses."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.__main__ import main
from layers.catalogue import LAYERS
from layers.config import LEVELS
from layers.desk import open_mission
from tests import missions
from tests.conftest import ROOT

Told = tuple[int, str, str]
TAMPER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("select name from sqlite_master where type = 'trigger' and tbl_name = 'record'").fetchall():
    db.execute(f'drop trigger "{name}"')
db.execute("update record set marking = 'UNCLASSIFIED' where seq = 2")
db.commit()
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "mission"
    missions.empty(folder)
    yield folder
    open_mission(folder).close()


#: What a Receipt says where nothing was refused or remarked.
QUIET = {"refused": [], "remarks": [], "remarked": 0, "said": [], "asked": {}}


class Command:
    """Runs commands as a user would, and looks at what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> Told:
        self.capsys.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = self.capsys.readouterr()
        return status, out, err

    def json(self, *words: object) -> object:
        status, out, _ = self(*words, "--json")
        assert status == 0
        assert out.count("\n") == 1
        return json.loads(out)

    def refused(self, *words: object) -> str:
        status, out, err = self(*words)
        last = err.splitlines()[-1]
        assert (status, out) == (1, "")
        assert last.startswith("greenline: ")
        assert "Traceback" not in err
        assert all(line.startswith("greenline: ") for line in err.splitlines())
        return last


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    bad = missions.row(3, severity="extreme", occurred_at="")
    return missions.csv_file(tmp_path / "rows.csv", [missions.row(1), missions.row(2, marking=LEVELS[1]), bad])


def counts(run: Command, folder: Path) -> dict[str, int]:
    listed = run.json("layers", folder)
    assert isinstance(listed, list)
    return {layer["id"]: layer["count"] for layer in listed}


def test_init_makes_an_empty_mission_of_that_title_and_area(run: Command, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "new one"
    assert run.json("init", folder, "--title", 'Zone 😀 "x"', "--bbox", 60, -23, 66, -17) == {"mission": str(folder)}
    mission = open_mission(folder)
    assert (mission.configuration.title, mission.configuration.box) == ('Zone 😀 "x"', (60, -23, 66, -17))
    assert counts(run, folder) == {layer.id: 0 for layer in LAYERS}
    mission.close()


def test_init_without_a_title_takes_the_folders_name(run: Command, tmp_path: Path) -> None:
    status, out, _ = run("init", tmp_path / "north")
    assert (status, f"greenline submit {tmp_path / 'north'}" in out) == (0, True)
    mission = open_mission(tmp_path / "north")
    assert mission.configuration.title == "north"
    mission.close()


@pytest.mark.parametrize(
    "wrong", [("--title", "  "), ("--bbox", 66, -23, 60, -17), ("--bbox", 60, 5, 66, -5), ("--bbox", "nan", 0, 1, 1)]
)
def test_init_refuses_a_bad_value_and_leaves_nothing(run: Command, tmp_path: Path, wrong: tuple[object, ...]) -> None:
    assert wrong[0].removeprefix("--") in run.refused("init", tmp_path / "new", *wrong)  # type: ignore[attr-defined]
    assert not (tmp_path / "new").exists()


def test_no_command_makes_a_mission_over_another(run: Command, made: Path) -> None:
    before = (made / "mission.toml").read_bytes()
    assert "already is a mission" in run.refused("init", made, "--title", "Other")
    assert "already is a mission" in run.refused("generate", made, "--incidents", 3)
    assert (made / "mission.toml").read_bytes() == before


@pytest.mark.parametrize("number", [0, 40])
def test_generate_makes_exactly_that_many_incidents_and_a_sound_record(run: Command, tmp_path: Path, number: int) -> None:
    folder = tmp_path / "exercise"
    assert run.json("generate", folder, "--incidents", number, "--seed", 5) == {"mission": str(folder), "incidents": number}
    found = counts(run, folder)
    assert found["incidents"] == number
    assert found["ceasefire_lines"] > 0
    verified = run.json("verify", folder)
    assert isinstance(verified, dict)
    assert (verified["ok"], verified["broken_at"]) == (True, None)
    assert verified["rows"] >= sum(found.values())


def test_generate_refuses_less_than_none(run: Command, tmp_path: Path) -> None:
    assert "--incidents is -1; write 0 or more" in run.refused("generate", tmp_path / "x", "--incidents", -1)
    assert not (tmp_path / "x").exists()


def test_submit_says_what_became_of_every_row(run: Command, made: Path, rows: Path) -> None:
    first = run.json("submit", made, "incidents", rows)
    assert isinstance(first, dict)
    assert list(first) == ["batch", "new", "changed", "unchanged", "retracted", "refused", "remarks", "remarked", "said", "asked"]
    assert [first[name] for name in list(first)[:5]] == [1, 2, 0, 0, 0]
    assert [(fault["row"], fault["field"]) for fault in first["refused"]] == [(3, "occurred_at"), (3, "severity")]
    again = run.json("submit", made, "incidents", rows)
    assert again == {**first, "batch": None, "new": 0, "unchanged": 2}
    assert counts(run, made)["incidents"] == 2


def test_submit_in_words_names_row_field_and_reason(run: Command, made: Path, rows: Path) -> None:
    status, out, _ = run("submit", made, "incidents", rows)
    assert status == 0
    assert out.splitlines()[0] == "2 new, 0 changed, 0 unchanged, 0 retracted, 1 refused"
    assert "  row 3, severity: 'extreme' is not one of low, medium, high" in out


def test_faults_are_told_by_reason_in_words_and_whole_as_json(run: Command, made: Path, tmp_path: Path) -> None:
    bad = missions.csv_file(tmp_path / "bad.csv", [missions.row(n, severity="x") for n in range(50)])
    _, out, _ = run("submit", made, "incidents", bad)
    assert "  rows 1, 2, 3, 4, 5 and 45 more, severity: 'x' is not one of low, medium, high" in out
    assert len(out.splitlines()) == 4
    told = run.json("submit", made, "incidents", bad)
    assert isinstance(told, dict)
    assert len(told["refused"]) == 50


def test_a_value_nobody_knows_is_named_with_the_way_to_say_what_it_means(run: Command, made: Path, tmp_path: Path) -> None:
    odd = missions.csv_file(tmp_path / "odd.csv", [missions.row(n, kind="Bombardement") for n in range(3)])
    _, out, _ = run("submit", made, "incidents", odd)
    assert "'Bombardement' is not a value this mission knows" in out
    assert "Not known as kind: 'Bombardement' (3); say what each means with --meaning kind=VALUE=CODE" in out
    run("submit", made, "incidents", odd, "--meaning", "kind=Bombardement=shelling")
    assert "0 new, 3 changed" in run("submit", made, "incidents", odd, "--dry-run", "--meaning", "kind=Bombardement=firing")[1]


def test_submit_takes_several_files_and_one_that_is_none_does_not_stop_the_others(
    run: Command, made: Path, tmp_path: Path
) -> None:
    for n in (1, 2):
        missions.csv_file(tmp_path / f"{n}.csv", [missions.row(n)])
    status, out, err = run("submit", made, "incidents", tmp_path / "1.csv", tmp_path / "none.csv", tmp_path / "2.csv", "--json")
    told = json.loads(out)
    assert (status, [of.get("new") for of in told], [of.get("batch") for of in told]) == (1, [1, None, 1], [1, None, 2])
    assert "is no file" in told[1]["fault"]
    assert "Traceback" not in err


def test_submit_reads_a_file_as_it_is_told_and_the_next_one_alike(run: Command, made: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text(
        "Ref,What,When,Lat,Lon\n1,Feu,03/04/2025 10:00,61.2,-20.1\n2,Feu,05/04/2025 10:00,61.3,north\n", encoding="utf-8"
    )
    said = ("--column", "kind=What", "--column", "occurred_at=When", "--meaning", "kind=Feu=firing")
    read = ("--read", "dates day first, times in UTC, longitude and latitude exchanged")
    first = run.json("submit", made, "incidents", odd, *said, *read, "--refused", tmp_path / "refused")
    assert isinstance(first, dict)
    assert (first["new"], [of["row"] for of in first["refused"]]) == (1, [2])
    mended = tmp_path / "refused" / "odd-refused.csv"
    mended.write_text(mended.read_text(encoding="utf-8").replace("north", "-20.2"), encoding="utf-8")
    second = run.json("submit", made, "incidents", mended)
    assert isinstance(second, dict)
    assert (second["new"], second["refused"]) == (1, [])
    run("export", made, "incidents", tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert text.count("firing,2025-04-0") == 2
    assert "61.3,-20.2" in text


@pytest.mark.parametrize(
    "wrong",
    [("--column", "what=When"), ("--column", "kind=Nowhere"), ("--meaning", "kind=Feu=bang"), ("--meaning", "what=a=firing")],
)
def test_an_answer_about_what_is_not_there_says_what_is(run: Command, made: Path, rows: Path, wrong: tuple[str, str]) -> None:
    assert "there are: " in run.refused("submit", made, "incidents", rows, *wrong)


def test_a_dry_run_stores_nothing(run: Command, made: Path, rows: Path) -> None:
    told = run.json("submit", made, "incidents", rows, "--dry-run")
    assert isinstance(told, dict)
    assert (told["batch"], told["new"], len(told["refused"])) == (None, 2, 2)
    assert run("submit", made, "incidents", rows, "--dry-run")[1].startswith("Would store: 2 new")
    assert counts(run, made)["incidents"] == 0


def test_where_and_set_reach_the_rows(run: Command, made: Path, rows: Path, tmp_path: Path) -> None:
    told = run.json("submit", made, "incidents", rows, "--where", "id=r1", "--set", "source=a=b", "--set", "party=B")
    assert isinstance(told, dict)
    assert (told["new"], told["refused"]) == (1, [])
    run.json("export", made, "incidents", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["id"], row["source"], row["party"]) for row in csv.DictReader(file)] == [("r1", "a=b", "B")]


def test_undo_takes_a_batch_back_once(run: Command, made: Path, rows: Path) -> None:
    run.json("submit", made, "incidents", rows)
    told = run.json("undo", made, 1, "--reason", "wrong file")
    assert told == {"batch": 2, "new": 0, "changed": 0, "unchanged": 0, "retracted": 2} | QUIET
    assert counts(run, made)["incidents"] == 0
    again = run.json("undo", made, 1, "--reason", "wrong file")
    assert isinstance(again, dict)
    assert (again["batch"], again["retracted"]) == (None, 0)
    restored = run.json("submit", made, "incidents", rows)
    assert isinstance(restored, dict)
    assert restored["new"] == 2


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg", "geojson", "kmz"])
def test_export_writes_what_the_view_holds(run: Command, made: Path, rows: Path, tmp_path: Path, suffix: str) -> None:
    run.json("submit", made, "incidents", rows)
    for name, view, number in (("all", "last=all", 2), ("none", "last=all&kind=shelling", 0)):
        path = tmp_path / f"{name}.{suffix}"
        told = run.json("export", made, "incidents", path, "--view", view)
        assert told == {"file": str(path), "rows": number}
        assert path.stat().st_size > 0
    assert "already exists" in run.refused("export", made, "incidents", tmp_path / f"all.{suffix}")
    assert "is no folder" in run.refused("export", made, "incidents", tmp_path / "nowhere" / f"x.{suffix}")


def test_every_layer_is_listed_once_with_its_geometry(run: Command, made: Path) -> None:
    listed = run.json("layers", made)
    assert isinstance(listed, list)
    assert [(layer["id"], layer["title"], layer["geometry"]) for layer in listed] == [(v.id, v.title, v.geometry) for v in LAYERS]
    assert len(run("layers", made)[1].splitlines()) == len(LAYERS)


def test_a_backup_is_restored_whole(run: Command, made: Path, rows: Path, tmp_path: Path) -> None:
    run.json("submit", made, "incidents", rows)
    verified = run.json("verify", made)
    assert isinstance(verified, dict)
    assert run.json("backup", made, tmp_path / "b.zip") == {"file": str(tmp_path / "b.zip")}
    told = run.json("restore", tmp_path / "b.zip", tmp_path / "again")
    assert told == {"mission": str(tmp_path / "again"), "rows": verified["rows"]}
    assert counts(run, tmp_path / "again") == counts(run, made)
    resubmitted = run.json("submit", tmp_path / "again", "incidents", rows)
    assert isinstance(resubmitted, dict)
    assert (resubmitted["new"], resubmitted["unchanged"]) == (0, 2)
    assert "already exists" in run.refused("backup", made, tmp_path / "b.zip")
    assert "is not empty" in run.refused("restore", tmp_path / "b.zip", made)
    assert "is no folder" in run.refused("backup", made, tmp_path / "nowhere" / "b.zip")


def zipped(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "../").replace("_", "."), data)
    return path


def test_what_is_no_backup_restores_nothing(run: Command, tmp_path: Path) -> None:
    toml, junk = b'title = "T"\n', os.urandom(5000)
    whole = zipped(tmp_path / "whole.zip", mission_toml=toml, record_gpkg=junk)
    data = bytearray(whole.read_bytes())
    data[120:2000] = bytes(1880)
    (tmp_path / "damaged.zip").write_bytes(data)
    (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:-400])
    zipped(tmp_path / "no_toml.zip", record_gpkg=junk)
    zipped(tmp_path / "no_record.zip", mission_toml=toml)
    zipped(tmp_path / "escape.zip", mission_toml=toml, record_gpkg=junk, __evil=junk)
    (tmp_path / "text.zip").write_text("no zip", encoding="utf-8")
    for name in ("whole", "damaged", "cut", "no_toml", "no_record", "escape", "text", "missing"):
        run.refused("restore", tmp_path / f"{name}.zip", tmp_path / "out")
        assert not (tmp_path / "out").exists()
    assert not (tmp_path / "evil").exists()
    run.refused("restore", tmp_path, tmp_path / "out")


def test_verify_fails_on_a_record_someone_changed(run: Command, made: Path, rows: Path) -> None:
    run.json("submit", made, "incidents", rows)
    subprocess.run([sys.executable, "-c", TAMPER, str(made / "record.gpkg")], check=True, timeout=60)
    status, out, _ = run("verify", made, "--json")
    assert status == 1
    assert (json.loads(out)["ok"], json.loads(out)["broken_at"]) == (False, "record 2")


REFUSED = [
    (("layers", "{nowhere}"), "holds no mission.toml; make a mission with: greenline init"),
    (("submit", "{nowhere}", "incidents", "{rows}"), "greenline init"),
    (("verify", "{tmp}"), "holds no mission.toml"),
    (("submit", "{made}", "incidents", "{nowhere}"), "is no file; name a CSV"),
    (("submit", "{made}", "incidents", "{tmp}"), "is no file"),
    (("submit", "{made}", "unicorns", "{rows}"), "unicorns"),
    (("submit", "{made}", "incidents", "{rows}", "--dialect", "x"), "no dialect 'x'; there are: ucdp"),
    (("submit", "{made}", "incidents", "{rows}", "--where", "x=1"), "'x', which is no column"),
    (("submit", "{made}", "incidents", "{rows}", "--set", "x=1"), "'x', which is no field"),
    (("undo", "{made}", "99", "--reason", "x"), "there is no batch 99"),
    (("export", "{made}", "incidents", "{tmp}/x.docx"), "write .csv, .xlsx, .gpkg, .geojson or .kmz"),
    (("export", "{made}", "unicorns", "{tmp}/x.csv"), "unicorns"),
    (("export", "{made}", "incidents", "{tmp}/x.csv", "--view", "last=soon"), "'soon'; write for example last=24h"),
    (("export", "{made}", "incidents", "{tmp}/x.csv", "--view", "colour=red"), "no filter 'colour'"),
    (("layers", "{made}", "--as", "bob"), "no account 'bob'"),
]


@pytest.mark.parametrize(("words", "reason"), REFUSED)
def test_a_refusal_is_one_line_with_what_was_got(
    run: Command, made: Path, rows: Path, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    places = {"nowhere": tmp_path / "nowhere", "made": made, "rows": rows, "tmp": tmp_path}
    asked = [word.format(**places) if "{" in word else word for word in words]
    assert reason in run.refused(*asked)
    assert reason in run.refused(*asked, "--json")
    assert not (tmp_path / "nowhere").exists()
    assert not list(tmp_path.glob("x.*"))


def test_a_marking_the_mission_does_not_know_refuses_the_rows(run: Command, made: Path, rows: Path) -> None:
    told = run.json("submit", made, "incidents", rows, "--set", "marking=COSMIC")
    assert isinstance(told, dict)
    assert {fault["row"] for fault in told["refused"] if fault["field"] == "marking"} == {1, 2, 3}
    assert told["new"] == 0
    assert ", ".join(LEVELS) in told["refused"][-1]["reason"]


def test_a_damaged_record_is_refused_and_left_as_it_is(run: Command, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "mission.toml").write_text('title = "T"\n', encoding="utf-8")
    (folder / "record.gpkg").write_bytes(b"not a database " * 500)
    assert "greenline restore" in run.refused("layers", folder)
    assert (folder / "record.gpkg").read_bytes() == b"not a database " * 500


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("init",),
        ("init", "x", "--bbox", "1", "2", "3"),
        ("init", "x", "--bbox", "a", "b", "c", "d"),
        ("generate", "x"),
        ("generate", "x", "--incidents", "many"),
        ("submit", "x", "incidents", "f", "--where", "nonsense"),
        ("submit", "x", "incidents", "f", "--set", "=v"),
        ("undo", "x", "1"),
        ("undo", "x", "one", "--reason", "r"),
        ("layers", "x", "--unknown"),
    ],
)
def test_wrong_usage_is_status_2_and_touches_nothing(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "usage: greenline" in err
    assert not (tmp_path / "x").exists()


def test_the_same_works_as_a_program_of_its_own(tmp_path: Path) -> None:
    def program(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "layers", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    folder, rows = str(tmp_path / "m"), str(missions.csv_file(tmp_path / "r.csv", [missions.row(1)]))
    assert json.loads(program("init", folder, "--json").stdout) == {"mission": folder}
    assert json.loads(program("submit", folder, "incidents", rows, "--json").stdout)["new"] == 1
    wrong = program("submit", str(tmp_path / "none"), "incidents", rows)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("command", ["submit", "submit --json", "layers", "verify", "refused"])
def test_a_reader_that_goes_away_ends_a_command_quietly(made: Path, rows: Path, command: str, stream: str) -> None:
    name, *options = command.split()
    told = {"submit": ["submit", str(made), "incidents", str(rows)], "refused": ["layers", str(made / "none")]}.get(
        name, [name, str(made)]
    )
    reading, writing = os.pipe()
    os.close(reading)
    other = "stderr" if stream == "stdout" else "stdout"
    ends = {stream: writing, other: subprocess.PIPE}
    program = [sys.executable, "-m", "layers", *told, *options]
    done = subprocess.run(program, cwd=ROOT, text=True, timeout=120, check=False, **ends)  # type: ignore[call-overload]
    os.close(writing)
    assert "Traceback" not in (getattr(done, other) or "")
    assert "Broken" not in (getattr(done, other) or "")
    said_there = (name == "refused") == (stream == "stderr")
    assert done.returncode == (141 if said_there else 1 if name == "refused" else 0)


def test_a_relation_is_answered_with_how_sure_it_is(run: Command, made: Path, tmp_path: Path) -> None:
    zone = [("Polygon", missions.square(61.0, -20.1, 0.2), {"id": "z", "name": "Buffer zone"})]
    assert run("submit", made, "zones", missions.geojson_file(tmp_path / "z.geojson", zone))[0] == 0
    places = {"1": "61.1", "2": "61.2005", "3": "61.2005", "4": "61.9"}
    precision = {"1": "100", "2": "5", "3": "5000", "4": "100"}
    rows = [missions.row(int(n), longitude=at, precision_m=precision[n]) for n, at in places.items()]
    assert run("submit", made, "incidents", missions.csv_file(tmp_path / "i.csv", rows))[0] == 0
    status, out, _ = run("within", made, "--view", "last=all&where=incidents,within,zones,100", "--json")
    said = json.loads(out)
    assert (status, said["words"]) == (0, "Incidents within 100 m of Buffer zone")
    assert [said[name] for name in ("count", "of", "surely", "perhaps", "missed")] == [3, 4, 2, 1, 0]
    assert 2.4 < said["expected"] < 2.6
    assert run("within", made, "--view", "last=all&where=incidents,within,zones,100")[1].startswith(
        "Incidents within 100 m of Buffer zone: 3 of 4\n"
    )
    status, out, err = run("within", made, "--view", "last=all&where=incidents,within,zones,100,nowhere")
    assert (status, out) == (1, "")
    assert "nowhere" in err


def test_signs_that_turn_the_direction_are_written_out(run: Command, made: Path, tmp_path: Path) -> None:
    zone = [("Polygon", missions.square(61, -20, 1), {"id": "z", "name": "Zone \u202egnp.exe\u2066"})]
    assert run("submit", made, "zones", missions.geojson_file(tmp_path / "z.geojson", zone))[0] == 0
    asked = ("within", made, "--view", "last=all&where=sectors,within,zones,100")
    assert run(*asked)[1].startswith("Sectors within 100 m of Zone ⟨U+202E⟩gnp.exe⟨U+2066⟩: 0 of 0\n")
    assert "\u202e" in json.loads(run(*asked, "--json")[1])["words"]
    status, _, err = run("submit", made, "zones", tmp_path / "\u202e\x1b[2J.geojson")
    assert (status, "⟨U+202E⟩⟨U+001B⟩[2J.geojson" in err) == (1, True), err
