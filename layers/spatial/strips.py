"""A tree of strips over many legs: each strip a straight chord in space and how far its legs stray from it.

Strips follow a line closely where spheres or boxes would be fat, so few of them are looked at for a point far away.

References
----------
Ballard, D. H. (1981). Strip trees: a hierarchical representation for curves. CACM 24, 310-321.
Roussopoulos, N., Kelley, S., Vincent, F. (1995). Nearest neighbor queries. SIGMOD Record 24, 71-79.
Morton, G. M. (1966). A computer oriented geodetic data base and a new technique in file sequencing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.spatial.ground import Floats, Ints, dot

_FAN = 4
_ROOTS = 8
#: Rounding must lose nothing, and what is equally near shall all be found.
_SLACK_M = 1e-6
_SPREAD = (
    (32, 0x001F00000000FFFF),
    (16, 0x001F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)


@dataclass(frozen=True, slots=True)
class Strips:
    """Nodes of the tree as columns: the legs first, in the order given, the roots last.

    Attributes
    ----------
    x, y, z, run_x, run_y, run_z, inverse : (n,) float64
        Where a chord begins, where it runs, and 1 / its length², 0 for none; metres in space.
    width : (n,) float64
        How far, at most, what is below strays from the chord; 0 for a leg.
    first, count : (n,) int64
        The children.
    roots : int
        How many nodes, at the end, have no parent.
    """

    x: Floats
    y: Floats
    z: Floats
    run_x: Floats
    run_y: Floats
    run_z: Floats
    inverse: Floats
    width: Floats
    first: Ints
    count: Ints
    roots: int

    def away(self, node: Ints, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats]:
        """Return how far positions in space are from the nodes' chords, and at which share of the chord, 0 to 1."""
        x, y, z = x - self.x.take(node), y - self.y.take(node), z - self.z.take(node)
        run_x, run_y, run_z = self.run_x.take(node), self.run_y.take(node), self.run_z.take(node)
        share = x * run_x
        share += y * run_y
        share += z * run_z
        share *= self.inverse.take(node)
        np.clip(share, 0, 1, out=share)
        x -= share * run_x
        y -= share * run_y
        z -= share * run_z
        x *= x
        y *= y
        z *= z
        x += y
        x += z
        return np.sqrt(x, out=x), share


def built(begin: Floats, end: Floats, path: Ints) -> Strips:
    """Build the tree over legs.

    Parameters
    ----------
    begin, end : (n, 3) float64
        Positions in space.
    path : (n,) int64
        Legs of one path stand together, each beginning where the one before ended.
    """
    levels = [_Level(begin, end, np.zeros(len(begin)), np.zeros(len(begin), np.int64), np.zeros(len(begin), np.int64))]
    base = 0
    while (np.diff(path) == 0).any():
        fresh, path = _along(levels[-1], path, base)
        base += len(levels[-1].begin)
        levels.append(fresh)
    join = _sorted
    while len(levels[-1].begin) > _ROOTS:
        fresh = join(levels[-1], base)
        base += len(levels[-1].begin)
        levels.append(fresh)
        join = _about
    begin, end, width, first, count = (np.concatenate([getattr(one, name) for one in levels]) for name in _Level.__slots__)
    run = end - begin
    square = dot(run, run)
    inverse = np.divide(1.0, square, out=np.zeros(len(square)), where=square > 0)
    x, y, z = begin.T.copy()
    run_x, run_y, run_z = run.T.copy()
    return Strips(x, y, z, run_x, run_y, run_z, inverse, width, first, count, len(levels[-1].begin))


@dataclass(frozen=True, slots=True)
class _Level:
    begin: Floats
    end: Floats
    width: Floats
    first: Ints
    count: Ints


