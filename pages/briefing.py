"""Briefing: a view as a marked sheet, reports filled from the record, and the register of what was issued."""

from __future__ import annotations

import streamlit as st

from pages import controls, parts, register, reporting, sheet

desk = controls.desk()
with st.container(key="changing"):
    view = controls.view()
    words = desk.sheet(view).band()
    part = parts.head("Briefing", ["Sheet", "Reports", "Register"], "leaf", words)
with st.container(key="page"):
    {"Sheet": sheet, "Reports": reporting, "Register": register}[part].shown(desk, view)
controls.band(words)
