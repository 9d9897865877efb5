"""Sizes of sheets, and where on one each thing stands, in millimetres from its lower left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from layers.briefing.picture import Rect

Size = Literal["A4", "A3", "16:9"]
SIZES: tuple[Size, ...] = get_args(Size)
_LANDSCAPE: dict[Size, tuple[float, float]] = {"A4": (297.0, 210.0), "A3": (420.0, 297.0), "16:9": (338.667, 190.5)}
_EDGE, _GAP, _BAND = 7.0, 4.0, 6.0
#: Around the map stand the figures of its grid.
_FIGURES = 4.5
#: The letters of each size in points, plain, the least of a legend, and small print: a slide is read from afar.
_LETTERS: dict[Size, tuple[float, float, float]] = {"A4": (6.0, 6.0, 5.5), "A3": (7.5, 6.0, 7.0), "16:9": (9.0, 9.0, 7.0)}
#: How high head and foot are, and how wide the margin beside a map, mm.
_ROOMS: dict[Size, tuple[float, float]] = {"A4": (15.0, 17.0), "A3": (19.0, 21.0), "16:9": (19.0, 18.0)}
_SIDES: dict[Size, float] = {"A4": 62.0, "A3": 78.0, "16:9": 120.0}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a sheet. In points, ``letter`` is the size of plain text, ``least`` of a long legend, ``fine`` of small print."""

    size: Size
    width: float
    height: float
    bands: tuple[Rect, Rect]
    head: Rect
    map: Rect
    margin: Rect
    foot: Rect
    letter: float
    portrait: bool
    least: float
    fine: float

    @property
    def low(self) -> bool:
        """Say whether the margin is a low strip below the map, else it stands beside it."""
        return self.margin.top < self.map.y

    @property
    def mark(self) -> float:
        """Return how wide a sign is, mm."""
        return 0.45 * (self.fine + 0.5)


def layout(size: Size, *, portrait: bool = False, beside: bool = False) -> Layout:
    """Return where things stand on a sheet of a size; a slide has no upright form.

    On an upright sheet the margin is below the map, or ``beside`` it, which leaves room for ground that is high and narrow.

    Examples
    --------
    >>> layout("A4", portrait=True).height
    297.0
    """
    width, height = _LANDSCAPE[size]
    upright = portrait and size != "16:9"
    if upright:
        width, height = height, width
    letter, least, fine = _LETTERS[size]
    bands = (Rect(_EDGE, height - _EDGE - _BAND, width - 2 * _EDGE, _BAND), Rect(_EDGE, _EDGE, width - 2 * _EDGE, _BAND))
    head_height, foot_height = _ROOMS[size]
    head = Rect(_EDGE, bands[0].y - head_height, width - 2 * _EDGE, head_height)
    foot = Rect(_EDGE, bands[1].top, width - 2 * _EDGE, foot_height)
    low, high = foot.top + _FIGURES, head.y - _FIGURES
    if upright and not beside:
        side = 70.0 if size == "A3" else 56.0
        margin = Rect(_EDGE, low - _FIGURES, width - 2 * _EDGE, side)
        whole = Rect(_EDGE + _FIGURES, margin.top + _GAP + _FIGURES, width - 2 * (_EDGE + _FIGURES), 0.0)
        box = Rect(whole.x, whole.y, whole.width, high - whole.y)
    else:
        side = _SIDES[size]
        margin = Rect(width - _EDGE - side, low - _FIGURES, side, high - low + 2 * _FIGURES)
        left = _EDGE + _FIGURES
        box = Rect(left, low, margin.x - _GAP - _FIGURES - left, high - low)
    return Layout(size, width, height, bands, head, box, margin, foot, letter, upright, least, fine)


def papers() -> list[dict[str, object]]:
    """Return every sheet there is and how large its map is, mm: what a frame on the screen is drawn by."""
    forms = [(size, portrait) for size in SIZES for portrait in (False, True) if not (portrait and size == "16:9")]
    found = [layout(size, portrait=portrait) for size, portrait in forms]
    return [{"size": of.size, "portrait": of.portrait, "width": of.map.width, "height": of.map.height} for of in found]
