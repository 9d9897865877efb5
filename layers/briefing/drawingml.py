"""Marks on paper as DrawingML, the markup of slides: shapes and words that stay what they are, and can be edited.

Every text goes in escaped, as a run of characters; no field, link or action is ever written.

References
----------
ISO/IEC 29500-1 (2016). Office Open XML file formats, part 1, chapter 20: DrawingML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from layers.briefing import lettering, markup
from layers.briefing.picture import Floats, Ink, Rect, Words

#: Units of length: of the file, and of the corners of a shape, a hundredth of a millimetre.
EMU, _STEP, _POINT = 36_000, 360, 12_700
_FONT = "Arial"
#: How far the foot of a line lies under its base line, and how high the line is, in sizes of the font.
_FOOT, _LINE = 0.212, 1.25
#: How much of what lies under a name its ground hides.
_GROUND = 0.6
_MM = 25.4 / 72
NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_NUMBER = "<#>"
_UNFILLED = ' fill="none"'
_TABLE = "http://schemas.openxmlformats.org/drawingml/2006/table"


@dataclass(frozen=True, slots=True)
class Sheet:
    """How high a slide is, and how wide, mm: its upper left corner is the origin of the file."""

    width: float
    height: float

    def placed(self, box: Rect) -> str:
        """Return where a box stands, no part of it off the slide."""
        left, right = (min(max(one, 0.0), self.width) for one in (box.x, box.right))
        low, high = (min(max(one, 0.0), self.height) for one in (box.y, box.top))
        x, y, wide, high = (round(one * EMU) for one in (left, self.height - high, right - left, high - low))
        return f'<a:off x="{x}" y="{y}"/><a:ext cx="{max(wide, 1)}" cy="{max(high, 1)}"/>'


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of a slide: its markup, in which a mark that no escaped text can hold stands for its number, and the box it takes on paper."""

    xml: str
    box: Rect


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: how high it is, mm; of each cell its words, and how many columns it takes; of how many lines the longest is."""

    height: float
    cells: Sequence[tuple[Words, int]]
    lines: int = 1

    @property
    def spacing(self) -> str:
        """Return how high its lines are, whatever font a program has."""
        return f'<a:lnSpc><a:spcPts val="{int(self.height / self.lines / _MM * 100)}"/></a:lnSpc>'


def called(name: str) -> str:
    """Return the name of a shape, as text of an attribute."""
    return f'<p:cNvPr id="{_NUMBER}" name={quoteattr(markup.plain(lettering.plain(name))[:120])}/>'


def numbered(shapes: Iterable[Shape], first: int) -> str:
    """Return the markup of shapes, each with a number of its own."""
    pieces = "".join(shape.xml for shape in shapes).split(_NUMBER)
    return "".join(piece + (str(first + n) if n < len(pieces) - 1 else "") for n, piece in enumerate(pieces))


def freeform(name: str, runs: Sequence[tuple[Floats, bool]], ink: Ink, sheet: Sheet) -> Shape | None:
    """Return lines and areas as one shape; of each run its corners, mm, and whether it is closed. None where there are no corners."""
    runs = [(run, closed) for run, closed in runs if len(run) > 1]
    if not runs:
        return None
    corners = np.concatenate([run for run, _ in runs])
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    box = Rect(float(left), float(low), float(right - left), float(high - low))
    wide, tall = (max(1, round(one * EMU / _STEP)) for one in (box.width, box.height))
    paths = ""
    for shut in (True, False):
        drawn = "".join(_path(run, shut, (left, high)) for run, closed in runs if closed == shut)
        if drawn:
            paths += f'<a:path w="{wide}" h="{tall}"{"" if shut else _UNFILLED}>{drawn}</a:path>'
    xml = (
        f"<p:sp><p:nvSpPr>{called(name)}<p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>{sheet.placed(box)}</a:xfrm>"
        '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/>'
        f"<a:pathLst>{paths}</a:pathLst></a:custGeom>{_filled(ink)}{_lined(ink)}</p:spPr></p:sp>"
    )
    return Shape(xml, box)


def _path(run: Floats, closed: bool, corner: tuple[float, float]) -> str:
    at = np.round((run - corner) * (EMU / _STEP, -EMU / _STEP)).astype(np.int64)
    if closed and len(at) > 2 and (at[0] == at[-1]).all():
        at = at[:-1]
    (x, y), *others = at.tolist()
    drawn = "".join([f'<a:lnTo><a:pt x="{x}" y="{y}"/></a:lnTo>' for x, y in others])
    return f'<a:moveTo><a:pt x="{x}" y="{y}"/></a:moveTo>{drawn}{"<a:close/>" if closed else ""}'


def _solid(colour: str, opacity: float = 1.0) -> str:
    alpha = f'<a:alpha val="{round(opacity * 100_000)}"/>' if opacity < 1 else ""
    return f'<a:solidFill><a:srgbClr val="{colour.lstrip("#")}">{alpha}</a:srgbClr></a:solidFill>'


def _filled(ink: Ink) -> str:
    return _solid(ink.fill, ink.opacity) if ink.fill else "<a:noFill/>"


def _lined(ink: Ink) -> str:
    """Return a line; about an area that shows what lies under it, it does not."""
    if not ink.line or not ink.width:
        return "<a:ln><a:noFill/></a:ln>"
    dashes = ink.dash + ink.dash if len(ink.dash) % 2 else ink.dash
    share = 100_000 / max(ink.width, 0.1)
    pairs = zip(dashes[::2], dashes[1::2], strict=True)
    dash = "".join(f'<a:ds d="{round(on * share)}" sp="{round(off * share)}"/>' for on, off in pairs)
    return (
        f'<a:ln w="{round(ink.width * _POINT)}" cap="{"flat" if ink.dash else "rnd"}">{_solid(ink.line, 1.0 if ink.fill else ink.opacity)}'
        f"{f'<a:custDash>{dash}</a:custDash>' if dash else ''}<a:round/></a:ln>"
    )


def text_box(name: str, lines: Sequence[Words], sheet: Sheet, *, pitch: float = 0.0) -> Shape:
    """Return lines of text that follow one another as one box, as wide as they need; the first says where and how.

    With a ``pitch``, mm, a line is so high, whatever font a program has.
    """
    first = lines[0]
    size = first.size * _MM
    wide = max(lettering.width(line.text, line.size, bold=line.bold) for line in lines) + 0.6
    pitch = pitch or _LINE * size
    high = pitch * len(lines)
    x = first.x - {"left": 0.0, "center": wide / 2, "right": wide}[first.across]
    y = first.y - {"bottom": _FOOT * size, "center": high / 2, "top": high}[first.up]
    box = Rect(x, y, wide, high)
    # A glow about the letters is lost in some programs; a ground that lets what lies under it through is not.
    ground = _solid(first.halo, _GROUND) if first.halo else "<a:noFill/>"
    turn = f' rot="{round(-first.turned * 60_000) % 21_600_000}"' if first.turned else ""
    anchor = {"bottom": "b", "center": "ctr", "top": "t"}[first.up]
    spacing = f'<a:lnSpc><a:spcPts val="{round(pitch / _MM * 100)}"/></a:lnSpc>' if len(lines) > 1 else ""
    xml = (
        f'<p:sp><p:nvSpPr>{called(name)}<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr><a:xfrm{turn}>{sheet.placed(box)}</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{ground}</p:spPr>'
        f'<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" rtlCol="0" anchor="{anchor}"><a:noAutofit/></a:bodyPr>'
        f"<a:lstStyle/>{''.join(_paragraph(line, spacing) for line in lines)}</p:txBody></p:sp>"
    )
    return Shape(xml, box)


def _paragraph(line: Words, spacing: str = "") -> str:
    align = {"left": "l", "center": "ctr", "right": "r"}[line.across]
    turned = ' rtl="1"' if _from_the_right(line.text) else ""
    look = f'lang="en-GB" sz="{round(line.size * 100)}" b="{int(line.bold)}"'
    fonts = f'<a:latin typeface="{_FONT}"/><a:cs typeface="{_FONT}"/>'
    ground = (
        f'<a:effectLst><a:glow rad="15000"><a:srgbClr val="{line.halo.lstrip("#")}"/></a:glow></a:effectLst>' if line.halo else ""
    )
    if not line.text:
        return f'<a:p><a:pPr algn="{align}">{spacing}</a:pPr><a:endParaRPr {look}>{fonts}</a:endParaRPr></a:p>'
    return (
        f'<a:p><a:pPr algn="{align}"{turned}>{spacing}</a:pPr><a:r><a:rPr {look}>{_solid(line.colour)}{ground}{fonts}</a:rPr>'
        f"<a:t>{escape(markup.plain(line.text))}</a:t></a:r></a:p>"
    )


def _from_the_right(text: str) -> bool:
    """Return whether a line begins in a script that is written from the right."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def group(name: str, shapes: Sequence[Shape], sheet: Sheet) -> Shape:
    """Return shapes as one that moves as a whole."""
    left, low = (min(getattr(shape.box, side) for shape in shapes) for side in ("x", "y"))
    right, high = (max(getattr(shape.box, side) for shape in shapes) for side in ("right", "top"))
    box = Rect(left, low, right - left, high - low)
    placed = sheet.placed(box)
    inner = placed.replace("a:off", "a:chOff").replace("a:ext", "a:chExt")
    xml = (
        f"<p:grpSp><p:nvGrpSpPr>{called(name)}<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>{placed}{inner}</a:xfrm>"
        f"</p:grpSpPr>{''.join(shape.xml for shape in shapes)}</p:grpSp>"
    )
    return Shape(xml, box)


