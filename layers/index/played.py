"""The rows of a tile cut up by time as well, so that a map can play a span through without asking again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.index.columns import hue_and_glyph
from layers.index.morton import DEPTH, offsets, tile_range
from layers.index.selection import Selection
from layers.model import By, Layer, Played

#: Cells across a tile, as a power of two: 16 pixels wide.
FINE = 4
_CELLS = 1 << 2 * FINE
#: More than this in one entry is told by several.
_MOST = 0xFFFF


def played(parts: tuple[Selection, ...], layer: Layer, tile: tuple[int, int, int], span: tuple[int, int, int], by: By) -> Played:
    """Return how many rows of each look lie in each cell of a tile in each of equal parts of a span.

    Parameters
    ----------
    parts : tuple of Selection
        The rows of one layer that a view keeps.
    layer : Layer
    tile : (int, int, int)
        Zoom, column and row.
    span : (int, int, int)
        From when to when, microseconds since 1970 UTC, half-open, and into how many parts; rows outside count nowhere,
        and those of a week that began before it at its beginning.
    by : By
        Which time of a row counts.
    """
    low, high = tile_range(*tile)
    start, end, bins = span
    key, looks, when = (
        np.concatenate(column) for column in zip(*(_rows(part, layer, (low, high), by, start) for part in parts), strict=True)
    )
    here = (when >= start) & (when < end)
    key, looks, when = key[here], looks[here], when[here]
    step = np.minimum((when - start) * np.int64(bins) // np.int64(max(end - start, 1)), bins - 1) if len(when) else when
    cell = _cell(key, tile[0])
    entry, count = np.unique((step * _CELLS + cell) * 256 + looks, return_counts=True)
    times = -(-count // _MOST)
    entry, count = np.repeat(entry, times), np.repeat(count, times)
    last = np.append(np.diff(entry) != 0, True)[: len(entry)]
    count = np.where(last, count - (np.repeat(times, times) - 1) * _MOST, _MOST)
    first = np.searchsorted(entry // (256 * _CELLS), np.arange(bins + 1))
    x, y = _middles(key, cell, tile[0])
    look = len(layer.portrayal.glyphs) or 1
    return Played(
        x, y, first.astype(np.uint32), (entry // 256 % _CELLS).astype(np.uint8), (entry % 256).astype(np.uint8),
        count.astype(np.uint16), look,
    )  # fmt: skip


def _rows(
    part: Selection, layer: Layer, keys: tuple[np.uint64, np.uint64], by: By, start: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the keys, looks and times of the rows between two keys."""
    first, last = np.searchsorted(part.key, keys)
    hue, glyph = hue_and_glyph(part.worth[first:last], layer)
    looks = hue.astype(np.int64) * (len(layer.portrayal.glyphs) or 1) + glyph
    return part.key[first:last], looks, part.columns.counted(by, part.rows[first:last], start)


def _cell(key: npt.NDArray[np.uint64], z: int) -> npt.NDArray[np.int64]:
    shift = max(2 * (DEPTH - z - FINE), 0)
    return np.asarray((key >> np.uint64(shift)) % np.uint64(_CELLS), np.int64)


def _middles(
    key: npt.NDArray[np.uint64], cell: npt.NDArray[np.int64], z: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return the mean place of the rows of each cell, 0..65535 from the tile's west and north edge; 0 for a cell without rows."""
    held = np.maximum(np.bincount(cell, minlength=_CELLS), 1)
    x, y = (np.bincount(cell, axis.astype(np.float64), _CELLS) / held for axis in offsets(key, z))
    return x.astype(np.uint16), y.astype(np.uint16)
