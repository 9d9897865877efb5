"""MGRS read, whole arrays: the middle of the cell each text names, or why it names none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from layers.notation import letters
from layers.notation.grid import BANDS, COLUMNS, POLAR_COLUMNS, POLAR_ROWS, POLES, ROWS, SQUARE
from layers.notation.letters import Bools, Ints, Lines
from layers.notation.projection import Floats, from_pole, from_zone, wrapped, zones

#: Why a text that looks like a grid is none. The place in the tuple is the number in ``Cells.fault``; 0 is no fault.
REASONS = (
    "",
    "has no figures, so it names a whole square of 100 km; add two to ten, such as 36S YB 1234 6789",
    "has an odd number of figures; write as many for east as for north, such as 36S YB 1234 6789",
    "has more than ten figures; the finest cell is 1 m, with ten",
    "has its figures in unequal groups; write as many for east as for north, such as 36S YB 1234 6789",
    "names a zone that does not exist; zones run from 1 to 60, and of 32X, 34X and 36X there are none",
    "has a first square letter that its zone or pole does not have; check the letters",
    "has a second square letter that does not exist there; check the letters",
    "names a square that does not lie in its zone and band; check the letters",
)
_NO_FIGURES, _ODD, _TOO_MANY, _UNEQUAL, _NO_ZONE, _NO_COLUMN, _NO_ROW, _ELSEWHERE = range(1, 9)
_BAND, _POLE, _ROW = (letters.places(names) for names in (BANDS, POLES, ROWS))
_COLUMN = np.stack([letters.places(names) for names in COLUMNS])
_POLAR_COLUMN = np.stack([letters.places(names) for names, _ in POLAR_COLUMNS])
_POLAR_ROW = np.stack([letters.places(names) for names, _ in POLAR_ROWS])
_FIRST_COLUMN = np.array([first for _, first in POLAR_COLUMNS])
_FIRST_ROW = np.array([first for _, first in POLAR_ROWS])
# A whole square may be named by any zone and band that it touches: its diagonal, and the shortest degree.
_REACH_M, _DEGREE_M = 141_500.0, 110_500.0
# The northing of the middle of each band, near enough to tell the cycles of 2,000 km apart.
_MIDDLE = np.array([(8 * n - 76) * 110_900.0 + (10_000_000 if n < 10 else 0) for n in range(20)])


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells read from texts; ``rows`` says which texts look like a grid, and the rest is one entry for each of those.

    ``lon`` and ``lat`` are the cell's middle, ``cell`` its side in metres: NaN where there is a fault, a number into ``REASONS``.
    """

    rows: Ints
    lon: Floats
    lat: Floats
    cell: Floats
    fault: Ints


def read_grids(texts: Sequence[str]) -> Cells:
    """Read those of the texts that look like MGRS: any blanks, either case."""
    tight, blank_row, blank_at = letters.squeezed(texts)
    lon, lat, cell = (np.full(len(texts), np.nan) for _ in range(3))
    fault = np.full(len(texts), -1, np.int64)
    head = _heads(tight)
    for lead in (1, 2, 3):
        for length in np.unique(tight.length[head == lead]):
            rows = np.flatnonzero((head == lead) & (tight.length == length))
            read = _read(tight, rows, lead, int(length))
            lon[rows], lat[rows], cell[rows], fault[rows] = read.lon, read.lat, read.cell, read.fault
    half = (tight.length - head - 2) // 2
    odd = (blank_at > head[blank_row] + 2) & (blank_at < tight.length[blank_row]) & (blank_at != (head + 2 + half)[blank_row])
    fault[blank_row[odd & (fault[blank_row] == 0)]] = _UNEQUAL
    for values in (lon, lat, cell):
        values[fault > 0] = np.nan
    rows = np.flatnonzero(fault >= 0)
    return Cells(rows, lon[rows], lat[rows], cell[rows], fault[rows])


def _heads(tight: Lines) -> Ints:
    """Return how many letters stand before the square's two: 1 to 3, or 0 where a text is no grid at all."""
    head = np.zeros(len(tight.length), np.int64)
    for lead in (1, 2, 3):
        rows = np.flatnonzero((tight.length >= lead + 2) & (head == 0))
        sound = (_BAND if lead > 1 else _POLE)[tight.at(rows, lead - 1)] >= 0
        sound &= tight.digits(rows, 0, lead - 1)[1]
        for column in (lead, lead + 1):
            sound &= tight.at(rows, column) - np.uint8(65) < 26
        head[rows[sound]] = lead
    return head


