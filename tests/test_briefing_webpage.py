"""A sheet as a web page: opened from disk in a browser that reaches nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from layers.briefing.drawing import Drawing, drawing
from layers.briefing.picture import Marks
from layers.briefing.plate import MOST_TOLD, Details, Underlay
from layers.briefing.webpage import html, told_of
from tests import plates

pytestmark = pytest.mark.chromium
HOSTILE = "</script><img src=x onerror=\"document.title='run'\"><!-- & \u202e\u2028 {{7*7}}"
LONG, RTL, CJK = "Lagebild " * 250, "خط وقف إطلاق النار", "停火线巡逻"
SEEN = "canvas[data-state=drawn]"


def details(drawn: Drawing, text: str = "Six rounds heard") -> dict[str, Details]:
    return {
        layer: Details(("Serial", "What happened"), {row: (f"{layer} {row}", text) for row in rows.tolist()})
        for layer, rows in told_of(drawn).items()
    }


class Opened:
    """A page opened from disk without a network: what it asked for, and what it complained of."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        context.set_offline(True)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector(SEEN)
        self.own = path.as_uri()

    def pixels(self) -> bytes:
        self.page.wait_for_selector(SEEN)
        return self.page.locator(".map").screenshot()

    @property
    def zoom(self) -> float:
        self.page.wait_for_selector(SEEN)
        return float(self.page.get_attribute("canvas", "data-zoom") or 0)

    @property
    def told(self) -> str:
        return self.page.inner_text("#told")

    def at(self, x: float, y: float, drawn: Drawing) -> tuple[float, float]:
        """Return where a place on the sheet stands in the canvas while the map is whole."""
        box, rect, room = self.page.locator("canvas").bounding_box(), drawn.frame.rect, 12
        assert box is not None
        scale = min(box["width"] / (rect.width + room), box["height"] / (rect.height + room))
        across, down = x - rect.x - rect.width / 2, rect.top - y - rect.height / 2
        return box["width"] / 2 + across * scale, box["height"] / 2 + down * scale

    def quiet(self) -> None:
        """Hold that it asked for nothing and complained of nothing."""
        assert [url for url in self.asked if not url.startswith("data:")] == [self.own]
        assert self.complaints == []


@pytest.fixture(scope="module")
def drawn() -> Drawing:
    return drawing(plates.full())


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path, drawn: Drawing) -> Iterator[Opened]:
    path = tmp_path / "sheet.html"
    path.write_bytes(html(drawn, plates.told(), details(drawn)))
    found = Opened(context, path)
    yield found
    found.quiet()


def one_mark(drawn: Drawing) -> tuple[float, float, int]:
    """Return an incident on the sheet, the last drawn, and its row."""
    part = next(part for part in drawn.picture.parts if part.name == "incidents")
    marks = [item for item in part.items if isinstance(item, Marks)][-1]
    return float(marks.x[-1]), float(marks.y[-1]), int(marks.rows[-1])


def test_a_layer_is_shown_or_not_from_the_legend(opened: Opened) -> None:
    before = opened.pixels()
    box = opened.page.locator(".legend input[data-layer=incidents]")
    box.uncheck()
    without = opened.pixels()
    assert without != before
    box.focus()
    opened.page.keyboard.press("Space")
    assert opened.pixels() == before


def test_the_map_is_enlarged_and_moved(opened: Opened) -> None:
    page = opened.page
    whole = opened.pixels()
    page.get_by_role("button", name="Zoom in").click()
    assert opened.zoom == pytest.approx(1.5)
    page.hover("canvas")
    page.mouse.wheel(0, -400)
    page.wait_for_function("Number(document.querySelector('canvas').dataset.zoom) > 2")
    page.focus("canvas")
    page.keyboard.press("-")
    near = opened.zoom
    assert 1 < near < 2.8
    still = opened.pixels()
    page.keyboard.press("ArrowRight")
    moved = opened.pixels()
    assert moved != still
    page.keyboard.press("ArrowLeft")
    assert opened.pixels() == still
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 260, steps=4)
    page.mouse.up()
    assert opened.pixels() != still
    page.get_by_role("button", name="Show the whole map").click()
    assert opened.zoom == 1
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    assert opened.pixels() == whole


def test_a_click_tells_of_a_feature(opened: Opened, drawn: Drawing) -> None:
    x, y, row = one_mark(drawn)
    across, down = opened.at(x, y, drawn)
    opened.page.locator("canvas").click(position={"x": across, "y": down})
    assert f"incidents {row}" in opened.told
    assert "Six rounds heard" in opened.told
    opened.page.locator("canvas").click(position={"x": 3, "y": 3})
    assert "Nothing lies here" in opened.told


def test_a_layer_that_is_not_shown_is_not_told_of(opened: Opened, drawn: Drawing) -> None:
    x, y, row = one_mark(drawn)
    across, down = opened.at(x, y, drawn)
    opened.page.locator(".legend input[data-layer=incidents]").uncheck()
    opened.page.locator("canvas").click(position={"x": across, "y": down})
    assert f"incidents {row}" not in opened.told


