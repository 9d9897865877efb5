"""What is odd about the times of tracks that come as one row each: none, some missing, running backwards, or leaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from layers.ingest.fixes import MOST_KMH
from layers.model import Fault
from layers.spatial.ground import Floats, ground_m, space

#: The field that holds the seconds of each vertex after the start.
TIMES = "times"


def remarks(
    texts: Sequence[str], lines: npt.NDArray[np.object_], row: npt.NDArray[np.int64], untimed: Sequence[Sequence[int]]
) -> list[Fault]:
    """Return what is odd about the times of tracks, which are taken all the same.

    Parameters
    ----------
    texts : sequence of str
        Of each track its seconds as they are kept; blank where it has none.
    lines : array of lines
        WGS 84 degrees, a vertex for each of the seconds.
    row : array of int
        The number of each track in the file.
    untimed : sequence of pairs of int
        How many points of each track had no time, of how many.
    """
    found = []
    for n, (text, (blank, count)) in enumerate(zip(texts, untimed, strict=True)):
        odd = [_without(blank, count, kept=bool(text))] if blank or not text else []
        odd += _amiss(_seconds(text), lines[n], left=", of those with a time" if blank else "")
        found += [Fault(int(row[n]), TIMES, reason) for reason in odd]
    return found


def _seconds(text: str) -> Floats:
    """Return seconds as numbers; none where a file brings a text of its own that is none."""
    try:
        return np.array(text.split(), np.float64)
    except ValueError:
        return np.empty(0)


def _without(blank: int, count: int, *, kept: bool) -> str:
    if kept:
        return f"{blank:,} of {count:,} points have no time; they are left out"
    if blank < count:
        return f"{blank:,} of {count:,} points have no time, so nobody knows when it was where; export it with its times"
    return "has no times, so nobody knows when it was where; export it with its times"


def _amiss(seconds: Floats, line: shapely.Geometry, *, left: str) -> list[str]:
    """Return where time runs backwards, else the first leap; two fixes less than a second apart are taken as a second apart."""
    at = shapely.get_coordinates(line)
    if len(at) != len(seconds):
        return []
    step, stands = np.diff(seconds), space(*at.T)
    back = np.flatnonzero(step < 0)
    if len(back):
        return [f"times run backwards at point {back[0] + 2:,}{left}{_more(len(back))}; nobody can say when it was where"]
    metres = ground_m(stands[:-1], stands[1:])
    fast = np.flatnonzero(metres * 3.6 > MOST_KMH * np.maximum(step, 1.0))
    if not len(fast):
        return []
    n = int(fast[0])
    how = f"leaps {metres[n] / 1_000:,.1f} km in {step[n]:,.0f} s, faster than {MOST_KMH:.0f} km/h"
    return [f"{how}, at point {n + 2:,}{left}{_more(len(fast))}; what lies between counts as not driven"]


def _more(count: int) -> str:
    return f" and {count - 1:,} more" if count > 1 else ""
