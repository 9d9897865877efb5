"""The greenline command: what it says, what it makes and exports, and how it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from layers.catalogue import LAYERS
from layers.desk import open_mission
from tests import missions
from tests.command import Command, counts
from tests.conftest import ROOT


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
