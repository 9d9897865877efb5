"""How soon a server with a million incidents is ready on its second start, and what it holds in memory (Linux)."""

from __future__ import annotations

import re
import time
from pathlib import Path

from common import FIRST_PORT, Wire, arguments, median, mission, said, server

_STARTS = 5
_TILES = [f"/data/tiles/incidents/{z}/{x}/{y}" for z, x, y in ((0, 0, 0), (5, 21, 17), (8, 172, 142), (10, 690, 570))]


def main() -> None:
    asked = arguments(__doc__)
    folder, port = mission(given=asked.mission), FIRST_PORT + 1
    with server(folder, port):
        pass
    took, held, used = [], [], []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with server(folder, port) as process, Wire(port) as wire:
            took.append(time.perf_counter() - began)
            held.append(resident(process.pid))
            for view in ("last%3Dall", "last%3D24h", "last%3Dall%26kind%3Dfiring"):
                wire.timed(f"/data/summary?v={view}")
                for tile in _TILES:
                    wire.timed(f"{tile}?v={view}")
            used.append(resident(process.pid))
    said("server ready with 1M stored, second start", "≤ 6 s", f"{median(took):.1f} s ({min(took):.1f}–{max(took):.1f})")
    said("its memory, resident: when ready, after three views", "≤ 700 MB", f"{max(held):.0f} MB, {max(used):.0f} MB")


def resident(pid: int) -> float:
    """Return a process's resident memory in MB, as Linux tells it."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
