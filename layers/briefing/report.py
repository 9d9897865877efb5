"""What a report says, before it is written: heads, and under each its paragraphs, tables and maps. Text only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from layers.briefing.frame import framed
from layers.briefing.picture import Rect
from layers.briefing.plate import Plate

#: How wide and high a map is, mm.
WIDTH, HEIGHT = 178.0, 142.0
#: A table of so many rows at most stays on one page, as one to be signed.
_FEW = 6
#: What stands under a head that the record fills with nothing.
TO_COMPLETE = "To be completed."


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a quiet one is a note to whoever finishes the report."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it is called, its heads, its rows of as many cells, and how wide its columns are to one another."""

    called: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()

    @property
    def short(self) -> bool:
        """Say whether it has so few rows that it stays on one page."""
        return len(self.rows) <= _FEW

    @property
    def shares(self) -> tuple[float, ...]:
        """Return the share of the whole width that each column has.

        Examples
        --------
        >>> Table("", ("a", "b"), (), (3, 1)).shares
        (0.75, 0.25)
        """
        widths = self.widths or (1.0,) * len(self.heads)
        return tuple(width / sum(widths) for width in widths)


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A map, and what it shows in words for whoever cannot see it."""

    plate: Plate
    called: str

    def checked(self) -> None:
        """Raise NoGround where its box is no place that can be drawn."""
        framed(self.plate.box, Rect(0, 0, WIDTH, HEIGHT))


Block: TypeAlias = Paragraph | Table | Map


@dataclass(frozen=True, slots=True)
class Head:
    """One head of a report and what stands under it."""

    title: str
    blocks: tuple[Block, ...] = ()

    @property
    def shown(self) -> tuple[Block, ...]:
        """Return what stands under it; where that is nothing, that it is to be completed."""
        return self.blocks or (Paragraph(TO_COMPLETE, quiet=True),)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title, subtitle : str
    band : str
        Its marking, over and under each page.
    number : str
        What it is called in the register, with its version; a preview says that it is none.
    heads : tuple of Head
    stamp, disclaimer : str
        Of its maps and of the whole.
    trace : tuple of str
        Lines by which it can be made again.
    author : str
    colour : str
        Of its title and heads, blank for ink.
    logo : bytes
        A PNG that stands over the title, empty for none.
    """

    title: str
    subtitle: str
    band: str
    number: str
    heads: tuple[Head, ...]
    stamp: str = ""
    disclaimer: str = ""
    trace: tuple[str, ...] = ()
    author: str = ""
    colour: str = ""
    logo: bytes = b""
