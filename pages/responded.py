"""Monitoring's part Patrols, response: how long it took until somebody was tasked, was on scene, and it was closed."""

from __future__ import annotations

import streamlit as st

from layers.analysis.response import LEAST, Realised
from layers.desk import Desk
from layers.desk.patrols import lasted
from layers.desk.realised import SPANS
from layers.model import View
from pages import drawn

_NOTHING = (
    "Nobody was tasked to an incident of this view. Say so on an incident's card on the live map: tasked, on scene, closed."
)
_SAID = (
    f"Median, then what at least 90 % stayed within, then of how many incidents; of fewer than {LEAST} no time is told. A report that does not say when it came "
    "in counts from when it was recorded. What is still open is in no time, so times of the last hours look shorter than they will be."
)


def shown(desk: Desk, view: View) -> None:
    """Draw the realised response times of a view's incidents by sector."""
    found = desk.responses(view)
    st.subheader("Response", anchor=False)
    if not found:
        st.info(_NOTHING)
        return
    heads = ["Sector", *(title for title, _, _ in SPANS), "Tasked, not closed"]
    rows = [[drawn.to_map(one.view, one.label), *map(_words, one.spans), f"{one.open:,}"] for one in found]
    drawn.drawn(drawn.table(heads, rows, "Realised response times", kind="gl-total"))
    st.caption(_SAID)


def _words(of: Realised) -> str:
    if of.median is None or of.most is None:
        return f"Not enough ({of.count:,})"
    return f"<b>{lasted(of.median)}</b>, 90 % {lasted(of.most)} ({of.count:,})"
