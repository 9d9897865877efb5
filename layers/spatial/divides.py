"""Where left of a line becomes right of it off the line itself: straight on from its ends, then midway between its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from layers.spatial.edges import Legs, between, onward
from layers.spatial.followed import turned
from layers.spatial.ground import Bools, Floats, Ints, dot, space
from layers.spatial.lines import LineIndex
from layers.spatial.ways import Fronts, Seeds, geodesic, sprung, traced

#: Shares of the radius: how far an end is carried on, and within what a divide is straight where it begins.
_BEYOND, _NEAR = 1.01, 0.01
#: A way that comes so far into the circle about a place on the line, as a share of it, leads there.
_INNER = 0.9
#: Where pieces that are straight in degrees cross, the line itself crosses, to this share.
_BLUR = 1e-4
_RAY = 33
_FOLDED = 179.0
_SAME_M = 1e-3


def divides(index: LineIndex, whole: Legs, area: shapely.Geometry, metres: float) -> list[Floats]:
    """Return where left of a line becomes right of it off the line, within so many metres.

    Parameters
    ----------
    index : LineIndex
        Of the line alone.
    whole : Legs
        Its pieces, straight in degrees.
    area : geometry
        What lies within ``metres`` of it, with longitudes in [-180, 180].
    metres : float
        More than 0.

    Returns
    -------
    list of (n, 2) float64
        Corners in degrees. Straight pieces between them lie within 0.05 % of ``metres`` of the true divide.

    Notes
    -----
    From what is nearest of a line straight to a place the side does not change. So a divide that neither begins on the line nor leaves
    the area goes round a part of the line, between it and another, and through the middle of a shortest way from part to
    part. All divides are therefore found from free ends, from where the line meets itself, from those middles, and from where
    the side changes along the outline.
    """
    tips, met = _tips(index, whole, metres)
    rays, seeds, fronts = _from_tips(index, tips, metres)
    other = _on_line(index, np.concatenate([met, _folds(whole), _crossings(whole)]), metres).then(_middles(index, whole, metres))
    fronts = fronts.then(sprung(index, other, len(seeds.at)))
    seeds = seeds.then(other)
    found = rays + [way.at for way in traced(index, fronts, seeds, metres)]
    left = _unmet(index, area, found, metres)
    if len(left):
        more = _off_line(left, np.full(len(left), _NEAR * metres))
        fronts = sprung(index, more, len(seeds.at))
        found += [way.at for way in traced(index, fronts, seeds.then(more), metres)]
    return found


@dataclass(frozen=True, slots=True)
class _Tips:
    """Free ends: where, whereto the line is carried on, whether its left is to the left then, and how far that way is straight."""

    at: Floats
    azimuth: Floats
    left: Bools
    straight: Floats

    def take(self, which: Bools) -> _Tips:
        """Return some of them."""
        return _Tips(self.at[which], self.azimuth[which], self.left[which], self.straight[which])


def _tips(index: LineIndex, whole: Legs, metres: float) -> tuple[_Tips, Floats]:
    """Return the free ends of paths, and the ends that meet something."""
    first = np.flatnonzero(np.diff(whole.path, prepend=-1))
    last = np.append(first[1:], len(whole)) - 1
    out, back, _ = between(whole.begin, whole.end)
    at = np.concatenate([whole.begin[first], whole.end[last]])
    azimuth = np.concatenate([out[first] + 180, back[last] + 180])
    who, away = _about(index, at, _SAME_M)
    free = np.bincount(who[away <= _SAME_M], minlength=len(at)) == 1
    straight = np.zeros(len(at))
    straight[free] = _straight(index, at[free], azimuth[free], metres)
    # An end that lies so close to another part is no free one.
    free = straight > 4 * _BLUR * metres
    return _Tips(at, azimuth, np.repeat([False, True], len(first)), straight).take(free), at[~free]


def _about(index: LineIndex, at: Floats, metres: float) -> tuple[Ints, Floats]:
    """Return, of each leg that may be so near to a place, which place it is and how far."""
    middle = space(*at.T)
    who, leg = index.touching(middle, np.full(len(at), metres))
    run = index.foot(leg, middle[who]) - middle[who]
    return who, np.sqrt(dot(run, run))


def _on_line(index: LineIndex, at: Floats, metres: float) -> Seeds:
    """Return places on the line as seeds, straight to a quarter of the way to the next leg that they are not on."""
    clear = np.full(len(at), 4 * _NEAR * metres)
    who, away = _about(index, at, 4 * _NEAR * metres)
    apart = away > max(_SAME_M, 2 * _BLUR * metres)
    np.minimum.at(clear, who[apart], away[apart])
    reach = np.maximum(clear / 4, 4 * _BLUR * metres)
    return Seeds(at, reach, _INNER * reach)


def _off_line(at: Floats, reach: Floats) -> Seeds:
    # A way passes exactly through such a seed.
    return Seeds(at, reach, 0.2 * reach)


def _straight(index: LineIndex, tips: Floats, away: Floats, metres: float) -> Floats:
    """Return how far free ends stay nearest to the line carried on; what is nearer to a place than to all others is star-shaped."""
    low, high = np.zeros(len(tips)), np.full(len(tips), _BEYOND * metres)
    for _ in range(3 if len(tips) else 0):
        at = low[:, None] + np.linspace(0, 1, _RAY) * (high - low)[:, None]
        place = onward(np.repeat(tips, _RAY, axis=0), np.repeat(away, _RAY), at.ravel())
        own = index.nearest(*place.T).metres.reshape(at.shape) >= at * (1 - 1e-6) - _SAME_M
        own[:, 0] = True
        number = np.where(own.all(axis=1), _RAY - 1, np.argmin(own, axis=1) - 1)
        rows = np.arange(len(tips))
        low, high = at[rows, number], at[rows, np.minimum(number + 1, _RAY - 1)]
        if (low == high).all():
            break
    return low


def _from_tips(index: LineIndex, tips: _Tips, metres: float) -> tuple[list[Floats], Seeds, Fronts]:
    """Return the ways that are straight until out, and where the others begin to bend."""
    out = tips.straight >= _BEYOND * metres
    at = onward(tips.at, tips.azimuth, tips.straight)
    rays = [geodesic(begin, end, metres) for begin, end in zip(tips.at[out], at[out], strict=True)]
    bent, at = tips.take(~out), at[~out]
    seeds = _on_line(index, bent.at, metres)
    reach = np.minimum(seeds.reach, bent.straight / 2)
    _, back, _ = between(bent.at, at)
    number = np.arange(len(at))
    pace, free = np.full(len(at), _NEAR * metres), np.ones(len(at), np.bool_)
    return rays, Seeds(bent.at, reach, _INNER * reach), Fronts(at, back + 180, bent.straight, bent.left, pace, number, free)


def _folds(whole: Legs) -> Floats:
    """Return where a path turns back upon itself."""
    out, back, _ = between(whole.begin, whole.end)
    backwards = np.abs((out[1:] - back[:-1] + 180) % 360 - 180) < 180 - _FOLDED
    found: Floats = whole.begin[1:][backwards & (np.diff(whole.path) == 0)]
    return found


def _crossings(whole: Legs) -> Floats:
    """Return where paths cross or touch."""
    drawn = turned(shapely.multilinestrings(np.stack([whole.begin, whole.end], axis=1)))
    if shapely.is_simple(shapely.line_merge(drawn)):
        return np.zeros((0, 2))
    at, of = shapely.get_coordinates(shapely.get_parts(shapely.union_all([drawn])), return_index=True)
    follows = np.diff(of) == 0
    node, many = np.unique(np.concatenate([at[:-1][follows], at[1:][follows]]), axis=0, return_counts=True)
    found: Floats = node[(many > 2) & (node[:, 0] >= -180) & (node[:, 0] < 180)]
    return found


def _middles(index: LineIndex, whole: Legs, metres: float) -> Seeds:
    """Return the middles of the shortest ways from path to path, where nothing else is nearer."""
    at, path = np.concatenate([whole.begin, whole.end]), np.concatenate([whole.path, whole.path])
    every = np.unique(path)
    middles, lengths = [np.zeros((0, 2))], [np.zeros(0)]
    for one in every[:-1].tolist() if len(every) > 1 else []:
        mine = LineIndex(np.array([_as_line(whole.take(np.flatnonzero(whole.path == one)))], np.object_))
        rest = np.flatnonzero(path != one)
        found = mine.nearest(*at[rest].T, within_m=2 * metres)
        close = np.flatnonzero(found.line >= 0)
        rest, feet, away = rest[close], np.column_stack([found.lon, found.lat])[close], found.metres[close]
        order = np.lexsort((away, path[rest]))
        first = order[np.flatnonzero(np.diff(path[rest][order], prepend=-1))]
        first = first[away[first] > _SAME_M]
        azimuth, _, size = between(at[rest[first]], feet[first])
        middles.append(onward(at[rest[first]], azimuth, size / 2))
        lengths.append(size)
    middle, size = np.concatenate(middles), np.concatenate(lengths)
    clear = index.nearest(*middle.T).metres >= size / 2 * (1 - 1e-6) - _SAME_M
    return _off_line(middle[clear], np.minimum(_NEAR * metres, size[clear] / 4))


def _as_line(whole: Legs) -> shapely.LineString:
    return shapely.LineString(np.concatenate([whole.begin[:1], whole.end]))


def _unmet(index: LineIndex, area: shapely.Geometry, found: list[Floats], metres: float) -> Floats:
    """Return where the side changes along the outline of an area, and no divide leaves it."""
    rings = shapely.get_rings(shapely.get_parts(area))
    at, of = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(np.diff(of) == 0)
    middle = (at[edge] + at[edge + 1]) / 2
    there = index.nearest(*middle.T)
    true = np.flatnonzero(there.metres > (1 - _NEAR) * metres)
    edge, middle, left = edge[true], middle[true], there.left[true] > 0
    heads = np.flatnonzero(np.diff(of[edge], prepend=-1))
    following = np.arange(1, len(edge) + 1)
    following[np.append(heads[1:], len(edge)) - 1] = heads
    change = np.flatnonzero(left != left[following])
    legs = shapely.linestrings(np.stack([middle[change], at[edge[change] + 1], middle[following[change]]], axis=1))
    close = np.degrees(3e-3 * metres / 6_371_000.0) / np.cos(np.radians(at[edge[change] + 1, 1]))
    drawn = turned(shapely.MultiLineString([*found]))
    lost = change[~shapely.dwithin(legs, drawn, close)]
    return _changing(index, at[edge[lost] + 1], middle[lost], middle[following[lost]], metres)


def _changing(index: LineIndex, corner: Floats, before: Floats, after: Floats, metres: float) -> Floats:
    """Return where the side changes on the way from one place over a corner to another."""
    share = np.linspace(0, 1, _RAY)[:, None, None]
    most = 0.1 * metres
    way = []
    for end in (before, after):
        azimuth, _, size = between(corner, end)
        way.append(onward(corner, azimuth, np.minimum(size, most)))
    path = np.concatenate([way[0] + share * (corner - way[0]), corner + share[1:] * (way[1] - corner)])
    left = index.nearest(*path.reshape(-1, 2).T).left.reshape(path.shape[:2]) > 0
    number = np.argmax(left[1:] != left[:-1], axis=0)
    rows = np.arange(len(corner))
    found: Floats = (path[number, rows] + path[number + 1, rows]) / 2
    return found
