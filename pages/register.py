"""Briefing, its part Register: what was issued, when, by whom, to whom; and each sheet made again."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from layers.briefing.forms import Form
from layers.desk import Desk
from layers.errors import LayersError
from layers.model import View
from layers.notation import dtg
from pages import issuing, said, sheet
from pages.plain import plain

_NONE = "Nothing has been issued yet. Open Sheet, look at the preview, and press Issue."


def shown(desk: Desk, _view: View) -> None:
    """Draw the register, and the way to make a sheet of it again."""
    entries = desk.register()
    if not entries:
        st.info(_NONE)
        return
    st.dataframe(
        {
            "Sheet": [one.called for one in entries],
            "Issued": [dtg(one.job.made_at) for one in entries],
            "By": [one.job.author for one in entries],
            "For": [one.job.to for one in entries],
            "Title": [one.job.title for one in entries],
            "View": [one.job.words for one in entries],
            "Marking": [one.job.marking for one in entries],
            "Files": [", ".join(sorted({file.form.upper() for file in one.files})) or "Not made" for one in entries],
        },
        hide_index=True,
        width="stretch",
    )
    st.subheader("Make one again", anchor=False)
    left, right = st.columns(2)
    number = left.selectbox("Sheet", [one.number for one in entries], format_func=lambda number: f"{number:04d}", key="again")
    form = right.selectbox("Form", list(get_args(Form)), format_func=sheet.WORDS.__getitem__, key="again-form")
    if st.button("Make again", type="primary"):
        with st.spinner("Drawing", show_time=True):
            try:
                st.session_state.again_made = desk.repeated(number, form)
            except LayersError as fault:
                st.session_state.again_made = None
                st.error(plain(said.sentence(fault)))
    issuing.offered(st.session_state.get("again_made"), sheet.MIME)
