"""A map of classes as runs: pixels of one class that follow one another in a row. Where little changed, little is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.imagery.change.method import Marks

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of pixels, by row and then by column.

    Attributes
    ----------
    row, begin, end : (n,) int32
        The row and the columns from ``begin`` up to, not with, ``end``.
    kind : (n,) uint8
        The class, from 1.
    total : (n,) float64
        The sum of the statistic over the run.
    """

    row: npt.NDArray[np.int32]
    begin: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    kind: npt.NDArray[np.uint8]
    total: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def pixels(self) -> Ints:
        """Return how many pixels each run has."""
        return (self.end - self.begin).astype(np.int64)

    def taken(self, chosen: Bools | Ints | slice) -> Runs:
        """Return some of them."""
        return Runs(self.row[chosen], self.begin[chosen], self.end[chosen], self.kind[chosen], self.total[chosen])


_NOWHERE = np.zeros(0, np.int32)
NONE = Runs(_NOWHERE, _NOWHERE, _NOWHERE, np.zeros(0, np.uint8), np.zeros(0))


def runs(marks: Marks, row: int = 0, column: int = 0) -> Runs:
    """Return the runs of a window whose first pixel lies at ``row`` and ``column`` of the whole."""
    classes = marks.classes
    if not classes.any():
        return NONE
    height, width = classes.shape
    # A column of none behind each row keeps rows apart; one pixel before all lets the first begin.
    padded = np.zeros(1 + height * (width + 1), np.uint8)
    padded[1:].reshape(height, width + 1)[:, :width] = classes
    at = np.flatnonzero(padded[1:] != padded[:-1])
    begin, end = at[padded[at + 1] > 0], at[padded[at] > 0]
    rows, begins = np.divmod(begin, width + 1)
    ends = end - rows * (width + 1)
    edges = np.stack([rows * width + begins, rows * width + ends], axis=1).ravel()
    # The last run may end with the window, where a sum ends by itself.
    total = np.add.reduceat(marks.statistic.ravel(), edges[edges < classes.size], dtype=np.float64)[::2]
    return Runs(
        (rows + row).astype(np.int32),
        (begins + column).astype(np.int32),
        (ends + column).astype(np.int32),
        padded[begin + 1],
        total,
    )


def gathered(parts: Sequence[Runs]) -> Runs:
    """Return all runs of several, one after the other."""
    if not parts:
        return NONE
    return Runs(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.begin for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.total for part in parts]),
    )


def joined(parts: Sequence[Runs]) -> Runs:
    """Return the runs of windows side by side, in order, those that go on over a border as one."""
    every = gathered([part for part in parts if len(part)])
    if not len(every):
        return every
    every = every.taken(np.lexsort((every.begin, every.row)))
    goes_on = (every.row[1:] == every.row[:-1]) & (every.kind[1:] == every.kind[:-1]) & (every.begin[1:] == every.end[:-1])
    first = np.flatnonzero(np.append(True, ~goes_on))
    last = np.append(first[1:], len(every)) - 1
    total = np.add.reduceat(every.total, first)
    return Runs(every.row[first], every.begin[first], every.end[last], every.kind[first], total)


def touching(above: Runs, below: Runs, width: int) -> tuple[Ints, Ints]:
    """Return which runs have which of the same class right below them, sharing at least one pixel's edge, by positions."""
    low, high = (below.row.astype(np.int64) * width + below.begin, below.row.astype(np.int64) * width + below.end)
    down = (above.row.astype(np.int64) + 1) * width
    first = np.searchsorted(high, down + above.begin, "right")
    count = np.maximum(np.searchsorted(low, down + above.end, "left") - first, 0)
    who = np.repeat(np.arange(len(above)), count)
    other = np.arange(len(who)) + np.repeat(first - np.cumsum(count) + count, count)
    same = above.kind[who] == below.kind[other]
    return who[same], other[same]
