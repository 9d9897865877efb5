"""Areas filled with lines instead of colour, so that grey print tells them from the ground."""

from __future__ import annotations

import numpy as np
import shapely


def hatched(area: shapely.Geometry, step_mm: float) -> shapely.Geometry:
    """Return lines that rise to the right through an area of a sheet, so many millimetres apart; areas side by side share their lines.

    Examples
    --------
    >>> round(hatched(shapely.box(0, 0, 2, 1), 1.0).length, 3)
    2.243
    """
    if area.is_empty:
        return shapely.MultiLineString()
    west, south, east, north = area.bounds
    across = step_mm * np.sqrt(2.0)
    # Each line by where it crosses the sheet's lower edge.
    at = np.arange(np.ceil((west - north) / across), np.floor((east - south) / across) + 1) * across
    ends = np.stack([np.stack([at + south, np.full(len(at), south)], 1), np.stack([at + north, np.full(len(at), north)], 1)], 1)
    return shapely.intersection(shapely.MultiLineString(list(ends)), area)
