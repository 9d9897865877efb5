"""How soon a million incidents are placed and judged anew after a line changes, and whether the map answers meanwhile.

A server on a copy of the mission. The command line submits the ceasefire line with its parties exchanged; the clock begins when it
has ended and stops when the server counts the incidents on either side the other way round. Tiles are asked all the while.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from common import FIRST_PORT, MILLION, ROOT, Wire, arguments, copied, median, mission, p95, said, server
from tiles import sample, tiles

_PORT = FIRST_PORT + 8
_QUIET = 300


def main() -> None:
    asked = arguments(__doc__, rows=MILLION)
    folder = mission(asked.rows, given=asked.mission)
    with tempfile.TemporaryDirectory() as made:
        copy = copied(folder, Path(made) / "mission")
        submit(copy, exchanged(copy, Path(made) / "first.geojson", times=2))
        with server(copy, _PORT):
            measure(copy, folder, Path(made))


def measure(copy: Path, folder: Path, made: Path) -> None:
    """Change the line three times; print the medians."""
    paths = [
        f"/data/tiles/incidents/{z}/{x}/{y}?v=last%3Dall"
        for z, x, y in tiles(sample(folder / "incidents.csv", random.Random(1)), 300, random.Random(2))
    ]
    while (before := counts()) == (0, 0):
        time.sleep(0.05)
    with Wire(_PORT) as wire:
        quiet = [wire.timed(path) for path in paths[:_QUIET]]
    took, judged, busy = [], [], []
    for times in (1, 2, 1):
        ruled()
        before = counts()
        submit(copy, exchanged(copy, made / "line.geojson", times=times))
        began, number = time.perf_counter(), 0
        # A connection that was idle while the line was submitted may have been closed.
        with Wire(_PORT) as wire:
            while counts() == before:
                for _ in range(20):
                    busy.append(wire.timed(paths[number % len(paths)]))
                    number += 1
                if time.perf_counter() - began > 60:
                    raise SystemExit("the sides did not change within a minute")
        took.append(time.perf_counter() - began)
        ruled()
        judged.append(time.perf_counter() - began)
    for what, bound, times_s in (("place", "≤ 10 s", took), ("place, and what the clauses make of it,", "", judged)):
        figure = f"{median(times_s):.1f} s (worst {max(times_s):.1f}, n {len(times_s)})"
        said(f"{what} of 1M incidents recomputed after a line changes", bound, figure)
    said("tile p95 meanwhile, over HTTP", "", f"{p95(busy):.1f} ms (quiet {p95(quiet):.1f} ms)")


def ruled() -> None:
    """Wait until the clauses have judged every incident: a filter by a clause is answered no sooner."""
    with urlopen(f"http://127.0.0.1:{_PORT}/data/summary?v=last%3Dall%26clause%3D2.1", timeout=120) as answer:
        answer.read()


def counts() -> tuple[int, int]:
    """Return how many incidents lie on the side of Party A and of Party B."""
    found = []
    for side in "AB":
        with urlopen(f"http://127.0.0.1:{_PORT}/data/summary?v=last%3Dall%26side%3D{side}") as answer:
            found.append(json.load(answer)["count"])
    return found[0], found[1]


def exchanged(copy: Path, path: Path, *, times: int) -> Path:
    """Write the mission's line with the parties beside it exchanged so many times."""
    lines = json.loads((copy / "ceasefire_lines.geojson").read_text(encoding="utf-8"))
    for line in lines["features"]:
        left, right = ("A", "B") if times % 2 == 0 else ("B", "A")
        line["properties"] |= {"left_party": left, "right_party": right}
    path.write_text(json.dumps(lines), encoding="utf-8")
    return path


def submit(copy: Path, path: Path) -> None:
    command = [sys.executable, "-m", "layers", "submit", str(copy), "ceasefire_lines", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
