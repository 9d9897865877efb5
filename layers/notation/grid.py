"""MGRS, whole arrays: from a place to its cell and back to the cell's middle.

References
----------
NGA.STND.0037_2.0.0_GRIDS (2014). Universal Grids and Grid Reference Systems.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from layers.notation.projection import Floats, Ints, from_pole, from_zone, to_pole, to_zone, zones

Texts = npt.NDArray[np.str_]

_BANDS = np.array(list("CDEFGHJKLMNPQRSTUVWX"))
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_POLAR = {
    "A": ("JKLPQRSTUXYZ", 800_000),
    "B": ("ABCFGHJKLPQR", 2_000_000),
    "Y": ("JKLPQRSTUXYZ", 800_000),
    "Z": ("ABCFGHJ", 2_000_000),
}
_POLAR_ROWS = {"S": ("ABCDEFGHJKLMNPQRSTUVWXYZ", 800_000), "N": ("ABCDEFGHJKLMNP", 1_300_000)}
_SHAPE = re.compile(r"(?:(\d{1,2})([C-HJ-NP-X])|([ABYZ]))([A-HJ-NP-Z])([A-HJ-NP-V]|[W-Z])(\d*)")
_CELL = (100_000, 10_000, 1_000, 100, 10, 1)
#: A northing below each band anywhere in it; with it a row letter's cycle of 2,000 km is known.
_LOWEST = tuple(
    float(np.floor(to_zone(np.full(7, 3.0), np.full(7, -80.0 + 8 * band), np.full(7, 31))[1].min() / 100_000) * 100_000 - 100_000)
    for band in range(20)
)


def format_mgrs(lon: npt.ArrayLike, lat: npt.ArrayLike, digits: int = 8) -> Texts:
    """Return the MGRS cell each point lies in, spaced, truncated to ``digits`` figures (0, 2, 4, 6, 8 or 10).

    Examples
    --------
    >>> format_mgrs([-77.0365], [38.8977]).item()
    '18S UJ 2339 0739'
    """
    if digits not in (0, 2, 4, 6, 8, 10):
        raise ValueError(f"digits is {digits}; write 0, 2, 4, 6, 8 or 10")
    x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    found = np.full(len(x), "", "<U20")
    polar = (y < -80) | (y >= 84)
    flat = np.isfinite(x) & np.isfinite(y) & (np.abs(y) <= 90)
    if (flat & ~polar).any():
        found[flat & ~polar] = _temperate(x[flat & ~polar], y[flat & ~polar], digits)
    if (flat & polar).any():
        found[flat & polar] = _polar(x[flat & polar], y[flat & polar], digits)
    return found


def read_mgrs(texts: Sequence[str]) -> tuple[Floats, Floats, Floats, list[str]]:
    """Return longitude, latitude (of the cell's middle), cell size in metres, and why a text is no grid."""
    lon, lat, cell = (np.full(len(texts), np.nan) for _ in range(3))
    parts = [_parsed(text) for text in texts]
    faults = [part if isinstance(part, str) else "" for part in parts]
    good = [n for n, part in enumerate(parts) if not isinstance(part, str)]
    if not good:
        return lon, lat, cell, faults
    zone, easting, northing, size, lowest, band = (np.array(c) for c in zip(*(parts[n] for n in good), strict=True))
    at = np.array(good)
    flat = zone > 0
    if flat.any():
        full = lowest[flat] + np.mod(northing[flat] - lowest[flat], 2_000_000)
        north = band[flat] >= 10
        x, y = from_zone(easting[flat] + size[flat] / 2, full + size[flat] / 2, zone[flat], north)
        lon[at[flat]], lat[at[flat]] = x, y
        for n, here, b in zip(at[flat], y, band[flat], strict=True):
            low = -80 + 8 * b
            if not low - 0.95 <= here <= (84.95 if b == 19 else low + 8.95):
                faults[n] = f"{texts[n].strip()[:40]!r} names a square that does not lie in its band; check the letters"
                lon[n] = lat[n] = np.nan
    if (~flat).any():
        lon[at[~flat]], lat[at[~flat]] = from_pole(
            easting[~flat] + size[~flat] / 2, northing[~flat] + size[~flat] / 2, band[~flat] > 0
        )
    cell[at] = np.where(np.isnan(lon[at]), np.nan, size)
    return lon, lat, cell, faults


def looks_like_grid(text: str) -> bool:
    """Say whether a text has the shape of an MGRS reference."""
    return _SHAPE.fullmatch(_squeezed(text)) is not None


def _squeezed(text: str) -> str:
    return "".join(text.split()).upper()


def _parsed(text: str) -> tuple[int, float, float, float, float, int] | str:
    found = _SHAPE.fullmatch(_squeezed(text))
    if found is None:
        return f"{text.strip()[:40]!r} is no grid; write zone, square and an even number of figures, such as 36S YB 1234 6789"
    zone_text, band, pole, column, row, figures = found.groups()
    if len(figures) % 2 or len(figures) > 10:
        return f"{text.strip()[:40]!r} has {len(figures)} figures; write an even number, at most ten"
    size = float(_CELL[len(figures) // 2])
    half = len(figures) // 2
    right, up = (float(int(part) * size) if part else 0.0 for part in (figures[:half], figures[half:]))
    if pole:
        return _polar_square(text, pole, column, row, right, up, size)
    zone = int(zone_text)
    columns = _COLUMNS[(zone - 1) % 3]
    if not 1 <= zone <= 60 or column not in columns or row not in _ROWS or (band == "X" and zone in (32, 34, 36)):
        return f"{text.strip()[:40]!r} names a square that zone {zone}{band} does not have; check the letters"
    number = list(_BANDS).index(band)
    lowest = _LOWEST[number]
    north = (_ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % 20 * 100_000 + up
    return zone, (columns.index(column) + 1) * 100_000 + right, north, size, lowest, number


def _polar_square(
    text: str, pole: str, column: str, row: str, right: float, up: float, size: float
) -> tuple[int, float, float, float, float, int] | str:
    columns, west = _POLAR[pole]
    rows, south = _POLAR_ROWS["S" if pole in "AB" else "N"]
    if column not in columns or row not in rows:
        return f"{text.strip()[:40]!r} names a square that the pole does not have; check the letters"
    return 0, west + columns.index(column) * 100_000 + right, south + rows.index(row) * 100_000 + up, size, 0.0, int(pole in "YZ")


def _temperate(lon: Floats, lat: Floats, digits: int) -> Texts:
    zone = zones(lon, lat)
    easting, northing = to_zone(lon, lat, zone)
    e, n = np.floor(easting + 1e-6).astype(np.int64), np.floor(northing + 1e-6).astype(np.int64)
    band = _BANDS[np.clip(np.floor((lat + 80) / 8).astype(np.int64), 0, 19)]
    column = np.array([list(letters) for letters in _COLUMNS])[(zone - 1) % 3, np.clip(e // 100_000 - 1, 0, 7)]
    row = np.array(list(_ROWS))[(n // 100_000 + np.where(zone % 2 == 0, 5, 0)) % 20]
    head = np.char.add(np.char.zfill(zone.astype(str), 2), band)
    return _joined(head, np.char.add(column, row), e % 100_000, n % 100_000, digits)


def _polar(lon: Floats, lat: Floats, digits: int) -> Texts:
    easting, northing = to_pole(lon, lat)
    e, n = np.floor(easting + 1e-6).astype(np.int64), np.floor(northing + 1e-6).astype(np.int64)
    pole = np.where(lat < 0, np.where(e < 2_000_000, "A", "B"), np.where(e < 2_000_000, "Y", "Z"))
    column = [_POLAR[p][0][min((x - _POLAR[p][1]) // 100_000, len(_POLAR[p][0]) - 1)] for p, x in zip(pole, e, strict=True)]
    kind = np.where(lat < 0, "S", "N")
    row = [_POLAR_ROWS[k][0][(y - _POLAR_ROWS[k][1]) // 100_000] for k, y in zip(kind, n, strict=True)]
    return _joined(pole, np.char.add(column, row), e % 100_000, n % 100_000, digits)


def _joined(head: Texts, square: Texts, right: Ints, up: Ints, digits: int) -> Texts:
    whole = np.char.add(np.char.add(head, " "), square)
    half = digits // 2
    if not half:
        return whole
    for part in (right, up):
        figures = np.char.zfill((part // _CELL[half]).astype(str), half)
        whole = np.char.add(np.char.add(whole, " "), figures)
    return whole
