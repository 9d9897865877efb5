"""The ground that an observation tells of: a bearing give or take some degrees, from so many metres to so many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.spatial.frame import Shapes
from layers.spatial.ground import EARTH, Bools, Floats, Ints, dot, space
from layers.spatial.outlines import outlined

#: Degrees from corner to corner of an arc, at most: its chords lie within 0.016 % of the radius.
_STEP = 2.0
#: How far an edge may depart from what it stands for: as a share of the radius, and a side of the sector's width too.
_TOLERANCE, _OF_WIDTH = 2e-4, 0.05
#: Where along an edge that is asked.
_ASKED = (0.25, 0.5, 0.75)
_HALVINGS = 40
#: A gap so narrow is none.
_FULL = 180 - 1e-6
_LEAST_ERROR = 0.001
FARTHEST_M = 1_000_000.0


@dataclass(frozen=True, eq=False, slots=True)
class Sights:
    """Where observers stood, where they looked, and how far off what they tell of may be; one entry an observation.

    Attributes
    ----------
    lon, lat : float64 array
        WGS 84 degrees.
    bearing : float64 array
        Degrees from true north, clockwise, 0 to 360.
    error : float64 array
        Degrees either way, within which the true bearing lies with 95 %: 1.96 times its standard deviation. 180 is all round.
    nearest_m, farthest_m : float64 array
        The distance on the ground lies from the one to the other.
    """

    lon: Floats
    lat: Floats
    bearing: Floats
    error: Floats
    nearest_m: Floats
    farthest_m: Floats

    def __len__(self) -> int:
        return len(self.lon)

    def take(self, rows: Ints | Bools) -> Sights:
        """Return some of them."""
        return Sights(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True, eq=False, slots=True)
class Sectors:
    """The ground that observations tell of.

    Attributes
    ----------
    shape : GeoSeries
        WGS 84; empty where there is a fault.
    fault : list of str
        Why an observation has no sector, in words, with what to do; blank where it has one.
    """

    shape: geopandas.GeoSeries
    fault: list[str]


def sights(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    bearing: npt.ArrayLike,
    error: npt.ArrayLike,
    *,
    nearest_m: npt.ArrayLike = 0.0,
    farthest_m: npt.ArrayLike,
) -> Sights:
    """Return observations as ``Sights``; what is one number is so for all of them."""
    every = [np.asarray(one, np.float64) for one in (lon, lat, bearing, error, nearest_m, farthest_m)]
    return Sights(*(np.ascontiguousarray(one) for one in np.broadcast_arrays(*(np.atleast_1d(one) for one in every))))


def sector(seen: Sights) -> Sectors:
    """Return the ground that each observation tells of: an annular sector.

    Parameters
    ----------
    seen : Sights
        Distances to 1,000 km. An error of 180 or more is all round: a disc, or a ring where there is a nearest distance.

    Returns
    -------
    Sectors
        Polygon or MultiPolygon, split at ±180. The sides are geodesics and the arcs circles on the ground; every place of the outline is
        within 0.05 % of its distance, and of the farthest beside a side. Where a pole lies in it, it reaches to latitude 90 or -90 over
        all longitudes; on a pole a bearing is counted from the meridian named as its longitude.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43-55.

    Examples
    --------
    >>> found = sector(sights(35.8, 33.0, [45, 361], 11.25, nearest_m=1_000, farthest_m=3_000))
    >>> round(abs(EARTH.geometry_area_perimeter(found.shape[0])[0]) / (3.14159 * (3_000**2 - 1_000**2) * 22.5 / 360), 2)
    1.0
    >>> found.fault
    ['', 'the bearing is 361°; write one from 0 to 360']
    """
    fault = faults(seen)
    sound = np.flatnonzero([not why for why in fault])
    found = np.full(len(seen), shapely.Polygon(), np.object_)
    found[sound] = _sectors(seen.take(sound))
    return Sectors(geopandas.GeoSeries(found, crs=4326), fault)


def faults(seen: Sights) -> list[str]:
    """Return what is wrong with each observation, in words; blank for nothing."""
    checks: Sequence[tuple[Bools, str]] = (
        (~(np.isfinite(seen.lon) & np.isfinite(seen.lat)), "the observer has no place; write where he stood"),
        (~(np.abs(seen.lat) <= 90), "the observer's latitude is {lat:g}, and latitude ends at 90; correct it"),
        (~np.isfinite(seen.bearing), "there is no bearing; write one from 0 to 360"),
        (~((seen.bearing >= 0) & (seen.bearing <= 360)), "the bearing is {bearing:g}°; write one from 0 to 360"),
        (~np.isfinite(seen.error), "the bearing has no error; write how many degrees it may be off either way"),
        (~(seen.error >= _LEAST_ERROR), f"the bearing's error is {{error:g}}°; no bearing is better than {_LEAST_ERROR:g}°"),
        (np.isnan(seen.nearest_m) | np.isnan(seen.farthest_m), "there is no distance; write a band such as 1-3 km"),
        (~(seen.nearest_m >= 0), "the nearest distance is {nearest_m:g} m; a distance is 0 m or more"),
        (
            ~(seen.farthest_m > seen.nearest_m),
            "the distances are from {nearest_m:g} m to {farthest_m:g} m; write the nearer one first, and two that differ",
        ),
        (~(seen.farthest_m <= FARTHEST_M), f"the farthest distance is {{farthest_m:g}} m; it ends at {FARTHEST_M / 1000:.0f} km"),
    )
    found = [""] * len(seen)
    for wrong, words in reversed(checks):
        for n in np.flatnonzero(wrong).tolist():
            found[n] = words.format(**{one.name: getattr(seen, one.name)[n] for one in fields(seen)})
    return found


def _sectors(seen: Sights) -> Shapes:
    full = seen.error >= _FULL
    found = _drawn(seen, _edges(seen, full))
    # A full circle has no sides, and its hole is a circle of its own.
    hole = np.flatnonzero(full & (seen.nearest_m > 0))
    if len(hole):
        inner = replace(seen.take(hole), farthest_m=seen.nearest_m[hole])
        found[hole] = shapely.difference(found[hole], _drawn(inner, _edges(inner, full[hole])))
    return found


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pieces of outlines in their order: of which observation, from an azimuth and a distance to others."""

    of: Ints
    azimuth: Floats
    to_azimuth: Floats
    metres: Floats
    to_metres: Floats

    def at(self, share: float) -> tuple[Floats, Floats]:
        """Return azimuth and distance so far along each."""
        return (
            self.azimuth + share * (self.to_azimuth - self.azimuth),
            self.metres + share * (self.to_metres - self.metres),
        )

    def cut(self, counts: Ints) -> _Edges:
        """Return each in so many equal pieces."""
        whole = np.repeat(np.arange(len(self.of)), counts)
        number = np.arange(len(whole)) - np.repeat(np.cumsum(counts) - counts, counts)
        begin, end = number / counts[whole], (number + 1) / counts[whole]
        turn, run = (self.to_azimuth - self.azimuth)[whole], (self.to_metres - self.metres)[whole]
        azimuth, metres = self.azimuth[whole], self.metres[whole]
        return _Edges(self.of[whole], azimuth + begin * turn, azimuth + end * turn, metres + begin * run, metres + end * run)


