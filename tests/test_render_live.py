"""The live map's frame: constant, local, and its scripts of one mind with the server."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from folium.elements import JSCSSMixin
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.desk.basemap import layer
from layers.model import Cut, View, parse
from layers.notation import format_decimal
from layers.render import CLIENT
from layers.render.live import Show, live_map, map_script
from layers.render.tile import encoded
from tests.frame import FAKE_SOCKET, ITEM, NOW, SITE, Frame

SCRIPTS = sorted(CLIENT.glob("*.js"))
SMALL = """[...document.querySelectorAll('#gl button, #gl input')]
  .filter((e) => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map((e) => e.id || e.className)"""
COUNTED = """(() => {
  const tile = it.decoded(new Uint8Array(given).buffer);
  const marks = it.marks(tile);
  const all = marks.reduce((sum, mark) => sum + mark.count, 0);
  return [tile.n, tile.version, all, marks.length ? Math.min(...marks.map((mark) => mark.hue)) : null];
})()"""


def elements(of):
    return [of, *itertools.chain.from_iterable(elements(child) for child in of._children.values())]


def test_the_map_is_the_same_for_every_view_and_user():
    assert map_script() == map_script()
    assert not re.search(r"last=|token|room", map_script())
    assert "greenline(map_div)" in map_script()


def test_nothing_of_the_map_comes_from_another_machine():
    links = [url for e in elements(live_map()) if isinstance(e, JSCSSMixin) for _, url in (*e.default_js, *e.default_css)]
    assert len(links) == 5
    assert all(url.startswith("../../lib/") for url in links)
    assert all((CLIENT / url.rpartition("/")[2]).is_file() for url in links if "/own/" in url)


@given(view=st.text(max_size=200), token=st.text(max_size=40), panel=st.text(max_size=40))
def test_a_view_is_data_in_the_frame_and_never_code(view, token, panel):
    frame = live_map()
    show = Show(view, token, panel)
    show.add_to(frame)
    script = show._template.module.script(show)
    said = re.fullmatch(r"var feature_group_\w+ = L\.featureGroup\(\); show\((.*)\);", script, re.DOTALL)
    assert said is not None
    assert json.loads(f"[{said[1]}]") == [view, token, panel]
    assert "<" not in script
    assert ">" not in script


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_keeps_the_law(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|createContextual|\beval\b|new Function", text)
    assert not re.search(r"setAttribute\(\s*['\"]on|\.on(click|error|load)\s*=", text)
    assert set(re.findall(r"(?:https?|wss?)://[^'\"]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"layer\.id\s*===\s*['\"]", text)
    for name in re.findall(r"from '\./([\w.]+)'", text):
        assert (CLIENT / name).is_file()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_whatever_a_script_exports_is_described(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"export (async )?(function|class)", line):
            assert before.strip().endswith("*/"), line


@pytest.fixture
def frame(browser) -> Iterator[Frame]:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    yield Frame(page)
    page.close()


def module(frame: Frame, name: str, call: str, *given: object) -> object:
    """Call a function of one of the frame's modules in the browser."""
    if not frame.page.url.startswith(SITE):
        frame.page.goto(f"{SITE}/component/frame/index.html")
    program = f"async (given) => {{ const it = await import('/lib/own/{name}.js'); return {call}; }}"
    return frame.page.evaluate(program, list(given))


@pytest.mark.chromium
def test_the_frame_spells_a_view_as_the_server_does(frame):
    later = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
    views = [
        View(),
        View(last="watch"),
        View(last="7d", hidden=("sectors", "zones")),
        View(last="7d", hidden=("zones",), shown=("unobserved",)),
        View(start=later),
        View(end=later),
        View(start=later, end=later + timedelta(hours=3), known_at=later, box=(35.25, 32.5, 36.0, 33.5)),
        View().only("kind", ("shelling", "a,b", "ü&=%+ '()*!~")).only("party", ("n/k",)),
    ]
    texts = [view.text for view in views]
    assert module(frame, "view", "given.map((text) => it.written(it.parse(text)))", *texts) == texts
    changes = "{filters: {kind: ['z', 'a'], party: []}, hide: ['zones', 'sectors']}"
    changed = module(frame, "view", f"it.changed(given[0], {changes})", "last=7d")
    assert changed == parse(str(changed)).text == "last=7d&hide=sectors,zones&kind=a,z"


@pytest.mark.chromium
def test_a_layer_that_is_reckoned_is_on_where_it_is_asked_for(frame):
    call = "given.map(([text, id, asked, on]) => it.switched(text, {id, asked}, on))"
    asked = [
        ("", "zones", False, False),
        ("hide=zones", "zones", False, True),
        ("", "gaps", True, True),
        ("show=gaps", "gaps", True, False),
    ]
    texts = ["last=24h&hide=zones", "last=24h", "last=24h&show=gaps", "last=24h"]
    assert module(frame, "view", call, *asked) == texts
    off = "given.map(([text, id, asked]) => it.off(it.parse(text), {id, asked}))"
    assert module(
        frame, "view", off, *(("hide=gaps", "gaps", True), ("show=gaps", "gaps", True), ("hide=gaps", "gaps", False))
    ) == [True, False, True]


@pytest.mark.chromium
def test_a_hatch_fills_what_lies_in_the_area_and_no_more(frame):
    program = """await (async () => {
      const ctx = new OffscreenCanvas(200, 100).getContext('2d');
      const shapes = Object.assign(Object.create(it.Shapes.prototype), { held: new Map(), layers: [given[0]] });
      const at = (east, north) => [Math.round(east * 1e6), Math.round(north * 1e6)];
      const ring = [...at(-90, 60), 90e6, 0, 0, -120e6, -90e6, 0, 0, 120e6];
      shapes.held.set('gaps', [it.prepared({ id: 1, kind: 'area', hue: 0, parts: [ring] })]);
      shapes.paint(ctx, { zoom: 0, world: 200, left: 0, top: 50, width: 200, height: 100, copies: [0] });
      const row = (x) => [...Array(40).keys()].map((y) => ctx.getImageData(x, 30 + y, 1, 1).data[3]);
      return [20, 75, 150].map((x) => row(x).filter((alpha) => alpha > 0).length);
    })()"""
    layer = {
        "id": "gaps",
        "asked": True,
        "width": 1,
        "geometry": "area",
        "glyphs": [],
        "hues": [{"day": "#51606B", "night": "#93A4AE", "hatch": 7}],
    }
    outside, inside, beyond = module(frame, "shapes", program, layer)
    assert (outside, beyond) == (0, 0)
    assert 5 <= inside <= 30


@pytest.mark.chromium
def test_the_frame_writes_and_reads_times_as_the_field_does(frame):
    assert module(frame, "format", "it.dtg(given[0])", NOW) == "230715Z NOV 26"
    assert module(frame, "format", "it.local(given[0], {timezone: 'Asia/Kathmandu'})", NOW) == "23 Nov 13:00 local"
    assert module(frame, "format", "[it.day(given[0], false), it.day(given[0], true)]", NOW) == ["23 Nov", "Nov 2026"]
    read = "given.slice(1).map((text) => it.readTime(text, given[0]))"
    day = 86_400_000
    texts = [
        "230715Z NOV 26",
        "230715znov2026",
        "220715Z",
        "2026-11-23T08:15+01:00",
        "310715Z NOV 26",
        "230715",
        "soon",
        "232515",
        "230915B NOV 26",
        "230415Q",
        "23071500Z NOV 26",
        "2026-11-23 07:15Z",
        "0715Z",
        "0716Z",
        "1015C",
        "0800",
        "0715Z NOV 26",
        "2460Z",
    ]
    wanted = [NOW, NOW, NOW - day, NOW, None, NOW, None, None, NOW, NOW + 3_600_000, NOW, NOW, NOW]
    wanted += [NOW - day + 60_000, NOW, NOW - day + 45 * 60_000, None, None]
    assert module(frame, "format", read, NOW, *texts) == wanted
    assert module(frame, "format", read, NOW, "300715Z") == [NOW - 24 * day], "a day to come is one of the month before"


@pytest.mark.chromium
def test_the_frame_writes_a_position_as_the_server_does(frame):
    places = [[33.12345, 35.81234], [-33.51345, -6.29128], [0, 0], [-0.25, 180], [51.5, -180], [84.000004, 179.99999]]
    lat, lon = np.array(places).T
    assert (
        module(frame, "format", "given.map(([lat, lon]) => it.position(lat, lon))", *places) == format_decimal(lon, lat).tolist()
    )
    assert format_decimal(lon, lat)[0] == "33.12345° N 35.81234° E"


@pytest.mark.parametrize("name", ["world", "land"])
def test_no_shore_runs_across_the_map(tmp_path, name):
    found = json.loads(layer(tmp_path, (-180, -90, 180, 90), name)[0])["features"]
    parts = [feature["geometry"]["coordinates"] for feature in found if feature["geometry"]["type"] == "Polygon"]
    assert len(parts) > 100
    for ring in itertools.chain.from_iterable(parts):
        shore = [pair for pair in itertools.pairwise(ring) if {lat for _, lat in pair} != {-90}]
        assert max(abs(to[0] - of[0]) for of, to in shore) < 180


@pytest.mark.chromium
def test_no_coast_is_drawn_where_the_land_is_cut(frame):
    west, north, east, south = 53, -15, 60, -25
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    land = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    drawn = """(async ([land, at]) => {
      window.fetch = async () => new Response(JSON.stringify({features: [land]}));
      const ground = new it.Basemap({mission: {box: [61, -21.5, 64, -18.5]}}, () => {});
      await ground._load('land', false);
      const { across, down } = await import('/lib/own/geometry.js');
      const world = 8192;
      const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 400 });
      const [left, top] = [across(45) * world, down(-10) * world];
      const ctx = canvas.getContext('2d');
      ground.paint(ctx, { zoom: 5, world, left, top, width: 400, height: 400, pad: { x: 0, y: 0 }, copies: [0] });
      return at.map((lon) => {
        const seen = ctx.getImageData(Math.round(across(lon) * world - left) - 2, Math.round(down(-20) * world - top), 5, 1).data;
        return Math.min(...[0, 4, 8, 12, 16].map((i) => seen[i] + seen[i + 1] + seen[i + 2]));
      });
    })(given)"""
    rim, coast, sea = module(frame, "basemap", drawn, land, [west, east, 47])
    assert rim == sea
    assert coast < sea - 20


@pytest.mark.chromium
def test_distances_are_those_of_the_ellipsoid(frame):
    chance = np.random.default_rng(5)
    pairs = np.column_stack([chance.uniform(-limit, limit, 300) for limit in (180, 89, 180, 89)])
    _, _, metres = Geod(ellps="WGS84").inv(*pairs.T)
    found = module(frame, "geodesic", "given.map(([a, b, c, d]) => it.inverse([a, b], [c, d]))", *pairs.tolist())
    exact = [abs(one["metres"] - want) for one, want in zip(found, metres, strict=True) if one["exact"]]
    assert len(exact) > 295
    assert max(exact) < 0.001
    opposite = module(frame, "geodesic", "it.inverse([0, 0], [179.9, 0.1])")
    assert opposite["exact"] is False, "where the series does not settle it says so"
    assert opposite["metres"] == pytest.approx(Geod(ellps="WGS84").inv(0, 0, 179.9, 0.1)[2], rel=0.006)


@pytest.mark.chromium
def test_no_record_is_lost_between_tile_and_marks(frame):
    chance = np.random.default_rng(7)
    for n, most in ((0, 1), (60, 1), (900, 1), (5000, 40)):
        cut = Cut(
            chance.integers(1, most + 1, n).astype(np.uint32),
            np.arange(1, n + 1, dtype=np.uint32),
            *(chance.integers(0, 65536, n).astype(np.uint16) for _ in range(2)),
            *(chance.integers(0, high, n).astype(np.uint8) for high in (3, 8, 60)),
            most > 1,
        )
        body = list(encoded(cut, 9))
        worst = int(cut.hue.min()) if n else None
        assert module(frame, "tiles", COUNTED, *body) == [n, 9, int(cut.count.sum()), worst]


@pytest.mark.chromium
def test_text_from_a_record_is_text_everywhere(frame):
    frame.open()
    page = frame.page
    page.wait_for_selector(".gl-item")
    page.click("#gl-filter")
    page.keyboard.press("Escape")
    page.click(".gl-item")
    page.wait_for_selector("#gl-card h2")
    page.fill("#gl-search", "x")
    page.wait_for_selector("#gl-results [role=option]")
    for place in (
        ".gl-item .gl-title",
        "#gl-card h2",
        ".gl-text",
        "#gl-results bdi",
        "#gl-legend .gl-check",
        "#gl-filters label",
    ):
        assert "<img src=x" in str(page.text_content(place)), place
    assert "⟨U+202E⟩" in str(page.text_content("#gl-card h2")), "what turns the direction is written out"
    assert page.evaluate("[window.hurt, document.querySelectorAll('#gl img, #gl script').length]") == [None, 0]


@pytest.mark.chromium
def test_the_frame_asks_no_other_host(frame):
    frame.open()
    assert len(frame.asked) > 20
    assert all(url.startswith(SITE) for url in frame.asked)


@pytest.mark.chromium
def test_the_container_says_what_is_drawn_and_when_the_link_is_lost(frame):
    page = frame.page
    page.add_init_script(FAKE_SOCKET)
    frame.open()
    assert page.get_attribute("#map_div", "data-version") == "7"
    page.evaluate("window.show('last=24h', 'room')")
    say = "(message) => window.link.onmessage({data: JSON.stringify(message)})"
    page.evaluate(say, {"t": "hello", "now": NOW, "version": 7, "clock": "paused"})
    assert page.text_content("#gl-live") == "Exercise paused"
    pushed = ITEM | {"id": 8, "feature": "g", "title": "Shelling", "precision": 0}
    told = {"t": "events", "now": NOW, "version": 8, "items": [pushed], "count": 38, "previous": 25, "gone": []}
    at_once = page.evaluate(f"(message) => {{ ({say})(message); return document.querySelector('#gl-count').textContent; }}", told)
    assert at_once == "38, ▲13 on the period before"
    page.wait_for_selector("#map_div[data-version='8'][data-state=drawn]")
    assert page.get_attribute("[data-id='8']", "data-new") == "true"
    page.evaluate("window.link.readyState = 3; window.link.onclose({})")
    page.wait_for_selector("#map_div[data-state=lost]", timeout=5_000)
    assert page.text_content("#gl-banner") == "LINK LOST 0715Z, showing 0715Z"
    page.wait_for_timeout(1_100)
    page.evaluate(say, {"t": "hello", "now": NOW, "version": 8, "clock": "paused"})
    page.wait_for_selector("#map_div[data-state=drawn]")
    assert not page.is_visible("#gl-banner")


@pytest.mark.chromium
def test_esc_gives_the_feed_back_and_the_selection_is_one(frame):
    frame.open("last=7d")
    page = frame.page
    page.focus(".gl-item")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gl-card h2")
    assert not page.is_visible("#gl-items")
    assert "230714Z NOV 26" in str(page.text_content("#gl-card dl"))
    assert "within 100 m" in str(page.text_content("#gl-card dl"))
    assert page.get_attribute(".gl-item", "aria-current") == "true"
    page.keyboard.press("Escape")
    assert page.is_visible("#gl-items")
    assert page.get_attribute(".gl-item", "aria-current") is None
    assert page.evaluate("document.activeElement.className") == "gl-item"


@pytest.mark.chromium
def test_a_narrow_screen_has_targets_for_fingers(frame):
    frame.page.set_viewport_size({"width": 390, "height": 740})
    frame.open()
    frame.page.click("#gl-grip")
    assert frame.page.evaluate(SMALL) == []
    assert not frame.page.is_visible("#gl-measure")
    assert not frame.page.is_visible("#gl-histogram")
    assert frame.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.chromium
@pytest.mark.parametrize("width", [360, 390])
def test_a_narrow_screen_shows_the_count_the_time_and_the_link_without_a_swipe(frame, width):
    frame.page.set_viewport_size({"width": width, "height": 740})
    frame.open()
    frame.page.evaluate("document.querySelector('#gl-live').textContent = 'Exercise paused'")
    frame.page.evaluate(
        "document.querySelector('#gl-count').innerHTML = '<b>1,204,567</b><span>, as on the period before</span>'"
    )
    boxes = [frame.page.locator(of).bounding_box() for of in ("#gl-count", "#gl-live", "#gl-dtg", "#gl-map")]
    for left, right in itertools.pairwise(boxes[:3]):
        assert 0 <= left["x"] < left["x"] + left["width"] < right["x"], "side by side"
    assert boxes[2]["x"] + boxes[2]["width"] <= width
    strip = frame.page.locator("#gl-presets button").first.bounding_box()
    assert all(strip["y"] + strip["height"] <= box["y"] and box["y"] + box["height"] <= boxes[3]["y"] for box in boxes[:3])
    frame.page.evaluate("document.querySelector('#gl-strip').scrollLeft = 999")
    assert frame.page.locator("#gl-dtg").bounding_box() == boxes[2]
