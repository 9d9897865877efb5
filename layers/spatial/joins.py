"""Which features lie in which areas."""

from __future__ import annotations

from collections.abc import Collection

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.spatial.cells import AreaIndex
from layers.spatial.followed import followed
from layers.spatial.frame import Features, Kept, NotPoints, Shapes, kept, points, shapes
from layers.spatial.ground import Ints

_TOLERANCE_M = 0.02


def _index(areas: Kept) -> AreaIndex:
    return AreaIndex(areas.degrees())


def _outlines(areas: Kept) -> tuple[shapely.STRtree, Ints]:
    found, owner = _turns(areas.degrees())
    return shapely.STRtree(found), owner


#: The index of areas, built at the first question and kept for the same geometries.
area_index = kept(_index)
_outline_index = kept(_outlines)


def pairs(features: Features, areas: Features) -> npt.NDArray[np.int64]:
    """Return which feature lies in which area.

    Parameters
    ----------
    features : GeoDataFrame or GeoSeries
        Any CRS; points, or lines and areas, which lie in an area if any place of them does.
    areas : GeoDataFrame or GeoSeries
        Any CRS. Edges are geodesics, followed to 2 cm, and belong to the area; so do those of holes. A point in an even number of overlapping
        parts of one area is out of it.

    Returns
    -------
    (n, 2) int64
        Positions in ``features`` and in ``areas``, rising. Empty and missing shapes are in no pair.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        An area goes round a pole: it must be cut along a meridian and closed along the pole.

    Examples
    --------
    >>> from shapely import Point, box
    >>> pairs(geopandas.GeoSeries([Point(0.5, 0.5), Point(3, 3)], crs=4326), geopandas.GeoSeries([box(0, 0, 1, 1)], crs=4326)).tolist()
    [[0, 0]]
    """
    try:
        who, area = area_index(areas).pairs(*points(features))
    except NotPoints:
        return _outlined(features, areas)
    found = np.empty((len(who), 2), np.int64)
    found[:, 0], found[:, 1] = who, area
    return found


def join(features: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return the rows of features with the columns of the areas they lie in.

    Parameters
    ----------
    features, areas : GeoDataFrame
        As for ``pairs``.

    Returns
    -------
    GeoDataFrame
        One row for each pair, in the order of ``features``, with their CRS and index; of ``areas`` all columns but the geometry and
        ``area``, its index label. A name that is taken is lengthened by ``_area`` until it is free.

    Raises
    ------
    MissingCRS, UnusableGeometry
        As for ``pairs``.
    """
    who, area = pairs(features, areas).T
    found = features.take(who)
    taken = areas.drop(columns=areas.geometry.name).take(area)
    used, new = {*found.columns, *taken.columns}, {}
    for name in taken.columns:
        new[_free(name, used) if name in found.columns else name] = taken[name].array
        used.update(new)
    new[_free("area", used)] = areas.index.take(area)
    return found.assign(**new)


def _outlined(features: Features, areas: Features) -> npt.NDArray[np.int64]:
    """Return the pairs of lines and areas with the areas they lie in."""
    tree, owner = _outline_index(areas)
    lines, whose = _turns(shapes(features))
    one, other = tree.query(lines, predicate="intersects")
    return np.unique(np.column_stack([whose[one], owner[other]]), axis=0)


def _free(name: str, used: Collection[str]) -> str:
    """Return a name, lengthened until it is none of those used."""
    while name in used:
        name = f"{name}_area"
    return name


def _turns(given: Shapes) -> tuple[Shapes, Ints]:
    """Return shapes with geodesic edges in every turn of the globe in which they reach between -180 and 180 degrees."""
    found, owner = followed(given, _TOLERANCE_M)
    if not len(found):
        return found, owner
    bounds = shapely.bounds(found)
    low, high = np.ceil((bounds[:, 0] - 180) / 360), np.floor((bounds[:, 2] + 180) / 360)
    moved, whose = [], []
    for turn in range(int(low.min()), int(high.max()) + 1):
        here = np.flatnonzero((low <= turn) & (turn <= high))
        part = found[here]
        if turn:
            part = np.asarray(shapely.transform(part, lambda at, by=360.0 * turn: at - [by, 0.0]), np.object_)
        moved.append(part)
        whose.append(owner[here])
    return np.concatenate(moved), np.concatenate(whose)
