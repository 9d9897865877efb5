"""Which stretches of lines lie on covered ground, and which do not; the lines are laid over its blocks once, whatever is asked of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from layers.spatial.blocks import Blocks
from layers.spatial.coverage import Coverage
from layers.spatial.frame import Shapes
from layers.spatial.ground import Floats, Ints

_LINE = 1
#: Stretches of a line so near each other are one: less than what a coordinate with six decimals says.
_JOINED_M = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """Lines laid over blocks.

    Attributes
    ----------
    blocks : Blocks
        How the ground is cut.
    key, piece : (n,) int64
        Pairs of a block and a piece of a line that may lie in it, by rising key.
    begin, end : (p, 2) float64
        The ends of the pieces, metres of the plane.
    line : (p,) int64
        Position of the line that each piece is of.
    gone, metres : (p,) float64
        How far along its line a piece begins, and how long it is.
    length_m : (m,) float64
        The length of each line.
    """

    blocks: Blocks
    key: Ints
    piece: Ints
    begin: Floats
    end: Floats
    line: Ints
    gone: Floats
    metres: Floats
    length_m: Floats


def course(blocks: Blocks, lines: Shapes) -> Course:
    """Lay lines, in WGS 84 degrees, over blocks; raises as ``Blocks.laid`` does."""
    laid = blocks.laid(lines)
    gone = np.cumsum(laid.metres) - laid.metres
    gone -= gone[np.searchsorted(laid.owner, laid.owner)]
    key, piece = blocks.met(laid, 0.0)
    long = laid.metres[piece] > 0
    length = np.bincount(laid.owner, laid.metres, minlength=len(lines)).astype(np.float64)
    return Course(blocks, key[long], piece[long], laid.begin, laid.end, laid.owner, gone, laid.metres, length)


@dataclass(frozen=True, eq=False, slots=True)
class Stretches:
    """Stretches of lines, by line, then along it.

    Attributes
    ----------
    line : (n,) int64
        Position of the line.
    begin_m, end_m : (n,) float64
        Metres along it; parts follow one another without a gap.
    length_m : (m,) float64
        The length of each of the lines asked.
    """

    line: Ints
    begin_m: Floats
    end_m: Floats
    length_m: Floats

    @property
    def metres(self) -> Floats:
        """Return how long each is."""
        return self.end_m - self.begin_m

    @property
    def share(self) -> float:
        """Return how much of all lines together they are, 0 to 1; NaN where the lines have no length."""
        whole = float(self.length_m.sum())
        return min(float(self.metres.sum()) / whole, 1.0) if whole > 0 else float("nan")


def passed(coverage: Coverage, of: Course) -> Stretches:
    """Return which stretches of lines are covered; they are laid over the blocks of the coverage."""
    piece, begin, end = _inside(coverage, of)
    begin, end = (of.gone[piece] + share * of.metres[piece] for share in (begin, end))
    return _joined(of.line[piece], begin, end, of.length_m)


def missed(found: Stretches) -> Stretches:
    """Return the stretches before, between and after those that were passed."""
    every = np.arange(len(found.length_m))
    first, beyond = (np.searchsorted(found.line, every, side=side) for side in ("left", "right"))
    line, begin = np.insert(found.line, first, every), np.insert(found.end_m, first, 0.0)
    end = np.insert(found.begin_m, beyond, found.length_m)
    long = end - begin > _JOINED_M
    return Stretches(line[long], begin[long], end[long], found.length_m)


def _inside(coverage: Coverage, of: Course) -> tuple[Ints, Floats, Floats]:
    """Return which pieces are covered, from which share of each to which, block by block."""
    first, last = (np.searchsorted(of.key, coverage.keys, side=side) for side in ("left", "right"))
    count = last - first
    pair = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    piece, which = of.piece[pair], np.repeat(np.arange(len(count)), count)
    ends = np.stack([of.begin[piece], of.end[piece]], axis=1) - of.blocks.middles(of.key[pair])[:, None]
    found, ground = shapely.linestrings(ends), coverage.shapes[which]
    shapely.prepare(coverage.shapes)
    # Most are in or out, which is told sooner than how much.
    doubted = np.flatnonzero(~shapely.contains_properly(ground, found))
    found[doubted[~shapely.intersects(ground[doubted], found[doubted])]] = None
    doubted = doubted[~shapely.is_missing(found[doubted])]
    found[doubted] = shapely.intersection(found[doubted], ground[doubted])
    parts, whose = shapely.get_parts(found, return_index=True)
    lines = shapely.get_type_id(parts) == _LINE
    parts, whose = parts[lines], whose[lines]
    begin, run = ends[whose, 0], ends[whose, 1] - ends[whose, 0]
    shares = [
        ((shapely.get_coordinates(shapely.get_point(parts, n)) - begin) * run).sum(axis=1) / (run * run).sum(axis=1)
        for n in (0, -1)
    ]
    return piece[whose], np.minimum(*shares), np.maximum(*shares)


def _joined(line: Ints, begin: Floats, end: Floats, length: Floats) -> Stretches:
    """Return stretches that touch or overlap as one."""
    order = np.lexsort((begin, line))
    line, begin, end = line[order], begin[order], end[order]
    # Line after line, so far apart that none touches the next.
    base = (np.cumsum(length + 1) - length)[line]
    reached = np.maximum.accumulate(end + base)
    heads = np.flatnonzero(np.append(True, (begin + base)[1:] > reached[:-1] + _JOINED_M)[: len(line)])
    if not len(heads):
        return Stretches(line, begin, end, length)
    return Stretches(line[heads], begin[heads], np.maximum.reduceat(end, heads), length)
