"""A finding before a real browser: opened from the map, reviewed in the list, sought and stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from layers.desk import Comparison, Edit, open_mission
from layers.model import parse
from tests import burning
from tests.missions import csv_file, empty, row
from tests.site import WIDE, Site, serving, tab

pytestmark = pytest.mark.chromium
ALL = quote("last=all")
NEAR = {"longitude": "61.1045", "latitude": "-19.9865", "occurred_at": "2025-12-25T10:00:00Z", "kind": "attack_on_civilians"}


@pytest.fixture(scope="module")
def burned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a mission with two scenes, what changed between them, and a report near it."""
    folder = tmp_path_factory.mktemp("burned")
    mission = empty(folder / "mission")
    desk = mission.desk()
    before, after = burning.added(desk, folder)
    desk.compare(Comparison(before, after, "dnbr"))
    desk.submit("incidents", csv_file(folder / "near.csv", [row(1, **NEAR)]))
    mission.close()
    with serving(folder / "mission") as started:
        yield started


def findings(page: Page, site: Site) -> Page:
    """Open the list of findings, high enough to see all of it."""
    page.set_viewport_size({"width": WIDE[0], "height": 2_000})
    page.goto(f"{site.url}/imagery?part=Findings&v={ALL}")
    page.wait_for_selector("text=Choose findings at their left")
    return page


@pytest.mark.parametrize("part", ["edge", "inside"])
def test_a_finding_opened_from_the_map_tells_its_dates_and_what_bears_it_out(
    burned: Site, context: BrowserContext, part: str
) -> None:
    mission = open_mission(burned.folder)
    [shape] = mission.desk().sheet(parse("last=all")).features("findings").geometry
    spot = shape.exterior.interpolate(0.3, normalized=True) if part == "edge" else shape.representative_point()
    mission.close()
    place = tab(context).open(f"{burned.url}/?v={ALL}#16/{spot.y:.5f}/{spot.x:.5f}")
    place.until("document.querySelector('.gl-layer[data-layer=findings] label data').value === '1'")
    at = place.frame.wait_for_selector("#map_div").bounding_box()
    assert at is not None
    place.page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    place.until("document.querySelector('#gl-card h2')?.textContent === 'Burned, high severity'")
    told = place.frame.inner_text("#gl-card-body dl")
    assert "Supported: 1 report of a fitting kind within 500 m and 3 days" in told
    assert "A finding says that ground changed, not who changed it." in told
    for label, when in (("Not yet on", "200818Z DEC 25"), ("Seen on", "300818Z DEC 25")):
        assert f"{label}\n{when}" in told
    place.frame.click("#gl-card dd button:has-text('Before and after')")
    place.frame.wait_for_selector("#gl-divide")
    assert place.frame.inner_text("#gl-card h2") == "Burned, high severity"
    place.frame.click("#gl-card dd button:has-text('Attack on civilians, 251000Z DEC 25')")
    place.until("document.querySelector('#gl-card h2')?.textContent === 'Attack on civilians'")
    assert place.complaints == []


@pytest.mark.parametrize("size", [WIDE, (390, 844)])
def test_findings_nobody_has_looked_at_are_said_on_the_first_screen_and_led_to(
    burned: Site, context: BrowserContext, size: tuple[int, int]
) -> None:
    place = tab(context)
    place.page.set_viewport_size({"width": size[0], "height": size[1]})
    place.open(f"{burned.url}/?v={ALL}")
    line = place.frame.wait_for_selector("#gl-waiting:not([hidden])")
    assert line.text_content() == "1 finding to look at"
    at = line.bounding_box()
    assert at is not None
    assert at["y"] + at["height"] <= size[1]
    mission = open_mission(burned.folder)
    desk = mission.desk()
    for review, hidden in (("rejected", "true"), ("proposed", "false")):
        [one] = desk.cued(parse("last=all")).findings
        desk.edit("findings", [Edit(one.feature, one.seq, {"review": review})], "looked at again")
        place.until(f"document.querySelector('#gl-waiting').hidden === {hidden}")
    mission.close()
    assert place.complaints == []
    line.click()
    place.page.wait_for_selector("text=Choose findings at their left")


def test_a_finding_is_accepted_in_the_list_and_that_is_undone(burned: Site, context: BrowserContext) -> None:
    page = findings(context.new_page(), burned)
    canvas = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert canvas is not None
    page.mouse.click(canvas["x"] + 16, canvas["y"] + 36 + 15)
    page.wait_for_selector("text=1 chosen")
    page.get_by_role("link", name="Before and after").wait_for()
    page.get_by_label("Reason", exact=True).first.fill("seen by a patrol")
    page.get_by_role("button", name="Accept", exact=True).click()
    page.wait_for_selector("text=Accepted: 1 of 1, as batch")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.wait_for_selector("text=is taken back, 1 record.")


def test_a_comparison_that_is_stopped_says_so_and_keeps_nothing(browser: Browser, tmp_path: Path) -> None:
    mission = empty(tmp_path / "mission")
    burning.added(mission.desk(), tmp_path, times=16)
    mission.close()
    held = sorted(path.name for path in (tmp_path / "mission" / "scenes").iterdir())
    context = browser.new_context(viewport={"width": WIDE[0], "height": 1_600})
    with serving(tmp_path / "mission") as site:
        page = context.new_page()
        page.goto(f"{site.url}/imagery?part=Findings&v={ALL}")
        page.get_by_role("button", name="Find what changed").click()
        page.get_by_role("button", name="Stop", exact=True).nth(0).click()
        page.wait_for_selector("text=The comparison was stopped. Nothing of it was kept")
        context.close()
    assert sorted(path.name for path in (tmp_path / "mission" / "scenes").iterdir()) == held
    again = open_mission(tmp_path / "mission")
    assert {of.id: of.count for of in again.desk().layers()}["scenes"] == 2
    again.close()
