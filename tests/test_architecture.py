"""Imports run down. This file is the law."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = (
    {"errors", "ceiling"},
    {"config", "model"},
    {"notation", "spatial", "imagery", "access", "audit"},
    {"analysis", "ingest", "store", "index", "render"},
    {"catalogue", "briefing", "exercise"},
    {"desk"},
    {"feed", "inbox", "commands"},
    {"serve", "__main__"},
    {"pages"},
    {"app"},
)
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
FILES = sorted([*ROOT.glob("layers/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])
ONLY = {
    "streamlit": {"pages", "app"},
    "streamlit_folium": {"pages"},
    "folium": {"render"},
    "rasterio": {"imagery"},
    "sqlite3": {"store"},
    "starlette": {"serve", "app"},
    "uvicorn": {"app"},
}
PAGES_MAY = {"streamlit", "streamlit_folium", "layers", "pages"}


def home(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "layers" and len(parts) > 1 else parts[0]


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports in full"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_down(path: Path) -> None:
    mine = home(path)
    if mine == "__init__":
        return
    for name in imports(path):
        parts = name.split(".")
        theirs = parts[1] if parts[0] == "layers" and len(parts) > 1 else parts[0]
        if theirs in FLOOR and theirs != mine:
            assert FLOOR[theirs] < FLOOR[mine], f"{path.name} imports {name}, which is not below it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_tool_has_one_home(path: Path) -> None:
    mine = home(path)
    for name in imports(path):
        top = name.split(".")[0]
        assert mine in ONLY.get(top, {mine}), f"{path.name} may not import {top}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("pages/*.py")), ids=lambda path: path.name)
def test_pages_stay_thin(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports(path)} - PAGES_MAY
    installed = {name for name in outside if name in {"geopandas", "folium", "rasterio", "numpy", "pandas", "shapely", "app"}}
    assert not installed
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 90


def test_only_config_reads_the_environment() -> None:
    readers = [
        path for path in FILES if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8")) and home(path) != "config"
    ]
    assert readers == []


def test_no_file_is_too_long() -> None:
    long = {str(path): lines for path in FILES if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}


def test_floors_are_all_different() -> None:
    assert all(not low & high for low, high in pairwise(FLOORS))


def test_the_server_holds_nothing_that_draws_paper() -> None:
    heavy = ("matplotlib", "pptx", "docx", "pypdf")
    asked = f"import sys, layers.serve, layers.commands.brief; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
