"""The ground cut into square blocks of a plane in which areas are true, and what of lines and places each block meets.

In each block metres on the ground are measured by a stretch of its own, so that a reach is a reach far from the plane's middle too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.spatial.edges import legs, short
from layers.spatial.frame import Shapes, UnusableGeometry
from layers.spatial.ground import EARTH, Bools, Floats, Ints
from layers.spatial.plane import Plane

#: A geodesic so long lies within 3 mm of a straight line in the plane 500 km from its middle, 3 cm 5,000 km from it.
_PIECE_M = 2_000.0
_FARTHEST_M = 5_000_000.0
#: Within that, a metre of the plane is at most so many on the ground, and the other way round.
WIDEST = 1.09
_STEP_M = 100.0
_HALF = 1 << 20


@dataclass(frozen=True, slots=True)
class Laid:
    """Pieces of lines and places laid onto the plane.

    Attributes
    ----------
    begin, end : (n, 2) float64
        Metres in the plane; both the same for a place.
    path : (n,) int64
        Which single line or place each is of; its pieces follow one another.
    owner : (n,) int64
        Position of the shape.
    metres : (n,) float64
        Length on the ground.
    """

    begin: Floats
    end: Floats
    path: Ints
    owner: Ints
    metres: Floats

    def __len__(self) -> int:
        return len(self.path)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Squares of ``size_m`` in a plane of true areas; one has a corner in the plane's middle.

    A block's key is one number that names its column and row; keys rise with the column, then with the row.
    """

    plane: Plane
    size_m: float = 4_000.0

    def middles(self, key: Ints) -> Floats:
        """Return the middles of blocks in the plane, (n, 2) metres."""
        column, row = np.divmod(key, 2 * _HALF)
        return (np.stack([column, row], axis=1) - _HALF + 0.5) * self.size_m

    def keys(self, at: Floats) -> Ints:
        """Return the blocks that places of the plane, (n, 2) metres, lie in."""
        return _key(np.floor(at / self.size_m).astype(np.int64))

    def laid(self, given: Shapes) -> Laid:
        """Lay shapes in WGS 84 degrees onto the plane; edges are geodesics, of areas the outline counts.

        Raises
        ------
        UnusableGeometry
            A coordinate is no place on earth, or lies more than 5,000 km from the plane's middle.
        """
        pieces, _ = short(legs(given), _PIECE_M)
        begin, end = self.places(*pieces.begin.T), self.places(*pieces.end.T)
        return Laid(begin, end, pieces.path, pieces.owner, pieces.metres)

    def places(self, lon: Floats, lat: Floats) -> Floats:
        """Return places in the plane, (n, 2) metres; raises as ``laid`` does."""
        at = np.stack(self.plane.metres(lon, lat), axis=1)
        far = np.flatnonzero(~_near(at))
        if len(far):
            where = [float(lon[far[0]]), float(lat[far[0]])]
            raise UnusableGeometry(f"the place {where} lies more than 5,000 km from the middle; ask about ground that is nearer")
        return at

    def near(self, lon: Floats, lat: Floats) -> Bools:
        """Say which places, in WGS 84 degrees, are near enough for the plane; what is NaN is not."""
        found = np.isfinite(lon) & np.isfinite(lat)
        found[found] = _near(np.stack(self.plane.metres(lon[found], lat[found]), axis=1))
        return found

    def met(self, laid: Laid, metres: float) -> tuple[Ints, Ints]:
        """Return pairs of a block and a piece that may lie within ``metres`` of it, by rising key, then in the order of the pieces."""
        reach = metres * WIDEST
        low = np.floor((np.minimum(laid.begin, laid.end) - reach) / self.size_m).astype(np.int64)
        high = np.floor((np.maximum(laid.begin, laid.end) + reach) / self.size_m).astype(np.int64)
        across, down = (high - low + 1).T
        count = across * down
        piece = np.repeat(np.arange(len(laid)), count)
        number = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
        column, row = np.divmod(number, down[piece])
        key = _key(low[piece] + np.stack([column, row], axis=1))
        order = np.argsort(key, kind="stable")
        return key[order], piece[order]

    def stretch(self, key: Ints) -> Floats:
        """Return what makes metres on the ground of the plane's about the middle of each block: (n, 3) as a, b, c.

        A step (x, y) in the plane is as long on the ground as (a x + b y, c y); lines that are level stay level, areas stay the same.

        Notes
        -----
        With J the plane's metres per metre east and north on the ground, this is the Cholesky factor of the inverse of J Jᵀ.
        """
        lon, lat = self.plane.degrees(*self.middles(key).T)
        steps = []
        for azimuth in (90.0, 0.0):
            there, back = (
                np.stack(
                    self.plane.metres(*EARTH.fwd(lon, lat, np.full(len(key), azimuth + turn), np.full(len(key), _STEP_M))[:2])
                )
                for turn in (0.0, 180.0)
            )
            steps.append((there - back) / (2 * _STEP_M))
        (east_x, east_y), (north_x, north_y) = steps
        square = (east_x * north_y - north_x * east_y) ** 2
        first = (east_y**2 + north_y**2) / square
        mixed = -(east_x * east_y + north_x * north_y) / square
        last = (east_x**2 + north_x**2) / square
        wide = np.sqrt(first)
        return np.stack([wide, mixed / wide, np.sqrt(last - mixed**2 / first)], axis=1)


def _near(at: Floats) -> Bools:
    return np.asarray(np.hypot(*at.T) <= _FARTHEST_M, np.bool_)


def _key(cell: Ints) -> Ints:
    found: Ints = (cell[..., 0] + _HALF) * (2 * _HALF) + cell[..., 1] + _HALF
    return found


def on_ground(step: Floats, stretch: Floats) -> Floats:
    """Return steps in the plane as metres on the ground; each step has its stretch, or all have one."""
    return np.stack([step[..., 0] * stretch[..., 0] + step[..., 1] * stretch[..., 1], step[..., 1] * stretch[..., 2]], axis=-1)


def in_plane(step: Floats, stretch: Floats) -> Floats:
    """Return steps in metres on the ground as steps in the plane; the way back of ``on_ground``."""
    north = step[..., 1] / stretch[..., 2]
    return np.stack([(step[..., 0] - north * stretch[..., 1]) / stretch[..., 0], north], axis=-1)
