"""The names on a map: which features and squares want one, where each may stand, and what it keeps off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from layers.briefing import lettering, names
from layers.briefing.grid import Grid
from layers.briefing.names import Name, Standing
from layers.briefing.picture import Floats, Marks, Part, Rect, Strokes
from layers.briefing.placed import Placed

#: The part of the grid, and the size of the names of its squares, points.
GRID, SQUARE = "grid", 8.0
#: A name has so many signs at most; about a sign so much more is kept free, mm.
_LONGEST, _EDGE = 48, 0.2
#: How ill it is that a name lies across a track, and across a line of the ground or of the grid.
_PLAIN, _FAINT = 4, 1
#: A line may have its name at these shares of its length, an area at so many places each way.
_SHARES = np.array([0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9])
_LATTICE = 9
#: So far beside an area too narrow for it a name stands, mm.
_CLEAR = 1.2


def standing(
    layers: Sequence[Placed], parts: tuple[Sequence[Part], Sequence[Part]], grid: Grid | None, rect: Rect, mark: float
) -> tuple[int, list[Standing]]:
    """Return how many names and numbers a map wants, and those that find room; ``parts`` are what they keep off, below and above the grid."""
    below, above = parts
    wanted = [*_names(layers, rect, mark), *(_squares(grid, _evidence(layers)) if grid else ())]
    return len(wanted), names.standing(wanted, rect.inner(1.0), _signs([*below, *above]), _lines(layers, below, grid, rect))


def _squares(grid: Grid, off: Sequence[Rect]) -> Iterator[Name]:
    """Yield the names of squares; they give way to all others, for they may stand anywhere in theirs, and off some ground where they can."""
    for square in grid.squares:
        wide, high = lettering.width(square.name, SQUARE) / 2 + 1.0, lettering.height(SQUARE) / 2 + 1.0
        places = square.places.tolist()
        clear = [(x, y) for x, y in places if not any(_about(one, wide, high, (x, y)) for one in off)]
        (x, y), *others = clear or places
        yield Name(x, y, square.name, SQUARE, 0.0, layer=GRID, others=tuple((a, b) for a, b in others))


def _evidence(layers: Sequence[Placed]) -> list[Rect]:
    """Return the boxes about areas that a reader is to look at: those of layers which tell by a dash that nobody has judged them yet."""
    judged = [of for of in layers if of.layer.geometry == "area" and of.layer.portrayal.dashed_when]
    boxes = [shape.bounds for of in judged for shape in of.shapes[of.inside]]
    return [Rect(west, south, east - west, north - south) for west, south, east, north in boxes]


def _about(box: Rect, wide: float, high: float, at: tuple[float, float]) -> bool:
    """Say whether what is so wide and high on either side of a place would touch a box."""
    return box.x - wide < at[0] < box.right + wide and box.y - high < at[1] < box.top + high


def _signs(parts: Sequence[Part]) -> list[Rect]:
    """Return the room that the signs of a map take."""
    found: dict[tuple[float, float, float], Rect] = {}
    for item in (item for part in parts for item in part.items if isinstance(item, Marks)):
        for x, y in zip(item.x.tolist(), item.y.tolist(), strict=True):
            found[x, y, item.size] = Rect(x, y, 0.0, 0.0).inner(-item.size / 2 - _EDGE)
    return list(found.values())


def _lines(layers: Sequence[Placed], parts: Sequence[Part], grid: Grid | None, rect: Rect) -> names.Lines:
    """Return the lines of a map as names must or should keep off them: off those that part ground first, then off tracks and the base.

    A name stands on a hatch, with its light edge: nothing would be free of it.
    """
    over = {of.layer.id for of in layers if any(hue.hatch_px for hue in of.layer.portrayal.hues)}
    bars = {of.layer.id for of in layers if of.layer.geometry == "area" or of.layer.portrayal.casing}
    barred: list[Floats] = []
    avoided = [(run, _FAINT) for run in (*grid.lines, *grid.edges)] if grid else []
    for part in (part for part in parts if part.name not in over):
        for item in (item for item in part.items if isinstance(item, Strokes) and item.ink.line and not part.dense):
            runs = [np.concatenate([run, run[:1]]) if item.closed else run for piece in item.parts for run in piece]
            if part.name in bars:
                barred += runs
            else:
                avoided += [(run, _FAINT if item.row < 0 else _PLAIN) for run in runs]
    return names.lines(rect, barred, avoided)


def _names(layers: Sequence[Placed], rect: Rect, mark: float) -> Iterator[Name]:
    """Yield the names of features: those of lines that part ground first, then of signs, the highest layer first, then of areas."""
    kinds = {"line": 0, "point": 1, "area": 2}
    for _, of in sorted(enumerate(layers), key=lambda ranked: (kinds[ranked[1].layer.geometry], -ranked[0])):
        if len(of.x):
            yield from _by_signs(of, mark)
        elif of.drawn.names and (of.layer.geometry != "line" or of.layer.portrayal.casing):
            # Tracks and routes have none: their names would hide what they are about.
            yield from _by_shapes(of, rect, mark)


def _by_signs(of: Placed, mark: float) -> Iterator[Name]:
    """Yield the name of each sign; of several at one place that are called alike, or not at all, once, and how many they are."""
    for (x, y, name), count in of.called.items():
        text = lettering.printable(name)[:_LONGEST]
        many = "" if count < max(2, of.drawn.fewest) else f"({count:,})" if text else f"{count}"
        if text or many:
            away = mark / 2 + 0.4
            yield Name(
                x, y, f"{text} {many}".strip(), 1.9 * mark, away, layer=of.layer.id, short=many, over=bool(many and not text)
            )


def _by_shapes(of: Placed, rect: Rect, mark: float) -> Iterator[Name]:
    """Yield the name of each line, to stand beside it, or of each area, to stand in it, or beside it where there is no room."""
    line, size = of.layer.geometry == "line", 2.1 * mark
    all_of = shapely.STRtree(of.shapes)
    for n in np.flatnonzero(of.inside).tolist():
        text = lettering.printable(of.drawn.names[n])[:_LONGEST]
        places = (_along if line else _within)(of, n, rect) if text else []
        if places:
            room = lettering.width(text, size), lettering.height(size)
            beside = () if line else tuple(_beside(all_of, n, rect, room))
            yield Name(*places[0], text, size, 1.2 if line else 0.0, line, of.layer.id, tuple(places[1:]), beside=beside)


def _cut(shape: shapely.Geometry, rect: Rect) -> shapely.Geometry:
    return shapely.clip_by_rect(shape, rect.x, rect.y, rect.right, rect.top)


def _along(of: Placed, n: int, rect: Rect) -> list[tuple[float, float]]:
    """Return places on the longest part of what is seen of a line, from its middle outward."""
    seen = _cut(of.shapes[n], rect)
    if seen.is_empty:
        return []
    longest = max(shapely.get_parts(seen), key=shapely.length)
    return [(at.x, at.y) for at in shapely.line_interpolate_point(longest, _SHARES, normalized=True)]


def _within(of: Placed, n: int, rect: Rect) -> list[tuple[float, float]]:
    """Return places in what is seen of an area: one well within it, then others from there outward."""
    seen = _cut(of.shapes[n], rect)
    if seen.is_empty:
        return []
    first = seen.representative_point()
    west, south, east, north = seen.bounds
    x, y = np.meshgrid(np.linspace(west, east, _LATTICE + 2)[1:-1], np.linspace(south, north, _LATTICE + 2)[1:-1])
    x, y = (axis.ravel()[shapely.contains_xy(seen, x.ravel(), y.ravel())] for axis in (x, y))
    near = np.argsort(np.hypot(x - first.x, y - first.y), kind="stable")
    return [(first.x, first.y), *zip(x[near].tolist(), y[near].tolist(), strict=True)]


def _beside(all_of: shapely.STRtree, n: int, rect: Rect, room: tuple[float, float]) -> list[tuple[float, float]]:
    """Return places right and left of what is seen of an area, the middle ones first; none on another area of its layer."""
    seen, (wide, high) = _cut(all_of.geometries[n], rect), room
    _, south, _, north = seen.bounds
    rows = np.linspace(south, north, _LATTICE + 2)[1:-1]
    strips = [(y, _strip(seen, rect, y, high)) for y in rows[np.argsort(abs(rows - (south + north) / 2), kind="stable")].tolist()]
    ends = [(y, *strip.bounds) for y, strip in strips if not strip.is_empty]
    found = [place for y, west, _, east, _ in ends for place in ((east + _CLEAR + wide / 2, y), (west - _CLEAR - wide / 2, y))]
    if not found:
        return []
    which, other = all_of.query(_boxes(found, room), predicate="intersects")
    full = set(which[other != n].tolist())
    return [place for at, place in enumerate(found) if at not in full]


def _strip(seen: shapely.Geometry, rect: Rect, y: float, high: float) -> shapely.Geometry:
    return shapely.clip_by_rect(seen, rect.x, y - high / 2, rect.right, y + high / 2)


def _boxes(places: Sequence[tuple[float, float]], room: tuple[float, float]) -> npt.NDArray[np.object_]:
    """Return the boxes about places."""
    x, y = np.array(places).T
    return np.asarray(shapely.box(x - room[0] / 2, y - room[1] / 2, x + room[0] / 2, y + room[1] / 2), object)


def middle(of: Placed, n: int, rect: Rect) -> shapely.Point | None:
    """Return a point on what is seen of a line, halfway along its longest part, or of an area; None where nothing is."""
    places = (_along if of.layer.geometry == "line" else _within)(of, n, rect)
    return shapely.Point(places[0]) if places else None
