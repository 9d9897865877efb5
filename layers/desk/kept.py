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
    """Return what of a view is kept: its relation and its filters."""
    return View(last="all", filters=view.filters, where=view.where)


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
                found[f"kept_{row.seq}"] = Kept(str(said["name"]), parse(said["view"]), row.who)
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
    return found


def users(kept: Mapping[str, Kept], layer: str) -> list[str]:
    """Return the names of the kept answers that ask of a layer."""
    return [one.name for one in kept.values() if one.view.where and layer in (one.view.where.subject, one.view.where.other)]
