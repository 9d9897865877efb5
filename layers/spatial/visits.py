"""When ground was last covered: equal cells with the last day of each, kept up by the day, and where nobody has been for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy import ndimage

from layers.spatial.blocks import Blocks
from layers.spatial.cells import AreaIndex
from layers.spatial.coverage import Coverage, in_degrees
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats, Ints
from layers.spatial.plane import Plane

#: The last day of a cell that was never covered.
NEVER = -(1 << 40)


@dataclass(frozen=True, eq=False, slots=True)
class Visits:
    """Cells with the last day on which their middle was covered; a day is a number that rises by one a day.

    Attributes
    ----------
    blocks : Blocks
        How the ground is cut.
    cells : int
        A side of a block has so many.
    keys : (n,) int64
        The blocks in which any cell was covered, in rising order.
    last : (n, cells, cells) int64
        The last day of each cell, NEVER for none; rows from the south, columns from the west.
    """

    blocks: Blocks
    cells: int
    keys: Ints
    last: Ints

    @property
    def cell_m(self) -> float:
        """Return the side of a cell."""
        return self.blocks.size_m / self.cells

    def on(self, at: Floats) -> Ints:
        """Return the last day of the cells that places of the plane, (n, 2) metres, lie in; NEVER for none."""
        if not len(self.keys):
            return np.full(len(at), NEVER)
        key = self.blocks.keys(at)
        of = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        cell = np.floor((at - self.blocks.middles(key) + self.blocks.size_m / 2) / self.cell_m).astype(np.int64)
        column, row = np.clip(cell, 0, self.cells - 1).T
        return np.where(self.keys[of] == key, self.last[of, row, column], NEVER)

    def since(self, lon: Floats, lat: Floats, day: int) -> Floats:
        """Return how many days before ``day`` places, in WGS 84 degrees, were last covered; infinite where never."""
        last = self.on(self.blocks.places(lon, lat))
        return np.where(last == NEVER, np.inf, day - last)


def unvisited(plane: Plane, metres: float) -> Visits:
    """Return cells of which none was covered, of a size that a way with a reach of ``metres`` cannot cross unnoticed.

    The diagonal of a cell is at most twice the reach, so its middle is within reach of any way through it; cells are no larger than
    250 m.
    """
    blocks = Blocks(plane)
    cells = int(np.ceil(blocks.size_m / min(250.0, 1.4 * metres)))
    return Visits(blocks, cells, np.empty(0, np.int64), np.empty((0, cells, cells), np.int64))


def marked(visits: Visits, covered: Coverage) -> Bools:
    """Return which cells of the blocks of a coverage have their middle covered, (n, cells, cells)."""
    middles = (np.arange(visits.cells) + 0.5) * visits.cell_m - visits.blocks.size_m / 2
    shapely.prepare(covered.shapes)
    return np.asarray(shapely.intersects_xy(covered.shapes[:, None, None], middles[None, None, :], middles[None, :, None]))


def visited(visits: Visits, covered: Coverage, day: int, there: Bools | None = None) -> Visits:
    """Note that ground was covered on a day; days may come in any order, and only blocks of that day are looked at.

    ``there`` is what ``marked`` says of it, where that is known already.
    """
    if not len(covered.keys):
        return visits
    there = marked(visits, covered) if there is None else there
    fresh = covered.keys[~np.isin(covered.keys, visits.keys)]
    blank = np.full((len(fresh), visits.cells, visits.cells), NEVER)
    keys = np.concatenate([visits.keys, fresh])
    order = np.argsort(keys)
    keys, last = keys[order], np.concatenate([visits.last, blank])[order]
    of = np.searchsorted(keys, covered.keys)
    last[of] = np.maximum(last[of], np.where(there, day, NEVER))
    return replace(visits, keys=keys, last=last)


@dataclass(frozen=True, eq=False, slots=True)
class Quiet:
    """Ground that lies together and that nobody has covered for as long.

    Attributes
    ----------
    area : geometry
        WGS 84 degrees.
    area_m2 : float
        Its size.
    age : int
        The class, as ``aged`` numbers them, of how long ago it was covered.
    """

    area: shapely.Geometry
    area_m2: float
    age: int


def quiet(visits: Visits, area: shapely.Geometry, day: int, ages: Sequence[int], most: int = 20) -> list[Quiet]:
    """Return the largest pieces of the classes that ``aged`` tells of, the largest first.

    Parameters
    ----------
    area : polygon
        WGS 84 degrees. Cells of one class that share a side lie together.
    """
    west, south, classed = _classed(visits, area, day, ages)
    found: list[tuple[int, int, Bools]] = []
    for age in range(len(ages) + 1):
        number, count = ndimage.label(classed == age)
        size = np.bincount(number.ravel(), minlength=count + 1)
        largest = (np.argsort(-size[1:], kind="stable")[:most] + 1).tolist()
        found += [(int(size[one]), age, number == one) for one in largest]
    found.sort(key=lambda one: -one[0])
    return [Quiet(*_cells(visits, there, west, south), age) for _, age, there in found[:most]]


def aged(visits: Visits, area: shapely.Geometry, day: int, ages: Sequence[int]) -> list[tuple[shapely.Geometry, float]]:
    """Return the cells of an area by how many days before ``day`` they were last covered, and the square metres of each class.

    Parameters
    ----------
    area : polygon
        WGS 84 degrees. A cell is in it if its middle is.
    ages : sequence of int
        A class begins at each of these days, in rising order, and ends before the next; one more is of what was never covered. What
        was covered more recently than the first is in none.

    Returns
    -------
    list of (geometry, float)
        One more than ``ages``; WGS 84 degrees, empty where there is none.
    """
    west, south, classed = _classed(visits, area, day, ages)
    return [_cells(visits, classed == one, west, south) for one in range(len(ages) + 1)]


def _classed(visits: Visits, area: shapely.Geometry, day: int, ages: Sequence[int]) -> tuple[int, int, Ints]:
    """Return the first column and row of the cells about an area, and the class of each, -1 for none."""
    west, south, inside = _inside(visits, np.array([area], np.object_))
    last = _last(visits, west, south, inside)
    number = np.searchsorted(np.asarray(ages), day - last, side="right") - 1
    return west, south, np.where(inside, np.where(last == NEVER, len(ages), number), -1)


def _cells(visits: Visits, there: Bools, west: int, south: int) -> tuple[shapely.Geometry, float]:
    """Return cells as one area in WGS 84 degrees, and their square metres."""
    if not there.any():
        return shapely.Polygon(), 0.0
    return in_degrees(visits.blocks.plane, _area(there, west, south, visits.cell_m)), float(there.sum() * visits.cell_m**2)


def _last(visits: Visits, west: int, south: int, inside: Bools) -> Ints:
    """Return the last day of the cells of a grid that lie inside, NEVER for the others."""
    row, column = np.nonzero(inside)
    last = np.full(inside.shape, NEVER)
    at = (np.stack([column + west, row + south], axis=1) + 0.5) * np.float64(visits.cell_m)
    last[row, column] = visits.on(at.astype(np.float64))
    return last


def _inside(visits: Visits, areas: Shapes) -> tuple[int, int, Bools]:
    """Return the first column and row of the cells about areas, and which of them have their middle in one."""
    laid = visits.blocks.laid(areas)
    if not len(laid):
        return 0, 0, np.zeros((0, 0), np.bool_)
    west, south = np.floor(laid.begin.min(axis=0) / visits.cell_m).astype(int).tolist()
    east, north = np.floor(laid.begin.max(axis=0) / visits.cell_m).astype(int).tolist()
    x, y = np.meshgrid(np.arange(west, east + 1) + 0.5, np.arange(south, north + 1) + 0.5)
    lon, lat = visits.blocks.plane.degrees(x.ravel() * visits.cell_m, y.ravel() * visits.cell_m)
    found = np.zeros(x.size, np.bool_)
    found[AreaIndex(areas).pairs(lon, lat)[0]] = True
    return west, south, found.reshape(x.shape)


def _area(there: Bools, west: int, south: int, cell_m: float) -> shapely.Geometry:
    """Return cells as one area of the plane, row by row in runs."""
    edge = np.diff(np.pad(there, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, begin = np.nonzero(edge > 0)
    _, end = np.nonzero(edge < 0)
    runs = shapely.box((begin + west) * cell_m, (row + south) * cell_m, (end + west) * cell_m, (row + south + 1) * cell_m)
    return shapely.union_all(runs)
