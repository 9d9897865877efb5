"""Edges of shapes as geodesics: taken apart into legs, and cut into pieces short enough to be straight."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import shapely

from layers.spatial.frame import Shapes, UnusableGeometry
from layers.spatial.ground import EARTH, Bools, Floats, Ints, ground_m, space

_POLYGON = 3
_RADIUS_M = 6_335_000.0
_STEEPEST = 89.99
_SIDEWAYS = 1.09


@dataclass(frozen=True, slots=True)
class Legs:
    """Geodesics from vertex to vertex, in their order along the shapes; a point is a leg from itself to itself.

    Attributes
    ----------
    begin, end : (n, 2) float64
        Longitude and latitude, WGS 84 degrees, as they were given.
    owner : (n,) int64
        Position of the shape a leg is of.
    path : (n,) int64
        Which single line, ring or point, counted over all shapes.
    metres : (n,) float64
        Geodesic length.
    """

    begin: Floats
    end: Floats
    owner: Ints
    path: Ints
    metres: Floats

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, which: Ints) -> Legs:
        """Return some of the legs."""
        return Legs(*(getattr(self, one.name)[which] for one in fields(self)))


def legs(given: Shapes) -> Legs:
    """Take shapes apart into the legs between their vertices.

    Parameters
    ----------
    given : array of geometries
        WGS 84 degrees. Missing and empty ones have no legs; areas give those of their rings.

    Raises
    ------
    UnusableGeometry
        A coordinate is not finite, or a latitude is beyond a pole.
    """
    return _measured(_unmeasured(given))


def _measured(whole: Legs) -> Legs:
    begin, end = whole.begin, whole.end
    return replace(whole, metres=ground_m(space(begin[:, 0], begin[:, 1]), space(end[:, 0], end[:, 1])))


def _unmeasured(given: Shapes) -> Legs:
    """Return legs whose lengths are upper bounds: a degree is nowhere longer than 111.7 km."""
    paths, owners = single(given)
    at, path = shapely.get_coordinates(paths, return_index=True)
    if not (np.isfinite(at).all() and np.abs(at[:, 1]).max(initial=0) <= 90):
        place = int(np.flatnonzero(~np.isfinite(at).all(axis=1) | (np.abs(at[:, 1]) > 90))[0])
        raise UnusableGeometry(
            f"shape {owners[path[place]]} has the coordinate {at[place].tolist()}: no place on earth; correct it"
        )
    ends = np.ones(len(path), np.bool_)
    ends[:-1] = path[1:] != path[:-1]
    alone = ends.copy()
    alone[1:] &= ends[:-1]
    begins = np.flatnonzero(~ends | alone)
    begin, end = at[begins], at[begins + ~alone[begins]]
    return Legs(begin, end, owners[path[begins]], path[begins], 111_700 * np.hypot(*(end - begin).T))


def straight(given: Shapes, tolerance_m: float) -> Legs:
    """Take shapes apart into pieces that are straight in degrees to ``tolerance_m``; only long legs are measured.

    Lengths of the others are upper bounds.
    """
    whole = _unmeasured(given)
    if not len(whole):
        return whole
    steep = np.tan(np.radians(min(np.abs(whole.begin[:, 1]).max() + 1, _STEEPEST)))
    long = np.flatnonzero(whole.metres > np.sqrt(8 * _RADIUS_M * tolerance_m / (_SIDEWAYS * steep)))
    if not len(long):
        return whole
    counts = np.ones(len(whole), np.int64)
    counts[long] = _chord_counts(_measured(whole.take(long)), tolerance_m)
    return cut(whole, counts)[0]


def parts(given: Shapes) -> tuple[Shapes, Ints]:
    """Return the points, lines and polygons that shapes consist of, none empty, and the position of the shape each is of."""
    found, owner = np.asarray(given, np.object_), np.arange(len(given))
    while (shapely.get_type_id(found) > _POLYGON).any():
        found, inside = shapely.get_parts(found, return_index=True)
        owner = owner[inside]
    there = ~shapely.is_missing(found) & ~shapely.is_empty(found)
    return found[there], owner[there]


def single(given: Shapes) -> tuple[Shapes, Ints]:
    """Return the lines, rings and points that shapes consist of, and the position of the shape each is of."""
    found, owner = parts(given)
    areas = shapely.get_type_id(found) == _POLYGON
    if not areas.any():
        return found, owner
    rings, inside = shapely.get_rings(found[areas], return_index=True)
    others, at = np.flatnonzero(~areas), np.flatnonzero(areas)[inside]
    order = np.argsort(np.concatenate([others, at]), kind="stable")
    return np.concatenate([found[others], rings])[order], owner[np.concatenate([others, at])[order]]


def cut(whole: Legs, counts: Ints) -> tuple[Legs, Ints]:
    """Cut legs along their geodesics into so many equal pieces each; return the pieces and the leg each is of."""
    of = np.repeat(np.arange(len(whole)), counts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    inner = np.flatnonzero(number)
    long = np.flatnonzero(counts > 1)
    if not len(long):
        return whole, of
    azimuth, metres = np.zeros(len(whole)), whole.metres.copy()
    azimuth[long], _, metres[long] = between(whole.begin[long], whole.end[long])
    begin, end = whole.begin[of], whole.end[of]
    leg = of[inner]
    begin[inner] = end[inner - 1] = onward(whole.begin[leg], azimuth[leg], metres[leg] * number[inner] / counts[leg])
    return Legs(begin, end, whole.owner[of], whole.path[of], metres[of] / counts[of]), of


def short(whole: Legs, longest_m: float) -> tuple[Legs, Ints]:
    """Cut legs into pieces of at most ``longest_m``; return the pieces and the leg each is of."""
    return cut(whole, np.maximum(np.ceil(whole.metres / longest_m), 1).astype(np.int64))


def chords(whole: Legs, tolerance_m: float) -> tuple[Legs, Ints]:
    """Cut legs until a straight line in degrees lies within ``tolerance_m`` of each piece.

    A geodesic of length s and azimuth a departs sideways from the straight line in degrees by about
    s² tan(lat) sin(a) (1 + cos² a) / 8R, of which the factor of the azimuth is nowhere above 1.09.
    The bound takes the leg's highest latitude, which on a long leg may lie between its ends. Returns the pieces and the
    leg each is of.
    """
    return cut(whole, _chord_counts(whole, tolerance_m))


def between(begin: Floats, end: Floats) -> tuple[Floats, Floats, Floats]:
    """Return azimuth at the begin, azimuth back from the end, and metres of geodesics; positions in degrees, (n, 2)."""
    return EARTH.inv(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])


def onward(begin: Floats, azimuth: Floats, metres: Floats) -> Floats:
    """Return where geodesics from positions in degrees, (n, 2), lead, written within half a turn of where they begin."""
    lon, lat, _ = EARTH.fwd(begin[:, 0], begin[:, 1], azimuth, metres)
    lon += 360 * np.round((begin[:, 0] - lon) / 360)
    return np.column_stack([lon, lat])


def round_the_map(whole: Legs) -> Bools:
    """Tell the legs that join a place to itself a turn of the globe away and are an edge of the map, not a geodesic.

    Along a pole they are, and where the path comes back by another such leg. A path that goes round the globe by other legs, and is
    only closed by one, goes round a pole.
    """
    step = whole.end[:, 0] - whole.begin[:, 0]
    found: Bools = (np.abs(step) >= 360) & (step % 360 == 0) & (whole.begin[:, 1] == whole.end[:, 1])
    if found.any():
        back = np.bincount(whole.path, np.where(found, step, 0.0)) == 0
        found &= back[whole.path] | (np.abs(whole.begin[:, 1]) == 90)
    return found


def unrolled(whole: Legs) -> Legs:
    """Return the legs with longitudes that never jump along a path, each leg going the short way round.

    Legs of a path must follow one another. What jumps nowhere is returned as it is, to the last bit.
    """
    step = whole.end[:, 0] - whole.begin[:, 0]
    turns = np.where(round_the_map(whole), 0.0, np.round(step / 360)) * 360
    if not turns.any():
        return whole
    gone = np.cumsum(turns) - turns
    starts = np.flatnonzero(np.diff(whole.path, prepend=-1))
    before = gone - np.repeat(gone[starts], np.diff(np.append(starts, len(whole))))
    begin, end = whole.begin.copy(), whole.end.copy()
    begin[:, 0] -= before
    end[:, 0] -= before + turns
    return replace(whole, begin=begin, end=end)


def _highest(whole: Legs) -> Floats:
    """Return a bound on the latitude of each leg, without its sign."""
    ends = np.maximum(np.abs(whole.begin[:, 1]), np.abs(whole.end[:, 1]))
    bulge: Floats = np.degrees(whole.metres**2 / (8 * _RADIUS_M**2)) * np.tan(np.radians(np.minimum(ends + 1, _STEEPEST)))
    bound: Floats = np.minimum(ends + 2 * bulge, 90.0)
    return bound


def _chord_counts(whole: Legs, tolerance_m: float) -> Ints:
    steep = np.tan(np.radians(np.minimum(_highest(whole), _STEEPEST)))
    number = np.maximum(np.ceil(whole.metres * np.sqrt(_SIDEWAYS * steep / (8 * _RADIUS_M * tolerance_m))), 1)
    polar = (np.abs(whole.begin[:, 1]) == 90) | (np.abs(whole.end[:, 1]) == 90)
    level = whole.begin[:, 0] == whole.end[:, 0]
    found: Ints = np.where(polar | level | round_the_map(whole), 1, number).astype(np.int64)
    return found
