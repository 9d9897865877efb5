"""A report as a document of a word processor, ready to be finished in one: the same bytes for the same report."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from layers.briefing import lettering, printed
from layers.briefing.inset import inset
from layers.briefing.logo import laid
from layers.briefing.mapped import PAPER
from layers.briefing.picture import Ink, Part, Picture, Rect, Strokes, outline
from layers.briefing.report import HEIGHT, WIDTH, Map, Paragraph, Report, Table

_PAGE, _EDGE = (210.0, 297.0), 16.0
_INK, _QUIET, _SHADE = RGBColor(0x1B, 0x1F, 0x24), RGBColor(0x51, 0x60, 0x6B), "E6E3DA"
#: The style of a note to whoever finishes the report, and that of a cell.
NOTE, CELL = "Note to complete", "Cell"
_FONT, _DPI = "Arial", 200
_TINTED = ("Title", "Heading 1")
#: Between the words of a cell and its lines, twentieths of a point.
_PAD = 57
#: A text begins a new line where it does so itself, so often at most.
_LINES = 24
#: A line at the edge of a picture is half of it; so much stays clear, mm.
_RIM = 0.4
#: The room of a logo, mm.
_LOGO = (60.0, 14.0)
#: So long at most is a property of the file.
_PROPERTY = 255
#: What the template of a new document tells of another program: its picture, and its name.
_TEMPLATE = ("/thumbnail", "/extended-properties")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def docx(report: Report, at: datetime) -> bytes:
    """Return a report as DOCX.

    Raises
    ------
    NoGround
        One of its maps shows no place that can be drawn.
    """
    made = Document()
    _styled(made, report.colour)
    _paged(made, report)
    if mark := laid(report.logo, Rect(0.0, 0.0, *_LOGO)):
        _laid(made, report.logo, mark.box.width, "Logo")
    _said(made.add_paragraph(style="Title"), report.title)
    _said(made.add_paragraph(style="Subtitle"), report.subtitle)
    for head in report.heads:
        _said(made.add_paragraph(style="Heading 1"), head.title)
        for block in head.shown:
            if isinstance(block, Paragraph):
                _said(made.add_paragraph(style=NOTE if block.quiet else "Normal"), block.text)
            elif isinstance(block, Table):
                _tabled(made, block)
            else:
                _pictured(made, block)
    for text in (report.stamp, report.disclaimer, *report.trace):
        if text:
            _said(made.add_paragraph(style=NOTE), text)
    _owned(made, report, at)
    into = io.BytesIO()
    made.save(into)
    return _dated(into.getvalue())


def _styled(made: Any, colour: str) -> None:
    """Give the document its few styles, each by the name a word processor knows; ``colour`` is that of titles and heads."""
    styles = made.styles
    tint = RGBColor.from_string(colour.removeprefix("#").upper()) if colour else _INK
    note = styles.add_style(NOTE, WD_STYLE_TYPE.PARAGRAPH)
    cell = styles.add_style(CELL, WD_STYLE_TYPE.PARAGRAPH)
    for style in (note, cell):
        style.base_style = styles["Normal"]
    looks = (("Normal", 10, 3), ("Title", 20, 2), ("Subtitle", 10.5, 6), ("Heading 1", 12, 3), ("Caption", 9, 3))
    for name, size, after in (*looks, (NOTE, 9, 3), (CELL, 8.5, 0), ("Header", 10, 0), ("Footer", 9, 0)):
        style = styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = _QUIET if name == NOTE else tint if name in _TINTED else _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        _sized(style, size)
        style.paragraph_format.space_after = Pt(after)
    note.font.italic = True
    styles["Subtitle"].font.italic = False
    for name in ("Title", "Subtitle"):  # of the template: letters set apart, and a line of its own colour
        for one in styles[name].element.xpath("w:rPr/w:spacing | w:pPr/w:pBdr"):
            one.getparent().remove(one)
    styles["Heading 1"].paragraph_format.space_before = Pt(10)
    styles["Heading 1"].paragraph_format.keep_with_next = styles["Caption"].paragraph_format.keep_with_next = True


def _sized(style: Any, size: float) -> None:
    """Give a style its size for scripts from right to left and those of joined letters as well: it is another property."""
    given = style.element.rPr.find(qn("w:sz"))
    for other in style.element.rPr.findall(qn("w:szCs")):
        style.element.rPr.remove(other)
    joined = OxmlElement("w:szCs")
    joined.set(qn("w:val"), str(round(2 * size)))
    given.addnext(joined)


def _paged(made: Any, report: Report) -> None:
    """Set the page, with the marking over and under each, and there its number."""
    section = made.sections[0]
    section.page_width, section.page_height = (Mm(one) for one in _PAGE)
    section.left_margin = section.right_margin = Mm(_EDGE)
    section.top_margin = section.bottom_margin = Mm(20)
    section.header_distance = section.footer_distance = Mm(8)
    over, under = section.header.paragraphs[0], section.footer.paragraphs[0]
    for paragraph in (over, under):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _said(paragraph, report.band, bold=True)
    foot = section.footer.add_paragraph(style="Footer")
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _said(foot, f"{report.number} · page")
    foot.add_run(" ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    """Add a field of our own; nothing of a record ever comes here."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _said(paragraph: Any, text: str, *, bold: bool = False) -> None:
    """Write text as text: its own lines, no signs that steer; one that begins in a script from right to left runs so."""
    first, *more = [line for one in text.split("\n", _LINES) if (line := lettering.plain(one))] or [""]
    run = paragraph.add_run(first)
    for line in more:
        run.add_break()
        run.add_text(line)
    if bold:
        run.bold = True
    if backward(text):
        paragraph._p.get_or_add_pPr().insert_element_before(
            OxmlElement("w:bidi"), "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr", "w:sectPr"
        )
        run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))


