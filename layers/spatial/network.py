"""Roads as a network: where they meet, how long each piece is on the ground, and which parts do not connect."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from layers.spatial.edges import Legs, single
from layers.spatial.followed import paths
from layers.spatial.frame import Features, Shapes, UnusableGeometry, points, shapes
from layers.spatial.ground import Bools, Floats, Ints, degrees, dot, ground_m, space
from layers.spatial.lines import LineIndex

#: The types of lines, in one part, closed and in several; -1 is missing.
_LINES = (-1, 1, 2, 5)
#: Decimals of a degree to which a place is the same: a tenth of a millimetre. And metres to which a foot is the vertex beside it.
_DECIMALS, _VERTEX_M = 9, 0.01


@dataclass(frozen=True, eq=False)
class Network:
    """Roads cut into edges at the nodes where they meet; every edge may be driven both ways.

    Attributes
    ----------
    lines : (m,) array of LineStrings
        The edges, WGS 84 degrees, as they were drawn.
    road : (m,) int64
        Position of the line that each edge was cut from.
    begin, end : (m,) int64
        The nodes at its ends; the same for a ring.
    metres : (m,) float64
        Its length on the ground. What snapping bridged is not counted.
    speed_kmh : (m,) float64
        How fast it can be driven.
    lon, lat : (n,) float64
        The nodes, WGS 84 degrees.
    part : (n,) int64
        Which part of the network a node is in, of those that no road connects; 0 is the longest.
    part_m : (p,) float64
        Metres of road in each part, falling.
    without_length : (k,) int64
        Positions of the lines that are empty, missing or of no length, and so no roads.
    index : LineIndex
        Of the edges.
    """

    lines: Shapes
    road: Ints
    begin: Ints
    end: Ints
    metres: Floats
    speed_kmh: Floats
    lon: Floats
    lat: Floats
    part: Ints
    part_m: Floats
    without_length: Ints
    index: LineIndex

    @property
    def part_shares(self) -> Floats:
        """Return each part's share of the whole length, falling; a network in one piece has one, of 1."""
        found: Floats = self.part_m / self.part_m.sum()
        return found

    def seconds(self, speed_kmh: float = np.inf) -> Floats:
        """Return how long each edge takes, driven as fast as it allows and no faster than ``speed_kmh``."""
        found: Floats = self.metres * 3.6 / np.minimum(self.speed_kmh, speed_kmh)
        return found


@dataclass(frozen=True, slots=True)
class Snapped:
    """Places on a network.

    Attributes
    ----------
    edge : (n,) int64
        The nearest edge; -1 for a place out of reach of every road, or an empty one.
    along_m : (n,) float64
        Metres from the beginning of the edge.
    lon, lat : (n,) float64
        The place on the road, WGS 84 degrees.
    off_m : (n,) float64
        Metres between the place and the nearest road, also where it is out of reach; NaN for an empty place, or without roads.
    """

    edge: Ints
    along_m: Floats
    lon: Floats
    lat: Floats
    off_m: Floats

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, which: Ints | Bools) -> Snapped:
        """Return some of the places."""
        return Snapped(*(getattr(self, one.name)[which] for one in fields(self)))


