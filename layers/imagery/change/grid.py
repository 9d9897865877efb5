"""The grid of a scene's pixels on the ground: where they lie, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Geod, Transformer
from rasterio.crs import CRS
from rasterio.io import DatasetReader
from rasterio.transform import Affine

Floats = npt.NDArray[np.float64]

EARTH = Geod(ellps="WGS84")
_ROWS = 65
#: Two grids are one where no corner lies farther apart than this share of a pixel.
_SAME = 1e-3


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels in rows and columns over a coordinate system."""

    crs: CRS
    transform: Affine
    width: int
    height: int

    @classmethod
    def of(cls, dataset: DatasetReader) -> Grid:
        """Return the grid of an open raster."""
        return cls(dataset.crs, dataset.transform, dataset.width, dataset.height)

    def same(self, other: Grid) -> bool:
        """Return whether another has the same pixels."""
        if (self.crs, self.width, self.height) != (other.crs, other.width, other.height):
            return False
        x, y = np.array([0.0, self.width, 0]), np.array([0.0, 0, self.height])
        there = self.pixels(*other.ground(x, y))
        return bool(np.abs(np.stack(there) - np.stack([x, y])).max() <= _SAME)

    def ground(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the coordinates of columns and rows; whole numbers are corners of pixels."""
        return _placed(self.transform, x, y)

    def pixels(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows of coordinates."""
        return _placed(~self.transform, east, north)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the least and most coordinates: west, south, east, north."""
        x, y = self.ground(np.array([0.0, self.width, 0, self.width]), np.array([0.0, 0, self.height, self.height]))
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return longitude and latitude, WGS 84, of columns and rows."""
        lon, lat = Transformer.from_crs(self.crs, 4326, always_xy=True).transform(*self.ground(x, y))
        return np.asarray(lon), np.asarray(lat)

    def areas_m2(self) -> Floats:
        """Return the ground area of a pixel of each row, at the middle column, as on the ellipsoid."""
        rows = np.unique(np.linspace(0, self.height - 1, _ROWS).astype(int))
        x = self.width // 2 + np.array([0.0, 0, 1, 1])
        corners = [self.degrees(x, row + np.array([0.0, 1, 1, 0])) for row in rows]
        areas = [abs(EARTH.polygon_area_perimeter(lon, lat)[0]) for lon, lat in corners]
        return np.interp(np.arange(self.height), rows, areas)

    @property
    def pixel_m(self) -> float:
        """How far apart neighbours lie on the ground, in metres, in the middle."""
        return float(np.sqrt(self.areas_m2()[self.height // 2]))


def _placed(by: Affine, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return by.a * x + by.b * y + by.c, by.d * x + by.e * y + by.f
