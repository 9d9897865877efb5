"""The figures about a map's frame, at the ends of its grid's lines: none stands on another."""

from __future__ import annotations

from collections.abc import Iterator

import shapely

from layers.briefing import lettering
from layers.briefing.grid import Grid
from layers.briefing.picture import Rect, Words

#: Points of a figure, how far it stands from the frame, and how much lies between two at least, mm.
_SIZE, _ASIDE, _APART = 6.0, 1.0, 0.6
_WAYS = {"left": (-1, 0), "right": (1, 0), "bottom": (0, -1), "top": (0, 1)}
_ACROSS = {"left": "right", "right": "left"}
_UP = {"bottom": "top", "top": "bottom"}


def figures(grid: Grid, rect: Rect, colour: str) -> Iterator[Words]:
    """Yield the figures of a grid about a frame; of those that would touch, the one nearer a corner is left out, for it says least."""
    wanted = sorted(grid.figures, key=lambda at: -_aside(at.x, at.y, rect))
    kept: list[shapely.Polygon] = []
    for at in wanted:
        x, y = (end + _ASIDE * way for end, way in zip((at.x, at.y), _WAYS[at.edge], strict=True))
        words = Words(x, y, at.text, _SIZE, colour, across=_ACROSS.get(at.edge, "center"), up=_UP.get(at.edge, "center"))  # type: ignore[arg-type]
        room = _room(words).buffer(_APART / 2, join_style="mitre")
        if not any(room.intersects(other) for other in kept):
            kept.append(room)
            yield words


def _aside(x: float, y: float, rect: Rect) -> float:
    """Return how far a place on a frame lies from the nearest corner, mm."""
    return min(abs(x - a) + abs(y - b) for a in (rect.x, rect.right) for b in (rect.y, rect.top))


def _room(words: Words) -> shapely.Polygon:
    """Return the room that a figure takes."""
    wide, high = lettering.width(words.text, words.size), lettering.height(words.size)
    left = words.x - {"left": 0.0, "center": wide / 2, "right": wide}[words.across]
    low = words.y - {"bottom": 0.0, "center": high / 2, "top": high}[words.up]
    return shapely.box(left, low, left + wide, low + high)
