"""The limited child: opens one upload as GeoTIFF, tells what it says of itself, or copies its pixels into a COG of ours.

Run as a process of its own. It gets a ceiling on memory, time and written bytes before a decoder sees a byte, and no road to
the network; its GDAL has no driver but those of GeoTIFF.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from layers.ceiling import barred, limited
from layers.imagery import pixels, stated, structure
from layers.imagery.structure import Broken
from layers.imagery.written import CONFIG, own

MEMORY = 2_000_000_000
#: Seconds of processor: for the header, and on top for each gigabyte of pixels.
SECONDS, SECONDS_EACH_GB = 60, 300
#: All that this child's GDAL may open or write.
DRIVERS = frozenset({"GTiff", "COG", "MEM"})
#: Bytes of one file it may write for each byte of pixels, since whole numbers may become wider ones; and on top.
WRITTEN = 5
_ROOM = 100_000_000

Told = dict[str, Any]


def main(asked: str) -> None:
    """Do what a JSON text asks for, and say on stdout what was found, as one JSON line."""
    job: Told = json.loads(asked)
    try:
        decoded, own_tag = structure.checked(Path(job["path"]), job["limits"])
        limited(MEMORY, SECONDS + SECONDS_EACH_GB * decoded // 1_000_000_000, WRITTEN * decoded + _ROOM)
        told = _opened(job, own_tag)
    except Broken as fault:
        told = {"refused": str(fault)}
    print(json.dumps(told | {"peak_bytes": peak()}))


def peak() -> int:
    """Return the most memory this process has held, as Linux tells it; 0 elsewhere.

    ``getrusage`` would tell the peak of the process that started this one where that was higher.
    """
    with contextlib.suppress(OSError):
        if found := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii")):
            return int(found[1]) * 1024
    return 0


def _opened(job: Told, own_tag: bytes) -> Told:
    with rasterio.Env(**CONFIG) as env:
        barred(env.drivers(), DRIVERS)
        try:
            with rasterio.open(job["path"], driver="GTiff", OVERVIEW_LEVEL="NONE", sharing=False) as scene:
                told = stated.of(scene, job["limits"], own_tag)
                if "answers" not in job:
                    return told
                told |= pixels.copied(scene, Path(job["clean"]), job["answers"], Path(job["progress"]))
        except (RasterioError, CPLE_BaseError):
            raise Broken("is damaged or cut short, so that it cannot be read to its end; send it again") from None
        try:
            own(Path(job["clean"]), Path(job["out"]), codes=job["answers"]["codes"])
        except (RasterioError, CPLE_BaseError):
            raise Broken("cannot be written as a scene of ours; see that the disk has room, and send it again") from None
    return told


if __name__ == "__main__":
    main(sys.argv[1])
