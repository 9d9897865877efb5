"""Monitoring: what is violated, what lies within reach of what, and how it changes."""

from __future__ import annotations

import streamlit as st

from pages import controls, export, parts, span, trends, violations
from pages.plain import plain

desk = controls.desk()
view = controls.view()
words = desk.sheet(view).band()
controls.band(words)
with st.container(key="parts", horizontal=True, vertical_alignment="center"):
    st.title("Monitoring", anchor=False, width="content")
    part = parts.one_of("Part of monitoring", ["Violations", "Trends"], "about")
with st.container(key="page"):
    with st.container(horizontal=True, vertical_alignment="center", key="asked"):
        span.shown(view)
        st.caption(plain(f"The view: {desk.told(view)}."), width="stretch")
    if any(of.tiled for of in desk.sheet(view).layers):
        (trends if part == "Trends" else violations).shown(desk, view)
        export.section(desk, view)
    else:
        st.info(
            "Incidents are switched off in this view, so there is nothing to count. Switch them on in the legend of the live map."
        )
controls.band(words)
