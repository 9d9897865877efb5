"""Which ground a map on paper shows: a projection that is true there, and a scale that is a round number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Proj, Transformer

from layers.briefing.paper import Layout, Size, layout
from layers.briefing.picture import Floats, Rect
from layers.errors import LayersError
from layers.model import Box
from layers.notation.projection import NORTHERNMOST, SOUTHERNMOST, zones

#: Scales a map on paper may have, by powers of ten.
_ROUND = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
_LARGEST, _SMALLEST = 2_500.0, 150_000_000.0
#: A zone is used where its scale is true to so much all over the map; up to so many degrees the map is of equal area about its middle.
_TRUE, _WIDE = 0.001, 60.0
#: A place that comes back so near lies on the ground, mm.
_SAME = 0.01
_SAMPLES = 33
_WORLD = "Equal Earth"
#: Between two maps stand the figures of both their grids, mm.
_BETWEEN = 14.5


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
    per_mm : float
        Metres in the projection for one millimetre on the sheet.
    scale : float
        Metres on the ground for one metre on paper, true in the middle of the map.
    """

    rect: Rect
    crs: str
    called: str
    west: float
    south: float
    per_mm: float
    scale: float

    def at(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return where places lie on the sheet, mm; NaN where the projection has none."""
        x, y = _there(self.crs).transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        with np.errstate(invalid="ignore"):
            return tuple(np.where(np.isfinite(one), one, np.nan) for one in self.on_paper(x, y))  # type: ignore[return-value]

    def on_paper(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return where coordinates of the projection lie on the sheet, mm."""
        return self.rect.x + (np.asarray(x) - self.west) / self.per_mm, self.rect.y + (np.asarray(y) - self.south) / self.per_mm

    def degrees(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return the longitude and latitude of places on the sheet; infinite where there is no ground."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        lon, lat = _back(self.crs).transform(
            self.west + (x - self.rect.x) * self.per_mm, self.south + (y - self.rect.y) * self.per_mm
        )
        # Beyond the rim of the world a projection runs on, and names places that lie elsewhere on the map.
        again = self.at(np.where(np.isfinite(lon), lon, 0.0), np.where(np.isfinite(lat), lat, 0.0))
        there = np.isfinite(lon) & np.isfinite(lat) & (np.hypot(again[0] - x, again[1] - y) < _SAME)
        return np.where(there, lon, np.inf), np.where(there, lat, np.inf)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north in the projection, metres."""
        return (
            self.west,
            self.south,
            self.west + self.rect.width * self.per_mm,
            self.south + self.rect.height * self.per_mm,
        )

    @property
    def box(self) -> Box:
        """Return a box of degrees that holds all of it; west > east crosses ±180."""
        return _degrees(self)

    @property
    def seam(self) -> float | None:
        """Return the meridian at which the world is cut apart and both its sides are shown; None where it is not, or they are not."""
        if _WORLD not in self.called or self.box[2] - self.box[0] < 360:
            return None
        return float((_back(self.crs).transform(0.0, 0.0)[0] + 360) % 360 - 180)


@lru_cache(maxsize=16)
def _degrees(of: Frame) -> Box:
    """Return the box of degrees that holds all of a frame; it is asked for with every shape that is laid on it."""
    x = of.rect.x + np.linspace(0, of.rect.width, _SAMPLES)
    y = of.rect.y + np.linspace(0, of.rect.height, _SAMPLES)
    lon, lat = (one.ravel() for one in of.degrees(*np.meshgrid(x, y)))
    if not np.isfinite(lon).all():
        return -180.0, -90.0, 180.0, 90.0
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
    span = (east - west) % 360 or (360.0 if east > west else 0.0)
    lon, lat = np.meshgrid(west + np.linspace(0, span, _SAMPLES), np.linspace(south, north, _SAMPLES))
    for crs, called in projections(west + span / 2, (south + north) / 2, max(span, north - south)):
        found = _fitted((lon, lat), rect, (crs, called), scale)
        if found and ("UTM" not in called or _true(found)):
            return found
    raise NoGround(f"the frame {box} cannot be drawn on paper; make it smaller")


def spanned(box: Box) -> Box:
    """Return a box of degrees that a sheet is to show whole.

    Raises
    ------
    NoGround
        It has no width or no height, so that a sheet would show next to nothing.
    """
    lacking = " and ".join(filter(None, ("no width" if box[0] == box[2] else "", "no height" if box[1] == box[3] else "")))
    if lacking:
        edges = ", ".join(f"{edge:.10g}°" for edge in box)
        raise NoGround(
            f"the frame {edges} (west, south, east, north) has {lacking}; draw it over some ground, or name the scale at which its middle is shown"
        )
    return box


def grounds(size: Size, box: Box, scale: float, *, portrait: bool, twice: bool) -> tuple[Frame, ...]:
    """Return the ground that a sheet's map shows, or that of both its maps where it shows the same ``twice``.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    return laid_out(size, box, scale, portrait=portrait, twice=twice)[1]


def laid_out(size: Size, box: Box, scale: float, *, portrait: bool, twice: bool) -> tuple[Layout, tuple[Frame, ...]]:
    """Return where things stand on a sheet, and the ground of its map or of both its maps.

    An upright sheet whose scale is not given has its margin beside the map, not below it, where the ground is then shown larger.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    ways = [layout(size, portrait=portrait, beside=beside) for beside in ((False,) if scale or not portrait else (False, True))]
    found = [(one, tuple(framed(box, half, scale) for half in (_halves(one.map) if twice else (one.map,)))) for one in ways]
    return min(found, key=lambda one: one[1][0].scale)


def upright(size: Size, box: Box, *, twice: bool = False) -> bool:
    """Say whether a sheet shows a box of degrees larger when it stands upright; a slide never does.

    Raises
    ------
    NoGround
        It is no place that can be drawn.
    """
    flat, tall = (grounds(size, box, 0.0, portrait=stands, twice=twice)[0].scale for stands in (False, True))
    return tall < flat


def scale_within(size: Size, box: Box, whole: Box, *, portrait: bool | None = None) -> float:
    """Return the scale of a sheet of a part of some ground: 0 for the largest round one that shows it whole, else that of the ``whole``.

    So what lies in the part is never smaller on its own sheet. Where nobody says how the sheets stand, each stands as suits it.

    Raises
    ------
    NoGround
        One of both is no place that can be drawn.
    """
    ways = (False, True) if portrait is None else (portrait,)
    own, overview = (min(grounds(size, one, 0.0, portrait=way, twice=False)[0].scale for way in ways) for one in (box, whole))
    return overview if own > overview else 0.0


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    """Return two boxes side by side, or one over the other where that is higher than wide, with room for the grid's figures between."""
    if rect.width >= rect.height:
        half = (rect.width - _BETWEEN) / 2
        return Rect(rect.x, rect.y, half, rect.height), Rect(rect.right - half, rect.y, half, rect.height)
    half = (rect.height - _BETWEEN) / 2
    return Rect(rect.x, rect.top - half, rect.width, half), Rect(rect.x, rect.y, rect.width, half)


def _fitted(places: tuple[Floats, Floats], rect: Rect, projection: tuple[str, str], scale: float) -> Frame | None:
    """Return the frame about places in a projection, None where it has none of them."""
    crs, called = projection
    x, y = _there(crs).transform(*places)
    there = np.isfinite(x) & np.isfinite(y)
    if not there.any():
        return None
    left, right, low, high = (float(one) for one in (x[there].min(), x[there].max(), y[there].min(), y[there].max()))
    stretch = _stretch(crs, *_back(crs).transform((left + right) / 2, (low + high) / 2))
    scale = scale or rounded(max((right - left) / rect.width, (high - low) / rect.height) * 1_000 / stretch)
    per_mm = scale / 1_000 * stretch
    return Frame(
        rect, crs, called, (left + right - rect.width * per_mm) / 2, (low + high - rect.height * per_mm) / 2, per_mm, scale
    )


def _stretch(crs: str, lon: npt.ArrayLike, lat: npt.ArrayLike) -> float:
    """Return how much longer the ground is in a projection there, 1 where that cannot be said."""
    found = float(np.sqrt(Proj(crs).get_factors(lon, lat).areal_scale))
    return found if np.isfinite(found) and found > 0 else 1.0


def _true(frame: Frame) -> bool:
    """Say whether the scale is true all over a map that is drawn in a zone."""
    west, south, east, north = frame.bounds
    at = (_back(frame.crs).transform(x, y) for x in (west, east) for y in (south, north))
    middle = _stretch(frame.crs, *_back(frame.crs).transform((west + east) / 2, (south + north) / 2))
    return all(abs(_stretch(frame.crs, *one) / middle - 1) <= _TRUE for one in at)


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


def projections(lon: float, lat: float, across: float) -> Iterator[tuple[str, str]]:
    """Yield the projections for ground of so many degrees about a place and their names, the one to be tried first first."""
    lon = (lon + 180) % 360 - 180
    north = lat >= 0
    if lat >= NORTHERNMOST or lat < SOUTHERNMOST:
        yield f"EPSG:{32661 if north else 32761}", f"WGS 84, UPS {'north' if north else 'south'}"
    elif across <= _WIDE:
        zone = int(zones(np.array([lon]), np.array([lat]))[0])
        yield f"EPSG:{(32600 if north else 32700) + zone}", f"WGS 84, UTM zone {zone}{'N' if north else 'S'}"
        text = f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m"
        yield CRS.from_user_input(text).to_wkt(), "WGS 84, Lambert azimuthal equal-area"
    else:
        text = f"+proj=eqearth +lon_0={lon:.6f} +datum=WGS84 +units=m"
        yield CRS.from_user_input(text).to_wkt(), f"WGS 84, {_WORLD}"


@lru_cache(maxsize=16)
def _there(crs: str) -> Transformer:
    return Transformer.from_crs(4326, crs, always_xy=True)


@lru_cache(maxsize=16)
def _back(crs: str) -> Transformer:
    return Transformer.from_crs(crs, 4326, always_xy=True)
