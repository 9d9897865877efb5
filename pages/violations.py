"""Monitoring's part Violations: what the agreement's clauses make of the view, what was done about it, denials, harm, ceilings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from layers.desk import Desk, Number
from layers.model import View
from pages import agreement, ceilings, denied, drawn, followed, harmed, parts
from pages.plain import plain

_BY = {"party": "Party", "sector": "Sector", "week": "Week"}
_SAID = (
    "In each cell the number of reports that violate the clause, and after it, small, of those that are undetermined: too near to the "
    "edge for their precision, or without a party. A number opens its records; there, Edit sets status and follow-up of all at once."
)


def shown(desk: Desk, view: View) -> None:
    """Draw what is violated, then what was done about it, then what is counted by itself."""
    told = desk.agreement()
    if agreement.applies(told):
        _clauses(desk, view, told)
    followed.shown(desk, view)
    denied.shown(desk, view)
    harmed.shown(desk, view)
    ceilings.shown(desk, view)


def _clauses(desk: Desk, view: View, told: Mapping[str, Any]) -> None:
    by = parts.one_of("Count by", list(_BY.values()), "by")
    back = _back(desk.weeks(view)) if by == "Week" else 0
    found = desk.violations(view, across=next(name for name, label in _BY.items() if label == by), back=back)
    said = {one["id"]: [version for version in told["clauses"] if version["id"] == one["id"]] for one in told["clauses"]}
    drawn.drawn(
        f'<p class="gl-line">{drawn.to_records(found.violating.view, found.violating.count)} reports violate the agreement, '
        f"{drawn.to_records(found.unsure.view, found.unsure.count)} more are undetermined at worst.</p>"
    )
    rows = []
    for one in found.rows:
        cells = [_cell(*pair) for pair in zip(one.violations, one.undetermined, strict=True)]
        rows.append([_rule(said[one.id], one.violations[-1].view), *cells])
    drawn.drawn(
        drawn.table(
            [f"Clause, by {by.lower()}", *found.columns],
            rows,
            "Violations by clause; beside them, small, undetermined",
            kind="gl-clauses",
        )
    )
    week = " Weeks begin on Monday, 0000Z." if by == "Week" else ""
    st.caption(plain(_SAID + week))


def _back(spans: Sequence[str]) -> int:
    """Let one of several spans of weeks be chosen; return its position, the newest where there is but one."""
    if len(spans) < 2:
        return 0
    return spans.index(st.selectbox("Weeks that begin", spans, key="weeks"))


def _rule(versions: Sequence[Mapping[str, Any]], view: View | None) -> str:
    """Return a clause: its name, which opens the map, and of each version its dates, its wording, and what is checked."""
    last = versions[-1]
    dated = len(versions) > 1
    wordings = [
        f"<p>{escape(_dates(one)) if dated else ''}{escape(one['text'])}</p><small>Checked: {escape(one['words'])}</small>"
        for one in versions
    ]
    return drawn.to_map(view, f"{last['id']} {last['title']}") + "".join(wordings)


def _dates(said: Mapping[str, Any]) -> str:
    span = " ".join(f"{word} {said[word]}" for word in ("from", "until") if said[word])
    return f"{span[:1].upper()}{span[1:]}: "


def _cell(violating: Number, unsure: Number) -> str:
    both = drawn.to_records(violating.view, violating.count)
    return f'<b>{both}</b> <small title="Undetermined">{drawn.to_records(unsure.view, unsure.count)}</small>'
