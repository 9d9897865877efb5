"""Degrees as people write them: decimal, with minutes, with seconds; latitude first unless letters say otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from layers.notation import letters
from layers.notation.grid import placed
from layers.notation.letters import Strings, Texts, plain, quoted, texts_of
from layers.notation.projection import wrapped

_HOW = "write latitude and longitude (33.5 36.25), degrees and minutes (33°30.5'N 36°15.2'E), UTM or MGRS"
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d+)?)(?: *[,;/] *| +)([+-]?\d{1,3}(?:\.\d+)?)", re.ASCII)
_ANGLE = r"(\d{1,3}(?:\.\d+)?)(?:[° ]+(\d\d?(?:\.\d+)?)(?:[' ]+(\d\d?(?:\.\d+)?))?)?[°'\" ]*"
#: The usual form, which needs no second look: latitude, its letter, longitude, its letter.
_USUAL = re.compile(rf"{_ANGLE}([NS])[ ,;/]*{_ANGLE}([EW])", re.ASCII)
_WORDS = (
    (re.compile(r"(?<![A-Z])LAT(?:ITUDE)?(?![A-Z]) *[:=]?"), "l"),
    (re.compile(r"(?<![A-Z])LON(?:G(?:ITUDE)?)?(?![A-Z]) *[:=]?"), "o"),
    (re.compile(r"[°º˚]|(?<![A-Z])DEG(?:REES)?(?![A-Z])|(?<=\d)D(?=[ \d]|$)"), "°"),
    (re.compile(r"''|[\"”“″]|(?<![A-Z])SEC(?:ONDS)?(?![A-Z])"), '"'),
    (re.compile(r"['’‘′´`]|(?<![A-Z])MIN(?:UTES)?(?![A-Z])|(?<=\d)M(?=[ \dNSEW]|$)"), "'"),
)
_TOKEN = re.compile(r"(\d+(?:\.\d+)?)|([NSEW])|([lo])|([°'\"])|([+-])|([,;/])", re.ASCII)
_NUMBER, _LETTER, _AXIS, _MARK, _SIGN, _BREAK = range(6)
_COMMAS = re.compile(r"\d+(?:,\d+)+", re.ASCII)
_TWO = "may be one number or two; write a blank or a semicolon between latitude and longitude"
_AXES = {"N": "lat", "S": "lat", "E": "lon", "W": "lon", "l": "lat", "o": "lon", "": ""}
_KINDS = ("", "decimal", "ddm", "dms")
_MOST = 100

T = TypeVar("T")


class Unclear(ValueError):
    """A text cannot be read; the message goes on after the quoted text."""


def each_read(texts: Texts, read: Callable[[str], T], nothing: T, longest: int) -> tuple[list[T], list[str]]:
    """Return what a reader makes of each text, and why it makes nothing of some: of these ``nothing``, and the reason.

    The reader is given a plain text, squeezed, at most one sign longer than ``longest``, and raises Unclear.
    """
    found, fault = [], []
    for text in texts_of(texts):
        why = ""
        try:
            found.append(read(" ".join(plain(text[: longest + 1]).split())))
        except Unclear as reason:
            found.append(nothing)
            why = f"{quoted(text)} {reason}" if text.strip() else str(reason)
        fault.append(why)
    return found, fault


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two angles of a position: the axis it says it is on, signed degrees, and how many numbers it has."""

    axis: str
    degrees: float
    numbers: int
    marked: bool


def read_degrees(text: str) -> tuple[str, float, float]:
    """Return notation, longitude and latitude of one text, in capitals.

    Raises
    ------
    Unclear
        The text is no position, or may be two.
    """
    if pair := _PAIR.fullmatch(text):
        if "." not in text and _COMMAS.search(text):
            raise Unclear(_TWO)
        return _placed("decimal", float(pair[1]), float(pair[2]))
    if len(text) > _MOST:
        raise Unclear(f"is too long for a position; {_HOW}")
    if usual := _USUAL.fullmatch(text):
        (kind, lat), (other, lon) = _usual(*usual.groups()[:4]), _usual(*usual.groups()[4:])
        return _placed(_KINDS[max(kind, other)], lat, lon)
    return read_freely(text)


