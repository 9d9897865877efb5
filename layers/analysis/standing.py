"""Lines, zones and posts with the time each was in force: what counts is what stood when something occurred."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import geopandas
import numpy as np
import numpy.typing as npt

from layers.model import NO_TIME
from layers.spatial.distances import line_index
from layers.spatial.joins import area_index
from layers.spatial.lines import Nearest

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """Features and when each stood.

    Attributes
    ----------
    shapes : GeoSeries
        WGS 84 degrees, of any geometry.
    start, until : (n,) int64
        Microseconds since 1970 UTC, both included; NO_TIME where a side is open. Undated features always stand.
    """

    shapes: geopandas.GeoSeries
    start: Ints
    until: Ints
    _subsets: dict[bytes, geopandas.GeoSeries] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes)

    def at(self, moment: int) -> npt.NDArray[np.bool_]:
        """Say of each feature whether it stood at a moment; at NO_TIME only undated ones do."""
        begun, lasts = self.start == NO_TIME, self.until == NO_TIME
        if moment != NO_TIME:
            begun, lasts = begun | (self.start <= moment), lasts | (self.until >= moment)
        stood: npt.NDArray[np.bool_] = begun & lasts
        return stood

    def periods(self, at: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Part moments by what stood at them.

        Yields
        ------
        rows : int64 array
            Positions in ``at``; over all parts each comes once.
        features : int64 array
            Positions of the features that stood at all of these moments.
        """
        edges = np.unique(np.concatenate([self.start[self.start != NO_TIME], self.until[self.until != NO_TIME] + 1]))
        if not len(edges):
            yield np.arange(len(at)), np.arange(len(self))
            return
        period = np.where(at == NO_TIME, -1, np.searchsorted(edges, at, side="right"))
        order = np.argsort(period, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(period[order])) + 1):
            if len(rows):
                yield rows, np.flatnonzero(self.at(int(at[rows[0]])))

    def subset(self, features: Ints) -> geopandas.GeoSeries:
        """Return some of the features; the same ones are the same object, so that an index of them is built once."""
        key = features.tobytes()
        if key not in self._subsets:
            self._subsets[key] = self.shapes.iloc[features]
        return self._subsets[key]


def nearest(lon: Floats, lat: Floats, at: Ints, standing: Standing, *, within_m: float = np.inf) -> Nearest:
    """Return which feature that stood at its moment is nearest to each point; ``line`` is its position, -1 for none.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees.
    at : (n,) int64
        Microseconds since 1970 UTC.
    within_m : float
        Metres on the ground beyond which nothing is nearest.
    """
    metres, along, foot_lon, foot_lat, left = np.full((5, len(lon)), np.nan)
    line = np.full(len(lon), -1, np.int64)
    for rows, features in standing.periods(at):
        if not len(features):
            continue
        found = line_index(standing.subset(features)).nearest(lon[rows], lat[rows], within_m=within_m)
        metres[rows], along[rows], left[rows] = found.metres, found.along, found.left
        foot_lon[rows], foot_lat[rows] = found.lon, found.lat
        line[rows] = np.where(found.line >= 0, features[found.line], -1)
    return Nearest(metres, line, along, foot_lon, foot_lat, left)


def pairs(lon: Floats, lat: Floats, at: Ints, standing: Standing) -> Ints:
    """Return which point lies in which area that stood at its moment, edges included, as (n, 2) positions, rising."""
    found = [np.empty((0, 2), np.int64)]
    for rows, features in standing.periods(at):
        if len(features):
            who, area = area_index(standing.subset(features)).pairs(lon[rows], lat[rows])
            found.append(np.column_stack([rows[who], features[area]]))
    whole = np.concatenate(found)
    return whole[np.lexsort((whole[:, 1], whole[:, 0]))]
