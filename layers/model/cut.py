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
