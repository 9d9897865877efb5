"""What the agreement makes of reports and of holdings, in words: for card, table, export and the pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from layers.analysis import grounds, rules
from layers.analysis.agreement import Clause
from layers.analysis.grounds import Spots
from layers.analysis.rules import Incidents, Ruled, Said, Terms, ruled
from layers.analysis.standing import Ints
from layers.desk import agreed, spared
from layers.desk import question as ask
from layers.desk.agreed import VERDICTS, decoded
from layers.desk.sheet import Sheet
from layers.index import degrees, keys
from layers.model import Versions

__all__ = ["HEADING", "VERDICTS", "Ruling", "cells", "column", "decoded", "of", "rows"]

HEADING = "Clauses"
_FAR_M = 10_000.0
_SURE = 0.995


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one clause makes of one report.

    Attributes
    ----------
    clause : Clause
    verdict : str
        One of ``VERDICTS``.
    likely : float
        How likely it happened on the clause's ground, 0 to 1.
    metres : float or None
        To the nearest line, or edge of a zone, that the clause names; None where it names none.
    reason : str
        Why it is exempt, or cannot be judged; blank where its place decides.
    """

    clause: Clause
    verdict: str
    likely: float
    metres: float | None
    reason: str

    @property
    def words(self) -> str:
        """Return the verdict with distance and probability, as ``violation, 230 m from the line, 97 % likely there``."""
        return ", ".join(part for part in (self.verdict, self.reason, self._distance, self._likely) if part)

    @property
    def _distance(self) -> str:
        if self.metres is None:
            return ""
        far = f"{self.metres:,.0f} m" if self.metres < _FAR_M else f"{self.metres / 1_000:,.1f} km"
        return f"{far} from {'the line' if self.clause.where.lines else 'the edge of the zone'}"

    @property
    def _likely(self) -> str:
        if self.likely <= 0 or self.likely >= _SURE:
            return ""
        return f"{100 * self.likely:.0f} % likely there" if self.likely >= 0.01 else "under 1 % likely there"


def of(sheet: Sheet, versions: Versions, upto: str | None = None) -> list[tuple[Ruling, ...]]:
    """Return what each clause that speaks of a version makes of it, in the order of the agreement.

    Clauses about lines and zones that the sheet's user may not see, or that are marked above ``upto``, are left out.
    """
    clauses = ask.judging(sheet.record, sheet.user, upto)
    found: list[list[Ruling]] = [[] for _ in versions.seq]
    if not clauses or not len(versions):
        return [()] * len(versions)
    around = ask.around(sheet.record, sheet.user, sheet.view.known_at, upto)
    terms = replace(sheet.record.picture.agreed.terms, around=around)
    asked = _incidents(spared.placed(versions))
    for clause in clauses:
        for row, ruling in _each(clause, ruled(clause, asked, terms), asked, terms):
            found[row].append(ruling)
    return [tuple(one) for one in found]


def _incidents(versions: Versions) -> Incidents:
    """Return versions as the index has them, to the last bit, so that they are judged as it judges them."""
    fields = [json.loads(text) for text in versions.payload]
    precision = np.array([one.get("precision_m") or 0.0 for one in fields], np.float32).astype(np.float64)
    spots = Spots(*degrees(keys(versions.lon, versions.lat)), versions.start, precision)
    kind, party = (_codes([str(one.get(name) or "") for one in fields]) for name in ("kind", "party"))

    def said(rows: Ints) -> list[Said]:
        return [agreed.said(fields[row]) for row in rows.tolist()]

    return Incidents(spots, kind, party, said)


def _codes(texts: list[str]) -> rules.Codes:
    spelled, code = np.unique(np.array(texts, np.object_), return_inverse=True)
    return rules.Codes(code.astype(np.uint16), tuple(spelled.tolist()))


def _each(clause: Clause, found: Ruled, asked: Incidents, terms: Terms) -> list[tuple[int, Ruling]]:
    metres = grounds.distance(clause.where, asked.spots.take(found.rows), terms.around)
    numbers = zip(found.rows, found.verdict, found.likely, metres, found.reason, strict=True)
    return [
        (int(row), Ruling(clause, rules.VERDICTS[verdict], float(likely), float(far) if np.isfinite(far) else None, str(reason)))
        for row, verdict, likely, far, reason in numbers
    ]


def rows(found: tuple[Ruling, ...]) -> list[dict[str, object]]:
    """Return rulings as the card's rows of label and value, each with the wording of its clause as ``rule``."""
    return [
        {"label": f"Clause {one.clause.id}", "value": one.words, "rule": f"{one.clause.title}. {one.clause.text}"}
        for one in found
    ]


def cells(sheet: Sheet, versions: Versions) -> list[str]:
    """Return the rulings of versions as cells of a table that is marked as its sheet is."""
    return [_listed(one) for one in of(sheet, versions, sheet.marking())]


def column(sheet: Sheet, versions: Versions, upto: str) -> list[str | None]:
    """Return rulings as the column of an export that is marked ``upto``."""
    return [_listed(one) or None for one in of(sheet, versions, upto)]


def _listed(found: tuple[Ruling, ...]) -> str:
    return "; ".join(f"{one.clause.id}: {one.words}" for one in found)
