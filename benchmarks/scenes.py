"""How long a map tile of a scene takes to draw: a COG of ours of four bands of 10,980 × 10,980 pixels, 16 bits.

Tiles are drawn in this process as a request draws them, at every zoom from the whole scene to its own pixels, each look in
turn, none of them twice and none from the mission's cache; the first hundred warm the process up. Beside it stands a tile that
the mission's cache holds, and what the browser has already, which is neither drawn nor read.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from common import ROOT, arguments, median, said
from imagery import make

sys.path.insert(0, str(ROOT))

from rio_tiler.io import Reader

from layers.desk.drawn import Drawn
from layers.imagery.looks import looks
from layers.imagery.scene import Role, Scene
from layers.imagery.tile import tile

_SIDE = 10_980
_BANDS: tuple[Role, ...] = ("blue", "green", "red", "nir")
_WARM, _TILES = 100, 600


def main() -> None:
    side: int = arguments(__doc__, rows=_SIDE).rows
    with tempfile.TemporaryDirectory(prefix="greenline-scenes-") as folder:
        make(Path(folder), side)
        scene = Scene(Path(folder) / "0.tif", "sentinel2", _BANDS, datetime(2026, 1, 1, tzinfo=UTC), 1e-4)
        at, chosen = places(scene.path), looks(_BANDS)
        took = [clocked(lambda n=n: tile(scene, chosen[n % len(chosen)], *at[n])) for n in range(_WARM + _TILES)]  # type: ignore[misc]
        warm = np.sort(took[_WARM:])
        said(
            "tile of a scene, p95",
            "≤ 100 ms",
            f"{1000 * warm[int(0.95 * len(warm))]:.0f} ms (median {1000 * median(list(warm)):.0f})",
        )
        kept = Drawn(Path(folder) / "tiles")
        body = tile(scene, chosen[0], *at[0]) or b""
        kept.drawn("one", lambda: body)
        again = [clocked(lambda: kept.drawn("one", lambda: body)) for _ in range(200)]
        said("the same from the mission's cache, median", "", f"{1000 * median(again):.2f} ms")


def places(path: Path) -> list[tuple[int, int, int]]:
    """Return tiles of the scene, from far to near and over again, in an order of chance."""
    with Reader(str(path)) as reader:
        west, south, east, north = reader.get_geographic_bounds(reader.tms.rasterio_geographic_crs)
        zooms = range(reader.minzoom, reader.maxzoom + 1)
    rng, found = np.random.default_rng(1), []
    for n in range(_WARM + _TILES):
        z = zooms[n % len(zooms)]
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
        found.append((z, int((lon + 180) / 360 * 2**z), int(y * 2**z)))
    return found


def clocked(act: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
