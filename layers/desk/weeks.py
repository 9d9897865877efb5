"""The weeks of a view as groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from layers.desk.groups import Group, Ints, Parts, moments
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, View, from_micros, to_micros

#: So many weeks are told apart at a time, and so many times as many can be looked at: four years.
MOST_WEEKS, MOST_SPANS = 8, 26


@dataclass(frozen=True, eq=False, slots=True)
class Weeks:
    """Some weeks of a view, each from Monday 0000Z, what is earlier, and what is later.

    ``begins`` has the start of each group but the first; the first has all that is before. ``time`` is the column that is looked at.
    """

    every: tuple[Group, ...]
    begins: tuple[datetime, ...]
    time: str = "start"

    def numbers(self, parts: Parts) -> Ints:
        """Return the number of the week of each row of some selections."""
        at = np.array([to_micros(moment) for moment in self.begins], np.int64)
        return np.searchsorted(at, moments(parts, self.time), side="right").astype(np.int64)

    def only(self, view: View, group: Group) -> View | None:
        """Return the view that holds one week of a view; what bounds the view itself goes on bounding it."""
        n = self.every.index(group)
        begin = self.begins[n - 1] if n else view.start
        end = self.begins[n] if n < len(self.begins) else view.end
        return replace(view, last="24h", start=begin, end=end) if begin or end else view


def weeks(sheet: Sheet, parts: Parts, back: int = 0) -> tuple[Weeks, View]:
    """Return some weeks of a view, at most ``MOST_WEEKS``, and the view with its span in absolute terms.

    ``back`` is the position in ``spans`` of those that are meant; 0, the newest, may be followed by none, others by what is later.
    """
    bounded = (
        replace(sheet.view, last="24h", start=sheet.window.start, end=sheet.window.end) if sheet.window.start else sheet.view
    )
    turns, this = _turns(sheet, parts), sheet.moment.year
    back = min(max(back, 0), len(turns) - 1)
    begins = turns[back]
    if sheet.window.start and begins[0] <= sheet.window.start:
        begins = begins[1:]
        names = [f"From {_day(sheet.window.start, this)}"]
    else:
        names = ["Earlier"]
    names += [_day(moment, this) for moment in begins]
    if not back and sheet.moment < turns[0][-1] + timedelta(weeks=1):
        names[-1] += ", so far"
    every = tuple(Group(name, name) for name in names)
    if back:
        every, begins = (*every, Group("Later", "Later")), (*begins, turns[back][-1] + timedelta(weeks=1))
    return Weeks(every, begins, sheet.time), bounded


def spans(sheet: Sheet, parts: Parts) -> tuple[str, ...]:
    """Return what weeks of a view are shown at a time, ``05 OCT to 23 NOV``, the newest first."""
    this = sheet.moment.year
    return tuple(f"{_day(begins[0], this)} to {_day(begins[-1], this)}" for begins in _turns(sheet, parts))


def _turns(sheet: Sheet, parts: Parts) -> list[tuple[datetime, ...]]:
    """Return the beginnings of the weeks that are shown at a time, each in order, the newest ones first."""
    start = moments(parts, sheet.time)
    last = min(sheet.window.end or sheet.moment, sheet.moment) - timedelta(microseconds=1)
    first = sheet.window.start or from_micros(int(start[start != NO_TIME].min(initial=to_micros(last))))
    monday = _monday(last)
    count = min(max((monday - _monday(first)).days // 7, 0) + 1, MOST_WEEKS * MOST_SPANS)
    return [
        tuple(monday - timedelta(weeks=n) for n in reversed(range(begin, min(begin + MOST_WEEKS, count))))
        for begin in range(0, count, MOST_WEEKS)
    ]


def _monday(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=moment.weekday())


def _day(moment: datetime, this: int) -> str:
    """Return the day of a moment; the year only where it is another than this."""
    return (f"{moment:%d %b}" if moment.year == this else f"{moment:%d %b %y}").upper()
