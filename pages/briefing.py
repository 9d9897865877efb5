"""Briefing: a view as a marked sheet, and the register of what was issued."""

from __future__ import annotations

import streamlit as st

from pages import controls, parts, register, sheet


def head(words: str) -> str:
    """Draw the upper band and the row of parts; return the one that is chosen."""
    controls.band(words)
    with st.container(key="parts", horizontal=True, vertical_alignment="center"):
        st.title("Briefing", anchor=False, width="content")
        return parts.one_of("Part of briefing", ["Sheet", "Register"], "leaf")


desk = controls.desk()
with st.container(key="changing"):
    view = controls.view()
    words = desk.sheet(view).band()
    part = head(words)
with st.container(key="page"):
    (sheet if part == "Sheet" else register).shown(desk, view)
controls.band(words)
