"""How soon a page of the record's table and an answer to a search come at a million incidents, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from common import arguments, median, mission, p95, said

from layers.desk import open_mission
from layers.model import View, parse

_TIMES = 15
_COMPARED = 50_000
_LEAVES = (1, 100, 10_000, 20_000)
_WORDS = ("shots", "mortars seen", "X-0500", "Красный мост", "no such words", "ion")


def main() -> None:
    asked = arguments(__doc__)
    opened = open_mission(mission(given=asked.mission))
    try:
        desk, everything = opened.desk(), parse("last=all")
        opened.read_words()
        desk.table(everything, "incidents")
        sorts = desk.sorts("incidents")
        pages = [
            took(partial(desk.table, everything, "incidents", page=leaf, sort=sort, descending=falling))
            for sort in sorts
            for leaf in _LEAVES
            for falling in (True, False)
        ]
        said(
            f"a page of the table at 1M, {len(sorts)} sorts, p95", "≤ 200 ms", f"{p95(pages):.0f} ms (median {median(pages):.0f})"
        )
        found = [took(partial(desk.table, everything, "incidents", words=words)) for words in _WORDS for _ in range(_TIMES)]
        said("a search in the table at 1M, p95", "≤ 500 ms", f"{p95(found):.0f} ms (median {median(found):.0f})")
        hits = [took(partial(desk.search, everything, words)) for words in _WORDS for _ in range(_TIMES)]
        said("a search on the map at 1M, p95", "≤ 500 ms", f"{p95(hits):.0f} ms (median {median(hits):.0f})")
        began = desk.sheet(everything).as_of
        days = next(d for d in range(1, 99) if desk.counts(since(began, d))[0] >= _COMPARED)
        reports = desk.counts(since(began, days))[0]
        pairs = [took(partial(desk.duplicates, since(began, days))) for _ in range(3)]
        said(f"likely duplicates among {reports:,} reports of {days} days", "≤ 2 s", f"{median(pairs) / 1e3:.1f} s")
    finally:
        opened.close()


def since(now: datetime, days: int) -> View:
    """Return the view of so many days up to a moment."""
    return parse(f"from={now - timedelta(days=days):%Y-%m-%dT%H:%MZ}")


def took(act: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
