"""Rates, not only counts: incidents per observed hour and per patrol-kilometre, with what chance alone would allow.

Where nobody looked nothing is known: a place without observation has no rate, which is not the rate zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.special import gammaincinv

from layers.analysis.patrols import USUAL, Law, Track, Ways, ways
from layers.model import NO_TIME
from layers.spatial.buffers import buffered
from layers.spatial.cells import AreaIndex
from layers.spatial.edges import short
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats, Ints

_HOUR = 3_600_000_000
#: Tracks are looked at every so many metres, or sooner where the reach is small.
_PIECE_M, _OF_REACH = 50.0, 0.25
_KM = 1_000.0


@dataclass(frozen=True, eq=False, slots=True)
class Rates:
    """Rates of whole arrays of places.

    Attributes
    ----------
    rate, low, high : float64 arrays
        Incidents per unit of observation, and the interval that holds the true rate at least as often as was asked; NaN where nobody
        looked.
    observed : bool array
        Whether anybody looked.
    """

    rate: Floats
    low: Floats
    high: Floats
    observed: Bools


def rates(count: npt.ArrayLike, observed: npt.ArrayLike, level: float = 0.95) -> Rates:
    """Return rates of counted incidents with their exact Poisson intervals.

    Parameters
    ----------
    count : array
        Incidents, 0 or more, whole.
    observed : array
        How much each place was observed: hours, kilometres. 0 is not observed.
    level : float
        How often the interval shall hold the true rate, above 0 and below 1.

    Raises
    ------
    ValueError
        A count or an observation is negative or not finite, a count is not whole, or the level is none.

    Notes
    -----
    The ends are those rates under which so many incidents or more, and so many or fewer, come by chance in (1 - level) / 2 of all
    cases. No incident gives 0 to 3.69 divided by the observation at 95 %.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> found = rates([0, 3, 2], [100.0, 100.0, 0.0])
    >>> found.rate.tolist(), found.low.round(4).tolist(), found.high.round(4).tolist()
    ([0.0, 0.03, nan], [0.0, 0.0062, nan], [0.0369, 0.0877, nan])
    """
    number, seen = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(observed, np.float64))
    if not (np.isfinite(number).all() and (number >= 0).all() and (number == np.floor(number)).all()):
        raise ValueError("count must hold whole numbers from 0 on")
    if not (np.isfinite(seen).all() and (seen >= 0).all()):
        raise ValueError("observed must hold numbers from 0 on; 0 where nobody looked")
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1, got {level}")
    tail = (1 - level) / 2
    # Of no incident there is no lower end but 0.
    low = np.where(number > 0, gammaincinv(np.maximum(number, 1), tail), 0.0)
    there = seen > 0
    per = np.divide(1.0, seen, out=np.full(seen.shape, np.nan), where=there)
    return Rates(number * per, low * per, gammaincinv(number + 1, 1 - tail) * per, there)


@dataclass(frozen=True, slots=True)
class Post:
    """A post that stands: its place, a point in WGS 84 degrees, and its times, microseconds since 1970 UTC; NO_TIME is open."""

    at: shapely.Geometry
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far patrols and posts observe, in metres."""

    track_m: float = 200.0
    post_m: float = 2_000.0


@dataclass(frozen=True, eq=False, slots=True)
class Watch:
    """How much each area, or each step of time, was observed.

    Attributes
    ----------
    patrol_hours, patrol_km : float64 arrays
        How long and how far patrols drove within reach; two at a time count twice.
    post_hours : float64 array
        How long posts stood within reach.
    """

    patrol_hours: Floats
    patrol_km: Floats
    post_hours: Floats

    @property
    def hours(self) -> Floats:
        """Return all observed hours."""
        return self.patrol_hours + self.post_hours

    def __add__(self, other: Watch) -> Watch:
        """Return what both observed together."""
        return Watch(self.patrol_hours + other.patrol_hours, self.patrol_km + other.patrol_km, self.post_hours + other.post_hours)


def watched(
    areas: Shapes,
    tracks: Sequence[Track],
    posts: Sequence[Post],
    span: tuple[int, int],
    *,
    reach: Reach = Reach(),
    law: Law = USUAL,
) -> Watch:
    """Return how much areas were observed in a span.

    Parameters
    ----------
    areas : array of geometries
        WGS 84 degrees; sectors or cells.
    tracks : sequence of Track
        Between fixes a patrol moves evenly along the geodesic; across gaps and leaps, as ``law`` says, nobody knows where it was.
    posts : sequence of Post
    span : tuple of int
        Half open, microseconds since 1970 UTC.
    """
    about = Within(areas, reach)
    return about.driven(ways(tracks, law), span) + about.stood(posts, span)


