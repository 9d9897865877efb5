"""Text tables as whole columns, streamed: no row is touched in Python unless it is wrong."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from layers.config import Limits
from layers.errors import UnreadableFile
from layers.ingest.chunk import Chunk, checked_cells, checked_names, checked_rows, checked_width, sifted
from layers.ingest.packed import Opened
from layers.ingest.text import Writing, longest_row, surveyed
from layers.model import Fault

_BLOCK = 1 << 25


def chunks(path: Path, limits: Limits, limit: int) -> Iterator[Chunk]:
    """Return a text table's rows in chunks of at most ``limit`` rows; ragged rows and totals as faults.

    Titles and blank lines above the header and a row of HXL tags below it are no rows. Blank rows are left out
    and counted, so that a row keeps the number it has in a spreadsheet.

    Raises
    ------
    UnreadableFile
        The file is no text table, or holds more than it may.
    """
    writing = surveyed(path, limits)
    named, done, any_rows = _named(path.name, writing, limits), 0, False
    ragged: dict[int, int] = {}
    for batch in _batches(path, writing, named, limits, ragged):
        row, faults, done = _numbered(done, len(batch), ragged, len(named))
        checked_rows(done, limits, path.name)
        columns = {name: pc.utf8_trim_whitespace(batch[name]) for name in named}
        whole = Chunk(row, columns, faults, None, writing.head.tags, said=writing.said)
        checked_cells(whole, limits, path.name)
        for part in _cut(sifted(whole), limit):
            any_rows = any_rows or bool(len(part) or part.faults)
            yield part
    if not any_rows:
        raise UnreadableFile(f"{path.name} names its columns but holds no rows; export it again with its rows")


def _named(name: str, writing: Writing, limits: Limits) -> list[str]:
    found = list(writing.head.names)
    checked_width(len(found), limits, name)
    checked_names(found, name)
    return found


def _numbered(done: int, count: int, ragged: dict[int, int], want: int) -> tuple[npt.NDArray[np.int64], tuple[Fault, ...], int]:
    """Return the numbers of a batch's rows, the faults of ragged rows among them, and the last number of both.

    The reader is a block ahead: of the ragged rows it has met, those after this batch wait for the next one.
    """
    last, here = done + count, []
    for number in sorted(ragged):
        if number > last + 1:
            break
        here.append(number)
        last += 1
    row = np.delete(np.arange(done + 1, last + 1), np.array(here, np.int64) - done - 1)
    told = [(number, ragged.pop(number)) for number in here]
    return row, tuple(Fault(number, "row", _uneven(has, want)) for number, has in told if has), last


def _batches(path: Path, writing: Writing, named: list[str], limits: Limits, ragged: dict[int, int]) -> Iterator[pa.RecordBatch]:
    """Return parsed blocks; the numbers of ragged rows and how many cells they have, 0 of blank ones, go into ``ragged``."""
    skipped = ""

    def odd(row: pv.InvalidRow) -> str:
        nonlocal skipped
        skipped = row.text
        ragged[int(row.number)] = row.actual_columns if skipped.strip(f'{writing.separator}" \t') else 0
        return "skip"

    block = max(_BLOCK, 2 * longest_row(limits))
    reading = pv.ReadOptions(use_threads=False, block_size=block, encoding="utf-8", column_names=named)
    parsing = pv.ParseOptions(
        delimiter=writing.separator, newlines_in_values=True, invalid_row_handler=odd, ignore_empty_lines=False
    )
    texts = dict.fromkeys(named, pa.string())
    converting = pv.ConvertOptions(column_types=texts, strings_can_be_null=False, quoted_strings_can_be_null=False)
    held: pa.RecordBatch | None = None
    try:
        with _Utf8(path, writing, limits) as source:
            if not source.more():
                return
            with pv.open_csv(source, reading, parsing, converting) as batches:
                for batch in batches:
                    if held is not None:
                        yield held
                    held = batch
    except UnicodeError:
        raise UnreadableFile(f"{path.name} is written in no encoding that is known; save it as UTF-8") from None
    except pa.ArrowInvalid as fault:
        if str(fault).startswith("Empty CSV"):
            return
        said = " ".join(str(fault).split())[:120]
        raise UnreadableFile(f"{path.name} cannot be read as a text table: {said}; check its quotes") from None
    if held is None:
        held = pa.record_batch([pa.array([], pa.string()) for _ in named], names=named)
    _closed(path.name, writing, held, skipped)
    yield held


def _closed(name: str, writing: Writing, last: pa.RecordBatch, skipped: str) -> None:
    """Refuse a table whose quotes never close: its last row, whole or ragged, swallowed those after it."""
    swallowed = ""
    if len(last) and writing.end != '"':
        text = last[last.num_columns - 1][-1].as_py().strip()
        swallowed = text if "\n" in text or "\r" in text else ""
    if '"' in skipped and ("\n" in skipped or "\r" in skipped):
        try:
            list(csv.reader(io.StringIO(skipped, newline=""), delimiter=writing.separator, strict=True))
        except csv.Error as fault:
            swallowed = skipped.rpartition('"')[2] if "end of data" in str(fault) else swallowed
    if swallowed:
        begin = " ".join(swallowed[:30].split())
        raise UnreadableFile(
            f"{name} has quotes that open before {begin!r} and never close, so rows are lost in one cell; close them"
        )


def _uneven(has: int, want: int) -> str:
    return f"has {has} cells where the header names {want}; check its separators and quotes"


def _cut(chunk: Chunk, limit: int) -> Iterator[Chunk]:
    if len(chunk) <= limit:
        yield chunk
        return
    for begin in range(0, len(chunk), limit):
        columns = {name: texts.slice(begin, limit) for name, texts in chunk.columns.items()}
        faults = chunk.faults if begin == 0 else ()
        yield replace(chunk, row=chunk.row[begin : begin + limit], columns=columns, faults=faults)


class _Utf8(io.RawIOBase):
    """A text table from its first row of data on, as UTF-8, however it is written."""

    def __init__(self, path: Path, writing: Writing, limits: Limits) -> None:
        self._file = Opened(path, limits)
        self._file.part(writing.mark)
        self._text = None if writing.encoding == "utf-8" else codecs.getincrementaldecoder(writing.encoding)()
        self._rest, self._skip = b"", writing.begin

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def more(self, wanted: int = 1) -> bool:
        """Read on until that many bytes are there or the file ends; say whether there are any."""
        while len(self._rest) < wanted and (part := self._file.part(max(1 << 20, wanted - len(self._rest)))):
            part = part if self._text is None else self._text.decode(part).encode("utf-8")
            self._rest, self._skip = self._rest + part[self._skip :], max(0, self._skip - len(part))
        return bool(self._rest)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of UTF-8, at most ``size``, or a block where that is below 0; none at the end."""
        most = size if size >= 0 else _BLOCK
        self.more(most)
        part, self._rest = self._rest[:most], self._rest[most:]
        return part

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()
