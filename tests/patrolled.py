"""Patrols for tests: a plan of legs along a parallel, and tracks that drive them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from layers.desk import Desk, Mission
from tests.missions import geojson_file

Feature = tuple[str, list[object], dict[str, object]]


def leg(number: int, begins: str, ends: str, *, patrol: str = "Patrol 1", **said: object) -> Feature:
    west = 62 + (number - 1) * 0.04
    path: list[object] = [[west, -20.0], [west + 0.04, -20.0]]
    day = "2026-01-01T"
    names = {"id": f"{patrol}-{number}", "name": patrol, "sector": "S1", "task": "Observe the line", "leg": number}
    return "LineString", path, names | {"starts_at": f"{day}{begins}:00Z", "ends_at": f"{day}{ends}:00Z"} | said


def drove(legs: float, begins: str, *, patrol: str = "Patrol 1", minutes: int = 20, **said: object) -> Feature:
    """Return a track that drives so many legs at a steady pace of ``minutes`` each, a fix every quarter of a leg."""
    fixes = round(legs * 4) + 1
    path: list[object] = [[62 + n * 0.01, -20.0] for n in range(fixes)]
    start = datetime.fromisoformat(f"2026-01-01T{begins}:00+00:00")
    times = [n * minutes * 15 for n in range(fixes)]
    end = start + timedelta(seconds=times[-1])
    known = {
        "id": f"track {patrol}",
        "route": patrol,
        "sector": "S1",
        "started_at": start.isoformat(),
        "ended_at": end.isoformat(),
    }
    return "LineString", path, known | {"times": " ".join(map(str, times))} | said


PLAN = [leg(1, "06:00", "06:30"), leg(2, "06:40", "07:10"), leg(3, "07:20", "07:50")]


def planned(mission: Mission, folder: Path, plan: list[Feature], tracks: list[Feature]) -> Desk:
    desk = mission.desk()
    for layer, features in (("patrol_routes", plan), ("patrol_tracks", tracks)):
        if features:
            receipt = desk.submit(layer, geojson_file(folder / f"{layer}.geojson", features))
            assert receipt.refused == ()
    return desk
