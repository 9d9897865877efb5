"""How soon hot spots and clusters of a million incidents come, in this process, the picture included."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from common import arguments, median, mission, said

from layers.desk import open_mission
from layers.desk.hotspots import Asked
from layers.model import parse

_TIMES = 5
_MEASURES = (("grid", "density by grid, cells of 2 km"), ("kernel", "density by kernel of 5 km"), ("gi", "Gi*, cells of 2 km"))


def main() -> None:
    asked = arguments(__doc__)
    opened = open_mission(mission(given=asked.mission))
    try:
        desk, everything = opened.desk(), parse("last=all")
        desk.counts(everything)
        _, near = desk.usual(everything)
        for measure, words in _MEASURES:
            ask = partial(desk.hotspots, everything, Asked(measure, 2_000, 5_000))  # type: ignore[arg-type]
            said(f"{words}, of 1M", "≤ 2 s", f"{median([took(ask) for _ in range(_TIMES)]):.2f} s")
        ask = partial(desk.gatherings, everything, near)
        reports = desk.gatherings(everything, near).of
        words = f"clusters of the newest {reports:,}, {near.metres:.0f} m and {near.hours:.0f} h"
        said(words, "≤ 10 s", f"{median([took(ask) for _ in range(_TIMES)]):.2f} s")
    finally:
        opened.close()


def took(act: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
