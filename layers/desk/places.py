"""Where the record's incidents lie among its lines and zones: from the shapes held in memory to the codes of the index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import shapely

from layers.analysis.place import Coded, Feature, Surroundings, coded, features, whole_lines
from layers.index import BETWEEN, NEVER, Codes, Columns, Mask, Shapes, degrees

LINES, ZONES, POSITIONS, SETTLEMENTS = "ceasefire_lines", "zones", "positions", "settlements"
AROUND = (LINES, ZONES, POSITIONS, SETTLEMENTS)

Vocabulary = Mapping[str, dict[str, int]]


def standing(shapes: Shapes) -> Mask:
    """Say of each version whether it is the newest."""
    newest: Mask = shapes.replaced == NEVER
    return newest


def around(shapes: Mapping[str, Shapes], kept: Callable[[str, Shapes], Mask]) -> Surroundings:
    """Return what incidents may lie near to or in: of each layer the versions that are kept."""

    def held(layer: str) -> Iterator[Feature]:
        if (every := shapes.get(layer)) is not None:
            yield from (feature(every, row) for row in np.flatnonzero(kept(layer, every)).tolist())

    return Surroundings(
        features(whole_lines(held(LINES))), features(held(ZONES)), features(held(POSITIONS)), features(held(SETTLEMENTS))
    )


def signature(found: Surroundings) -> str:
    """Return a text that differs where any line or zone does."""
    said = [
        [one.id, one.name, shapely.to_wkb(one.shape, hex=True), one.start, one.until, one.left, one.right]
        for every in (found.lines, found.zones)
        for one in every.every
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def place(columns: Columns, found: Surroundings) -> Coded:
    """Return in short where rows lie."""
    lon, lat = degrees(columns.key)
    return coded(lon, lat, columns.start, found.lines, found.zones)


def codes(found: Coded, vocabulary: Vocabulary) -> dict[str, Codes]:
    """Return places as the index codes them; ``vocabulary`` grows by the sets of zones and the sides met for the first time."""
    sets = [BETWEEN.join(ids) for ids in found.together]
    return {
        "zone": _spelled(found.zones, sets, vocabulary["zone"]),
        "side": _spelled(found.side, found.sides, vocabulary["side"]),
        "distance": _spelled(found.band, BANDS, vocabulary["distance"]),
    }


#: The bands of the distance to the nearest line, as a filter names them.
BANDS = ("500", "1000", "2000", "5000", "10000", "more")


def _spelled(numbers: Codes, spelled: list[str] | tuple[str, ...], known: dict[str, int]) -> Codes:
    table: npt.NDArray[np.uint16] = np.array([0, *(known.setdefault(text, len(known)) for text in spelled)], np.uint16)
    return table[numbers]


def line_of(shapes: Shapes, row: int) -> tuple[object, ...]:
    """Return what the parts of one line have in common: name, dates and parties; of one without a name its id."""
    return of_line(feature(shapes, row))


def of_line(part: Feature) -> tuple[object, ...]:
    """Return what a part of a line has in common with the others; see ``layers.analysis.place.whole_lines``."""
    return part.name or part.id, part.start, part.until, part.left, part.right


def feature(shapes: Shapes, row: int) -> Feature:
    """Return one version of a layer of few as a feature that others stand to."""
    return told(shapes.feature[row], shapes.fields[row], shapes.geometry[row], (int(shapes.start[row]), int(shapes.until[row])))


def told(named: str, said: Mapping[str, object], shape: shapely.Geometry, dates: tuple[int, int]) -> Feature:
    """Return as a feature that others stand to what its fields say, in force from the first date to the second."""
    left, right = (str(said.get(name) or "") for name in ("left_party", "right_party"))
    return Feature(named, str(said.get("name") or ""), shape, *dates, left, right)
