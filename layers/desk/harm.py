"""Harm to civilians in a view: by kind and party, with the casualties that reports give; the most sensitive by week and sector."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from layers.catalogue.incidents import COARSE, HARM
from layers.desk.cross import Cross, bare, cross
from layers.desk.groups import groups
from layers.desk.sheet import Sheet
from layers.desk.weeks import weeks
from layers.model import Layer

#: Casualties are added up of so many reports at most: each must be read.
MOST = 20_000
_NUMBERS = ("casualties_low", "casualties_best", "casualties_high")


@dataclass(frozen=True, slots=True)
class Casualties:
    """People harmed, as reported: how many reports give a number, of linked ones one, and the sums of their three numbers."""

    reports: int
    low: int
    best: int
    high: int


@dataclass(frozen=True, slots=True)
class Harm:
    """Harm to civilians in a view.

    Attributes
    ----------
    kinds : Cross
        Reports by kind and party.
    casualties : tuple of Casualties or None
        By kind and, last, of all; None where there are more than ``MOST`` reports.
    coarse : Cross or None
        Reports of what is told by coarse place and week only: weeks by sector, without a way to the single record. None where
        the view keeps none of these kinds.
    """

    kinds: Cross
    casualties: tuple[Casualties, ...] | None
    coarse: Cross | None


def harm(sheet: Sheet, of: Layer) -> Harm | None:
    """Return the harm to civilians in a view; None where the view keeps other kinds only."""
    held = sheet.also("kind", HARM)
    if held is None:
        return None
    parts = held.points(of)
    kinds, parties = (groups(held, of, name, parts) for name in ("kind", "party"))
    added = _casualties(held, of, [group.code for group in kinds.every]) if held.count(of) <= MOST else None
    by_kind = cross(held.view, parts, kinds, parties)
    told = [bare(row) if group.code in COARSE else row for row, group in zip(by_kind.rows, kinds.every, strict=True)]
    few = held.also("kind", COARSE)
    return Harm(replace(by_kind, rows=tuple(told)), added, _coarse(few, of) if few else None)


def _coarse(sheet: Sheet, of: Layer) -> Cross:
    parts = sheet.points(of)
    by, view = weeks(sheet, parts)
    found = cross(view, parts, by, groups(sheet, of, "sector", parts))
    return replace(found, rows=tuple(map(bare, found.rows)), total=bare(found.total))


def _casualties(sheet: Sheet, of: Layer, kinds: list[str]) -> tuple[Casualties, ...]:
    """Return the sums of each kind and of all. Of linked reports the newest that gives a number counts."""
    versions = sheet.record.store.records(of.id, sheet.reports().seqs(of).tolist())
    told: dict[str, tuple[str, tuple[int, int, int]]] = {}
    for feature, payload in zip(versions.feature, versions.payload, strict=True):
        fields = json.loads(payload)
        numbers = filled(*(fields.get(name) for name in _NUMBERS))
        if numbers is not None:
            told[str(fields.get("event") or f"\0{feature}")] = str(fields.get("kind") or ""), numbers
    sums = np.zeros((len(kinds) + 1, 4), np.int64)
    for kind, numbers in told.values():
        for row in (kinds.index(kind), len(kinds)):
            sums[row] += [1, *numbers]
    return tuple(Casualties(*row) for row in sums.tolist())


def filled(low: int | None, best: int | None, high: int | None) -> tuple[int, int, int] | None:
    """Return three numbers, each that is not given as the next best that is; None where none is given.

    Examples
    --------
    >>> filled(None, 3, 5), filled(2, None, None), filled(None, None, None)
    ((3, 3, 5), (2, 2, 2), None)
    """
    given = [number for number in (best, low, high) if number is not None]
    if not given:
        return None
    middle = given[0]
    return (middle if low is None else low), middle, (middle if high is None else high)
