"""Monitoring: what is violated, what patrols did, what lies within reach of what, and how it changes."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import civilians, controls, export, parts, patrols, quiet, responded, span, trends, violations, within
from pages.plain import plain

_OFF = "Incidents are switched off in this view, so there is nothing to count. Switch them on in the legend of the live map."


def counted(desk: Desk, view: View, part: str) -> None:
    """Draw a part that counts what the view holds."""
    with st.container(horizontal=True, vertical_alignment="center", key="asked"):
        span.shown(view)
        st.caption(plain(f"The view: {desk.told(view)}."), width="stretch")
    if part == "Patrols":
        sections = {"Patrols": patrols, "Responses": responded, "Reporting": quiet, "Civilians": civilians}
        for name, section in sections.items():
            with parts.told(name):
                section.shown(desk, view)
    elif any(of.tiled for of in desk.sheet(view).layers):
        (trends if part == "Trends" else violations).shown(desk, view)
        export.section(desk, view)
    else:
        st.info(_OFF)


desk = controls.desk()
with st.container(key="changing"):
    view = controls.view(framed=st.session_state.get("about") == "Within")
    words = desk.sheet(view).band()
    part = parts.head("Monitoring", ["Violations", "Patrols", "Within", "Trends"], "about", words)
if part == "Within":
    within.shown(view, words)
else:
    with st.container(key="page"):
        counted(desk, view, part)
    controls.band(words)
