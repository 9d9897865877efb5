"""What every function asks of features: their coordinates in WGS 84 degrees, or an error."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeAlias, TypeVar

import geopandas
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from layers.errors import LayersError, MissingCRS
from layers.spatial.ground import Floats

Shapes = npt.NDArray[np.object_]
Features: TypeAlias = geopandas.GeoDataFrame | geopandas.GeoSeries

WGS84 = CRS.from_epsg(4326)
T = TypeVar("T")
_POINT = 0


class UnusableGeometry(LayersError):
    """A geometry has no answer to what was asked: it is of the wrong kind, goes round a pole, or is not finite."""


class NotPoints(UnusableGeometry):
    """A place was asked of what is no point."""


class Kept:
    """Geometries as the key of what was computed from them.

    Shapely's geometries never change, so the same objects in the same order and CRS are the same shapes. The key holds
    them, so that no other geometry can come to have their addresses.
    """

    __slots__ = ("_addresses", "crs", "shapes")

    def __init__(self, features: Features) -> None:
        self.crs = known(features)
        self.shapes: Shapes = np.array(features.geometry.values, np.object_)
        self._addresses = self.shapes.tobytes()

    def __hash__(self) -> int:
        return hash(self._addresses)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and self._addresses == other._addresses and self.crs == other.crs

    def degrees(self) -> Shapes:
        """Return the geometries in WGS 84 degrees."""
        return _in_degrees(self.shapes, self.crs)


def kept(make: Callable[[Kept], T], count: int = 8) -> Callable[[Features], T]:
    """Return ``make`` with its last answers kept, by the geometries it was asked of."""
    remembered = lru_cache(count)(make)
    return lambda features: remembered(Kept(features))


def known(features: Features) -> CRS:
    """Return the coordinate system of features.

    Raises
    ------
    MissingCRS
        They do not say which coordinates they use.
    """
    if features.crs is None:
        raise MissingCRS("the features do not say which coordinates they use; call set_crs with what they were measured in")
    crs: CRS = features.crs
    return crs


def shapes(features: Features) -> Shapes:
    """Return the geometries of features in WGS 84 degrees, longitude first."""
    return _in_degrees(np.asarray(features.geometry.values, np.object_), known(features))


def points(features: Features) -> tuple[Floats, Floats]:
    """Return longitude and latitude of point features; NaN where one is empty or missing.

    Raises
    ------
    NotPoints
        A feature is no point.
    UnusableGeometry
        A feature is no place on earth.
    """
    at = _in_degrees(np.asarray(features.geometry.values, np.object_), known(features))
    try:
        x, y = _coordinates(at)
    except shapely.GEOSException:
        # It gives none of an empty point.
        there = at.copy()
        there[shapely.is_empty(at)] = None
        x, y = _coordinates(there)
    blank = np.flatnonzero(np.isnan(x))
    others = blank[shapely.get_type_id(at[blank]) > _POINT]
    if len(others):
        kind = at[others[0]].geom_type
        raise NotPoints(f"feature {others[0]} is a {kind}; only points have one place: take their centroid first")
    lost = np.flatnonzero((np.abs(y) > 90) | np.isinf(x))
    if len(lost):
        where = [float(x[lost[0]]), float(y[lost[0]])]
        raise UnusableGeometry(f"feature {lost[0]} has the coordinate {where}: no place on earth; correct it")
    return x, y


def as_given(found: Shapes, crs: CRS) -> geopandas.GeoSeries:
    """Return geometries in WGS 84 degrees as a series in another CRS."""
    return geopandas.GeoSeries(found, crs=WGS84) if _is_degrees(crs) else geopandas.GeoSeries(found, crs=WGS84).to_crs(crs)


def _coordinates(at: Shapes) -> tuple[Floats, Floats]:
    # shapely works outside the interpreter's lock, so the two take little longer than one.
    with ThreadPoolExecutor(1) as pool:
        northing = pool.submit(shapely.get_y, at)
        return shapely.get_x(at), northing.result()


def _in_degrees(given: Shapes, crs: CRS) -> Shapes:
    if _is_degrees(crs):
        return given
    return np.asarray(geopandas.GeoSeries(given, crs=crs).to_crs(WGS84).values, np.object_)


@lru_cache
def _is_degrees(crs: CRS) -> bool:
    return bool(crs.equals(WGS84, ignore_axis_order=True))
