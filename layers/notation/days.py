"""The calendar, whole arrays: dates and clocks to microseconds since 1970 and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from layers.notation.letters import Bools, Ints

SECOND, DAY = 1_000_000, 86_400_000_000
#: The first microsecond of year 1, and the first after year 9999.
FIRST, AFTER_LAST = -62_135_596_800_000_000, 253_402_300_800_000_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """Moments as numbers, one entry each."""

    year: Ints
    month: Ints
    day: Ints
    hour: Ints
    minute: Ints
    second: Ints


def days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Return days since 1970-01-01, and whether the calendar has such a day; years run from 1 to 9999."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first, after = (_day(count) for count in (months, months + 1))
    there = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first)
    return first + day - 1, there


def clock(hour: Ints, minute: Ints, second: Ints) -> tuple[Ints, Bools]:
    """Return microseconds since midnight, and whether the clock shows such a time."""
    return ((hour * 60 + minute) * 60 + second) * SECOND, (hour < 24) & (minute < 60) & (second < 60)


def calendar(micros: Ints) -> Calendar:
    """Return year to second of moments, UTC, cut to the second."""
    day, rest = np.divmod(micros, DAY)
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year, month = np.divmod(months, 12)
    minutes, second = np.divmod(rest // SECOND, 60)
    hour, minute = np.divmod(minutes, 60)
    return Calendar(year + 1970, month + 1, day - _day(months) + 1, hour, minute, second)


def sound(micros: Ints) -> Bools:
    """Say which are moments in the years 1 to 9999; NO_TIME is none."""
    return np.asarray((micros >= FIRST) & (micros < AFTER_LAST), np.bool_)


def from_local(micros: Ints, zone: ZoneInfo) -> tuple[Ints, Bools, Bools]:
    """Return what local clocks show as UTC, and where they never show that, and where they show it twice."""
    clocks, at = np.unique(micros, return_inverse=True)
    found = np.array([_utc(int(one), zone) for one in clocks], np.int64).reshape(-1, 3)[at.ravel()]
    return found[:, 0], found[:, 1] > 0, found[:, 2] > 0


def to_local(micros: Ints, zone: ZoneInfo) -> Ints:
    """Return what local clocks show at moments, as microseconds since 1970 of such a clock."""
    moments, at = np.unique(micros, return_inverse=True)
    shown = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(one)) for one in moments]
    ahead = [(one.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1) for one in shown]
    return micros + np.array(ahead, np.int64)[at.ravel()]


def _day(months: Ints) -> Ints:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _utc(micros: int, zone: ZoneInfo) -> tuple[int, bool, bool]:
    shown = datetime(1970, 1, 1) + timedelta(microseconds=micros)
    early, late = (shown.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    answer = micros - early // timedelta(microseconds=1)
    if early == late:
        return answer, False, False
    skipped = early < late
    return answer, skipped, not skipped


def now_of(reference: datetime) -> int:
    """Return an aware moment as microseconds since 1970 UTC.

    Raises
    ------
    ValueError
        The moment does not say which zone it is in.
    """
    if reference.tzinfo is None:
        raise ValueError(f"reference is {reference}, which has no time zone; give an aware moment")
    return (reference - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
