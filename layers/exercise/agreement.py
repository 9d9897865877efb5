"""What the parties signed: the ceasefire line, the zones about it, the sectors, and the posts that watch it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from layers.exercise.country import BOX, Country, Points, country, noise

LENGTH_M = 300_000.0
VERTICES = 2_000
_KM = 1 / 111.0
_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Post:
    """An own position and its sector."""

    name: str
    kind: str
    sector: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """The line from coast to coast and what lies about it, WGS 84 degrees."""

    line: Points
    buffer: shapely.Polygon
    limitation: tuple[shapely.Geometry, shapely.Geometry]
    sectors: tuple[shapely.Geometry, ...]
    posts: tuple[Post, ...]


@lru_cache(maxsize=4)
def agreement(seed: int) -> Agreement:
    """Return the agreement over the country of a seed."""
    land = country(seed)
    dice = np.random.default_rng([seed, 2])
    line = _line(land, dice)
    spare = np.clip(1 + noise(VERTICES, 4, dice), 0, 3)
    buffer = _within(line, (0.9 + 0.5 * spare) * _KM, land.land)
    limited = _within(line, (11.0 + 1.5 * noise(VERTICES, 3, dice)) * _KM, land.land)
    return Agreement(line, buffer, _either_side(limited, buffer, line), _sectors(land), _posts(land, line, dice))


def length_m(path: Points) -> float:
    """Return a path's geodesic length."""
    return float(_EARTH.line_length(path[:, 0], path[:, 1]))


def _line(land: Country, dice: np.random.Generator) -> Points:
    """Return a line from the west coast to the east coast, bent until it is as long as agreed."""
    along = np.linspace(0, 1, 4_001)
    wander, bends = noise(4_001, 3, dice), noise(4_001, 8, dice, 0.68)
    low, high = 0.0, 0.12
    for _ in range(40):
        sway = (low + high) / 2
        offset = 0.1 * wander + sway * (bends - wander)
        offset -= offset[0] + (offset[-1] - offset[0]) * along
        path = np.column_stack([BOX[0] + (BOX[2] - BOX[0]) * along, -20.15 + 0.3 * along + offset])
        inside = shapely.get_parts(shapely.intersection(land.land, shapely.LineString(path)))
        whole = shapely.get_coordinates(max(inside, key=lambda part: part.length))
        low, high = (sway, high) if length_m(whole) < LENGTH_M else (low, sway)
    gone = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(whole, axis=0).T))])
    even = np.linspace(0, gone[-1], VERTICES)
    return np.round(np.column_stack([np.interp(even, gone, whole[:, n]) for n in (0, 1)]), 6)


def _within(line: Points, reach: npt.NDArray[np.float64], land: shapely.Polygon) -> shapely.Polygon:
    """Return the ground within a changing reach, in degrees of latitude, of the line: both sides alike."""
    east = np.cos(np.radians(20.0))
    flat = line * [east, 1]
    pieces = shapely.linestrings(np.stack([flat[:-4:4], flat[4::4]], axis=1))
    round_ = shapely.union_all(shapely.buffer(pieces, reach[2:-2:4], quad_segs=4))
    area = shapely.simplify(shapely.transform(round_, lambda at: at / [east, 1]), 0.0015)
    kept = shapely.set_precision(shapely.intersection(area, land.buffer(0.04)), 1e-5)
    return max(shapely.get_parts(kept), key=lambda part: part.area)


def _either_side(area: shapely.Polygon, buffer: shapely.Polygon, line: Points) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return what lies north and south of the buffer zone."""
    west, east = line[0] - [1.0, 0.0], line[-1] + [1.0, 0.0]
    lower = shapely.make_valid(shapely.Polygon([west, *line, east, east - [0.0, 4.0], west - [0.0, 4.0]]))
    outer = shapely.difference(area, buffer)
    parts = shapely.difference(outer, lower), shapely.intersection(outer, lower)
    north, south = (shapely.union_all([p for p in shapely.get_parts(half) if p.area > 1e-4]) for half in parts)
    return shapely.set_precision(north, 1e-5), shapely.set_precision(south, 1e-5)


def _sectors(land: Country) -> tuple[shapely.Geometry, ...]:
    west, south, east, north = land.land.bounds
    edges = np.linspace(west, east, 5)
    lean = np.array([0, 0.05, -0.06, 0.04, 0])
    edges[0], edges[-1] = west - 1, east + 1
    around = shapely.simplify(land.land.buffer(0.06), 0.005)
    return tuple(
        shapely.set_precision(
            shapely.intersection(
                around,
                shapely.Polygon(
                    [
                        (edges[n] - lean[n], south - 1),
                        (edges[n + 1] - lean[n + 1], south - 1),
                        (edges[n + 1] + lean[n + 1], north + 1),
                        (edges[n] + lean[n], north + 1),
                    ]
                ),
            ),
            1e-5,
        )
        for n in range(4)
    )


def sector_of(areas: tuple[shapely.Geometry, ...], lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the position of the sector each point lies in, the nearest where it lies in none."""
    points = shapely.points(lon, lat)
    return np.asarray(np.argmin(np.array([shapely.distance(area, points) for area in areas]), axis=0), np.int64)


def _posts(land: Country, line: Points, dice: np.random.Generator) -> tuple[Post, ...]:
    areas = _sectors(land)
    city = min((t for t in land.towns if t.kind == "city"), key=lambda t: abs(t.lat + 20))
    found = [("Force headquarters", "headquarters", city.lon + 0.02, city.lat)]
    inner = shapely.LineString(line)
    for n, area in enumerate(areas, 1):
        near = sorted(
            (t for t in land.towns if shapely.contains_xy(area, t.lon, t.lat)),
            key=lambda t: inner.distance(shapely.Point(t.lon, t.lat)),
        )
        found += [(f"Team site {n}0{k}", "team_site", t.lon + 0.012, t.lat + 0.008) for k, t in enumerate(near[1:6:2], 1)]
    for n, at in enumerate(np.linspace(60, VERTICES - 60, 24).astype(int), 1):
        side = 1 if n % 2 else -1
        found.append((f"OP {n:02d}", "observation_post", line[at, 0], line[at, 1] + side * float(dice.uniform(1.0, 2.4)) * _KM))
    lon, lat = np.array([(p[2], p[3]) for p in found]).T
    within = sector_of(areas, lon, lat)
    return tuple(
        Post(p[0], p[1], f"S{s + 1}", round(float(p[2]), 5), round(float(p[3]), 5)) for p, s in zip(found, within, strict=True)
    )
