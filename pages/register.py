"""Briefing, its part Register: what was issued, when, by whom, to whom; and the one that is chosen, whole, to be downloaded again."""

from __future__ import annotations

import streamlit as st
from streamlit.elements.arrow import DataframeState

from layers.briefing.forms import FORMS, REPORT_FORMS
from layers.desk import CALLED, Desk
from layers.desk.issued import Entry
from layers.errors import LayersError
from layers.model import View
from pages import handed, registered, reporting, said, sheet
from pages.plain import plain

_NONE = "Nothing has been issued yet. Open Sheet or Reports, look at the preview, and press Issue."
_WIDTHS = {"Number": 66, "Issued": 136, "Kind": 184, "Title": 220, "Marking": 160, "Released": 150, "By": 96, "For": 120}
#: So many lines are listed on a narrow screen; the choice has all.
_MOST = 6


def shown(desk: Desk, _view: View) -> None:
    """Draw the register, what is known of the line that is chosen, and the way to its file."""
    entries = desk.register()
    if not entries:
        st.info(_NONE)
        return
    table = st.container(key="register")
    numbers = [one.number for one in entries]
    left, right = st.columns(2)
    number = left.selectbox("Number", numbers, format_func=lambda number: f"{number:04d}", key="again")
    one = next(one for one in entries if one.number == number)
    report = one.job.kind in CALLED
    forms, words = (REPORT_FORMS, reporting.WORDS) if report else (FORMS, sheet.WORDS)
    first = one.files[0].form if one.files else forms[0]
    at = next((n for n, named in enumerate(forms) if named == first), 0)
    form = right.selectbox("Form", list(forms), at, format_func=words.__getitem__, key=f"again-form-{number}")
    pressed = st.button(
        "Download again", type="primary", help="It is made again from the record, and compared with what was issued"
    )
    if pressed:
        with st.spinner("Drawing", show_time=True):
            try:
                st.session_state.again_made = (desk.repeated(number, form),)
                entries = desk.register()
            except LayersError as fault:
                st.session_state.again_made = ()
                st.error(plain(said.sentence(fault)))
    made = tuple(each for each in st.session_state.get("again_made") or () if each.entry.number == number)
    handed.offered(made, begins=pressed, done="made again")
    for each in made:
        (st.warning if each.same is False else st.info)(plain(each.compared))
    registered.shown(next(one for one in entries if one.number == number))
    with table:
        _listed(entries)


def _listed(entries: list[Entry]) -> None:
    """Draw the register as a table, a line of which can be chosen, and on a narrow screen as a list."""
    rows = [registered.line(one) for one in entries]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    widths = {name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()}

    def chosen() -> None:
        state: DataframeState = st.session_state["register-table"]
        if at := state["selection"]["rows"]:
            st.session_state.again = entries[at[0]].number

    with st.container(key="register-wide"):
        st.dataframe(
            columns,
            hide_index=True,
            width="stretch",
            column_config=widths,
            on_select=chosen,
            selection_mode="single-row",
            key="register-table",
        )
    with st.container(key="register-narrow"):
        st.html("".join(registered.brief(one) for one in entries[:_MOST]))
        if len(entries) > _MOST:
            st.caption(f"The newest {_MOST} of {len(entries):,}; choose any by its number.")
