"""How likely what a report tells of lies on the ground that a clause speaks of, and how far that ground is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.analysis.agreement import Where
from layers.analysis.place import Feature, Features, Surroundings, features
from layers.analysis.standing import Floats, Ints
from layers.spatial import probability_inside
from layers.spatial.buffers import Side, buffered, one_sided
from layers.spatial.distances import ON_M, line_index
from layers.spatial.edges import between, onward
from layers.spatial.frame import Kept
from layers.spatial.ground import Bools
from layers.spatial.joins import area_index

#: A place known no better than this is never said to be in or out of what it may reach.
WIDEST_M = 100_000.0
_FARTHEST_M = 400_000.0
#: An outline is right to this share of its distance; of a place known better than that a straight edge is reckoned instead.
_OUTLINE = 0.002
_CARRIED_M = 2 * WIDEST_M
_UNKNOWN = 0.5

Area: TypeAlias = geopandas.GeoSeries


@dataclass(frozen=True, eq=False, slots=True)
class Spots:
    """Places and times: WGS 84 degrees, microseconds since 1970 UTC, and metres within which the true place lies (0: exact)."""

    lon: Floats
    lat: Floats
    at: Ints
    precision_m: Floats

    def take(self, rows: Ints) -> Spots:
        """Return some of them."""
        return Spots(self.lon[rows], self.lat[rows], self.at[rows], self.precision_m[rows])

    def __len__(self) -> int:
        return len(self.lon)


def likelihood(where: Where, spots: Spots, around: Surroundings, party: str) -> Floats:
    """Return how likely the true place of each spot lies on the ground meant, 0 to 1; NaN where nothing that is named stood then.

    Parameters
    ----------
    where : Where
    spots : Spots
    around : Surroundings
        The lines and zones of the record.
    party : str
        Whose ground it is: what is its own side, and what the other. Without a side it makes no difference.

    Notes
    -----
    The true place is anywhere within the precision alike (``layers.spatial.probability_inside``). Where the edge of the ground is
    farther than that the answer is 0 or 1 at once. With several lines and a side, the nearest line is the one meant.
    """
    if where.relation == "anywhere":
        return np.ones(len(spots))
    found = np.full(len(spots), np.nan)
    meant = named(around, where)
    for rows, stood in meant.standing.periods(spots.at):
        if len(stood):
            every = [meant.every[n] for n in stood.tolist()]
            found[rows] = _likely(where, spots.take(rows), every, meant.standing.subset(stood), party)
    return found


def distance(where: Where, spots: Spots, around: Surroundings) -> Floats:
    """Return the metres from each spot to the nearest line, or edge of a zone, that is named and stood; NaN for none."""
    found = np.full(len(spots), np.nan)
    meant = named(around, where)
    for rows, stood in meant.standing.periods(spots.at):
        if len(stood):
            found[rows] = line_index(meant.standing.subset(stood)).nearest(spots.lon[rows], spots.lat[rows]).metres
    return found


def inside(zones: tuple[str, ...], spots: Spots, around: Surroundings) -> Floats:
    """Return how likely each spot lies in any of some zones; 0 where none of them stood."""
    return np.nan_to_num(likelihood(Where("inside", zones=zones), spots, around, ""), nan=0.0)


def named(around: Surroundings, where: Where) -> Features:
    """Return the lines or zones that are named, by name or id."""
    every = around.lines if where.lines else around.zones
    return features(one for one in every.every if one.name in where.named or one.id in where.named)


def _likely(where: Where, spots: Spots, every: list[Feature], shapes: Area, party: str) -> Floats:
    if where.relation == "inside":
        return _share(spots, _grown(Kept(shapes), 0.0, "both", 0.0))
    found = line_index(shapes).nearest(spots.lon, spots.lat)
    if not where.side:
        return _around(where, spots, found.metres, shapes)
    likely = np.zeros(len(spots))
    for number in np.unique(found.line[found.line >= 0]).tolist():
        rows = np.flatnonzero(found.line == number)
        if side := _side(every[number], party, where.side):
            on_side = (found.left[rows] > 0) == (side == "left")
            on_side &= found.metres[rows] > ON_M
            likely[rows] = _beside(where, spots.take(rows), found.metres[rows], on_side, line=shapes.iloc[[number]], side=side)
    return likely


def _around(where: Where, spots: Spots, metres: Floats, shapes: Area) -> Floats:
    """Return the likelihood of ground that lies so far from lines or zones, on all their sides."""
    if where.zones:
        within = np.zeros(len(spots), np.bool_)
        within[area_index(shapes).pairs(spots.lon, spots.lat)[0]] = True
        metres = np.where(within, -metres, metres)
    margin = where.to_m - metres
    if where.from_m > 0:
        margin = np.minimum(margin, metres - where.from_m)
    key = Kept(shapes)
    return _shares(spots, margin, lambda _: _grown(key, where.to_m, "both", where.from_m), flat_m=_OUTLINE * where.to_m)


def _beside(where: Where, spots: Spots, metres: Floats, on_side: Bools, *, line: Area, side: Side) -> Floats:
    """Return the likelihood of ground on one side of a line; beyond its ends the line is carried on."""
    to_edge = line_index(_carried(Kept(line))).nearest(spots.lon, spots.lat).metres
    margin = np.where(on_side, to_edge, -to_edge)
    key = Kept(line)
    if where.relation == "across":
        reach = 2.0 ** np.ceil(np.log2(np.maximum(metres + spots.precision_m, 1.0)))
        return _shares(spots, margin, lambda far: _grown(key, min(far, _FARTHEST_M), side, 0.0), reach=reach)
    margin = np.minimum(margin, where.to_m - metres)
    if where.from_m > 0:
        margin = np.minimum(margin, metres - where.from_m)
    return _shares(spots, margin, lambda _: _grown(key, where.to_m, side, where.from_m), flat_m=_OUTLINE * where.to_m)


def _shares(
    spots: Spots, margin: Floats, ground: Callable[[float], Area], *, reach: Floats | None = None, flat_m: float = 0.0
) -> Floats:
    """Return the share of each disc that lies on a ground, given how many metres its middle lies inside of the edge."""
    radius = spots.precision_m
    share = np.where(margin >= 0, 1.0, 0.0)
    unsure = (np.abs(margin) < radius) & np.isfinite(margin)
    far = np.zeros(len(spots)) if reach is None else reach
    rough = unsure & ((radius > WIDEST_M) | (far > 2 * _FARTHEST_M))
    share[rough] = _UNKNOWN
    fine = unsure & ~rough & (radius <= flat_m)
    share[fine] = _cut(margin[fine] / radius[fine])
    rows = np.flatnonzero(unsure & ~rough & ~fine)
    for one in np.unique(far[rows]).tolist():
        some = rows[far[rows] == one]
        share[some] = _share(spots.take(some), ground(one))
    return share


def _cut(depth: Floats) -> Floats:
    """Return the share of a disc beyond a straight edge that lies so many radii from its middle, positive where that is in."""
    share: Floats = 0.5 + (np.arcsin(depth) + depth * np.sqrt(1 - depth**2)) / np.pi
    return share


def _share(spots: Spots, area: Area) -> Floats:
    points = geopandas.GeoSeries(shapely.points(spots.lon, spots.lat), crs=4326)
    radius = spots.precision_m
    found = probability_inside(points, np.minimum(radius, WIDEST_M), area).to_numpy().copy()
    found[(radius > WIDEST_M) & (found > 0) & (found < 1)] = _UNKNOWN
    return np.asarray(found, np.float64)


@lru_cache(128)
def _grown(shapes: Kept, to_m: float, side: Side, from_m: float) -> Area:
    """Return one area: what lies from ``from_m`` to ``to_m`` of shapes."""
    given = shapes.degrees()
    grow: Callable[[float], npt.NDArray[np.object_]] = (
        (lambda metres: buffered(given, metres)) if side == "both" else (lambda metres: one_sided(given, metres, side))
    )
    whole = shapely.union_all(grow(to_m))
    if from_m > 0:
        whole = shapely.difference(whole, shapely.union_all(grow(from_m)))
    return geopandas.GeoSeries([whole], crs=4326)


@lru_cache(32)
def _carried(line: Kept) -> Area:
    """Return a line with each of its parts carried on at both ends."""
    found = []
    for part in shapely.get_parts(line.degrees()):
        at = shapely.get_coordinates(shapely.remove_repeated_points(part))
        out, _, _ = between(at[:1], at[1:2])
        _, back, _ = between(at[-2:-1], at[-1:])
        far = np.array([_CARRIED_M])
        found.append(shapely.LineString([*onward(at[:1], out + 180, far), *at, *onward(at[-1:], back + 180, far)]))
    return geopandas.GeoSeries([shapely.MultiLineString(found)], crs=4326)


def _side(line: Feature, party: str, meant: str) -> Side | None:
    """Return which side of a line is meant for a party; None where the line does not say whose its sides are."""
    sides: tuple[tuple[str, Side], ...] = ((line.left, "left"), (line.right, "right"))
    if not party or party not in (line.left, line.right):
        return None
    return next((side for whose, side in sides if (whose == party) == (meant == "own")), None)
