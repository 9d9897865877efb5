"""Shapes grown on the ground: every place within so many metres of them."""

from __future__ import annotations

from typing import Literal, get_args

import geopandas
import numpy as np
import shapely

from layers.spatial.divides import divides
from layers.spatial.edges import Legs, between, chords, legs, onward, parts, unrolled
from layers.spatial.followed import edges, followed, on_the_map, turned, united
from layers.spatial.frame import Shapes, UnusableGeometry, as_given, known, shapes
from layers.spatial.ground import EARTH, Floats, Ints
from layers.spatial.lines import LineIndex

Side = Literal["both", "left", "right"]
_SIDES: tuple[str, ...] = get_args(Side)

#: Degrees from corner to corner of an arc. Corners lie as far outside it as the edges between them lie inside: 0.017 %;
#: beside a straight side, which begins on the arc itself, 0.026 %.
_STEP = 3.0
_OVERLAP = 0.05
#: How far a side may depart from its parallel, as a share of the radius.
_TOLERANCE = 1e-4
_LINE, _POLYGON = 1, 3
_DECIMALS = 11
_LARGEST_M = 1_000_000.0


def buffer(features: geopandas.GeoDataFrame, metres: float, *, side: Side = "both") -> geopandas.GeoDataFrame:
    """Grow each feature by ``metres`` on the ground.

    Parameters
    ----------
    features : GeoDataFrame
        Any CRS; points, lines or areas. Edges are geodesics. Where edges of an area cross each other, what lies within an odd number of
        its turns is in it, as for ``layers.spatial.pairs``.
    metres : float
        0 to 1,000 km. Areas stay as they are at 0, points and lines become empty.
    side : {"both", "left", "right"}
        Of lines only: the places within ``metres`` that ``layers.spatial.side`` calls left or right of that feature alone, all
        its parts together. So beyond a free end a quarter of a disc ends each side; where two parts of a line are equally
        near, the sides meet midway between them; within a closed line is one side. The two sides make up the whole. A line that
        doubles back on itself exactly has no two sides there.

    Returns
    -------
    GeoDataFrame
        Same CRS, index and order, geometry Polygon or MultiPolygon, split at ±180; empty where the feature is. The outline
        is within 0.05 % of ``metres`` of the true one, between its corners too.

    Raises
    ------
    MissingCRS
        The features do not say which coordinates they use.
    UnusableGeometry
        A feature comes within ``metres`` of a pole, or goes round it; or ``side`` was asked of what is no line.
    ValueError
        ``metres`` is negative, above 1,000 km, or not a number; or ``side`` is none of the three.

    Notes
    -----
    No map projection is used: the corners to the left and right of each short piece, and those of the arc about each turn,
    are reckoned by geodesics from the line. What is united are these small pieces, of one feature at a time. For one side it is
    cut by the line and by what divides left from right off it (``layers.spatial.divides``), itself within 0.05 % of ``metres``.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43-55.

    Examples
    --------
    >>> from shapely import Point
    >>> disc = buffer(geopandas.GeoDataFrame(geometry=[Point(35.8, 33.0)], crs=4326), 500)
    >>> round(abs(EARTH.geometry_area_perimeter(disc.geometry[0])[0]) / (3.14159 * 500**2), 3)
    1.0
    """
    if not 0 <= metres <= _LARGEST_M:
        raise ValueError(f"metres must be from 0 to {_LARGEST_M:.0f}, got {metres}")
    if side not in _SIDES:
        raise ValueError(f"side must be one of {', '.join(_SIDES)}, got {side!r}")
    given = shapes(features)
    grown = buffered(given, metres) if side == "both" else one_sided(given, metres, side)
    return features.set_geometry(as_given(grown, known(features)).set_axis(features.index))


def buffered(given: Shapes, metres: float) -> Shapes:
    """Grow shapes in WGS 84 degrees by metres; see ``buffer``."""
    pieces, owner = [np.zeros(0, np.object_)], [np.zeros(0, np.int64)]
    simple, of = parts(given)
    areas = shapely.get_type_id(simple) == _POLYGON
    solid, whose = _untangled(*followed(simple[areas], max(metres, 1.0) * _TOLERANCE))
    pieces.append(solid)
    owner.append(of[areas][whose])
    if metres > 0 and len(simple):
        ribbon, whose = _ribbon(given, metres)
        pieces.append(ribbon)
        owner.append(whose)
    return on_the_map(united(np.concatenate(pieces), np.concatenate(owner), len(given)))


def _untangled(solid: Shapes, owner: Ints) -> tuple[Shapes, Ints]:
    """Return areas, those whose edges cross each other as the parts that lie within an odd number of turns, and whose each is."""
    crossed = np.flatnonzero(~shapely.is_valid(solid))
    if not len(crossed):
        return solid, owner
    found, of = parts(shapely.make_valid(solid[crossed]))
    # Where edges lie on each other, lines stay.
    areas = shapely.get_type_id(found) == _POLYGON
    return np.append(np.delete(solid, crossed), found[areas]), np.append(np.delete(owner, crossed), owner[crossed][of[areas]])


def one_sided(given: Shapes, metres: float, side: Side) -> Shapes:
    """Grow lines in WGS 84 degrees to one side; see ``buffer``."""
    kinds = shapely.get_type_id(parts(given)[0])
    if (kinds != _LINE).any():
        raise UnusableGeometry(f"only a line has a {side} side; ask for both sides of points and areas")
    return np.array([_half(one, metres, side) for one in given], np.object_)


