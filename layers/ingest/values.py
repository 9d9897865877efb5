"""Columns of text become values: codes, numbers, times. Faults are counted by position, never raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.model import Field

Positions = npt.NDArray[np.int64]
Letters = npt.NDArray[np.uint8]
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
#: A column is taken by its different texts where a sample of this many rows has at most a quarter as many.
_SAMPLE = 2_000
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def coded(texts: pa.Array, field: Field) -> tuple[pa.Array, Positions]:
    """Return codes for the texts of a coded field, and the positions of texts that are none of its choices.

    Codes, labels and aliases are met whatever their case; a blank becomes the default.
    """
    known = {
        spelling.casefold(): choice.code for choice in field.choices for spelling in (choice.label, *choice.aliases, choice.code)
    }
    return _translated(texts, lambda text: known.get(text.casefold()) if text else field.default)


def marked(texts: pa.Array, markings: Sequence[str], default: str) -> tuple[pa.Array, Positions]:
    """Return marking codes, and the positions of texts that are no marking of this mission."""
    known = {marking.casefold(): marking for marking in markings}
    return _translated(texts, lambda text: known.get(text.casefold()) if text else default)


def numbers(texts: pa.Array) -> tuple[npt.NDArray[np.float64], Positions]:
    """Return numbers, NaN for blanks, and the positions of texts that are no finite number."""
    few, at = different(texts)
    good = pc.match_substring_regex(few, _NUMBER)
    plain = pc.if_else(good, pc.utf8_ltrim(few, "+"), pa.scalar(None, pa.string()))
    values = pc.fill_null(pc.cast(plain, pa.float64()), np.nan).to_numpy(zero_copy_only=False).copy()
    wrong = ~good.to_numpy(zero_copy_only=False) & (pc.utf8_length(few).to_numpy(zero_copy_only=False) > 0)
    wrong |= np.isinf(values)
    if at is not None:
        values, wrong = values[at], wrong[at]
    return values, np.flatnonzero(wrong)


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
    """Return texts as JSON strings, null for blanks; by their dictionary where few differ."""
    few, at = different(texts)
    safe = clean(few)
    present = np.bincount(letters(safe), minlength=256)
    for plain, escaped in _ESCAPES:
        if present[ord(plain)]:
            safe = pc.replace_substring(safe, plain, escaped)
    made = pc.binary_join_element_wise('"', safe, '"', "")
    made = pc.if_else(pc.equal(few, ""), pa.scalar(None, pa.string()), made)
    return made if at is None else pa.DictionaryArray.from_arrays(pa.array(at), made)


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


def different(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int32] | None]:
    """Return the different texts and where each row's stands among them; the texts themselves and None where most differ."""
    if 4 * len(texts[:_SAMPLE].unique()) > min(len(texts), _SAMPLE):
        return texts, None
    encoded = texts.dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)


def letters(texts: pa.Array) -> Letters:
    """Return the bytes of all texts, one after the other."""
    if not len(texts):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    return np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]


def _translated(texts: pa.Array, meaning: Callable[[str], str | None]) -> tuple[pa.Array, Positions]:
    few, at = different(texts)
    spelled = few.to_pylist()
    found = [meaning(text) for text in spelled]
    codes = pa.array([text if code is None else code for text, code in zip(spelled, found, strict=True)], pa.string())
    unknown = np.array([code is None for code in found], np.bool_)
    if at is None:
        return codes, np.flatnonzero(unknown)
    return codes.take(pa.array(at)), np.flatnonzero(unknown[at])
