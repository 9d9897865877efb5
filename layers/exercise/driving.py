"""What the patrols of a running exercise drive of their plans as its clock goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from layers.exercise.country import Points

#: What the names of these tracks begin with.
DRIVEN = "driven-"
_STRAYS = 0.0002
#: So many of all patrols do not leave; a leg takes so many times as long as planned.
_STAYS_HOME, _SLOWER = 0.04, (0.9, 1.25)
_LATE_MIN, _REPORTS_MIN = 20, (25, 115)


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """A leg of a plan: its vertices in degrees, and its times."""

    path: Points
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a patrol: its sector, and its legs in the order of their times."""

    sector: str
    legs: tuple[PlannedLeg, ...]


def driven(seed: int, name: str, plan: Plan, now: datetime) -> dict[str, object] | None:
    """Return a patrol's track as far as it has come, a GeoJSON feature; None where it has not left, or does not.

    The same plan is driven in the same way whenever it is asked for, only farther as time goes on.
    """
    dice = np.random.default_rng([seed, 7, *name.encode()])
    leaves = plan.legs[0].begins + timedelta(minutes=int(dice.integers(0, _LATE_MIN)))
    if dice.random() < _STAYS_HOME or leaves > now:
        return None
    fixes, seconds = _way(plan.legs, dice)
    came = np.flatnonzero(seconds <= (now - leaves).total_seconds())
    if len(came) < 2:
        return None
    said: dict[str, object] = {
        "id": f"{DRIVEN}{name}",
        "name": f"Track {name.removeprefix('Patrol ')}",
        "sector": plan.sector,
        "route": name,
        "started_at": _iso(leaves),
        "times": " ".join(map(str, seconds[came].tolist())),
    }
    received = leaves + timedelta(seconds=int(seconds[-1]), minutes=int(dice.integers(*_REPORTS_MIN)))
    if len(came) == len(fixes):
        said["ended_at"] = _iso(leaves + timedelta(seconds=int(seconds[-1])))
    if received <= now:
        said["reported_at"] = _iso(received)
    line = {"type": "LineString", "coordinates": np.round(fixes[came], 5).tolist()}
    return {"type": "Feature", "geometry": line, "properties": said}


def collected(features: Sequence[dict[str, object]]) -> str:
    """Return features as a GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def _way(legs: Sequence[PlannedLeg], dice: np.random.Generator) -> tuple[Points, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the fixes of the whole way, and the seconds after the start of each; at each stop it waits as planned."""
    fixes, seconds, last = [], [], 0.0
    for n, leg in enumerate(legs):
        drive = (leg.ends - leg.begins).total_seconds() * dice.uniform(*_SLOWER)
        stay = (leg.begins - legs[n - 1].ends).total_seconds() if n else 0.0
        at = last + max(stay, 0.0) + np.linspace(0, drive, len(leg.path))
        fixes.append(leg.path + dice.normal(0, _STRAYS, leg.path.shape))
        seconds.append(at)
        last = float(at[-1])
    return np.concatenate(fixes), np.concatenate(seconds).astype(np.int64)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
