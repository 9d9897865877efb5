"""Monitoring's part Trends: counts over time and against the period before, and how much is still coming in."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.desk import Count, Desk, Trends
from layers.desk.rated import Per
from layers.model import View
from layers.render import chart
from pages import coming, drawn, hotspots, rated

_WIDTHS = (1048, 358)
_COUNT = "Count"
_SHOWN: dict[str, Per | None] = {_COUNT: None, "Per observed hour": "hour", "Per 100 patrol-km": "100 km"}
_NOTHING = "Nothing of it is in the view. Choose a longer span above, or lift a filter on the live map."


def shown(desk: Desk, view: View) -> None:
    """Draw the course of all, then the counts by sector and by kind, each against the period before, then hot spots; or rates."""
    found = desk.trends(view)
    if not found.total.count and not found.total.before:
        st.info(_NOTHING)
        return
    asked = st.segmented_control(
        "Show", list(_SHOWN), default=_COUNT, required=True, key="shown-as", label_visibility="collapsed"
    )
    if per := _SHOWN[asked]:
        rated.shown(desk, view, per)
        return
    drawn.drawn("".join(f'<p class="gl-line">{line}</p>' for line in _lines(found)))
    course(found, "Reports")
    for title, counts in found.groups:
        drawn.drawn(compared(found, title, counts))
    hotspots.shown(desk, view)


def course(found: Trends, of: str) -> None:
    """Draw counts by step of time; those still coming in are hatched and said to be."""
    if not found.edges:
        return
    step = chart.named(found.edges[1] - found.edges[0])
    bars = chart.Bars(
        found.edges,
        found.total.steps,
        found.arrivals.open,
        f"{of} by {step}, {found.total.count:,} in all. {coming.tail(found.arrivals).capitalize()}".strip(),
        coming.tail(found.arrivals),
    )
    wide, narrow = (chart.chart(bars, width, f"{of} per {step}") for width in _WIDTHS)
    drawn.drawn(drawn.both(wide, narrow))


def compared(found: Trends, title: str, counts: tuple[Count, ...]) -> str:
    """Return counts as a table against the period before, as that was known when it was as new."""
    before, whole = found.total.before is not None, found.arrivals.whole is not False
    heads = [title, "Reports", *(["Period before"] if before else []), *(["Known then"] if before and not whole else [])]
    heads += ["Change", "Course"] if before else ["Course"]
    rows = []
    for one in (*counts, found.total):
        cells = [drawn.to_map(one.view, one.label), drawn.to_records(one.view, one.count)]
        if one.before is not None and one.then is not None:
            cells += [f"{one.before:,}", *([] if whole else [f"{one.then:,}"])]
            cells += [coming.change(one.count, one.before if whole else one.then)]
        rows.append([*cells, chart.spark(one.steps, found.arrivals.open, f"{one.label} over time")])
    return drawn.table(heads, rows, f"By {title.lower()}", kind="gl-total")


def _lines(found: Trends) -> list[str]:
    total = found.total
    before = f", <b>{total.before:,}</b> in the period before" if total.before is not None else ""
    lines = [f"<b>{total.count:,}</b> {'report' if total.count == 1 else 'reports'} in the view{before}."]
    lines += [escape(coming.compares(found)), escape(coming.delay(found.arrivals))]
    if found.aside:
        lines.append(f"{found.aside:,} without a time, or with one that lies ahead or before 1900, stand in no bar.")
    return [line for line in lines if line]