def test_the_keyboard_alone_reaches_and_asks(context: BrowserContext, tmp_path: Path) -> None:
    west, south, east, north = plates.HERE
    middle = plates.incidents(np.array([(west + east) / 2]), np.array([(south + north) / 2]))
    drawn = drawing(plates.plate(plates.HERE, middle))
    path = tmp_path / "sheet.html"
    path.write_bytes(html(drawn, plates.told(), details(drawn)))
    opened = Opened(context, path)
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.tagName") == "CANVAS"
    opened.page.keyboard.press("Enter")
    assert "incidents 0" in opened.told
    opened.quiet()


@pytest.mark.parametrize("text", [HOSTILE, LONG, RTL, CJK], ids=["hostile", "long", "rtl", "cjk"])
def test_every_text_is_text(context: BrowserContext, tmp_path: Path, text: str) -> None:
    told = plates.told(title=text, subtitle=text, band=text, number=text[:90], sources=text, disclaimer=text, stamp=text)
    told = replace(told, notes=((text, text),), trace=(text,))
    names = plates.settlements(*plates.strewn(plates.HERE, 3), (text, text, text))
    drawn = drawing(plates.plate(plates.HERE, names, plates.incidents(*plates.strewn(plates.HERE, 4)), words=told))
    path = tmp_path / "sheet.html"
    path.write_bytes(html(drawn, told, details(drawn, text)))
    opened = Opened(context, path)
    x, y, _ = one_mark(drawn)
    across, down = opened.at(x, y, drawn)
    opened.page.locator("canvas").click(position={"x": across, "y": down})
    assert opened.page.locator("img, a, iframe, [onerror], [onclick], [style*=url]").count() == 0
    assert opened.page.locator("script").count() == 2
    assert opened.page.title() != "run"
    assert " ".join(text.replace("\u202e", " ").replace("\u2028", " ").split())[:60] in " ".join(opened.told.split())
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.quiet()


def test_only_its_own_program_and_style_are_let_in(drawn: Drawing) -> None:
    page = html(drawn, plates.told(), {}).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert "unsafe" not in policy[1]
    for tag in ("style", "script"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" in policy[1]
    assert not re.search(r"\s(on\w+|style|href|src)=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))
    assert "http" not in re.sub(r'http-equiv="', "", page)


def test_the_marking_stands_at_both_ends_of_every_page(opened: Opened) -> None:
    bands = opened.page.locator(".band")
    assert bands.all_inner_texts() == [plates.BAND, plates.BAND]
    opened.page.emulate_media(media="print")
    assert bands.evaluate_all("all => all.map(one => getComputedStyle(one).position)") == ["fixed", "fixed"]
    assert opened.page.locator(".zoom").is_hidden()


def test_a_scene_under_the_map_can_be_taken_away(context: BrowserContext, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 120, 4), np.uint8)
    drawn = drawing(replace(plates.full(), underlay=Underlay(pixels, "Scene of 27 NOV 26")))
    path = tmp_path / "sheet.html"
    path.write_bytes(html(drawn, plates.told(), {}))
    opened = Opened(context, path)
    opened.page.wait_for_timeout(300)
    before = opened.pixels()
    opened.page.locator(".legend input[data-layer=underlay]").uncheck()
    assert opened.pixels() != before
    opened.quiet()


def test_before_and_after_are_both_on_the_page_each_with_its_words(context: BrowserContext, tmp_path: Path) -> None:
    red, blue = (np.full((40, 40, 4), colour, np.uint8) for colour in ((220, 20, 20, 255), (20, 20, 220, 255)))
    twice = replace(plates.full(), underlay=Underlay(red, "Before · 1 NOV 26"), after=Underlay(blue, "After · 27 NOV 26"))
    path = tmp_path / "sheet.html"
    path.write_bytes(html(drawing(twice), plates.told(), {}))
    opened = Opened(context, path)
    opened.page.wait_for_timeout(300)
    shown = np.asarray(Image.open(io.BytesIO(opened.pixels())).convert("RGB")).astype(int)
    first, second = (np.abs(shown - scene[0, 0, :3]).max(axis=2) < 30 for scene in (red, blue))
    assert min(first.sum(), second.sum()) > 20_000
    assert abs(np.log(first.sum() / second.sum())) < 0.1
    parts = json.loads(opened.page.inner_text("#sheet"))["parts"]
    words = [item["text"] for part in parts if part["layer"] == "caption" for item in part["items"] if item["kind"] == "words"]
    assert words == ["Before · 1 NOV 26", "After · 27 NOV 26"]
    opened.quiet()


def test_very_many_points_are_a_small_file_and_their_details_are_bounded() -> None:
    drawn = drawing(plates.full(count=6_000))
    wanted = told_of(drawn)
    assert all(len(rows) <= MOST_TOLD for rows in wanted.values())
    page = html(drawn, plates.told(), details(drawn, "x" * 5_000))
    assert len(page) < 4_000_000
    found = re.search(r'id="sheet">(.*?)</script>', page.decode(), re.DOTALL)
    assert found is not None
    told = json.loads(found[1])["details"]
    assert all(len(text) <= 500 for layer in told.values() for row in layer["rows"].values() for text in row)
    assert {part["layer"] for part in json.loads(found[1])["parts"]} >= {"incidents", "settlements"}


def test_the_same_drawing_is_the_same_page(drawn: Drawing) -> None:
    assert html(drawn, plates.told(), details(drawn)) == html(drawn, plates.told(), details(drawn))
