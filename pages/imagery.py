"""Imagery: scenes on the map before and after, those there are, and what was found in them."""

from __future__ import annotations

import streamlit as st

from pages import controls, findings, parts, scenes


def head(words: str) -> str:
    """Draw the upper band and the row of parts; return the one that is chosen."""
    controls.band(words)
    with st.container(key="parts", horizontal=True, vertical_alignment="center"):
        st.title("Imagery", anchor=False, width="content")
        return parts.one_of("Part of imagery", ["Compare", "Findings", "Scenes"], "part")


desk = controls.desk()
with st.container(key="changing"):
    view = controls.view(framed=st.session_state.get("part", "Compare") == "Compare")
    words = desk.sheet(view).band()
    part = head(words)
if part == "Compare":
    controls.live(view, panel="imagery")
else:
    with st.container(key="page"):
        (findings if part == "Findings" else scenes).shown(desk, view)
controls.band(words)