def _half(line: shapely.Geometry | None, metres: float, side: Side) -> shapely.Geometry:
    """Cut the buffer of one line by the line and what divides left from right off it, and keep what lies on one side."""
    shape = np.array([line], np.object_)
    index = LineIndex(shape)
    if not (metres > 0 and index.length[0] > 0):
        return shapely.MultiPolygon()
    pieces, owner = _ribbon(shape, metres)
    whole = on_the_map(united(pieces, owner, 1))[0]
    drawn = edges(parts(shape)[0], metres * _TOLERANCE)
    drawn = drawn.take(np.flatnonzero((drawn.begin != drawn.end).any(axis=1)))
    off = [shapely.LineString(one) for one in divides(index, drawn, whole, metres)]
    knife = turned(shapely.multilinestrings([*shapely.linestrings(np.stack([drawn.begin, drawn.end], axis=1)), *off]))
    # A turn of the globe costs the last bits; ends that are one must be one to the last.
    knife = shapely.transform(knife, lambda at: np.round(at, _DECIMALS))
    cut = shapely.get_parts(shapely.polygonize([shapely.union_all([shapely.boundary(whole), knife])]))
    inside = shapely.point_on_surface(cut)
    found = index.nearest(shapely.get_x(inside), shapely.get_y(inside))
    mine = (found.left > 0) if side == "left" else (found.left < 0)
    mine &= shapely.intersects(whole, inside)
    return shapely.union_all(cut[mine])


def _ribbon(given: Shapes, metres: float) -> tuple[Shapes, Ints]:
    """Return small polygons that together cover what lies within ``metres`` of the legs of shapes, and whose each is."""
    whole = unrolled(legs(given))
    still = np.bincount(whole.path, whole.metres) == 0
    dots = np.flatnonzero(still[whole.path] & (np.diff(whole.path, prepend=-1) > 0))
    pieces, leg = chords(whole.take(np.flatnonzero(whole.metres > 0)), metres * _TOLERANCE)
    pieces = unrolled(pieces)
    highest = np.abs(np.concatenate([pieces.begin[:, 1], pieces.end[:, 1], whole.begin[dots, 1]])).max(initial=0)
    if EARTH.inv(0, highest, 0, 90)[2] <= 1.001 * metres:
        raise UnusableGeometry(f"what lies within {metres:.0f} m of a pole has no outline on this map; ask for fewer metres")
    discs = _fans(whole.begin[dots], np.zeros(len(dots)), np.full(len(dots), 360.0), metres)
    if not len(pieces):
        return discs, whole.owner[dots]
    out, back, _ = between(pieces.begin, pieces.end)
    joined = np.flatnonzero(np.diff(leg) == 0)
    # Where a leg was cut, one azimuth serves both pieces, so that their corners are the same to the last bit.
    into = back + 180
    into[joined] = out[joined + 1]
    arcs, whose = _arcs(pieces, out, into, metres)
    return np.concatenate([discs, _strips(pieces, out, into, metres), arcs]), np.concatenate(
        [whole.owner[dots], pieces.owner, whose]
    )


def _strips(pieces: Legs, out: Floats, into: Floats, metres: float) -> Shapes:
    """Return what lies within ``metres`` to the left and right of pieces."""
    away = np.full(len(pieces), metres)
    # A little past the end, so that rounding leaves no crack before the next piece; 0.5e-8 of the radius at the corners.
    end = onward(pieces.end, into, away * _TOLERANCE)
    corners = [
        onward(pieces.begin, out - 90, away),
        pieces.begin,
        onward(pieces.begin, out + 90, away),
        onward(end, into + 90, away),
        end,
        onward(end, into - 90, away),
    ]
    found: Shapes = shapely.polygons(np.stack(corners, axis=1))
    return found


def _arcs(pieces: Legs, out: Floats, into: Floats, metres: float) -> tuple[Shapes, Ints]:
    """Return the fans outside each turn, and half discs at the ends of paths that are not closed."""
    first = np.flatnonzero(np.diff(pieces.path, prepend=-1))
    last = np.append(first[1:], len(pieces)) - 1
    gap = pieces.end[last] - pieces.begin[first]
    closed = (gap[:, 1] == 0) & (gap[:, 0] % 360 == 0)
    following = np.arange(1, len(pieces) + 1)
    following[last] = first
    turn = (out[following] - into + 180) % 360 - 180
    begin = np.where(turn > 0, into - 90, into + 90)
    ends = last[~closed]
    begin[ends], turn[ends] = into[ends] - 90, 180.0
    bent = np.flatnonzero(turn)
    starts = first[~closed]
    middles = np.concatenate([pieces.end[bent], pieces.begin[starts]])
    begin = np.concatenate([begin[bent], out[starts] + 90])
    turn = np.concatenate([turn[bent], np.full(len(starts), 180.0)])
    # A little over what is needed, so that rounding leaves no crack beside the straight pieces.
    over = np.sign(turn) * _OVERLAP
    return _fans(middles, begin - over, turn + 2 * over, metres), np.concatenate([pieces.owner[bent], pieces.owner[starts]])


def _fans(middles: Floats, begin: Floats, turn: Floats, metres: float) -> Shapes:
    """Return sectors of discs from an azimuth on, by so many degrees; a full turn has no corner in the middle."""
    steps = np.maximum(np.ceil(np.abs(turn) / _STEP), 1).astype(np.int64)
    full = np.abs(turn) == 360
    count = steps + np.where(full, 0, 2)
    of = np.repeat(np.arange(len(turn)), count)
    number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    step = turn[of] / steps[of]
    inner = full[of] | ((number > 0) & (number < steps[of]))
    away = metres * np.where(inner, 2 / (1 + np.cos(np.radians(step / 2))), 1.0)
    at = onward(middles[of], begin[of] + number * step, away)
    middle = number > steps[of]
    at[middle] = middles[of][middle]
    if not len(turn):
        return np.zeros(0, np.object_)
    found: Shapes = shapely.polygons(shapely.linearrings(at, indices=of))
    return found
