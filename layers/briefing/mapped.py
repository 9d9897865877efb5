"""The map of a sheet: ground, grid, layers and names within its frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely

from layers.briefing import lettering
from layers.briefing.frame import Frame
from layers.briefing.grid import Grid
from layers.briefing.hatch import hatched
from layers.briefing.hexagons import SHADES, Hexagons
from layers.briefing.lettering import Name
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
#: Millimetres between the lines of a hatch for a pixel on the screen, and how much finer they are than other lines.
_HATCH_MM, _HATCHED = 0.26, 0.6
#: The size of the names of squares, points.
SQUARE = 8.0
_SPOT = "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z"
_ROUND = "M-8 0A8 8 0 1 0 8 0A8 8 0 1 0-8 0Z"
#: How wide a spot is for few, some and many of the worst in a cell, mm.
_SPOTS = (0.8, 1.4, 2.2)


def mapped(
    layers: Sequence[Placed], land: Land, frame: Frame, grid: Grid | None, underlay: Underlay | None, *, mark: float
) -> list[Part]:
    """Return the map's parts, the lowest first; ``mark`` is how wide a sign is, mm."""
    rect = frame.rect
    found = [_ground(land, frame, underlay)]
    found += [_shaded(of, rect) for of in layers if of.cells is not None]
    found += [_shapes(of, rect, mark) for of in layers if len(of.shapes) and of.inside.any()]
    if grid:
        found.append(_grid(grid, rect))
    found += [_points(of, rect, mark) for of in layers if len(of.x) and of.inside.any()]
    squares = _boxes(grid) if grid else []
    found.append(Part("names", "", tuple(_names(layers, rect, mark, squares)), rect))
    edge = [Strokes(outline(rect), Ink(line=INK, width=1.0), closed=True)]
    return [*found, Part("frame", "", (*edge, *(_figures(grid) if grid else ())))]


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


def _shapes(of: Placed, rect: Rect, mark: float) -> Part:
    drawn, look = of.drawn, of.layer.portrayal
    items: list[Item] = []
    for n in np.flatnonzero(of.inside).tolist():
        shape, area = of.shapes[n], of.layer.geometry == "area"
        colour = look.hues[int(drawn.hue[n])].colour.day
        if look.hatch_px:
            lines = hatched(shape, _HATCH_MM * look.hatch_px)
            items.append(Strokes(rings(lines), Ink(colour, _HATCHED * POINTS * look.width_px), row=n))
            continue
        dash = tuple(POINTS * one for one in look.dash) if drawn.dashed[n] else ()
        parts = rings(shapely.simplify(shape, 0.02))
        if look.casing:
            items.append(Strokes(parts, Ink(line=PAPER, width=POINTS * (look.width_px + 3)), area, n))
        ink = Ink(colour, POINTS * look.width_px, dash)
        if area and look.fill_opacity:
            items.append(Strokes(parts, Ink(fill=colour, opacity=look.fill_opacity), True, n))
        items.append(Strokes(parts, ink, area, n))
    new = np.flatnonzero(of.inside & of.drawn.ringed).tolist() if len(of.drawn.ringed) else []
    if middles := [at for n in new if (at := _middle(of, n, rect))]:
        x, y = shapely.get_coordinates(middles).T
        items.append(ring((x, y), mark))
    return Part(of.layer.id, of.layer.title, tuple(items), rect)


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
    items: list[Item] = []
    shown = of.inside
    if of.cells is not None:
        shown = shown & (of.drawn.hue == 0) if len(of.layer.portrayal.hues) > 1 and not of.worst else np.zeros_like(shown)
    for hue in reversed(range(len(of.layer.portrayal.hues))):
        for glyph in sorted(set(of.drawn.glyph[shown & (of.drawn.hue == hue)].tolist())):
            here = shown & (of.drawn.hue == hue) & (of.drawn.glyph == glyph)
            items.append(replace(sign(of.layer, hue, glyph, (of.x[here], of.y[here]), mark), rows=np.flatnonzero(here)))
    if len(of.drawn.ringed):
        here = shown & of.drawn.ringed
        items += [ring((of.x[here], of.y[here]), mark)] if here.any() else []
    return Part(of.layer.id, of.layer.title, tuple(items), rect, dense=True)


def ring(at: tuple[Floats, Floats], mark: float) -> Marks:
    """Return rings about marks of a width: what they stand for is new."""
    return Marks(*at, _ROUND, Ink(INK, 0.8), 1.75 * mark)


