"""Scenes for tests: small GeoTIFFs of every kind, and one whose every byte is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import from_origin

from layers.imagery.intake import Answers

NOW = datetime(2020, 10, 12, 8, 18, 31, tzinfo=UTC)
PLACE = from_origin(600_000, 4_000_020, 10, 10)
RGB = ("red", "green", "blue")


def pixels(bands: int = 3, side: int = 96, dtype: str = "uint16", seed: int = 1) -> npt.NDArray[Any]:
    """Return numbers from 1 to 200 in smooth waves."""
    rows, columns = np.mgrid[:side, :side]
    made = [100 + 90 * np.sin(rows / (5 + n + seed)) * np.cos(columns / (7 + n)) for n in range(bands)]
    return np.stack(made).astype(dtype)


def geotiff(path: Path, array: npt.NDArray[Any], **more: Any) -> Path:
    """Write an array as a GeoTIFF near 36° north; ``more`` are options of GDAL, ``tags`` and ``descriptions`` its texts."""
    tags, descriptions = more.pop("tags", {}), more.pop("descriptions", ())
    count, height, width = array.shape
    profile = {"crs": "EPSG:32636", "transform": PLACE, "width": width, "height": height, "count": count}
    with rasterio.open(path, "w", driver="GTiff", dtype=array.dtype.name, **(profile | more)) as out:
        out.write(array)
        out.update_tags(**tags)
        for number, said in enumerate(descriptions, 1):
            out.set_band_description(number, said)
    return path


def answers(bands: Sequence[str] = RGB, **more: Any) -> Answers:
    """Return answers for a scene of these bands."""
    return Answers(**({"acquired_at": NOW, "sensor": "optical", "bands": tuple(bands)} | more))


def held(path: Path) -> npt.NDArray[Any]:
    """Return all pixels of a raster as numpy reads them."""
    with rasterio.open(path) as scene:
        return np.asarray(scene.read())
