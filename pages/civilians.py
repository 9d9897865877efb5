"""Where civilians are, when a patrol was last there, what harmed them near by and how soon help is there, on the page Monitoring."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import streamlit as st

from layers.desk import Desk
from layers.desk.civilians import NEAR_M, VISITED_M, Place
from layers.desk.nearest_help import OFF_KMH, SPEED_KMH, Way
from layers.model import NO_TIME, View, from_micros
from layers.notation import dtg
from pages import drawn
from pages.leafed import leafed
from pages.plain import plain

_MOST = 40
_SAID = (
    f"A patrol was there where its track came within {VISITED_M:,.0f} m; tracks without times tell nothing. Near by are the reports of the "
    f"view within {NEAR_M / 1_000:g} km, those that are told by a cell by the middle of it; harm are those of them by which civilians came to "
    f"harm. Help is the post or patrol that is soonest there now, at {SPEED_KMH:.0f} km/h by road and {OFF_KMH:.0f} km/h off it; straight where "
    "no road leads or that is sooner. Nothing is added for getting ready."
)


def shown(desk: Desk, view: View) -> None:
    """Draw the places longest without a patrol first; nothing where no place is recorded."""
    found = desk.civilians(view)
    if not found:
        return
    heads = ["Place", "Kind", "People", "Last patrol", "Days since", "Incidents near by", "Harm to civilians", "Nearest help"]
    rows = [_row(view, one) for one in leafed(found, _MOST, "civilians")]
    drawn.drawn(drawn.table(heads, rows, "Civilians: places longest without a patrol first", numbers=2))
    st.caption(plain(_SAID))


def _row(view: View, one: Place) -> list[str]:
    never = one.visited == NO_TIME
    return [
        f'<a href="./?v={quote(view.text, safe="")}#13/{one.lat:.4f}/{one.lon:.4f}" target="_self" title="Show on the live map">'
        f"{escape(one.name)}</a>",
        escape(one.kind),
        "" if one.population is None else f"{one.population:,}",
        "none recorded" if never else escape(dtg(from_micros(one.visited))),
        "" if one.days is None else f"{one.days:,}",
        f"{one.near:,}",
        f"<b>{one.harm:,}</b>" if one.harm else "0",
        _help(one.help),
    ]


def _help(way: Way | None) -> str:
    if way is None:
        return "none known"
    far = f"{way.metres / 1_000:,.1f} km {'straight' if way.why else 'by road'}"
    return f"{escape(way.lasts)} <small>{escape(way.force.name)}, {far}</small>"
