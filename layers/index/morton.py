"""Where a point lies, as one sortable number: Web Mercator cells in Morton (Z) order.

Every map tile at every zoom is then one contiguous slice of a sorted array, every coarser cell a run.

References
----------
Morton, G. M. (1966). A computer oriented geodetic data base and a new technique in file sequencing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

#: Bits per axis: cells of about 2 cm at the equator.
DEPTH = 31

_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
_SQUASH = (
    (1, 0x3333333333333333),
    (2, 0x0F0F0F0F0F0F0F0F),
    (4, 0x00FF00FF00FF00FF),
    (8, 0x0000FFFF0000FFFF),
    (16, 0x00000000FFFFFFFF),
)


def keys(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Keys:
    """Return the Morton key of each point.

    Longitudes mean modulo 360; latitudes past the edge of the square map (85.05°) go to its edge,
    so that no point is ever lost from the tiles.
    """
    side = float(1 << DEPTH)
    x = np.mod(lon + 180.0, 360.0) / 360.0
    sine = np.sin(np.radians(np.clip(lat, -89.9, 89.9)))
    y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    column = np.clip(x * side, 0, side - 1).astype(np.uint64)
    row = np.clip(y * side, 0, side - 1).astype(np.uint64)
    return _spread(column) | (_spread(row) << np.uint64(1))


def degrees(key: Keys) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return longitude and latitude of each key's cell middle, within 2 cm of the point it was made of."""
    side = float(1 << DEPTH)
    x, y = ((axis.astype(np.float64) + 0.5) / side for axis in axes(key))
    return x * 360.0 - 180.0, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))


def tile_range(z: int, x: int, y: int) -> tuple[np.uint64, np.uint64]:
    """Return the half-open range of keys that lie in one tile."""
    shift = np.uint64(2 * (DEPTH - z))
    cell = _spread(np.array([x], np.uint64)) | (_spread(np.array([y], np.uint64)) << np.uint64(1))
    return cell[0] << shift, (cell[0] + np.uint64(1)) << shift


def axes(key: Keys) -> tuple[Keys, Keys]:
    """Return each key's column (eastward) and row (southward)."""
    return _squash(key), _squash(key >> np.uint64(1))


def offsets(key: Keys, z: int, depth: int = DEPTH) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return each key's place in its tile of zoom ``z``, 0..65535 across, of keys ``depth`` bits deep.

    A key shallower than 16 bits below the tile stands for a cell; its middle is returned.
    """
    bits = depth - z
    low = np.uint64((1 << bits) - 1)
    column, row = _squash(key) & low, _squash(key >> np.uint64(1)) & low
    if bits >= 16:
        by = np.uint64(bits - 16)
        return (column >> by).astype(np.uint16), (row >> by).astype(np.uint16)
    by, half = np.uint64(16 - bits), np.uint64(1 << (15 - bits))
    return ((column << by) + half).astype(np.uint16), ((row << by) + half).astype(np.uint16)


def _spread(value: Keys) -> Keys:
    for shift, mask in _SPREAD:
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def _squash(value: Keys) -> Keys:
    value = value & np.uint64(0x5555555555555555)
    for shift, mask in _SQUASH:
        value = (value | (value >> np.uint64(shift))) & np.uint64(mask)
    return value
