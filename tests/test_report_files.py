"""A report as files: read back by a word processor's library and a PDF's, whatever its texts hold."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from itertools import pairwise

import docx
import numpy as np
import pypdf
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

from layers.briefing.document import CELL, NOTE
from layers.briefing.outputs import written
from layers.briefing.paged import paged
from layers.briefing.plate import Land, Plate, Told
from layers.briefing.report import TO_COMPLETE, Head, Map, Paragraph, Report, Table
from layers.errors import LayersError

AT = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
HOSTILE = '<w:r>&amp;</w:r> {PAGE \\* MERGEFORMAT} =cmd|"/C calc"!A1 \x00\x1b[31m\u202egnp.exe\ufffe'
BAND = "EXERCISE · CONFIDENTIAL · EXERCISE"


def a_map(box: tuple[float, float, float, float] = (61.0, -21.0, 64.0, -19.0)) -> Map:
    return Map(Plate(Told("", "", BAND, ""), "A4", False, box, (), Land()), f"Map: 3 incidents {HOSTILE}")


def report(*heads: Head, title: str = "Daily situation report") -> Report:
    return Report(title, "Test mission", BAND, "Draft, not issued", heads, "Not cleared", "No endorsement", ("view",), "Owner")


def opened(of: Report) -> Document:
    return docx.Document(io.BytesIO(written(of, "docx", AT)))


def texts(of: Report) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(written(of, "pdf", AT))).pages]


LONG = Table("Rows", ("A", "B"), tuple((str(n), f"row {n}") for n in range(150)), (1, 3))


def test_heads_stand_in_order_under_their_style() -> None:
    made = opened(report(Head("Period", (Paragraph("One day."),)), Head("Places visited")))
    assert [one.text for one in made.paragraphs if one.style.name == "Heading 1"] == ["Period", "Places visited"]


def test_a_head_without_a_record_says_that_it_is_to_be_completed() -> None:
    made = opened(report(Head("National resources")))
    after = [one.text for one in made.paragraphs]
    assert after[after.index("National resources") + 1] == TO_COMPLETE
    assert next(one for one in made.paragraphs if one.text == TO_COMPLETE).style.name == NOTE
    assert TO_COMPLETE in texts(report(Head("National resources")))[0]


def test_the_marking_stands_over_and_under_every_page() -> None:
    whole = report(Head("Table", (LONG,)))
    for section in opened(whole).sections:
        assert BAND in section.header.paragraphs[0].text
        assert BAND in section.footer.paragraphs[0].text
    pages = texts(whole)
    assert len(pages) > 2
    assert all(page.count(BAND) == 2 for page in pages)
    assert [re.search(r"page (\d+) of (\d+)", page).groups() for page in pages] == [  # type: ignore[union-attr]
        (str(n), str(len(pages))) for n in range(1, len(pages) + 1)
    ]


def test_the_lines_of_a_text_stay_lines_in_both_files() -> None:
    said = "Patrol called in.\n\nTwo shots\tnorth.\r\nQuiet since." + "\nx" * 100
    of = report(Head("Watch log", (Table("Entries", ("When", "Entry"), (("231207Z NOV 26", said),), (1, 3)),)))
    [table] = opened(of).tables
    lines = table.rows[1].cells[1].text.split("\n")
    assert lines[:4] == ["Patrol called in.", "Two shots north.", "Quiet since.", "x"]
    assert len(lines) <= 25, "a row stays on one page"
    assert [line for line in texts(of)[0].splitlines() if line in lines[:3]] != []
    assert "Two shots north.\nQuiet since." in texts(of)[0]


def test_a_table_is_a_table_and_goes_on_under_its_heads() -> None:
    (table,) = opened(report(Head("Table", (LONG,)))).tables
    assert table.style.name == "Table Grid"
    assert [[cell.text for cell in row.cells] for row in table.rows] == [list(row) for row in (LONG.heads, *LONG.rows)]
    assert table.rows[0].cells[0].paragraphs[0].style.name == CELL
    assert "tblHeader" in table.rows[0]._tr.xml
    told = " ".join(texts(report(Head("Table", (LONG,)))))
    assert all(f"row {n}" in told for n in range(150))


def test_a_map_is_a_picture_with_words_for_it_and_its_marking() -> None:
    made = opened(report(Head("Map", (a_map(),))))
    (shape,) = made.inline_shapes
    assert shape._inline.docPr.get("descr", "").startswith("Map: 3 incidents")
    (picture,) = [name for name in _members(report(Head("Map", (a_map(),)))) if name.startswith("word/media/")]
    assert picture.endswith(".png")
    assert texts(report(Head("Map", (a_map(),))))[0].count(BAND) == 3


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_same_report_has_the_same_bytes(form: str) -> None:
    whole = report(Head("Map", (a_map(),)), Head("Table", (LONG,)))
    assert written(whole, form, AT) == written(whole, form, AT)  # type: ignore[arg-type]


def test_a_file_says_when_it_was_made_and_nothing_of_the_machine() -> None:
    about = opened(report(title="t" * 2_000)).core_properties
    assert (about.author, about.title, about.last_modified_by, about.comments) == ("Owner", "t" * 255, "", "")
    assert about.created == about.modified == AT
    with zipfile.ZipFile(io.BytesIO(written(report(), "docx", AT))) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_hostile_text_is_text() -> None:
    whole = report(Head(HOSTILE, (Paragraph(HOSTILE), Table(HOSTILE, (HOSTILE,), ((HOSTILE,),)), a_map())), title=HOSTILE)
    parts = {name: etree.fromstring(body) for name, body in _members(whole).items() if name.endswith((".xml", ".rels"))}
    wide = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    fields = [one.get(f"{wide}instr") for tree in parts.values() for one in tree.iter(f"{wide}fldSimple")]
    assert sorted(fields) == ["NUMPAGES", "PAGE"]
    assert not [one for tree in parts.values() for one in tree.iter(f"{wide}instrText", f"{wide}hyperlink")]
    told = opened(whole)
    shown = [one.text for one in told.paragraphs] + [cell.text for row in told.tables[0].rows for cell in row.cells]
    assert sum('<w:r>&amp;</w:r> {PAGE \\* MERGEFORMAT} =cmd|"/C calc"!A1' in text for text in shown) >= 5
    assert not any(sign in text for text in shown for sign in "\x00\x1b\u202e\ufffe")
    assert "gnp.exe" in texts(whole)[0]


@pytest.mark.parametrize("title", ["x" * 2_000, "word " * 400, "تقرير الحالة اليومي", "每日情况报告", ""])
def test_any_title_makes_a_whole_file(title: str) -> None:
    whole = report(Head("Period", (Paragraph(title),)), title=title)
    assert " ".join(opened(whole).paragraphs[0].text.split()) == " ".join(title.split())
    assert len(texts(whole)) >= 1


def test_text_that_runs_from_right_to_left_says_so() -> None:
    made = opened(report(Head("Period", (Paragraph("طلقات قرب الخط"), Paragraph("shots")))))
    arabic, english = (next(one for one in made.paragraphs if word in one.text) for word in ("الخط", "shots"))
    assert "<w:bidi/>" in arabic._p.xml
    assert "<w:rtl/>" in arabic._p.xml
    assert "<w:bidi/>" not in english._p.xml


def test_no_mark_of_a_page_lies_beyond_it() -> None:
    cell = Table("One", ("A", "B"), (("word " * 900, "x" * 3_000),))
    for page in paged(report(Head("Long", (cell, LONG, a_map())))):
        for words in page.words():
            assert -0.1 <= words.x <= page.width
            assert 0 <= words.y <= page.height
        assert {type(part.name) for part in page.parts} == {str}


def test_a_head_stays_with_what_stands_under_it() -> None:
    heads = [Head(f"Head {n}", (Table("Rows", ("A",), (("one",), ("two",))),)) for n in range(40)]
    for page in paged(report(*heads)):
        told = [words.text for words in page.words() if not words.text.startswith("Draft") and words.text != BAND]
        at = [n for n, text in enumerate(told) if text.startswith("Head ")]
        assert all(told[n + 1 : n + 4] == ["Rows", "A", "one"] for n in at)


def test_no_page_bears_the_stamp_alone() -> None:
    signed = Head("Prepared by, approved by", (Table("Signatures", ("", "Name"), (("Prepared by", "Owner"),), (1, 3)),))
    counts = set()
    for rows in range(28, 46):
        table = Table("Rows", ("A",), tuple((f"row {n}",) for n in range(rows)))
        found = texts(report(Head("Places", (table,)), signed))
        counts.add(len(found))
        assert "Prepared by, approved by" in found[-1]
        assert "Not cleared" in found[-1]
    assert counts == {1, 2}


def test_gaps_give_way_before_another_page_is_begun() -> None:
    heads = [Head(f"Head {n}", (Paragraph("One line."),)) for n in range(8)]

    def lowest(rows: int) -> list[float]:
        made = paged(report(Head("Rows", (Table("Rows", ("A",), (("x",),) * rows),)), *heads))
        return [min(item.y for item in page.words() if item.text == "view") for page in made[-1:]] if len(made) == 1 else []

    last = max(rows for rows in range(40) if lowest(rows))
    steps = [before - after for (before,), (after,) in pairwise(lowest(rows) for rows in range(last - 8, last + 1))]
    assert min(steps) < 0 < max(steps)  # one row more, and what ends the page stands higher: the gaps gave way


def test_a_word_processor_keeps_rows_whole_and_pictures_on_the_page() -> None:
    made = opened(report(Head("Map", (a_map(), LONG)), title="خط وقف"))
    (inline,) = made.inline_shapes
    assert {inline._inline.get(f"dist{side}") for side in "TBLR"} == {"0"}
    assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in made.tables[0].rows)
    foot = made.sections[0].footer.paragraphs[-1]
    assert "".join(foot._p.xpath(".//w:t/text()")) == "Draft, not issued · page 1 of 1"
    for name in ("Normal", "Title", CELL):
        sizes = {mark.get(qn("w:val")) for mark in made.styles[name].element.xpath("w:rPr/w:sz | w:rPr/w:szCs")}
        assert len(sizes) == 1


def test_a_map_stays_with_its_caption_and_a_short_table_on_one_page() -> None:
    signed = Table("Signatures", ("", "Name"), (("Prepared by", "Owner"), ("Approved by", "")), (1, 3))
    made = opened(report(Head("Map", (a_map(),)), Head("Prepared by, approved by", (signed,))))
    at = next(n for n, one in enumerate(made.paragraphs) if one._p.xpath(".//w:drawing"))
    assert made.paragraphs[at].paragraph_format.keep_with_next
    assert made.paragraphs[at + 1].text.startswith("Map: 3 incidents")
    assert made.paragraphs[at + 1].paragraph_format.keep_with_next is False
    held = [[cell.paragraphs[0].paragraph_format.keep_with_next for cell in row.cells] for row in made.tables[0].rows]
    assert held == [[True, True], [True, True], [None, None]]
    for rows in range(30, 50, 2):
        told = texts(report(Head("Rows", (Table("Rows", ("A",), (("x",),) * rows),)), Head("Signed", (signed,)), Head("Last")))
        assert [all(word in text for word in ("Signatures", "Prepared by", "Approved by")) for text in told].count(True) == 1


def test_a_map_is_lower_rather_than_leaving_a_page_half_empty() -> None:
    heights = set()
    for rows in range(4, 40, 3):
        pages = paged(report(Head("Rows", (Table("Rows", ("A",), (("x",),) * rows),)), Head("Map", (a_map(),))))
        (n, head), (m, caption) = (
            next((n, item.y) for n, page in enumerate(pages) for item in page.words() if item.text.startswith(text))
            for text in ("Map", "Map: 3")
        )
        assert n == m, "a map stands on the page of its head and caption"
        low = min((item.y for item in pages[0].words() if item.text == "x"), default=0.0)
        heights.add(round(head - caption))
        if n:
            assert low < 24 + 0.6 * 142 + 20, "a page ends early only where the map fits in no size"
    assert len(heights) > 2


def test_a_map_of_no_place_is_refused() -> None:
    with pytest.raises(LayersError):
        written(report(Head("Map", (a_map((np.nan, 0.0, 1.0, 1.0)),))), "docx", AT)


def test_a_file_bears_its_marking_and_nothing_of_the_template() -> None:
    made = _members(report(Head("Period")))
    assert opened(report(Head("Period"))).core_properties.category == BAND
    assert not {name for name in made if name.startswith("docProps/") and name != "docProps/core.xml"}
    assert not any(b"Macintosh" in body or b"thumbnail" in body for body in made.values())


def _members(of: Report) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(of, "docx", AT))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
