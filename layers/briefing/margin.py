"""Everything on a sheet around its map: bands, title, legend, where it is, scale, north, sources, and what it can be traced by."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from pyproj import Geod, Proj

from layers.briefing import lettering, logo
from layers.briefing.frame import Frame, framed
from layers.briefing.grid import Grid
from layers.briefing.hexagons import SHADES
from layers.briefing.mapped import GROUND, INK, PAPER, POINTS, SEA, Placed, cut, ring, rings, sign, spot
from layers.briefing.paper import Layout
from layers.briefing.picture import Ink, Item, Marks, Part, Rect, Strokes, Words, outline, run
from layers.briefing.plate import Told, Underlay
from layers.model import Box, Layer

_QUIET, _RULE, _HERE = "#51606B", "#B9B4A5", "#1B1F24"
_EARTH = Geod(ellps="WGS84")
#: The small map shows this many times the frame's width of ground, and no less than so many degrees.
_AROUND, _LEAST = 8.0, 24.0
#: What the pieces of the margin are called, by which slides and pages find them.
LEGEND, LOCATOR, NORTH = "Legend", "Where it is", "North"
#: Room for the sign of a row of the legend, and for the arrow to north, mm.
SIGN, _ARROW = 9.5, 12.0
#: How wide a logo may be, mm.
_LOGO = 40.0
#: Smaller letters than this, in points, are not read on paper.
_LEAST_LETTER = 5.0
#: It is at least so high, mm.
_SMALLEST = 20.0


def bands(layout: Layout, told: Told) -> Part:
    """Return the marking over and under the sheet."""
    size = layout.letter + 2.5
    text = lettering.shortened(lettering.printable(told.band), layout.bands[0].width - 4, size, bold=True)
    items: list[Item] = []
    for box in layout.bands:
        items.append(Strokes(outline(box), Ink(line=INK, width=0.8, fill=PAPER), closed=True))
        items.append(Words(box.x + box.width / 2, box.y + box.height / 2, text, size, INK, True, "center", "center"))
    return Part("bands", "", tuple(items))


def head(layout: Layout, told: Told) -> Part:
    """Return the logo, the title, what the view is in words, and the sheet's number."""
    box, letter = layout.head, layout.letter
    side = 0.0
    items: list[Item] = []
    if mark := logo.laid(told.logo, Rect(box.x, box.y + 1.5, _LOGO, box.height - 3.5)):
        items.append(mark)
        box = Rect(mark.box.right + 4, box.y, box.right - mark.box.right - 4, box.height)
    if told.number:
        number = lettering.shortened(lettering.printable(told.number), box.width / 3, letter + 2, bold=True)
        side = lettering.width(number, letter + 2, bold=True) + 4
        items.append(Words(box.right, box.top - 2.5, number, letter + 2, INK, True, "right", "top"))
    large = letter + 8
    title = lettering.lines(told.title, box.width - side, large, bold=True, rows=1)
    items.append(Words(box.x, box.top - 2.5, title[0], large, told.colour or INK, True, up="top"))
    y = box.top - 2.5 - lettering.height(large)
    room = int((y - box.y) / lettering.height(letter + 1))
    items += _lines(told.subtitle, Rect(box.x, box.y, box.width - side, y - box.y), letter + 1, rows=max(1, room))
    return Part("head", "", tuple(items))


