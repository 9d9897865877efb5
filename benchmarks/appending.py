"""How soon 1,000 reports are on the disk, in a mission that holds a million; in this process, on a copy of the mission.

Two clocks take turns, every time with reports that are new. The store's own append begins with checked rows and ends
when its commit has returned, synchronous: that is what is promised. The desk's submit begins with the same fields as text
and ends when they are checked, stored and on the map.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import reports
from common import MILLION, arguments, copied, median, mission, p95, said

from layers.desk import Mission, open_mission
from layers.ingest import Given, Rules, given
from layers.model import AuditEvent, Receipt, Rows

_TIMES = 30
_AT_ONCE = 1_000


def main() -> None:
    asked = arguments(__doc__, rows=MILLION)
    with tempfile.TemporaryDirectory() as made:
        opened = open_mission(copied(mission(asked.rows, given=asked.mission), Path(made) / "mission"))
        try:
            measure(opened)
        finally:
            opened.close()


def measure(opened: Mission) -> None:
    """Append and submit in turn; the first turn only warms up. Print both."""
    desk = opened.desk()
    stood = opened.store.counts()["incidents"]
    fresh = reports.table((_TIMES + 1) * 2 * _AT_ONCE, "plain", 7, "P").to_pylist()
    parts = [fresh[n : n + _AT_ONCE] for n in range(0, len(fresh), _AT_ONCE)]
    opened.refresh()
    appended, submitted = [], []
    for to_store, to_desk in zip(parts[::2], parts[1::2], strict=True):
        appended.append(took(partial(opened.store.append, checked(opened, to_store), event())))
        opened.refresh()
        submitted.append(took(partial(desk.submit, "incidents", to_desk)))
    what = f"{_AT_ONCE:,} rows onto {stood:,}"
    said(f"{what}, appended durably by the store, median", "≤ 40 ms", figure(appended[1:]))
    said(f"{what}, checked, stored and on the map by the desk, median", "", figure(submitted[1:]))


def figure(milliseconds: list[float]) -> str:
    """Return in words what was measured."""
    of = milliseconds
    return f"{median(of):.0f} ms (p95 {p95(of):.0f}, best {min(of):.0f}, worst {max(of):.0f}, n {len(of)})"


def checked(opened: Mission, fresh: Given) -> list[Rows]:
    """Return rows as the store takes them."""
    of = opened.configuration
    rules = Rules(of.markings, of.default_marking, of.box, datetime.now(UTC))
    return [draft.rows for draft in given(fresh, opened.desk().layer("incidents"), rules)]


def event() -> AuditEvent:
    """Return what the audit is told of an append."""
    return AuditEvent(datetime.now(UTC), "benchmark", "submit", "incidents", {"file": "rows", "layer": "incidents"})


def took(act: Callable[[], Receipt]) -> float:
    """Return how many milliseconds it takes to store what must all be new."""
    began = time.perf_counter()
    receipt = act()
    spent = (time.perf_counter() - began) * 1e3
    if receipt.new != _AT_ONCE:
        raise SystemExit(f"{receipt.new} rows of {_AT_ONCE} were stored as new")
    return spent


if __name__ == "__main__":
    main()
