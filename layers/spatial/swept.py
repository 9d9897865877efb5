"""How much ground lies within reach of ways, by equal cells: of a thousand and more sooner than exactly, right to half a percent.

Level lines are laid through each block. On each, what lies within reach of a piece of a way is one run, known exactly; the runs of all
pieces together are what is covered.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.spatial.blocks import Blocks, Laid, on_ground
from layers.spatial.coverage import Progress, chunks, once
from layers.spatial.frame import Shapes
from layers.spatial.ground import Floats, Ints
from layers.spatial.plane import Plane

#: So many level lines over the radius, and so many places to end a run between two lines.
_LINES, _FINER = 8, 2
_AT_ONCE = 24


@dataclass(frozen=True, eq=False, slots=True)
class Swept:
    """Equal cells and how much of each is covered.

    Attributes
    ----------
    blocks : Blocks
        How the ground is cut.
    keys : (n,) int64
        The blocks of which anything is covered, in rising order.
    share : (n, cells, cells) float32
        Of each cell, 0 to 1; rows from the south, columns from the west.
    """

    blocks: Blocks
    keys: Ints
    share: npt.NDArray[np.float32]

    @property
    def area_m2(self) -> float:
        """Return how much ground is covered."""
        cells = self.share.shape[1]
        return float(self.share.sum(dtype=np.float64) * (self.blocks.size_m / cells) ** 2)


def swept(plane: Plane, given: Shapes, metres: float, *, cells: int = 16, progress: Progress | None = None) -> Swept:
    """Return how much of equal cells lies within ``metres`` of lines and points; see ``layers.spatial.coverage.grown``.

    Parameters
    ----------
    cells : int
        A side of a block of 4 km has so many.

    Notes
    -----
    Level lines stand at most an eighth of ``metres`` apart. Of one way alone that runs level an edge may be off by half of that; over
    ways in all directions this cancels out.
    """
    blocks = Blocks(plane)
    laid = blocks.laid(once(given))
    key, piece = blocks.met(laid, metres)
    lines = cells * int(np.ceil(_LINES * blocks.size_m / (cells * metres)))
    parts = list(chunks(key, _AT_ONCE))
    keys, shares = [np.empty(0, np.int64)], [np.empty((0, cells, cells), np.float32)]
    # numpy works outside the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda one: _shares(blocks, laid, (key[one], piece[one]), metres, (cells, lines)), parts)
        for done, (these, share) in enumerate(found, 1):
            keys.append(these)
            shares.append(share)
            if progress:
                progress(done / len(parts))
    share = np.concatenate(shares)
    there = share.any(axis=(1, 2))
    return Swept(blocks, np.concatenate(keys)[there], share[there])


def _shares(
    blocks: Blocks, laid: Laid, pairs: tuple[Ints, Ints], metres: float, size: tuple[int, int]
) -> tuple[Ints, npt.NDArray[np.float32]]:
    """Return blocks and how much of each of their cells is covered; ``size`` is how many cells and lines a side has."""
    (key, piece), (cells, lines) = pairs, size
    keys, of = np.unique(key, return_inverse=True)
    stretch, middles = blocks.stretch(keys), blocks.middles(keys)
    begin, end = (on_ground(at[piece] - middles[of], stretch[of]) for at in (laid.begin, laid.end))
    step, half = blocks.size_m / lines, blocks.size_m / 2
    tall = stretch[of, 2] * step
    low, high = ((edge + half * stretch[of, 2]) / tall - 0.5 for edge in _edges(begin, end, metres))
    first, last = np.clip(np.ceil(low), 0, lines).astype(np.int64), np.clip(np.floor(high), -1, lines - 1).astype(np.int64)
    count = np.maximum(last - first + 1, 0)
    which = np.repeat(np.arange(len(piece)), count)
    line = np.arange(len(which)) + np.repeat(first - (np.cumsum(count) - count), count)
    level = (line + 0.5) * step - half
    mine = stretch[of[which]]
    west, east = _runs(begin[which], end[which], level * mine[:, 2], metres)
    columns = lines * _FINER
    width = blocks.size_m / columns
    ends = [((edge - mine[:, 1] * level) / mine[:, 0] + half) / width - 0.5 for edge in (west, east)]
    from_, to = (np.clip(np.ceil(edge), 0, columns).astype(np.int64) for edge in ends)
    row = (of[which] * lines + line) * (columns + 1)
    count_in = np.bincount(row + from_, minlength=len(keys) * lines * (columns + 1)).astype(np.int32)
    count_in -= np.bincount(row + to, minlength=len(count_in)).astype(np.int32)
    there = (np.cumsum(count_in, dtype=np.int32) > 0).reshape(len(keys), lines, columns + 1)[:, :, :-1]
    cut = there.reshape(len(keys), cells, lines // cells, cells, columns // cells)
    return keys, np.asarray(cut.mean(axis=(2, 4)), np.float32)


def _edges(begin: Floats, end: Floats, metres: float) -> tuple[Floats, Floats]:
    """Return the southern and northern edge of what lies within reach of pieces."""
    return np.minimum(begin[:, 1], end[:, 1]) - metres, np.maximum(begin[:, 1], end[:, 1]) + metres


def _runs(begin: Floats, end: Floats, level: Floats, metres: float) -> tuple[Floats, Floats]:
    """Return where level lines come within reach of pieces and leave it: of discs about both ends, and of the sides between them."""
    west, east = np.full(len(level), np.inf), np.full(len(level), -np.inf)
    for x, y in (begin.T, end.T):
        square = metres**2 - (level - y) ** 2
        half = np.where(square >= 0, np.sqrt(np.maximum(square, 0.0)), -np.inf)
        np.minimum(west, x - half, out=west)
        np.maximum(east, x + half, out=east)
    run = end - begin
    off = metres / np.maximum(np.hypot(*run.T), 1e-9)
    upright = np.where(run[:, 1] == 0, np.inf, run[:, 1])
    for side in (off, -off):
        share = (level - begin[:, 1] - side * run[:, 0]) / upright
        x = begin[:, 0] - side * run[:, 1] + share * run[:, 0]
        on = (share >= 0) & (share <= 1) & (run[:, 1] != 0)
        np.minimum(west, x, out=west, where=on)
        np.maximum(east, x, out=east, where=on)
    return west, np.maximum(east, west)
