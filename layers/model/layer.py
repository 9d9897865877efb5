"""Layers as data: what a feature carries and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Geometry = Literal["point", "line", "area"]
FieldKind = Literal["text", "code", "time", "number", "integer"]
TimeRule = Literal["instant", "interval"]
Role = Literal["viewer", "patrol", "officer", "analyst", "briefer", "administrator"]


#: The side of the MGRS cell, metres, by which places of coarse kinds are told.
COARSE_M = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a coded field may take, with the words a reader sees.

    ``aliases`` are other spellings accepted in files, compared without case.
    """

    code: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a feature.

    ``open`` codes keep a value that is not among ``choices`` as text and flag it; closed ones
    refuse the row. ``default`` fills a blank. ``filterable`` codes are held in memory and offered
    as a filter. ``low`` and ``high`` bound numbers, both included. One ``beside`` the own template is no column of it:
    exports carry it after those, and any mission takes it back.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    sensitive: bool = False
    open: bool = False
    default: str = ""
    filterable: bool = False
    low: float | None = None
    high: float | None = None
    beside: bool = False

    def total(self, number: float) -> str:
        """Return in words what numbers of the field come to, small ones to a tenth.

        >>> Field("area_km2", "Area", unit="km²").total(1234.56)
        '1,235 km²'
        """
        return f"{number:,.{0 if number >= 100 else 1}f} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour by day and by night, as ``#RRGGBB``."""

    day: str
    night: str


@dataclass(frozen=True, slots=True)
class Hue:
    """One class of the field that decides the colour. The last class takes whatever no other names.

    Areas are hatched by lines ``hatch_px`` apart, 0 for none.
    """

    codes: tuple[str, ...]
    label: str
    colour: Colour
    hatch_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One class of the field that decides the shape.

    ``path`` is an SVG path in a box of -8..8, y down, that canvas, legend and print all draw.
    The last class takes whatever no other names.
    """

    codes: tuple[str, ...]
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Portrayal:
    """How features become marks: colour by one field, shape by another, one line style.

    Widths are CSS pixels. ``dashed_when`` is a (field, code) pair drawn dashed.
    ``label_field`` is written beside the feature from zoom ``label_zoom`` on. Of a class of areas legends
    tell how large it is where a ``sum_field`` holds that, in km², else how many features it has.
    """

    hues: tuple[Hue, ...]
    hue_field: str = ""
    glyphs: tuple[Glyph, ...] = ()
    glyph_field: str = ""
    width_px: float = 1.5
    casing: bool = False
    dash: tuple[float, ...] = ()
    dashed_when: tuple[str, str] | None = None
    fill_opacity: float = 0.0
    sum_field: str = ""
    label_field: str = ""
    label_zoom: int = 9


@dataclass(frozen=True, slots=True)
class Layer:
    """A declaration of one layer. Layers are data: every part of the product reads this and nothing else.

    ``time_field`` and ``until_field`` name the fields that place a feature in time. An ``instant``
    layer counts a feature in the window its ``time_field`` lies in; an ``interval`` layer shows
    whatever is in force at some moment of the window, and a blank bound means always.
    ``sectored`` layers are held back from users bound to other sectors. ``order`` is the drawing
    order, the lowest first. ``mistaken`` groups the kinds that observers report one for the other. ``base`` is the layer
    whose records a kept answer shows some of; blank for a layer of its own. ``sided`` lines part what is to their left
    from what is to their right, so they must not meet themselves. ``one`` is what a sentence calls one feature, ``zone``.
    Of a layer that is not stored but ``reckoned`` for a view these are the layers it is made of; it is shown where it is asked for,
    and ``basis`` is the sentence of its legend that says by what rule.
    Of ``coarse`` kinds the place is told by a cell of ``COARSE_M`` and the time by the week, to protect the victims.
    """

    id: str
    title: str
    geometry: Geometry
    fields: tuple[Field, ...]
    portrayal: Portrayal
    time_rule: TimeRule = "interval"
    time_field: str = ""
    until_field: str = ""
    role: Role = "viewer"
    sectored: bool = False
    order: int = 0
    name_field: str = "name"
    mistaken: tuple[tuple[str, ...], ...] = ()
    base: str = ""
    sided: bool = False
    one: str = ""
    coarse: tuple[str, ...] = ()
    reckoned: tuple[str, ...] = ()
    basis: str = ""

    @property
    def called(self) -> str:
        """Return the title within a sentence: in small letters, but for the name that somebody gave a kept answer."""
        return self.title if self.base else self.title.lower()

    @property
    def any(self) -> str:
        """Return what a sentence calls any of its features, ``any zone``; of a kept answer by its own name."""
        return f"any of {self.title}" if self.base or not self.one else f"any {self.one}"

    @property
    def stored(self) -> str:
        """Return the id under which the record holds what the layer shows."""
        return self.base or self.id

    @property
    def tiled(self) -> bool:
        """Say whether the layer is drawn as binary point tiles."""
        return self.geometry == "point" and self.time_rule == "instant"

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def filterable(self) -> tuple[Field, ...]:
        """Return the fields offered as filters, in declaration order."""
        return tuple(f for f in self.fields if f.filterable)
