"""The raster of a method's statistic, written window by window, then put in place as one of our own rasters."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import DatasetWriter
from rasterio.windows import Window as RasterWindow

from layers.errors import Unwritable
from layers.imagery import kept
from layers.imagery.change.grid import Grid
from layers.imagery.change.method import Floats
from layers.imagery.change.windows import Asked, Window, heeded
from layers.imagery.written import TILE

_LOOKS_EVERY_S = 0.05
#: So many low bits of a value are rounded away: one part in 4,096 is finer than any statistic means, and packs much smaller.
_ROUNDED_BITS = 12
_ROOT = Path(__file__).resolve().parents[3]


def rounded(values: Floats) -> Floats:
    """Return values to one part in 4,096 (``rounded(np.float32([0.1]))`` is 0.09998 to 0.10002); NaN stays NaN."""
    bits = np.ascontiguousarray(values, np.float32).view(np.int32) + np.int32(1 << _ROUNDED_BITS - 1)
    bits &= np.int32(-(1 << _ROUNDED_BITS))
    return bits.view(np.float32)


class Statistic:
    """A raster of the statistic under way, in a folder of its own beside where it will lie."""

    def __init__(self, raster: DatasetWriter, grid: Grid, out: Path) -> None:
        self.grid, self._raster, self._out = grid, raster, out

    def write(self, window: Window, values: Floats) -> None:
        """Write the values of a window."""
        self._raster.write(values, 1, window=RasterWindow(window.column, window.row, window.columns, window.rows))

    def place(self, cancelled: Asked | None) -> None:
        """Put the raster in its place, whole, tiled and with overviews.

        Raises
        ------
        Stopped
            ``cancelled`` said so.
        Unwritable
            It cannot be written; is the disk full?
        """
        self._raster.close()
        path = Path(self._raster.name)
        whole = path.with_name("whole.tif")
        command = [sys.executable, "-m", "layers.imagery.encode", str(path), str(whole)]
        # GDAL cannot be told to stop in the middle, a process can.
        with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                while child.poll() is None:
                    heeded(cancelled)
                    time.sleep(_LOOKS_EVERY_S)
            finally:
                child.kill()
        if child.returncode:
            raise Unwritable(f"The raster {self._out.name} could not be written. Is the disk full? Make room and compare again.")
        whole.replace(self._out)


@contextmanager
def statistic(out: Path, grid: Grid) -> Iterator[Statistic]:
    """Begin a raster on a grid; what was not put in place when the block ends is gone."""
    shape = {"crs": grid.crs, "transform": grid.transform, "width": grid.width, "height": grid.height}
    tiles = {"tiled": True, "blockxsize": TILE, "blockysize": TILE, "sparse_ok": True, "bigtiff": "if_safer"}
    with kept.room(out.parent) as folder:
        path = Path(folder).resolve() / "statistic.tif"
        with rasterio.open(path, "w", driver="GTiff", dtype="float32", count=1, nodata=float("nan"), **shape, **tiles) as raster:
            yield Statistic(raster, grid, out)
