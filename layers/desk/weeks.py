"""The weeks of a view as groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from layers.desk.groups import Group, Ints, Parts, moments
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, View, from_micros, to_micros

#: So many weeks are told apart, the newest.
MOST_WEEKS = 8


@dataclass(frozen=True, eq=False, slots=True)
class Weeks:
    """The newest weeks of a view, each from Monday 0000Z, and what is earlier.

    ``begins`` has the start of each group but the first; the first has all that is before.
    """

    every: tuple[Group, ...]
    begins: tuple[datetime, ...]

    def numbers(self, parts: Parts) -> Ints:
        """Return the number of the week of each row of some selections."""
        at = np.array([to_micros(moment) for moment in self.begins], np.int64)
        return np.searchsorted(at, moments(parts), side="right").astype(np.int64)

    def only(self, view: View, group: Group) -> View | None:
        """Return the view that holds one week of a view; what bounds the view itself goes on bounding it."""
        n = self.every.index(group)
        begin = self.begins[n - 1] if n else view.start
        end = self.begins[n] if n < len(self.begins) else view.end
        return replace(view, last="24h", start=begin, end=end) if begin or end else view


def weeks(sheet: Sheet, parts: Parts) -> tuple[Weeks, View]:
    """Return the newest weeks of a view, at most ``MOST_WEEKS``, and the view with its span in absolute terms."""
    bounded = (
        replace(sheet.view, last="24h", start=sheet.window.start, end=sheet.window.end) if sheet.window.start else sheet.view
    )
    start = moments(parts)
    last = min(sheet.window.end or sheet.moment, sheet.moment) - timedelta(microseconds=1)
    first = sheet.window.start or from_micros(int(start[start != NO_TIME].min(initial=to_micros(last))))
    monday = _monday(last)
    count = min(max((monday - _monday(first)).days // 7, 0), MOST_WEEKS - 1)
    begins = tuple(monday - timedelta(weeks=n) for n in range(count, -1, -1))
    if sheet.window.start and begins[0] <= sheet.window.start:
        begins = begins[1:]
        names = [f"From {_day(sheet.window.start)}"]
    else:
        names = ["Earlier"]
    names += [_day(moment) for moment in begins]
    if sheet.moment < monday + timedelta(weeks=1):
        names[-1] += ", so far"
    every = tuple(Group(name, name) for name in names)
    return Weeks(every, begins), bounded


def _monday(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=moment.weekday())


def _day(moment: datetime) -> str:
    return f"{moment:%d %b}".upper()
