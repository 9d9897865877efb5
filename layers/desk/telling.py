"""What an answer tells of beside its own records: the lines, zones and clauses that its filters and its relation ask of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import agreed, nearby, places
from layers.desk.record import Record
from layers.index import Mask, Shapes
from layers.model import View, to_micros

#: Filters that name clauses.
_CLAUSED = ("clause", "undetermined")
_ASKED = {"zone": places.ZONES, "side": places.LINES, "distance": places.LINES}


def chain(record: Record, view: View) -> Iterator[View]:
    """Yield a view and the views of all kept answers that it asks of, each once."""
    waiting, met = [view], set()
    while waiting:
        one = waiting.pop()
        yield one
        for name in (one.where.subject, one.where.other) if one.where else ():
            if name in record.kept and name not in met:
                met.add(name)
                waiting.append(record.kept[name].view)


def needed(record: Record, view: View) -> int:
    """Return the rank that a user must reach to be told a view's answer at all; -1 for none.

    What is named must be seen, and of the lines all, where a filter tells how far or on which side a report lies. Where any line
    or zone will do, those that a user does not see are not asked, so that they need not be seen; nor are, of what may lie nearest,
    those that are not named.
    """
    found = [-1]
    for one in chain(record, view):
        found += [rank for name, codes in one.filters for rank in _filtered(record, name, codes)]
        found += _near(record, one, view.known_at)
        found += _related(record, one) if one.where and one.where.feature else []
    return max(found)


def rank(record: Record, ceiling: int, view: View) -> int:
    """Return the highest rank, of those up to a ceiling, among the lines, zones and clauses that a view's answer tells of; -1 for none.

    The scenes under its map are told of as well.
    """
    found = [-1]
    for one in chain(record, view):
        found += [rank for name, codes in one.filters for rank in _filtered(record, name, codes)]
        found += _every(record) if any(name == "verdict" for name, _ in one.filters) else []
        asked = [nearby.ASKED[name] for name, _ in one.filters if name in nearby.ASKED]
        found += [rank for layer in asked for rank in _then(record, layer, view.known_at)]
        found += _near(record, one, view.known_at)
        found += _related(record, one) if one.where else []
    found += _under(record, view)
    return max(rank for rank in found if rank <= ceiling)


def gone(record: Record, view: View) -> str:
    """Return what a view asks of by name that stands no more, blank where all does: then nothing is its answer."""
    for one in chain(record, view):
        where = one.where
        other = next((of for of in record.layers if where and of.id == where.other), None)
        if where and where.feature and other is not None and not other.tiled:
            shapes = record.picture.shapes[other.stored]
            if not (_meant(shapes, where.feature, lines=other.geometry == "line") & places.standing(shapes)).any():
                return where.feature
        for layer, feature in _nearby(one):
            shapes = record.picture.shapes[layer]
            if not (_meant(shapes, feature, lines=False) & places.standing(shapes)).any():
                return feature
        known = {clause.id for clause in record.picture.agreed.clauses}
        named = [code for name, codes in one.filters if name in _CLAUSED for code in codes if code not in known]
        if named:
            return f"clause {named[0]}"
    return ""


def _nearby(view: View) -> Iterator[tuple[str, str]]:
    """Yield what a view names of what lies near, as layer and feature."""
    yield from ((nearby.ASKED[name], code) for name, codes in view.filters if name in nearby.ASKED for code in codes)
    if view.kp:
        yield places.LINES, view.kp.line


def _filtered(record: Record, name: str, codes: tuple[str, ...]) -> list[int]:
    if name in _CLAUSED:
        ruled = agreed.ranks(record.picture.agreed, record.picture.shapes)
        return [ruled[code] for code in codes if code in ruled]
    shapes = record.picture.shapes.get(_ASKED.get(name, ""))
    if shapes is None:
        return []
    if name != "zone":
        ranks: list[int] = shapes.marking[places.standing(shapes)].tolist()
        return ranks
    return [rank for code in codes for rank in _last(shapes, _meant(shapes, code, lines=False))]


def _then(record: Record, layer: str, known_at: datetime | None) -> list[int]:
    """Return the ranks of all that was known in a layer at a moment: which of them is nearest tells where the others are not."""
    shapes = record.picture.shapes[layer]
    ranks: list[int] = shapes.marking[_known(shapes, known_at)].tolist()
    return ranks


def _near(record: Record, view: View, known_at: datetime | None) -> list[int]:
    """Return the ranks of what a view names of what lies near, and of the whole line whose kilometres it asks, as known at a moment."""
    found = []
    for layer, feature in _nearby(view):
        shapes = record.picture.shapes[layer]
        found += _last(shapes, _meant(shapes, feature, lines=False))
    if view.kp:
        shapes = record.picture.shapes[places.LINES]
        rows = nearby.namesakes(shapes, np.flatnonzero(_known(shapes, known_at)), view.kp.line)
        found += shapes.marking[rows].tolist()
    return found


def _under(record: Record, view: View) -> list[int]:
    """Return the ranks of the scenes that a view lays under its map, whenever they were taken."""
    shapes = record.picture.shapes[SCENES.id]
    laid = np.array([str(of.get("id") or "") in view.scenes for of in shapes.fields], np.bool_)
    ranks: list[int] = shapes.marking[laid & _known(shapes, view.known_at)].tolist()
    return ranks


def _known(shapes: Shapes, known_at: datetime | None) -> Mask:
    if known_at is None:
        return places.standing(shapes)
    moment = to_micros(known_at)
    known: Mask = (shapes.recorded <= moment) & (shapes.replaced > moment)
    return known


def _every(record: Record) -> list[int]:
    return list(agreed.ranks(record.picture.agreed, record.picture.shapes).values())


def _related(record: Record, view: View) -> list[int]:
    """Return the ranks of what a relation stands to; of a layer of many none, for its points are ranked where they are chosen."""
    where = view.where
    other = next((of for of in record.layers if where and of.id == where.other), None)
    if where is None or other is None or other.tiled:
        return []
    shapes = record.picture.shapes[other.stored]
    if not where.feature:
        ranks: list[int] = shapes.marking[places.standing(shapes)].tolist()
        return ranks
    return _last(shapes, _meant(shapes, where.feature, lines=other.geometry == "line"))


def _meant(shapes: Shapes, feature: str, *, lines: bool) -> Mask:
    """Say of each version whether it is meant by a feature's id: its own versions, and of a line those of the parts joined to it."""
    mine = np.array([of == feature for of in shapes.feature], np.bool_)
    if not lines or not mine.any():
        return mine
    named = {places.line_of(shapes, row) for row in np.flatnonzero(mine).tolist()}
    return np.array([places.line_of(shapes, row) in named for row in range(len(shapes))], np.bool_)


def _last(shapes: Shapes, meant: Mask) -> list[int]:
    """Return the ranks of the versions that stand, or of the last ones where none does: what was withdrawn stays as marked."""
    rows = np.flatnonzero(meant & places.standing(shapes))
    if not len(rows) and meant.any():
        last = {shapes.feature[row]: row for row in np.flatnonzero(meant).tolist()}
        rows = np.array(list(last.values()))
    ranks: list[int] = shapes.marking[rows].tolist()
    return ranks
