"""What was done to the record, act by act, and the way to take an act back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from layers.model import View
from pages import leaves, said

_SIZE = 50
_ROW_PX = 30
_NO_HIT = "No batch holds all of these words. Try a part of the file's name, who did it, or the batch's number."


def shown(desk: Desk, view: View) -> None:
    """Draw the batches, the newest first; the chosen one can be taken back, whatever came in since it was chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sought"):
        hint = "File, who, act or number, then Enter"
        words = st.text_input("Search", placeholder=hint, key="words-batches", width=360)
        _act(desk)
    found = leaves.kept("batches", words, lambda number: desk.batches(words, page=number, size=_SIZE), desk.sheet(view).version)
    if not found["whole"]:
        st.info("Nothing is stored yet. Import a file under Files; each import is a batch that can be taken back.")
        return
    if not found["count"]:
        st.info(_NO_HIT)
        return
    listed, key = found["batches"], f"batches-{found['turn']}"
    st.dataframe(
        [_row(one) for one in listed],
        hide_index=True,
        width="stretch",
        height=_ROW_PX * 12 + 38,
        row_height=_ROW_PX,
        on_select=lambda: _chosen(key, listed),
        selection_mode="single-row",
        selection_default=_default(listed),
        key=key,
    )
    leaves.shown("batches", found, "batch", "batches")


def _act(desk: Desk) -> None:
    """Draw what is chosen, or what came of the last act, and the form that takes it back."""
    one = st.session_state.get("batch")
    with st.form("undo", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Reason", key="why-undo", placeholder="Why it is taken back", width=300)
        barred = one is None or not one["whole"]
        st.form_submit_button("Take it back", disabled=barred, type="primary", on_click=_undo, args=(desk,))
        if one is None:
            said.outcome(st.session_state.get("undone"), "Choose a batch at its left to take it back.")
        else:
            named = " · ".join(part for part in (f"Batch {one['batch']}", one["act"], one["file"]) if part)
            said.outcome(st.session_state.get("undone"), named + ("" if one["whole"] else ": you see only a part of it"))


def _chosen(key: str, listed: list[Any]) -> None:
    """Keep the batch that was chosen: by itself, so that no place in a list stands for it."""
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state.batch, st.session_state.undone = listed[rows[0]] if rows else None, None


def _default(listed: list[Any]) -> Any:
    number = (st.session_state.get("batch") or {}).get("batch")
    return {"selection": {"rows": [n for n, one in enumerate(listed) if one["batch"] == number]}}


def _row(one: Any) -> dict[str, str]:
    new, changed, gone = (f"{one['counts'][name]:,}" if one["counts"] else "" for name in ("new", "changed", "withdrawn"))
    told = {"Batch": str(one["batch"]), "Recorded": one["recorded"], "Act": one["act"], "By": one["who"], "Layer": one["layer"]}
    told |= {"File": one["file"], "Records": f"{one['records']:,}", "New": new, "Changed": changed, "Withdrawn": gone}
    return told | {"Reason": one["reason"], "Taken back": f"by batch {one['undone']}" if one["undone"] else ""}


def _undo(desk: Desk) -> None:
    """Take the chosen batch back, before anything is drawn anew; say what came of it, or why nothing did."""
    one = st.session_state.get("batch")
    assert one is not None
    try:
        words = said.undone(one["batch"], desk.undo(one["batch"], st.session_state["why-undo"]), desk.since(one["batch"]))
    except LayersError as fault:
        st.session_state.undone = said.Outcome(said.sentence(fault), well=False)
        return
    st.session_state.undone, st.session_state.batch, st.session_state["why-undo"] = said.Outcome(words), None, ""
    leaves.forgotten()
