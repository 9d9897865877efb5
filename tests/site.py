"""A whole Greenline in a process of its own, and a browser before it."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from layers import exercise, feed
from layers.__main__ import main
from layers.desk import open_mission
from tests.missions import csv_file, row

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, NARROW = (1440, 900), (390, 844)
_PATIENCE_MS = 20_000
_FAINT = """() => {
  const light = (text) => {
    const part = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = text.match(/[\\d.]+/g).map((value) => part(Number(value) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (of) => {
    for (let at = of; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(color)) return color;
    }
  };
  return [...document.querySelectorAll('CHOSEN')].filter((of) => of.offsetParent && of.textContent.trim() && WHICH)
    .map((of) => {
      const [a, b] = [light(getComputedStyle(of).color), light(ground(of))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), of.id || of.className || of.tagName];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""


@dataclass
class Site:
    """A served mission: ``url`` is its address, ``folder`` its mission."""

    url: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> str:
        """Run the command line in this process, beside the server's; return what it said."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main(list(words))
        open_mission(self.folder).close()
        assert status == 0, err.getvalue()
        return out.getvalue()

    def submit(self, path: Path, layer: str = "incidents") -> str:
        """Submit a file by the command line."""
        return self.command("submit", str(self.folder), layer, str(path))


@contextmanager
def browsing() -> Iterator[Browser]:
    """Return the machine's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield started
        started.close()


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[Site]:
    """Serve a mission until the block ends."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "app.py", "--mission", str(folder), "--port", str(port)],
        cwd=ROOT, env=os.environ | {"GREENLINE_HOME": str(folder.parent / "home")}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            assert process.poll() is None, "the server ended by itself"
            try:
                urllib.request.urlopen(f"{url}/data/mission", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Site(url, folder, port, process)
    finally:
        process.kill()
        process.wait()


def exercise_at(folder: Path, incidents: int = 600, ends: datetime | None = None) -> Path:
    """Make an exercise mission whose record ends now; its clock stands, and no satellite saw it."""
    ends = ends or (datetime.now(UTC) - timedelta(minutes=2)).replace(microsecond=0)
    exercise.write(exercise.make(1, incidents, ends), folder, pictured=False)
    mission = open_mission(folder)
    feed.fill(mission, folder)
    mission.close()
    return folder


@dataclass
class Tab:
    """One tab of the live map: what it shows, what it asked for, what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def open(self, url: str) -> Tab:
        """Go to an address and wait until the map is drawn."""
        self.page.goto(url)
        return self.drawn()

    def drawn(self) -> Tab:
        """Wait until the map is drawn whole."""
        self.frame.wait_for_selector("#map_div[data-state=drawn]", state="attached")
        return self

    @property
    def frame(self) -> Frame:
        """Return the map's frame."""
        found = self.page.wait_for_selector("iframe[title*=folium]", state="attached").content_frame()
        assert found is not None
        return found

    @property
    def count(self) -> int:
        """Return the number in the strip."""
        return number(self.frame.text_content("#gl-count b"))

    def legend(self, layer: str) -> int:
        """Return a layer's number in the legend."""
        return int(self.frame.get_attribute(f".gl-layer[data-layer={layer}] label data", "value") or -1)

    @property
    def bands(self) -> list[str]:
        """Return the words of the marking bands."""
        return [band.text_content() or "" for band in self.page.query_selector_all(".gl-band")]

    @property
    def url(self) -> str:
        """Return the address as the page has it now."""
        return str(self.page.evaluate("location.href"))

    def settled(self) -> None:
        """Wait until the page stands: what is typed while it is made anew would be lost."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        self.page.wait_for_selector("[data-stale=true]", state="detached")

    def soon(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on the page around the frame, which lets no text become code."""
        until = time.monotonic() + _PATIENCE_MS / 1000
        while not condition():
            assert time.monotonic() < until, "it did not come about in time"
            self.page.wait_for_timeout(50)

    def until(self, condition: str) -> None:
        """Wait for a condition in the map's frame."""
        self.frame.wait_for_function(condition, timeout=_PATIENCE_MS)


def painted(pane: str) -> str:
    """Return a program for the map's frame: how many pixels are painted on the canvases of one of the map's panes."""
    return f"""[...document.querySelectorAll('.leaflet-{pane}-pane canvas')].reduce((sum, of) => sum + new Uint32Array(
      of.getContext('2d').getImageData(0, 0, of.width, of.height).data.buffer).filter(Boolean).length, 0)"""


def tab(context: BrowserContext) -> Tab:
    """Open a tab."""
    return Tab(context.new_page())


def number(text: str | None) -> int:
    """Return a count as written on the screen."""
    return int("".join(sign for sign in text or "" if sign.isdecimal()))


def reported(folder: Path, name: str, **fields: str) -> Path:
    """Write a file of one report of a minute ago."""
    now = f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    usual = {"id": name, "occurred_at": now, "reported_at": now, "longitude": "62.9"}
    return csv_file(folder / f"{name}.csv", [row(1, **(usual | fields))])


def faint(chosen: str, which: str) -> str:
    """Return a program for a page: of the chosen elements with text, those that stand out from their ground by less than 4.5 to 1.

    ``which`` bounds them further; it says so of an element ``of``.
    """
    return _FAINT.replace("CHOSEN", chosen).replace("WHICH", which)
