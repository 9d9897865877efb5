"""What ways and posts could have observed within a reach: ground, exactly, block by block, and which places lie in it.

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
_LONGEST_M = 1_000.0


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
        """Tell which places, in WGS 84 degrees, are covered; what is NaN, or more than 5,000 km from the plane's middle, is not."""
        found = np.zeros(len(lon), np.bool_)
        there = np.flatnonzero(self.blocks.near(lon, lat))
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


def in_degrees(plane: Plane, area: shapely.Geometry) -> shapely.Geometry:
    """Return an area of the plane in WGS 84 degrees, split at ±180; UnusableGeometry where it goes round a pole."""
    area = shapely.segmentize(area, _LONGEST_M)
    lon, lat = plane.degrees(*shapely.get_coordinates(area).T)
    lon = plane.lon + (lon - plane.lon + 180) % 360 - 180
    found = shapely.set_coordinates(area, np.stack([lon, lat], axis=1))
    rings, at = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(found)), return_index=True)
    if (np.abs(np.diff(rings[:, 0]))[np.diff(at) == 0] > 180).any():
        raise UnusableGeometry("what is covered goes round a pole and has no outline on this map; ask about less ground")
    return on_the_map(np.array([found], np.object_))[0]


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
