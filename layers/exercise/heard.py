"""What several posts of the exercise heard of one event: each tells a bearing and how far off, by its own ears and clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from pyproj import Geod

from layers.exercise.agreement import agreement
from layers.exercise.reports import Columns

#: So many posts hear it, none farther off than this, and it was so many hours before the record ends at the most.
_POSTS, _FAR_M, _LATELY_H = 3, 14_000.0, 20
#: How fast sound goes, metres a second, and how far off a bearing is that was taken by ear, degrees.
_SOUND, _EAR = 340.0, 4.0
_TEXT = "Impacts heard, nothing seen."
_EARTH = Geod(ellps="WGS84")


def heard(reports: Columns, seed: int, ends: datetime) -> Columns:
    """Return reports of which the last shelling that enough posts were near to is told by each of them, in place of the reports after it.

    What is told lies where the bearing says, so the reports have the column ``grid`` and, of these, no degrees. Where nothing of
    the kind happened lately they are as they were.
    """
    found = {name: list(values) for name, values in reports.items()} | {"grid": [""] * len(reports["id"])}
    since = f"{ends - timedelta(hours=_LATELY_H):%Y-%m-%dT%H:%M:%SZ}"
    for row in range(len(found["id"]) - _POSTS, -1, -1):
        if found["occurred_at"][row] < since:
            return reports
        if found["kind"][row] == "shelling" and (told := _told(found, row, seed)):
            for n, (moment, grid) in enumerate(told, row):
                _rewritten(found, n, row, (moment, grid))
            return found
    return reports


def _told(reports: Columns, row: int, seed: int) -> list[tuple[str, str]]:
    """Return when each of the nearest posts heard an event and what it told, the first first; none where too few are near."""
    posts = [post for post in agreement(seed).posts if post.kind == "observation_post"]
    lon, lat = float(reports["longitude"][row]), float(reports["latitude"][row])
    bearing, _, away = _EARTH.inv(*np.array([(post.lon, post.lat, lon, lat) for post in posts]).T)
    near = np.argsort(away)[:_POSTS]
    if away[near[-1]] > _FAR_M:
        return []
    dice = np.random.default_rng([seed, 8])
    began, told = datetime.fromisoformat(reports["occurred_at"][row]), []
    for n in near.tolist():
        took = round(bearing[n] + float(dice.normal(0, _EAR / 2))) % 360
        low, high = np.floor(0.7 * away[n] / 1_000) or 0.5, np.ceil(1.4 * away[n] / 1_000)
        moment = began + timedelta(seconds=round(away[n] / _SOUND))
        told.append((f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{posts[n].name} {took:03d}° ±{_EAR:g}° {low:g}-{high:g} km heard"))
    return sorted(told)


def _rewritten(reports: Columns, row: int, event: int, told: tuple[str, str]) -> None:
    moment, grid = told
    same = {name: reports[name][event] for name in ("kind", "severity", "marking")} | {"text": _TEXT}
    none = dict.fromkeys(("longitude", "latitude", "precision_m", "place", "target"), "")
    harm = dict.fromkeys(("casualties_low", "casualties_best", "casualties_high"), "0")
    late = max(moment, reports["reported_at"][row])
    said = {"occurred_at": moment, "reported_at": late, "grid": grid, "source": "observation post", "party": "unknown"}
    for name, value in (same | none | harm | said | {"status": "alleged"}).items():
        reports[name][row] = value
