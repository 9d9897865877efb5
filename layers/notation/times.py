"""Times as the field writes them: ISO 8601 and date-time groups, both ways, whole arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME
from layers.notation import letters
from layers.notation.days import DAY, Calendar, calendar, from_local, now_of, sound, to_local
from layers.notation.groups import MONTHS, Reference, read_groups
from layers.notation.iso import NO_LOCAL, NO_SHAPE, NO_ZONE, REASONS, SKIPPED, TOO_FAR, TWICE, Moments, extended, read_iso
from layers.notation.letters import Bools, Ints, Strings, Texts, plain, quoted, texts_of

_BLANK = "is blank; write a time such as 2026-11-23T07:15Z or 230715Z NOV 26"
_ISO_WIDTH, _DTG_WIDTH = 20, 14
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Times:
    """Times read, one entry a text.

    Attributes
    ----------
    micros : int64 array
        Microseconds since 1970 UTC; NO_TIME where a text is no time.
    fault : list of str
        Why a text is no time, in words, with what to write instead; blank where it is one.
    """

    micros: Ints
    fault: list[str]

    def __len__(self) -> int:
        return len(self.fault)


def parse_times(texts: Texts, *, reference: datetime | Ints | None = None, zone: str = "", past: bool = False) -> Times:
    """Read times in ISO 8601 or as date-time groups.

    Parameters
    ----------
    texts : sequence of str
        ``2026-11-23T07:15Z``, ``2026-11-23 09:15:30.5+02:00``, ``2026-11-23`` (0000Z of that day), ``230715Z NOV 26``,
        ``23071530Z NOV 2026``, ``230715Z``. None counts as blank, and blank is a fault. Of a year two figures below 70
        are 20xx. A midnight written as ``2026-11-23 00:00:00`` is a date where no ``zone`` is given: databases write
        dates so.
    reference : datetime or int64 array, optional
        Aware; or one moment a text, in microseconds since 1970 UTC. A group without year, or month and year, is the nearest
        such time to it; without it such a group is a fault.
    zone : str, optional
        IANA name of the zone for times that name none and for the letter J; without it both are faults. So is a time
        that the local clocks skip or show twice.
    past : bool, optional
        What is read has happened: such a group is the last such time that is not after ``reference``.

    Returns
    -------
    Times

    Raises
    ------
    ValueError
        ``zone`` is no zone, or ``reference`` is not aware.

    Examples
    --------
    >>> read = parse_times(["2026-11-23T07:15Z", "230915B NOV 26", "31 NOV"])
    >>> format_iso(read.micros).tolist()
    ['2026-11-23T07:15:00Z', '2026-11-23T07:15:00Z', '']
    """
    clocks, given = _zone(zone) if zone else None, texts_of(texts)
    now = None if reference is None else _beside(reference, len(given), clocks, past=past)
    micros, fault = np.full(len(given), NO_TIME, np.int64), [""] * len(given)
    if not given:
        return Times(micros, fault)
    found = _found(given, now)
    number = np.where(found.fault < 0, NO_SHAPE, found.fault)
    local = np.flatnonzero(found.local & (number == 0))
    values = found.micros
    if len(local):
        values[local], number[local] = _local(values[local], [given[n] for n in local], clocks)
    number = np.where((number == 0) & ~sound(values), TOO_FAR, number)
    micros[number == 0] = values[number == 0]
    for n in np.flatnonzero(number):
        fault[n] = f"{quoted(given[n])} {REASONS[number[n]]}" if given[n].strip() else _BLANK
    return Times(micros, fault)


def format_iso(micros: npt.ArrayLike) -> Strings:
    """Return times as ISO 8601 UTC, cut to the second; blank where there is none.

    Examples
    --------
    >>> format_iso([1795418100000000]).tolist()
    ['2026-11-23T07:15:00Z']
    """
    when, there = _given(micros)
    page = letters.page(len(there), _ISO_WIDTH)
    at = letters.write(page, 0, when.year, 4)
    for sign, value in (("-", when.month), ("-", when.day), ("T", when.hour), (":", when.minute), (":", when.second)):
        at = letters.write(page, letters.letter(page, at, sign), value, 2)
    letters.letter(page, at, "Z")
    page[~there] = 0
    return letters.read(page)


def format_dtg(micros: npt.ArrayLike) -> Strings:
    """Return times as date-time groups in Zulu, cut to the minute; blank where there is none.

    Examples
    --------
    >>> format_dtg([1795418100000000]).tolist()
    ['230715Z NOV 26']
    """
    when, there = _given(micros)
    page = letters.page(len(there), _DTG_WIDTH)
    at = 0
    for value in (when.day, when.hour, when.minute):
        at = letters.write(page, at, value, 2)
    at = letters.letter(page, at, "Z ")
    names = letters.codes("".join(MONTHS)).reshape(12, 3)[when.month - 1]
    for column in range(3):
        at = letters.letter(page, at, names[:, column])
    letters.write(page, letters.letter(page, at, " "), when.year, 2)
    page[~there] = 0
    return letters.read(page)


def dtg(moment: datetime) -> str:
    """Return one moment as a date-time group in Zulu.

    Raises
    ------
    ValueError
        The moment does not say which zone it is in.
    """
    return str(format_dtg([now_of(moment)])[0])


def _beside(reference: datetime | Ints, count: int, clocks: ZoneInfo | None, *, past: bool) -> Reference:
    """Return the moment that each of so many texts is placed by."""
    now = np.full(count, now_of(reference), np.int64) if isinstance(reference, datetime) else reference
    return Reference(now, now if clocks is None or not count else to_local(now, clocks), past)


def _found(given: list[str], now: Reference | None) -> Moments:
    """Return what each text says: read as ISO, else as a group, else as ISO once it is put in its full form."""
    found = read_iso(letters.lines(given))
    rows = np.flatnonzero(found.fault < 0)
    if len(rows):
        _fill(found, rows, read_groups(letters.squeezed([given[n] for n in rows])[0], now and now.at(rows)))
    rows = np.flatnonzero(found.fault < 0)
    if len(rows):
        texts = [extended(plain(given[n][:_LONGEST])) if len(given[n]) <= _LONGEST else "" for n in rows]
        _fill(found, rows, read_iso(letters.lines(texts)))
    return found


def _fill(into: Moments, rows: Ints, found: Moments) -> None:
    into.micros[rows], into.local[rows], into.fault[rows] = found.micros, found.local, found.fault


def _local(micros: Ints, texts: list[str], clocks: ZoneInfo | None) -> tuple[Ints, Ints]:
    """Return times that name no zone as UTC, and the number of what is wrong with each."""
    if clocks is None:
        date = (micros % DAY == 0) & np.array([len(text.strip()) >= 19 and text.strip()[10] == " " for text in texts])
        group = np.array(["J" in text.upper() for text in texts])
        return micros, np.where(group, NO_LOCAL, np.where(date, 0, NO_ZONE))
    answer, skipped, twice = from_local(micros, clocks)
    return answer, np.select([skipped, twice], [SKIPPED, TWICE], 0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"zone is {name[:40]!r}, which is no IANA time zone; write one such as Asia/Beirut") from error


def _given(micros: npt.ArrayLike) -> tuple[Calendar, Bools]:
    values = np.atleast_1d(np.asarray(micros, np.int64))
    there = sound(values)
    return calendar(np.where(there, values, 0)), there
