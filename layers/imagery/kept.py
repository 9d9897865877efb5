"""Rasters beside a record: each is called by its content, and one that comes from elsewhere is looked at before GDAL opens it."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from layers.config import SceneLimits
from layers.errors import UnreadableFile
from layers.imagery import structure
from layers.imagery.structure import Broken

#: Signs of its digest that name a raster.
NAMED = 32
#: What folders are called in which rasters are made, and after how many seconds nobody is at work in one.
_MAKING, _LEFT_S = ".making-", 86_400


def room(folder: Path | None) -> TemporaryDirectory[str]:
    """Return a folder within another in which a raster is made, and which is gone when it is left; None for the system's own place."""
    return TemporaryDirectory(dir=folder, prefix=_MAKING)


def swept(folder: Path, now_s: float) -> None:
    """Delete the rooms in which nothing was made for a day: whoever was at work there was killed.

    Parameters
    ----------
    folder : Path
        Where rooms are made; it need not be there.
    now_s : float
        By the clock that dates files, in seconds since 1970.
    """
    for left in folder.glob(f"{_MAKING}*"):
        with suppress(OSError):
            if now_s - left.lstat().st_mtime > _LEFT_S:
                shutil.rmtree(left)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_named(path: Path) -> bool:
    """Say whether a raster is called by what it holds."""
    return path.stem == digest(path)[:NAMED]


def copied(path: Path) -> Path:
    """Return a copy of a raster beside it that shows the same and has another name: one byte more at its end, which none reads."""
    with room(path.parent) as beside:
        made = Path(shutil.copyfile(path, Path(beside) / path.name))
        with made.open("ab") as file:
            file.write(b"\0")
        return made.replace(path.with_stem(digest(made)[:NAMED]))


def sound(path: Path, limits: SceneLimits | None = None) -> None:
    """Check that a raster may be one of ours, without GDAL: named by its content, a TIFF within bounds, pointing nowhere.

    Raises
    ------
    UnreadableFile
        It is not; the message says why.
    """
    if not is_named(path):
        raise UnreadableFile(f"the raster {path.name} is damaged or was changed: it is not called by its content")
    try:
        _, own = structure.checked(path, asdict(limits or SceneLimits()))
    except Broken as fault:
        raise UnreadableFile(f"the raster {path.name} {fault}") from None
    if own and not _is_plain(own):
        raise UnreadableFile(f"the raster {path.name} is none of ours: it tells of more than its own bands")


def _is_plain(own: bytes) -> bool:
    """Say whether GDAL's own tag tells of bands only; a domain of its own may lead to other files."""
    with suppress(ElementTree.ParseError, ValueError):
        return b"<!" not in own and all(item.get("domain") is None for item in ElementTree.fromstring(own).iter())
    return False
