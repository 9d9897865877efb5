"""A survey of a pair: few enough pixels for a method to learn from, of everywhere, without decoding everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from layers.imagery.change.method import Floats, Pair
from layers.imagery.change.pair import Opened
from layers.imagery.change.windows import Asked, Window, in_order
from layers.imagery.written import TILE

#: Up to so many pixels a pair is read whole, and of so many a survey is made.
WHOLE = 4_000_000
_SAMPLE = 1_000_000
#: Of a larger pair one tile in so many is read.
_ONE_IN = 12
#: Tiles of the next row are taken so many further on, so that no line on the ground goes through all or none.
_STAGGER = 3


def survey(opened: Opened, *, near: bool, threads: int, cancelled: Asked | None = None) -> Pair:
    """Return every n-th pixel of every n-th row of a pair; of a large one, those of tiles spread evenly over it, side by side.

    Parameters
    ----------
    opened : Opened
    near : bool
        Neighbours matter: of each tile, in the place of every n-th pixel, as many that lie side by side on the ground are taken.
    threads : int
    cancelled : callable, optional

    Raises
    ------
    Stopped
        ``cancelled`` said so.
    """
    overlap = opened.overlap
    rows = _lattice(overlap) if overlap.rows * overlap.columns > WHOLE else []
    tiled = bool(rows)
    size = sum(tile.rows * tile.columns for row in rows for tile in row) or overlap.rows * overlap.columns
    step = max(1, round((size / _SAMPLE) ** 0.5)) if tiled or not near else 1
    kept, apart = (slice(TILE // step), 1) if near and tiled else (slice(None, None, step), step)
    # Read in strips, the memory holds one of them and the survey only.
    rows = rows or [[strip] for strip in _strips(overlap, step)]

    def one(window: Window) -> Pair:
        with opened.lent() as sources:
            pair = sources.read(window, kept).pair
            return replace(pair, before=pair.before.copy(), after=pair.after.copy(), pixel_m=pair.pixel_m * apart)

    read = in_order(one, [window for row in rows for window in row], threads=threads, cancelled=cancelled)
    return _sheet([[next(read) for _ in row] for row in rows])


def _sheet(rows: Sequence[Sequence[Pair]]) -> Pair:
    before, after = (
        _side_by_side([_side_by_side([getattr(pair, date) for pair in row], axis=2) for row in rows], axis=1)
        for date in ("before", "after")
    )
    return replace(rows[0][0], before=before, after=after)


def _side_by_side(parts: Sequence[Floats], axis: int) -> Floats:
    """Return arrays as one; one alone is not copied, for a survey is large and its memory fresh."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)


def _strips(whole: Window, step: int) -> list[Window]:
    tall = TILE // step * step
    rows = range(whole.row, whole.row + whole.rows, tall)
    return [Window(row, whole.column, min(tall, whole.row + whole.rows - row), whole.columns) for row in rows]


def _lattice(whole: Window) -> list[list[Window]]:
    """Return whole tiles within a window, one in so many, as many in each row of tiles; nothing where it holds none."""
    first, left = -(-whole.row // TILE), -(-whole.column // TILE)
    down = (whole.row + whole.rows) // TILE - first
    across = (whole.column + whole.columns) // TILE - left
    if down < 1 or across < 1:
        return []
    each = max(1, across // _ONE_IN)
    taken = [sorted((row * _STAGGER + place * across // each) % across for place in range(each)) for row in range(down)]
    return [
        [Window((first + row) * TILE, (left + column) * TILE, TILE, TILE) for column in columns]
        for row, columns in enumerate(taken)
    ]
