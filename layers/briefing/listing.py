"""The rows of a legend set in columns: words are broken into lines, and a cut is the last resort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from layers.briefing import lettering
from layers.briefing.legends import Entry, worded
from layers.briefing.picture import Ink, Rect

#: How high a line is, in heights of its letters, and how much stands over a group, in halves of a line; the airiest first.
_AIR = ((1.1, 1), (1.0, 1), (0.96, 1), (0.96, 0))
#: Between two columns, mm.
_APART = 4.0
Row = tuple[Entry, Rect]


def whole(entries: Sequence[Entry], box: Rect, columns: int, letter: float) -> tuple[Row, ...] | None:
    """Return the rows of a legend and where each stands, a column after the other; None where there is no room for all of them."""
    stands = _columns(box, columns)
    if len(entries) > columns * _fitting(box, letter, _AIR[-1][0]):
        return None
    halves = [2 * len(worded(entry, stands[0].width, letter)) for entry in entries]
    for air, over in _AIR:
        gaps = [over * begins for begins in _begun(entries)]
        begins = _parted(entries, (halves, gaps), columns, int(2 * box.height / (air * lettering.height(letter)) + 1e-6))
        if begins is not None:
            return tuple(_rows(entries, (halves, gaps), begins, stands, air * lettering.height(letter) / 2))
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


def _begun(entries: Sequence[Entry]) -> list[bool]:
    """Say which rows begin a group: the names of layers, and what follows the last row of such a layer."""
    found, headed = [], ""
    for n, entry in enumerate(entries):
        found.append(n > 0 and (entry.heading or bool(headed and entry.layer != headed)))
        headed = entry.layer if entry.heading else headed if entry.layer == headed else ""
    return found


def _parted(entries: Sequence[Entry], heights: tuple[Sequence[int], Sequence[int]], columns: int, most: int) -> list[int] | None:
    """Return with which rows the columns begin, as even as they can be; None where some would be higher than so many halves of a line.

    ``heights`` are those of the rows, and what stands over each; over the first of a column nothing does.
    """
    rows, gaps = heights
    for longest in range(-(-sum(rows) // columns), most + 1):
        begins, used = [0], 0
        for n, high in enumerate(rows):
            # The name of a layer does not stand alone at the foot of a column.
            with_next = gaps[n] + high + (rows[n + 1] if entries[n].heading and n + 1 < len(rows) else 0)
            if used and used + with_next > longest:
                begins.append(n)
                used = 0
            used += high + (gaps[n] if used else 0)
        ends = pairwise([*begins, len(rows)])
        if len(begins) <= columns and all(sum(rows[a:b]) + sum(gaps[a + 1 : b]) <= longest for a, b in ends):
            return begins
    return None


def _rows(
    entries: Sequence[Entry],
    heights: tuple[Sequence[int], Sequence[int]],
    begins: Sequence[int],
    columns: Sequence[Rect],
    step: float,
) -> Iterator[Row]:
    rows, gaps = heights
    for column, (begin, end) in zip(columns, pairwise([*begins, len(entries)]), strict=False):
        y = column.top
        for n in range(begin, end):
            y -= (rows[n] + (gaps[n] if n > begin else 0)) * step
            yield entries[n], Rect(column.x, y, column.width, rows[n] * step)
