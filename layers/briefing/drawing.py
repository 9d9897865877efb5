"""A plate drawn: the same marks for every form of output."""

from __future__ import annotations

from dataclasses import dataclass

from layers.briefing import lettering, margin
from layers.briefing.frame import Frame, framed
from layers.briefing.grid import grid
from layers.briefing.mapped import INK, PAPER, Placed, mapped, placed
from layers.briefing.paper import Layout, Size, layout
from layers.briefing.picture import Ink, Part, Picture, Rect, Strokes, Words, outline
from layers.briefing.plate import Plate, Underlay
from layers.model import Box

#: Between two maps stand the figures of both their grids, mm.
_BETWEEN = 11.0


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A sheet as marks on paper, and the ground of its map; ``legend`` are all rows of its legend, more than there may be room for."""

    picture: Picture
    frame: Frame
    layout: Layout
    layers: tuple[Placed, ...]
    legend: tuple[margin.Entry, ...]


def grounds(size: Size, box: Box, scale: float, *, portrait: bool, twice: bool) -> tuple[Frame, ...]:
    """Return the ground that a sheet's map shows, or that of both its maps where it shows the same ``twice``.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    rect = layout(size, portrait=portrait).map
    return tuple(framed(box, half, scale) for half in (_halves(rect) if twice else (rect,)))


def drawing(plate: Plate) -> Drawing:
    """Return a plate as marks on paper.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    stands = layout(plate.size, portrait=plate.portrait)
    shown = grounds(plate.size, plate.box, plate.scale, portrait=plate.portrait, twice=plate.after is not None)
    lines = [grid(one) for one in shown]
    layers = [tuple(placed(drawn, one) for drawn in plate.drawn) for one in shown]
    scenes = (plate.underlay, plate.after)[: len(shown)]
    beside = margin.Beside(layers[0], shown[0], lines[0], plate.land.world, plate.told, plate.underlay, plate.after is not None)
    entries = margin.legend(beside)
    whole = Rect(0, 0, stands.width, stands.height)
    maps = [
        (
            *mapped(held, plate.land, one, of, scene, mark=stands.mark),
            *(_caption(one, scene, stands.letter) if plate.after else ()),
        )
        for held, one, of, scene in zip(layers, shown, lines, scenes, strict=True)
    ]
    parts = (
        Part("paper", "", (Strokes(outline(whole), Ink(fill=PAPER), closed=True),)),
        *(part for one in maps for part in one),
        margin.head(stands, plate.told),
        *margin.margin(stands, beside, entries),
        margin.foot(stands, plate.told),
        margin.bands(stands, plate.told),
    )
    return Drawing(Picture(stands.width, stands.height, parts), shown[0], stands, layers[0], entries)


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    """Return two boxes side by side, or one over the other where that is higher than wide, with room for the grid's figures between."""
    if rect.width >= rect.height:
        half = (rect.width - _BETWEEN) / 2
        return Rect(rect.x, rect.y, half, rect.height), Rect(rect.right - half, rect.y, half, rect.height)
    half = (rect.height - _BETWEEN) / 2
    return Rect(rect.x, rect.top - half, rect.width, half), Rect(rect.x, rect.y, rect.width, half)


def _caption(of: Frame, scene: Underlay | None, size: float) -> tuple[Part, ...]:
    """Return what a map of two shows, in its corner."""
    if scene is None:
        return ()
    text = lettering.shortened(lettering.printable(scene.called), of.rect.width - 6, size + 1, bold=True)
    words = Words(of.rect.x + 2.5, of.rect.top - 2.5, text, size + 1, INK, True, up="top", halo=PAPER)
    return (Part("caption", "", (words,)),)
