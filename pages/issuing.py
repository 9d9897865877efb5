"""A sheet on its way: what has come since the last one, the ground it shows, and issuing one or a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st

from layers.briefing.forms import Form
from layers.desk import Brief, Desk
from layers.desk.series import Each
from layers.errors import LayersError
from layers.model import Box, View
from layers.notation import dtg
from pages import said, span
from pages.plain import plain

#: What counts as the last brief.
_TOLD = """Up to then, every report of this filter was on a sheet that was handed out: it was known at its cut-off, and lay in its span
and on its ground. A sheet that was not handed out, or was released, does not count"""


def since_last(desk: Desk, view: View) -> tuple[View, datetime | None]:
    """Offer what was recorded since the last sheet of the same filters and ground; return the view that is briefed, and that time if taken."""
    box = frame()[0]
    since = desk.since_last_brief(replace(view, box=box) if box and all(abs(edge) <= 180 for edge in box) else view)
    if since and st.toggle(
        "Since last brief", key="brief-since", help=f"What was recorded or changed since {dtg(since)}. {_TOLD}"
    ):
        return replace(view, last="24h", start=since, end=None, by="recorded"), since
    span.shown(view)
    return view, None


def unit(desk: Desk, key: str) -> str:
    """Ask whose unit a sheet or report is of, the mission's where nobody says another; say so where its logo cannot be used."""
    lettered = desk.lettered()
    found = st.text_input("Unit", key=key, placeholder=lettered.head.unit or "Such as JOC", max_chars=80)
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
