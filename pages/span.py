"""How far back the view looks, as a row of which the present one is chosen, or what came since the last brief."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st

from layers.desk import Desk
from layers.model import View
from layers.notation import dtg
from pages import controls, issuing

#: What counts as the last brief.
_TOLD = """Up to then, every report of this filter was on a sheet that was handed out: it was known at its cut-off, and lay in its span
and on its ground. A sheet that was not handed out, or was released, does not count"""
_SPANS = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d", "all": "All"}


def shown(view: View) -> None:
    """Draw the spans; a view between two dates, or of another length, has none of them chosen."""
    now = view.last if view.last in _SPANS and not (view.start or view.end) else None
    key = f"span-{view.text}"
    st.segmented_control(
        "Span", list(_SPANS), format_func=_SPANS.__getitem__, default=now, key=key, on_change=_changed, args=(view, key),
        label_visibility="collapsed",
    )  # fmt: skip


def since_last(desk: Desk, view: View) -> tuple[View, datetime | None]:
    """Offer what was recorded since the last sheet of the same filters and ground; return the view that is briefed, and that time if taken."""
    box = issuing.frame()[0]
    since = desk.since_last_brief(replace(view, box=box) if box and all(abs(edge) <= 180 for edge in box) else view)
    if since and st.toggle(
        "Since last brief", key="brief-since", help=f"What was recorded or changed since {dtg(since)}. {_TOLD}"
    ):
        return replace(view, last="24h", start=since, end=None, by="recorded"), since
    shown(view)
    return view, None


def _changed(view: View, key: str) -> None:
    """Take the span over into the view; one that is pressed again stays."""
    if (last := st.session_state.get(key)) is not None:
        controls.mirror(replace(view, last=last, start=None, end=None), framed=False)
