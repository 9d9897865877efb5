"""Metres on the ground, anywhere: positions as Earth-centred metres, whole arrays, WGS 84.

A map projection is right near its middle only. In space there is no middle, no zone, no antimeridian and no pole: the
straight distance between two positions gives the geodesic one to a millimetre as far as 500 km.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EARTH = Geod(ellps="WGS84")
_A, _F = 6_378_137.0, 1 / 298.257223563
_E2 = _F * (2 - _F)
_B = _A * (1 - _F)
_SECOND_E2 = _E2 / (1 - _E2)
#: Beyond this chord the ellipsoid's own geodesic is asked, for one formula would be off by more than a millimetre.
_FAR_M = 500_000.0


def space(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Return positions on the ellipsoid as Earth-centred metres.

    Parameters
    ----------
    lon, lat : array of n
        WGS 84 degrees; longitudes mean modulo 360.

    Returns
    -------
    (n, 3) array
        Metres from the Earth's centre, towards (0° E, 0° N), (90° E, 0° N) and the North Pole.
    """
    east, north = np.radians(np.asarray(lon, np.float64)), np.radians(np.asarray(lat, np.float64))
    sine, cosine = np.sin(north), np.cos(north)
    across = _A / np.sqrt(1 - _E2 * sine * sine)
    found = np.empty((*sine.shape, 3))
    found[..., 0] = across * cosine * np.cos(east)
    found[..., 1] = across * cosine * np.sin(east)
    found[..., 2] = across * (1 - _E2) * sine
    return found


def degrees(at: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude below or above positions in space, in degrees.

    Right to 1e-9 m for positions within 1 km of the ellipsoid. Longitudes lie in [-180, 180].

    References
    ----------
    Bowring, B. R. (1976). Transformation from spatial to geographical coordinates. Survey Review 23, 323-327.
    """
    x, y, z = at[..., 0], at[..., 1], at[..., 2]
    out = np.hypot(x, y)
    size = np.hypot(z * _A, out * _B)
    sine, cosine = z * _A / size, out * _B / size
    lat = np.arctan2(z + _SECOND_E2 * _B * sine**3, out - _E2 * _A * cosine**3)
    return np.degrees(np.arctan2(y, x)), np.degrees(lat)


def up(at: Floats) -> Floats:
    """Return the unit vectors that stand upright on the ellipsoid at positions on it."""
    found: Floats = at / [_A * _A, _A * _A, _B * _B]
    found /= np.sqrt(dot(found, found))[..., None]
    return found


def dot(one: Floats, other: Floats) -> Floats:
    """Return the scalar products of rows of vectors."""
    found: Floats = one[..., 0] * other[..., 0] + one[..., 1] * other[..., 1] + one[..., 2] * other[..., 2]
    return found


def ground_m(begin: Floats, end: Floats) -> Floats:
    """Return the geodesic distance between positions in space that lie on the ellipsoid, in metres.

    To 500 km the arc over the chord, of the circle that follows the ellipsoid in the chord's direction at its middle
    (Euler's formula for the curvature); right to 1 mm. Farther, the geodesic itself.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43-55.
    """
    run = end - begin
    chord = np.sqrt(dot(run, run))
    height = (begin[..., 2] + end[..., 2]) / 2
    # The sine of the latitude at the middle: z = N (1 - e²) sin(lat), N hardly changing.
    sine2 = np.minimum((height / (_B * (1 - _F)) * np.sqrt(1 - _E2 * (height / _B) ** 2)) ** 2, 1.0)
    north2 = np.minimum((run[..., 2] / np.maximum(chord, 1e-30)) ** 2 / np.maximum(1 - sine2, 1e-30), 1.0)
    root = 1 - _E2 * sine2
    bend = (north2 * root / (1 - _E2) + (1 - north2)) * np.sqrt(root) / _A
    metres: Floats = 2 / bend * np.arcsin(np.minimum(chord * bend / 2, 1.0))
    far = np.flatnonzero(chord > _FAR_M)
    if len(far):
        metres[far] = EARTH.inv(*degrees(begin[far]), *degrees(end[far]))[2]
    return metres
