"""The view's records as a table: searched, sorted, a page at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import chosen, decide

_SIZE = 50
_ROW_PX = 30
_NOTHING = "Nothing of this layer is in the view. Choose a longer span or lift a filter on the live map."
_NO_HIT = "No record of the view holds all of these words. Try fewer words, or a part of one."


def records(desk: Desk, view: View) -> None:
    """Draw the table, what may be done with the chosen rows, and the first of them whole."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sought"):
        layers = {layer.id: layer.title for layer in desk.layers()}
        order = sorted(layers, key=lambda name: name != "incidents")
        layer = st.selectbox("Layer", order, format_func=layers.__getitem__, width=200)
        words = st.text_input("Search", placeholder="Any part of a word, then Enter", key="words", width=360)
        sorts = dict(desk.sorts(layer))
        sort = st.selectbox("Sort by", list(sorts), format_func=sorts.__getitem__, key=f"sort-{layer}", width=200)
        falls = st.segmented_control("Order", ["Falling", "Rising"], default="Falling", required=True, key="order")
    found = _found(desk, view, (layer, words, sort, falls == "Falling"))
    rows = found["rows"]
    if not rows:
        st.info(_NO_HIT if found["whole"] else _NOTHING)
        return
    key = f"rows-{found['turn']}"
    shown = st.dataframe(
        [row["cells"] for row in rows],
        hide_index=True,
        width="stretch",
        height=_ROW_PX * 12 + 38,
        row_height=_ROW_PX,
        on_select=lambda: _sorted(key, layer, sorts),
        selection_mode=["multi-row", "single-column"],
        key=key,
    )
    picked = [rows[at] for at in shown["selection"]["rows"] if at < len(rows)]
    _leaves(desk, view, found)
    decide.bar(desk, layer, picked)
    if picked:
        chosen.shown(desk, layer, picked[0])


def _found(desk: Desk, view: View, asked: tuple[str, str, str, bool]) -> Any:
    """Return the page as it was first asked for, so that a report that comes in does not move the rows under a choice."""
    whole = (*asked, view.text)
    if st.session_state.get("asked") != whole:
        st.session_state.asked, st.session_state.leaf, st.session_state.page = whole, 1, None
    if st.session_state.page is None:
        layer, words, sort, falling = asked
        leaf, turn = st.session_state.leaf, st.session_state.get("turn", 0) + 1
        page = desk.table(view, layer, page=leaf, size=_SIZE, sort=sort, descending=falling, words=words)
        st.session_state.page, st.session_state.turn, st.session_state.leaf = page | {"turn": turn}, turn, page["page"]
    return st.session_state.page


def _sorted(key: str, layer: str, sorts: dict[str, str]) -> None:
    """Sort the whole view, and not the page alone, by the column whose head was pressed; again turns the order round."""
    pressed = st.session_state[key]["selection"]["columns"]
    name = next((name for name, label in sorts.items() if [label] == pressed), None)
    if name is not None and name == st.session_state[f"sort-{layer}"]:
        st.session_state.order = "Rising" if st.session_state.order == "Falling" else "Falling"
    elif name is not None:
        st.session_state[f"sort-{layer}"] = name


def _leaves(desk: Desk, view: View, found: Any) -> None:
    many = f"{found['count']:,} of {found['whole']:,}" if found["count"] != found["whole"] else f"{found['whole']:,}"
    with st.container(horizontal=True, vertical_alignment="center", key="leaves"):
        st.markdown(f"**{many}** {'record' if found['whole'] == 1 else 'records'} in the view", width="content")
        if desk.sheet(view).version != found["version"]:
            st.button("Something came in: look again", on_click=_turn, args=(0,), type="tertiary")
        st.space("stretch")
        st.button("Previous", disabled=found["page"] == 1, on_click=_turn, args=(-1,))
        st.markdown(f"Page {found['page']:,} of {found['pages']:,}", width="content")
        st.button("Next", disabled=found["page"] == found["pages"], on_click=_turn, args=(1,))


def _turn(by: int) -> None:
    st.session_state.leaf += by
    st.session_state.page = None
