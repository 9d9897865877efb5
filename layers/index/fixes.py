"""Fixes of tracks, and what is wrong with them: nothing is put right and nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME
from layers.spatial.ground import Bools, Floats, Ints, ground_m, space

Wrong: TypeAlias = Literal["no time", "no place", "backwards", "leap"]
WRONG: tuple[Wrong, ...] = get_args(Wrong)

#: No patrol moves faster.
MOST_KMH = 500.0
SECOND = 1_000_000
_AT_ONCE = 1 << 19


@dataclass(frozen=True, slots=True)
class Fixes:
    """Where tracks were, and when, in the order in which they were recorded.

    Attributes
    ----------
    track : (n,) int64
        Position of the track, 0 or more; those of one track stand together, and tracks rise.
    lon, lat : (n,) float64
        WGS 84 degrees; NaN where a fix has no place.
    at : (n,) int64
        Microseconds since 1970 UTC, ``NO_TIME`` where there is none.

    Raises
    ------
    ValueError
        The columns are not equally long, or the tracks do not rise.
    """

    track: Ints
    lon: Floats
    lat: Floats
    at: Ints

    def __post_init__(self) -> None:
        sizes = {len(self.track), len(self.lon), len(self.lat), len(self.at)}
        if len(sizes) > 1:
            raise ValueError(f"the columns have {sorted(sizes)} rows; give each fix a track, a place and a time")
        if len(self.track) and (self.track[0] < 0 or (np.diff(self.track) < 0).any()):
            raise ValueError("the tracks do not rise from 0; sort the fixes by track, and leave each track's as they came")

    def __len__(self) -> int:
        return len(self.track)

    @property
    def count(self) -> int:
        """Return how many tracks there are, those without a fix among them."""
        return int(self.track[-1]) + 1 if len(self) else 0


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with tracks, by track and in the order of the fixes.

    Attributes
    ----------
    track : (n,) int64
    wrong : (n,) object
        "no time" or "no place": the fixes from ``before`` to ``after`` have none, and are passed over. "backwards": time falls from
        ``before`` to ``after``. "leap": it is faster than can be from the one to the other. Of these two the fixes count and the leg
        between them is not followed.
    before, after : (n,) int64
        Positions among the fixes.
    seconds, metres : (n,) float64
        From the one to the other; NaN where either has no time or no place.
    """

    track: Ints
    wrong: npt.NDArray[np.object_]
    before: Ints
    after: Ints
    seconds: Floats
    metres: Floats

    def __len__(self) -> int:
        return len(self.track)


def faults(fixes: Fixes, *, most_kmh: float = MOST_KMH) -> Faults:
    """Say what is wrong with tracks, and between which fixes.

    Parameters
    ----------
    fixes : Fixes
        As they were recorded.
    most_kmh : float
        What is faster is a leap. Fixes less than a second apart are taken as a second apart, for many are written to the second.

    Examples
    --------
    >>> day = np.array([0, 60, 30, 90], np.int64) * SECOND
    >>> found = faults(Fixes(np.zeros(4, np.int64), np.array([35.0, 35.0, 35.0, 36.0]), np.full(4, 33.0), day))
    >>> list(zip(found.wrong, found.before.tolist(), found.after.tolist()))
    [('backwards', 1, 2), ('leap', 2, 3)]
    """
    blank = np.where(fixes.at == NO_TIME, 0, np.where(placed(fixes), -1, 1))
    heads = np.flatnonzero((blank >= 0) & ((np.diff(blank, prepend=-1) != 0) | (np.diff(fixes.track, prepend=-1) != 0)))
    ends = np.flatnonzero((blank >= 0) & ((np.diff(blank, append=-1) != 0) | (np.diff(fixes.track, append=-1) != 0)))
    kept = usable(fixes)
    parts = [
        np.column_stack([kept[legs], kept[legs + 1], np.where(seconds < 0, 2, 3), seconds, metres])[wrong]
        for legs, seconds, metres, wrong in _judged(fixes, kept, most_kmh)
    ]
    nothing = np.full(len(heads), np.nan)
    every = np.concatenate([np.column_stack([heads, ends, blank[heads], nothing, nothing]), *parts])
    every = every[np.lexsort((every[:, 1], every[:, 0]))]
    before, after, wrong = every[:, :3].astype(np.int64).T
    return Faults(fixes.track[before], np.array(WRONG, np.object_)[wrong], before, after, every[:, 3], every[:, 4])


def placed(fixes: Fixes) -> Bools:
    """Say of each fix whether it has a place on earth."""
    found: Bools = np.isfinite(fixes.lon) & (np.abs(fixes.lat) <= 90)
    return found


def usable(fixes: Fixes) -> Ints:
    """Return the positions of the fixes that have a place and a time."""
    return np.flatnonzero(placed(fixes) & (fixes.at != NO_TIME))


def runs(fixes: Fixes, *, most_kmh: float = MOST_KMH) -> tuple[Ints, Ints]:
    """Return the usable fixes, and the number of the run each is in: what can be followed without a fault, rising."""
    kept = usable(fixes)
    opens = np.diff(fixes.track[kept], prepend=-1) != 0
    for legs, _, _, wrong in _judged(fixes, kept, most_kmh):
        opens[legs[wrong] + 1] = True
    return kept, np.cumsum(opens) - 1


def _judged(fixes: Fixes, kept: Ints, most_kmh: float) -> Iterator[tuple[Ints, Floats, Floats, Bools]]:
    """Yield legs between kept fixes of one track, part by part: the number of the first, seconds, metres, whether it is wrong."""
    for start in range(0, len(kept) - 1, _AT_ONCE):
        part = kept[start : start + _AT_ONCE + 1]
        stands = space(fixes.lon[part], fixes.lat[part])
        metres = ground_m(stands[:-1], stands[1:])
        seconds = np.diff(fixes.at[part]) / SECOND
        wrong = (seconds < 0) | (metres * 3.6 > most_kmh * np.maximum(seconds, 1.0))
        same = np.flatnonzero(np.diff(fixes.track[part]) == 0)
        yield same + start, seconds[same], metres[same], wrong[same]
