"""Within, the panel that asks how layers stand to one another: the frame alone, answered from here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Route

from layers.model import parse
from layers.model.relation import Relation
from tests.frame import FAKE_SOCKET, HOSTILE, NOW, SITE, Frame

pytestmark = pytest.mark.chromium
LINE = "last=24h&where=incidents,within,ceasefire_lines,500"
COUNTED_RUNS = (
    "window.runs = 0; window.Streamlit = { setComponentValue: () => { window.runs += 1; }, events: new EventTarget() };"
)
SMALL = """[...document.querySelectorAll('#gl button, #gl input, #gl select')]
  .filter((e) => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map((e) => e.id || e.className)"""
PAINTED = """(() => {
  const sheet = [...document.querySelectorAll('canvas.gl-sheet')].find((one) => /reach/.test(one.parentNode.className));
  if (!sheet) return 0;
  return sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data.filter((value, n) => n % 4 === 3 && value > 0).length;
})()"""


@pytest.fixture
def frame(browser: Browser) -> Iterator[Frame]:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.add_init_script(COUNTED_RUNS)
    yield Frame(page)
    page.close()
    assert faults == []


def asking(frame: Frame, view: str = LINE) -> Frame:
    frame.open(view, "within")
    frame.page.wait_for_selector("#gl-q-subject option", state="attached")
    frame.drawn()
    return frame


def asked(frame: Frame, path: str, since: int = 0) -> list[str]:
    """Return the views that were asked of a path, in order."""
    urls = [urlsplit(url) for url in frame.asked[since:]]
    return [parse_qs(url.query).get("v", [""])[0] for url in urls if url.path.startswith(path)]


def big(frame: Frame, number: int) -> None:
    frame.page.wait_for_function(f"document.querySelector('.gl-big b')?.textContent.replace(/\\D/g, '') === '{number}'")


def test_the_frame_spells_a_relation_as_the_server_does(frame: Frame) -> None:
    frame.page.goto(f"{SITE}/component/frame/index.html")
    relations = [
        Relation("incidents", "within", "zones", 500),
        Relation("incidents", "within", "zones", 0),
        Relation("incidents", "beyond", "ceasefire_lines", 50_000, "a,b/ü&=%+ '()*!~"),
        Relation("patrol_tracks", "inside", "zones", 0, "z1"),
        Relation("patrol_tracks", "crossing", "ceasefire_lines"),
        Relation("incidents", "side", "ceasefire_lines", 0, "", "A"),
        Relation("incidents", "side", "ceasefire_lines", 0, "l:1", "left"),
    ]
    program = "async (texts) => { const it = await import('/lib/own/relation.js'); return texts.map((text) => it.spelled(it.read(text))); }"
    assert frame.page.evaluate(program, [one.text for one in relations]) == [one.text for one in relations]


def test_a_view_is_spelled_as_the_server_spells_it(frame: Frame) -> None:
    frame.page.goto(f"{SITE}/component/frame/index.html")
    one, other = "a" * 32, "0f" * 16
    texts = [
        "last=7d",
        "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&known=2026-01-03T00:00:00Z&bbox=60,-23,66,-17.5",
        f"last=24h&hide=sectors,zones&where=a,within,b,5&scene={one},{other}&look=nbr&kind=firing,shelling",
        f"last=24h&kp=line-1,10,60.5&scene={one}",
        "last=24h&settlement=a%252Cb,c",
        "from=2026-01-01T06:00:00.000001Z&by=recorded&known=2026-01-03T00:00:00Z",
    ]
    program = """async (texts) => { const it = await import('/lib/own/view.js'); return texts.map((text) => it.written(it.parse(text))); }"""
    assert frame.page.evaluate(program, texts) == [parse(text).text for text in texts] == texts


def test_what_two_views_may_show_differently(frame: Frame) -> None:
    frame.page.goto(f"{SITE}/component/frame/index.html")
    near, far, other = (f"last=24h&where={text}" for text in ("a,within,b,5", "a,within,b,50", "c,within,b,5"))
    pairs = [("last=24h", near), (near, far), (near, other), ("last=24h", "last=24h&hide=x,y"), ("last=24h&hide=x", f"{near}&hide=y"),
             (near, near), ("last=24h", "last=24h&look=nbr"), ("last=24h", "last=7d"), (near, "last=24h&kind=firing&where=a,within,b,5")]  # fmt: skip
    program = """async (pairs) => {
      const { touched } = await import('/lib/own/view.js');
      return pairs.map((pair) => { const found = touched(...pair); return found && [...found].filter(Boolean).sort(); });
    }"""
    assert frame.page.evaluate(program, pairs) == [["a"], ["a"], ["a", "c"], ["x", "y"], ["a", "x", "y"], [], [], None, None]


def test_the_first_view_does_without_all_this(frame: Frame) -> None:
    frame.open()
    assert not [
        url for url in frame.asked if re.search(r"/(within|reach|relation|sentence|keep)\.|/data/(within|reach|relations)", url)
    ]
    frame.open(LINE)
    assert asked(frame, "/data/reach") == [LINE]
    assert asked(frame, "/data/within") == []


def test_nothing_is_asked_before_someone_asks(frame: Frame) -> None:
    asking(frame, "last=24h")
    assert frame.page.is_visible("#gl-ask")
    assert not frame.page.is_visible("#gl-clear")
    assert asked(frame, "/data/within") == []
    frame.page.click("#gl-ask")
    big(frame, 500)
    assert asked(frame, "/data/within") == [LINE]
    said = "By their precision 499 surely and 1 perhaps; 2 more, not counted, may be too. 500.4 are to be expected."
    assert said in str(frame.page.text_content("#gl-answer"))
    assert "Only what was in force when each occurred counts." in str(frame.page.text_content("#gl-answer"))
    frame.page.click("#gl-clear")
    frame.page.wait_for_selector("#gl-ask")
    assert "where" not in frame.page.url


def test_the_distance_is_set_by_keys_on_the_slider_and_by_a_number(frame: Frame) -> None:
    page = asking(frame).page
    page.focus("#gl-q-slide")
    for key, metres, words in (
        ("ArrowRight", 600, "600 m"),
        ("Home", 50, "50 m"),
        ("End", 50_000, "50 km"),
        ("ArrowLeft", 40_000, "40 km"),
    ):
        page.keyboard.press(key)
        big(frame, metres)
        assert page.get_attribute("#gl-q-slide", "aria-valuetext") == words
        assert page.input_value("#gl-q-metres") == str(metres)
    page.fill("#gl-q-metres", "730")
    big(frame, 730)
    assert page.evaluate("document.querySelector('#gl-q-slide').value") == page.evaluate(
        "import('/lib/own/sentence.js').then((it) => String(it.stepped(800)))"
    )
    before = len(frame.asked)
    page.fill("#gl-q-metres", "700000")
    assert page.get_attribute("#gl-q-metres", "aria-invalid") == "true"
    assert "from 0 to 500" in str(page.text_content("#gl-q-fault"))
    page.wait_for_timeout(400)
    assert set(asked(frame, "/data/", before)) <= {LINE.replace("500", "730")}
    page.fill("#gl-q-metres", "7000")
    big(frame, 7000)
    assert page.get_attribute("#gl-q-metres", "aria-invalid") is None
    page.wait_for_function("location.search.includes('7000')")


def test_a_drag_runs_no_page_and_asks_of_no_other_layer(frame: Frame) -> None:
    page = asking(frame).page
    page.wait_for_timeout(500)
    before, runs = len(frame.asked), page.evaluate("window.runs")
    box = page.locator("#gl-q-slide").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.35, y)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.35 + step / 40), y)
        page.wait_for_timeout(20)
    page.mouse.up()
    last = int(page.input_value("#gl-q-metres"))
    assert last > 5_000
    big(frame, last)
    page.wait_for_function(f"new URL(location).searchParams.get('v').endsWith(',{last}')")
    assert page.evaluate("window.runs") == runs
    assert asked(frame, "/data/features/", before) == []
    views = asked(frame, "/data/tiles/incidents/", before)
    assert len(set(views)) > 3, "the picture follows while the slider moves"
    assert asked(frame, "/data/tiles/", before) == views
    assert asked(frame, "/data/reach", before)[-1] == asked(frame, "/data/within", before)[-1] == views[-1]
    assert len(asked(frame, "/data/feed", before)) < len(set(views)), "the list waits until the slider rests"


def test_an_answer_that_comes_late_is_dropped(frame: Frame) -> None:
    page = asking(frame).page
    late: list[Route] = []
    for path in ("within", "reach"):
        page.route(f"**/data/{path}?*2C2000", lambda route: late.append(route))
    page.fill("#gl-q-metres", "2000")
    page.wait_for_timeout(300)
    page.fill("#gl-q-metres", "3000")
    big(frame, 3000)
    assert {urlsplit(route.request.url).path for route in late} == {"/data/within", "/data/reach"}
    for route in late:
        route.fulfill(
            body=json.dumps({"count": 2000, "of": 9, "items": [], "parts": [], "metres": 2000, "words": "late"}),
            content_type="application/json",
        )
    page.wait_for_timeout(200)
    big(frame, 3000)
    assert "Within 3000 m" in str(page.text_content("#gl-reach"))
    assert page.evaluate(PAINTED) > 0


def test_the_reach_lies_on_the_map_and_stays_until_the_next_is_there(frame: Frame) -> None:
    page = asking(frame, LINE.replace("500", "50000")).page
    page.wait_for_function("!document.querySelector('#gl-reach').hasAttribute('data-late')")
    first = page.evaluate(PAINTED)
    assert first > 1_000
    held: list[Route] = []
    page.route("**/data/reach?*", lambda route: held.append(route))
    page.focus("#gl-q-slide")
    page.keyboard.press("Home")
    big(frame, 50)
    assert 0 < page.evaluate(PAINTED) < first, "what is of the question before is dashed and empty"
    assert page.inner_text("#gl-reach") == "Drawing …"
    while not held:
        page.wait_for_timeout(20)
    held[-1].fulfill(body=json.dumps({"parts": [], "metres": 50, "words": "none"}), content_type="application/json")
    page.wait_for_function(f"{PAINTED} === 0")
    panes = "['shapes', 'reach', 'points'].map((name) => Number(document.querySelector(`.leaflet-${name}-pane`).style.zIndex))"
    order = page.evaluate(panes)
    assert order == sorted(order)


def test_only_what_the_server_lists_can_be_asked(frame: Frame) -> None:
    page = asking(frame).page
    options = "(name) => [...document.querySelectorAll(`#gl-q-${name} option`)].map((one) => one.value)"
    assert page.evaluate(options, "kind") == ["within", "beyond", "side"]
    page.select_option("#gl-q-kind", "side")
    assert page.evaluate(options, "side") == ["A", "left"]
    assert not page.is_visible("#gl-q-metres")
    page.wait_for_function("new URL(location).searchParams.get('v').endsWith('incidents,side,ceasefire_lines,0,,A')")
    page.select_option("#gl-q-subject", "settlements")
    assert page.evaluate(options, "other") == ["zones"]
    assert page.evaluate(options, "kind") == ["within", "beyond", "inside", "crossing"]
    assert page.text_content("#gl-q-kind option[value=inside]") == "that touch or lie in"
    page.select_option("#gl-q-feature", "z/1")
    page.wait_for_function("new URL(location).searchParams.get('v').includes('where=settlements,within,zones,500,z%252F1')")
    assert asked(frame, "/data/features/settlements")[-1] == parse("last=24h&where=settlements,within,zones,500,z%252F1").text


def test_a_layer_that_is_not_tiled_is_listed_and_its_cards_open(frame: Frame) -> None:
    page = asking(frame, "last=24h&where=settlements,within,zones,500").page
    big(frame, 500)
    assert not page.is_visible("#gl-feed")
    assert page.text_content("#gl-found .gl-title") == HOSTILE.replace("\u202e", "⟨U+202E⟩")
    page.click("#gl-found button")
    page.wait_for_selector("#gl-card .gl-fault")
    assert not page.is_visible("#gl-within")
    page.keyboard.press("Escape")
    assert page.is_visible("#gl-within")
    assert page.is_visible("#gl-found")


def test_a_picture_that_leaves_things_out_says_so_and_is_lifted(frame: Frame) -> None:
    frame.open(LINE)
    page = frame.page
    assert "Incidents within 500 m of Ceasefire line" in str(page.text_content("#gl-where"))
    assert "Within 500 m of Ceasefire line" in str(page.text_content("#gl-reach"))
    page.click("#gl-where .gl-lift")
    page.wait_for_selector("#gl-where", state="hidden")
    assert not page.is_visible("#gl-reach")
    assert page.evaluate("new URL(location).searchParams.get('v')") == "last=24h"
    assert page.evaluate("window.runs") == 0
    frame.drawn()
    assert asked(frame, "/data/tiles/")[-1] == "last=24h"
    page.route("**/data/reach?*", lambda route: route.fulfill(status=400, body="no such layer\n"))
    frame.show("last=24h&where=incidents,within,zones,1500,z2")
    page.wait_for_selector("#gl-where:has-text('Only some incidents')")


def test_an_answer_is_kept_by_name_and_dropped_with_a_reason(frame: Frame) -> None:
    page = asking(frame).page
    big(frame, 500)
    page.click("#gl-to-keep")
    page.keyboard.press("Control+A")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gl-keep-undo")
    page.click("#gl-to-keep")
    page.fill("#gl-keep-name", "")
    page.keyboard.press("Enter")
    assert "it has no name" in str(page.text_content("#gl-kept"))
    page.fill("#gl-keep-name", "Near the line")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gl-keep-undo")
    assert page.text_content("#gl-kept span") == "Kept as Near the line, for everyone."
    assert frame.sent[-1] == ("/keep", {"name": "Near the line", "view": LINE})
    heads = "[...document.querySelectorAll('#gl-layers h3')].map((head) => head.textContent)"
    page.wait_for_function("document.querySelectorAll('.gl-drop').length === 2")
    assert page.evaluate(heads) == ["Kept answers"]
    page.click("#gl-keep-undo")
    page.wait_for_function("document.querySelectorAll('.gl-drop').length === 1")
    assert frame.sent[-1][0] == "/keep/drop"
    page.click(".gl-drop")
    page.wait_for_selector("#gl-drop[open]")
    page.keyboard.press("Enter")
    assert page.is_visible("#gl-drop"), "there is no dropping without a reason"
    page.keyboard.type("Asked again <b>later</b>")
    page.keyboard.press("Enter")
    page.wait_for_function("!document.querySelector('.gl-drop')")
    assert frame.sent[-1][1]["reason"] == "Asked again <b>later</b>"  # type: ignore[index]
    assert page.evaluate(heads) == []
    big(frame, 500)


def test_a_layer_kept_elsewhere_comes_in_and_nothing_else_moves(frame: Frame) -> None:
    frame.page.add_init_script(FAKE_SOCKET)
    page = asking(frame).page
    frame.show(LINE, "within", "room")
    frame.say({"t": "hello", "now": NOW, "version": 7, "clock": "paused"})
    page.click(".gl-item")
    page.wait_for_selector("#gl-card h2")
    before, since = page.url, len(frame.asked)
    page.evaluate("fetch('/keep', { method: 'POST', body: JSON.stringify({ name: 'Elsewhere', view: '' }) })")
    frame.say({"t": "layers"})
    page.wait_for_selector("#gl-layers :text('Elsewhere')")
    assert page.url == before
    assert page.is_visible("#gl-card h2")
    assert asked(frame, "/data/tiles/", since) == []
    assert [urlsplit(url).path for url in frame.asked[since:] if "/features/" in url] == ["/data/features/kept_1"]


def test_text_of_a_record_is_text_in_the_question_and_its_answer(frame: Frame) -> None:
    page = asking(frame).page
    big(frame, 500)
    page.select_option("#gl-q-feature", "l1")
    page.click("#gl-to-keep")
    page.keyboard.press("Enter")
    page.wait_for_selector(".gl-drop")
    page.click(".gl-drop")
    for place in (
        "#gl-q-other",
        "#gl-q-feature",
        ".gl-big",
        "#gl-kept",
        "#gl-reach",
        "#gl-drop h2",
        "#gl-layers .gl-layer:has(.gl-drop)",
    ):
        assert "<img src=x" in str(page.text_content(place)), place
    assert page.evaluate("[window.hurt, document.querySelectorAll('#gl img, #gl script').length]") == [None, 0]
    assert page.evaluate("document.querySelector('#gl').textContent.includes('\u202e')") is False


@pytest.mark.parametrize("sheet", ["peek", "half", "full"])
def test_a_narrow_screen_shows_the_answer_first(browser: Browser, sheet: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 740})
    frame = asking(Frame(page))
    big(frame, 500)
    assert page.get_attribute("#gl-panel", "data-sheet") == "half"
    page.evaluate(f"document.querySelector('#gl-panel').dataset.sheet = '{sheet}'")
    page.wait_for_timeout(250)
    number, panel = (page.locator(of).bounding_box() for of in (".gl-big b", "#gl-panel"))
    assert number is not None
    assert panel is not None
    assert panel["y"] <= number["y"] < number["y"] + number["height"] <= min(740, panel["y"] + 70)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()
