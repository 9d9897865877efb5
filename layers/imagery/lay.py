"""How a raster of ours lies on the ground, as its own header says: what a catalogue tells of it beside what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import rasterio
from rasterio.errors import RasterioIOError

from layers.imagery.written import CONFIG


@dataclass(frozen=True, slots=True)
class Lay:
    """Pixels of a raster and where they lie.

    ``epsg`` is the code of its coordinate system, None where it has none; ``wkt`` tells it whole. ``transform`` leads from columns
    and rows to coordinates, six numbers row by row.
    """

    epsg: int | None
    wkt: str
    width: int
    height: int
    transform: tuple[float, ...]
    dtype: str
    nodata: float | None


def lay(path: Path) -> Lay:
    """Return how a raster of ours lies; an upload is never given to this."""
    with rasterio.Env(**CONFIG), rasterio.open(path, driver="GTiff") as held:
        transform = tuple(float(number) for number in held.transform[:6])
        return Lay(held.crs.to_epsg(), held.crs.to_wkt(), held.width, held.height, transform, held.dtypes[0], held.nodata)


def bands(path: Path) -> int:
    """Return how many bands a raster of ours has, 0 where it cannot be read."""
    return _bands(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4_096)
def _bands(path: Path, _written: int) -> int:
    try:
        with rasterio.Env(**CONFIG), rasterio.open(path, driver="GTiff") as held:
            return int(held.count)
    except RasterioIOError:
        return 0