def foot(layout: Layout, told: Told) -> Part:
    """Return the disclaimer, the clearance stamp, and the lines by which the sheet can be made again."""
    box, letter = layout.foot.inner(0.8), layout.letter - 0.5
    items: list[Item] = []
    wide = box.width
    if told.stamp:
        stamp = lettering.shortened(lettering.printable(told.stamp), box.width * 0.4, letter + 1, bold=True)
        room = lettering.width(stamp, letter + 1, bold=True) + 5
        stands = Rect(box.right - room, box.top - 7.5, room, 6.0)
        items.append(Strokes(outline(stands), Ink(line=INK, width=1.0), closed=True))
        items.append(Words(stands.x + room / 2, stands.y + 3, stamp, letter + 1, INK, True, "center", "center"))
        wide -= room + 4
    said = "\n".join(part for part in (told.disclaimer, told.sources and f"Sources: {told.sources}") if part)
    upper = list(_lines(said, Rect(box.x, box.y, wide, box.height), letter, rows=3))
    below = box.top - len(upper) * lettering.height(letter) - 1.0
    rows = max(1, int((below - box.y) / lettering.height(letter - 0.7)))
    trace = _lines("\n".join(told.trace), Rect(box.x, box.y, wide, below - box.y), letter - 0.7, rows=rows, colour=_QUIET)
    return Part("foot", "", (*items, *upper, *trace))


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


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One row of a legend: a sign, what it means, and how many there are; ``layer`` is the part of the map it belongs to."""

    text: str
    count: str
    ink: Ink
    kind: str = ""
    heading: bool = False
    mark: tuple[Placed, int, int] | None = None
    spot: tuple[Layer, int] | None = None
    casing: float = 0.0
    layer: str = ""


def margin(layout: Layout, of: Beside, entries: Sequence[Entry]) -> tuple[Part, ...]:
    """Return the legend, the small map, the scale and the notes: beside the map, or below it on an upright sheet."""
    _, small, scale, notes = _places(layout, len(entries))
    bar, north = _scale(layout, scale, of.frame), _north(scale.right - _ARROW / 2, scale.y + 9.0, of.frame, layout.letter)
    return (
        Part("margin", LEGEND, tuple(_legend(layout, entries))),
        Part("margin", LOCATOR, tuple(_locator(small, of))),
        Part("margin", "Scale", tuple(bar)),
        Part("margin", NORTH, tuple(north)),
        Part("margin", "Notes", tuple(_notes(layout, notes, of))),
    )


def legend(of: Beside) -> tuple[Entry, ...]:
    """Return what is truly on the sheet, and how many of each; the highest layer first."""
    seen = [layer for layer in reversed(of.layers) if layer.inside.any()]
    found = [replace(entry, layer=layer.layer.id) for layer in seen for entry in _entries(layer)]
    new = sum(int((layer.inside & layer.drawn.ringed).sum()) for layer in seen if len(layer.drawn.ringed))
    if of.told.since:
        found.append(Entry(f"New or changed since {of.told.since}", f"{new:,}", Ink(), kind="ring"))
    if of.underlay and not of.twice:
        found.append(Entry(of.underlay.called, "", Ink(), heading=True, layer="underlay"))
    if of.grid:
        found.append(Entry(f"Grid {of.grid.called}", "", Ink("#3D5A73", 0.5), kind="line", layer="grid"))
    return tuple(found)


def rows(layout: Layout, entries: Sequence[Entry]) -> list[tuple[Entry, Rect]]:
    """Return as many rows of a legend as there is room for, and where each stands; the last says how many are left out."""
    box, step = _places(layout, len(entries))[0], _step(legend_letter(layout, len(entries)))
    y = box.top - lettering.height(layout.letter + 1) - 1.5
    room = _room(layout, len(entries), legend_letter(layout, len(entries)))
    if len(entries) > room:
        entries = [*entries[: room - 1], Entry(f"and {len(entries) - room + 1} more", "", Ink())]
    return [(entry, Rect(box.x, y - (n + 1) * step, box.width, step)) for n, entry in enumerate(entries)]


def legend_letter(layout: Layout, rows: int) -> float:
    """Return the size of the letters of a legend of so many rows, in points: smaller where it is long, down to what can be read."""
    size = layout.letter
    while size > _LEAST_LETTER and _room(layout, rows, size) < rows:
        size = max(_LEAST_LETTER, size - 0.25)
    return size


def _room(layout: Layout, rows: int, size: float) -> int:
    """Return for how many rows of a legend in letters of a size there is room."""
    box = _within(layout, rows, size)[0]
    return int((box.height - lettering.height(layout.letter + 1) - 1.5) / _step(size) + 1e-6)


def _places(layout: Layout, rows: int) -> tuple[Rect, Rect, Rect, Rect]:
    """Return where legend, small map, scale and notes stand; a long legend takes of the small map's room."""
    return _within(layout, rows, legend_letter(layout, rows))


