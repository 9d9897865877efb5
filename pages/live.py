"""Live map: what happens now, where, how bad."""

from __future__ import annotations

import streamlit as st

from pages import controls

desk = controls.desk()
with st.container(key="changing"):
    view = controls.view()
    controls.band(desk.sheet(view).marking() or controls.mission().configuration.markings[0])
controls.live(view)
controls.band(desk.sheet(view).marking() or controls.mission().configuration.markings[0])
