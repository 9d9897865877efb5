"""Rows of a file as columns of text, whatever the file was, and what no table may exceed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.config import Limits
from layers.errors import UnreadableFile
from layers.model import Fault

_TOTAL = r"(?i)^(grand|sub)?[ -]?(totals?|sum)( general| général)?:?[ 0-9.,]*$"
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,'%]*")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file.

    Attributes
    ----------
    row : int64 array
        Number of each row, from 1 after the header (of GeoJSON and the like the first feature is 1). Blank
        rows are left out and keep their number, so that numbers are those a spreadsheet shows.
    columns : dict of name to string array
        Every column as text, blanks trimmed, no nulls.
    faults : tuple of Fault
        Rows that cannot be read; each counts as refused. A row that is here and in ``row`` as well has its
        columns but no usable geometry: who leaves that row out leaves its faults out too.
    geometry : array of shapely geometries, optional
        WGS 84 lon/lat, one a row; None where the file is a plain table.
    tags : mapping of column name to HXL tag
        Where the file has a row of tags.
    remarks : tuple of Fault
        What is odd about rows that are taken all the same.
    said : tuple of str
        In sentences, how the file is written where that is not as usual; the same in every chunk.
    """

    row: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]
    faults: tuple[Fault, ...]
    geometry: npt.NDArray[np.object_] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Fault, ...] = ()
    said: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.row)


def sifted(chunk: Chunk) -> Chunk:
    """Return a chunk without its blank rows, and with each row that is only a total refused."""
    if not len(chunk):
        return chunk
    filled = np.zeros(len(chunk), np.uint16)
    for texts in chunk.columns.values():
        filled += pc.greater(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    total = _totals(chunk, filled)
    if filled.all() and not total:
        return chunk
    gone = filled == 0
    gone[list(total)] = True
    kept = np.flatnonzero(~gone)
    take = pa.array(kept)
    faults = [
        Fault(int(chunk.row[n]), "row", f"is a total ({text[:40]!r}), not a record; leave it out") for n, text in total.items()
    ]
    return Chunk(
        chunk.row[kept],
        {name: texts.take(take) for name, texts in chunk.columns.items()},
        (*chunk.faults, *faults),
        None if chunk.geometry is None else chunk.geometry[kept],
        chunk.tags,
        chunk.remarks,
        chunk.said,
    )


def checked_width(count: int, limits: Limits, name: str) -> None:
    """Raise UnreadableFile for more columns than a file may have."""
    if count > limits.columns:
        raise UnreadableFile(f"{name} has {count:,} columns, more than the {limits.columns:,} that are allowed; leave some out")


def checked_rows(count: int, limits: Limits, name: str) -> None:
    """Raise UnreadableFile for more rows than a file may have."""
    if count > limits.rows:
        raise UnreadableFile(f"{name} has more than the {limits.rows:,} rows that are allowed; split it")


def checked_cells(chunk: Chunk, limits: Limits, name: str) -> None:
    """Raise UnreadableFile for a cell longer than a cell may be."""
    for column, texts in chunk.columns.items():
        if len(texts) and pc.max(pc.binary_length(texts)).as_py() > limits.cell:
            long = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
            if long.max() > limits.cell:
                raise UnreadableFile(
                    f"{name} has a cell of {int(long.max()):,} characters in row {int(chunk.row[int(long.argmax())]):,}, "
                    f"column {column[:40]!r}, more than the {limits.cell:,} that are allowed; shorten it, or close its quotes"
                )


def checked_names(names: Sequence[str], name: str) -> None:
    """Raise UnreadableFile, naming them, for columns that have one name."""
    met: set[str] = set()
    twice = sorted({one for one in names if one in met or met.add(one)})  # type: ignore[func-returns-value]
    if twice:
        said = ", ".join(repr(one[:40]) for one in twice[:5])
        raise UnreadableFile(f"{name} names {said} more than once; rename one of them")


def _totals(chunk: Chunk, filled: npt.NDArray[np.uint16]) -> dict[int, str]:
    """Return the rows that hold a word for a total, then perhaps numbers, and nothing else: position and word."""
    few = np.flatnonzero((filled > 0) & (filled <= max(2, len(chunk.columns) // 2)))
    if not len(few):
        return {}
    take = pa.array(few)
    label = pa.array([""] * len(few), pa.string())
    for texts in chunk.columns.values():
        label = pc.if_else(pc.equal(label, ""), texts.take(take), label)
    few = few[pc.match_substring_regex(label, _TOTAL).to_numpy(zero_copy_only=False)]
    found = {}
    for n in few.tolist():
        said = [text for texts in chunk.columns.values() if (text := texts[n].as_py())]
        if all(_NUMBER.fullmatch(text) for text in said[1:]):
            found[n] = said[0]
    return found
