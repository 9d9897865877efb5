"""Where reports gather: density by square cells and by a kernel, and the local statistic of Getis and Ord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import maximum_filter
from scipy.signal import fftconvolve
from scipy.special import erfc

from layers.spatial.ground import Bools, Floats, Ints
from layers.spatial.plane import Plane, plane_about

#: The sides that cells may have, metres.
STEPS_M = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
#: A grid of more cells than this takes the next coarser ones.
MOST_CELLS = 250_000
#: Below so many cells to compare with, chance is not told from pattern.
FEWEST_CELLS = 30
#: The share of the marked cells that may be chance, from the strictest; the strictest class is the highest.
LEVELS = (0.01, 0.05, 0.10)


@dataclass(frozen=True, eq=False, slots=True)
class Laid:
    """Reports laid on a plane of true areas, in metres east and north of its middle."""

    plane: Plane
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal squares in a plane; what is told of them is an array of ``rows`` from the south and ``columns`` from the west.

    Attributes
    ----------
    west, south : int
        The first column and row, in cells from the plane's middle: cells of one size and plane never shift.
    """

    plane: Plane
    side_m: int
    west: int
    south: int
    columns: int
    rows: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        return self.rows, self.columns

    @property
    def km2(self) -> float:
        """Return the area of one cell."""
        return (self.side_m / 1_000) ** 2

    def middles(self) -> tuple[Floats, Floats]:
        """Return the metres east and north of every cell's middle, each of the grid's shape."""
        east = (self.west + np.arange(self.columns) + 0.5) * self.side_m
        north = (self.south + np.arange(self.rows) + 0.5) * self.side_m
        x, y = np.meshgrid(east, north)
        return x, y


def laid(lon: Floats, lat: Floats) -> Laid:
    """Lay places on a plane about their middle.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees; longitudes mean modulo 360. n may be 0.
    """
    plane = plane_about(lon, lat)
    return Laid(plane, *plane.metres(lon, lat))


def gridded(reports: Laid, side_m: int, *, margin_m: float = 0.0) -> Grid:
    """Return the grid that covers reports and a margin, of at most ``MOST_CELLS`` cells.

    Parameters
    ----------
    side_m : int
        The side asked for; the grid takes the least of ``STEPS_M`` from there on that leaves few enough cells.
    """
    if not len(reports):
        return Grid(reports.plane, side_m, 0, 0, 0, 0)
    edges = [reports.x.min() - margin_m, reports.x.max() + margin_m, reports.y.min() - margin_m, reports.y.max() + margin_m]
    grids = (_covering(reports.plane, side, edges) for side in (side_m, *(step for step in STEPS_M if step > side_m)))
    return next(grid for grid in grids if grid.rows * grid.columns <= MOST_CELLS)


def _covering(plane: Plane, side_m: int, edges: Sequence[float]) -> Grid:
    west, east, south, north = (int(np.floor(edge / side_m)) for edge in edges)
    return Grid(plane, side_m, west, south, east - west + 1, north - south + 1)


def counted(reports: Laid, grid: Grid) -> Ints:
    """Return how many reports lie in each cell. A report on an edge is of the cell to its north or east."""
    column = np.floor(reports.x / grid.side_m).astype(np.int64) - grid.west
    row = np.floor(reports.y / grid.side_m).astype(np.int64) - grid.south
    return np.bincount(row * grid.columns + column, minlength=grid.rows * grid.columns).reshape(grid.shape)


def kernel(reports: Laid, grid: Grid, reach_m: float) -> Floats:
    """Return reports per km² about each cell's middle, by a quartic kernel.

    A report spreads over ``reach_m`` about it, most where it lies, none beyond; what all cells hold comes to the number of
    reports. The grid must have a margin of ``reach_m`` and one cell for that. Reports are first shared among the four cell
    middles about them, which is right to the second order of the side over the reach: take sides of at most half of it.

    References
    ----------
    Silverman, B. W. (1986). Density estimation for statistics and data analysis, 76.
    Wand, M. P. (1994). Fast computation of multivariate kernel estimators. J. Comp. Graph. Statistics 3, 433-445.
    """
    if not len(reports):
        return np.zeros(grid.shape)
    reach = reach_m / grid.side_m
    steps = np.arange(-int(reach), int(reach) + 1)
    weight = np.maximum(1 - (steps[:, None] ** 2 + steps**2) / reach**2, 0.0) ** 2
    found = fftconvolve(_shared(reports, grid), weight / weight.sum(), mode="same")
    found[found < found.max() * 1e-9] = 0.0
    return np.asarray(found / grid.km2, np.float64)


def _shared(reports: Laid, grid: Grid) -> Floats:
    """Return the reports shared among the four cell middles about each, the nearer the more."""
    x, y = reports.x / grid.side_m - grid.west - 0.5, reports.y / grid.side_m - grid.south - 0.5
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, up = x - column, y - row
    found = np.zeros(grid.rows * grid.columns)
    for across, wide in ((0, 1 - right), (1, right)):
        for above, high in ((0, 1 - up), (1, up)):
            cell = (row + above) * grid.columns + column + across
            found += np.bincount(cell, wide * high, minlength=len(found))
    return found.reshape(grid.shape)


def peaks(density: Floats) -> Floats:
    """Return a density with all but its peaks, the cells that no neighbour exceeds, put to 0."""
    return np.where(density == maximum_filter(density, 3, mode="constant"), density, 0.0) if density.size else density


