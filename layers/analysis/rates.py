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

from layers.analysis.patrols import USUAL, Law, Track, ways
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
    """How much each area was observed.

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
    hours, km = _driven(areas, tracks, span, reach, law)
    return Watch(hours, km, _stood(areas, posts, span, reach))


def _driven(areas: Shapes, tracks: Sequence[Track], span: tuple[int, int], reach: Reach, law: Law) -> tuple[Floats, Floats]:
    of = ways(tracks, law)
    pieces, way = short(of.legs, min(_PIECE_M, max(_OF_REACH * reach.track_m, 1.0)))
    first = np.searchsorted(way, way)
    count = np.bincount(way, minlength=len(of.legs))[way]
    lasts = (of.ends - of.begins)[way] / count
    begins = of.begins[way] + (np.arange(len(way)) - first) * lasts
    within = np.clip(np.minimum(begins + lasts, span[1]) - np.maximum(begins, span[0]), 0, None)
    # What takes no time is in the span or not.
    share = np.divide(within, lasts, out=((begins >= span[0]) & (begins < span[1])).astype(np.float64), where=lasts > 0)
    there = np.flatnonzero(share)
    west = pieces.begin[there, 0]
    step = (pieces.end[there, 0] - west + 180) % 360 - 180
    piece, area = _near(areas, west + step / 2, pieces.begin[there, 1] / 2 + pieces.end[there, 1] / 2, reach.track_m)
    hours, km = within[there] / _HOUR, (share * pieces.metres)[there] / _KM
    return _summed(area, hours[piece], len(areas)), _summed(area, km[piece], len(areas))


def _stood(areas: Shapes, posts: Sequence[Post], span: tuple[int, int], reach: Reach) -> Floats:
    begins = np.array([max(one.begins, span[0]) if one.begins != NO_TIME else span[0] for one in posts], np.int64)
    ends = np.array([min(one.ends, span[1]) if one.ends != NO_TIME else span[1] for one in posts], np.int64)
    at = np.array([one.at for one in posts], np.object_)
    post, area = _near(areas, shapely.get_x(at), shapely.get_y(at), reach.post_m)
    return _summed(area, np.maximum(ends - begins, 0)[post] / _HOUR, len(areas))


def _near(areas: Shapes, lon: Floats, lat: Floats, metres: float) -> tuple[Ints, Ints]:
    """Return pairs of a place and an area that it lies in or within ``metres`` of."""
    if not len(lon):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return AreaIndex(buffered(areas, metres)).pairs(lon, lat)


def _summed(area: Ints, weight: Floats, count: int) -> Floats:
    return np.bincount(area, weight, minlength=count).astype(np.float64)
