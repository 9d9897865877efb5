"""A scene laid into a box of another projection, coloured by a look: what lies under a map on paper."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from scipy.ndimage import binary_erosion

from layers.imagery.looks import Look
from layers.imagery.scene import Scene
from layers.imagery.tile import Box, coloured, lit, reach
from layers.imagery.written import CONFIG


def laid(scene: Scene, look: Look, crs: str, bounds: Box, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the pixels of a box, red, green, blue and alpha, (rows, columns, 4), the first row in the north; alpha is 0 without data.

    Parameters
    ----------
    scene : Scene
        One of our own rasters.
    look : Look
        One of ``looks(scene.bands)``.
    crs : str
        The box's projection, in metres.
    bounds : tuple of float
        West, south, east and north in it.
    shape : (rows, columns)
    """
    around = 1 if look.kind == "hillshade" else 0
    west, south, east, north = bounds
    side = ((east - west) / shape[1], (north - south) / shape[0])
    wide = (west - around * side[0], south - around * side[1], east + around * side[0], north + around * side[1])
    rows, columns = shape[0] + 2 * around, shape[1] + 2 * around
    options = {"crs": crs, "transform": from_bounds(*wide, columns, rows), "width": columns, "height": rows}
    # The map's pixels are longer than the ground's by the secant of the latitude: the overview is never coarser than the box's.
    with (
        rasterio.Env(**CONFIG),
        rasterio.open(scene.path, driver="GTiff", **reach(scene.path).overview(min(side))) as held,
        WarpedVRT(held, resampling=Resampling.bilinear, add_alpha=held.nodata is None, **options) as warped,
    ):
        values = warped.read([scene.band(role) for role in look.roles], out_dtype="float32")
        seen = warped.dataset_mask() > 0
    if look.kind == "hillshade":
        # What lies beside a pixel without data has no slope.
        values, seen = lit(values[0], float(np.mean(side)))[None], binary_erosion(seen, np.ones((3, 3)))[1:-1, 1:-1]
    seen = seen & np.isfinite(values).all(axis=0)
    colours = coloured(scene, look, np.where(seen, values, 0))
    return np.concatenate([np.moveaxis(colours, 0, 2), np.where(seen, np.uint8(255), np.uint8(0))[..., None]], axis=2)
