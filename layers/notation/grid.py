"""MGRS, whole arrays: the cell each place lies in. The way back is in ``grid_reading``.

References
----------
NGA.STND.0037_2.0.0_GRIDS (2014). Universal Grids and Grid Reference Systems.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from layers.notation import letters
from layers.notation.letters import Bools, Ints, Strings
from layers.notation.projection import Floats, to_pole, to_zone, zones

Digits = Literal[0, 2, 4, 6, 8, 10]

BANDS = "CDEFGHJKLMNPQRSTUVWX"
POLES = "ABYZ"
COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
ROWS = "ABCDEFGHJKLMNPQRSTUV"
#: Of each polar area A, B, Y and Z: its column letters, and the easting of the first.
POLAR_COLUMNS = (("JKLPQRSTUXYZ", 8), ("ABCFGHJKLPQR", 20), ("JKLPQRSTUXYZ", 8), ("ABCFGHJ", 20))
#: Of the south and of the north: the row letters, and the northing of the first, in squares of 100 km.
POLAR_ROWS = (("ABCDEFGHJKLMNPQRSTUVWXYZ", 8), ("ABCDEFGHJKLMNP", 13))
SQUARE = 100_000
# A coordinate this close under a whole metre is that metre. The reference programs of the grid's owner do the
# same, so both print one cell for one place.
_HAIR_M = 4.99e-4
_WIDTH = 18


def format_mgrs(lon: npt.ArrayLike, lat: npt.ArrayLike, digits: Digits = 8) -> Strings:
    """Return the MGRS cell each place lies in, cut (not rounded) to ``digits`` figures.

    Parameters
    ----------
    lon, lat : array of float
        WGS 84 degrees, one length. Longitudes may run past 180.
    digits : int
        2, 4, 6, 8 or 10 figures: a cell of 10 km to 1 m. 0 names the 100 km square alone.

    Returns
    -------
    array of str
        Zone, square and figures with blanks between; a polar area's letter stands in place of the zone.
        Blank where a coordinate is missing or a latitude is past 90.

    Raises
    ------
    ValueError
        No cell has so many figures.

    Examples
    --------
    >>> format_mgrs([-77.0365, 25.0], [38.8977, 88.0]).tolist()
    ['18S UJ 2339 0739', 'Z AE 9385 9873']
    """
    if digits not in (0, 2, 4, 6, 8, 10):
        raise ValueError(f"digits is {digits}; a cell has 0, 2, 4, 6, 8 or 10")
    x, y, there = placed(lon, lat)
    page = letters.page(len(x), _WIDTH)
    zone = zones(x, y)
    for rows, on in ((np.flatnonzero(there & (zone > 0)), _temperate), (np.flatnonzero(there & (zone == 0)), _polar)):
        if len(rows):
            part = letters.page(len(rows), _WIDTH)
            on(part, x[rows], y[rows], zone[rows], digits // 2)
            page[rows] = part
    return letters.read(page)


def mgrs(lon: float, lat: float) -> str:
    """Return the MGRS cell of one place, to 10 m.

    Examples
    --------
    >>> mgrs(15.6, 78.2)
    '33X WG 1369 8076'
    """
    return str(format_mgrs([lon], [lat])[0])


def placed(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats, Bools]:
    """Return coordinates as arrays (0 where there are none) and where they are a place on the earth."""
    x, y = np.broadcast_arrays(np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64)))
    there = np.isfinite(x) & (np.abs(y) <= 90)
    return np.where(there, x, 0.0), np.where(there, y, 0.0), there


def metres(easting: Floats, northing: Floats, lat: Floats) -> tuple[Ints, Ints]:
    """Return whole metres, cut. Just south of the equator a northing stays below the false 10,000,000."""
    east, north = (np.floor(value + _HAIR_M).astype(np.int64) for value in (easting, northing))
    return east, np.where(lat < 0, np.minimum(north, 9_999_999), north)


def band(lat: Floats) -> Ints:
    """Return the place of each latitude's band letter in ``BANDS``."""
    return np.clip(np.floor(lat / 8).astype(np.int64) + 10, 0, np.where(lat < 0, 9, 19))


def _temperate(on: npt.NDArray[np.uint32], lon: Floats, lat: Floats, zone: Ints, half: int) -> None:
    east, north = metres(*to_zone(lon, lat, zone), lat)
    (column, right), (row, up) = np.divmod(east, SQUARE), np.divmod(north, SQUARE)
    at = letters.write(on, 0, zone, 2)
    at = letters.letter(on, at, letters.codes(BANDS)[band(lat)])
    at = letters.letter(on, at, " ")
    at = letters.letter(on, at, letters.codes("".join(COLUMNS))[(zone - 1) % 3 * 8 + column - 1])
    at = letters.letter(on, at, letters.codes(ROWS)[(row + np.where(zone % 2 == 0, 5, 0)) % 20])
    _figures(on, at, right, up, half)


def _polar(on: npt.NDArray[np.uint32], lon: Floats, lat: Floats, _zone: Ints, half: int) -> None:
    east, north = metres(*to_pole(lon, lat), lat)
    (column, right), (row, up) = np.divmod(east, SQUARE), np.divmod(north, SQUARE)
    area = np.where(lat < 0, 0, 2) + (column >= 20)
    columns, first = letters.codes("".join(f"{names:<12}" for names, _ in POLAR_COLUMNS)), np.array([c for _, c in POLAR_COLUMNS])
    rows, lowest = letters.codes("".join(f"{names:<24}" for names, _ in POLAR_ROWS)), np.array([r for _, r in POLAR_ROWS])
    at = letters.letter(on, 0, letters.codes(POLES)[area])
    at = letters.letter(on, at, " ")
    at = letters.letter(on, at, columns[area * 12 + column - first[area]])
    at = letters.letter(on, at, rows[area // 2 * 24 + row - lowest[area // 2]])
    _figures(on, at, right, up, half)


def _figures(on: npt.NDArray[np.uint32], at: int, right: Ints, up: Ints, half: int) -> None:
    if half:
        for value in (right, up):
            at = letters.letter(on, at, " ")
            at = letters.write(on, at, value // 10 ** (5 - half), half)
