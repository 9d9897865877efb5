"""How long a comparison of two scenes takes beside reading and decoding them, in which memory, and beside whole arrays.

Two dates of four bands of 10,980 × 10,980 pixels, as COGs of ours, are made in the temporary folder and removed. Each way runs
in a process of its own, all read the same files from the system's cache, and the two worth comparing take turns.

The peer is IR-MAD on whole arrays as it is published, every step over every pixel. It is given a quarter of each side's
square and its time is taken four times, for the whole would need more memory than most machines have.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from common import ROOT, arguments, median, said
from rasterio.transform import from_origin
from rasterio.windows import Window as RasterWindow
from scipy import ndimage

sys.path.insert(0, str(ROOT))

from layers.imagery.change.irmad import METHOD
from layers.imagery.change.pair import Source, opened
from layers.imagery.change.run import Wanted, compared, learned, marked, paired
from layers.imagery.change.windows import Window, in_order, windows
from layers.imagery.scene import Role, Scene
from layers.imagery.written import own

_SIDE = 10_980
_TURNS = 3
_BANDS: tuple[Role, ...] = ("blue", "green", "red", "nir")
_WANTED = Wanted(900)
_COARSE, _NOISE = 6, 2048
_STEPS = 30
_LOOKS_EVERY_S = 0.02

Answer = dict[str, float]


def main() -> None:
    side = arguments(__doc__, rows=_SIDE).rows
    with tempfile.TemporaryDirectory(prefix="greenline-imagery-") as folder:
        need, free = 3 * 2 * side * side * len(_BANDS) * 2, shutil.disk_usage(folder).free
        if free < need:
            raise SystemExit(
                f"the pair needs {need / 1e9:.0f} GB in {folder}, free are {free / 1e9:.0f} GB; set TMPDIR elsewhere"
            )
        make(Path(folder), side)
        told: dict[str, list[Answer]] = {"floor": [], "again": [], "map": [], "road": []}
        for _ in range(_TURNS):
            for who, answers in told.items():
                answers.append(beside(who, Path(folder), side))
        report(told, beside("whole", Path(folder), side // 2))


def report(told: dict[str, list[Answer]], whole: Answer) -> None:
    """Print the promises' lines; ratios are of ways that ran one after the other."""
    for who, name, bound, most in (("map", "change map", "≤ 1.8", 400), ("road", "the full road", "≤ 5", 700)):
        took = median([one["took"] for one in told[who]])
        said(f"{name} ÷ reading and decoding", bound, f"{over(told, who, 'floor')}; {took:.1f} s")
        said(f"{name} ÷ the same into memory used again", "", over(told, who, "again"))
        said(f"{name}, peak memory", f"≤ {most} MB", f"{max(one['peak'] for one in told[who]):.0f} MB")
    floors = (median([one["took"] for one in told[who]]) for who in ("floor", "again"))
    said("reading and decoding, into fresh memory / used again", "", " / ".join(f"{took:.1f} s" for took in floors))
    took, used = (median([one[name] for one in told["map"]]) for name in ("took", "used"))
    ratios = f"{4 * whole['took'] / took:.1f}×; {4 * whole['used'] / used:.1f}× the processor"
    said("whole-array numpy ÷ change map", "≥ 5×", f"{ratios} (a quarter took {whole['took']:.1f} s)")
    said("whole-array numpy, peak memory of a quarter", "", f"{whole['peak']:.0f} MB")
    said("outlines", "", f"{told['road'][0]['outlines']:,.0f}")


def over(told: dict[str, list[Answer]], who: str, base: str) -> str:
    """Return in words how many times as long one way took as another, by the clock and by the processor."""
    ratios = [
        median([one[name] / other[name] for one, other in zip(told[who], told[base], strict=True)]) for name in ("took", "used")
    ]
    return f"{ratios[0]:.2f}× by the clock, {ratios[1]:.2f}× of the processor"


