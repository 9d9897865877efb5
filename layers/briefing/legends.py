"""The rows of a legend: what is truly on a sheet, how it is drawn there, and how many there are of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.briefing import lettering
from layers.briefing.frame import Frame
from layers.briefing.grid import Grid
from layers.briefing.hatch import hatched
from layers.briefing.hexagons import SHADES
from layers.briefing.mapped import HATCH_MM, INK, PAPER, POINTS, base_ink, base_mark, circle, ring, rings, sign, spot, stroke
from layers.briefing.picture import Ink, Marks, Rect, Strokes, Words, outline, run
from layers.briefing.placed import Placed, cut, laid
from layers.briefing.plate import Base, Told, Underlay
from layers.model import Layer

#: What the ground needs no words for, and what the rest of it is called.
_LAND = "land"
_GROUND = {
    "boundaries": "Boundary",
    "rivers": "River",
    "roads": "Road",
    "towns": "Town",
    "places": "Town",
    "lakes": "Lake",
    "water": "Water",
    "built": "Built-up area",
}
#: Of the ground so many rows are told, the last of them how many more there are.
_MOST_GROUND = 12
_RULE = "#B9B4A5"
#: Room for the sign of a row, mm; its words are so many lines at most.
SIGN, _LINES = 9.5, 3
#: Between the boxes of two areas stays so much, mm.
_CLEAR = 0.3


@dataclass(frozen=True, slots=True)
class Beside:
    """What the margin tells of a map."""

    layers: Sequence[Placed]
    frame: Frame
    grid: Grid | None
    world: Sequence[object]
    told: Told
    underlay: Underlay | None
    twice: bool = False
    base: Sequence[Base] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One row of a legend: a sign, what it means, and how many there are.

    ``layer`` is the part of the map it belongs to; areas are filled with lines ``step`` apart, mm, the sign with closer ones.
    """

    text: str
    count: str
    ink: Ink
    kind: str = ""
    heading: bool = False
    mark: tuple[Placed, int, int] | None = None
    spot: tuple[Layer, int] | None = None
    casing: float = 0.0
    step: float = 0.0
    layer: str = ""


def legend(of: Beside) -> tuple[Entry, ...]:
    """Return what is truly on the sheet, and how many of each; the highest layer first."""
    seen = [layer for layer in reversed(of.layers) if layer.inside.any()]
    found = [replace(entry, layer=layer.layer.id) for layer in seen for entry in _entries(layer, of.frame)]
    new = sum(int((layer.inside & layer.drawn.ringed).sum()) for layer in seen if len(layer.drawn.ringed))
    if any(len(layer.circles) for layer in seen):
        found.append(Entry("The place lies within the circle", "", Ink(), kind="circle"))
    if of.told.since:
        found.append(Entry(f"New or changed since {of.told.since}", f"{new:,}", Ink(), kind="ring"))
    if of.underlay and not of.twice:
        found.append(Entry(of.underlay.called, "", Ink(), heading=True, layer="underlay"))
    if of.grid:
        found.append(Entry(f"Grid {of.grid.called}", "", Ink("#3D5A73", 0.5), kind="line", layer="grid"))
    return (*found, *_ground(of))


def _ground(of: Beside) -> Iterator[Entry]:
    """Yield what the ground is drawn with, of what lies within the map, the rest of very many as one; land and sea need no words."""
    found = []
    for one in of.base:
        shapes = [] if one.name == _LAND else cut(one.shapes, of.frame.box)
        if shapes and not laid(of.frame, shapes, beyond=0.0).is_empty:
            kind = (
                "spot" if (shapely.get_type_id(np.array(shapes, object)) == 0).all() else "area" if base_ink(one).fill else "line"
            )
            called = _GROUND.get(one.name, one.name.replace("_", " ").capitalize())
            found.append(Entry(called, "", base_ink(one), kind=kind, layer="ground"))
    if len(found) <= _MOST_GROUND:
        yield from found
        return
    known = sorted(found, key=lambda entry: entry.text not in _GROUND.values())
    yield from known[: _MOST_GROUND - 1]
    yield Entry(f"and {len(found) - _MOST_GROUND + 1:,} more layers of the ground", "", Ink(), layer="ground")


