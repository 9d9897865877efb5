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
from streamlit.testing.v1.element_tree import Selectbox

from layers.catalogue import LAYERS
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
    assert len(shown.selectbox[0].options) == len(LAYERS)
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
    assert "last=24h" in shown.warning[0].value.replace("\\", "")
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
def test_an_odd_file_is_mended_by_clicks_and_of_the_next_one_only_the_order_of_days_is_asked(
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
        here.page.wait_for_selector("text=Times without a zone are read as UTC, as was said")
        assert here.page.get_by_text("value means").count() == 0
        here.page.get_by_role("button", name="Read dates day first").click()
        here.page.get_by_role("button", name="Store 1 row").click()
        here.page.wait_for_selector("text=Stored as batch 2")
        site.command("verify", str(site.folder))
        kinds = site.command("export", str(site.folder), "incidents", str(tmp_path / "out.csv"))
        assert kinds is not None
        text = (tmp_path / "out.csv").read_text(encoding="utf-8")
        assert text.count("shelling,2025-0") == 3
        assert "2025-08-07T10:00:00Z" in text
    context.close()


def uploads(path: Path, *names: str) -> list[tuple[str, bytes, str]]:
    return [(name, path.read_bytes(), "text/csv") for name in names]


def labels(shown: AppTest) -> list[str]:
    return [button.label for button in shown.button]


def test_of_two_files_with_the_same_rows_the_second_is_counted_anew_once_the_first_is_stored(
    mission: Mission, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", [row(1), row(2)])
    shown = page("files").run()
    shown.file_uploader[0].set_value(uploads(path, "one.csv", "two.csv")).run()
    assert labels(shown) == ["Store 2 rows", "Store 2 rows", "Store all: 4 rows of 2 files"]
    shown.button[0].click().run()
    assert labels(shown) == ["Take this batch back", "Nothing to store"]
    assert not shown.exception


def test_several_files_are_stored_at_once_each_as_its_own_batch(mission: Mission, tmp_path: Path) -> None:
    files = [csv_file(tmp_path / f"{n}.csv", [row(n)]) for n in (1, 2)]
    shown = page("files").run()
    shown.file_uploader[0].set_value([uploads(file, file.name)[0] for file in files]).run()
    shown.button[-1].click().run()
    assert [batch.file for batch in mission.store.batches()] == ["1.csv", "2.csv"]
    assert labels(shown) == ["Take this batch back"] * 2


@pytest.mark.chromium
def test_a_file_waits_while_the_page_is_left_until_it_is_put_away(browser: Browser, tmp_path: Path) -> None:
    empty(tmp_path / "mission").close()
    path = csv_file(tmp_path / "a.csv", [row(1)])
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        here.page.goto(f"{site.url}/import")
        here.page.set_input_files("input[type=file]", str(path))
        here.page.get_by_role("button", name="Store 1 row").click()
        here.page.wait_for_selector("text=Stored as batch 1")
        here.page.get_by_role("link", name="Live map").click()
        here.drawn()
        here.page.get_by_role("link", name="Import").click()
        here.page.wait_for_selector("text=From before you left this page")
        here.settled()
        assert "Stored as batch 1" in (here.page.text_content(".stApp") or "")
        assert here.page.get_by_role("button", name="Take this batch back").count() == 1
        here.page.set_input_files("input[type=file]", str(csv_file(tmp_path / "b.csv", [row(2)])))
        here.page.get_by_role("button", name="Store 1 row").wait_for()
        here.settled()
        here.page.get_by_role("button", name="Put this file away").click()
        here.page.wait_for_selector("text=Stored as batch 1", state="detached")
        assert here.page.get_by_role("button", name="Store 1 row").count() == 1
    context.close()


def test_a_file_taken_off_the_list_is_gone_from_the_page(mission: Mission, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [row(1)])
    shown = page("files").run()
    shown.file_uploader[0].set_value(uploads(path, "a.csv")).run()
    assert labels(shown) == ["Store 1 row"]
    shown.file_uploader[0].set_value([]).run()
    assert (labels(shown), shown.session_state.files) == ([], {})


@pytest.mark.parametrize("name", ["a." + "b" * 247 + ".csv", "c" * 250 + ".csv.gz", "..csv", "d/../../e.csv"])
def test_no_name_of_a_file_breaks_the_page(mission: Mission, tmp_path: Path, name: str) -> None:
    shown = page("files").run()
    shown.file_uploader[0].set_value(uploads(csv_file(tmp_path / "a.csv", [row(1)]), name)).run()
    assert not shown.exception
    shown.button[0].click().run()
    assert not shown.exception
    assert labels(shown) == ["Take this batch back"]


def test_answers_are_shown_changed_and_taken_back(mission: Mission, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ODD.replace("Shelling", "Feu"), encoding="utf-8")
    shown = page("files").run()
    shown.file_uploader[0].set_value(uploads(tmp_path / "a.csv", "a.csv")).run()
    assert "Read dates day first" in labels(shown)[0]
    select(shown, "Dates that may be two days").select("Month first").run()
    select(shown, "Times without a zone").select("UTC").run()
    select(shown, "Meaning of value 2").select("Shelling").run()
    assert "read month first, as was said" in shown.info[0].value.replace("\\", "")
    expanders = [of.label for of in shown.expander]
    assert "How the values are read: 1 that means something of ours" in expanders
    assert "How it is written: 2 answers by hand" in expanders
    select(shown, "Dates that may be two days").select("Refused").run()
    assert "Read dates day first" in labels(shown)[0]
    assert "How it is written: 1 answer by hand" in [of.label for of in shown.expander]


def select(shown: AppTest, label: str) -> Selectbox:
    return next(of for of in shown.selectbox if of.label == label)
