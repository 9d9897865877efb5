"""Imagery before a real browser and server: scenes laid on the map, swiped, added and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext

from layers.desk import open_mission
from layers.imagery.written import written
from tests.frame import HOSTILE
from tests.rasters import BANDS, CORNER, ZONE, add, placed, textured, tif
from tests.site import NARROW, WIDE, Site, Tab, exercise_at, faint, serving, tab

pytestmark = pytest.mark.chromium
PAINTED = """(pane) => {
  const tiles = [...document.querySelectorAll(`.leaflet-scene-${pane}-pane img.leaflet-tile-loaded`)];
  return tiles.filter((tile) => tile.naturalWidth === 256).length;
}"""
CUT = "(pane) => document.querySelector(`.leaflet-scene-${pane}-pane`).style.clipPath"
#: Where the ground of the scenes lies on the map.
PLACE = "#12/-19.9770/61.0200"


@pytest.fixture(scope="module")
def imaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[str]]]:
    folder = exercise_at(tmp_path_factory.mktemp("imaged") / "mission", 200)
    mission = open_mission(folder)
    now, desk = datetime.now(UTC).replace(microsecond=0), mission.desk()
    other = textured(seed=2)
    first = add(desk, tif(folder.parent / "a.tif"), acquired=now - timedelta(days=9), name="Before the fire")
    second = add(desk, tif(folder.parent / "b.tif", other), acquired=now - timedelta(hours=3), name=HOSTILE)
    mission.close()
    with serving(folder) as started:
        yield started, [first.digest, second.digest]


def opened(context: BrowserContext, site: Site, view: str = "last=24h", page: str = "imagery") -> Tab:
    place = tab(context).open(f"{site.url}/{page}?v={quote(view)}{PLACE}")
    if page == "imagery":
        place.frame.wait_for_selector("#gl-compare:not(:disabled)")
    return place


def compared(context: BrowserContext, site: Site) -> Tab:
    place = opened(context, site)
    place.frame.click("#gl-compare")
    place.frame.wait_for_selector("#gl-divide:not([hidden])")
    place.until(f"({PAINTED})('before') > 0 && ({PAINTED})('after') > 0")
    return place.drawn()


def complaints(place: Tab) -> list[str]:
    """Return what the browser complained of, but for what Streamlit looks for beside a page before it finds it at the root."""
    return [said for said in place.complaints if "404" not in said]


def runs(place: Tab) -> int:
    return sum("/_stcore/" in url for url in place.asked)


def test_compare_lays_the_newest_two_and_the_divide_is_dragged(context: BrowserContext, imaged: tuple[Site, list[str]]) -> None:
    site, digests = imaged
    place = compared(context, site)
    place.soon(lambda: f"scene={','.join(digests)}" in place.url.replace("%3D", "=").replace("%2C", ",").replace("%26", "&"))
    assert [side.text_content()[:6].strip("0123456789") for side in place.frame.query_selector_all(".gl-side")] == [
        "Before",
        "After",
    ]  # type: ignore[index]
    before, cuts = runs(place), place.frame.evaluate(CUT, "before")
    box = place.frame.locator("#gl-divide").bounding_box()
    frame = place.page.locator("iframe[title*=folium]").bounding_box()
    assert box is not None
    assert frame is not None
    place.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    place.page.mouse.down()
    place.page.mouse.move(box["x"] - 150, box["y"] + 210, steps=5)
    place.page.mouse.up()
    assert place.frame.evaluate(CUT, "before") != cuts
    at = int(place.frame.get_attribute("#gl-divide", "aria-valuenow") or 0)
    place.frame.focus("#gl-divide")
    place.page.keyboard.press("ArrowRight")
    assert int(place.frame.get_attribute("#gl-divide", "aria-valuenow") or 0) == at + 2
    place.page.keyboard.press("Home")
    assert place.frame.get_attribute("#gl-divide", "aria-valuenow") == "3"
    place.page.keyboard.press("End")
    assert place.frame.get_attribute("#gl-divide", "aria-valuenow") == "97"
    for height in (120, 300):
        end, legend = (place.frame.locator(of).bounding_box() for of in ("#gl-divide", "#gl-legend"))
        assert end is not None
        assert legend is not None
        x, y = end["x"] + end["width"] / 2, end["y"] + height
        assert legend["x"] < x < legend["x"] + legend["width"], "it ends above the legend"
        place.page.mouse.move(x, y)
        place.page.mouse.down()
        place.page.mouse.move(x - 300, y + 20, steps=5)
        assert place.frame.evaluate("getComputedStyle(document.querySelector('#gl-map')).userSelect") == "none"
        place.page.mouse.up()
        assert place.frame.evaluate("getComputedStyle(document.querySelector('#gl-map')).userSelect") != "none"
        assert int(place.frame.get_attribute("#gl-divide", "aria-valuenow") or 97) < 80
        place.frame.focus("#gl-divide")
        place.page.keyboard.press("End")
    place.page.keyboard.press("Home")
    assert runs(place) == before, "the divide runs no page"
    assert complaints(place) == []


def test_the_legend_says_that_the_sides_of_the_divide_are_stretched_apart(
    context: BrowserContext, imaged: tuple[Site, list[str]]
) -> None:
    place = compared(context, imaged[0])
    assert "Each side is stretched over its own middle 96 %: the same shade" in (place.frame.text_content("#gl-look") or "")
    place.frame.select_option("#gl-draw", "near_infrared")
    place.soon(lambda: "96 %, before " in (place.frame.text_content("#gl-look") or ""))
    assert ", after " in (place.frame.text_content("#gl-look") or "")
    place.frame.select_option("#gl-draw", "ndvi")
    place.soon(lambda: "96 %" not in (place.frame.text_content("#gl-look") or "96 %"))


def test_each_side_shows_its_own_scene(context: BrowserContext, imaged: tuple[Site, list[str]]) -> None:
    site, digests = imaged
    place = compared(context, site)
    source = "(pane) => document.querySelector(`.leaflet-scene-${pane}-pane img`).src"
    assert [re.findall("[0-9a-f]{32}", place.frame.evaluate(source, pane))[0] for pane in ("before", "after")] == digests
    corners = [[float(n) for n in re.findall(r"-?[\d.]+(?=px)", place.frame.evaluate(CUT, pane))] for pane in ("before", "after")]
    left, right = ({corners[n][i] for i in range(0, 8, 2)} for n in range(2))
    assert max(left) == min(right), "where one ends, the other begins"
    place.frame.click("#gl-swap")
    place.until(f"({source})('before').includes('{digests[1]}')")
    assert "Exchange the two" in (place.frame.text_content("#gl-scene-says") or "")


def test_a_look_and_an_opacity_are_chosen_and_a_reload_keeps_the_picture(
    context: BrowserContext, imaged: tuple[Site, list[str]]
) -> None:
    site, digests = imaged
    place = opened(context, site, f"last=24h&scene={digests[1]}")
    place.until(f"({PAINTED})('after') > 0")
    assert place.frame.get_attribute("#gl-divide", "hidden") is not None
    place.frame.select_option("#gl-draw", "ndvi")
    place.until("document.querySelector('.leaflet-scene-after-pane img').src.includes('/ndvi/')")
    assert "Vegetation index" in (place.frame.text_content("#gl-drawn-as") or "")
    assert place.frame.query_selector("#gl-drawn-as .gl-ramp") is not None
    place.frame.fill("#gl-opacity", "0.5")
    assert place.frame.text_content(".gl-fade output") == "50 %"
    place.soon(lambda: "look" in place.url)
    place.page.reload()
    place.drawn()
    place.until("document.querySelector('.leaflet-scene-after-pane img')?.src.includes('/ndvi/')")
    place.frame.click("#gl-clear-scenes")
    place.until("!document.querySelector('.leaflet-scene-after-pane img')")
    place.soon(lambda: "scene" not in place.url)


def test_hostile_names_are_text(context: BrowserContext, imaged: tuple[Site, list[str]]) -> None:
    place = compared(context, imaged[0])
    texts = place.frame.evaluate("[...document.querySelectorAll('#gl-after option')].map((one) => one.textContent)")
    assert any("<img src=x onerror=" in text and "⟨U+202E⟩" in text for text in texts)
    assert place.page.evaluate("window.hurt") is None
    assert complaints(place) == []


def test_the_live_map_shows_the_views_scenes_and_marks_them_on_the_time_strip(
    context: BrowserContext, imaged: tuple[Site, list[str]]
) -> None:
    site, digests = imaged
    place = opened(context, site, "last=24h", page="")
    assert not [url for url in place.asked if re.search(r"/(scenes|imagery|divide|looks|ticks)\.|/data/scene", url)]
    place.frame.wait_for_selector(".gl-tick")
    assert len(place.frame.query_selector_all(".gl-tick")) == 1, "one was taken in these 24 hours"
    place.frame.click(".gl-tick")
    place.until(f"({PAINTED})('after') > 0")
    assert "Scene " in (place.frame.text_content("#gl-scene") or "")
    place.frame.click("#gl-scene .gl-lift")
    place.until("!document.querySelector('.leaflet-scene-after-pane img')")
    assert place.frame.evaluate("document.querySelector('#gl-scene').hidden")
    del digests


def test_a_scene_that_is_not_here_is_said(context: BrowserContext, imaged: tuple[Site, list[str]]) -> None:
    place = tab(context).open(f"{imaged[0].url}/?v={quote('last=24h&scene=' + '0' * 32)}{PLACE}")
    place.until("document.querySelector('#gl-scene')?.textContent.includes('not here')")


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "dark"), (WIDE, "light"), (NARROW, "light")])
def test_the_panel_is_legible(browser: Browser, imaged: tuple[Site, list[str]], size: tuple[int, int], scheme: str) -> None:
    made = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    place = compared(made, imaged[0])
    assert place.frame.evaluate(faint("#gl-imagery *, #gl-divide *", "!of.children.length && !of.matches('option')")) == []
    wide = place.frame.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    if size == NARROW:
        heights = "[...document.querySelectorAll('#gl-imagery :is(select, button)')].filter((one) => one.offsetParent).map((one) => one.offsetHeight)"
        assert min(place.frame.evaluate(heights)) >= 44
    made.close()


def test_a_file_is_read_asked_about_added_and_taken_back(
    context: BrowserContext, imaged: tuple[Site, list[str]], tmp_path: Path
) -> None:
    site, _ = imaged
    page = context.new_page()
    page.goto(f"{site.url}/imagery?part=Scenes")
    page.wait_for_selector("[data-testid=stFileUploader]")
    sent = tmp_path / "watil.tif"
    written(sent, textured(seed=9), ZONE, placed((CORNER[0] + 4000, CORNER[1])), nodata=0, descriptions=BANDS)
    page.set_input_files("input[type=file]", sent)
    page.wait_for_selector("text=160 × 120 pixels")
    page.wait_for_selector("text=The file does not tell when it was taken")
    page.get_by_role("button", name="Add scene").click()
    page.wait_for_selector("text=does not tell when it was taken")
    page.get_by_role("textbox", name="Name").fill("North of Talesk")
    page.get_by_role("textbox", name="Acquired").fill("200818Z NOV 25")
    sensor = page.get_by_role("combobox", name="Sensor")
    sensor.click()
    page.get_by_role("option", name="Other optical", exact=True).click()
    for name, value in (("Scale of stored numbers", "0.0001"), ("Offset of stored numbers", "0")):
        page.get_by_role("textbox", name=name).or_(page.get_by_role("spinbutton", name=name)).fill(value)
    page.get_by_role("textbox", name="Source").fill("Survey flight")
    page.get_by_role("button", name="Add scene").click()
    page.wait_for_selector("text=is added. It can be laid on the map under Compare")
    page.wait_for_selector("text=3 scenes")
    page.get_by_role("button", name="Take it back").click()
    page.wait_for_selector("text=is taken back. Nothing was deleted")
    page.wait_for_selector("text=2 scenes")


def test_what_is_no_geotiff_is_refused_in_a_sentence(
    context: BrowserContext, imaged: tuple[Site, list[str]], tmp_path: Path
) -> None:
    page = context.new_page()
    page.goto(f"{imaged[0].url}/imagery?part=Scenes")
    page.wait_for_selector("[data-testid=stFileUploader]")
    (tmp_path / "trick.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    page.set_input_files("input[type=file]", tmp_path / "trick.tif")
    page.wait_for_selector("[data-testid=stAlert]")
    said = page.text_content("[data-testid=stAlert]") or ""
    assert said.startswith("trick.tif is a VRT")
    assert "Traceback" not in said
