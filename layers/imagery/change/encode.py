"""Encodes a raster that we wrote as one of our own, in a process that can be stopped. Run with two paths: from, to."""

from __future__ import annotations

import sys
from pathlib import Path

import rasterio
import rasterio.shutil


def own(source: Path, out: Path) -> None:
    part = source.with_name("whole.tif")
    rasterio.shutil.copy(
        source,
        part,
        driver="COG",
        COMPRESS="ZSTD",
        LEVEL=1,
        PREDICTOR="YES",
        BLOCKSIZE=512,
        OVERVIEW_RESAMPLING="AVERAGE",
        BIGTIFF="IF_SAFER",
        NUM_THREADS=2,
    )
    part.replace(out)


if __name__ == "__main__":
    own(Path(sys.argv[1]), Path(sys.argv[2]))
