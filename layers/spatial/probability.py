"""How likely it is that what happened somewhere about a point happened in an area."""

from __future__ import annotations

import geopandas
import numpy as np
import numpy.typing as npt
import pandas
import shapely

from layers.spatial.cells import AreaIndex
from layers.spatial.followed import followed
from layers.spatial.frame import Features, Kept, kept, points
from layers.spatial.ground import Bools, Floats, dot, space, up
from layers.spatial.lines import LineIndex

_TOLERANCE_M = 0.02
_AT_ONCE = 1 << 20


def _index(area: Kept) -> tuple[AreaIndex, LineIndex]:
    given = area.degrees()
    # Shells to the left, holes to the right, so that what each edge adds has its sign.
    return AreaIndex(given), LineIndex(shapely.orient_polygons(followed(given, _TOLERANCE_M)[0]))


_area_index = kept(_index, 64)


def probability_inside(features: geopandas.GeoDataFrame, precision_m: npt.ArrayLike, area: Features) -> pandas.Series:
    """Return how likely each point, known to so many metres, lies in an area.

    The true place is taken to be anywhere within ``precision_m`` alike (a uniform disc). What the field writes as precision is a
    bound: the cell of a grid, a distance band, "within 25 km"; inside it nothing favours the middle, as a normal
    distribution would.

    Parameters
    ----------
    features : GeoDataFrame of points
        Any CRS.
    precision_m : float or array of n
        Radius on the ground, 0 or more; with 0 the point itself decides, its edge being in. Meant for up to 100 km.
    area : GeoDataFrame or GeoSeries
        Any CRS; one zone, in any number of parts that do not overlap, with or without holes. Edges are geodesics.

    Returns
    -------
    Series
        0 to 1, indexed like ``features``, right to 1e-5; missing for an empty point or a missing precision. Exactly 0 or 1 where the
        edge is farther than the radius.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    ValueError
        A precision is negative.

    Notes
    -----
    The share of the disc is reckoned exactly, edge by edge, in the azimuthal plane about each point.
    """
    lon, lat = points(features)
    radius = np.broadcast_to(np.asarray(precision_m, np.float64), lon.shape)
    if (radius < 0).any():
        raise ValueError(f"a precision must be 0 m or more, got {np.nanmin(radius)}")
    cells, edges = _area_index(area)
    share = np.zeros(len(lon))
    share[cells.pairs(lon, lat)[0]] = 1.0
    share[np.isnan(lon) | np.isnan(radius)] = np.nan
    widest = np.nanmax(radius, initial=0.0, where=np.isfinite(radius))
    found = edges.nearest(lon, lat, within_m=float(widest))
    unsure = np.flatnonzero((found.metres < radius) & (radius > 0))
    size = max(1, _AT_ONCE // max(len(edges.legs), 1))
    for first in range(0, len(unsure), size):
        some = unsure[first : first + size]
        share[some] = _shares(space(lon[some], lat[some]), radius[some], edges)
    return pandas.Series(share, index=features.index, name="probability")


def _shares(at: Floats, radius: Floats, edges: LineIndex) -> Floats:
    """Return which share of discs about positions in space lies to the left of edges."""
    upright = up(at)
    east = np.stack([-at[:, 1], at[:, 0], np.zeros(len(at))], axis=1)
    flat = np.sqrt(dot(east, east))
    east = np.where((flat > 1e-6)[:, None], east / np.maximum(flat, 1e-6)[:, None], [0.0, 1.0, 0.0])
    north = np.cross(upright, east)
    begin_x, begin_y = _plane(at, east, north, edges.begin)
    end_x, end_y = _plane(at, east, north, edges.end)
    area = _swept(begin_x, begin_y, end_x, end_y, radius=radius[:, None]).sum(axis=1)
    share: Floats = np.clip(area / (np.pi * radius**2), 0, 1)
    return share


def _plane(at: Floats, east: Floats, north: Floats, to: Floats) -> tuple[Floats, Floats]:
    """Return places in the plane about each position, in their direction and at the length of their chord."""
    run = to[None] - at[:, None]
    x, y = dot(run, east[:, None]), dot(run, north[:, None])
    flat = np.hypot(x, y)
    longer = np.sqrt(dot(run, run)) / np.where(flat > 0, flat, 1.0)
    return x * longer, y * longer


def _swept(x: Floats, y: Floats, to_x: Floats, to_y: Floats, *, radius: Floats) -> Floats:
    """Return the area of the disc about the origin that the ray to an edge sweeps, positive to the left."""
    run_x, run_y = to_x - x, to_y - y
    square = np.maximum(run_x**2 + run_y**2, 1e-30)
    half = x * run_x + y * run_y
    root = half**2 - square * (x**2 + y**2 - radius**2)
    hits: Bools = root > 0
    root = np.sqrt(np.maximum(root, 0))
    into = np.where(hits, np.clip((-half - root) / square, 0, 1), 0.0)
    out = np.where(hits, np.clip((-half + root) / square, 0, 1), 0.0)
    in_x, in_y, out_x, out_y = x + into * run_x, y + into * run_y, x + out * run_x, y + out * run_y
    sector = _angle(x, y, in_x, in_y) + _angle(out_x, out_y, to_x, to_y)
    area: Floats = (radius**2 * sector + in_x * out_y - in_y * out_x) / 2
    return area


def _angle(x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> Floats:
    angle: Floats = np.arctan2(x * to_y - y * to_x, x * to_x + y * to_y)
    return angle
