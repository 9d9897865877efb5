"""Trends, its section Clusters in space and time."""

from __future__ import annotations

import streamlit as st

from layers.analysis.clusters import Near, TooDense
from layers.desk import Desk
from layers.desk.gatherings import HOURS, METRES
from layers.desk.strewn import metres
from layers.model import View
from pages import answered, drawn, said, spots
from pages.plain import plain

_NONE = "No report of this view has {} so near to it, itself included. Take more metres or hours, or fewer reports."


def shown(desk: Desk, view: View, usual: Near) -> None:
    """Draw how near reports must be, and the clusters that come of it."""
    st.space("small")
    st.subheader("Clusters in space and time", anchor=False)
    near = _asked(view, usual)
    try:
        found = answered.kept(
            desk, view, "clusters", lambda _: desk.gatherings(view, near), words="Comparing reports", asked=near
        )
    except TooDense as fault:
        st.warning(plain(said.sentence(fault)))
        return
    if not found.count:
        st.info(_NONE.format(near.least))
    else:
        drawn.drawn(spots.clusters(found, view))
    words = (
        f"A cluster is a chain of reports that each have at least {near.least}, themselves included, within {metres(near.metres)} "
        f"and {near.hours:.0f} h; those at its edge are counted with it (ST-DBSCAN). It says what lies together, not what belongs together."
    )
    st.caption("  \n".join(map(plain, [*found.said, words])))


def _asked(view: View, usual: Near) -> Near:
    with st.container(horizontal=True, vertical_alignment="bottom", key="clusters-asked"):
        place = METRES.index(int(usual.metres))
        away = st.selectbox("Within", METRES, place, format_func=metres, key=f"near-{view.text}", width=140)
        place = HOURS.index(int(usual.hours))
        hours = st.selectbox("and within", HOURS, place, format_func=lambda of: f"{of} h", key=f"hours-{view.text}", width=140)
        least = st.number_input("At least so many reports", 2, 100, usual.least, key=f"least-{view.text}", width=200)
    return Near(float(away), float(hours), int(least))
