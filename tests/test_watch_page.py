"""The watch before a real browser and server: started by one click, its log, steps of a response in every tab, handed over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.frame import HOSTILE
from tests.site import NARROW, Site, Tab, faint, number, reported, tab

pytestmark = pytest.mark.chromium
HEARD = """
window.heard = 0;
const made = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.heard += 1; return made.call(this); };
"""
SMALL = """(within) => [...document.querySelectorAll(`${within} button, ${within} input, ${within} select, ${within} textarea`)]
  .filter((e) => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map((e) => e.id || e.textContent)"""
STEP = "#gl-response [data-step={!r}]"
SAID = "(words) => document.querySelector('#gl-response')?.innerText.replace(/\\s+/g, ' ').includes(words)"


def card(place: Tab, site: Site, tmp_path: Path, name: str, **fields: str) -> None:
    """Report an incident and open its card."""
    site.submit(reported(tmp_path, name, place=name, **fields))
    item = f"#gl-items li:has-text('{name}') button"
    place.frame.wait_for_selector(item)
    place.frame.click(item)
    place.frame.wait_for_selector("#gl-response button")


def test_one_click_starts_a_watch_for_every_tab_permits_the_tone_and_opens_the_log(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    context.add_init_script(HEARD)
    place, other = tab(context).open(f"{site.url}/?v=last%3D7d"), tab(context).open(f"{site.url}/?v=last%3Dwatch")
    place.frame.wait_for_selector("#gl-pins li")
    assert place.frame.get_attribute("#gl-tone", "aria-pressed") == "false"
    place.frame.click("#gl-watch-open")
    place.frame.wait_for_selector("#gl-log-text:focus")
    assert "v=last%3Dwatch" in place.url
    for each in (place, other):
        each.until("document.querySelector('#gl-count b').textContent === '0'")
        each.until("document.querySelector('#gl-watch-open').textContent === 'Watch log'")
    assert re.fullmatch(r"Watch since \d{6}Z [A-Z]{3} \d\d", place.frame.text_content("#gl-watch h2") or "")
    assert place.frame.get_attribute("#gl-tone", "aria-pressed") == "true"
    site.submit(reported(tmp_path, "struck", kind="attack_on_civilians"))
    place.until("window.heard === 2")
    place.frame.click("#gl-tone")
    open_before = number(place.frame.text_content("#gl-alerts-open"))
    site.submit(reported(tmp_path, "again", kind="attack_on_civilians", longitude="61.5"))
    place.until(f"!document.querySelector('#gl-alerts-open').textContent.startsWith('{open_before} ')")
    place.page.wait_for_timeout(500)
    assert place.frame.evaluate("window.heard") == 2
    assert place.complaints == other.complaints == []


def test_an_entry_of_the_log_is_text_and_comes_to_every_tab(site: Site, context: BrowserContext) -> None:
    place, other = (tab(context).open(site.url) for _ in range(2))
    for each in (place, other):
        each.frame.click("#gl-watch-open")
        each.frame.wait_for_selector("#gl-log-text")
    place.frame.fill("#gl-log-text", HOSTILE)
    place.frame.press("#gl-log-text", "Control+Enter")
    for each in (place, other):
        each.until("document.querySelector('#gl-log li')?.textContent.includes('onerror')")
        assert each.page.evaluate("[top.hurt]") == [None]
        assert each.frame.evaluate("[window.hurt, document.querySelectorAll('#gl-watch img, #gl-watch script').length]") == [
            None,
            0,
        ]
    place.frame.press("#gl-log-text", "Escape")
    assert place.frame.is_hidden("#gl-watch")
    assert place.frame.is_visible("#gl-feed")


def test_steps_are_said_by_keyboard_told_in_every_tab_corrected_and_taken_back(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    place, other = (tab(context).open(f"{site.url}/?v=last%3D24h") for _ in range(2))
    card(place, site, tmp_path, "Ambush town")
    other.frame.click("#gl-items li:has-text('Ambush town') button")
    other.frame.wait_for_selector("#gl-response button")
    place.frame.focus(STEP.format("tasked"))
    place.page.keyboard.press("Enter")
    place.frame.wait_for_selector("#gl-response input:focus")
    place.page.keyboard.type("Patrol <b>S1/3</b>")
    place.page.keyboard.press("Enter")
    for each in (place, other):
        each.frame.wait_for_function(SAID, arg="Patrol <b>S1/3</b>")
        each.until("document.querySelector('.gl-history').textContent.includes('Patrol <b>S1/3</b>')")
    place.frame.wait_for_selector(f"{STEP.format('on scene')}:focus")
    other.frame.click(STEP.format("on scene"))
    other.page.keyboard.press("Enter")
    place.until("document.querySelectorAll('#gl-response dd .gl-figures').length === 2")
    place.frame.click(STEP.format("on scene"))
    place.frame.click("#gl-response >> text=Take back")
    other.until("document.querySelectorAll('#gl-response dd .gl-figures').length === 1")
    assert place.complaints == other.complaints == []


def test_a_time_out_of_order_is_refused_where_it_is_typed(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D24h")
    card(place, site, tmp_path, "Late town")
    place.frame.click(STEP.format("closed"))
    place.page.keyboard.type("at noon")
    place.page.keyboard.press("Enter")
    assert "Not understood" in (place.frame.text_content("#gl-response [role=alert]") or "")
    place.frame.fill("#gl-response input", "2099-01-01T00:00Z")
    place.page.keyboard.press("Enter")
    place.until("document.querySelector('#gl-response [role=alert]').textContent.includes('lies ahead')")
    place.page.keyboard.press("Escape")
    assert place.frame.is_visible(STEP.format("tasked"))
    assert place.frame.is_visible("#gl-card")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_watch_shows_is_large_enough_and_stands_out(site: Site, browser: Browser, tmp_path: Path, scheme: str) -> None:
    made = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    place = tab(made).open(f"{site.url}/?v=last%3D24h")
    place.frame.evaluate("document.querySelector('#gl-watch-open').click()")
    place.frame.wait_for_selector("#gl-log-text")
    assert place.frame.evaluate(SMALL, "#gl-watch") == place.frame.evaluate(SMALL, "#gl-on-watch") == []
    assert place.frame.evaluate(faint("#gl-watch *", "of.childElementCount === 0")) == []
    assert place.frame.evaluate(
        "document.querySelector('#gl-panel').scrollWidth <= document.querySelector('#gl-panel').clientWidth"
    )
    place.frame.press("#gl-log-text", "Escape")
    place.frame.evaluate("document.querySelector('#gl-items li button').click()")
    place.frame.wait_for_selector("#gl-response button")
    assert place.frame.evaluate(SMALL, "#gl-response") == []
    place.frame.evaluate("document.querySelector('#gl-response button').click()")
    assert place.frame.evaluate(SMALL, "#gl-response") == []
    assert place.frame.evaluate(faint("#gl-response *", "of.childElementCount === 0")) == []
    made.close()


def test_hand_over_opens_the_sheet_of_the_watch_with_its_log(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D24h")
    place.frame.click("#gl-watch-open")
    place.frame.fill("#gl-log-text", "Written for the next watch")
    place.frame.click("#gl-log-form [type=submit]")
    place.frame.wait_for_selector("#gl-log li:has-text('Written for the next watch')")
    place.frame.click("#gl-watch >> text=Hand over")
    sheet = place.page.wait_for_selector("article.gl-filled")
    assert sheet is not None
    assert "Written for the next watch" in (sheet.text_content() or "")
    assert place.page.get_by_role("radio", name="Watch hand-over").get_attribute("aria-checked") == "true"


def test_the_strip_holds_still_when_a_watch_begins(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D24h")
    at = "document.querySelector('#gl-dtg').getBoundingClientRect().left"
    before = place.frame.evaluate(at)
    place.frame.click("#gl-watch-open")
    place.frame.wait_for_selector("#gl-log-text")
    assert place.frame.evaluate(at) == pytest.approx(before, abs=1)
    assert number(place.frame.text_content("#gl-count b")) >= 0
