"""What a sheet is made of: few kinds of marks on paper, in millimetres from its lower left corner, the lowest first.

Every form of output draws the same ones, so that what one shows all show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rect:
    """A box on paper; ``x`` and ``y`` are its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Return where it ends to the right."""
        return self.x + self.width

    @property
    def top(self) -> float:
        """Return where it ends above."""
        return self.y + self.height

    def inner(self, by: float) -> Rect:
        """Return the box within it, so much smaller at each side."""
        return Rect(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


@dataclass(frozen=True, slots=True)
class Ink:
    """How something is drawn: colours as ``#RRGGBB``, blank for none; widths and dashes in points; opacity 0 to 1."""

    line: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()
    fill: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Lines or areas, a ring or run of (n, 2) corners each. Rings of one area follow one another; holes are by the even-odd rule.

    ``row`` is the feature of the part's layer that they draw, -1 for none.
    """

    parts: tuple[tuple[Floats, ...], ...]
    ink: Ink
    closed: bool = False
    row: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """One sign at many places; ``path`` is an SVG path in a box of -8..8, y down, that is ``size`` wide. Each lies on a casing.

    ``rows`` are the features of the part's layer that they draw, none where they are not told apart.
    """

    x: Floats
    y: Floats
    path: str
    ink: Ink
    size: float
    casing: str = ""
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text whose anchor is at a place. Text only: no markup is read in it. ``layer`` is the layer it names a feature of."""

    x: float
    y: float
    text: str
    size: float
    colour: str = "#1B1F24"
    bold: bool = False
    across: Literal["left", "center", "right"] = "left"
    up: Literal["bottom", "center", "top"] = "bottom"
    halo: str = ""
    turned: float = 0.0
    layer: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A picture laid into a box: (rows, columns, 4) uint8, the first row at the top. One that is no measurement may be smoothed."""

    box: Rect
    pixels: npt.NDArray[np.uint8]
    smooth: bool = False


Item: TypeAlias = Strokes | Marks | Words | Raster


@dataclass(frozen=True, slots=True)
class Part:
    """Marks that belong together: a layer of the map, or the margin. ``clip`` is the box they end at; ``title`` is what it is called, blank for what is not told apart."""

    name: str
    title: str
    items: tuple[Item, ...]
    clip: Rect | None = None
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole sheet: how wide and high it is, and its parts, the lowest first."""

    width: float
    height: float
    parts: tuple[Part, ...] = field(default_factory=tuple)

    def words(self) -> Iterator[Words]:
        """Yield every line of text."""
        yield from (item for part in self.parts for item in part.items if isinstance(item, Words))


def outline(box: Rect) -> tuple[tuple[Floats, ...], ...]:
    """Return a box as the parts of an area."""
    return ((np.array([[box.x, box.y], [box.right, box.y], [box.right, box.top], [box.x, box.top]]),),)


def run(*at: tuple[float, float]) -> tuple[tuple[Floats, ...], ...]:
    """Return a line through places as parts."""
    return ((np.array(at, np.float64),),)
