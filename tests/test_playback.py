"""A span that is played: what a tile shows in each part of it, and in a real browser that it moves, asks no page and ends where it began."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from layers.desk import Mission
from layers.desk.monitor import MOST_BINS
from layers.errors import NotFound
from layers.model import View, parse
from layers.render.tile import PLAYED, encoded_play
from tests.missions import NOW, csv_file, row
from tests.site import Site, painted, tab

DAY = parse("from=2025-12-31T12:00Z&to=2026-01-01T12:00Z")
SUMS = """async ([view, bins, windows]) => {
  const { Played } = await import('/lib/own/played.js');
  const { across, down } = await import('/lib/own/geometry.js');
  const { box: [w, s, e, n] } = await (await fetch('/data/mission')).json();
  const sums = windows.map(() => 0);
  const at = (share) => Math.floor(Math.max(0, Math.min(0.999999, share)) * 2 ** 9);
  for (let x = at(across(w - 1)); x <= at(across(e + 1)); x++) for (let y = at(down(n + 1)); y <= at(down(s - 1)); y++) {
    const answer = await fetch(`/data/played/incidents/9/${x}/${y}?bins=${bins}&v=${encodeURIComponent(view)}`);
    const tile = new Played(await answer.arrayBuffer());
    windows.forEach(([from, to], i) => {
      tile.move(from, to);
      sums[i] += tile.marks().reduce((all, mark) => all + mark.count, 0);
    });
  }
  return sums;
}"""
#: What the strip tells beside each window that is played, for half a second.
TOLD = """() => new Promise((done) => {
  const found = {};
  const until = performance.now() + 500;
  const look = () => {
    found[document.querySelector('#gl-played').textContent] = document.querySelector('#gl-count').textContent;
    if (performance.now() < until) requestAnimationFrame(look); else done(found);
  };
  look();
})"""
#: How many the whole span holds in each window of it, by the window's words.
HELD = """async (url) => {
  const { Played } = await import('/lib/own/played.js');
  const { clock, count, short } = await import('/lib/own/format.js');
  const asked = new URL(url).searchParams;
  const view = new URLSearchParams(asked.get('v'));
  const [from, to, bins] = [Date.parse(view.get('from')), Date.parse(view.get('to')), Number(asked.get('bins'))];
  const whole = new Played(await (await fetch(url)).arrayBuffer());
  const at = (bin) => from + ((to - from) * bin) / bins;
  return Object.fromEntries([...Array(bins).keys()].map((n) => {
    const [first, last] = [Math.max(0, n + 1 - Math.round(bins / 16)), n + 1];
    whole.move(first, last);
    return [`${short(at(first))} – ${clock(at(last))}`, count(whole.total)];
  }));
}"""
SWITCH = "#gl-legend input[value=unobserved]"
#: What stands on the canvases of the incidents, as one text.
SEEN = "[...document.querySelectorAll('.gl-tile canvas')].map((one) => one.toDataURL()).sort().join()"


@pytest.fixture
def reported(mission: Mission, tmp_path: Path) -> Mission:
    dice = np.random.default_rng(2)
    rows = [
        row(n, occurred_at=f"{NOW - timedelta(minutes=int(dice.integers(0, 1_800))):%Y-%m-%dT%H:%M:%SZ}",
            longitude=f"{dice.uniform(62.2, 63.2):.5f}", latitude=f"{dice.uniform(-20.6, -19.6):.5f}",
            severity=str(dice.choice(["low", "medium", "high"])))
        for n in range(1, 120)
    ]  # fmt: skip
    assert mission.desk().submit("incidents", csv_file(tmp_path / "rows.csv", rows)).new == 119
    return mission


def test_every_part_of_a_span_holds_what_the_map_shows_of_it(reported: Mission) -> None:
    desk = reported.desk()
    for tile in ((0, 0, 0), (5, 21, 17), (20, 0, 0)):
        of = desk.played(DAY, "incidents", tile, 12)
        cut, _ = desk.tile(DAY, "incidents", *tile)
        assert int(of.count.sum()) == int(cut.count.sum())
    of = desk.played(DAY, "incidents", (0, 0, 0), 12)
    for part in range(12):
        start = NOW - timedelta(hours=24 - 2 * part)
        view = View(start=start, end=start + timedelta(hours=2))
        shown, here = desk.tile(view, "incidents", 0, 0, 0)[0], slice(int(of.first[part]), int(of.first[part + 1]))
        assert int(of.count[here].sum()) == int(shown.count.sum()) == desk.counts(view)[0]
        hues = desk.sheet(view).tally(desk.layer("incidents")).hues
        assert np.bincount(of.look[here] // of.glyphs, of.count[here], len(hues)).astype(int).tolist() == list(hues)


def test_a_crowd_of_more_than_an_entry_holds_is_told_by_several(reported: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = reported.desk()
    whole = desk.played(DAY, "incidents", (0, 0, 0), 1)
    monkeypatch.setattr(sys.modules["layers.index.played"], "_MOST", 3)
    split = desk.played(DAY, "incidents", (0, 0, 0), 1)
    assert int(split.count.max()) <= 3 < int(whole.count.max())
    for look in np.unique(whole.look):
        assert split.count[split.look == look].sum() == whole.count[whole.look == look].sum()
    assert int(split.first[-1]) == len(split.count)


def test_its_bytes_are_what_the_map_reads(reported: Mission) -> None:
    of = reported.desk().played(DAY, "incidents", (5, 21, 17), 24)
    body = encoded_play(of)
    assert np.frombuffer(body, "<u4", 4).tolist() == [PLAYED, 24, len(of.cell), of.glyphs]
    assert len(body) == 16 + 25 * 4 + 2 * 256 * 2 + 4 * len(of.cell)


@pytest.mark.parametrize(
    ("view", "layer", "tile", "bins"),
    [
        (parse("last=all"), "incidents", (0, 0, 0), 10),
        (DAY, "zones", (0, 0, 0), 10),
        (DAY, "incidents", (3, 9, 1), 10),
        (DAY, "incidents", (0, 0, 0), 0),
        (DAY, "incidents", (0, 0, 0), MOST_BINS + 1),
    ],
)
def test_what_cannot_be_played_is_not_found(
    mission: Mission, view: View, layer: str, tile: tuple[int, int, int], bins: int
) -> None:
    with pytest.raises(NotFound):
        mission.desk().played(view, layer, tile, bins)


@pytest.mark.chromium
def test_playing_moves_the_picture_runs_no_page_and_ends_where_the_view_was(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v={quote('last=7d&show=unobserved', safe='')}#9/-20.0000/62.9500")
    before, count, where = place.frame.evaluate(SEEN), place.count, place.url
    hatched = place.frame.evaluate(painted("shapes"))
    runs = sum("/_stcore/" in url for url in place.asked)
    place.frame.click("#gl-play")
    place.until("document.querySelector('#gl-played').textContent.includes('–')")
    seen = set()
    for _ in range(5):
        seen.add(place.frame.evaluate(SEEN))
        place.page.wait_for_timeout(150)
    assert len(seen - {before}) >= 4
    told = place.frame.evaluate(TOLD)
    whole = next(url for url in place.asked if "/data/played/incidents/0/0/0?" in url)
    held = place.frame.evaluate(HELD, whole)
    assert len(told) >= 3
    assert all(held[window] == number for window, number in told.items()), "the number is that of the window beside it"
    assert not place.frame.is_checked(SWITCH)
    assert place.frame.evaluate(painted("shapes")) < 0.8 * hatched, "no hatch of another period stands"
    place.page.keyboard.press("Escape")
    place.until("document.querySelector('#gl-play').title.startsWith('Play')")
    place.drawn()
    place.until(f"document.querySelector('#gl-count b').textContent.replace(/\\\\D/g, '') === '{count}'")
    assert place.frame.evaluate(SEEN) == before
    assert place.frame.is_checked(SWITCH)
    place.until(f"{painted('shapes')} === {hatched}")
    assert place.url == where
    assert sum("/_stcore/" in url for url in place.asked) == runs
    assert place.complaints == []


@pytest.mark.chromium
def test_a_window_that_is_played_counts_what_the_same_view_counts(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v=last%3D7d")
    end = place.page.evaluate("async () => (await (await fetch('/data/summary?v=last%3D7d')).json()).now")
    first = np.datetime64(int(end) // 3_600_000 - 24 * 7, "h").astype("datetime64[m]")
    hours = [(0, 168), (10, 40), (30, 52), (100, 101), (20, 90), (0, 1)]
    sums = place.frame.evaluate(SUMS, [f"from={first}Z&to={first + np.timedelta64(168, 'h')}Z", 168, hours])
    for (low, high), found in zip(hours, sums, strict=True):
        view = f"from={first + np.timedelta64(low, 'h')}Z&to={first + np.timedelta64(high, 'h')}Z"
        told = place.page.evaluate(
            "async (v) => (await (await fetch(`/data/summary?v=${encodeURIComponent(v)}`)).json()).count", view
        )
        assert found == told
