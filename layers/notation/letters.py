"""Texts as columns of letters: the way whole arrays are read and written without a step per row."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.str_]
Texts = Sequence[str | None] | npt.NDArray[np.str_] | npt.NDArray[np.object_]

_UPPER = bytes(range(256)).upper().translate(bytes.maketrans(b"\t\v\f\r", b"    "))
_SHOWN = 40
_SIGNS = str.maketrans("−–—﹣－⁻\xa0\u202f،٫．，；", "------  ,..,;")


@dataclass(frozen=True, slots=True)
class Lines:
    """Texts in one buffer of ASCII capitals, ``?`` for any other letter; ``start`` and ``length`` find each."""

    buffer: Bytes
    start: Ints
    length: Ints

    def at(self, rows: Ints, column: int) -> Bytes:
        """Return the letter of each row in one column, counted from 0; every row must be that long."""
        return self.buffer[self.start[rows] + column]

    def digits(self, rows: Ints, column: int, count: int) -> tuple[Ints, Bools]:
        """Return the number written in ``count`` columns, and whether all of them are figures."""
        value, sound = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
        for place in range(column, column + count):
            figure = self.at(rows, place) - np.uint8(48)
            sound &= figure < 10
            value = value * 10 + figure
        return value, sound


def texts_of(texts: Texts) -> list[str]:
    """Return the texts as a list of str; a missing one (None) is blank."""
    if isinstance(texts, str):
        raise TypeError(f"got one text, {quoted(texts)}; give a sequence of texts")
    return ["" if text is None else str(text) for text in texts]


def lines(texts: Sequence[str]) -> Lines:
    """Return texts as letters, blanks kept."""
    return _lines(_joined(texts))


def squeezed(texts: Sequence[str]) -> tuple[Lines, Ints, Ints]:
    """Return texts as letters without their blanks, and where the blanks stood.

    The second array is the row of each blank, the third the number of letters before it in that row.
    """
    joined = _joined(texts)
    whole, tight = _lines(joined), _lines(joined.translate(None, b" "))
    blank = np.flatnonzero(whole.buffer == 32)
    row = np.repeat(np.arange(len(texts)), whole.length - tight.length)
    return tight, row, blank - np.arange(len(blank)) - tight.start[row]


def plain(text: str) -> str:
    """Return a text with every script's figures and signs as ASCII, in capitals, without marks of direction.

    Examples
    --------
    >>> plain("٣٣٫٥° n")
    '33.5° N'
    """
    if text.isascii():
        return text.upper()
    signs = (sign for sign in text.translate(_SIGNS) if unicodedata.category(sign) != "Cf")
    return "".join(str(figure) if (figure := unicodedata.decimal(sign, -1)) >= 0 else sign for sign in signs).upper()


def quoted(text: str) -> str:
    """Return a text as a reason may show it: short, quoted, nothing in it that acts on a screen."""
    text = text.strip()
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def page(rows: int, width: int) -> npt.NDArray[np.uint32]:
    """Return an empty page of letters to write on, one row a text."""
    return np.zeros((rows, width), np.uint32)


def write(on: npt.NDArray[np.uint32], column: int, value: npt.NDArray[np.int64], count: int) -> int:
    """Write the last ``count`` figures of each number, with leading zeros; return the next column."""
    for place in range(column + count - 1, column - 1, -1):
        value, figure = np.divmod(value, 10)
        on[:, place] = figure + 48
    return column + count


def letter(on: npt.NDArray[np.uint32], column: int, sign: str | npt.NDArray[np.uint32]) -> int:
    """Write a text, the same in every row, or one letter a row by its number; return the next column."""
    if isinstance(sign, str):
        for place, one in enumerate(sign, column):
            on[:, place] = ord(one)
        return column + len(sign)
    on[:, column] = sign
    return column + 1


def read(page_: npt.NDArray[np.uint32]) -> Strings:
    """Return a written page as an array of texts."""
    return page_.view(f"<U{page_.shape[1]}").ravel() if len(page_) else np.empty(0, f"<U{page_.shape[1]}")


def codes(alphabet: str) -> npt.NDArray[np.uint32]:
    """Return the letters of an alphabet as numbers, for use with ``letter``."""
    return np.array([ord(one) for one in alphabet], np.uint32)


def places(alphabet: str) -> npt.NDArray[np.int16]:
    """Return a table from a letter's number to its place in an alphabet, -1 where it is not in it."""
    table = np.full(256, -1, np.int16)
    for place, one in enumerate(alphabet):
        table[ord(one)] = place
    return table


def _joined(texts: Sequence[str]) -> bytes:
    whole = "\n".join(texts)
    if whole.count("\n") != len(texts) - 1:
        whole = "\n".join(text.replace("\n", " ") for text in texts)
    return whole.encode("ascii", "replace").translate(_UPPER)


def _lines(joined: bytes) -> Lines:
    buffer = np.frombuffer(joined, np.uint8)
    end = np.append(np.flatnonzero(buffer == 10), len(buffer))
    start = np.concatenate([[0], end[:-1] + 1])
    return Lines(buffer, start, end - start)
