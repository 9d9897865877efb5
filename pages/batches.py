"""What was done to the record, act by act, and the way to take an act back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from pages import said

_MOST = 500


def shown(desk: Desk) -> None:
    """Draw the newest batches; the chosen one can be taken back."""
    found: Any = desk.batches(_MOST)
    if not found:
        st.info("Nothing is stored yet. Import a file under Files; each import is a batch that can be taken back.")
        return
    picked = st.dataframe(
        [_row(one) for one in found],
        hide_index=True,
        width="stretch",
        height=398,
        row_height=30,
        on_select="rerun",
        selection_mode="single-row",
        key=f"batches-{found[0]['batch']}",
    )["selection"]["rows"]
    one = found[picked[0]] if picked and picked[0] < len(found) else None
    with st.form("undo", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**Batch {one['batch']}**" if one else "Choose a batch at its left to take it back.", width="content")
        reason = st.text_input("Reason", key="why-undo", width=360)
        if st.form_submit_button("Take it back", disabled=one is None or not one["whole"], type="primary") and one:
            _undo(desk, one["batch"], reason)
    if done := st.session_state.pop("undone", ""):
        st.success(done)


def _row(one: Any) -> dict[str, str]:
    counts = {name: f"{one['counts'][name]:,}" if one["counts"] else "" for name in ("new", "changed", "withdrawn")}
    return {
        "Batch": str(one["batch"]),
        "Recorded": one["recorded"],
        "Act": one["act"],
        "By": one["who"],
        "Layer": one["layer"],
        "File": one["file"],
        "Records": f"{one['records']:,}",
        "New": counts["new"],
        "Changed": counts["changed"],
        "Withdrawn": counts["withdrawn"],
        "Reason": one["reason"],
        "Taken back": f"by batch {one['undone']}" if one["undone"] else "",
    }


def _undo(desk: Desk, number: int, reason: str) -> None:
    try:
        receipt = desk.undo(number, reason)
    except LayersError as fault:
        st.error(said.sentence(fault))
        return
    done = receipt.new + receipt.changed + receipt.retracted
    kept = (
        "Nothing was deleted; the record keeps both." if done else "What it did has been decided on since; nothing was changed."
    )
    st.session_state.undone, st.session_state.page = f"Batch {number} is taken back, {done:,} records. {kept}", None
    st.rerun()
