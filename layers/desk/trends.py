"""A view's counts over time and against the period before, by groups; what is still coming in is told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from layers.analysis import trends as law
from layers.desk.arrivals import Arrivals, arrivals
from layers.desk.groups import Group, Groups, Ints, Parts, groups, moments
from layers.desk.sheet import Sheet
from layers.model import Layer, View, to_micros

_MINUTE = 60_000_000
_EARLIEST = to_micros(datetime(1900, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Count:
    """How many are in the view, of all or of one group, and how many were in the period before.

    Attributes
    ----------
    label : str
        What the group is called.
    view : View or None
        The view that holds exactly these; None where no filter asks for them.
    count : int
    before : int or None
        In the period of equal length before; None where the view has none.
    then : int or None
        Of those, the ones that had been reported as long after that period's end as it is now after the view's.
    steps : tuple of int
        By step of time.
    """

    label: str
    view: View | None
    count: int
    before: int | None
    then: int | None
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """What a view's counts say over time.

    Attributes
    ----------
    total : Count
    groups : tuple of (title, counts)
        By field, one count for each of its groups.
    edges : tuple of int
        Edges of the steps, microseconds since 1970 UTC; none where there is no time to count over.
    arrivals : Arrivals
        How much of each step is in.
    aside : int
        How many in the view stand in no step: they have no time, or one before 1900 or after the view's moment.
    covers : bool or None
        Whether the record reaches back over the whole period before; None where the view has none.
    """

    total: Count
    groups: tuple[tuple[str, tuple[Count, ...]], ...]
    edges: tuple[int, ...]
    arrivals: Arrivals
    aside: int
    covers: bool | None


@dataclass(frozen=True, eq=False, slots=True)
class _Periods:
    """The rows of a view with their steps, and those of the period before with whether they had been reported."""

    now: Parts
    step: Ints
    steps: int
    earlier: Parts | None
    then: Ints


def trends(sheet: Sheet, of: Layer, by: tuple[str, ...]) -> Trends:
    """Return the counts of a tiled layer in a view by some fields; no record is read for it.

    A period that is still coming in compares with ``Count.then``, what was known of the period before when that was as new.
    """
    start = sheet.times(of)
    at = _edges(sheet, start)
    periods = _periods(sheet, of, start, at)
    everything = Groups("", "", (Group("", "All"),), ())
    known = arrivals(sheet, of, at)
    return Trends(
        _counts(sheet.view, periods, everything)[0],
        tuple((found.title, _counts(sheet.view, periods, found)) for found in (_groups(sheet, of, name, periods) for name in by)),
        tuple(at.tolist()),
        known,
        int((periods.step < 0).sum()),
        _covers(sheet, known.begins),
    )


def _covers(sheet: Sheet, begins: int | None) -> bool | None:
    begin, end = sheet.window.start, sheet.window.end or sheet.moment
    if begin is None or begins is None or end <= begin:
        return None
    return begins <= to_micros(begin - (end - begin))


def _groups(sheet: Sheet, of: Layer, name: str, periods: _Periods) -> Groups:
    return groups(sheet, of, name, (*periods.now, *(periods.earlier or ())))


def _edges(sheet: Sheet, start: Ints) -> Ints:
    """Return the edges of the view's steps, up to its end or the present minute."""
    moment = to_micros(sheet.moment)
    end = min(to_micros(sheet.window.end), moment) if sheet.window.end else moment - moment % _MINUTE
    past = start[(start >= _EARLIEST) & (start <= moment)]
    begin = max(to_micros(sheet.window.start), _EARLIEST) if sheet.window.start else int(past.min(initial=end))
    return law.edges(begin, end) if begin < end else np.empty(0, np.int64)


def _periods(sheet: Sheet, of: Layer, start: Ints, at: Ints) -> _Periods:
    moment, earlier = to_micros(sheet.moment), sheet.earlier(of)
    step = np.full(len(start), -1)
    if len(at):
        step = law.steps(np.where(start <= moment, np.minimum(start, at[-1] - 1), start), at)
    if earlier is None or sheet.window.start is None:
        return _Periods(sheet.points(of), step, max(len(at) - 1, 0), None, np.empty(0, np.int64))
    age = moment - to_micros(sheet.window.end) if sheet.window.end else 0
    then = moments(earlier, "order" if sheet.window.by == "occurred" else sheet.time) <= to_micros(sheet.window.start) + age
    return _Periods(sheet.points(of), step, max(len(at) - 1, 0), earlier, then.astype(np.int64))


def _counts(view: View, periods: _Periods, found: Groups) -> tuple[Count, ...]:
    """Return the counts of each group."""
    many, mine = len(found.every), found.numbers(periods.now)
    count = np.bincount(mine, minlength=many).tolist()
    steps = law.by_group(mine, periods.step, many, periods.steps).tolist()
    before: list[int | None] = [None] * many
    then: list[int | None] = [None] * many
    if periods.earlier is not None:
        theirs = found.numbers(periods.earlier)
        before = np.bincount(theirs, minlength=many).tolist()
        then = np.bincount(theirs[periods.then > 0], minlength=many).tolist()
    views = [found.only(view, group) if found.name else view for group in found.every]
    return tuple(
        Count(group.label, views[n], count[n], before[n], then[n], tuple(steps[n])) for n, group in enumerate(found.every)
    )
