"""The parts of a page: a row of which one is always chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from layers.errors import LayersError
from pages import controls
from pages.plain import plain


def head(title: str, options: list[str], key: str, words: str) -> str:
    """Draw the upper band, the page's title and the row of its parts; return the part that is chosen."""
    controls.band(words)
    with st.container(key="parts", horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        return one_of(f"Part of {title.lower()}", options, key)


def one_of(label: str, options: list[str], key: str) -> str:
    """Draw a row of which one is always chosen; the address keeps it."""
    chosen = st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return str(chosen)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say in place of a section why it cannot be shown, where it cannot; those after it are shown."""
    try:
        yield
    except LayersError as fault:
        st.error(plain(f"{what} cannot be shown: {fault}."))
