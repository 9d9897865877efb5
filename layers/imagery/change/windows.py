"""Windows of a grid, and work on them in several threads that comes back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from layers.errors import Stopped

_LOOKS_EVERY_S = 0.1
#: So many windows are worked on or wait to be taken, beyond one a thread.
_AHEAD = 2

Item = TypeVar("Item")
Result = TypeVar("Result")
Asked = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a grid: its first row and column, and how many of each."""

    row: int
    column: int
    rows: int
    columns: int

    def grown(self, margin: int, height: int, width: int) -> Window:
        """Return it with a margin around, as far as the grid goes."""
        row, column = max(self.row - margin, 0), max(self.column - margin, 0)
        below, right = min(self.row + self.rows + margin, height), min(self.column + self.columns + margin, width)
        return Window(row, column, below - row, right - column)

    def meets(self, other: Window) -> bool:
        """Return whether it has a pixel in common with another."""
        apart = self.row >= other.row + other.rows or other.row >= self.row + self.rows
        return not (apart or self.column >= other.column + other.columns or other.column >= self.column + self.columns)

    def within(self, other: Window) -> tuple[slice, slice]:
        """Return where it lies in another that holds it."""
        row, column = self.row - other.row, self.column - other.column
        return slice(row, row + self.rows), slice(column, column + self.columns)


def windows(height: int, width: int, size: int) -> list[Window]:
    """Return squares that cover a grid once, row after row, those at the far sides cut."""
    return [
        Window(row, column, min(size, height - row), min(size, width - column))
        for row in range(0, height, size)
        for column in range(0, width, size)
    ]


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], *, threads: int, cancelled: Asked | None = None
) -> Iterator[Result]:
    """Yield what ``work`` makes of each item, in the order of the items, with the next ones under way meanwhile.

    Raises
    ------
    Stopped
        ``cancelled`` said so. Work under way is waited for, work not begun is not done.
    """
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= threads + _AHEAD:
                yield awaited(waiting.popleft(), cancelled)
        while waiting:
            yield awaited(waiting.popleft(), cancelled)
    finally:
        pool.shutdown(cancel_futures=True)


def aside(work: Callable[[], Result], cancelled: Asked | None) -> Result:
    """Return what work makes that cannot be broken off; where it is cancelled, it is left to end by itself.

    Raises
    ------
    Stopped
        ``cancelled`` said so.
    """
    pool = ThreadPoolExecutor(1)
    try:
        return awaited(pool.submit(work), cancelled)
    finally:
        pool.shutdown(wait=False)


def awaited(result: Future[Result], cancelled: Asked | None) -> Result:
    """Wait for a result, asking now and then whether it is still wanted.

    Raises
    ------
    Stopped
        It is not.
    """
    while cancelled is not None:
        heeded(cancelled)
        if wait([result], _LOOKS_EVERY_S).done:
            break
    return result.result()


def heeded(cancelled: Asked | None) -> None:
    """Ask whether the work is still wanted.

    Raises
    ------
    Stopped
        It is not.
    """
    if cancelled is not None and cancelled():
        raise Stopped("The comparison was stopped, as asked; nothing of it is kept.")
