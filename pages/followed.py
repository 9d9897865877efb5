"""How far reports were followed up, on the page Monitoring."""

from __future__ import annotations

from html import escape

from layers.desk import Desk
from layers.model import View
from pages import drawn


def shown(desk: Desk, view: View) -> None:
    """Draw the steps from alleged to endorsed, and what was done beside them."""
    found = desk.workflow(view)
    whole = found.whole.count
    meant = "reports that violate the agreement" if found.violating else "reports in the view"
    if not whole:
        return
    rows = [
        [
            drawn.to_map(one.now.view, one.label),
            drawn.to_records(one.now.view, one.now.count),
            drawn.to_records(one.reached.view, one.reached.count),
            _bar(one.reached.count, whole, one.label),
        ]
        for one in found.stages
    ]
    heads = ["Status", "Stand there now", "Came so far or further", "Share"]
    drawn.drawn(drawn.table(heads, rows, f"Follow-up of the {whole:,} {meant}", kind="gl-funnel"))
    beside = [
        [drawn.to_map(one.view, label), drawn.to_records(one.view, one.count), _bar(one.count, whole, label)]
        for label, one in found.beside
    ]
    drawn.drawn(drawn.table(["Done beside it", "Reports", "Share"], beside, "Protest, liaison and response", kind="gl-funnel"))


def _bar(count: int, whole: int, label: str) -> str:
    share = count / whole
    said = f"{escape(label)}: {share:.0%} of {whole:,}"
    return f'<span class="gl-bar" role="img" aria-label="{said}" title="{said}"><i style="width:{100 * share:.1f}%"></i></span>'