def compared(grid: Grid, counts: Ints, land: Sequence[shapely.Geometry] = ()) -> Bools:
    """Say of each cell whether it is one of those that reports are compared over.

    They are those with a report, and those whose middle lies within the outline of these (their convex hull) and, where land is given, on it.

    Parameters
    ----------
    land : sequence of areas
        WGS 84 degrees. Taken for granted only where nine of ten reports lie on it: a coarse map leaves islands out.
    """
    held = counts > 0
    if not held.any():
        return held
    x, y = grid.middles()
    outline = shapely.convex_hull(shapely.multipoints(np.column_stack([x[held], y[held]])))
    shapely.prepare(outline)
    inside = np.asarray(shapely.intersects_xy(outline, x, y), np.bool_)
    if len(land):
        at = np.flatnonzero(inside)
        dry = np.zeros(grid.shape, np.bool_)
        dry.flat[at] = _dry(*grid.plane.degrees(x.flat[at], y.flat[at]), land)
        if counts[dry].sum() >= 0.9 * counts.sum():
            inside &= dry
    return inside | held


def _dry(lon: Floats, lat: Floats, land: Sequence[shapely.Geometry]) -> Bools:
    found = np.zeros(len(lon), np.bool_)
    for area in land:
        west, south, east, north = shapely.bounds(area)
        near = np.flatnonzero(~found & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        if len(near):
            shapely.prepare(area)
            found[near] = shapely.contains_xy(area, lon[near], lat[near])
    return found


def gathered(counts: Ints, among: Bools, reach: float) -> Floats:
    """Return Getis and Ord's Gi* of every compared cell as a standard score; NaN of others and where it is not defined.

    The sum of a cell and its neighbours within reach, against what it would be if the counts of the compared cells were
    shuffled among them: so many standard deviations above or below. Weights are one within reach, the cell itself included.
    Not defined where all counts are equal, or where everything lies within reach.

    Parameters
    ----------
    counts : (rows, columns) int64
    among : (rows, columns) bool
        The cells to compare over; counts of others are not looked at.
    reach : float
        From middle to middle, in cells.

    References
    ----------
    Ord, J. K., Getis, A. (1995). Local spatial autocorrelation statistics. Geographical Analysis 27, 286-306.
    """
    score = np.full(counts.shape, np.nan)
    n = int(among.sum())
    if n < 2 or counts[among].min() == counts[among].max():
        return score
    mean, spread = float(counts[among].mean()), float(counts[among].std())
    total, near = (around(np.where(among, of, 0), reach)[among] for of in (counts, np.ones_like(counts)))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (total - mean * near) / (spread * np.sqrt((n * near - near**2) / (n - 1)))
    score[among] = np.where(near < n, found, np.nan)
    return score


def around(values: Ints, reach: float) -> Floats:
    """Return the sum of whole numbers within reach of each cell, itself included; from middle to middle, in cells. Exact."""
    steps = np.arange(-int(reach), int(reach) + 1)
    disc = (steps[:, None] ** 2 + steps**2 <= reach**2).astype(np.float64)
    whole: Floats = np.rint(fftconvolve(np.pad(values, int(reach)).astype(np.float64), disc, mode="valid"))
    return whole


def classed(score: Floats) -> npt.NDArray[np.int8]:
    """Return what scores tell apart from chance: 3, 2, 1 for more than chance gathers, by ``LEVELS``; negative for fewer; 0 for neither.

    So many cells are tested at once that some pass by chance. Of the cells of class 3 at most 1 in 100 are expected to (2: 1
    in 20, 1: 1 in 10), whichever they are. 0 everywhere where fewer than ``FEWEST_CELLS`` are compared.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. J. Royal Statistical Society B 57, 289-300.
    Caldas de Castro, M., Singer, B. H. (2006). Controlling the false discovery rate: a new application to account for
    multiple and dependent tests in local statistics of spatial association. Geographical Analysis 38, 180-208.
    """
    found = np.zeros(score.shape, np.int8)
    told = np.isfinite(score)
    if told.sum() < FEWEST_CELLS:
        return found
    share = discovered(erfc(np.abs(score[told]) / np.sqrt(2)))
    rank = np.sum([share <= level for level in LEVELS], axis=0)
    found[told] = np.sign(score[told]) * rank
    return found


def discovered(chance: Floats) -> Floats:
    """Return for each of many tests the least share of false ones among those that would pass with it.

    Parameters
    ----------
    chance : (n,) float64
        How likely chance alone gives as much, 0 to 1.
    """
    order = np.argsort(-chance, kind="stable")
    among = len(chance) / np.arange(len(chance), 0, -1)
    found = np.empty_like(chance)
    found[order] = np.minimum.accumulate(np.minimum(chance[order] * among, 1.0))
    return found


def strongest(strength: Floats, grid: Grid, apart_m: float, most: int) -> Ints:
    """Return the strongest cells, as positions row by row, the strongest first, none within ``apart_m`` of a stronger one.

    Parameters
    ----------
    strength : (rows, columns) float64
        Cells of no more than 0, or NaN, are left out. Of equal ones the southern, then the western comes first.
    """
    order = np.flatnonzero(strength > 0)
    order = order[np.argsort(-strength.flat[order], kind="stable")]
    row, column = order // grid.columns, order % grid.columns
    left = np.ones(len(order), np.bool_)
    found: list[int] = []
    while left.any() and len(found) < most:
        best = int(left.argmax())
        found.append(int(order[best]))
        left &= (row - row[best]) ** 2 + (column - column[best]) ** 2 > (apart_m / grid.side_m) ** 2
    return np.array(found, np.int64)
