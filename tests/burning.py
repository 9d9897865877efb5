"""Small scenes for tests: the same ground before and after, a patch of which burned."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rasterio.transform import from_origin

from layers.desk import Described, Desk
from layers.desk.added import answered
from layers.imagery.written import written

BEFORE = datetime(2025, 12, 20, 8, 18, tzinfo=UTC)
AFTER = datetime(2025, 12, 30, 8, 18, tzinfo=UTC)
ROLES = ("red", "nir", "swir1", "swir2")
SIZE, PIXEL_M = 128, 20.0
#: Rows and columns of the patch.
BURNED = (slice(50, 70), slice(60, 90))
_EAST, _NORTH, _CRS = 300_000.0, 7_790_000.0, "EPSG:32741"


def pixels(*, burned: bool, seed: int = 1) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint16]]:
    """Return reflectance × 10,000 of four bands of one ground, speckled by a seed of its own for each date."""
    ground = np.random.default_rng(7)
    plots = np.kron(ground.integers(0, 5, (SIZE // 8, SIZE // 8)), np.ones((8, 8), np.int64))
    kinds = np.array(
        [
            [900, 3200, 2100, 1100],
            [1200, 2800, 2500, 1500],
            [700, 3800, 1800, 800],
            [1500, 2600, 2800, 1900],
            [1000, 3000, 2300, 1300],
        ]
    )
    whole = np.moveaxis(kinds[plots], -1, 0).astype(np.float64)
    if burned:
        whole[(slice(None), *BURNED)] = np.array([700, 900, 2200, 2900])[:, None, None]
    return np.rint(whole * np.random.default_rng(seed + burned).normal(1, 0.01, whole.shape)).astype(np.uint16)


def scene_file(path: Path, *, burned: bool, times: int = 1) -> Path:
    """Write one of the two scenes as a GeoTIFF, its pixels so many times beside and under each other."""
    grid = from_origin(_EAST, _NORTH, PIXEL_M, PIXEL_M)
    written(path, np.tile(pixels(burned=burned), (1, times, times)), _CRS, grid, descriptions=ROLES)
    return path


def added(desk: Desk, folder: Path, *, marking: str = "UNCLASSIFIED", times: int = 1) -> tuple[str, str]:
    """Add the two scenes at a desk; return their digests, before and after."""
    found = []
    for name, burned, when in (("Before", False, BEFORE), ("After", True, AFTER)):
        path = scene_file(folder / f"{name.lower()}.tif", burned=burned, times=times)
        said = {"acquired_at": when, "sensor": "sentinel2", "bands": ROLES, "scale": 1e-4, "offset": 0.0, "decibels": False}
        answers = answered(desk.read_scene(path, path.name), said)
        found.append(desk.add_scene(path, answers, Described(name, "test", marking), name=path.name).digest)
    return found[0], found[1]
