"""A view cut into those of a series: one for each sector, or one for each day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal, get_args

from layers.desk import question as ask
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.model import View

Each = Literal["sector", "day"]
EACH: tuple[Each, ...] = get_args(Each)
#: So many sheets are issued in one run at most.
MOST = 62
_DAY = timedelta(days=1)


def series(sheet: Sheet, each: Each) -> list[tuple[str, View]]:
    """Return what each part of a series is called, and its view.

    Raises
    ------
    LayersError
        There are none, or more than ``MOST``.
    """
    found = list(_sectors(sheet) if each == "sector" else _days(sheet))
    if not found:
        raise LayersError(f"the view holds no {each}; widen it, or issue it as one sheet")
    if len(found) > MOST:
        raise LayersError(f"the view holds {len(found):,} {each}s; at most {MOST} sheets are issued in one run. Narrow the view")
    return found


def _sectors(sheet: Sheet) -> Iterator[tuple[str, View]]:
    """Yield the sectors that the view keeps, by their codes."""
    for code in sorted(ask.sector_names(sheet.record, sheet.user).values()):
        kept = sheet.view.also("sector", (code,))
        if kept is not None:
            yield f"Sector {code}", kept


def _days(sheet: Sheet) -> Iterator[tuple[str, View]]:
    """Yield the days, by UTC, that the view's window touches; of one without a beginning, those since the record began."""
    end = sheet.window.end or sheet.moment
    begin = sheet.window.start or _first(sheet) or end
    day = datetime.combine(begin.astimezone(UTC).date(), time(), UTC)
    while day < end:
        yield f"{day:%d %b %Y}".upper(), replace(sheet.view, last="24h", start=max(day, begin), end=min(day + _DAY, end))
        day += _DAY


def _first(sheet: Sheet) -> datetime | None:
    """Return when the first thing of the view occurred, None where nothing did."""
    tiled = next((of for of in sheet.layers if of.tiled), None)
    counted = sheet.histogram(tiled) if tiled else None
    return datetime.fromtimestamp(counted.start / 1e6, UTC) if counted else None
