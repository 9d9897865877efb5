"""How likely it is that what happened somewhere about a point happened in an area."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import geopandas
import numpy as np
import numpy.typing as npt
import pandas
import shapely

from layers.spatial.cells import AreaIndex
from layers.spatial.followed import followed
from layers.spatial.frame import Features, Kept, kept, points
from layers.spatial.ground import Floats, dot, space, up
from layers.spatial.lines import LineIndex
from layers.spatial.strips import nearby_order

_TOLERANCE_M = 0.02
_POLYGON = 3
#: Pairs of a point and an edge that are looked at together, at most, but for so many points.
_AT_ONCE, _FEWEST = 1 << 20, 64
#: Chords lie under the ground, and the plane is not the ground, by as much at 100 km.
_REACH_M = 0.1
_SLACK = 1e-6
#: How far a place may be from a middle and still be that place, as a share of the radius, and at least.
_HAIR, _HAIR_M = 1e-9, 1e-8


def _index(area: Kept) -> tuple[AreaIndex, LineIndex]:
    given = area.degrees()
    parts, _ = followed(given, _TOLERANCE_M)
    # Shells to the left, holes to the right, so that what each edge adds has its sign.
    return AreaIndex(given), LineIndex(shapely.orient_polygons(parts[shapely.get_type_id(parts) == _POLYGON]))


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
        Any CRS; one zone, in any number of parts that do not overlap, with or without holes. Edges are geodesics; what is no
        area holds nothing.

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
        A precision is negative or without end.

    Notes
    -----
    The share of the disc is reckoned exactly, in the azimuthal plane about each point: all or nothing by where the middle lies,
    less or more by what the edges that reach into the disc cut off.
    """
    lon, lat = points(features)
    radius = np.broadcast_to(np.asarray(precision_m, np.float64), lon.shape)
    if (radius < 0).any() or np.isinf(radius).any():
        raise ValueError(f"a precision must be 0 m or more, got {np.nanmin(radius)} to {np.nanmax(radius)}")
    cells, edges = _area_index(area)
    share = np.zeros(len(lon))
    share[cells.pairs(lon, lat)[0]] = 1.0
    share[np.isnan(lon) | np.isnan(radius)] = np.nan
    widest = np.nanmax(radius, initial=0.0)
    found = edges.nearest(lon, lat, within_m=float(widest))
    unsure = np.flatnonzero((found.metres < radius) & (radius > 0))
    if len(unsure):
        at, wide = space(lon[unsure], lat[unsure]), radius[unsure]
        # Discs of about one size, near to each other, look at the same edges.
        order = nearby_order(at)
        order = order[np.argsort(np.frexp(wide[order])[1], kind="stable")]
        at, wide, unsure = at[order], wide[order], unsure[order]
        size = max(_FEWEST, _AT_ONCE // len(edges.legs))
        chunks = [slice(begin, begin + size) for begin in range(0, len(unsure), size)]
        with ThreadPoolExecutor(min(2, len(chunks))) as pool:
            cut = list(pool.map(lambda one: _cut(at[one], wide[one], edges), chunks))
        share[unsure] = _whole(share[unsure], np.concatenate(cut))
    return pandas.Series(share, index=features.index, name="probability")


def _whole(inside: Floats, cut: Floats) -> Floats:
    """Return shares of discs, each of which may be off by whole ones: a middle on an edge is in by one reckoning and out by another.

    A middle on the edge of two parts, as at ±180, has all of its disc in, or none: then it counts where it is itself.
    """
    share = inside + cut
    off = (share < -_SLACK) | (share > 1 + _SLACK)
    rest = share - np.floor(share)
    whole = (rest < _SLACK) | (rest > 1 - _SLACK)
    found: Floats = np.clip(np.where(off, np.where(whole, inside, rest), share), 0, 1)
    return found


def _cut(at: Floats, radius: Floats, edges: LineIndex) -> Floats:
    """Return which share of discs about positions in space edges cut off where the middle is in, less what they add where it is out.

    An edge the disc does not reach cuts nothing off, so only those it may reach are looked at.
    """
    who, leg = edges.touching(at, radius + _REACH_M)
    east, north = _axes(at)
    run, to = edges.begin[leg] - at[who], edges.end[leg] - at[who]
    east, north, wide = east[who], north[who], radius[who]
    x, y = _plane(run, east, north, wide)
    to_x, to_y = _plane(to, east, north, wide)
    cut: Floats = np.bincount(who, _segments(x, y, to_x, to_y, wide), minlength=len(at)) / (np.pi * radius**2)
    return cut


def _axes(at: Floats) -> tuple[Floats, Floats]:
    """Return the directions east and north at positions in space."""
    east = np.stack([-at[:, 1], at[:, 0], np.zeros(len(at))], axis=1)
    flat = np.sqrt(dot(east, east))
    east = np.where((flat > 1e-6)[:, None], east / np.maximum(flat, 1e-6)[:, None], [0.0, 1.0, 0.0])
    return east, np.cross(up(at), east)


def _plane(run: Floats, east: Floats, north: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """Return places in the plane about positions, in their direction and at the length of their chord.

    A place at the middle itself has no direction; it is moved a hair off, alike for the edges that meet there. So is what is nearer than
    the last bits tell, among them those of ±180.
    """
    x, y = dot(run, east), dot(run, north)
    flat, hair = np.hypot(x, y), np.maximum(_HAIR * radius, _HAIR_M)
    middle = flat <= hair
    longer = np.sqrt(dot(run, run)) / np.where(middle, 1.0, flat)
    return np.where(middle, hair, x * longer), np.where(middle, 0.0, y * longer)


def _segments(x: Floats, y: Floats, to_x: Floats, to_y: Floats, radius: Floats) -> Floats:
    """Return the areas between edges and the arcs of the disc about the origin that they cut off, negative to the left of the origin."""
    run_x, run_y = to_x - x, to_y - y
    square = np.maximum(run_x**2 + run_y**2, 1e-30)
    half = x * run_x + y * run_y
    root = np.sqrt(np.maximum(half**2 - square * (x**2 + y**2 - radius**2), 0))
    into, out = np.clip((-half - root) / square, 0, 1), np.clip((-half + root) / square, 0, 1)
    in_x, in_y, out_x, out_y = x + into * run_x, y + into * run_y, x + out * run_x, y + out * run_y
    over = in_x * out_y - in_y * out_x
    area: Floats = (over - radius**2 * np.arctan2(over, in_x * out_x + in_y * out_y)) / 2
    return area