def _read(tight: Lines, rows: Ints, lead: int, length: int) -> Cells:
    half = (length - lead - 2) // 2
    right, sound = tight.digits(rows, lead + 2, half)
    up, also = tight.digits(rows, lead + 2 + half, length - lead - 2 - half)
    size = float(10 ** (5 - half)) if half <= 5 else np.nan
    fault = np.where(sound & also, 0, -1)
    none = np.full(len(rows), np.nan)
    told = _NO_FIGURES if length == lead + 2 else _TOO_MANY if length > lead + 12 else _ODD if (length - lead) % 2 else 0
    if told:
        return Cells(rows, none, none, none, np.where(fault == 0, told, -1))
    place = _temperate if lead > 1 else _polar
    inside = ((right + 0.5) * size).astype(np.float64), ((up + 0.5) * size).astype(np.float64)
    lon, lat, wrong = place(tight, rows, lead, *inside)
    return Cells(rows, lon, lat, np.full(len(rows), size), np.where(fault == 0, wrong, fault))


def _temperate(tight: Lines, rows: Ints, lead: int, right: Floats, up: Floats) -> tuple[Floats, Floats, Ints]:
    zone, _ = tight.digits(rows, 0, lead - 1)
    band = _BAND[tight.at(rows, lead - 1)].astype(np.int64)
    column = _COLUMN[(zone - 1) % 3, tight.at(rows, lead)].astype(np.int64)
    row = _ROW[tight.at(rows, lead + 1)].astype(np.int64)
    missing = (zone < 1) | (zone > 60) | ((band == 19) & np.isin(zone, (32, 34, 36)))
    cycle = (row - np.where(zone % 2 == 0, 5, 0)) % 20 * SQUARE + up
    northing = cycle + np.round((_MIDDLE[band] - cycle) / 2_000_000) * 2_000_000
    lon, lat = from_zone((column + 1) * SQUARE + right, northing, zone, band >= 10)
    fault = np.where(_touches(lon, lat, zone, band), 0, _ELSEWHERE)
    return lon, lat, _first(missing, column < 0, row < 0, fault)


def _touches(lon: Floats, lat: Floats, zone: Ints, band: Ints) -> Bools:
    """Say whether a place lies in its zone and band, or no farther beyond than the square it is in."""
    low, high = band * 8.0 - 80, np.where(band == 19, 84.0, band * 8.0 - 72)
    reach = _REACH_M / _DEGREE_M
    sound = (lat >= low - reach) & (lat <= high + reach)
    inside = np.clip(lat, low, np.nextafter(high, -90))
    stray = np.flatnonzero(sound & (zones(lon, inside) != zone))
    if len(stray):
        aside = _REACH_M / (_DEGREE_M * np.cos(np.radians(lat[stray])))
        near = np.zeros(len(stray), np.bool_)
        for share in (-1.0, -0.5, 0.5, 1.0):
            near |= zones(wrapped(lon[stray] + share * aside), inside[stray]) == zone[stray]
        sound[stray] = near
    return sound


def _polar(tight: Lines, rows: Ints, lead: int, right: Floats, up: Floats) -> tuple[Floats, Floats, Ints]:
    area = _POLE[tight.at(rows, lead - 1)].astype(np.int64)
    column = _POLAR_COLUMN[area, tight.at(rows, lead)].astype(np.int64)
    row = _POLAR_ROW[area // 2, tight.at(rows, lead + 1)].astype(np.int64)
    easting, northing = (column + _FIRST_COLUMN[area]) * SQUARE + right, (row + _FIRST_ROW[area // 2]) * SQUARE + up
    lon, lat = from_pole(easting, northing, area > 1)
    reach = _REACH_M / _DEGREE_M
    fault = np.where(np.where(area > 1, lat >= 84 - reach, lat <= -80 + reach), 0, _ELSEWHERE)
    return lon, lat, _first(np.zeros(len(rows), np.bool_), column < 0, row < 0, fault)


def _first(zone: Bools, column: Bools, row: Bools, otherwise: Ints) -> Ints:
    return np.select([zone, column, row], [_NO_ZONE, _NO_COLUMN, _NO_ROW], otherwise)
