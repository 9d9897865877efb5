"""A mission in one file, and back: its configuration, agreement, base layers, rasters and a verified copy of the record."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from layers.config import SceneLimits
from layers.config.letterhead import LOGO
from layers.desk import agreed, rasters
from layers.desk.agreed import FILE as AGREEMENT
from layers.desk.record import Record
from layers.desk.scenes import DIGEST, FOLDER
from layers.errors import StoreUnusable, UnreadableFile, Unwritable
from layers.imagery import kept

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
        The record's chain is broken, or the raster of a scene is not what was taken in. One that is missing is left out.
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
            logo = record.configuration.letterhead.logo
            if logo and (record.folder / logo).is_file() and not (record.folder / logo).is_symlink():
                archive.write(record.folder / logo, logo)
            _add_rasters(archive, record)
        os.replace(part, path)


def _add_rasters(archive: zipfile.ZipFile, record: Record) -> None:
    """Add the raster of every scene that the record names, as it is: it is packed already."""
    for digest, path in rasters.named(record).items():
        if path.is_symlink() or not path.is_file():
            continue
        if not kept.is_named(path):
            raise StoreUnusable(f"the raster of scene {digest} is not what was taken in; see: greenline verify {record.folder}")
        archive.write(path, f"{FOLDER}/{path.name}", zipfile.ZIP_STORED)


def unpacked(path: Path, folder: Path) -> Path:
    """Unpack a backup into a new folder.

    Raises
    ------
    UnreadableFile
        The file is no backup of a mission: damaged, too large, with names that lead elsewhere or rasters that are none of ours.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is no file; name a backup made with: greenline backup DIR FILE")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [PurePosixPath(entry.filename) for entry in entries]
            odd = [str(name) for name in names if not _known(name)]
            if odd or not {*map(PurePosixPath, _NEEDED)} <= {*names} or not _bounded(entries):
                raise UnreadableFile(f"{path} is no backup of a mission; make one with: greenline backup DIR {path.name}")
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, RuntimeError, zlib.error) as fault:
        raise UnreadableFile(f"{path} is damaged: {fault}") from None
    for raster in sorted((folder / FOLDER).glob("*")):
        kept.sound(raster)
    return folder


def _bounded(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Say whether a backup's files are as large as they may be; rasters lie in it unpacked, and so cannot grow."""
    packed = [entry for entry in entries if PurePosixPath(entry.filename).parts[0] != FOLDER]
    plain = [entry for entry in entries if PurePosixPath(entry.filename).parts[0] == FOLDER]
    return sum(entry.file_size for entry in packed) <= _LARGEST and all(
        entry.compress_type == zipfile.ZIP_STORED and entry.file_size <= SceneLimits().bytes for entry in plain
    )


def _known(name: PurePosixPath) -> bool:
    if str(name) in (*_NEEDED, AGREEMENT) or LOGO.fullmatch(str(name)):
        return True
    if len(name.parts) != 2 or ".." in name.parts:
        return False
    layer = name.parts[0] == "basemap" and name.suffix == ".geojson"
    return layer or (name.parts[0] == FOLDER and name.suffix == ".tif" and bool(DIGEST.fullmatch(name.stem)))