def _along(below: _Level, path: Ints, base: int) -> tuple[_Level, Ints]:
    """Join strips that follow one another on a path, four at a time."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    place = np.arange(len(path)) - np.repeat(starts, np.diff(np.append(starts, len(path))))
    heads = np.flatnonzero(place % _FAN == 0)
    count = np.diff(np.append(heads, len(path)))
    begin, end = below.begin[heads], below.end[heads + count - 1]
    of = np.repeat(np.arange(len(heads)), count)
    stray = np.maximum(*(_stray(at, begin[of], end[of]) for at in (below.begin, below.end)))
    width = np.maximum.reduceat(stray + below.width, heads)
    return _Level(begin, end, np.where(count == 1, below.width[heads], width), base + heads, count), path[heads]


def _sorted(below: _Level, base: int) -> _Level:
    """Put the strips into an order in which neighbours follow one another, each under a node of its own."""
    order = nearby_order((below.begin + below.end) / 2)
    return _Level(below.begin[order], below.end[order], below.width[order], base + order, np.ones(len(order), np.int64))


def _about(below: _Level, base: int) -> _Level:
    """Join strips that follow one another in that order, four at a time, in spheres: chords without length."""
    heads = np.arange(0, len(below.begin), _FAN)
    count = np.diff(np.append(heads, len(below.begin)))
    low = np.minimum.reduceat(np.minimum(below.begin, below.end), heads)
    middle = (low + np.maximum.reduceat(np.maximum(below.begin, below.end), heads)) / 2
    of = np.repeat(middle, count, axis=0)
    stray = np.maximum(*(_stray(at, of, of) for at in (below.begin, below.end)))
    return _Level(middle, middle, np.maximum.reduceat(stray + below.width, heads), base + heads, count)


def _stray(at: Floats, begin: Floats, end: Floats) -> Floats:
    run, out = end - begin, at - begin
    square = dot(run, run)
    share = np.clip(np.divide(dot(out, run), square, out=np.zeros(len(square)), where=square > 0), 0, 1)
    out = out - share[:, None] * run
    stray: Floats = np.sqrt(dot(out, out))
    return stray


def nearby_order(at: Floats) -> Ints:
    """Return an order of positions in space in which neighbours mostly follow one another (Morton's)."""
    low = at.min(axis=0)
    size = max(float((at.max(axis=0) - low).max()), 1e-9)
    cell = ((at - low) * (2**20 / size)).astype(np.uint64)
    for by, mask in _SPREAD:
        cell = (cell | (cell << np.uint64(by))) & np.uint64(mask)
    return np.argsort(cell[:, 0] | (cell[:, 1] << np.uint64(1)) | (cell[:, 2] << np.uint64(2)))


@dataclass(slots=True)
class Asked:
    """Spheres that ask for what is nearest to anything in them.

    Attributes
    ----------
    x, y, z, reach : (n,) float64
        Middles, and how far from them what asks may lie, in metres.
    best : (n,) float64
        What is known of the distance so far: nothing farther is wanted. The search lowers it.
    """

    x: Floats
    y: Floats
    z: Floats
    reach: Floats
    best: Floats


def spheres(middle: Floats, reach: Floats, best: Floats) -> Asked:
    """Return spheres about positions in space, (n, 3), that ask for nothing farther than ``best``."""
    x, y, z = middle.T.copy()
    return Asked(x, y, z, reach, best)


def narrowed(tree: Strips, asked: Asked, who: Ints, node: Ints, *, to_legs: bool = False) -> tuple[Ints, Ints]:
    """Return which nodes may hold what is nearest to each sphere, going down until a strip is narrower than the sphere.

    Parameters
    ----------
    who, node : (m,) int64
        Where to begin: spheres, in rising order, and nodes.
    to_legs : bool
        Go down to the legs whatever the sphere's size.

    Returns
    -------
    who, node : (k,) int64
        Spheres in rising order. A sphere without size ends at legs.
    """
    kept_who, kept_node, kept_low = [], [], []
    while len(who):
        away, _ = tree.away(node, asked.x.take(who), asked.y.take(who), asked.z.take(who))
        width, reach = tree.width.take(node), asked.reach.take(who)
        heads = np.flatnonzero(np.diff(who, prepend=-1))
        asked.best[who[heads]] = np.minimum(asked.best[who[heads]], np.minimum.reduceat(away + (width + reach), heads))
        low = away - (width + reach)
        keep = low <= asked.best.take(who) + _SLACK_M
        down = (tree.count.take(node) > 0) & (to_legs | (width >= reach / 2))
        done = keep & ~down
        kept_who.append(who[done])
        kept_node.append(node[done])
        kept_low.append(low[done])
        who, node = _opened(tree, who[keep & down], node[keep & down])
    if not kept_who:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    all_who, all_node = np.concatenate(kept_who), np.concatenate(kept_node)
    keep = np.concatenate(kept_low) <= asked.best[all_who] + _SLACK_M
    all_who, all_node = all_who[keep], all_node[keep]
    order = np.argsort(all_who, kind="stable")
    return all_who[order], all_node[order]


def _opened(tree: Strips, who: Ints, node: Ints) -> tuple[Ints, Ints]:
    count = tree.count[node]
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(who, count), np.repeat(tree.first[node], count) + offset


def handed(who: Ints, node: Ints, parent: Ints) -> tuple[Ints, Ints]:
    """Hand to each sphere the nodes of the sphere it lies in; ``who`` rises."""
    count = np.bincount(who, minlength=int(parent[-1]) + 1 if len(parent) else 0)
    first = np.cumsum(count) - count
    many = count[parent]
    offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(np.arange(len(parent)), many), node[np.repeat(first[parent], many) + offset]
