"""The rows of a view by one field: which groups there are, what they are called, and the view that holds one of them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from layers.analysis.trends import merged
from layers.desk import answers
from layers.desk import question as ask
from layers.desk.derived import SECTOR
from layers.desk.sheet import Sheet
from layers.index import Mask, Selection
from layers.model import Layer, View

Ints = npt.NDArray[np.int64]
Parts = Sequence[Selection]

#: So many groups of a field are told apart, the most frequent ones; what is left is one group.
MOST = 40
_SECTOR = SECTOR.name
_PARTY = "party"
_REST = "All others"


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its code, blank where no filter asks for it, and what it is called."""

    code: str
    label: str


class Grouping(Protocol):
    """What parts the rows of a view into groups."""

    @property
    def every(self) -> tuple[Group, ...]:
        """Return the groups, in order."""

    def numbers(self, parts: Parts) -> Ints:
        """Return the number of the group of each row of some selections, -1 for none."""

    def only(self, view: View, group: Group) -> View | None:
        """Return the view that holds one group of a view alone, None where no filter asks for it."""


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """The groups of a field, and of each row's code the number of its group.

    Attributes
    ----------
    name : str
        The field, or ``sector``; blank where all rows are one group.
    title : str
        What it is called.
    every : tuple of Group
    """

    name: str
    title: str
    every: tuple[Group, ...]
    _of: tuple[int, ...]

    def numbers(self, parts: Parts) -> Ints:
        """Return the number of the group of each row of some selections."""
        if not self.name:
            return np.zeros(sum(map(len, parts)), np.int64)
        return merged(column(parts, self.name), self._of)

    def only(self, view: View, group: Group) -> View | None:
        """Return the view that holds one group of a view alone, None where no filter asks for it."""
        return view.also(self.name, (group.code,)) if group.code else None


def column(parts: Parts, name: str) -> npt.NDArray[np.uint16]:
    """Return the codes of one field, or the sectors, of the rows of some selections."""
    held = [part.columns.sector if name == _SECTOR else part.columns.codes[name] for part in parts]
    return np.concatenate([codes[part.rows] for codes, part in zip(held, parts, strict=True)])


def moments(parts: Parts, name: str = "start") -> Ints:
    """Return when the rows of some selections occurred, or another of their times, by its column."""
    return np.concatenate([getattr(part.columns, name)[part.rows] for part in parts])


def weekly(parts: Parts) -> Mask:
    """Say which rows of some selections are told by the week only."""
    return np.concatenate([part.columns.weekly[part.rows] for part in parts])


def groups(sheet: Sheet, of: Layer, name: str, parts: Parts) -> Groups:
    """Return the groups of a field among the rows of some selections.

    Sectors are all there, and parties too, whether anything is reported of them or not; of other fields those that are met.
    """
    if name == _SECTOR:
        return _sectors(sheet)
    field = of.field(name)
    met = np.bincount(column(parts, name), minlength=1)
    spelled = list(sheet.record.picture.points[of.stored].vocabulary[name])[: len(met)]
    called = _called(sheet, of, name)
    listed = [choice.code for choice in field.choices] if field else []
    always = dict(sheet.record.configuration.parties) if name == _PARTY else {}
    often = sorted((n for n in range(len(spelled)) if met[n]), key=lambda n: -met[n])[:MOST]
    codes = {*(spelled[n] for n in often), *always} - {""}
    order = [*always, *(code for code in listed if code not in always), *sorted(codes - set(listed) - set(always))]
    every = [Group(code, called(code)) for code in order if code in codes]
    every += [Group("", "Not given")] if "" in spelled and met[spelled.index("")] else []
    told = {group.code: n for n, group in enumerate(every)}
    if any(met[n] and spelled[n] not in told for n in range(len(spelled))):
        every.append(Group("", _REST))
    return Groups(
        name, field.label if field else name, tuple(every), tuple(told.get(code, len(every) - 1) for code in spelled) or (0,)
    )


def _called(sheet: Sheet, of: Layer, name: str) -> Callable[[str], str]:
    named = dict(sheet.record.configuration.parties) if name == _PARTY else {}
    return lambda code: named.get(code) or answers.spoken(of, name, code)


def _sectors(sheet: Sheet) -> Groups:
    """Return the sectors this user may see, by name; rows in none of them are one group."""
    picture = sheet.record.picture
    named = ask.sector_names(sheet.record, sheet.user)
    bound = sheet.user.sectors
    every = [Group(name, name) for name in sorted({*named.values()}) if name and (bound is None or name in bound)]
    told = {group.code: n for n, group in enumerate(every)}
    every.append(Group("", "In no sector" if len(named) == len(picture.sectors) else "Elsewhere"))
    of = [told.get(named.get(n, ""), len(every) - 1) for n in range(len(picture.sectors) + 1)]
    return Groups(_SECTOR, SECTOR.label, tuple(every), tuple(of))
