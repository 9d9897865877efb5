"""ISO 8601, whole arrays: every text of one length at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from layers.notation.days import DAY, clock, days
from layers.notation.letters import Bools, Bytes, Ints, Lines

#: Why a time cannot be read. The place in the tuple is the number in ``Moments.fault``; 0 is no fault.
REASONS = (
    "",
    "is not in the calendar; check year, month and day",
    "is not on the clock; hours run from 00 to 23, minutes and seconds to 59",
    "has an offset that no place uses; offsets run from -12:00 to +14:00, and of a range of times write its begin alone",
    "has no time zone; add Z for UTC, or an offset such as +02:00",
    "names no month; write JAN to DEC",
    "does not name its month and year, and there is no date to tell them by; write them, such as 230715Z NOV 26",
    "is in local time (J), and no zone is set for it; write the zone's own letter, or Z for UTC",
    "is a time that local clocks skip; add the offset, such as +02:00",
    "is a time that local clocks show twice; add the offset, such as +02:00",
    "is no time; write ISO 8601 (2026-11-23T07:15Z) or a date-time group (230715Z NOV 26)",
    "lies outside the years 1 to 9999; check the year",
    "may be a range of times, or a time with an offset; write 2026-11-23T07:15-05:00 for an offset, and of a range its begin alone",
)
NO_DAY, NO_CLOCK, NO_OFFSET, NO_ZONE, NO_MONTH, NO_DATE, NO_LOCAL, SKIPPED, TWICE, NO_SHAPE, TOO_FAR, EITHER = range(1, 13)

#: Minutes ahead of UTC that some place has used since 2000: the whole hours, and these (IANA time zone database, 2025b).
OFFSETS = frozenset(range(-720, 841, 60)) | {
    *(-570, -270, -210, -150),  # Marquesas, Venezuela to 2016, Newfoundland in winter and summer
    *(210, 270, 330, 345, 390, 510, 525, 570, 585, 630, 690, 765, 825),
}

_PLACES = np.array(sorted(OFFSETS))
_DATE, _MINUTES, _SECONDS = 10, 16, 19
_SUFFIXES = (0, 1, 3, 5, 6)
_LONGEST = _SECONDS + 10 + 6
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ](\d\d)(\d\d)(?:(\d\d)([.,]\d+)?)?(.*))?", re.ASCII)
_NAMED = re.compile(r"(?<=\d) *(?:UTC|GMT)$| +(?=Z$|[+-]\d\d:?\d\d$)")


@dataclass(frozen=True, slots=True)
class Moments:
    """Times read: microseconds, whether they still are local time, and a number into ``REASONS`` (-1: another notation)."""

    micros: Ints
    local: Bools
    fault: Ints


def read_iso(lines: Lines) -> Moments:
    """Read those of the texts that are ISO 8601 in its extended form; a date alone is 00:00Z of that day."""
    count = len(lines.length)
    micros, local, fault = np.zeros(count, np.int64), np.zeros(count, np.bool_), np.full(count, -1, np.int64)
    for length in np.unique(lines.length[(lines.length >= _DATE) & (lines.length <= _LONGEST)]):
        rows = np.flatnonzero(lines.length == length)
        suffix = _suffix(lines, rows, int(length))
        for wide in np.unique(suffix):
            part = rows[suffix == wide]
            micros[part], local[part], fault[part] = _read(lines, part, int(length) - int(wide), int(wide))
    return Moments(micros, local, fault)


def extended(text: str) -> str:
    """Return a text in the form that ``read_iso`` reads, where it is basic ISO or names UTC in letters."""
    text = text.strip()
    if basic := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second, rest, zone = basic.groups()
        text = f"{year}-{month}-{day}"
        if hour:
            text += f"T{hour}:{minute}" + (f":{second}{rest or ''}" if second else "") + zone
    named = _NAMED.search(text)
    return text if named is None else text[: named.start()] + (text[named.end() :] or "Z")


def _suffix(lines: Lines, rows: Ints, length: int) -> Ints:
    """Return how many letters at the end of each text are its zone."""
    if length == _DATE:
        return np.zeros(len(rows), np.int64)
    signs = {back: _is(lines.at(rows, length - back), "+-") for back in (3, 5, 6) if length - back > _DATE}
    none = np.zeros(len(rows), np.bool_)
    found = [lines.at(rows, length - 1) == ord("Z"), *(signs.get(back, none) for back in (3, 5, 6))]
    return np.select(found, _SUFFIXES[1:], 0)


def _read(lines: Lines, rows: Ints, core: int, wide: int) -> tuple[Ints, Bools, Ints]:
    """Read texts of one layout: the length without the zone, and the zone's."""
    (year, a), (month, b), (day, c) = (lines.digits(rows, column, count) for column, count in ((0, 4), (5, 2), (8, 2)))
    shaped = a & b & c & _is(lines.at(rows, 4), "-") & _is(lines.at(rows, 7), "-")
    date, known = days(year, month, day)
    micros, fault, zoned = date * DAY, np.where(known, 0, NO_DAY), np.ones(len(rows), np.bool_)
    if core != _DATE or wide:
        if core not in (_MINUTES, _SECONDS) and not _SECONDS + 2 <= core <= _SECONDS + 10:
            return micros, ~zoned, np.full(len(rows), -1)
        since, fits, right = _clock(lines, rows, core)
        offset, real, also = _offset(lines, rows, core, wide)
        shaped &= right & also
        zoned = np.full(len(rows), wide > 0)
        micros = micros + since - offset
        fault = np.where(fault > 0, fault, np.where(~fits, NO_CLOCK, np.where(~real, NO_OFFSET, 0)))
        if core == _MINUTES and wide >= 3:
            either = _is(lines.at(rows, _DATE), " ") & _is(lines.at(rows, core), "-")
            fault = np.where(either & (fault == 0), EITHER, fault)
    return micros, ~zoned, np.where(shaped, fault, -1)


