"""How much of what occurred lately is in by now, as far as the record's own delays tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from layers.analysis import delays as late
from layers.desk import question as ask
from layers.desk.groups import Ints, moments, weekly
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, to_micros

#: A step, or a period, of which a smaller share is expected to be in is never compared as if it were whole.
WHOLE = 0.95


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How much is in, of each step of time and of the whole period.

    Attributes
    ----------
    shares : tuple of float or None
        The share that is expected to be in; None where the record does not tell.
    share : float or None
        The same of the whole period.
    count : int
        From how many reports that is known, 0 where they are too few.
    half, most : int
        The minutes within which half of them, and ``WHOLE`` of them, came in.
    begins : int or None
        When the first of all reports occurred, microseconds since 1970 UTC.
    """

    shares: tuple[float | None, ...]
    share: float | None
    count: int = 0
    half: int = 0
    most: int = 0
    begins: int | None = None

    @property
    def open(self) -> tuple[bool, ...]:
        """Say of each step whether it is still coming in."""
        return tuple(share is not None and share < WHOLE for share in self.shares)

    @property
    def whole(self) -> bool | None:
        """Say whether the period is as good as in, None where the record does not tell."""
        return None if self.share is None else self.share >= WHOLE


def arrivals(sheet: Sheet, of: Layer, edges: Ints) -> Arrivals:
    """Return how much is in of each step between ``edges``, from the delays of all reports that the user may see.

    Edges are microseconds since 1970 UTC. What is known then counts, where the view asks what was known at a moment.
    Of what was recorded in a step nothing is still to come. What is told by the week tells nothing of delays.
    """
    steps, now = max(len(edges) - 1, 0), to_micros(sheet.moment)
    everything = ask.everything(sheet.record, sheet.user, of, sheet.view.known_at)
    parts = sheet.record.picture.points[of.stored].ask(replace(everything, each=True))
    start = moments(parts, sheet.time)
    begins = int(start[start != NO_TIME].min(initial=now))
    if sheet.window.by == "recorded":
        return Arrivals((1.0,) * steps, 1.0 if steps else None, begins=begins)
    exact = ~weekly(parts)
    known = late.delays(start[exact], moments(parts, "order")[exact], now)
    if known is None or not steps:
        return Arrivals((None,) * steps, None, begins=begins)
    shares = late.expected(known, edges, now)
    begin = max(int(edges[0]), to_micros(sheet.window.start)) if sheet.window.start else int(edges[0])
    period = float(late.expected(known, np.array([begin, edges[-1]]), now)[0])
    return Arrivals(tuple(shares.tolist()), period, known.count, known.within(0.5), known.within(WHOLE), begins)
