"""Bearings as the field writes them: degrees, mils, points of the compass; each with the error it implies and the north it counts from."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Proj

from layers.notation.angles import Unclear, each_read
from layers.notation.letters import Strings, Texts
from layers.notation.projection import Floats
from layers.notation.utm import to_utm

POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
NOTATIONS = ("", "degrees", "mils", "8 points", "16 points")
NORTHS = ("", "true", "magnetic", "grid")
#: Of the full circle.
MILS = 6_400
_LONGEST = 60
_HOW = "write degrees (045, 45.5°, 045 ± 5), mils (800 mils) or a point of the compass (NE, NNE)"
_NORTH = r"(?P<{}>TRUE|T|MAGNETIC|MAG|M|GRID|G)"
_NUMBER = r"\d{1,4}(?:[.,]\d{1,6})?"
_UNIT = r"(?:°|º|˚|DEGREES?|DEGS?)"
_ERROR = rf" ?(?:±|\+/?-|\+-) ?(?P<error>{_NUMBER}) ?(?P<off>MILS?|{_UNIT})?"
_POINTED = re.compile(rf"(?P<value>[A-Z][A-Z .\-]*?){_ERROR}", re.ASCII)
_WRITTEN = re.compile(
    rf"(?:(?:BEARING|BRG|AZIMUTH|AZ)[ :.]*)?(?:{_NORTH.format('before')}[ :.]+)?(?P<value>{_NUMBER})"
    rf" ?(?:(?P<mils>MILS?)|{_UNIT})?(?:{_ERROR})?"
    rf"(?: ?\(?{_NORTH.format('after')}\)?)?",
    re.ASCII,
)
_WORDS = {"NORTH": "N", "EAST": "E", "SOUTH": "S", "WEST": "W"}
_CALLED = {"T": "true", "M": "magnetic", "G": "grid"}


@dataclass(frozen=True, eq=False, slots=True)
class Bearings:
    """Bearings read, one entry a text.

    Attributes
    ----------
    degrees : float64 array
        As written, clockwise from the north it names, 0 ≤ bearing < 360; NaN where a text is no bearing.
    error : float64 array
        Degrees either way: what stands after ±, else what the way of writing implies: 22.5 of the 8 points (``NE``), 11.25 of the 16
        (``NNE``), and of a number half a unit of its last figure. NaN where a text is no bearing.
    said : bool array
        Whether the error stands in the text. Where it does not, it is that of the writing alone, not of who looked or of what with.
    north : array of str
        ``true``, ``magnetic`` or ``grid`` where the text says so, else blank.
    notation : array of str
        ``degrees``, ``mils``, ``8 points`` or ``16 points``; blank where a text is no bearing.
    fault : list of str
        Why a text is no bearing, in words, with what to write instead; blank where it is one.
    """

    degrees: Floats
    error: Floats
    said: npt.NDArray[np.bool_]
    north: Strings
    notation: Strings
    fault: list[str]

    def __len__(self) -> int:
        return len(self.fault)


@dataclass(frozen=True, eq=False, slots=True)
class TrueBearings:
    """Bearings from true north in degrees, NaN where that is not known, and why not, in words; blank where it is."""

    degrees: Floats
    fault: list[str]


_One = tuple[float, float, bool, str, str]
_NONE: _One = (np.nan, np.nan, False, "", "")


def parse_bearings(texts: Texts) -> Bearings:
    """Read bearings, each in any of the ways of the field.

    Degrees stand alone, with ``°`` or a word; mils are those of 6,400 to the circle. The four main points count as of the eight.
    ``T``, ``M`` or ``G`` behind it, or the word, names its north. 360° and 6400 mils are 0.

    Parameters
    ----------
    texts : sequence of str
        None counts as blank, and blank is a fault.

    Examples
    --------
    >>> read = parse_bearings(["045", "45.5° ± 5", "800 mils", "NE", "north-north-east", "045 mag", "361"])
    >>> read.degrees.tolist(), read.error.tolist()
    ([45.0, 45.5, 45.0, 45.0, 22.5, 45.0, nan], [0.5, 5.0, 0.028125, 22.5, 11.25, 0.5, nan])
    >>> read.north.tolist(), read.fault[-1]
    (['', '', '', '', '', 'magnetic', ''], "'361' is no bearing, for they end at 360°; 361° is beyond the full circle")
    """
    found, fault = each_read(texts, _read, _NONE, _LONGEST)
    degrees, error, said, north, notation = zip(*found, strict=True) if found else ((), (), (), (), ())
    return Bearings(
        np.array(degrees, np.float64),
        np.array(error, np.float64),
        np.array(said, np.bool_),
        np.array(north, "<U8"),
        np.array(notation, "<U9"),
        fault,
    )


def format_bearings(bearings: Bearings) -> Strings:
    """Return bearings as texts that read back as the same; blank where there is none.

    Examples
    --------
    >>> format_bearings(parse_bearings(["45", "brg 7.5 +/- 5 M", "800mil", "north east"])).tolist()
    ['045°', '007.5° ± 5° magnetic', '0800 mils', 'NE']
    """
    columns = (bearings.degrees, bearings.error, bearings.said, bearings.north, bearings.notation)
    return np.array([_written(*one) for one in zip(*(column.tolist() for column in columns), strict=True)] or [], np.str_)


def true_bearings(
    bearings: Bearings, lon: npt.ArrayLike, lat: npt.ArrayLike, *, declination: npt.ArrayLike | None = None
) -> TrueBearings:
    """Return bearings from true north, of observers at places.

    Parameters
    ----------
    bearings : Bearings
        What names no north counts from true north; grid bearings from that of the UTM grid at the place.
    lon, lat : array of float
        WGS 84 degrees.
    declination : float or array, optional
        Degrees by which magnetic north lies east of true north. Without it a magnetic bearing is a fault, and is not taken for a true one.

    Examples
    --------
    >>> read = parse_bearings(["045", "045 M"])
    >>> true_bearings(read, 36.0, 33.0, declination=5).degrees.tolist()
    [45.0, 50.0]
    >>> true_bearings(read, 36.0, 33.0).fault
    ['', 'the bearing is magnetic; say how many degrees magnetic north lies east of true north there, or write the true bearing']
    """
    count = len(bearings)
    x, y = (np.broadcast_to(np.asarray(one, np.float64), count) for one in (lon, lat))
    turn, fault = np.zeros(count), list(bearings.fault)
    grid = np.flatnonzero(bearings.north == "grid")
    turn[grid] = convergence(x[grid], y[grid])
    magnetic = bearings.north == "magnetic"
    turn[magnetic] = np.nan if declination is None else np.broadcast_to(np.asarray(declination, np.float64), count)[magnetic]
    for n in np.flatnonzero(np.isnan(turn)).tolist():
        fault[n] = (
            "the bearing is magnetic; say how many degrees magnetic north lies east of true north there, or write the true bearing"
            if magnetic[n]
            else "the bearing counts from grid north, and its place has no UTM grid; write the true bearing"
        )
    return TrueBearings((bearings.degrees + turn) % 360, fault)


def convergence(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Return by how many degrees the north of the UTM grid lies east of true north at places; NaN where there is no zone."""
    x, y = (np.atleast_1d(np.asarray(one, np.float64)) for one in (lon, lat))
    zone, _, easting, _ = to_utm(x, y)
    found = np.full(len(x), np.nan)
    for one in np.unique(zone[np.isfinite(easting) & (zone > 0)]).tolist():
        rows = np.flatnonzero((zone == one) & np.isfinite(easting))
        found[rows] = Proj(proj="utm", zone=one, ellps="WGS84").get_factors(x[rows], y[rows]).meridian_convergence
    return found


