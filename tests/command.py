"""The command line for tests: run as a user would, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layers.__main__ import main

Told = tuple[int, str, str]


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


def counts(run: Command, folder: Path) -> dict[str, int]:
    listed = run.json("layers", folder)
    assert isinstance(listed, list)
    return {layer["id"]: layer["count"] for layer in listed}
