"""Many points as shaded hexagons: how many lie in each, by classes that grow tenfold in a few steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.briefing.picture import Floats

#: From pale to dark, so that it reads in grey print as well.
SHADES = ("#E3E0D6", "#C5C8C4", "#9DA8AD", "#6F8088", "#43545D")
_CORNERS = np.radians(np.arange(30, 390, 60))


@dataclass(frozen=True, slots=True, eq=False)
class Hexagons:
    """Shaded cells: of each its (6, 2) corners on the sheet, its class and its count; of each place its cell, ``of``.

    ``least`` is how many a cell of each class holds at least.
    """

    corners: Floats
    shade: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    of: npt.NDArray[np.int64]
    least: tuple[int, ...]

    def called(self) -> list[str]:
        """Return each class in words."""
        upto = [*(least - 1 for least in self.least[1:]), int(self.count.max(initial=0))]
        return [f"{low:,}" if low == high else f"{low:,} to {high:,}" for low, high in zip(self.least, upto, strict=True)]


def hexagons(x: Floats, y: Floats, width: float) -> Hexagons:
    """Return the hexagons that hold places on a sheet.

    Parameters
    ----------
    x, y : float64 arrays
        Millimetres.
    width : float
        From flat side to flat side, mm.

    References
    ----------
    Carr, D. B. et al. (1987). Scatterplot matrix techniques for large N. JASA 82, 424-436.
    """
    row_height = width * np.sqrt(3) / 2
    near: list[tuple[Floats, Floats]] = []
    for shift in (0.0, 0.5):
        row = 2 * np.round((y / row_height - 2 * shift) / 2) + 2 * shift
        column = np.round(x / width - shift) + shift
        near.append((column * width, row * row_height))
    first = np.hypot(x - near[0][0], y - near[0][1]) <= np.hypot(x - near[1][0], y - near[1][1])
    middle = np.stack([np.where(first, near[0][n], near[1][n]) for n in (0, 1)], axis=1)
    cells, of, count = np.unique(np.round(middle, 6), axis=0, return_inverse=True, return_counts=True)
    least = classes(int(count.max(initial=1)))
    around = np.stack([np.cos(_CORNERS), np.sin(_CORNERS)], axis=1) * width / np.sqrt(3)
    shade = np.searchsorted(np.array(least), count, side="right") - 1
    return Hexagons(cells[:, None, :] + around[None], shade, count, of.ravel(), least)


def classes(most: int) -> tuple[int, ...]:
    """Return from how many on each class begins, rising by equal shares, none of them empty by its bounds.

    Examples
    --------
    >>> classes(1), classes(3), classes(1_000)
    ((1,), (1, 2, 3), (1, 4, 16, 64, 252))
    """
    steps = len(SHADES)
    found = np.ceil(most ** (np.arange(steps) / steps)).astype(int)
    return tuple(dict.fromkeys(int(one) for one in found if one <= most))
