"""Rings on the ground as areas on the map: cut at ±180 and, where they go round a pole, closed along it."""

from __future__ import annotations

import numpy as np
import shapely

from layers.spatial.followed import on_the_map
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats, Ints

#: A ring that turns by so many degrees of longitude has gone round a pole.
_ROUND = 180.0


def outlined(at: Floats, of: Ints, count: int, *, north: Bools) -> Shapes:
    """Return the areas within rings, in WGS 84 degrees as the map draws them.

    Parameters
    ----------
    at : (n, 2) float64
        Corners in their order, longitude and latitude, near enough to each other that what joins two of them is a straight line in
        degrees that goes the short way round. The last of a ring is joined to its first.
    of : (n,) int64
        Which ring each corner is of, ascending.
    count : int
        How many rings there are. One without corners gives an empty area.
    north : (count,) bool
        Which pole lies in a ring that goes round the globe: the north or the south one.

    Returns
    -------
    (count,) array of geometries
        Polygon, or MultiPolygon where it is cut at ±180.
    """
    found = np.full(count, shapely.Polygon(), np.object_)
    if not len(of):
        return found
    first = np.flatnonzero(np.diff(of, prepend=-1))
    size = np.diff(np.append(first, len(of)))
    whose = np.repeat(np.arange(len(first)), size)
    poleward = np.where(north[of], at[:, 1], -at[:, 1])
    # From the corner nearest to the pole the way along a meridian to it meets no edge.
    top = np.lexsort((-poleward, of))[first]
    at = at[np.repeat(first, size) + (np.arange(len(of)) - np.repeat(2 * first - top, size)) % np.repeat(size, size)]
    step = np.diff(at[:, 0], prepend=0.0)
    turns = -360 * np.round(step / 360)
    turns[first] = 0.0
    turns = np.cumsum(turns)
    way = np.column_stack([at[:, 0] + turns - np.repeat(turns[first], size), at[:, 1]])
    last = first + size - 1
    begin, end = way[first, 0], way[last, 0]
    # How far it has turned when it comes back to its first corner, the short way from the last.
    gone = end - begin + (begin - end + 180) % 360 - 180
    polar = np.flatnonzero(np.abs(gone) > _ROUND)
    pole = np.where(north[of[first[polar]]], 90.0, -90.0)
    home, away = begin[polar], begin[polar] + gone[polar]
    along = np.stack([away, way[first[polar], 1], away, pole, home, pole], axis=1).reshape(-1, 2)
    after = np.repeat(last[polar] + 1, 3)
    way, whose = np.insert(way, after, along, axis=0), np.insert(whose, after, np.repeat(polar, 3))
    found[of[first]] = shapely.polygons(shapely.linearrings(way, indices=whose))
    return on_the_map(found)
