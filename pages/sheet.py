"""Briefing, its part Sheet: how the view will look on paper, and issuing it."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import streamlit as st

from layers.briefing.forms import Form
from layers.briefing.paper import SIZES, Size
from layers.desk import Brief, Desk, unprinted
from layers.desk.series import Each
from layers.errors import LayersError
from layers.model import View
from pages import handed, issuing, releasing, said, span
from pages.plain import plain

_STANDS = {"As fits the ground": None, "Landscape": False, "Portrait": True}
#: What people call each form.
WORDS = {
    "pdf": "PDF, to print",
    "png": "PNG, 300 dots per inch",
    "pptx": "PPTX, a slide to edit",
    "html": "HTML, one page that opens from disk",
}


def shown(desk: Desk, view: View) -> None:
    """Draw the preview with what is asked beside it."""
    with st.container(horizontal=True, vertical_alignment="center", key="asked"):
        view, since = span.since_last(desk, view)
        st.caption(plain(f"The view: {desk.told(view)}."), width="stretch")
    picture, form = st.columns([3, 1.25], gap="medium")
    with form:
        brief, lacking = _asked(desk, since)
        issuing.framed()
        each = issuing.each()
        wanted = st.selectbox("Form", list(get_args(Form)), format_func=WORDS.__getitem__, key="brief-form", on_change=_suited)
        pressed = st.button("Issue", type="primary", width="stretch", disabled=lacking)
        if pressed:  # the file first: who pressed waits for it, and has seen the preview
            issuing.issued(desk, view, brief, (wanted, each))
        handed.offered(st.session_state.get("issued"), begins=pressed)
    with picture, st.container(key="preview"):
        if lacking:
            st.info("Give a reason for the release; then the sheet is drawn as it will leave.")
            return
        _previewed(desk, view, brief, each)


def _asked(desk: Desk, since: datetime | None) -> tuple[Brief, bool]:
    """Ask how the sheet is wanted; return it, and whether the reason of its release is still to be given."""
    title = issuing.text("Title", "brief-title", "Taken from the view")
    left, right = st.columns(2)
    size: Size = left.selectbox("Size", list(SIZES), issuing.position("sheet", SIZES), key="brief-size", on_change=_sized)
    stands = right.selectbox(
        "Stands", list(_STANDS), issuing.position("stands", list(_STANDS)), key="brief-stands", disabled=size == "16:9"
    )
    with left:
        unit = issuing.unit(desk, "brief-unit")
    with right:
        to = issuing.text("For", "brief-to", "Whom it goes to")
    release, lacking = releasing.asked(desk, "brief")
    return Brief(title, size, _STANDS[stands], *issuing.frame(), "", unit, to, since=since, release=release), lacking


def _sized() -> None:
    """Keep in mind that somebody chose the size."""
    st.session_state["brief-sized"] = True


def _suited() -> None:
    """Give the sheet the size of a slide where it becomes one, as long as nobody chose a size."""
    if not (st.session_state.get("brief-sized") or "sheet" in st.query_params):
        st.session_state["brief-size"] = "16:9" if st.session_state["brief-form"] == "pptx" else SIZES[0]


def _previewed(desk: Desk, view: View, brief: Brief, each: Each | None) -> None:
    """Draw the sheet as it will look, of a series the first; say so where it cannot be drawn."""
    with st.spinner("Drawing", show_time=True):
        try:
            if each:
                part, brief, of = desk.first(view, brief, each)
                view = part.view
                st.caption(plain(f"Sheet 1 of {of}: {part.label}"))
            st.image(desk.previewed(view, brief), width="stretch")
            for lacking in filter(None, (desk.cut(view, brief), unprinted.asked(brief))):
                st.warning(plain(f"{lacking}."))
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))
