"""What is kept of observed days: the same as reckoned from nothing, whatever came in, changed or was withdrawn, and at its own cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from layers.desk import Covered, Mission
from layers.desk.daily import DAY, Daily, driven
from layers.desk.observers import observers
from layers.desk.reckoned import Reckoned
from layers.model import View, parse
from tests.missions import empty, geojson_file
from tests.test_coverage_desk import Feature, square, track

WEEK = parse("last=7d")
DATES = [f"2025-12-{day}" for day in range(26, 32)] + ["2026-01-01"]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


def submitted(mission: Mission, folder: Path, layer: str, features: list[Feature], name: str) -> None:
    receipt = mission.desk().submit(layer, geojson_file(folder / f"{name}.geojson", features))
    assert receipt.refused == ()


def a_week(mission: Mission, folder: Path) -> None:
    submitted(mission, folder, "sectors", [square(62.0, "West"), square(62.12, "East")], "sectors")
    line: list[object] = [[62.0, -20.0], [62.16, -20.0]]
    submitted(mission, folder, "ceasefire_lines", [("LineString", line, {"id": "line", "name": "Line"})], "line")
    ways = [track(62.0 + 0.02 * n, 62.03 + 0.02 * n, day, f"T{n}") for n, day in enumerate(DATES)]
    submitted(mission, folder, "patrol_tracks", ways, "week")


def numbers(found: Covered) -> list[object]:
    """Return every figure of an answer, rounded to where the order of adding no longer tells."""
    figures = np.array([value for value in flat(astuple(found)) if isinstance(value, float | int)], np.float64)
    return [None if np.isnan(one) else float(f"{one:.7g}") for one in figures.tolist()]


def flat(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for one in value:
            yield from flat(one)
    else:
        yield value


def afresh(mission: Mission, view: View) -> Covered:
    """Return the answer of a mission that remembers nothing."""
    mission.daily, mission.cues = Daily(), Reckoned(16)
    return mission.desk().coverage(view)


@pytest.mark.parametrize("what", ["late", "changed", "withdrawn", "today"])
def test_what_is_kept_says_what_all_of_it_anew_would(mission: Mission, tmp_path: Path, what: str) -> None:
    a_week(mission, tmp_path)
    views = (WEEK, parse("last=24h"), parse("from=2025-12-27T08:20Z&to=2025-12-30T08:40Z"))
    before = [numbers(mission.desk().coverage(view)) for view in views]
    if what == "withdrawn":
        seq = next(row.seq for row in observers(mission.desk().sheet(WEEK)).rows if row.feature == "T3")
        mission.desk().withdraw("patrol_tracks", {"T3": seq}, "another unit's")
    else:
        day = DATES[-1] if what == "today" else DATES[3]
        new = track(62.1, 62.13, day, "T3" if what == "changed" else "T9")
        submitted(mission, tmp_path, "patrol_tracks", [new], what)
    after = [numbers(mission.desk().coverage(view)) for view in views]
    assert after[0] != before[0]
    assert after == [numbers(afresh(mission, view)) for view in views]


def test_a_late_track_costs_its_own_day(mission: Mission, tmp_path: Path) -> None:
    a_week(mission, tmp_path)
    mission.desk().coverage(WEEK)
    first = days(mission)
    submitted(mission, tmp_path, "patrol_tracks", [track(62.1, 62.13, DATES[2], "T9")], "late")
    mission.desk().coverage(WEEK)
    then = days(mission)
    assert [day for day in first if first[day] is not then[day]] == [
        int(np.datetime64(DATES[2]).astype("datetime64[D]").astype(int))
    ]


def days(mission: Mission) -> dict[int, object]:
    """Return what the mission remembers of each day."""
    by = observers(mission.desk().sheet(WEEK))
    plane = by.plane
    driven_on = driven(by.ways, 0, by.span[1])
    assert all(day * DAY < by.span[1] for day in driven_on)
    return {day: mission.daily.day(by.ways, parts, plane, 200.0) for day, parts in driven_on.items()}
