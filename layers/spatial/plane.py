"""A plane in which areas are true: for grids of square metres, never for distances across a continent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyproj import Proj

from layers.spatial.ground import Floats, degrees, space

#: From the middle to its antipode: twice the radius of the sphere of the Earth's surface.
_RIM_M = 2 * 6_371_007.18


@dataclass(frozen=True)
class Plane:
    """Lambert's azimuthal equal-area projection of the ellipsoid about a place of its own.

    Areas are true everywhere. Shapes and distances are true at the middle: 500 km from it a metre along the ray is drawn
    0.09 % short and a metre across it 0.09 % long, at 100 km 0.005 %. There is no antimeridian and no pole;
    the antipode of the middle, which is the whole rim, is put in the north of it.

    Attributes
    ----------
    lon, lat : float
        The middle, WGS 84 degrees.

    References
    ----------
    Lambert, J. H. (1772). Anmerkungen und Zusätze zur Entwerfung der Land- und Himmelscharten.
    Snyder, J. P. (1987). Map projections: a working manual. USGS Professional Paper 1395, 182-190.
    """

    lon: float
    lat: float

    @cached_property
    def _projection(self) -> Proj:
        return Proj(proj="laea", lon_0=self.lon, lat_0=self.lat, ellps="WGS84")

    def metres(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return metres east and north of the middle."""
        x, y = (np.asarray(of) for of in self._projection(np.asarray(lon, np.float64), np.asarray(lat, np.float64)))
        there = np.isfinite(x)
        return (x, y) if there.all() else (np.where(there, x, 0.0), np.where(there, y, _RIM_M))

    def degrees(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return longitude, in [-180, 180], and latitude of places in the plane."""
        lon, lat = self._projection(np.asarray(x, np.float64), np.asarray(y, np.float64), inverse=True)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def plane_about(lon: Floats, lat: Floats) -> Plane:
    """Return the plane about the middle of places, to whole degrees, so that one place more seldom moves it.

    Examples
    --------
    >>> plane_about(np.array([179.0, -178.0]), np.array([10.0, 11.0]))
    Plane(lon=-180.0, lat=11.0)
    """
    if not len(lon):
        return Plane(0.0, 0.0)
    middle = space(lon, lat).mean(axis=0)
    if np.linalg.norm(middle) < 1.0:
        return Plane(0.0, 90.0)
    x, y = degrees(middle)
    return Plane(float(np.round(x)), float(np.round(y)))
