"""What stands beside an answer: how sure it is, its ground, the way to it, and what a view of an area leaves out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Route

from layers.model import parse
from tests.frame import RELATED, Frame
from tests.test_within_panel import COUNTED_RUNS, LINE, asking, big

pytestmark = pytest.mark.chromium


@pytest.fixture
def frame(browser: Browser) -> Iterator[Frame]:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    page.add_init_script(COUNTED_RUNS)
    yield Frame(page)
    page.close()


def test_a_view_of_an_area_says_so_is_outlined_and_is_lifted(frame: Frame) -> None:
    frame.open("last=24h&bbox=62.4,-20.1,62.4478,-20.0548&kind=firing")
    page = frame.page
    assert page.inner_text("#gl-area .gl-words") == "Only in an area 5 km × 5 km"
    assert page.is_visible(".gl-edge")
    page.click("#gl-area .gl-lift")
    page.wait_for_selector("#gl-area", state="hidden")
    assert page.evaluate("new URL(location).searchParams.get('v')") == "last=24h&kind=firing"
    assert not page.is_visible(".gl-edge")
    frame.show("last=24h&bbox=170,-10,-170,10")
    page.wait_for_selector("#gl-area:has-text('Only in an area 2,200 km × 2,200 km')")
    page.click("#gl-filter")
    page.click("text=Lift all filters")
    page.wait_for_selector("#gl-area", state="hidden")
    assert page.evaluate("new URL(location).searchParams.get('v')") == "last=24h"


@pytest.mark.parametrize("how", ["slider", "keys", "metres"])
def test_how_sure_a_number_is_stands_only_beside_that_number(frame: Frame, how: str) -> None:
    page = asking(frame).page
    big(frame, 500)
    page.wait_for_selector(".gl-sure:has-text('499 surely')")
    held: list[Route] = []
    for path in ("within", "reach"):
        page.route(f"**/data/{path}?*", lambda route: held.append(route))
    tall = "JSON.stringify(['#gl-answer', '#gl-ask', '#gl-clear', '#gl-feed'].map((of) => document.querySelector(of).getBoundingClientRect().top))"
    before = page.evaluate(tall)
    if how == "slider":
        page.locator("#gl-q-slide").evaluate("(of) => { of.value = 12; of.dispatchEvent(new Event('input')); }")
    elif how == "keys":
        page.focus("#gl-q-slide")
        page.keyboard.press("ArrowRight")
    else:
        page.fill("#gl-q-metres", "730")
    assert not page.is_visible(".gl-sure"), "at once, whatever the answer takes"
    assert page.inner_text("#gl-reach") == "Drawing …"
    big(frame, int(page.input_value("#gl-q-metres")))
    assert not page.is_visible(".gl-sure")
    assert page.evaluate(tall) == before
    while len({urlsplit(route.request.url).path for route in held}) < 2:
        page.wait_for_timeout(20)
    for route in held:
        url = urlsplit(route.request.url)
        route.fulfill(json=RELATED[url.path](parse(parse_qs(url.query)["v"][0])))
    page.wait_for_selector(".gl-sure:visible")
    assert str(int(page.input_value("#gl-q-metres")) - 1) in page.inner_text(".gl-sure")
    page.wait_for_function("!document.querySelector('#gl-reach').innerText.includes('Drawing')")
    assert page.evaluate(tall) == before


def test_a_question_taken_back_before_it_was_sent_leaves_the_answer_standing(frame: Frame) -> None:
    page = asking(frame).page
    page.wait_for_selector(".gl-sure:has-text('499 surely')")
    for metres in ("600", "500"):
        page.fill("#gl-q-metres", metres)
    big(frame, 500)
    page.wait_for_selector(".gl-sure:visible:has-text('499 surely')")
    page.wait_for_function("document.querySelector('#gl-reach').innerText.startsWith('Within 500 m')")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"surely": 500, "perhaps": 0, "missed": 0}, "By their precision surely 500."),
        ({"surely": 500, "perhaps": 0, "missed": 1, "expected": None}, "By their precision surely 500; 1 more, not counted, may be too."),
        ({"surely": 2, "perhaps": 498, "missed": 0, "expected": 1234.56}, "By their precision 2 surely and 498 perhaps. 1,234.6 are to be expected."),
        ({"surely": None, "perhaps": None, "missed": None, "expected": None}, ""),
    ],
)  # fmt: skip
def test_how_sure_it_is_in_words(frame: Frame, answer: dict[str, object], words: str) -> None:
    told = {"count": 500, "of": 5000, "words": "", "items": [], "expected": 500.0} | answer
    frame.page.route("**/data/within?*", lambda route: route.fulfill(json=told))
    page = asking(frame).page
    page.wait_for_selector(".gl-big:has-text('5,000')")
    assert page.text_content(".gl-sure") == words


def test_what_was_in_force_when_it_occurred_is_said_of_reports_only(frame: Frame) -> None:
    page = asking(frame, "last=24h&where=settlements,within,zones,500").page
    big(frame, 500)
    assert not page.is_visible("text=Only what was in force")


def test_the_map_is_brought_to_the_answer_where_it_is_asked_to(frame: Frame) -> None:
    page = asking(frame, LINE.replace("500", "5000")).page
    big(frame, 5000)
    page.wait_for_selector("#gl-reach:has-text('Within 5000 m')")
    page.click("#gl-to-it")
    zoom, lat, lon = (float(part) for part in page.evaluate("location.hash.slice(1)").split("/"))
    assert zoom >= 10
    assert (lat, lon) == (pytest.approx(-20.1, abs=0.05), pytest.approx(62.4, abs=0.1))
    page.select_option("#gl-q-kind", "beyond")
    page.wait_for_timeout(400)
    frame.drawn()
    page.click("#gl-to-it")
    assert float(page.evaluate("location.hash").split("/")[1]) == pytest.approx(-20.25, abs=0.02), "beyond, what was found"


@pytest.mark.parametrize("sheet", ["half", "full"])
def test_on_a_narrow_screen_the_map_is_brought_to_the_answer_above_the_sheet(frame: Frame, sheet: str) -> None:
    frame.page.set_viewport_size({"width": 390, "height": 740})
    page = asking(frame, LINE.replace("500", "5000")).page
    big(frame, 5000)
    page.wait_for_selector("#gl-reach:has-text('Within 5000 m')", state="attached")
    page.evaluate(f"document.querySelector('#gl-panel').dataset.sheet = '{sheet}'")
    page.wait_for_timeout(300)
    page.click("#gl-to-it")
    page.wait_for_timeout(300)
    lat = float(page.evaluate("location.hash.slice(1)").split("/")[1])
    place, panel = (page.locator(of).bounding_box() for of in ("#gl-map", "#gl-panel"))
    assert place is not None
    assert panel is not None
    zoom = float(page.evaluate("location.hash.slice(1)").split("/")[0])
    down = place["y"] + place["height"] / 2 + (lat + 20.1) * 256 * 2**zoom / 360 / math.cos(math.radians(20.1))
    assert place["y"] < down < panel["y"], "the middle of the answer"
    assert down == pytest.approx((place["y"] + panel["y"]) / 2, abs=20)


@pytest.mark.parametrize("moved", [False, True])
def test_going_to_the_live_map_shows_the_answer_unless_a_place_was_chosen(frame: Frame, moved: bool) -> None:
    page = asking(frame, LINE.replace("500", "5000")).page
    big(frame, 5000)
    page.wait_for_selector("#gl-reach:has-text('Within 5000 m')")
    page.wait_for_timeout(400)
    if moved:
        stood = page.evaluate("location.hash")
        page.click("#gl-zoom button")
        page.wait_for_function(f"location.hash !== {stood!r}")
        page.wait_for_timeout(400)
    before = page.evaluate("location.hash")
    page.evaluate("document.addEventListener('click', (event) => event.preventDefault(), true)")
    page.evaluate("parent.document.body.append(Object.assign(document.createElement('a'), { href: '/' }))")
    page.locator("#gl-to-map").dispatch_event("click")
    assert (page.evaluate("location.hash") == before) is moved


def test_the_question_has_one_primary_button(frame: Frame) -> None:
    page = asking(frame, "last=24h").page
    colour = "(of) => getComputedStyle(document.querySelector(of)).backgroundColor"
    assert page.evaluate(colour, "#gl-ask") != page.evaluate(colour, "#gl-report-open") == page.evaluate(colour, "#gl-panel")


def test_the_local_time_stands_beside_a_long_question(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    frame = Frame(page)
    frame.open(LINE)
    assert page.inner_text("#gl-local") == "23 Nov 13:00 local"
    assert (
        page.evaluate("(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#gl-strip'))") == 0
    )
    assert "Ceasefire line" in str(page.get_attribute("#gl-where", "title"))
    page.close()
