"""What a user may filter by, and whether what a view asks is there for this user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from layers.access import User
from layers.desk import nearby, places
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.derived import SECTOR
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.desk.wording import kept
from layers.errors import MalformedView
from layers.model import Field, View
from layers.notation import dtg
from layers.spatial.distances import line_index

#: So many features are offered at once, those chosen aside; others are searched for.
MOST = 8
_LONGEST = 200


def understood(record: Record, user: User, view: View) -> View:
    """Return the view itself.

    Raises
    ------
    MalformedView
        It filters by what no layer has, or by what no report here says; or by what is nowhere near; or it asks what was known before
        the record began, or will be known. What this user may not see is not told apart from what is not there.
    """
    if view.known_at is not None:
        knowable(record, view.known_at)
    if view.where is not None:
        ask.relatable(record, user, view.where)
    for of in ask.layers(record, user):
        ask.question(record, user, view, of)
    if view.kp and view.kp.line not in ask.called(record, user, places.LINES, view.known_at):
        raise MalformedView(f"no line {view.kp.line[:40]!r} in this mission; choose from the filter")
    fields = {field.name: {choice.code for choice in field.choices} for field in ask.filters(record, user)}
    fields[SECTOR.name] |= set(ask.sector_names(record, user).values())
    for name in nearby.ASKED.keys() & dict(view.filters):
        fields[name] |= ask.called(record, user, nearby.ASKED[name], view.known_at).keys()
    bound = [(name, codes) for name, codes in view.filters if name not in ask.RULED]
    if all(set(codes) <= fields[name] for name, codes in bound):
        return view
    found = met(record, user)
    for name, codes in bound:
        for code in codes:
            if code not in fields[name] and code not in found.get(name, ()):
                raise MalformedView(f"no {name} {code[:40]!r} in this mission; choose from the filter")
    return view


def met(record: Record, user: User) -> dict[str, list[str]]:
    """Return, of each filterable field, the codes met in what this user may see, and the sectors there are."""
    found: dict[str, list[str]] = {"sector": sorted(set(ask.sector_names(record, user).values()))}
    for of in ask.layers(record, user):
        if of.tiled and not of.base:
            found |= record.picture.points[of.stored].met(ask.everything(record, user, of))
    return found


def near(sheet: Sheet, texts: Mapping[str, str]) -> Json:
    """Return what a view may keep by chainage and by what lies nearest.

    Parameters
    ----------
    sheet : Sheet
    texts : mapping of str to str
        What is searched for, by the filter's name; all where it is blank or not given.

    Returns
    -------
    dict
        ``lines``: of each line of a name an id, the name, and its length in km. ``filters``: each with its ``choices``: those chosen,
        then of what the text means those nearest to most reports of the view, ``MOST`` of them and ``more``.
    """
    there = [
        field for field in nearby.NEAREST if ask.called(sheet.record, sheet.user, nearby.ASKED[field.name], sheet.view.known_at)
    ]
    return {"lines": _lines(sheet), "filters": [_offer(sheet, field, texts.get(field.name, "")) for field in there]}


def near_words(record: Record, user: User, view: View) -> str:
    """Return in words what a view keeps by chainage and by what lies nearest; blank for nothing."""
    found = tuple(one for one in view.filters if one[0] in nearby.ASKED)
    return " · ".join(kept(record, user, View(known_at=view.known_at, filters=found, kp=view.kp)))


def _offer(sheet: Sheet, field: Field, text: str) -> Json:
    view = sheet.view
    named = ask.called(sheet.record, sheet.user, nearby.ASKED[field.name], view.known_at)
    chosen = [code for code in dict(view.filters).get(field.name, ()) if code in named]
    said = " ".join(text[:_LONGEST].split()).casefold()
    many = _reports_by(replace(sheet, view=view.only(field.name, ()), _chosen={}), field.name)
    found = [code for code, name in named.items() if code not in chosen and (said in name.casefold() or said in code.casefold())]
    found.sort(key=lambda code: (-many.get(code, 0), named[code].casefold()))
    choices = [[code, named[code]] for code in chosen + found[:MOST]]
    return {"name": field.name, "label": field.label, "more": max(len(found) - MOST, 0), "choices": choices}


def _reports_by(sheet: Sheet, name: str) -> dict[str, int]:
    """Return how many reports of a view lie nearest to each feature, by its id."""
    record = sheet.record
    to = ask.among_seen(record, sheet.user, nearby.ASKED[name], sheet.view.known_at)
    parts = [part for of in sheet.layers if of.tiled and not of.base for part in sheet.points(of)]
    found = np.concatenate([nearby.closest(record.relations, part.columns, to)[part.rows] for part in parts])
    many = np.bincount(found[found >= 0], minlength=len(to.features.every))
    return {one.id: int(number) for one, number in zip(to.features.every, many, strict=True)}


def _lines(sheet: Sheet) -> list[list[object]]:
    to = ask.among_seen(sheet.record, sheet.user, places.LINES, sheet.view.known_at)
    asked = sheet.view.kp.line if sheet.view.kp else ""
    found: dict[str, tuple[str, float]] = {}
    for line, metres in zip(to.features.every, line_index(to.features.standing.shapes).length.tolist(), strict=True):
        of, longest = found.get(line.name or line.id, (line.id, 0.0))
        found[line.name or line.id] = (asked if asked in line.ids else of, max(longest, metres))
    return [[of, name, round(metres / 1_000, 1)] for name, (of, metres) in sorted(found.items())]


def knowable(record: Record, moment: datetime) -> None:
    """Let a moment pass of which the record can say what was known then.

    Raises
    ------
    MalformedView
        It lies in the future, or before anything was recorded.
    """
    now, began = record.clock(), record.record_began()
    if moment > now:
        raise MalformedView(f"{dtg(moment)} lies in the future; ask what was known at a time up to {dtg(now)}")
    if began is None:
        raise MalformedView("nothing is recorded yet, so nothing was known; import reports first")
    if moment < began:
        first = began + (-timedelta(seconds=began.second, microseconds=began.microsecond) % timedelta(minutes=1))
        raise MalformedView(f"nothing was known at {dtg(moment)}, before the record began; ask from {dtg(first)} on")
