"""The relief of the exercise's country: it rises from the coast, and rivers lie in valleys."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from layers.exercise.country import country

#: Degrees on a side of a cell: about 550 m.
CELL = 0.005
#: What a cell of the sea holds.
SEA = -32_768
_KM = 1 / 111.0
_HIGHEST_M = 1_100.0

Heights = npt.NDArray[np.int16]


@lru_cache(maxsize=4)
def relief(seed: int) -> tuple[Heights, tuple[float, float, float, float], float]:
    """Return heights in metres, from the north west; the box in degrees; and what a cell of the sea holds."""
    land = country(seed)
    west, south, east, north = (round(side / CELL) * CELL for side in land.land.bounds)
    west, south, east, north = west - 2 * CELL, south - 2 * CELL, east + 2 * CELL, north + 2 * CELL
    columns, rows = round((east - west) / CELL), round((north - south) / CELL)
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * CELL, north - (np.arange(rows) + 0.5) * CELL)
    dry = shapely.contains_xy(land.land, x, y)
    coast = ndimage.distance_transform_edt(dry) * CELL / _KM
    wet = np.zeros((rows, columns), bool)
    for path in land.rivers:
        at = shapely.get_coordinates(shapely.segmentize(shapely.LineString(path), CELL / 4))
        down, over = ((north - at[:, 1]) / CELL).astype(np.int64), ((at[:, 0] - west) / CELL).astype(np.int64)
        wet[np.clip(down, 0, rows - 1), np.clip(over, 0, columns - 1)] = True
    river = ndimage.distance_transform_edt(~wet) * CELL / _KM
    hills = _hills((rows, columns), np.random.default_rng([seed, 9]))
    rise = _HIGHEST_M * (1 - np.exp(-coast / 35))
    height = rise * (0.15 + 0.85 * hills * (1 - np.exp(-river / 7)))
    return np.where(dry, np.maximum(np.round(height), 1), SEA).astype(np.int16), (west, south, east, north), float(SEA)


def _hills(shape: tuple[int, int], dice: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return hills from 0 to 1: ridged noise of doubling detail."""
    total, size = np.zeros(shape), 1.0
    for pixels in (40, 20, 10, 5, 2.5):
        part = ndimage.gaussian_filter(dice.normal(0, 1, shape), pixels)
        total += size * (1 - np.abs(part / part.std()) / 2)
        size *= 0.55
    low, high = np.percentile(total, (1, 99))
    return np.asarray(np.clip((total - low) / (high - low), 0, 1), np.float64)
