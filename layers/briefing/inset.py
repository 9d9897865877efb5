"""A map within a page: with its legend, scale and grid beside it, and its marking above, without head and foot."""

from __future__ import annotations

from layers.briefing import legends, lettering, margin
from layers.briefing.frame import framed
from layers.briefing.grid import grid
from layers.briefing.mapped import INK, mapped
from layers.briefing.paper import Layout
from layers.briefing.picture import Part, Rect, Words
from layers.briefing.placed import placed
from layers.briefing.plate import Plate
from layers.briefing.room import shared

#: The room of the grid's figures beside and over the map, and how high the band is, mm; letters in points.
_ASIDE, _FIGURES, _BAND, _LETTER, _FINE = 7.2, 4.5, 5.0, 6.0, 5.5
#: How wide the margin is, mm, with letters of so many points at least: the first in which the legend is whole, in one column or in several.
_BESIDE = ((50.0, _LETTER), (64.0, _LETTER), (64.0, 5.0), (92.0, 5.0))


def inset(plate: Plate, at: Rect) -> tuple[Part, ...]:
    """Return a plate's map as marks in a box of a page, the lowest first; its margin is as wide as its legend needs.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    for wide, least in _BESIDE:
        stands = _stands(plate, at, wide, least)
        frame = framed(plate.box, stands.map)
        lines = grid(frame)
        layers = tuple(placed(drawn, frame) for drawn in plate.drawn)
        told = legends.Beside(layers, frame, lines, plate.land.world, plate.told, plate.underlay, base=plate.land.base)
        entries = legends.legend(told)
        room = shared(stands, told, entries)
        if tuple(entry for entry, _ in room.rows) == entries:
            break
    band = lettering.shortened(lettering.printable(plate.told.band), at.width, _LETTER + 2, bold=True)
    marked = Words(at.x + at.width / 2, at.top, band, _LETTER + 2, INK, True, "center", "top")
    return (
        *mapped(layers, plate.land, frame, lines, plate.underlay, mark=stands.mark).parts,
        *margin.margin(stands, told, room),
        Part("band", "", (marked,)),
    )


def _stands(plate: Plate, at: Rect, wide: float, least: float) -> Layout:
    """Return where map and margin stand in a box, the margin so wide, mm, its letters of so many points at least."""
    none = Rect(at.x, at.y, 0.0, 0.0)
    high = at.height - _BAND
    shown = Rect(at.x + _ASIDE, at.y + _FIGURES, at.width - wide - 2 - 2 * _ASIDE, high - 2 * _FIGURES)
    beside = Rect(at.right - wide, at.y, wide, high)
    return Layout(plate.size, at.width, at.height, (none, none), none, shown, beside, none, _LETTER, False, least, _FINE)
