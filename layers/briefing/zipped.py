"""Zip files with one large member, written part by part, that as many programs open as its size allows.

A member of 2 GiB or more needs zip64, which many readers, GDAL's of KMZ among them, do not open. Which form it has
stands before it in the file, so it is written in the old form first, and anew where it turns out to be too large.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

#: The bytes that a member of the old form may have.
MOST = (1 << 31) - 1


def write(path: Path, name: str, parts: Callable[[], Iterable[bytes | memoryview]], others: Mapping[str, str]) -> None:
    """Write a zip file of a member given in parts, and others given whole.

    Parameters
    ----------
    path : Path
    name : str
        What the large member is called.
    parts : function
        Returns what it holds; asked for a second time where it is larger than the old form allows.
    others : mapping of name to text
        They come first.
    """
    if not _written(path, name, parts(), others, large=False):
        _written(path, name, parts(), others, large=True)


def _written(path: Path, name: str, parts: Iterable[bytes | memoryview], others: Mapping[str, str], *, large: bool) -> bool:
    done = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for other, text in others.items():
            archive.writestr(other, text)
        with archive.open(name, "w", force_zip64=large) as member:
            for part in parts:
                done += len(part)
                if done > MOST and not large:
                    return False
                member.write(part)
    return True
