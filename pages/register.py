"""Briefing, its part Register: what was issued, when, by whom, to whom; and each sheet and report made again."""

from __future__ import annotations

from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from layers.briefing.forms import REPORT_FORMS, Form
from layers.desk import CALLED, Desk
from layers.desk.issued import Entry
from layers.errors import LayersError
from layers.model import View
from layers.notation import dtg
from pages import handed, reporting, said, sheet
from pages.plain import plain

_NONE = "Nothing has been issued yet. Open Sheet or Reports, look at the preview, and press Issue."


def _by(one: Entry) -> str:
    """Return who issued: the account, and who is named on it where that is another."""
    same = one.job.author.casefold() == one.who.casefold()
    return one.job.author if same else f"{one.who}, as {one.job.author}"


def _again(one: Entry) -> str:
    """Return whether its files were the same whenever they were made again; blank where none was."""
    otherwise = [form.upper() for form, same in one.again.items() if not same]
    return f"Otherwise: {', '.join(otherwise)}" if otherwise else "The same" if one.again else ""


def shown(desk: Desk, _view: View) -> None:
    """Draw the register, and the way to make a sheet of it again."""
    entries = desk.register()
    if not entries:
        st.info(_NONE)
        return
    table = st.container()
    st.subheader("Make one again", anchor=False)
    left, right = st.columns(2)
    number = left.selectbox("Number", [one.number for one in entries], format_func=lambda number: f"{number:04d}", key="again")
    report = next(one.job.kind in CALLED for one in entries if one.number == number)
    forms, words = (REPORT_FORMS, reporting.WORDS) if report else (get_args(Form), sheet.WORDS)
    form = right.selectbox("Form", list(forms), format_func=words.__getitem__, key=f"again-form-{report}")
    if st.button("Make again", type="primary"):
        with st.spinner("Drawing", show_time=True):
            try:
                st.session_state.again_made = (desk.repeated(number, form),)
                entries = desk.register()
            except LayersError as fault:
                st.session_state.again_made = ()
                st.error(plain(said.sentence(fault)))
    made = st.session_state.get("again_made")
    handed.offered(made, sheet.MIME | reporting.MIME, done="made again")
    for one in made or ():
        (st.warning if one.same is False else st.info)(plain(one.compared))
    _listed(table, entries)


def _listed(into: DeltaGenerator, entries: list[Entry]) -> None:
    into.dataframe(
        {
            "Number": [one.called for one in entries],
            "Kind": [CALLED.get(one.job.kind, "Sheet") for one in entries],
            "Version": [str(one.edition) if one.job.kind in CALLED else "" for one in entries],
            "Issued": [dtg(one.job.made_at) for one in entries],
            "By": [_by(one) for one in entries],
            "For": [one.job.to for one in entries],
            "Title": [one.job.title for one in entries],
            "View": [one.job.words for one in entries],
            "Marking": [one.job.marking for one in entries],
            "Released": [one.job.terms.told if one.job.terms else "" for one in entries],
            "Files": [", ".join(sorted({file.form.upper() for file in one.files})) or "Not made" for one in entries],
            "Made again": [_again(one) for one in entries],
        },
        hide_index=True,
        width="stretch",
    )
