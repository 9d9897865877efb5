"""A view in words."""

from __future__ import annotations

from datetime import datetime

from layers.desk import question as ask
from layers.desk.answers import words_of
from layers.desk.sheet import Sheet
from layers.model import View
from layers.notation import dtg

_UNITS = {"h": "hour", "d": "day"}


def told(sheet: Sheet) -> str:
    """Return what a view asks: its span, its area, its filters, and as of whose knowledge."""
    west_to_north = (
        f"within {', '.join(f'{v:.10g}°' for v in sheet.view.box)} (west, south, east, north)" if sheet.view.box else ""
    )
    known = f"as known at {dtg(sheet.view.known_at)}" if sheet.view.known_at else ""
    kept = [words_of(ask.filter_of(sheet.record, sheet.user, name), codes) for name, codes in sheet.view.filters]
    return " · ".join(part for part in (_span(sheet.view, sheet.window.start), west_to_north, *kept, known) if part)


def _span(view: View, began: datetime | None) -> str:
    if view.start or view.end:
        parts = [f"from {dtg(view.start)}" if view.start else "", f"to {dtg(view.end)}" if view.end else ""]
        text = " ".join(part for part in parts if part)
        return text[0].upper() + text[1:]
    if began is None:
        return "The whole record"
    if view.last == "watch":
        return f"Since the watch began, {dtg(began)}"
    number, unit = int(view.last[:-1]), _UNITS[view.last[-1]]
    return f"The last {f'{number} {unit}s' if number > 1 else unit}, since {dtg(began)}"
