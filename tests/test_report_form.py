"""The Report form before a real browser: by keyboard alone, by a click on the map, kept while it is not stored."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from layers.model import View
from layers.notation import parse_positions
from tests.site import NARROW, WIDE, Site, Tab, exercise_at, faint, serving, tab

pytestmark = pytest.mark.chromium
INCIDENTS = 60
HOSTILE = '<img src=x onerror="top.hurt=1"></script><script>top.hurt=1</script>${top.hurt=1}\u202egnp'
AT = "41K MU 6482 1013"
CONTRAST = faint("#gl-report *, #gl-report-open", "(of.value || of.childElementCount === 0)")


def opened(context: BrowserContext, site: Site, fragment: str = "") -> Tab:
    place = tab(context).open(f"{site.url}/?v=last%3D24h{fragment}")
    place.page.keyboard.press("r")
    place.frame.wait_for_selector("#gl-report-form")
    return place


def said(place: Tab, name: str) -> str:
    return place.frame.text_content(f"#gl-report-{name}-said") or ""


def written(on: Tab, /, **values: str) -> Tab:
    """Write a whole report, but for what is given."""
    for name, value in ({"kind": "shelling", "grid": AT, "text": "two bangs"} | values).items():
        if on.frame.get_attribute(f"#gl-report-{name}", "aria-describedby") and name in (
            "kind",
            "party",
            "severity",
            "marking",
        ):
            on.frame.select_option(f"#gl-report-{name}", value)
        else:
            on.frame.fill(f"#gl-report-{name}", value)
    return on


def stored(place: Tab) -> int:
    """Store, and return the batch the form names."""
    place.page.keyboard.press("Control+Enter")
    place.frame.wait_for_selector("#gl-report-undo")
    found = re.search(r"Stored as batch (\d+)", place.frame.text_content("#gl-report-said") or "")
    assert found is not None
    return int(found[1])


def exported(site: Site, out: Path) -> list[dict[str, object]]:
    out.unlink(missing_ok=True)
    site.command("export", str(site.folder), "incidents", str(out), "--view", View(last="all").text)
    return [feature["properties"] for feature in json.loads(out.read_text(encoding="utf-8"))["features"]]


def test_by_keyboard_alone_a_report_goes_in_and_stands_on_map_and_feed(site: Site, context: BrowserContext) -> None:
    place = opened(context, site)
    before, keys = place.count, place.page.keyboard
    runs = sum("/_stcore/" in url for url in place.asked)
    assert place.frame.evaluate("document.activeElement.id") == "gl-report-kind"
    now = place.frame.text_content("#gl-dtg")
    assert place.frame.input_value("#gl-report-occurred_at") in (
        now,
        f"{datetime.now(UTC) - timedelta(minutes=1):%d%H%MZ %b %y}".upper(),
    )
    keys.type("lo")
    for text in ("", AT.lower(), "Keyed in", ""):
        keys.press("Tab")
        if text:
            keys.type(text)
    keys.press("Shift+Tab")
    began = time.monotonic()
    keys.press("Control+Enter")
    place.until(f"document.querySelector('#gl-count b').textContent === '{before + 1}'")
    place.frame.wait_for_selector("#gl-report-undo")
    assert time.monotonic() - began < 1.5
    assert "Looting" in (place.frame.text_content("#gl-report-said") or "")
    assert place.frame.input_value("#gl-report-grid") == "", "the form is clear for the next"
    assert sum("/_stcore/" in url for url in place.asked) == runs, "no page was run again"
    keys.press("Escape")
    place.until(
        "[...document.querySelectorAll('#gl-items li')].some((li) => li.textContent.includes('Keyed in') && li.textContent.includes('Looting'))"
    )
    place.until("document.querySelector('#gl-items [data-new]')")
    place.frame.click("#gl-items li:has-text('Keyed in') button")
    place.until("document.querySelector('#gl-card-body')?.textContent.includes('within 10 m')")
    assert "owner" in (place.frame.text_content(".gl-history") or "")
    assert place.complaints == []


def test_a_click_on_the_map_gives_the_grid_and_opens_no_card(site: Site, context: BrowserContext) -> None:
    place = opened(context, site, "#11/-20.0000/62.9500")
    place.frame.click("#map_div", position={"x": 400, "y": 300})
    place.until("document.querySelector('#gl-report-grid').value")
    grid = place.frame.input_value("#gl-report-grid")
    assert re.fullmatch(r"\d{1,2}[C-X] [A-Z]{2} \d{4} \d{4}", grid)
    read = parse_positions([grid])
    centre = place.frame.evaluate("[...document.querySelectorAll('#gl-grid')].map((of) => of.textContent)")
    assert centre == [grid], "it is the cell the cursor stands in"
    assert abs(read.lon[0] - 62.95) < 0.5
    place.until("document.querySelector('#gl-report-grid-said').textContent.includes('within 10 m')")
    assert place.frame.is_visible("#gl-report-form")
    assert place.frame.is_hidden("#gl-card")
    assert place.frame.evaluate("location.hash") == ""


def test_each_fault_stands_at_its_field_in_words_before_anything_is_stored(site: Site, context: BrowserContext) -> None:
    place = opened(context, site)
    place.frame.fill("#gl-report-grid", "41K MU 6482 10")
    place.page.keyboard.press("Tab")
    place.until("document.querySelector('#gl-report-grid-said').dataset.tone === 'fault'")
    assert "unequal groups" in said(place, "grid")
    assert said(place, "kind") == "Kind is blank; kind is required."
    assert said(place, "text") == "", "a field nobody has been at says nothing yet"
    written(place, casualties_low="3", casualties_best="2", casualties_high="many", occurred_at="310715Z NOV 26")
    before = place.count
    place.page.keyboard.press("Control+Enter")
    place.until("document.querySelector('#gl-report-said').dataset.tone === 'fault'")
    assert "must rise" in said(place, "casualties_best")
    assert "not a number" in said(place, "casualties_high")
    assert said(place, "occurred_at").endswith(".")
    assert place.frame.get_attribute("#gl-report-occurred_at", "aria-invalid") == "true"
    assert place.frame.evaluate("document.activeElement.id") == "gl-report-occurred_at"
    assert place.count == before


def test_signs_of_personal_data_are_read_before_they_are_stored(site: Site, context: BrowserContext) -> None:
    place = written(opened(context, site), text="Col. Miller refused passage")
    place.page.keyboard.press("Control+Enter")
    place.until("document.querySelector('#gl-report-text-said').dataset.tone === 'note'")
    assert "may hold a name" in said(place, "text")
    assert place.frame.query_selector("#gl-report-undo") is None
    assert "store again" in (place.frame.text_content("#gl-report-said") or "")
    stored(place)


def test_undo_takes_it_off_the_map_and_gives_the_text_back(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    place = written(opened(context, site), text="to be undone")
    before = place.count
    batch = stored(place)
    place.until(f"document.querySelector('#gl-count b').textContent === '{before + 1}'")
    place.frame.click("#gl-report-undo")
    place.until(f"document.querySelector('#gl-count b').textContent === '{before}'")
    assert place.frame.input_value("#gl-report-text") == "to be undone"
    assert f"Batch {batch} is taken back" in (place.frame.text_content("#gl-report-said") or "")
    assert all(row["text"] != "to be undone" for row in exported(site, tmp_path / "out.geojson"))
    stored(place)
    assert [row["text"] for row in exported(site, tmp_path / "out.geojson")].count("to be undone") == 1


def test_a_draft_outlives_esc_and_a_reload(site: Site, context: BrowserContext) -> None:
    place = written(opened(context, site), text="a draft", party="B")
    place.page.keyboard.press("Escape")
    assert place.frame.is_visible("#gl-items")
    place.page.keyboard.press("r")
    assert place.frame.input_value("#gl-report-text") == "a draft"
    place.page.reload()
    place.drawn()
    place.frame.click("#gl-report-open")
    place.frame.wait_for_selector("#gl-report-form")
    assert [place.frame.input_value(f"#gl-report-{name}") for name in ("text", "party", "grid", "kind")] == [
        "a draft",
        "B",
        AT,
        "shelling",
    ]
    place.frame.click("#gl-report-clear")
    assert place.frame.input_value("#gl-report-text") == ""
    place.page.reload()
    place.drawn()
    place.page.keyboard.press("r")
    place.frame.wait_for_selector("#gl-report-form")
    assert place.frame.input_value("#gl-report-text") == ""


def test_the_card_comes_back_and_the_panel_keeps_its_place(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(site.url + "/?v=last%3Dall")
    place.frame.click("#gl-items li:nth-child(2) button")
    place.until("document.querySelector('#gl-card h2')")
    boxes = "['#gl-panel', '#gl-legend', '#gl-strip', '#gl-time', '#gl-report-open', '#gl-search'].map((of) => { const b = document.querySelector(of).getBoundingClientRect(); return [b.x, b.y, b.width]; })"
    title, stood = place.frame.text_content("#gl-card h2"), place.frame.evaluate(boxes)
    place.page.keyboard.press("r")
    place.frame.wait_for_selector("#gl-report-form")
    assert place.frame.is_hidden("#gl-card")
    assert place.frame.evaluate(boxes) == stood
    place.page.keyboard.press("Escape")
    assert (place.frame.is_visible("#gl-card"), place.frame.text_content("#gl-card h2")) == (True, title)
    place.page.keyboard.press("Escape")
    assert place.frame.is_visible("#gl-items")


def test_a_hostile_report_is_text_in_the_form_in_the_feed_and_on_the_card(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    place = written(opened(context, site), text=HOSTILE, place=HOSTILE, target=HOSTILE, source=HOSTILE)
    stored(place)
    place.page.keyboard.press("Escape")
    place.frame.click("#gl-items li:has-text('onerror') button")
    place.until("document.querySelector('#gl-card-body .gl-text')")
    assert place.frame.evaluate("[top.hurt, window.hurt, document.querySelectorAll('#gl img, #gl script').length]") == [
        None,
        None,
        0,
    ]
    assert HOSTILE in [row["text"] for row in exported(site, tmp_path / "out.geojson")]
    assert place.complaints == []


def test_every_label_belongs_to_a_field_and_every_choice_is_the_mission_s(site: Site, context: BrowserContext) -> None:
    place = opened(context, site)
    bound = "[...document.querySelectorAll('#gl-report-form :is(input, select, textarea)')].every((of) => of.labels.length === 1 && document.getElementById(of.getAttribute('aria-describedby')).getAttribute('aria-live'))"
    assert place.frame.evaluate(bound) is True
    values = "(name) => [...document.querySelector(`#gl-report-${name}`).options].map((of) => of.textContent)"
    assert place.frame.evaluate(values, "party") == ["—", "Party A", "Party B", "Not determined"]
    assert place.frame.evaluate(values, "marking") == ["UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL"]
    assert place.frame.input_value("#gl-report-reliability") + place.frame.input_value("#gl-report-credibility") == "F6"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_of_the_form_can_be_read_by_day_and_by_night(site: Site, browser: Browser, scheme: str) -> None:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    place = written(opened(context, site), grid="nowhere", text="Dr Miller", casualties_low="x")
    place.page.keyboard.press("Control+Enter")
    place.until("document.querySelector('#gl-report-said').dataset.tone === 'fault'")
    assert place.frame.evaluate(CONTRAST) == []
    written(place, casualties_low="1", text="Dr Miller")
    place.page.keyboard.press("Control+Enter")
    place.until("document.querySelector('#gl-report-text-said').dataset.tone === 'note'")
    assert place.frame.evaluate(CONTRAST) == []
    context.close()


def test_on_a_phone_a_tap_gives_the_grid(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]}, has_touch=True)
    place = tab(context).open(site.url + "/?v=last%3D24h")
    place.frame.tap("#gl-report-open")
    place.frame.wait_for_selector("#gl-report-form")
    small = "[...document.querySelectorAll('#gl button, #gl-report :is(input, select, textarea)')].filter((of) => of.offsetParent && (of.offsetHeight < 44 || of.offsetWidth < 44)).map((of) => of.id)"
    assert place.frame.evaluate(small) == []
    place.frame.tap("#gl-report-pick")
    place.until("document.querySelector('#gl-panel').offsetHeight === 64")
    assert place.frame.text_content("#gl-measured") == "Tap where it happened"
    place.frame.tap("#map_div", position={"x": 190, "y": 300})
    place.until("document.querySelector('#gl-report-grid').value && document.querySelector('#gl-panel').dataset.sheet === 'full'")
    assert place.frame.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    assert place.frame.is_hidden("#gl-measured")
    context.close()


def test_without_the_server_it_says_so_keeps_the_draft_and_adds_it_once_when_it_is_back(browser: Browser, tmp_path: Path) -> None:
    folder = exercise_at(tmp_path / "mission", 30)
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(folder) as first:
        place = written(opened(context, first), text="kept while the link was down")
    place.until("!document.querySelector('#gl-report-lost').hidden")
    assert "not stored" in (place.frame.text_content("#gl-report-lost") or "")
    place.page.keyboard.press("Control+Enter")
    place.until("document.querySelector('#gl-report-said').dataset.tone === 'fault'")
    assert "Not stored" in (place.frame.text_content("#gl-report-said") or "")
    assert place.frame.input_value("#gl-report-text") == "kept while the link was down"
    with serving(folder, first.port) as second:
        place.until("document.querySelector('#gl-report-lost').hidden")
        place.frame.click("#gl-report-text")
        stored(place)
        texts = [row["text"] for row in exported(second, tmp_path / "out.geojson")]
        assert texts.count("kept while the link was down") == 1
    context.close()


def test_an_observation_is_read_drawn_and_stored(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    place = opened(context, site)
    written(place, grid="OP 12 361° 1-3 km", text="seen from afar")
    place.page.keyboard.press("Tab")
    place.until("document.querySelector('#gl-report-grid-said').textContent.includes('full circle')")
    place.frame.fill("#gl-report-grid", "OP 12 045° 1-3 km")
    place.page.keyboard.press("Tab")
    place.until("document.querySelector('#gl-report-grid-said').textContent.includes('middle of the sector, within 1,010 m')")
    stored(place)
    (found,) = [one for one in exported(site, tmp_path / "out.geojson") if "seen from afar" in str(one.get("text"))]
    assert "045.0° ± 0.5° 1–3 km" in str(found)
    assert found["precision_m"] == 1010
    assert place.complaints == []
