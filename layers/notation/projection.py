"""UTM and UPS, whole arrays, WGS 84.

References
----------
Karney, C. F. F. (2011). Transverse Mercator with an accuracy of a few nanometers. Journal of Geodesy 85, 475-485.
NGA.SIG.0012_2.0.0_UTMUPS (2014). The Universal Grids and the Transverse Mercator and Polar Stereographic Map Projections.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from layers.notation.letters import Bools, Ints

Floats = npt.NDArray[np.float64]

#: Latitudes between which UTM is in use; beyond them it is UPS.
SOUTHERNMOST, NORTHERNMOST = -80.0, 84.0

_A, _F, _K0, _POLE_K0 = 6_378_137.0, 1 / 298.257223563, 0.9996, 0.994
_N = _F / (2 - _F)
_E = math.sqrt(_F * (2 - _F))
_RADIUS = _K0 * _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
_POLE_RADIUS = 2 * _A * _POLE_K0 / math.sqrt((1 + _E) ** (1 + _E) * (1 - _E) ** (1 - _E))
_EAST, _SOUTH, _POLE = 500_000.0, 10_000_000.0, 2_000_000.0
# Rows hold the factors of n, n², … n⁶ of the terms sin 2jx, j = 1, 2, ….
_FORTH = (
    (1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
    (0, 13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
    (0, 0, 61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
    (0, 0, 0, 49561 / 161280, -179 / 168, 6601661 / 7257600),
)
_BACK = (
    (-1 / 2, 2 / 3, -37 / 96, 1 / 360, 81 / 512, -96199 / 604800),
    (0, -1 / 48, -1 / 15, 437 / 1440, -46 / 105, 1118711 / 3870720),
    (0, 0, -17 / 480, 37 / 840, 209 / 4480, -5569 / 90720),
    (0, 0, 0, -4397 / 161280, 11 / 504, 830251 / 7257600),
)
_LATITUDE = (
    (2, -2 / 3, -2, 116 / 45, 26 / 45, -2854 / 675),
    (0, 7 / 3, -8 / 5, -227 / 45, 2704 / 315, 2323 / 945),
    (0, 0, 56 / 15, -136 / 35, -1262 / 105, 73814 / 2835),
    (0, 0, 0, 4279 / 630, -332 / 35, -399572 / 14175),
    (0, 0, 0, 0, 4174 / 315, -144838 / 6237),
)


def _terms(table: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    return tuple(sum(factor * _N**power for power, factor in enumerate(row, 1)) for row in table)


_FORTH_TERMS, _BACK_TERMS, _LATITUDE_TERMS = _terms(_FORTH), _terms(_BACK), _terms(_LATITUDE)


def zones(lon: Floats, lat: Floats) -> Ints:
    """Return each point's UTM zone, 1 to 60, with the exceptions of Norway and Svalbard; 0 where it is UPS."""
    lon = wrapped(lon)
    zone = (np.floor(lon / 6) + 31).astype(np.int64)
    north = lat >= 56
    if north.any():
        zone = np.where(north & (lat < 64) & (lon >= 3) & (lon < 12), 32, zone)
        arctic = np.select([lon < 9, lon < 21, lon < 33], [31, 33, 35], 37)
        zone = np.where((lat >= 72) & (lon >= 0) & (lon < 42), arctic, zone)
    return np.where((lat >= SOUTHERNMOST) & (lat < NORTHERNMOST), zone, 0)


def to_zone(lon: Floats, lat: Floats, zone: Ints) -> tuple[Floats, Floats]:
    """Return UTM easting and northing in the given zones; south of the equator with the false northing."""
    across = np.radians(wrapped(lon - (6.0 * zone - 183)))
    tangent = _conformal(np.radians(lat))
    cosine = np.cos(across)
    root = np.hypot(tangent, cosine)
    sinh = np.sin(across) / root
    xi, eta = np.arctan2(tangent, cosine), np.arcsinh(sinh)
    square = root * root
    sin2, cos2 = 2 * tangent * cosine / square, (cosine - tangent) * (cosine + tangent) / square
    up, right = _series(_FORTH_TERMS, sin2, cos2, 2 * sinh * np.sqrt(1 + sinh * sinh), 1 + 2 * sinh * sinh)
    return _EAST + _RADIUS * (eta + right), _RADIUS * (xi + up) + np.where(lat < 0, _SOUTH, 0.0)


