"""The strongest hot spots and the clusters as tables of text, each row with its ways to the live map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

from layers.desk.gatherings import Gathering
from layers.desk.hotspots import Asked, Spot
from layers.desk.strewn import metres
from layers.model import View

#: Metres to a pixel of the map at zoom 0 on the equator, and how many pixels a place shall take there.
_WHOLE_M, _WIDE_PX = 156_543.03, 240
_FAR = "Far from any"


def table(spots: Sequence[Spot], asked: Asked, view: View) -> str:
    """Return the strongest places as a table."""
    reach, kernel = metres(asked.reach_m), asked.measure == "kernel"
    heads = ["Grid (WGS 84)", "Nearest settlement", f"Within {reach}", f"Within {reach}, per day"]
    heads += ["At the peak, per km²"] if kernel else ["In the cell", "In the cell, per km²", "z", "Reading"]
    rows = []
    for spot in spots:
        cells = [spot.grid, spot.near or _FAR, f"{spot.within:,}", f"{spot.per_day:,.2g}"]
        per_km2, score = f"{spot.per_km2:,.2g}", "" if spot.score is None else f"{spot.score:.1f}"
        cells += [per_km2] if kernel else [f"{spot.count:,}", per_km2, score, spot.verdict]
        only = replace(view, box=tuple(round(of, 6) for of in spot.box))  # type: ignore[arg-type]
        away = asked.reach_m if kernel else asked.side_m
        rows.append((cells, [_to(view, spot, away, "On the map"), _to(only, spot, away, "Only this cell")]))
    return _rows(heads, rows)


def clusters(found: Sequence[Gathering], view: View) -> str:
    """Return clusters as a table."""
    heads = ["Reports", "First", "Last", "Middle (WGS 84)", "Nearest settlement", "90 % within", "All within", "Kinds"]
    rows = []
    for one in found:
        cells = [
            f"{one.count:,}",
            one.begin,
            one.end,
            one.grid,
            one.near or _FAR,
            metres(one.most_m),
            metres(one.all_m),
            one.kinds,
        ]
        rows.append((cells, [_to(view, one, max(2 * one.all_m, 500), "On the map")]))
    return _rows(heads, rows)


def _to(view: View, at: Spot | Gathering, wide_m: float, words: str) -> str:
    """Return a link to the live map with a view, the map over a place of so many metres."""
    zoom = math.floor(math.log2(_WHOLE_M * math.cos(math.radians(at.lat)) * _WIDE_PX / wide_m))
    place = f"{min(max(zoom, 3), 17)}/{at.lat:.4f}/{at.lon:.4f}"
    return f'<a href="./?v={quote(view.text, safe="")}#{place}" target="_self">{escape(words)}</a>'


def _rows(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], Sequence[str]]]) -> str:
    """Return a table whose cells are text; what leads on from a row stands last."""
    head = "".join(f'<th scope="col">{escape(of)}</th>' for of in heads)
    body = "".join(f"<tr>{_cells(cells)}<td>{' · '.join(links)}</td></tr>" for cells, links in rows)
    return (
        f'<div class="gl-wide"><table class="gl-rows"><thead><tr>{head}<th></th></tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cells(cells: Sequence[str]) -> str:
    return "".join(f'<td dir="auto">{escape(of)}</td>' for of in cells)
