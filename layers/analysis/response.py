"""What was done about an incident: when somebody was tasked, was on scene, and when it was closed; and how long that took.

What is said of a step holds until something else is said of it: a slip is put right by saying it again, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Step = Literal["tasked", "on scene", "closed"]
STEPS: tuple[Step, ...] = get_args(Step)
#: Of fewer incidents than this no median is told.
LEAST = 5

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of one step of one incident.

    Attributes
    ----------
    number : int
        Its place in the order in which things were said.
    step : str
    at : int or None
        When the step was taken, microseconds since 1970 UTC; None where it is taken back.
    to : str
        Who was tasked; blank for the other steps.
    who : str
        Who said so.
    said_at : int
        When it was said.
    """

    number: int
    step: Step
    at: int | None
    to: str
    who: str
    said_at: int


@dataclass(frozen=True, slots=True)
class Realised:
    """How long something took: of how many, the median and what at least 90 % stayed within, microseconds; None of fewer than ``LEAST``."""

    count: int
    median: int | None
    most: int | None


def standing(lines: Iterable[Said]) -> dict[Step, Said]:
    """Return what holds of each step that was taken, in the order of the steps: the last that was said of it.

    Examples
    --------
    >>> first, second = Said(1, "tasked", 10, "Patrol 1", "owner", 11), Said(2, "tasked", 10, "Patrol 2", "owner", 12)
    >>> standing([first, second])["tasked"].to
    'Patrol 2'
    >>> standing([first, Said(3, "tasked", None, "", "owner", 13)])
    {}
    """
    last = {one.step: one for one in sorted(lines, key=lambda one: one.number)}
    return {step: last[step] for step in STEPS if step in last and last[step].at is not None}


def against(stands: Mapping[Step, Said], step: Step, at: int) -> Said | None:
    """Return what a step at a moment would be out of order with: a step before it that came later, or after it and earlier.

    Examples
    --------
    >>> there = standing([Said(1, "on scene", 20, "", "owner", 21)])
    >>> against(there, "tasked", 30).step, against(there, "closed", 20)
    ('on scene', None)
    """
    for other, said in stands.items():
        if said.at is None or other == step:
            continue
        if (said.at > at) if STEPS.index(other) < STEPS.index(step) else (said.at < at):
            return said
    return None


def realised(took: Sequence[int] | Ints) -> Realised:
    """Return how long some things took; what was done before it was asked for took no time.

    What 90 % stayed within is the smallest of the times that at least 90 % of them stayed within; the median of an even number lies midway.

    References
    ----------
    Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. American Statistician 50, 361-365; types 1 and 2.

    Examples
    --------
    >>> realised([1, 2, 3, 4])
    Realised(count=4, median=None, most=None)
    >>> realised([-5, 10, 20, 30, 40])
    Realised(count=5, median=20, most=40)
    """
    spans = np.sort(np.maximum(np.asarray(took, np.int64), 0))
    if len(spans) < LEAST:
        return Realised(len(spans), None, None)
    return Realised(len(spans), round(float(np.median(spans))), int(spans[-(-9 * len(spans) // 10) - 1]))