def _within(layout: Layout, rows: int, size: float) -> tuple[Rect, Rect, Rect, Rect]:
    """Return the same with a legend in letters of a size."""
    box = layout.margin
    if layout.portrait:
        third = (box.width - 8) / 3
        low = 20.0
        small = Rect(box.x + third + 4, box.y + low + 2, third, box.height - low - 2)
        return (
            Rect(box.x, box.y, third, box.height),
            small,
            Rect(small.x, box.y, third, low),
            Rect(small.right + 4, box.y, third, box.height),
        )
    told, bar = 0.18 * box.height, 20.0
    wanted = lettering.height(layout.letter + 1) + 3 + (rows + 1) * _step(size)
    world = min(0.2 * box.height, max(_SMALLEST, box.height - told - bar - 4 - wanted))
    y = box.y + told
    return (
        Rect(box.x, y + bar + world + 4, box.width, box.top - y - bar - world - 4),
        Rect(box.x, y + bar + 2, box.width, world),
        Rect(box.x, y, box.width, bar),
        Rect(box.x, box.y, box.width, told - 2),
    )


def _step(size: float) -> float:
    """Return how high a line of the legend is, mm."""
    return lettering.height(size) * 1.15


def _lines(text: str, box: Rect, size: float, *, rows: int = 99, colour: str = INK) -> Iterator[Words]:
    """Yield text in lines from the top of a box."""
    step = lettering.height(size)
    for n, line in enumerate(lettering.lines(text, box.width, size, rows=rows) if text else ()):
        yield Words(box.x, box.top - n * step, line, size, colour, up="top")


def _legend(layout: Layout, entries: Sequence[Entry]) -> Iterator[Item]:
    """Yield the rows of the legend."""
    box = _places(layout, len(entries))[0]
    yield Words(box.x, box.top, "Legend", layout.letter + 1, INK, True, up="top")
    size = legend_letter(layout, len(entries))
    for entry, row in rows(layout, entries):
        yield from swatch(entry, row, 0.45 * size)
        yield from said(entry, row, size)


def _entries(of: Placed) -> Iterator[Entry]:
    look, layer = of.layer.portrayal, of.layer
    total = f"{of.count():,}"
    if layer.geometry != "point":
        yield from _drawn(of)
        return
    if len(look.hues) < 2 and len(look.glyphs) < 2:
        yield Entry(layer.title, total, Ink(), mark=(of, 0, 0))
        return
    yield Entry(layer.title, total, Ink(), heading=True)
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
            yield Entry(
                label if marked else f"{label}, in the cells only", f"{count:,}", Ink(), mark=(of, n, -1) if marked else None
            )
    for n, glyph in enumerate(look.glyphs if len(look.glyphs) > 1 and not of.worst else ()):
        if count := of.count(glyph=n):
            hue_of = int(of.drawn.hue[of.inside & (of.drawn.glyph == n)][0]) if same else -1
            yield Entry(glyph.label, f"{count:,}", Ink(), mark=(of, hue_of, n))


def _spots(of: Placed) -> Iterator[Entry]:
    """Yield what spots in cells mean, where the worst of a layer are too many for marks."""
    look = of.layer.portrayal
    field = of.layer.field(look.hue_field)
    worst = f"{field.label.lower() if field else ''} {look.hues[0].label.lower()}".strip()
    for size, (low, high) in enumerate(of.worst):
        many = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        yield Entry(f"{many} of {worst} in a cell", "", Ink(), spot=(of.layer, size))


def _drawn(of: Placed) -> Iterator[Entry]:
    """Yield a layer of lines or areas; those of it that are dashed stand apart, with what they are."""
    look, layer = of.layer.portrayal, of.layer
    several = len(look.hues) > 1
    if several:
        yield Entry(layer.title, f"{of.count():,}", Ink(), heading=True)
    casing = POINTS * (look.width_px + 3) if look.casing else 0.0
    for (n, hue), dashed in itertools.product(enumerate(look.hues), (False, True)):
        count = int((of.inside & (of.drawn.hue == n) & (of.drawn.dashed == dashed)).sum())
        if count:
            colour = hue.colour.day
            filled = (colour, look.fill_opacity) if layer.geometry == "area" and look.fill_opacity else ("", 1.0)
            ink = Ink(colour, POINTS * look.width_px, tuple(POINTS * one for one in look.dash) if dashed else (), *filled)
            called = f"{hue.label if several else layer.title}{_why(layer) if dashed else ''}"
            yield Entry(called, f"{count:,}", ink, layer.geometry, casing=casing)


