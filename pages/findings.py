"""Imagery, its part Findings: what changed between two scenes is sought, looked over, and held against reports and patrols."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import answered, comparing, cues, found

_NONE = "No finding in this view. Compare two scenes above; where there are findings of other dates, choose a longer span on the live map."


def shown(desk: Desk, view: View) -> None:
    """Draw the comparison, the findings of the view with what may be done about them, and what bears them out."""
    comparing.shown(desk, view)
    cued = answered.kept(desk, view, "cued", lambda: desk.cued(view), words="Holding findings against reports")
    if cued.findings:
        found.shown(desk, view, cued)
    else:
        st.info(_NONE)
    cues.shown(cued)
