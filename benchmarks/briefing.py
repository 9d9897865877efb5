"""How long a briefer waits, and the map meanwhile: Chromium on Briefing with the exercise mission, and tiles while sheets are drawn.

From the page's begin to the preview is told by the page's own clock; from the press of Issue to the file whole on the disk by ours.
Tiles are asked one after the other on a connection of their own, with nothing else, and then while large sheets are being issued.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

from browser import chromium, new_page
from common import FIRST_PORT, Wire, arguments, median, mission, said, server
from playwright.sync_api import Browser, Page

_PORT, _TURNS, _ROWS, _TILES = FIRST_PORT + 14, 5, 50_000, 400
_LONGEST_MS = 120_000
_VIEW = "last%3D7d"
_AT = [(z, x, y) for z, x, y in ((8, 172, 142), (9, 344, 285), (10, 689, 570), (11, 1379, 1141))]
_IMAGE = "[data-testid^=stImage] img"
_FILLED = "text=General assessment >> visible=true"


def main() -> None:
    arguments(__doc__)
    with chromium() as browser, server(mission(2_000), _PORT):
        first, later = previewed(browser), [previewed(browser) for _ in range(_TURNS)]
        said(
            "Briefing opened, Streamlit's page and all → preview: the first, and later ones", "", f"{first:.1f} s; {told(later)}"
        )
        said("sheet asked otherwise → preview", "≤ 1.5 s", told(turned(browser)))
        for part, pressed in (("Sheet", "Issue"), ("Reports", "Issue")):
            waits = [issued(browser, part, pressed) for _ in range(_TURNS)]
            said(f"Issue pressed → file downloaded: {part}", "≤ 5 s", told(waits))
    with chromium() as browser, server(mission(_ROWS), _PORT):
        idle, busy = tiles(browser)
        said(
            f"tile p95 at {_ROWS:,} incidents while A3 sheets are drawn ÷ idle",
            "≤ 2×",
            f"{busy / idle:.1f}× ({busy:.1f} ÷ {idle:.1f} ms)",
        )


def told(waits: list[float]) -> str:
    """Return waits in seconds, the median and between which."""
    return f"{median(waits):.1f} s ({min(waits):.1f} to {max(waits):.1f})"


def page_at(browser: Browser, part: str) -> Page:
    """Open a part of Briefing."""
    page = new_page(browser)
    page.goto(f"http://127.0.0.1:{_PORT}/briefing?leaf={part}&v={_VIEW}", wait_until="commit")
    return page


def previewed(browser: Browser) -> float:
    """Return the seconds from a page's begin to its preview."""
    page = page_at(browser, "Sheet")
    page.wait_for_selector(_IMAGE, timeout=_LONGEST_MS)
    took = float(page.evaluate("performance.now()")) / 1e3
    page.context.close()
    return took


def turned(browser: Browser) -> list[float]:
    """Return the seconds from a choice of how the sheet stands to its preview, several times."""
    page, found = page_at(browser, "Sheet"), list[float]()
    page.wait_for_selector(_IMAGE, timeout=_LONGEST_MS)
    for stands in ["Portrait", "Landscape"] * 3:
        page.wait_for_timeout(1_500)
        was = page.get_attribute(_IMAGE, "src")
        page.get_by_role("combobox", name="Stands").click()
        began = time.perf_counter()
        page.get_by_role("option", name=stands).click()
        page.wait_for_selector(f'{_IMAGE}:not([src="{was}"])', timeout=_LONGEST_MS)
        found.append(time.perf_counter() - began)
    page.context.close()
    return found


def issued(browser: Browser, part: str, pressed: str) -> float:
    """Return the seconds from the press of Issue to the file on the disk of the browser."""
    page = page_at(browser, part)
    page.wait_for_selector(_IMAGE if part == "Sheet" else _FILLED, timeout=_LONGEST_MS)
    page.wait_for_timeout(1_500)
    button = page.get_by_role("button", name=pressed, exact=True)
    began = time.perf_counter()
    with page.expect_download(timeout=_LONGEST_MS) as waiting:
        button.click()
    waiting.value.path()
    took = time.perf_counter() - began
    page.context.close()
    return took


def tiles(browser: Browser) -> tuple[float, float]:
    """Return the p95 of tiles in milliseconds, idle and while sheets of A3 are issued one after the other."""
    page = page_at(browser, "Sheet")
    page.wait_for_selector(_IMAGE, timeout=_LONGEST_MS)
    page.context.close()
    with Wire(_PORT) as wire:
        idle = asked(wire, lambda done: done >= _TILES)
    ended, found = threading.Event(), list[float]()

    def meanwhile() -> None:
        with Wire(_PORT) as wire:
            found.extend(asked(wire, lambda _done: ended.is_set()))

    page = new_page(browser)
    page.goto(f"http://127.0.0.1:{_PORT}/briefing?leaf=Sheet&v=last%3Dall", wait_until="commit")
    page.wait_for_selector(_IMAGE, timeout=_LONGEST_MS)
    page.get_by_role("combobox", name="Size").click()
    page.get_by_role("option", name="A3").click()
    page.wait_for_timeout(3_000)
    beside = threading.Thread(target=meanwhile)
    beside.start()
    for _ in range(_TURNS):
        page.get_by_role("button", name="Issue", exact=True).click()
        page.wait_for_timeout(4_000)
    ended.set()
    beside.join()
    page.context.close()
    return p95(idle), p95(found)


def asked(wire: Wire, ended: Callable[[int], bool]) -> list[float]:
    """Ask for tiles, other views of them in turn, until told; return how many milliseconds each took."""
    found: list[float] = []
    views = itertools.cycle([f"last%3D{days}d" for days in range(1, 90)])
    for (z, x, y), view in zip(itertools.cycle(_AT), views, strict=False):
        if ended(len(found)):
            return found
        found.append(wire.timed(f"/data/tiles/incidents/{z}/{x}/{y}?v={view}"))
    return found


def p95(times: list[float]) -> float:
    """Return the time below which 95 in 100 lie."""
    return sorted(times)[int(0.95 * len(times))]


if __name__ == "__main__":
    main()
