"""The map of a sheet: ground, grid, layers and names within its frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.briefing import lettering, naming
from layers.briefing.figures import figures
from layers.briefing.frame import Frame
from layers.briefing.grid import Grid
from layers.briefing.hatch import hatched
from layers.briefing.hexagons import SHADES, Hexagons
from layers.briefing.names import Standing
from layers.briefing.naming import GRID, SQUARE
from layers.briefing.picture import Floats, Ink, Item, Marks, Part, Raster, Rect, Strokes, Words, outline
from layers.briefing.placed import Placed, cut, laid
from layers.briefing.plate import Base, Land, Underlay
from layers.model import Layer

#: What the part of a layer's shades is called, after the layer.
CELLS = "-cells"
PAPER, INK, SEA, GROUND = "#FFFFFF", "#1B1F24", "#DCE4E8", "#F3F1EA"
_GRID = "#3D5A73"
#: How base layers are drawn, the lowest first; one of another name as the last.
_BASE = {
    "land": Ink("#B9B4A5", 0.5, fill=GROUND),
    "lakes": Ink("#A9C3CC", 0.4, fill="#C9DADF"),
    "water": Ink("#A9C3CC", 0.4, fill="#C9DADF"),
    "built": Ink(fill="#E4DFD2"),
    "rivers": Ink("#A9C3CC", 0.6),
    "roads": Ink("#C3BBA8", 0.8),
    "boundaries": Ink("#9A968A", 0.8, (6, 3)),
    "towns": Ink("#7C786C", 0.5),
    "places": Ink("#7C786C", 0.5),
}
_OTHER = Ink("#7C786C", 0.5)
#: Points of a line's width for a pixel on the screen.
POINTS = 0.75
#: Tracks are as wide as on the screen on a map of this scale; beyond it ever finer and paler, down to these shares.
_FULL, _FINEST, _PALEST = 100_000.0, 0.3, 0.5
#: Millimetres between the lines of a hatch for a pixel on the screen, and how much finer they are than other lines.
HATCH_MM, _HATCHED = 0.26, 0.6
#: How a circle of how sure a place is is drawn, and of how many corners.
_UNSURE, _CORNERS = Ink("#56616B", 0.6, (1, 2)), 72
_SPOT = "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z"
_ROUND = "M-8 0A8 8 0 1 0 8 0A8 8 0 1 0-8 0Z"
#: How wide a spot is for few, some and many of the worst in a cell, mm.
_SPOTS = (0.8, 1.4, 2.2)


@dataclass(frozen=True, slots=True)
class Mapped:
    """The parts of a map, the lowest first; how many names its features and squares have, and for how many there is no room."""

    parts: tuple[Part, ...]
    named: int
    unnamed: int

    @property
    def lacking(self) -> str:
        """Return in a sentence how many names are left out, blank for none."""
        return f"Left out for want of room: {self.unnamed:,} of {self.named:,} names." if self.unnamed else ""


def mapped(
    layers: Sequence[Placed], land: Land, frame: Frame, grid: Grid | None, underlay: Underlay | None, *, mark: float
) -> Mapped:
    """Return the map; ``mark`` is how wide a sign is, mm."""
    rect = frame.rect
    below = [_ground(land, frame, underlay), *(_shaded(of, rect) for of in layers if of.cells is not None)]
    shapes = [_shapes(of, frame, mark) for of in layers if len(of.shapes) and of.inside.any()]
    cased = {of.layer.id for of in layers if of.layer.portrayal.casing}
    below += sorted(shapes, key=lambda part: part.name in cased)  # no track lies over a line that parts ground
    above = [_points(of, rect, mark) for of in layers if len(of.x) and of.inside.any()]
    named, stands = naming.standing(layers, (below, above), grid, rect, mark)
    squares = [one for one in stands if one.name.layer == GRID]
    words = [_written(one) for one in stands if one.name.layer != GRID]
    edge = [Strokes(outline(rect), Ink(line=INK, width=1.0), closed=True)]
    parts = (
        *below,
        *([_grid(grid, squares, rect)] if grid else []),
        *above,
        Part("names", "", tuple(words), rect),
        Part("frame", "", (*edge, *(figures(grid, rect, _GRID) if grid else ()))),
    )
    return Mapped(parts, named, named - len(stands))


def rings(shape: shapely.Geometry) -> tuple[tuple[Floats, ...], ...]:
    """Return the corners of a line or area, a part at a time; a part that is an area has its rings."""
    found = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            found.append(tuple(shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)))
        elif part.geom_type in ("LineString", "LinearRing"):
            found.append((shapely.get_coordinates(part),))
        elif part.geom_type in ("MultiLineString", "MultiPolygon", "GeometryCollection"):
            found += rings(part)
    return tuple(found)


def _ground(land: Land, frame: Frame, underlay: Underlay | None) -> Part:
    rect = frame.rect
    items: list[Item] = [Strokes(outline(rect), Ink(fill=SEA), closed=True)]
    ranked = sorted(land.base, key=lambda of: list(_BASE).index(of.name) if of.name in _BASE else len(_BASE))
    areas = [of for of in ranked if _BASE.get(of.name, _OTHER).fill]
    items += [item for of in areas for item in _base(of, frame)]
    if underlay:
        items.append(Raster(rect, underlay.pixels))
    items += [item for of in ranked if of not in areas for item in _base(of, frame)]
    return Part("ground", "Ground", tuple(items), rect)


def base_ink(of: Base) -> Ink:
    """Return how a base layer is drawn; one that is filled is of areas."""
    return _BASE.get(of.name, _OTHER)


def base_mark(x: Floats, y: Floats, ink: Ink) -> Marks:
    """Return the spots of a base layer's points."""
    return Marks(x, y, _SPOT, Ink(ink.line, 0.5, fill=PAPER), 1.2)


