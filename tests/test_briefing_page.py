"""Briefing from the map: the print frame is drawn, dragged and briefed; the sheet is issued and stands in the register."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest
from playwright.sync_api import BrowserContext

from layers.briefing.frame import framed
from layers.briefing.paper import layout
from layers.desk import open_mission
from layers.model import parse
from tests.site import Site, tab

pytestmark = pytest.mark.chromium
VIEW = "last=30d"


def test_a_view_is_framed_on_the_map_issued_and_registered(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v={VIEW}")
    page = place.page
    place.frame.wait_for_selector("#gl-brief").click()
    box = place.frame.wait_for_selector("#gl-frame").bounding_box()
    assert box is not None
    shape = layout("A4").map
    assert box["width"] / box["height"] == pytest.approx(shape.width / shape.height, rel=0.01)
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 40, steps=4)
    page.mouse.up()
    place.frame.focus("#gl-frame")
    page.keyboard.press("ArrowRight")
    moved = place.frame.query_selector("#gl-frame").bounding_box()
    assert moved is not None
    assert (round(moved["x"] - box["x"]), round(moved["y"] - box["y"])) == (46, -20)
    assert place.complaints == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/briefing?*")
    asked = parse_qs(urlsplit(page.url).query)
    west, south, east, north, scale = (float(part) for part in asked["frame"][0].split(","))
    page.wait_for_selector(".st-key-preview img")
    page.fill("[aria-label=Title]", "Morning <b>brief</b>")
    page.press("[aria-label=Title]", "Enter")
    with page.expect_download() as waiting:
        page.click("button:has-text('Issue')")
    body = waiting.value.path().read_bytes()
    assert waiting.value.suggested_filename == "sheet-0001.pdf"
    page.wait_for_selector("text=Sheet 0001 is issued")
    with page.expect_download() as waiting:
        page.click("a:has-text('Download PDF')")
    assert waiting.value.path().read_bytes() == body
    told = pypdf.PdfReader(io.BytesIO(body)).pages[0].extract_text()
    assert "Morning <b>brief</b>" in told
    assert f"1:{scale:,.0f} at A4" in told
    mission = open_mission(site.folder)
    [entry] = mission.desk().register()
    count = mission.desk().sheet(parse(VIEW)).count(mission.desk().layer("incidents"))
    held = mission.configuration.box
    mission.close()
    wide, high = (east - west) / box["width"], (north - south) / box["height"]
    first = (west - 46 * wide, south - 20 * high, east - 46 * wide, north - 20 * high)
    assert all(a <= b for a, b in zip((*first[:2], *held[2:]), (*held[:2], *first[2:]), strict=True)), (
        "the whole mission at first"
    )
    assert f"{count:,} " in " ".join(told.split())
    assert [out.form for out in entry.handed] == ["pdf", "pdf"]
    assert (entry.job.title, entry.job.scale) == ("Morning <b>brief</b>", scale)
    frame = framed(entry.job.box, shape, entry.job.scale)
    assert frame.box == pytest.approx((west, south, east, north), abs=0.03)
    page.click("button:has-text('Register')")
    page.wait_for_selector("text=PDF handed out")
    with page.expect_download() as waiting:
        page.click("button:has-text('Download again')")
    assert waiting.value.path().read_bytes() == body
    page.hover("[data-testid=stDataFrame]")
    assert not page.is_visible("[data-testid=stElementToolbar]"), "a table that is saved there leaves no line in the audit"


def test_the_print_frame_is_put_away_by_escape_and_by_its_button(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v={VIEW}")
    opener = place.frame.wait_for_selector("#gl-brief")
    for away in (lambda: place.page.keyboard.press("Escape"), opener.click, lambda: place.frame.click("text=Cancel")):
        opener.click()
        place.frame.wait_for_selector("#gl-frame")
        away()
        place.frame.wait_for_selector("#gl-frame", state="detached")
        assert opener.get_attribute("aria-pressed") == "false"
    assert place.complaints == []
