"""How rows of one layer stand to features of another, reckoned once for each pair of layers and kept, so that a slider may move."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.analysis import related
from layers.analysis.place import Features, features, whole_lines
from layers.desk import places
from layers.desk.reckoned import Reckoned
from layers.index import Among, Columns, Mask, Rows, Selection, Shapes, degrees
from layers.model import Layer, Relation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: So many answers are kept; one of a million rows holds 8 MB.
_MOST = 24


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """Features of a layer of few, to which others stand. Equal keys are equal features."""

    key: Hashable
    features: Features


@dataclass(frozen=True, eq=False, slots=True)
class Crowd:
    """The points of a view's tiled layer, to which others stand. Equal keys are equal points."""

    key: Hashable
    parts: tuple[Selection, ...]

    def places(self) -> tuple[Floats, Floats, Ints]:
        """Return longitudes, latitudes and version numbers."""
        found = [(*degrees(part.key), part.columns.seq[part.rows]) for part in self.parts]
        lon, lat, seq = (np.concatenate(column) for column in zip(*found, strict=True))
        return lon, lat, seq


class Relations(Reckoned):
    """What was reckoned of pairs of layers. Safe to ask from any thread."""

    def __init__(self) -> None:
        super().__init__(_MOST)

    def standing(self, shapes: Shapes, rows: Ints, of: Layer, feature: str) -> Standing:
        """Return some versions of a layer as features to stand to: all, or the one of that id with the parts that it is one line with."""
        key = ("standing", of.stored, shapes.seq[rows].tobytes(), feature)

        def made() -> Standing:
            every = [places.feature(shapes, row) for row in rows.tolist()]
            named = [one for one in every if not feature or one.id == feature]
            if of.geometry == "line":
                meant = {places.of_line(one) for one in named}
                named = whole_lines(one for one in every if places.of_line(one) in meant)
            return Standing(key, features(named))

        return self.kept(key, of, made)

    def signed_m(self, rows: Columns, to: Standing | Crowd) -> Floats:
        """Return how far points lie from others; see ``layers.analysis.related.signed_m`` and ``nearest_m``."""

        def made() -> Floats:
            lon, lat = degrees(rows.key)
            if isinstance(to, Standing):
                return related.signed_m(lon, lat, rows.start, to.features)
            to_lon, to_lat, others = to.places()
            return related.nearest_m(lon, lat, to_lon, to_lat, own=rows.seq, others=others)

        return self.kept(("metres", to.key), rows.key, made)

    def sides(self, rows: Columns, to: Standing) -> npt.NDArray[np.object_]:
        """Return on which side of the nearest line each point lies; see ``layers.analysis.related.sides``."""
        return self.kept(("side", to.key), rows.key, lambda: related.sides(*degrees(rows.key), rows.start, to.features))

    def sides_unsure(self, rows: Columns, to: Standing, side: str) -> Mask:
        """Return of which points the precision leaves open whether they lie on a side of the nearest line."""

        def made() -> Mask:
            precision = rows.precision.astype(np.float64)
            return related.sides_unsure(*degrees(rows.key), rows.start, precision, lines=to.features, side=side)

        return self.kept(("side unsure", to.key, side), rows.key, made)

    def shapes_stand(self, shapes: Shapes, to: Standing, alike: bool) -> related.ShapesStand:
        """Return how the versions of a layer of few stand to others."""
        return self.kept(("shapes", to.key), shapes, lambda: related.shapes_stand(_features(shapes), to.features, alike=alike))

    def shapes_sides(self, shapes: Shapes, to: Standing) -> npt.NDArray[np.object_]:
        """Return on which side of the nearest line each version of a layer of few lies."""
        return self.kept(("sides", to.key), shapes, lambda: related.shapes_sides(_features(shapes), to.features))

    def among(self, asked: Relation, to: Standing | Crowd, alike: bool) -> Among:
        """Return the bound that a relation to these sets."""

        def rows(of: Rows) -> Mask:
            if isinstance(of, Columns):
                return self._points(of, asked, to)
            assert isinstance(of, Shapes)
            return self._shapes(of, asked, to, alike)

        return Among((asked, to.key), rows)

    def _points(self, of: Columns, asked: Relation, to: Standing | Crowd) -> Mask:
        if asked.kind == "side" and isinstance(to, Standing):
            return np.asarray(self.sides(of, to) == asked.side, np.bool_)
        if asked.kind in ("crossing", "side"):
            return np.zeros(len(of), np.bool_)
        return _stands(self.signed_m(of, to), asked)

    def _shapes(self, of: Shapes, asked: Relation, to: Standing | Crowd, alike: bool) -> Mask:
        if isinstance(to, Crowd):
            return _stands(self.shapes_to_crowd_m(of, to), asked)
        if asked.kind == "side":
            return np.asarray(self.shapes_sides(of, to) == asked.side, np.bool_)
        found = self.shapes_stand(of, to, alike)
        return found.crosses if asked.kind == "crossing" else _stands(found.metres, asked)

    def shapes_to_crowd_m(self, of: Shapes, to: Crowd) -> Floats:
        """Return how far shapes lie from the nearest of many points: asked the other way round, each point for every shape in turn."""

        def made() -> Floats:
            lon, lat, _ = to.places()
            return related.shapes_to_points_m(_features(of), lon, lat)

        return self.kept(("crowd", to.key), of, made)


def _stands(metres: Floats, asked: Relation) -> Mask:
    if asked.kind == "beyond":
        return np.isfinite(metres) & ~related.within(metres, asked.metres)
    return related.within(metres, asked.metres if asked.kind == "within" else 0.0)


def _features(shapes: Shapes) -> Features:
    return features(places.feature(shapes, row) for row in range(len(shapes)))
