"""A country that is nowhere: coast, towns, roads and rivers on open ocean, grown from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

Points = npt.NDArray[np.float64]

#: The middle of the country: mid-ocean, so that no real place is meant.
MIDDLE = (63.0, -20.0)
BOX = (61.4, -21.2, 64.6, -18.8)
_REACH = (1.04, 0.66)
_FIRST = ("Ta", "Be", "Lo", "Ni", "Ve", "Sa", "Mo", "Ka", "Ri", "Du", "Fe", "Ha", "Ol", "Pe", "Zu", "Wa", "Ye", "Go")
_MIDDLE = ("ri", "le", "no", "ma", "su", "ve", "do", "ka", "lu", "ti", "ra", "pe")
_LAST = ("n", "sk", "ra", "l", "ven", "mo", "st", "dal", "ko", "ty", "r", "mar")


@dataclass(frozen=True, slots=True)
class Town:
    """A settlement of the country."""

    name: str
    kind: str
    population: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Country:
    """Land, towns, and the lines that join them, WGS 84 degrees."""

    seed: int
    land: shapely.Polygon
    towns: tuple[Town, ...]
    roads: tuple[Points, ...]
    rivers: tuple[Points, ...]


@lru_cache(maxsize=4)
def country(seed: int) -> Country:
    """Return the country that a seed grows."""
    dice = np.random.default_rng([seed, 1])
    land = _land(dice)
    towns = _towns(land, dice)
    return Country(seed, land, towns, _roads(towns, dice), _rivers(land, dice))


def rough(begin: npt.ArrayLike, end: npt.ArrayLike, sway: float, depth: int, dice: np.random.Generator) -> Points:
    """Return a path of 2 ** depth + 1 points that strays from the straight one like a road or a river.

    Each halving moves the middle sideways by a share of the gap (random midpoint displacement).

    References
    ----------
    Fournier, A., Fussell, D., Carpenter, L. (1982). Computer rendering of stochastic models. CACM 25, 371-384.
    """
    path = np.array([begin, end], np.float64)
    for _ in range(depth):
        gap = np.diff(path, axis=0)
        middle = path[:-1] + gap / 2 + gap[:, ::-1] * [-1, 1] * dice.normal(0, sway, (len(gap), 1))
        joined = np.empty((2 * len(path) - 1, 2))
        joined[::2], joined[1::2] = path, middle
        path = joined
    return path


def noise(length: int, octaves: int, dice: np.random.Generator, fall: float = 0.55) -> npt.NDArray[np.float64]:
    """Return smooth noise of unit scale: octaves of doubling detail, each ``fall`` times the size of the one before."""
    x = np.linspace(0, 1, length)
    total = np.zeros(length)
    for octave in range(octaves):
        knots = 3 * 2**octave + 1
        total += np.interp(x, np.linspace(0, 1, knots), dice.normal(0, fall**octave, knots))
    return total


def _land(dice: np.random.Generator) -> shapely.Polygon:
    steps = 1000
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    shape = np.ones(steps)
    for wave in range(2, 160):
        shape += 0.20 * wave**-1.25 * np.cos(wave * angle + dice.uniform(0, 2 * np.pi)) * dice.normal(1, 0.5)
    ring = np.column_stack([MIDDLE[0] + _REACH[0] * shape * np.cos(angle), MIDDLE[1] + _REACH[1] * shape * np.sin(angle)])
    parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(np.round(ring, 4))))
    return max((p for p in parts if p.geom_type == "Polygon"), key=lambda part: part.area)


def _towns(land: shapely.Polygon, dice: np.random.Generator) -> tuple[Town, ...]:
    inner = land.buffer(-0.04)
    found: list[Town] = []
    names: set[str] = set()
    plan = [("city", 3, 0.5, 180_000), ("town", 14, 0.2, 18_000), ("village", 46, 0.07, 1_400)]
    for kind, count, apart, size in plan:
        made = 0
        while made < count:
            at = dice.uniform(BOX[:2], BOX[2:])
            near = min((float(np.hypot(*(at - (t.lon, t.lat)))) for t in found), default=9.0)
            if near < apart or not shapely.contains_xy(inner, *at):
                apart *= 0.999
                continue
            name = ""
            while not name or name in names:
                name = dice.choice(_FIRST) + dice.choice(_MIDDLE) + dice.choice(_LAST)
            names.add(name)
            found.append(
                Town(str(name), kind, int(size * dice.lognormal(0, 0.5)), round(float(at[0]), 5), round(float(at[1]), 5))
            )
            made += 1
    return tuple(found)


def _roads(towns: tuple[Town, ...], dice: np.random.Generator) -> tuple[Points, ...]:
    at = np.array([(t.lon, t.lat) for t in towns])
    far = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    joined, edges = {0}, []
    while len(joined) < len(towns):
        inside, outside = sorted(joined), sorted(set(range(len(towns))) - joined)
        a, b = np.unravel_index(np.argmin(far[np.ix_(inside, outside)]), (len(inside), len(outside)))
        edges.append((inside[a], outside[b]))
        joined.add(outside[b])
    main = [n for n, town in enumerate(towns) if town.kind != "village"]
    edges += [(a, b) for a in main for b in main if a < b and far[a, b] < 0.36 and (a, b) not in edges]
    return tuple(np.round(rough(at[a], at[b], 0.09, 4, dice), 4) for a, b in edges)


def _rivers(land: shapely.Polygon, dice: np.random.Generator) -> tuple[Points, ...]:
    found: list[Points] = []
    core = land.buffer(-0.22)
    while len(found) < 9:
        spring = dice.uniform(BOX[:2], BOX[2:])
        angle = dice.uniform(0, 2 * np.pi)
        mouth = spring + 4 * np.array([np.cos(angle), np.sin(angle)])
        if not shapely.contains_xy(core, *spring):
            continue
        inside = shapely.intersection(land, shapely.LineString(rough(spring, mouth, 0.16, 9, dice)))
        path = next((p for p in shapely.get_parts(inside) if p.distance(shapely.Point(spring)) < 1e-9), None)
        if path is not None and 0.22 < path.length < 1.3 and not any(shapely.LineString(r).crosses(path) for r in found):
            found.append(np.round(shapely.get_coordinates(path)[::2], 4))
    return tuple(found)
