"""Trends, its section Hot spots: where reports gather, as a picture and a table, and their clusters in space and time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.desk.hotspots import REACHES_M, SIDES_M, Asked
from layers.desk.strewn import metres
from layers.model import View
from pages import answered, drawn, gatherings, spots
from pages.plain import plain

_MEASURES = {"Density by grid": "grid", "Density by kernel": "kernel", "Getis–Ord Gi*": "gi"}
_EMPTY = "No report of this view lies in its area. Choose a longer span or lift a filter on the live map."


def shown(desk: Desk, view: View) -> None:
    """Draw the section: what is asked, the picture, the strongest places, then the clusters."""
    usual, near = answered.kept(desk, view, "usual", lambda _: desk.usual(view), words="Looking at the reports")
    st.space("small")
    st.subheader("Hot spots", anchor=False)
    asked = _asked(view, usual)
    found = answered.kept(
        desk, view, "spots", lambda _: desk.hotspots(view, asked), words="Counting reports in cells", asked=asked
    )
    if not found.count:
        st.info(" ".join([_EMPTY, *found.said]))
        return
    drawn.drawn(f'<div class="gl-scroll">{found.picture}</div>')
    if found.spots:
        drawn.drawn(spots.table(found.spots, asked, view))
    else:
        st.info(
            "No cell holds more reports than chance may gather. Take larger cells or a longer reach to look for wider gatherings."
        )
    first = [f"{spot.grid}: {spot.words}" for spot in found.spots[:1] if spot.words]
    st.caption("  \n".join(map(plain, [*first, *found.said])))
    gatherings.shown(desk, view, near)


def _asked(view: View, usual: Asked) -> Asked:
    """Draw what may be asked; a choice of cells and reach belongs to its view."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="spots-asked"):
        chosen = st.segmented_control(
            "Measure", list(_MEASURES), default="Getis–Ord Gi*", required=True, key="measure", bind="query-params"
        )
        measure: Any = _MEASURES[str(chosen)]
        side, by = usual.side_m, metres
        if measure != "kernel":
            place = SIDES_M.index(usual.side_m)
            side = st.selectbox("Side of a cell", SIDES_M, place, format_func=by, key=f"side-{view.text}", width=140)
        label = "Spread of a report" if measure == "kernel" else "Reach about a cell"
        place = REACHES_M.index(usual.reach_m)
        reach = st.selectbox(label, REACHES_M, place, format_func=by, key=f"reach-{view.text}", width=160)
    return Asked(measure, side, reach)
