"""What the agreement's clauses make of a view's reports: by clause, and party, sector or week."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from layers.analysis.trends import by_group
from layers.desk import question as ask
from layers.desk.cross import Number
from layers.desk.groups import Grouping, column, groups
from layers.desk.rulings import VERDICTS, decoded
from layers.desk.sheet import Sheet
from layers.desk.weeks import weeks
from layers.model import Layer

#: What clauses are counted by.
ACROSS = ("party", "sector", "week")


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """What one clause, in all its versions, makes of the reports of a view, in each column and in all of them."""

    id: str
    violations: tuple[Number, ...]
    undetermined: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Violations:
    """Clauses by columns; the last column is of all. ``violating`` and ``unsure`` count reports by their worst verdict."""

    columns: tuple[str, ...]
    rows: tuple[ClauseRow, ...]
    violating: Number
    unsure: Number


def violations(sheet: Sheet, of: Layer, across: str, back: int = 0) -> Violations:
    """Return how many reports of a view violate each clause, or may, by party, sector or week; ``back`` as for ``layers.desk.weeks.weeks``.

    Clauses about lines and zones that the sheet's user may not see, or that are marked above the sheet, are left out. A report
    that two clauses speak of is counted under both. Versions of one clause follow one another, so a report is judged by one of them:
    they are one row.
    """
    record = sheet.record
    ask.settled(record, ruled=True)
    parts = record.picture.points[of.stored].ask(
        replace(sheet.question(of), recoded=ask.earlier(record, sheet.user, of, sheet.view.known_at))
    )
    clauses = ask.judging(record, sheet.user, sheet.marking() or record.configuration.markings[0])
    by: Grouping
    by, view = weeks(sheet, parts, back) if across == "week" else (groups(sheet, of, across, parts), sheet.view)
    spelled = list(record.picture.points[of.stored].vocabulary["ruling"])
    counts = by_group(column(parts, "ruling").astype(np.int64), by.numbers(parts), len(spelled), len(by.every))
    told = [dict(decoded(text)) for text in spelled]

    def numbers(clause: str, name: str, verdict: str) -> tuple[Number, ...]:
        mine = counts[np.array([one.get(clause) == verdict for one in told], np.bool_)].sum(axis=0)
        held, whole = view.also(name, (clause,)), sheet.view.also(name, (clause,))
        cells = [Number(int(mine[n]), held and by.only(held, group)) for n, group in enumerate(by.every)]
        return (*cells, Number(int(mine.sum()), whole))

    rows = [
        ClauseRow(name, numbers(name, "clause", VERDICTS[0]), numbers(name, "undetermined", VERDICTS[1]))
        for name in dict.fromkeys(one.id for one in clauses)
    ]
    heads = (*(group.label for group in by.every), "All")
    return Violations(heads, tuple(rows), _judged(sheet, of, VERDICTS[0]), _judged(sheet, of, VERDICTS[1]))


def _judged(sheet: Sheet, of: Layer, verdict: str) -> Number:
    """Return how many reports have a verdict as their worst."""
    held = sheet.also("verdict", (verdict,)) if ask.judging(sheet.record, sheet.user) else None
    return Number(held.count(of), held.view) if held else Number(0, None)
