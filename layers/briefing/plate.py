"""What is to be drawn on a sheet, before it is: which features over which ground, and every word about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from layers.briefing.paper import Size
from layers.briefing.picture import Floats
from layers.model import Box, Layer


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Features of one layer, in WGS 84 degrees: points as ``lon`` and ``lat``, lines and areas as ``shapes``.

    ``hue`` and ``glyph`` are their classes in the layer's portrayal, ``names`` what may be written beside them, blank for nothing.
    ``ringed`` are those that are new since the last sheet; empty where that is not asked. Of a class of less than ``fewest`` no
    number is told, and each place is drawn as its gravest. ``on`` says of each of two maps, before and after, which features stand on it;
    empty where all stand on every map. ``within_m`` are metres within which each point truly lies; empty or 0 where nothing is said.
    """

    layer: Layer
    hue: npt.NDArray[np.int64]
    glyph: npt.NDArray[np.int64]
    lon: Floats = field(default_factory=lambda: np.empty(0))
    lat: Floats = field(default_factory=lambda: np.empty(0))
    shapes: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    dashed: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    names: tuple[str, ...] = ()
    ringed: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    fewest: int = 0
    on: tuple[npt.NDArray[np.bool_], ...] = ()
    within_m: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.hue)


@dataclass(frozen=True, slots=True)
class Base:
    """One base layer: shapes in WGS 84 degrees, and of each a name, blank for none. ``name`` says what it is: land, rivers, towns."""

    name: str
    shapes: Sequence[object] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Land:
    """The ground under the features. ``world`` is coarse, for the small map that says where this is."""

    base: tuple[Base, ...] = ()
    world: Sequence[object] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Every word of a sheet. Text only; what is blank is left out.

    ``notes`` are pairs of a label and what it says, in the margin; ``trace`` are lines by which the sheet can be made again.
    ``since`` is the time from which on what is new is ringed. ``colour`` is that of the title, ``logo`` a PNG that stands beside it.
    """

    title: str
    subtitle: str
    band: str
    number: str
    author: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    sources: str = ""
    disclaimer: str = ""
    stamp: str = ""
    trace: tuple[str, ...] = ()
    since: str = ""
    colour: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class Underlay:
    """A scene under the map: of the frame's ground, warped to its projection, (rows, columns, 4) uint8; ``called`` says what it is."""

    pixels: npt.NDArray[np.uint8]
    called: str


#: A page of the web tells of so many features of a layer at most.
MOST_TOLD = 3_000


@dataclass(frozen=True, slots=True)
class Details:
    """What is told of the features of one layer.

    Attributes
    ----------
    labels : tuple of str
        What its fields are called.
    rows : mapping of int to tuple of str
        By a feature's place in its ``Drawn``: the texts of its fields, blank for none. Of some or of all features.
    """

    labels: tuple[str, ...] = ()
    rows: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A sheet before it is drawn. ``box`` is the ground it shows at least; ``drawn`` are its layers, the lowest first.

    ``scale`` is metres on the ground for one on paper, of the box's middle; 0 for the largest round one that shows it whole.
    With a scene ``after``, the same ground is shown twice, before and after.
    ``details`` are what a page of the web tells of features, by layer.
    """

    told: Told
    size: Size
    portrait: bool
    box: Box
    drawn: tuple[Drawn, ...]
    land: Land
    underlay: Underlay | None = None
    after: Underlay | None = None
    scale: float = 0.0
    details: Mapping[str, Details] = field(default_factory=dict)
