"""Columns of text become values: codes, numbers, times. Faults are counted by position, never raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.model import NO_TIME, Field
from layers.notation.days import DAY, clock, days

#: What is said of a code that is none of the mission's.
UNKNOWN = "is not a value this mission knows; it is kept as text"
Scalar = TypeVar("Scalar", bound=np.generic)
Positions = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Letters = npt.NDArray[np.uint8]
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
#: A column is taken by its different texts where a sample of this many rows has at most a quarter as many.
_SAMPLE = 2_000
_NOWHERE = np.empty(0, np.int64)
#: Letters of a time such as 2026-11-23T07:15:00Z, which of them are figures, and which always are the same.
_UTC = 20
_FIGURES = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_SIGNS = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z"))
#: From the first second of a day to its last, in microseconds.
_REST_OF_DAY = 86_399_000_000
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text by its different texts: row ``n`` says ``texts[at[n]]``, or ``texts[n]`` where most rows differ."""

    texts: pa.Array
    at: npt.NDArray[np.int32] | None = None

    def by_row(self, found: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return for each row what was found for its text."""
        return found if self.at is None else found[self.at]

    def rows(self, found: npt.NDArray[np.bool_]) -> Positions:
        """Return the rows whose texts were found."""
        return np.flatnonzero(self.by_row(found)) if found.any() else _NOWHERE

    def place(self, row: int) -> int:
        """Return where a row's text stands among the texts."""
        return row if self.at is None else int(self.at[row])

    def text(self, row: int) -> str:
        """Return a row's text."""
        return str(self.texts[self.place(row)].as_py())

    def said(self, row: int) -> str:
        """Return the beginning of a row's text as a reason may show it."""
        return repr(self.text(row)[:40])

    def counts(self) -> Counter[str]:
        """Return how many rows hold each text."""
        words = self.texts.to_pylist()
        if self.at is None:
            return Counter(words)
        return Counter(dict(zip(words, np.bincount(self.at, minlength=len(words)).tolist(), strict=True)))

    def like(self, made: pa.Array) -> pa.Array:
        """Return what was made of each text as a column, by its dictionary where few differ."""
        return made if self.at is None else pa.DictionaryArray.from_arrays(pa.array(self.at), made)


def column(texts: pa.Array) -> Column:
    """Return a column by its different texts, if a sample of it holds few of them."""
    if 4 * len(texts[:_SAMPLE].unique()) > min(len(texts), _SAMPLE):
        return Column(texts)
    encoded = texts.dictionary_encode()
    return Column(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False))


def blank(texts: pa.Array) -> Bools:
    """Say which texts are blank."""
    answer: Bools = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return answer


def to_the_end(texts: pa.Array, micros: npt.NDArray[np.int64], ends: bool) -> npt.NDArray[np.int64]:
    """Return times; of those at which something ends, bare dates at the last second: what lasts until a day is in force on it."""
    if not ends:
        return micros
    bare = pc.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}$").to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.int64] = np.where(bare & (micros != NO_TIME), micros + _REST_OF_DAY, micros)
    return found


def coded(texts: pa.Array, field: Field) -> tuple[pa.Array, Bools]:
    """Return codes for the texts of a coded field, and which of the texts are none of its choices.

    Codes, labels and aliases are met whatever their case; a blank becomes the default.
    """
    known = {
        spelling.casefold(): choice.code for choice in field.choices for spelling in (choice.label, *choice.aliases, choice.code)
    }
    return _translated(texts, lambda text: known.get(text.casefold()) if text else field.default)


def given(texts: pa.Array, field: Field) -> pa.Array:
    """Return the texts of a field; an id that we made ourselves for a row without one is not the source's."""
    if field.name != "id" or not pc.any(pc.starts_with(texts, "#")).as_py():
        return texts
    return pc.if_else(pc.match_substring_regex(texts, r"^#[0-9a-f]{24}-[0-9]+$"), "", texts)


def marked(texts: pa.Array, markings: Sequence[str], default: str) -> tuple[pa.Array, Bools]:
    """Return marking codes, and which of the texts are no marking of this mission."""
    known = {marking.casefold(): marking for marking in markings}
    return _translated(texts, lambda text: known.get(text.casefold()) if text else default)


def numbers(texts: pa.Array) -> tuple[npt.NDArray[np.float64], Positions]:
    """Return numbers, NaN for blanks, and the positions of texts that are no finite number."""
    of = column(texts)
    values, wrong = read_numbers(of.texts)
    return of.by_row(values).copy(), of.rows(wrong)


def read_numbers(texts: pa.Array) -> tuple[npt.NDArray[np.float64], Bools]:
    """Return numbers, NaN for blanks, and which of the texts are no finite number."""
    empty = blank(texts)
    if letters(texts).max(initial=0) <= ord("9"):  # then what Arrow reads at once is what the pattern lets through
        with suppress(pa.ArrowInvalid):
            found = _floats(pc.if_else(pa.array(empty), None, texts) if empty.any() else texts)
            return found, np.isinf(found)
    good = pc.match_substring_regex(texts, _NUMBER)
    found = _floats(pc.if_else(good, pc.utf8_ltrim(texts, "+"), pa.scalar(None, pa.string())))
    return found, (~good.to_numpy(zero_copy_only=False) & ~empty) | np.isinf(found)


