"""Columns of text become values: codes, numbers, times. Faults are counted by position, never raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.model import Field

Positions = npt.NDArray[np.int64]
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
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
    good = pc.match_substring_regex(texts, _NUMBER)
    plain = pc.if_else(good, pc.utf8_ltrim(texts, "+"), pa.scalar(None, pa.string()))
    values = pc.fill_null(pc.cast(plain, pa.float64()), np.nan).to_numpy(zero_copy_only=False).copy()
    wrong = ~good.to_numpy(zero_copy_only=False) & (pc.utf8_length(texts).to_numpy(zero_copy_only=False) > 0)
    return values, np.flatnonzero(wrong | np.isinf(values))


def iso(micros: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_]) -> pa.Array:
    """Return times as JSON strings of ISO 8601 UTC, null where missing; to the second where that is exact."""
    moments = np.where(missing, 0, micros)
    exact = not (moments % 1_000_000).any()
    text = np.datetime_as_string(moments.astype("datetime64[us]"), "s" if exact else "us")
    whole = pc.binary_join_element_wise('"', pa.array(text.tolist(), pa.string()), 'Z"', "")
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), whole)


def clean(texts: pa.Array) -> pa.Array:
    """Return texts with a mark in place of each control character."""
    return pc.replace_substring_regex(texts, r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd")


def quoted(texts: pa.Array) -> pa.Array:
    """Return texts as JSON strings, null for blanks."""
    safe = clean(texts)
    for plain, escaped in _ESCAPES:
        safe = pc.replace_substring(safe, plain, escaped)
    made = pc.binary_join_element_wise('"', safe, '"', "")
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), made)


def as_number(values: npt.NDArray[np.float64], *, whole: bool) -> pa.Array:
    """Return numbers as JSON text, null for NaN."""
    none = np.isnan(values)
    if whole:
        return pc.cast(pa.array(np.where(none, 0, values).astype(np.int64), mask=none), pa.string())
    return pc.cast(pa.array(values, mask=none), pa.string())


def joined(fragments: Sequence[tuple[str, pa.Array]], length: int) -> pa.Array:
    """Return one JSON object a row of (name, JSON text) columns; nulls are left out, names in their sorted order.

    Arrow's own skipping of nulls is not used: it loses the rows in which every column is null.
    """
    ordered = sorted(fragments, key=lambda pair: pair[0])
    parts = [pc.binary_join_element_wise(f'"{name}":', part, ",", "") for name, part in ordered]
    if not parts:
        return pa.array(["{}"] * length, pa.string())
    options = pc.JoinOptions(null_handling="replace", null_replacement="")
    inner = pc.binary_join_element_wise(*parts, "", options=options)
    return pc.binary_join_element_wise("{", pc.ascii_rtrim(inner, ","), "}", "")


def _translated(texts: pa.Array, meaning: Callable[[str], str | None]) -> tuple[pa.Array, Positions]:
    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    spelled = encoded.dictionary.to_pylist()
    found = [meaning(text) for text in spelled]
    index = encoded.indices.to_numpy(zero_copy_only=False)
    unknown = np.array([code is None for code in found] or [False], np.bool_)
    codes = pa.array([text if code is None else code for text, code in zip(spelled, found, strict=True)], pa.string())
    return codes.take(pa.array(index)), np.flatnonzero(unknown[index]) if len(index) else np.empty(0, np.int64)
