"""Bounds by what lies nearest and by how far along a line: reckoned once for the features a user sees, for all rows at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.analysis.standing import nearest
from layers.desk import places
from layers.desk.relations import Relations, Standing
from layers.index import Among, Columns, Mask, Rows, Shapes, degrees
from layers.model import Chainage, Field

#: The filters by what is nearest, and the layer each asks of. Their values are ids of features, of which there may be thousands:
#: they are searched for and never listed whole.
NEAREST = (
    Field("post", "Nearest post", "code", open=True, filterable=True),
    Field("settlement", "Nearest settlement", "code", open=True, filterable=True),
)
ASKED = {"post": places.POSITIONS, "settlement": places.SETTLEMENTS}

Numbers = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
_TO_METRES = 1_000.0


def closest(relations: Relations, columns: Columns, to: Standing) -> Numbers:
    """Return which of some features that stood when each row occurred is nearest to it; -1 for none."""

    def made() -> Numbers:
        lon, lat = degrees(columns.key)
        return nearest(lon, lat, columns.start, to.features.standing).line.astype(np.int32)

    return relations.kept(("closest", to.key), columns.key, made)


def along_m(relations: Relations, columns: Columns, to: Standing) -> npt.NDArray[np.float64]:
    """Return how far along the nearest of some lines that stood when each row occurred it lies, metres; NaN where none stood."""

    def made() -> npt.NDArray[np.float64]:
        lon, lat = degrees(columns.key)
        return nearest(lon, lat, columns.start, to.features.standing).along

    return relations.kept(("along", to.key), columns.key, made)


def by_nearest(relations: Relations, to: Standing, ids: tuple[str, ...]) -> Among:
    """Return the bound to rows that lie nearest to one of the features of these ids."""

    def rows(of: Rows) -> Mask:
        assert isinstance(of, Columns)
        wanted = np.array([one.id in ids for one in to.features.every] + [False], np.bool_)
        mask: Mask = wanted[closest(relations, of, to)]
        return mask

    return Among(("nearest", to.key, ids), rows)


def by_chainage(relations: Relations, to: Standing, asked: Chainage) -> Among:
    """Return the bound to rows that lie beside a stretch of a line, both its ends included."""

    def rows(of: Rows) -> Mask:
        assert isinstance(of, Columns)
        metres = along_m(relations, of, to)
        mask: Mask = (metres >= asked.from_km * _TO_METRES) & (metres <= asked.to_km * _TO_METRES)
        return mask

    return Among(("chainage", to.key, asked), rows)


def namesakes(shapes: Shapes, rows: Ints, line: str) -> Ints:
    """Return those of some versions that are of the line an id means: of its name, whatever their dates; of one without a name, itself.

    So a line that was drawn anew under its old name is one line, and its course as a report occurred is what counts.
    """
    called = {row: str(shapes.fields[row].get("name") or shapes.feature[row]) for row in rows.tolist()}
    meant = {name for row, name in called.items() if shapes.feature[row] == line}
    return np.array([row for row, name in called.items() if name in meant], np.int64)
