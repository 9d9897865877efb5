"""How likely what a report tells of lies on the ground that a clause speaks of, and how far that ground is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import geopandas
import numpy as np
import shapely

from layers.analysis.agreement import Where
from layers.analysis.broken import WIDEST_M, Beside, carried, certain, longer, paths, shares, sole
from layers.analysis.place import Feature, Features, Surroundings, features
from layers.analysis.standing import Floats, Ints
from layers.spatial import probability_inside
from layers.spatial.buffers import buffered, one_sided
from layers.spatial.distances import ON_M, line_index
from layers.spatial.edges import between, chords, legs, unrolled
from layers.spatial.followed import on_the_map
from layers.spatial.frame import Kept, UnusableGeometry
from layers.spatial.ground import Bools
from layers.spatial.joins import area_index
from layers.spatial.lines import LineIndex

#: Half of the ground about a line reaches so far: farther than a place of that precision that may lie on either side.
_FAR_M = 4.5 * WIDEST_M
_DEGREE_M = 110_574.0
_TOLERANCE_M = 0.1
_NEARLY_ON_M = 1e-9
#: An outline is right to this share of its distance; of a place known better than that a straight edge is reckoned instead.
_OUTLINE = 0.002
_UNKNOWN = 0.5

Area: TypeAlias = geopandas.GeoSeries
Side = Literal["", "left", "right"]


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
    farther than that the answer is 0 or 1 at once. With a side, each place that may be the true one lies as the line, and the part of
    a line, that is nearest to it tells.
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
    """Return the lines or zones that are named, by name or id; a line of several parts is meant whole by the id of any."""
    every = around.lines if where.lines else around.zones
    return features(one for one in every.every if not one.called.isdisjoint(where.named))


def tells_sides(line: Feature, parties: Sequence[str]) -> bool:
    """Say whether a line has two of some parties beside it, so that each has its own side and that of another."""
    return line.left != line.right and {line.left, line.right} <= {*parties}


def sides_unsaid(where: Where, spots: Spots, around: Surroundings, parties: Sequence[str]) -> Bools:
    """Say of each spot whether the line whose side is meant does not say whose its sides are; never where no side is meant."""
    found = np.zeros(len(spots), np.bool_)
    meant = named(around, where) if where.side else features(())
    dumb = np.array([not tells_sides(line, parties) for line in meant.every], np.bool_)
    if not dumb.any():
        return found
    for rows, stood in meant.standing.periods(spots.at):
        if len(stood):
            to = line_index(meant.standing.subset(stood)).nearest(spots.lon[rows], spots.lat[rows])
            found[rows] = (to.line >= 0) & dumb[stood[to.line]]
    return found


def _likely(where: Where, spots: Spots, every: list[Feature], shapes: Area, party: str) -> Floats:
    if where.relation == "inside":
        return _share(spots, _grown(Kept(shapes), 0.0, 0.0, ""))
    if not where.side:
        return _around(where, spots, line_index(shapes).nearest(spots.lon, spots.lat).metres, shapes)
    sides = tuple(_side(line, party, where.side) for line in every)
    return _beside_lines(where, spots, shapes, sides) if any(sides) else np.zeros(len(spots))


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
    return _shares(spots, margin, lambda: _grown(key, where.from_m, where.to_m, ""), flat_m=_OUTLINE * where.to_m)


def _beside(where: Where, spots: Spots, metres: Floats, on_side: Bools, *, line: Kept, side: Side) -> Floats:
    """Return the likelihood of ground on one side of a line; beyond its ends the line is carried on."""
    to_edge = line_index(carried(line)).nearest(spots.lon, spots.lat).metres
    margin = np.where(on_side, to_edge, -np.maximum(to_edge, _NEARLY_ON_M))
    if where.relation == "across":
        return _shares(spots, margin, lambda: _half(line, side))
    margin = np.minimum(margin, where.to_m - metres)
    if where.from_m > 0:
        margin = np.minimum(margin, metres - where.from_m)
    return _shares(spots, margin, lambda: _grown(line, where.from_m, where.to_m, side), flat_m=_OUTLINE * where.to_m)


def _beside_lines(where: Where, spots: Spots, lines: Area, sides: Sequence[Side]) -> Floats:
    """Return the likelihood of ground on one side of each of some lines; the part that is nearest to a place tells its side."""
    index = line_index(lines)
    to_m = np.inf if where.relation == "across" else where.to_m
    left, right = (np.array([side == of for side in sides], np.bool_) for of in ("left", "right"))
    ground = Beside(left, right, where.from_m, to_m)
    found = index.nearest(spots.lon, spots.lat)
    share = ground.holds(found).astype(np.float64)
    unsure = np.flatnonzero((spots.precision_m > 0) & (found.metres - spots.precision_m <= to_m))
    parts, owner = paths(Kept(lines))
    some = spots.take(unsure)
    part = sole(index, parts, some.lon, some.lat, some.precision_m) if len(parts) > 1 else np.zeros(len(unsure), np.int64)
    for one in np.unique(part[part >= 0]).tolist():
        rows, side = unsure[part == one], sides[owner[one]]
        if side:
            on_side = ground.on_side(found.line[rows], found.left[rows]) & (found.metres[rows] > ON_M)
            alone = Kept(parts.iloc[[one]])
            share[rows] = _beside(where, spots.take(rows), found.metres[rows], on_side, line=alone, side=side)
    rows = unsure[part < 0]
    rough, fine = (rows[(spots.precision_m[rows] > WIDEST_M) == wide] for wide in (True, False))
    told = spots.take(rough)
    share[rough] = np.where(certain(index, told.lon, told.lat, told.precision_m, ground), share[rough], _UNKNOWN)
    told = spots.take(fine)
    share[fine] = shares(index, told.lon, told.lat, told.precision_m, ground)
    return share


def _shares(spots: Spots, margin: Floats, ground: Callable[[], Area], *, flat_m: float = 0.0) -> Floats:
    """Return the share of each disc that lies on a ground, given how many metres its middle lies inside of the edge."""
    radius = spots.precision_m
    share = np.where(margin >= 0, 1.0, 0.0)
    unsure = (np.abs(margin) < radius) & np.isfinite(margin)
    fine = unsure & (radius <= flat_m)
    share[fine] = _cut(margin[fine] / radius[fine])
    rows = np.flatnonzero(unsure & ~fine)
    if len(rows):
        try:
            share[rows] = _share(spots.take(rows), ground())
        except UnusableGeometry:
            # About a pole there is no outline; what is not certain by distance alone then stays open.
            share[rows] = _UNKNOWN
    return share


def _cut(depth: Floats) -> Floats:
    """Return the share of a disc beyond a straight edge that lies so many radii from its middle, positive where that is in."""
    share: Floats = 0.5 + (np.arcsin(depth) + depth * np.sqrt(1 - depth**2)) / np.pi
    return share


def _share(spots: Spots, area: Area) -> Floats:
    points = geopandas.GeoSeries(shapely.points(spots.lon, spots.lat), crs=4326)
    rough = spots.precision_m > WIDEST_M
    found = probability_inside(points, np.where(rough, 0.0, spots.precision_m), area).to_numpy().copy()
    if rough.any():
        away = line_index(area).nearest(spots.lon[rough], spots.lat[rough]).metres
        found[rough] = np.where(away < spots.precision_m[rough], _UNKNOWN, found[rough])
    return np.asarray(found, np.float64)


@lru_cache(128)
def _grown(shapes: Kept, from_m: float, to_m: float, side: Side) -> Area:
    """Return one area: what lies from ``from_m`` to ``to_m`` of shapes, on one side of them or on all."""
    given = shapes.degrees()
    whole = shapely.union_all(one_sided(given, to_m, side) if side else buffered(given, to_m))
    if from_m > 0:
        whole = shapely.difference(whole, shapely.union_all(buffered(given, from_m)))
    return geopandas.GeoSeries([whole], crs=4326)


@lru_cache(32)
def _half(line: Kept, side: Side) -> Area:
    """Return what lies on one side of a line, as far about it as any place of some precision reaches.

    A box about the line is cut by the line, carried on out of it. Of each piece one place tells its side, by the nearest leg.
    """
    given = line.degrees()
    drawn = unrolled(legs(given))
    corners = np.concatenate([drawn.begin, drawn.end])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    up = _FAR_M / _DEGREE_M
    across = up / max(0.1, np.cos(np.radians(min(89.0, max(abs(south), abs(north))))))
    box = shapely.box(west - across, max(south - up, -89.0), east + across, min(north + up, 89.0))
    _, _, through = between(np.array([[box.bounds[0], box.bounds[1]]]), np.array([[box.bounds[2], box.bounds[3]]]))
    pieces = chords(unrolled(legs(np.array([longer(given, 1.2 * float(through[0]))], np.object_))), _TOLERANCE_M)[0]
    knife = shapely.multilinestrings(np.stack([pieces.begin, pieces.end], axis=1))
    found = shapely.get_parts(shapely.polygonize([shapely.union_all([shapely.boundary(box), knife])]))
    inside = shapely.point_on_surface(found)
    left = LineIndex(given).nearest(shapely.get_x(inside), shapely.get_y(inside)).left > 0
    mine = found[(left == (side == "left")) & shapely.intersects(box, inside)]
    return geopandas.GeoSeries(on_the_map(np.array([shapely.union_all(mine)], np.object_)), crs=4326)


def _side(line: Feature, party: str, meant: str) -> Side:
    """Return which side of a line is meant for a party; blank where the line does not name that party."""
    sides: tuple[tuple[str, Side], ...] = ((line.left, "left"), (line.right, "right"))
    if not party or party not in (line.left, line.right):
        return ""
    return next((side for whose, side in sides if (whose == party) == (meant == "own")), "")
