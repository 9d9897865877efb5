"""Import's part Record: the view as a table, in the script alone and before a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from layers.desk import Edit, Mission
from layers.serve import serve
from tests.missions import NOW, csv_file, empty, row
from tests.site import NARROW, ROOT, WIDE, serving, tab
from tests.test_crossed import observation


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, count: int = 120) -> Mission:
    rows = [row(n, source=("patrol", "camera")[n % 2], place="Mill" if n % 3 else "Bridge") for n in range(1, count + 1)]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    return mission


def page(view: str = "last=all") -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    shown.query_params["v"] = view
    shown.session_state["part"] = "Record"
    return shown


def said(shown: AppTest) -> str:
    return " ".join(element.value for element in shown.markdown)


def bands(shown: AppTest) -> list[str]:
    return [element.body for element in shown.get("html") if "gl-band" in str(element.body)]


def button(shown: AppTest, label: str) -> object:
    return next(one for one in shown.button if one.label == label)


def test_an_empty_record_says_what_to_do_between_its_bands(mission: Mission) -> None:
    shown = page().run()
    assert not shown.exception
    assert "Choose a longer span" in shown.info[0].value
    assert [body.count("EXERCISE · UNCLASSIFIED · EXERCISE") for body in bands(shown)] == [1, 1]


def test_a_page_is_fifty_rows_of_words_and_the_next_one_follows(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page().run()
    assert not shown.exception
    table = shown.dataframe[0].value
    assert len(table) == 50
    assert list(table.columns)[:4] == ["Occurred", "Kind", "Place", "Party"]
    assert set(table["Party"]) == {"Party A"}
    assert "**120** records in the view" in said(shown)
    assert "Page 1 of 3" in said(shown)
    shown = button(shown, "Next").click().run()  # type: ignore[attr-defined]
    assert "Page 2 of 3" in said(shown)
    assert not set(shown.dataframe[0].value["Source id"]) & set(table["Source id"])


def test_a_search_tells_how_many_of_how_many_and_begins_at_the_first_page(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = button(page().run(), "Next").click().run()  # type: ignore[attr-defined]
    shown = shown.text_input(key="words").set_value("BRIDGE camera").run()
    assert not shown.exception
    assert "**20 of 120** records" in said(shown)
    assert "Page 1 of 1" in said(shown)
    assert "Try fewer words" in shown.text_input(key="words").set_value("no such thing").run().info[0].value


def html(shown: AppTest) -> str:
    return " ".join(str(element.body) for element in shown.get("html"))


def tick(page: Page, *rows: int, chosen: int = 0) -> None:
    """Choose rows of the table by their boxes."""
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box is not None
    for number in rows:
        page.mouse.click(box["x"] + 16, box["y"] + 36 + 30 * number + 15)
    page.wait_for_selector(f"text={chosen or len(rows)} chosen")


def decide(page: Page, act: str, reason: str) -> None:
    """Give a reason in the open form, and do it."""
    form = page.locator("[data-testid=stPopoverBody]")
    form.get_by_label("Reason", exact=True).fill(reason)
    form.get_by_role("button", name=act, exact=True).click()


@pytest.mark.chromium
def test_records_are_chosen_graded_edited_withdrawn_and_say_why(browser: Browser, tmp_path: Path) -> None:
    made = filled(empty(tmp_path / "mission"), tmp_path, 60)
    made.close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        page, form = here.page, here.page.locator("[data-testid=stPopoverBody]")
        page.goto(f"{site.url}/import?v=last%3Dall&part=Record")
        page.wait_for_selector("text=60 records in the view")
        here.settled()
        tick(page, 0, 1)
        page.get_by_role("button", name="Grade", exact=True).click()
        form.get_by_label("Reliability of the source").click()
        page.get_by_role("option", name="B, usually reliable").click()
        decide(page, "Grade", "a post saw it too")
        page.wait_for_selector("text=2 records decided on, as batch 2.")
        form.wait_for(state="detached")
        here.settled()
        above = page.locator(".gl-outcome").bounding_box(), page.locator("[data-testid=stDataFrame]").bounding_box()
        assert above[0]["y"] + above[0]["height"] < above[1]["y"]  # type: ignore[index]
        here.settled()
        tick(page, 0)
        page.wait_for_selector("text=a post saw it too")
        assert page.locator(".gl-version b b").count() == 0
        assert "F, cannot be judged → B, usually reliable" in (page.text_content(".gl-version") or "")
        page.get_by_role("button", name="Edit", exact=True).click()
        form.get_by_label("Place", exact=True).fill("Old <b>mill</b>")
        decide(page, "Edit", "")
        form.get_by_text("No reason is given").wait_for()
        decide(page, "Edit", "the patrol's own words")
        page.wait_for_selector("text=1 record decided on, as batch 3.")
        page.get_by_role("button", name="Undo", exact=True).click()
        page.wait_for_selector("text=Batch 3 is taken back, 1 record.")
        page.get_by_placeholder("Any part of a word, then Enter").fill("bridge")
        page.get_by_placeholder("Any part of a word, then Enter").press("Enter")
        page.wait_for_selector("text=20 of 60")
        here.settled()
        tick(page, 0)
        page.get_by_role("button", name="Withdraw", exact=True).click()
        decide(page, "Withdraw", "reported twice")
        page.wait_for_selector("text=1 record decided on, as batch 5.")
        page.wait_for_selector("text=19 of 59")
        assert here.complaints[2:] == []
        site.command("verify", str(site.folder))
    context.close()


@pytest.mark.chromium
def test_a_refused_edit_keeps_what_was_typed_and_says_at_the_form_which_field_and_why(browser: Browser, tmp_path: Path) -> None:
    filled(empty(tmp_path / "mission"), tmp_path, 6).close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        page, form = here.page, here.page.locator("[data-testid=stPopoverBody]")
        page.goto(f"{site.url}/import?v=last%3Dall&part=Record")
        page.wait_for_selector("text=6 records in the view")
        here.settled()
        tick(page, 0)
        page.get_by_role("button", name="Edit", exact=True).click()
        form.get_by_label("Place", exact=True).fill("Old mill")
        form.get_by_label("Occurred", exact=True).fill("99/99/2026")
        decide(page, "Edit", "as the log has it")
        said = form.locator(".gl-ill")
        said.wait_for()
        assert (said.text_content() or "").startswith("Occurred: '99/99/2026'")
        assert "occurred_at" not in page.inner_text("body")
        here.settled()
        held = {name: form.get_by_label(name, exact=True).input_value() for name in ("Place", "Occurred", "Reason")}
        assert held == {"Place": "Old mill", "Occurred": "99/99/2026", "Reason": "as the log has it"}
        site.submit(csv_file(tmp_path / "live.csv", [row(200)]))
        form.get_by_label("Occurred", exact=True).fill("010930Z JAN 26")
        decide(page, "Edit", "as the log has it")
        page.wait_for_selector("text=1 record decided on, as batch 3.")
    context.close()


@pytest.mark.chromium
def test_what_is_chosen_stays_chosen_over_pages_and_while_reports_come_in(browser: Browser, tmp_path: Path) -> None:
    filled(empty(tmp_path / "mission"), tmp_path).close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        page = here.page
        page.goto(f"{site.url}/import?v=last%3Dall&part=Record")
        page.wait_for_selector("text=120 records in the view")
        here.settled()
        tick(page, 0, 1)
        page.get_by_role("button", name="Next").click()
        page.wait_for_selector("text=Page 2 of 3")
        page.wait_for_selector("text=2 chosen, 2 of them not on this page")
        here.settled()
        site.submit(csv_file(tmp_path / "live.csv", [row(200, occurred_at="2026-01-01T11:00:00Z")]))
        tick(page, 4, chosen=3)
        page.get_by_role("button", name="Something came in: look again").click()
        page.wait_for_selector("text=121 records in the view")
        page.wait_for_selector("text=3 chosen, 2 of them not on this page")
        page.get_by_role("button", name="Withdraw", exact=True).click()
        decide(page, "Withdraw", "reported twice")
        page.wait_for_selector("text=3 records decided on, as batch 3.")
        page.wait_for_selector("text=118 records in the view")
    context.close()


def grade(shown: AppTest, code: str, reason: str) -> AppTest:
    """Fill in and send the form that is open."""
    stem = next(one.key for one in shown.text_input if one.key and one.key.startswith("Grade-")).removesuffix("-why")
    shown.selectbox(key=f"{stem}-all-reliability").set_value(code)
    shown.text_input(key=f"{stem}-why").set_value(reason)
    return next(one for one in shown.button if one.label == "Grade").click().run()


def test_all_that_were_found_are_chosen_at_once_and_graded_as_one_batch_with_one_reason(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page().run().text_input(key="words").set_value("mill").run()
    shown = button(shown, "Choose all 80 found").click().run()  # type: ignore[attr-defined]
    assert "80 chosen, 30 of them not on this page" in html(shown)
    mission.desk().submit(
        "incidents", csv_file(tmp_path / "live.csv", [row(200, place="Mill"), row(3, place="Mill", text="new")])
    )
    shown = grade(shown, "B", "both saw it")
    assert not shown.exception
    assert "80 records decided on, as batch 3." in html(shown)
    assert [(one.act, one.changed, one.reason) for one in mission.store.batches()][2:] == [("grade", 80, "both saw it")]
    shown = button(shown, "Undo").click().run()  # type: ignore[attr-defined]
    assert "Batch 3 is taken back, 80 records" in html(shown)


def test_what_changed_since_it_was_chosen_is_named_and_stays_chosen(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path, 4)
    shown = button(page().run(), "Choose all 4 found").click().run()  # type: ignore[attr-defined]
    mission.desk().submit("incidents", csv_file(tmp_path / "live.csv", [row(2, text="heard again")]))
    shown = grade(shown, "B", "both saw it")
    assert "3 records decided on, as batch 3. Still chosen: The record was changed since you opened it" in html(shown)
    shown = grade(shown, "B", "both saw it")
    assert "1 record decided on, as batch 4." in html(shown)


def test_no_more_are_chosen_at_once_than_the_button_says(
    mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(mission, tmp_path)
    monkeypatch.setattr("layers.desk.table.MOST_CHOSEN", 70)
    monkeypatch.setattr("pages.decide.MOST_CHOSEN", 70)
    shown = button(page().run(), "Choose the first 70 of 120 found").click().run()  # type: ignore[attr-defined]
    assert "70 chosen, 20 of them not on this page" in html(shown)
    shown = button(shown, "Clear").click().run()  # type: ignore[attr-defined]
    assert "Choose rows at their left" in html(shown)


@pytest.mark.chromium
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_moves_when_rows_are_chosen_and_nothing_is_wider_than_the_screen(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    filled(empty(tmp_path / "mission"), tmp_path, 60).close()
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    with serving(tmp_path / "mission") as site:
        page = tab(context).page
        page.goto(f"{site.url}/import?v=last%3Dall&part=Record")
        page.wait_for_selector("[data-testid=stDataFrame] canvas")
        places = "['.st-key-leaves', '.st-key-bar', '[data-testid=stDataFrame]'].map((name) => document.querySelector(name).getBoundingClientRect().top)"
        before = None
        while before != (before := page.evaluate(places)):
            page.wait_for_timeout(700)
        tick(page, 0)
        assert page.evaluate(places) == before
        assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= size[0]
    context.close()


def test_what_was_known_at_a_moment_is_shown_as_it_was_known_and_nothing_is_decided_on_it(
    mission: Mission, tmp_path: Path
) -> None:
    filled(mission, tmp_path, 2)
    mission.clock = lambda: NOW + timedelta(minutes=10)
    now = {f: int(mission.store.current("incidents", [f]).seq[0]) for f in ("r1", "r2")}
    mission.desk().edit("incidents", [Edit("r1", now["r1"], {"place": "Written later"})], "seen")
    later = {f: int(mission.store.current("incidents", [f]).seq[0]) for f in ("r1", "r2")}
    mission.desk().link("incidents", later, "same shots")
    shown = page(f"last=all&known={NOW + timedelta(minutes=5):%Y-%m-%dT%H:%M}Z").run()
    shown.session_state["chosen"] = {"r1": now["r1"]}
    shown = shown.run()
    assert not shown.exception
    assert "As known at 011205Z JAN 26" in html(shown)
    assert "Mill" in html(shown)
    assert "Written later" not in html(shown)
    assert "Linked as" not in html(shown)
    assert not [one for one in shown.button if one.label in ("Grade", "Link", "Withdraw", "Edit")]
    shown = button(shown, "Return to now").click().run()  # type: ignore[attr-defined]
    assert not shown.exception
    assert "As known at" not in html(shown)
    shown.session_state["chosen"] = {"r1": now["r1"]}
    shown = shown.run()
    assert "Written later" in html(shown)
    assert [one for one in shown.button if one.label == "Grade"]


def test_likely_duplicates_stand_side_by_side_and_are_left_or_linked_for_a_reason(mission: Mission, tmp_path: Path) -> None:
    def shown() -> AppTest:
        made = page()
        made.session_state["section"] = "Likely duplicates"
        return made.run()

    def decided(made: AppTest, act: str, reason: str) -> AppTest:
        made.text_input(key="why-pair").set_value(reason)
        return button(made, act).click().run()  # type: ignore[attr-defined,no-any-return]

    assert "No two of them look like one event" in shown().info[0].value
    rows = [row(1, kind="shelling"), row(2, kind="shelling", source="<b>camera</b>"), row(3, kind="shelling", source="post")]
    mission.desk().submit("incidents", csv_file(tmp_path / "three.csv", [one | {"longitude": "61.5"} for one in rows]))
    made = shown()
    assert not made.exception
    assert len(made.dataframe[0].value) == 3
    assert made.text_input(key="why-pair").value == ""
    assert "Proposed because: at the same place, at the same time, both shelling" in html(made)
    assert "&lt;b&gt;camera&lt;/b&gt;" in html(made)
    for act in ("Leave them as two", "Link them"):
        made = decided(made, act, "")
        assert "No reason is given" in html(made)
    mission.desk().submit("incidents", csv_file(tmp_path / "live.csv", [row(9)]))
    made = decided(made, "Leave them as two", "two posts, two bursts")
    assert "Left as two; they are not proposed again." in html(made)
    assert len(made.dataframe[0].value) == 2
    made = decided(made, "Link them", "one burst")
    assert not made.exception
    assert "Linked as one event, batch 3." in html(made)
    assert len(made.dataframe[0].value) == 1
    assert [(one.act, one.reason) for one in mission.store.batches()][2:] == [("link", "one burst")]


def test_a_proposal_says_where_its_bearings_cross_before_and_after_it_is_linked(mission: Mission) -> None:
    mission.desk().submit("incidents", [observation("a"), observation("b")])
    made = page()
    made.session_state["section"] = "Likely duplicates"
    made = made.run()
    assert not made.exception
    (cross,) = re.findall(r"Proposed because: observed from 2 places.*\. If linked: (2 bearings cross at .* m\.)", html(made))
    made.text_input(key="why-pair").set_value("one bang")
    made = button(made, "Link them").click().run()  # type: ignore[attr-defined]
    assert f"Linked as one event, batch 2. They stay two records and count once. {cross}" in html(made)


def test_the_button_that_unlinks_says_so(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path, 2)
    seen = {name: int(mission.store.current("incidents", [name]).seq[0]) for name in ("r1", "r2")}
    mission.desk().link("incidents", seen, "same shots")
    shown = page().run()
    shown.session_state["chosen"] = {name: int(mission.store.current("incidents", [name]).seq[0]) for name in seen}
    shown = shown.run()
    assert [one.label for one in shown.button if "ink" in one.label] == ["Link"]
    shown = shown.toggle(key="Link-0-apart").set_value(True).run()
    assert [one.label for one in shown.button if "ink" in one.label] == ["Unlink"]
    shown.text_input(key="Link-0-why").set_value("were two")
    shown = button(shown, "Unlink").click().run()  # type: ignore[attr-defined]
    assert not shown.exception
    assert [one.act for one in mission.store.batches()][-1] == "unlink"


@pytest.mark.chromium
def test_rows_are_chosen_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    filled(empty(tmp_path / "mission"), tmp_path, 60).close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        page = tab(context).page
        page.goto(f"{site.url}/import?v=last%3Dall&part=Record")
        page.wait_for_selector("text=60 records in the view")
        page.get_by_placeholder("Any part of a word, then Enter").focus()
        while page.evaluate("!document.activeElement.closest('[data-testid=stDataFrame]')"):
            page.keyboard.press("Tab")
        for key in ("ArrowDown", "ArrowDown", "Shift+Space"):
            page.keyboard.press(key)
        page.wait_for_selector("text=1 chosen")
    context.close()
