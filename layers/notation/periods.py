"""Times made coarse: when the UTC period began, or ended, that each lies in.

Nothing here is random. Noise averages out when something is told twice; a period stays the same period.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME

Int64s = npt.NDArray[np.int64]
Period = Literal["hour", "day", "week", "month"]

_SPANS_H = {"hour": 1, "day": 24, "week": 7 * 24}
_HOUR = 3_600_000_000
#: 1970 began on a Thursday; weeks begin on Mondays.
_MONDAY_H = {"week": -3 * 24}
#: A week in microseconds.
WEEK = 7 * 24 * _HOUR


def begun(micros: npt.ArrayLike, period: Period) -> Int64s:
    """Return when the UTC period began that each time lies in: the hour, day, week from Monday, or month, half-open.

    Parameters
    ----------
    micros : int64 array
        Microseconds since 1970 UTC; NO_TIME stays.

    Examples
    --------
    >>> at = np.array(["2026-11-23T07:15"], "M8[us]").astype(np.int64)
    >>> [str(begun(at, period).astype("M8[us]")[0])[:13] for period in ("hour", "day", "week", "month")]
    ['2026-11-23T07', '2026-11-23T00', '2026-11-23T00', '2026-11-01T00']
    """
    given = np.asarray(micros, np.int64)
    if period == "month":
        return given.astype("M8[us]").astype("M8[M]").astype("M8[us]").astype(np.int64)
    step, first = _SPANS_H[period] * _HOUR, _MONDAY_H.get(period, 0) * _HOUR
    there = given != NO_TIME
    safe = np.where(there, given, 0)
    return np.where(there, safe - (safe - first) % step, NO_TIME)


def ended(micros: npt.ArrayLike, period: Period) -> Int64s:
    """Return when the period ended that each end lies in; an end at the very edge of two periods stays."""
    given = np.asarray(micros, np.int64)
    first = begun(given, period)
    if period == "month":
        after = (first.astype("M8[us]").astype("M8[M]") + 1).astype("M8[us]").astype(np.int64)
    else:
        after = np.where(given != NO_TIME, first, 0) + _SPANS_H[period] * _HOUR
    return np.where((given == NO_TIME) | (given == first), given, after)
