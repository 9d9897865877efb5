"""How smooth a pan over a million incidents is, and how much memory the page's scripts hold."""

from __future__ import annotations

import math

from browser import Opened, chromium, new_page, opened
from common import FIRST_PORT, MILLION, arguments, median, mission, p95, said, server
from playwright.sync_api import Browser, CDPSession

_STROKES = 12
_STEPS = 60
_STEP_PX = 6
_CENTRE = "window.map_div.getCenter().toString()"
_FRAMES = """
window.frames_ = [];
let before = 0;
const tick = (now) => { if (before) window.frames_.push(now - before); before = now; window.going = requestAnimationFrame(tick); };
window.going = requestAnimationFrame(tick);
"""


def main() -> None:
    asked = arguments(__doc__)
    ports = {MILLION: FIRST_PORT + 5, 0: FIRST_PORT + 6}
    with server(mission(given=asked.mission), ports[MILLION]), server(mission(0), ports[0]), chromium() as browser:
        bare, bare_heap, _ = panned(browser, ports[0])
        full, heap, loose = panned(browser, ports[MILLION])
    said(
        "pan, median frame, 1M",
        "≤ 20 ms",
        f"{median(full):.1f} ms (p95 {p95(full):.1f}, n {len(full):,}; none: {median(bare):.1f}, p95 {p95(bare):.1f})",
    )
    said(
        "page heap, 1M, Streamlit's own included",
        "≤ 40 MB",
        f"{heap:.1f} MB after the pans (before garbage is collected {loose:.1f}; none: {bare_heap:.1f})",
    )


def panned(browser: Browser, port: int) -> tuple[list[float], float, float]:
    """Pan to and fro; return the frames' lengths in ms, and the heap in MB with garbage collected and before."""
    page = new_page(browser)
    link = page.context.new_cdp_session(page)
    found = opened(page, port)
    frames: list[float] = []
    for turn in range(_STROKES):
        frames += stroke(found, 2 * math.pi * turn / _STROKES)
    loose = heap(link)
    link.send("HeapProfiler.collectGarbage")
    held = heap(link)
    page.context.close()
    return frames, held, loose


def heap(link: CDPSession) -> float:
    """Return what the page's scripts hold, in MB: objects, the bytes of their arrays, and what the DOM holds for them."""
    usage = link.send("Runtime.getHeapUsage")
    return sum(float(usage.get(part, 0)) for part in ("usedSize", "backingStorageSize", "embedderHeapUsedSize")) / 1e6


def stroke(found: Opened, towards: float) -> list[float]:
    """Drag the map with the mouse in one direction; return the lengths of the frames meanwhile."""
    page, frame = found.page, found.frame
    box = frame.frame_element().bounding_box()
    assert box is not None
    before = frame.evaluate(_CENTRE)
    x, y = box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    frame.evaluate(_FRAMES)
    for step in range(1, _STEPS + 1):
        page.mouse.move(x + _STEP_PX * step * math.cos(towards), y + 0.5 * _STEP_PX * step * math.sin(towards))
        page.wait_for_timeout(12)
    took: list[float] = frame.evaluate("cancelAnimationFrame(window.going), window.frames_")
    page.mouse.up()
    if frame.evaluate(_CENTRE) == before:
        raise SystemExit("the map did not move under the mouse")
    page.wait_for_timeout(300)
    return took


if __name__ == "__main__":
    main()
