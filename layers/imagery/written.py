"""Rasters that we write ourselves: small GeoTIFFs of arrays, and the one form every raster of ours has, a COG."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.transform import Affine

#: What GDAL may do with any file: no side-cars, no other files, no network, little memory, in bytes.
CONFIG = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_CACHEMAX": 64_000_000,
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GTIFF_REPORT_COMPD_CS": "NO",
}
#: Pixels on a side of a tile.
TILE = 512
#: The codec of our own files.
PACKED = {"COMPRESS": "ZSTD", "LEVEL": 1, "PREDICTOR": "YES"}


def written(
    path: Path,
    pixels: npt.NDArray[np.generic],
    crs: str,
    transform: Affine,
    *,
    nodata: float | None = None,
    descriptions: Sequence[str] = (),
) -> None:
    """Write a GeoTIFF of an array.

    Parameters
    ----------
    path : Path
    pixels : ndarray
        Bands × rows × columns, of a type that GeoTIFF knows.
    crs : str
        Such as ``EPSG:32636``.
    transform : Affine
        From columns and rows to coordinates.
    nodata : float, optional
        What a pixel without data holds.
    descriptions : sequence of str
        Of each band.
    """
    count, height, width = pixels.shape
    shape = {"count": count, "height": height, "width": width, "dtype": pixels.dtype.name}
    packed = {"compress": "deflate", "predictor": 3 if pixels.dtype.kind == "f" else 2}
    tiles = {"tiled": True, "blockxsize": TILE, "blockysize": TILE} if min(width, height) >= TILE else {}
    with (
        rasterio.Env(**CONFIG),
        rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **shape, **packed, **tiles) as out,
    ):
        out.write(pixels)
        for number, said in enumerate(descriptions, 1):
            out.set_band_description(number, said)


def own(source: Path, out: Path, *, codes: bool = False) -> None:
    """Write a raster of ours as our own COG: tiles of 512 pixels, overviews, put in place whole.

    Parameters
    ----------
    source : Path
        A GeoTIFF that we wrote, an upload never; its overviews are made in it, where that is four times sooner.
    out : Path
        In a folder where we may write.
    codes : bool
        Its numbers are codes, so an overview takes one of four and not their mean.
    """
    part = out.with_name(f".{out.name}.part")
    options = {
        "BLOCKSIZE": TILE,
        "OVERVIEWS": "FORCE_USE_EXISTING",
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": min(4, os.cpu_count() or 1),
    }
    try:
        with rasterio.Env(**CONFIG, GDAL_TIFF_OVR_BLOCKSIZE=TILE):
            with rasterio.open(source, "r+", driver="GTiff") as scene:
                longest = max(scene.width, scene.height)
                levels = [2 << n for n in range(16) if longest > TILE << n]
                if levels:
                    scene.build_overviews(levels, Resampling.nearest if codes else Resampling.average)
            rasterio.shutil.copy(source, part, driver="COG", **PACKED, **options)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
