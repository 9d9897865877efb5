"""Patrols, its section Coverage: what could have been observed, where nobody was, and reports per hour and kilometre of observing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from urllib.parse import quote

import streamlit as st

from layers.analysis.rates import Reach
from layers.catalogue.unobserved import AGES, LAYER
from layers.desk import Covered, Desk
from layers.desk.coverage import Gap, SectorRate
from layers.desk.strewn import metres
from layers.model import NO_TIME, View, from_micros
from layers.notation import dtg
from pages import answered, drawn
from pages.plain import plain
from pages.rated import rate

_TRACKS_M, _POSTS_M = (100, 200, 500, 1_000), (500, 1_000, 2_000, 5_000)
_SAID = (
    "A track covers what lies within its reach, except across gaps of more than 30 minutes; posts cover theirs while they stand. "
    "No report from ground that nobody observed is not calm. Two patrols at a time count as two hours."
)
_NOTHING = "No patrol track with times and no post is known in this view, so nothing was observed. Submit tracks or choose a longer span."


def shown(desk: Desk, view: View) -> None:
    """Draw the section: the reach, what was covered, the rates of each sector, then what was not observed."""
    st.space("small")
    st.subheader("Coverage", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", key="reach-asked"):
        track = st.selectbox("Reach of tracks", _TRACKS_M, 1, format_func=metres, key="reach-track", width=160)
        post = st.selectbox("Reach of posts", _POSTS_M, 2, format_func=metres, key="reach-post", width=160)
    reach = Reach(float(track), float(post))
    ask, first, words = partial(desk.coverage, view, reach), partial(desk.first_look, view, reach), "Laying tracks for reports"
    found: Covered = answered.kept(desk, view, "coverage", ask, words=words, asked=reach, first=first)
    if not found.area_m2:
        st.info(_NOTHING)
    drawn.drawn("".join(f'<p class="gl-line">{line}</p>' for line in _lines(found, desk.roads())))
    heads = ["Sector", "Reports", "Observed", "Patrolled", "Reports per hour", "Reports per 100 km"]
    _table(heads, [_row(one) for one in found.sectors], "Rates, with the interval that holds the true rate in 95 of 100 cases")
    ages = [[escape(one.name), *(f"{size / 1e6:,.1f}" for size in one.areas_m2)] for one in found.ages]
    _table(["Sector", *(age.label for age in AGES)], ages, "Ground that nobody observed in this period, km² by when it last was")
    _gaps(view, found.line_gaps, "Stretches of the line that nobody observed, the longest first", "Length", 1_000, "km")
    _gaps(view, found.quiet, "Ground that nobody observed, the largest first", "Area", 1_000_000, "km²")
    st.caption(plain(_SAID))


def _lines(found: Covered, stated: str) -> list[str]:
    left = "".join(f"; {count:,} {why} left out" for why, count in found.left_out)
    since = f" Tracks are known from {escape(dtg(from_micros(found.since)))} on." if found.since != NO_TIME else ""
    shares = ((found.line_share, "the line"), (found.road_share, "the roads"))
    on = "".join(f", <b>{100 * share:.0f} %</b> of {what}" for share, what in shares if not math.isnan(share))
    none = "The mission has no road lines, so that no share of roads can be told." if math.isnan(found.road_share) else ""
    roads = f" {escape(stated or none)}" if stated or none else ""
    reached = f" and <b>{found.reached:,}</b> of {found.settlements:,} settlements" if found.settlements else ""
    return [
        f"<b>{found.area_m2 / 1e6:,.0f} km²</b> covered{on}{reached}.",
        f"{found.tracks:,} {'track' if found.tracks == 1 else 'tracks'} and {found.posts:,} {'post' if found.posts == 1 else 'posts'}{left}.{since}{roads}",
    ]


def _row(one: SectorRate) -> list[str]:
    hours, km = f"{one.hours:,.0f} h", f"{one.km:,.0f} km"
    return [escape(one.name), f"{one.count:,}", hours, km, rate(one.per_hour), rate(one.per_100_km)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
    if rows:
        drawn.drawn(drawn.table(heads, rows, caption))


def _gaps(view: View, gaps: Sequence[Gap], caption: str, head: str, unit: float, name: str) -> None:
    rows = [[_map(view, gap), f"{gap.size / unit:,.1f} {name}", escape(gap.last)] for gap in gaps]
    _table(["Where", head, "Last observed"], rows, caption)


def _map(view: View, gap: Gap) -> str:
    place = f"#11/{gap.lat:.4f}/{gap.lon:.4f}"
    text = replace(view, shown=tuple(sorted({*view.shown, LAYER.id}))).text
    return f'<a href="./?v={quote(text, safe="")}{place}" target="_self" title="Show on the live map">{escape(gap.name)}</a>'
