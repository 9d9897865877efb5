"""Likely duplicates side by side, to be linked or left as two; never put together by themselves."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from layers.model import View
from pages import said

_MOST = 200


def shown(desk: Desk, view: View) -> None:
    """Draw the likeliest pairs, the chosen one side by side, and what may be decided on it."""
    try:
        found = _found(desk, view)
    except LayersError as fault:
        st.info(said.sentence(fault))
        return
    pairs = found["pairs"]
    if not pairs:
        st.info(
            f"No two of the view's {found['compared']:,} reports look like one event told twice. Choose a longer span to compare more."
        )
        return
    picked = st.dataframe(
        [_row(one) for one in pairs],
        hide_index=True,
        width="stretch",
        height=338,
        row_height=30,
        on_select="rerun",
        selection_mode="single-row",
        key=f"pairs-{found['turn']}",
    )["selection"]["rows"]
    shown = f"The {len(pairs):,} likeliest of {found['count']:,}" if found["count"] > len(pairs) else f"{found['count']:,}"
    st.markdown(
        f"{shown} among {found['compared']:,} reports of the view. Below: {'the chosen pair' if picked else 'the likeliest'}."
    )
    one = pairs[picked[0] if picked and picked[0] < len(pairs) else 0]
    with st.form("pair", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.text_input("Reason", ", ".join(one["reasons"]), width=480)
        link, leave = st.form_submit_button("Link them", type="primary"), st.form_submit_button("Leave them as two")
    if link or leave:
        _decide(desk, one, reason, link=link)
    st.html(said.beside(one["first"], one["second"]))


def _found(desk: Desk, view: View) -> Any:
    if st.session_state.get("paired") != view.text or st.session_state.get("pairs") is None:
        turn = st.session_state.get("turn", 0) + 1
        with st.spinner("Comparing the reports of the view"):
            st.session_state.pairs = desk.duplicates(view, limit=_MOST) | {"turn": turn}
        st.session_state.paired, st.session_state.turn = view.text, turn
    return st.session_state.pairs


def _decide(desk: Desk, one: Any, reason: str, *, link: bool) -> None:
    both = {row["feature"]: row["id"] for row in (one["first"], one["second"])}
    try:
        if link:
            refused = desk.link("incidents", both, reason).refused
        else:
            refused = ()
            desk.leave("incidents", both)
    except LayersError as fault:
        st.error(said.sentence(fault))
        return
    st.session_state.pairs = st.session_state.page = None
    if refused:
        st.error(f"The record {refused[0].reason}.")
    else:
        st.rerun()


def _row(one: Any) -> dict[str, str]:
    first, second = one["first"]["cells"], one["second"]["cells"]
    return {
        "Occurred": first["Occurred"],
        "Kind": first["Kind"],
        "Place": first["Place"],
        "One source": first["Source"],
        "Other source": second["Source"],
        "Why": ", ".join(one["reasons"]),
    }
