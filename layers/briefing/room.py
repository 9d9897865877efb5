"""How the room beside a map is shared: a legend takes what it needs, and the small map gives way, then the letters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from layers.briefing import lettering, listing
from layers.briefing.legends import Beside, Entry
from layers.briefing.listing import Row
from layers.briefing.paper import Layout
from layers.briefing.picture import Rect

#: How high the scale is, and what lies between two pieces, mm.
_SCALE, _GAP = 20.0, 2.0
#: The small map takes this share of the height and is at least so high, mm; beside the scale it takes a share of the width.
_SMALL, _SMALLEST, _ASIDE = 0.2, 16.0, 0.3
#: A legend has so many columns at most, each so wide for a point of its letters, and so much between two pieces beside each other, mm.
_COLUMNS, _NARROWEST, _APART = 3, 4.5, 4.0
#: Letters become so much smaller at a time, points.
_LESS = 0.5
_THIRD = 1 / 3
#: A note is at most so many lines, or so many where the legend would be cut for it.
_NOTED, _SHORT = 12, 3
#: Where there is so much room, two notes stand beside each other, mm.
_TWO_NOTES = 100.0


@dataclass(frozen=True, slots=True)
class Note:
    """One note beside a map: what it is called, what it says in lines, and how far right of and below the corner of the notes, mm."""

    label: str
    lines: tuple[str, ...]
    aside: float
    below: float


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Where the pieces beside a map stand.

    Attributes
    ----------
    legend, small, scale, below : Rect
        The legend, the small map, the scale, and the notes.
    letter : float
        The size of the legend's letters, in points.
    rows : tuple of Row
        The rows of the legend; where they are too many, the last says how many are left out.
    notes : tuple of Note
    """

    legend: Rect
    small: Rect
    scale: Rect
    below: Rect
    letter: float
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to share it: lines of a note, columns and letters of the legend, and the small map's height, 0 for beside the scale.

    ``share`` is how much of the margin's width the legend has.
    """

    noted: int
    columns: int
    letter: float
    small: float
    share: float


def shared(layout: Layout, of: Beside, entries: Sequence[Entry]) -> Room:
    """Return how the room beside a map is shared: the first way in which its legend and notes are whole, else the last one."""
    told = [*of.told.notes, ("Projection", of.frame.called), *((("Grid", of.grid.noted),) if of.grid else ())]
    for form in _forms(layout):
        notes, high = _noted(layout, _left(layout, form), form.noted, told)
        boxes = _parted(layout, form, high)
        box = _untitled(layout, boxes[0])
        rows = listing.whole(entries, box, form.columns, form.letter)
        if rows is not None and high <= boxes[-1].height + 0.01:
            return Room(*boxes, form.letter, rows, notes)
    return Room(*boxes, form.letter, listing.cut(entries, box, form.columns, form.letter), notes)


def labels(layout: Layout) -> float:
    """Return how wide the names of notes are, mm."""
    return 2.8 * layout.fine


def _forms(layout: Layout) -> Iterator[_Form]:
    """Yield the ways to share it, the best first."""
    letters = [layout.letter]
    while letters[-1] > layout.least:
        letters.append(max(layout.least, letters[-1] - _LESS))
    most = layout.margin.height
    aside = layout.low or layout.margin.width >= _TWO_NOTES  # where it would be a low strip
    smalls = (0.0,) if aside else (max(_SMALLEST, _SMALL * most), _SMALLEST, 0.0)
    for noted, columns in itertools.product((_NOTED, _SHORT), range(1, _COLUMNS + 1)):
        shares = (1.0,) if not layout.low else (_THIRD,) if columns == 1 else (2 * _THIRD, 0.5)
        for form in itertools.starmap(_Form, itertools.product((noted,), (columns,), letters, smalls, shares)):
            if columns == 1 or _wide(layout, form) / columns >= _NARROWEST * form.letter:
                yield form


def _wide(layout: Layout, form: _Form) -> float:
    """Return how wide a legend is, mm."""
    return form.share * (layout.margin.width + _APART) - _APART


def _left(layout: Layout, form: _Form) -> float:
    """Return how wide notes are, mm: in a low strip a third, or what a legend of several columns leaves."""
    if not layout.low:
        return layout.margin.width
    return _wide(layout, form) if form.columns == 1 else layout.margin.width - _wide(layout, form) - _APART


def _untitled(layout: Layout, box: Rect) -> Rect:
    """Return what of a legend's room its title leaves."""
    return Rect(box.x, box.y, box.width, box.height - lettering.height(layout.letter + 1) - 1.5)


def _parted(layout: Layout, form: _Form, noted: float) -> tuple[Rect, Rect, Rect, Rect]:
    """Return where legend, small map, scale and notes stand; ``noted`` is how high the notes are, mm."""
    box, wide = layout.margin, _left(layout, form)
    if not layout.low:
        small, scale, below = _stacked(box, noted, form.small)
        top = max(small.top, scale.top) + _GAP + 1
        return Rect(box.x, top, box.width, box.top - top), small, scale, below
    last = Rect(box.right - wide, box.y, wide, box.height)
    legend = Rect(box.x, box.y, _wide(layout, form), box.height)
    if form.columns == 1:
        scale = Rect(legend.right + _APART, box.y, wide, _SCALE)
        return legend, Rect(scale.x, scale.top + _GAP, wide, box.top - scale.top - _GAP), scale, last
    left = box.height - noted - _SCALE - 2 * _GAP
    if left >= _SMALLEST:
        return legend, *_stacked(last, noted, left)
    spare = max(0.0, left + _GAP)
    return legend, *_stacked(Rect(last.x, last.y + spare, wide, last.height - spare), noted, 0.0)


def _stacked(box: Rect, noted: float, small: float) -> tuple[Rect, Rect, Rect]:
    """Return small map, scale and notes one over the other at the foot of a box; a small map without height is beside the scale."""
    below = Rect(box.x, box.y, box.width, max(0.0, min(noted, box.height - _SCALE - _GAP)))
    y = below.top + _GAP
    if small:
        return Rect(box.x, y + _SCALE + _GAP, box.width, small), Rect(box.x, y, box.width, _SCALE), below
    aside = _ASIDE * box.width
    return Rect(box.x, y + 1, aside, _SCALE - 2), Rect(box.x + aside + _APART, y, box.width - aside - _APART, _SCALE), below


def _noted(layout: Layout, wide: float, most: int, told: Sequence[tuple[str, str]]) -> tuple[tuple[Note, ...], float]:
    """Return notes of so many lines at most, two short ones beside each other where that is wide enough, and how high all are, mm."""
    column = wide / 2 if wide >= _TWO_NOTES else wide
    step = lettering.height(layout.fine)
    notes: list[Note] = []
    x, y, high = 0.0, 0.0, 0.0
    for label, text in told:
        lines = lettering.lines(text, column - labels(layout) - 1, layout.fine, rows=most)
        if column < wide and len(lines) > 2:
            lines = lettering.lines(text, wide - labels(layout), layout.fine, rows=most)
            x, y, high = wide, y + high, 0.0
            notes.append(Note(label, tuple(lines), 0.0, y))
        else:
            notes.append(Note(label, tuple(lines), x, y))
            x += column
        high = max(high, len(lines) * step + 0.5)
        if x + column > wide + 0.01:
            x, y, high = 0.0, y + high, 0.0
    return tuple(notes), y + high
