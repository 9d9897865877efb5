"""Which places a raster of ours tells of: where it has data, as far as its overview shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer

from layers.imagery.change.grid import Grid
from layers.imagery.written import CONFIG

#: Cells on the longer side of what is kept of a raster.
_CELLS = 512

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Covered:
    """Where a raster has data: its grid, and equal cells over it."""

    grid: Grid
    seen: Bools

    def covers(self, lon: Floats, lat: Floats) -> Bools:
        """Say which places, in WGS 84 degrees, lie in a cell with data."""
        placed = Transformer.from_crs(4326, self.grid.crs, always_xy=True).transform(lon, lat)
        east, north = (np.asarray(axis, np.float64) for axis in placed)
        if self.grid.crs.is_geographic:
            west = self.grid.bounds()[0]
            east = west + (east - west) % 360
        x, y = self.grid.pixels(east, north)
        rows, columns = self.seen.shape
        column, row = np.floor(x * columns / self.grid.width), np.floor(y * rows / self.grid.height)
        here = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        found = np.zeros(len(here), np.bool_)
        found[here] = self.seen[row[here].astype(np.int64), column[here].astype(np.int64)]
        return found


@lru_cache(32)
def covered(path: Path) -> Covered:
    """Return where a raster of ours has data. Its name is the digest of its content, so that it is read once."""
    with rasterio.Env(**CONFIG), rasterio.open(path, driver="GTiff") as raster:
        grid = Grid.of(raster)
        step = max(1.0, max(grid.width, grid.height) / _CELLS)
        shape = max(1, round(grid.height / step)), max(1, round(grid.width / step))
        return Covered(grid, raster.read_masks(1, out_shape=shape) > 0)
