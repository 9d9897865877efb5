"""The view's records as a table: searched, sorted, a page at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View
from pages import choice, chosen, decide, leaves

_SIZE = 50
_ROW_PX = 30
_NOTHING = "Nothing of this layer is in the view. Choose a longer span or lift a filter on the live map."
_NO_HIT = "No record of the view holds all of these words. Try fewer words, or a part of one."


def records(desk: Desk, view: View) -> None:
    """Draw what may be done with the chosen records, the table, and the first of them whole."""
    layer, words, sort, falls = _asked(desk)

    def ask(number: int) -> Any:
        return desk.table(view, layer, page=number, size=_SIZE, sort=sort, descending=falls, words=words)

    found = leaves.kept("records", (layer, words, sort, falls, view.text), ask, desk.sheet(view).version)
    picks, rows = choice.of(layer, view), found["rows"]
    places = choice.met(rows)

    def everything() -> None:
        choice.put(desk.found(view, layer, sort=sort, descending=falls, words=words, upto=found["version"]))

    decide.bar(desk, view, layer, decide.Choice(picks, found["count"], len(places), everything))
    if not rows:
        st.info(_NO_HIT if found["whole"] else _NOTHING)
        return
    sorts = dict(desk.sorts(layer))
    key = f"rows-{found['turn']}-{choice.turn()}"
    st.dataframe(
        [row["cells"] for row in rows],
        hide_index=True,
        width="stretch",
        height=_ROW_PX * 12 + 38,
        row_height=_ROW_PX,
        on_select=lambda: _pressed(key, rows, layer, sorts),
        selection_mode=["multi-row", "single-column"],
        selection_default={"selection": {"rows": places}},
        key=key,
    )
    counted = f", counted as {found['events']:,}: linked ones count once" if found["events"] < found["whole"] else ""
    leaves.shown("records", found, "record", "records", f" in the view{counted}")
    if places:
        chosen.shown(desk, view, layer, rows[places[0]])


def _asked(desk: Desk) -> tuple[str, str, str, bool]:
    """Draw what is asked of the record; return layer, words, by what it is sorted and whether it falls."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sought"):
        layers = {layer.id: layer.title for layer in desk.layers()}
        order = sorted(layers, key=lambda name: name != "incidents")
        layer = st.selectbox("Layer", order, format_func=layers.__getitem__, width=200)
        words = st.text_input("Search", placeholder="Any part of a word, then Enter", key="words", width=360)
        sorts = dict(desk.sorts(layer))
        sort = st.selectbox("Sort by", list(sorts), format_func=sorts.__getitem__, key=f"sort-{layer}", width=200)
        falls = st.segmented_control("Order", ["Falling", "Rising"], default="Falling", required=True, key="order")
    return layer, words, sort, falls == "Falling"


def _pressed(key: str, rows: list[Any], layer: str, sorts: dict[str, str]) -> None:
    """Keep the records that were ticked; sort the whole view by the column whose head was pressed, or turn the order round."""
    selection = st.session_state[key]["selection"]
    choice.picked(rows, selection["rows"])
    name = next((name for name, label in sorts.items() if [label] == selection["columns"]), None)
    if name is not None and name == st.session_state[f"sort-{layer}"]:
        st.session_state.order = "Rising" if st.session_state.order == "Falling" else "Falling"
    elif name is not None:
        st.session_state[f"sort-{layer}"] = name