def read_utc(texts: pa.Array) -> tuple[npt.NDArray[np.int64], Positions]:
    """Return times spelled as 2026-11-23T07:15:00Z in microseconds since 1970, and which texts are still to be read."""
    micros = np.full(len(texts), NO_TIME, np.int64)
    so_long = pc.equal(pc.binary_length(texts), _UTC).to_numpy(zero_copy_only=False)
    page = letters(texts if so_long.all() else texts.filter(pa.array(so_long))).reshape(-1, _UTC).T.copy()
    figures = page - np.uint8(ord("0"))
    good = (figures[list(_FIGURES)] < 10).all(axis=0)
    for place, sign in _SIGNS:
        good &= page[place] == ord(sign)
    date, there = days(_number_of(figures[:4]), _number_of(figures[5:7]), _number_of(figures[8:10]))
    since, fits = clock(_number_of(figures[11:13]), _number_of(figures[14:16]), _number_of(figures[17:19]))
    good &= there & fits
    at = np.flatnonzero(so_long)
    micros[at[good]] = (date * DAY + since)[good]
    return micros, np.flatnonzero(micros == NO_TIME)


def iso(micros: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_]) -> pa.Array:
    """Return times as JSON strings of ISO 8601 UTC, null where missing; each to the second where that is exact."""
    seconds, rest = np.divmod(np.where(missing, 0, micros), 1_000_000)
    text = pc.cast(pa.array(seconds, pa.timestamp("s"), mask=missing), pa.string())
    if rest.any():
        fine = pc.cast(pa.array(np.where(missing, 0, micros), pa.timestamp("us"), mask=missing), pa.string())
        text = pc.if_else(pa.array(rest > 0), fine, text)
    return pc.binary_join_element_wise('"', pc.binary_replace_slice(text, 10, 11, "T"), 'Z"', "")


def clean(texts: pa.Array) -> pa.Array:
    """Return texts with a mark in place of each control character."""
    if not (letters(texts) < 32).any():
        return texts
    return pc.replace_substring_regex(texts, r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd")


def quoted(texts: pa.Array) -> pa.Array:
    """Return texts as JSON strings, null for blanks."""
    safe = clean(texts)
    whole = letters(safe)
    for plain, escaped in _ESCAPES:
        if (whole == ord(plain)).any():
            safe = pc.replace_substring(safe, plain, escaped)
    made = pc.binary_join_element_wise('"', safe, '"', "")
    empty = blank(texts)
    return pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), made) if empty.any() else made


def as_number(values: npt.NDArray[np.float64], *, whole: bool) -> pa.Array:
    """Return numbers as JSON text, null for NaN."""
    none = np.isnan(values)
    if whole:
        return pc.cast(pa.array(np.where(none, 0, values).astype(np.int64), mask=none), pa.string())
    return pc.cast(pa.array(values, mask=none), pa.string())


def joined(fragments: Sequence[tuple[str, pa.Array]], length: int) -> pa.Array:
    """Return one JSON object a row of (name, JSON text) columns; nulls are left out, names in their sorted order.

    Arrow's own skipping of nulls is not used: it loses the rows in which every column is null. The commas hang on
    one column that has no nulls; where there is none the last comma is cut off.
    """
    ordered = sorted(fragments, key=lambda pair: pair[0])
    anchor = next((n for n, (_, part) in enumerate(ordered) if not _gaps(part)), len(ordered))
    parts = [pa.array(["{"] * length, pa.string())]
    for n, (name, part) in enumerate(ordered):
        parts.append(_between(("," if n > anchor else "") + f'"{name}":', part, "," if n < anchor else ""))
    options = pc.JoinOptions(null_handling="replace", null_replacement="")
    if anchor < len(ordered):
        return pc.binary_join_element_wise(*parts, "}", "", options=options)
    return pc.binary_join_element_wise(pc.ascii_rtrim(pc.binary_join_element_wise(*parts, "", options=options), ","), "}", "")


def _between(before: str, part: pa.Array, after: str) -> pa.Array:
    if isinstance(part, pa.DictionaryArray):
        return _between(before, part.dictionary, after).take(part.indices)
    return pc.binary_join_element_wise(before, part, after, "")


def _gaps(part: pa.Array) -> bool:
    return bool(part.null_count or (isinstance(part, pa.DictionaryArray) and part.dictionary.null_count))


def letters(texts: pa.Array) -> Letters:
    """Return the bytes of all texts, one after the other."""
    if not len(texts):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    return np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]


def _number_of(figures: Letters) -> npt.NDArray[np.int64]:
    number = np.zeros(figures.shape[1], np.int64)
    for figure in figures:
        number = number * 10 + figure
    return number


def _floats(texts: pa.Array) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = pc.fill_null(pc.cast(texts, pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    return found


def _translated(texts: pa.Array, meaning: Callable[[str], str | None]) -> tuple[pa.Array, Bools]:
    spelled = texts.to_pylist()
    found = [meaning(text) for text in spelled]
    codes = pa.array([text if code is None else code for text, code in zip(spelled, found, strict=True)], pa.string())
    return codes, np.array([code is None for code in found], np.bool_)
