"""A sheet on its way: what is asked of it, the ground it shows, and issuing one or a series."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from layers.briefing.forms import Form
from layers.desk import Brief, Desk
from layers.desk.series import Each
from layers.errors import LayersError
from layers.model import Box, View
from pages import said
from pages.plain import plain


def text(label: str, key: str, placeholder: str, most: int = 200) -> str:
    """Ask for a text, and keep it while another part of the page is open."""
    kept = f"kept-{key}"
    if key not in st.session_state and st.session_state.get(kept):
        st.session_state[key] = st.session_state[kept]
    found = st.text_input(label, key=key, placeholder=placeholder, max_chars=most)
    st.session_state[kept] = found
    return found


def unit(desk: Desk, key: str) -> str:
    """Ask whose unit a sheet or report is of, the mission's where nobody says another; say so where its logo cannot be used."""
    lettered = desk.lettered()
    found = text("Unit", key, lettered.head.unit or "Such as JOC", 80)
    if lettered.fault:
        st.warning(plain(lettered.fault))
    return found


def frame() -> tuple[Box | None, float]:
    """Return the ground and the scale that the address asks for, as the live map's print frame gives them; None and 0 where it asks none."""
    try:
        west, south, east, north, scale = (float(part) for part in st.query_params.get("frame", "").split(","))
    except ValueError:
        return None, 0.0
    return (west, south, east, north), scale


def position(name: str, choices: Sequence[str]) -> int:
    """Return which of some choices the address asks for, the first where it asks for none of them."""
    asked = st.query_params.get(name, "")
    return choices.index(asked) if asked in choices else 0


def framed() -> None:
    """Say that the sheet shows the frame drawn on the map, and offer to show the whole view instead."""
    if frame()[0] is not None and st.button(
        "Show the whole view", width="stretch", help="The sheet shows the frame drawn on the map"
    ):
        del st.query_params["frame"]
        st.rerun()


def each() -> Each | None:
    """Ask whether one sheet is issued, or a series of them; None for one."""
    words: dict[Each | None, str] = {None: "One", "sector": "One for each sector", "day": "One for each day"}
    told = "By sector each is framed on its sector, unless a frame is drawn on the map; by day all show the same ground"
    return st.selectbox("Sheets", list(words), format_func=words.__getitem__, key="brief-each", help=told)


def issued(desk: Desk, view: View, brief: Brief, wanted: tuple[Form, Each | None]) -> None:
    """Issue a sheet, or a series with progress, to be offered; where one is refused that is said, and those before it are offered."""
    form, part = wanted
    st.session_state.issued = ()
    with st.spinner("Issuing", show_time=True):
        try:
            if part is None:
                st.session_state.issued = (desk.issue(view, brief, form),)
                return
            bar = st.progress(0.0)

            def told(number: int, of: int, label: str) -> None:
                bar.progress((number - 1) / of, plain(f"{number} of {of}: {label}"))

            for made in desk.issue_series(view, brief, form, part, progress=told):
                st.session_state.issued += (made,)
            bar.empty()
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))
