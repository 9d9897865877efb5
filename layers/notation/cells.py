"""Places made coarse: the middle of the MGRS cell that each lies in.

Nothing here is random. Noise averages out when something is told twice; a cell stays the same cell.

References
----------
NGA.STND.0037_2.0.0_GRIDS (2014). Universal Grids and Grid Reference Systems.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.notation.utm import from_utm, to_utm

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

#: A cell's place is given to so many decimals of a degree, a centimetre.
_DECIMALS = 7
#: So many moves from cell to cell at an edge of zones, at most; then they go round, or have ended.
_MOVES = 8
#: In sides of a cell: how far from its place a record may lie that was put there over an edge of zones, and how near an edge that is.
_OVER, _NEAR = 2.25, 3.0
_AROUND = [(np.cos(angle), np.sin(angle)) for angle in np.arange(8) * np.pi / 4]


def snapped(lon: npt.ArrayLike, lat: npt.ArrayLike, cell_m: int) -> tuple[Floats, Floats]:
    """Return the middle of the MGRS cell that each place lies in: one place for all of a cell, the same each time.

    At the edge of a zone and of a polar area cells are cut, some to a sliver that would tell more than a cell. One
    whose middle lies beyond the edge goes to the cell there, whole; of two that would go to each other, both go to
    the one farther west, or south. So the places given are fixed points: put into cells again, they stay.

    Parameters
    ----------
    lon, lat : array of float
        WGS 84 degrees, one length.
    cell_m : int
        The side of a cell, metres; 100,000 is a multiple of it.

    Returns
    -------
    lon, lat : array of float
        Degrees, -180 ≤ longitude < 180. A record lies within ``reach`` of its place. NaN where there is no place.

    Examples
    --------
    >>> lon, lat = snapped([36.21, 36.22], [33.5, 33.51], 10_000)
    >>> len({*zip(lon.tolist(), lat.tolist())}), round(lon[0].item(), 3), round(lat[0].item(), 3)
    (1, 36.254, 33.544)
    """
    there, at = _cells(np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64)), cell_m)
    found = np.full((len(at), 2), np.nan)
    cells, of = np.unique(at[there], axis=0, return_inverse=True)
    found[there] = _settled(cells, cell_m)[of.reshape(-1)]
    return found[:, 0], found[:, 1]


def reach(lon: npt.ArrayLike, lat: npt.ArrayLike, cell_m: int) -> Floats:
    """Return how far from each place that ``snapped`` gave, in metres, a record may lie that was put there.

    The side of a cell; near an edge of zones more, as slivers from beyond it may have come there. It depends on the
    place alone, so that it does not tell which record did.
    """
    zone, northern, easting, northing = to_utm(lon, lat)
    found = np.full(len(zone), float(cell_m))
    for east, north in _AROUND:
        beside = from_utm(zone, northern, easting + _NEAR * cell_m * east, northing + _NEAR * cell_m * north)
        found[to_utm(*beside)[0] != zone] = _OVER * cell_m
    return found


def _cells(lon: Floats, lat: Floats, cell_m: int) -> tuple[npt.NDArray[np.bool_], Int64s]:
    """Return which places there are, and their cells: zone (0 polar), whether north, and the cell's number east and north."""
    zone, northern, easting, northing = to_utm(lon, lat)
    there = np.isfinite(easting)
    east, north = (np.floor(np.where(there, value, 0.0) / cell_m).astype(np.int64) for value in (easting, northing))
    return there, np.stack([zone, northern.astype(np.int64), east, _below(zone, northern, north, cell_m)], axis=1)


def _below(zone: Int64s, northern: npt.NDArray[np.bool_], north: Int64s, cell_m: int) -> Int64s:
    """Keep what lies just south of the equator in the last cell below it."""
    return np.where((zone > 0) & ~northern, np.minimum(north, 10_000_000 // cell_m - 1), north)


def _middles(cells: Int64s, cell_m: int) -> Floats:
    zone, north = cells[:, 0], cells[:, 1].astype(np.bool_)
    lon, lat = from_utm(zone, north, (cells[:, 2] + 0.5) * cell_m, (cells[:, 3] + 0.5) * cell_m)
    return np.asarray(np.round(np.stack([lon, lat], axis=1), _DECIMALS), np.float64)


def _settled(cells: Int64s, cell_m: int) -> Floats:
    """Return the place of each cell: its middle, or where the cell of that leads to; of a round of them the least."""
    places = _middles(cells, cell_m)
    for _ in range(_MOVES):
        places = _moved(places, cell_m)
    least = places
    for _ in range(_MOVES):
        places = _moved(places, cell_m)
        lower = (places[:, 0] < least[:, 0]) | ((places[:, 0] == least[:, 0]) & (places[:, 1] < least[:, 1]))
        least = np.where(lower[:, None], places, least)
    return least


def _moved(places: Floats, cell_m: int) -> Floats:
    return _middles(_cells(places[:, 0], places[:, 1], cell_m)[1], cell_m)
