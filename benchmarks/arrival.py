"""How soon a stored event is a pixel on the open map, with a million incidents on it.

The clock starts when the store's commit has returned, in the server or in the command line beside it. It stops
in the page, at the first animation frame after one in which the canvas held paint at the event's place: that
frame has then been handed over to be shown. Both read the one clock of the machine.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from browser import Opened, chromium, new_page, opened
from common import FIRST_PORT, ROOT, arguments, median, mission, p95, said, server

_INSIDE = 40
_BESIDE = 20
_HERE = Path(__file__).resolve().parent

#: Watch the top canvas about one place of the container; resolves with the time of the frame after the first paint.
_WATCH = """([lat, lon]) => {
  const sheet = [...document.querySelectorAll('canvas.gl-sheet')].find((one) => /overlay/.test(one.parentNode.className));
  const box = document.querySelector('[data-state]').getBoundingClientRect();
  const place = window.map_div.latLngToContainerPoint([lat, lon]);
  window.arrived = null;
  const look = () => {
    const own = sheet.getBoundingClientRect();
    const scale = sheet.width / own.width;
    const [x, y] = [(box.left + place.x - own.left) * scale, (box.top + place.y - own.top) * scale];
    const bytes = sheet.getContext('2d').getImageData(x - 1, y - 1, 3, 3).data;
    if (bytes.some((value, n) => n % 4 === 3 && value > 0)) requestAnimationFrame(() => { window.arrived = Date.now(); });
    else window.looking = requestAnimationFrame(look);
  };
  cancelAnimationFrame(window.looking);
  look();
}"""
#: Places in the middle of the map, far enough apart that no mark covers another's place.
_PLACES = """() => {
  const size = window.map_div.getSize();
  const found = [];
  for (let x = 80; x < size.x - 300; x += 36) for (let y = 60; y < size.y - 60; y += 36) {
    const { lat, lng } = window.map_div.containerPointToLatLng([x, y]);
    found.push([lat, lng]);
  }
  return found;
}"""


def main() -> None:
    asked = arguments(__doc__)
    folder, port = mission(given=asked.mission), FIRST_PORT + 7
    with (
        tempfile.TemporaryDirectory() as made,
        server(folder, port, str(_HERE / "inside.py")) as process,
        chromium() as browser,
    ):
        found = opened(new_page(browser), port)
        places: list[list[float]] = found.frame.evaluate(_PLACES)
        random.Random(1).shuffle(places)

        def by_server(file: Path) -> float:
            assert process.stdin is not None
            process.stdin.write(f"{file}\n")
            process.stdin.flush()
            return stored(process)

        def by_command(file: Path) -> float:
            command = [sys.executable, str(_HERE / "beside.py"), "submit", str(folder), "incidents", str(file)]
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as beside:
                moment = stored(beside)
                beside.communicate()
                return moment

        inside = [arrival(found, Path(made), places.pop(), by_server) for _ in range(_INSIDE)]
        beside = [arrival(found, Path(made), places.pop(), by_command) for _ in range(_BESIDE)]
    for who, bound, took in (("the server", "≤ 150 ms", inside), ("the command line beside it", "≤ 250 ms", beside)):
        figure = f"{p95(took):.0f} ms (median {median(took):.0f}, worst {max(took):.0f}, n {len(took)})"
        said(f"event stored by {who} → pixel, p95, 1M", bound, figure)


def arrival(found: Opened, folder: Path, place: list[float], submit: Callable[[Path], float]) -> float:
    """Store one event at a place of the open map; return the milliseconds from its commit to its pixel."""
    file = report(folder, *place)
    found.frame.evaluate(_WATCH, place)
    committed = submit(file)
    shown = found.frame.wait_for_function("window.arrived", timeout=30_000).json_value()
    found.page.wait_for_timeout(1_200 + 1_500 * random.random())
    return float(shown) - committed


def stored(process: subprocess.Popen[str]) -> float:
    """Return the next moment at which a process says that its commit returned."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("stored "):
            return float(line.split()[1])
    raise SystemExit("the process that stores has ended")


def report(folder: Path, lat: float, lon: float) -> Path:
    """Write a file of one report."""
    now = datetime.now(UTC)
    row = {
        "id": f"bench-{time.time_ns()}",
        "kind": "firing",
        "occurred_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "reported_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "longitude": f"{lon:.6f}",
        "latitude": f"{lat:.6f}",
        "precision_m": "10",
        "severity": "high",
        "source": "patrol",
        "marking": "UNCLASSIFIED",
        "text": "Shots heard.",
    }
    path = folder / f"{row['id']}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return path


if __name__ == "__main__":
    main()