def _entries(of: Placed, frame: Frame) -> Iterator[Entry]:
    look, layer = of.layer.portrayal, of.layer
    total = f"{of.count():,}"
    if layer.geometry != "point":
        yield from _drawn(of, frame)
        return
    many = "of all kinds in a cell" if of.drawn.fewest else "at one place"
    called = layer.title + (f" (how many {many})" if of.stacked else "")
    if len(look.hues) < 2 and len(look.glyphs) < 2:
        yield Entry(called, total, Ink(), mark=(of, 0, 0))
        return
    yield Entry(called, total, Ink(), heading=True)
    field = layer.field(look.hue_field)
    if of.cells is not None:
        unit = layer.title.lower()
        yield from (
            Entry(f"{name} {unit} in a cell", "", Ink(line=_RULE, width=0.3, fill=SHADES[n]), "cell")
            for n, name in enumerate(of.cells.called())
        )
        yield from _spots(of)
    same = look.hue_field == look.glyph_field
    for n, hue in enumerate(look.hues if len(look.hues) > 1 and not same else ()):
        if count := of.count(hue=n):
            marked = of.cells is None or (n == 0 and not of.worst)
            label = f"{field.label if field else ''}: {hue.label.lower()}".lstrip(": ")
            where = "" if marked else ", as dots in the cells" if n == 0 else ", in the cells only"
            yield Entry(f"{label}{where}", of.told(count), Ink(), mark=(of, n, -1) if marked else None)
    for n, glyph in enumerate(look.glyphs if len(look.glyphs) > 1 and not of.worst else ()):
        if count := of.count(glyph=n):
            hue_of = int(of.drawn.hue[of.inside & (of.drawn.glyph == n)][0]) if same else -1
            yield Entry(glyph.label, of.told(count), Ink(), mark=(of, hue_of, n))


def _spots(of: Placed) -> Iterator[Entry]:
    """Yield what spots in cells mean, where the worst of a layer are too many for marks."""
    look = of.layer.portrayal
    field = of.layer.field(look.hue_field)
    worst = f"{field.label.lower() if field else ''} {look.hues[0].label.lower()}".strip()
    for size, (low, high) in enumerate(of.worst):
        many = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        yield Entry(f"{many} of {worst} in a cell", "", Ink(), spot=(of.layer, size))


def _drawn(of: Placed, frame: Frame) -> Iterator[Entry]:
    """Yield a layer of lines or areas; those of it that are dashed stand apart, with what they are."""
    look, layer = of.layer.portrayal, of.layer
    several, summed = len(look.hues) > 1, layer.field(look.sum_field)
    if several:
        yield Entry(layer.title, "" if summed else f"{of.count():,}", Ink(), heading=True)
    casing = POINTS * (look.width_px + 3) if look.casing else 0.0
    for (n, hue), dashed in itertools.product(enumerate(look.hues), (False, True)):
        count = int((of.inside & (of.drawn.hue == n) & (of.drawn.dashed == dashed)).sum())
        if count:
            ink = stroke(layer, n, frame.scale, dashed=dashed)
            if layer.geometry == "area" and look.fill_opacity:
                ink = replace(ink, fill=ink.line, opacity=look.fill_opacity)
            called = f"{hue.label if several else layer.title}{_why(layer) if dashed else ''}"
            number = summed.total(of.area_km2(n, frame)) if summed else f"{count:,}"
            yield Entry(called, number, ink, layer.geometry, casing=casing, step=HATCH_MM * hue.hatch_px)
    if layer.basis:
        yield Entry(layer.basis, "", Ink())


