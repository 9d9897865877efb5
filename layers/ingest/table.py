"""Text tables as whole columns: encoding and separator found out, ragged rows named."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from layers.errors import UnreadableFile
from layers.model import Fault

#: A file, unpacked, may be this large.
LARGEST = 4_000_000_000
_SNIFF = 1 << 16
_SEPARATORS = ",;\t|"
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a text table. ``row`` counts from 1 after the header; every column is text, blanks trimmed, no nulls."""

    row: np.ndarray[tuple[int], np.dtype[np.int64]]
    columns: dict[str, pa.Array]
    faults: tuple[Fault, ...]

    def __len__(self) -> int:
        return len(self.row)


def header(path: Path) -> list[str]:
    """Return the names in a text table's first line.

    Raises
    ------
    UnreadableFile
        The file is no text table.
    """
    text, separator = _opening(path)
    first = next((line for line in _lines(text, separator) if line), None)
    if first is None:
        raise UnreadableFile(f"{path.name} is empty; the first line must name the columns")
    return [name.strip() for name in first]


def chunks(path: Path, limit: int) -> Iterator[Chunk]:
    """Return a text table's rows in chunks of about ``limit`` rows; wrong ones as faults."""
    names = header(path)
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise UnreadableFile(f"{path.name} names {', '.join(map(repr, twice))} more than once; rename one of them")
    _, separator = _opening(path)
    ragged: list[tuple[int, int, int]] = []

    def odd(row: pv.InvalidRow) -> str:
        ragged.append((row.number or 0, row.actual_columns, row.expected_columns))
        return "skip"

    reading = pv.ReadOptions(use_threads=False, block_size=max(1 << 20, min(1 << 26, limit * 300)), encoding="utf-8")
    parsing = pv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=odd, ignore_empty_lines=True)
    converting = pv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, quoted_strings_can_be_null=False
    )
    done = 0
    try:
        with _utf8(path) as source, pv.open_csv(source, reading, parsing, converting) as batches:
            for batch in batches:
                skipped, ragged[:] = list(ragged), []
                total = len(batch) + len(skipped)
                wrong = np.array(sorted({number - 1 for number, _, _ in skipped}), np.int64)
                row = np.setdiff1d(np.arange(done + 1, done + total + 1), wrong)[: len(batch)]
                done += total
                faults = tuple(
                    Fault(number - 1, "row", f"has {has} cells where the header names {want}; check its separators and quotes")
                    for number, has, want in skipped
                )
                yield Chunk(row, {name: pc.utf8_trim_whitespace(batch[name]) for name in names}, faults)
    except (pa.ArrowInvalid, UnicodeError, EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise UnreadableFile(f"{path.name} cannot be read as a text table near row {done + 1}: {str(fault)[:200]}") from None


def _opening(path: Path) -> tuple[str, str]:
    with _raw(path) as file:
        try:
            start = file.read(_SNIFF)
        except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
            raise UnreadableFile(f"{path.name} is damaged: {fault}") from None
    text = start.decode(_encoding(start), errors="replace")
    if "\x00" in text:
        raise UnreadableFile(f"{path.name} is not text; export it as CSV")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return text, max(_SEPARATORS, key=first.count)


def _lines(text: str, separator: str) -> Iterator[Sequence[str]]:
    yield from csv.reader(io.StringIO(text), delimiter=separator)


def _encoding(start: bytes, rest: IO[bytes] | None = None) -> str:
    """Return the encoding by a file's first bytes; with ``rest`` a file is UTF-8 only if it is so to its end."""
    for mark, name in _ENCODINGS:
        if start.startswith(mark):
            return name
    decoder, seen = codecs.getincrementaldecoder("utf-8")(), len(start)
    try:
        decoder.decode(start)
        while rest is not None and seen <= LARGEST and (part := rest.read(1 << 20)):
            decoder.decode(part)
            seen += len(part)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _raw(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


def _utf8(path: Path) -> io.RawIOBase | io.BufferedIOBase:
    with _raw(path) as file:
        encoding = _encoding(file.read(_SNIFF), file)
    return _Bounded(_raw(path), encoding, path.name)


class _Bounded(io.RawIOBase):
    """A file read on as UTF-8, however it is written, never beyond the largest size."""

    def __init__(self, file: IO[bytes], encoding: str, name: str) -> None:
        self._file, self._name, self._left = file, name, LARGEST
        self._plain = encoding in ("utf-8", "utf-8-sig")
        self._text = None if self._plain else io.TextIOWrapper(file, encoding=encoding, newline="")
        self._rest = b""
        if encoding == "utf-8-sig":
            file.read(3)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with UTF-8; refuse a file that unpacks to more than may be read."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._rest:
            self._rest = self._next(len(view))
            if not self._rest:
                return 0
        part, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(part)] = part
        self._left -= len(part)
        if self._left < 0:
            raise UnreadableFile(f"{self._name} unpacks to more than {LARGEST // 10**9} GB; split it")
        return len(part)

    def _next(self, size: int) -> bytes:
        return self._file.read(size) if self._text is None else self._text.read(size).encode("utf-8")

    def close(self) -> None:
        """Close the file beneath."""
        (self._text or self._file).close()
        super().close()
