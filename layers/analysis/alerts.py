"""Repeats put together into one alert, and which of them an acknowledgement covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """Incidents that one rule means, as columns of one length.

    Attributes
    ----------
    start : int64
        When each occurred, microseconds since 1970 UTC.
    sector : int64
        Number of the sector it lies in, 0 for none.
    origin : int64
        The version in which the mission first knew of it; a later version of it is no new incident.
    rank : int64
        Rank of its marking.
    sector_rank : int64
        Rank of the marking of that sector, 0 for none: who does not reach it is not told that it lies there.
    """

    start: Int64s
    sector: Int64s
    origin: Int64s
    rank: Int64s
    sector_rank: Int64s

    def seen(self, ceiling: int) -> Int64s:
        """Return the sectors as who reaches a rank sees them, 0 where that is none."""
        return np.where(self.sector_rank <= ceiling, self.sector, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """What one acknowledgement covers: what its author saw then of one sector, from ``first`` to ``last``.

    ``upto`` is the version of the record that was on the screen, ``ceiling`` the highest rank of a marking the author sees.
    """

    sector: int
    first: int
    last: int
    upto: int
    ceiling: int


def grouped(start: Int64s, sector: Int64s, apart: int) -> Int64s:
    """Return of each incident the number of its group of repeats, from 0 in order of sector and time.

    Two incidents are of one group where they lie in one sector and a chain of incidents of that sector leads from one to
    the other, each at most ``apart`` microseconds after the one before. A group only ever grows, or joins another, as
    incidents are added.

    Examples
    --------
    >>> grouped(np.array([50, 0, 10, 90]), np.array([1, 1, 1, 2]), 10).tolist()
    [1, 0, 0, 2]
    """
    order = np.lexsort((start, sector))
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(sector[order]) != 0) | (np.diff(start[order]) > apart)
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(begins) - 1
    return numbers


def covered(found: Found, spans: Sequence[Span]) -> Int64s:
    """Return of each incident the position of the last of ``spans`` that covers it, -1 for none.

    An acknowledgement covers what its author could see: an incident of its time and of its sector, as its author saw sectors,
    known by its version, and marked no higher than its author's ceiling.
    """
    by = np.full(len(found.start), -1, np.int64)
    for number, span in enumerate(spans):
        within = (found.seen(span.ceiling) == span.sector) & (found.start >= span.first) & (found.start <= span.last)
        by[within & (found.origin <= span.upto) & (found.rank <= span.ceiling)] = number
    return by
