"""Clocks as people write them, and ranges of times, ``08:15-08:20``: told from a clock with its offset from UTC.

An offset is taken for one where it is unmistakable: behind ``+``, right after seconds, or in ISO 8601 with its ``T``. Any
other hyphen between two clocks makes a range, where the second is no offset that a place uses, has a blank before it, or
is later than the first. What is left may be either and is not decided: ``22:00-02:00``, and beside an ISO date without its
``T`` ``2024-03-13 04:00-05:00``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from layers.notation.iso import OFFSETS

#: Texts that may hold a range behind a date, for a quick look over a whole column.
LIKELY = r"(?i)\d[ ,]+\d[^T]*([\-–—−/]| to | till | until )\s*\d"
#: Those of them that are no range, whatever stands in them: a time with seconds and an offset.
NEVER = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d([.,]\d+)? ?[+-]\d\d(:?\d\d)?$"

_WORDS = r" ?(?:hrs?|hours)?\.? ?"
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:[:.h](?P<m>\d\d)(?:[:.](?P<s>\d\d)(?P<f>[.,]\d+)?)?)? ?(?P<half>[ap]\.?m\.?)?"
    + _WORDS
    + r"(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_FIGURES = re.compile(r"(?P<h>\d{1,2})(?P<m>\d\d)h?" + _WORDS + r"(?P<zone>Z|UTC|GMT)?", re.ASCII | re.IGNORECASE)
_PARTS = re.compile(r"(?P<begin>[^\-–—−/]+?)(?P<mark>\s*[\-–—−/]\s*|\s+(?:to|till|until)\s+)(?P<end>.+)", re.IGNORECASE)
_OFFSET = re.compile(r"(\d\d):?(\d\d)", re.ASCII)
_DATED = re.compile(
    r"(?P<date>(?P<iso>\d{4}-\d\d-\d\d)|\d{1,2}([/.\-])\d{1,2}\3(?:\d{4}|\d\d)|\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2}"
    r"|\d{1,2}[ .\-]+[A-Za-z]{3,9}[ .,\-]+(?:\d{4}|\d\d)|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})[ ,]+(?P<rest>\S.*)",
    re.ASCII,
)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Range:
    """A range of times: its begin as a clock, or as a date and a clock; ``doubtful`` where it may be a time with an offset."""

    begin: str
    doubtful: bool = False


def clock(text: str) -> str | None:
    """Return a time of day as ``HH:MM`` with its seconds and zone, if it has any; None for what is none.

    Examples
    --------
    >>> [clock(text) for text in ("815", "9 pm", "08h15", "0815 hrs", "08:15:30+02:00", "7", "approx 0900", "25:00")]
    ['08:15', '21:00', '08:15', '08:15', '08:15:30+02:00', None, None, None]
    """
    found = _FIGURES.fullmatch(text.strip()) or _CLOCK.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if not found:
        return None
    parts: dict[str, str | None] = {"s": None, "f": None, "half": None} | found.groupdict()
    hour, minute, second = (int(parts[name] or 0) for name in "hms")
    if half := parts["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    zone = (parts["zone"] or "").upper()
    bare = not parts["m"] and not half
    if bare or hour > 23 or minute > 59 or second > 59 or (zone.startswith("-") and not parts["s"]):
        return None
    fine = f":{second:02}{(parts['f'] or '').replace(',', '.')}" if parts["s"] else ""
    return f"{hour:02}:{minute:02}{fine}{'Z' if zone in ('UTC', 'GMT') else zone}"


def clock_range(text: str) -> Range | None:
    """Return a range of times of day; None for what is none. A zone behind its end holds for its begin.

    Examples
    --------
    >>> clock_range("0815 - 0820Z"), clock_range("08:15:00-05:00"), clock_range("22:00-02:00")
    (Range(begin='08:15Z', doubtful=False), None, Range(begin='22:00', doubtful=True))
    """
    found = _PARTS.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    begin, end = (clock(found["begin"]), clock(found["end"])) if found else (None, None)
    if found is None or begin is None or end is None:
        return None
    if _halved(found["end"]) and not _halved(found["begin"]):
        return None
    (first, zone), (last, other) = _parted(begin), _parted(end)
    either = not zone and _may_be_offset(found)
    if either and len(first) > len("08:15"):
        return None
    return Range(first + (zone or other), either and last <= first)


def time_range(text: str) -> Range | None:
    """Return a range of times behind a date; None for what is none, ISO 8601 with an offset before all.

    Examples
    --------
    >>> time_range("13.03.2024 08:15-08:20"), time_range("2024-03-13T04:00-05:00"), time_range("2024-03-13 04:00-05:00")
    (Range(begin='13.03.2024 08:15', doubtful=False), None, Range(begin='2024-03-13 04:00', doubtful=True))
    """
    dated = _DATED.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    found = clock_range(dated["rest"]) if dated else None
    if dated is None or found is None:
        return None
    parts = _PARTS.fullmatch(dated["rest"].strip())
    either = bool(dated["iso"]) and parts is not None and _may_be_offset(parts)
    return Range(f"{dated['date']} {found.begin}", found.doubtful or either)


def _parted(clock_: str) -> tuple[str, str]:
    """Return a clock and its zone."""
    at = next((n for n, letter in enumerate(clock_) if letter in "Z+-"), len(clock_))
    return clock_[:at], clock_[at:]


def _may_be_offset(parts: re.Match[str]) -> bool:
    """Say whether the second clock may be an offset from UTC: right behind a hyphen, and one that a place uses."""
    found = _OFFSET.fullmatch(parts["end"]) if parts["mark"].lstrip() == "-" else None
    return found is not None and -(int(found[1]) * 60 + int(found[2])) in OFFSETS


def _halved(text: str) -> bool:
    return re.search(r"[ap]\.?m\.?", text, re.IGNORECASE) is not None
