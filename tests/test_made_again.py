"""What is made again is held against what was issued: where it differs that is said, with what changed and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from layers.briefing.forms import Form, ReportForm
from layers.desk import Brief, Draft, Mission, basemap, open_mission
from layers.desk.beside import beside, changed, compared
from layers.desk.issued import Entry, File
from layers.model import parse
from layers.serve import serve
from tests.command import Command
from tests.missions import ALL, NOW, csv_file, empty, geojson_file, row
from tests.site import ROOT

MISSION, BASE = "the mission's configuration", "the base layers"
AT = "011200Z JAN 26"


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m")
    made.desk().submit("incidents", csv_file(tmp_path / "rows.csv", [row(n) for n in range(3)]))
    yield made
    made.close()


def renamed(mission: Mission, title: str = "Other mission") -> Mission:
    """Give a mission another title in its file, and open it anew."""
    mission.close()
    path = mission.folder / "mission.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(mission.configuration.title, title), encoding="utf-8")
    return open_mission(mission.folder, clock=lambda: NOW)


def roads(mission: Mission, south: float = -20.0) -> None:
    """Lay a road of the mission's own under its maps."""
    (mission.folder / "basemap").mkdir(exist_ok=True)
    line: list[object] = [[60.5, south], [62.5, south]]
    geojson_file(mission.folder / "basemap" / "roads.geojson", [("LineString", line, {"name": "Main road"})])


@pytest.mark.parametrize("form", get_args(Form))
def test_a_sheet_made_again_under_another_configuration_says_that_it_differs(mission: Mission, form: Form) -> None:
    issued = mission.desk().issue(ALL, Brief(), form)
    same = mission.desk().repeated(1, form)
    assert (same.same, same.changed, same.body) == (True, (), issued.body)
    assert same.compared == f"It is the same, byte for byte, as what was issued on {AT}."
    again = renamed(mission)
    other = again.desk().repeated(1, form)
    assert (other.same, other.changed) == (False, (MISSION,))
    assert other.body != issued.body
    assert other.compared == (
        f"It differs from what was issued on {AT}: the mission's configuration changed since. Hand out the {form.upper()} of that "
        "time if you still have it, or issue the view anew, under a number of its own."
    )
    assert again.desk().repeated(1, form).same is False, "it is held against what was issued, not against the last one"
    [entry] = again.desk().register()
    assert entry.again == {form: False}
    back = renamed(again, mission.configuration.title)
    assert (found := back.desk().repeated(1, form)).same
    assert found.body == issued.body
    back.close()


@pytest.mark.parametrize("form", get_args(ReportForm))
def test_a_report_made_again_under_another_configuration_says_that_it_differs(mission: Mission, form: ReportForm) -> None:
    (issued,) = mission.desk().issue_report(ALL, Draft("sitrep"), (form,))
    same = mission.desk().repeated(1, form)
    assert (same.same, same.body) == (True, issued.body)
    again = renamed(mission)
    assert ((other := again.desk().repeated(1, form)).same, other.changed) == (False, (MISSION,))
    again.close()


def test_base_layers_that_changed_are_named(mission: Mission) -> None:
    roads(mission)
    mission.desk().issue(ALL, Brief(), "png")
    assert mission.desk().repeated(1, "png").same
    roads(mission, south=-20.5)
    other = mission.desk().repeated(1, "png")
    assert (other.same, other.changed) == (False, (BASE,))
    (mission.folder / "basemap" / "roads.geojson").unlink()
    both = renamed(mission)
    other = both.desk().repeated(1, "png")
    assert other.changed == (MISSION, BASE)
    assert "the mission's configuration and the base layers changed since" in other.compared
    both.close()


def test_the_first_of_a_form_has_nothing_to_be_compared_with(mission: Mission) -> None:
    issued = mission.desk().issue(ALL, Brief(), "html")
    assert issued.same is None
    first = mission.desk().repeated(1, "png")
    assert first.same is None
    assert first.compared == "It is the first PNG of number 0001, so there is none to compare it with."
    assert mission.desk().repeated(1, "png").same
    again = renamed(mission)
    assert again.desk().repeated(1, "pdf").compared == (
        "It is the first PDF of number 0001, so there is none to compare it with. Since the number was taken, "
        "the mission's configuration changed: it may look otherwise than the other forms."
    )
    again.close()


def test_what_no_sheet_tells_is_no_change(mission: Mission) -> None:
    then = beside(mission)
    config = mission.configuration
    mission.configuration = replace(config, watch_hours=(7, 19), letterhead=replace(config.letterhead, unit="JOC"))
    assert changed(mission, then) == ()
    mission.configuration = replace(config, timezone="Asia/Beirut")
    assert changed(mission, then) == (MISSION,)
    assert changed(mission, "") is None
    other = basemap.digest(mission.folder)
    roads(mission)
    assert basemap.digest(mission.folder) != other


def test_of_numbers_that_were_taken_before_this_was_kept_every_reason_is_named(mission: Mission) -> None:
    entry = mission.desk().issue(ALL, Brief(), "html").entry
    other = replace(entry.files[0], digest="0" * 64, at=datetime(2026, 2, 1, tzinfo=UTC))
    found = Entry(entry.number, entry.who, entry.job, (*entry.files, other))
    assert "the mission's configuration, its base layers, a raster or the program changed since" in compared(found, None)
    assert "neither the mission's configuration nor its base layers did, so a raster or the program changed" in compared(
        found, ()
    )
    again = File("html", other.at, other.size, entry.files[0].digest)
    assert (
        compared(replace(found, files=(*entry.files, again)), None)
        == f"It is the same, byte for byte, as what was issued on {AT}."
    )


def test_the_command_tells_of_it(mission: Mission, tmp_path: Path, run: Command) -> None:
    words = ("brief", mission.folder, "--repeat", 1, "--out")
    mission.desk().issue(parse("last=24h"), Brief(), "html")
    told = run.json(*words, tmp_path / "a.html")
    assert isinstance(told, dict)
    assert (told["same"], told["changed"]) == (True, [])
    again = renamed(mission)
    told = run.json(*words, tmp_path / "b.html")
    assert isinstance(told, dict)
    assert (told["same"], told["changed"]) == (False, [MISSION])
    status, out, _ = run(*words, tmp_path / "c.html")
    assert status == 0
    assert f"It differs from what was issued on {AT}: the mission's configuration changed since." in out
    assert "The same again" not in out
    told = run.json(*words, tmp_path / "d.png")
    assert isinstance(told, dict)
    assert told["same"] is None
    again.close()


def said(shown: AppTest) -> str:
    return " ".join(str(one.body) for one in shown.get("html"))


def test_the_register_shows_what_was_made_again_otherwise(mission: Mission) -> None:
    for form in ("html", "html", "png"):
        mission.desk().issue(ALL, Brief(), form)  # type: ignore[arg-type]
    mission.desk().repeated(2, "html")
    again = renamed(mission)
    serve(again)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    page.session_state["leaf"] = "Register"
    shown = page.run()
    shown.selectbox(key="again").select(1)
    shown = page.run()
    shown.selectbox(key="again-form-1").select("html")
    shown = page.run()
    next(button for button in shown.button if button.label == "Download again").click()
    shown = page.run()
    assert not shown.exception
    assert any("It differs from what was issued on" in one.value for one in shown.warning)
    [table] = shown.dataframe
    assert table.value["Number"].tolist() == ["0003", "0002", "0001"]
    assert "Otherwise: HTML" in said(shown)
    shown.selectbox(key="again").select(2)
    assert "The same, byte for byte" in said(page.run())
    again.close()
