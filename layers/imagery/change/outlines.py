"""Patches of change as outlines on the ground, with what is told of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from layers.imagery.change.grid import EARTH, Grid
from layers.imagery.change.method import Floats, Kind
from layers.imagery.change.patches import Patches
from layers.imagery.change.rings import polygons

#: Edges longer than so many pixels are cut, so that they stay where they are in degrees.
_STEP_PX = 64
_EAST, _WEST = shapely.box(0, -90, 180, 90), shapely.box(180, -90, 360, 90)

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Outline:
    """One place that changed.

    Attributes
    ----------
    kind : Kind
        The class of change.
    geometry : Polygon or MultiPolygon
        WGS 84 degrees, valid, holes kept; split at ±180.
    area_m2 : float
        Geodesic area on the ellipsoid of WGS 84.
    strength : float
        The mean of the statistic in it.
    p : float
        How often an unchanged pixel reaches a statistic as high as that mean.
    """

    kind: Kind
    geometry: shapely.Geometry
    area_m2: float
    strength: float
    p: float


def outlined(patches: Patches, grid: Grid, kinds: Sequence[Kind], chance: Callable[[Floats], Floats]) -> list[Outline]:
    """Return the outlines of patches, in their order."""
    if not len(patches):
        return []
    shapes = in_degrees(polygons(patches.runs, patches.owner, len(patches)), grid)
    strength = patches.total / patches.pixels
    odds = chance(strength.astype(np.float32))
    return [
        Outline(kinds[int(kind) - 1], shape, area_m2(shape), float(strong), float(p))
        for kind, shape, strong, p in zip(patches.kind, shapes, strength, odds, strict=True)
    ]


def in_degrees(shapes: Shapes, grid: Grid) -> Shapes:
    """Return shapes in columns and rows as shapes in longitude and latitude."""

    def placed(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.stack(grid.degrees(*corners.T), axis=1)

    found: Shapes = shapely.transform(shapely.segmentize(shapes, _STEP_PX), placed)
    west, _, east, _ = shapely.bounds(found).T
    for across in np.flatnonzero((east - west > 180) | (east > 180) | (west < -180)):
        found[across] = _split(found[across])
    return np.asarray(shapely.orient_polygons(found), object)


def area_m2(shape: shapely.Geometry) -> float:
    """Return the geodesic area of a shape in longitude and latitude, shells counterclockwise."""
    return abs(float(EARTH.geometry_area_perimeter(shape)[0]))


def _split(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape across the antimeridian in two parts, and one wholly beyond it where it lies on the globe.

    One wider than half a turn has longitudes of both sides; any other runs on past ±180.
    """
    west, _, east, _ = shape.bounds
    turn = 360 * np.floor(west / 360)

    def turned(corners: npt.NDArray[np.float64], degrees: float) -> npt.NDArray[np.float64]:
        return np.stack([corners[:, 0] + degrees, corners[:, 1]], axis=1)

    def in_turn(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.stack([corners[:, 0] % 360 if east - west > 180 else corners[:, 0] - turn, corners[:, 1]], axis=1)

    whole = shapely.transform(shape, in_turn)
    there = shapely.transform(shapely.intersection(whole, _WEST), lambda corners: turned(corners, -360))
    return shapely.union(shapely.intersection(whole, _EAST), there)
