"""An exported file on its way: whole or not there at all, never over another, made when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.errors import Unwritable
from layers.model import parse
from layers.serve import serve
from tests import risky
from tests.exported import SUFFIXES
from tests.missions import ALL
from tests.risky import TEXTS
from tests.site import ROOT


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    with risky.filled(tmp_path_factory.mktemp("filled")) as made:
        yield made


def test_an_export_leaves_its_line_in_the_audit(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("zones", tmp_path / "z.kmz", parse("last=7d&known=2026-01-01T12:00Z"))
    *_, line = filled.store.audit_rows()
    told = json.loads(line.body)
    assert (line.who, line.act, line.ref) == ("owner", "export", "zones")
    assert told == {
        "file": "z.kmz",
        "rows": 2,
        "view": "last=7d&known=2026-01-01T12:00:00Z",
        "marking": "CONFIDENTIAL",
        "version": filled.store.version(),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_there_is_left_as_it_is(filled: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_bytes(b"mine")
    with pytest.raises(Unwritable, match="already exists"):
        filled.desk().export("incidents", path, ALL)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_appears_meanwhile_is_not_written_over_and_nothing_is_left_behind(
    filled: Mission, tmp_path: Path, suffix: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"out.{suffix}"
    with pytest.raises(Unwritable, match="already exists"):
        filled.desk().export("incidents", path, ALL, progress=lambda _: path.write_bytes(b"mine") and None)
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [(path.name, b"mine")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_writing_that_fails_leaves_nothing_behind(filled: Mission, tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.desk().export("incidents", folder / f"out.{suffix}", ALL, progress=stop)
    assert list(folder.iterdir()) == []


def test_the_page_makes_a_file_only_when_it_is_asked_and_says_what_it_holds(filled: Mission) -> None:
    serve(filled)
    page = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    page.query_params["v"], page.query_params["part"] = "last=all", "Record"
    lines = len(list(filled.store.audit_rows()))
    shown = page.run()
    assert not shown.exception
    assert len(list(filled.store.audit_rows())) == lines
    assert "28 records of this layer in the view: The whole record." in [
        caption.value.replace("\\", "") for caption in shown.caption
    ]
    next(button for button in shown.button if button.label == "Make file").click()
    shown = page.run()
    assert not shown.exception
    assert any(caption.value.startswith(f"{len(TEXTS)} rows · UNCLASSIFIED · ") for caption in shown.caption)
    assert shown.get("download_button")
    shown.selectbox(key="form").select("xlsx")
    shown = page.run()
    assert not shown.get("download_button"), "another question, another file"
    assert len(list(filled.store.audit_rows())) == lines + 1