def _clock(lines: Lines, rows: Ints, core: int) -> tuple[Ints, Bools, Bools]:
    """Return microseconds since midnight, whether they are on the clock, whether the text has the shape of a time."""
    (hour, a), (minute, b) = lines.digits(rows, 11, 2), lines.digits(rows, 14, 2)
    shaped = a & b & _is(lines.at(rows, _DATE), "T ") & _is(lines.at(rows, 13), ":")
    second, rest = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    if core > _MINUTES:
        second, c = lines.digits(rows, 17, 2)
        shaped &= c & _is(lines.at(rows, _MINUTES), ":")
    if core > _SECONDS:
        count = core - _SECONDS - 1
        rest, d = lines.digits(rows, _SECONDS + 1, count)
        rest = rest * 10 ** (6 - count) if count <= 6 else rest // 10 ** (count - 6)
        shaped &= d & _is(lines.at(rows, _SECONDS), ".,")
    since, fits = clock(hour, minute, second)
    return since + rest, fits, shaped


def _offset(lines: Lines, rows: Ints, core: int, wide: int) -> tuple[Ints, Bools, Bools]:
    """Return the offset in microseconds, whether a place uses it, whether it has the shape of one."""
    none, all_ = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
    if wide < 3:
        return none, all_, all_
    hours, shaped = lines.digits(rows, core + 1, 2)
    minutes, also = lines.digits(rows, core + wide - 2, 2) if wide > 3 else (none, all_)
    if wide == 6:
        also = also & _is(lines.at(rows, core + 3), ":")
    offset = np.where(lines.at(rows, core) == ord("-"), -1, 1) * (hours * 60 + minutes)
    return offset * 60_000_000, (minutes < 60) & np.isin(offset, _PLACES), shaped & also


def _is(found: Bytes, any_of: str) -> Bools:
    return np.isin(found, np.frombuffer(any_of.encode(), np.uint8)) if len(any_of) > 1 else found == ord(any_of)
