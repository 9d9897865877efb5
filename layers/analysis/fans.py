"""Lattices of the places that bearings tell of, before one of the observers: closer where he is nearer, as what they tell is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from contourpy import contour_generator
from scipy.ndimage import binary_dilation

from layers.analysis.crossings import Bearings, sloping
from layers.spatial.ground import Bools, Floats, dot, space
from layers.spatial.outlines import outlined
from layers.spatial.plane import Plane
from layers.spatial.sectors import Sights

#: Where the misfit is so much more than the least, the likelihood is nothing.
TAIL = 30.0
#: Azimuths and distances of the wide lattices, and places on either side of the last.
_LAID, _SIDE = ((32, 128), (40, 40)), 80
#: The least distance from an observer, how far beyond the reach a lattice goes, and how far it is closed beyond its edge.
_CLOSEST_M, _OVER, _HAIR = 1.0, 1.05, 1e-6
_LINEAR_M = 20_000.0


@dataclass(frozen=True, eq=False, slots=True)
class Likely:
    """Where the true place may be.

    Attributes
    ----------
    lon, lat : float64 array
        Places, WGS 84 degrees.
    density : float64 array
        How likely the truth is there, beside the most likely place that bearings alone give.
    share : float64 array
        How likely it is in the ground that the place stands for; they add up to 1.
    """

    lon: Floats
    lat: Floats
    density: Floats
    share: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Fan:
    """A lattice of places before one observer, in the plane about him: columns by azimuth, rows by the logarithm of the distance.

    ``misfit`` is what it is beyond the least, ``far`` what is out of someone's reach.
    """

    plane: Plane
    bearings: Bearings
    least: float
    azimuth: Floats
    distance: Floats
    misfit: Floats
    far: Bools

    @classmethod
    def about(cls, seen: Sights, bearings: Bearings, best: Plane, least: float, reach_m: float) -> Fan:
        """Return the lattice over all places that are likely at all, laid closer in two steps."""
        one = int(np.argmin(seen.error))
        plane = Plane(float(seen.lon[one]), float(seen.lat[one]))
        half = min(np.sqrt(TAIL + least) * float(bearings.sigma[one]), np.pi)
        turn = float(bearings.bearing[one])
        whole = np.array([(turn - half, np.log(_CLOSEST_M)), (turn + half, np.log(_OVER * reach_m))])
        near = _about_best(bearings, best, plane, turn)
        box = whole
        for columns, rows in _LAID:
            fan = cls._laid(plane, bearings, least, _steps(box, columns, rows), reach_m)
            row, column = np.nonzero((fan.misfit <= TAIL) & ~fan.far)
            at = np.concatenate([np.column_stack([fan.azimuth[column], fan.distance[row]]), near])
            step = (box[1] - box[0]) / (columns - 1, rows - 1)
            box = np.clip([at.min(axis=0) - 1.5 * step, at.max(axis=0) + 1.5 * step], *box)
        return cls._laid(plane, bearings, least, _steps(box, _SIDE, _SIDE), reach_m)

    @classmethod
    def _laid(cls, plane: Plane, bearings: Bearings, least: float, by: tuple[Floats, Floats], reach_m: float) -> Fan:
        azimuth, distance = by
        shape = len(distance), len(azimuth)
        at = space(*_before(plane, *(one.ravel() for one in np.meshgrid(azimuth, distance))))
        run = at[None] - bearings.at[:, None]
        far = (dot(run, run) > reach_m**2).any(axis=0)
        return cls(plane, bearings, least, azimuth, distance, (bearings.misfit(at) - least).reshape(shape), far.reshape(shape))

    def over(self, area: shapely.Geometry, reach_m: float) -> Fan:
        """Return the lattice laid closer, over an area."""
        x, y = self.plane.metres(*shapely.get_coordinates(area).T)
        middle = (self.azimuth[0] + self.azimuth[-1]) / 2
        azimuth = middle + (np.arctan2(x, y) - middle + np.pi) % (2 * np.pi) - np.pi
        at = np.column_stack([azimuth, np.log(np.maximum(np.hypot(x, y), _CLOSEST_M))])
        box = np.array([at.min(axis=0), at.max(axis=0)])
        box += np.array([[-1.0], [1.0]]) * (box[1] - box[0]) / _SIDE
        return self._laid(self.plane, self.bearings, self.least, _steps(box, _SIDE, _SIDE), reach_m)

    def likely(self) -> Likely:
        """Return the places of the lattice, each with its share: the plane keeps areas."""
        azimuth, distance = (one.ravel() for one in np.meshgrid(self.azimuth, self.distance))
        density = np.where(self.far, 0.0, np.exp(-self.misfit / 2)).ravel()
        share = density * np.exp(2 * distance)
        some = density > 0
        return Likely(*(one[some] for one in (*_before(self.plane, azimuth, distance), density, share / share.sum())))

    def endless(self, level: float) -> bool:
        """Tell whether the places up to a misfit go on to what is out of reach."""
        return bool((binary_dilation(self.far) & (self.misfit <= level)).any())

    def outline(self, level: float) -> shapely.Geometry:
        """Return the area of the places up to a misfit."""
        # A misfit grows as the square of the way, so its root is what runs evenly between the places of a lattice.
        root, top = np.sqrt(np.maximum(self.misfit, 0.0)), float(np.sqrt(level))
        high = np.pad(np.where(self.far, np.maximum(root, top + 1), root), 1, constant_values=top + TAIL)
        traced = contour_generator(_edged(self.azimuth), _edged(self.distance), high, fill_type="OuterOffset")
        found = []
        for corners, begins in zip(*traced.filled(-1.0, top), strict=True):
            at = np.column_stack(_before(self.plane, *corners[:-1].T))
            ring = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
            shell, *holes = outlined(
                np.column_stack(_before(self.plane, *corners.T)),
                ring,
                len(begins) - 1,
                north=np.full(len(begins) - 1, at[0, 1] >= 0),
            )
            found.append(shapely.difference(shell, shapely.union_all(holes)) if holes else shell)
        return shapely.union_all(found)


def _before(plane: Plane, azimuth: Floats, distance: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude at an azimuth and the logarithm of a distance from the middle of a plane."""
    metres = np.exp(distance)
    return plane.degrees(metres * np.sin(azimuth), metres * np.cos(azimuth))


