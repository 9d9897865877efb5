"""Trends as rates: reports per observed hour or per 100 patrol-kilometres, with intervals; where nobody observed there is none."""

from __future__ import annotations

from collections.abc import Sequence

from layers.desk import Count, Desk
from layers.desk.coverage import Rate
from layers.desk.rated import Per, Rated
from layers.model import View
from layers.notation import format_rate
from layers.render import chart
from pages import answered, coming, drawn

_WIDTHS = (1048, 358)
NOT = "Not observed"
_SAID = (
    "The interval holds the true rate in 95 of 100 cases. Tracks observe while they are driven and posts while they stand; two at a time "
    "count twice. A sector is observed from 200 m about tracks and 2 km about posts; of kinds all that was observed counts."
)
_WORDS: dict[Per, tuple[str, str]] = {"hour": ("observed hour", "hours"), "100 km": ("100 patrol-km", "hundreds of patrol-km")}


def shown(desk: Desk, view: View, per: Per) -> None:
    """Draw the course of all as rates, then the rates by sector and by kind."""
    words = "Laying tracks over the ground for reports"
    found: Rated = answered.kept(desk, view, "rated", lambda _: desk.rated(view, per), words=words, asked=per)
    trends, (one, many) = desk.trends(view, by=()), _WORDS[per]
    drawn.drawn(
        f'<p class="gl-line"><b>{rate(found.total)}</b> reports per {one}, of {found.observed:,.0f} {many} in the view.</p>'
    )
    if found.steps:
        rates = [(step.best, step.low, step.high) if step else None for step in found.steps]
        step = chart.named(trends.edges[1] - trends.edges[0])
        said = f"Reports per {one} by {step}; {rates.count(None):,} of {len(rates):,} steps not observed. {coming.tail(trends.arrivals)}"
        dots = chart.Dots(trends.edges, rates, trends.arrivals.open, said.strip(), f"{NOT}: no report is not calm")
        wide, narrow = (chart.rated(dots, width, f"Reports per {one}") for width in _WIDTHS)
        drawn.drawn(drawn.both(wide, narrow))
    for title, counts in found.groups:
        drawn.drawn(_table(title, counts, f"Per {one}"))
    drawn.drawn(f'<p class="gl-line"><small>{_SAID}</small></p>')


def rate(of: Rate | None) -> str:
    """Return a rate with its interval, as HTML."""
    return f"{format_rate(of.best)} <small>({format_rate(of.low)} to {format_rate(of.high)})</small>" if of else NOT


def _table(title: str, counts: Sequence[tuple[Count, Rate | None]], head: str) -> str:
    rows = [[drawn.to_map(one.view, one.label), drawn.to_records(one.view, one.count), rate(of)] for one, of in counts]
    return drawn.table([title, "Reports", head], rows, f"By {title.lower()}, {head[:1].lower()}{head[1:]}")