def photograph(name: str, relation: str, box: Rect, sheet: Sheet) -> Shape:
    """Return a picture of the file laid into a box."""
    xml = (
        f'<p:pic><p:nvPicPr>{called(name)}<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>'
        f'<p:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        f'<p:spPr><a:xfrm>{sheet.placed(box)}</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'
    )
    return Shape(xml, box)


def table(name: str, rows: Sequence[Row], wide: Sequence[float], box: Rect, sheet: Sheet) -> Shape:
    """Return a table without lines. ``wide`` are its columns, mm."""
    drawn = "".join(
        f'<a:tr h="{round(row.height * EMU)}">{"".join(_cell(*cell, row.spacing) for cell in row.cells)}</a:tr>' for row in rows
    )
    columns = "".join(f'<a:gridCol w="{round(one * EMU)}"/>' for one in wide)
    xml = (
        f'<p:graphicFrame><p:nvGraphicFramePr>{called(name)}<p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/>'
        f"</p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr><p:xfrm>{sheet.placed(box)}</p:xfrm>"
        f'<a:graphic><a:graphicData uri="{_TABLE}"><a:tbl><a:tblPr/><a:tblGrid>{columns}</a:tblGrid>{drawn}</a:tbl>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    return Shape(xml, box)


def _cell(words: Words, columns: int, spacing: str) -> str:
    close = '<a:tcPr marL="0" marR="0" marT="0" marB="0" anchor="t"><a:noFill/></a:tcPr></a:tc>'
    body = "<a:txBody><a:bodyPr/><a:lstStyle/>{}</a:txBody>"
    span = f' gridSpan="{columns}"' if columns > 1 else ""
    merged = f'<a:tc hMerge="1">{body.replace("{}", _paragraph(replace(words, text=""), spacing))}{close}' * (columns - 1)
    return f"<a:tc{span}>{body.replace('{}', _paragraph(words, spacing))}{close}{merged}"