def _why(layer: Layer) -> str:
    """Return what the dashed ones of a layer are, blank where all are dashed."""
    when = layer.portrayal.dashed_when
    field = layer.field(when[0]) if when else None
    return next((f", {choice.label.lower()}" for choice in field.choices if when and choice.code == when[1]), "") if field else ""


def swatch(entry: Entry, box: Rect, mark: float) -> Iterator[Strokes | Marks]:
    """Yield the sign of a row of the legend; ``mark`` is how wide one is on the map, mm."""
    middle = box.y + box.height / 2
    if entry.kind in ("line", "area", "cell"):
        high = min(2.6, box.height - 0.4)
        sample = Rect(box.x + 0.8, middle - high / 2, 6.6, high)
        if entry.kind == "line":
            path = run((sample.x, middle), (sample.right, middle))
            if entry.casing:
                yield Strokes(path, Ink(_RULE, entry.casing + 0.4))
                yield Strokes(path, Ink(PAPER, entry.casing))
            yield Strokes(path, entry.ink)
        else:
            yield Strokes(outline(sample), Ink(fill=entry.ink.fill, opacity=entry.ink.opacity), closed=True)
            yield Strokes(outline(sample), Ink(entry.ink.line, entry.ink.width, entry.ink.dash), closed=True)
    elif entry.kind == "ring":
        yield ring((np.array([box.x + 4.1]), np.array([middle])), 0.5 * mark)
    elif entry.spot:
        yield spot(entry.spot[0], (np.array([box.x + 4.1]), np.array([middle])), entry.spot[1])
    elif entry.mark:
        yield _marked(entry.mark, box.x + 4.1, middle, 0.9 * mark)


def said(entry: Entry, box: Rect, letter: float) -> Iterator[Words]:
    """Yield the words of a row of the legend."""
    middle = box.y + box.height / 2
    left = box.x if entry.heading else box.x + SIGN
    room = box.right - left - 2.5 - lettering.width(entry.count, letter)
    text = lettering.shortened(lettering.printable(entry.text), room, letter, bold=entry.heading)
    yield Words(left, middle, text, letter, INK, entry.heading, up="center")
    if entry.count:
        yield Words(box.right, middle, entry.count, letter, INK, entry.heading, "right", "center")


def _marked(mark: tuple[Placed, int, int], x: float, y: float, size: float) -> Marks:
    """Return a sign of the legend: of a colour in the plainest shape, of a shape in a quiet colour."""
    of, hue, glyph = mark
    look = of.layer.portrayal
    classes = (hue, len(look.glyphs) - 1) if glyph < 0 else (len(look.hues) - 1 if hue < 0 else hue, glyph)
    return sign(of.layer, classes[0], classes[1], (np.array([x]), np.array([y])), size)


def _locator(box: Rect, of: Beside) -> Iterator[Item]:
    """Yield a small map of where in the world the frame lies."""
    west, south, east, north = of.frame.box
    span = (east - west) % 360 or 360.0
    half = max(_LEAST, _AROUND * span, _AROUND * (north - south)) / 2
    lon, lat = west + span / 2, (south + north) / 2
    wide = half * box.width / box.height
    around: Box = (-180.0, -85.0, 180.0, 85.0)
    if wide < 150 and half < 70:
        around = ((lon - wide + 180) % 360 - 180, max(lat - half, -85.0), (lon + wide + 180) % 360 - 180, min(lat + half, 85.0))
    small = framed(around, box)
    yield Strokes(outline(box), Ink(fill=SEA), closed=True)
    land = _flat(small, of.world, box)
    yield Strokes(rings(land), Ink("#B9B4A5", 0.3, fill=GROUND), closed=True)
    frame = of.frame
    edge = np.linspace(0, 1, 24)
    x = frame.rect.x + frame.rect.width * np.concatenate([edge, np.ones(24), edge[::-1], np.zeros(24)])
    y = frame.rect.y + frame.rect.height * np.concatenate([np.zeros(24), edge, np.ones(24), edge[::-1]])
    at = np.stack(small.at(*frame.degrees(x, y)), axis=1)
    if np.isfinite(at).all():
        seen = shapely.clip_by_rect(shapely.LinearRing(at), box.x, box.y, box.right, box.top)
        yield Strokes(rings(seen), Ink(_HERE, 1.2))
        middle = at.mean(axis=0)
        if np.ptp(at[:, 0]) < 3 and np.ptp(at[:, 1]) < 3:
            for begin, end in (
                ((box.x, middle[1]), (middle[0] - 2, middle[1])),
                ((middle[0] + 2, middle[1]), (box.right, middle[1])),
            ):
                yield Strokes(run(begin, (float(end[0]), float(end[1]))), Ink(_HERE, 0.4))
    yield Strokes(outline(box), Ink(_RULE, 0.6), closed=True)


