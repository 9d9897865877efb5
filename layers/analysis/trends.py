"""Counts by equal steps of time, of all and of each group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME

Ints = npt.NDArray[np.int64]

_HOUR, _DAY = 3_600, 86_400
#: Steps of a chart in seconds, each with the most of them that are read at a glance.
STEPS = ((_HOUR, 72), (_DAY, 120), (7 * _DAY, 120), (28 * _DAY, 120), (364 * _DAY, 10_000))


def edges(begin: int, end: int) -> Ints:
    """Return the edges of equal steps that cover a span, counted back from its end, so that no step is cut short there.

    Parameters
    ----------
    begin, end : int
        Microseconds since 1970 UTC, ``begin`` before ``end``. The first step may begin before the span does.

    Examples
    --------
    >>> day = 86_400_000_000
    >>> ((edges(0, 7 * day) - 7 * day) // day).tolist()
    [-7, -6, -5, -4, -3, -2, -1, 0]
    """
    step = next((s for s, most in STEPS if end - begin <= s * most * 1_000_000), STEPS[-1][0]) * 1_000_000
    count = max(1, -(-(end - begin) // step))
    return end - step * np.arange(count, -1, -1, dtype=np.int64)


def steps(moments: Ints, at: Ints) -> Ints:
    """Return the step each moment lies in, from 0; -1 for those outside the edges ``at``, and those without a time.

    Examples
    --------
    >>> steps(np.array([0, 9, 10, 20]), np.array([0, 10, 20])).tolist()
    [0, 0, 1, -1]
    """
    inside = (moments >= at[0]) & (moments < at[-1]) & (moments != NO_TIME)
    return np.where(inside, (moments - at[0]) // (at[1] - at[0]), -1)


def by_group(group: Ints, step: Ints, groups: int, count: int) -> Ints:
    """Return how many of each group lie in each step, ``groups`` by ``count``; step -1 lies in none."""
    kept = step >= 0
    flat = np.bincount(group[kept] * count + step[kept], minlength=groups * count)
    return flat.astype(np.int64).reshape(groups, count)


def merged(group: npt.NDArray[np.uint16], of: Sequence[int]) -> Ints:
    """Return groups renumbered: ``of`` has the new number of each old one.

    Examples
    --------
    >>> merged(np.array([0, 2, 1], np.uint16), [0, 0, 1]).tolist()
    [0, 1, 0]
    """
    return np.asarray(of, np.int64)[group]
