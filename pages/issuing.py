"""What was issued just now, the ground it shows, and what has come since the last sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from layers.desk import Desk, Issued
from layers.model import Box, View
from layers.notation import dtg
from pages import span
from pages.plain import plain


def since_last(desk: Desk, view: View) -> View:
    """Offer the view from where the last issued sheet ended; return the view that is briefed."""
    ended = desk.since_last_brief()
    if ended is None:
        span.shown(view)
        return view
    if st.toggle("Since last brief", key="brief-since", help=f"From {dtg(ended)}, where the last issued sheet ended"):
        return replace(view, last="24h", start=ended, end=None)
    span.shown(view)
    return view


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


def offered(made: Issued | None, mime: Mapping[str, str]) -> None:
    """Offer the file of a sheet that was issued."""
    if made is None:
        return
    entry = made.entry
    st.success(plain(f"Sheet {entry.called} is issued, {entry.job.marking}. It stands in the register."))
    st.download_button(f"Download {made.form.upper()}", made.body, made.name, mime[made.form], width="stretch", on_click="ignore")
