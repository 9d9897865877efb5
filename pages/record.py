"""Import, its second part: the record, to look through, decide on and trace."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import batches, controls, export, pairs, rows


def opened(desk: Desk, view: View, words: str) -> bool:
    """Draw the head of Import; where its part Record is chosen, draw that whole, lower band included, and say so."""
    with st.container(key="parts", horizontal=True, vertical_alignment="center"):
        st.title("Import", width="content")
        part = _choice("Part of import", ["Files", "Record"], "part")
    if part == "Files":
        return False
    with st.container(key="record"):
        section = _choice("Section of the record", ["Records", "Likely duplicates", "Batches"], "section")
        if section == "Records":
            rows.records(desk, view)
            export.section(desk, view)
        elif section == "Likely duplicates":
            pairs.shown(desk, view)
        else:
            batches.shown(desk)
    controls.band(words)
    return True


def _choice(label: str, options: list[str], key: str) -> str:
    """Draw a row of which one is always chosen; the address keeps it."""
    chosen = st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return str(chosen)
