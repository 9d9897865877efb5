"""Who is first at a place, and when: by road from many sources at once, or straight across the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from layers.spatial.edges import between, onward
from layers.spatial.frame import Features, points
from layers.spatial.ground import Floats, Ints, ground_m, space
from layers.spatial.network import Network, Snapped

#: So many networks are ready to be searched.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who comes first, and how soon.

    Attributes
    ----------
    seconds : (n,) float64
        Until the first is there, its delay included; inf where none comes.
    first : (n,) int64
        Position of the source that comes first, of equals any; -1 where none comes.
    """

    seconds: Floats
    first: Ints


@dataclass(frozen=True, slots=True)
class Route:
    """The soonest way along roads.

    Attributes
    ----------
    metres, seconds : float
        Its length and how long it takes, the delay included; inf where no road leads there.
    line : LineString
        The way, WGS 84 degrees, its vertices as those of the roads; empty where none leads there.
    """

    metres: float
    seconds: float
    line: shapely.LineString


@dataclass(frozen=True, eq=False, slots=True)
class _Field:
    """Times to every node for sources that drive no faster than so many km/h; ``which`` are their positions."""

    speed_kmh: float
    which: Ints
    edge: Ints
    share: Floats
    delay_s: Floats
    nodes: Arrivals
    before: Ints

    def at(self, network: Network, places: Snapped) -> Arrivals:
        """Return when places are reached, and by whom; infinite and -1 where nobody comes."""
        edge, share = np.maximum(places.edge, 0), _share(network, places)
        drive = network.seconds(self.speed_kmh)[edge]
        begin, end = network.begin[edge], network.end[edge]
        back, on = self.nodes.seconds[begin] + share * drive, self.nodes.seconds[end] + (1 - share) * drive
        seconds, first = np.minimum(back, on), self.nodes.first[np.where(back <= on, begin, end)]
        # Who is on the same edge need not go by its ends.
        same = np.flatnonzero(np.isin(edge, self.edge))
        place, source = np.nonzero(edge[same, None] == self.edge)
        place = same[place]
        direct = self.delay_s[source] + np.abs(share[place] - self.share[source]) * drive[place]
        order = np.lexsort((direct, place))
        place, source, direct = place[order], source[order], direct[order]
        best = (np.diff(place, prepend=-1) > 0) & (direct < seconds[place])
        seconds[place[best]], first[place[best]] = direct[best], self.which[source[best]]
        there = places.edge >= 0
        return Arrivals(np.where(there, seconds, np.inf), np.where(there, first, -1))


@dataclass(frozen=True, eq=False, slots=True)
class Response:
    """How soon the first of many sources is anywhere on a network.

    Attributes
    ----------
    network : Network
    nodes : Arrivals
        At its nodes.
    """

    network: Network
    nodes: Arrivals
    _fields: tuple[_Field, ...]

    def at(self, places: Snapped) -> Arrivals:
        """Return who is first at places on the roads; at one that is out of reach of every road none is."""
        return _soonest(len(places), [field.at(self.network, places) for field in self._fields])


