"""UTM and UPS, whole arrays, WGS 84.

References
----------
Karney, C. F. F. (2011). Transverse Mercator with an accuracy of a few nanometers. Journal of Geodesy 85, 475-485.
NGA.SIG.0012_2.0.0_UTMUPS (2014). The Universal Grids and the Transverse Mercator and Polar Stereographic Map Projections.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_A, _F, _K0, _POLE_K0 = 6378137.0, 1 / 298.257223563, 0.9996, 0.994
_N = _F / (2 - _F)
_E = np.sqrt(_F * (2 - _F))
_RADIUS = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_FORTH = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BACK = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_EAST, _SOUTH, _POLE = 500_000.0, 10_000_000.0, 2_000_000.0


def zones(lon: Floats, lat: Floats) -> Ints:
    """Return each point's UTM zone, 1 to 60, with the exceptions of Norway and Svalbard."""
    lon = np.mod(lon + 180, 360) - 180
    zone = np.floor((lon + 180) / 6).astype(np.int64) + 1
    norway = (lat >= 56) & (lat < 64) & (lon >= 3) & (lon < 12)
    zone = np.where(norway, 32, zone)
    svalbard = (lat >= 72) & (lat < 84) & (lon >= 0) & (lon < 42)
    arctic = np.select([lon < 9, lon < 21, lon < 33], [31, 33, 35], 37)
    return np.where(svalbard, arctic, zone)


def to_zone(lon: Floats, lat: Floats, zone: Ints) -> tuple[Floats, Floats]:
    """Return UTM easting and northing in the given zone; south of the equator with the false northing."""
    across = np.radians(np.mod(lon - (6.0 * zone - 183) + 180, 360) - 180)
    sine = np.sin(np.radians(lat))
    t = np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine))
    xi, eta = np.arctan2(t, np.cos(across)), np.arcsinh(np.sin(across) / np.hypot(t, np.cos(across)))
    x, y = eta.copy(), xi.copy()
    for j, term in enumerate(_FORTH, 1):
        x += term * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
        y += term * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
    return _EAST + _K0 * _RADIUS * x, _K0 * _RADIUS * y + np.where(lat < 0, _SOUTH, 0.0)


def from_zone(easting: Floats, northing: Floats, zone: Ints, northern: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return longitude and latitude of UTM coordinates."""
    xi = (northing - np.where(northern, 0.0, _SOUTH)) / (_K0 * _RADIUS)
    eta = (easting - _EAST) / (_K0 * _RADIUS)
    x, y = eta.copy(), xi.copy()
    for j, term in enumerate(_BACK, 1):
        y -= term * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        x -= term * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
    lon = 6.0 * zone - 183 + np.degrees(np.arctan2(np.sinh(x), np.cos(y)))
    return np.mod(lon + 180, 360) - 180, _latitude(np.sin(y) / np.hypot(np.sinh(x), np.cos(y)))


def to_pole(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return UPS easting and northing, by the pole of each point's hemisphere."""
    north = lat >= 0
    sine = np.sin(np.radians(np.abs(lat)))
    with np.errstate(divide="ignore"):
        t = np.exp(-(np.arctanh(sine) - _E * np.arctanh(_E * sine)))
    rho = _scale() * t
    angle = np.radians(lon)
    return _POLE + rho * np.sin(angle), _POLE - np.where(north, 1, -1) * rho * np.cos(angle)


def from_pole(easting: Floats, northing: Floats, northern: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return longitude and latitude of UPS coordinates."""
    x, y = easting - _POLE, np.where(northern, -1, 1) * (northing - _POLE)
    t = np.maximum(np.hypot(x, y), 1e-9) / _scale()
    lat = _latitude((1 / t - t) / 2)
    return np.degrees(np.arctan2(x, y)), np.where(northern, lat, -lat)


def _scale() -> float:
    return float(2 * _A * _POLE_K0 / np.sqrt((1 + _E) ** (1 + _E) * (1 - _E) ** (1 - _E)))


def _latitude(conformal: Floats) -> Floats:
    """Return the latitude whose conformal latitude has the given tangent, by Newton's method."""
    t = conformal.copy()
    for _ in range(4):
        root = np.sqrt(1 + t * t)
        sigma = np.sinh(_E * np.arctanh(_E * t / root))
        again = t * np.sqrt(1 + sigma * sigma) - sigma * root
        t += (conformal - again) / np.sqrt(1 + again * again) * (1 + (1 - _E**2) * t * t) / ((1 - _E**2) * root)
    return np.degrees(np.arctan(t))
