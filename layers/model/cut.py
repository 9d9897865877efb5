"""What one map tile shows of a point layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Cut:
    """Equally long columns, one row for each mark.

    Attributes
    ----------
    count : uint32
        How many records the mark stands for.
    id : uint32
        Version number of the record, of a cell its worst and newest.
    x, y : uint16
        Place in the tile, 0..65535 from its west and north edge.
    hue, glyph : uint8
        Positions in the layer's portrayal.
    precision : uint8
        0 for none or finer than a metre, else metres = 2 ** (code / 4).
    aggregated : bool
        The marks are cells of a 32 × 32 grid.
    """

    count: npt.NDArray[np.uint32]
    id: npt.NDArray[np.uint32]
    x: npt.NDArray[np.uint16]
    y: npt.NDArray[np.uint16]
    hue: npt.NDArray[np.uint8]
    glyph: npt.NDArray[np.uint8]
    precision: npt.NDArray[np.uint8]
    aggregated: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What one map tile shows in the course of a span, in 16 × 16 cells and equal parts of the span.

    Attributes
    ----------
    x, y : (256,) uint16
        Where the records of each cell lie on the mean, 0..65535 from the tile's west and north edge.
    first : uint32
        Of each part of the span the first entry; one more than there are parts.
    cell, look : uint8
        Of each entry its cell, and its look: the position of its hue times ``glyphs``, plus that of its glyph.
    count : uint16
        How many records an entry stands for.
    glyphs : int
        How many glyphs the layer has.
    """

    x: npt.NDArray[np.uint16]
    y: npt.NDArray[np.uint16]
    first: npt.NDArray[np.uint32]
    cell: npt.NDArray[np.uint8]
    look: npt.NDArray[np.uint8]
    count: npt.NDArray[np.uint16]
    glyphs: int
