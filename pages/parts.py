"""The parts of a page: a row of which one is always chosen."""

from __future__ import annotations

import streamlit as st


def one_of(label: str, options: list[str], key: str) -> str:
    """Draw a row of which one is always chosen; the address keeps it."""
    chosen = st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    return str(chosen)