def _why(layer: Layer) -> str:
    """Return what the dashed ones of a layer are, blank where all are dashed."""
    when = layer.portrayal.dashed_when
    field = layer.field(when[0]) if when else None
    return next((f", {choice.label.lower()}" for choice in field.choices if when and choice.code == when[1]), "") if field else ""


def swatch(entry: Entry, box: Rect, mark: float) -> Iterator[Strokes | Marks]:
    """Yield the sign of a row of the legend; ``mark`` is how wide one is on the map, mm."""
    middle = box.y + box.height / 2
    if entry.kind in ("line", "area", "cell"):
        edge = lettering.MM_PER_POINT * entry.ink.width if entry.kind == "area" else 0.0
        high = min(2.6, box.height - 0.4) - edge - (_CLEAR if entry.kind == "area" else 0.0)
        sample = Rect(box.x + 0.8, middle - high / 2, 6.6, high)
        if entry.kind == "line":
            path = run((sample.x, middle), (sample.right, middle))
            if entry.casing:
                yield Strokes(path, Ink(_RULE, entry.casing + 0.4))
                yield Strokes(path, Ink(PAPER, entry.casing))
            yield Strokes(path, entry.ink)
        elif entry.step:
            lines = hatched(shapely.box(sample.x, sample.y, sample.right, sample.top), entry.step / 2)
            yield Strokes(rings(lines), entry.ink)
            yield Strokes(outline(sample), Ink(entry.ink.line, entry.ink.width), closed=True)
        else:
            yield Strokes(outline(sample), Ink(fill=entry.ink.fill, opacity=entry.ink.opacity), closed=True)
            yield Strokes(outline(sample), Ink(entry.ink.line, entry.ink.width, entry.ink.dash), closed=True)
    elif entry.kind == "spot":
        yield base_mark(np.array([box.x + 4.1]), np.array([middle]), entry.ink)
    elif entry.kind == "circle":
        yield circle(box.x + 4.1, middle, min(1.6, box.height / 2 - 0.3))
    elif entry.kind == "ring":
        yield ring((np.array([box.x + 4.1]), np.array([middle])), 0.5 * mark)
    elif entry.spot:
        yield spot(entry.spot[0], (np.array([box.x + 4.1]), np.array([middle])), entry.spot[1])
    elif entry.mark:
        yield _marked(entry.mark, box.x + 4.1, middle, 0.9 * mark)


def worded(entry: Entry, width: float, letter: float) -> list[str]:
    """Return the words of a row of the legend in lines, in a column so wide."""
    room = width - (0.0 if entry.heading else SIGN) - (2.5 + lettering.width(entry.count, letter) if entry.count else 0.0)
    return lettering.lines(entry.text, room, letter, bold=entry.heading, rows=_LINES)


def first(entry: Entry, box: Rect, letter: float) -> Rect:
    """Return the box of the first line of a row, in which its sign and its count stand."""
    high = box.height / len(worded(entry, box.width, letter))
    return Rect(box.x, box.top - high, box.width, high)


def said(entry: Entry, box: Rect, letter: float) -> Iterator[Words]:
    """Yield the words of a row of the legend."""
    top = first(entry, box, letter)
    middle, left = top.y + top.height / 2, box.x if entry.heading else box.x + SIGN
    for n, line in enumerate(worded(entry, box.width, letter)):
        yield Words(left, middle - n * top.height, line, letter, INK, entry.heading, up="center")
    if entry.count:
        yield Words(box.right, middle, entry.count, letter, INK, entry.heading, "right", "center")


def _marked(mark: tuple[Placed, int, int], x: float, y: float, size: float) -> Marks:
    """Return a sign of the legend: of a colour in the plainest shape, of a shape in a quiet colour."""
    of, hue, glyph = mark
    look = of.layer.portrayal
    classes = (hue, len(look.glyphs) - 1) if glyph < 0 else (len(look.hues) - 1 if hue < 0 else hue, glyph)
    return sign(of.layer, classes[0], classes[1], (np.array([x]), np.array([y])), size)
