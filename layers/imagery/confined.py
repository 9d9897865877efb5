"""An upload given to the limited child: under a neutral name in an empty folder, watched, stopped when asked."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rasterio

from layers.config import SceneLimits
from layers.errors import Stopped, UnreadableFile
from layers.imagery.child import DRIVERS

_ROOT = Path(__file__).resolve().parents[2]
#: Seconds of waiting at most: for the header, and on top for each gigabyte of pixels.
_PATIENCE_S, _PATIENCE_EACH_GB_S = 120, 600
_LOOKED_S = 0.05
#: What is read of the child's answer: it may have been taken over by the file it read.
_ANSWER = 1_000_000

Told = Mapping[str, Any]


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
    with tempfile.TemporaryDirectory(prefix=".taken-", dir=into) as room:
        plain = Path(room) / "scene.tif"
        try:
            real = path.resolve(strict=True)
            if not stat.S_ISREG(real.stat().st_mode):
                raise UnreadableFile(f"{name} is no file; send a GeoTIFF")
            try:
                os.link(real, plain)
            except OSError:
                shutil.copyfile(real, plain)
        except OSError as fault:
            raise UnreadableFile(f"{name} cannot be read ({fault.strerror}); send it again") from None
        yield plain


def told(
    job: Told,
    name: str,
    limits: SceneLimits,
    *,
    decoded_bytes: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Told:
    """Return what the child tells of the file at ``job["path"]``.

    Parameters
    ----------
    job : mapping
        With ``path``, in a folder of its own, where the child's words are kept as well.
    name : str
        As the user knows the file.
    limits : SceneLimits
    decoded_bytes : int
        Of all its pixels: how long the child may take, and how much it may write.
    progress : callable, optional
        Gets the share that is done, from 0 to 1.
    cancelled : callable, optional
        The child is ended where it says so.

    Raises
    ------
    UnreadableFile
        The child refused the file, or failed on it.
    Stopped
        ``cancelled`` said so.
    """
    room = Path(job["path"]).parent
    asked = {**job, "limits": asdict(limits), "decoded_bytes": decoded_bytes, "progress": str(room / "progress")}
    said, wrong = room / "said", room / "wrong"
    with said.open("wb") as out, wrong.open("wb") as err:
        child = _started(json.dumps(asked), room, out.fileno(), err.fileno())
    try:
        patience = _PATIENCE_S + _PATIENCE_EACH_GB_S * decoded_bytes / 1e9
        _watched(child, room / "progress", name, patience, progress, cancelled)
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


def _watched(
    child: subprocess.Popen[bytes],
    share: Path,
    name: str,
    patience: float,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Wait for a child's end, telling how far it is, and look whether it is still wanted."""
    waited = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LOOKED_S)
            return
        waited += _LOOKED_S
        if cancelled is not None and cancelled():
            raise Stopped(f"{name} was not taken: it was stopped; send it again to take it")
        if waited > patience:
            raise UnreadableFile(f"{name} took longer than {patience:,.0f} s to read; cut it into parts")
        if progress is not None:
            with suppress(OSError, ValueError):
                progress(min(1.0, max(0.0, float(share.read_text(encoding="ascii")[:20]))))


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