def _base(of: Base, frame: Frame) -> Iterator[Item]:
    """Yield a base layer; its points are small spots."""
    ink = base_ink(of)
    shapes = np.array(cut(of.shapes, frame.box, 1.0), object)
    points = shapely.get_type_id(shapes) == 0
    flat = [_simple(laid(frame, [shape])) for shape in shapes[~points]]
    parts = tuple(part for shape in flat if not shape.is_empty for part in rings(shape))
    if parts:
        yield Strokes(parts, ink, closed=bool(ink.fill))
    if points.any():
        yield base_mark(*frame.at(*shapely.get_coordinates(shapes[points]).T), ink)


def _simple(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a coast without the turns that no eye sees on paper."""
    return shapely.simplify(shape, 0.05)


def stroke(layer: Layer, hue: int, scale: float, *, dashed: bool = False) -> Ink:
    """Return how a class of lines or areas is drawn; tracks and routes are finer and paler the more ground a map shows.

    So the lines that part ground stay the strongest on it, in grey print as well.
    """
    look = layer.portrayal
    colour, share = look.hues[hue].colour.day, 1.0
    if layer.geometry == "line" and not look.casing:
        share = min(1.0, max(_FINEST, float(np.sqrt(_FULL / scale))))
        colour = tinted(colour, 1.0 - (1.0 - _PALEST) * (1.0 - share) / (1.0 - _FINEST))
    dash = tuple(POINTS * share * one for one in look.dash) if dashed else ()
    return Ink(colour, POINTS * share * look.width_px, dash)


def tinted(colour: str, share: float) -> str:
    """Return so much of a colour on paper, as a colour that hides what lies under it.

    >>> tinted("#000000", 0.5), tinted("#0072B2", 1.0)
    ('#808080', '#0072B2')
    """
    red, green, blue = (round(255 - share * (255 - int(colour[n : n + 2], 16))) for n in (1, 3, 5))
    return f"#{red:02X}{green:02X}{blue:02X}"


def _shapes(of: Placed, frame: Frame, mark: float) -> Part:
    drawn, look, rect = of.drawn, of.layer.portrayal, frame.rect
    items: list[Item] = []
    for n in _ordered(of):
        shape, area = of.shapes[n], of.layer.geometry == "area"
        hue = look.hues[int(drawn.hue[n])]
        if hue.hatch_px:
            ink = Ink(hue.colour.day, _HATCHED * POINTS * look.width_px)
            items.append(Strokes(rings(hatched(shape, HATCH_MM * hue.hatch_px)), ink, row=n))
            continue
        ink = stroke(of.layer, int(drawn.hue[n]), frame.scale, dashed=bool(drawn.dashed[n]))
        parts = rings(shapely.simplify(shape, 0.02))
        if look.casing:
            items.append(Strokes(parts, Ink(line=PAPER, width=POINTS * (look.width_px + 3)), area, n))
        if area and look.fill_opacity:
            items.append(Strokes(parts, Ink(fill=ink.line, opacity=look.fill_opacity), True, n))
            parts = rings(_within_edge(shape, ink.width))
        items.append(Strokes(parts, ink, area, n))
    new = np.flatnonzero(of.inside & of.drawn.ringed).tolist() if len(of.drawn.ringed) else []
    if middles := [at for n in new if (at := naming.middle(of, n, rect))]:
        x, y = shapely.get_coordinates(middles).T
        items.append(ring((x, y), mark))
    return Part(of.layer.id, of.layer.title, tuple(items), rect)


def _ordered(of: Placed) -> list[int]:
    """Return the features that reach into a frame as they are drawn: of filled areas those of the first class last, over the others."""
    shown = np.flatnonzero(of.inside)
    if of.layer.portrayal.fill_opacity:
        shown = shown[np.argsort(-of.drawn.hue[shown], kind="stable")]
    return [int(n) for n in shown]


def _within_edge(area: shapely.Geometry, points: float) -> shapely.Geometry:
    """Return an area smaller by half its edge's width: so the edges of two that meet lie beside each other, and both are seen."""
    smaller = shapely.simplify(area, 0.02).buffer(-points * lettering.MM_PER_POINT / 2, join_style="mitre")
    return area if smaller.is_empty else smaller


def _shaded(of: Placed, rect: Rect) -> Part:
    """Return a dense layer as shades, and in each cell how many of its worst there are, by the size of a spot."""
    assert of.cells is not None
    items: list[Item] = [_cells(of.cells, shade) for shade in range(len(of.cells.least))]
    for size, (least, most) in enumerate(of.worst or ()):
        here = (of.severe >= least) & (of.severe <= most)
        middle = of.cells.corners[here].mean(axis=1)
        items.append(spot(of.layer, (middle[:, 0], middle[:, 1]), size))
    return Part(of.layer.id + CELLS, of.layer.title, tuple(items), rect, dense=True)


def spot(layer: Layer, at: tuple[Floats, Floats], size: int) -> Marks:
    """Return spots of the worst of a dense layer; ``size`` is 0 for few, 2 for many."""
    colour = layer.portrayal.hues[0].colour.day
    return Marks(*at, _ROUND, Ink(colour, 0.3, fill=colour), _SPOTS[size])


def _points(of: Placed, rect: Rect, mark: float) -> Part:
    items: list[Item] = [circle(*one) for one in of.circles.tolist()]
    shown, (hues, glyphs) = of.inside, of.classes
    if of.cells is not None:
        shown = shown & (hues == 0) if len(of.layer.portrayal.hues) > 1 and not of.worst else np.zeros_like(shown)
    for hue in reversed(range(len(of.layer.portrayal.hues))):
        for glyph in sorted(set(glyphs[shown & (hues == hue)].tolist())):
            here = shown & (hues == hue) & (glyphs == glyph)
            items.append(replace(sign(of.layer, hue, glyph, (of.x[here], of.y[here]), mark), rows=np.flatnonzero(here)))
    if len(of.drawn.ringed):
        here = shown & of.drawn.ringed
        items += [ring((of.x[here], of.y[here]), mark)] if here.any() else []
    return Part(of.layer.id, of.layer.title, tuple(items), rect, dense=True)


def circle(x: float, y: float, radius: float) -> Strokes:
    """Return the circle within which a place truly lies, mm."""
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    return Strokes(((np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1),),), _UNSURE, closed=True)


