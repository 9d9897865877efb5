"""Alerts before a real browser and server: pushed to every tab, acknowledged for all, counted before the title."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.missions import csv_file, row
from tests.site import WIDE, Site, Tab, exercise_at, serving, tab

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(exercise_at(tmp_path_factory.mktemp("alerts") / "mission", 600)) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    yield made
    made.close()


def report(folder: Path, name: str, **fields: str) -> Path:
    now = datetime.now(UTC) - timedelta(minutes=1)
    times = dict.fromkeys(("occurred_at", "reported_at"), f"{now:%Y-%m-%dT%H:%M:%SZ}")
    usual = {"id": name, "kind": "attack_on_civilians", "longitude": "62.9", **times}
    return csv_file(folder / f"{name}.csv", [row(1, **(usual | fields))])


def top(place: Tab) -> str:
    return place.frame.text_content("#gl-pins li:first-child") or ""


def test_an_alert_comes_by_push_whatever_the_view_is_acknowledged_for_every_tab_and_for_good(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D1h%26kind%3Dprotest")
    other = tab(context).open(site.url)
    for each in (place, other):
        each.frame.wait_for_selector("#gl-pins li")
    open_before = place.frame.text_content("#gl-alerts-open")
    site.submit(report(tmp_path, "struck", place="Pushed town", marking="STRICTLY CONFIDENTIAL"))
    stored = datetime.now(UTC)
    for each in (place, other):
        each.until("document.querySelector('#gl-pins li:first-child').textContent.includes('Pushed town')")
    assert datetime.now(UTC) - stored < timedelta(seconds=3)
    assert "Urgent" in top(place)
    place.soon(lambda: place.bands == ["EXERCISE · STRICTLY CONFIDENTIAL · EXERCISE"] * 2)
    assert place.page.title().startswith("(")
    place.frame.click("#gl-pins li:first-child .gl-ack")
    place.page.keyboard.type("Ambulance and patrol sent")
    place.page.keyboard.press("Enter")
    for each in (place, other):
        each.until("!document.querySelector('#gl-pins').textContent.includes('Pushed town')")
        each.until(f"document.querySelector('#gl-alerts-open').textContent === {json.dumps(open_before)}")
    place.page.reload()
    place.drawn()
    place.frame.click("#gl-alerts-all")
    done = place.frame.text_content("#gl-pins li:has-text('Pushed town')") or ""
    assert "by owner: Ambulance and patrol sent" in done
    site.submit(report(tmp_path, "again", place="Pushed town, again"))
    place.page.mouse.move(300, 300)
    place.frame.evaluate("document.activeElement.blur()")
    place.until("document.querySelector('#gl-pins').textContent.includes('1 new since acknowledged by owner')")
    assert place.complaints == []


def test_the_number_before_the_title_stays_through_a_rerun_and_goes_with_the_map(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(site.url)
    place.frame.wait_for_selector("#gl-pins li")
    place.soon(lambda: place.page.title().startswith("("))
    place.frame.click("[data-span='7d']")
    place.settled()
    place.soon(lambda: place.page.title().startswith("("))
    place.page.get_by_role("link", name="Import").click()
    place.page.wait_for_selector("text=Drop a file above")
    place.soon(lambda: not place.page.title().startswith("("))
