"""How far two scenes of a pair lie off one another, measured by the phases of their textures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from layers.imagery.change.method import Pair
from layers.imagery.change.pair import Opened
from layers.imagery.change.windows import Asked, Window, in_order
from layers.imagery.written import TILE

#: The side of a window in which texture is compared, and how many windows are looked at, each way.
_SIDE, _EACH_WAY = 256, 3
_LEAST_SIDE = 32
_LEAST_VALID = 0.8
#: Waves shorter than this many pixels are mostly noise and aliasing, and left out.
_SHORTEST = 3.0
#: The peak is looked for this finely, so far about the highest whole pixel.
_UPSAMPLED, _ABOUT_PX = 50, 0.6
#: A peak must stand this many standard deviations above the correlation around it.
_CLEAR = 8.0
#: Windows whose shift lies within this of the median agree with it; so many of those clear must.
_AGREES_PX, _MAJORITY = 0.75, 0.5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the scene after lies off the scene before, in pixels: positive is down and to the right."""

    rows: float
    columns: float

    @property
    def pixels(self) -> float:
        """The length of the shift, in pixels."""
        return float(np.hypot(self.rows, self.columns))


def measured(opened: Opened, *, threads: int, cancelled: Asked | None = None) -> Shift | None:
    """Return the shift between the scenes of a pair; None where their textures do not tell.

    Windows spread over the pair are compared at full resolution; the answer is the median of those that are clear.
    """

    def one(window: Window) -> tuple[Shift, float] | None:
        with opened.lent() as sources:
            return between(sources.read(window).pair)

    found = [shift for shift in in_order(one, _spread(opened.overlap), threads=threads, cancelled=cancelled) if shift]
    return _agreed([shift for shift, clear in found if clear >= _CLEAR])


def between(pair: Pair) -> tuple[Shift, float] | None:
    """Return the shift between two windows and how clear it is, in standard deviations; None where there is no texture.

    References
    ----------
    Foroosh, H., Zerubia, J., Berthod, M. (2002). Extension of phase correlation to subpixel registration.
    IEEE Transactions on Image Processing 11(3), 188-200.

    Guizar-Sicairos, M., Thurman, S. T., Fienup, J. R. (2008). Efficient subpixel image registration algorithms.
    Optics Letters 33(2), 156-158.
    """
    before, after = _grey(pair.before), _grey(pair.after)
    if before is None or after is None or min(before.shape) < _LEAST_SIDE:
        return None
    rows, columns = before.shape
    taper = np.outer(np.hanning(rows), np.hanning(columns))
    cross = np.conj(fft.fft2(before * taper)) * fft.fft2(after * taper)
    size = np.abs(cross)
    down, right = fft.fftfreq(rows), fft.fftfreq(columns)
    kept = (np.hypot(down[:, None], right) < 1 / _SHORTEST) & (size > size.max() * 1e-12)
    phases = np.where(kept, cross / np.where(size > 0, size, 1), 0)
    surface = fft.ifft2(phases).real
    if -surface.min() > surface.max():
        # What was dark is bright now, as fields are after harvest: the texture is the same.
        surface, phases = -surface, -phases
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    clear = float((surface[row, column] - surface.mean()) / surface.std())
    coarse = (_signed(int(row), rows), _signed(int(column), columns))
    return _refined(phases, down, right, coarse), clear


def _refined(phases: npt.NDArray[np.complex128], down: Floats, right: Floats, coarse: tuple[int, int]) -> Shift:
    """Return where near a whole pixel the correlation is highest, by a discrete Fourier transform of that place alone."""
    reach = round(_UPSAMPLED * _ABOUT_PX)
    steps = np.arange(-reach, reach + 1) / _UPSAMPLED
    rows, columns = coarse[0] + steps, coarse[1] + steps
    # Not by the matrix library, whose threads would wait longer for each other than this takes.
    long = np.abs(down) < 1 / _SHORTEST, np.abs(right) < 1 / _SHORTEST
    # The sums run along rows as they lie in memory, three times sooner than down the columns.
    across = np.einsum("kj,ij->ki", np.exp(2j * np.pi * np.outer(columns, right[long[1]])), phases[np.ix_(*long)])
    near = np.einsum("ri,ki->rk", np.exp(2j * np.pi * np.outer(rows, down[long[0]])), across).real
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    return Shift(float(rows[row]), float(columns[column]))


def _grey(bands: npt.NDArray[np.float32]) -> Floats | None:
    """Return the mean of the bands, each by its own spread, gaps at the mean; None where too little is seen."""
    seen = np.isfinite(bands[0])
    if seen.mean() < _LEAST_VALID:
        return None
    values = (bands.reshape(len(bands), -1) if seen.all() else bands[:, seen]).astype(np.float64)
    values -= values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1)
    told = spread > 0
    grey = np.zeros(seen.shape)
    grey[seen] = (1 / spread[told]) @ values[told]
    return grey if told.any() else None


def _signed(place: int, size: int) -> int:
    return place - size if place > size // 2 else place


def _spread(whole: Window) -> list[Window]:
    """Return windows spread evenly over another, on the corners of our tiles where they fit."""
    rows, columns = min(_SIDE, whole.rows), min(_SIDE, whole.columns)

    def starts(begin: int, length: int, side: int) -> list[int]:
        spare = length - side
        first = (np.arange(_EACH_WAY) + 0.5) / _EACH_WAY * spare
        tiled = -(-(begin + first) // TILE) * TILE - begin
        return sorted({begin + int(min(max(place, 0), spare)) for place in tiled})

    return [
        Window(row, column, rows, columns)
        for row in starts(whole.row, whole.rows, rows)
        for column in starts(whole.column, whole.columns, columns)
    ]


def _agreed(shifts: Sequence[Shift]) -> Shift | None:
    """Return the median of shifts, where most are near it."""
    if not shifts:
        return None
    each = np.array([(shift.rows, shift.columns) for shift in shifts])
    middle = np.median(each, axis=0)
    near = np.hypot(*(each - middle).T) <= _AGREES_PX
    if near.mean() < _MAJORITY:
        return None
    rows, columns = np.median(each[near], axis=0)
    return Shift(float(rows), float(columns))
