"""Harm to civilians, a view of its own, on the page Monitoring."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import denied, drawn
from pages.plain import plain

_SAID = (
    "Casualties as reported: low, best and high estimate, added up. Reports that are linked as one event count once, the newest that "
    "gives a number; where a report leaves one of the three out, the best it gives stands for it."
)
_MANY = "Casualties are added up for 20,000 reports at most. Choose a shorter span, or filter on the live map, to see them."
_COARSE = "Recruitment of children and sexual violence are told by sector and week only, to do no harm: no number opens a record."


def shown(desk: Desk, view: View) -> None:
    """Draw harm by kind and party with the casualties, then the most sensitive by week and sector."""
    found = desk.harm(view)
    if found is None:
        return
    told = found.casualties
    heads = ["Kind", *found.kinds.columns, "All", *(["Casualties, low", "best", "high", "of reports"] if told else [])]
    rows = []
    for n, row in enumerate((*found.kinds.rows, found.kinds.total)):
        numbers = [drawn.to_records(one.view, one.count) for one in (*row.cells, row.total)]
        people = [told[n].low, told[n].best, told[n].high, told[n].reports] if told else []
        rows.append([drawn.to_map(row.total.view, row.label), *numbers, *(f"{number:,}" for number in people)])
    drawn.drawn(drawn.table(heads, rows, "Harm to civilians, by kind and party, and casualties", kind="gl-total"))
    st.caption(plain(_SAID if told else _MANY))
    if found.coarse is not None and found.coarse.total.total.count:
        drawn.drawn(denied.crossed(found.coarse, "Week from", "Children recruited and sexual violence, by week and sector"))
        st.caption(_COARSE)
