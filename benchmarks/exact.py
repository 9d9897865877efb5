"""What the spatial library is held against: sides and radii by geographiclib alone, point by point in the plane about each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from scipy.spatial import KDTree

EARTH = Geod(ellps="WGS84")
Floats = npt.NDArray[np.float64]
#: Nearer than this to a line, or as much nearer to one piece of it than to another, a side is not judged.
_UNSURE_M = 0.05
_RADIUS_M = 6_371_000.0
_AT_ONCE = 5_000


def sides(lon: Floats, lat: Floats, path: Floats) -> Floats:
    """Return how far left of a line of vertices points lie: the sign of the averaged normals at the foot; 0 where not judged.

    Legs whose ends both lie farther than the nearest vertex by more than the longest leg cannot be nearest, and are left out.
    """
    tree, longest = KDTree(sphere(*path.T)), EARTH.inv(*path[:-1].T, *path[1:].T)[2].max()
    at = sphere(lon, lat)
    away = tree.query(at)[0]
    found = np.zeros(len(lon))
    for first in range(0, len(lon), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        lists = tree.query_ball_point(at[some], away[some] * 1.01 + 1.5 * longest)
        who = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
        vertex = np.concatenate(lists).astype(np.int64)
        pairs = np.unique(np.concatenate([np.column_stack([who, vertex]), np.column_stack([who, vertex - 1])]), axis=0)
        who, leg = pairs[(pairs[:, 1] >= 0) & (pairs[:, 1] < len(path) - 1)].T
        found[some] = judged(who, *(plane(lon[some][who], lat[some][who], path[leg + n]) for n in (0, 1)))
    return found


def judged(who: npt.NDArray[np.int64], begin: npt.NDArray[np.complex128], end: npt.NDArray[np.complex128]) -> Floats:
    """Return the side of each point among its legs, in the plane of which it is the middle."""
    run = end - begin
    share = np.clip(-(np.conj(run) * begin).real / np.abs(run) ** 2, 0, 1)
    foot = begin + share * run
    away = np.abs(foot)
    heads = np.flatnonzero(np.diff(who, prepend=-1))
    count = np.diff(np.append(heads, len(who)))
    least = np.repeat(np.minimum.reduceat(away, heads), count)
    best = np.repeat(np.array([head + np.argmin(away[head : head + n]) for head, n in zip(heads, count, strict=True)]), count)
    same = np.abs(foot - foot[best]) <= 1e-6 * (1 + least)
    normal = np.add.reduceat(np.where(same, 1j * run / np.abs(run), 0), heads)
    rival = np.minimum.reduceat(np.where(same, np.inf, away), heads)
    left = -(np.conj(normal) * foot[best[heads]]).real
    near = least[heads]
    sure = (near > _UNSURE_M) & ((rival > near + _UNSURE_M) | (count == 1)) & (np.abs(left) > 1e-3 * near)
    return np.where(sure, left, 0.0)


def plane(lon: Floats, lat: Floats, to: Floats) -> npt.NDArray[np.complex128]:
    """Return places by their azimuth and metres from points, east real and north imaginary."""
    azimuth, _, metres = EARTH.inv(lon, lat, *to.T)
    found: npt.NDArray[np.complex128] = metres * np.exp(1j * np.radians(90 - azimuth))
    return found


def sphere(lon: Floats, lat: Floats) -> Floats:
    """Return places on a sphere in metres, good enough to choose whom to ask."""
    x, y = np.radians(lon), np.radians(lat)
    return _RADIUS_M * np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def about(path: Floats, count: int, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """Return places about the vertices of a line, from a decimetre to a kilometre away."""
    vertex = path[dice.integers(0, len(path), count)]
    lon, lat, _ = EARTH.fwd(*vertex.T, dice.uniform(0, 360, count), 10 ** dice.uniform(-1, 3, count))
    return np.array(lon), np.array(lat)


def drawn(kind: str, lon: float, lat: float, metres: float) -> shapely.LineString:
    """Return a straight, curved or zigzag line about as long, of geodesic legs."""
    turns = {"straight": [0.0], "curved": np.full(40, 4.0), "zigzag": np.resize([140.0, -140.0], 40)}[kind]
    at, azimuth = [(lon, lat)], {"straight": 95.0, "curved": 20.0, "zigzag": 20.0}[kind]
    for turn in turns:
        to_lon, to_lat, _ = EARTH.fwd(*at[-1], azimuth, metres / len(turns))
        at.append((to_lon, to_lat))
        azimuth += turn
    return shapely.LineString(at)


def places(shape: shapely.Geometry) -> tuple[Floats, Floats]:
    """Return the corners of an outline, and the middles of its edges; what runs along ±180 is left out."""
    at, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    edge = (ring[1:] == ring[:-1]) & ~((np.abs(at[1:, 0]) == 180) & (at[1:, 0] == at[:-1, 0]))
    return at[:-1][edge], (at[:-1] + at[1:])[edge] / 2
