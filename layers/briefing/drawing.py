"""A plate drawn: the same marks for every form of output."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.briefing import legends, lettering, margin
from layers.briefing.frame import Frame, laid_out
from layers.briefing.grid import Grid, grid
from layers.briefing.mapped import INK, PAPER, mapped
from layers.briefing.paper import Layout
from layers.briefing.picture import Ink, Part, Picture, Rect, Strokes, Words, outline
from layers.briefing.placed import Placed, placed
from layers.briefing.plate import Plate, Underlay
from layers.briefing.room import Room, shared

#: Over two scenes signs are so much smaller, for the ground between them is what a reader compares.
_OVER = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A sheet as marks on paper, and the ground of its map.

    ``legend`` are all rows of its legend, ``room`` those there is room for; ``lacking`` says which names the map has no room for.
    """

    picture: Picture
    frame: Frame
    layout: Layout
    layers: tuple[Placed, ...]
    legend: tuple[legends.Entry, ...]
    room: Room
    lacking: str = ""


def drawing(plate: Plate) -> Drawing:
    """Return a plate as marks on paper.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    twice = plate.after is not None
    stands, shown = laid_out(plate.size, plate.box, plate.scale, portrait=plate.portrait, twice=twice)
    scenes = (plate.underlay, plate.after)[: len(shown)]
    lines = [grid(one) for one in shown]
    if plate.after:
        strips = [_captioned(one, scene, stands.letter + 1)[0] for one, scene in zip(shown, scenes, strict=True)]
        lines = [_uncovered(*one) for one in zip(lines, strips, strict=True)]
    layers = [tuple(placed(drawn, one, at) for drawn in plate.drawn) for at, one in enumerate(shown)]
    both = tuple(placed(drawn, shown[0]) for drawn in plate.drawn) if twice else layers[0]
    maps = [
        mapped(held, plate.land, one, of, scene, mark=stands.mark * (_OVER if twice else 1.0))
        for held, one, of, scene in zip(layers, shown, lines, scenes, strict=True)
    ]
    beside = legends.Beside(both, shown[0], lines[0], plate.land.world, plate.told, plate.underlay, twice, plate.land.base)
    entries = legends.legend(beside)
    room = shared(stands, beside, entries)
    whole = Rect(0, 0, stands.width, stands.height)
    captions = [_caption(one, scene, stands.letter + 1) if plate.after else () for one, scene in zip(shown, scenes, strict=True)]
    parts = (
        Part("paper", "", (Strokes(outline(whole), Ink(fill=PAPER), closed=True),)),
        *(part for one, caption in zip(maps, captions, strict=True) for part in (*one.parts, *caption)),
        margin.head(stands, plate.told),
        *margin.margin(stands, beside, room),
        margin.foot(stands, plate.told, maps[0].lacking),
        margin.bands(stands, plate.told),
    )
    return Drawing(Picture(stands.width, stands.height, parts), shown[0], stands, both, entries, room, maps[0].lacking)


def _captioned(of: Frame, scene: Underlay | None, size: float) -> tuple[Rect, list[str]]:
    """Return the strip along the upper edge of a map of two, and what it says there in lines."""
    lines = lettering.lines(scene.called if scene else "", of.rect.width - 5, size, bold=True, rows=2)
    high = len(lines) * lettering.height(size) + 1.5
    return Rect(of.rect.x, of.rect.top - high, of.rect.width, high), lines


def _caption(of: Frame, scene: Underlay | None, size: float) -> tuple[Part, ...]:
    """Return what a map of two shows, over its upper edge."""
    if scene is None:
        return ()
    strip, lines = _captioned(of, scene, size)
    words = (
        Words(strip.x + 2.5, strip.top - 1.0 - n * lettering.height(size), line, size, INK, True, up="top")
        for n, line in enumerate(lines)
    )
    return (Part("caption", "", (Strokes(outline(strip), Ink(INK, 0.8, fill=PAPER), closed=True), *words)),)


def _uncovered(of: Grid | None, strip: Rect) -> Grid | None:
    """Return a grid whose squares are not named under a strip."""
    if of is None:
        return None
    left = [replace(one, places=one.places[one.places[:, 1] < strip.y - 2.0]) for one in of.squares]
    return replace(of, squares=tuple(one for one in left if len(one.places)))
