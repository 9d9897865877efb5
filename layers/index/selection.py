"""The rows of a point layer that answer one question, and the tiles cut from them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from layers.index.columns import NEVER, Columns, hue_and_glyph, precision_code
from layers.index.morton import DEPTH, Keys, axes, keys, offsets, tile_range
from layers.model import By, Cut, Layer

#: A tile of more points than this shows cells.
MOST = 500
#: Cells across a tile, as a power of two.
CELL = 5
#: Up to this many points the cells of a tile are grouped on the spot; beyond, those of the whole zoom are made and kept.
LIVE = 20_000

Mask = npt.NDArray[np.bool_]


class Rows(Protocol):
    """Rows of an index, of points or of shapes."""

    @property
    def seq(self) -> npt.NDArray[np.int64]:
        """Return the store's version number of each row."""


@dataclass(frozen=True, slots=True)
class Among:
    """A bound on rows that none of their columns tells. Those of one key bound alike."""

    key: Hashable
    rows: Callable[[Rows], Mask] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Recoding:
    """Other codes of what is derived than the index has itself. Those of one key are alike; the same rows give the same object."""

    key: Hashable
    columns: Callable[[Columns], Columns] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows are meant. Times in microseconds since 1970 UTC; None does not bound.

    ``ceiling`` is the highest marking rank let through. ``sectors`` and the values of ``codes`` are
    the positions let through; None lets all through. ``among`` are further bounds. What is told by the week is in each span
    that its week reaches into.
    ``recoded`` gives the codes of points where their own are not meant. ``by`` is the time that ``start`` and ``end`` bound.
    ``each`` means each report by itself, where those that are linked as one event are otherwise meant by one of them.
    """

    start: int | None
    end: int | None
    known_at: int | None
    box: tuple[float, float, float, float] | None
    ceiling: int
    sectors: tuple[int, ...] | None
    codes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    among: tuple[Among, ...] = ()
    recoded: Recoding | None = None
    by: By = "occurred"
    each: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen rows in ascending key. Cells of a zoom are made once and kept."""

    columns: Columns
    rows: npt.NDArray[np.int64]
    key: Keys
    worth: npt.NDArray[np.uint64]
    cells: dict[int, Cells] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Return the bytes this answer holds beyond those of the columns."""
        own = self.key.nbytes + self.worth.nbytes if self.key is not self.columns.key else 0
        return self.rows.nbytes + own

    def within(self, z: int, x: int, y: int) -> int:
        """Return how many rows lie in a tile."""
        first, last = np.searchsorted(self.key, tile_range(z, x, y))
        return int(last - first)


@dataclass(frozen=True, slots=True)
class Cells:
    """Runs of equal cell among sorted keys: the cell's key, how many rows, and the greatest worth."""

    key: Keys
    count: npt.NDArray[np.uint32]
    worth: npt.NDArray[np.uint64]


def chosen(columns: Columns, question: Question) -> Selection:
    """Return the rows that a question means, of linked reports one: the worst and, of equally bad ones, the newest.

    Which one that is does not hang on the box, so that what counts for the whole is what counts in each part of it.
    """
    rows = np.flatnonzero(mask(columns, question if question.each else replace(question, box=None)))
    if not question.each:
        rows = once(columns, rows)
        if question.box is not None:
            rows = rows[_inside(columns.key[rows], question.box)]
    if len(rows) == len(columns):
        return Selection(columns, rows, columns.key, columns.worth)
    return Selection(columns, rows, columns.key[rows], columns.worth[rows])