def from_zone(easting: Floats, northing: Floats, zone: Ints, northern: Bools) -> tuple[Floats, Floats]:
    """Return longitude and latitude of UTM coordinates."""
    xi = (northing - np.where(northern, 0.0, _SOUTH)) / _RADIUS
    eta = (easting - _EAST) / _RADIUS
    up, right = _series(_BACK_TERMS, np.sin(2 * xi), np.cos(2 * xi), np.sinh(2 * eta), np.cosh(2 * eta))
    xi, eta = xi + up, eta + right
    sinh, cosine = np.sinh(eta), np.cos(xi)
    tangent = np.sin(xi) / np.hypot(sinh, cosine)
    return wrapped(np.degrees(np.arctan2(sinh, cosine)) + (6.0 * zone - 183)), _latitude(tangent)


def to_pole(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return UPS easting and northing, by the pole of each point's hemisphere."""
    angle, colatitude = np.radians(lon), np.radians((90 - np.abs(lat)) / 2)
    sine = _E * np.cos(2 * colatitude)
    away = _POLE_RADIUS * np.tan(colatitude) * ((1 + sine) / (1 - sine)) ** (_E / 2)
    return _POLE + away * np.sin(angle), _POLE - np.where(lat >= 0, 1, -1) * away * np.cos(angle)


def from_pole(easting: Floats, northing: Floats, northern: Bools) -> tuple[Floats, Floats]:
    """Return longitude and latitude of UPS coordinates; longitude 0 at the pole itself."""
    x, y = easting - _POLE, np.where(northern, -1, 1) * (northing - _POLE)
    away = np.hypot(x, y) / _POLE_RADIUS
    half = np.arctan(away)
    chi = np.pi / 2 - 2 * half
    lat = np.degrees(chi + _sines(_LATITUDE_TERMS, np.sin(4 * half), -np.cos(4 * half)))
    return np.where(away > 0, np.degrees(np.arctan2(x, y)), 0.0), np.where(northern, lat, -lat)


def wrapped(lon: Floats) -> Floats:
    """Return longitudes within -180 ≤ longitude < 180; those already there are not touched."""
    return np.where((lon >= -180) & (lon < 180), lon, np.mod(lon + 180, 360) - 180)


def _conformal(lat: Floats) -> Floats:
    """Return the tangent of the conformal latitude; arguments in radians."""
    sine = np.sin(lat)
    return np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine))


def _latitude(tangent: Floats) -> Floats:
    """Return the latitude in degrees whose conformal latitude has this tangent."""
    square = tangent * tangent
    sin2, cos2 = 2 * tangent / (1 + square), (1 - square) / (1 + square)
    return np.degrees(np.arctan(tangent) + _sines(_LATITUDE_TERMS, sin2, cos2))


def _sines(terms: tuple[float, ...], sin2: Floats, cos2: Floats) -> Floats:
    """Return the sum of ``terms[j-1] * sin(2jx)`` by Clenshaw's recurrence."""
    twice, last, before = 2 * cos2, np.zeros_like(cos2), np.zeros_like(cos2)
    for term in reversed(terms):
        last, before = twice * last - before + term, last
    return last * sin2


def _series(terms: tuple[float, ...], sin2: Floats, cos2: Floats, sinh2: Floats, cosh2: Floats) -> tuple[Floats, Floats]:
    """Return the real and the imaginary part of the sum of ``terms[j-1] * sin(2j(x + iy))``."""
    a, b = 2 * cos2 * cosh2, -2 * sin2 * sinh2
    real, imaginary = np.full_like(a, terms[-1]), np.zeros_like(a)
    before, aside = np.zeros_like(a), np.zeros_like(a)
    for term in reversed(terms[:-1]):
        real, imaginary, before, aside = (
            a * real - b * imaginary - before + term,
            a * imaginary + b * real - aside,
            real,
            imaginary,
        )
    s, t = sin2 * cosh2, cos2 * sinh2
    return s * real - t * imaginary, s * imaginary + t * real
