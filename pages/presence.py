"""Monitoring's part Patrols: where each patrol was at a time, and who was near a place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import escape
from urllib.parse import quote

import streamlit as st

from layers.analysis.patrols import USUAL
from layers.desk import Desk, Known, Near, Passed, Stood
from layers.desk.patrols import lasted
from layers.errors import LayersError
from layers.model import NO_TIME, View, from_micros
from layers.notation import dtg
from pages import drawn, said
from pages.plain import plain

_NOWHERE = "No patrol has a fix in the 24 hours before {}. Import tracks to Patrol tracks, or ask for another time."
_NOBODY = "No patrol came within {} of {} between {} and {}, as far as tracks tell. Ask for a longer reach or span."
_SAID = (
    f"Between fixes at most {USUAL.gap_us // 60_000_000} min apart a patrol is taken to drive straight on at even speed; otherwise it stands where its last "
    "fix is. Of tracks marked up to {}{}."
)
#: Tracks are shown from so long before a moment.
_BEFORE = timedelta(hours=2)


def shown(desk: Desk, view: View) -> None:
    """Draw both questions and their answers; what cannot be read is said where it is asked."""
    st.subheader("Where patrols were", anchor=False)
    at = st.text_input("At", placeholder="blank for now; such as 271210Z NOV 26", max_chars=40, key="stood-at")
    try:
        moment, stood = desk.stood(view, at)
        _stood(view, moment, stood)
    except LayersError as fault:
        st.error(plain(said.sentence(fault)))
    with st.container(horizontal=True, vertical_alignment="bottom", key="who-was-near"):
        place = st.text_input("Who was near", placeholder="a grid, a post or a settlement", max_chars=200, key="near-place")
        metres = st.number_input("Within, m", 1, 100_000, 2_000, step=500, key="near-metres")
        start = st.text_input("From", placeholder="blank for the view's", max_chars=40, key="near-from")
        end = st.text_input("Until", placeholder="blank for the view's", max_chars=40, key="near-until")
    if place.strip():
        try:
            _passed(view, *desk.passed(view, place, float(metres), (start, end)))
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))


def _stood(view: View, moment: int, known: Known[Stood]) -> None:
    if not known.found:
        st.info(_NOWHERE.format(_dtg(moment)))
        return
    heads = ["Patrol", "Grid (WGS 84)", "Last fix", "How old", "Next fix"]
    rows = [
        [escape(one.patrol), _map(view, one, moment), _dtg(one.before), lasted(one.age), "" if one.after == NO_TIME else _dtg(one.after)]
        for one in known.found
    ]  # fmt: skip
    drawn.drawn(drawn.table(heads, rows, f"Patrols at {_dtg(moment)}", numbers=len(heads)))
    without = f"; {known.silent:,} without usable times tell nothing" if known.silent else ""
    st.caption(plain(_SAID.format(known.upto, without)))


def _passed(view: View, asked: Near, known: Known[Passed]) -> None:
    reach, span = f"{asked.metres:,.0f} m", (_dtg(asked.start), _dtg(asked.end))
    if not known.found:
        st.info(plain(_NOBODY.format(reach, asked.grid, *span)))
        return
    heads = ["Patrol", "Nearest", "When", "Where then (WGS 84)", "First within", "Last within"]
    rows = [
        [escape(one.patrol), f"{one.metres:,.0f} m", _dtg(one.at), _map(view, one, one.at), _dtg(one.first), _dtg(one.last)]
        for one in known.found
    ]
    words = f"Within {reach} of {asked.grid} between {span[0]} and {span[1]}"
    drawn.drawn(drawn.table(heads, rows, words, numbers=len(heads)))


def _map(view: View, one: Stood | Passed, at: int) -> str:
    """Return a grid that opens the live map there, at that time."""
    moment = from_micros(at).replace(second=0, microsecond=0)
    then = replace(view, start=moment - _BEFORE, end=moment + timedelta(minutes=1))
    link = f"./?v={quote(then.text, safe='')}#13/{one.lat:.4f}/{one.lon:.4f}"
    return f'<a href="{link}" target="_self" title="Show on the live map">{escape(one.grid)}</a>'


def _dtg(micros: int) -> str:
    return dtg(from_micros(micros))
