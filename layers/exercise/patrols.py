"""Weekly patrol plans and the tracks that were driven, with the time of every fix."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import numpy as np

from layers.exercise.agreement import Agreement
from layers.exercise.country import Points, rough

Feature = tuple[str, object, dict[str, object]]
_TASKS = (
    "Observe the line",
    "Visit the villages",
    "Escort the water point repair",
    "Check the storage site",
    "Route reconnaissance",
)
_SPEED_M_S = 6.5
_DEGREE_M = 108_000.0
#: A loop has so many legs of so many pieces each; at each stop a patrol stays so long, and its report comes so long after.
_LEGS, _PIECES = 4, 16
_STAYS_S = 900
_REPORTS_MIN = (25, 110)
#: One patrol turns back after so many legs, and the report of one is not there.
_TURNS_BACK, _SILENT = ("S2", 2), "S3"


def patrols(agreed: Agreement, seed: int, ends: datetime) -> tuple[list[Feature], list[Feature]]:
    """Return the planned legs of the last two weeks and the next, and the tracks of the patrols already driven.

    Of those driven one turned back, one lacks its report, and some did not leave.
    """
    dice, clerk = np.random.default_rng([seed, 5]), np.random.default_rng([seed, 6])
    routes: list[Feature] = []
    tracks: list[Feature] = []
    midnight = ends.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(-14, 7):
        for sector in ("S1", "S2", "S3", "S4"):
            for shift, hour in enumerate((6, 14)):
                begins = midnight + timedelta(days=day, hours=hour, minutes=int(dice.integers(0, 60)))
                path = _loop(agreed, sector, dice)
                # By number: a day would go stale as the exercise's clock moves its record.
                name = f"{sector}/{2 * (day + 14) + shift + 1}"
                said: dict[str, object] = {"name": f"Patrol {name}", "sector": sector, "task": str(dice.choice(_TASKS))}
                legs = _plan(f"plan-{sector}-{day + 14:02d}-{shift}", said, path, begins)
                routes += legs
                lasts = timedelta(seconds=int(_metres(path) / _SPEED_M_S) + _LEGS * _STAYS_S)
                if begins + lasts < ends and dice.random() > 0.06:
                    tracks.append(_track(path, sector, name, begins, dice))
    return routes, _reported(tracks, ends, clerk)


def _plan(named: str, said: dict[str, object], path: Points, begins: datetime) -> list[Feature]:
    """Return the legs of a loop, each with its times."""
    found: list[Feature] = []
    for n in range(_LEGS):
        leg = path[n * _PIECES : (n + 1) * _PIECES + 1]
        arrives = begins + timedelta(seconds=int(_metres(leg) / _SPEED_M_S))
        times = {"leg": n + 1, "starts_at": _iso(begins), "ends_at": _iso(arrives)}
        found.append(("LineString", leg, {"id": f"{named}-{n + 1}"} | said | times))
        begins = arrives + timedelta(seconds=_STAYS_S)
    return found


def _reported(tracks: list[Feature], ends: datetime, clerk: np.random.Generator) -> list[Feature]:
    """Return tracks with the time at which the report of each was received, where it was by the end of the record."""
    latest = {str(said["sector"]): n for n, (_, _, said) in enumerate(tracks) if _due(said) < ends}
    found: list[Feature] = []
    for n, (kind, path, said) in enumerate(tracks):
        if n == latest.get(_TURNS_BACK[0]):
            path, said = _turned_back(np.asarray(path), said)
        received = datetime.fromisoformat(str(said["ended_at"])) + timedelta(minutes=int(clerk.integers(*_REPORTS_MIN)))
        came = received < ends and n != latest.get(_SILENT)
        found.append((kind, path, said | ({"reported_at": _iso(received)} if came else {})))
    return found


def _due(said: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(said["ended_at"])) + timedelta(hours=3)


def _turned_back(path: Points, said: dict[str, object]) -> tuple[Points, dict[str, object]]:
    """Return a track that ends where its patrol turned back."""
    fixes = _TURNS_BACK[1] * _PIECES + 1
    times = str(said["times"]).split()[:fixes]
    until = datetime.fromisoformat(str(said["started_at"])) + timedelta(seconds=int(times[-1]))
    return path[:fixes], said | {"times": " ".join(times), "ended_at": _iso(until)}


def _loop(agreed: Agreement, sector: str, dice: np.random.Generator) -> Points:
    here = [post for post in agreed.posts if post.sector == sector and post.kind != "headquarters"]
    sites = [p for p in here if p.kind == "team_site"] or here
    start = sites[int(dice.integers(len(sites)))]
    posts = sorted(here, key=lambda p: (p.lon - start.lon) ** 2 + (p.lat - start.lat) ** 2)[1:6]
    stops = [start, *[posts[n] for n in dice.permutation(len(posts))[:3]], start]
    legs = [rough((a.lon, a.lat), (b.lon, b.lat), 0.07, 4, dice) for a, b in itertools.pairwise(stops)]
    return np.round(np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])]), 5)


def _track(path: Points, sector: str, name: str, begins: datetime, dice: np.random.Generator) -> Feature:
    fixes = path + dice.normal(0, 0.0002, path.shape)
    late = begins + timedelta(minutes=int(dice.integers(0, 25)))
    step = np.hypot(*np.diff(fixes, axis=0).T) * _DEGREE_M / _SPEED_M_S * dice.uniform(0.8, 1.5, len(fixes) - 1)
    seconds = np.concatenate([[0], np.cumsum(step)]).astype(np.int64)
    return (
        "LineString",
        np.round(fixes, 5),
        {
            "id": f"track-{sector}-{begins:%Y%m%d%H}",
            "name": f"Track {name}",
            "sector": sector,
            "route": f"Patrol {name}",
            "started_at": _iso(late),
            "ended_at": _iso(late + timedelta(seconds=int(seconds[-1]))),
            "times": " ".join(map(str, seconds.tolist())),
        },
    )


def _metres(path: Points) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum() * _DEGREE_M)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
