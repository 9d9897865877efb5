"""How late reports come in, and so what share of the newest ones is here already.

A report is known only once it is in: among what occurred lately the late ones are missing, and a plain share of delays makes
reporting look faster than it is. The estimate is therefore that of the reporting triangle, read backwards: of all reports that
took at most ``d`` and could have been seen to take ``d``, those that took exactly ``d``.

References
----------
Lagakos, S. W., Barraj, L. M. & De Gruttola, V. (1988). Nonparametric analysis of truncated survival data, with application
to AIDS. Biometrika 75, 515-523.

Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported events. Canadian Journal
of Statistics 22, 15-31.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MINUTE = 60_000_000
#: No share is estimated from fewer reports than this.
LEAST = 30
#: Longer delays, in minutes, count as this long.
LONGEST = 400 * 1_440


@dataclass(frozen=True, eq=False, slots=True)
class Delays:
    """How long reports take, by the record's own.

    Attributes
    ----------
    share : float64
        Of what is reported at all, the share that is in within so many minutes, begun ones counted: ``share[0]`` within the
        first. It rises to 1 at the longest delay that enough reports are old enough to show.
    count : int
        How many reports it is estimated from.
    """

    share: Floats
    count: int

    def within(self, share: float) -> int:
        """Return the minutes within which a share of the reports is in.

        Examples
        --------
        >>> Delays(np.array([0.5, 0.9, 1.0]), 30).within(0.9)
        2
        """
        return int(np.searchsorted(self.share, share - 1e-12)) + 1


def delays(occurred: Ints, reported: Ints, now: int) -> Delays | None:
    """Estimate how long reports take from those that are in.

    Parameters
    ----------
    occurred, reported : int64 arrays
        Microseconds since 1970 UTC, NO_TIME for unknown.
    now : int
        The same, when they were counted.

    Returns
    -------
    Delays or None
        None where fewer than ``LEAST`` reports tell: those that name another moment of report than that at which it occurred,
        and none before that.
    """
    told = (occurred != NO_TIME) & (reported > occurred) & (reported <= now)
    took = np.minimum((reported[told] - occurred[told]) // MINUTE, LONGEST)
    could = np.minimum((now - occurred[told]) // MINUTE, LONGEST)
    here = np.bincount(took, minlength=1)
    risk = np.cumsum(here) - np.cumsum(np.bincount(could + 1, minlength=len(here)))[: len(here)]
    enough = np.flatnonzero(risk >= LEAST)
    if not len(enough):
        return None
    reach = int(enough[-1]) + 1
    hazard = here[:reach] / np.maximum(risk[:reach], 1)
    later = np.cumprod((1.0 - hazard)[:0:-1])[::-1]
    return Delays(np.concatenate([later, [1.0]]), int(here[:reach].sum()))


def expected(known: Delays, edges: Ints, now: int) -> Floats:
    """Return the share that is expected to be in by ``now`` of what occurred evenly over each span between two edges.

    Parameters
    ----------
    known : Delays
    edges : int64 array
        Ascending, microseconds since 1970 UTC. What lies after ``now`` is left out; a span wholly after it has NaN.
    now : int

    Examples
    --------
    >>> half = Delays(np.array([0.5, 1.0]), 30)
    >>> expected(half, np.array([0, MINUTE, 2 * MINUTE]), 2 * MINUTE).tolist()
    [1.0, 0.5]
    """
    age = np.maximum(now - edges, 0) / MINUTE
    whole = np.concatenate([[0.0], np.cumsum(known.share)])
    area = np.interp(age, np.arange(len(whole)), whole) + np.maximum(age - (len(whole) - 1), 0.0)
    width = age[:-1] - age[1:]
    shares: Floats = np.divide(area[:-1] - area[1:], width, out=np.full(len(width), np.nan), where=width > 0)
    return np.minimum(shares, 1.0)
