"""Pages of a long list, kept as they were first asked for, so that what comes in moves nothing under a choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_LISTS = ("records", "batches", "pairs")


def kept(name: str, asked: object, ask: Callable[[int], Any], version: int) -> Any:
    """Return the page of a list as it was first asked for; another question begins at its first page."""
    held = st.session_state.get(f"list-{name}")
    if held is None or held["asked"] != asked:
        held = {"asked": asked, "leaf": 1, "found": None}
    if held["found"] is None:
        st.session_state.turn = st.session_state.get("turn", 0) + 1
        found = ask(held["leaf"])
        held |= {"leaf": found.get("page", 1), "found": {"version": version} | found | {"turn": st.session_state.turn}}
    st.session_state[f"list-{name}"] = held
    return held["found"] | {"fresh": held["found"]["version"] == version}


def forgotten() -> None:
    """Ask for every list anew, each at the page where it stands: something was done to the record."""
    for name in _LISTS:
        _again(name, 0)


def shown(name: str, found: Any, one: str, many: str, where: str = "") -> None:
    """Draw how many there are, whether something came in since, and the way to the next page."""
    count = f"{found['count']:,} of {found['whole']:,}" if found["count"] != found["whole"] else f"{found['whole']:,}"
    with st.container(horizontal=True, vertical_alignment="center", key="leaves"):
        st.markdown(f"**{count}** {one if found['whole'] == 1 else many}{where}", width="content")
        news(name, found)
        st.space("stretch")
        st.button("Previous", disabled=found["page"] == 1, on_click=_again, args=(name, -1))
        st.markdown(f"Page {found['page']:,} of {found['pages']:,}", width="content")
        st.button("Next", disabled=found["page"] == found["pages"], on_click=_again, args=(name, 1))


def news(name: str, found: Any) -> None:
    """Say that something came in since a list was asked for, and offer to ask anew."""
    if not found["fresh"]:
        st.button("Something came in: look again", on_click=_again, args=(name, 0), type="tertiary")


def _again(name: str, by: int) -> None:
    held = st.session_state.get(f"list-{name}")
    if held is not None:
        held["leaf"], held["found"] = held["leaf"] + by, None
