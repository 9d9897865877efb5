"""A plate drawn: the same marks for every form of output."""

from __future__ import annotations

from dataclasses import dataclass

from layers.briefing import margin
from layers.briefing.frame import Frame, framed
from layers.briefing.grid import grid
from layers.briefing.mapped import PAPER, Placed, mapped, placed
from layers.briefing.paper import Layout, layout
from layers.briefing.picture import Ink, Part, Picture, Rect, Strokes, outline
from layers.briefing.plate import Plate


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A sheet as marks on paper, and the ground of its map; ``legend`` are all rows of its legend, more than there may be room for."""

    picture: Picture
    frame: Frame
    layout: Layout
    layers: tuple[Placed, ...]
    legend: tuple[margin.Entry, ...]


def frame(plate: Plate) -> Frame:
    """Return the ground that a plate's map shows."""
    return framed(plate.box, layout(plate.size, portrait=plate.portrait).map, plate.scale)


def drawing(plate: Plate) -> Drawing:
    """Return a plate as marks on paper.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    stands = layout(plate.size, portrait=plate.portrait)
    shows = framed(plate.box, stands.map, plate.scale)
    lines = grid(shows)
    layers = tuple(placed(drawn, shows) for drawn in plate.drawn)
    beside = margin.Beside(layers, shows, lines, plate.land.world, plate.told, plate.underlay)
    entries = margin.legend(beside)
    whole = Rect(0, 0, stands.width, stands.height)
    parts = (
        Part("paper", "", (Strokes(outline(whole), Ink(fill=PAPER), closed=True),)),
        *mapped(layers, plate.land, shows, lines, plate.underlay, mark=stands.mark),
        margin.head(stands, plate.told),
        *margin.margin(stands, beside, entries),
        margin.foot(stands, plate.told),
        margin.bands(stands, plate.told),
    )
    return Drawing(Picture(stands.width, stands.height, parts), shows, stands, layers, entries)
