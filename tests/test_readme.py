"""What the README tells a reader to type does what it says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def test_it_opens_with_one_picture_one_sentence_and_two_commands() -> None:
    parts = README.split("\n\n")
    assert parts[1].startswith("![")
    assert parts[2].count(".") == 1
    assert COMMANDS[:2] == ["pip install -e . && python app.py", 'pip install -e ".[test]" && pytest -n auto --dist loadfile']


def test_its_pictures_are_there() -> None:
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)|\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / (path[0] or path[1])).is_file()


def ran(line: str, folder: Path, shared: Path) -> str:
    """Run a command of the README with its folders put elsewhere; return what it said."""
    words = [part.replace("/tmp", str(folder)).replace("$DATA", str(shared)) for part in shlex.split(line)]
    done = subprocess.run(
        [sys.executable, "-m", "layers", *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_village_from_above_is_found_by_its_commands(shared: Path, tmp_path: Path) -> None:
    said = [ran(line, tmp_path, shared) for line in COMMANDS if line.startswith("greenline ") and "/tmp/village" in line]
    found = re.search(r"says: (\d+ findings, [\d.]+ ha)\.", README)
    assert found is not None
    assert said[-1].startswith(found[1])


@pytest.mark.shared
def test_the_real_theatre_is_made_by_its_commands(shared: Path, tmp_path: Path) -> None:
    mission = tmp_path / "undof"
    for line in COMMANDS:
        if line.startswith("greenline ") and "/tmp/undof" in line:
            said = ran(line, tmp_path, shared)
            if line.startswith("greenline within"):
                figures = re.findall(r"[0-9][0-9,.]*[0-9]|[0-9]", said.partition(":")[2])
                assert all(figure in README for figure in figures), said
    listed = subprocess.run(
        [sys.executable, "-m", "layers", "layers", str(mission), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    counts = {layer["id"]: layer["count"] for layer in json.loads(listed.stdout)}
    assert counts["zones"] == 1
    assert f"{counts['incidents']:,} events on the map and {16_566 - counts['incidents']} refused" in README
