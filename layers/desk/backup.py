"""A mission in one file, and back: its configuration, agreement, base layers and a verified copy of the record."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from layers.desk import agreed
from layers.desk.agreed import FILE as AGREEMENT
from layers.desk.record import Record
from layers.errors import UnreadableFile, Unwritable

_LARGEST = 50_000_000_000
_RECORD = "record.gpkg"
_NEEDED = (_RECORD, "mission.toml")


def written(record: Record, path: Path) -> None:
    """Write a backup; it is put in place whole, after its chain was checked.

    Raises
    ------
    Unwritable
        The file is there already, or its folder is not.
    StoreUnusable
        The record's chain is broken.
    """
    if path.exists():
        raise Unwritable(f"{path} already exists; choose another name")
    if not path.parent.is_dir():
        raise Unwritable(f"{path.parent} is no folder; make it first or name another")
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as beside:
        copy = Path(beside) / _RECORD
        record.store.backup(copy)
        part = Path(beside) / "backup.zip"
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(copy, _RECORD)
            archive.write(record.folder / "mission.toml", "mission.toml")
            if agreed.own(record.folder):
                archive.write(record.folder / AGREEMENT, AGREEMENT)
            for layer in sorted((record.folder / "basemap").glob("*.geojson")):
                archive.write(layer, f"basemap/{layer.name}")
        os.replace(part, path)


def unpacked(path: Path, folder: Path) -> Path:
    """Unpack a backup into a new folder.

    Raises
    ------
    UnreadableFile
        The file is no backup of a mission: damaged, too large, or with names that lead elsewhere.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is no file; name a backup made with: greenline backup DIR FILE")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [PurePosixPath(entry.filename) for entry in entries]
            odd = [str(name) for name in names if not _known(name)]
            if odd or not {*map(PurePosixPath, _NEEDED)} <= {*names} or sum(entry.file_size for entry in entries) > _LARGEST:
                raise UnreadableFile(f"{path} is no backup of a mission; make one with: greenline backup DIR {path.name}")
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, RuntimeError, zlib.error) as fault:
        raise UnreadableFile(f"{path} is damaged: {fault}") from None
    return folder


def _known(name: PurePosixPath) -> bool:
    plain = str(name) in (*_NEEDED, AGREEMENT)
    return plain or (len(name.parts) == 2 and name.parts[0] == "basemap" and name.suffix == ".geojson" and ".." not in name.parts)
