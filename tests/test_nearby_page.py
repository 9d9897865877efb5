"""The filter by chainage and by the nearest post and settlement, before a real browser."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext

from layers.desk import open_mission
from layers.model import View, from_micros
from tests.site import NARROW, Site, Tab, tab

pytestmark = pytest.mark.chromium
POST = "#gl-filters [data-field=post]"
TOWN = "#gl-filters [data-field=settlement]"
KP = "#gl-filters [data-field=kp]"


def opened(site: Site, context: BrowserContext, view: str = "last=all") -> Tab:
    place = tab(context).open(f"{site.url}/?v={quote(view)}")
    place.frame.click("#gl-filter")
    place.frame.wait_for_selector(f"{TOWN} input[type=checkbox]")
    return place


def view_of(place: Tab) -> str:
    return parse_qs(urlsplit(place.url).query)["v"][0]


def counted(place: Tab, text: str) -> int:
    summary = place.page.evaluate("async (path) => (await fetch(path)).json()", f"/data/summary?v={quote(text)}")
    return int(summary["count"])


def stretch(place: Tab, first: str, last: str) -> None:
    place.frame.fill(f"{KP} [aria-label='From KP']", first)
    place.frame.fill(f"{KP} [aria-label='To KP']", last)
    place.frame.press(f"{KP} [aria-label='To KP']", "Tab")


def test_a_stretch_is_chosen_said_counted_and_lifted(site: Site, context: BrowserContext) -> None:
    place = opened(site, context)
    whole = place.count
    stretch(place, "100", "200")
    place.soon(lambda: view_of(place) == "last=all&kp=line-1,100,200")
    place.until("document.querySelector('#gl-near .gl-words').textContent === 'Only KP 100 to 200 of Ceasefire line'")
    place.soon(lambda: 0 < place.count == counted(place, "last=all&kp=line-1,100,200") < whole)
    assert place.legend("incidents") == place.count
    stretch(place, "250", "120")
    assert "the lower one first" in (place.frame.text_content(f"{KP} .gl-fault") or "")
    place.frame.wait_for_timeout(700)
    assert view_of(place) == "last=all&kp=line-1,100,200", "what is wrong asks nothing"
    assert place.frame.input_value(f"{KP} [aria-label='To KP']") == "120"
    place.frame.click("text=Lift all filters")
    place.soon(lambda: view_of(place) == "last=all")
    place.soon(lambda: place.count == whole)
    assert place.frame.input_value(f"{KP} [aria-label='From KP']") == ""
    assert not place.frame.is_visible("#gl-near")
    assert place.complaints == []


def test_a_post_and_a_settlement_are_searched_for_and_kept_by_link(site: Site, context: BrowserContext) -> None:
    place = opened(site, context)
    assert len(place.frame.query_selector_all(f"{POST} input[type=checkbox]")) == 8
    assert place.frame.text_content(f"{POST} .gl-dim") == "29 more. Search by name."
    place.frame.fill(f"{POST} [type=search]", "op 10")
    place.until(f"document.querySelectorAll('{POST} input[type=checkbox]').length === 1")
    place.frame.check(f"{POST} input[value=post-23]")
    place.frame.check(f"{TOWN} input[value=place-53]")
    place.soon(lambda: view_of(place) == "last=all&post=post-23&settlement=place-53")
    said = "Only Nearest post: OP 10 · Nearest settlement: Watil"
    place.until(f"document.querySelector('#gl-near .gl-words').textContent === '{said}'")
    place.soon(lambda: 0 < place.count == counted(place, view_of(place)))
    again = opened(site, context, view_of(place))
    again.until(f"document.querySelector('#gl-near .gl-words').textContent === '{said}'")
    assert again.count == place.count
    assert again.frame.is_checked(f"{POST} input[value=post-23]")
    again.page.keyboard.press("Escape")
    again.frame.click("#gl-near .gl-lift")
    again.soon(lambda: view_of(again) == "last=all")
    assert place.complaints == again.complaints == []


def test_the_first_view_does_without_it_and_a_past_picture_has_its_own(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3Dall")
    assert not any("/data/near" in url for url in place.asked)
    assert "place-53" not in str(place.page.evaluate("async () => (await fetch('/data/portrayal')).text()"))
    mission = open_mission(site.folder)
    began = max(int(versions.recorded[0]) for versions in mission.store.tail("incidents", 0))
    mission.close()
    known = View(last="all", known_at=from_micros(began)).text
    there = opened(site, context, known)
    there.frame.check(f"{TOWN} input[value=place-53]")
    there.soon(lambda: view_of(there) == f"{known}&settlement=place-53")
    there.soon(lambda: 0 < there.count == counted(there, view_of(there)))


def test_on_a_narrow_screen_every_control_is_as_high_as_a_finger(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]})
    place = opened(site, context)
    small = """[...document.querySelectorAll('#gl-filters .gl-nearby :is(select, input:not([type=checkbox]), label)')]
      .filter((of) => of.offsetParent && of.offsetHeight < 44).length"""
    assert place.frame.evaluate(small) == 0
    assert place.frame.evaluate(
        "(() => { const of = document.querySelector('.gl-groups'); return of.scrollWidth <= of.clientWidth; })()"
    )
    context.close()
