"""Dates as files write them: day first or month first, with month names, as a spreadsheet's day numbers; made ISO 8601.

Nothing is guessed: a text that may be two days stays as it is until someone says which order is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

#: Texts that may be such dates, for a quick look over a whole column. ISO 8601 and date-time groups are none of them.
LIKELY = r"^\s*(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{4}-\d-|\d{4}-\d\d-\d\b|\d{4}-\d\d-\d\d +\d{1,4}$|\d{4}-\d\d-\d\d +\d{1,2}[:.]\d\d|\d{1,2}[ \-.][A-Za-z]{3,9}[ \-.,]+\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
#: Texts that may be a spreadsheet's day numbers, from 1954 to 2119.
NUMBERED = r"^\s*[2-7]\d{4}(\.\d+)?\s*$"

_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
    for length in (3, len(name))
} | {"sept": 9}
_TAIL = r"(?:[T ,]+(?P<clock>\S.*))?"
_ORDERED = re.compile(r"(?P<a>\d{1,2})(?P<sep>[/.\-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d\d)" + _TAIL, re.ASCII)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[/.\-](?P<m>\d{1,2})[/.\-](?P<d>\d{1,2})" + _TAIL, re.ASCII)
_DAY_NAMED = re.compile(r"(?P<d>\d{1,2})[ .\-]+(?P<n>[A-Za-z]{3,9})[ .,\-]+(?P<y>\d{4}|\d\d)" + _TAIL, re.ASCII)
_MONTH_NAMED = re.compile(r"(?P<n>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TAIL, re.ASCII)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:[:.h](?P<m>\d\d)(?:[:.](?P<s>\d\d)(?P<f>\.\d+)?)?)? ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_FIGURES = re.compile(r"(?P<h>\d{1,2}?)(?P<m>\d\d) ?(?P<zone>Z)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """What a column's dates tell of their order: how many can only be day first, only month first, or both; an example each."""

    day_first: int
    month_first: int
    either: int
    shown: tuple[str, str]

    @property
    def decided(self) -> bool | None:
        """Return whether the day comes first; None where nothing tells, or the column tells both."""
        return self.day_first > 0 if (self.day_first > 0) != (self.month_first > 0) else None


def order(texts: Iterable[str]) -> Order:
    """Return what texts tell of the order of day and month.

    Examples
    --------
    >>> order(["03/04/2026", "23/04/2026"]).decided, order(["03/04/2026"]).decided
    (True, None)
    """
    counts, shown = [0, 0, 0], ["", ""]
    for text in texts:
        found = _ORDERED.fullmatch(text.strip())
        if not found:
            continue
        a, b = int(found["a"]), int(found["b"])
        if not 1 <= min(a, b) <= max(a, b) <= 31:
            continue  # no day in either order tells nothing
        which = 0 if a > 12 >= b else 1 if b > 12 >= a else 2
        counts[which] += a != b or which < 2
        if which < 2 and not shown[which]:
            shown[which] = text.strip()
    return Order(counts[0], counts[1], counts[2], (shown[0], shown[1]))


def two_days(text: str) -> bool:
    """Say whether a text may mean two different days."""
    found = _ORDERED.fullmatch(text.strip())
    return found is not None and int(found["a"]) != int(found["b"]) and max(int(found["a"]), int(found["b"])) <= 12


def rewritten(text: str, day_first: bool | None = None) -> str:
    """Return a date in ISO 8601; a text that is none of these dates, or may be two days, comes back as it is.

    The order that is said is that of dates that may be two days; one that can only be one day is that day. Of a year two figures below 70 are 20xx. A time of day without a zone stays without one.

    Examples
    --------
    >>> [rewritten(t, True) for t in ("3/4/2026", "23.11.26 7:15", "Nov 23, 2026", "2026/11/23 07:15 PM")]
    ['2026-04-03', '2026-11-23T07:15:00', '2026-11-23', '2026-11-23T19:15:00']
    >>> rewritten("3/4/2026"), rewritten("23/4/2026")
    ('3/4/2026', '2026-04-23')
    """
    plain = text.strip()
    for pattern in (_ORDERED, _YEAR_FIRST, _DAY_NAMED, _MONTH_NAMED):
        if found := pattern.fullmatch(plain):
            day = _day(found, day_first)
            clock = _time(found["clock"])
            return text if day is None or clock is None else day + clock
    return text


def from_spreadsheet(text: str) -> str:
    """Return a spreadsheet's day number (1900 system: 60 and later) as ISO 8601, to the second.

    Examples
    --------
    >>> from_spreadsheet("45987"), from_spreadsheet("45987.302083")
    ('2025-11-26', '2025-11-26T07:15:00')
    """
    seconds = round(float(text) * 86_400)
    moment = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d" if seconds % 86_400 == 0 else "%Y-%m-%dT%H:%M:%S")


def _day(found: re.Match[str], day_first: bool | None) -> str | None:
    parts = found.groupdict()
    year = int(parts["y"]) + (0 if len(parts["y"]) == 4 else 2000 if int(parts["y"]) < 70 else 1900)
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        if day_first is None and first != second and max(first, second) <= 12:
            return None
        early = first > 12 if day_first is None or first > 12 >= second or second > 12 >= first else day_first
        day, month = (first, second) if early else (second, first)
    elif "n" in parts:
        day, month = int(parts["d"]), _MONTHS.get(parts["n"].lower(), 0)
    else:
        day, month = int(parts["d"]), int(parts["m"])
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _time(clock: str | None) -> str | None:
    if not clock:
        return ""
    found = _FIGURES.fullmatch(clock.strip()) or _CLOCK.fullmatch(clock.strip())
    if not found:
        return None
    parts = {"s": None, "f": None, "half": None} | found.groupdict()
    hour, minute, second = int(parts["h"] or 0), int(parts["m"] or 0), int(parts["s"] or 0)
    if parts["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    zone = parts["zone"] or ""
    if zone.startswith("-") and not parts["s"]:
        return None  # it may be a range of times
    return f"T{hour:02}:{minute:02}:{second:02}{parts['f'] or ''}{'Z' if zone in ('UTC', 'GMT') else zone}"