def sign(layer: Layer, hue: int, glyph: int, at: tuple[Floats, Floats], size: float) -> Marks:
    """Return marks of a class of a point layer; the worst are filled most, so that they stand out in grey print as well."""
    look = layer.portrayal
    share = 0.3 if len(look.hues) < 2 else 0.85 - 0.65 * hue / (len(look.hues) - 1)
    colour = look.hues[hue].colour.day
    path = look.glyphs[glyph].path if look.glyphs else _SPOT
    return Marks(*at, path, Ink(colour, POINTS * look.width_px * size / 3.4, fill=colour, opacity=share), size, PAPER)


def _cells(cells: Hexagons, shade: int) -> Strokes:
    here = cells.shade == shade
    return Strokes(
        tuple((corners,) for corners in cells.corners[here]),
        Ink(line=PAPER, width=0.2, fill=SHADES[shade], opacity=0.85),
        closed=True,
    )


def _grid(grid: Grid, rect: Rect) -> Part:
    items: list[Item] = [Strokes(tuple((_thinned(run),) for run in grid.lines), Ink(line=_GRID, width=0.35, opacity=0.55))]
    items += [Strokes(tuple((run,) for run in grid.edges), Ink(line=_GRID, width=0.9, opacity=0.8))] if grid.edges else []
    items += [Words(x, y, name, SQUARE, _GRID, across="center", up="center", halo=PAPER) for x, y, name in grid.squares]
    return Part("grid", "Grid", tuple(items), rect)


def _thinned(line: Floats) -> Floats:
    """Return a line of the grid by some sixty of its corners, both its ends among them."""
    return np.concatenate([line[: -1 : max(1, len(line) // 60)], line[-1:]])


def _figures(grid: Grid) -> Iterator[Words]:
    for at in grid.figures:
        aside = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "bottom": (0.0, -1.0), "top": (0.0, 1.0)}[at.edge]
        across = {"left": "right", "right": "left"}.get(at.edge, "center")
        up = {"bottom": "top", "top": "bottom"}.get(at.edge, "center")
        yield Words(at.x + aside[0], at.y + aside[1], at.text, 6.0, _GRID, across=across, up=up)  # type: ignore[arg-type]


def _boxes(grid: Grid) -> list[Rect]:
    """Return the room that the names of squares take."""
    found = []
    for x, y, name in grid.squares:
        wide, high = lettering.width(name, SQUARE), lettering.height(SQUARE)
        found.append(Rect(x - wide / 2, y - high / 2, wide, high))
    return found


def _names(layers: Sequence[Placed], rect: Rect, mark: float, taken: list[Rect]) -> Iterator[Words]:
    names: list[Name] = []
    for of in reversed(layers):
        if len(of.x) and of.cells is None:
            half = mark / 2
            taken += [
                Rect(x - half, y - half, mark, mark)
                for x, y in dict.fromkeys(zip(of.x[of.inside].tolist(), of.y[of.inside].tolist(), strict=True))
            ][:600]
        names += _named(of, rect, mark)
    for one in lettering.standing(names, rect.inner(1.0), taken):
        name = one.name
        yield Words(
            one.box.x, one.box.y + 0.15 * one.box.height, name.text, name.size, INK, name.bold, halo=PAPER, layer=name.layer
        )


def _named(of: Placed, rect: Rect, mark: float) -> Iterator[Name]:
    if not of.drawn.names:
        return
    line = of.layer.geometry == "line"
    if line and not of.layer.portrayal.casing:
        return  # tracks and routes: their names would hide what they are about
    for n in np.flatnonzero(of.inside).tolist():
        text = lettering.printable(of.drawn.names[n])[:48]
        if not text:
            continue
        if len(of.x):
            yield Name(float(of.x[n]), float(of.y[n]), text, 1.9 * mark, mark / 2 + 0.4, layer=of.layer.id)
            continue
        if at := _middle(of, n, rect):
            yield Name(at.x, at.y, text, 2.1 * mark, 1.2 if line else 0.0, line, of.layer.id)


def _middle(of: Placed, n: int, rect: Rect) -> shapely.Point | None:
    """Return a point on what is seen of a line, halfway along its longest part, or of an area; None where nothing is."""
    seen = shapely.clip_by_rect(of.shapes[n], rect.x, rect.y, rect.right, rect.top)
    if seen.is_empty:
        return None
    if of.layer.geometry == "line":
        return shapely.line_interpolate_point(max(shapely.get_parts(seen), key=shapely.length), 0.5, normalized=True)
    return seen.representative_point()
