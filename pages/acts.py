"""How an act on chosen records is done: before anything is drawn anew, on what was chosen, and what came of it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from layers.model import Layer, Receipt
from pages import choice, leaves, said

#: What does something to records: the desk, the layer, the records with the versions seen, the reason, and where its form's
#: values stand.
Act = Callable[[Desk, str, dict[str, int], str, str], Receipt]
_TAKEN_BACK = "taken back at once on the record page"
_MOST = 3


def stem(label: str) -> str:
    """Return how the keys of a form begin; after each act that was done the forms are new ones."""
    return f"{label}-{st.session_state.get('draft', 0)}"


def done(desk: Desk, layer: str, label: str, act: Act) -> None:
    """Do what a form says with the records that are chosen; what is refused whole leaves the form as it was written."""
    picks, form = dict(st.session_state.chosen), stem(label)
    try:
        receipt = act(desk, layer, picks, st.session_state[f"{form}-why"], form)
    except LayersError as fault:
        st.session_state.refused = (label, said.Outcome(said.sentence(fault), well=False))
        return
    count = receipt.changed + receipt.retracted
    why = _why(desk.layer(layer), receipt)
    if not count and why:
        st.session_state.refused = (label, said.Outcome(why, well=False))
        return
    parts = [f"{said.records(count)} decided on, as batch {receipt.batch}." if count else ""]
    parts += [f"{receipt.unchanged:,} said so already." if receipt.unchanged else "", f"Still chosen: {why}" if why else ""]
    parts[1:1] = receipt.said
    words = " ".join(part for part in parts if part)
    st.session_state.outcome = said.Outcome(words, well=not why, batch=receipt.batch)
    names = list(picks)
    left = {names[fault.row - 1] for fault in receipt.refused if fault.row <= len(names)}
    choice.put({feature: seen for feature, seen in picks.items() if feature in left})
    _closed(label)


def undo(desk: Desk) -> None:
    """Take back what was done last."""
    outcome = st.session_state.get("outcome")
    if outcome is None or outcome.batch is None:
        return
    try:
        words = said.undone(outcome.batch, desk.undo(outcome.batch, _TAKEN_BACK), desk.since(outcome.batch))
        st.session_state.outcome = said.Outcome(words)
    except LayersError as fault:
        st.session_state.outcome = said.Outcome(said.sentence(fault), well=False)
    leaves.forgotten()


def _closed(label: str) -> None:
    st.session_state.draft = st.session_state.get("draft", 0) + 1
    st.session_state.refused, st.session_state[f"open-{label}"] = None, False
    leaves.forgotten()


def _why(of: Layer, receipt: Receipt) -> str:
    """Return why records were refused: the field as the form calls it, and the reason, the most frequent first."""
    told = Counter((_label(of, fault.field), fault.reason) for fault in receipt.refused)
    parts = []
    for (label, reason), count in told.most_common(_MOST):
        many = f"{said.records(count)}: " if len(receipt.refused) > 1 else ""
        named = f"{label}: {reason}" if label else f"the record {reason}"
        parts.append(f"{many}{named[:1].upper()}{named[1:]}.")
    more = f" And {len(told) - _MOST} more reasons." if len(told) > _MOST else ""
    return " ".join(parts) + more


def _label(of: Layer, name: str) -> str:
    field = of.field(name)
    return {"position": "Position", "marking": "Marking", "geometry": "Shape"}.get(name, field.label if field else "")
