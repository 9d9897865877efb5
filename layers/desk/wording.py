"""A view in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from layers import access
from layers.access import User
from layers.desk import nearby, places, scenes
from layers.desk import question as ask
from layers.desk.answers import distance, words_of
from layers.desk.derived import DISTANCE, SECTOR, VERDICT
from layers.desk.picture import SECTORS
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.model import Chainage, Choice, Field, Layer, Relation, View
from layers.notation import dtg

_UNITS = {"h": "hour", "d": "day"}
#: A title names so many things that a view keeps, and so many values of one field.
_KEPT, _VALUES = 2, 3


def told(sheet: Sheet) -> str:
    """Return what a view asks: its span, its area, its filters, and as of whose knowledge."""
    west_to_north = (
        f"within {', '.join(f'{v:.10g}°' for v in sheet.view.box)} (west, south, east, north)" if sheet.view.box else ""
    )
    known = f"as known at {dtg(sheet.view.known_at)}" if sheet.view.known_at else ""
    bounds = kept(sheet.record, sheet.user, sheet.view)
    return " · ".join(part for part in (_span(sheet.view, sheet.window.start), west_to_north, *bounds, known) if part)


def kept(record: Record, user: User, view: View) -> list[str]:
    """Return in words what a view keeps: its relation, its stretch of a line and its filters."""
    found = [related(record, user, view.where)] if view.where else []
    found += [_beside_stretch(record, user, view.kp, view.known_at)] if view.kp else []
    return found + [_filtered(record, user, view, name) for name, _ in view.filters]


def title(sheet: Sheet) -> str:
    """Return what a sheet is called where nobody says, as a person writes it: ``Incidents, shelling, Sector 1``."""
    layer, view = next((of for of in sheet.layers if of.tiled), None), sheet.view
    if len(view.scenes) > 1:
        return f"Before and after: {' and '.join(dtg(of.scene.acquired_at) for of in scenes.under(sheet))}"
    kept = [related(sheet.record, sheet.user, view.where)] if view.where else []
    head = [] if layer and view.where and view.where.subject == layer.id else [layer.title if layer else "Situation"]
    kept += [_beside_stretch(sheet.record, sheet.user, view.kp, view.known_at)] if view.kp else []
    kept += [_titled(sheet, layer, name) for name, _ in view.filters]
    return ", ".join((head + kept)[: _KEPT + 1])


def _titled(sheet: Sheet, layer: Layer | None, name: str) -> str:
    """Return one filter as a part of a title."""
    codes, field = dict(sheet.view.filters)[name], _named(sheet.record, sheet.user, sheet.view, name)
    known = {choice.code: choice.label for choice in field.choices}
    labels = [sector(sheet, code) if name == SECTOR.name else known.get(code, code) for code in codes]
    own = {one.name for one in layer.filterable} if layer else set()
    if name in (own | {DISTANCE.name, VERDICT.name}) - {"party"}:  # what has a name of its own keeps its capital
        labels = [label[0].lower() + label[1:] if label[1:2].islower() else label for label in labels]
    said = _listed(labels)
    plain = name in ("kind", SECTOR.name) or said.startswith(field.label)
    return said if plain else f"{field.label[0].lower()}{field.label[1:]} {said}"


def _listed(labels: Sequence[str]) -> str:
    """Return a few of some labels as a person lists them.

    >>> _listed(["firing"]), _listed(["firing", "looting"]), _listed(["a", "b", "c", "d", "e"])
    ('firing', 'firing and looting', 'a, b, c and 2 more')
    """
    *first, last = labels if len(labels) <= _VALUES else [*labels[:_VALUES], f"{len(labels) - _VALUES} more"]
    return f"{', '.join(first)} and {last}" if first else last


def sector(sheet: Sheet, code: str) -> str:
    """Return what a sector is called: its own name, as the map says it, where the sheet may tell of it; else by its code."""
    shapes = sheet.record.picture.shapes[SECTORS]
    named = {str(shapes.fields[row].get("name") or "") for row in areas(sheet, code).tolist()} - {"", code}
    return named.pop() if len(named) == 1 else f"Sector {code}"


def areas(sheet: Sheet, code: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of a sector's areas, as they stand, of which a sheet may tell: none that is marked higher than what it shows."""
    picture, markings = sheet.record.picture, sheet.record.configuration.markings
    upto = access.rank(sheet.marking() or markings[0], markings)
    named = ask.sector_names(sheet.record, sheet.user)
    told = [n - 1 for n, one in named.items() if one == code and picture.sector_ranks[n - 1] <= upto]
    return np.flatnonzero(places.standing(picture.shapes[SECTORS]))[told]


