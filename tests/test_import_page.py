"""Import: a file is dropped, looked at, stored, seen on the map, and taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.serve import serve
from layers.store import embedded
from tests.missions import csv_file, empty, row
from tests.site import ROOT, WIDE, serving, tab


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def page(name: str) -> AppTest:
    return AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30)


def bands(shown: AppTest) -> list[str]:
    return [element.body for element in shown.get("html") if "gl-band" in str(element.body)]


def test_an_empty_import_page_says_what_to_do(mission: Mission) -> None:
    shown = page("files").run()
    assert not shown.exception
    assert "Drop a file above" in shown.info[0].value
    assert shown.selectbox[0].value == "incidents"
    assert len(shown.selectbox[0].options) == 8
    assert [body.count("EXERCISE · UNCLASSIFIED · EXERCISE") for body in bands(shown)] == [1, 1]


@pytest.mark.parametrize("name", ["files", "live"])
def test_a_page_keeps_the_view_it_is_asked_for(mission: Mission, name: str) -> None:
    shown = page(name)
    shown.query_params["v"] = "kind=shelling&last=7d"
    shown.run()
    assert not shown.exception
    assert shown.session_state.view == "last=7d&kind=shelling"
    written = ["last=7d&kind=shelling"] if name == "files" else ["kind=shelling&last=7d"]
    assert list(np.atleast_1d(shown.query_params["v"])) == written, "on the live map the frame writes the address"


def test_a_view_that_cannot_be_read_is_said_and_the_usual_one_is_shown(mission: Mission) -> None:
    shown = page("live")
    shown.query_params["v"] = "last=never"
    shown.run()
    assert "last=24h" in shown.warning[0].value
    assert shown.session_state.view == "last=24h"


def test_both_bands_name_the_highest_marking_of_the_view(mission: Mission, tmp_path: Path) -> None:
    mission.desk().submit("incidents", csv_file(tmp_path / "a.csv", [row(1), row(2, marking="CONFIDENTIAL")]))
    for name in ("live", "files"):
        assert [body.count("EXERCISE · CONFIDENTIAL · EXERCISE") for body in bands(page(name).run())] == [1, 1]


def test_a_batch_that_cannot_be_taken_back_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_WAIT_S", 0.05)
    mission = empty(tmp_path / "mission")
    serve(mission)
    shown = page("files").run()
    shown.file_uploader[0].set_value(("a.csv", csv_file(tmp_path / "a.csv", [row(1)]).read_bytes(), "text/csv")).run()
    shown.button[0].click().run()
    shown.text_input[0].set_value("wrong file").run()
    with closing(sqlite3.connect(next(mission.folder.glob("*.gpkg")))) as other:
        other.execute("begin immediate")
        shown.button[0].click().run()
    assert not shown.exception
    assert "Batch 1 still stands" in shown.error[0].value
    assert "another program has been writing" in shown.error[0].value
    shown.button[0].click().run()
    assert "is taken back" in shown.success[0].value
    mission.close()


@pytest.mark.chromium
def test_a_file_is_checked_stored_seen_and_taken_back(browser: Browser, tmp_path: Path) -> None:
    empty(tmp_path / "mission").close()
    rows = [row(n) for n in range(1, 41)] + [row(41, latitude="99"), row(42, occurred_at="soon")]
    file = csv_file(tmp_path / "reports.csv", rows)
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        here.page.goto(f"{site.url}/import")
        here.page.set_input_files("input[type=file]", str(file))
        here.page.wait_for_selector("text=Refused rows, 2")
        assert "Nothing is stored yet" in (here.page.text_content(".stApp") or "")
        here.page.get_by_role("button", name="Store 40 rows").click()
        here.page.wait_for_selector("text=Stored as batch 1")
        other = tab(context).open(f"{site.url}/?v=last%3Dall")
        assert other.count == 40
        here.page.get_by_label("Reason, if you take it back").fill("wrong file")
        here.page.get_by_label("Reason, if you take it back").press("Enter")
        here.page.get_by_role("button", name="Take this batch back").click()
        here.page.wait_for_selector("text=is taken back")
        other.until("document.querySelector('#gl-count b').textContent === '0'")
        site.command("verify", str(site.folder))
    context.close()


ODD = """Ref;Date;Time;Lat;Lon;Incident type;Narrative
1;03/04/2025;07:15;-20,5;61,25;Shelling;Six rounds
2;05/04/2025;08:15;-20,4;61,35;Boom ![x](http://example.org/a.png);One bang
3;05/06/2025;09:15;-20,1;61,4;Firing;<b>Shots</b>
"""


@pytest.mark.chromium
def test_an_odd_file_is_mended_by_clicks_its_values_are_asked_and_the_next_one_is_read_alike(
    browser: Browser, tmp_path: Path
) -> None:
    empty(tmp_path / "mission").close()
    file = tmp_path / "odd.csv"
    file.write_text(ODD, encoding="utf-8")
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        here.page.goto(f"{site.url}/import")
        here.page.set_input_files("input[type=file]", str(file))
        here.page.wait_for_selector("text=Refused rows, 3")
        here.page.get_by_role("button", name="Read dates day first").click()
        here.page.get_by_role("button", name="Read times without a zone as UTC").click()
        here.page.wait_for_selector("text=Refused rows", state="detached")
        here.settled()
        meaning = here.page.get_by_label("Meaning of value 1")
        meaning.fill("Shelling")
        meaning.press("Enter")
        here.page.wait_for_selector("text=say what 1 value means", state="detached")
        assert here.page.locator("img[src*='example.org']").count() == 0
        here.page.get_by_role("button", name="Store 3 rows").click()
        here.page.wait_for_selector("text=Stored as batch 1")
        file.write_text(ODD + "4;07/08/2025;10:00;-20,2;61,2;Boom ![x](http://example.org/a.png);Again\n", encoding="utf-8")
        here.page.reload()
        here.page.set_input_files("input[type=file]", str(file))
        here.page.get_by_role("button", name="Store 1 row").click()
        here.page.wait_for_selector("text=Stored as batch 2")
        site.command("verify", str(site.folder))
        kinds = site.command("export", str(site.folder), "incidents", str(tmp_path / "out.csv"))
        assert kinds is not None
        text = (tmp_path / "out.csv").read_text(encoding="utf-8")
        assert text.count("shelling,2025-0") == 3
        assert "2025-08-07T10:00:00Z" in text
    context.close()
