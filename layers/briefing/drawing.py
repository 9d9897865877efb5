"""A plate drawn: the same marks for every form of output."""

from __future__ import annotations

from dataclasses import dataclass

from layers.briefing import legends, lettering, margin
from layers.briefing.frame import Frame, grounds
from layers.briefing.grid import grid
from layers.briefing.mapped import INK, PAPER, mapped
from layers.briefing.paper import Layout, layout
from layers.briefing.picture import Ink, Part, Picture, Rect, Strokes, Words, outline
from layers.briefing.placed import Placed, placed
from layers.briefing.plate import Plate, Underlay


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A sheet as marks on paper, and the ground of its map; ``legend`` are all rows of its legend, more than there may be room for."""

    picture: Picture
    frame: Frame
    layout: Layout
    layers: tuple[Placed, ...]
    legend: tuple[legends.Entry, ...]


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
    beside = legends.Beside(layers[0], shown[0], lines[0], plate.land.world, plate.told, plate.underlay, plate.after is not None)
    entries = legends.legend(beside)
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


def _caption(of: Frame, scene: Underlay | None, size: float) -> tuple[Part, ...]:
    """Return what a map of two shows, in its corner."""
    if scene is None:
        return ()
    text = lettering.shortened(lettering.printable(scene.called), of.rect.width - 6, size + 1, bold=True)
    words = Words(of.rect.x + 2.5, of.rect.top - 2.5, text, size + 1, INK, True, up="top", halo=PAPER)
    return (Part("caption", "", (words,)),)
