"""A layer's features as one file, in the form its name asks for: whole or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from layers.briefing import geojson, kmz, package, table, workbook
from layers.briefing.about import About
from layers.briefing.content import Content
from layers.errors import Unwritable

_WRITERS: dict[str, Callable[[Path, Content, About], None]] = {
    ".csv": table.write,
    ".xlsx": workbook.write,
    ".gpkg": package.write,
    ".geojson": geojson.write,
    ".kmz": kmz.write,
}
#: The endings of the files that can be written.
SUFFIXES = tuple(_WRITERS)


def unwritable(path: Path) -> str:
    """Return why no file can be written at ``path``, blank where one can."""
    if path.suffix.lower() not in _WRITERS:
        return f"{path.name} ends in {path.suffix or 'nothing'}; write {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
    if path.exists():
        return f"{path} already exists; choose another name or remove it"
    return "" if path.parent.is_dir() else f"{path.parent} is no folder; make it first or name another"


def written(path: Path, content: Content, about: About) -> None:
    """Write a layer's features to a new file: made under another name beside it, then moved in place.

    Raises
    ------
    Unwritable
        The suffix is none that is known, the folder is not there, a file of that name is, or the format cannot hold
        so many rows.
    """
    if reason := unwritable(path):
        raise Unwritable(reason)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".greenline-") as beside:
            made = Path(beside) / f"made{path.suffix.lower()}"
            _WRITERS[path.suffix.lower()](made, content, about)
            _placed(made, path)
    except OSError as fault:
        raise Unwritable(f"{path} cannot be written: {fault.strerror or fault}; choose another folder") from None


def laid(path: Path, body: bytes) -> None:
    """Write a new file whole: under another name beside it, then moved in place; never over another.

    Raises
    ------
    Unwritable
        The folder is not there or full, or a file of that name is.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".greenline-") as beside:
            made = Path(beside) / f"made{path.suffix.lower()}"
            made.write_bytes(body)
            _placed(made, path)
    except OSError as fault:
        raise Unwritable(f"{path} cannot be written: {fault.strerror or fault}; choose another folder") from None


def _placed(made: Path, path: Path) -> None:
    """Give a file its name, where no other has come to bear it meanwhile."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise Unwritable(f"{path} already exists; choose another name or remove it") from None
    except OSError:  # a file system without links
        if path.exists():
            raise Unwritable(f"{path} already exists; choose another name or remove it") from None
        made.rename(path)