def _flat(frame: Frame, shapes: Sequence[object], box: Rect) -> shapely.Geometry:
    found = []
    for shape in cut(shapes, frame.box):
        flat = shapely.transform(shapely.segmentize(shape, 2.0), lambda at: np.stack(frame.at(at[:, 0], at[:, 1]), axis=1))
        if np.isfinite(shapely.get_coordinates(flat)).all():
            found.append(shapely.clip_by_rect(flat, box.x, box.y, box.right, box.top))
    return shapely.GeometryCollection([shapely.simplify(one, 0.1) for one in found if not one.is_empty])


def _scale(layout: Layout, box: Rect, frame: Frame) -> Iterator[Item]:
    """Yield the scale as a bar and as a ratio."""
    letter = layout.letter
    room = (box.width - _ARROW - 6) * frame.scale / 1_000
    power = 10.0 ** np.floor(np.log10(room))
    metres = next(step * power for step in (5.0, 2.0, 1.0) if step * power <= room)
    length = metres * 1_000 / frame.scale
    y = box.y + 8.0
    for n in range(4):
        piece = Rect(box.x + n * length / 4, y, length / 4, 1.8)
        yield Strokes(outline(piece), Ink(INK, 0.6, fill=INK if n % 2 == 0 else PAPER), closed=True)
    unit, per = ("km", 1_000.0) if metres >= 1_000 else ("m", 1.0)
    for n in (0, 2, 4):
        figure = f"{n * metres / 4 / per:g}" + (f" {unit}" if n == 4 else "")
        yield Words(box.x + n * length / 4, y + 2.4, figure, letter - 1, INK, across="left" if n == 0 else "center")
    yield Words(box.x, y - 1.4, f"1:{frame.scale:,.0f} at {layout.size}", letter, INK, True, up="top")


def _north(x: float, y: float, frame: Frame, letter: float) -> Iterator[Item]:
    """Yield an arrow to true north in the middle of the map, and by how much the grid's north turns from it."""
    lon, lat = (
        float(one[0]) for one in frame.degrees([frame.rect.x + frame.rect.width / 2], [frame.rect.y + frame.rect.height / 2])
    )
    turned = float(Proj(frame.crs).get_factors(lon, lat).meridian_convergence)
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for half, fill in ((1, INK), (-1, PAPER)):
        shape = np.array([[0, 6.0], [half * 2.2, -4.5], [0, -2.6]]) @ turn + (x, y)
        yield Strokes(((shape,),), Ink(INK, 0.6, fill=fill), closed=True)
    tip = np.array([0, 6.6]) @ turn + (x, y)
    yield Words(float(tip[0]), float(tip[1]), "N", letter + 1, INK, True, "center")
    said = f"Grid north {abs(turned):.1f}° {'W' if turned > 0 else 'E'}" if abs(turned) >= 0.05 else "Grid north is true"
    yield Words(x + 6, y - 5.6, said, letter - 1.5, _QUIET, across="right", up="top")


def _notes(layout: Layout, box: Rect, of: Beside) -> Iterator[Item]:
    letter = layout.letter - 0.5
    notes = [*of.told.notes, ("Projection", of.frame.called), *((("Grid", f"{of.grid.called}, WGS 84"),) if of.grid else ())]
    y = box.top
    for label, text in notes:
        lines = lettering.lines(text, box.width - 19, letter, rows=3)
        if y - len(lines) * lettering.height(letter) < box.y:
            break
        yield Words(box.x, y, lettering.shortened(lettering.printable(label), 18, letter), letter, _QUIET, up="top")
        for line in lines:
            yield Words(box.x + 19, y, line, letter, INK, up="top")
            y -= lettering.height(letter)
        y -= 0.5
