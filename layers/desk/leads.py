"""What a record rests on and what was made of it, by name: a finding's scenes and its incident, an incident's finding; and its figures in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np

from layers import access
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import answers, cued
from layers.desk.answers import Json
from layers.desk.cueing import MADE
from layers.desk.search import Visible
from layers.desk.sheet import Sheet
from layers.model import Layer, Versions, to_micros

#: The fields that hold the id of another record, and the layer it is in.
_LEADS = {
    (FINDINGS.id, "before"): SCENES,
    (FINDINGS.id, "after"): SCENES,
    (FINDINGS.id, "statistic"): SCENES,
    (SCENES.id, "before"): SCENES,
    (SCENES.id, "after"): SCENES,
}
#: What a finding measured, in words.
_WORDED: dict[str, Callable[[Mapping[str, object]], str]] = {
    "strength": cued.strength,
    "p": lambda told: cued.chance(told.get("p")),
}
_PAIR = ("before", "after")
#: When a scene was taken, and when a finding was seen.
_DATED = ("acquired_at", "after_at")
#: An id longer than this is cut where it stands alone.
_LONG = 16


def told_of(of: Layer) -> frozenset[str]:
    """Return the fields of a layer whose ids ``rows`` tells of in words."""
    return frozenset(name for layer, name in _LEADS if layer == of.id) | (
        frozenset(_WORDED) if of.id == FINDINGS.id else frozenset()
    )


def rows(sheet: Sheet, of: Layer, told: Mapping[str, object], visible: Visible, upto: str | None = None) -> list[Json]:
    """Return the card's rows of the records that a version names, with ``to`` where the user may see them.

    Where he sees both scenes, a row has them as ``lay``, the one before first. A record that is not here for him stands by its id, and so
    does one marked above ``upto``.
    """
    words = _WORDED if of.id == FINDINGS.id else {}
    found: list[Json] = [
        {"label": field.label, "value": words[field.name](told)}
        for field in of.fields
        if field.name in words and told.get(field.name) not in (None, "")
    ]
    met: dict[str, Json] = {}
    for field in of.fields:
        target, named = _LEADS.get((of.id, field.name)), str(told.get(field.name) or "")
        if target is not None and named:
            met[field.name] = _met(sheet, target, named, visible, upto)
            found.append({"label": field.label} | met[field.name])
    if all("to" in met.get(name, {}) for name in _PAIR):
        found.append({"label": "On the ground", "value": "Before and after", "lay": [str(told[name]) for name in _PAIR]})
    return found + _made(sheet, of, str(told.get("id") or ""), visible, upto)


def _made(sheet: Sheet, of: Layer, feature: str, visible: Visible, upto: str | None) -> list[Json]:
    """Return the row of the incident made of a finding, or of the finding an incident was made of, where it is here for the user."""
    if of.id == INCIDENTS.id and feature.startswith(MADE):
        finding = feature.removeprefix(MADE)
        label, other = (
            "Made of finding",
            _met(sheet, FINDINGS, finding, visible, upto) | _withdrawn(sheet, finding, visible, upto),
        )
    elif of.id == FINDINGS.id:
        label, other = "Incident made of it", _met(sheet, INCIDENTS, f"{MADE}{feature}", visible, upto)
    else:
        return []
    return [{"label": label} | other] if "to" in other else []


def _withdrawn(sheet: Sheet, finding: str, visible: Visible, upto: str | None) -> Json:
    """Return a finding's id and that it was withdrawn, with what leads to its last words, where it was and these are for the user."""
    known = _known(sheet, FINDINGS, finding)
    if not known.retracted.any() or _rank(sheet, known.marking[0]) > _ceiling(sheet, upto):
        return {}
    every = sheet.record.store.history(FINDINGS.id, finding)
    stood = every.seq[~every.retracted & (every.seq < known.seq[0])].tolist()
    if not visible(FINDINGS, stood[-1:]):
        return {}
    return {"value": f"{_short(finding)}, withdrawn", "to": {"layer": FINDINGS.id, "id": stood[-1]}}


def _met(sheet: Sheet, target: Layer, feature: str, visible: Visible, upto: str | None) -> Json:
    """Return a record's title and what leads to it; of one that is not here for the user its id alone, cut if it is long."""
    known = _known(sheet, target, feature)
    for n in np.flatnonzero(~known.retracted).tolist():
        seq = int(known.seq[n])
        if _rank(sheet, known.marking[n]) <= _ceiling(sheet, upto) and visible(target, [seq]):
            fields = json.loads(known.payload[n])
            said = (answers.title(target, fields), *(answers.cell(target, name, fields.get(name)) for name in _DATED))
            return {"value": ", ".join(filter(None, said)), "to": {"layer": target.id, "id": seq}}
    return {"value": _short(feature)}


def _known(sheet: Sheet, target: Layer, feature: str) -> Versions:
    known_at = sheet.view.known_at
    return sheet.record.store.current(target.stored, [feature], known_at=to_micros(known_at) if known_at else None)


def _rank(sheet: Sheet, marking: str) -> int:
    return access.rank(marking, sheet.record.configuration.markings)


def _ceiling(sheet: Sheet, upto: str | None) -> int:
    levels = sheet.record.configuration.markings
    return len(levels) if upto is None else levels.index(upto)


def _short(feature: str) -> str:
    return feature if len(feature) <= _LONG else f"{feature[:_LONG]}…"