def roads(lines: Features, speed_kmh: npt.ArrayLike, *, tolerance_m: float = 1.0) -> Network:
    """Build the network of road lines.

    Roads meet where they share a vertex, to a tenth of a millimetre, and at ends: ends within ``tolerance_m`` of one another are one
    node, and an end that shares its place with nothing meets the nearest place of another line, or of its own farther on, within
    ``tolerance_m``. Lines that cross without a shared vertex do not meet: one is a bridge. A chain of lines no longer than the
    tolerance is not drawn together where its ends already meet.

    Parameters
    ----------
    lines : GeoDataFrame or GeoSeries of lines
        Any CRS; edges are geodesics. Lines that lie twice stay both.
    speed_kmh : float, or array of one for each line
        Speed on the road, more than 0.
    tolerance_m : float
        How far apart on the ground ends that meet may be drawn, 0 or more. Whatever is within it is one node, transitively.

    Returns
    -------
    Network
        Its ``part`` and ``without_length`` say what does not connect and what is no road.

    Raises
    ------
    MissingCRS
        The lines do not say which coordinates they use.
    UnusableGeometry
        A shape is no line, or a coordinate is no place on earth.
    ValueError
        A speed is missing or not more than 0, or the tolerance is negative.

    Examples
    --------
    >>> import geopandas
    >>> from shapely import LineString
    >>> drawn = geopandas.GeoSeries([LineString([(35, 33), (35.1, 33)]), LineString([(35.1, 33), (35.1, 33.1)])], crs=4326)
    >>> found = roads(drawn, 40)
    >>> found.begin.tolist(), found.end.tolist(), found.metres.round().tolist()
    ([0, 1], [1, 2], [9345.0, 11091.0])
    """
    if not tolerance_m >= 0:
        raise ValueError(f"tolerance_m must be 0 or more, got {tolerance_m}")
    given = shapes(lines)
    if not np.isin(shapely.get_type_id(given), _LINES).all():
        raise UnusableGeometry("only lines are roads; leave points and areas out")
    speed = _speeds(speed_kmh, len(given))
    simple, owner = single(given)
    drawn = _drawn(simple)
    drawn, met = _footed(drawn, LineIndex(simple), tolerance_m)
    node = _nodes(drawn, np.concatenate([met, _ends_met(drawn, tolerance_m)]))
    return _cut(drawn, node, owner, speed)


def snap(network: Network, places: Features, *, reach_m: float) -> Snapped:
    """Put places on the nearest road.

    Parameters
    ----------
    network : Network
        Of ``roads``.
    places : GeoDataFrame or GeoSeries of points
        Any CRS.
    reach_m : float
        A place farther from every road than this is on none. 0 or more.

    Raises
    ------
    MissingCRS, UnusableGeometry
        The places do not say which coordinates they use, or are no points.
    ValueError
        ``reach_m`` is negative or not a number.
    """
    if not reach_m >= 0:
        raise ValueError(f"reach_m must be 0 or more, got {reach_m}")
    found = network.index.nearest(*points(places))
    reached = found.metres <= reach_m
    along, lon, lat = (np.where(reached, of, np.nan) for of in (found.along, found.lon, found.lat))
    return Snapped(np.where(reached, found.line, -1), along, lon, lat, found.metres)


