"""The files of what was issued: fetched as they are made, and to be fetched again."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.access import OWNER
from layers.desk import CALLED, Issued
from layers.serve import served
from pages import drawn
from pages.plain import plain


def offered(made: tuple[Issued, ...] | None, *, begins: bool, done: str = "issued") -> None:
    """Offer the file of what was issued or made again, or those of a series in one; where it ``begins``, fetch it at once."""
    if not made:
        return
    first, last = made[0].entry, made[-1].entry
    if len(made) == 1:
        called = f"{CALLED.get(first.job.kind, 'Sheet')} {first.called} is {done}, {first.job.marking}. It stands"
    else:
        called = f"{len(made)} sheets are issued, {first.called} to {last.called}. They stand"
    st.success(plain(f"{called} in the register, which tells when a file is handed out."))
    fetched(made, begins=begins)


def fetched(made: tuple[Issued, ...], *, begins: bool) -> None:
    """Draw the way to fetch a file, or several as one; where it ``begins``, the browser fetches it at once."""
    address = served().waiting.put(OWNER, made)
    label = "ZIP" if len(made) > 1 else made[0].form.upper()
    drawn.drawn(f'<a class="gl-fetch" href="{escape(address)}" target="_self">Download {label}</a>')
    if begins:
        with st.container(key="fetching"):
            st.iframe(address, height=1)
