"""Live map: what happens now, where, how bad."""

from __future__ import annotations

import streamlit as st

from pages import controls

with st.container(key="changing"):
    view = controls.view(framed=True)
    words = controls.desk().sheet(view).band()
    controls.band(words)
controls.live(view)
controls.band(words)