def ring(at: tuple[Floats, Floats], mark: float) -> Marks:
    """Return rings about marks of a width: what they stand for is new."""
    return Marks(*at, _ROUND, Ink(INK, 0.8), 1.75 * mark)


def sign(layer: Layer, hue: int, glyph: int, at: tuple[Floats, Floats], size: float) -> Marks:
    """Return marks of a class of a point layer; the worst are filled most, so that they stand out in grey print as well.

    Their fill hides what lies under it: several at one place are as dark as one.
    """
    look = layer.portrayal
    share = 0.3 if len(look.hues) < 2 else 0.85 - 0.65 * hue / (len(look.hues) - 1)
    colour = look.hues[hue].colour.day
    path = look.glyphs[glyph].path if look.glyphs else _SPOT
    return Marks(*at, path, Ink(colour, POINTS * look.width_px * size / 3.4, fill=tinted(colour, share)), size, PAPER)


def _cells(cells: Hexagons, shade: int) -> Strokes:
    here = cells.shade == shade
    return Strokes(
        tuple((corners,) for corners in cells.corners[here]),
        Ink(line=PAPER, width=0.2, fill=SHADES[shade], opacity=0.85),
        closed=True,
    )


def _grid(grid: Grid, squares: Sequence[Standing], rect: Rect) -> Part:
    items: list[Item] = [Strokes(tuple((_thinned(run),) for run in grid.lines), Ink(line=_GRID, width=0.35, opacity=0.55))]
    items += [Strokes(tuple((run,) for run in grid.edges), Ink(line=_GRID, width=0.9, opacity=0.8))] if grid.edges else []
    for one in squares:
        x, y = one.box.x + one.box.width / 2, one.box.y + one.box.height / 2
        items.append(Words(x, y, one.text, SQUARE, _GRID, across="center", up="center", halo=PAPER))
    return Part(GRID, "Grid", tuple(items), rect)


def _thinned(line: Floats) -> Floats:
    """Return a line of the grid by some sixty of its corners, both its ends among them."""
    return np.concatenate([line[: -1 : max(1, len(line) // 60)], line[-1:]])


def _written(one: Standing) -> Words:
    name, box = one.name, one.box
    return Words(box.x, box.y + 0.15 * box.height, one.text, name.size, INK, name.bold, halo=PAPER, layer=name.layer)
