"""The strongest hot spots and the clusters as tables, each row with its ways to the live map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

from layers.desk.gatherings import Gatherings
from layers.desk.hotspots import Asked, Spot
from layers.desk.strewn import metres
from layers.model import View
from pages import drawn

#: Metres to a pixel of the map at zoom 0 on the equator, and how many pixels a place shall take there.
_WHOLE_M, _WIDE_PX = 156_543.03, 240


def table(spots: Sequence[Spot], asked: Asked, view: View) -> str:
    """Return the strongest places as a table."""
    reach, kernel = metres(asked.reach_m), asked.measure == "kernel"
    heads = ["Grid (WGS 84)", "Nearest settlement", *(["Reading", "z"] if not kernel else [])]
    heads += [f"Within {reach}", "a day", *(["Per km² here"] if kernel else ["In the cell", "per km²"])]
    rows = []
    for spot in spots:
        told = [escape(spot.near)]
        told += [] if kernel else [escape(spot.verdict), "" if spot.score is None else f"{spot.score:.1f}"]
        told += [f"{spot.within:,}", f"{spot.per_day:,.2g}", *([] if kernel else [f"{spot.count:,}"]), f"{spot.per_km2:,.2g}"]
        only = replace(view, box=spot.box)
        width = asked.reach_m if kernel else asked.side_m
        links = [] if kernel else [_to(only, spot.lon, spot.lat, width, "only this cell")]
        rows.append([_to(view, spot.lon, spot.lat, width, spot.grid), *told, *links])
    what = "peaks" if kernel else "cells"
    caption = f"The strongest {what}, each over {reach} from a stronger one"
    return drawn.table([*heads, *([] if kernel else ["On the map"])], rows, caption, numbers=2 if kernel else 3)


def clusters(found: Gatherings, view: View) -> str:
    """Return clusters as a table."""
    heads = ["Grid of the middle (WGS 84)", "Nearest settlement", "First report", "Last report", "Kinds"]
    heads += ["Reports", "90 % within", "All within"]
    rows = [
        [
            _to(view, one.lon, one.lat, max(2 * one.all_m, 500), one.grid),
            escape(one.near),
            *(escape(text).replace(" ", "&nbsp;") for text in (one.begin, one.end)),
            escape(one.kinds),
            f"{one.count:,}",
            metres(one.most_m),
            metres(one.all_m),
        ]
        for one in found.found
    ]
    hold = "cluster holds" if found.count == 1 else "clusters hold"
    caption = f"{found.count:,} {hold} {found.held:,} of {found.of:,} reports"
    caption += f"; the largest {len(found.found)}" if found.count > len(found.found) else ""
    return drawn.table(heads, rows, caption, numbers=5)


def _to(view: View, lon: float, lat: float, width_m: float, words: str) -> str:
    """Return words that open a view on the live map, over a place of so many metres."""
    zoom = math.floor(math.log2(_WHOLE_M * math.cos(math.radians(lat)) * _WIDE_PX / width_m))
    place = f"{min(max(zoom, 3), 17)}/{lat:.4f}/{lon:.4f}"
    link = f"./?v={quote(view.text, safe='')}#{place}"
    return f'<a href="{link}" target="_self" title="Open on the live map">{escape(words)}</a>'
