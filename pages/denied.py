"""Denials of access, counted, on the page Monitoring."""

from __future__ import annotations

from layers.desk import Cross, Desk
from layers.model import View
from pages import coming, drawn, trends


def shown(desk: Desk, view: View) -> None:
    """Draw the denials of access by party and sector, their change, and their course."""
    found = desk.denials(view)
    if found is None:
        return
    table, held = found
    course = desk.trends(held, by=())
    drawn.drawn(crossed(table, "Party", "Denials of access, by party and sector"))
    total = course.total
    if total.before is not None and total.then is not None:
        before = total.then if course.arrivals.whole is False else total.before
        known = " known then" if course.arrivals.whole is False else ""
        words = f"{total.count:,} in the view, {before:,}{known} in the period before: {coming.change(total.count, before)}."
        drawn.drawn(f'<p class="gl-line">{words} {coming.compares(course)}</p>')
    if total.count:
        trends.course(course, "Denials")


def crossed(table: Cross, head: str, caption: str) -> str:
    """Return a table of numbers by two things, each of which opens its records."""
    rows = [
        [
            drawn.to_map(row.total.view, row.label),
            *(drawn.to_records(one.view, one.count) for one in row.cells),
            drawn.to_records(row.total.view, row.total.count),
        ]
        for row in (*table.rows, table.total)
    ]
    return drawn.table([head, *table.columns, "All"], rows, caption, kind="gl-total")
