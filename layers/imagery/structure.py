"""How a TIFF is built, checked against what its file can hold, before any decoder sees a byte of it.

Reads the directories of tags alone and follows no path. GDAL would believe what they say and make room for it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
#: Directories of one file: a scene, its mask and the overviews of both are fewer.
_PAGES = 64
_TAGS = 1_000
_KIND, _WIDTH, _HEIGHT, _BITS, _PACKED, _SAMPLES, _ROWS, _PLANAR, _FORMAT = 254, 256, 257, 258, 259, 277, 278, 284, 339
_STRIPS, _STRIP_BYTES, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 273, 279, 322, 323, 324, 325
_GDAL = 42112
_LONGEST = 1_000_000
_PLAIN = 1
_REDUCED, _MASK = 1, 4
#: The codecs whose decoders may run. JPEG is what orthophotos come in; the exotic ones are left out.
_CODECS = {
    1: "none",
    5: "LZW",
    7: "JPEG",
    8: "Deflate",
    32946: "Deflate",
    32773: "PackBits",
    34887: "LERC",
    50000: "ZSTD",
    50001: "WebP",
}
_COMPLEX = (5, 6)
_STRANGERS = (
    (b"<VRTDataset", "is a VRT, which only points to other files; send the image itself as GeoTIFF"),
    (b"\x00\x00\x00\x0cjP  ", "is JPEG 2000; convert it with: gdal_translate -of COG"),
    (b"\x89PNG", "is a PNG without a place on the ground; export the scene as GeoTIFF"),
    (b"\xff\xd8\xff", "is a JPEG without a place on the ground; export the scene as GeoTIFF"),
    (b"PK\x03\x04", "is a zip; unpack it and send the GeoTIFF inside"),
    (b"\x1f\x8b", "is packed with gzip; unpack it and send the GeoTIFF inside"),
    (b"\x89HDF", "is HDF5; export the scene as GeoTIFF"),
)

Page = dict[int, tuple[int, int, bytes]]


class Broken(Exception):
    """A file cannot be taken; the text goes on after its name."""


def checked(path: Path, limits: Mapping[str, int]) -> tuple[int, bytes]:
    """Check a file's size, its first bytes and every directory of tags that GDAL would read pixels by.

    Returns
    -------
    tuple of int and bytes
        How large its pixels are, decoded; and GDAL's own tag of the image, in which bands have their names.

    Raises
    ------
    Broken
        It is no TIFF, is cut short, or holds more than it may.
    """
    size = path.stat().st_size
    if size > limits["bytes"]:
        raise Broken(f"has {size:,} bytes, more than the {limits['bytes']:,} that are taken; cut it into parts")
    with path.open("rb") as file:
        found = _File(file, size)
        pages = found.pages()
        for number, page in enumerate(pages):
            kind = found.number(page, _KIND, 0)
            if number == 0 or (kind & _MASK and not kind & _REDUCED):
                _fits(found, page, limits)
        return _decoded(found, pages[0]), found.text(pages[0], _GDAL)


class _File:
    """A TIFF, read by its directories; every length in it is checked against the file before it is believed."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        start = file.read(64)
        for sign, said in _STRANGERS:
            if start.lstrip().startswith(sign):
                raise Broken(said)
        if start[:4] not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
            raise Broken("is no TIFF; export the scene as GeoTIFF")
        self.order = "<" if start[:2] == b"II" else ">"
        self.big = b"+" in start[2:4]
        if len(start) < 16:
            raise Broken("is cut short after its first bytes; send it again")
        if self.big and struct.unpack(self.order + "HH", start[4:8]) != (8, 0):
            raise Broken("is damaged in its first bytes; export it again")
        self.first: int = struct.unpack(self.order + ("Q" if self.big else "I"), start[8:16] if self.big else start[4:8])[0]

    def pages(self) -> list[Page]:
        """Return all directories of tags: of each tag its type, its count and where its value lies, or the value itself."""
        at, seen, found = self.first, set[int](), list[Page]()
        while at:
            if at in seen or len(seen) == _PAGES:
                raise Broken(f"leads in a circle, or has more than {_PAGES} directories of tags; export it again")
            seen.add(at)
            page, at = self._page(at)
            found.append(page)
        if not found:
            raise Broken("holds no image; export it again")
        return found

    def _page(self, at: int) -> tuple[Page, int]:
        wide = 8 if self.big else 2
        count = int.from_bytes(self.part(at, wide), "little" if self.order == "<" else "big")
        if not 0 < count <= _TAGS:
            raise Broken(f"has a directory of {count:,} tags, where 1 to {_TAGS:,} are taken; export it again")
        shape = self.order + ("HHQ8s" if self.big else "HHI4s")
        length = struct.calcsize(shape)
        entries = self.part(at + wide, count * length)
        page: Page = {}
        for tag, kind, many, value in struct.iter_unpack(shape, entries):
            page.setdefault(tag, (kind, many, value))
        (following,) = struct.unpack(
            self.order + ("Q" if self.big else "I"), self.part(at + wide + count * length, wide if self.big else 4)
        )
        return page, following

    def part(self, at: int, length: int) -> bytes:
        """Return bytes of the file that it must have."""
        if at + length > self.size:
            raise Broken(f"is cut short: it has {self.size:,} bytes and needs at least {at + length:,}; send it again")
        self.file.seek(at)
        return self.file.read(length)

    def numbers(self, page: Page, tag: int, most: int) -> npt.NDArray[np.uint64]:
        """Return the whole numbers of a tag, none where it is missing."""
        if tag not in page:
            return np.zeros(0, np.uint64)
        kind, count, value = page[tag]
        if kind not in _WHOLE or count > most:
            raise Broken(f"is damaged: its tag {tag} holds {count:,} values of type {kind}; export it again")
        length = count * _SIZES[kind]
        if length > len(value):
            at = int.from_bytes(value, "little" if self.order == "<" else "big")
            value = self.part(at, length)
        return np.frombuffer(value[:length], self.order + _WHOLE[kind]).astype(np.uint64)

    def text(self, page: Page, tag: int) -> bytes:
        """Return the text of a tag, none where it is missing or longer than any that is meant well."""
        _, count, value = page.get(tag, (2, 0, b""))
        if count <= len(value) or count > _LONGEST:
            return b""
        return self.part(int.from_bytes(value, "little" if self.order == "<" else "big"), count).rstrip(b"\0")

    def number(self, page: Page, tag: int, usual: int | None = None) -> int:
        """Return the first number of a tag."""
        found = self.numbers(page, tag, 65_536)
        if len(found):
            return int(found[0])
        if usual is None:
            raise Broken(f"is damaged: it has no tag {tag}; export it again")
        return usual


