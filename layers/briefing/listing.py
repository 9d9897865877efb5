"""The rows of a legend set in columns: words are broken into lines, and a cut is the last resort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from layers.briefing import lettering
from layers.briefing.legends import Entry, worded
from layers.briefing.picture import Ink, Rect

#: How high a line is, in heights of its letters, the airiest first.
_AIR = (1.1, 1.0, 0.96)
#: Between two columns, mm.
_APART = 4.0
Row = tuple[Entry, Rect]


def whole(entries: Sequence[Entry], box: Rect, columns: int, letter: float) -> tuple[Row, ...] | None:
    """Return the rows of a legend and where each stands, a column after the other; None where there is no room for all of them."""
    stands = _columns(box, columns)
    if len(entries) > columns * _fitting(box, letter, _AIR[-1]):
        return None
    lines = [len(worded(entry, stands[0].width, letter)) for entry in entries]
    for air in _AIR:
        begins = _parted(entries, lines, columns, _fitting(box, letter, air))
        if begins is not None:
            return tuple(_rows(entries, lines, begins, stands, air * lettering.height(letter)))
    return None


def cut(entries: Sequence[Entry], box: Rect, columns: int, letter: float) -> tuple[Row, ...]:
    """Return as many rows of a legend as there is room for; the last says how many are left out."""
    low, high = 0, len(entries)
    found: tuple[Row, ...] = ()
    while low < high:
        kept = (low + high) // 2
        more = Entry(f"and {len(entries) - kept:,} more", "", Ink())
        rows = whole([*entries[:kept], more], box, columns, letter)
        low, high, found = (kept + 1, high, rows) if rows else (low, kept, found)
    return found


def _columns(box: Rect, count: int) -> list[Rect]:
    wide = (box.width - (count - 1) * _APART) / count
    return [Rect(box.x + n * (wide + _APART), box.y, wide, box.height) for n in range(count)]


def _fitting(box: Rect, letter: float, air: float) -> int:
    """Return for how many lines a column has room."""
    return max(0, int(box.height / (air * lettering.height(letter)) + 1e-6))


def _parted(entries: Sequence[Entry], lines: Sequence[int], columns: int, most: int) -> list[int] | None:
    """Return with which rows the columns begin, as even as they can be; None where some would be of more than so many lines."""
    for longest in range(-(-sum(lines) // columns), most + 1):
        begins, used = [0], 0
        for n, high in enumerate(lines):
            # The name of a layer does not stand alone at the foot of a column.
            with_next = high + (lines[n + 1] if entries[n].heading and n + 1 < len(lines) else 0)
            if used and used + with_next > longest:
                begins.append(n)
                used = 0
            used += high
        if len(begins) <= columns and all(sum(lines[a:b]) <= longest for a, b in pairwise([*begins, len(lines)])):
            return begins
    return None


def _rows(
    entries: Sequence[Entry], lines: Sequence[int], begins: Sequence[int], columns: Sequence[Rect], step: float
) -> Iterator[Row]:
    for column, (begin, end) in zip(columns, pairwise([*begins, len(entries)]), strict=False):
        y = column.top
        for entry, high in zip(entries[begin:end], lines[begin:end], strict=True):
            y -= high * step
            yield entry, Rect(column.x, y, column.width, high * step)
