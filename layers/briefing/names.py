"""Where names stand on a map: none on another or on a sign, none across a line that matters, and as few as can be across the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from layers.briefing import lettering
from layers.briefing.picture import Floats, Rect

Counts = npt.NDArray[np.int64]
#: The same name is written again only so far away, mm.
_APART = 40.0
#: Where a name stands beside its place, in the order they are tried: to the right or left, over or under.
_BESIDE = ((1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0))
_OVER = ((0, 0),)
#: A name that finds no place there stands farther off, by these.
_FARTHER = (1.4, 1.8)
#: How fine lines are told, mm; they are followed in shorter steps.
_CELL, _STEP = 0.4, 0.3
#: A place that is tried later is worth so many cells of a line that is to be avoided.
_LATER = 1.0


@dataclass(frozen=True, slots=True)
class Name:
    """A name that wants to stand by a place, mm; the weightier come first. ``clear`` is how far it stays from it, 0 for right over it.

    ``others`` are places that serve as well, those tried first first. ``short`` is written where there is no room for the ``text``;
    where there is none for either, the text stands at one of the places ``beside``. What is ``over`` its place stands there at last
    whatever sign lies under it.
    """

    x: float
    y: float
    text: str
    size: float
    clear: float
    bold: bool = False
    layer: str = ""
    others: tuple[tuple[float, float], ...] = ()
    short: str = ""
    beside: tuple[tuple[float, float], ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A name where it stands: what is written, and its box."""

    name: Name
    text: str
    box: Rect


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines on a map: of each cell of it, summed up from the lower left corner, those no name may touch and those that it should not."""

    within: Rect
    barred: Counts
    avoided: Counts

    def under(self, boxes: Floats) -> tuple[Counts, Counts]:
        """Return how many cells of both lie under each of the boxes: left, low, right, high."""
        rows, columns = (size - 1 for size in self.barred.shape)
        left, right = (np.clip(np.rint((boxes[:, n] - self.within.x) / _CELL), 0, columns).astype(np.int64) for n in (0, 2))
        low, high = (np.clip(np.rint((boxes[:, n] - self.within.y) / _CELL), 0, rows).astype(np.int64) for n in (1, 3))
        barred, avoided = (
            sums[high, right] - sums[low, right] - sums[high, left] + sums[low, left] for sums in (self.barred, self.avoided)
        )
        return barred, avoided


def lines(within: Rect, barred: Sequence[Floats], avoided: Sequence[tuple[Floats, int]] = ()) -> Lines:
    """Return the lines on a map, as runs of (n, 2) corners; of those to be avoided also how ill it is to touch them."""
    shape = int(np.ceil(within.height / _CELL)), int(np.ceil(within.width / _CELL))
    none, some = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    none[_cells(within, barred, shape)] = 1
    for weight in sorted({weight for _, weight in avoided}):
        some[_cells(within, [run for run, one in avoided if one == weight], shape)] = weight
    return Lines(within, _summed(none), _summed(some))


def _cells(within: Rect, runs: Sequence[Floats], shape: tuple[int, int]) -> tuple[Counts, Counts]:
    """Return the cells that lines run through, as rows and columns."""
    runs = [run for run in runs if len(run) > 1]
    if not runs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begin, end = (np.concatenate([run[part] for run in runs]) for part in (slice(None, -1), slice(1, None)))
    steps = np.ceil(np.hypot(*(end - begin).T) / _STEP).astype(np.int64) + 1
    along = (np.arange(int(steps.sum())) - np.repeat(np.cumsum(steps) - steps, steps)) / np.repeat(steps, steps)
    at = np.repeat(begin, steps, axis=0) + np.repeat(end - begin, steps, axis=0) * along[:, None]
    column, row = np.floor((at - (within.x, within.y)) / _CELL).astype(np.int64).T
    here = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    return row[here], column[here]


def _summed(cells: Counts) -> Counts:
    return np.pad(cells.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def standing(names: Iterable[Name], within: Rect, taken: Sequence[Rect] = (), across: Lines | None = None) -> list[Standing]:
    """Return the names that find room in a box, where they do: none on another, on what is taken, or across a line that bars it.

    Each has eight places beside each of its own to try, and as many farther off. Of those that are free it stands where it lies across the fewest of the lines
    to be avoided, early places before later ones. The same name is not written twice close by; the same figure is, for it says how
    many stand there.

    References
    ----------
    Imhof, E. (1975). Positioning names on maps. The American Cartographer 2, 128-144.
    """
    across = across or lines(within, ())
    boxes = np.array([(box.x, box.y, box.right, box.top) for box in taken], np.float64).reshape(-1, 4)
    full, used = np.concatenate([boxes, np.empty((64, 4))]), len(boxes)
    found: dict[str, list[Standing]] = {}
    stands: list[Standing] = []
    for name in names:
        again = found.setdefault(name.text, [])
        if not name.text.isdecimal() and any(_again(name, one.name) for one in again):
            continue
        free = full[:used], across
        one = next(filter(None, (_stood(form, text, within, free) for form, text in _forms(name))), None)
        if one is None and name.over:
            one = _stood(replace(name, clear=0.0), name.text, within, (full[len(boxes) : used], lines(within, ())))
        if one is None:
            continue
        if used == len(full):
            full = np.concatenate([full, np.empty_like(full)])
        full[used] = one.box.x, one.box.y, one.box.right, one.box.top
        used += 1
        again.append(one)
        stands.append(one)
    return stands


def _forms(name: Name) -> Iterator[tuple[Name, str]]:
    """Yield where a name may stand and what is written there, the best first."""
    yield name, name.text
    if name.short:
        yield name, name.short
    if name.beside:
        yield replace(name, x=name.beside[0][0], y=name.beside[0][1], others=name.beside[1:]), name.text


def _stood(name: Name, text: str, within: Rect, held: tuple[Floats, Lines]) -> Standing | None:
    """Return a name at the best of its places that are free, None where there is none."""
    full, across = held
    boxes = _places(name, text)
    free = (boxes[:, 0] >= within.x) & (boxes[:, 2] <= within.right) & (boxes[:, 1] >= within.y) & (boxes[:, 3] <= within.top)
    barred, avoided = across.under(boxes)
    free &= barred == 0
    rows = np.flatnonzero(free)
    left, low, right, high = (boxes[rows, n, None] for n in range(4))
    on = (left < full[:, 2]) & (full[:, 0] < right) & (low < full[:, 3]) & (full[:, 1] < high)
    rows = rows[~on.any(axis=1)]
    if not len(rows):
        return None
    x, y, _, _ = boxes[rows[np.argmin(avoided[rows] + _LATER * rows)]].tolist()
    return Standing(name, text, Rect(x, y, *_room(name, text)))


def _places(name: Name, text: str) -> Floats:
    """Return the boxes that a name may take, those to be tried first first: left, low, right, high."""
    wide, high = _room(name, text)
    right, up = np.array(_BESIDE if name.clear else _OVER, np.float64).T
    at = np.array([(name.x, name.y), *name.others])[:, None, None, :]
    clear = name.clear * np.array([1.0, *_FARTHER] if name.clear else [0.0])[:, None]
    x = at[..., 0] + right * clear - wide * (1 - right) / 2
    y = at[..., 1] + up * clear * np.where(right != 0, 0.6, 1.0) - high * (1 - up) / 2
    return np.stack([x, y, x + wide, y + high], axis=-1).reshape(-1, 4)


def _room(name: Name, text: str) -> tuple[float, float]:
    return lettering.width(text, name.size, bold=name.bold), lettering.height(name.size) * 0.9


def _again(name: Name, other: Name) -> bool:
    return bool(np.hypot(name.x - other.x, name.y - other.y) < _APART)
