"""What the benchmarks in a real Chromium share: opening the live map, and what the frame says of itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import which
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Frame, Page, sync_playwright

SIZE = {"width": 1440, "height": 900}
EVERYTHING = "last%3Dall"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]
#: Streamlit's own files and endpoints. All else on the wire is ours.
_STREAMLIT = ("/static/", "/component/", "/_stcore/", "/media/", "/favicon")
_QUIET_S = 1.5
_LONGEST_S = 120.0

#: In every frame: keep when the map last came to say "drawn".
_WATCH = """
window.drawnAt = 0;
const waiting = setInterval(() => {
  const box = document.querySelector('[data-state]');
  if (!box) return;
  clearInterval(waiting);
  const note = () => { if (box.dataset.state === 'drawn') window.drawnAt = performance.timeOrigin + performance.now(); };
  new MutationObserver(note).observe(box, { attributes: true, attributeFilter: ['data-state'] });
  note();
}, 10);
"""


@dataclass(frozen=True)
class Opened:
    """A page whose map is drawn, and how many milliseconds that took since the page and since its frame were opened."""

    page: Page
    frame: Frame
    since_page: float
    since_frame: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser) -> Page:
    """Return a page with nothing in its cache."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.add_init_script(_WATCH)
    return page


def opened(page: Page, port: int, view: str = EVERYTHING) -> Opened:
    """Open the live map and wait until it is drawn and stays so."""
    page.goto(f"http://127.0.0.1:{port}/?v={view}", wait_until="commit")
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        page.wait_for_timeout(50)
        frame = next((f for f in page.frames if "streamlit_folium" in f.url), None)
        state = frame and frame.evaluate("document.querySelector('[data-state]')?.dataset.state")
        if frame is None or state != "drawn":
            continue
        drawn, now = frame.evaluate("[window.drawnAt, performance.timeOrigin + performance.now()]")
        if drawn and now - drawn > _QUIET_S * 1000:
            began = [of.evaluate("performance.timeOrigin") for of in (page.main_frame, frame)]
            return Opened(page, frame, drawn - began[0], drawn - began[1])
    raise SystemExit("the map was not drawn in time")


def weighed(page: Page) -> Counter[str]:
    """Return a count, growing from now on, of the bytes that each path takes on the wire: as encoded there, with headers."""
    link = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def add(event: dict[str, str], size: int) -> None:
        sizes[names.get(event["requestId"], "")] += size

    link.on("Network.requestWillBeSent", lambda e: names.update({e["requestId"]: urlsplit(e["request"]["url"]).path}))
    link.on("Network.webSocketCreated", lambda e: names.update({e["requestId"]: urlsplit(e["url"]).path}))
    link.on("Network.loadingFinished", lambda e: add(e, int(e["encodedDataLength"])))
    link.on("Network.webSocketFrameReceived", lambda e: add(e, _framed(e["response"])))
    link.send("Network.enable")
    return sizes


def _framed(response: dict[str, Any]) -> int:
    """Return the bytes of a message; binary ones are told in base64."""
    size = len(response["payloadData"].encode())
    return size * 3 // 4 if response["opcode"] == 2 else size


def beyond_streamlit(sizes: Counter[str]) -> Counter[str]:
    """Return the bytes that are ours, by the first two parts of their paths."""
    kinds: Counter[str] = Counter()
    for path, size in sizes.items():
        if path not in ("/", "") and not path.startswith(_STREAMLIT):
            kinds["/".join(path.split("/")[1:3] if path.startswith(("/data", "/lib")) else path.split("/")[1:2])] += size
    return kinds
