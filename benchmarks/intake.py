"""How long a whole Sentinel-2 scene takes to come in, and what memory it needs: four bands of 10,980 × 10,980 pixels, 16 bits.

Ours begins with the upload and ends with our own COG in place: every block checked, decoded in the limited child, cleaned,
packed with its overviews, hashed. Beside it stand the floor, which is reading and decoding the upload once in windows, and
GDAL's own way, which copies the upload into a COG in one call and trusts whatever is in it. They take turns, each in a process
of its own. The scene is made of waves and noise, in a temporary folder that is removed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from common import ROOT, arguments, median, said

_TURNS = 3
_SIDE = 10_980
_BANDS = ("blue", "green", "red", "nir")


def main() -> None:
    side: int = arguments(__doc__, rows=_SIDE).rows
    told: dict[str, list[dict[str, float]]] = {who: [] for who in ("taken", "decoded", "copied")}
    with tempfile.TemporaryDirectory(prefix="greenline-intake-") as folder:
        upload = Path(folder) / "upload.tif"
        _alone("made", upload, side)
        for turn in range(_TURNS):
            for who in sorted(told, reverse=bool(turn % 2)):
                told[who].append(_alone(who, upload, side))
    what = f"a scene of 4 × {side:,}² pixels of 16 bits"
    ours, floor, peer = told["taken"], told["decoded"], told["copied"]
    said(f"{what}: read what it says", "", f"{_middle(ours, 'header'):.2f} s")
    said(f"{what}: taken in", "", f"{_figure(ours)}; {ours[0]['size']:.0f} MB of {ours[0]['upload']:.0f} MB")
    said("the same: peak of resident memory of the child", "", f"{max(one['peak'] for one in ours):.0f} MB")
    said("the same ÷ reading and decoding it once", "", f"{_middle(ours, 'took') / _middle(floor, 'took'):.1f}; {_figure(floor)}")
    said(
        "the same ÷ GDAL's copy to a COG, unchecked", "", f"{_middle(ours, 'took') / _middle(peer, 'took'):.2f}; {_figure(peer)}"
    )


def _figure(told: list[dict[str, float]]) -> str:
    took = [one["took"] for one in told]
    return f"{median(took):.1f} s ({min(took):.1f}–{max(took):.1f})"


def _middle(told: list[dict[str, float]], name: str) -> float:
    return median([one[name] for one in told])


def _alone(who: str, upload: Path, side: int) -> dict[str, float]:
    """Do one thing in a process of its own; return what it says."""
    command = [sys.executable, __file__, "alone", who, str(upload), str(side)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def made(upload: Path, side: int) -> dict[str, float]:
    """Write a scene as its makers do: tiles of 512 pixels, deflated."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    shape = {"width": side, "height": side, "count": 4, "dtype": "uint16", "crs": "EPSG:32636"}
    tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "predictor": 2, "zlevel": 1}
    rng = np.random.default_rng(1)
    with rasterio.open(upload, "w", driver="GTiff", transform=from_origin(6e5, 4e6, 10, 10), **shape, **tiles) as out:
        for top in range(0, side, 512):
            high = min(512, side - top)
            rows, columns = np.arange(top, top + high)[:, None], np.arange(side)[None]
            waves = 1500 + 700 * np.sin(rows / 90) * np.cos(columns / 130) + 300 * np.sin((rows + columns) / 17)
            for band in range(4):
                noisy = waves * (0.6 + 0.2 * band) + rng.normal(0, 60, (high, side))
                out.write(noisy.clip(1, 65_535).astype("uint16"), band + 1, window=Window(0, top, side, high))
    return {}


def taken(upload: Path, side: int) -> dict[str, float]:
    """Take the upload in as a mission does."""
    sys.path.insert(0, str(ROOT))
    from layers.imagery.header import read
    from layers.imagery.intake import Answers, take

    began = time.perf_counter()
    read(upload, upload.name)
    header = time.perf_counter() - began
    answers = Answers(datetime(2026, 1, 1, tzinfo=UTC), "sentinel2", _BANDS, scale=1e-4)
    with tempfile.TemporaryDirectory(dir=upload.parent) as folder:
        began = time.perf_counter()
        kept = take(upload, Path(folder), answers)
        took = time.perf_counter() - began
        size = kept.path.stat().st_size
    if (kept.width, kept.valid_share) != (side, 1.0):
        raise SystemExit(f"{kept} is not what was to be taken in")
    return {
        "took": took,
        "header": header,
        "peak": kept.peak_bytes / 1e6,
        "size": size / 1e6,
        "upload": upload.stat().st_size / 1e6,
    }


def decoded(upload: Path, side: int) -> dict[str, float]:
    """Read every block once and throw it away."""
    import rasterio

    began, met = time.perf_counter(), 0
    with rasterio.Env(GDAL_CACHEMAX=64_000_000), rasterio.open(upload) as scene:
        for _, window in scene.block_windows(1):
            met += scene.read(window=window)[0].size
    if met != side * side:
        raise SystemExit(f"{met:,} pixels were read of {side * side:,}")
    return {"took": time.perf_counter() - began}


def copied(upload: Path, _side: int) -> dict[str, float]:
    """Copy the upload into a COG with the same packing, as GDAL does it in one call."""
    import rasterio
    import rasterio.shutil

    options = {"compress": "ZSTD", "level": 1, "predictor": "YES", "blocksize": 512, "num_threads": 2}
    with tempfile.TemporaryDirectory(dir=upload.parent) as folder:
        began = time.perf_counter()
        with rasterio.Env(GDAL_CACHEMAX=64_000_000):
            rasterio.shutil.copy(upload, Path(folder) / "copy.tif", driver="COG", overview_resampling="AVERAGE", **options)
        return {"took": time.perf_counter() - began}


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        of = {"made": made, "taken": taken, "decoded": decoded, "copied": copied}[sys.argv[2]]
        print(json.dumps(of(Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
