"""Positions as people write them: decimal degrees, degrees and minutes, UTM, MGRS. Latitude first, unless letters say else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.notation.grid import looks_like_grid, read_mgrs
from layers.notation.projection import Floats, from_zone, to_zone, zones

Texts = npt.NDArray[np.str_]

_UTM = re.compile(
    r"(\d{1,2})\s*([C-HJ-NP-X])?\s*(?:\(\s*([NS])\s+HEMISPHERE\s*\))?\s*(\d{6}(?:[.,]\d+)?)\s*M?\s*E?[\s,;]+(\d{1,8}(?:[.,]\d+)?)\s*M?\s*N?",
    re.IGNORECASE,
)
_ANGLE = r"""([NSEW])?\s*([+-]?\d{1,3}(?:[.,]\d+)?)\s*(?:[°º]|DEG)?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:['’′]|MIN)?\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["”″]|''|SEC)?\s*)?([NSEW])?"""
_PAIR = re.compile(rf"\s*{_ANGLE}\s*[,;/\s]\s*{_ANGLE}\s*", re.IGNORECASE)
_PLAIN = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")
_COMMA = re.compile(r"\s*([+-]?\d{1,3},\d+)\s*[;/\s]\s*([+-]?\d{1,3},\d+)\s*")
_HELP = "write latitude and longitude (33.5 36.25), degrees and minutes (33°30'N 36°15'E), UTM or MGRS"


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions read, WGS 84 degrees, NaN where a text is none.

    ``precision_m`` is the cell of a grid, NaN where the notation does not say; ``notation`` is one of
    ``decimal``, ``dms``, ``utm``, ``mgrs`` or blank; ``fault`` says why a text could not be read.
    """

    lon: Floats
    lat: Floats
    precision_m: Floats
    notation: list[str]
    fault: list[str]


def parse_positions(texts: Sequence[str]) -> Positions:
    r"""Read positions in any of the notations of the field.

    Examples
    --------
    >>> read = parse_positions(["18S UJ 2339 0742", "38.8977, -77.0365", "38°53'51.7\"N 77°02'11.4\"W", "nowhere"])
    >>> [round(float(v), 3) for v in read.lat], read.notation
    ([38.898, 38.898, 38.898, nan], ['mgrs', 'decimal', 'dms', ''])
    """
    lon, lat, precision = (np.full(len(texts), np.nan) for _ in range(3))
    notation, fault = [""] * len(texts), [""] * len(texts)
    grids = [n for n, text in enumerate(texts) if looks_like_grid(text)]
    if grids:
        lon[grids], lat[grids], precision[grids], told = read_mgrs([texts[n] for n in grids])
        for n, reason in zip(grids, told, strict=True):
            notation[n], fault[n] = ("", reason) if reason else ("mgrs", "")
    for n in set(range(len(texts))) - set(grids):
        found = _read(texts[n])
        if isinstance(found, str):
            fault[n] = found
        else:
            notation[n], lon[n], lat[n] = found
    return Positions(lon, lat, precision, notation, fault)


def format_decimal(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Texts:
    """Return positions as decimal degrees, latitude first, with hemisphere letters."""
    x, y = _arrays(lon, lat)
    return np.array(
        [f"{abs(b):.5f}° {'S' if b < 0 else 'N'}, {abs(a):.5f}° {'W' if a < 0 else 'E'}" for a, b in zip(x, y, strict=True)], str
    )


def format_dms(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Texts:
    """Return positions as degrees, minutes and seconds to a tenth, latitude first."""
    x, y = _arrays(lon, lat)
    return np.array([f"{_dms(b, 'NS')} {_dms(a, 'EW')}" for a, b in zip(x, y, strict=True)], str)


def format_ddm(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Texts:
    """Return positions as degrees and decimal minutes, latitude first."""
    x, y = _arrays(lon, lat)
    return np.array([f"{_ddm(b, 'NS')} {_ddm(a, 'EW')}" for a, b in zip(x, y, strict=True)], str)


def format_utm(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Texts:
    """Return positions as UTM to the metre, the hemisphere spelled out; blank beyond 80° S and 84° N."""
    x, y = _arrays(lon, lat)
    zone = zones(x, y)
    easting, northing = to_zone(x, y, zone)
    bands = "CDEFGHJKLMNPQRSTUVWX"
    return np.array(
        [
            f"{z}{bands[min(int((b + 80) // 8), 19)]} ({'S' if b < 0 else 'N'} hemisphere) {e:.0f}E {n:.0f}N"
            if -80 <= b < 84
            else ""
            for z, b, e, n in zip(zone, y, easting, northing, strict=True)
        ],
        str,
    )


def _arrays(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))


def _dms(value: float, letters: str) -> str:
    tenths = round(abs(value) * 36_000)
    return f"{tenths // 36_000:02d}°{tenths // 600 % 60:02d}'{tenths % 600 / 10:04.1f}\"{letters[value < 0]}"


def _ddm(value: float, letters: str) -> str:
    parts = round(abs(value) * 600_000)
    return f"{parts // 600_000:02d}°{parts % 600_000 / 10_000:07.4f}'{letters[value < 0]}"


def _read(text: str) -> tuple[str, float, float] | str:
    text = text[:200]
    if not text.strip():
        return f"is blank; {_HELP}"
    if plain := _PLAIN.fullmatch(text):
        return _placed("decimal", float(plain[2]), float(plain[1]), text)
    if comma := _COMMA.fullmatch(text):
        return _placed("decimal", _number(comma[2]), _number(comma[1]), text)
    if utm := _UTM.fullmatch(text.strip()):
        return _utm(text, utm)
    if pair := _PAIR.fullmatch(text):
        return _angles(text, pair)
    return f"{text.strip()[:40]!r} is no position; {_HELP}"


def _angles(text: str, pair: re.Match[str]) -> tuple[str, float, float] | str:
    sides = [pair.group(*range(1, 6)), pair.group(*range(6, 11))]
    values, letters = [], []
    for before, degrees, minutes, seconds, after in sides:
        letter = (before or after or "").upper()
        m, s = _number(minutes or "0"), _number(seconds or "0")
        if (before and after) or m >= 60 or s >= 60 or (letter and degrees.startswith(("-", "+"))):
            return f"{text.strip()[:40]!r} is no position: minutes and seconds stay below 60, one letter or sign a side"
        size = abs(_number(degrees)) + m / 60 + s / 3600
        values.append(-size if letter in ("S", "W") or degrees.startswith("-") else size)
        letters.append(letter)
    kind = "dms" if any(side[2] for side in sides) else "decimal"
    if letters[0] in ("E", "W") and letters[1] in ("N", "S", ""):
        return _placed(kind, values[0], values[1], text)
    if letters[1] in ("N", "S") or letters[0] in ("E", "W"):
        return f"{text.strip()[:40]!r} names the same axis twice; write one N or S and one E or W"
    return _placed(kind, values[1], values[0], text)


def _utm(text: str, utm: re.Match[str]) -> tuple[str, float, float] | str:
    zone, band, hemisphere = int(utm[1]), (utm[2] or "").upper(), (utm[3] or "").upper()
    if not 1 <= zone <= 60:
        return f"{text.strip()[:40]!r} names zone {zone}; UTM zones run from 1 to 60"
    if band == "S" and not hemisphere:
        return (
            f"{text.strip()[:40]!r}: S may mean band S (north) or the southern hemisphere; write (N hemisphere) or (S hemisphere)"
        )
    if not band and not hemisphere:
        return f"{text.strip()[:40]!r} names no hemisphere; write (N hemisphere) or (S hemisphere)"
    northern = hemisphere == "N" if hemisphere else band >= "N"
    x, y = from_zone(np.array([_number(utm[4])]), np.array([_number(utm[5])]), np.array([zone]), np.array([northern]))
    return _placed("utm", float(x[0]), float(y[0]), text)


def _placed(notation: str, lon: float, lat: float, text: str) -> tuple[str, float, float] | str:
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        return f"{text.strip()[:40]!r} is not on the earth; latitude comes first and runs to 90, longitude to 180"
    return notation, lon, lat


def _number(text: str) -> float:
    return float(text.replace(",", "."))
