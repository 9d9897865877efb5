"""An upload given to the limited child: under a neutral name in an empty folder, watched, stopped when asked."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rasterio

from layers.config import SceneLimits
from layers.errors import Stopped, UnreadableFile
from layers.imagery import kept
from layers.imagery.child import DRIVERS

_ROOT = Path(__file__).resolve().parents[2]
#: Seconds of waiting at most: for the header, and on top for each gigabyte that may be. The child's own limit is tighter.
_PATIENCE_S, _PATIENCE_EACH_GB_S = 120, 600
_LOOKED_S = 0.05
#: The share of the work that reading is; the rest is writing overviews and packing.
_READ = 0.5
#: What is read of the child's answer: it may have been taken over by the file it read.
_ANSWER = 1_000_000

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who gets the share that is done, from 0 to 1, and who is asked now and then whether to stop."""

    progress: Callable[[float], None] | None = None
    cancelled: Callable[[], bool] | None = None


@contextmanager
def alone(path: Path, name: str, into: Path | None = None) -> Iterator[Path]:
    """Lay an upload, linked or copied, into an empty folder that lives as long, where no side-car can be near.

    Parameters
    ----------
    path : Path
        A regular file.
    name : str
        As the user knows it, for errors.
    into : Path, optional
        Where the folder is made.

    Raises
    ------
    UnreadableFile
        It is no file, or cannot be read.
    """
    with kept.room(into) as room:
        plain = Path(room) / "scene.tif"
        try:
            real = path.resolve(strict=True)
            if not stat.S_ISREG(real.stat().st_mode):
                raise UnreadableFile(f"{name} is no file; send a GeoTIFF")
            try:
                os.link(real, plain)
            except OSError:
                shutil.copyfile(real, plain)
        except (OSError, RuntimeError):
            # A ring of links is a RuntimeError to pathlib.
            raise UnreadableFile(f"{name} cannot be read: it is gone, closed to us, or the disk is full; send it again") from None
        yield plain


def told(job: Told, name: str, limits: SceneLimits, watch: Watch | None = None) -> Told:
    """Return what the child tells of the file at ``job["path"]``.

    Parameters
    ----------
    job : mapping
        With ``path``, in a folder of its own, where the child's words are kept as well.
    name : str
        As the user knows the file.
    limits : SceneLimits
    watch : Watch, optional
        Who is told how far it is, and who may stop it.

    Raises
    ------
    UnreadableFile
        The child refused the file, or failed on it.
    Stopped
        The watch said so.
    """
    room = Path(job["path"]).parent
    watch = watch or Watch()
    asked = {**job, "limits": asdict(limits), "progress": str(room / "progress")}
    said, wrong = room / "said", room / "wrong"
    with said.open("wb") as out, wrong.open("wb") as err:
        child = _started(json.dumps(asked), room, out.fileno(), err.fileno())
    try:
        patience = _PATIENCE_S + (_PATIENCE_EACH_GB_S * limits.decoded_bytes / 1e9 if "answers" in job else 0)
        _watched(child, room, name, patience, watch)
    finally:
        child.kill()
        child.wait()
    return _answer(child.returncode, said, wrong, name)


def _started(asked: str, room: Path, out: int, err: int) -> subprocess.Popen[bytes]:
    with rasterio.Env() as env:
        others = ",".join(sorted(set(env.drivers()) - DRIVERS))
    bare = {
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(room),
        "GDAL_SKIP": others,
        "PROJ_NETWORK": "OFF",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return subprocess.Popen(
        [sys.executable, "-E", "-s", "-m", "layers.imagery.child", asked],
        cwd=_ROOT,
        env=bare,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
    )


def _watched(child: subprocess.Popen[bytes], room: Path, name: str, patience: float, watch: Watch) -> None:
    """Wait for a child's end, telling how far it is, and look whether it is still wanted."""
    waited = share = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LOOKED_S)
            return
        waited += _LOOKED_S
        if watch.cancelled is not None and watch.cancelled():
            raise Stopped(f"{name} was not taken: it was stopped; send it again to take it")
        if waited > patience:
            raise UnreadableFile(f"{name} took longer than {patience:,.0f} s to read; cut it into parts")
        if watch.progress is not None:
            share = max(share, _share(room))
            watch.progress(share)


def _share(room: Path) -> float:
    """Return the share of the work that is done: what the child says it has read, then what it has written.

    What there is to write is not known before; it is taken to be as large as the upload, and a third more for overviews.
    """
    with suppress(OSError, ValueError):
        read = float((room / "progress").read_text(encoding="ascii")[:20])
        sizes = {path.name: path.stat().st_size for path in room.iterdir()}
        written = sum(size for name, size in sizes.items() if name.startswith(".made"))
        return _READ * min(1.0, max(0.0, read)) + (0.99 - _READ) * min(1.0, written / (sizes["scene.tif"] * 4 / 3))
    return 0.0


def _answer(code: int, said: Path, wrong: Path, name: str) -> Told:
    with said.open("rb") as out, wrong.open("rb") as err:
        answer, complaint = out.read(_ANSWER), err.read(_ANSWER)
    if code < 0 or b"MemoryError" in complaint:
        raise UnreadableFile(f"{name} needs more memory or time than one file may have, or is damaged; write it anew, or cut it")
    found: object = None
    with suppress(ValueError, IndexError):
        found = json.loads(answer.splitlines()[-1])
    if code or not isinstance(found, dict):
        raise UnreadableFile(f"{name} is damaged, so that reading it failed; send it again")
    if "refused" in found:
        raise UnreadableFile(f"{name} {found['refused']}")
    return found