def backward(text: str) -> bool:
    """Say whether the first letter of a text is of a script that runs from right to left.

    Examples
    --------
    >>> backward("1. שלום"), backward("shots: שלום")
    (True, False)
    """
    return next((way in ("R", "AL") for way in map(unicodedata.bidirectional, text) if way in ("L", "R", "AL")), False)


def _tabled(made: Any, table: Table) -> None:
    _said(made.add_paragraph(style="Caption"), table.called)
    grid = made.add_table(rows=1 + len(table.rows), cols=len(table.heads), style="Table Grid")
    grid.autofit = False
    grid._tbl.tblPr.append(_padding())
    cells, last = made.styles[CELL], len(table.rows)
    widths = [Mm((_PAGE[0] - 2 * _EDGE) * share) for share in table.shares]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for n, (row, texts) in enumerate(zip(grid.rows, (table.heads, *table.rows), strict=True)):
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.style = cells
            if table.short and n < last:
                paragraph.paragraph_format.keep_with_next = True
            _said(paragraph, text, bold=not n)
            if not n:
                _shaded(cell)
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if not n:
            row._tr.trPr.append(OxmlElement("w:tblHeader"))
    made.add_paragraph(style=CELL)


def _padding() -> Any:
    """Return what lies between the words of a cell and its lines."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(_PAD))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    return margins


def _shaded(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _pictured(made: Any, of: Map) -> None:
    whole = Rect(0, 0, WIDTH, HEIGHT)
    ground = Part("paper", "", (Strokes(outline(whole), Ink(fill=PAPER), closed=True),))
    png = printed.png(Picture(WIDTH, HEIGHT, (ground, *inset(of.plate, whole.inner(_RIM)))), _DPI)
    _laid(made, png, WIDTH, lettering.plain(of.called))
    made.paragraphs[-1].paragraph_format.keep_with_next = True
    caption = made.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = False
    _said(caption, of.called)


def _laid(made: Any, png: bytes, width: float, said: str) -> None:
    """Add a picture and what it shows in words; where a file is silent, some programs keep text away from it, and push it off the page."""
    inline = made.add_picture(io.BytesIO(png), width=Mm(width))._inline
    inline.docPr.set("descr", said)
    for side in "TBLR":
        inline.set(f"dist{side}", "0")


def _owned(made: Any, report: Report, at: datetime) -> None:
    """Write into the file what it is, who made it and when; nothing of the machine."""
    about = made.core_properties
    about.title, about.author = (lettering.plain(text)[:_PROPERTY] for text in (report.title, report.author))
    about.subject = about.category = lettering.plain(report.band)[:_PROPERTY]
    about.created = about.modified = at
    about.last_modified_by, about.comments, about.revision = "", "", 1
    rels = made.part.package.rels
    for name in [name for name, one in rels.items() if one.reltype.endswith(_TEMPLATE)]:
        del rels[name]


def _dated(body: bytes) -> bytes:
    """Return a zip file whose members bear one date, so that the same report has the same bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as made, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as again:
        for name in made.namelist():
            again.writestr(zipfile.ZipInfo(name, _EPOCH), made.read(name), zipfile.ZIP_DEFLATED)
    return into.getvalue()
