"""UTM and UPS coordinates, whole arrays, and their texts with the hemisphere spelled out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.notation import letters
from layers.notation.angles import Unclear
from layers.notation.grid import BANDS, band, metres, placed
from layers.notation.letters import Bools, Ints, Strings
from layers.notation.projection import Floats, from_pole, from_zone, to_pole, to_zone, zones

_NUMBER = r"\d{1,8}(?:[.,]\d{1,6})?"
_TEXT = re.compile(
    r"(?:UTM *)?(?:ZONE *)?(?P<zone>\d{1,2}) *(?P<letter>[C-HJ-NP-X])?"
    r"(?: *\(? *(?P<half>[NS])(?:ORTH(?:ERN)?|OUTH(?:ERN)?)?\.? *HEM(?:ISPHERE)?\.? *\)?)? *[,;:]? *"
    rf"E? *(?P<east>{_NUMBER})(?: *M? *E| *M)?(?: *[,;/] *| +|(?<=E)|(?=N))N? *(?P<north>{_NUMBER})(?: *M? *N| *M)?",
    re.ASCII,
)
_POLE = re.compile(
    rf"(?P<letter>[ABYZ])? *\(? *UPS *(?P<half>NORTH|SOUTH) *\)? *(?P<east>{_NUMBER}) *M?E?(?: *[,;/] *| +)(?P<north>{_NUMBER}) *M?N?",
    re.ASCII,
)
_WIDTH = 36
# How far a band letter may be off, in degrees: a patrol on a band's edge keeps one letter.
_BEYOND = 0.5
# The radius of either polar area with half a degree to spare, as for bands.
_POLE_REACH_M = {"N": 725_000.0, "S": 1_175_000.0}


def to_utm(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Ints, Bools, Floats, Floats]:
    """Return each place in the universal grids, WGS 84.

    Parameters
    ----------
    lon, lat : array of float
        Degrees, one length.

    Returns
    -------
    zone : int array
        UTM zone, 1 to 60. 0 beyond 80° S and 84° N, where the coordinates are UPS, and where there is no place.
    northern : bool array
        North of the equator or on it.
    easting, northing : float array
        Metres; NaN where there is no place.

    Examples
    --------
    >>> zone, northern, easting, northing = to_utm([36.2], [33.5])
    >>> zone.item(), northern.item(), round(easting.item(), 1), round(northing.item(), 1)
    (37, True, 239880.2, 3710229.0)
    """
    x, y, there = placed(lon, lat)
    zone = np.where(there, zones(x, y), 0)
    flat = zone > 0
    easting, northing = (np.full(len(x), np.nan) for _ in range(2))
    easting[flat], northing[flat] = to_zone(x[flat], y[flat], zone[flat])
    polar = there & ~flat
    easting[polar], northing[polar] = to_pole(x[polar], y[polar])
    return zone, y >= 0, easting, northing


def from_utm(
    zone: npt.ArrayLike, northern: npt.ArrayLike, easting: npt.ArrayLike, northing: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Return longitude and latitude of UTM coordinates, of UPS where the zone is 0.

    Raises
    ------
    ValueError
        A zone is neither 0 nor one of 1 to 60.

    Examples
    --------
    >>> lon, lat = from_utm([37], [True], [239880.2], [3710229.0])
    >>> round(lon.item(), 5), round(lat.item(), 5)
    (36.2, 33.5)
    """
    of, north, e, n = np.broadcast_arrays(*(np.atleast_1d(np.asarray(value)) for value in (zone, northern, easting, northing)))
    of, north, e, n = of.astype(np.int64), north.astype(np.bool_), e.astype(np.float64), n.astype(np.float64)
    if ((of < 0) | (of > 60)).any():
        raise ValueError(f"zone is {of[(of < 0) | (of > 60)][0]}; UTM zones run from 1 to 60, and 0 stands for UPS")
    lon, lat = (np.full(len(of), np.nan) for _ in range(2))
    flat = of > 0
    lon[flat], lat[flat] = from_zone(e[flat], n[flat], of[flat], north[flat])
    lon[~flat], lat[~flat] = from_pole(e[~flat], n[~flat], north[~flat])
    return lon, lat


