"""The script Streamlit runs: layout, bands and navigation around every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import controls

HERE = Path(__file__).resolve().parent

st.set_page_config(
    page_title=f"{controls.mission().configuration.title} · Greenline", layout="wide", initial_sidebar_state="collapsed"
)
st.html(HERE / "frame.css")
page = st.navigation(
    [
        st.Page(HERE / "live.py", title="Live map", url_path="live", default=True),
        st.Page(HERE / "monitoring.py", title="Monitoring", url_path="monitoring"),
        st.Page(HERE / "imagery.py", title="Imagery", url_path="imagery"),
        st.Page(HERE / "files.py", title="Import", url_path="import"),
        st.Page(HERE / "briefing.py", title="Briefing", url_path="briefing"),
    ],
    position="top",
)
controls.head()
page.run()
