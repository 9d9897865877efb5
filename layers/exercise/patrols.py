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


def patrols(agreed: Agreement, seed: int, ends: datetime) -> tuple[list[Feature], list[Feature]]:
    """Return the planned routes of the last two weeks and the next, and the tracks of those already driven."""
    dice = np.random.default_rng([seed, 5])
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
                lasts = timedelta(seconds=int(_metres(path) / _SPEED_M_S) + 3600)
                routes.append(
                    (
                        "LineString",
                        path,
                        {
                            "id": f"plan-{sector}-{day + 14:02d}-{shift}",
                            "name": f"Patrol {name}",
                            "sector": sector,
                            "task": str(dice.choice(_TASKS)),
                            "starts_at": _iso(begins),
                            "ends_at": _iso(begins + lasts),
                        },
                    )
                )
                if begins + lasts < ends and dice.random() > 0.06:
                    tracks.append(_track(path, sector, name, begins, dice))
    return routes, tracks


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
