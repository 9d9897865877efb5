"""Reports that gather in space and time at once: clusters of metres and hours, and whether nearness in one goes with the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from layers.errors import LayersError
from layers.model import NO_TIME
from layers.spatial.ground import Bools, Floats, Ints, degrees, ground_m, space

#: So many reports are looked at together.
MOST = 200_000
#: So many pairs of near reports are compared; more take too much memory.
MOST_PAIRS = 10_000_000
#: Pairs whose distance is reckoned at once.
_CHUNK = 500_000
_HOUR = 3_600_000_000
_SLICES = 2_000
_HAIR_M = 1e-3


class TooDense(LayersError):
    """So many reports lie so near to each other that comparing them all would take too long."""


@dataclass(frozen=True, eq=False, slots=True)
class Events:
    """Places and times of reports: WGS 84 degrees, microseconds since 1970 UTC (NO_TIME is near to nothing)."""

    lon: Floats
    lat: Floats
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Ints) -> Events:
        """Return those at these places."""
        return Events(self.lon[rows], self.lat[rows], self.at[rows])


@dataclass(frozen=True, slots=True)
class Near:
    """What counts as near: metres on the ground and hours, both included, and how many reports make a cluster's core."""

    metres: float
    hours: float
    least: int


@dataclass(frozen=True, eq=False, slots=True)
class Cluster:
    """Reports that gather in space and time.

    Attributes
    ----------
    rows : int64 array
        Which reports, ascending.
    begin, end : int
        Times of the first and the last, microseconds since 1970 UTC.
    lon, lat : float
        Their middle, degrees.
    most_m, all_m : float
        Metres about the middle within which 90 % of them lie, and all.
    """

    rows: Ints
    begin: int
    end: int
    lon: float
    lat: float
    most_m: float
    all_m: float


def clusters(events: Events, near: Near) -> list[Cluster]:
    """Return the clusters of reports, the largest first, then the earliest."""
    label = labelled(events, near)
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []
    return [_described(events, rows) for rows in parts]


def labelled(events: Events, near: Near) -> Ints:
    """Return which cluster each report is of, from 0 for the largest; -1 for none.

    A report with at least ``near.least`` of them near it, itself included, is a core. Cores near each other are of one
    cluster. A report near a core that is none itself is of the cluster of the core nearest to it, in metres, then in time,
    then the earlier: so the order of the rows changes nothing.

    Raises
    ------
    TooDense
        Too many pairs would have to be compared.

    References
    ----------
    Birant, D., Kut, A. (2007). ST-DBSCAN: an algorithm for clustering spatial-temporal data. Data & Knowledge Engineering
    60, 208-221. Its third measure, of values other than place and time, is not used.
    """
    timed = np.flatnonzero(events.at != NO_TIME)
    order = timed[np.lexsort((events.lat[timed], events.lon[timed], events.at[timed]))]
    sorted_ = events.take(order)
    one, other, metres = pairs(sorted_, near.metres, near.hours)
    count = len(sorted_)
    core = np.bincount(one, minlength=count) + np.bincount(other, minlength=count) + 1 >= near.least
    both = core[one] & core[other]
    graph = coo_array((np.ones(int(both.sum()), np.bool_), (one[both], other[both])), shape=(count, count))
    part = np.where(core, connected_components(graph, directed=False)[1] if count else core, -1).astype(np.int64)
    part = _with_borders(part, core, sorted_.at, (one, other, metres))
    label = np.full(len(events), -1, np.int64)
    label[order] = _by_size(part)
    return label


def pairs(events: Events, metres: float, hours: float) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of reports within so many metres and hours of each other, both included.

    Parameters
    ----------
    events : Events
        In rising time.

    Returns
    -------
    one, other : int64 arrays
        Positions; one pair is told once.
    metres : float64 array
        On the ground.
    """
    at = space(events.lon, events.lat)
    window = int(hours * _HOUR)
    found: list[tuple[Ints, Ints, Floats]] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for one, other in _candidates(at, events.at, metres, window):
        kept = np.abs(events.at[one] - events.at[other]) <= window
        one, other = one[kept], other[kept]
        away = ground_m(at[one], at[other])
        close = away <= metres
        found.append((one[close], other[close], away[close]))
    one, other, away = (np.concatenate(column) for column in zip(*found, strict=True))
    return one, other, away


def _candidates(at: Floats, when: Ints, metres: float, window: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs that may be near: a chord is never longer than the ground, and no time window spans three slices."""
    if not len(when):
        return
    width = max(window, int(when[-1] - when[0]) // _SLICES) + 1
    heads = np.flatnonzero(np.diff((when - when[0]) // width, prepend=-1))
    tails = np.append(heads[1:], len(when))
    reach, left = metres + _HAIR_M, MOST_PAIRS
    before, end = None, -1
    for head, tail in zip(heads.tolist(), tails.tolist(), strict=True):
        tree = cKDTree(at[head:tail])
        before = before if head and when[head] - when[head - 1] <= window else None
        left -= (tree.count_neighbors(tree, reach) - (tail - head)) // 2
        left -= tree.count_neighbors(before, reach) if before is not None else 0
        if left < 0:
            raise TooDense(
                f"over {MOST_PAIRS:,} pairs of reports lie within {metres:,.0f} m and {window / _HOUR:,.10g} h; "
                "take fewer metres or hours, or a shorter view"
            )
        yield from _chunks(tree.query_pairs(reach, output_type="ndarray") + head)
        if before is not None:
            across = before.sparse_distance_matrix(tree, reach, output_type="ndarray")
            yield from _chunks(np.column_stack([across["i"] + end, across["j"] + head]))
        before, end = tree, head


def _chunks(found: Ints) -> Iterator[tuple[Ints, Ints]]:
    for first in range(0, len(found), _CHUNK):
        part = found[first : first + _CHUNK]
        yield part[:, 0], part[:, 1]


def _with_borders(part: Ints, core: Bools, when: Ints, near: tuple[Ints, Ints, Floats]) -> Ints:
    """Give each report that is near a core but none the part of the nearest one."""
    one, other, metres = near
    mixed = np.flatnonzero(core[one] != core[other])
    one, other = one[mixed], other[mixed]
    heart, border = np.where(core[one], one, other), np.where(core[one], other, one)
    apart = np.abs(when[border] - when[heart])
    order = np.lexsort((heart, apart, metres[mixed], border))
    border, first = np.unique(border[order], return_index=True)
    found = part.copy()
    found[border] = part[heart[order][first]]
    return found


def _by_size(part: Ints) -> Ints:
    """Return parts numbered anew: the largest 0; of equal ones the one whose first report comes first."""
    held, first, which, size = np.unique(part, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(held), np.int64)
    rank[np.lexsort((first, -size, held < 0))] = np.arange(len(held))
    rank[held < 0] = -1
    return np.asarray(rank[which], np.int64)


def _described(events: Events, rows: Ints) -> Cluster:
    at = space(events.lon[rows], events.lat[rows])
    lon, lat = degrees(at.mean(axis=0))
    away = np.sort(ground_m(space(lon, lat)[None], at))
    when = events.at[rows]
    most = away[-(-len(rows) * 9 // 10) - 1]
    return Cluster(rows, int(when.min()), int(when.max()), float(lon), float(lat), float(most), float(away[-1]))
