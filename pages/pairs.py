"""Reports that may tell of one event side by side, to be linked or left apart; never put together by themselves."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from layers.model import View
from pages import choice, leaves, said
from pages.plain import plain

_MOST = 200
_HINT = "Why they tell of one event, or of several"


def shown(desk: Desk, view: View) -> None:
    """Draw what is proposed as one event, the chosen proposal side by side, and what may be decided on it."""
    try:
        with st.spinner("Comparing the reports of the view"):
            found = leaves.kept("pairs", view.text, lambda _: desk.duplicates(view, limit=_MOST), desk.sheet(view).version)
    except LayersError as fault:
        st.info(plain(said.sentence(fault)))
        return
    pairs = found["proposals"]
    if not pairs:
        said.outcome(st.session_state.get("paired"), f"{found['compared']:,} reports of the view are compared.")
        st.info("No two of them look like one event told twice. Choose a longer span to compare more.")
        return
    key = f"pairs-{found['turn']}"
    picked = st.session_state[key]["selection"]["rows"] if key in st.session_state else []
    one = pairs[picked[0] if picked else 0]
    _act(desk, one, barred=view.known_at is not None)
    st.dataframe(
        [_row(each) for each in pairs],
        hide_index=True,
        width="stretch",
        height=38 + 30 * min(len(pairs), 10),
        row_height=30,
        on_select=_another,
        selection_mode="single-row",
        key=key,
    )
    many = f"The {len(pairs):,} likeliest of {found['count']:,}" if found["count"] > len(pairs) else f"{found['count']:,}"
    with st.container(horizontal=True, vertical_alignment="center", key="leaves"):
        which = "the chosen one" if picked else "the first"
        st.markdown(f"{many} among {found['compared']:,} reports of the view. Below: {which}.", width="content")
        leaves.news("pairs", found)
    st.html(said.beside(one["reports"]))


def _act(desk: Desk, one: Any, *, barred: bool) -> None:
    """Draw what came of the last decision and the form of the next; the proposal it is on goes with the button."""
    with st.form("pair", border=False, enter_to_submit=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Reason", key="why-pair", placeholder=_HINT, width=360)
        st.form_submit_button("Link them", type="primary", disabled=barred, on_click=_decide, args=(desk, one, True))
        apart = f"Leave them as {said.many(one['reports'])}"
        st.form_submit_button(apart, disabled=barred, on_click=_decide, args=(desk, one, False))
        cross = desk.crossing("incidents", choice.seen(one["reports"]))
        because = f"Proposed because: {', '.join(one['reasons'])}" + (f". If linked: {cross}" if cross else "")
        said.outcome(st.session_state.get("paired"), because)


def _another() -> None:
    st.session_state.paired = None


def _decide(desk: Desk, one: Any, link: bool) -> None:
    both, why, many = choice.seen(one["reports"]), st.session_state["why-pair"], said.many(one["reports"])
    well, words = True, f"Left as {many}; they are not proposed again."
    try:
        if link:
            receipt = desk.link("incidents", both, why)
            well, words = not receipt.refused, said.linked(receipt, many)
        else:
            desk.leave("incidents", both, why)
    except LayersError as fault:
        st.session_state.paired = said.Outcome(said.sentence(fault), well=False)
        return
    st.session_state.paired, st.session_state["why-pair"] = said.Outcome(words, well=well), ""
    leaves.forgotten()


def _row(one: Any) -> dict[str, str]:
    cells = [row["cells"] for row in one["reports"]]
    told = {name: cells[0][name] for name in ("Occurred", "Kind", "Place")}
    sources = ", ".join(dict.fromkeys(filter(None, (one["Source"] for one in cells)))) or "None named"
    return told | {"Sources": sources, "Why": ", ".join(one["reasons"])}