def _speeds(given: npt.ArrayLike, count: int) -> Floats:
    speed = np.asarray(given, np.float64)
    if speed.ndim and len(speed) != count:
        raise ValueError(f"{len(speed)} speeds for {count} lines; give one, or one for each")
    speed = np.broadcast_to(speed, count)
    wrong = np.flatnonzero(~(np.isfinite(speed) & (speed > 0)))
    if len(wrong):
        raise ValueError(f"line {wrong[0]} has the speed {speed[wrong[0]]} km/h; it must be more than 0")
    return speed


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Vertices along single lines: degrees, the line each is of, metres along it, and the number of its place."""

    at: Floats
    path: Ints
    along: Floats
    place: Ints

    def take(self, which: Ints | Bools) -> _Drawn:
        """Return some of the vertices."""
        return _Drawn(*(getattr(self, one.name)[which] for one in fields(self)))

    def moving(self) -> _Drawn:
        """Return the vertices without those where the line stays in its place, and without lines that only stay."""
        moved = self.take((np.diff(self.path, prepend=-1) != 0) | (np.diff(self.place, prepend=-1) != 0))
        return moved.take(np.bincount(moved.path)[moved.path] > 1)

    def firsts(self) -> Ints:
        """Return the first vertex of each line."""
        return np.flatnonzero(np.diff(self.path, prepend=-1))

    def lasts(self) -> Ints:
        """Return the last vertex of each line."""
        return np.flatnonzero(np.diff(self.path, append=-1))


def _drawn(simple: Shapes) -> _Drawn:
    at, path = shapely.get_coordinates(simple, return_index=True)
    stands = space(*at.T)
    step = np.zeros(len(at))
    step[1:] = np.where(path[1:] == path[:-1], ground_m(stands[:-1], stands[1:]), 0.0)
    gone = np.cumsum(step)
    firsts = np.flatnonzero(np.diff(path, prepend=-1))
    along = gone - np.repeat(gone[firsts], np.diff(np.append(firsts, len(path))))
    return _Drawn(at, path, along, _numbered(at)).moving()


def _numbered(at: Floats) -> Ints:
    """Return a number for each place, the same for the same place in whatever turn of the globe it is written."""
    lat = np.round(at[:, 1], _DECIMALS)
    lon = np.where(np.abs(lat) == 90, 0.0, np.round(at[:, 0] % 360, _DECIMALS) % 360)
    found: Ints = np.unique(lon + 1j * lat, return_inverse=True)[1]
    return found


def _footed(drawn: _Drawn, index: LineIndex, tolerance_m: float) -> tuple[_Drawn, Ints]:
    """Give lines a vertex where the end of another meets them; return pairs of places that are one, too."""
    ends = np.concatenate([drawn.firsts(), drawn.lasts()])
    ends = ends[np.bincount(drawn.place)[drawn.place[ends]] == 1] if len(ends) else ends
    who, path, along, foot = _feet(drawn, ends, index, tolerance_m)
    # Of a foot at a vertex the vertex is meant.
    order = np.lexsort((drawn.along, drawn.path))
    base = 2 * (drawn.along.max(initial=0) + 1)
    there = drawn.path * base + drawn.along
    asked = path * base + along
    after = np.minimum(np.searchsorted(there, asked), max(len(order) - 1, 0))
    before = np.maximum(after - 1, 0)
    vertex = np.where(np.abs(there[before] - asked) < np.abs(there[after] - asked), before, after) if len(who) else after
    at_vertex = (np.abs(drawn.along[vertex] - along) <= _VERTEX_M) & (drawn.path[vertex] == path)
    along = np.where(at_vertex, drawn.along[vertex], along)
    at = np.where(at_vertex[:, None], drawn.at[vertex], foot)
    whole = np.concatenate([drawn.at, at])
    place = _numbered(whole)
    every = _Drawn(whole, np.concatenate([drawn.path, path]), np.concatenate([drawn.along, along]), place)
    met = np.column_stack([place[who], place[len(drawn.at) :]])
    return every.take(np.lexsort((every.along, every.path))).moving(), met


def _feet(drawn: _Drawn, ends: Ints, index: LineIndex, tolerance_m: float) -> tuple[Ints, Ints, Floats, Floats]:
    """Return for ends the nearest place of another line: the end, the line, metres along it, and where that is."""
    at = space(*drawn.at[ends].T)
    end, leg = index.touching(at, np.full(len(ends), tolerance_m))
    foot = index.foot(leg, at[end])
    out = foot - index.begin[leg]
    along = index.chainage(leg) + np.sqrt(dot(out, out))
    away, path = ground_m(at[end], foot), index.legs.owner[leg]
    first, last, group = drawn.firsts(), drawn.lasts(), _short(drawn, tolerance_m)
    if not len(first):
        return ends, ends, np.zeros(0), np.zeros((0, 2))
    line = np.minimum(np.searchsorted(drawn.path[first], path), len(first) - 1)
    same = path == drawn.path[ends[end]]
    led = (group[drawn.place[ends[end]]] == group[drawn.place[[first[line], last[line]]]]).any(axis=0)
    beside = np.where(same, np.abs(along - drawn.along[ends[end]]) <= 2 * tolerance_m, led)
    near = np.flatnonzero((away <= tolerance_m) & ~beside & (drawn.path[first[line]] == path))
    near = near[np.lexsort((away[near], end[near]))]
    near = near[np.diff(end[near], prepend=-1) > 0]
    return ends[end[near]], path[near], along[near], np.column_stack(degrees(foot[near]))


def _ends_met(drawn: _Drawn, tolerance_m: float) -> Ints:
    """Return pairs of places of ends that are within the tolerance, but for those that short lines already lead between."""
    first, last = drawn.firsts(), drawn.lasts()
    place, which = np.unique(drawn.place[np.concatenate([first, last])], return_index=True)
    at = drawn.at[np.concatenate([first, last])[which]]
    if not len(place) or not tolerance_m:
        return np.zeros((0, 2), np.int64)
    pairs = cKDTree(space(*at.T)).query_pairs(tolerance_m, output_type="ndarray").astype(np.int64)
    group, found = _short(drawn, tolerance_m), place[pairs]
    apart: Ints = found[group[found[:, 0]] != group[found[:, 1]]]
    return apart


def _short(drawn: _Drawn, tolerance_m: float) -> Ints:
    """Return a number for each place, the same for those between which lines no longer than the tolerance lead."""
    first, last = drawn.firsts(), drawn.lasts()
    short = drawn.along[last] <= tolerance_m
    return _joined(np.column_stack([drawn.place[first], drawn.place[last]])[short], int(drawn.place.max(initial=-1)) + 1)


def _joined(pairs: Ints, count: int) -> Ints:
    """Return the number of the group that each is in, of those that pairs hold together."""
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    found: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return found


def _nodes(drawn: _Drawn, met: Ints) -> Ints:
    """Return the node at each vertex, -1 where a road only bends."""
    if not len(drawn.path):
        return np.zeros(0, np.int64)
    group = _joined(met, int(drawn.place.max(initial=-1)) + 1)[drawn.place]
    is_node = np.bincount(group) > 1
    is_node[group[drawn.firsts()]] = is_node[group[drawn.lasts()]] = True
    # Numbered in the order in which the roads come to them.
    there = np.flatnonzero(is_node[group])
    _, first, inverse = np.unique(group[there], return_index=True, return_inverse=True)
    found = np.full(len(group), -1)
    found[there] = np.argsort(np.argsort(first))[inverse]
    return found


def _cut(drawn: _Drawn, node: Ints, owner: Ints, speed: Floats) -> Network:
    """Cut lines at their nodes."""
    leg = np.flatnonzero(np.diff(drawn.path) == 0)
    starts = node[leg] >= 0
    edge = np.cumsum(starts) - 1
    opens = np.flatnonzero(starts)
    closes = np.append(opens[1:], len(leg))[: len(opens)] - 1
    begin, end = node[leg[opens]], node[leg[closes] + 1]
    path = drawn.path[leg[opens]]
    whole = Legs(drawn.at[leg], drawn.at[leg + 1], owner[drawn.path[leg]], edge, np.zeros(len(leg)))
    lines = paths(whole, len(opens))
    index = LineIndex(lines)
    metres = np.asarray(index.length, np.float64)
    there = np.flatnonzero(node >= 0)
    at = drawn.at[there[np.unique(node[there], return_index=True)[1]]]
    part, part_m = _parts(begin, end, metres, len(at))
    road = owner[path]
    used = np.zeros(len(speed), np.bool_)
    used[road] = True
    without = np.flatnonzero(~used)
    return Network(lines, road, begin, end, metres, speed[road], at[:, 0], at[:, 1], part, part_m, without, index)


def _parts(begin: Ints, end: Ints, metres: Floats, count: int) -> tuple[Ints, Floats]:
    """Return which part of the network each of so many nodes is in, the longest first, and the metres of each part."""
    if not count:
        return np.zeros(0, np.int64), np.zeros(0)
    part = _joined(np.column_stack([begin, end]), count)
    length = np.bincount(part[begin], metres).astype(np.float64)
    falling = np.argsort(-length, kind="stable")
    rank: Ints = np.argsort(falling)
    return rank[part], length[falling]
