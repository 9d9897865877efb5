"""How much room text takes on paper, how it is broken into lines, and which fonts it is drawn from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice, pairwise
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

#: The fonts come with the drawing library, so that a sheet looks alike on every machine; signs they lack are taken from the system's.
FAMILY = "DejaVu Sans"
_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
#: How long a point is, mm.
MM_PER_POINT = 25.4 / 72
_MEASURED = 64.0
_DOT, _BOX = "…", "□"
#: It has a sign for every sign, which tells that there is none.
_NO_FONT = "Last Resort High-Efficiency"
#: No line of a sheet holds more signs; longer text is not measured whole, which would take time by the square of its length.
_SIGNS = 400


def plain(text: str) -> str:
    """Return text as one line that can be printed: no signs that steer, none that fonts do not have."""
    steers = {"Cc", "Cf", "Cs", "Co", "Cn"}
    return " ".join("".join(" " if unicodedata.category(sign) in steers and sign != "\u200d" else sign for sign in text).split())


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is when printed, in millimetres; ``size`` in points."""
    return _points(text, bold) * size / _MEASURED * MM_PER_POINT


def height(size: float) -> float:
    """Return how high a line is, in millimetres, from the foot of one to the foot of the next."""
    return 1.25 * size * MM_PER_POINT


def shortened(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """Return text that is at most so wide, its end left out where it is longer; blank where not even a dot fits."""
    if len(text) <= _SIGNS and width(text, size, bold=bold) <= most:
        return text
    low, high = -1, min(len(text), _SIGNS)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(text[:middle].rstrip() + _DOT, size, bold=bold) <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _DOT if low >= 0 else ""


def lines(text: str, most: float, size: float, *, bold: bool = False, rows: int = 99) -> list[str]:
    """Return text broken into lines at most so wide; what does not fit into so many is left out, and the last says so."""
    paragraphs = [one for one in map(printable, text.split("\n")) if one]
    broken = chain.from_iterable(_broken(one, most, size, bold) for one in paragraphs)
    found = list(islice(broken, rows + 1)) or [""]
    if len(found) <= rows:
        return found
    return [*found[: rows - 1], shortened(found[rows - 1].rstrip(_DOT + " ") + _DOT, most, size, bold=bold)]


def _broken(text: str, most: float, size: float, bold: bool) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if len(longer) <= _SIGNS and width(longer, size, bold=bold) <= most:
            line = longer
            continue
        if line:
            yield line
        *begun, line = _pieces(word, most, size, bold)
        yield from begun
    yield line


def _pieces(word: str, most: float, size: float, bold: bool) -> Iterator[str]:
    """Yield a word in pieces that each fit into a line."""
    while len(word) > 1 and (len(word) > _SIGNS or width(word, size, bold=bold) > most):
        low, high = 1, min(len(word) - 1, _SIGNS)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if width(word[:middle], size, bold=bold) <= most else (low, middle - 1)
        yield word[:low]
        word = word[low:]
    yield word


def printable(text: str) -> str:
    """Return text as one line in which signs that no font on this machine has are boxes.

    A letter and its marks are one shape, drawn from one font; a mark that stands on nothing or is of another font is a box too.
    """
    found: list[str] = []
    under = ""
    for sign in plain(text):
        marks = unicodedata.category(sign).startswith("M")
        shown = sign if sign.isspace() or _family(sign) else _BOX
        shown = _BOX if marks and (not under or _family(under) != _family(shown)) else shown
        found.append(shown)
        under = under if marks and shown != _BOX else shown.strip()
    return "".join(found)


def unprintable(text: str) -> str:
    """Return the signs of a text that no font on this machine has, each once."""
    return "".join(dict.fromkeys(sign for sign in plain(text) if not sign.isspace() and not _family(sign)))


def emboldened(text: str, *, bold: bool) -> bool:
    """Say whether a printable text is drawn bold: where it is to be, and for each of its signs a font has a bold cut with it."""
    return bold and all(_bold(under, sign) for under, sign in pairwise(" " + text) if not sign.isspace())


def _bold(under: str, sign: str) -> bool:
    """Say whether a sign can be drawn bold; a mark from the font of the letter it stands on."""
    family = _family(sign, True)
    return family is not None and (not unicodedata.category(sign).startswith("M") or family == _family(under, True))


def families(text: str, *, bold: bool = False) -> list[str]:
    """Return the fonts a printable text is drawn in: ours, then those of the system that have what it lacks in that cut."""
    return list(dict.fromkeys([FAMILY, *(_family(sign, bold) or FAMILY for sign in text if not sign.isspace())]))


@lru_cache(maxsize=8_192)
def _points(text: str, bold: bool) -> float:
    shown = printable(text)
    heavy = emboldened(shown, bold=bold)
    font = get_font([_file(family, heavy) for family in families(shown, bold=heavy)])
    font.set_size(_MEASURED, 72)
    font.set_text(shown, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64


@lru_cache(maxsize=256)
def _file(family: str, bold: bool) -> Path:
    """Return the file that a font is drawn from."""
    if family == FAMILY:
        return _folder() / _FILES[bold]
    return Path(findfont(FontProperties(family=[family], weight="bold" if bold else "normal")))


@lru_cache(maxsize=8_192)
def _family(sign: str, bold: bool = False) -> str | None:
    """Return the first font that has a sign in a cut, ours before the system's; where two signs are one shape, see ``printable``."""
    if ord(sign) in _charmap(str(_folder() / _FILES[bold])):
        return FAMILY
    return next((name for name, file in _system(bold) if ord(sign) in _charmap(file)), None)


@lru_cache(maxsize=2)
def _system(bold: bool) -> tuple[tuple[str, str], ...]:
    """Return the upright fonts of the system, those for many scripts first, in a fixed order: each by the file that it is drawn from.

    Of one that has no bold cut the drawing library would warn, and take the plain one.
    """
    weight = 700 if bold else 400
    upright = {font.name for font in fontManager.ttflist if font.style == "normal" and font.weight == weight} - {_NO_FONT, FAMILY}
    ranked = sorted(upright, key=lambda name: ("CJK" not in name, "Sans" not in name, name))
    return tuple((name, str(_file(name, bold))) for name in ranked)


@lru_cache(maxsize=4_096)
def _charmap(file: str) -> frozenset[int]:
    return frozenset(FT2Font(file).get_charmap())


def _folder() -> Path:
    return Path(get_data_path()) / "fonts/ttf"
