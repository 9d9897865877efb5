"""How a sheet is asked for, on the page and by command: what is kept, what is chosen for whoever says nothing, what is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from layers.briefing.frame import NoGround, framed
from layers.briefing.picture import Rect
from layers.desk import Brief, Mission
from layers.errors import Unwritable
from layers.model import parse
from layers.serve import serve
from tests import missions
from tests.command import Command
from tests.missions import ALL
from tests.site import ROOT


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    yield made
    made.close()


def words(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_what_was_typed_is_there_again_after_another_part_and_a_slide_is_a_slide(mission: Mission) -> None:
    serve(mission)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    page.query_params["v"] = "last=all"
    page.run()
    typed = {"brief-title": "Morning", "brief-unit": "JOC", "brief-to": "Force Commander"}
    for key, text in typed.items():
        page.text_input(key=key).input(text)
    page.run()
    for part in ("Register", "Reports", "Sheet"):
        page.segmented_control(key="leaf").set_value(part)
        page.run()
        assert not page.exception
    assert {key: page.text_input(key=key).value for key in typed} == typed
    assert page.selectbox(key="brief-size").value == "A4"
    page.selectbox(key="brief-form").select("pptx")
    page.run()
    assert page.selectbox(key="brief-size").value == "16:9"
    page.selectbox(key="brief-size").select("A3")
    page.run()
    page.selectbox(key="brief-form").select("pdf")
    page.run()
    assert page.selectbox(key="brief-size").value == "A3", "somebody chose it"


def test_a_slide_by_command_is_as_wide_as_a_slide(mission: Mission, tmp_path: Path, run: Command) -> None:
    for options, size in (((), "16:9"), (("--size", "A4"), "A4")):
        assert run("brief", tmp_path / "m", "--view", "last=all", *options, "--out", tmp_path / f"{len(options)}.pptx")[0] == 0
        assert mission.desk().register()[0].job.size == size


def test_a_full_disk_says_which_number_was_taken_and_how_to_get_the_file(
    mission: Mission, tmp_path: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _body: bytes) -> None:
        raise Unwritable(f"{path} cannot be written: No space left on device; choose another folder")

    with monkeypatch.context() as disk:
        disk.setattr("layers.commands.brief.laid", full)
        said = run.refused("brief", tmp_path / "m", "--view", "last=all", "--out", tmp_path / "x.pdf")
    assert "sheet 0001, Incidents, is issued but has no file" in said
    assert "greenline brief DIR --repeat 0001 --out FILE" in said
    assert run("brief", tmp_path / "m", "--repeat", "0001", "--out", tmp_path / "x.pdf")[0] == 0


@pytest.mark.parametrize("number", ["-1", "0", "x"])
def test_a_number_that_is_none_is_refused_as_usage(mission: Mission, tmp_path: Path, run: Command, number: str) -> None:
    status, _, err = run("brief", tmp_path / "m", f"--repeat={number}", "--out", tmp_path / "x.pdf")
    assert status == 2
    assert "is no number of a sheet" in err


def test_an_edge_that_is_no_number_is_said(mission: Mission, tmp_path: Path, run: Command) -> None:
    asked = ("brief", tmp_path / "m", "--view", "last=all", "--frame", "60", "nan", "61", "-20", "--out", tmp_path / "x.pdf")
    assert "--frame names nan, which is no number" in run.refused(*asked)
    assert mission.desk().register() == []


def test_a_sheet_of_an_empty_record_says_that_nothing_is_audited(mission: Mission) -> None:
    assert "audit: nothing yet" in words(mission.desk().issue(ALL, Brief(), "pdf").body)


def test_as_many_as_before_is_said_in_words(mission: Mission, tmp_path: Path) -> None:
    rows = [missions.row(n, occurred_at=f"2026-01-01T1{n}:30:00Z", reported_at="") for n in (0, 1)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "a.csv", rows))
    since = parse("from=2026-01-01T11:00Z")
    assert "1 incident, the same as on the period before" in words(
        mission.desk().issue(since, Brief(since=since.start), "pdf").body
    )


def test_the_map_and_the_sheet_know_the_same_scales() -> None:
    client = (ROOT / "layers" / "render" / "client" / "brief.js").read_text(encoding="utf-8")
    largest, smallest = (float(one) for one in re.search(r"\[LARGEST, SMALLEST\] = \[(.*?), (.*?)\]", client).groups())  # type: ignore[union-attr]
    for scale in (largest, smallest):
        assert framed((61, -20, 61.1, -19.9), Rect(0, 0, 200, 150), scale).scale == scale
    for scale in (largest - 1, smallest + 1):
        with pytest.raises(NoGround, match=f"from 1:{largest:,.0f} to 1:{smallest:,.0f}"):
            framed((61, -20, 61.1, -19.9), Rect(0, 0, 200, 150), scale)
