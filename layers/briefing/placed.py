"""The features of a sheet as they lie within its frame: which of them reach into it, and where they stand on the paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely

from layers.briefing.frame import Frame
from layers.briefing.hexagons import Hexagons, hexagons
from layers.briefing.picture import Floats
from layers.briefing.plate import Drawn
from layers.model import Box, Layer

Ints = npt.NDArray[np.int64]

#: Above so many points a layer is shaded, and only its worst stand as marks.
MOST = 3_000
#: Above so many of the worst of a shaded layer, they are spots in its cells.
_MOST_WORST = 400
#: Circles of how sure places are have such radii, mm, as on the screen; no more of them than can be followed.
_NARROWEST, _WIDEST, _MOST_CIRCLES = 3.0, 400.0, 400
#: How wide a shaded cell is, and how far beyond the frame shapes are kept, mm.
_CELL, _BEYOND = 3.2, 4.0
#: So near to where the world is cut apart, degrees, shapes end: beyond it they would begin anew at the other side of the map.
_SEAM = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One layer as it stands within a frame.

    Attributes
    ----------
    drawn : Drawn
        The layer.
    inside : bool array
        Which of its features reach into the frame.
    x, y : float64 arrays
        Where its points stand on the sheet, mm.
    cells : Hexagons or None
        Its points as shades, where they are too many to be told apart.
    within : float64 array
        So far from there they may truly lie, mm; empty or 0 where nothing is said.
    """

    drawn: Drawn
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
    x: Floats
    y: Floats
    shapes: np.ndarray[tuple[int], np.dtype[np.object_]]
    cells: Hexagons | None = None
    within: Floats = field(default_factory=lambda: np.empty(0))
    severe: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    worst: tuple[tuple[int, int], ...] = ()

    @property
    def layer(self) -> Layer:
        """Return its declaration."""
        return self.drawn.layer

    @property
    def called(self) -> Counter[tuple[float, float, str]]:
        """Return where its signs stand, mm, with their name, blank for none, and how many alike there are at one place."""
        names = self.drawn.names
        rows = np.flatnonzero(self.inside).tolist() if self.cells is None and len(self.x) else []
        return Counter((float(self.x[n]), float(self.y[n]), names[n].strip() if names else "") for n in rows)

    @property
    def stacked(self) -> bool:
        """Say whether several that are called alike, or not at all, stand at one place, so that one sign hides the others."""
        return max(self.called.values(), default=0) >= max(2, self.drawn.fewest)

    @property
    def classes(self) -> tuple[Ints, Ints]:
        """Return how its points are drawn, by hue and by glyph; those that may not be counted all as the gravest of their place."""
        hue, glyph = self.drawn.hue, self.drawn.glyph
        if not self.drawn.fewest or not len(self.x):
            return hue, glyph
        _, place = np.unique(np.stack([self.x, self.y], axis=1), axis=0, return_inverse=True)
        order = np.lexsort((-glyph, hue, ~self.inside, place.ravel()))
        first = order[np.searchsorted(place.ravel()[order], place.ravel())]
        return hue[first], glyph[first]

    @property
    def circles(self) -> Floats:
        """Return the circles about points within which these truly lie, each once: x, y and radius, mm, (n, 3); none too small to be seen.

        Of points too many to be told apart there are none, nor of more than can be seen together: then the widest.
        """
        if self.cells is not None or not len(self.within) or not len(self.x):
            return np.empty((0, 3))
        wide = self.inside & (self.within >= _NARROWEST) & (self.within <= _WIDEST)
        found = np.unique(np.stack([self.x[wide], self.y[wide], self.within[wide]], axis=1), axis=0)
        return found[np.argsort(-found[:, 2], kind="stable")][:_MOST_CIRCLES]

    def told(self, count: int) -> str:
        """Return how many there are of a class as it is told: of too few only that they are few."""
        return f"under {self.drawn.fewest:,}" if 0 < count < self.drawn.fewest else f"{count:,}"

    def count(self, *, hue: int | None = None, glyph: int | None = None) -> int:
        """Return how many of its features reach into the frame, of one class where it is given."""
        kept = self.inside.copy()
        if hue is not None:
            kept &= self.drawn.hue == hue
        if glyph is not None:
            kept &= self.drawn.glyph == glyph
        return int(kept.sum())

    def area_km2(self, hue: int, frame: Frame) -> float:
        """Return how much ground the areas of one class cover within the frame."""
        rect = frame.rect
        mine = self.shapes[self.inside & (self.drawn.hue == hue)]
        cut = shapely.intersection(mine, shapely.box(rect.x, rect.y, rect.right, rect.top))
        return float(shapely.area(cut).sum() * (frame.per_mm / 1_000) ** 2)


