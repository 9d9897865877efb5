"""How many frames a second 90 days are played at with a million incidents, and whether any script runs again for it.

A frame counts where the incidents on the screen are otherwise than in the frame before: before each repaint the tiles' canvases
are drawn small into one of 128 × 80 pixels, whose bytes are compared. That is done in the page, and costs what is measured a little.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from browser import chromium, new_page, opened
from common import FIRST_PORT, arguments, median, mission, p95, said, server
from playwright.sync_api import Browser

_RUNS, _PLAYED_S, _DAYS = 3, 10.0, 90
_COUNT = """(seconds) => new Promise((done) => {
  const small = Object.assign(document.createElement('canvas'), { width: 128, height: 80 });
  const pen = small.getContext('2d', { willReadFrequently: true });
  const whole = document.querySelector('#map_div').getBoundingClientRect();
  const drawn = [];
  let [began, ticks, before] = [0, 0, ''];
  const look = (now) => {
    const on = document.querySelector('#gl-play').title.startsWith('Stop') && document.querySelector('#gl-played').textContent.includes('–');
    if (!on && !began) return requestAnimationFrame(look);
    if (!on || (began && now - began > seconds * 1000)) return done({ drawn, ticks, lasted: (now - began) / 1000 });
    began ||= now;
    ticks += 1;
    pen.clearRect(0, 0, 128, 80);
    for (const tile of document.querySelectorAll('.gl-tile canvas')) {
      const at = tile.getBoundingClientRect();
      pen.drawImage(tile, ((at.left - whole.left) / whole.width) * 128, ((at.top - whole.top) / whole.height) * 80,
        (at.width / whole.width) * 128, (at.height / whole.height) * 80);
    }
    let sum = 2166136261;
    for (const byte of pen.getImageData(0, 0, 128, 80).data) sum = Math.imul(sum ^ byte, 16777619);
    if (sum !== before) drawn.push(now);
    before = sum;
    return requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def main() -> None:
    asked = arguments(__doc__)
    port = FIRST_PORT + 12
    with server(mission(given=asked.mission), port), chromium() as browser:
        runs = [played(browser, port) for _ in range(_RUNS)]
    rates = [rate for rate, _, _, _ in runs]
    slow = [gap for _, gaps, _, _ in runs for gap in gaps]
    ready = median([took for _, _, took, _ in runs])
    said(
        f"playback of {_DAYS} days at 1M incidents, frames a second with another picture",
        "≥ 20",
        f"{median(rates):.1f} (worst of {_RUNS} runs {min(rates):.1f}; from one to the next {median(slow):.0f} ms, p95 {p95(slow):.0f}; ready in {ready:.0f} ms)",
    )
    said("the script of the page run again while it plays", "0", f"{sum(again for _, _, _, again in runs)} times")


def played(browser: Browser, port: int) -> tuple[float, list[float], float, int]:
    """Play for ten seconds; return frames a second, ms between them, ms until the first, and how often the page was run again."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    view = f"from%3D{end - timedelta(days=_DAYS):%Y-%m-%dT%H:%MZ}%26to%3D{end:%Y-%m-%dT%H:%MZ}"
    page = new_page(browser)
    found = opened(page, port, view)
    again: list[str] = []
    page.on("websocket", lambda socket: again.append(socket.url))
    page.evaluate(
        "window.reruns = 0; new MutationObserver((all) => all.forEach((one) => { window.reruns += one.target.dataset.testScriptState === 'running'; }))"
        ".observe(document.querySelector('[data-testid=stApp]'), { attributes: true, attributeFilter: ['data-test-script-state'] })"
    )
    began = time.perf_counter()
    found.frame.click("#gl-play")
    found.frame.wait_for_function("document.querySelector('#gl-played').textContent.includes('–')")
    ready = (time.perf_counter() - began) * 1e3
    told = found.frame.evaluate(_COUNT, _PLAYED_S)
    reruns = int(page.evaluate("window.reruns"))
    page.context.close()
    if len(told["drawn"]) < 2:
        raise SystemExit("nothing moved while it was to be played")
    gaps = [later - one for one, later in zip(told["drawn"], told["drawn"][1:], strict=False)]
    return len(told["drawn"]) / told["lasted"], gaps, ready, reruns


if __name__ == "__main__":
    main()
