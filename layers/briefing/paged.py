"""A report laid on pages: bands of its marking over and under each, text in lines, tables that go on with their heads, maps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from layers.briefing import lettering
from layers.briefing.inset import inset
from layers.briefing.logo import laid
from layers.briefing.mapped import INK, PAPER
from layers.briefing.picture import Ink, Item, Part, Picture, Rect, Strokes, Words, outline
from layers.briefing.report import HEIGHT, WIDTH, Block, Map, Paragraph, Report, Table

_WIDTH, _HEIGHT, _EDGE, _BAND = 210.0, 297.0, 16.0, 6.0
_TOP, _FOOT = _HEIGHT - 24.0, 24.0
_PLAIN, _SMALL, _CELL = 9.0, 7.5, 7.5
_QUIET, _RULE, _SHADE = "#51606B", "#8A8F94", "#E6E3DA"
_PAD = 1.0
#: A cell is no longer than this many lines: a row stays on one page.
_LINES = 24
#: The last head is kept together with what ends the report where it is lower than this, mm.
_SIGNED = 120.0
#: A map is so much lower at most where it would else leave a page half empty; so much is clear under it, mm.
_LOWEST, _UNDER = 0.6, 2.0
#: So near is the same height, mm.
_SAME = 1e-6
#: The room of a logo, mm.
_LOGO = Rect(0.0, 0.0, 60.0, 14.0)


@dataclass(frozen=True, slots=True)
class Slab:
    """Something that stays on one page: how high it is, mm, and how it is drawn below a height.

    ``over`` stands over it again where it begins a page; ``holds`` keeps it on the page of what follows; ``spare`` is how much of
    its height it can do without, mm; ``sized`` makes it of another height, no lower than ``least``, rather than leave a page half empty.
    """

    height: float
    drawn: Callable[[float], tuple[Part, ...]]
    over: Slab | None = None
    holds: bool = False
    spare: float = 0.0
    least: float = 0.0
    sized: Callable[[float], Slab] | None = None


def paged(report: Report) -> list[Picture]:
    """Return a report as upright pages of A4.

    Raises
    ------
    NoGround
        One of its maps shows no place that can be drawn.
    """
    slabs = list(_slabs(report))
    airy, tight = _packed(slabs), _packed([replace(slab, height=slab.height - slab.spare) for slab in slabs])
    pages = tight if len(tight) < len(airy) else airy
    return [
        Picture(_WIDTH, _HEIGHT, (*_around(report, n, len(pages)), *(part for y, slab in page for part in slab.drawn(y))))
        for n, page in enumerate(pages, start=1)
    ]


def _packed(slabs: list[Slab]) -> list[list[tuple[float, Slab]]]:
    """Lay slabs one below the other, as many on a page as it holds."""
    pages: list[list[tuple[float, Slab]]] = [[]]
    y = _TOP
    for n, slab in enumerate(slabs):
        room = y - _FOOT
        lacking = _together(slabs, n) > room + _SAME and bool(pages[-1])
        more = room + _SAME - _together(slabs, n, least=True)
        if lacking and more >= 0 and slab.sized:
            slab = slab.sized(slab.least + max(more - _SAME, 0.0))
        elif lacking and more < 0:
            pages.append([])
            y = _TOP
            if slab.over:
                pages[-1].append((y, slab.over))
                y -= slab.over.height
        pages[-1].append((y, slab))
        y -= slab.height
    return pages


def _together(slabs: list[Slab], n: int, *, least: bool = False) -> float:
    """Return how high a slab is with those that it holds on its page, and the one after them; at the ``least`` as low as they can be."""
    last = next((at for at in range(n, len(slabs)) if not slabs[at].holds), len(slabs) - 1)
    return sum(slab.least or slab.height if least else slab.height for slab in slabs[n : last + 1])


def _slabs(report: Report) -> Iterator[Slab]:
    colour = report.colour or INK
    if report.logo:
        yield Slab(_LOGO.height + 3.0, partial(_logo, report.logo), holds=True)
    yield from _text(report.title, 17.0, colour=colour, bold=True, after=1.5)
    yield from _text(report.subtitle, _PLAIN, colour=_QUIET, after=3.0)
    for head in report.heads:
        yield _gap(2.0)
        yield from _text(head.title, 11.0, colour=colour, bold=True, after=1.0, holds=True)
        under = [slab for block in head.shown for slab in _block(block)]
        # A page that bore the stamp alone would be about nothing: the last head goes with it, if it is short.
        ends = head is report.heads[-1] and sum(slab.height for slab in under) < _SIGNED
        yield from (replace(slab, holds=True) for slab in under) if ends else under
    yield _gap(4.0)
    for text in (report.stamp, report.disclaimer, *report.trace):
        if text:
            yield from _text(text, _SMALL, colour=_QUIET, holds=True)


def _block(block: Block) -> Iterator[Slab]:
    if isinstance(block, Paragraph):
        yield from _text(block.text, _PLAIN, colour=_QUIET if block.quiet else INK, after=1.0)
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        yield _mapped(block, HEIGHT + _UNDER)
        *lines, last = _text(block.called, _SMALL, colour=_QUIET, after=2.0)
        yield from (*(replace(line, holds=True) for line in lines), last)


def _mapped(block: Map, height: float) -> Slab:
    """Return a map of some height, what lies under it included."""
    least = _LOWEST * HEIGHT + _UNDER
    return Slab(height, partial(_map, block, height - _UNDER), holds=True, least=least, sized=partial(_mapped, block))


def _map(block: Map, height: float, y: float) -> tuple[Part, ...]:
    return inset(block.plate, Rect(_EDGE, y - height, WIDTH, height))


def _logo(png: bytes, y: float) -> tuple[Part, ...]:
    mark = laid(png, Rect(_EDGE, y - _LOGO.height, _LOGO.width, _LOGO.height))
    return (_part([mark]),) if mark else ()


def _gap(height: float) -> Slab:
    return Slab(height, lambda _y: (), holds=True, spare=0.6 * height)


def _text(
    text: str, size: float, *, colour: str = INK, bold: bool = False, after: float = 0.0, holds: bool = False
) -> Iterator[Slab]:
    found = lettering.lines(text, _WIDTH - 2 * _EDGE, size, bold=bold)
    for n, line in enumerate(found):
        last = n == len(found) - 1
        drawn = partial(_line, line, size, colour, bold)
        yield Slab(lettering.height(size) + (after if last else 0.0), drawn, holds=holds, spare=0.6 * after if last else 0.0)


def _line(text: str, size: float, colour: str, bold: bool, y: float) -> tuple[Part, ...]:
    return (_part([Words(_EDGE, y, text, size, colour, bold, up="top")]),)


def _table(table: Table) -> Iterator[Slab]:
    yield from _text(table.called, _SMALL, bold=True, after=0.8, holds=True)
    head = _row(table, table.heads, bold=True)
    yield Slab(head.height, head.drawn, holds=True)
    rows = [replace(_row(table, row), over=head) for row in table.rows]
    whole = table.short and sum(row.height for row in rows) < _SIGNED
    yield from (replace(row, holds=whole and row is not rows[-1]) for row in rows)
    yield _gap(2.0)


def _row(table: Table, texts: Iterable[str], *, bold: bool = False) -> Slab:
    wide = [(_WIDTH - 2 * _EDGE) * share for share in table.shares]
    cells = [
        lettering.lines(text, width - 2 * _PAD, _CELL, bold=bold, rows=_LINES) for text, width in zip(texts, wide, strict=True)
    ]
    height = max(map(len, cells)) * lettering.height(_CELL) + 2 * _PAD
    return Slab(height, partial(_cells, cells, wide, height, bold))


def _cells(cells: list[list[str]], wide: list[float], height: float, bold: bool, y: float) -> tuple[Part, ...]:
    items: list[Item] = []
    x = _EDGE
    for lines, width in zip(cells, wide, strict=True):
        ink = Ink(_RULE, 0.5, fill=_SHADE if bold else "")
        items.append(Strokes(outline(Rect(x, y - height, width, height)), ink, closed=True))
        step = lettering.height(_CELL)
        items += [Words(x + _PAD, y - _PAD - n * step, line, _CELL, INK, bold, up="top") for n, line in enumerate(lines) if line]
        x += width
    return (_part(items),)


def _around(report: Report, number: int, of: int) -> tuple[Part, ...]:
    """Return the paper, the marking over and under the page, and which page it is."""
    items: list[Item] = [Strokes(outline(Rect(0, 0, _WIDTH, _HEIGHT)), Ink(fill=PAPER), closed=True)]
    band = lettering.shortened(lettering.printable(report.band), _WIDTH - 2 * _EDGE, 9.0, bold=True)
    for y in (_HEIGHT - 8.0 - _BAND, 8.0):
        box = Rect(_EDGE, y, _WIDTH - 2 * _EDGE, _BAND)
        items.append(Strokes(outline(box), Ink(line=INK, width=0.8), closed=True))
        items.append(Words(_WIDTH / 2, y + _BAND / 2, band, 9.0, INK, True, "center", "center"))
    foot = lettering.shortened(lettering.printable(f"{report.number} · page {number} of {of}"), _WIDTH - 2 * _EDGE, _SMALL)
    items.append(Words(_WIDTH / 2, 16.5, foot, _SMALL, _QUIET, False, "center", "bottom"))
    return (_part(items),)


def _part(items: Iterable[Item]) -> Part:
    return Part("page", "", tuple(items))