def read_freely(text: str) -> tuple[str, float, float]:
    """Return the same as ``read_degrees`` of any text of degrees, by its parts; slower.

    Raises
    ------
    Unclear
        The text is no position, or may be two.
    """
    first, second = (_side(part) for part in _parted(_tokens(text)))
    if not (first.marked and second.marked) and first.numbers != second.numbers:
        raise Unclear(
            "gives one side more numbers than the other; write both alike, with a dot for decimals, or mark degrees with °"
        )
    if first.axis == second.axis != "":
        raise Unclear("names the same axis twice; write one N or S and one E or W")
    kind = _KINDS[max(first.numbers, second.numbers)]
    if first.axis == "lon" or second.axis == "lat":
        return _placed(kind, second.degrees, first.degrees)
    return _placed(kind, first.degrees, second.degrees)


def format_decimal(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Strings:
    """Return places as decimal degrees to five places (1 m), latitude first; blank where there is none.

    Examples
    --------
    >>> format_decimal([36.29128], [-33.51345]).tolist()
    ['33.51345° S 36.29128° E']
    """
    x, y, there = placed(lon, lat)
    return np.array(
        [
            f"{abs(b):.5f}° {'S' if b < 0 else 'N'} {abs(a):.5f}° {'W' if a < 0 else 'E'}" if real else ""
            for a, b, real in zip(wrapped(x).tolist(), y.tolist(), there.tolist(), strict=True)
        ],
        np.str_,
    )


def format_ddm(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Strings:
    """Return places as degrees and minutes to three places (2 m), latitude first; blank where there is none.

    Examples
    --------
    >>> format_ddm([36.29128], [-33.51345]).tolist()
    ["33°30.807'S 036°17.477'E"]
    """
    return _written(lon, lat, ((60_000, 2), (1_000, 2), (1, 3)), "°.'")


def format_dms(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Strings:
    """Return places as degrees, minutes and seconds to a tenth (3 m), latitude first; blank where there is none.

    Examples
    --------
    >>> print(format_dms([36.29128], [-33.51345])[0])
    33°30'48.4"S 036°17'28.6"E
    """
    return _written(lon, lat, ((36_000, 2), (600, 2), (10, 2), (1, 1)), "°'.\"")


def _written(lon: npt.ArrayLike, lat: npt.ArrayLike, parts: tuple[tuple[int, int], ...], signs: str) -> Strings:
    """Write both angles part by part: the size of each part in the last one's unit, its figures, the sign after it."""
    x, y, there = placed(lon, lat)
    page = letters.page(len(x), 2 * (sum(width for _, width in parts) + len(parts)) + 4)
    at = 0
    for degrees, hemispheres, wide in ((y, "NS", 0), (wrapped(x), "EW", 1)):
        rest = np.rint(np.abs(degrees) * parts[0][0]).astype(np.int64)
        for (size, width), sign in zip(parts, signs, strict=True):
            value, rest = np.divmod(rest, size)
            at = letters.letter(page, letters.write(page, at, value, width + (wide if sign == "°" else 0)), sign)
        at = letters.letter(page, at, letters.codes(hemispheres)[(degrees < 0).astype(np.int64)])
        at = letters.letter(page, at, " ") if not wide else at
    page[~there] = 0
    return letters.read(page)


def _tokens(text: str) -> list[tuple[int, str]]:
    for pattern, sign in _WORDS:
        text = pattern.sub(sign, text)
    text = _COMMAS.sub(lambda run: _dotted(run[0], "." in text), text)
    if re.search(r"\d-\d", text):
        if not re.search(r"[NSEW]", text):
            raise Unclear("has a hyphen that may be a minus; write a blank before a minus, or N, S, E and W")
        text = re.sub(r"(?<=\d)-(?=\d)", " ", text)
    found = [(int(match.lastindex or 1) - 1, match[0]) for match in _TOKEN.finditer(text)]
    if not found or re.sub(r"\s", "", text) != "".join(sign for _, sign in found):
        raise Unclear(f"is no position; {_HOW}")
    return found


def _dotted(run: str, separate: bool) -> str:
    """Return figures joined by commas with dots for decimals: in a text with a dot every comma separates."""
    parts = run.split(",")
    if separate:
        return " , ".join(parts)
    if len(parts) not in (2, 4):
        raise Unclear(_TWO)
    return " , ".join(".".join(pair) for pair in zip(parts[::2], parts[1::2], strict=True))


def _parted(tokens: list[tuple[int, str]]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return the tokens of either side: parted at a break, else by letters, else by degree marks, else in halves."""
    kinds = [kind for kind, _ in tokens]
    numbers = [n for n, kind in enumerate(kinds) if kind == _NUMBER]
    named = [n for n, kind in enumerate(kinds) if kind in (_LETTER, _AXIS)]
    degrees = [n for n, token in enumerate(tokens) if token == (_MARK, "°")]
    if kinds.count(_BREAK) == 1:
        at = kinds.index(_BREAK)
        return tokens[:at], tokens[at + 1 :]
    if kinds.count(_BREAK):
        raise Unclear(f"has more than two parts; {_HOW}")
    if len(named) > 1:
        at = named[1] if named[0] == 0 else named[0] + 1
    elif len(degrees) == 2:
        at = max(n for n in numbers if n < degrees[1]) if numbers and numbers[0] < degrees[1] else degrees[1]
    elif len(numbers) % 2 == 0 and numbers:
        at = numbers[len(numbers) // 2]
    elif len(numbers) == 1 and (degrees or named):
        raise Unclear("gives one side only; write latitude and longitude, such as 33.5 36.25")
    else:
        raise Unclear(f"is no position; {_HOW}")
    at -= at > 0 and kinds[at - 1] == _SIGN
    return tokens[:at], tokens[at:]


def _side(tokens: list[tuple[int, str]]) -> Side:
    sign = [word for kind, word in tokens if kind == _SIGN]
    named = [word for kind, word in tokens if kind in (_LETTER, _AXIS)]
    shape = "".join("nLLm+"[kind] if kind != _MARK else word for kind, word in tokens)
    if not re.fullmatch(r"L?\+?(?:n°?|n°?n'?|n°?n'?n\"?)L?", shape):
        raise Unclear(f"is no position; {_HOW}")
    letter = next((word for word in named if word in "NSEW"), "")
    if len(named) > 2 or (len(named) == 2 and (named[0] not in "lo" or _AXES[named[0]] != _AXES[named[1]])):
        raise Unclear("names a side twice; one letter, N, S, E or W, is enough for each")
    if sign and letter:
        raise Unclear("has a sign and a letter on one side; write one of them")
    parts = [word for kind, word in tokens if kind == _NUMBER]
    axis = _AXES[named[0]] if named else ""
    if letter and len(parts) == 1 and "°" not in shape:
        parts = _packed(parts[0], axis)
    size = _size(parts)
    return Side(axis, -size if sign == ["-"] or letter in ("S", "W") else size, len(parts), "°" in shape or bool(letter))


def _usual(degrees: str, minutes: str | None, seconds: str | None, letter: str) -> tuple[int, float]:
    parts = [part for part in (degrees, minutes, seconds) if part]
    return len(parts), -_size(parts) if letter in "SW" else _size(parts)


def _size(parts: list[str]) -> float:
    if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
        raise Unclear("is no angle: minutes and seconds stay below 60, and only the last number has decimals")
    return float(sum(float(part) / 60.0**power for power, part in enumerate(parts)))


def _packed(number: str, axis: str) -> list[str]:
    """Return degrees, minutes and seconds written without anything between them: 3330N, 0361530E."""
    whole, _, rest = number.partition(".")
    wide = 2 if axis == "lat" else 3
    if len(whole) not in (wide + 2, wide + 4):
        return [number]
    parts = [whole[:wide], *(whole[n : n + 2] for n in range(wide, len(whole), 2))]
    return [*parts[:-1], f"{parts[-1]}.{rest}" if rest else parts[-1]]


def _placed(kind: str, lat: float, lon: float) -> tuple[str, float, float]:
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        raise Unclear(f"has latitude {lat:g}, and latitude ends at 90; write latitude first, then longitude")
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise Unclear("is not on the earth; latitude runs to 90 and longitude to 180")
    return kind, lon, lat
