"""Pairs of scenes for tests: written as rasters, with a plain method of change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import Affine, from_origin
from scipy import ndimage

from layers.imagery.change.method import Fitted, Floats, Kind, Marks, Method, Pair
from layers.imagery.scene import Role, Scene

SYRIA = "EPSG:32637"
TEN = from_origin(300_000, 3_700_000, 10, 10)
FIRST, SECOND = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 4, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """How a test's raster is written."""

    crs: str = SYRIA
    transform: Affine = TEN
    nodata: float | None = None


def scene(
    path: Path, pixels: npt.NDArray[np.generic], bands: Sequence[Role], when: datetime, how: Written | None = None
) -> Scene:
    """Write bands as a tiled raster and return it as a scene."""
    how = how or Written()
    count, height, width = pixels.shape
    shape = {"count": count, "height": height, "width": width, "dtype": pixels.dtype, "nodata": how.nodata}
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 64, "interleave": "pixel", "compress": "deflate"}
    with rasterio.open(path, "w", driver="GTiff", crs=how.crs, transform=how.transform, **shape, **tiles) as out:
        out.write(pixels)
    return Scene(path, "optical", tuple(bands), when)


def pair(folder: Path, before: npt.NDArray[np.generic], after: npt.NDArray[np.generic]) -> tuple[Scene, Scene]:
    """Write two scenes of red bands, a month apart."""
    return scene(folder / "before.tif", before[None], ["red"], FIRST), scene(folder / "after.tif", after[None], ["red"], SECOND)


def texture(height: int, width: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Return ground of soft spots, about 1,000, spread 200."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), 1.5)
    return (1000 + 200 * noise / noise.std()).astype(np.float32)


def difference(cut: float, *, blur: int = 1) -> Method:
    """Return a method that marks where the mean of a square around rose (1) or fell (2) by more than ``cut``."""

    def marks(pair: Pair) -> Marks:
        rise = ndimage.uniform_filter(pair.after[0] - pair.before[0], blur, mode="nearest")
        classes = np.select([rise > cut, rise < -cut], [1, 2]).astype(np.uint8)
        return Marks(np.abs(rise), classes)

    def chance(values: Floats) -> Floats:
        return np.exp(-values / np.float32(cut))

    return Method(
        id="difference",
        title="Difference",
        version="1",
        says="For tests.",
        statistic="difference",
        unit="",
        kinds=(Kind("rose", "Rose"), Kind("fell", "Fell")),
        roles=lambda _before, _after: ("red",),
        fit=lambda _: Fitted(marks, chance, {"threshold": cut}, ("A test.",)),
        margin=blur // 2,
    )