class Within:
    """Areas and the ground within reach of them, for any number of patrols and posts; see ``watched``."""

    def __init__(self, areas: Shapes, reach: Reach = Reach()) -> None:
        self._reach, self._count = reach, len(areas)
        self._patrols, self._posts = (AreaIndex(buffered(areas, metres)) for metres in (reach.track_m, reach.post_m))

    def driven(self, of: Ways, span: tuple[int, int]) -> Watch:
        """Return how much of a span patrols observed the areas, by their known ways."""
        return _driven(self._patrols, of, span, self._count, self._reach.track_m)

    def stood(self, posts: Sequence[Post], span: tuple[int, int]) -> Watch:
        """Return how much of a span posts observed the areas."""
        begins, ends = _times(posts, span)
        at = np.array([one.at for one in posts], np.object_)
        post, area = self._posts.pairs(shapely.get_x(at), shapely.get_y(at)) if len(posts) else (begins, begins)
        none = np.zeros(self._count)
        return Watch(none, none, _summed(area, np.maximum(ends - begins, 0)[post] / _HOUR, self._count))


def _driven(within: AreaIndex, of: Ways, span: tuple[int, int], areas: int, reach_m: float) -> Watch:
    none = np.zeros(areas)
    if not len(of.legs):
        return Watch(none, none, none)
    pieces, way = short(of.legs, min(_PIECE_M, max(_OF_REACH * reach_m, 1.0)))
    first = np.searchsorted(way, way)
    count = np.bincount(way, minlength=len(of.legs))[way]
    lasts = (of.ends - of.begins)[way] / count
    begins = of.begins[way] + (np.arange(len(way)) - first) * lasts
    lasted = np.clip(np.minimum(begins + lasts, span[1]) - np.maximum(begins, span[0]), 0, None)
    # What takes no time is in the span or not.
    share = np.divide(lasted, lasts, out=((begins >= span[0]) & (begins < span[1])).astype(np.float64), where=lasts > 0)
    there = np.flatnonzero(share)
    west = pieces.begin[there, 0]
    step = (pieces.end[there, 0] - west + 180) % 360 - 180
    piece, area = within.pairs(west + step / 2, pieces.begin[there, 1] / 2 + pieces.end[there, 1] / 2)
    hours, km = lasted[there] / _HOUR, (share * pieces.metres)[there] / _KM
    return Watch(_summed(area, hours[piece], areas), _summed(area, km[piece], areas), none)


def step_by_step(of: Ways, posts: Sequence[Post], edges: Ints) -> Watch:
    """Return how much was observed in each step of time, wherever it was; ``edges`` are one more than steps, rising."""
    lasts = np.maximum(of.ends - of.begins, 1)
    patrols = _gone(of.begins, lasts, np.ones(len(lasts)), edges)
    km = _gone(of.begins, lasts, of.legs.metres / lasts, edges)
    begins, ends = _times(posts, (int(edges[0]), int(edges[-1])))
    stand = _gone(begins, np.maximum(ends - begins, 0), np.ones(len(posts)), edges)
    return Watch(patrols / _HOUR, km / _KM, stand / _HOUR)


def _gone(begins: Ints, lasts: Ints, pace: Floats, edges: Ints) -> Floats:
    """Return how far all of some went on between edges, each at its pace from its beginning on as long as it lasts."""
    total = np.zeros(len(edges))
    # Whoever has begun goes on; whoever has ended is taken off again.
    for since, sign in ((begins, 1.0), (begins + lasts, -1.0)):
        order = np.argsort(since, kind="stable")
        offset = (since[order] - edges[0]).astype(np.float64)
        many = np.searchsorted(since[order], edges)
        paces, starts = (np.append(0.0, np.cumsum(one))[many] for one in (pace[order], pace[order] * offset))
        total += sign * (paces * (edges - edges[0]) - starts)
    return np.maximum(np.diff(total), 0.0)


def _times(posts: Sequence[Post], span: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return when posts begin and end to stand within a span."""
    begins = np.array([max(one.begins, span[0]) if one.begins != NO_TIME else span[0] for one in posts], np.int64)
    ends = np.array([min(one.ends, span[1]) if one.ends != NO_TIME else span[1] for one in posts], np.int64)
    return begins, ends


def _summed(area: Ints, weight: Floats, count: int) -> Floats:
    return np.bincount(area, weight, minlength=count).astype(np.float64)
