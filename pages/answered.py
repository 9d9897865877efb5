"""Answers that take a while, kept in a tab until what they answer has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View

#: What takes longer says how far it is.
_SOON_S = 1.0
Tell = Callable[[float], None]


def kept(
    desk: Desk,
    view: View,
    name: str,
    ask: Callable[[Tell], Any],
    *,
    words: str,
    asked: object = None,
    first: Callable[[], str] = str,
) -> Any:
    """Return an answer of this tab, asked for anew where the record, the view's window or the question has changed.

    ``ask`` is given what it may tell its progress to; what ``first`` says is shown beside that until the answer is there.
    """
    sheet = desk.sheet(view)
    key = sheet.version, sheet.window, view.text, asked
    held = st.session_state.get(f"answer-{name}")
    if held is None or held[0] != key:
        with st.spinner(f"{words}: {sum(sheet.count(of) for of in sheet.layers if of.tiled):,}"), _progress(first()) as tell:
            held = key, ask(tell)
        st.session_state[f"answer-{name}"] = held
    return held[1]


@contextmanager
def _progress(first: str) -> Iterator[Tell]:
    """Give what shows a bar from the first second on, until the block ends."""
    room, began = st.empty(), time.monotonic()

    def tell(share: float) -> None:
        if time.monotonic() - began > _SOON_S:
            room.progress(min(max(share, 0.0), 1.0), f"{100 * share:.0f} % done. {first}".rstrip(". "))

    yield tell
    room.empty()
