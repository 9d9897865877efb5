"""What may be done with the chosen records: grade, link, withdraw, edit; each a form with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from layers.desk import MOST_CHOSEN, Desk
from layers.model import Receipt, View
from pages import acts, amend, choice, said

_ONE_ACT = "The reason is kept with the record. This is one batch, which can be taken back."
_WITHDRAW = "Takes the records off the map. Nothing is deleted; the same file does not bring them back."


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen records, how many were found, how many of the chosen are on this page, and what chooses all that were found."""

    picks: dict[str, int]
    found: int
    here: int
    everything: Callable[[], None]


def bar(desk: Desk, view: View, layer: str, chosen: Choice) -> None:
    """Draw what is chosen or was done, and the acts, in one place whether rows are chosen or not."""
    barred = not chosen.picks or view.known_at is not None
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        with st.container(horizontal=True, vertical_alignment="center", key="told"):
            _told(desk, chosen)
        with st.container(horizontal=True, vertical_alignment="center", key="acts", width="content"):
            names = {field.name for field in desk.layer(layer).fields}
            if "credibility" in names:
                _form(desk, layer, "Grade", barred, lambda stem: amend.grades(desk, layer, stem), amend.graded)
                _form(desk, layer, "Link", barred, amend.link, amend.linked, other="Unlink")
            _form(desk, layer, "Withdraw", barred, lambda _: st.caption(_WITHDRAW), _withdrawn)
            row = None if barred else choice.one(desk, layer, chosen.picks)
            _form(desk, layer, "Edit", barred, lambda stem: amend.fields(desk, layer, row, stem), amend.edited)


def _told(desk: Desk, chosen: Choice) -> None:
    """Say what was done, what is chosen, or what to do; beside it what follows from that."""
    outcome, count = st.session_state.get("outcome"), len(chosen.picks)
    away = f", {count - chosen.here:,} of them not on this page" if count > chosen.here else ""
    said.outcome(outcome, f"{count:,} chosen{away}" if count else "Choose rows at their left to decide on them.")
    if outcome is not None and outcome.batch is not None:
        st.button("Undo", on_click=acts.undo, args=(desk,), type="tertiary")
    if chosen.found > max(count, 1):
        many = f"all {chosen.found:,}" if chosen.found <= MOST_CHOSEN else f"the first {MOST_CHOSEN:,} of {chosen.found:,}"
        st.button(f"Choose {many} found", on_click=_take, args=(chosen.everything,), type="tertiary")
    if count:
        st.button("Clear", on_click=_take, args=(lambda: choice.put({}),), type="tertiary")


def _take(these: Callable[[], None]) -> None:
    these()
    st.session_state.outcome = None


def _form(
    desk: Desk, layer: str, label: str, barred: bool, ask: Callable[[str], object], act: acts.Act, *, other: str = ""
) -> None:
    """Draw one act, or the ``other`` one where that is chosen: what it asks, the reason, the button, and why it could not be done."""
    popover = st.popover(label, disabled=barred, key=f"open-{label}", on_change="rerun")
    if barred:
        return
    stem = acts.stem(label)
    with popover:
        # Beside the form, so that its button is called at once by what it does.
        apart = bool(other) and st.toggle(f"{other} them instead", key=f"{stem}-apart")
        with st.form(label.lower(), border=False):
            ask(stem)
            st.text_input("Reason", key=f"{stem}-why", placeholder="In a few words")
            refused = st.session_state.get("refused") or ("", None)
            said.outcome(refused[1] if refused[0] == label else None, _ONE_ACT)
            done = (desk, layer, label, act)
            st.form_submit_button(other if apart else label, type="primary", on_click=acts.done, args=done)


def _withdrawn(desk: Desk, layer: str, picks: dict[str, int], why: str, _: str) -> Receipt:
    return desk.withdraw(layer, picks, why)
