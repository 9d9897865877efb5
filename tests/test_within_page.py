"""Monitoring, Within, before a real browser and server: one answer in panel, map and table; kept, and gone to on the live map."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.exported import rows
from tests.site import NARROW, WIDE, Site, Tab, number, tab

pytestmark = pytest.mark.chromium
NEAR = "last=all&where=incidents,within,ceasefire_lines,2000"
PAINTED = """(() => {
  const sheet = document.querySelector('.leaflet-reach-pane canvas');
  return sheet ? sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data.some((value, n) => n % 4 === 3 && value > 0) : false;
})()"""


def asking(context: BrowserContext, site: Site, view: str = NEAR) -> Tab:
    place = tab(context).open(f"{site.url}/monitoring?about=Within&v={quote(view)}#9/-20.0000/63.0000")
    place.frame.wait_for_selector("#gl-question")
    answered(place)
    return place


def answered(place: Tab) -> int:
    """Return the number of the answer, once it is the one that was asked for last."""
    place.until("document.querySelector('.gl-big b') && !document.querySelector('#gl-answer').hasAttribute('aria-busy')")
    place.drawn()
    return number(place.frame.text_content(".gl-big b"))


def exported(site: Site, out: Path, view: str) -> int:
    site.command("export", str(site.folder), "incidents", str(out), "--view", view)
    return len(rows(out))


def runs(place: Tab) -> int:
    return sum("/_stcore/" in url for url in place.asked)


def test_the_slider_the_count_and_the_table_say_one_number(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    place = asking(context, site)
    everything = exported(site, tmp_path / "all.csv", "last=all")
    before, found = runs(place), []
    for key, metres in (("ArrowRight", 2500), ("PageUp", 5000), ("End", 50_000), ("Home", 50)):
        place.frame.focus("#gl-q-slide")
        place.page.keyboard.press(key)
        place.soon(lambda metres=metres: place.url.split("#")[0].endswith(quote(f",{metres}", safe="")))  # type: ignore[misc]
        found.append(answered(place))
        view = f"last=all&where=incidents,within,ceasefire_lines,{metres}"
        assert found[-1] == exported(site, tmp_path / f"{metres}.csv", view)
        place.until(f"document.querySelector('#gl-count b').textContent.replace(/\\D/g, '') === '{found[-1]}'")
        assert place.legend("incidents") == found[-1]
        assert f"of {everything} incidents" in (place.frame.text_content(".gl-big") or "")
        assert place.frame.evaluate(PAINTED)
    assert found == sorted(found[:3]) + found[3:]
    assert found[3] < found[0] < found[2]
    assert runs(place) == before, "no page runs for it"
    assert "Only what was in force" in (place.frame.text_content("#gl-answer") or "")


def test_the_same_view_on_the_live_map_says_what_it_leaves_out(site: Site, context: BrowserContext) -> None:
    place = asking(context, site)
    inside = answered(place)
    where = place.url.partition("#")[2]
    place.frame.click("#gl-to-map")
    place.page.wait_for_selector(".st-key-parts", state="detached")
    place.drawn()
    place.frame.wait_for_selector("#gl-where")
    assert not place.frame.is_visible("#gl-within")
    assert place.count == inside
    assert "Incidents within 2,000 m of" in (place.frame.text_content("#gl-where") or "")
    assert "Within 2,000 m of" in (place.frame.text_content("#gl-reach") or "")
    place.soon(lambda: place.url.endswith(f"#{where}") and quote(",2000", safe="") in place.url)
    place.frame.click("#gl-where .gl-lift")
    place.frame.wait_for_selector("#gl-where", state="hidden")
    place.drawn()
    assert place.count > inside
    assert not place.frame.evaluate(PAINTED)


def test_what_is_kept_is_a_layer_for_everyone_until_it_is_dropped(site: Site, context: BrowserContext) -> None:
    other = tab(context).open(f"{site.url}/?v=last%3Dall")
    place = asking(context, site)
    inside = answered(place)
    place.frame.click("#gl-to-keep")
    place.frame.fill("#gl-keep-name", "By the <b>line</b>")
    place.page.keyboard.press("Enter")
    place.frame.wait_for_selector("#gl-keep-undo")
    for each in (place, other):
        each.until("document.querySelector('#gl-layers h3')?.textContent === 'Kept answers'")
        each.until(f"document.querySelector('.gl-layer:has(.gl-drop) data')?.value === '{inside}'")
        assert "By the <b>line</b>" in (each.frame.text_content(".gl-layer:has(.gl-drop)") or "")
    place.page.reload()
    place.drawn().frame.wait_for_selector(".gl-drop")
    assert answered(place) == inside
    other.frame.click(".gl-drop")
    other.frame.fill("#gl-drop-reason", "asked for the briefing only")
    other.page.keyboard.press("Enter")
    for each in (place, other):
        each.frame.wait_for_selector(".gl-drop", state="detached")
    assert other.complaints == []


def test_layers_of_few_are_listed_and_cleared(site: Site, context: BrowserContext) -> None:
    place = asking(context, site, "last=all&where=positions,within,ceasefire_lines,10000")
    listed = len(place.frame.query_selector_all("#gl-found button"))
    assert listed == answered(place) == place.legend("positions") > 0
    place.frame.click("#gl-found button")
    place.frame.wait_for_selector("#gl-card h2")
    place.page.keyboard.press("Escape")
    place.frame.click("#gl-clear")
    place.frame.wait_for_selector("#gl-ask")
    place.drawn()
    assert place.legend("positions") >= listed
    assert "where" not in place.url


@pytest.mark.parametrize("size", [WIDE, (1024, 700), NARROW], ids=["wide", "small", "narrow"])
def test_the_map_fills_what_the_row_of_parts_leaves(site: Site, browser: Browser, size: tuple[int, int]) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    place = asking(context, site)
    edges = "[...document.querySelectorAll('.gl-band, iframe[title*=folium]')].map((of) => of.getBoundingClientRect().toJSON())"
    upper, frame, lower = place.page.evaluate(edges)
    assert lower["bottom"] == pytest.approx(size[1], abs=1)
    assert frame["bottom"] == pytest.approx(lower["top"], abs=1)
    assert frame["top"] > upper["bottom"] + 30
    assert frame["height"] > size[1] / 2
    assert place.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert place.frame.is_visible(".gl-big")
    place.frame.wait_for_selector("#gl-alerts button", state="attached")
    assert not place.frame.is_visible("#gl-alerts"), "the question stands in the place of the alerts"
    context.close()
