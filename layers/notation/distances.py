"""Distances from an observer as the field writes them: bands, rounded figures, "about" and "less than"; with a direction behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from layers.notation.angles import Unclear, each_read
from layers.notation.letters import Strings, Texts
from layers.notation.projection import Floats

MANNERS = ("", "band", "rounded", "about", "below", "above")
#: What "about" means, as a share of the distance either way; by our own convention, for nothing in the text says it.
ABOUT = 0.25
_LONGEST = 80
_FARTHEST_M = 20_000_000.0
_HOW = "write a band (1-3 km), a distance (500 m, about 3 km) or a bound (< 2 km)"
_NUMBER, _UNIT = r"\d{1,7}(?:[.,]\d{1,3})?", r"(?:KM|KMS|KILOMET(?:RE|ER)S?|M|MET(?:RE|ER)S?)"
_WRITTEN = re.compile(
    rf"(?:(?P<below><|≤|<=|UP TO|WITHIN|LESS THAN|UNDER|BELOW) ?|(?P<above>>|≥|>=|MORE THAN|OVER|BEYOND|ABOVE) ?"
    rf"|(?P<about>~|≈|ABOUT|ABT|APPROX(?:IMATELY|\.)?|CIRCA|CA\.?|C\.) ?|BETWEEN |FROM )?"
    rf"(?P<one>{_NUMBER}) ?(?P<unit>{_UNIT})?"
    rf"(?: ?(?:-|TO|AND|\.\.) ?(?P<other>{_NUMBER}) ?(?P<other_unit>{_UNIT}))?"
    r"(?:[ ,;]+(?:TO THE |BEARING )?(?P<toward>\S.*))?",
    re.ASCII,
)


@dataclass(frozen=True, eq=False, slots=True)
class Bands:
    """Distances read, one entry a text.

    Attributes
    ----------
    nearest_m, farthest_m : float64 array
        The true distance lies from the one to the other; without end behind "more than". NaN where a text is no distance.
    manner : array of str
        ``band``; ``rounded``: a figure, give or take half a unit of its last place that is not 0, or of its last decimal; ``about``: a
        quarter either way, or the rounding where that is more; ``below``: from 0 on; ``above``. Blank where a text is no distance.
    toward : array of str
        What stands behind the distance, in capitals: ``NE`` of "1–3 km NE", for ``parse_bearings``; blank for nothing.
    fault : list of str
        Why a text is no distance, in words, with what to write instead; blank where it is one.
    """

    nearest_m: Floats
    farthest_m: Floats
    manner: Strings
    toward: Strings
    fault: list[str]

    def __len__(self) -> int:
        return len(self.fault)


_One = tuple[float, float, str, str]
_NONE: _One = (np.nan, np.nan, "", "")


def parse_bands(texts: Texts) -> Bands:
    """Read distances, each in any of the ways of the field, in metres or kilometres.

    Decimals may have a dot or a comma; three figures behind a comma may be decimals or thousands, and are a fault.

    Parameters
    ----------
    texts : sequence of str
        None counts as blank, and blank is a fault.

    Examples
    --------
    >>> read = parse_bands(["1–3 km NE", "500 m", "3.0 km", "< 2 km", "about 3 km", "3-1 km"])
    >>> read.nearest_m.tolist(), read.farthest_m.tolist()
    ([1000.0, 450.0, 2950.0, 0.0, 2250.0, nan], [3000.0, 550.0, 3050.0, 2000.0, 3750.0, nan])
    >>> read.manner.tolist(), read.toward.tolist()[0], read.fault[-1]
    (['band', 'rounded', 'rounded', 'below', 'about', ''], 'NE', "'3-1 km' does not run from near to far; write the nearer distance first, such as 1-3 km")
    """
    found, fault = each_read(texts, _read, _NONE, _LONGEST)
    nearest, farthest, manner, toward = zip(*found, strict=True) if found else ((), (), (), ())
    return Bands(
        np.array(nearest, np.float64),
        np.array(farthest, np.float64),
        np.array(manner, "<U7"),
        np.array(toward, f"<U{_LONGEST}"),
        fault,
    )


def format_bands(bands: Bands) -> Strings:
    """Return distances as texts that read back as the same; blank where there is none.

    Examples
    --------
    >>> format_bands(parse_bands(["1 - 3km NE", "800m to 1.2 km", "~3km", "up to 2000 m", "0,50 km"])).tolist()
    ['1–3 km NE', '800–1200 m', 'about 3 km', '< 2 km', '0.50 km']
    """
    columns = (bands.nearest_m, bands.farthest_m, bands.manner, bands.toward)
    return np.array([_written(*one) for one in zip(*(column.tolist() for column in columns), strict=True)] or [], np.str_)


def _read(text: str) -> _One:
    if not text:
        raise Unclear(f"is blank; {_HOW}")
    if len(text) > _LONGEST:
        raise Unclear(f"is too long for a distance; {_HOW}")
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise Unclear(f"is no distance; {_HOW}")
    if not (found["unit"] or found["other_unit"]):
        raise Unclear("has no unit; write m or km behind the distance")
    toward = found["toward"] or ""
    one = _metres(found["one"], found["unit"] or found["other_unit"])
    if found["other"]:
        other = _metres(found["other"], found["other_unit"])
        if found["below"] or found["above"] or found["about"]:
            raise Unclear("is a band and a bound at once; write one of them, as 1-3 km")
        if other <= one:
            raise Unclear("does not run from near to far; write the nearer distance first, such as 1-3 km")
        return one, other, "band", toward
    if not one:
        raise Unclear("is a distance of 0; write a band such as 0-100 m")
    if found["below"]:
        return 0.0, one, "below", toward
    if found["above"]:
        return one, np.inf, "above", toward
    off = _rounding_m(found["one"], found["unit"])
    if found["about"]:
        off = max(off, ABOUT * one)
        return one - off, one + off, "about", toward
    return one - off, one + off, "rounded", toward


def _metres(number: str, unit: str) -> float:
    """Return a number with its unit as metres, to a hundredth."""
    figures = re.split("[.,]", number)
    kilo = unit.startswith("K")
    if len(figures) == 2 and len(figures[1]) == 3 and ("," in number or not kilo):
        raise Unclear(f"may mean thousands or decimals; write {figures[0]}{figures[1]} or {figures[0]}.{figures[1][:2]}")
    metres = round(float(".".join(figures)) * (1000 if kilo else 1), 2)
    if metres > _FARTHEST_M:
        raise Unclear("is farther than half way round the earth; correct the distance or its unit")
    return metres


def _rounding_m(number: str, unit: str) -> float:
    """Return half a unit of the last decimal of a figure, or of its last place that is not 0, in metres."""
    whole, _, rest = number.replace(",", ".").partition(".")
    place = -len(rest) if rest else len(whole) - len(whole.rstrip("0"))
    return 0.5 * 10.0**place * (1000 if unit.startswith("K") else 1)


def _written(nearest: float, farthest: float, manner: str, toward: str) -> str:
    if not manner:
        return ""
    behind = f" {toward}" if toward else ""
    if manner == "below":
        return f"< {_shown(farthest)}{behind}"
    if manner == "above":
        return f"> {_shown(nearest)}{behind}"
    if manner == "band":
        return f"{_banded(nearest, farthest)}{behind}"
    middle, before = (nearest + farthest) / 2, "about " if manner == "about" else ""
    texts = [f"{before}{middle:.0f} m"] if middle < 1000 else []
    texts += [f"{before}{middle / 1000:.{figures}f} km" for figures in range(4)]
    texts += [f"{before}{middle:.{figures}f} m" for figures in range(3)]
    return next((text + behind for text in texts if _same(text, nearest, farthest)), f"{_banded(nearest, farthest)}{behind}")


def _same(text: str, nearest: float, farthest: float) -> bool:
    """Tell whether a text reads as these distances."""
    try:
        read = _read(text.upper())
    except Unclear:
        return False
    return abs(read[0] - nearest) < 1e-6 and abs(read[1] - farthest) < 1e-6


def _banded(nearest: float, farthest: float) -> str:
    if farthest >= 1000 and (nearest == 0 or nearest >= 1000) and nearest % 100 == farthest % 100 == 0:
        return f"{nearest / 1000:g}–{farthest / 1000:g} km"
    return f"{_plain(nearest)}–{_plain(farthest)} m"


def _shown(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 and metres % 100 == 0 else f"{_plain(metres)} m"


def _plain(metres: float) -> str:
    return f"{metres:.2f}".rstrip("0").rstrip(".")
