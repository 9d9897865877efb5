"""Import's part Record, its batches: found again among thousands, and taken back whatever comes in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.serve import serve
from tests.missions import ALL, csv_file, empty, row
from tests.site import NARROW, ROOT, WIDE, serving, tab


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def page() -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    shown.query_params["v"] = "last=all"
    shown.session_state["part"], shown.session_state["section"] = "Record", "Batches"
    return shown.run()


def brought(mission: Mission, folder: Path, count: int) -> None:
    """Bring an import of two rows, and after it so many reports of one row each."""
    mission.desk().submit("incidents", csv_file(folder / "UCDP March.csv", [row(1), row(2)]))
    for n in range(count):
        mission.desk().submit("incidents", csv_file(folder / "live.csv", [row(100 + n)]))


def button(shown: AppTest, label: str) -> object:
    return next(one for one in shown.button if one.label == label)


def taken_back(shown: AppTest, reason: str) -> AppTest:
    shown.text_input(key="why-undo").set_value(reason)
    return button(shown, "Take it back").click().run()  # type: ignore[attr-defined,no-any-return]


def html(shown: AppTest) -> str:
    return " ".join(str(one.body) for one in shown.get("html"))


def test_batches_are_listed_newest_first_and_one_must_be_chosen_to_take_it_back(mission: Mission, tmp_path: Path) -> None:
    assert "Nothing is stored yet" in page().info[0].value
    brought(mission, tmp_path, 1)
    shown = page()
    assert not shown.exception
    table = shown.dataframe[0].value
    assert (table["Batch"].tolist(), table["Act"].tolist(), table["New"].tolist()) == (["2", "1"], ["Import"] * 2, ["1", "2"])
    assert button(shown, "Take it back").disabled  # type: ignore[attr-defined]


def test_an_import_is_found_among_many_live_reports_by_page_and_by_search(mission: Mission, tmp_path: Path) -> None:
    brought(mission, tmp_path, 60)
    shown = page()
    assert "**61** batches" in " ".join(one.value for one in shown.markdown)
    assert len(shown.dataframe[0].value) == 50
    shown = button(shown, "Next").click().run()  # type: ignore[attr-defined]
    assert shown.dataframe[0].value["File"].tolist()[-1] == "UCDP March.csv"
    for words in ("ucdp", "1", "owner MARCH"):
        shown = shown.text_input(key="words-batches").set_value(words).run()
        assert not shown.exception
        assert shown.dataframe[0].value["Batch"].tolist()[-1] == "1", words
    assert "Try a part of the file" in shown.text_input(key="words-batches").set_value("no such").run().info[0].value


def test_what_was_chosen_is_taken_back_though_reports_came_in_since(mission: Mission, tmp_path: Path) -> None:
    brought(mission, tmp_path, 0)
    shown = page()
    shown.session_state["batch"] = mission.desk().batches()["batches"][0]  # type: ignore[index]
    shown = shown.run()
    mission.desk().submit("incidents", csv_file(tmp_path / "live.csv", [row(9)]))
    shown = taken_back(shown, " ")
    assert "No reason is given" in html(shown)
    mission.desk().submit("incidents", csv_file(tmp_path / "live.csv", [row(10)]))
    shown = taken_back(shown, "wrong file")
    assert not shown.exception
    assert "Batch 1 is taken back, 2 records. Nothing was deleted" in html(shown)
    assert mission.desk().table(ALL, "incidents")["count"] == 2
    shown.session_state["batch"] = mission.desk().batches("ucdp")["batches"][0]  # type: ignore[index]
    shown = taken_back(shown.run(), "again")
    assert "Nothing is changed: all that batch 1 did has been decided on since, by batch 4; take that back first." in html(shown)


@pytest.mark.chromium
def test_in_a_browser_a_batch_is_taken_back_though_reports_came_in_since_it_was_chosen(browser: Browser, tmp_path: Path) -> None:
    made = empty(tmp_path / "mission")
    brought(made, tmp_path, 0)
    made.close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        here.page.goto(f"{site.url}/import?v=last%3Dall&part=Record&section=Batches")
        here.page.wait_for_selector("[data-testid=stDataFrame] canvas")
        here.settled()
        box = here.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
        assert box is not None
        here.page.mouse.click(box["x"] + 16, box["y"] + 51)
        here.page.wait_for_selector("text=Batch 1 · Import · UCDP March.csv")
        site.submit(csv_file(tmp_path / "live.csv", [row(7)]))
        here.page.get_by_label("Reason", exact=True).fill("wrong file")
        here.page.get_by_role("button", name="Take it back").click()
        here.page.wait_for_selector("text=Batch 1 is taken back, 2 records.")
    context.close()


@pytest.mark.chromium
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("section", ["Records", "Likely+duplicates", "Batches"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_lower_band_stands_at_the_foot_of_a_short_page(
    browser: Browser, site_of_one: str, size: tuple[int, int], section: str, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    here = tab(context)
    here.page.goto(f"{site_of_one}/import?v=last%3Dall&part=Record&section={section}")
    here.page.wait_for_selector(".st-key-record")
    here.settled()
    bands = "[...document.querySelectorAll('.gl-band')].map((band) => band.getBoundingClientRect().bottom)"
    here.soon(lambda: len(here.page.evaluate(bands)) == 2)
    here.soon(lambda: abs(here.page.evaluate(bands)[1] - size[1]) < 1)
    context.close()


@pytest.fixture(scope="module")
def site_of_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("one")
    made = empty(folder / "mission")
    brought(made, folder, 0)
    made.close()
    with serving(folder / "mission") as site:
        yield site.url
