"""The findings of a view as a table, filtered by verdict and review, to choose from."""

from __future__ import annotations

import streamlit as st

from layers.analysis.cueing import VERDICTS
from layers.catalogue.findings import REVIEW
from layers.desk import Cued, Desk
from layers.model import View
from pages import reviewing

_LABELS = {verdict: verdict[:1].upper() + verdict[1:] for verdict in VERDICTS} | {one.code: one.label for one in REVIEW.choices}
_ROW_PX, _MOST = 30, 12
_NO_HIT = "No finding has this verdict and review. Lift a filter above."


def shown(desk: Desk, view: View, cued: Cued) -> None:
    """Draw the filters, the table, and what may be done with the chosen ones."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdicts = st.pills("Verdict", VERDICTS, selection_mode="multi", format_func=_LABELS.__getitem__, key="found-verdict")
        reviews = [one.code for one in REVIEW.choices]
        review = st.pills("Review", reviews, selection_mode="multi", format_func=_LABELS.__getitem__, key="found-review")
    some = [
        one
        for one in cued.findings
        if (not verdicts or one.verdict in verdicts) and (not review or (one.review or REVIEW.default) in review)
    ]
    if not some:
        st.info(_NO_HIT)
        return
    picked = st.dataframe(
        [one.cells for one in some],
        hide_index=True,
        width="stretch",
        height=38 + _ROW_PX * min(len(some), _MOST),
        row_height=_ROW_PX,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"found-{hash(tuple(one.seq for one in some))}",
    )
    chosen = [some[n] for n in picked["selection"]["rows"] if n < len(some)]
    reviewing.shown(desk, view, chosen)
