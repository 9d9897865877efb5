"""Shapes whose edges follow the geodesics, for what is done with them on a flat map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from layers.spatial.edges import Legs, parts, straight, unrolled
from layers.spatial.frame import Shapes, UnusableGeometry
from layers.spatial.ground import Floats, Ints

_POINT, _POLYGON = 0, 3


def followed(given: Shapes, tolerance_m: float) -> tuple[Shapes, Ints]:
    """Return the points, lines and polygons that shapes consist of, their edges geodesics, and whose each is.

    Parameters
    ----------
    given : array of geometries
        WGS 84 degrees, any kind. Missing and empty ones give nothing.
    tolerance_m : float
        How far a straight line in degrees between two vertices may depart from the geodesic.

    Returns
    -------
    (m,) array of geometries, (m,) int64
        Longitudes go on past ±180 where a path crosses it, so a part may reach from 170 to 190. Holes are written in the
        same turn as their shell.

    Raises
    ------
    UnusableGeometry
        A ring goes round a pole: it must be cut along a meridian and closed along the pole itself.
    """
    simple, owner = parts(given)
    kind = shapely.get_type_id(simple)
    found = simple.copy()
    lines = np.flatnonzero((kind != _POINT) & (kind != _POLYGON))
    found[lines] = paths(edges(simple[lines], tolerance_m), len(lines))
    areas = np.flatnonzero(kind == _POLYGON)
    if len(areas):
        rings, inside = shapely.get_rings(simple[areas], return_index=True)
        found[areas] = shapely.polygons(paths(aligned(edges(rings, tolerance_m), inside), len(rings), rings=True), indices=inside)
    return found, owner


def edges(given: Shapes, tolerance_m: float) -> Legs:
    """Return the legs of single lines or rings, short enough to be straight in degrees, without jumps at ±180."""
    return unrolled(straight(given, tolerance_m))


def aligned(whole: Legs, inside: Ints) -> Legs:
    """Move the holes of polygons into the turn of the globe that their shell is written in.

    ``inside`` names the polygon of each path of ``whole``; the first path of a polygon is its shell.
    """
    first = np.flatnonzero(np.diff(whole.path, prepend=-1))
    last = np.append(first[1:], len(whole)) - 1
    open_ = np.abs(whole.begin[first, 0] - whole.end[last, 0]) > 180
    if open_.any():
        raise UnusableGeometry("a ring goes round a pole; cut it at ±180 and close it along the pole, at latitude 90 or -90")
    middle = (np.minimum.reduceat(whole.begin[:, 0], first) + np.maximum.reduceat(whole.begin[:, 0], first)) / 2
    polygon = inside[whole.path[first]]
    shell = np.searchsorted(polygon, polygon)
    turns = 360 * np.round((middle[shell] - middle) / 360)
    if not turns.any():
        return whole
    shift = np.repeat(turns, last - first + 1)[:, None] * [1.0, 0.0]
    return replace(whole, begin=whole.begin + shift, end=whole.end + shift)


def paths(whole: Legs, count: int, *, rings: bool = False) -> Shapes:
    """Put legs together again, into ``count`` lines or rings by their path."""
    last = np.flatnonzero(np.diff(whole.path, append=-1))
    after = np.insert(whole.begin, last + 1, whole.end[last], axis=0)
    path = np.insert(whole.path, last + 1, whole.path[last])
    make = shapely.linearrings if rings else shapely.linestrings
    found = np.empty(count, np.object_)
    made = make(after, indices=path) if len(whole) else []
    found[: len(made)] = made
    return found


def on_the_map(given: Shapes) -> Shapes:
    """Return areas with longitudes in [-180, 180], split at ±180 where they cross it."""
    found = given.copy()
    bounds: Floats = shapely.bounds(given)
    out = np.flatnonzero((bounds[:, 0] < -180) | (bounds[:, 2] > 180))
    if not len(out):
        return found
    lowest, highest = (int(np.floor((edge + 180) / 360)) for edge in (bounds[out, 0].min(), bounds[out, 2].max()))
    pieces, owner = np.zeros(0, np.object_), np.zeros(0, np.int64)
    whole = shapely.box(-180, -90, 180, 90)
    for turn in range(lowest, highest + 1):
        moved = shapely.transform(given[out], lambda at, by=360.0 * turn: at - [by, 0.0])
        on, of = parts(shapely.intersection(moved, whole))
        # What only touches ±180 leaves a line there.
        solid = shapely.get_type_id(on) == _POLYGON
        pieces, owner = np.concatenate([pieces, on[solid]]), np.concatenate([owner, of[solid]])
    found[out] = united(pieces, owner, len(out))
    return found


def turned(lines: shapely.MultiLineString) -> shapely.MultiLineString:
    """Return lines in every turn of the globe in which they reach between -180 and 180 degrees."""
    bounds: Floats = shapely.bounds(lines)
    if not (bounds[0] < -180 or bounds[2] > 180):
        return lines
    turns = range(int(np.ceil((bounds[0] - 180) / 360)), int(np.floor((bounds[2] + 180) / 360)) + 1)
    moved = [shapely.transform(lines, lambda at, by=360.0 * turn: at - [by, 0.0]) for turn in turns]
    return shapely.multilinestrings(shapely.get_parts(moved))


def united(pieces: Shapes, owner: Ints, count: int) -> Shapes:
    """Unite the polygons of each owner; who has none gets an empty one."""
    found = np.full(count, shapely.MultiPolygon(), np.object_)
    if len(pieces):
        order = np.argsort(owner, kind="stable")
        which, of = np.unique(owner[order], return_inverse=True)
        found[which] = shapely.union_all(shapely.multipolygons(pieces[order], indices=of)[:, None], axis=1)
    return found
