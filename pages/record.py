"""Import, its second part: the record, to look through, decide on and trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st

from layers.desk import Desk
from layers.model import View
from layers.notation import dtg
from pages import batches, controls, export, pairs, parts, rows, said


def opened(desk: Desk, view: View, words: str) -> bool:
    """Draw the head of Import; where its part Record is chosen, draw that whole, lower band included, and say so."""
    with st.container(key="parts", horizontal=True, vertical_alignment="center"):
        st.title("Import", anchor=False, width="content")
        part = parts.one_of("Part of import", ["Files", "Record"], "part")
    if part == "Files":
        return False
    with st.container(key="record"):
        section = parts.one_of("Section of the record", ["Records", "Likely duplicates", "Batches"], "section")
        if view.known_at is not None and section != "Batches":
            _known(view, view.known_at)
        if section == "Records":
            rows.records(desk, view)
            export.section(desk, view)
        elif section == "Likely duplicates":
            pairs.shown(desk, view)
        else:
            batches.shown(desk, view)
    controls.band(words)
    return True


def _known(view: View, moment: datetime) -> None:
    """Say that what is shown is what was known at a moment, and offer the way back to now."""
    with st.container(horizontal=True, vertical_alignment="center", key="known"):
        said.outcome(None, f"As known at {dtg(moment)}. Return to now to decide on records.")
        st.button("Return to now", on_click=controls.mirror, args=(replace(view, known_at=None),), kwargs={"framed": False})
