"""Times as the field writes them: ISO 8601 and date-time groups, both ways, whole arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.str_]
Micros = npt.NDArray[np.int64]

_NONE = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ZONES = (
    {letter: hours for hours, letter in enumerate("ABCDEFGHIKLM", 1)}
    | {letter: -hours for hours, letter in enumerate("NOPQRSTUVWXY", 1)}
    | {"Z": 0}
)
_DTG = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})?\s*([A-Z])(?:\s*([A-Z]{3})\s*(\d{4}|\d{2}))?", re.IGNORECASE)
_PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z)?")
_UCDP = re.compile(r"(\d{4}-\d{2}-\d{2}) 00:00:00(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class Times:
    """Times read: microseconds since 1970 UTC (the smallest integer where a text is no time) and why not."""

    micros: Micros
    fault: list[str]


def parse_times(texts: Sequence[str], *, reference: datetime | None = None, zone: str = "") -> Times:
    """Read times in ISO 8601 or as date-time groups.

    Parameters
    ----------
    texts : sequence of str
        ``2026-11-23T07:15Z``, ``2026-11-23`` (0000Z of that day), ``230715Z NOV 26``, ``230715Z``.
    reference : datetime, optional
        The day a group without month and year is resolved against: the nearest such time.
    zone : str
        IANA name of local time, for ISO times without a zone and for the letter J.

    Examples
    --------
    >>> format_iso(parse_times(["230715Z NOV 26", "231015C NOV 26"]).micros).tolist()
    ['2026-11-23T07:15:00Z', '2026-11-23T07:15:00Z']
    """
    micros = np.full(len(texts), _NONE, np.int64)
    fault = [""] * len(texts)
    local = ZoneInfo(zone) if zone else None
    plain = [n for n, text in enumerate(texts) if _PLAIN.fullmatch(text)]
    others = range(len(texts)) if not plain else sorted(set(range(len(texts))) - set(plain)) if len(plain) < len(texts) else ()
    if plain:
        try:
            micros[plain] = np.array([texts[n].rstrip("Z") for n in plain], "datetime64[us]").astype(np.int64)
        except ValueError:
            others = range(len(texts))
    for n in others:
        found = _read(texts[n].strip(), reference, local)
        if isinstance(found, str):
            fault[n] = found
        else:
            micros[n] = found
    return Times(micros, fault)


def format_iso(micros: npt.ArrayLike) -> Texts:
    """Return times as ISO 8601 UTC to the second; blank where there is none."""
    return _formatted(micros, lambda moments: np.char.add(np.datetime_as_string(moments, unit="s"), "Z"))


def format_dtg(micros: npt.ArrayLike) -> Texts:
    """Return times as date-time groups, cut to the minute; blank where there is none.

    Examples
    --------
    >>> format_dtg([1795418100000000]).tolist()
    ['230715Z NOV 26']
    """
    return _formatted(micros, _groups)


def dtg(moment: datetime) -> str:
    """Return one moment as a date-time group."""
    utc = moment.astimezone(UTC)
    return f"{utc:%d%H%M}Z {_MONTHS[utc.month - 1]} {utc:%y}"


def _groups(moments: npt.NDArray[np.datetime64]) -> Texts:
    iso = np.datetime_as_string(moments, unit="m")
    months = np.array(_MONTHS)[moments.astype("datetime64[M]").astype(np.int64) % 12]
    return np.array([f"{t[8:10]}{t[11:13]}{t[14:16]}Z {m} {t[2:4]}" for t, m in zip(iso, months, strict=True)], "<U16")


def _formatted(micros: npt.ArrayLike, write: Callable[[npt.NDArray[np.datetime64]], Texts]) -> Texts:
    values = np.atleast_1d(np.asarray(micros, np.int64))
    found = np.full(len(values), "", "<U24")
    there = values != _NONE
    if there.any():
        found[there] = write(values[there].astype("datetime64[us]"))
    return found


def _read(text: str, reference: datetime | None, local: tzinfo | None) -> int | str:
    if not text:
        return "is blank; write a time such as 2026-11-23T07:15Z"
    if group := _DTG.fullmatch(text):
        return _group(text, group, reference, local)
    try:
        moment = datetime.fromisoformat(_UCDP.sub(r"\1", text))
    except ValueError:
        return f"{text[:40]!r} is no time; write ISO 8601 (2026-11-23T07:15Z) or a date-time group (230715Z NOV 26)"
    if moment.tzinfo is None:
        if len(_UCDP.sub(r"\1", text)) <= 10:
            moment = moment.replace(tzinfo=UTC)
        elif local is None:
            return f"{text[:40]!r} has no time zone; add Z for UTC, or an offset such as +02:00"
        else:
            moment = moment.replace(tzinfo=local)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _group(text: str, group: re.Match[str], reference: datetime | None, local: tzinfo | None) -> int | str:
    day, hour, minute = (int(group[n]) for n in (1, 2, 3))
    second, letter = int(group[4] or 0), group[5].upper()
    zone: tzinfo | None = local if letter == "J" else timezone(timedelta(hours=_ZONES[letter])) if letter in _ZONES else None
    if zone is None:
        return f"{text[:40]!r} is in local time (J), and this mission names no zone for it; write the zone's letter"
    if group[6] is None:
        return _nearest(text, (day, hour, minute, second), zone, reference)
    if group[6].upper() not in _MONTHS:
        return f"{text[:40]!r} names no month; write JAN to DEC"
    year = int(group[7]) + (0 if len(group[7]) == 4 else 2000 if int(group[7]) < 70 else 1900)
    moment = _moment(year, _MONTHS.index(group[6].upper()) + 1, (day, hour, minute, second), zone)
    if moment is None:
        return f"{text[:40]!r} is not in the calendar; check day, hour and minute"
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _nearest(text: str, clock: tuple[int, int, int, int], zone: tzinfo, reference: datetime | None) -> int | str:
    if reference is None:
        return f"{text[:40]!r} names no month; add month and year, such as NOV 26"
    months = [(reference.year * 12 + reference.month - 1 + step) for step in (-1, 0, 1)]
    found = [m for month in months if (m := _moment(month // 12, month % 12 + 1, clock, zone)) is not None]
    if not found:
        return f"{text[:40]!r} is not in the calendar near the date of the report; add month and year"
    best = min(found, key=lambda moment: abs(moment - reference))
    return (best - _EPOCH) // timedelta(microseconds=1)


def _moment(year: int, month: int, clock: tuple[int, int, int, int], zone: tzinfo) -> datetime | None:
    day, hour, minute, second = clock
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
