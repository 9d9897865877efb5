"""How points and shapes stand to the features of another layer that were in force: how far, in, on which side, across."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from layers.analysis import standing
from layers.analysis.broken import unsettled
from layers.analysis.place import LEFT, ON, RIGHT, Features
from layers.analysis.standing import Floats, Ints
from layers.model import NO_TIME
from layers.spatial import crossed, gap, probability_inside
from layers.spatial.buffers import buffered
from layers.spatial.distances import ON_M, line_index
from layers.spatial.ground import ground_m, space

Texts = npt.NDArray[np.object_]
_AREA = "Polygon"
#: Nearer than this is touching.
TOUCHING_M = 1e-6
#: A point is sure to lie in or out where at most so small a part of its disc says otherwise.
_SURE = 1e-6


def signed_m(lon: Floats, lat: Floats, at: Ints, others: Features) -> Floats:
    """Return how far points lie from what stood when they occurred: metres on the ground, negative inside an area.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees.
    at : (n,) int64
        Microseconds since 1970 UTC.
    others : Features
        Points, lines or areas.

    Returns
    -------
    (n,) float64
        NaN where none stood.
    """
    metres = standing.nearest(lon, lat, at, others.standing).metres
    if any(one.shape.geom_type.endswith(_AREA) for one in others.every):
        inside = np.unique(standing.pairs(lon, lat, at, others.standing)[:, 0])
        metres[inside] = -metres[inside]
    return metres


def nearest_m(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, *, own: Ints, others: Ints) -> Floats:
    """Return how far each of many points lies from the nearest of many others, itself left out.

    Parameters
    ----------
    own, others : (n,) and (m,) int64
        Numbers by which a point is known among the others.

    Returns
    -------
    (n,) float64
        Metres on the ground; NaN where there is no other.
    """
    found = np.full(len(lon), np.nan)
    if not len(to_lon) or not len(lon):
        return found
    here, there = space(lon, lat), space(to_lon, to_lat)
    _, at = cKDTree(there).query(here, k=2, workers=2)
    itself = (at[:, 0] < len(others)) & (others[np.minimum(at[:, 0], len(others) - 1)] == own)
    nearest = np.where(itself, at[:, 1], at[:, 0])
    some = np.flatnonzero(nearest < len(others))
    found[some] = ground_m(here[some], there[nearest[some]])
    return found


def sides(lon: Floats, lat: Floats, at: Ints, lines: Features) -> Texts:
    """Return the side of the nearest line that stood on which each point lies: a party, ``left``, ``right`` or ``on``; blank for none."""
    found = standing.nearest(lon, lat, at, lines.standing)
    left = np.array([one.left or LEFT for one in lines.every] or [""], object)
    right = np.array([one.right or RIGHT for one in lines.every] or [""], object)
    line = np.maximum(found.line, 0)
    named = np.where(found.metres <= ON_M, ON, np.where(found.left > 0, left[line], right[line]))
    named[found.line < 0] = ""
    return named


def sides_unsure(lon: Floats, lat: Floats, at: Ints, precision_m: Floats, *, lines: Features, side: str) -> npt.NDArray[np.bool_]:
    """Say of which points the precision leaves open whether they lie on a side, as ``sides`` names it."""
    found = np.zeros(len(lon), np.bool_)
    for rows, stood in lines.standing.periods(at):
        if not len(stood):
            continue
        shapes, every = lines.standing.subset(stood), [lines.every[number] for number in stood.tolist()]
        if side == ON:
            found[rows] = line_index(shapes).nearest(lon[rows], lat[rows]).metres < precision_m[rows]
        else:
            on = (
                np.array([(one.left or LEFT) == side for one in every]),
                np.array([(one.right or RIGHT) == side for one in every]),
            )
            found[rows] = unsettled(shapes, lon[rows], lat[rows], precision_m[rows], on)
    return found


@dataclass(frozen=True, slots=True)
class ShapesStand:
    """How shapes stand to others that were in force at some time while they were: metres to the nearest, NaN for none, and whether they cross any."""

    metres: Floats
    crosses: npt.NDArray[np.bool_]


def shapes_stand(shapes: Features, others: Features, *, alike: bool = False) -> ShapesStand:
    """Return how each shape stands to the others; see ``ShapesStand``. Where both are ``alike``, of one layer, none stands to itself."""
    metres, crosses = np.full(len(shapes.every), np.nan), np.zeros(len(shapes.every), np.bool_)
    for rows, met in _together(shapes, others, alike):
        mine, theirs = shapes.standing.shapes.iloc[rows], others.standing.shapes.iloc[met]
        metres[rows] = gap(mine, theirs)["distance_m"].to_numpy()
        lines = theirs[theirs.geom_type.str.endswith("LineString")]
        if len(lines):
            crosses[rows] = crossed(mine, lines).to_numpy()
    return ShapesStand(metres, crosses)


def shapes_to_points_m(shapes: Features, lon: Floats, lat: Floats) -> Floats:
    """Return how far each shape lies from the nearest of many points, in metres on the ground; NaN where there is none."""
    points = geopandas.GeoSeries(shapely.points(lon, lat), crs=4326)
    metres: Floats = gap(shapes.standing.shapes, points)["distance_m"].to_numpy(np.float64)
    return metres


def shapes_sides(shapes: Features, lines: Features) -> Texts:
    """Return the side of the nearest line that all of each shape lies on; blank where it lies on both or crosses a line."""
    lon, lat = shapely.get_coordinates(shapes.standing.shapes.values).T
    owner = np.repeat(np.arange(len(shapes.every)), shapely.get_num_coordinates(shapes.standing.shapes.values))
    named = sides(lon, lat, shapes.standing.start[owner], lines)
    first = np.searchsorted(owner, np.arange(len(shapes.every)))
    one = np.array([""] * len(shapes.every), object)
    filled = np.flatnonzero(np.bincount(owner, minlength=len(one)))
    one[filled] = named[first[filled]]
    one[np.unique(owner[named != one[owner]])] = ""
    one[shapes_stand(shapes, lines).crosses] = ""
    return one


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a count is, by what each point says of its own precision.

    Attributes
    ----------
    surely, perhaps : int
        Counted points that lie in it wherever in their disc they truly are, and those that may not.
    missed : int
        Points not counted that may lie in it.
    expected : float
        The sum over all points of how likely each lies in it.
    """

    surely: int
    perhaps: int
    missed: int
    expected: float


