"""A view cut into those of a series: one for each sector, framed on its ground, or one for each day, all on the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal, get_args

import numpy as np
import shapely

from layers.desk import question as ask
from layers.desk import wording
from layers.desk.picture import SECTORS
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.model import Box, View
from layers.spatial.edges import legs

Each = Literal["sector", "day"]
EACH: tuple[Each, ...] = get_args(Each)
#: So many sheets are issued in one run at most.
MOST = 62
_DAY = timedelta(days=1)
#: About a sector so much of its longer side is shown as well.
_MARGIN = 0.05
#: So many of the parts that were not begun are named.
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet of a series: what it is called, its view, and the code of the sector whose ground it shows, blank for the whole view's."""

    label: str
    view: View
    sector: str = ""


class Unfinished(LayersError):
    """A series ended before its last sheet; those before are issued."""


def unfinished(parts: Sequence[Part], at: int, fault: LayersError) -> Unfinished:
    """Return that a series ended at one of its parts, why, and which were not begun."""
    rest = [part.label for part in parts[at + 1 :]]
    more = f" and {len(rest) - _MOST_NAMED} more" if len(rest) > _MOST_NAMED else ""
    left = f". Not begun: {', '.join(rest[:_MOST_NAMED])}{more}" if rest else ""
    why = str(fault).removesuffix(".")
    return Unfinished(
        f"{parts[at].label}, {at + 1} of {len(parts)}, is not made: {why}{left}. Mend that, then issue what is lacking by a narrower view"
    )


def series(sheet: Sheet, each: Each, *, named: bool = True) -> list[Part]:
    """Return the parts of a series; sectors by their own names, or else by their codes.

    Raises
    ------
    LayersError
        There are none, or more than ``MOST``.
    """
    found = list(_sectors(sheet, named=named) if each == "sector" else _days(sheet))
    if not found:
        raise LayersError(f"the view holds no {each}; widen it, or issue it as one sheet")
    if len(found) > MOST:
        raise LayersError(f"the view holds {len(found):,} {each}s; at most {MOST} sheets are issued in one run. Narrow the view")
    return found


def ground(sheet: Sheet, code: str) -> Box | None:
    """Return the ground of a sector, by its areas as they stand; None for a sector that the sheet may not tell of, or that has none.

    The picture is held still meanwhile. Where a sector is marked higher than what the sheet shows, its bounds would leave under too low a marking.
    """
    told = wording.areas(sheet, code)
    return about(sheet.record.picture.shapes[SECTORS].geometry[told].tolist()) if len(told) else None


def about(areas: Sequence[shapely.Geometry]) -> Box | None:
    """Return the smallest box about areas in degrees, and a margin; west > east across ±180. None where they lie all around the earth.

    Examples
    --------
    >>> about([shapely.box(178, -18, 180, -17), shapely.box(-180, -18, -178, -17)])
    (177.8, -18.2, -177.8, -16.8)
    """
    edges = legs(np.array(areas, object))
    if not len(edges):
        return None
    lon, lat = edges.begin.T
    turn = (edges.end[:, 0] - lon + 180) % 360 - 180
    begin = (lon + np.minimum(turn, 0)) % 360
    order = np.argsort(begin)
    low, high = begin[order], (begin + np.abs(turn))[order]
    # Once more a turn before: so an edge over the end of the circle reaches to those at its beginning.
    reach = np.maximum.accumulate(np.concatenate([high - 360, high]))[len(low) - 1 : -1]
    empty = low - reach
    at = int(np.argmax(empty))
    width, south, north = 360 - float(empty[at]), float(lat.min()), float(lat.max())
    margin = _MARGIN * max(width, north - south)
    if width + 2 * margin >= 360:
        return None
    west, east = ((edge + 180) % 360 - 180 for edge in (float(low[at]) - margin, float(low[at]) + width + margin))
    west, south, east, north = (round(edge, 7) for edge in (west, max(south - margin, -90.0), east, min(north + margin, 90.0)))
    return west, south, east, north


def _sectors(sheet: Sheet, *, named: bool) -> Iterator[Part]:
    """Yield the sectors that the view keeps, in the order of their codes."""
    for code in sorted(set(ask.sector_names(sheet.record, sheet.user).values())):
        kept = sheet.also("sector", (code,))
        if kept is not None:
            yield Part(wording.sector(kept, code) if named else f"Sector {code}", kept.view, code)


def _days(sheet: Sheet) -> Iterator[Part]:
    """Yield the days, by UTC, that the view's window touches; of one without a beginning, those since the record began."""
    end = sheet.window.end or sheet.moment
    begin = sheet.window.start or _first(sheet) or end
    day = datetime.combine(begin.astimezone(UTC).date(), time(), UTC)
    while day < end:
        view = replace(sheet.view, last="24h", start=max(day, begin), end=min(day + _DAY, end))
        yield Part(f"{day:%d %b %Y}".upper(), view)
        day += _DAY


def _first(sheet: Sheet) -> datetime | None:
    """Return when the first thing of the view occurred, None where nothing did."""
    tiled = next((of for of in sheet.layers if of.tiled), None)
    counted = sheet.histogram(tiled) if tiled else None
    return datetime.fromtimestamp(counted.start / 1e6, UTC) if counted else None
