"""Two or more observations that cross: the most likely place, and the ground that holds the true one with 95 %."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas
import numpy as np
import pandas
import shapely
from scipy.stats import chi2

from layers.analysis.crossings import Bearings, crossings, in_space, settled
from layers.analysis.fans import TAIL, Fan, Likely
from layers.errors import LayersError
from layers.spatial.frame import Features
from layers.spatial.ground import EARTH, Bools, Floats, degrees, ground_m, space
from layers.spatial.joins import pairs
from layers.spatial.plane import Plane
from layers.spatial.sectors import FARTHEST_M, Sights, faults, sector

#: What the area holds.
_HELD = 0.95
#: Bearings that fit together worse than one time in a thousand do not tell of one place.
_UNLIKELY = 0.001
#: Places on either side of a lattice over what distances leave of an area.
_LATTICE = 112
REACH_M = 50_000.0
_NOWHERE = "the bearings cross where no observer's distance reaches; check the distances, or whether it is one event"


class NoFix(LayersError):
    """Observations give no place: too few, leading apart, nearly parallel, or not of one event."""


@dataclass(frozen=True, eq=False, slots=True)
class Fix:
    """Where bearings cross.

    Attributes
    ----------
    lon, lat : float
        The most likely place, WGS 84 degrees.
    area : Polygon or MultiPolygon
        Holds the true place with 95 %; WGS 84, split at ±180.
    area_m2 : float
        Square metres of it, on the ground.
    misfit : float
        The squared standard deviations by which the bearings miss the most likely place, summed; 0 for two bearings.
    likely : Likely
        Where the true place may be, and how likely it is there.
    """

    lon: float
    lat: float
    area: shapely.Geometry
    area_m2: float
    misfit: float
    likely: Likely


def fix(seen: Sights, *, reach_m: float = REACH_M) -> Fix:
    """Cross the bearings of one event.

    Parameters
    ----------
    seen : Sights
        Two or more. The error of a bearing is that of a normal distribution, 1.96 of its standard deviations. Distances are bounds
        that cut the area, 0 and infinity for none: within them nothing favours the middle.
    reach_m : float
        What happened is within so many metres of every observer. An area that goes on beyond is none.

    Returns
    -------
    Fix

    Raises
    ------
    NoFix
        There is one observation only; they lead apart; they are so nearly parallel that the area has no end within the reach; they do
        not agree on a place; or a fault of one of them is told.

    Notes
    -----
    All ground within the reach is alike before. So the likelihood of a place, by how far each bearing misses it in its standard
    deviations, is also the density of where the truth lies; the area is the smallest ground that holds 95 % of it. Where bearings
    spread little that is Stansfield's ellipse; elsewhere it goes on farther away from the observers than towards them, and the
    ellipse does not. Azimuths are those of the ellipsoid, so neither distance nor latitude nor ±180 matters.

    References
    ----------
    Stansfield, R. G. (1947). Statistical theory of D.F. fixing. Journal of the IEE, Part IIIA, 94, 762-770.
    Box, G. E. P., Tiao, G. C. (1965). Multiparameter problems from a Bayesian point of view. Annals of Mathematical Statistics 36,
    1468-1482. Regions of highest posterior density.

    Examples
    --------
    >>> from layers.spatial import sights
    >>> found = fix(sights([36.0, 36.1], [33.0, 33.0], [45, 315], 5, farthest_m=np.inf))
    >>> round(found.lon, 3), round(found.lat, 3), round(found.area_m2 / 1e6, 1)
    (36.05, 33.042, 1.6)
    """
    seen = _asked(seen)
    bearings = in_space(seen)
    plane, misfit = _best(seen, bearings, reach_m)
    if misfit > chi2.isf(_UNLIKELY, max(len(seen) - 2, 1)):
        raise NoFix("the bearings do not agree on a place: one of them tells of another event, or is wrong; take it out")
    fan = Fan.about(seen, bearings, plane, misfit, reach_m)
    banded = seen.take((seen.nearest_m > 0) | (seen.farthest_m < np.inf))
    if len(banded):
        left = _cut(fan.outline(TAIL), banded, reach_m)
        if left.is_empty:
            raise NoFix(_NOWHERE)
        likely, fan = _latticed(fan, left, banded), fan.over(left, reach_m)
    else:
        likely = fan.likely()
    level = _level(likely)
    if fan.endless(level) and not (seen.farthest_m < np.inf).any():
        raise NoFix(
            f"the bearings are so nearly parallel that the area goes on beyond {reach_m / 1000:g} km; "
            "a bearing from another side, or a distance, would end it"
        )
    area = _cut(fan.outline(level), banded, reach_m)
    best = int(np.argmax(likely.density))
    inside = _within(np.array([plane.lon]), np.array([plane.lat]), seen)[0]
    lon, lat = (plane.lon, plane.lat) if inside else (float(likely.lon[best]), float(likely.lat[best]))
    return Fix(lon, lat, area, _area_m2(area), misfit, likely)


def probability_in(likely: Likely, areas: Features) -> pandas.Series:
    """Return how likely what was fixed happened in each area.

    Parameters
    ----------
    likely : Likely
        Of a fix.
    areas : GeoDataFrame or GeoSeries
        Any CRS; edges are geodesics and belong to their area.

    Returns
    -------
    Series
        0 to 1, indexed like ``areas``, right to about 0.01: as ``layers.spatial.probability_inside`` for a place known to a disc.
    """
    at = geopandas.GeoSeries(shapely.points(likely.lon, likely.lat), crs=4326)
    point, area = pairs(at, areas).T
    share = np.bincount(area, likely.share[point], len(areas))
    return pandas.Series(np.minimum(share, 1.0), index=areas.index, name="probability")


def _asked(seen: Sights) -> Sights:
    """Return observations with their distances as bounds, 0 and infinity for none, or say why they give no fix."""
    whole = replace(
        seen,
        nearest_m=np.where(np.isnan(seen.nearest_m), 0.0, seen.nearest_m),
        farthest_m=np.where(np.isnan(seen.farthest_m), np.inf, seen.farthest_m),
    )
    ending = np.where(np.isinf(whole.farthest_m), FARTHEST_M, whole.farthest_m)
    wrong = [f"observation {n}: {why}" for n, why in enumerate(faults(replace(whole, farthest_m=ending)), 1) if why]
    if wrong:
        raise NoFix("; ".join(wrong))
    if len(seen) < 2:
        raise NoFix("one bearing gives a direction and no place; a second from elsewhere would cross it")
    return whole


def _best(seen: Sights, bearings: Bearings, reach_m: float) -> tuple[Plane, float]:
    """Return a plane about the place that the bearings miss least, and the squared misses there, summed."""
    middle = degrees(bearings.at.mean(axis=0))
    plane = Plane(float(middle[0]), float(middle[1]))
    starts = crossings(seen, plane)
    if not len(starts):
        raise NoFix(
            "the bearings lead apart: they cross behind the observers, or nowhere; check the bearings and the observers' places"
        )
    ends = [settled(plane, bearings, start) for start in starts]
    misfit, at = min(ends, key=lambda one: one[0])
    far_m = float(np.sqrt(((space(*at) - bearings.at) ** 2).sum(axis=1)).max())
    if far_m > reach_m:
        raise NoFix(
            f"the bearings are so nearly parallel that they cross {far_m / 1000:.0f} km away, beyond {reach_m / 1000:g} km; "
            "a bearing from another side would tell more"
        )
    return Plane(*at), misfit


def _latticed(fan: Fan, area: shapely.Geometry, seen: Sights) -> Likely:
    """Return places of a lattice over an area that lie within the distances of observations, each with its share."""
    corners = np.column_stack(fan.plane.metres(*shapely.get_coordinates(area).T))
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapely.multipoints(corners)))
    step = (np.arange(_LATTICE) + 0.5) / _LATTICE
    at = frame[0] + (step[:, None, None] * (frame[1] - frame[0]) + step[None, :, None] * (frame[3] - frame[0])).reshape(-1, 2)
    lon, lat = fan.plane.degrees(*at.T)
    inside = _within(lon, lat, seen)
    lon, lat = lon[inside], lat[inside]
    density = np.exp(-(fan.bearings.misfit(space(lon, lat)) - fan.least) / 2)
    if not density.sum() > 0:
        raise NoFix(_NOWHERE)
    return Likely(lon, lat, density, density / density.sum())


def _level(likely: Likely) -> float:
    """Return what the misfit is beyond the least where the places that are likelier hold 95 %."""
    order = np.argsort(-likely.density)
    last = int(np.searchsorted(np.cumsum(likely.share[order]), _HELD))
    return float(-2 * np.log(likely.density[order[min(last, len(order) - 1)]]))


def _within(lon: Floats, lat: Floats, seen: Sights) -> Bools:
    """Tell which places lie within the distances of all observations."""
    metres = ground_m(np.repeat(space(seen.lon, seen.lat), len(lon), axis=0), np.tile(space(lon, lat), (len(seen), 1))).reshape(
        len(seen), -1
    )
    inside = (metres >= seen.nearest_m[:, None]) & (metres <= seen.farthest_m[:, None])
    return np.asarray(inside.all(axis=0))


def _cut(area: shapely.Geometry, seen: Sights, reach_m: float) -> shapely.Geometry:
    """Return what of an area lies within the distances of all observations."""
    if not len(seen):
        return area
    all_round = replace(
        seen, error=np.full(len(seen), 180.0), farthest_m=np.minimum(seen.farthest_m, 2 * reach_m + seen.nearest_m)
    )
    for ring in sector(all_round).shape:
        area = shapely.intersection(area, ring)
    return area


def _area_m2(area: shapely.Geometry) -> float:
    return float(sum(abs(EARTH.geometry_area_perimeter(part)[0]) for part in shapely.get_parts(area)))
