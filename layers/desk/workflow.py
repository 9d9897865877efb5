"""How far the reports of a view were followed up: by status, and by what was done beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.desk import question as ask
from layers.desk.answers import spoken
from layers.desk.cross import Number
from layers.desk.groups import column
from layers.desk.rulings import VERDICTS
from layers.desk.sheet import Sheet
from layers.model import Layer

#: By status, those that have come as far or further. An endorsement does not say whether a party was named.
_REACHED = {
    "alleged": ("alleged", "investigated", "verified", "attributed", "not_attributed", "endorsed"),
    "investigated": ("investigated", "verified", "attributed", "not_attributed", "endorsed"),
    "verified": ("verified", "attributed", "not_attributed", "endorsed"),
    "attributed": ("attributed",),
    "not_attributed": ("not_attributed",),
    "endorsed": ("endorsed",),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the workflow: how many stand there now, and how many came that far or further."""

    label: str
    now: Number
    reached: Number


@dataclass(frozen=True, slots=True)
class Workflow:
    """How far reports were followed up.

    Attributes
    ----------
    whole : Number
        The reports that are meant: those that violate the agreement, all of them where there is none.
    violating : bool
        Whether they are those that violate it.
    stages : tuple of Stage
        By status, in order.
    beside : tuple of (label, number)
        By follow-up.
    """

    whole: Number
    violating: bool
    stages: tuple[Stage, ...]
    beside: tuple[tuple[str, Number], ...]


def workflow(sheet: Sheet, of: Layer) -> Workflow:
    """Return how far a view's reports were followed up; where an agreement applies, those that violate it."""
    violating = bool(ask.judging(sheet.record, sheet.user))
    held = sheet.also("verdict", (VERDICTS[0],)) if violating else sheet
    if held is None:
        return Workflow(Number(0, None), violating, (), ())
    status, beside = (_by_code(held, of, name) for name in ("status", "follow_up"))

    def number(name: str, met: dict[str, int], codes: tuple[str, ...]) -> Number:
        return Number(sum(met.get(code, 0) for code in codes), held.view.also(name, codes))

    labels = {code: spoken(of, "status", code) for code in _REACHED}
    stages = tuple(
        Stage(labels[code], number("status", status, (code,)), number("status", status, further))
        for code, further in _REACHED.items()
    )
    field = of.field("follow_up")
    done = tuple((choice.label, number("follow_up", beside, (choice.code,))) for choice in (field.choices if field else ()))
    return Workflow(Number(held.count(of), held.view), violating, stages, done)


def _by_code(sheet: Sheet, of: Layer, name: str) -> dict[str, int]:
    parts = sheet.points(of)
    met = np.bincount(column(parts, name), minlength=1).tolist()
    spelled = list(sheet.record.picture.points[of.id].vocabulary[name])
    return dict(zip(spelled, met, strict=False))
