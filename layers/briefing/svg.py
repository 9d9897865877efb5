"""Marks on paper as SVG, for what is small: the signs of a legend, the small map, the arrow to north."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np

from layers.briefing.picture import Floats, Ink, Item, Marks, Rect, Strokes, Words
from layers.render import symbols

_POINT = 25.4 / 72
_ANCHOR = {"left": "start", "center": "middle", "right": "end"}
_SINKS = {"bottom": 0.0, "center": 0.36, "top": 0.93}


def svg(items: Iterable[Item], box: Rect, described: str = "") -> str:
    """Return marks in a box as an SVG element, in millimetres; without a description it is for the eye only.

    Every text is escaped, and nothing in it is a style, a link or a script.
    """
    said = f'role="img" aria-label="{escape(described)}"' if described else 'aria-hidden="true"'
    drawn = "".join(_item(item, box) for item in items)
    return f'<svg viewBox="0 0 {box.width:.6g} {box.height:.6g}" {said}>{drawn}</svg>'


def _item(item: Item, box: Rect) -> str:
    if isinstance(item, Strokes):
        runs = [(ring, item.closed) for part in item.parts for ring in part]
        return _path(runs, box, item.ink)
    if isinstance(item, Words):
        return _words(item, box)
    if isinstance(item, Marks):
        sign = [(run * (1, -1) * item.size / 16, closed) for run, closed in symbols.corners(item.path)]
        places = np.stack([item.x, item.y], axis=1)
        runs = [(run + place, closed) for place in places for run, closed in sign]
        under = Ink(item.casing, 2 * item.ink.width + 0.9, fill=item.casing)
        return (_path(runs, box, under) if item.casing else "") + _path(runs, box, item.ink)
    return ""


def _path(runs: list[tuple[Floats, bool]], box: Rect, ink: Ink) -> str:
    drawn = "".join(
        "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ((run - (box.x, box.top)) * (1, -1)).tolist()) + ("Z" if closed else "")
        for run, closed in runs
    )
    line = f' stroke="{ink.line}" stroke-width="{ink.width * _POINT:.3g}" stroke-linejoin="round"' if ink.line else ""
    dash = f' stroke-dasharray="{" ".join(f"{one * _POINT:.3g}" for one in ink.dash)}"' if ink.dash else ""
    fill = f'fill="{ink.fill}" fill-opacity="{ink.opacity:g}" fill-rule="evenodd"' if ink.fill else 'fill="none"'
    return f'<path d="{drawn}" {fill}{line}{dash}/>'


def _words(item: Words, box: Rect) -> str:
    size = item.size * _POINT
    x, y = item.x - box.x, box.top - item.y + _SINKS[item.up] * size
    bold = ' font-weight="bold"' if item.bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.3g}" fill="{item.colour}" text-anchor="{_ANCHOR[item.across]}"'
        f"{bold}>{escape(item.text)}</text>"
    )
