"""Realised response: how long it took from a report until somebody was tasked, was on scene, and it was closed; by sector."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from layers.analysis.response import Realised, Said, Step, realised, standing
from layers.desk import crossed, responses, spared
from layers.desk.groups import Ints, groups
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, Versions, View, to_micros

#: From when to when, and what it is called. A report that does not say when it came in counts from when the mission knew of it;
#: from that of one that is told by the week only nothing is counted.
SPANS: tuple[tuple[str, Step | None, Step], ...] = (
    ("Report to tasked", None, "tasked"),
    ("Tasked to on scene", "tasked", "on scene"),
    ("Report to closed", None, "closed"),
)
Seen = Callable[[Iterable[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class SectorResponse:
    """What of a sector, or of all, was responded to: how long each of ``SPANS`` took, and how many are tasked and not closed."""

    label: str
    view: View | None
    spans: tuple[Realised, ...]
    open: int


def by_sector(sheet: Sheet, of: Layer, seen: Seen) -> tuple[SectorResponse, ...]:
    """Return the realised response to a view's incidents, by sector and of all; none where nobody was tasked and nothing closed.

    ``seen`` keeps of versions those that the sheet's user may see; what was said of others does not count.
    """
    told = responses.lines(sheet.record, of, upto=sheet.moment)
    known = seen([line.seq for line in told]) if told else {}
    lines: dict[str, list[Said]] = defaultdict(list)
    for line in told:
        if line.seq in known:
            lines[line.feature].append(line.said)
    stands = {feature: steps for feature, said in lines.items() if (steps := standing(said))}
    if not stands:
        return ()
    parts = sheet.reports().points(of)
    here, seqs = groups(sheet, of, "sector", parts), np.concatenate([part.columns.seq[part.rows] for part in parts])
    number = dict(zip(seqs.tolist(), here.numbers(parts).tolist(), strict=True))
    known_at = to_micros(sheet.view.known_at) if sheet.view.known_at else None
    current = sheet.record.store.current(of.stored, sorted(stands), known_at=known_at)
    rows = np.flatnonzero(np.isin(current.seq, seqs))
    if not len(rows):
        return ()
    came, first = spared.placed(current).reported[rows], sheet.record.origins(of).of(current.seq[rows])[1]
    received = np.where(came == NO_TIME, first, came)
    weekly = set(spared.spared(current).tolist())
    held = [
        (number[int(current.seq[n])], None if n in weekly else at, stands[current.feature[n]])
        for n, at in _firsts(current, rows, received)
    ]
    found = [
        _response(group.label, here.only(sheet.view, group), [one for one in held if one[0] == n])
        for n, group in enumerate(here.every)
        if any(one[0] == n for one in held)
    ]
    return (*found, _response("All", sheet.view, held))


def _firsts(current: Versions, rows: Ints, received: Ints) -> list[tuple[int, int]]:
    """Return rows and when each was received, of linked reports that were responded to the one that was received first."""
    found: dict[str, tuple[int, int]] = {}
    for n, at in sorted(zip(rows.tolist(), received.tolist(), strict=True), key=lambda one: one[1]):
        found.setdefault(crossed.event_of(current.payload[n]) or f"\0{current.feature[n]}", (n, at))
    return sorted(found.values())


def _response(label: str, view: View | None, held: list[tuple[int, int | None, dict[Step, Said]]]) -> SectorResponse:
    spans = []
    for _, first, last in SPANS:
        took = []
        for _, received, stands in held:
            begin = received if first is None else stands[first].at if first in stands else None
            end = stands[last].at if last in stands else None
            if begin is not None and end is not None:
                took.append(end - begin)
        spans.append(realised(took))
    still = sum(bool(stands) and "closed" not in stands for _, _, stands in held)
    return SectorResponse(label, view, tuple(spans), still)
