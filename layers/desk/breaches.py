"""The ceasefire-violation report as the record fills it: clause by clause, by the same rules for both parties."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from layers.analysis.agreement import Clause
from layers.briefing.report import Block, Head, Paragraph, Table
from layers.desk import accounts, clauses, rulings, violations
from layers.desk import question as ask
from layers.desk.accounts import Account, Ints
from layers.desk.sheet import Sheet
from layers.desk.situation import MOST, Signed, Told, counted, highest, incidents, mapped, period, signatures
from layers.desk.violations import Violations
from layers.model import Box, Layer

_COLUMNS = ("When", "Grid (WGS 84)", "Kind", "Party", "Result", "Grade", "Account")
_WIDTHS = (1.3, 1.7, 1.5, 1.3, 2.2, 0.8, 2.6)


def breaches(sheet: Sheet, box: Box, signed: Signed) -> Told:
    """Return the ceasefire-violation report of a sheet's span."""
    of = incidents(sheet)
    marking = highest(sheet, (sheet.marking(),))
    found = violations.violations(sheet, of, "party")
    known = ask.judging(sheet.record, sheet.user, marking)
    by_id = {name: [one for one in known if one.id == name] for name in dict.fromkeys(one.id for one in known)}
    titles = {name: f"{name} {every[-1].title}" for name, every in by_id.items()}
    return Told(
        (
            Head("Period", (Paragraph(period(sheet)), Paragraph(counted(sheet, of)))),
            Head("Summary", _summary(found, titles) if known else (Paragraph("No agreement applies, so nothing is judged."),)),
            *(Head(f"Clause {name}: {every[-1].title}", _clause(sheet, of, every, marking)) for name, every in by_id.items()),
            Head("Map", mapped(sheet, of, box, marking)),
            Head("Assessment"),
            signatures(signed),
        ),
        marking,
    )


def _summary(found: Violations, titles: Mapping[str, str]) -> tuple[Block, ...]:
    rows = tuple(
        (
            titles.get(one.id, one.id),
            *(f"{a.count:,} ({b.count:,})" for a, b in zip(one.violations, one.undetermined, strict=True)),
        )
        for one in found.rows
    )
    broke, unsure = found.violating.count, found.unsure.count
    sums = (
        f"{broke:,} {'incident violates' if broke == 1 else 'incidents violate'} the agreement"
        if broke
        else "No incident violates the agreement"
    )
    sums += f"; of {unsure:,} more it cannot be determined." if unsure else "."
    called = "Violations by clause and party; in brackets what is undetermined. An incident under two clauses counts under both"
    return (Paragraph(sums), Table(called, ("Clause", *found.columns), rows, (3, *(1 for _ in found.columns))))


def _clause(sheet: Sheet, of: Layer, every: list[Clause], marking: str) -> tuple[Block, ...]:
    name = every[-1].id
    wording = [Paragraph(f"{clause.text} Checked: {clauses.words(sheet.record, clause)}.") for clause in every]
    tables: list[Block] = []
    for field, verdict in (("clause", "violations"), ("undetermined", "undetermined")):
        held = sheet.also(field, (name,))
        seqs = held.seqs(of) if held else np.empty(0, np.int64)
        if len(seqs):
            tables.append(_listed(sheet, of, name, seqs, marking, verdict))
    return (*wording, *(tables or [Paragraph("No violation, and nothing undetermined, in the period.")]))


def _listed(sheet: Sheet, of: Layer, name: str, seqs: Ints, marking: str, verdict: str) -> Table:
    """Return the newest incidents under a clause, each with what the clause makes of it."""
    chosen = np.sort(seqs)[::-1][:MOST]
    told = accounts.read(sheet, of, chosen)
    versions = sheet.record.store.records(of.stored, np.sort(chosen).tolist())
    ruled = dict(zip(versions.seq.tolist(), rulings.of(sheet, versions, marking), strict=True))
    rows = tuple(_row(one, "; ".join(r.words for r in ruled[one.seq] if r.clause.id == name)) for one in told)
    more = f", the {MOST} that came in last" if len(seqs) > MOST else ""
    return Table(f"Clause {name}, {verdict}: {len(seqs):,}{more}", _COLUMNS, rows, _WIDTHS)


def _row(one: Account, result: str) -> tuple[str, ...]:
    """Return an incident and its result; of a coarse one the verdict alone, for a distance tells the place."""
    said = result.partition(",")[0] if one.coarse else result
    return one.when, one.where, one.kind, one.party, said, one.grade, one.text