def _steps(box: Floats, columns: int, rows: int) -> tuple[Floats, Floats]:
    """Return the azimuths and the distances of a lattice over a box."""
    (left, low), (right, high) = box.tolist()
    return np.linspace(left, right, columns), np.linspace(low, high, rows)


def _edged(along: Floats) -> Floats:
    """Return the places of a lattice with one more a hair beyond either end, where an area is closed."""
    hair = _HAIR * (along[-1] - along[0])
    return np.concatenate([[along[0] - hair], along, [along[-1] + hair]])


def _about_best(bearings: Bearings, best: Plane, plane: Plane, turn: float) -> Floats:
    """Return azimuth and logarithm of the distance of places about the best one, as far as bearings that spread little would allow."""
    _, slope = sloping(best, bearings, np.zeros(2))
    angle = np.linspace(0, 2 * np.pi, 32)
    square = np.linalg.eigh(slope.T @ slope)
    longest = np.sqrt(TAIL / np.maximum(square.eigenvalues, 1e-12))
    round_ = (np.column_stack([np.cos(angle), np.sin(angle)]) * np.minimum(longest, _LINEAR_M)) @ square.eigenvectors.T
    x, y = plane.metres(*best.degrees(*round_.T))
    azimuth = turn + (np.arctan2(x, y) - turn + np.pi) % (2 * np.pi) - np.pi
    return np.column_stack([azimuth, np.log(np.maximum(np.hypot(x, y), _CLOSEST_M))])
