"""Files by the command: what became of every row, how a file is read as it is told, and a batch taken back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from layers.config import LEVELS
from tests import missions
from tests.command import Command, counts

#: What a Receipt says where nothing was refused or remarked.
QUIET = {"refused": [], "remarks": [], "remarked": 0, "said": [], "asked": {}}


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


def test_a_marking_the_mission_does_not_know_refuses_the_rows(run: Command, made: Path, rows: Path) -> None:
    told = run.json("submit", made, "incidents", rows, "--set", "marking=COSMIC")
    assert isinstance(told, dict)
    assert {fault["row"] for fault in told["refused"] if fault["field"] == "marking"} == {1, 2, 3}
    assert told["new"] == 0
    assert ", ".join(LEVELS) in told["refused"][-1]["reason"]