def _beside_stretch(record: Record, user: User, asked: Chainage, known_at: datetime | None) -> str:
    line = ask.called(record, user, places.LINES, known_at).get(asked.line, asked.line)
    return f"KP {asked.from_km:.10g} to {asked.to_km:.10g} of {line}"


def _filtered(record: Record, user: User, view: View, name: str) -> str:
    field, codes = _named(record, user, view, name), dict(view.filters)[name]
    lost = name in ask.RULED and not set(codes) <= {choice.code for choice in field.choices}
    return words_of(field, codes) + (" (the agreement that applies has no such clause)" if lost else "")


def _named(record: Record, user: User, view: View, name: str) -> Field:
    """Return the field of a filter; where its codes are features, they are called as these are."""
    field = ask.filter_of(record, user, name)
    if name not in nearby.ASKED:
        return field
    named = ask.called(record, user, nearby.ASKED[name], view.known_at)
    return replace(field, choices=tuple(Choice(code, named.get(code, code)) for code in dict(view.filters)[name]))


def related(record: Record, user: User, where: Relation) -> str:
    """Return a relation in words, ``Incidents within 500 m of ceasefire line``."""
    to, parties, of = _to(record, user, where), dict(record.configuration.parties), ask.layer(record, user, where.subject)
    how = {
        "within": f"within {distance(where.metres)} of {to}",
        "beyond": f"farther than {distance(where.metres)} from {to}",
        "inside": f"in {to}" if of.geometry == "point" else f"that touch or lie in {to}",
        "crossing": f"that cross {to}",
        "side": f"on {to}" if where.side == "on" else f"on the {_beside(where.side, parties)} of {to}",
    }
    return f"{of.title} {how[where.kind]}"


def reached(record: Record, user: User, where: Relation) -> str:
    """Return what the drawn ground of a relation is, ``Within 500 m of ceasefire line``."""
    to = _to(record, user, where)
    return f"In {to}" if where.kind == "inside" else f"Within {distance(where.metres)} of {to}"


def _to(record: Record, user: User, where: Relation) -> str:
    other = ask.layer(record, user, where.other)
    named = {} if other.tiled else ask.names(record, user, other)
    if where.feature:
        return named.get(where.feature, where.feature)
    called = set(named.values())
    return called.pop() if len(called) == 1 else other.any


def _beside(side: str, parties: dict[str, str]) -> str:
    return f"{side} side" if side in ("left", "right") else f"side of {parties.get(side, side)}"


def _span(view: View, began: datetime | None) -> str:
    if view.by == "recorded":
        return _recorded(view, began)
    if view.start and view.end and dtg(view.start) == dtg(view.end):
        return f"At {dtg(view.start)}"
    if view.start or view.end:
        parts = [f"from {dtg(view.start)}" if view.start else "", f"to {dtg(view.end)}" if view.end else ""]
        text = " ".join(part for part in parts if part)
        return text[0].upper() + text[1:]
    if began is None:
        return "The whole record"
    if view.last == "watch":
        return f"Since the watch began, {dtg(began)}"
    number, unit = int(view.last[:-1]), _UNITS[view.last[-1]]
    return f"The last {f'{number} {unit}s' if number > 1 else unit}, since {dtg(began)}"


def _recorded(view: View, began: datetime | None) -> str:
    """Return the span of a view that runs by the time of recording, ``Recorded since 230600Z NOV 26``."""
    if view.end:
        return f"Recorded {f'from {dtg(view.start)} to' if view.start else 'before'} {dtg(view.end)}"
    if view.start:
        return f"Recorded since {dtg(view.start)}"
    said = _span(replace(view, by="occurred"), began)
    if began is None:
        return said
    return f"Recorded {'' if view.last == 'watch' else 'in '}{said[0].lower()}{said[1:]}"
