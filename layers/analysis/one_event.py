"""Which observations of several observers may tell of one event: proposed, for a person to accept or to split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from layers.analysis.fixes import REACH_M
from layers.model import NO_TIME
from layers.spatial.ground import EARTH, Bools, Floats, Ints
from layers.spatial.lines import LineIndex
from layers.spatial.sectors import Sights, sector

#: Metres a second that sound goes at most and at least, from a hot day with the wind to a cold one against it.
FASTEST, SLOWEST = 365.0, 300.0
_MICROS = 1_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Observations:
    """What observers saw or heard, one entry an observation.

    Attributes
    ----------
    seen : Sights
        Where they stood and looked.
    at : int64 array
        When each saw or heard it, microseconds since 1970 UTC; NO_TIME goes with none.
    heard : bool array
        Whether by sound, which comes later the farther off it was made.
    observer : array of int64
        Who observed; one observer tells two events apart.
    """

    seen: Sights
    at: Ints
    heard: Bools
    observer: Ints

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, eq=False, slots=True)
class OneEvent:
    """Observations that may tell of one event.

    Attributes
    ----------
    rows : int64 array
        Which, ascending.
    area : Polygon or MultiPolygon
        The ground that all of them tell of, WGS 84.
    begin, end : int
        When it may have been, microseconds since 1970 UTC: the ``begin`` is the last time that some observation allows at the earliest,
        the ``end`` the first that some allows at the latest; within the window the end may lie before the begin.
    """

    rows: Ints
    area: shapely.Geometry
    begin: int
    end: int


def one_events(observed: Observations, window_s: float, *, reach_m: float = REACH_M) -> list[OneEvent]:
    """Propose which observations tell of one event, the earliest first.

    They may if there is ground in the sectors of all of them, no observer is among them twice, and the times that they give for the event
    lie within the window of each other. What is seen is seen at once. Of what is heard the event came before, by as long as sound takes
    from the nearest or the farthest place of that ground.

    In the order of their times each goes to the first earlier group that it fits, or begins one. Groups of one are none.

    Parameters
    ----------
    observed : Observations
        A faulty one, as ``layers.spatial.sector`` tells, goes with none.
    window_s : float
        Seconds that clocks and writing may be apart, 0 or more.
    reach_m : float
        How far off an event may be of an observation that does not say.

    Raises
    ------
    ValueError
        The window is negative or not a number.
    """
    if not window_s >= 0:
        raise ValueError(f"a window must be 0 s or more, got {window_s}")
    bounded = _bounded(observed.seen, reach_m)
    sectors = sector(bounded)
    shapes = np.asarray(sectors.shape.values, np.object_)
    fit = np.flatnonzero(np.array([not why for why in sectors.fault], np.bool_) & (observed.at != NO_TIME))
    groups: list[OneEvent] = []
    open_: list[int] = []
    latest_us = int(window_s * _MICROS) + int(np.max(bounded.farthest_m[fit], initial=0.0) / SLOWEST * _MICROS)
    for row in fit[np.argsort(observed.at[fit], kind="stable")].tolist():
        open_ = [n for n in open_ if observed.at[row] - observed.at[groups[n].rows].min() <= latest_us]
        joined = _joined(observed, shapes[row], [groups[n] for n in open_], row, window_s)
        if joined:
            groups[open_[joined[0]]] = joined[1]
        else:
            open_.append(len(groups))
            groups.append(_grouped(observed, np.array([row]), shapes[row]))
    return [group for group in groups if len(group.rows) > 1]


def _bounded(seen: Sights, reach_m: float) -> Sights:
    nearest = np.where(np.isnan(seen.nearest_m), 0.0, seen.nearest_m)
    ending = np.where(np.isnan(seen.farthest_m) | np.isinf(seen.farthest_m), np.maximum(reach_m, nearest + 1.0), seen.farthest_m)
    return Sights(seen.lon, seen.lat, seen.bearing, seen.error, nearest, ending)


def _joined(
    observed: Observations, shape: shapely.Geometry, groups: list[OneEvent], row: int, window_s: float
) -> tuple[int, OneEvent] | None:
    """Return the first group that an observation fits, by its number, with it in it; None where it fits none."""
    for n, group in enumerate(groups):
        if observed.observer[row] in observed.observer[group.rows]:
            continue
        area = _solid(shapely.intersection(group.area, shape))
        if area.is_empty:
            continue
        whole = _grouped(observed, np.sort(np.append(group.rows, row)), area)
        if whole.begin - whole.end <= window_s * _MICROS:
            return n, whole
    return None


def _solid(shape: shapely.Geometry) -> shapely.Geometry:
    """Return of a shape what is an area: sectors that only touch share no ground."""
    parts = shapely.get_parts(shape)
    return (
        shapely.union_all(parts[shapely.get_dimensions(parts) == 2]) if shapely.get_dimensions(shape) == 2 else shapely.Polygon()
    )


def _grouped(observed: Observations, rows: Ints, area: shapely.Geometry) -> OneEvent:
    nearest, farthest = distances(observed.seen, rows, area)
    heard = observed.heard[rows]
    earliest = observed.at[rows] - np.where(heard, farthest / SLOWEST * _MICROS, 0).astype(np.int64)
    latest = observed.at[rows] - np.where(heard, nearest / FASTEST * _MICROS, 0).astype(np.int64)
    return OneEvent(rows, area, int(earliest.max()), int(latest.min()))


def distances(seen: Sights, rows: Ints, area: shapely.Geometry) -> tuple[Floats, Floats]:
    """Return how far the nearest and the farthest place of an area lie from observers, in metres on the ground."""
    lon, lat = seen.lon[rows], seen.lat[rows]
    nearest = LineIndex(np.array([area], np.object_)).nearest(lon, lat).metres
    nearest = np.where(shapely.intersects_xy(area, lon, lat), 0.0, nearest)
    at = shapely.get_coordinates(area)
    one, other = (grid.ravel() for grid in np.meshgrid(np.arange(len(rows)), np.arange(len(at)), indexing="ij"))
    # No place of an edge this short lies farther off than its ends.
    farthest = np.asarray(EARTH.inv(lon[one], lat[one], at[other, 0], at[other, 1])[2]).reshape(len(rows), -1).max(axis=1)
    return nearest, farthest