def _read(text: str) -> _One:
    if not text:
        raise Unclear(f"is blank; {_HOW}")
    if len(text) > _LONGEST:
        raise Unclear(f"is too long for a bearing; {_HOW}")
    pointed = _POINTED.fullmatch(text)
    if point := _point(pointed["value"] if pointed else text):
        sixteen = len(point) == 3
        error = _bounded(_off(pointed)) if pointed else 11.25 if sixteen else 22.5
        return POINTS.index(point) * 22.5, error, pointed is not None, "", "16 points" if sixteen else "8 points"
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise Unclear(f"is no bearing; {_HOW}")
    if found["before"] and found["after"]:
        raise Unclear("names its north twice; once is enough")
    named = found["before"] or found["after"]
    north = _CALLED[named[0]] if named else ""
    mils = found["mils"] is not None
    unit = 360 / MILS if mils else 1.0
    value, error = _number(found["value"]) * unit, _bounded(_error(found))
    if value > 360:
        ends = f"6400 mils; {value / unit:g} mils are" if mils else f"360°; {value:g}° is"
        raise Unclear(f"is no bearing, for they end at {ends} beyond the full circle")
    return value % 360, error, found["error"] is not None, north, "mils" if mils else "degrees"


def _error(found: re.Match[str]) -> float:
    """Return the error that stands in a text, else half a unit of the last figure, in degrees."""
    mils = found["mils"] is not None
    if found["error"] is None:
        figures = len(re.split("[.,]", found["value"])[1]) if re.search("[.,]", found["value"]) else 0
        return 0.5 * 10.0**-figures * (360 / MILS if mils else 1.0)
    # Behind mils an error without a unit is one of mils.
    return _off(found, "MILS" if mils else "")


def _off(found: re.Match[str], unit: str = "") -> float:
    """Return the error that stands in a text, in degrees; without a unit it is one of ``unit``, of degrees where that is blank."""
    return _number(found["error"]) * (360 / MILS if (found["off"] or unit).startswith("MIL") else 1.0)


def _bounded(error: float) -> float:
    if not 0 < error <= 180:
        raise Unclear(f"has an error of {error:g}°; write one above 0 and up to 180")
    return error


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _point(text: str) -> str:
    """Return the point of the compass that a text names; blank for none."""
    for word, letter in _WORDS.items():
        text = text.replace(word, letter)
    text = re.sub(r"[ .\-]", "", text)
    return text if text in POINTS else ""


def _written(degrees: float, error: float, said: bool, north: str, notation: str) -> str:
    if not notation:
        return ""
    if notation.endswith("points"):
        return POINTS[round(degrees / 22.5) % 16] + (f" ± {_short(error)}°" if said else "")
    mils = notation == "mils"
    unit = 360 / MILS if mils else 1.0
    if said:
        number = _padded(_short(degrees / unit), 4 if mils else 3)
    else:
        figures = max(0, round(-np.log10(2 * error / unit)))
        number = _padded(f"{degrees / unit:.{figures}f}", 4 if mils else 3)
    off = f" ± {_short(error / unit)}{' mils' if mils else '°'}" if said else ""
    return f"{number}{' mils' if mils else '°'}{off}{f' {north}' if north else ''}"


def _short(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _padded(number: str, width: int) -> str:
    whole, dot, rest = number.partition(".")
    return whole.zfill(width) + dot + rest
