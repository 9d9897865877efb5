"""How a sheet or a report is wanted, and what was issued."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import datetime

from layers.briefing.forms import Form, ReportForm
from layers.briefing.frame import scale_within
from layers.briefing.paper import Size
from layers.desk import beside
from layers.desk.issued import Entry, Kind
from layers.desk.released import Release
from layers.errors import LayersError
from layers.model import Box

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Brief:
    """How a sheet is wanted; what is blank is chosen by the desk. ``box`` is the ground to be shown at least.

    It stands upright or not as ``portrait`` says; where that is None, as the ground is shown larger.

    What was recorded from ``since`` on is ringed as new. With a ``scale``, metres on the ground for one on paper, its middle is shown.
    With a ``release`` it shows and tells what the profile lets out, under its marking; nothing is ringed then.
    """

    title: str = ""
    size: Size = "A4"
    portrait: bool | None = None
    box: Box | None = None
    scale: float = 0.0
    author: str = ""
    unit: str = ""
    to: str = ""
    since: datetime | None = None
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """How a report is wanted; what is blank is chosen by the desk. A FLASH is of one ``incident``, by its id."""

    kind: Kind
    incident: str = ""
    title: str = ""
    author: str = ""
    approved: str = ""
    unit: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A sheet or report that was issued: its line in the register, and the file.

    Of one that was made again, ``changed`` is what it rests on beside the record and is otherwise since; None where that was not kept.
    ``cut`` says what of its title there was no room for, blank for nothing.
    """

    entry: Entry
    form: Form | ReportForm
    body: bytes
    changed: tuple[str, ...] | None = None
    cut: str = ""

    @property
    def name(self) -> str:
        """Return what its file is called."""
        return f"{self.entry.job.kind}-{self.entry.called}.{self.form}"

    @property
    def same(self) -> bool | None:
        """Say whether it is the same, byte for byte, as the first of its form; None where it is that first one."""
        first, *others = [file.digest for file in self.entry.files if file.form == self.form]
        return others[-1] == first if others else None

    @property
    def compared(self) -> str:
        """Return in words how one that was made again compares with what was issued, and what to do where it differs."""
        return beside.compared(self.entry, self.changed)


def visible(text: str) -> str:
    """Return a text without blanks about it, blank where nothing of it can be seen.

    >>> visible(" Morning brief "), visible("\u200b\u202e ")
    ('Morning brief', '')
    """
    seen = any(unicodedata.category(sign)[0] not in "CZM" for sign in text)
    return text.strip() if seen else ""


def printable(asked: Brief | Draft) -> None:
    """Refuse texts that are too long for any sheet or report."""
    for field in fields(asked):
        text = getattr(asked, field.name)
        if isinstance(text, str) and len(text) > _LONGEST:
            raise LayersError(f"the {field.name} is {len(text):,} characters long; at most {_LONGEST:,} are printed")


def framed(brief: Brief, whole: Box, box: Box | None) -> Brief:
    """Return a brief of one part of a series: of its own ground, no smaller than on a sheet of the whole; of the whole where it has none."""
    if box is None:
        return replace(brief, box=whole)
    return replace(brief, box=box, scale=brief.scale or scale_within(brief.size, box, whole, portrait=brief.portrait))
