"""Who has gone quiet: for how long nothing came in from somewhere, against the silences that are usual there.

A silence is unusual where it is longer than 95 % of those between the reports of the last 30 days, or of the last 20 silences where these
were fewer. Where there never were as many, a plain day is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME

Ints = npt.NDArray[np.int64]

_HOUR = 3_600_000_000
#: Silences of so long back are looked at, microseconds, and the last so many of them at least.
BACK, LEAST = 30 * 24 * _HOUR, 20
#: Longer than this share of them is unusual; where there are not as many, longer than so many microseconds.
SHARE, PLAIN = 0.95, 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Silence:
    """How long it has been quiet.

    Attributes
    ----------
    last : int
        When the last report came in, microseconds since 1970 UTC; NO_TIME where none ever did.
    lasts : int
        So long ago, microseconds; 0 where none ever did.
    usual : int
        What it is held against.
    own : bool
        Whether that is taken from its own silences; else it is a plain day.
    """

    last: int
    lasts: int
    usual: int
    own: bool

    @property
    def unusual(self) -> bool:
        """Say whether it has been quiet for longer than is usual."""
        return self.last != NO_TIME and self.lasts > self.usual


def silence(came: Ints, now: int) -> Silence:
    """Return how long it has been quiet, from when reports came in; those that came at one moment are one.

    Parameters
    ----------
    came : int64 array
        Microseconds since 1970 UTC in any order; what lies after ``now`` or has no time is left out.
    now : int

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> quiet = silence(np.arange(0, 31 * hour, hour), 33 * hour)
    >>> quiet.lasts // hour, quiet.usual // hour, quiet.own, quiet.unusual
    (3, 1, True, True)
    """
    known = np.unique(came[(came <= now) & (came != NO_TIME)])
    if not len(known):
        return Silence(int(NO_TIME), 0, PLAIN, own=False)
    lately = max(int((known > now - BACK).sum()), LEAST + 1)
    gaps = np.sort(np.diff(known[-lately:]))
    own = len(gaps) >= LEAST
    usual = int(gaps[int(np.ceil(SHARE * len(gaps))) - 1]) if own else PLAIN
    return Silence(int(known[-1]), now - int(known[-1]), usual, own)
