"""Imagery: scenes on the map before and after, those there are, and what was found in them."""

from __future__ import annotations

import streamlit as st

from pages import controls, findings, parts, scenes

desk = controls.desk()
with st.container(key="changing"):
    view = controls.view(framed=st.session_state.get("part", "Compare") == "Compare")
    words = desk.sheet(view).band()
    part = parts.head("Imagery", ["Compare", "Findings", "Scenes"], "part", words)
if part == "Compare":
    controls.live(view, panel="imagery")
else:
    with st.container(key="page"):
        (findings if part == "Findings" else scenes).shown(desk, view)
controls.band(words)
