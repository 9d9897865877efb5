"""Say when the report of a patrol was received, on the page Monitoring."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from layers.desk import Desk, Edit, Patrol, Patrols
from layers.errors import LayersError
from layers.model import NO_TIME, from_micros
from layers.notation import dtg
from pages import said
from pages.plain import plain

_LAYER, _FIELD = "patrol_tracks", "reported_at"
_WHY, _BACK = "patrol report received", "taken back at once on the page of patrols"


def form(desk: Desk, found: Patrols) -> None:
    """Let it be said of a patrol whose report is awaited; what came of the last time stands beside it, and can be taken back."""
    awaited = [one for one in (*found.before, *found.every) if one.tracks and one.reported == NO_TIME]
    outcome = st.session_state.get("received")
    if not found.may_receive or not (awaited or outcome):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="receiving"):
        if awaited:
            _asked(desk, {f"{one.name}, {one.report(found.now)}": one for one in awaited}, found.now)
        if outcome:
            said.outcome(outcome, "")
            if outcome.batch is not None:
                st.button("Undo", on_click=_undone, args=(desk, outcome.batch), type="tertiary")


def _asked(desk: Desk, named: Mapping[str, Patrol], now: int) -> None:
    number = st.session_state.get("receipts", 0)
    with st.popover("Report received", key=f"received-{number}"), st.form(f"received-form-{number}", border=False):
        st.selectbox("Patrol", list(named), key="received-patrol", format_func=plain)
        hint = f"{dtg(from_micros(now))}; blank for now"
        st.text_input("Received at", placeholder=hint, key=f"received-at-{number}", max_chars=40)
        st.form_submit_button("Save", on_click=_saved, args=(desk, named, now, number))


def _saved(desk: Desk, named: Mapping[str, Patrol], now: int, number: int) -> None:
    one = named[st.session_state["received-patrol"]]
    feature, seen = one.tracks[-1]
    at = st.session_state[f"received-at-{number}"].strip() or from_micros(now).isoformat()
    try:
        receipt = desk.edit(_LAYER, [Edit(feature, seen, {_FIELD: at})], _WHY)
    except LayersError as fault:
        st.session_state.received = said.Outcome(said.sentence(fault), well=False)
        return
    if receipt.refused:
        st.session_state.received = said.Outcome(f"Not stored: {receipt.refused[0].reason}.", well=False)
        return
    st.session_state.receipts = number + 1
    words = f"The report of {one.name} is received, as batch {receipt.batch}."
    st.session_state.received = said.Outcome(words, batch=receipt.batch)


def _undone(desk: Desk, batch: int) -> None:
    try:
        st.session_state.received = said.Outcome(said.undone(batch, desk.undo(batch, _BACK), desk.since(batch)))
    except LayersError as fault:
        st.session_state.received = said.Outcome(said.sentence(fault), well=False)
