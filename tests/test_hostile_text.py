"""Whatever a record, a place, a layer's code or a mission is called, it is text on every screen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from layers import config
from layers.config import Configuration
from layers.desk import open_mission
from tests.missions import csv_file, geojson_file, row, square
from tests.site import WIDE, Site, serving, tab

pytestmark = pytest.mark.chromium
CANARY = '<img src=x onerror="top.hurt=1"></script><script>top.hurt=1</script>${top.hurt=1}`+top.hurt+`\u202egnp.exe'
# Signs that turn the direction of a text are spelled out, so that nobody is misled by them.
SHOWN = CANARY.replace("\u202e", "⟨U+202E⟩")
LONG = CANARY + "W" * 10_000
HURT = "window.hurt !== undefined || [...document.querySelectorAll('iframe')].some((f) => f.contentWindow.hurt !== undefined)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile") / "mission"
    config.write(folder, Configuration(title=CANARY[:100], box=(60.0, -23.0, 66.0, -17.0)))
    assert tomllib.loads((folder / "mission.toml").read_text(encoding="utf-8"))["title"] == CANARY[:100]
    desk = open_mission(folder).desk()
    there = folder.parent
    odd = {"place": CANARY, "target": CANARY, "source": CANARY, "party": "A", "kind": "other"}
    rows = [row(1, **odd, text=LONG), row(2, **(odd | {"text": CANARY, "party": CANARY}))]
    named = {"id": CANARY, "name": CANARY, "code": CANARY, "kind": CANARY, "text": LONG, "source": CANARY}
    lines = [("LineString", [[61, -20], [64, -20]], named)]
    files = {
        "sectors": geojson_file(there / "sectors.geojson", [("Polygon", square(60, -22, 4), named)]),
        "zones": geojson_file(there / "zones.geojson", [("Polygon", square(61, -21, 2), named)]),
        "ceasefire_lines": geojson_file(there / "lines.geojson", lines),
        "patrol_routes": geojson_file(there / "routes.geojson", lines),
        "settlements": geojson_file(there / "places.geojson", [("Point", [62.0, -20.3], named)]),
        "positions": geojson_file(there / "positions.geojson", [("Point", [62.5, -20.4], named)]),
        "incidents": csv_file(there / "incidents.csv", rows),
    }
    for layer, path in files.items():
        receipt = desk.submit(layer, path)
        assert receipt.new > 0, (layer, receipt.refused)
    with serving(folder) as started:
        yield started


def test_no_text_of_a_record_becomes_markup_on_any_screen(site: Site, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    place = tab(context).open(f"{site.url}/?v=last%3Dall")
    shown = place.frame.text_content("#gl-items") or ""
    assert SHOWN in shown
    place.frame.click("#gl-items li:last-child button")
    place.until("document.querySelector('#gl-card-body .gl-text')")
    card = place.frame.text_content("#gl-card-body") or ""
    assert SHOWN in card
    assert "W" * 9_000 in card
    place.page.keyboard.press("Escape")
    place.frame.fill("#gl-search", "img")
    place.until("document.querySelector('#gl-results li[data-kind]')")
    assert CANARY[:40] in (place.frame.text_content("#gl-results") or "")
    place.page.keyboard.press("Escape")
    place.frame.click("#gl-filter")
    assert CANARY[:40] in (place.frame.text_content("#gl-filters") or "")
    place.frame.wait_for_selector("#gl-filters [data-field=settlement] input[type=checkbox]")
    for field in ("kp", "post", "settlement"):
        assert SHOWN in (place.frame.text_content(f"#gl-filters [data-field={field}]") or "")
    place.page.keyboard.press("Escape")
    assert CANARY[:60] in (place.page.text_content(".gl-head") or "")
    assert CANARY[:60] in place.page.title()
    assert place.frame.evaluate("document.querySelectorAll('#gl img, #gl script').length") == 0
    upload = tmp_path / "<img src=x onerror=top.hurt=1>.csv"
    csv_file(upload, [row(3, kind=CANARY, latitude=CANARY), row(4, text=LONG)])
    place.page.get_by_role("link", name="Import").click()
    place.page.set_input_files("input[type=file]", str(upload))
    place.page.wait_for_selector("text=Refused rows")
    place.page.wait_for_timeout(500)
    assert place.page.evaluate(HURT) is False
    assert place.page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert {url.split("/")[2] for url in place.asked if not url.startswith(("data:", "blob:"))} == {f"127.0.0.1:{site.port}"}
    assert place.complaints == []
    context.close()