def sureness(signed: Floats, precision_m: Floats, likely: Floats, metres: float) -> Sureness:
    """Return how sure the count of points within ``metres`` is.

    Parameters
    ----------
    signed : (n,) float64
        As ``signed_m``.
    precision_m : (n,) float64
        Radius of the disc in which the true place lies; 0 where nothing is said.
    likely : (n,) float64
        How likely each lies within: only read where ``unsure``.
    """
    doubtful = unsure(signed, precision_m, metres)
    counted = within(signed, metres)
    share = np.where(doubtful, likely, counted.astype(np.float64))
    sure, out = share >= 1 - _SURE, share <= _SURE
    return Sureness(int((counted & sure).sum()), int((counted & ~sure).sum()), int((~counted & ~out).sum()), float(share.sum()))


def turned(found: Sureness, stood: int) -> Sureness:
    """Return how sure the count of the other points is, of ``stood`` in all."""
    surely = stood - found.surely - found.perhaps - found.missed
    return Sureness(surely, found.missed, found.perhaps, stood - found.expected)


def within(signed: Floats, metres: float) -> npt.NDArray[np.bool_]:
    """Say which points lie within ``metres``; those to which nothing stood do not."""
    near: npt.NDArray[np.bool_] = signed <= max(metres, TOUCHING_M)
    return near


def unsure(signed: Floats, precision_m: Floats, metres: float) -> npt.NDArray[np.bool_]:
    """Say of which points the precision leaves open whether they lie within ``metres``."""
    open_: npt.NDArray[np.bool_] = np.isfinite(signed) & (np.abs(signed - metres) < precision_m)
    return open_


def likely_within(lon: Floats, lat: Floats, at: Ints, precision_m: Floats, *, others: Features, metres: float) -> Floats:
    """Return how likely each point, known to so many metres, lies within ``metres`` of what stood when it occurred.

    The true place is anywhere in its disc alike; see ``layers.spatial.probability_inside``.
    """
    share = np.zeros(len(lon))
    points = geopandas.GeoSeries(shapely.points(lon, lat), crs=4326)
    for rows, stood in others.standing.periods(at):
        if len(stood):
            region = reach(others, stood, metres)
            share[rows] = probability_inside(points.iloc[rows], precision_m[rows], region).to_numpy()
    return share


def reach(others: Features, stood: Ints, metres: float, *, coarse: float = 0.0) -> geopandas.GeoSeries:
    """Return the ground within ``metres`` of some features as one shape, WGS 84 degrees.

    ``coarse`` is how far, as a share of ``metres``, lines and edges may be straightened before: for a picture, not for a count.
    """
    shapes = np.asarray(others.standing.shapes.iloc[stood].values, np.object_)
    if coarse and metres:
        shapes = shapely.simplify(shapes, metres * coarse / 111_320)
    return geopandas.GeoSeries([shapely.union_all(buffered(shapes, metres))], crs=4326)


def _together(shapes: Features, others: Features, alike: bool) -> list[tuple[Ints, Ints]]:
    """Return positions of shapes, in groups, each with those of the others that stood at some moment while they did."""
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    begin, end = shapes.standing.start, np.where(shapes.standing.until == NO_TIME, high, shapes.standing.until)
    since, until = others.standing.start, np.where(others.standing.until == NO_TIME, high, others.standing.until)
    begin, since = (np.where(one == NO_TIME, low, one) for one in (begin, since))
    met = (begin[:, None] <= until[None]) & (end[:, None] >= since[None])
    if alike:
        met &= np.array([one.id for one in shapes.every])[:, None] != np.array([one.id for one in others.every])[None]
    groups: dict[bytes, list[int]] = {}
    for n, row in enumerate(met):
        groups.setdefault(row.tobytes(), []).append(n)
    return [(np.array(rows), np.flatnonzero(met[rows[0]])) for rows in groups.values() if met[rows[0]].any()]
