"""Encodes a raster that we wrote as a COG of ours, as a process, which can be stopped where GDAL cannot: from, to."""

from __future__ import annotations

import sys
from pathlib import Path

from layers.imagery.written import own

if __name__ == "__main__":
    own(Path(sys.argv[1]), Path(sys.argv[2]))
