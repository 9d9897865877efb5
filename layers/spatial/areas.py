"""Which area a point lies in, with geodesic edges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

_EARTH = Geod(ellps="WGS84")
#: Edges are cut to this length; the straight piece then lies within 2 cm of the geodesic at 60° latitude.
_STEP_M = 500.0


def containing(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], areas: Sequence[shapely.Geometry]
) -> npt.NDArray[np.uint16]:
    """Return for each point the position, from 1, of the first area it lies in or on the edge of; 0 for none.

    Parameters
    ----------
    lon, lat : float64 arrays
        WGS 84 degrees.
    areas : sequence of polygons
        WGS 84 degrees. Edges are geodesics. Areas across the antimeridian come split at it.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43-55.
    """
    found = np.zeros(len(lon), np.uint16)
    for number, area in enumerate(areas, start=1):
        exact = geodesic_edges(area)
        west, south, east, north = exact.bounds
        near = np.flatnonzero((found == 0) & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        if len(near):
            shapely.prepare(exact)
            found[near[shapely.intersects_xy(exact, lon[near], lat[near])]] = number
    return found


def geodesic_edges(area: shapely.Geometry) -> shapely.Geometry:
    """Return an area whose long edges follow the geodesic instead of a straight line in degrees."""
    if area.is_empty:
        return area
    polygons = [
        shapely.Polygon(_followed(part.exterior), [_followed(hole) for hole in part.interiors])
        for part in shapely.get_parts(area)
    ]
    return shapely.MultiPolygon(polygons)


def _followed(ring: shapely.LinearRing) -> npt.NDArray[np.float64]:
    corner = shapely.get_coordinates(ring)
    _, _, metres = _EARTH.inv(corner[:-1, 0], corner[:-1, 1], corner[1:, 0], corner[1:, 1])
    pieces = [corner[:1]]
    for (begin, end), length in zip(itertools.pairwise(corner), metres, strict=True):
        between = int(length // _STEP_M)
        if between:
            pieces.append(np.array(_EARTH.npts(begin[0], begin[1], end[0], end[1], between)))
        pieces.append(end[None])
    return np.concatenate(pieces)
