"""Areas as an index of cells, built once: cells that lie in an area for certain, and cells that its edges cross.

A point in a cell without edges has its answer at once. In a cell with edges it is in an area if the cell's middle is, turned
over once for each edge of that area between the two, which are few.

References
----------
Shimrat, M. (1962). Algorithm 112: position of point relative to polygon. CACM 5, 434.
Zalik, B., Kolingerova, I. (2001). A cell-based point-in-polygon algorithm suitable for large sets of points. Computers &
Geosciences 27, 1135-1145.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array

from layers.spatial.edges import Legs, parts
from layers.spatial.followed import aligned, edges
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats, Ints

_TOLERANCE_M = 0.02
_POLYGON = 3
_CELLS_PER_EDGE = 3
_FEWEST, _MOST = 1 << 10, 1 << 24
_ON = 1e-12
_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns and rows of cells over a box in degrees."""

    west: float
    south: float
    size: float
    columns: int
    rows: int

    def column(self, x: Floats) -> Ints:
        """Return the column of each easting; what lies beyond the grid is in its last one."""
        found: Ints = np.clip(((x - self.west) / self.size).astype(np.int64), 0, self.columns - 1)
        return found

    def row(self, y: Floats) -> Ints:
        """Return the row of each northing; what lies beyond the grid is in its last one."""
        found: Ints = np.clip(((y - self.south) / self.size).astype(np.int64), 0, self.rows - 1)
        return found

    def middle_x(self, column: Ints | Floats) -> Floats:
        """Return the easting of the middle of columns."""
        found: Floats = self.west + (np.asarray(column, np.float64) + 0.5) * self.size
        return found

    def middle_y(self, row: Ints | Floats) -> Floats:
        """Return the northing of the middle of rows."""
        found: Floats = self.south + (np.asarray(row, np.float64) + 0.5) * self.size
        return found


