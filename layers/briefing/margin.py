"""Everything on a sheet around its map: bands, title, legend, where it is, scale, north, sources, and what it can be traced by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from pyproj import Geod, Proj

from layers.briefing import lettering, logo
from layers.briefing.frame import Frame, framed
from layers.briefing.legends import Beside, first, said, swatch
from layers.briefing.mapped import GROUND, INK, PAPER, SEA, rings
from layers.briefing.paper import Layout
from layers.briefing.picture import Ink, Item, Part, Rect, Strokes, Words, outline, run
from layers.briefing.placed import cut
from layers.briefing.plate import Told
from layers.briefing.room import Room, labels
from layers.model import Box

QUIET, _RULE, _HERE = "#51606B", "#B9B4A5", "#1B1F24"
_EARTH = Geod(ellps="WGS84")
#: The small map shows this many times the frame's width of ground, and no less than so many degrees.
_AROUND, _LEAST = 8.0, 24.0
#: What the pieces of the margin are called, by which slides and pages find them.
LEGEND, LOCATOR, NORTH, NOTES = "Legend", "Where it is", "North", "Notes"
#: Room for the arrow to north, and how wide a logo may be, mm.
_ARROW, _LOGO = 12.0, 40.0


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


def shortened(layout: Layout, told: Told) -> str:
    """Return the title as it is printed, where there is no room for the whole of it; blank where there is."""
    large = layout.letter + 8
    printed = next(item.text for item in head(layout, told).items if isinstance(item, Words) and item.size == large)
    return printed if printed != " ".join(lettering.printable(told.title).split()) else ""


def foot(layout: Layout, told: Told, lacking: str = "") -> Part:
    """Return the disclaimer, what is ``lacking`` on the map, the clearance stamp, and the lines by which the sheet can be made again."""
    box, letter = layout.foot.inner(0.8), layout.fine
    items: list[Item] = []
    wide = box.width
    if told.stamp:
        stamp = lettering.shortened(lettering.printable(told.stamp), box.width * 0.4, letter + 1, bold=True)
        room = lettering.width(stamp, letter + 1, bold=True) + 5
        stands = Rect(box.right - room, box.top - 7.5, room, 6.0)
        items.append(Strokes(outline(stands), Ink(line=INK, width=1.0), closed=True))
        items.append(Words(stands.x + room / 2, stands.y + 3, stamp, letter + 1, INK, True, "center", "center"))
        wide -= room + 4
    first = " ".join(filter(None, (told.disclaimer, lacking)))
    said = "\n".join(filter(None, (first, told.sources and f"Sources: {told.sources}")))
    upper = list(_lines(said, Rect(box.x, box.y, wide, box.height), letter, rows=3))
    below = box.top - len(upper) * lettering.height(letter) - 1.0
    rows = max(1, int((below - box.y) / lettering.height(letter - 0.7)))
    trace = _lines("\n".join(told.trace), Rect(box.x, box.y, wide, below - box.y), letter - 0.7, rows=rows, colour=QUIET)
    return Part("foot", "", (*items, *upper, *trace))


def margin(layout: Layout, of: Beside, room: Room) -> tuple[Part, ...]:
    """Return the legend, the small map, the scale and the notes: beside the map, or below it."""
    bar, north = scale(layout, room.scale, of.frame), _north(layout, room.scale, of)
    return (
        Part("margin", LEGEND, tuple(_legend(layout, room))),
        Part("margin", LOCATOR, tuple(_locator(room.small, of))),
        Part("margin", "Scale", tuple(bar)),
        Part("margin", NORTH, tuple(north)),
        Part("margin", NOTES, tuple(_notes(layout, room))),
    )


def _lines(text: str, box: Rect, size: float, *, rows: int = 99, colour: str = INK) -> Iterator[Words]:
    """Yield text in lines from the top of a box."""
    step = lettering.height(size)
    for n, line in enumerate(lettering.lines(text, box.width, size, rows=rows) if text else ()):
        yield Words(box.x, box.top - n * step, line, size, colour, up="top")


def _legend(layout: Layout, room: Room) -> Iterator[Item]:
    """Yield the rows of the legend."""
    yield Words(room.legend.x, room.legend.top, "Legend", layout.letter + 1, INK, True, up="top")
    for entry, row in room.rows:
        yield from swatch(entry, first(entry, row, room.letter), 0.45 * room.letter)
        yield from said(entry, row, room.letter)


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


def scale(layout: Layout, box: Rect, frame: Frame) -> Iterator[Item]:
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
    yield from _measured((f"{metres / 2 / per:g}", f"{metres / per:g} {unit}"), Rect(box.x, y + 2.4, length, 0.0), letter - 1)
    yield Words(box.x, y - 1.4, f"1:{frame.scale:,.0f} at {layout.size}", letter, INK, True, up="top")


def _measured(figures: tuple[str, str], bar: Rect, size: float) -> Iterator[Words]:
    """Yield the figures over a bar: zero and the whole, that of its middle where there is room, and none touches another."""
    half, whole = figures
    apart = lettering.width("0", size)
    last = max(bar.right - lettering.width(whole, size) / 2, bar.x + 2 * apart)
    yield Words(bar.x, bar.y, "0", size, INK)
    room = lettering.width(half, size) / 2 + apart
    if bar.x + apart + room <= bar.x + bar.width / 2 <= last - room:
        yield Words(bar.x + bar.width / 2, bar.y, half, size, INK, across="center")
    yield Words(last, bar.y, whole, size, INK)


def _north(layout: Layout, box: Rect, of: Beside) -> Iterator[Item]:
    """Yield an arrow to true north in the middle of the map, and by how much the north of the grid that is drawn turns from it."""
    frame, x, y = of.frame, box.right - _ARROW / 2, box.y + 9.0
    middle = frame.degrees([frame.rect.x + frame.rect.width / 2], [frame.rect.y + frame.rect.height / 2])
    lon, lat = (float(one[0]) for one in middle)
    angle = np.radians(Proj(frame.crs).get_factors(lon, lat).meridian_convergence)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for half, fill in ((1, INK), (-1, PAPER)):
        shape = np.array([[0, 6.0], [half * 2.2, -4.5], [0, -2.6]]) @ turn + (x, y)
        yield Strokes(((shape,),), Ink(INK, 0.6, fill=fill), closed=True)
    tip = np.array([0, 6.6]) @ turn + (x, y)
    yield Words(float(tip[0]), float(tip[1]), "N", layout.letter + 1, INK, True, "center")
    size = layout.fine - 1
    for n, line in enumerate(lettering.lines(grid_north(of.grid.turned), box.width, size, rows=2) if of.grid else ()):
        yield Words(box.right, box.y + 3.4 - n * lettering.height(size), line, size, QUIET, across="right", up="top")


def grid_north(turned: Sequence[float]) -> str:
    """Return in words by how many degrees grid north lies east of true north, in each zone of a map.

    >>> grid_north([0.01]), grid_north([-1.25]), grid_north([-1.2, 0.8]), grid_north([0.5, 0.5])
    ('Grid north is true', 'Grid north 1.2° W', 'Grid north differs by zone: 1.2° W to 0.8° E', 'Grid north 0.5° E')
    """
    least, most = (_eastward(one) for one in (min(turned), max(turned)))
    if least != most:
        return f"Grid north differs by zone: {least} to {most}"
    return f"Grid north {least}" if least != "0.0°" else "Grid north is true"


def _eastward(degrees: float) -> str:
    told = f"{abs(degrees):.1f}°"
    return told if told == "0.0°" else f"{told} {'E' if degrees > 0 else 'W'}"


def _notes(layout: Layout, room: Room) -> Iterator[Item]:
    box, letter, named = room.below, layout.fine, labels(layout)
    step = lettering.height(letter)
    for note in room.notes:
        x, y = box.x + note.aside, box.top - note.below
        if y - len(note.lines) * step >= box.y - 0.01:
            label = lettering.shortened(lettering.printable(note.label), named - 1, letter)
            yield Words(x, y, label, letter, QUIET, up="top")
            yield from (Words(x + named, y - n * step, line, letter, INK, up="top") for n, line in enumerate(note.lines))
