"""Answers that were named and kept as layers: for everyone, until they are dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from layers.catalogue import LAYERS
from layers.errors import LayersError
from layers.model import Layer, View, parse
from layers.store import Store

KEEP, DROP = "keep", "drop"
#: Beside the records it shows some of, a kept answer stands out by its stroke.
_WIDER_PX = 1.3
MOST = 40
#: Answers of answers reach so deep: each step may ask of two others.
DEEPEST = 3
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept answer.

    Attributes
    ----------
    name : str
        As its author called it.
    view : View
        What it asks: relation and filters. Its span is that of whoever looks.
    who : str
        Its author.
    """

    name: str
    view: View
    who: str


def asked(view: View) -> View:
    """Return what of a view is kept: its relation, its stretch of a line and its filters."""
    return View(last="all", filters=view.filters, where=view.where, kp=view.kp)


@dataclass(frozen=True, slots=True)
class Answers:
    """The kept answers by the id of their layer, the oldest first, as the audit tells them up to a line of it."""

    upto: int = 0
    kept: Mapping[str, Kept] = field(default_factory=dict)

    def followed(self, store: Store) -> Answers:
        """Return the answers up to the audit's last line; the same object where there is no line beyond."""
        upto, found = self.upto, dict(self.kept)
        for row in store.audit_rows(self.upto):
            upto = row.seq
            if row.act == KEEP:
                said = json.loads(row.body)
                found[layer_id(row.seq)] = Kept(str(said["name"]), parse(said["view"]), row.who)
            elif row.act == DROP:
                found.pop(row.ref, None)
        return self if upto == self.upto else Answers(upto, found)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the answers as layers."""
        known = {of.id: of for of in LAYERS}
        for name, one in self.kept.items():
            assert one.view.where is not None
            if of := known.get(one.view.where.subject):
                drawn = replace(of.portrayal, width_px=of.portrayal.width_px + _WIDER_PX)
                known[name] = replace(of, id=name, title=one.name, portrayal=drawn, base=of.stored)
        return tuple(known[name] for name in self.kept if name in known)


def layer_id(line: int) -> str:
    """Return the id of the layer that a line of the audit made."""
    return f"kept_{line}"


def called(name: str) -> str:
    """Return an answer's name with single blanks.

    Raises
    ------
    LayersError
        It is blank or too long.
    """
    found = " ".join(name.split())
    if not 0 < len(found) <= LONGEST:
        raise LayersError(f"the name is {len(found)} characters long; give one of 1 to {LONGEST}")
    if not found.isprintable() or not any(sign.isalnum() for sign in found):
        raise LayersError("the name holds signs that nobody can read; write it in letters and figures")
    return found


def depth(kept: Mapping[str, Kept], view: View) -> int:
    """Return how many answers deep a view asks: 1 where it asks of layers of their own."""
    where = view.where
    asked = [kept[name].view for name in (where.subject, where.other) if name in kept] if where else []
    return 1 + max((depth(kept, one) for one in asked), default=0)


def users(kept: Mapping[str, Kept], layer: str) -> list[str]:
    """Return the kept answers, by the ids of their layers, that ask of a layer."""
    asked = {name: one.view.where for name, one in kept.items()}
    return [name for name, where in asked.items() if where and layer in (where.subject, where.other)]
