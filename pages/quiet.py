"""Monitoring's part Patrols, reporting health: which sectors and posts have gone quiet, and how late reports come in."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.desk import Desk, Health, Source
from layers.model import View
from pages import drawn
from pages.leafed import leafed
from pages.plain import plain

_MOST = 12
_SAID = (
    "Of all reports marked up to {}, whatever the view keeps. A silence is unusual where it is longer than 95 % of those of the last 30 days there, or of "
    "the last 20; where there never were as many, longer than 24 h. A report counts for the post that is nearest to it."
)
_NOTHING = "There is neither a sector nor a post, so nobody can be missed. Import sectors and own positions."


def shown(desk: Desk, view: View) -> None:
    """Draw who has gone quiet, then the sectors, and the posts that are quiet for longer than is usual."""
    found = desk.reporting(view)
    st.subheader("Reporting", anchor=False)
    if not found.sectors and not found.posts:
        st.info(_NOTHING)
        return
    drawn.drawn("".join(f'<p class="gl-line">{line}</p>' for line in _lines(found)))
    heads = ["Where", "Last report", "Nothing for", "Usual", "Half come in within"]
    if found.sectors:
        drawn.drawn(drawn.table(heads, [_row(one) for one in found.sectors], "Sectors", numbers=len(heads)))
    if found.quiet:
        more = f"Posts that are quiet for longer than usual: {len(found.quiet):,} of {found.posts:,}"
        drawn.drawn(drawn.table(heads, [_row(one) for one in leafed(found.quiet, _MOST, "quiet")], more, numbers=len(heads)))
    st.caption(plain(_SAID.format(found.upto)))


def _lines(found: Health) -> list[str]:
    silent = [one for one in found.sectors if one.silence.unusual]
    lines = [f"<b>{escape(one.words)}</b>; {escape(one.usual)}." for one in silent]
    lines = lines or ["No sector has been quiet for longer than is usual there."]
    if found.posts:
        lines.append(f"<b>{len(found.quiet):,}</b> of {found.posts:,} posts are quiet for longer than is usual there.")
    return lines


def _row(one: Source) -> list[str]:
    span = escape(one.span)
    return [
        drawn.to_map(one.view, one.label),
        escape(one.last),
        f"<b>{span}, unusual</b>" if one.silence.unusual else span,
        escape(one.usual),
        escape(one.late),
    ]
