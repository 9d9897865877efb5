"""Monitoring's part Patrols: what was planned against what was driven, and which reports are due."""

from __future__ import annotations

from collections import Counter
from html import escape
from urllib.parse import quote

import streamlit as st

from layers.desk import Desk, Patrol, Patrols
from layers.desk.patrols import GRAVEST
from layers.model import NO_TIME, View, from_micros
from layers.notation import dtg
from pages import coverage, drawn, legs, parts, presence, received
from pages.leafed import leafed
from pages.plain import plain

_MOST = 60
_NOTHING = (
    "No patrol is planned or recorded in this view. Submit plans to Planned patrol legs and tracks (GPX, GeoJSON, CSV) to Patrol tracks "
    "under Import, or choose a longer span above."
)
_SAID = (
    "A leg is driven where the track came within 200 m of 80 % of it and of its end; late is more than 30 minutes after its planned end; "
    "overdue becomes missed 12 hours later. A patrol report is due 2 hours after the patrol came back; one that sends its positions "
    "is back when nothing was heard of it for an hour. After 30 days nobody waits for a report."
)

_BEFORE = "From before the view"
_WAIT = "are from before it and wait for their report or their end"


def shown(desk: Desk, view: View) -> None:
    """Draw how many patrols stand how, then each with its legs and its report; those that need somebody's eyes come first, then what was covered."""
    found = desk.patrols(view)
    if found.every or found.before:
        _listed(desk, view, found)
    else:
        st.info(_NOTHING)
    presence.shown(desk, view)
    with parts.told("Coverage"):
        coverage.shown(desk, view)


def _listed(desk: Desk, view: View, found: Patrols) -> None:
    drawn.drawn("".join(f'<p class="gl-line">{line}</p>' for line in _lines(found)) + legs.key())
    received.form(desk, found)
    heads = ["Patrol", "Legs", "Patrol report", "Sector", "Task", "Left", "Came back"]
    every = [*((one, _BEFORE) for one in found.before), *((one, "") for one in found.every)]
    rows = [_row(view, one, found.now, said) for one, said in leafed(every, _MOST, "patrols")]
    drawn.drawn(drawn.table(heads, rows, "Patrols, those that need somebody first", numbers=len(heads), kind="gl-patrols"))
    st.caption(plain(_SAID))


def _lines(found: Patrols) -> list[str]:
    count, states = len(found.every), Counter(one.state for one in found.every)
    by = ", ".join(f"<b>{states[state]:,}</b> {state}" for state in GRAVEST if states[state])
    noun = "patrol" if count == 1 else "patrols"
    lines = [f"<b>{count:,}</b> {noun} in the view: {by}." if count else "No patrol in the view."]
    if found.before:
        waits = "is from before it and waits for its report or its end" if len(found.before) == 1 else _WAIT
        lines.append(f"<b>{len(found.before):,}</b> more {waits}.")
    if found.late:
        lines.append(f"<b>{found.late:,}</b> patrol {'report is' if found.late == 1 else 'reports are'} overdue.")
    return lines


def _row(view: View, one: Patrol, now: int, said: str) -> list[str]:
    report = escape(one.report(now))
    return [
        f"{_map(view, one)}{legs.faults(one, said)}",
        legs.boxes(one),
        f"<b>{report}</b>" if one.overdue(now) else report,
        escape(one.sector),
        escape(one.task if one.planned else "Not planned"),
        _when(one.begun),
        _when(one.ended),
    ]


def _map(view: View, one: Patrol) -> str:
    west, south, east, north = one.box
    place = f"#11/{(south + north) / 2:.4f}/{(west + east) / 2:.4f}"
    return f'<a href="./?v={quote(view.text, safe="")}{place}" target="_self" title="Show on the live map">{escape(one.name)}</a>'


def _when(micros: int) -> str:
    return "" if micros == NO_TIME else escape(dtg(from_micros(micros)))
