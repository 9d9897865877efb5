"""Lines as an index, built once: which is nearest, how far, where along it, and on which side."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from layers.spatial.edges import Legs, legs, short
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats, Ints, degrees, dot, ground_m, space, up
from layers.spatial.strips import built, handed, narrowed, nearby_order, spheres

#: A chord of this length lies 5 mm under the ground at its middle.
_PIECE_M = 500.0
_BLOCKS = (512, 64, 8)
_AT_ONCE = 1 << 14
_RADIUS_M = 6_371_000.0
_EQUAL_M = 1e-6
Number = TypeVar("Number", np.float64, np.int64)


@dataclass(frozen=True, slots=True)
class Nearest:
    """What is nearest to each point.

    Attributes
    ----------
    metres : (n,) float64
        Geodesic distance; NaN where nothing is (an empty point, no lines, nothing within the limit).
    line : (n,) int64
        Position of the shape; -1 for none.
    along : (n,) float64
        Metres from the shape's beginning to the foot; parts follow one another without a gap.
    lon, lat : (n,) float64
        The foot, WGS 84 degrees, longitude in [-180, 180].
    left : (n,) float64
        How far to the left of the leg, carried on at both ends, in metres; negative to the right, NaN where the line has no
        length.
    """

    metres: Floats
    line: Ints
    along: Floats
    lon: Floats
    lat: Floats
    left: Floats


class LineIndex:
    """An index of the legs of shapes (of areas: their rings; of points: themselves), for any number of questions.

    Parameters
    ----------
    shapes : array of geometries
        WGS 84 degrees; edges are geodesics. Legs without length are passed over, unless a path has no other.

    Notes
    -----
    Everything is reckoned in space, so that no zone, antimeridian or pole is special. Legs are cut to 500 m. To a point 100 km
    away the distance is right to a millimetre, the foot to a decimetre.
    """

    def __init__(self, shapes: Shapes) -> None:
        whole = _with_length(legs(shapes))
        pieces, _ = short(whole, _PIECE_M)
        self.legs: Legs = pieces
        self.length = np.bincount(pieces.owner, pieces.metres, minlength=len(shapes))
        gone = np.cumsum(pieces.metres) - pieces.metres
        first = np.searchsorted(pieces.owner, np.arange(len(shapes)))
        self._along = gone - gone[first[pieces.owner]] if len(pieces) else gone
        self.begin, self.end = space(*pieces.begin.T), space(*pieces.end.T)
        run = self.end - self.begin
        size = np.sqrt(dot(run, run))[:, None]
        upright = up(self.begin + run / 2) if len(run) else run
        self._upright = upright * (size**2 / (2 * _RADIUS_M))
        self._left = np.divide(np.cross(upright, run), size, out=np.full(run.shape, np.nan), where=size > 0)
        self._tree = built(self.begin, self.end, pieces.path) if len(pieces) else None

    def nearest(self, lon: Floats, lat: Floats, *, within_m: float = np.inf) -> Nearest:
        """Return what is nearest to each point, and no farther than ``within_m``.

        Parameters
        ----------
        lon, lat : (n,) float64
            WGS 84 degrees. Where either is NaN nothing is nearest.
        """
        found = _nothing(len(lon))
        there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if self._tree is None or not len(there):
            return found
        at = space(lon[there], lat[there])
        order = nearby_order(at)
        at, there = at[order], there[order]
        if len(there) <= _AT_ONCE:
            self._chunk(at, there, within_m, found)
            return found
        chunks = [slice(begin, begin + _AT_ONCE) for begin in range(0, len(there), _AT_ONCE)]
        # numpy works outside the interpreter's lock, so two chunks at a time take little more than half as long.
        with ThreadPoolExecutor(2) as pool:
            deque(pool.map(lambda one: self._chunk(at[one], there[one], within_m, found), chunks), maxlen=0)
        return found

    def touching(self, middle: Floats, reach: Floats, most: Floats | None = None) -> tuple[Ints, Ints]:
        """Return which spheres, in space, may touch which legs, by their numbers, in the order of the spheres.

        With ``most``, which legs may be nearest to anything in a sphere and no farther from it than so many metres.
        """
        if self._tree is None or not len(middle):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        asked = (middle, reach, np.zeros(len(middle)) if most is None else most)
        chunks = [slice(begin, begin + _AT_ONCE) for begin in range(0, len(middle), _AT_ONCE)]
        with ThreadPoolExecutor(min(2, len(chunks))) as pool:
            found = list(pool.map(lambda one: self._touched(*(of[one] for of in asked)), chunks))
        who = np.concatenate([one + chunk.start for chunk, (one, _) in zip(chunks, found, strict=True)])
        return who, np.concatenate([leg for _, leg in found])

    def _touched(self, middle: Floats, reach: Floats, most: Floats) -> tuple[Ints, Ints]:
        assert self._tree is not None
        roots = self._roots()
        who, node = np.repeat(np.arange(len(middle)), len(roots)), np.tile(roots, len(middle))
        return narrowed(self._tree, spheres(middle, reach, most), who, node, to_legs=True)

    def foot(self, leg: Ints, at: Floats) -> Floats:
        """Return the places of legs, on the ground, that are nearest to positions in space."""
        if self._tree is None:
            return np.zeros((0, 3))
        return self._ground(leg, self._tree.away(leg, *at.T)[1])

    def _ground(self, leg: Ints, share: Floats) -> Floats:
        found: Floats = self.begin[leg] + share[:, None] * (self.end[leg] - self.begin[leg])
        found += (share * (1 - share))[:, None] * self._upright[leg]
        return found

    def chainage(self, leg: Ints) -> Floats:
        """Return the metres from the beginnings of the shapes to the beginnings of legs."""
        return self._along[leg]

    def _roots(self) -> Ints:
        assert self._tree is not None
        return len(self._tree.width) - self._tree.roots + np.arange(self._tree.roots)

    def _chunk(self, at: Floats, there: Ints, within_m: float, found: Nearest) -> None:
        who, leg = self._candidates(at, within_m)
        who, leg, share = self._chosen(at, who, leg)
        foot = self._ground(leg, share)
        metres = ground_m(at[who], foot)
        close = metres <= within_m
        who, leg, share, metres, foot = who[close], leg[close], share[close], metres[close], foot[close]
        place = there[who]
        found.metres[place] = metres
        found.line[place] = self.legs.owner[leg]
        found.along[place] = self._along[leg] + share * self.legs.metres[leg]
        found.lon[place], found.lat[place] = degrees(foot)
        found.left[place] = dot(at[who] - self.begin[leg], self._left[leg])

    def _candidates(self, at: Floats, within_m: float) -> tuple[Ints, Ints]:
        """Return pairs of a point and a leg among which every nearest pair is; large blocks of points ask before small."""
        assert self._tree is not None
        # A chord is never longer than the ground it spans; the piece's sag is allowed for.
        most = within_m + 0.01
        node = self._roots()
        who, number = np.zeros(len(node), np.int64), np.arange(len(at))
        size = len(at)
        for smaller in _BLOCKS:
            heads = np.arange(0, len(at), smaller)
            middle = (np.minimum.reduceat(at, heads) + np.maximum.reduceat(at, heads)) / 2
            out = at - middle[number // smaller]
            reach = np.maximum.reduceat(np.sqrt(dot(out, out)), heads)
            blocks = spheres(middle, reach, most + 2 * reach)
            who, node = narrowed(self._tree, blocks, *handed(who, node, heads // size))
            size = smaller
        best = np.full(len(at), most)
        # What is nearest to the middle of a block bounds the distance of its points.
        blocks = spheres(middle, np.zeros(len(heads)), np.full(len(heads), np.inf))
        block, leg = narrowed(self._tree, blocks, who, node)
        guess = np.full(len(heads), -1)
        guess[block] = leg
        guessed = np.flatnonzero(guess[number // size] >= 0)
        away, _ = self._tree.away(guess[guessed // size], *at[guessed].T)
        best[guessed] = np.minimum(best[guessed], away)
        return narrowed(self._tree, spheres(at, np.zeros(len(at)), best), *handed(who, node, number // size))

    def _chosen(self, at: Floats, who: Ints, leg: Ints) -> tuple[Ints, Ints, Floats]:
        """Choose of the legs that are equally near one that tells the side, and the earliest such.

        Where a vertex is nearest, that is the leg at which the point lies at the smallest angle. For two legs its side is
        that of their averaged normals; for a vertex that a line comes through again it is right as well.

        References
        ----------
        Baerentzen, J. A., Aanaes, H. (2005). Signed distance computation using the angle weighted pseudonormal.
        IEEE Trans. Visualization and Computer Graphics 11, 243-253.
        """
        assert self._tree is not None
        heads = np.flatnonzero(np.diff(who, prepend=-1))
        away, share = self._tree.away(leg, *(at[who, axis] for axis in range(3)))
        if not len(heads):
            return who, leg, share
        equal = away <= _spread(np.minimum.reduceat(away, heads), heads, who) + _EQUAL_M
        who, leg, share = who[equal], leg[equal], share[equal]
        heads = np.flatnonzero(np.diff(who, prepend=-1))
        if len(heads) == len(who):
            return who, leg, share
        owner = self.legs.owner[leg]
        first_owner = owner == _spread(np.minimum.reduceat(owner, heads), heads, who)
        lean = np.where(first_owner, self._lean(at[who], leg, share), -np.inf)
        most = lean >= _spread(np.maximum.reduceat(lean, heads), heads, who)
        who, leg, share = who[most], leg[most], share[most]
        first: Bools = np.diff(who, prepend=-1) > 0
        return who[first], leg[first], share[first]

    def _lean(self, at: Floats, leg: Ints, share: Floats) -> Floats:
        """Return how far a point lies in the direction of a leg, seen from the end that is nearest; 0 between the ends."""
        run = self.end[leg] - self.begin[leg]
        size = np.maximum(np.sqrt(dot(run, run)), 1e-12)
        lean: Floats = np.where(
            share <= 0, dot(at - self.begin[leg], run), np.where(share >= 1, dot(self.end[leg] - at, run), 0.0)
        )
        return lean / size


def apart(begin: Floats, end: Floats, base: Floats, head: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return how short pieces of two lines lie to each other; they cross where both pairs of signs differ.

    Parameters
    ----------
    begin, end, base, head : (n, 3) float64
        The ends of one and of the other, in space, on one side of the earth.

    Returns
    -------
    left, then, first, last : (n,) float64
        How far ``begin`` and ``end`` lie to the left of the other's plane, ``base`` and ``head`` of the one's; each pair in its
        own unit.
    """
    upright, across = np.cross(base, head - base), np.cross(begin, end - begin)
    return dot(begin - base, upright), dot(end - base, upright), dot(base - begin, across), dot(head - begin, across)


def _spread(values: npt.NDArray[Number], heads: Ints, who: Ints) -> npt.NDArray[Number]:
    found: npt.NDArray[Number] = np.repeat(values, np.diff(np.append(heads, len(who))))
    return found


def _nothing(count: int) -> Nearest:
    metres, along, lon, lat, left = np.full((5, count), np.nan)
    return Nearest(metres, np.full(count, -1, np.int64), along, lon, lat, left)


def _with_length(whole: Legs) -> Legs:
    """Return the legs without those of no length, unless their path has no other; of such a path one stays."""
    if (whole.metres > 0).all() or not len(whole):
        return whole
    length = np.bincount(whole.path, whole.metres)
    first = np.diff(whole.path, prepend=-1) > 0
    return whole.take(np.flatnonzero((whole.metres > 0) | (first & (length[whole.path] == 0))))