class AreaIndex:
    """An index of areas for any number of points.

    Parameters
    ----------
    shapes : array of geometries
        WGS 84 degrees; edges are geodesics, followed to 2 cm; what is no polygon holds no point. Holes are out, their edges in, as
        is every edge. Where parts of one area overlap, a point in an even number of them is out.
    """

    def __init__(self, shapes: Shapes) -> None:
        self._edges, self._owner = _edges(shapes)
        self._grid = _grid(self._edges)
        # numpy works outside the interpreter's lock, so the two take little longer than the longer of them.
        with ThreadPoolExecutor(1) as pool:
            crossings = pool.submit(_crossings, self._edges, self._owner, self._grid, len(shapes))
            crossed = _crossed(self._edges, self._grid)
            self._crossings = crossings.result()
        self._areas = len(shapes)
        self._note(*crossed)

    def pairs(self, lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
        """Return which point lies in which area, both by position, in the order of the points, then of the areas.

        Parameters
        ----------
        lon, lat : (n,) float64
            WGS 84 degrees; longitudes mean modulo 360. NaN lies nowhere.
        """
        beyond = (lon < -180) | (lon > 180)
        x = np.where(beyond, np.mod(lon + 180, 360) - 180, lon) if beyond.any() else lon
        chunks = [slice(begin, begin + _AT_ONCE) for begin in range(0, len(x), _AT_ONCE)]
        # numpy works outside the interpreter's lock, so two chunks at a time take little more than half as long.
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda one: self._chunk(x[one], lat[one]), chunks))
        empty = np.zeros(0, np.int64)
        points = np.concatenate([empty, *(who + one.start for one, (who, _) in zip(chunks, found, strict=True))])
        return points, np.concatenate([empty, *(area for _, area in found)])

    def _chunk(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        grid = self._grid
        across, down = (x - grid.west) / grid.size, (y - grid.south) / grid.size
        inside = (across >= 0) & (down >= 0) & (across < grid.columns) & (down < grid.rows)
        across[~inside] = down[~inside] = 0
        cell = down.astype(np.int64) * grid.columns + across.astype(np.int64)
        state = np.where(inside, self._state[cell], 0)
        sure, mixed = np.flatnonzero(state > 0), np.flatnonzero(state < 0)
        area = state[sure].astype(np.int64) - 1
        if not len(mixed):
            return sure, area
        who, listed = self._mixed(mixed, -state[mixed].astype(np.int64) - 1, x, y)
        who, area = np.concatenate([sure, who]), np.concatenate([area, listed])
        order = np.argsort(who, kind="stable")
        return who[order], area[order]

    def _note(self, cell: Ints, edge: Ints) -> None:
        """Write down what is known of each cell: nothing, the one area it lies in, or which list of areas to ask."""
        area = self._owner[edge]
        self._edge = edge
        self._entry_first = np.flatnonzero((np.diff(cell, prepend=-1) != 0) | (np.diff(area, prepend=-1) != 0))
        self._entry_area = area[self._entry_first]
        self._entry_edges = np.diff(np.append(self._entry_first, len(edge)))
        at = cell[self._entry_first]
        number, name = self._covers()
        self._entry_in = name[at] == self._entry_area + 1
        several = np.flatnonzero(number[at] > 1)
        self._entry_in[several] = self._holds_middle(at[several], self._entry_area[several])
        listed = number > 1
        listed[at] = True
        lists = np.flatnonzero(listed)
        self._entry_count = np.diff(np.searchsorted(at, np.append(lists, len(number))))
        self._list_entry = np.cumsum(self._entry_count) - self._entry_count
        sure_cell, self._sure_area = self._sure(number, name, at)
        self._sure_count = np.diff(np.searchsorted(sure_cell, np.append(lists, len(number))))
        self._list_sure = np.cumsum(self._sure_count) - self._sure_count
        name[lists] = -1 - np.arange(len(lists), dtype=np.int32)
        self._state = name

    def _covers(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return of each cell how many areas its middle lies in, and 1 + the sum of their positions."""
        begin, end, area = self._spans()
        number, name = np.zeros((2, self._grid.columns * self._grid.rows), np.int32)
        for at, sign in ((begin, 1), (end, -1)):
            np.add.at(number, at, np.int32(sign))
            np.add.at(name, at, (sign * (area + 1)).astype(np.int32))
        np.cumsum(number, out=number)
        np.cumsum(name, out=name)
        return number, name

    def _spans(self) -> tuple[Ints, Ints, Ints]:
        """Return runs of cells, half open, whose middles lie in an area, and which."""
        columns = self._grid.columns
        line, column = np.divmod(self._crossings, columns)
        row, area = np.divmod(line, max(self._areas, 1))
        at = row * columns + column
        return at[0::2], at[1::2], area[0::2]

    def _holds_middle(self, cell: Ints, area: Ints) -> Bools:
        """Tell whether the middles of cells lie in areas: an odd number of edges are crossed from the west."""
        row, column = np.divmod(cell, self._grid.columns)
        keys = (row * self._areas + area) * self._grid.columns + column
        found: Bools = np.searchsorted(self._crossings, keys, side="right") % 2 == 1
        return found

    def _sure(self, number: npt.NDArray[np.int32], name: npt.NDArray[np.int32], at: Ints) -> tuple[Ints, Ints]:
        """Return pairs of a cell that has a list and an area it lies in whole, in the order of the cells."""
        heads = np.flatnonzero(np.diff(at, prepend=-1))
        if len(heads):
            doubted = np.logical_or.reduceat(self._entry_in, heads)
            one = at[heads][(number[at[heads]] == 1) & ~doubted]
        else:
            one = at
        cells, areas = [one], [name[one].astype(np.int64) - 1]
        if (number > 1).any():
            begin, end, area = self._spans()
            count = end - begin
            cell = np.arange(count.sum()) + np.repeat(begin - (np.cumsum(count) - count), count)
            many = np.flatnonzero(number[cell] > 1)
            cell, area = cell[many], np.repeat(area, count)[many]
            doubts = np.append(at * self._areas + self._entry_area, -1)
            keys = cell * self._areas + area
            whole = doubts[np.searchsorted(doubts[:-1], keys)] != keys
            cells.append(cell[whole])
            areas.append(area[whole])
        cell, area = np.concatenate(cells), np.concatenate(areas)
        order = np.lexsort((area, cell))
        return cell[order], area[order]

    def _mixed(self, who: Ints, which: Ints, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Return the pairs of points in cells that have a list."""
        number = self._sure_count[which]
        sure = _ranges(self._list_sure[which], number)
        entry = _ranges(self._list_entry[which], self._entry_count[which])
        asker = np.repeat(who, self._entry_count[which])
        inside = self._inside(entry, x[asker], y[asker])
        points = np.concatenate([np.repeat(who, number), asker[inside]])
        areas = np.concatenate([self._sure_area[sure], self._entry_area[entry[inside]]])
        order = np.argsort(points * max(self._areas, 1) + areas)
        return points[order], areas[order]

    def _inside(self, entry: Ints, x: Floats, y: Floats) -> Bools:
        """Tell of points in cells with edges whether they lie in an area: along the row, then up or down the column."""
        if not len(entry):
            return np.zeros(0, np.bool_)
        number = self._entry_edges[entry]
        listed = _ranges(self._entry_first[entry], number)
        of = np.repeat(np.arange(len(entry)), number)
        begin_x, begin_y, end_x, end_y = self._edges.take(self._edge.take(listed), axis=0).T.copy()
        px, py = x[of], y[of]
        row = np.floor((py - self._grid.south) / self._grid.size)
        cx = self._grid.middle_x(np.floor((px - self._grid.west) / self._grid.size))
        cy = self._grid.middle_y(row)
        run_x, run_y = end_x - begin_x, end_y - begin_y
        with np.errstate(divide="ignore", invalid="ignore"):
            at_x = begin_x + (cy - begin_y) * run_x / run_y
            at_y = begin_y + (px - begin_x) * run_y / run_x
        turned = ((begin_y > cy) != (end_y > cy)) & ((at_x <= cx) != (at_x <= px))
        turned ^= ((begin_x > px) != (end_x > px)) & ((at_y <= cy) != (at_y <= py))
        off = np.abs(run_x * (py - begin_y) - run_y * (px - begin_x))
        on = off <= _ON * (np.abs(run_x) + np.abs(run_y))
        on &= (np.minimum(begin_x, end_x) - _ON <= px) & (px <= np.maximum(begin_x, end_x) + _ON)
        on &= (np.minimum(begin_y, end_y) - _ON <= py) & (py <= np.maximum(begin_y, end_y) + _ON)
        heads = np.cumsum(number) - number
        inside: Bools = np.logical_xor.reduceat(turned, heads) ^ self._entry_in[entry]
        inside |= np.logical_or.reduceat(on, heads)
        return inside


def _ranges(first: Ints, count: Ints) -> Ints:
    """Return the numbers of runs one after the other."""
    found: Ints = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return found


def _edges(shapes: Shapes) -> tuple[Floats, Ints]:
    """Return the edges of areas as (n, 4) degrees, in the turn -180 to 180 and, where they reach beyond, again in the next."""
    simple, owner = parts(shapes)
    areas = np.flatnonzero(shapely.get_type_id(simple) == _POLYGON)
    rings, inside = shapely.get_rings(simple[areas], return_index=True)
    whole: Legs = edges(rings, _TOLERANCE_M)
    if len(whole):
        whole = aligned(whole, inside)
    found = np.concatenate([whole.begin, whole.end], axis=1)
    of = owner[areas][inside[whole.path]] if len(whole) else np.zeros(0, np.int64)
    low, high = (min(found[:, n].min(initial=0) for n in (0, 2)), max(found[:, n].max(initial=0) for n in (0, 2)))
    if low >= -180 and high <= 180:
        return found, of
    beyond = np.isin(of, of[np.abs(found[:, [0, 2]]).max(axis=1) > 180])
    turns, owners = [found], [of]
    for turn in range(int(np.ceil((-180 - high) / 360)), int(np.floor((180 - low) / 360)) + 1):
        if turn:
            turns.append(found[beyond] + np.array([turn, 0, turn, 0]) * 360.0)
            owners.append(of[beyond])
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(turns)[order], np.concatenate(owners)[order]


def _grid(found: Floats) -> _Grid:
    if not len(found):
        return _Grid(0.0, 0.0, 1.0, 2, 2)
    low, high = ([float(edge(found[:, n])) for n in range(4)] for edge in (np.min, np.max))
    west, south = max(min(low[0], low[2]), -180.0), min(low[1], low[3])
    east, north = min(max(high[0], high[2]), 180.0), max(high[1], high[3])
    cells = min(max(_CELLS_PER_EDGE * len(found), _FEWEST), _MOST)
    width, height = max(east - west, 1e-7), max(north - south, 1e-7)
    size = max(np.sqrt(width * height / cells), width / 8_000, height / 8_000)
    # Edges of surveyed grids shall not run through the middles of cells.
    west, south = west - 0.3717 * size, south - 0.4139 * size
    return _Grid(float(west), float(south), float(size), int((east - west) / size) + 2, int((north - south) / size) + 2)


def _crossed(found: Floats, grid: _Grid) -> tuple[Ints, Ints]:
    """Return pairs of a cell and an edge that may touch it, each once, in rising order."""
    begin_x, begin_y, end_x, end_y = found.T.copy()
    run_x, run_y = end_x - begin_x, end_y - begin_y
    count = np.maximum(np.ceil(np.maximum(np.abs(run_x), np.abs(run_y)) / grid.size), 1).astype(np.int64)
    edge: npt.NDArray[np.int32] = np.repeat(np.arange(len(found), dtype=np.int32), count)
    if (count > 1).any():
        number, share = _ranges(np.zeros(len(found), np.int64), count), 1 / count[edge]
        run_x, run_y = run_x[edge] * share, run_y[edge] * share
        begin_x, begin_y = begin_x[edge] + number * run_x, begin_y[edge] + number * run_y
    pad = 1e-6 * grid.size
    left = grid.column(np.minimum(begin_x, begin_x + run_x) - pad)
    right = grid.column(np.maximum(begin_x, begin_x + run_x) + pad)
    bottom = grid.row(np.minimum(begin_y, begin_y + run_y) - pad)
    top = grid.row(np.maximum(begin_y, begin_y + run_y) + pad)
    cells, of = [bottom * grid.columns + left], [edge]
    wide = np.flatnonzero((left != right) | (bottom != top))
    left, right, bottom, top = (one[wide] for one in (left, right, bottom, top))
    edge = edge[wide]
    for across, upward in ((0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)):
        more = np.flatnonzero((left + across <= right) & (bottom + upward <= top))
        if len(more):
            cells.append((bottom[more] + upward) * grid.columns + left[more] + across)
            of.append(edge[more])
    return _by_cell(np.concatenate(cells).astype(np.int32), np.concatenate(of), (grid.columns * grid.rows, len(found)))


def _by_cell(cell: npt.NDArray[np.int32], edge: npt.NDArray[np.int32], shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return different pairs in rising order: a sparse matrix counts them into its rows, in a third of the time of a sort."""
    rows = coo_array((np.ones(len(cell), np.int8), (cell, edge)), shape=shape).tocsr()
    return np.repeat(np.arange(shape[0]), np.diff(rows.indptr)), rows.indices


def _crossings(found: Floats, owner: Ints, grid: _Grid, areas: int) -> Ints:
    """Return where edges cross the lines through the middles of rows, as (row × areas + area) × columns + first column east."""
    low, high = np.minimum(found[:, 1], found[:, 3]), np.maximum(found[:, 1], found[:, 3])
    first = _first_middle(low, grid.south, grid.size, grid.rows)
    count = _first_middle(high, grid.south, grid.size, grid.rows) - first
    edge = np.repeat(np.arange(len(found)), count)
    row = _ranges(first, count)
    begin_x, begin_y, end_x, end_y = found[edge].T
    x = begin_x + (grid.middle_y(row) - begin_y) * (end_x - begin_x) / (end_y - begin_y)
    column = _first_middle(x, grid.west, grid.size, grid.columns - 1)
    return np.sort((row * areas + owner[edge]) * grid.columns + column)


def _first_middle(at: Floats, begin: float, size: float, most: int) -> Ints:
    """Return the first cell whose middle is not below a place, as the middles are reckoned."""
    found = np.ceil((at - begin) / size - 0.5)
    found -= begin + (found - 0.5) * size >= at
    found += begin + (found + 0.5) * size < at
    first: Ints = np.clip(found, 0, most).astype(np.int64)
    return first
