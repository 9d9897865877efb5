"""Imagery, its part Findings: what was found is looked over and held against reports and patrols; more is sought below it."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import answered, compared, comparing, cues, found

_NONE = "No finding in this view. Compare two scenes below; where there are findings of other dates, choose a longer span on the live map."


def shown(desk: Desk, view: View) -> None:
    """Draw what the last comparison found, the findings of the view with what may be done about them, and the next comparison."""
    compared.shown(desk)
    cued = answered.kept(desk, view, "cued", lambda _: desk.cued(view), words="Holding findings against reports")
    if cued.findings:
        found.shown(desk, view, cued)
    else:
        st.info(_NONE)
    with st.expander("Find what changed between two scenes", expanded=not cued.findings, key="compare", on_change="rerun"):
        comparing.shown(desk, view)
    cues.shown(cued)
