"""The view's records as a table: searched, sorted, a page at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View

_SIZE = 50
_ROW_PX = 30
_NOTHING = "Nothing of this layer is in the view. Choose a longer span or lift a filter on the live map."
_NO_HIT = "No record of the view holds all of these words. Try fewer words, or a part of one."


def records(desk: Desk, view: View) -> None:
    """Draw the table, what may be done with the chosen rows, and the first of them whole."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sought"):
        layers = {layer.id: layer.title for layer in desk.layers()}
        layer = st.selectbox(
            "Layer", sorted(layers, key=lambda name: name != "incidents"), format_func=layers.__getitem__, width=200
        )
        words = st.text_input("Search", placeholder="Any part of a word, then Enter", key="words", width=360)
        sorts = dict(desk.sorts(layer))
        sort = st.selectbox("Sort by", list(sorts), format_func=sorts.__getitem__, key=f"sort-{layer}", width=200)
        falling = st.segmented_control("Order", ["Falling", "Rising"], default="Falling", required=True, key="order") == "Falling"
    asked = (layer, words, sort, falling, view.text)
    if st.session_state.get("asked") != asked:
        st.session_state.asked, st.session_state.leaf = asked, 1
    leaf = st.session_state.leaf
    found: Any = desk.table(view, layer, page=leaf, size=_SIZE, sort=sort, descending=falling, words=words)
    rows = found["rows"]
    if not rows:
        st.info(_NO_HIT if found["whole"] else _NOTHING)
        return
    key = f"rows-{hash((asked, leaf, found['version']))}"
    shown = st.dataframe(
        [row["cells"] for row in rows],
        hide_index=True,
        width="stretch",
        height=_ROW_PX * 15,
        row_height=_ROW_PX,
        on_select=lambda: _sorted(key, layer, sorts),
        selection_mode=["multi-row", "single-column"],
        key=key,
    )
    _leaves(found)
    chosen = [rows[at] for at in shown["selection"]["rows"] if at < len(rows)]
    if chosen:
        st.write(chosen[0]["title"])


def _sorted(key: str, layer: str, sorts: dict[str, str]) -> None:
    """Sort the whole view, and not the page alone, by the column whose head was pressed; again turns the order round."""
    pressed = st.session_state[key]["selection"]["columns"]
    name = next((name for name, label in sorts.items() if [label] == pressed), None)
    if name is not None and name == st.session_state[f"sort-{layer}"]:
        st.session_state.order = "Rising" if st.session_state.order == "Falling" else "Falling"
    elif name is not None:
        st.session_state[f"sort-{layer}"] = name


def _leaves(found: Any) -> None:
    """Draw how many there are, and the way to the other pages."""
    with st.container(horizontal=True, vertical_alignment="center", key="leaves"):
        many = f"{found['count']:,} of {found['whole']:,}" if found["count"] != found["whole"] else f"{found['whole']:,}"
        st.markdown(f"**{many}** {'record' if found['whole'] == 1 else 'records'} in the view")
        st.space("stretch")
        _step("Previous", -1, found["page"] == 1)
        st.markdown(f"Page {found['page']:,} of {found['pages']:,}")
        _step("Next", 1, found["page"] == found["pages"])


def _step(label: str, by: int, off: bool) -> None:
    if st.button(label, disabled=off):
        st.session_state.leaf += by
        st.rerun()
