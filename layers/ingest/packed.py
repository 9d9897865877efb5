"""What comes packed: gzip and zip, looked at before anything is unpacked, unpacked under names of our own."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

from layers.config import Limits
from layers.errors import UnreadableFile

GZIP = b"\x1f\x8b"
#: What unpacks to less than this is no bomb, whatever its ratio.
_SMALL = 1 << 24
_MEMBERS = 10_000
_PART = 1 << 20
_BROKEN: tuple[type[Exception], ...] = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error)
_BROKEN += (NotImplementedError, RuntimeError, ValueError, KeyError, OSError)
_ELSEWHERE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\x00")


class Opened(io.RawIOBase):
    """A file's bytes, unpacked where it is gzipped, never more of them than the limits allow."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._name, self._limits, self._seen = path.name, limits, 0
        size = path.stat().st_size
        self._most = limits.bytes
        if gzipped(path):
            self._most = min(limits.bytes, max(_SMALL, limits.ratio * size))
            self._file = cast(IO[bytes], gzip.GzipFile(path, "rb"))
        else:
            if size > limits.bytes:
                raise too_large(path.name, limits)
            self._file = path.open("rb")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer; refuse a file that is damaged or unpacks to more than it may."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        part = self.part(len(view))
        view[: len(part)] = part
        return len(part)

    def part(self, size: int) -> bytes:
        """Return the next bytes, at most ``size``; none at the end."""
        try:
            part = self._file.read(size)
        except _BROKEN as fault:
            raise damaged(self._name, fault) from None
        self._seen += len(part)
        if self._seen > self._most:
            raise too_large(self._name, self._limits) if self._most == self._limits.bytes else _bomb(self._name, self._limits)
        return part

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()


def gzipped(path: Path) -> bool:
    """Say whether a file is gzipped, by its content."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def gunzipped(path: Path, limits: Limits, out: Path) -> None:
    """Unpack a gzipped file into another.

    Raises
    ------
    UnreadableFile
        It is damaged, or unpacks to more than it may.
    """
    with Opened(path, limits) as source, out.open("wb") as target:
        while part := source.part(_PART):
            target.write(part)


def members(path: Path, limits: Limits) -> list[str]:
    """Return the names of the files in a zip, once it is known that none leads elsewhere and that they fit.

    Raises
    ------
    UnreadableFile
        It is damaged or encrypted, holds links or names that lead out of it, or unpacks to more than it may.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            held = archive.infolist()
    except _BROKEN as fault:
        raise damaged(path.name, fault) from None
    if len(held) > _MEMBERS:
        raise UnreadableFile(f"{path.name} holds {len(held):,} files, more than the {_MEMBERS:,} that are allowed; pack fewer")
    for one in held:
        if _ELSEWHERE.search(one.filename) or _ELSEWHERE.search(one.orig_filename):
            raise UnreadableFile(f"{path.name} holds {one.filename[:60]!r}, a name that leads out of it; pack it again")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise UnreadableFile(f"{path.name} holds {one.filename[:60]!r}, a link to elsewhere; pack the file itself")
        if one.flag_bits & 1:
            raise UnreadableFile(f"{path.name} is encrypted; pack it without a password")
    if len({one.filename for one in held}) < len(held):
        raise UnreadableFile(f"{path.name} holds two files of one name; pack it again")
    total = sum(one.file_size for one in held)
    if total > limits.bytes:
        raise too_large(path.name, limits)
    if total > max(_SMALL, limits.ratio * path.stat().st_size):
        raise _bomb(path.name, limits)
    return [one.filename for one in held if not one.is_dir() and not one.filename.startswith("__MACOSX/")]


def taken(path: Path, wanted: Iterable[tuple[str, Path]], limits: Limits) -> None:
    """Unpack members of a zip, each to a path of our own; what they really hold is counted, not believed."""
    left = limits.bytes
    try:
        with zipfile.ZipFile(path) as archive:
            for name, out in wanted:
                with archive.open(name) as source, out.open("wb") as target:
                    while part := source.read(_PART):
                        left -= len(part)
                        if left < 0:
                            raise too_large(path.name, limits)
                        target.write(part)
    except _BROKEN as fault:
        raise damaged(path.name, fault) from None


def beginnings(path: Path, names: Iterable[str], size: int) -> list[tuple[str, bytes]]:
    """Return the first bytes of members of a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [(name, _first(archive, name, size)) for name in names]
    except _BROKEN as fault:
        raise damaged(path.name, fault) from None


def damaged(name: str, fault: Exception) -> UnreadableFile:
    """Return what to say of a file whose packing is broken."""
    return UnreadableFile(f"{name} is damaged ({str(fault)[:80] or type(fault).__name__}); get it again")


def too_large(name: str, limits: Limits) -> UnreadableFile:
    """Return what to say of a file that holds more bytes than it may."""
    return UnreadableFile(f"{name} is, or unpacks to, more than the {limits.bytes:,} bytes that are allowed; split it")


def _bomb(name: str, limits: Limits) -> UnreadableFile:
    return UnreadableFile(
        f"{name} unpacks to more than {limits.ratio:,} times its size, as no honest file does; send it unpacked if it is yours"
    )


def _first(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    with archive.open(name) as source:
        return source.read(size)