def reaching(drawn: Drawn, frame: Frame) -> npt.NDArray[np.bool_]:
    """Say which of a layer's features reach into a frame, of two that show the same ground into either."""
    return _seen(drawn, frame).inside


def placed(drawn: Drawn, frame: Frame, at: int | None = None) -> Placed:
    """Lay a layer's features on the sheet; with ``at``, those alone that stand on the first map of two, 0, or on the second, 1."""
    flat = _seen(drawn, frame, at)
    return _dense(flat) if drawn.layer.tiled and flat.count() > MOST else flat


def _seen(drawn: Drawn, frame: Frame, at: int | None = None) -> Placed:
    flat = _flat(drawn, frame)
    if not drawn.on:
        return flat
    here = np.logical_or.reduce(drawn.on) if at is None else drawn.on[at]
    return replace(flat, inside=flat.inside & here)


def _flat(drawn: Drawn, frame: Frame) -> Placed:
    rect = frame.rect
    if len(drawn.lon):
        x, y = frame.at(drawn.lon, drawn.lat)
        with np.errstate(invalid="ignore"):
            inside = (x >= rect.x) & (x <= rect.right) & (y >= rect.y) & (y <= rect.top)
        return Placed(drawn, inside, x, y, np.empty(0, object), within=drawn.within_m / frame.per_mm)
    found = np.array([laid(frame, [shape]) for shape in drawn.shapes], object).reshape(-1)
    inside = ~shapely.is_empty(found) & shapely.intersects(found, shapely.box(rect.x, rect.y, rect.right, rect.top))
    return Placed(drawn, np.asarray(inside, bool), np.empty(0), np.empty(0), found)


def _dense(of: Placed) -> Placed:
    """Return a layer of many points as shades; where its worst are too many as well, they become spots in the cells."""
    cells = hexagons(of.x[of.inside], of.y[of.inside], _CELL)
    worst = of.drawn.hue[of.inside] == 0
    if len(of.layer.portrayal.hues) < 2 or int(worst.sum()) <= _MOST_WORST or of.drawn.fewest:
        return replace(of, cells=cells)
    severe = np.bincount(cells.of[worst], minlength=len(cells.count))
    most = int(severe.max())
    first = [1, *sorted({int(n) for n in np.ceil(most ** np.array([1 / 3, 2 / 3]))} - {1})]
    return replace(of, cells=cells, severe=severe, worst=tuple(zip(first, [*(n - 1 for n in first[1:]), most], strict=True)))


def cut(shapes: Iterable[object], box: Box, margin: float = 0.0) -> list[shapely.Geometry]:
    """Return what lies of shapes in a box of degrees; one that crosses ±180 may be asked for as west > east."""
    across = 360 if box[2] < box[0] else 0
    west, south, east, north = box[0] - margin, max(box[1] - margin, -90.0), box[2] + margin + across, min(box[3] + margin, 90.0)
    turns = [turn for turn in (-360, 0, 360) if west + turn < 180 and east + turn > -180]
    found = (shapely.clip_by_rect(shape, west + turn, south, east + turn, north) for shape in shapes for turn in turns)
    return [shape for shape in found if not shape.is_empty]


def laid(frame: Frame, shapes: Iterable[object], *, beyond: float = _BEYOND) -> shapely.Geometry:
    """Return shapes as one on the sheet, cut so far ``beyond`` the frame, mm."""
    rect = frame.rect.inner(-beyond)
    flat = [_turned(frame, near) for near in _near(frame, list(shapes)) if near]
    if not flat or not all(np.isfinite(shapely.get_coordinates(one)).all() for one in flat):
        return shapely.GeometryCollection()
    return shapely.clip_by_rect(shapely.union_all(flat) if len(flat) > 1 else flat[0], rect.x, rect.y, rect.right, rect.top)


def _near(frame: Frame, shapes: Sequence[object]) -> Iterator[list[shapely.Geometry]]:
    """Yield what a frame shows of shapes in degrees, what lies on either side of the meridian at which the world is cut apart."""
    south, north = frame.box[1], frame.box[3]
    if frame.seam is None:
        yield cut(shapes, frame.box, 0.02 * max(north - south, 0.01))
        return
    for west, east in ((-180.0, frame.seam), (frame.seam, 180.0)):
        if east - west > 2 * _SEAM:
            # Straight in degrees is bent on such a map.
            yield list(shapely.segmentize(cut(shapes, (west + _SEAM, south, east - _SEAM, north)), 1.0))


def _turned(frame: Frame, near: list[shapely.Geometry]) -> shapely.Geometry:
    whole = shapely.union_all(near) if len(near) > 1 else near[0]
    return shapely.transform(whole, lambda at: np.stack(frame.at(at[:, 0], at[:, 1]), axis=1))
