"""Which pixels a scene's own masks hide: those without data, and those that show cloud or its shadow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from layers.imagery.scene import Role

Bools = npt.NDArray[np.bool_]
Stored = npt.NDArray[Any]

#: Landsat Collection 2, QA_PIXEL: fill; dilated cloud, cirrus, cloud, cloud shadow.
_FILL, _CLOUDED = 0b1, 0b11110
#: Sentinel-2 Level 2A, scene classification: no data, saturated; cloud shadow, cloud of middle and high odds, thin cirrus.
_SCL_MISSING, _SCL_CLOUDED = (0, 1), (3, 8, 9, 10)

_MISSING: Mapping[Role, Callable[[Stored], Bools]] = {
    "alpha": lambda band: band == 0,
    "qa_pixel": lambda band: (band.astype(np.int64) & _FILL) > 0,
    "scl": lambda band: np.isin(band, _SCL_MISSING),
}
_HIDDEN: Mapping[Role, Callable[[Stored], Bools]] = {
    "cloud": lambda band: band != 0,
    "qa_pixel": lambda band: (band.astype(np.int64) & _CLOUDED) > 0,
    "scl": lambda band: np.isin(band, _SCL_CLOUDED),
}


def missing(role: Role, band: Stored) -> Bools | None:
    """Return where a mask says that there is no data; None where such a mask never says so."""
    return _MISSING[role](band) if role in _MISSING else None


def clouded(role: Role, band: Stored) -> Bools | None:
    """Return where a mask says that cloud or its shadow hides the ground; None where such a mask never says so.

    References
    ----------
    USGS, Landsat 8-9 Collection 2 Level 2 Science Product Guide (LSDS-1619), table of QA_PIXEL.
    ESA, Sentinel-2 Products Specification Document, scene classification.
    """
    return _HIDDEN[role](band) if role in _HIDDEN else None
