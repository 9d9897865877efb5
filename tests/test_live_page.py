"""The whole product before a real browser: one picture, kept through everything that happens to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext

from layers.catalogue import settlements
from layers.serve.reports import report_token
from tests.exported import SUFFIXES, rows
from tests.site import NARROW, WIDE, Site, Tab, exercise_at, painted, reported, serving, tab

pytestmark = pytest.mark.chromium
VIEWS = [
    "last=all",
    "last=24h",
    "last=7d&kind=firing,shelling",
    "last=all&party=A&severity=high,medium&sector=S2",
    "last=all&hide=zones&status=alleged",
    "last=all&kp=line-1,100,200&settlement=place-36,place-53",
    "last=all&post=post-23",
]


def asked(place: Tab, path: str) -> object:
    return place.page.evaluate("async (path) => (await fetch(path)).json()", path)


def tiles_sum(place: Tab, view: str, z: int) -> int:
    """Return how many incidents all tiles of a zoom about the mission show, decoded as the map decodes them."""
    program = """async ([view, z]) => {
      const { decoded, marks } = await import('/lib/own/tiles.js');
      const { across, down } = await import('/lib/own/geometry.js');
      const { box: [w, s, e, n] } = await (await fetch('/data/mission')).json();
      const at = (share) => Math.floor(Math.max(0, Math.min(0.999999, share)) * 2 ** z);
      let sum = 0;
      for (let x = at(across(w - 1)); x <= at(across(e + 1)); x++) for (let y = at(down(n + 1)); y <= at(down(s - 1)); y++) {
        const data = decoded(await (await fetch(`/data/tiles/incidents/${z}/${x}/${y}?v=${encodeURIComponent(view)}`)).arrayBuffer());
        sum += marks(data).reduce((all, mark) => all + mark.count, 0);
      }
      return sum;
    }"""
    return int(place.frame.evaluate(program, [view, z]))


def feed_sum(place: Tab, view: str) -> int:
    seen: set[int] = set()
    before = ""
    while True:
        page = asked(place, f"/data/feed?v={quote(view)}&limit=100{before}")["items"]  # type: ignore[index]
        if not page:
            return len(seen)
        assert not seen & {item["id"] for item in page}
        seen |= {item["id"] for item in page}
        before = f"&before={page[-1]['id']}"


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_number_stands_everywhere(site: Site, context: BrowserContext, tmp_path: Path, view: str) -> None:
    place = tab(context).open(f"{site.url}/?v={quote(view)}")
    counts = set()
    for suffix in SUFFIXES:
        out = tmp_path / f"incidents.{suffix}"
        site.command("export", str(site.folder), "incidents", str(out), "--view", view)
        counts.add(len(rows(out)))
    [exported] = counts
    summary = asked(place, f"/data/summary?v={quote(view)}")
    there = summary["layers"]["incidents"]  # type: ignore[index]
    assert exported > 0
    assert place.count == place.legend("incidents") == exported
    assert sum(there["hues"]) == sum(there["glyphs"]) == exported
    assert sum(summary["histogram"]["counts"]) == exported  # type: ignore[index]
    assert [tiles_sum(place, view, z) for z in (3, 7, 9, 11)] == [exported] * 4
    assert feed_sum(place, view) == exported


def test_a_page_asks_nobody_but_the_server_and_has_nothing_to_complain_of(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(site.url)
    place.page.get_by_role("link", name="Import").click()
    place.page.wait_for_selector("text=Drop a file above")
    place.page.go_back()
    place.drawn()
    hosts = {url.split("/")[2] for url in place.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {f"127.0.0.1:{site.port}"}
    assert place.complaints == []


def test_what_is_stored_beside_the_server_comes_in_and_nothing_else_moves(
    site: Site, context: BrowserContext, tmp_path: Path
) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D24h#11/-20.0000/62.9500")
    place.frame.click("#gl-items li:nth-child(3) button")
    place.until("document.querySelector('#gl-card h2')")
    before, where, title = place.count, place.url, place.frame.text_content("#gl-card h2")
    runs = sum("/_stcore/" in url for url in place.asked)
    site.submit(reported(tmp_path, "pushed", place="Pushed here"))
    place.until(f"document.querySelector('#gl-count b').textContent === '{before + 1}'")
    place.until("document.querySelector('#gl-card-new').textContent === '1 new'")
    place.until(f"document.querySelector('.gl-layer[data-layer=incidents] label data').value === '{before + 1}'")
    assert (place.url, place.frame.text_content("#gl-card h2")) == (where, title)
    assert sum("/_stcore/" in url for url in place.asked) == runs
    place.page.keyboard.press("Escape")
    place.until("[...document.querySelectorAll('#gl-items li')].some((li) => li.textContent.includes('Pushed here'))")


def test_a_live_position_moves_its_patrol_and_nothing_else(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D24h#11/-20.0000/62.9500")
    token = report_token(site.folder)
    tracks = place.legend("patrol_tracks")

    def post(seconds: int) -> None:
        at = (datetime.now(UTC) - timedelta(seconds=60 - seconds)).isoformat()
        fix = {"patrol": "Live 1", "time": at, "longitude": 62.95 + seconds / 1e4, "latitude": -20.0}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = place.page.request.post(f"{site.url}/positions", data=[fix], headers=headers)
        assert answer.json()["new"] == 1

    post(0)
    place.until(f"document.querySelector('.gl-layer[data-layer=patrol_tracks] label data').value === '{tracks + 1}'")
    version = int(place.frame.get_attribute("#map_div", "data-version") or 0)
    before, where = len(place.asked), place.url
    post(20)
    box = "document.querySelector('#map_div').dataset"
    place.until(f"Number({box}.version) > {version} && {box}.state === 'drawn'")
    assert place.url == where
    assert not any("/data/feed" in url for url in place.asked[before:])
    assert any("/data/features/patrol_tracks" in url for url in place.asked[before:])


def test_the_bands_follow_the_highest_marking(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    view = quote("last=24h&party=unknown&kind=protest&status=investigated")
    place = tab(context).open(f"{site.url}/?v={view}")
    assert place.bands[0] == place.bands[1]
    assert place.bands[0].startswith("EXERCISE · ")
    more = {"party": "unknown", "kind": "protest", "status": "investigated"}
    site.submit(reported(tmp_path, "secret", marking="STRICTLY CONFIDENTIAL", **more))
    place.soon(lambda: place.bands == ["EXERCISE · STRICTLY CONFIDENTIAL · EXERCISE"] * 2)


def test_a_page_away_and_back_a_reload_and_a_sent_link_give_the_same_picture(
    site: Site, context: BrowserContext, browser: Browser
) -> None:
    place = tab(context).open(site.url)
    place.frame.click("[data-span='7d']")
    place.until("document.querySelector('[data-span=\"7d\"]').getAttribute('aria-pressed') === 'true'")
    place.frame.uncheck(".gl-layer[data-layer=zones] input")
    place.frame.click("#gl-zoom button")
    place.soon(lambda: all(part in place.url for part in ("hide%3Dzones", "last%3D7d", "#10/")))
    link, count = place.drawn().url, place.count

    def same(other: Tab) -> None:
        other.until(f"document.querySelector('#gl-count b').textContent.replace(/\\D/g, '') === '{count}'")
        assert other.frame.get_attribute("[data-span='7d']", "aria-pressed") == "true"
        assert not other.frame.is_checked(".gl-layer[data-layer=zones] input")
        other.soon(lambda: other.url == link)

    place.page.get_by_role("link", name="Import").click()
    place.page.wait_for_selector("text=Drop a file above")
    place.page.get_by_role("link", name="Live map").click()
    same(place.drawn())
    place.page.get_by_role("link", name="Import").click()
    place.page.wait_for_selector("text=Drop a file above")
    place.page.go_back()
    same(place.drawn())
    place.page.reload()
    same(place.drawn())
    elsewhere = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    same(tab(elsewhere).open(link))
    elsewhere.close()


@pytest.mark.parametrize("view", ["", "?v=kind%3Dshelling%26last%3D7d"], ids=["no view", "a view in other words"])
def test_a_link_to_a_place_opens_there_whatever_it_says_of_the_view(site: Site, context: BrowserContext, view: str) -> None:
    place = tab(context).open(f"{site.url}/{view}#11/-20.1000/62.5000")
    place.soon(lambda: "?v=last%3D" in place.url)
    zoom, lat, lon = place.url.partition("#")[2].split("/")
    assert zoom == "11"
    assert (float(lat), float(lon)) == pytest.approx((-20.1, 62.5), abs=0.001)


def test_the_legend_shows_a_settlement_as_the_map_does_and_says_what_it_counts(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D7d")
    looks = """(line) => [...document.querySelectorAll(`.gl-layer[data-layer=settlements] ${line} svg path`)].map((path) =>
      ['d', 'stroke', 'fill', 'fill-opacity'].map((name) => path.getAttribute(name)))"""
    layer = settlements.LAYER.portrayal
    site_, usual = [
        [glyph.path, hue.colour.day, hue.colour.day, strength]
        for glyph, hue, strength in zip((layer.glyphs[0], layer.glyphs[-1]), layer.hues, ("0.85", "0.2"), strict=True)
    ]
    assert [row[:3] for row in place.frame.evaluate(looks, "label")] == [usual[:3]]
    assert [[*row[:3], f"{float(row[3]):.3g}"] for row in place.frame.evaluate(looks, ".gl-class")] == [site_, usual]
    assert not place.frame.is_visible("#gl-legend-of")
    place.frame.click("#gl-play")
    assert place.frame.is_visible("#gl-legend-of")
    place.frame.click("#gl-play")
    assert not place.frame.is_visible("#gl-legend-of")


def test_the_way_of_the_nearest_help_is_drawn_as_long_as_its_card_is_open(site: Site, context: BrowserContext) -> None:
    place, way = tab(context).open(f"{site.url}/?v=last%3D7d"), painted("reach")
    items = asked(place, "/data/feed?v=last%3D7d&limit=20")["items"]  # type: ignore[index]
    cards = ((one["id"], str(asked(place, f"/data/card/incidents/{one['id']}?v=last%3D7d"))) for one in items)
    opened = next(number for number, card in cards if "'way': [[" in card)
    assert place.frame.evaluate(way) == 0
    place.frame.click(f"#gl-items [data-id='{opened}']")
    place.until(f"{way} > 100")
    place.page.keyboard.press("Escape")
    place.until(f"document.querySelector('#gl-card').hidden && {way} === 0")


def test_a_lost_link_is_said_and_comes_back_with_what_was_missed(browser: Browser, tmp_path: Path) -> None:
    folder = exercise_at(tmp_path / "mission", 60)
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(folder) as first:
        place = tab(context).open(first.url)
        before = place.count
    place.until("document.querySelector('#gl-banner').textContent.startsWith('LINK LOST')")
    assert place.frame.evaluate("document.documentElement.dataset.link") == "lost"
    assert "showing" in (place.frame.text_content("#gl-banner") or "")
    with serving(folder, first.port) as second:
        second.submit(reported(tmp_path, "missed", place="Missed meanwhile"))
        place.until("document.querySelector('#gl-banner').hidden && document.documentElement.dataset.link === 'live'")
        place.until(f"document.querySelector('#gl-count b').textContent === '{before + 1}'")
        place.until("document.querySelector('#gl-items').textContent.includes('Missed meanwhile')")
    context.close()


def test_a_link_that_cannot_be_understood_is_answered_in_one_line(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    for path, status in (("/?v=last%3Dnever", 400), ("/import?v=zzz%3D%3D%3D%26from%3D9", 400), ("/data/summary?v=last%3Dx", 400),
                         ("/?v=colour%3Dred", 400), ("/?v=kind%3Dbanana", 400), ("/?v=sector%3DZZ", 400), ("/data/summary?v=colour%3Dred", 400), ("/data/tiles/incidents/3/9/1", 404), ("/data/tiles/nothing/3/1/1", 404),
                         ("/data/tiles/incidents/31/1/1", 404), ("/data/features/nothing", 404), ("/data/card/incidents/999999", 404),
                         ("/data/feed?limit=x", 400), ("/data/feed?before=-1", 400), ("/data/basemap/..%2Fmission", 400), ("/lib/own/..%2F..%2Fconfig.py", 400)):  # fmt: skip
        answer = page.request.get(site.url + path)
        assert (path, answer.status) == (path, status)
        assert 0 < len(answer.text()) < 300
        assert answer.text().count("\n") <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everything_fits_by_day_and_by_night(site: Site, browser: Browser, size: tuple[int, int], scheme: str) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)  # type: ignore[arg-type]
    place = tab(context).open(site.url)
    boxes = place.page.evaluate("[...document.querySelectorAll('.gl-band')].map((b) => b.getBoundingClientRect().toJSON())")
    assert [box["height"] for box in boxes] == [20, 20]
    assert boxes[1]["bottom"] == pytest.approx(size[1], abs=1)
    assert place.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    edge = place.frame.evaluate("document.documentElement.clientHeight")
    assert edge == pytest.approx(boxes[1]["top"] - boxes[0]["bottom"], abs=1)
    assert place.frame.evaluate("document.documentElement.dataset.theme") == {"light": "day", "dark": "night"}[scheme]
    ground = place.page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(json.loads(f"[{ground[4:-1]}]")) < 200) == (scheme == "dark")
    assert place.frame.get_attribute("#gl-strip", "data-more") == ("right" if size == NARROW else "")
    place.page.goto(f"{site.url}/import")
    place.page.wait_for_selector("text=Drop a file above")
    place.settled()
    bottom = "[...document.querySelectorAll('.gl-band')].at(-1).getBoundingClientRect().bottom"
    place.soon(lambda: abs(float(place.page.evaluate(bottom)) - size[1]) <= 1)
    context.close()


def test_search_finds_a_grid_a_place_an_id_and_words(site: Site, context: BrowserContext, tmp_path: Path) -> None:
    site.submit(reported(tmp_path, "needle-17", text="an unusual turnip"))
    place = tab(context).open(f"{site.url}/?v=last%3Dall")
    town = asked(place, "/data/features/settlements?v=last%3Dall")["features"][0]["label"]  # type: ignore[index]
    for words, kind in (
        ("41K NU 0140 1654", "grid"),
        ("20°S 63°E", "grid"),
        (town, "place"),
        ("needle-17", "record"),
        ("turnip", "words"),
    ):
        place.page.keyboard.press("Escape")
        place.frame.fill("#gl-search", words)
        place.until(f"document.querySelector('#gl-results li[data-kind={kind}]')")
    place.frame.fill("#gl-search", "41K NU 0140 165")
    place.until(
        "document.querySelector('#gl-results').textContent.startsWith(\"Nothing found: '41K NU 0140 165' has an odd number\")"
    )
    place.frame.fill("#gl-search", "turnip")
    place.until("document.querySelector('#gl-results li[data-kind=words]')")
    place.frame.press("#gl-search", "Enter")
    place.until("document.querySelector('#gl-card-body').textContent.includes('turnip')")