def response(network: Network, sources: Snapped, *, delay_s: npt.ArrayLike = 0.0, speed_kmh: npt.ArrayLike = np.inf) -> Response:
    """Reckon how soon the first of several sources is at every node.

    Parameters
    ----------
    network : Network
        Of ``roads``.
    sources : Snapped
        Patrols or posts on the network. One out of reach of every road comes nowhere; what others have to go to the road is not counted.
    delay_s : float, or array of one for each source
        Seconds until it starts, 0 or more.
    speed_kmh : float, or array of one for each source
        It drives as fast as the road allows, and no faster than this. Every speed that differs costs a search of its own.

    Returns
    -------
    Response
        The times at the nodes, and at any places that are asked of it.

    Raises
    ------
    ValueError
        A delay is negative or missing, or a speed is missing or not more than 0.

    References
    ----------
    Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
    delay, speed = _delays(delay_s, len(sources)), _most(speed_kmh, len(sources))
    there = np.flatnonzero(sources.edge >= 0)
    groups = [there[speed[there] == one] for one in np.unique(speed[there])]
    fields = tuple(_field(network, sources.take(which), which, delay[which], float(speed[which[0]])) for which in groups)
    return Response(network, _soonest(len(network.lon), [field.nodes for field in fields]), fields)


def routed(network: Network, source: Snapped, place: Snapped, *, delay_s: float = 0.0, speed_kmh: float = np.inf) -> Route:
    """Find the soonest way by road from one source to one place.

    Parameters
    ----------
    network : Network
        Of ``roads``.
    source, place : Snapped
        One each. From the road to what lies off it is not counted.
    delay_s, speed_kmh : float
        As for ``response``.

    Raises
    ------
    ValueError
        There is not one source and one place, or as for ``response``.
    """
    if len(source) != 1 or len(place) != 1:
        raise ValueError(f"one source and one place make a route, got {len(source)} and {len(place)}")
    found = response(network, source, delay_s=delay_s, speed_kmh=speed_kmh)
    seconds = float(found.at(place).seconds[0])
    if not np.isfinite(seconds):
        return Route(np.inf, np.inf, shapely.LineString())
    pieces = _pieces(network, found._fields[0], source, place)
    metres = sum(abs(to - since) for _, since, to in pieces)
    at = np.concatenate([_driven(network, *piece) for piece in pieces])
    at = at[np.append(True, (np.diff(at, axis=0) != 0).any(axis=1))]
    return Route(metres, seconds, shapely.LineString(at if len(at) > 1 else np.repeat(at, 2, axis=0)))


def straight(
    sources: Features, places: Features, speed_kmh: npt.ArrayLike, *, delay_s: npt.ArrayLike = 0.0
) -> tuple[Arrivals, Floats]:
    """Tell who is first at each place straight across the ground, for where there are no roads to go by.

    Parameters
    ----------
    sources, places : GeoDataFrame or GeoSeries of points
        Any CRS. An empty source comes nowhere; at an empty place none is first.
    speed_kmh : float, or array of one for each source
        The speed that is assumed, more than 0; whoever shows the answer says it.
    delay_s : float, or array of one for each source
        Seconds until it starts, 0 or more.

    Returns
    -------
    Arrivals, (n,) float64
        Who is first, and the geodesic metres it has to go; NaN where none comes.

    Raises
    ------
    MissingCRS, UnusableGeometry
        Either side does not say which coordinates it uses, or is no points.
    ValueError
        As for ``response``.

    Examples
    --------
    >>> import geopandas
    >>> posts = geopandas.GeoSeries(geopandas.points_from_xy([35.0, 35.3], [33.0, 33.0]), crs=4326)
    >>> clinic = geopandas.GeoSeries(geopandas.points_from_xy([35.2], [33.0]), crs=4326)
    >>> found, metres = straight(posts, clinic, 30)
    >>> found.first.tolist(), found.seconds.round().tolist(), metres.round().tolist()
    ([1], [1121.0], [9345.0])
    """
    begin, end = space(*points(sources)), space(*points(places))
    delay, speed = _delays(delay_s, len(begin)), _most(speed_kmh, len(begin))
    if np.isinf(speed).any():
        raise ValueError("straight across the ground a speed is needed; give one in km/h")
    seconds, first, metres = np.full(len(end), np.inf), np.full(len(end), -1), np.full(len(end), np.nan)
    whole = np.flatnonzero(np.isfinite(end[:, 0]))
    for source in np.flatnonzero(np.isfinite(begin[:, 0])).tolist():
        away = ground_m(np.broadcast_to(begin[source], (len(whole), 3)), end[whole])
        took = delay[source] + away * 3.6 / speed[source]
        sooner = took < seconds[whole]
        at = whole[sooner]
        seconds[at], first[at], metres[at] = took[sooner], source, away[sooner]
    return Arrivals(seconds, first), metres


def _delays(given: npt.ArrayLike, count: int) -> Floats:
    delay = np.broadcast_to(np.asarray(given, np.float64), count)
    wrong = np.flatnonzero(~(np.isfinite(delay) & (delay >= 0)))
    if len(wrong):
        raise ValueError(f"source {wrong[0]} starts after {delay[wrong[0]]} s; a delay must be 0 or more")
    return delay


def _most(given: npt.ArrayLike, count: int) -> Floats:
    speed = np.broadcast_to(np.asarray(given, np.float64), count)
    wrong = np.flatnonzero(~(speed > 0))
    if len(wrong):
        raise ValueError(f"source {wrong[0]} has the speed {speed[wrong[0]]} km/h; it must be more than 0")
    return speed


def _share(network: Network, places: Snapped) -> Floats:
    found: Floats = np.clip(places.along_m / network.metres[np.maximum(places.edge, 0)], 0, 1)
    return found


def _soonest(count: int, found: list[Arrivals]) -> Arrivals:
    seconds, first = np.full(count, np.inf), np.full(count, -1)
    for one in found:
        sooner = one.seconds < seconds
        seconds[sooner], first[sooner] = one.seconds[sooner], one.first[sooner]
    return Arrivals(seconds, first)


@dataclass(frozen=True, slots=True)
class _Graph:
    """Ways from node to node as rows of a sparse matrix.

    Where each row begins, and where its ways lead; the edges that may be driven for each way, and where those of each begin.
    """

    rows: Ints
    to: npt.NDArray[np.int32]
    edge: Ints
    heads: Ints

    def soonest(self, way: int, seconds: Floats) -> int:
        """Return of the edges between two nodes the one that takes least."""
        edges = self.edge[slice(*np.append(self.heads, len(self.edge))[way : way + 2])]
        return int(edges[np.argmin(seconds[edges])])


@lru_cache(_KEPT)
def _graph(network: Network) -> _Graph:
    """Return the ways of a network; a ring leads nowhere."""
    edge = np.flatnonzero(network.begin != network.end)
    since = np.concatenate([network.begin[edge], network.end[edge]])
    to = np.concatenate([network.end[edge], network.begin[edge]])
    order = np.lexsort((to, since))
    since, to, edge = since[order], to[order], np.tile(edge, 2)[order]
    heads = np.flatnonzero((np.diff(since, prepend=-1) != 0) | (np.diff(to, prepend=-1) != 0))
    rows = np.searchsorted(since[heads], np.arange(len(network.lon) + 1))
    return _Graph(rows, to[heads].astype(np.int32), edge, heads)


def _field(network: Network, sources: Snapped, which: Ints, delay_s: Floats, speed_kmh: float) -> _Field:
    """Search from all sources at once, each a vertex of its own from which ways lead to both ends of its edge."""
    graph, count, many = _graph(network), len(network.lon), len(sources)
    every = network.seconds(speed_kmh)
    seconds = np.minimum.reduceat(every[graph.edge], graph.heads) if len(graph.heads) else np.zeros(0)
    share, drive = _share(network, sources), every[sources.edge]
    begin, end = network.begin[sources.edge], network.end[sources.edge]
    back, on = delay_s + share * drive, delay_s + (1 - share) * drive
    own = count + np.arange(many)
    ring = begin == end
    to = np.column_stack([begin, np.where(ring, own, end)])
    took = np.column_stack([np.where(ring, np.minimum(back, on), back), on])
    rows = np.append(graph.rows, graph.rows[-1] + 2 * np.arange(1, many + 1)).astype(np.int32)
    columns = np.append(graph.to, to).astype(np.int32)
    ways = csr_array((np.append(seconds, took), columns, rows), shape=(count + many,) * 2)
    seconds, before, first = dijkstra(ways, indices=own, min_only=True, return_predecessors=True)
    came = np.isfinite(seconds[:count])
    by = np.where(came, which[np.where(came, first[:count] - count, 0)], -1)
    nodes = Arrivals(seconds[:count], by)
    return _Field(speed_kmh, which, sources.edge, share, delay_s, nodes, before.astype(np.int64))


def _pieces(network: Network, field: _Field, source: Snapped, place: Snapped) -> list[tuple[int, float, float]]:
    """Return the edges of the soonest way from the only source, and from where to where each is driven, in metres along it."""
    one, other = int(source.edge[0]), int(place.edge[0])
    left, reached = float(source.along_m[0]), float(place.along_m[0])
    size, drive = network.metres, network.seconds(field.speed_kmh)
    gone = [reached / size[other], 1 - reached / size[other]]
    ends = [int(network.begin[other]), int(network.end[other])]
    took = [float(field.nodes.seconds[end] + share * drive[other]) for end, share in zip(ends, gone, strict=True)]
    if one == other and float(field.delay_s[0]) + abs(left - reached) / size[one] * drive[one] <= min(took):
        return [(one, left, reached)]
    last = int(np.argmin(took))
    graph, count = _graph(network), len(network.lon)
    found = [(other, 0.0 if last == 0 else float(size[other]), reached)]
    node = ends[last]
    while (since := int(field.before[node])) < count:
        row = int(graph.rows[since])
        edge = graph.soonest(row + int(np.searchsorted(graph.to[row : graph.rows[since + 1]], node)), drive)
        forward = network.begin[edge] == since
        found.append((edge, 0.0, float(size[edge])) if forward else (edge, float(size[edge]), 0.0))
        node = since
    back = network.begin[one] == node and (network.end[one] != node or left <= size[one] / 2)
    found.append((one, left, 0.0 if back else float(size[one])))
    return found[::-1]


def _driven(network: Network, edge: int, since_m: float, to_m: float) -> Floats:
    """Return the vertices of an edge between two places of it, those included, in the direction of travel."""
    at = shapely.get_coordinates(network.lines[edge])
    stands = space(*at.T)
    along = np.append(0.0, np.cumsum(ground_m(stands[:-1], stands[1:])))
    low, high = min(since_m, to_m), min(max(since_m, to_m), float(along[-1]))
    inner = at[(along > low) & (along < high)]
    found: Floats = np.concatenate([_between(at, along, low), inner, _between(at, along, high)])
    return found if since_m <= to_m else found[::-1]


def _between(at: Floats, along: Floats, metres: float) -> Floats:
    """Return the place so many metres along vertices, (1, 2); a vertex itself to the last bit."""
    leg = max(int(np.searchsorted(along, metres)) - 1, 0)
    if metres in (along[leg], along[leg + 1]):
        return at[[leg + int(metres == along[leg + 1])]]
    azimuth, _, _ = between(at[[leg]], at[[leg + 1]])
    return onward(at[[leg]], azimuth, np.array([metres - along[leg]]))
