"""How far shapes of any kind lie from one another, and which lines cross."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas
import shapely

from layers.spatial.distances import ON_M, line_index
from layers.spatial.frame import Features, known, points
from layers.spatial.ground import Bools, Floats, Ints, degrees, dot, ground_m
from layers.spatial.joins import area_index, pairs
from layers.spatial.lines import LineIndex, apart

_POINT = 0
#: Distances are right to a millimetre, so what is nearer touches.
_TOUCH_M = 0.001


def gap(features: Features, others: Features, *, within_m: float = np.inf) -> pandas.DataFrame:
    """Find what is nearest to each feature, of whatever kind either is.

    Parameters
    ----------
    features, others : GeoDataFrame or GeoSeries
        Any CRS; points, lines and areas in any mix. Edges are geodesics; areas count with their inside, less their holes.
    within_m : float
        Metres on the ground beyond which nothing is near; 0 keeps what touches.

    Returns
    -------
    DataFrame
        Indexed like ``features``: ``distance_m`` geodesic metres between the places of the two that are nearest, 0 where they touch
        (are within a millimetre), cross, or one lies in the other; ``other`` the index label, of equals the first. An empty
        feature, no others, or none within ``within_m``: missing values.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        A coordinate is no place on earth, or an area goes round a pole.
    ValueError
        ``within_m`` is negative or not a number.

    Notes
    -----
    The smallest distance of two edges that do not cross is at an end of one of them. Areas whose edges do not cross lie in
    one another if one place of a ring does.

    Examples
    --------
    >>> import geopandas
    >>> from shapely import LineString, box
    >>> routes = geopandas.GeoSeries([LineString([(35.7, 33.0), (35.8, 33.1)]), LineString([(35.95, 33), (36.5, 33)])], crs=4326)
    >>> zone = geopandas.GeoSeries([box(35.9, 32.9, 36.0, 33.2)], index=["Buffer zone"], crs=4326)
    >>> gap(routes, zone).round(1)
       distance_m        other
    0      9334.8  Buffer zone
    1         0.0  Buffer zone
    """
    if not within_m >= 0:
        raise ValueError(f"within_m must be 0 or more, got {within_m}")
    metres, other = _outlines(features, others, max(within_m, _TOUCH_M))
    touching = np.flatnonzero(metres <= _TOUCH_M)
    who, whom = _lying(features, others)
    first = np.full(len(metres), len(others))
    np.minimum.at(first, np.concatenate([touching, who]), np.concatenate([other[touching], whom]))
    there = first < len(others)
    metres[there], other[there] = 0.0, first[there]
    labels = others.index.take(np.maximum(other, 0)) if len(others) else features.index
    named = pandas.Series(labels, index=features.index).where(other >= 0)
    return pandas.DataFrame({"distance_m": metres, "other": named}, index=features.index)


def crossed(features: Features, lines: Features) -> pandas.Series:
    """Tell which features cross or touch any of ``lines``.

    Parameters
    ----------
    features, lines : GeoDataFrame or GeoSeries
        Any CRS; lines, or areas, of which the outline counts. A point is on a line or not.

    Returns
    -------
    Series
        Boolean, indexed like ``features``. What comes within a centimetre of a line touches it, as a point there is on it; empty
        features cross nothing.

    Raises
    ------
    MissingCRS, UnusableGeometry
        As for ``gap``.
    """
    metres, _ = _outlines(features, lines, ON_M)
    return pandas.Series(np.isfinite(metres), index=features.index, name="crossed")


def meets_itself(lines: Features) -> geopandas.GeoSeries:
    """Find where a line crosses, touches or doubles back on itself, so that it has no two sides there.

    Parameters
    ----------
    lines : GeoDataFrame or GeoSeries
        Any CRS; lines, of one part or several. Edges are geodesics.

    Returns
    -------
    GeoSeries of points
        Indexed like ``lines``, WGS 84 degrees: the first place, going along, that the line has been at before, to a millimetre; missing
        where there is none. The ends of parts may meet each other, and a line may end where it began.

    Raises
    ------
    MissingCRS
        The lines do not say which coordinates they use.
    """
    known(lines)
    index = line_index(lines)
    run = index.end - index.begin
    one, other = index.touching(index.begin + run / 2, np.sqrt(dot(run, run)) / 2 + ON_M)
    mine = (one < other) & (index.legs.owner[one] == index.legs.owner[other])
    one, other = one[mine], other[mine]
    ends = [(of, at) for of in (one, other) for at in _ends(index, of)]
    away = np.stack([ground_m(at, index.foot(to, at)) for (_, at), to in zip(ends, (other, other, one, one), strict=True)])
    joined = _joined(index, one, other)
    left, then, first, last = apart(ends[0][1], ends[1][1], ends[2][1], ends[3][1])
    across = ((left > 0) != (then > 0)) & ((first > 0) != (last > 0)) & ~joined.any(axis=0)
    met = (away <= _TOUCH_M) & ~joined
    met[0] |= joined.all(axis=0)
    share = np.divide(left, left - then, out=np.zeros(len(one)), where=across)
    place = ends[0][1] + share[:, None] * run[one]
    for number in (3, 2, 1, 0):
        place[met[number] & ~across] = ends[number][1][met[number] & ~across]
    bad = np.flatnonzero(across | met.any(axis=0))
    bad = bad[np.lexsort((other[bad], index.legs.owner[one[bad]]))]
    owner, head = np.unique(index.legs.owner[one[bad]], return_index=True)
    found = np.full(len(lines), None, np.object_)
    found[owner] = shapely.points(*degrees(place[bad[head]]))
    return geopandas.GeoSeries(found, index=lines.index, crs=4326)


def _joined(index: LineIndex, one: Ints, other: Ints) -> Bools:
    """Return which ends of pairs of pieces may meet: (begin, end) of one, then of the other, as (4, n)."""
    path = index.legs.path
    fresh = np.diff(path, prepend=-1) != 0
    first, last = fresh, np.append(fresh[1:], True)
    follows = (other == one + 1) & (path[one] == path[other])
    joined = np.zeros((4, len(one)), np.bool_)
    joined[1:3] = follows
    for mine, (mine_at, mine_last) in enumerate(((index.begin, first), (index.end, last))):
        for theirs, (their_at, their_last) in enumerate(((index.begin, first), (index.end, last))):
            between = mine_at[one] - their_at[other]
            meet = mine_last[one] & their_last[other] & (dot(between, between) <= _TOUCH_M**2)
            joined[mine] |= meet
            joined[2 + theirs] |= meet
    return joined


def _outlines(features: Features, others: Features, within_m: float) -> tuple[Floats, Ints]:
    """Return how far the points, lines and rings of features lie from those of others, and which is nearest."""
    known(features)
    theirs = line_index(others)
    if (_kinds(features) <= _POINT).all():
        found = theirs.nearest(*points(features), within_m=within_m)
        return found.metres, found.line
    mine = line_index(features)
    metres, other = np.full(len(features), np.nan), np.full(len(features), -1)
    piece, leg = _candidates(mine, theirs, within_m)
    owner, of = mine.legs.owner[piece], theirs.legs.owner[leg]
    away = _away(mine, theirs, piece, leg)
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(heads):
        least = np.minimum.reduceat(away, heads)
        equal = away <= np.repeat(least, np.diff(np.append(heads, len(owner)))) + _TOUCH_M / 1000
        first = np.minimum.reduceat(np.where(equal, of, len(others)), heads)
        close = least <= within_m
        metres[owner[heads[close]]], other[owner[heads[close]]] = least[close], first[close]
    return metres, other


def _candidates(mine: LineIndex, theirs: LineIndex, within_m: float) -> tuple[Ints, Ints]:
    """Return pairs of pieces among which the nearest of each shape is, in the order of the shapes."""
    pieces = mine.legs
    if not len(pieces):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    longest = float(pieces.metres.max())
    begins = theirs.nearest(*pieces.begin.T, within_m=within_m + longest).metres
    heads = np.flatnonzero(np.diff(pieces.owner, prepend=-1))
    most = np.full(len(mine.length), within_m)
    most[pieces.owner[heads]] = np.fmin(within_m, np.fmin.reduceat(begins, heads))
    # No place of a piece is nearer than its beginning by more than its length.
    some = np.flatnonzero(begins - pieces.metres <= most[pieces.owner])
    begin, run = mine.begin[some], mine.end[some] - mine.begin[some]
    who, leg = theirs.touching(begin + run / 2, np.sqrt(dot(run, run)) / 2 + ON_M, most[pieces.owner[some]] + ON_M)
    return some[who], leg


def _away(mine: LineIndex, theirs: LineIndex, piece: Ints, leg: Ints) -> Floats:
    """Return how far pieces lie from each other on the ground: 0 where they cross, else from an end of one to the other."""
    away: Floats = np.minimum.reduce(
        [
            ground_m(at, index.foot(number, at))
            for index, number, ends in ((theirs, leg, (mine.begin[piece], mine.end[piece])), (mine, piece, _ends(theirs, leg)))
            for at in ends
        ]
    )
    close = np.flatnonzero(away <= np.maximum(mine.legs.metres[piece], theirs.legs.metres[leg]))
    one, other = piece[close], leg[close]
    left, then, first, last = apart(mine.begin[one], mine.end[one], *_ends(theirs, other))
    away[close[((left > 0) != (then > 0)) & ((first > 0) != (last > 0))]] = 0.0
    return away


def _ends(index: LineIndex, leg: Ints) -> tuple[Floats, Floats]:
    return index.begin[leg], index.end[leg]


def _lying(features: Features, others: Features) -> tuple[Ints, Ints]:
    """Return which features have a place in which others, or the others in them, as far as one place of each path tells."""
    if (_kinds(features) <= _POINT).all():
        who, whom = pairs(features, others).T
        return who, whom
    mine, theirs = _places(features), _places(others)
    path, whom = area_index(others).pairs(mine[1], mine[2])
    other_path, who = area_index(features).pairs(theirs[1], theirs[2])
    return np.concatenate([mine[0][path], who]), np.concatenate([whom, theirs[0][other_path]])


def _places(features: Features) -> tuple[Ints, Floats, Floats]:
    """Return where each line, ring and point of features begins, and whose it is."""
    pieces = line_index(features).legs
    heads = np.flatnonzero(np.diff(pieces.path, prepend=-1))
    return pieces.owner[heads], pieces.begin[heads, 0], pieces.begin[heads, 1]


def _kinds(features: Features) -> Ints:
    kinds: Ints = shapely.get_type_id(np.asarray(features.geometry.values, np.object_))
    return kinds
