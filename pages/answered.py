"""Answers that take a while, kept in a tab until what they answer has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View


def kept(desk: Desk, view: View, name: str, ask: Callable[[], Any], *, words: str, asked: object = None) -> Any:
    """Return an answer of this tab, asked for anew where the record, the view's window or the question has changed."""
    sheet = desk.sheet(view)
    key = sheet.version, sheet.window, view.text, asked
    held = st.session_state.get(f"answer-{name}")
    if held is None or held[0] != key:
        with st.spinner(f"{words}: {sum(sheet.count(of) for of in sheet.layers if of.tiled):,}"):
            held = key, ask()
        st.session_state[f"answer-{name}"] = held
    return held[1]
