"""Places beside several lines, or a line in several parts: the nearest part decides, so the sides have no outline of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.analysis.standing import Floats, Ints
from layers.spatial.distances import ON_M, line_index
from layers.spatial.edges import between, onward, single
from layers.spatial.frame import Kept
from layers.spatial.ground import Bools, dot, space, up
from layers.spatial.lines import LineIndex, Nearest

#: A place known no better than this is never said to be in or out of what it may reach.
WIDEST_M = 100_000.0
_CARRIED_M = 2 * WIDEST_M
#: So many discs at most are looked at closely for whether all their places lie alike; others are in doubt.
_MOST = 200
#: The distances to so few parts are reckoned one after the other.
_FEW = 12
#: A disc is halved so often both ways; what is not certain of the smallest squares is told by their middles.
_FINEST = 6
_DISC = shapely.Point(0, 0).buffer(1, quad_segs=64)
_QUARTERS = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)]) / 2
#: So many discs are looked at together.
_AT_ONCE = 128
#: What a chord is shorter than the ground it spans, and more.
_SLACK, _SLACK_M = 1e-4, 0.02


@dataclass(frozen=True, eq=False, slots=True)
class Beside:
    """Ground beside lines: on which sides of each it is, as arrays in the order of the lines, and from so many metres of them to so many."""

    left: Bools
    right: Bools
    from_m: float = 0.0
    to_m: float = np.inf

    def on_side(self, line: Ints, left: Floats) -> Bools:
        """Say of places so far left of lines whether they lie on a side that this ground is on."""
        found: Bools = np.where(left > 0, self.left[line], self.right[line])
        return found

    def holds(self, found: Nearest) -> Bools:
        """Say of places, by what is nearest to each, whether they lie on this ground."""
        metres = found.metres
        held: Bools = self.on_side(found.line, found.left) & (found.line >= 0) & (metres > ON_M)
        held &= (metres >= self.from_m) & (metres <= self.to_m)
        return held

    def clear(self, metres: Floats, reach: Floats) -> Bools:
        """Say of places whether both bounds of the distance are farther off than they reach."""
        begin = np.abs(metres - self.from_m) if self.from_m > 0 else np.inf
        clear: Bools = (begin > reach) & (np.abs(metres - self.to_m) > reach)
        return clear


def deciding(index: LineIndex, lon: Floats, lat: Floats, reach: Floats) -> tuple[Ints, Ints]:
    """Return which legs may be the nearest to some place within ``reach`` metres of each point, as pairs in the points' order."""
    at, metres = space(lon, lat), index.nearest(lon, lat).metres
    about = reach * (1 + _SLACK) + _SLACK_M
    who, leg = index.touching(at, about, metres + 2 * about)
    away = index.foot(leg, at[who]) - at[who]
    far = np.sqrt(dot(away, away))
    least = np.full(len(lon), np.inf)
    np.minimum.at(least, who, far)
    near = far <= least[who] + 2 * about[who]
    return who[near], leg[near]


def sole(index: LineIndex, parts: geopandas.GeoSeries, lon: Floats, lat: Floats, reach: Floats) -> Ints:
    """Return which part alone decides of all places within ``reach`` metres of each point; -1 where several may.

    ``parts`` are all the parts that the index is of, each by itself, as ``paths`` gives them.
    """
    if len(parts) > _FEW:
        who, leg = deciding(index, lon, lat, reach)
        part = index.legs.path[leg]
    else:
        most = index.nearest(lon, lat).metres + 2 * (reach * (1 + _SLACK) + _SLACK_M)
        widest = float(most.max(initial=0.0))
        away = [line_index(parts.iloc[[n]]).nearest(lon, lat, within_m=widest).metres for n in range(len(parts))]
        part, who = np.nonzero(np.stack(away) <= most)
    least, last = np.full(len(lon), len(parts)), np.full(len(lon), -1)
    np.minimum.at(least, who, part)
    np.maximum.at(last, who, part)
    return np.where(least == last, least, -1)


def certain(index: LineIndex, lon: Floats, lat: Floats, reach: Floats, beside: Beside) -> Bools:
    """Say of each point whether all places within ``reach`` metres lie as it does itself: no leg that may decide comes between."""
    found = index.nearest(lon, lat)
    who, leg = deciding(index, lon, lat, reach)
    begin, run = index.begin[leg], index.end[leg] - index.begin[leg]
    upright = np.cross(up(begin + run / 2), run)
    left = dot(space(lon, lat)[who] - begin, upright) / np.sqrt(dot(upright, upright))
    about = reach * (1 + _SLACK) + _SLACK_M
    line = index.legs.owner[leg]
    doubtful = (np.abs(left) <= about[who]) & (beside.left != beside.right)[line]
    doubtful |= beside.on_side(line, left) != beside.on_side(found.line, found.left)[who]
    clear: Bools = (np.bincount(who, doubtful, len(lon)) == 0) & beside.clear(found.metres, about)
    return clear


