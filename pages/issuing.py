"""What was issued just now, the ground it shows, and what has come since the last sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from layers.desk import CALLED, Desk, Issued
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


def frame() -> Box | None:
    """Return the ground that the address asks for, as the live map's print frame gives it; None where it asks for none."""
    try:
        west, south, east, north = (float(edge) for edge in st.query_params.get("frame", "").split(","))
    except ValueError:
        return None
    return west, south, east, north


def offered(made: Issued | None, mime: Mapping[str, str]) -> None:
    """Offer the file of a sheet that was issued."""
    if made is None:
        return
    entry = made.entry
    kind = CALLED.get(entry.job.kind, "Sheet")
    st.success(plain(f"{kind} {entry.called} is issued, {entry.job.marking}. It stands in the register."))
    st.download_button(f"Download {made.form.upper()}", made.body, made.name, mime[made.form], width="stretch", on_click="ignore")