def beside(who: str, folder: Path, side: int) -> Answer:
    """Run one way in a process of its own; return what it says."""
    command = [sys.executable, __file__, "alone", who, str(folder), str(side)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def alone(who: str, folder: Path, side: int) -> None:
    """Run one way and say how long it took."""
    scenes = tuple(
        Scene(folder / f"{date}.tif", "sentinel2", _BANDS, datetime(2026, 3 + date, 1, tzinfo=UTC), 1e-4) for date in (0, 1)
    )
    ways = {"floor": floor, "again": again, "map": change_map, "road": road, "whole": lambda *pair: whole(*pair, side)}
    with watched() as peak:
        began, used = time.perf_counter(), spent()
        outlines = ways[who](*scenes)
        took, used = time.perf_counter() - began, spent() - used
        print(json.dumps({"took": took, "used": used, "outlines": outlines, "peak": peak()}))


def floor(before: Scene, after: Scene) -> int:
    """Read and decode what a comparison reads, in as many threads, as rasterio gives it, and do nothing with it."""
    return through(before, after, lambda source, window: decoded(source, window, None))


def again(before: Scene, after: Scene) -> int:
    """Read and decode the same into memory that is used again, as a comparison does."""
    rooms: dict[int, npt.NDArray[np.uint16]] = {}

    def into(source: Source, window: Window) -> None:
        room = rooms.setdefault(id(source), np.empty((len(_BANDS), _WANTED.window_px, _WANTED.window_px), np.uint16))
        decoded(source, window, room[:, : window.rows, : window.columns])

    return through(before, after, into)


def decoded(source: Source, window: Window, out: npt.NDArray[np.uint16] | None) -> None:
    where = RasterWindow(window.column, window.row, window.columns, window.rows)
    source.values.read(list(range(1, len(_BANDS) + 1)), window=where, out=out)


def through(before: Scene, after: Scene, read: Callable[[Source, Window], object]) -> int:
    with opened(before, after, _BANDS, _WANTED.threads) as pair:

        def one(window: Window) -> None:
            with pair.lent() as sources:
                read(sources.before, window)
                read(sources.after, window)

        every = windows(pair.grid.height, pair.grid.width, _WANTED.window_px)
        deque(in_order(one, every, threads=_WANTED.threads), maxlen=0)
    return 0


def change_map(before: Scene, after: Scene) -> int:
    """Learn and apply: the classes of every pixel, as runs."""
    with paired(before, after, METHOD, _WANTED) as pair:
        _, fitted = learned(pair, METHOD, _WANTED)
        return len([mark.runs for mark in marked(pair, METHOD, fitted, _WANTED)]) and 0


def road(before: Scene, after: Scene) -> int:
    """Learn, apply, sieve, outline with attributes, and write the raster of the statistic."""
    return len(compared(before, after, METHOD, wanted=_WANTED, out=before.path.with_name("statistic.tif")).outlines)


def whole(before: Scene, after: Scene, side: int) -> int:
    """Compare whole arrays, every step of the iteration over every pixel."""
    x, y = (whole_array(scene.path, side) for scene in (before, after))
    weight, last = np.ones(x.shape[1], np.float32), np.zeros(len(x))
    for _ in range(_STEPS):
        total = weight.sum(dtype=np.float64)
        a, b = (one - (one @ weight / total)[:, None] for one in (x, y))
        xx, yy, xy = ((one * weight) @ other.T / total for one, other in ((a, a), (b, b), (a, b)))
        size, u = np.linalg.eig(np.linalg.solve(xx, xy) @ np.linalg.solve(yy, xy.T))
        u = u.real / np.sqrt(np.einsum("ij,ik,kj->j", u.real, xx, u.real))
        rho = np.sqrt(np.clip(size.real, 1e-9, 1 - 1e-9))
        v = np.linalg.solve(yy, xy.T @ u) / rho
        mad = u.T.astype(np.float32) @ a - v.T.astype(np.float32) @ b
        chi = (mad**2 / (2 * (1 - rho))[:, None].astype(np.float32)).sum(axis=0)
        weight = (1 + chi / 2) * np.exp(-chi / 2)
        if np.abs(np.sort(rho) - last).max() < 1e-3:
            break
        last = np.sort(rho)
    return int((np.sqrt(chi) > 5).sum() < 0)


def whole_array(path: Path, side: int) -> npt.NDArray[np.float32]:
    with rasterio.open(path) as raster:
        stored = raster.read(window=RasterWindow(0, 0, side, side))
    return stored.reshape(len(stored), -1).astype(np.float32) * np.float32(1e-4)


def make(folder: Path, side: int) -> None:
    """Make the pair: fields, soft ground and a sensor's noise, one pixel in a hundred changed in patches; COGs of ours."""
    dice = np.random.default_rng(11)
    coarse = side // _COARSE + 2
    soft = [sum(_soft(dice, coarse, spread) * spread**0.5 for spread in (1.5, 6, 40)) for _ in range(2)]
    fields = [ndimage.zoom(dice.normal(size=(coarse // 12 + 1,) * 2), 12, order=0)[:coarse, :coarse] for _ in range(2)]
    spots = _soft(dice, coarse, 3.0)
    changed = np.where(spots > np.quantile(spots, 0.99), -600, 0)
    noise = dice.normal(0, 9, (8, _NOISE, _NOISE)).astype(np.float32)
    for date in (0, 1):
        # Two kinds of ground, which each band shows in its own share.
        grounds = [1500 + 130 * one + 220 * two for one, two in zip(soft, fields, strict=True)]
        seen = [(1 + 0.05 * date) * ((1 - share) * grounds[0] + share * grounds[1]) for share in (0.2, 0.35, 0.5, 0.9)]
        _write(folder, date, np.stack(seen).astype(np.float32) + np.float32(date) * changed, noise, side)


def _soft(dice: np.random.Generator, size: int, spread: float) -> npt.NDArray[np.float64]:
    field = ndimage.gaussian_filter(dice.normal(size=(size, size)), spread, mode="wrap")
    return np.asarray(field / field.std())


def _write(folder: Path, date: int, ground: npt.NDArray[np.float32], noise: npt.NDArray[np.float32], side: int) -> None:
    plain, tall = folder / "plain.tif", 48 * _COARSE
    shape = {"count": len(_BANDS), "height": side, "width": side, "dtype": "uint16", "crs": "EPSG:32637", "nodata": 0}
    place = from_origin(300_000, 3_700_000, 10, 10)
    dice = np.random.default_rng(date)
    with rasterio.open(plain, "w", driver="GTiff", transform=place, tiled=True, interleave="pixel", **shape) as out:
        for row in range(0, side, tall):
            for band, whole_ground in enumerate(ground):
                rows = whole_ground[row // _COARSE : (row + tall) // _COARSE + 2]
                fine = ndimage.zoom(rows, (_COARSE, _COARSE), order=1, grid_mode=True, mode="nearest")
                fine = fine[: min(tall, side - row), :side]
                grain = np.tile(noise[band + 4 * date], (1, side // _NOISE + 1))[:, :side]
                grain = np.roll(grain, int(dice.integers(_NOISE)), axis=0)[: len(fine)]
                values = fine + grain
                where = RasterWindow(0, row, side, len(fine))
                out.write(values.clip(1, 65535).astype(np.uint16), band + 1, window=where)
    own(plain, folder / f"{date}.tif")
    plain.unlink()


def spent() -> float:
    """Return the seconds of processor that this process and its children took."""
    return sum(os.times()[:4])


@contextmanager
def watched() -> Iterator[Callable[[], float]]:
    """Look all along at the children of this process; give what says the most memory that it and a child each held, in MB.

    What the system tells of children that have ended begins before they are another program, with their parent's memory.
    """
    most, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(_LOOKS_EVERY_S):
            most[0] = max(most[0], *children_mb(), 0.0)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lambda: held_mb("self") + most[0]
    finally:
        done.set()
        thread.join()


def children_mb() -> Iterator[float]:
    """Yield the most memory each child of this process has held, of those that are another program by now."""
    ours = Path("/proc/self/cmdline").read_bytes()
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError, ValueError):
            for child in task.read_text(encoding="ascii").split():
                if Path(f"/proc/{child}/cmdline").read_bytes() not in (ours, b""):
                    yield held_mb(child)


def held_mb(process: str) -> float:
    """Return the most memory a process has held, in MB, as Linux tells it."""
    words = Path(f"/proc/{process}/status").read_text(encoding="ascii").split()
    return int(words[words.index("VmHWM:") + 1]) / 1e3


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
