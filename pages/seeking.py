"""A comparison under way: how far it is, and the press that stops it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

import streamlit as st

from layers.desk import Compared, Comparison, Desk
from layers.errors import LayersError
from pages import said

_PATIENT_S = 120


@dataclass
class Run:
    """A comparison of this tab, whether it has ended, and what became of it: nothing where it was stopped.

    A press begins a new run of the page while the old one still cleans up; the new one waits for it.
    """

    made: Compared | said.Outcome | None = None
    ended: Event = field(default_factory=Event)

    def over(self) -> None:
        """Wait until nothing of it is under way."""
        if not self.ended.is_set():
            with st.spinner("Stopping the comparison"):
                self.ended.wait(_PATIENT_S)


def sought(desk: Desk, asked: Comparison) -> None:
    """Compare, and show how far it is. A press of anything ends it from within the bar: what is under way then cleans up."""
    run = st.session_state.compared = Run()
    bar = st.progress(0.0, "Opening the scenes")
    st.button("Stop", key="compare-stop")
    at: list[tuple[float, str]] = [(0.0, "Opening the scenes")]

    def told(share: float, words: str) -> None:
        at[0] = (min(1.0, share), words)
        bar.progress(*at[0])

    def pressed() -> bool:
        bar.progress(*at[0])
        return False

    try:
        run.made = desk.compare(asked, progress=told, cancelled=pressed)
    except LayersError as fault:
        run.made = said.Outcome(said.sentence(fault), well=False)
    finally:
        run.ended.set()
    st.rerun()
