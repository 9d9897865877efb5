"""Where a table begins: titles above the header, a row of HXL tags below it, or no header at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Sequence[str]

_TAG = re.compile(r"#\s*[A-Za-z]\w*(\s*\+\s*[A-Za-z]\w*)*")
_MONTH = r"[A-Za-z]{3,9}\.?"
_VALUE = re.compile(
    r"[+-]?\.?\d[\d\s.,:/TZ+-]*([eE][+-]?\d{1,3})?%?"  # numbers, ISO dates, 1/3/2026, times
    rf"|\d{{1,2}}[ .-]+{_MONTH}[ ,-]+\d{{2,4}}.*|{_MONTH} \d{{1,2}},? \d{{4}}.*"  # 1 March 2015, March 1, 2015
    r"|\d{6}(\d\d)?\s?[A-Za-z]\s?[A-Za-z]{3}\s?\d{2,4}"  # date-time groups
)
_YEAR = re.compile(r"(19|20)\d\d")
#: A header stands among so many rows, and names this part of the columns that are used.
_LOOKED_AT, _FULL = 25, 0.6


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

    The first row that fills most of the columns that are used is the header where it holds words alone; what stands
    above it is a title. Where it holds a number or a date the table has no header, unless a row below names every column
    and no row above that one is as full. A row of HXL tags ends the header.

    Parameters
    ----------
    rows : sequence of rows
        The first rows of the table, cells trimmed. More than about a hundred change nothing.

    Examples
    --------
    >>> found([["March"], ["id", "kind"], ["1", "firing"]])
    Head(names=('id', 'kind'), first=2, tags={})
    >>> found([["1", "firing"], ["2", "firing"]]).names
    ('column 1', 'column 2')
    """
    there = [n for n, row in enumerate(rows) if any(row)]
    if not there:
        return None
    tagged = next((n for n in there[:_LOOKED_AT] if _tagged(rows[n], first=n == there[0])), None)
    if tagged is not None:
        above = [n for n in there if n < tagged]
        return _head(rows[above[-1]] if above else (), rows, tagged + 1, rows[tagged])
    used = _used(rows, there)
    top = there[:_LOOKED_AT]
    full = next((n for n in top if _filled(rows[n], used) >= _FULL * len(used)), there[0])
    more = next((n for n in top if n > full and _names_all(rows[n], used)), None)
    if _valued(rows, full):
        if more is None or any(_filled(rows[n], used) == len(used) for n in there if n < more):
            begin = next((n for n in there if n == full or not _title(rows[n], len(used))), full)
            return _head((), rows, begin, ())
        full = more
    elif more is not None and there.index(more) == there.index(full) + 1 and _groups(rows[full], used):
        full = more
    return _head(rows[full], rows, full + 1, ())


def passed_over(rows: Sequence[Row], head: Head) -> tuple[str, ...]:
    """Return, in a sentence, what stands above a table's header and is no row of it; nothing where nothing does.

    Examples
    --------
    >>> rows = [["March"], [], ["id", "kind"], ["1", "firing"]]
    >>> passed_over(rows, found(rows))
    ("The row above the header, 'March', is passed over.",)
    """
    above = [row for row in rows[: head.first] if any(row) and not _tagged(row, first=False)]
    if above and any(cell in head.names for cell in above[-1] if cell):
        above = above[:-1]
    if not above:
        return ()
    begin = next(cell for cell in above[0] if cell)[:40]
    if len(above) == 1:
        return (f"The row above the header, {begin!r}, is passed over.",)
    return (f"The {len(above)} rows above the header, from {begin!r} on, are passed over.",)


def consistency(rows: Sequence[Row]) -> tuple[bool, bool, float, float]:
    """Return how well rows agree about their number of cells: the greater, the likelier their separator.

    Before all that there is more than one, then that the first two rows agree with most, then how many rows do, then how
    many from the header on.
    """
    lengths = [len(row) for row in rows if any(row)]
    head = found(rows)
    if head is None:
        return False, False, 0.0, 0.0
    width = _width(rows)
    below = [len(row) for row in rows[max(0, head.first - 1) :] if any(row)]
    return width > 1, set(lengths[:2]) == {width}, lengths.count(width) / len(lengths), below.count(width) / len(below)


def _head(named: Row, rows: Sequence[Row], first: int, tags: Row) -> Head:
    names: list[str] = []
    for n in range(_widest(named, rows, first, tags)):
        told = named[n] if n < len(named) else ""
        tag = tags[n] if n < len(tags) and tags[n] not in names else ""
        names.append(told or tag or f"column {n + 1}")
    pairs = zip(names, tags, strict=False)
    return Head(tuple(names), first, {name: "".join(tag.split()).casefold() for name, tag in pairs if tag})


def _widest(named: Row, rows: Sequence[Row], first: int, tags: Row) -> int:
    """Return how many columns there are: what the header names, but for separators that only it or only the rows end with."""
    data = [row for row in rows[first:] if any(row)]
    widest = max(len(named), len(tags))
    if not widest:
        return _width(data)
    lengths = {len(row) for row in data}
    if len(lengths) != 1:
        return widest
    length = lengths.pop()
    above = any(len(row) == length for row in rows[:first])
    more = length > widest and (above or not any(any(row[widest:]) for row in data))
    fewer = length < widest and not any([*named[length:], *tags[length:]])
    return length if more or fewer else widest


def _used(rows: Sequence[Row], there: Sequence[int]) -> list[int]:
    return [n for n in range(_width(rows)) if any(len(rows[at]) > n and rows[at][n] for at in there)]


def _filled(row: Row, used: Sequence[int]) -> int:
    return sum(bool(row[n]) for n in used if n < len(row))


def _width(rows: Sequence[Row]) -> int:
    """Return the number of cells most rows have; of equally frequent ones the greater."""
    counted = Counter(len(row) for row in rows if any(row))
    return max(counted, key=lambda width: (counted[width], width), default=0)


def _valued(rows: Sequence[Row], at: int) -> bool:
    """Say whether a row holds a number or a date; a year does not count above other things than years."""
    for n, cell in enumerate(rows[at]):
        if _YEAR.fullmatch(cell):
            below = [row[n] for row in rows[at + 1 :] if len(row) > n and row[n]]
            if all(_YEAR.fullmatch(text) for text in below):
                return True
        elif _VALUE.fullmatch(cell):
            return True
    return False


def _title(row: Row, width: int) -> bool:
    said = [cell for cell in row if cell]
    return len(said) == 1 and not _VALUE.fullmatch(said[0]) and (len(row) == 1 < width or width > 2)


def _names_all(row: Row, used: Sequence[int]) -> bool:
    said = [cell for cell in row if cell]
    words = len(set(said)) == len(said) and not any(_VALUE.fullmatch(cell) for cell in said)
    return words and _filled(row, used) == len(used)


def _groups(row: Row, used: Sequence[int]) -> bool:
    """Say whether a row has gaps between its cells, as merged cells above a header do."""
    there = [n for n, cell in enumerate(row) if cell]
    return _filled(row, used) < len(used) and any(not row[n] for n in range(there[0], there[-1]))


def _tagged(row: Row, *, first: bool) -> bool:
    tags = [cell for cell in row if cell]
    return all(_TAG.fullmatch(cell) for cell in tags) and (len(tags) > 1 or first)
