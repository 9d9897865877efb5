"""What is to be taken away as it is, or as a release profile lets it out: which, and why."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk, Release

_NONE = "As it is, under its own marking"


def asked(desk: Desk, key: str) -> tuple[Release | None, bool]:
    """Ask under which profile something is to leave; return that, None for none, and whether a reason is still to be given."""
    profiles = desk.release_profiles()
    if others := desk.release_asked_of():
        st.caption(f"It leaves under its own marking. To have it released under a lower one, ask someone who is {others}.")
    if not profiles:
        return None, False
    named = {"": _NONE} | profiles
    profile = st.selectbox(
        "Release",
        list(named),
        format_func=named.__getitem__,
        key=f"{key}-release",
        help="A release profile of the mission leaves fields out, puts places into cells and times into periods",
    )
    if not profile:
        return None, False
    reason = st.text_input("Reason", key=f"{key}-reason", placeholder="Why it is released; printed on it", max_chars=300)
    return Release(profile, reason), not reason.strip()
