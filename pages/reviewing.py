"""The chosen findings: what bears each out, its ways to the map, and what an analyst decides of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

import streamlit as st

from layers.catalogue.findings import REVIEW
from layers.desk import Cue, Desk, Edit
from layers.errors import LayersError
from layers.model import View
from pages import drawn, promoting, said

_LABELS = {one.code: one.label for one in REVIEW.choices}
_MOST = 5
_CHOOSE = "Choose findings at their left to accept or reject them, to make an incident of one, or to see them on the map."
_BACK = "taken back at once on the page of findings"


def shown(desk: Desk, view: View, chosen: Sequence[Cue]) -> None:
    """Draw what was done last or what may be done, and for chosen findings why each has its verdict, and the acts."""
    outcome, batches = st.session_state.get("reviewed") or (None, ())
    with st.container(horizontal=True, vertical_alignment="center"):
        said.outcome(outcome, f"{len(chosen):,} chosen" if chosen else _CHOOSE)
        if batches:
            st.button("Undo", key="review-undo", on_click=_undone, args=(desk, batches), type="tertiary")
    if not chosen:
        return
    here = {one.digest for one in desk.scene_list(view)}
    rows = [[escape(one.words), _links(view, one, here)] for one in chosen[:_MOST]]
    caption = "Chosen findings" if len(rows) == len(chosen) else f"Chosen findings, the first {len(rows)} of {len(chosen):,}"
    drawn.drawn(drawn.table(["Why", "On the map"], rows, caption, numbers=2))
    barred = view.known_at is not None
    with st.form("review", border=False, clear_on_submit=True), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Reason", key="review-why", placeholder="In a few words", width=360)
        for label, code in (("Accept", "accepted"), ("Reject", "rejected")):
            st.form_submit_button(label, disabled=barred, on_click=_reviewed, args=(desk, chosen, code))
    if len(chosen) == 1 and not barred:
        promoting.shown(desk, chosen[0])


def _reviewed(desk: Desk, chosen: Sequence[Cue], code: str) -> None:
    edits = [Edit(one.feature, one.seq, {"review": code}) for one in chosen]
    try:
        receipt = desk.edit("findings", edits, st.session_state["review-why"])
    except LayersError as fault:
        st.session_state.reviewed = said.Outcome(said.sentence(fault), well=False), ()
        return
    why = f" {len(receipt.refused)} refused: the record {receipt.refused[0].reason}." if receipt.refused else ""
    words = f"{_LABELS[code]}: {receipt.changed:,} of {len(chosen):,}, as batch {receipt.batch}.{why}"
    st.session_state.reviewed = said.Outcome(words, well=not why), (receipt.batch,) if receipt.batch else ()


def _undone(desk: Desk, batches: Sequence[int]) -> None:
    """Take back what was done last, the newest batch first."""
    try:
        words = " ".join(said.undone(batch, desk.undo(batch, _BACK), desk.since(batch)) for batch in reversed(batches))
        st.session_state.reviewed = said.Outcome(words), ()
    except LayersError as fault:
        st.session_state.reviewed = said.Outcome(said.sentence(fault), well=False), ()


def _links(view: View, one: Cue, here: Collection[str]) -> str:
    """Return ways to a finding's place on the live map, and between its two scenes where both are here."""
    place = f"#15/{one.lat:.4f}/{one.lon:.4f}"
    ways = [("./?v=", view, "Show on the map")]
    ways += (
        [("./imagery?part=Compare&v=", replace(view, scenes=one.scenes), "Before and after")]
        if all(digest in here for digest in one.scenes)
        else []
    )
    return " · ".join(f'<a href="{to}{quote(of.text, safe="")}{place}" target="_self">{words}</a>' for to, of, words in ways)
