"""Which ground a map on paper shows: a projection that is true there, and a scale that is a round number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from layers.briefing.picture import Floats, Rect
from layers.errors import LayersError
from layers.model import Box
from layers.notation.projection import NORTHERNMOST, SOUTHERNMOST, zones

#: Scales a map on paper may have, by powers of ten.
_ROUND = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
_LARGEST, _SMALLEST = 2_500.0, 150_000_000.0
#: Up to so far from its middle meridian, in degrees on the ground, a zone's scale is true to 1 in 500.
_NARROW, _WIDE = 5.0, 60.0
_SAMPLES = 33


class NoGround(LayersError):
    """What is to be shown is no place on the ground."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The ground of a map on paper.

    Attributes
    ----------
    rect : Rect
        Where it lies on the sheet, mm.
    crs : str
        Its projection, as an EPSG code or as WKT.
    called : str
        The projection in words.
    west, south : float
        The lower left corner in the projection, metres.
    scale : float
        Metres on the ground for one metre on paper.
    """

    rect: Rect
    crs: str
    called: str
    west: float
    south: float
    scale: float

    def at(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return where places lie on the sheet, mm; NaN where the projection has none."""
        x, y = _there(self.crs).transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        with np.errstate(invalid="ignore"):
            return tuple(np.where(np.isfinite(one), one, np.nan) for one in self.on_paper(x, y))  # type: ignore[return-value]

    def on_paper(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return where coordinates of the projection lie on the sheet, mm."""
        per_m = 1_000 / self.scale
        return self.rect.x + (np.asarray(x) - self.west) * per_m, self.rect.y + (np.asarray(y) - self.south) * per_m

    def degrees(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return the longitude and latitude of places on the sheet; infinite where there is no ground."""
        per_mm = self.scale / 1_000
        east = self.west + (np.asarray(x, np.float64) - self.rect.x) * per_mm
        north = self.south + (np.asarray(y, np.float64) - self.rect.y) * per_mm
        lon, lat = _back(self.crs).transform(east, north)
        return np.asarray(lon), np.asarray(lat)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north in the projection, metres."""
        per_mm = self.scale / 1_000
        return self.west, self.south, self.west + self.rect.width * per_mm, self.south + self.rect.height * per_mm

    @property
    def box(self) -> Box:
        """Return a box of degrees that holds all of it; west > east crosses ±180."""
        x = self.rect.x + np.linspace(0, self.rect.width, _SAMPLES)
        y = self.rect.y + np.linspace(0, self.rect.height, _SAMPLES)
        lon, lat = (one.ravel() for one in self.degrees(*np.meshgrid(x, y)))
        there = np.isfinite(lon) & np.isfinite(lat)
        lon, lat = lon[there], lat[there]
        south, north = float(lat.min()), float(lat.max())
        if north > NORTHERNMOST or south < SOUTHERNMOST:
            return -180.0, south if north > NORTHERNMOST else -90.0, 180.0, 90.0 if north > NORTHERNMOST else north
        middle = float(np.degrees(np.angle(np.exp(1j * np.radians(lon)).mean())))
        away = (lon - middle + 180) % 360 - 180
        west, east = middle + away.min(), middle + away.max()
        if east - west >= 359:
            return -180.0, south, 180.0, north
        return float((west + 180) % 360 - 180), south, float((east + 180) % 360 - 180), north


def framed(box: Box, rect: Rect, scale: float = 0.0) -> Frame:
    """Return the frame that shows a box of degrees whole, at the largest round scale that does, or its middle at a given one.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north in degrees; west > east crosses ±180.
    rect : Rect
        Where the map lies on the sheet, mm.
    scale : float
        Metres on the ground for one metre on paper; 0 for whatever shows the whole box.

    Raises
    ------
    NoGround
        The box is no place on the earth.
    """
    west, south, east, north = box
    if not (np.isfinite(box).all() and -90 <= south <= north <= 90):
        raise NoGround(f"the frame {box} is no place on the earth; draw it anew on the map")
    if scale and not _LARGEST <= scale <= _SMALLEST:
        raise NoGround(f"the scale 1:{scale:,.0f} cannot be drawn; choose one from 1:{_LARGEST:,.0f} to 1:{_SMALLEST:,.0f}")
    span = min((east - west) % 360 or (360.0 if east != west else 0.0), 360.0)
    crs, called = projection(west + span / 2, (south + north) / 2, span, north - south)
    lon, lat = np.meshgrid(west + np.linspace(0, span, _SAMPLES), np.linspace(south, north, _SAMPLES))
    x, y = _there(crs).transform(lon, lat)
    there = np.isfinite(x) & np.isfinite(y)
    if not there.any():
        raise NoGround(f"the frame {box} cannot be drawn on paper; make it smaller")
    left, right, low, high = x[there].min(), x[there].max(), y[there].min(), y[there].max()
    scale = scale or rounded(max((right - left) / rect.width, (high - low) / rect.height) * 1_000)
    per_mm = scale / 1_000
    return Frame(
        rect,
        crs,
        called,
        float((left + right - rect.width * per_mm) / 2),
        float((low + high - rect.height * per_mm) / 2),
        scale,
    )


def rounded(scale: float) -> float:
    """Return the next scale that is a round number and not larger on paper.

    Examples
    --------
    >>> [rounded(scale) for scale in (3.0, 250_000.0, 251_000.0)]
    [2500.0, 250000.0, 300000.0]
    """
    scale = max(scale, _LARGEST)
    power = 10.0 ** np.floor(np.log10(scale))
    return float(next(step * power for step in _ROUND if step * power >= scale * (1 - 1e-9)))


def projection(lon: float, lat: float, wide: float, high: float) -> tuple[str, str]:
    """Return a projection for ground of so many degrees about a place, and its name."""
    lon = (lon + 180) % 360 - 180
    if lat >= NORTHERNMOST or lat < SOUTHERNMOST:
        north = lat > 0
        return f"EPSG:{32661 if north else 32761}", f"WGS 84, UPS {'north' if north else 'south'}"
    if wide * np.cos(np.radians(lat)) <= 2 * _NARROW and high <= 4 * _NARROW:
        zone = int(zones(np.array([lon]), np.array([lat]))[0])
        return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}", f"WGS 84, UTM zone {zone}{'N' if lat >= 0 else 'S'}"
    if max(wide, high) <= _WIDE:
        text = f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m"
        return CRS.from_user_input(text).to_wkt(), "WGS 84, Lambert azimuthal equal-area"
    text = f"+proj=eqearth +lon_0={lon:.6f} +datum=WGS84 +units=m"
    return CRS.from_user_input(text).to_wkt(), "WGS 84, Equal Earth"


@lru_cache(maxsize=16)
def _there(crs: str) -> Transformer:
    return Transformer.from_crs(4326, crs, always_xy=True)


@lru_cache(maxsize=16)
def _back(crs: str) -> Transformer:
    return Transformer.from_crs(crs, 4326, always_xy=True)
