"""Where a table begins: titles above the header, a row of HXL tags below it, or no header at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Sequence[str]

_TAG = re.compile(r"#\s*[A-Za-z]\w*(\s*\+\s*[A-Za-z]\w*)*")
_VALUE = re.compile(r"[+-]?\.?\d[\d\s.,:/TZ+-]*([eE][+-]?\d{1,3})?")
_YEAR = re.compile(r"(19|20)\d\d")
_LOOKED_AT = 25
_FULL = 0.6


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a table's rows.

    Attributes
    ----------
    names : tuple of str
        A name for each column; ``column 3`` where there is none.
    first : int
        Position of the first row of data among the rows that were looked at.
    tags : mapping of column name to HXL tag
    """

    names: tuple[str, ...]
    first: int
    tags: Mapping[str, str]


def found(rows: Sequence[Row]) -> Head | None:
    """Return where a table's data begins and what its columns are called; None where every row is blank.

    The header is the first row that names most of the columns that are used; what stands above it is a title.
    A row of HXL tags belongs to the header. A table has no header where its first row holds numbers or dates
    in more columns than it holds words above numbers or dates.

    Parameters
    ----------
    rows : sequence of rows
        The first rows of the table, cells trimmed. More than about a hundred change nothing.
    """
    there = [n for n, row in enumerate(rows) if any(row)]
    if not there:
        return None
    tagged = next((n for n in there[:_LOOKED_AT] if _tagged(rows[n])), None)
    if tagged is not None:
        above = [n for n in there if n < tagged]
        return _head(rows[above[-1]] if above else (), rows, tagged + 1, rows[tagged])
    at = _header_at(rows, there)
    if _valued(rows, there[0]):
        return _head((), rows, there[0], ())
    return _head(rows[at], rows, at + 1, ())


def consistency(rows: Sequence[Row]) -> tuple[bool, float, int, int]:
    """Return how well rows agree about their number of cells: the greater, the likelier their separator."""
    lengths = [len(row) for row in rows if any(row)]
    if not lengths:
        return False, 0.0, 0, 0
    width = _width(rows)
    return width > 1, lengths.count(width) / len(lengths), -lengths.index(width), width


def _head(named: Row, rows: Sequence[Row], first: int, tags: Row) -> Head:
    data = [len(row) for row in rows[first:] if any(row)]
    widest = max(len(named), len(tags))
    if not widest:
        widest = _width(rows[first:])
    elif len(data) >= 3 and len(set(data)) == 1 and (data[0] > widest or not any([*named, *tags][data[0] :])):
        widest = data[0]
    names = []
    for n in range(widest):
        told = named[n] if n < len(named) else ""
        names.append(told or (tags[n] if n < len(tags) else "") or f"column {n + 1}")
    pairs = zip(names, tags, strict=False)
    return Head(tuple(names), first, {name: _plain(tag) for name, tag in pairs if tag})


def _header_at(rows: Sequence[Row], there: Sequence[int]) -> int:
    width = _width(rows)
    used = [n for n in range(width) if any(len(rows[at]) > n and rows[at][n] for at in there)]
    for at in there[:_LOOKED_AT]:
        if sum(bool(rows[at][n]) for n in used if n < len(rows[at])) >= _FULL * len(used):
            return there[0] if any(_value(cell) and not _YEAR.fullmatch(cell) for cell in rows[at]) else at
    return there[0]


def _width(rows: Sequence[Row]) -> int:
    """Return the number of cells most rows have; of equally frequent ones the greater."""
    counted = Counter(len(row) for row in rows if any(row))
    return max(counted, key=lambda width: (counted[width], width), default=0)


def _valued(rows: Sequence[Row], at: int) -> bool:
    values, words = 0, 0
    if sum(map(bool, rows[at])) == 1 < _width(rows):
        return False
    for n, cell in enumerate(rows[at]):
        if _value(cell):
            values += not _YEAR.fullmatch(cell)
        elif cell:
            below = [row[n] for row in rows[at + 1 :] if len(row) > n and row[n]]
            words += bool(below) and sum(map(_value, below)) >= _FULL * len(below)
    return values > words


def _value(cell: str) -> bool:
    return _VALUE.fullmatch(cell) is not None


def _tagged(row: Row) -> bool:
    return all(_TAG.fullmatch(cell) for cell in row if cell)


def _plain(tag: str) -> str:
    return "".join(tag.split()).lower()
