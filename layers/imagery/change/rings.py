"""The outlines of patches, traced from their runs, as valid polygons in pixels with their holes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order

from layers.imagery.change.runs import Bools, Ints, Runs

#: A corner's patch, row, column and side are packed into one number; rows and columns have so many bits.
_BITS = 21
#: Patches with so many runs are traced at once.
_AT_ONCE = 1 << 19

Shapes = npt.NDArray[np.object_]


def polygons(runs: Runs, owner: Ints, count: int) -> Shapes:
    """Return the polygon of each of ``count`` patches, whose runs are ``owner``'s, in columns and rows of pixel corners.

    A patch is connected by its pixels' edges. Its polygon is valid: where two of its pixels meet in a corner only, rings touch
    but do not cross. No corner lies within a straight edge.
    """
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(count), "right")
    found: Shapes = np.empty(count, object)
    first, begin = 0, 0
    while first < count:
        last = max(first + 1, int(np.searchsorted(ends, begin + _AT_ONCE, "right")))
        some = order[begin : ends[last - 1]]
        found[first:last] = _traced(runs.taken(some), owner[some] - first)
        first, begin = last, int(ends[last - 1])
    return found


def _traced(runs: Runs, owner: Ints) -> Shapes:
    at, up = _corners(runs, owner)
    patch, y, x, closes = _unpacked(at)
    across = np.arange(len(at)) ^ 1
    # Below the same side of a patch at the same column, edges go down and end in turn.
    column = np.lexsort((y, x, closes, patch))
    along = np.empty_like(across)
    along[column] = column[across]
    # The ground lies on the right of every edge of an outer ring as rows count downwards.
    west = np.arange(0, len(at), 2)
    above = closes[west] != up[west]
    start = np.where(above, west + 1, west)
    ring, order = _in_turn(along[across[start]] // 2)
    ring, start = ring[order], start[order]
    corner = np.stack([x[start], y[start], x[across[start]], y[across[start]]], axis=1).reshape(-1, 2).astype(float)
    return _assembled(corner, np.repeat(ring, 2), patch[start])


def _corners(runs: Runs, owner: Ints) -> tuple[Ints, Bools]:
    """Return the corners of patches, packed and in order, and from which an edge goes up."""
    row, sides = runs.row.astype(np.int64), (runs.begin.astype(np.int64), runs.end.astype(np.int64))
    every = [
        ((((owner << _BITS | row + below) << _BITS | side) << 1 | closes) << 1) | below
        for below in (0, 1)
        for closes, side in enumerate(sides)
    ]
    packed = np.sort(np.concatenate(every))
    place = packed >> 1
    # Where a side goes on into the next row there is no corner.
    twin = place[1:] == place[:-1]
    alone = np.ones(len(place), bool)
    alone[1:] &= ~twin
    alone[:-1] &= ~twin
    return place[alone], (packed[alone] & 1).astype(bool)


def _unpacked(place: Ints) -> tuple[Ints, Ints, Ints, Bools]:
    cut = (1 << _BITS) - 1
    return place >> 2 * _BITS + 1, place >> _BITS + 1 & cut, place >> 1 & cut, (place & 1).astype(bool)


def _in_turn(following: Ints) -> tuple[Ints, Ints]:
    """Return which ring each edge is of, and the edges in an order in which each is followed by the next of its ring."""
    size = len(following)
    graph = csr_array((np.ones(size, bool), following, np.arange(size + 1)), (size, size))
    count, ring = connected_components(graph, directed=False)
    first = np.full(count, size)
    np.minimum.at(first, ring, np.arange(size))
    # Each ring is cut before its first edge and led into the next ring, so that one walk passes all.
    chain = following.copy()
    closing = np.flatnonzero(following == first[ring])
    chain[closing] = np.append(first, first[-1])[ring[closing] + 1]
    walk = csr_array((np.ones(size, bool), chain, np.arange(size + 1)), (size, size))
    order = depth_first_order(walk, first[0], return_predecessors=False)
    return ring.astype(np.int64), order.astype(np.int64)


def _assembled(corner: npt.NDArray[np.float64], ring: Ints, patch: Ints) -> Shapes:
    """Return polygons of rings that follow one another, each with the ring that runs the outer way as its shell."""
    begin = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    after = np.append(begin[1:], len(ring))
    following = np.arange(1, len(ring) + 1)
    following[after - 1] = begin
    cross = corner[:, 0] * corner[following, 1] - corner[following, 0] * corner[:, 1]
    outer = np.add.reduceat(cross, begin) > 0
    number = np.cumsum(np.append(0, ring[1:] != ring[:-1]))
    rings = shapely.linearrings(corner, indices=number)
    whose = patch[begin // 2]
    order = np.lexsort((~outer, whose))
    return np.asarray(shapely.polygons(rings[order], indices=whose[order]), object)
