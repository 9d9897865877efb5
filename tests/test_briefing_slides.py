"""A sheet as a slide: read back by another program's reader, whole, editable, and every text text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.enum.text import MSO_ANCHOR
from pptx.shapes.base import BaseShape
from pptx.slide import Slide

from layers.briefing import margin
from layers.briefing.drawing import Drawing, drawing
from layers.briefing.legends import worded
from layers.briefing.paper import SIZES, Size
from layers.briefing.picture import Words
from layers.briefing.plate import Plate, Told, Underlay
from layers.briefing.slides import pptx
from tests import plates

HOSTILE = '</a:t><a:fld type="slidenum"/>=HYPERLINK("http://x")<#>&{PAGE}\u202e\x07\ud800 "\''
LONG, RTL, CJK = "Lagebild " * 250, "خط وقف إطلاق النار", "停火线巡逻"
MM = 36_000


def made(plate: Plate, told: Told | None = None) -> tuple[Drawing, bytes]:
    drawn = drawing(plate)
    return drawn, pptx(drawn, told or plate.told, plates.MADE)


def slide(file: bytes) -> Slide:
    return Presentation(io.BytesIO(file)).slides[0]


def every(shapes: object) -> Iterator[BaseShape]:
    """Yield shapes, those in groups as well."""
    for shape in shapes:  # type: ignore[attr-defined]
        yield shape
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from every(shape.shapes)


def texts(file: bytes) -> list[str]:
    return [shape.text_frame.text for shape in every(slide(file).shapes) if shape.has_text_frame and shape.text_frame.text]


@pytest.mark.parametrize("portrait", [False, True], ids=["landscape", "portrait"])
@pytest.mark.parametrize("size", SIZES)
def test_the_slide_has_the_sheets_own_size_and_nothing_leaves_it(size: Size, portrait: bool) -> None:
    drawn, file = made(replace(plates.full(), size=size, portrait=portrait))
    deck = Presentation(io.BytesIO(file))
    assert deck.slide_width == pytest.approx(drawn.picture.width * MM, abs=1)
    assert deck.slide_height == pytest.approx(drawn.picture.height * MM, abs=1)
    shapes = list(every(deck.slides[0].shapes))
    for shape in shapes:
        assert shape.left >= 0
        assert shape.top >= 0
        assert shape.left + shape.width <= deck.slide_width + 2
        assert shape.top + shape.height <= deck.slide_height + 2
    numbers = [shape.shape_id for shape in shapes]
    assert len(numbers) == len(set(numbers))


def test_layers_are_groups_of_shapes_and_only_the_ground_is_a_picture() -> None:
    _, file = made(plates.full())
    shapes = list(slide(file).shapes)
    groups = {shape.name: shape for shape in shapes if shape.shape_type == MSO_SHAPE_TYPE.GROUP}
    assert {"Sectors", "Ceasefire line", "Grid", "Incidents", "Settlements", margin.NORTH, "Scale"} <= set(groups)
    for name in ("Ceasefire line", "Incidents"):
        assert any(shape.shape_type == MSO_SHAPE_TYPE.FREEFORM for shape in groups[name].shapes)
    assert [shape.name for shape in shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE] == ["Ground"]


def test_a_line_that_leaves_the_frame_ends_at_it() -> None:
    west, south, east, north = plates.HERE
    across = shapely.LineString([(west - 3, south - 3), (east + 3, north + 3)])
    around = shapely.box(west - 3, south - 3, east + 3, (south + north) / 2)
    drawn, file = made(plates.plate(plates.HERE, plates.shaped("zones", around), plates.shaped("ceasefire_lines", across)))
    rect, high = drawn.frame.rect, drawn.picture.height
    for group in slide(file).shapes:
        if group.name in ("Zones", "Ceasefire line"):
            assert group.left >= rect.x * MM - 400
            assert group.left + group.width <= rect.right * MM + 400
            assert group.top >= (high - rect.top) * MM - 400
            assert group.top + group.height <= (high - rect.y) * MM + 400


def test_each_row_of_the_legend_is_a_group_of_its_sign_and_words_that_stands_where_it_does_on_paper() -> None:
    drawn, file = made(plates.full())
    (legend,) = (shape for shape in slide(file).shapes if shape.name == margin.LEGEND)
    rows = [shape for shape in legend.shapes if shape.shape_type == MSO_SHAPE_TYPE.GROUP]
    assert len(rows) == len(drawn.room.rows)
    for row, (entry, box) in zip(rows, drawn.room.rows, strict=True):
        boxes = [shape for shape in row.shapes if shape.has_text_frame and shape.text_frame.text]
        assert [" ".join(shape.text_frame.text.split()) for shape in boxes] == [one for one in (entry.text, entry.count) if one]
        signs = [shape for shape in row.shapes if shape not in boxes]
        assert bool(signs) != entry.heading
        line = box.height / len(worded(entry, box.width, drawn.room.letter))
        for shape in signs:
            middle = drawn.picture.height - (shape.top + shape.height / 2) / MM
            assert middle == pytest.approx(box.top - line / 2, abs=0.35 * line)
        middle = drawn.picture.height - (boxes[0].top + boxes[0].height / 2) / MM
        assert middle == pytest.approx(box.y + box.height / 2, abs=0.1)
        # No font and no program makes it move: its words stand by their middle, and do not break anew.
        assert boxes[0].text_frame.vertical_anchor == MSO_ANCHOR.MIDDLE
        assert boxes[0].text_frame.word_wrap is False


def test_the_notes_are_a_table() -> None:
    notes = (("Mission", "Exercise Quiet Meridian"), ("By", "Owner, Joint operations branch of the force and whoever helps it"))
    drawn, file = made(plates.plate(words=plates.told(notes=notes)))
    cells = [[cell.text for cell in row.cells] for shape in slide(file).shapes if shape.has_table for row in shape.table.rows]
    assert cells == [[note.label, " ".join(note.lines)] for note in drawn.room.notes]
    assert [tuple(row) for row in cells[:2]] == list(notes)


def test_names_on_the_map_have_a_ground_that_every_program_shows() -> None:
    drawn, file = made(plates.full())
    named = {
        item.text for part in drawn.picture.parts if part.clip for item in part.items if isinstance(item, Words) and item.halo
    }
    boxes = [shape for shape in every(slide(file).shapes) if shape.has_text_frame and shape.text_frame.text in named]
    assert {shape.text_frame.text for shape in boxes} == named
    for shape in boxes:
        (fill,) = shape._element.xpath("./p:spPr/a:solidFill/a:srgbClr")
        assert fill.get("val") == "FFFFFF"
        assert 0 < int(fill.xpath("./a:alpha/@val")[0]) < 100_000


@pytest.mark.parametrize("count", [6_000])
def test_what_is_dense_is_a_picture_in_the_frame(count: int) -> None:
    drawn, file = made(plates.full(count=count))
    pictures = [shape for shape in slide(file).shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert any("Incidents" in shape.name for shape in pictures)
    rect = drawn.frame.rect
    for picture in pictures:
        assert picture.left == pytest.approx(rect.x * MM, abs=2)
        assert picture.width == pytest.approx(rect.width * MM, abs=2)
    assert len(file) < 4_000_000
    assert len(list(every(slide(file).shapes))) < 3_000


def test_a_scene_under_the_map_is_a_photograph() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (80, 120, 4), np.uint8)
    _, file = made(replace(plates.full(), underlay=Underlay(pixels, "Scene of 27 NOV 26")))
    pictures = [shape for shape in slide(file).shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert [picture.image.content_type for picture in pictures] == ["image/jpeg"]


def test_two_hundred_layers_are_no_more_shapes_than_a_program_moves() -> None:
    places = plates.strewn(plates.HERE, 30)
    _, file = made(plates.plate(plates.HERE, *(plates.incidents(*places) for _ in range(200))))
    assert len(list(every(slide(file).shapes))) < 3_500


def test_the_notes_say_what_the_sheet_can_be_traced_by() -> None:
    told = replace(
        plates.told(sources="Patrol log"), disclaimer="No endorsement.", trace=("View last=1d", "rows 3f2a"), author="Analyst"
    )
    _, file = made(plates.full(), told)
    notes = slide(file).notes_slide.notes_text_frame.text
    for text in (told.title, told.subtitle, told.band, "Sources: Patrol log", "No endorsement.", "View last=1d", "rows 3f2a"):
        assert text in notes
    with zipfile.ZipFile(io.BytesIO(file)) as held:
        assert "<Application>Greenline</Application><Slides>1</Slides>" in held.read("docProps/app.xml").decode()
    core = Presentation(io.BytesIO(file)).core_properties
    assert core.comments == ""
    assert (core.title, core.author) == (told.title, "Analyst")
    assert core.created == datetime(2026, 11, 28, 6, 30)


@pytest.mark.parametrize("text", [HOSTILE, LONG, RTL, CJK, ""], ids=["hostile", "long", "rtl", "cjk", "blank"])
def test_every_text_is_text(text: str) -> None:
    words = plates.told(title=text, subtitle=text, number=text[:20], sources=text, disclaimer=text, stamp=text)
    names = plates.settlements(*plates.strewn(plates.HERE, 2), (text, text))
    _, file = made(plates.plate(plates.HERE, names, words=replace(words, author=text, trace=(text,), notes=((text, text),))))
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        xml = archive.read("ppt/slides/slide1.xml").decode()
    assert not re.search(r"<a:fld|hlinkClick|<p:oleObj|actionSettings", xml)
    if text == HOSTILE:
        assert any("<a:fld" in one for one in texts(file))
        assert "<a:fld" in slide(file).notes_slide.notes_text_frame.text
    numbers = [shape.shape_id for shape in every(slide(file).shapes)]
    assert len(numbers) == len(set(numbers))


def test_words_are_those_on_paper_and_fit_their_boxes() -> None:
    drawn, file = made(plates.full())
    in_table = {
        item.text for part in drawn.picture.parts if part.title == margin.NOTES for item in part.items if isinstance(item, Words)
    }
    found = "\n".join(texts(file))
    assert all(words.text in found for words in drawn.picture.words() if words.text not in in_table)
    for shape in every(slide(file).shapes):
        if shape.has_text_frame and shape.text_frame.text:
            assert shape.text_frame.auto_size is not None
            assert not shape.text_frame.word_wrap


def test_the_same_drawing_is_the_same_file() -> None:
    plate = plates.full()
    assert made(plate)[1] == made(plate)[1]
    assert pptx(drawing(plate), plate.told, plates.MADE.replace(tzinfo=UTC, hour=7)) != made(plate)[1]


def test_nothing_to_show_is_a_slide() -> None:
    _, file = made(plates.plate())
    assert plates.BAND in texts(file)
