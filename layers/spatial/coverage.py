"""What ways and posts could have observed within a reach: ground, exactly, block by block, and what of lines and places lies in it.

Each block keeps what is covered of it, so one day more touches only the blocks that its ways meet, and no union is large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.spatial.blocks import Blocks, Laid, in_plane, on_ground
from layers.spatial.followed import on_the_map
from layers.spatial.frame import Shapes, UnusableGeometry
from layers.spatial.ground import Bools, Floats, Ints
from layers.spatial.plane import Plane

Progress = Callable[[float], None]
#: Corners of a quarter of a circle; its outline lies at most 0.03 % of the radius inside.
_CORNERS = 32
_AT_ONCE = 48
_FULL = 1 - 1e-9
_LARGEST_M = 100_000.0
_LINE = 1
#: Stretches of a line so near each other are one: less than what a coordinate with six decimals says.
_JOINED_M = 0.05
_LONGEST_M = 1_000.0
_GRID_M = 0.001


@dataclass(frozen=True, eq=False, slots=True)
class Coverage:
    """Ground that was covered; ``grown`` adds to it.

    Attributes
    ----------
    blocks : Blocks
        How the ground is cut.
    keys : (n,) int64
        The blocks of which anything is covered, in rising order.
    shapes : (n,) array of geometries
        What is covered of each, in metres of the plane from the block's middle.
    """

    blocks: Blocks
    keys: Ints
    shapes: Shapes

    @property
    def area_m2(self) -> float:
        """Return how much ground is covered."""
        return float(shapely.area(self.shapes).sum())

    def holds(self, lon: Floats, lat: Floats) -> Bools:
        """Tell which places, in WGS 84 degrees, are covered; what is NaN is not."""
        found = np.zeros(len(lon), np.bool_)
        there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        at = self.blocks.places(lon[there], lat[there])
        which = self.which(self.blocks.keys(at))
        inside = np.flatnonzero(which >= 0)
        key, at, of = self.keys[which[inside]], at[inside], self.shapes[which[inside]]
        shapely.prepare(of)
        found[there[inside]] = shapely.intersects_xy(of, *(at - self.blocks.middles(key)).T)
        return found

    def which(self, key: Ints) -> Ints:
        """Return the position of blocks among those covered, -1 for none."""
        if not len(self.keys):
            return np.full(len(key), -1)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        return np.where(self.keys[at] == key, at, -1)


def nothing(plane: Plane) -> Coverage:
    """Return a coverage of no ground, in blocks of a plane."""
    return Coverage(Blocks(plane), np.empty(0, np.int64), np.empty(0, np.object_))


def grown(coverage: Coverage, given: Shapes, metres: float, progress: Progress | None = None) -> Coverage:
    """Add all ground within ``metres`` of shapes.

    Parameters
    ----------
    coverage : Coverage
        What is covered so far, from any reaches.
    given : array of geometries
        WGS 84 degrees; lines and points, edges are geodesics; of areas the outline. Missing and empty ones add nothing, and what comes
        twice adds as much as once.
    metres : float
        Above 0, at most 100 km, on the ground.
    progress : callable, optional
        Called with the share that is done, 0 to 1, chunk by chunk.

    Raises
    ------
    UnusableGeometry
        A coordinate is no place on earth, or lies more than 5,000 km from the plane's middle.
    ValueError
        ``metres`` is not above 0 and at most 100 km.

    Notes
    -----
    The outline lies within 0.05 % of ``metres`` of the true one, but where a line bends inwards by less than 1 % of it. Each
    piece of a line in a block is grown by itself, then those of one block are united; nothing is united before.
    """
    if not 0 < metres <= _LARGEST_M:
        raise ValueError(f"metres must be above 0 and at most {_LARGEST_M:,.0f}, got {metres}")
    blocks = coverage.blocks
    laid = blocks.laid(once(given))
    key, piece = blocks.met(laid, metres)
    key, piece = _unfinished(coverage, key, piece)
    parts = list(chunks(key, _AT_ONCE))
    found_keys, found = [coverage.keys], [coverage.shapes]
    # GEOS works outside the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        for done, (keys, shapes) in enumerate(
            pool.map(lambda one: _covered(coverage, laid, key[one], piece[one], metres), parts), 1
        ):
            found_keys.append(keys)
            found.append(shapes)
            if progress:
                progress(done / len(parts))
    every, at = np.unique(np.concatenate(found_keys)[::-1], return_index=True)
    return replace(coverage, keys=every, shapes=np.concatenate(found)[::-1][at])


def united(coverage: Coverage, other: Coverage) -> Coverage:
    """Return what either of two coverages covers, whose blocks are the same."""
    which = coverage.which(other.keys)
    known = np.flatnonzero(which >= 0)
    shapes = coverage.shapes.copy()
    shapes[which[known]] = shapely.union(shapes[which[known]], other.shapes[known])
    keys, shapes = (np.concatenate([a, b[which < 0]]) for a, b in ((coverage.keys, other.keys), (shapes, other.shapes)))
    order = np.argsort(keys)
    return replace(coverage, keys=keys[order], shapes=shapes[order])


def outline(coverage: Coverage) -> shapely.Geometry:
    """Return the covered ground in WGS 84 degrees, split at ±180.

    Raises
    ------
    UnusableGeometry
        It goes round a pole, so that it has no outline on the map.
    """
    middles = np.repeat(coverage.blocks.middles(coverage.keys), shapely.get_num_coordinates(coverage.shapes), axis=0)
    if not len(middles):
        return shapely.MultiPolygon()
    moved = shapely.transform(coverage.shapes, lambda at: at + middles)
    return in_degrees(coverage.blocks.plane, shapely.union_all(moved, grid_size=_GRID_M))


def in_degrees(plane: Plane, area: shapely.Geometry) -> shapely.Geometry:
    """Return an area of the plane in WGS 84 degrees, split at ±180; raises as ``outline`` does."""
    area = shapely.segmentize(area, _LONGEST_M)
    lon, lat = plane.degrees(*shapely.get_coordinates(area).T)
    lon = plane.lon + (lon - plane.lon + 180) % 360 - 180
    found = shapely.set_coordinates(area, np.stack([lon, lat], axis=1))
    rings, at = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(found)), return_index=True)
    if (np.abs(np.diff(rings[:, 0]))[np.diff(at) == 0] > 180).any():
        raise UnusableGeometry("what is covered goes round a pole and has no outline on this map; ask about less ground")
    return on_the_map(np.array([found], np.object_))[0]


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


def passed(coverage: Coverage, lines: Shapes) -> Stretches:
    """Return which stretches of lines, in WGS 84 degrees, are covered."""
    laid = coverage.blocks.laid(lines)
    gone = np.cumsum(laid.metres) - laid.metres
    gone -= gone[np.searchsorted(laid.owner, laid.owner)]
    piece, begin, end = _inside(coverage, laid)
    begin, end = (gone[piece] + share * laid.metres[piece] for share in (begin, end))
    length = np.bincount(laid.owner, laid.metres, minlength=len(lines)).astype(np.float64)
    return _joined(laid.owner[piece], begin, end, length)


def missed(found: Stretches) -> Stretches:
    """Return the stretches before, between and after those that were passed."""
    every = np.arange(len(found.length_m))
    first, beyond = (np.searchsorted(found.line, every, side=side) for side in ("left", "right"))
    line, begin = np.insert(found.line, first, every), np.insert(found.end_m, first, 0.0)
    end = np.insert(found.begin_m, beyond, found.length_m)
    long = end - begin > _JOINED_M
    return Stretches(line[long], begin[long], end[long], found.length_m)


def once(given: Shapes) -> Shapes:
    """Return shapes that are there, each once."""
    there = given[~shapely.is_missing(given)]
    return np.asarray(there[np.sort(np.unique(shapely.to_wkb(there), return_index=True)[1])]) if len(there) else there


def _unfinished(coverage: Coverage, key: Ints, piece: Ints) -> tuple[Ints, Ints]:
    """Return the pairs of a block and a piece whose block is not covered whole."""
    keys, of = np.unique(key, return_inverse=True)
    which = coverage.which(keys)
    whole = which >= 0
    whole[whole] = shapely.area(coverage.shapes[which[whole]]) >= _FULL * coverage.blocks.size_m**2
    return key[~whole[of]], piece[~whole[of]]


def chunks(key: Ints, count: int) -> Iterator[slice]:
    """Yield runs of pairs by rising key that hold so many blocks each, all of each."""
    heads = np.append(np.flatnonzero(np.diff(key, prepend=-1)), len(key))
    for first in range(0, len(heads) - 1, count):
        yield slice(int(heads[first]), int(heads[min(first + count, len(heads) - 1)]))


def _covered(coverage: Coverage, laid: Laid, key: Ints, piece: Ints, metres: float) -> tuple[Ints, Shapes]:
    """Return what is covered of blocks, old and new together; blocks whose corner a reach only came near are not among them."""
    blocks = coverage.blocks
    keys, of = np.unique(key, return_inverse=True)
    stretch, middles = blocks.stretch(keys), blocks.middles(keys)
    lines, block = _lines(laid, piece, of, middles)
    at, line = shapely.get_coordinates(lines, return_index=True)
    solid = shapely.buffer(shapely.linestrings(on_ground(at, stretch[block[line]]), indices=line), metres, quad_segs=_CORNERS)
    at, line = shapely.get_coordinates(solid, return_index=True)
    half = blocks.size_m / 2
    solid = shapely.set_coordinates(solid, in_plane(at, stretch[block[line]]))
    kept = shapely.union_all(shapely.multipolygons(solid, indices=block)[:, None], axis=1)
    before = coverage.which(keys)
    known = np.flatnonzero(before >= 0)
    kept = shapely.intersection(kept, shapely.box(-half, -half, half, half))
    held = coverage.shapes[before[known]]
    # Whether a block holds all of it already is told sooner than what both are together.
    shapely.prepare(held)
    more = ~shapely.covers(held, kept[known])
    held[more] = shapely.union(held[more], kept[known[more]])
    kept[known] = held
    there = shapely.area(kept) > 0
    return keys[there], kept[there]


def _lines(laid: Laid, piece: Ints, block: Ints, middles: Floats) -> tuple[Shapes, Ints]:
    """Return pieces that follow one another in a block as one line from the block's middle, and the block of each line."""
    fresh = (np.diff(block, prepend=-1) != 0) | (np.diff(piece, prepend=-2) != 1)
    fresh |= np.diff(laid.path[piece], prepend=-1) != 0
    last = np.flatnonzero(np.append(fresh[1:], True))
    at = np.insert(laid.begin[piece], last + 1, laid.end[piece[last]], axis=0)
    of = np.insert(block, last + 1, block[last])
    line = np.cumsum(fresh) - 1
    return shapely.linestrings(at - middles[of], indices=np.insert(line, last + 1, line[last])), block[last]


def _inside(coverage: Coverage, laid: Laid) -> tuple[Ints, Floats, Floats]:
    """Return which pieces are covered, from which share of each to which, block by block."""
    key, piece = coverage.blocks.met(laid, 0.0)
    which = coverage.which(key)
    there = np.flatnonzero((which >= 0) & (laid.metres[piece] > 0))
    key, piece, which = key[there], piece[there], which[there]
    ends = np.stack([laid.begin[piece], laid.end[piece]], axis=1) - coverage.blocks.middles(key)[:, None]
    found, of = shapely.linestrings(ends), coverage.shapes[which]
    shapely.prepare(coverage.shapes)
    # Most are in or out, which is told sooner than how much.
    doubted = np.flatnonzero(~shapely.contains_properly(of, found))
    found[doubted[~shapely.intersects(of[doubted], found[doubted])]] = None
    doubted = doubted[~shapely.is_missing(found[doubted])]
    found[doubted] = shapely.intersection(found[doubted], of[doubted])
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
