"""A drawing as a slide whose lines, words and legend can be edited; what is dense, and the ground, lie in it as pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

import numpy as np
import shapely
from PIL import Image
from pptx import Presentation
from pptx.opc.package import OpcPackage
from pptx.oxml import parse_xml
from pptx.slide import Slide
from pptx.util import Mm

from layers.briefing import drawingml, legends, lettering, margin, markup, printed
from layers.briefing.drawing import Drawing
from layers.briefing.drawingml import Shape, Sheet
from layers.briefing.legends import Entry
from layers.briefing.mapped import INK, rings
from layers.briefing.picture import Floats, Ink, Marks, Part, Raster, Rect, Strokes, Words
from layers.briefing.plate import Told
from layers.briefing.room import Note, labels
from layers.render import symbols

#: A part of more shapes or corners than this is a picture, and so is what follows once the slide has as many as a program moves.
_SHAPES, _CORNERS, _IN_ALL = 300, 30_000, 2_500
_DPI = 200
_BLANK_LAYOUT = 6
#: The oldest time that a zip file can tell: a slide made anew is the same file.
_FIXED = (1980, 1, 1, 0, 0, 0)
_PICTURES = (".png", ".jpg", ".jpeg")
_LONGEST = 255
_ABOUT = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>Greenline</Application><Slides>1</Slides><Notes>1</Notes></Properties>"
)


def pptx(drawing: Drawing, told: Told, made: datetime) -> bytes:
    """Return a drawing as one slide of the sheet's own size, with its sources and all it can be traced by in the notes.

    Parameters
    ----------
    drawing : Drawing
    told : Told
        Its words, for the notes and the file's own properties.
    made : datetime
        When the sheet was made, aware. The same arguments give the same bytes.
    """
    deck = Presentation()
    picture = drawing.picture
    deck.slide_width, deck.slide_height = (Mm(one) for one in (picture.width, picture.height))
    slide = deck.slides.add_slide(deck.slide_layouts[_BLANK_LAYOUT])
    tree = slide.shapes.element
    xml = drawingml.numbered(_shapes(drawing, slide), 2)
    tree.extend(parse_xml(f"<p:spTree {drawingml.NAMESPACES}>{xml}</p:spTree>"))
    notes = slide.notes_slide.notes_text_frame
    notes.text = "\n".join(_plain(line) for line in _noted(drawing, told))
    _named(deck.part.package)
    _properties(deck.core_properties, told, made.astimezone(UTC).replace(tzinfo=None))
    into = io.BytesIO()
    deck.save(into)
    return _undated(into)


def _properties(core: object, told: Told, made: datetime) -> None:
    author = _plain(told.author)[:_LONGEST]
    for name, value in (
        ("title", _plain(told.title)[:_LONGEST]),
        ("subject", _plain(told.subtitle)[:_LONGEST]),
        ("category", _plain(told.band)[:_LONGEST]),
        ("identifier", _plain(told.number)[:_LONGEST]),
        ("author", author),
        ("last_modified_by", author),
        ("created", made),
        ("modified", made),
        ("comments", ""),
    ):
        setattr(core, name, value)


def _named(package: OpcPackage) -> None:
    """Say which program made a file, and of how many slides: the template says another, and none."""
    part = next(part for part in package.iter_parts() if part.partname == "/docProps/app.xml")
    part.blob = _ABOUT


def _plain(text: str) -> str:
    return markup.plain(lettering.plain(text))


def _noted(drawing: Drawing, told: Told) -> Iterator[str]:
    """Yield the lines of the notes page."""
    yield from (told.band, told.title, told.subtitle, told.number)
    yield from (f"{label}: {text}" for label, text in told.notes)
    yield f"Projection: {drawing.frame.called}, 1:{drawing.frame.scale:,.0f} at {drawing.layout.size}"
    yield from (
        drawing.lacking,
        f"Sources: {told.sources}" if told.sources else "",
        *told.disclaimer.split("\n"),
        told.stamp,
        *told.trace,
    )


def _shapes(drawing: Drawing, slide: Slide) -> Iterator[Shape]:
    """Yield the pieces of the slide, the lowest first; parts that become pictures and follow one another are one."""
    picture = drawing.picture
    sheet = Sheet(picture.width, picture.height)
    left = _IN_ALL
    kept: list[tuple[Part, bool]] = []
    for part in picture.parts:
        native = part.clip is None or (part.name != "ground" and _weight(part) <= min(left, _SHAPES) and _light(part))
        left -= _weight(part) if native and part.clip is not None else 0
        kept.append((part, native))
    for (native, box), run in groupby(kept, key=lambda of: (of[1], None if of[1] else of[0].clip)):
        parts = [part for part, _ in run]
        if box is not None:
            yield _pictured(parts, box, sheet, slide)
        for part in parts:
            if part.title == margin.LEGEND and part.clip is None:
                yield _legend(drawing, sheet)
            elif part.title == margin.NOTES and part.clip is None:
                yield from _notes(drawing, sheet)
            elif part.name != "paper":
                yield from _part(part, sheet, native=native)
                yield from _logos(part, sheet, slide) if part.clip is None else ()


def _weight(part: Part) -> int:
    """Return how many shapes a part is."""
    return sum(len(item.x) + 1 if isinstance(item, Marks) else int(isinstance(item, Strokes)) for item in part.items)


def _light(part: Part) -> bool:
    """Return whether the shapes of a part are quick to draw and to move."""
    strokes = [item for item in part.items if isinstance(item, Strokes)]
    corners = sum(len(ring) for item in strokes for piece in item.parts for ring in piece)
    cells = part.dense and sum(len(item.parts) for item in strokes) > _SHAPES
    return corners <= _CORNERS and not cells and not any(isinstance(item, Raster) for item in part.items)


def _pictured(parts: list[Part], box: Rect, sheet: Sheet, slide: Slide) -> Shape:
    """Return parts as one picture; their words stay words."""
    silent = [
        Part(part.name, part.title, tuple(item for item in part.items if not isinstance(item, Words)), part.clip)
        for part in parts
    ]
    photograph = any(isinstance(item, Raster) for part in silent for item in part.items)
    image = printed.cutout(silent, box, "jpeg" if photograph else "png", _DPI)
    _, relation = slide.part.get_or_add_image_part(io.BytesIO(image))
    return drawingml.photograph(", ".join(part.title for part in parts), relation, box, sheet)


def _logos(part: Part, sheet: Sheet, slide: Slide) -> Iterator[Shape]:
    """Yield the pictures that stand beside the map."""
    for item in part.items:
        if isinstance(item, Raster):
            into = io.BytesIO()
            Image.fromarray(item.pixels).save(into, "png", optimize=True)
            into.seek(0)
            _, relation = slide.part.get_or_add_image_part(into)
            yield drawingml.photograph("Logo", relation, item.box, sheet)


def _part(part: Part, sheet: Sheet, *, native: bool) -> Iterator[Shape]:
    """Yield a part: of the map and of what stands beside it one group, of the rest its pieces."""
    found: list[Shape] = []
    title = part.title or part.name.capitalize()
    lines: list[Words] = []
    for item in part.items:
        if lines and not (isinstance(item, Words) and _follows(item, lines)):
            found.append(drawingml.text_box(title, lines, sheet))
            lines = []
        if isinstance(item, Words):
            lines.append(item)
        elif native and isinstance(item, Strokes):
            found += _strokes(f"{title} {len(found) + 1}", item, part.clip, sheet)
        elif native and isinstance(item, Marks):
            found += _marks(title, item, sheet)
    if lines:
        found.append(drawingml.text_box(title, lines, sheet))
    if found and (part.clip or (part.title and len(found) > 1)):
        yield drawingml.group(title, found, sheet)
    else:
        yield from found


def _follows(words: Words, lines: list[Words]) -> bool:
    """Return whether words are the next line of a paragraph."""
    first, last = lines[0], lines[-1]
    alike = (words.x, words.size, words.colour, words.bold, words.across) == (
        first.x,
        first.size,
        first.colour,
        first.bold,
        first.across,
    )
    step = lettering.height(words.size)
    return alike and words.up == last.up == "top" and abs(last.y - words.y - step) < 0.01


def _strokes(name: str, item: Strokes, clip: Rect | None, sheet: Sheet) -> list[Shape]:
    """Return lines and areas, cut at the frame: a slide has nothing that hides what reaches beyond it."""
    corners = [ring for piece in item.parts for ring in piece]
    ink = item.ink
    if clip is None or all(_within(ring, clip) for ring in corners):
        found = [drawingml.freeform(name, [(ring, item.closed) for ring in corners], ink, sheet)]
        return [shape for shape in found if shape]
    whole: list[Shape | None] = []
    if item.closed and ink.fill:
        areas = [shapely.Polygon(piece[0], piece[1:]) for piece in item.parts if len(piece[0]) > 2]
        runs = [(ring, True) for area in areas for piece in rings(_cut(area, clip)) for ring in piece]
        whole.append(drawingml.freeform(name, runs, Ink(fill=ink.fill, opacity=ink.opacity), sheet))
    if ink.line:
        shut = [np.concatenate([ring, ring[:1]]) if item.closed else ring for ring in corners if len(ring) > 1]
        runs = [(run, False) for ring in shut for piece in rings(_cut(shapely.LineString(ring), clip)) for run in piece]
        whole.append(drawingml.freeform(name, runs, Ink(ink.line, ink.width, ink.dash, opacity=ink.opacity), sheet))
    return [shape for shape in whole if shape]


def _within(ring: Floats, box: Rect) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool(low[0] >= box.x and low[1] >= box.y and high[0] <= box.right and high[1] <= box.top)


def _cut(shape: shapely.Geometry, box: Rect) -> shapely.Geometry:
    return shapely.clip_by_rect(shape, box.x, box.y, box.right, box.top)


def _marks(title: str, item: Marks, sheet: Sheet) -> Iterator[Shape]:
    """Yield the signs of a class, over a casing of all of them."""
    places = np.stack([item.x, item.y], axis=1)
    runs = [(run * (1, -1) * item.size / 16, closed) for run, closed in symbols.corners(item.path)]
    if item.casing:
        under = [(run + place, closed) for place in places for run, closed in runs]
        ink = Ink(item.casing, 2 * item.ink.width + 0.9, fill=item.casing)
        if shape := drawingml.freeform(f"{title}, casing", under, ink, sheet):
            yield shape
    for place in places:
        if shape := drawingml.freeform(title, [(run + place, closed) for run, closed in runs], item.ink, sheet):
            yield shape


def _legend(drawing: Drawing, sheet: Sheet) -> Shape:
    """Return the legend as a group: its title, and of each row the sign with the words beside it, which no other row can push off."""
    room = drawing.room
    part = next(part for part in drawing.picture.parts if part.title == margin.LEGEND and part.clip is None)
    title = [item for item in part.items if isinstance(item, Words) and item.up == "top"]
    rows = [drawingml.group(entry.text, list(_row(entry, row, room.letter, sheet)), sheet) for entry, row in room.rows]
    return drawingml.group(margin.LEGEND, [*(drawingml.text_box(margin.LEGEND, [item], sheet) for item in title), *rows], sheet)


def _row(entry: Entry, row: Rect, letter: float, sheet: Sheet) -> Iterator[Shape]:
    """Yield a row of the legend: its sign, its words as one text, and how many there are."""
    top = legends.first(entry, row, letter)
    yield from _signs(legends.swatch(entry, top, 0.45 * letter), entry.text, sheet)
    said = list(legends.said(entry, row, letter))
    counted = said.pop() if entry.count else None
    lines = [replace(one, y=row.y + row.height / 2) for one in said]
    yield drawingml.text_box(entry.text, lines, sheet, pitch=top.height)
    if counted:
        yield drawingml.text_box(f"{entry.text}, how many", [counted], sheet, pitch=top.height)


def _notes(drawing: Drawing, sheet: Sheet) -> Iterator[Shape]:
    """Yield the notes as a table for each of their columns."""
    room, letter, named = drawing.room, drawing.layout.fine, labels(drawing.layout)
    step = lettering.height(letter)
    shown = [note for note in room.notes if note.below + len(note.lines) * step <= room.below.height + 0.01]
    for aside in sorted({note.aside for note in shown}):
        notes = [note for note in shown if note.aside == aside]
        ends = [*(note.below for note in notes[1:]), notes[-1].below + len(notes[-1].lines) * step]
        said = [
            drawingml.Row(end - note.below, [*_cells(note, letter, named)], len(note.lines))
            for note, end in zip(notes, ends, strict=True)
        ]
        wide = max(lettering.width(line, letter) for note in notes for line in note.lines) + 1.0
        top = room.below.top - notes[0].below
        low = room.below.top - ends[-1]
        box = Rect(room.below.x + aside, low, named + wide, top - low)
        yield drawingml.table(margin.NOTES, said, (named, wide), box, sheet)


def _cells(note: Note, letter: float, named: float) -> Iterator[tuple[Words, int]]:
    """Yield what a note is called, and what it says as one text, which breaks where the cell ends."""
    yield Words(0, 0, lettering.shortened(lettering.printable(note.label), named - 1, letter), letter, margin.QUIET), 1
    yield Words(0, 0, " ".join(note.lines), letter, INK), 1


def _signs(items: Iterable[Strokes | Marks], title: str, sheet: Sheet) -> Iterator[Shape]:
    for item in items:
        if isinstance(item, Strokes):
            yield from _strokes(title, item, None, sheet)
        else:
            yield from _marks(title, item, sheet)


def _undated(file: io.BytesIO) -> bytes:
    """Return a zip file without the times at which it was written."""
    into = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(into, "w") as archive:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, _FIXED)
            member.compress_type = zipfile.ZIP_STORED if name.endswith(_PICTURES) else zipfile.ZIP_DEFLATED
            archive.writestr(member, source.read(name))
    return into.getvalue()
