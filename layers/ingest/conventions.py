"""How one file writes dates and numbers: found out from whole columns, said aloud, applied; never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.notation import dates

Columns = Mapping[str, pa.Array]

_COMMA = r"^\s*[+-]?\d+,\d+\s*$"
_GROUPS = r"^\s*[+-]?\d{1,3}(,\d{3})+\s*$"
_POINT = r"^\s*[+-]?\d+\.\d+\s*$"
_ZONE = re.compile(r"(?:[1-9]|[1-5][0-9]|60)[C-HJ-NP-X]")
_UNKNOWN = r"(?i)^\s*(n/?k|n/?a|null|-|--|\?|unknown|not known)\s*$"


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a file writes what it says.

    Attributes
    ----------
    day_first : bool or None
        Whether ``03/04/2026`` is 3 April; None where nothing tells.
    day_numbers : bool
        Whether bare numbers in a time column are a spreadsheet's days.
    decimal : str
        ``","``, ``"."``, or blank where nothing tells.
    zone : str
        IANA name of the zone of times that name none; blank where such a time is a fault.
    swapped : bool
        Whether longitude and latitude stand in each other's column.
    utm_zone : str
        Zone and band, such as ``36S``, of metres that name none.
    """

    day_first: bool | None = None
    day_numbers: bool = False
    decimal: str = ""
    zone: str = ""
    swapped: bool = False
    utm_zone: str = ""

    @property
    def words(self) -> str:
        """Return what is settled, in words that ``from_words`` takes back.

        Examples
        --------
        >>> Conventions(day_first=True, decimal=",", zone="Asia/Beirut").words
        'dates day first, decimal comma, times in Asia/Beirut'
        """
        told = [words for words, settled in _SETTLED.items() if all(getattr(self, name) == of for name, of in settled.items())]
        told += [f"times in {self.zone}"] if self.zone else []
        told += [f"metres in {self.utm_zone}"] if self.utm_zone else []
        return ", ".join(told)

    @property
    def lasting(self) -> Conventions:
        """Return what holds for every file of a source, since no file can tell it; the rest is found out of each anew."""
        return Conventions(zone=self.zone, utm_zone=self.utm_zone)


def from_words(text: str) -> Conventions:
    """Return the conventions that words settle; what they do not name is left open."""
    settled: dict[str, Any] = {}
    for part in map(str.strip, text.split(",")):
        settled |= _SETTLED.get(part, {})
        for begin, name in (("times in ", "zone"), ("metres in ", "utm_zone")):
            said = part.removeprefix(begin)
            if said != part and (said in available_timezones() if name == "zone" else _ZONE.fullmatch(said)):
                settled[name] = said
    return Conventions(**settled)


#: What may be settled, in words.
_SETTLED: Mapping[str, Mapping[str, object]] = {
    "dates day first": {"day_first": True},
    "dates month first": {"day_first": False},
    "decimal comma": {"decimal": ","},
    "comma parts thousands": {"decimal": "."},
    "longitude and latitude exchanged": {"swapped": True},
}