def _edges(seen: Sights, full: Bools) -> _Edges:
    """Return outlines: out along one side, the far arc, back along the other side, and the near arc; of a full circle the far arc."""
    row = np.arange(len(seen))
    error = np.where(full, 180.0, seen.error)
    left, right, near, far = seen.bearing - error, seen.bearing + error, seen.nearest_m, seen.farthest_m
    every: tuple[tuple[Ints, tuple[Floats, ...]], ...] = (
        (row[~full], (left, left, near, far)),
        (row, (left, right, far, far)),
        (row[~full], (right, right, far, near)),
        (row[~full & (near > 0)], (right, left, near, near)),
    )
    of = np.concatenate([rows for rows, _ in every])
    order = np.argsort(of, kind="stable")
    columns = [np.concatenate([ends[n][rows] for rows, ends in every])[order] for n in range(4)]
    whole = _Edges(of[order], *columns)
    return whole.cut(np.maximum(np.ceil(np.abs(whole.to_azimuth - whole.azimuth) / _STEP), 1).astype(np.int64))


def _drawn(seen: Sights, edges: _Edges) -> Shapes:
    """Return the areas within outlines, cut until a straight line in degrees lies close enough to each piece."""
    for _ in range(_HALVINGS):
        astray = _astray(seen, edges)
        if not astray.any():
            break
        edges = edges.cut(1 + astray)
    return outlined(_places(seen, edges, 0.0), edges.of, len(seen), north=seen.lat >= 0)


def _places(seen: Sights, edges: _Edges, share: float) -> Floats:
    azimuth, metres = edges.at(share)
    lon, lat, _ = EARTH.fwd(seen.lon[edges.of], seen.lat[edges.of], azimuth, metres)
    return np.column_stack([lon, lat])


def _astray(seen: Sights, edges: _Edges) -> Ints:
    """Return 1 for each piece from which the straight line in degrees between its ends departs too far, else 0."""
    begin, end = _places(seen, edges, 0.0), _places(seen, edges, 1.0)
    run = end - begin
    run[:, 0] = (run[:, 0] + 180) % 360 - 180
    side = edges.azimuth == edges.to_azimuth
    width = np.radians(seen.error[edges.of]) * _OF_WIDTH
    share_of = np.where(side, np.minimum(_TOLERANCE, width), _TOLERANCE)
    tolerance = share_of * np.where(side, seen.farthest_m[edges.of], edges.metres)
    found = np.zeros(len(side), np.int64)
    for share in _ASKED:
        true, drawn = (space(*one.T) for one in (_places(seen, edges, share), begin + share * run))
        found |= np.sqrt(dot(true - drawn, true - drawn)) > tolerance
    return found
