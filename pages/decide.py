"""What may be done with the chosen records: grade, link, withdraw, edit; each a form with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from layers.desk import Desk, Edit
from layers.errors import LayersError
from layers.model import Receipt
from pages import amend, said

Act = Callable[[str], Receipt]


def bar(desk: Desk, layer: str, picked: Sequence[Any]) -> None:
    """Draw the bar, in its place whether rows are chosen or not, and below it what came of the last decision."""
    picks = {row["feature"]: row["id"] for row in picked}
    none = not picks
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        st.markdown("Choose rows at their left to decide on them." if none else f"**{len(picks)}** chosen", width="content")
        st.space("stretch")
        if "credibility" in {field.name for field in desk.layer(layer).fields}:
            with st.popover("Grade", disabled=none), st.form("grade", border=False):
                graded = [
                    amend.value(f, "", many=True) for f in desk.layer(layer).fields if f.name in ("reliability", "credibility")
                ]
                _form("Grade", lambda why: desk.grade(layer, picks, (graded[0], graded[1]), why))
            with st.popover("Link", disabled=none), st.form("link", border=False):
                st.caption("Says that the records tell of one event. They stay as many records as they are.")
                apart = st.toggle("Unlink them instead")
                _form("Link", lambda why: (desk.unlink if apart else desk.link)(layer, picks, why))
        with st.popover("Withdraw", disabled=none), st.form("withdraw", border=False):
            st.caption("Takes the records off the map. Nothing is deleted; the same file does not bring them back.")
            _form("Withdraw", lambda why: desk.withdraw(layer, picks, why))
        with st.popover("Edit", disabled=none), st.form("edit", border=False):
            changes = amend.changes(desk, layer, picked)
            _form("Edit", lambda why: desk.edit(layer, [Edit(f, seen, changes) for f, seen in picks.items()], why))
    done, refused = st.session_state.get("decided", ("", ())) if none else ("", ())
    if done:
        st.success(done)
    if refused:
        st.dataframe(refused, hide_index=True, width="stretch")


def _form(label: str, act: Act) -> None:
    """Draw a form's reason and its button; do what it says, and keep what came of it for the next drawing."""
    reason = st.text_input("Reason", key=f"why-{label}")
    if not st.form_submit_button(label, type="primary"):
        return
    try:
        receipt = act(reason)
    except LayersError as fault:
        st.error(said.sentence(fault))
        return
    done = receipt.changed + receipt.retracted
    batch = f"{done:,} {'record' if done == 1 else 'records'} decided on, as batch {receipt.batch}." if done else ""
    same = f" {receipt.unchanged:,} said so already." if receipt.unchanged else ""
    refused = [{"Not done": fault.row, "Column": fault.field, "Reason": fault.reason} for fault in receipt.refused]
    st.session_state.decided, st.session_state.page = (batch + same, refused), None
    st.rerun()
