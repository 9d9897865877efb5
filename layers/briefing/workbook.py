"""XLSX: the template's columns on one sheet, on a second where the rows come from.

Written part by part, so that a million rows need no more memory than a few thousand. A text is stored as a text,
whatever it begins with, and nothing is stored as a formula. Times are ISO 8601 UTC texts, not the program's own
dates: those know no zone, and another program's calendar would move them.

References
----------
ISO/IEC 29500-1 (2016). Office Open XML File Formats, Part 1, 18.3: Worksheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from layers.briefing import zipped
from layers.briefing.about import About
from layers.briefing.content import Content
from layers.briefing.markup import escaped, plain
from layers.briefing.table import joined, places
from layers.errors import Unwritable
from layers.ingest import kept

#: Rows below the header that a sheet can hold, and characters that a cell can.
MOST_ROWS = 1_048_575
LONGEST = 32_767

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CUT = "… (cut here: a cell holds no more; the CSV has the whole)"
_FIXED = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_KINDS}.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_PARTS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_PARTS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_PARTS}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="rId3" Type="{_PARTS}/styles" Target="styles.xml"/></Relationships>',
    # Style 1 is text that stays text when someone edits it; style 2 is the header's.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write(path: Path, content: Content, about: About) -> None:
    """Write features as a workbook.

    Raises
    ------
    Unwritable
        There are more rows than a sheet holds.
    """
    if about.rows > MOST_ROWS:
        raise Unwritable(f"{about.rows} rows are more than a sheet's {MOST_ROWS}; write .csv, or narrow the view")
    title = escape(plain(content.layer.title)[:31].translate(str.maketrans("[]:*?/\\'", "        ")).strip() or "Rows")
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_PARTS}"><sheets><sheet name="{title}" sheetId="1" r:id="rId1"/>'
        '<sheet name="About" sheetId="2" r:id="rId2"/></sheets></workbook>'
    )
    others = {name: _HEAD + text for name, text in (_FIXED | {"xl/workbook.xml": book}).items()}
    others["xl/worksheets/sheet2.xml"] = _HEAD + _about(about)
    zipped.write(path, "xl/worksheets/sheet1.xml", lambda: _sheet(content), others)


def _sheet(content: Content) -> Iterator[bytes | memoryview]:
    names = content.names
    widths = "".join(f'<col min="{n}" max="{n}" width="{_width(name)}" customWidth="1"/>' for n, name in enumerate(names, 1))
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData>'.encode()
    )
    yield f"<row>{''.join(_text(name, 2) for name in names)}</row>".encode()
    for part in _rows(content, names):
        yield memoryview(part)
    yield b"</sheetData></worksheet>"


def _rows(content: Content, names: list[str]) -> Iterator[pa.Buffer]:
    for versions in content.chunks:
        if len(versions):
            held = content.columns(versions) | places(versions)
            cells = [_cells(held[name]) for name in names]
            yield joined(pc.binary_join_element_wise("<row>", *cells, "</row>", ""), "").as_buffer()


def _cells(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        made = pc.binary_join_element_wise("<c><v>", pc.cast(column, pa.string()), "</v></c>", "")
        return pc.fill_null(made, "<c/>")
    column = kept(column)
    if (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST:
        column = pa.array([text and _cut(text) for text in column.to_pylist()], pa.string())
    made = pc.binary_join_element_wise(
        '<c s="1" t="inlineStr"><is><t xml:space="preserve">', _literal(escaped(column)), "</t></is></c>", ""
    )
    return pc.fill_null(made, "<c/>")


def _cut(text: str) -> str:
    """Return as much of a text as a cell holds, which counts in UTF-16, and say where it was cut."""
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * LONGEST else units[: 2 * (LONGEST - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _literal(texts: pa.Array) -> pa.Array:
    """Write out what a spreadsheet would read as the code of a character: ``_x0041_`` is no A."""
    return pc.replace_substring_regex(texts, "_(x[0-9A-Fa-f]{4}_)", r"_x005F_\1")


def _about(about: About) -> str:
    rows = "".join(f"<row>{_text(label, 2)}{_text(text, 1)}</row>" for label, text in about.lines)
    widths = '<cols><col min="1" max="1" width="16" customWidth="1"/><col min="2" max="2" width="90" customWidth="1"/></cols>'
    return f'<worksheet xmlns="{_MAIN}">{widths}<sheetData>{rows}</sheetData></worksheet>'


def _text(text: str, style: int) -> str:
    shown = escape(plain(text[:LONGEST]))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _width(name: str) -> int:
    return {"text": 60, "occurred_at": 21, "reported_at": 21}.get(name, max(10, len(name) + 3))
