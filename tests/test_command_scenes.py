"""Scenes by the command: added, listed and compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layers import __main__ as command
from tests.missions import empty
from tests.rasters import BANDS, pair


def test_the_command_adds_lists_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty(tmp_path / "m").close()
    first, second = pair(tmp_path)
    common = ["--sensor", "sentinel2", "--bands", " ".join(BANDS), "--scale", "1e-4", "--offset", "0"]
    digests = []
    for path, when in ((first, "010800Z DEC 25"), (second, "2025-12-31T08:00Z")):
        assert command.main(["scene", str(tmp_path / "m"), "add", str(path), "--acquired", when, *common]) == 0
        told = capsys.readouterr()
        digests.append(told.out.split()[2].rstrip(","))
        lines = told.err.splitlines()
        assert len(set(lines)) == len(lines) > 0
        assert all(line.removeprefix("greenline:").strip() for line in lines)
    assert command.main(["scene", str(tmp_path / "m"), "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == digests[::-1]
    run = ["scene", str(tmp_path / "m"), "change", digests[0][:6], digests[1], "--method", "dnbr"]
    assert command.main([*run, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["count"] == told["findings"]["new"] >= 1
    assert command.main(run) == 0
    assert f"{told['count']} finding" in capsys.readouterr().out
    assert command.main([*run, "--least-area", "1e9"]) == 0
    assert "of the run before, not decided on," in capsys.readouterr().out
    assert command.main([*run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["taken_back"] == 0
    assert command.main(["scene", str(tmp_path / "m"), "change", "nothing", digests[1], "--method", "dnbr"]) == 1
    assert "no scene is called" in capsys.readouterr().err
    assert command.main(["scene", str(tmp_path / "m"), "add", str(first), *common]) == 1
    told = capsys.readouterr().err
    assert "when it was taken" in told
    bands = " ".join(BANDS)
    assert f'add FILE --bands "{bands}" --sensor sentinel2 --scale 0.0001 --offset 0.0 --acquired TIME' in told
