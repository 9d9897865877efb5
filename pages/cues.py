"""Findings and reports against each other: counts both ways, the lifts in words, and how well each method did on labelled data."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.desk import Cued
from layers.desk.cueing import USUAL
from layers.imagery.change import METHODS
from pages import drawn
from pages.plain import plain

_SAID = (
    "A finding is supported where a report of a fitting kind lies within {metres:,.0f} m of its outline, from {days:g} days before the "
    "first scene to {days:g} days after the second, wherever in its precision it truly is; perhaps, where it lies there only if its "
    "precision is counted in its favour; unsupported where none does, though a patrol passed within {sight:,.0f} m or something else was "
    "surely reported there; not observable where nobody could surely have told. A report is unsupported where two scenes that cover it were "
    "compared and no finding is near, not observable where none were, where no method shows its kind, or where it is known less exactly "
    "than to {coarse:,.0f} m. Rejected findings and incidents made of findings do not count. Last patrol tells when one was last "
    "within {sight:,.0f} m of the outline, whenever that was: where nobody has been, no report is not calm."
)


def shown(cued: Cued) -> None:
    """Draw the summary of a view and the accuracy of the methods."""
    if cued.findings or sum(cued.reports.values()):
        heads = ["", *(verdict[:1].upper() + verdict[1:] for verdict in cued.counts), "All"]
        rows = [
            [label, *(f"{count:,}" for count in held.values()), f"{sum(held.values()):,}"]
            for label, held in (
                ("Findings, by reports and patrols", cued.counts),
                ("Reports of the view, by findings", cued.reports),
            )
        ]
        drawn.drawn(drawn.table(heads, rows, "Do findings and reports bear each other out?"))
        st.markdown("  \n".join(map(plain, cued.said)))
        st.caption(
            plain(_SAID.format(metres=USUAL.metres, days=USUAL.days, sight=USUAL.sight_m, coarse=USUAL.coarsest_m)),
        )
    rows = [[escape(one.title), escape(one.accuracy)] for one in METHODS]
    drawn.drawn(drawn.table(["Method", "Seen on labelled data"], rows, "How well each method did", numbers=2))