def once(columns: Columns, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rows without those that are linked as one event to a row of greater worth among them."""
    event = columns.event[rows]
    linked = np.flatnonzero(event)
    order = linked[np.lexsort((columns.worth[rows[linked]], event[linked]))]
    counted = np.ones(len(rows), np.bool_)
    counted[order[:-1]] = event[order[1:]] != event[order[:-1]]
    return rows[counted]


def mask(columns: Columns, question: Question) -> Mask:
    """Say of each row whether a question means it, each report by itself."""
    if question.known_at is None:
        kept: Mask = columns.replaced == NEVER
    else:
        kept = (columns.recorded <= question.known_at) & (columns.replaced > question.known_at)
    if question.start is not None or question.end is not None:
        kept &= columns.within(question.by, question.start, question.end)
    if question.ceiling < 255:
        kept &= columns.marking <= question.ceiling
    if question.sectors is not None:
        kept &= np.isin(columns.sector, question.sectors)
    for name, wanted in question.codes:
        kept &= _among(columns.codes[name] if name != "sector" else columns.sector, wanted)
    if question.box is not None:
        kept &= _inside(columns.key, question.box)
    for bound in question.among:
        kept &= bound.rows(columns)
    return kept


def cut(parts: tuple[Selection, ...], layer: Layer, z: int, x: int, y: int) -> Cut:
    """Return what a tile shows of several selections of one layer taken as one."""
    if sum(part.within(z, x, y) for part in parts) <= MOST or z + CELL >= DEPTH - 8:
        return _sparse(parts, layer, z, x, y)
    found = [_tile_cells(part, z, x, y) for part in parts]
    whole = found[0] if len(found) == 1 else _merged(found)
    column, row = offsets(whole.key, z, z + CELL)
    return Cut(whole.count, *_read(whole.worth, layer, column, row), np.zeros(len(column), np.uint8), True)


def _sparse(parts: tuple[Selection, ...], layer: Layer, z: int, x: int, y: int) -> Cut:
    low, high = tile_range(z, x, y)
    found = []
    for part in parts:
        first, last = np.searchsorted(part.key, (low, high))
        found.append((part.key[first:last], part.worth[first:last], part.columns.precision[part.rows[first:last]]))
    key, worth, precision = (np.concatenate(column) for column in zip(*found, strict=True))
    column, row = offsets(key, z)
    return Cut(np.ones(len(key), np.uint32), *_read(worth, layer, column, row), precision_code(precision), False)


def _read(
    worth: npt.NDArray[np.uint64], layer: Layer, x: npt.NDArray[np.uint16], y: npt.NDArray[np.uint16]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16], npt.NDArray[np.uint16], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    hue, glyph = hue_and_glyph(worth, layer)
    return (worth & np.uint64(0xFFFFFFFF)).astype(np.uint32), x, y, hue, glyph


def _tile_cells(part: Selection, z: int, x: int, y: int) -> Cells:
    low, high = tile_range(z, x, y)
    first, last = np.searchsorted(part.key, (low, high))
    if last - first > LIVE:
        return _slice(_cells(part, z), z, x, y)
    return _runs(part.key[first:last], part.worth[first:last], z)


def _cells(part: Selection, z: int) -> Cells:
    made = part.cells.get(z)
    if made is None:
        finer = part.cells.get(z + 1)
        made = _coarser(finer) if finer is not None else _runs(part.key, part.worth, z)
        part.cells[z] = made
    return made


def _runs(key: Keys, worth: npt.NDArray[np.uint64], z: int) -> Cells:
    cell = key >> np.uint64(2 * (DEPTH - z - CELL))
    return _grouped(cell, np.ones(len(cell), np.uint32), worth)


def _coarser(finer: Cells) -> Cells:
    return _grouped(finer.key >> np.uint64(2), finer.count, finer.worth)


def _grouped(cell: Keys, count: npt.NDArray[np.uint32], worth: npt.NDArray[np.uint64]) -> Cells:
    if not len(cell):
        return Cells(cell, count, worth)
    first = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    return Cells(cell[first], np.add.reduceat(count, first, dtype=np.uint32), np.maximum.reduceat(worth, first))


def _slice(cells: Cells, z: int, x: int, y: int) -> Cells:
    low, high = tile_range(z, x, y)
    shift = np.uint64(2 * (DEPTH - z - CELL))
    first, last = np.searchsorted(cells.key, (low >> shift, high >> shift))
    return Cells(cells.key[first:last], cells.count[first:last], cells.worth[first:last])


def _merged(parts: list[Cells]) -> Cells:
    cell = np.concatenate([part.key for part in parts])
    by_key = np.argsort(cell, kind="stable")
    count = np.concatenate([part.count for part in parts])[by_key]
    return _grouped(cell[by_key], count, np.concatenate([part.worth for part in parts])[by_key])


def _among(codes: npt.NDArray[np.uint16], wanted: tuple[int, ...]) -> Mask:
    table = np.zeros(int(codes.max(initial=0)) + 1, np.bool_)
    table[[code for code in wanted if code < len(table)]] = True
    return table[codes]


def _inside(key: Keys, box: tuple[float, float, float, float]) -> Mask:
    """Say which rows lie in a box, its edges included; where west > east it reaches over the antimeridian.

    Columns are counted eastward from the west edge, round the earth: 180° and -180° are one column, the east edge 180 the last
    that is reached. Edges in one column mean it alone, or, where they are nearly a turn apart, the whole earth.
    """
    west, south, east, north = box
    edges, (top, bottom) = axes(keys(np.array([west, east]), np.array([north, south])))
    column, row = axes(key)
    turn = np.uint64((1 << DEPTH) - 1)
    reach = ((edges - edges[:1]) & turn)[1]
    if not reach and east - west + 360 * (west > east) > 180:
        reach = turn
    inside: Mask = (((column - edges[:1]) & turn) <= reach) & (row >= top) & (row <= bottom)
    return inside
