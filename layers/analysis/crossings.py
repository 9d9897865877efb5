"""Bearings in space: by how much they miss places, where they cross, and the place that they miss least."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from layers.spatial.ground import EARTH, Floats, dot, space, up
from layers.spatial.plane import Plane
from layers.spatial.sectors import Sights

#: An error that holds 95 % is so many standard deviations.
SIGMAS = 1.96
_ROUNDS, _STILL_M, _PROBE_M, _AHEAD_M = 60, 1e-3, 1.0, 1_000.0
_FARTHEST_M = 1_000_000.0


@dataclass(frozen=True, eq=False, slots=True)
class Bearings:
    """Observations in space: where each observer is, his east and north, his bearing and its standard deviation in radians."""

    at: Floats
    east: Floats
    north: Floats
    bearing: Floats
    sigma: Floats

    def misses(self, at: Floats) -> Floats:
        """Return by how many standard deviations each bearing misses places in space; a row an observation."""
        run = at[None] - self.at[:, None]
        azimuth = np.arctan2(dot(run, self.east[:, None]), dot(run, self.north[:, None]))
        found: Floats = ((azimuth - self.bearing[:, None] + np.pi) % (2 * np.pi) - np.pi) / self.sigma[:, None]
        return found

    def misfit(self, at: Floats) -> Floats:
        """Return the sum of the squared misses of places in space."""
        found: Floats = (self.misses(at) ** 2).sum(axis=0)
        return found


def in_space(seen: Sights) -> Bearings:
    """Return observations as bearings in space."""
    at, lon = space(seen.lon, seen.lat), np.radians(seen.lon)
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros(len(lon))], axis=1)
    return Bearings(at, east, np.cross(up(at), east), np.radians(seen.bearing), np.radians(seen.error) / SIGMAS)


def crossings(seen: Sights, plane: Plane) -> Floats:
    """Return where two bearings each cross in front of both observers, in the plane."""
    begin = np.column_stack(plane.metres(seen.lon, seen.lat))
    lon, lat, _ = EARTH.fwd(seen.lon, seen.lat, seen.bearing, np.full(len(seen), _AHEAD_M))
    way = np.column_stack(plane.metres(lon, lat)) - begin
    one, other = np.array(list(combinations(range(len(seen)), 2))).T
    run, cross = begin[other] - begin[one], way[one, 0] * way[other, 1] - way[one, 1] * way[other, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (run[:, 0] * way[other, 1] - run[:, 1] * way[other, 0]) / cross
        beside = (run[:, 0] * way[one, 1] - run[:, 1] * way[one, 0]) / cross
    ahead = (along > 0) & (beside > 0) & (along * _AHEAD_M < _FARTHEST_M)
    found: Floats = (begin[one] + along[:, None] * way[one])[ahead]
    return found


def settled(plane: Plane, bearings: Bearings, start: Floats) -> tuple[float, tuple[float, float]]:
    """Return the least misfit near a place in the plane, and where: Levenberg's and Marquardt's steps.

    References
    ----------
    Marquardt, D. W. (1963). An algorithm for least-squares estimation of nonlinear parameters. SIAM Journal 11, 431-441.
    """
    at, damping = start, 1e-3
    misses, slope = sloping(plane, bearings, at)
    for _ in range(_ROUNDS):
        square = slope.T @ slope
        step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -slope.T @ misses)
        ahead = at + step
        # Where bearings hardly cross a step may lead off the earth.
        ahead *= min(1.0, _FARTHEST_M / max(float(np.hypot(*ahead)), 1.0))
        new, newer = sloping(plane, bearings, ahead)
        if (new**2).sum() <= (misses**2).sum():
            at, misses, slope, damping = ahead, new, newer, damping / 10
            if np.hypot(*step) < _STILL_M:
                break
        else:
            damping *= 10
    lon, lat = plane.degrees(*at)
    return float((misses**2).sum()), (float(lon), float(lat))


def sloping(plane: Plane, bearings: Bearings, at: Floats) -> tuple[Floats, Floats]:
    """Return the misses of a place in the plane, and how they change for each metre east and north."""
    places = space(*plane.degrees(*(at + _PROBE_M * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])).T))
    misses = bearings.misses(places)
    return misses[:, 0], (misses[:, [1, 3]] - misses[:, [2, 4]]) / (2 * _PROBE_M)
