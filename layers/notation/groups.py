"""Date-time groups, whole arrays: ``230715Z NOV 26``, with seconds, and short ones placed by a reference date.

References
----------
ACP 121(I) (2010). Communication Instructions: General. Combined Communications-Electronics Board. Date-time groups and zone letters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.notation.days import DAY, calendar, clock, days
from layers.notation.iso import NO_CLOCK, NO_DATE, NO_DAY, NO_MONTH, Moments
from layers.notation.letters import Bools, Ints, Lines, codes

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NAMES = np.array([int.from_bytes(name.encode()) for name in MONTHS])
_ORDER = np.argsort(_NAMES)
_EAST, _WEST, _LOCAL = "ABCDEFGHIKLM", "NOPQRSTUVWXY", ord("J")
#: Two figures of a year below this one are 20xx, the others 19xx.
_PIVOT = 70


@dataclass(frozen=True, slots=True)
class Reference:
    """What groups without their year, or month and year, are placed by, one entry a text.

    ``now`` is UTC, ``local`` what the local clocks show then, both in microseconds since 1970. With ``past`` a group is the
    last such time that is not after it, else the nearest.
    """

    now: Ints
    local: Ints
    past: bool = False

    def at(self, rows: Ints) -> Reference:
        """Return the reference of some of the texts."""
        return Reference(self.now[rows], self.local[rows], self.past)


def read_groups(tight: Lines, reference: Reference | None) -> Moments:
    """Read those of the texts, without their blanks, that are date-time groups; without a reference short ones are faults."""
    count = len(tight.length)
    micros, local, fault = np.zeros(count, np.int64), np.zeros(count, np.bool_), np.full(count, -1, np.int64)
    for figures in (6, 8):
        for rest in (0, 3, 5, 7):
            rows = np.flatnonzero((tight.length == figures + 1 + rest) & (fault < 0))
            rows = rows[tight.digits(rows, 0, figures)[1] & (tight.at(rows, figures) - np.uint8(65) < 26)]
            if len(rows):
                beside = reference.at(rows) if reference else None
                micros[rows], local[rows], fault[rows] = _read(tight, rows, figures, rest, beside)
    return Moments(micros, local, fault)


def _read(tight: Lines, rows: Ints, figures: int, rest: int, reference: Reference | None) -> tuple[Ints, Bools, Ints]:
    day, hour, minute = (tight.digits(rows, column, 2)[0] for column in (0, 2, 4))
    second = tight.digits(rows, 6, 2)[0] if figures == 8 else np.zeros(len(rows), np.int64)
    since, fits = clock(hour, minute, second)
    sign = tight.at(rows, figures)
    hours, local = _zone(sign)
    month, named, shaped = _month(tight, rows, figures + 1) if rest else (np.ones(len(rows), np.int64), None, True)
    if rest > 3:
        year, written = tight.digits(rows, figures + 4, rest - 3)
        shaped = shaped & written
        year = year + (np.where(year < _PIVOT, 2000, 1900) if rest == 5 else 0)
        date, known = days(year, month, day)
    elif reference is None:
        date, known = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
    else:
        now = np.where(local, reference.local, reference.now)
        date, known = _nearest(month if rest else None, day, since - hours * 3_600_000_000, now, past=reference.past)
    fault = np.where(~known, NO_DAY, np.where(~fits, NO_CLOCK, 0))
    if rest < 5 and reference is None:
        fault = np.where(fits, NO_DATE, NO_CLOCK)
    if named is not None:
        fault = np.where(named, fault, NO_MONTH)
    return date * DAY + since - hours * 3_600_000_000, local, np.where(shaped, fault, -1)


def _zone(sign: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> tuple[Ints, Bools]:
    """Return the hours of each zone letter east of Greenwich, and where the letter is J, local time."""
    table = np.zeros(256, np.int64)
    table[codes(_EAST)] = np.arange(1, 13)
    table[codes(_WEST)] = -np.arange(1, 13)
    return table[sign], sign == _LOCAL


def _month(tight: Lines, rows: Ints, column: int) -> tuple[Ints, Bools, Bools]:
    """Return the month named in three letters, whether it is one, whether it is letters at all."""
    first, second, third = (tight.at(rows, column + n).astype(np.int64) for n in range(3))
    name = (first << 16) + (second << 8) + third
    at = np.minimum(np.searchsorted(_NAMES, name, sorter=_ORDER), 11)
    letters = np.logical_and.reduce([(part >= 65) & (part < 91) for part in (first, second, third)])
    return _ORDER[at] + 1, _NAMES[_ORDER[at]] == name, letters


def _nearest(month: Ints | None, day: Ints, since: Ints, reference: Ints, *, past: bool) -> tuple[Ints, Bools]:
    """Return the day nearest to the reference on which the clock shows this, and whether there is one within a step of it."""
    now = calendar(reference)
    date, known, apart = np.zeros(len(day), np.int64), np.zeros(len(day), np.bool_), np.full(len(day), np.iinfo(np.int64).max)
    for step in range(-2, 2) if month is None else range(-8, 9):
        months = now.year * 12 + now.month - 1 + step if month is None else (now.year + step) * 12 + month - 1
        here, there = days(months // 12, months % 12 + 1, day)
        away = np.abs(here * DAY + since - reference)
        if past:
            there = there & (here * DAY + since <= reference)
        better = there & (away < apart)
        date, apart, known = np.where(better, here, date), np.where(better, away, apart), known | there
    return date, known