def shares(index: LineIndex, lon: Floats, lat: Floats, radius: Floats, beside: Beside) -> Floats:
    """Return the share of each disc that lies beside lines, as ``layers.spatial.side`` tells it of each of its places.

    Parameters
    ----------
    index : LineIndex
        The lines.
    lon, lat, radius : (n,) float64
        WGS 84 degrees and metres, above 0.
    beside : Beside

    Notes
    -----
    A disc is cut to squares until all places of each certainly lie alike. So what is wholly in has a share of 1, to the last bit.
    """
    chunks = [slice(n, n + _AT_ONCE) for n in range(0, len(lon), _AT_ONCE)]
    return np.concatenate([np.zeros(0), *(_shares(index, lon[one], lat[one], radius[one], beside) for one in chunks)])


def _shares(index: LineIndex, lon: Floats, lat: Floats, radius: Floats, beside: Beside) -> Floats:
    inside, whole = np.zeros(len(lon)), np.zeros(len(lon))
    of, middle = np.arange(len(lon)), np.zeros((len(lon), 2))
    for level in range(_FINEST + 1):
        half = 0.5**level
        azimuth, away = np.degrees(np.arctan2(*middle.T)), np.hypot(*middle.T) * radius[of]
        at = onward(np.column_stack([lon[of], lat[of]]), azimuth, away)
        reach = radius[of] * min(1.0, half * np.sqrt(2))
        told = np.ones(len(of), np.bool_) if level == _FINEST else certain(index, at[:, 0], at[:, 1], reach, beside)
        nearest = index.nearest(at[told, 0], at[told, 1])
        area = shapely.area(shapely.intersection(_squares(middle[told], half), _DISC))
        whole += np.bincount(of[told], area, len(lon))
        inside += np.bincount(of[told], area * beside.holds(nearest), len(lon))
        of = np.repeat(of[~told], 4)
        middle = (middle[~told][:, None] + half * _QUARTERS).reshape(-1, 2)
        there = shapely.intersects(_squares(middle, half / 2), _DISC)
        of, middle = of[there], middle[there]
    return inside / whole


def _squares(middle: Floats, half: float) -> Floats:
    return np.asarray(shapely.box(*(middle - half).T, *(middle + half).T))


def unsettled(lines: geopandas.GeoSeries, lon: Floats, lat: Floats, reach: Floats, on: tuple[Bools, Bools]) -> Bools:
    """Say of each point whether places within ``reach`` metres differ in whether they lie on some sides of lines.

    Parameters
    ----------
    lines : GeoSeries
        WGS 84 degrees, in any number of parts; what is nearest tells the side, and beyond their ends they are carried on.
    lon, lat, reach : (n,) float64
        WGS 84 degrees and metres; 0, or NaN, is an exact place.
    on : two arrays of bool
        Of each line, whether its left is meant, and whether its right.

    Notes
    -----
    Where one line decides, what is settled is so for certain. Where several lines or parts may, places are told apart to 2.5 % of the
    reach, the side of the finest squares of ``shares``; at most two hundred points are looked at so closely, and the rest counts as
    unsettled if it may be.
    """
    index, beside = line_index(lines), Beside(*on)
    found = np.zeros(len(lon), np.bool_)
    rows = np.flatnonzero((reach > 0) & (index.nearest(lon, lat).line >= 0))
    parts, owner = paths(Kept(lines))
    part = sole(index, parts, lon[rows], lat[rows], reach[rows]) if len(parts) > 1 else np.zeros(len(rows), np.int64)
    part[reach[rows] > WIDEST_M] = -1
    for one in np.unique(part[part >= 0]).tolist():
        some = rows[part == one]
        if beside.left[owner[one]] != beside.right[owner[one]]:
            away = line_index(carried(Kept(parts.iloc[[one]]))).nearest(lon[some], lat[some]).metres
            found[some] = away < reach[some]
    some = rows[part < 0]
    some = some[~certain(index, lon[some], lat[some], reach[some], beside)]
    found[some] = True
    some = some[reach[some] <= WIDEST_M][:_MOST]
    share = shares(index, lon[some], lat[some], reach[some], beside)
    found[some] = (share > 0) & (share < 1)
    return found


@lru_cache(32)
def paths(lines: Kept) -> tuple[geopandas.GeoSeries, Ints]:
    """Return the parts of lines, each by itself, and which line each is of."""
    found, owner = single(lines.degrees())
    return geopandas.GeoSeries(found, crs=4326), owner


@lru_cache(32)
def carried(line: Kept) -> geopandas.GeoSeries:
    """Return a line with each of its parts carried on at both ends, farther than any place of some precision reaches."""
    return geopandas.GeoSeries([longer(line.degrees(), _CARRIED_M)], crs=4326)


def longer(lines: npt.NDArray[np.object_], metres: float) -> shapely.MultiLineString:
    """Return lines with each of their parts carried on at both ends by so many metres."""
    found = []
    for part in shapely.get_parts(lines):
        at = shapely.get_coordinates(shapely.remove_repeated_points(part))
        out, _, _ = between(at[:1], at[1:2])
        _, back, _ = between(at[-2:-1], at[-1:])
        far = np.array([metres])
        found.append(shapely.LineString([*onward(at[:1], out + 180, far), *at, *onward(at[-1:], back + 180, far)]))
    return shapely.MultiLineString(found)
