"""How long who uploads 100,000 reports waits: Chromium on Import, Files, with an empty mission and with a million incidents.

All clocks run in the page. They start at the file field's change and at the press of Store, and stop at the first animation
frame that finds the words there. Done is the sum of both waits; what lies between them is the reader's time.
Every turn has a server of its own.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

import reports
from browser import chromium, new_page
from common import FIRST_PORT, arguments, copied, empty, median, mission, said, server
from playwright.sync_api import Browser, Page

_ROWS = 100_000
_TURNS = 3
_PORT = FIRST_PORT + 9
_LONGEST_S = 180.0

#: Keep when the file was chosen and Store pressed, when each sign of the page was first there, and what its progress said.
_WATCH = """() => {
  window.seen = {};
  window.told = [];
  const now = (name) => { window.seen[name] ??= performance.now(); };
  const store = () => [...document.querySelectorAll('button')].find((one) => /^Store [0-9]/.test(one.textContent));
  document.addEventListener('change', (event) => { if (event.target.type === 'file') now('chosen'); }, true);
  document.addEventListener('click', (event) => { if (store()?.contains(event.target)) now('pressed'); }, true);
  const look = () => {
    const page = document.querySelector('.stApp').textContent;
    if (document.querySelector('[data-testid=stFileUploader] [title$=".csv"]')) now('named');
    for (const [words] of page.matchAll(/(Checking every row|Checked [0-9,]+ rows|Storing|Stored [0-9,]+ rows)/g)) {
      now(words.startsWith('Check') ? 'checking' : 'storing');
      if (!window.told.includes(words)) window.told.push(words);
    }
    if (page.includes('Nothing is stored yet')) now('counted');
    if (window.seen.counted && store()?.disabled === false) now('checked');
    if (page.includes('Stored as batch')) now('stored');
    requestAnimationFrame(look);
  };
  look();
}"""


@dataclass(frozen=True)
class Waited:
    """One upload: milliseconds to each sign since the file was chosen or Store pressed, and what the page's progress said."""

    named: float
    checking: float
    counted: float
    checked: float
    storing: float
    stored: float
    told: tuple[str, ...]


def main() -> None:
    asked = arguments(__doc__, rows=_ROWS)
    file = reports.file(asked.rows)
    with chromium() as browser:
        for full in (False, True):
            turns = []
            for _ in range(_TURNS):
                with tempfile.TemporaryDirectory() as made:
                    folder = Path(made) / "mission"
                    copied(mission(given=asked.mission), folder) if full else empty(folder)
                    with server(folder, _PORT):
                        turns.append(uploaded(browser, file))
            tell(turns, f"{asked.rows:,} rows uploaded to {'1M' if full else 'none'}")


def tell(turns: list[Waited], what: str) -> None:
    """Print the promises' lines."""
    took = {of.name: median([getattr(one, of.name) for one in turns]) / 1e3 for of in fields(Waited) if of.name != "told"}
    done = [(one.checked + one.stored) / 1e3 for one in turns]
    first = f"{took['checking']:.1f} s (the file's name: {took['named']:.1f} s)"
    said(f"{what}: first feedback on its rows", "≤ 2 s", first)
    words = f"{median(done):.1f} s ({min(done):.1f}–{max(done):.1f}, medians of {len(turns)})"
    checked = f"its counts after {took['counted']:.1f} s, all of the dry run with Store after {took['checked']:.1f}"
    stored = f"of Store its progress after {took['storing']:.1f}, stored after {took['stored']:.1f}"
    said(f"{what}: done", "≤ 10 s", f"{words}: {checked}; {stored}")
    said(f"{what}: its progress", "", ", ".join(turns[-1].told))


def uploaded(browser: Browser, file: Path) -> Waited:
    """Upload one file and store it, as a reader does who presses Store once it is there."""
    page = new_page(browser)
    try:
        page.goto(f"http://127.0.0.1:{_PORT}/import")
        page.wait_for_selector("text=Drop a file above")
        page.wait_for_load_state("networkidle")
        page.evaluate(_WATCH)
        page.set_input_files("input[type=file]", str(file))
        until(page, "checked")
        page.locator("button", has_text="Store ").first.click()
        until(page, "stored")
        seen, told = page.evaluate("[window.seen, window.told]")
    finally:
        page.context.close()
    since = {name: seen[name] - seen["chosen"] for name in ("named", "checking", "counted", "checked")}
    since |= {name: seen[name] - seen["pressed"] for name in ("storing", "stored")}
    return Waited(**since, told=tuple(told))


def until(page: Page, sign: str) -> None:
    """Wait for a sign of the page, which lets no text become code and so is asked again and again."""
    end = time.monotonic() + _LONGEST_S
    while not page.evaluate("name => name in window.seen", sign):
        if time.monotonic() > end:
            raise SystemExit(f"the page did not come to be {sign}; it says: {page.inner_text('.stApp')[:1_000]}")
        page.wait_for_timeout(50)


if __name__ == "__main__":
    main()