def format_utm(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Strings:
    """Return places as UTM, cut to the metre, the hemisphere spelled out: the band letter S reads like "South".

    Beyond 80° S and 84° N the text is UPS; blank where there is no place.

    Examples
    --------
    >>> format_utm([36.2, 25.0], [33.5, 88.0]).tolist()
    ['37S (N hemisphere) 239880E 3710228N', 'Z (UPS north) 2093850E 1798736N']
    """
    x, y, there = placed(lon, lat)
    zone, northern, easting, northing = to_utm(x, y)
    east, north = metres(easting, northing, np.where(zone > 0, y, 0.0))
    page = letters.page(len(x), _WIDTH)
    at = letters.letter(page, letters.write(page, 0, zone, 2), letters.codes(BANDS)[band(y)])
    at = letters.letter(page, letters.letter(page, at, " ("), letters.codes("SN")[northern.astype(np.int64)])
    at = letters.letter(page, letters.write(page, letters.letter(page, at, " hemisphere) "), east, 6), "E ")
    letters.letter(page, letters.write(page, at, north, 7), "N")
    text = letters.read(page)
    for n in np.flatnonzero(zone == 0):
        area = ("ZY" if northern[n] else "BA")[int(east[n] < 2_000_000)]
        text[n] = f"{area} (UPS {'north' if northern[n] else 'south'}) {east[n]:07d}E {north[n]:07d}N" if there[n] else ""
    return text


@dataclass(frozen=True, slots=True)
class Written:
    """What a UTM text says. ``half`` is N, S or blank; ``letter`` the letter after the zone; zone 0 is UPS."""

    zone: int
    letter: str
    half: str
    easting: float
    northing: float


def read_utm(text: str) -> Written | None:
    """Return what a text in capitals says; None where it does not have the shape of UTM.

    Raises
    ------
    Unclear
        It has, but names no zone, or its figures are none of that grid.
    """
    if "UPS" in text:
        return _polar(text)
    found = _TEXT.fullmatch(text)
    if found is None or (not found["letter"] and not found["half"] and len(re.split("[.,]", found["east"])[0]) < 6):
        return None
    zone, easting, northing = int(found["zone"]), _metres(found["east"]), _metres(found["north"])
    if not 1 <= zone <= 60:
        raise Unclear(f"names zone {zone}; UTM zones run from 1 to 60")
    if not (100_000 <= easting < 1_000_000 and 0 <= northing <= 10_000_000):
        raise Unclear("is not UTM: eastings have six figures before the point, northings run to 10,000,000")
    return Written(zone, found["letter"] or "", found["half"] or "", easting, northing)


def places(written: Sequence[Written]) -> tuple[Floats, Floats, list[str]]:
    """Return longitudes and latitudes of UTM texts, and why one names no place, or two."""
    zone, easting, northing = (np.array([getattr(one, name) for one in written]) for name in ("zone", "easting", "northing"))
    (north_lon, north_lat), (south_lon, south_lat) = (from_utm(zone, northern, easting, northing) for northern in (True, False))
    northern, reasons = np.zeros(len(written), np.bool_), [""] * len(written)
    for n, (one, north, south) in enumerate(zip(written, north_lat.tolist(), south_lat.tolist(), strict=True)):
        try:
            northern[n] = _northern(one, north, south)
        except Unclear as reason:
            reasons[n] = str(reason)
    refused = np.array([reason != "" for reason in reasons])
    lon, lat = np.where(northern, north_lon, south_lon), np.where(northern, north_lat, south_lat)
    return np.where(refused, np.nan, lon), np.where(refused, np.nan, lat), reasons


def _northern(one: Written, north: float, south: float) -> bool:
    """Say which hemisphere a text means, by what its letter can be: a band, or N and S for a hemisphere.

    ``north`` and ``south`` are the latitudes of the two readings.
    """
    letter, half = one.letter, one.half
    if one.zone == 0 or (half and letter in ("", half)):
        return half == "N"
    if not letter:
        raise Unclear("names no hemisphere; write (N hemisphere) or (S hemisphere) after the zone")
    if half and half != ("N" if letter >= "N" else "S"):
        raise Unclear(f"contradicts itself: band {letter} lies in the other hemisphere")
    here = north if letter >= "N" else south
    fits = _in_band(letter, here)
    if letter == "S" and not half:
        if fits:
            raise Unclear(
                f"may be band S ({north:.1f}° north) or the southern hemisphere ({-south:.1f}° south); "
                f"write {one.zone}S (N hemisphere) or {one.zone} (S hemisphere)"
            )
        return False
    if not fits and (letter != "N" or half):
        raise Unclear(f"does not lie in band {letter} but at latitude {here:.1f}; check the letter and the northing")
    return letter >= "N"


def _in_band(letter: str, lat: float) -> bool:
    low = BANDS.index(letter) * 8 - 80
    return low - _BEYOND <= lat <= (84 if letter == "X" else low + 8) + _BEYOND


def _polar(text: str) -> Written:
    found = _POLE.fullmatch(text)
    if found is None:
        raise Unclear("is not UPS; write it as Z (UPS north) 2093850E 1798736N")
    half = found["half"][0]
    if found["letter"] and (found["letter"] in "YZ") != (half == "N"):
        raise Unclear(f"contradicts itself: area {found['letter']} lies at the other pole")
    easting, northing = _metres(found["east"]), _metres(found["north"])
    if math.hypot(easting - 2_000_000, northing - 2_000_000) > _POLE_REACH_M[half]:
        raise Unclear("is not UPS: it lies too far from the pole; UPS is in use beyond 84° N and 80° S")
    return Written(0, "", half, easting, northing)


def _metres(text: str) -> float:
    return float(text.replace(",", "."))
