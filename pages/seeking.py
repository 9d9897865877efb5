"""A comparison under way: how far it is, and the press that stops it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from threading import Event, get_ident

import streamlit as st

from layers.desk import Compared, Comparison, Desk
from layers.errors import LayersError
from pages import said

_PATIENT_S = 120
_BEGINS = "Opening the scenes"


@dataclass
class Run:
    """A comparison of this tab, whether it is to stop and has ended, and what became of it: nothing where it was stopped.

    A press begins a new run of the page while the old one still cleans up; the new one waits for it.
    """

    made: Compared | said.Outcome | None = None
    gone: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)

    def over(self) -> None:
        """Wait until nothing of it is under way."""
        if not self.ended.is_set():
            with st.spinner("Stopping the comparison"):
                self.ended.wait(_PATIENT_S)


def sought(desk: Desk, asked: Comparison) -> None:
    """Compare, and show how far it is. A press of anything ends it from within the bar: what is under way then cleans up."""
    run = st.session_state.compared = Run()
    bar, mine, at = st.progress(0.0, _BEGINS), get_ident(), [(0.0, _BEGINS)]
    st.button("Stop", key="compare-stop")

    def drawn() -> None:
        """Draw the bar; a press of anything is raised in here."""
        try:
            bar.progress(*at[0])
        finally:
            if sys.exception() is not None:
                run.gone.set()

    def told(share: float, words: str) -> None:
        at[0] = (min(1.0, share), words)
        drawn()

    def pressed() -> bool:
        """Say whether to stop; asked by threads of the engine too, which may not draw."""
        if get_ident() == mine:
            drawn()
        return run.gone.is_set()

    try:
        run.made = desk.compare(asked, progress=told, cancelled=pressed)
    except LayersError as fault:
        run.made = said.Outcome(said.sentence(fault), well=False)
    finally:
        run.ended.set()
    st.rerun()
