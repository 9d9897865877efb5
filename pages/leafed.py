"""A long list, so many of its rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def leafed(rows: Sequence[T], most: int, key: str) -> Sequence[T]:
    """Return the rows that a reader chose, ``most`` of them, after the control to choose by; all where they are no more, without one."""
    if len(rows) <= most:
        return rows
    starts = range(0, len(rows), most)
    begin = st.selectbox(
        "Rows", starts, format_func=lambda at: _said(at, most, len(rows)), key=f"rows-{key}-{len(starts)}", width=180
    )
    return rows[begin : begin + most]


def _said(begin: int, most: int, count: int) -> str:
    return f"{begin + 1:,} to {min(begin + most, count):,} of {count:,}"
