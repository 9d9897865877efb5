"""Whether what happens near in space also happens near in time, more than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.analysis.clusters import Events, pairs
from layers.spatial.ground import Ints

#: So many reports are compared, and so many pairs over all shuffles.
MOST = 4_000
_MOST_COMPARED = 200_000_000
_SHUFFLES = (19, 199)
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Interaction:
    """Knox's test of reports.

    Attributes
    ----------
    observed : int
        Pairs near in space and in time.
    expected : float
        As many as there would be on average if times were shuffled among places.
    chance : float
        How likely chance alone gives as many, by ``shuffles`` shuffles: at least 1 in so many and one.
    """

    observed: int
    expected: float
    chance: float
    shuffles: int


def interaction(events: Events, metres: float, hours: float, seed: int) -> Interaction:
    """Return Knox's test of space-time interaction: pairs near in both, against times shuffled among the places.

    Where reporting itself moves over time, from one part of the area to another, that alone makes pairs.

    Parameters
    ----------
    events : Events
        At most ``MOST``, all with a time.

    References
    ----------
    Knox, E. G. (1964). The detection of space-time interactions. Applied Statistics 13, 25-30.
    Kulldorff, M., Hjalmars, U. (1999). The Knox method and other tests for space-time interaction. Biometrics 55, 544-552.
    """
    count, window = len(events), int(hours * _HOUR)
    one, other, _ = pairs(Events(events.lon, events.lat, np.zeros_like(events.at)), metres, 1)
    random = np.random.default_rng(seed)

    def near(at: Ints) -> int:
        return int((np.abs(at[one] - at[other]) <= window).sum())

    observed = near(events.at)
    shuffles = int(np.clip(_MOST_COMPARED // max(len(one), 1), *_SHUFFLES))
    as_many = sum(near(random.permutation(events.at)) >= observed for _ in range(shuffles))
    ordered = np.sort(events.at)
    in_time = int((np.searchsorted(ordered, ordered + window, side="right") - np.arange(count) - 1).sum())
    expected = len(one) * in_time / max(count * (count - 1) / 2, 1)
    return Interaction(observed, expected, (1 + as_many) / (1 + shuffles), shuffles)