@dataclass
class Evidence:
    """What the columns of a file tell of its conventions, chunk after chunk."""

    times: Sequence[str]
    numbers: Sequence[str]
    degrees: Sequence[str]
    day_first: int = 0
    month_first: int = 0
    either: int = 0
    shown: tuple[str, str] = ("", "")
    commas: int = 0
    groups: int = 0
    points: int = 0
    comma_shown: str = ""
    numbered: int = 0
    worded: int = 0

    def take(self, columns: Columns) -> None:
        """Look at one more chunk."""
        for name in self.times:
            if name in columns:
                self._times(columns[name])
        for name in (*self.numbers, *self.degrees):
            if name in columns:
                self._numbers(columns[name], degrees=name in self.degrees)

    @property
    def telling(self) -> bool:
        """Say whether there is anything that the whole file must be asked about."""
        return bool(self.day_first or self.month_first or self.either or self.commas or self.groups)

    def concluded(self, answers: Conventions, zone: str = "") -> tuple[Conventions, tuple[str, ...]]:
        """Return the file's conventions, and in words how they were told.

        Parameters
        ----------
        answers : Conventions
            What was said by hand: it holds where the file itself does not tell.
        zone : str
            IANA name of the zone of times that name none, where no answer says otherwise.
        """
        said: list[str] = []
        order = dates.Order(self.day_first, self.month_first, self.either, self.shown)
        if order.decided is not None:
            example = self.shown[0] if order.decided else self.shown[1]
            said.append(f"Dates are read {'day' if order.decided else 'month'} first, as {example!r} can only be so.")
        elif self.day_first:
            rest = "" if answers.day_first is not None else ": those that may be either are refused"
            said.append(f"Some dates are day first ({self.shown[0]!r}), some month first ({self.shown[1]!r}){rest}.")
        numbers = bool(self.numbered) and not self.worded
        if numbers:
            said.append("Bare numbers in the time column are read as a spreadsheet's day numbers.")
        decimal = "," if self.commas and not self.points else ""
        if decimal:
            said.append(f"Numbers are read with a decimal comma, as {self.comma_shown!r}.")
        decided = answers.day_first if order.decided is None else order.decided
        found = replace(
            answers,
            day_first=decided,
            day_numbers=numbers,
            decimal=decimal or answers.decimal,
            zone=answers.zone or zone,
        )
        open_order = order.decided is None and (self.either or self.day_first)
        return found, (*said, *_answered(answers, order=bool(open_order), decimal=not decimal))

    def _times(self, texts: pa.Array) -> None:
        likely = texts.filter(pc.match_substring_regex(texts, dates.LIKELY))
        told = dates.order(likely.unique().to_pylist())
        self.day_first += told.day_first
        self.month_first += told.month_first
        self.either += told.either
        self.shown = (self.shown[0] or told.shown[0], self.shown[1] or told.shown[1])
        there = int(pc.sum(pc.not_equal(texts, "")).as_py() or 0)
        numbered = int(pc.sum(pc.match_substring_regex(texts, dates.NUMBERED)).as_py() or 0)
        self.numbered += numbered
        self.worded += there - numbered

    def _numbers(self, texts: pa.Array, *, degrees: bool) -> None:
        if not pc.any(pc.match_substring(texts, ",")).as_py():
            self.points += degrees and bool(pc.any(pc.match_substring_regex(texts, _POINT)).as_py())
            return
        comma = pc.match_substring_regex(texts, _COMMA)
        grouped = pc.match_substring_regex(texts, _GROUPS)
        telling = comma if degrees else pc.and_not(comma, grouped)
        found = texts.filter(telling)
        self.commas += len(found)
        self.comma_shown = self.comma_shown or (found[0].as_py() if len(found) else "")
        self.groups += int(pc.sum(grouped).as_py() or 0)
        self.points += int(pc.sum(pc.match_substring_regex(texts, _POINT)).as_py() or 0)


def _answered(answers: Conventions, *, order: bool, decimal: bool) -> Iterator[str]:
    """Say which answers hold, given by hand for this file or for one like it."""
    if order and answers.day_first is not None:
        yield f"Dates that may be two days are read {'day' if answers.day_first else 'month'} first, as was said."
    if decimal and answers.decimal:
        yield f"The comma in numbers {'is the decimal mark' if answers.decimal == ',' else 'parts thousands'}, as was said."
    if answers.zone:
        yield f"Times without a zone are read as {answers.zone}, as was said."
    if answers.swapped:
        yield "Longitude and latitude are exchanged, as was said."
    if answers.utm_zone:
        yield f"Metres without a zone are read in zone {answers.utm_zone}, as was said."


def dated(texts: pa.Array, of: Conventions) -> tuple[pa.Array, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return times with dates in ISO 8601, and the positions of those that may be two days."""
    likely = pc.match_substring_regex(texts, dates.LIKELY)
    made = texts
    doubtful = np.empty(0, np.int64)
    if pc.any(likely).as_py():
        made = _by_value(texts, likely, lambda text: dates.rewritten(text, of.day_first))
        if of.day_first is None:
            doubtful = np.flatnonzero(_met(texts, likely, dates.two_days))
    numbered = pc.match_substring_regex(made, dates.NUMBERED)
    if of.day_numbers and pc.any(numbered).as_py():
        made = _by_value(made, numbered, dates.from_spreadsheet)
    return made, doubtful


def known(texts: pa.Array) -> pa.Array:
    """Return texts with a blank for "N/K" and its like."""
    return pc.if_else(pc.match_substring_regex(texts, _UNKNOWN), "", texts)


def numbered(texts: pa.Array, of: Conventions) -> pa.Array:
    """Return numbers with a decimal point and without marks between thousands."""
    made = texts
    if of.decimal == ",":
        plain = pc.replace_substring_regex(made, r"(\d)[.  ](\d{3})\b", r"\1\2")
        return pc.replace_substring_regex(plain, r"^(\s*[+-]?\d*),(\d+\s*)$", r"\1.\2")
    if of.decimal == ".":
        return pc.if_else(pc.match_substring_regex(made, _GROUPS), pc.replace_substring(made, ",", ""), made)
    return made


def _by_value(texts: pa.Array, chosen: pa.Array, meaning: Callable[[str], str]) -> pa.Array:
    encoded = pc.if_else(chosen, texts, "").dictionary_encode()
    words = pa.array([meaning(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.if_else(chosen, words.take(encoded.indices), texts)


def _met(texts: pa.Array, chosen: pa.Array, law: Callable[[str], bool]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    encoded = pc.if_else(chosen, texts, "").dictionary_encode()
    found = np.array([law(text) for text in encoded.dictionary.to_pylist()], np.bool_)
    return found[encoded.indices.to_numpy(zero_copy_only=False)] if len(texts) else np.zeros(0, np.bool_)
