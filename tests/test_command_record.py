"""The whole record by the command: checked, copied and restored, and refused where it is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.command import Command, counts

TAMPER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("select name from sqlite_master where type = 'trigger' and tbl_name = 'record'").fetchall():
    db.execute(f'drop trigger "{name}"')
db.execute("update record set marking = 'UNCLASSIFIED' where seq = 2")
db.commit()
"""


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


def test_a_damaged_record_is_refused_and_left_as_it_is(run: Command, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "mission.toml").write_text('title = "T"\n', encoding="utf-8")
    (folder / "record.gpkg").write_bytes(b"not a database " * 500)
    assert "greenline restore" in run.refused("layers", folder)
    assert (folder / "record.gpkg").read_bytes() == b"not a database " * 500
