"""How far back the view looks, as a row of which the present one is chosen; it changes the view everywhere."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from layers.model import View
from pages import controls

_SPANS = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d", "all": "All"}


def shown(view: View) -> None:
    """Draw the spans; a view between two dates, or of another length, has none of them chosen."""
    now = view.last if view.last in _SPANS and not (view.start or view.end) else None
    key = f"span-{view.text}"
    st.segmented_control(
        "Span", list(_SPANS), format_func=_SPANS.__getitem__, default=now, key=key, on_change=_changed, args=(view, key),
        label_visibility="collapsed",
    )  # fmt: skip


def _changed(view: View, key: str) -> None:
    """Take the span over into the view; one that is pressed again stays."""
    if (last := st.session_state.get(key)) is not None:
        controls.mirror(replace(view, last=last, start=None, end=None), framed=False)