def _fits(file: _File, page: Page, limits: Mapping[str, int]) -> None:
    """Check one image of a file: its sides, bands, numbers and blocks."""
    width, height = file.number(page, _WIDTH), file.number(page, _HEIGHT)
    bands, bits = file.number(page, _SAMPLES, 1), file.number(page, _BITS, 1)
    sized(width, height, bands, limits)
    if file.number(page, _FORMAT, 1) in _COMPLEX:
        raise Broken("holds complex numbers; export its amplitude or intensity")
    if not 0 < bits <= 64:
        raise Broken(f"has numbers of {bits} bits; export it with 8, 16 or 32")
    if (size := _decoded(file, page)) > limits["decoded_bytes"]:
        raise Broken(_too_much(size, limits))
    if (codec := file.number(page, _PACKED, _PLAIN)) not in _CODECS:
        known = ", ".join(sorted(set(_CODECS.values()) - {"none"}))
        raise Broken(f"is compressed in the way {codec}; export it with one of {known}")
    tiled = _TILES in page
    wide = file.number(page, _TILE_WIDTH) if tiled else width
    high = file.number(page, _TILE_HEIGHT) if tiled else min(file.number(page, _ROWS, height), height)
    if not (wide and high):
        raise Broken("is damaged: its blocks have no size; export it again")
    apart = file.number(page, _PLANAR, 1) == 2
    # libtiff cuts a strip that is not compressed into short ones; every other block is decoded whole.
    if tiled or codec != _PLAIN:
        blocked(wide, high, wide * high * bits * (1 if apart else bands) // 8, limits)
    many = -(-width // wide) * -(-height // high) * (bands if apart else 1)
    _held(file, page, tiled, many, limits)


def _decoded(file: _File, page: Page) -> int:
    """Return how many bytes an image has, decoded."""
    bits = file.number(page, _SAMPLES, 1) * max(8, file.number(page, _BITS, 1))
    return file.number(page, _WIDTH) * file.number(page, _HEIGHT) * bits // 8


def sized(width: int, height: int, bands: int, limits: Mapping[str, int]) -> None:
    """Check how large an image says it is."""
    if not (width and height and bands):
        raise Broken("holds no pixels; export it again")
    if max(width, height) > limits["side"] or width * height > limits["pixels"]:
        most = f"{limits['side']:,} a side and {limits['pixels']:,} in all"
        raise Broken(f"has {width:,} × {height:,} pixels; at most {most} are taken, so cut it into parts")
    if bands > limits["bands"]:
        raise Broken(f"has {bands:,} bands; at most {limits['bands']} are taken, so export those that are needed")


def blocked(wide: int, high: int, size: int, limits: Mapping[str, int]) -> None:
    """Check how large one block is, decoded."""
    if size > limits["block_bytes"]:
        most = limits["block_bytes"] // 1_000_000
        raise Broken(
            f"is cut into blocks of {wide:,} × {high:,} pixels, {size // 1_000_000:,} MB each, where {most} MB are taken; "
            "write it anew with tiles of 512 pixels: gdal_translate -of COG"
        )


def _too_much(size: int, limits: Mapping[str, int]) -> str:
    most = limits["decoded_bytes"] / 1e9
    return f"unpacks to {size / 1e9:,.1f} GB, more than the {most:,.0f} GB that are taken; cut it into parts, or leave bands out"


def _held(file: _File, page: Page, tiled: bool, many: int, limits: Mapping[str, int]) -> None:
    """Check that each block lies in the file; one without a byte is a block without data."""
    if many > limits["blocks"]:
        raise Broken(f"is cut into {many:,} blocks; write it anew with tiles of 512 pixels: gdal_translate -of COG")
    at = file.numbers(page, _TILES if tiled else _STRIPS, limits["blocks"])
    sizes = file.numbers(page, _TILE_BYTES if tiled else _STRIP_BYTES, limits["blocks"])
    if len(at) < many or len(sizes) < many:
        raise Broken(f"is damaged: it tells of {min(len(at), len(sizes)):,} blocks where it must have {many:,}; export it again")
    ends = at.astype(float) + sizes.astype(float)
    if (furthest := float(ends[sizes > 0].max(initial=0))) > file.size:
        raise Broken(f"is cut short: it has {file.size:,} bytes and needs at least {furthest:,.0f}; send it again")
