"""Where the reports of a view gather, in cells and under a kernel: figures, words and a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from layers.analysis import hotspots as law
from layers.analysis.clusters import Near
from layers.analysis.hotspots import Grid
from layers.desk import sketch
from layers.desk.gatherings import usual_near
from layers.desk.sheet import Sheet
from layers.desk.strewn import Strewn, left_out, many, metres, named, strewn
from layers.model import Box, Layer
from layers.notation import format_mgrs
from layers.render import heat
from layers.spatial.ground import Bools, Floats, Ints

Measure = Literal["grid", "kernel", "gi"]

#: What may be asked: sides of cells, reaches about them.
SIDES_M = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
REACHES_M = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
#: Where nothing is asked a view is cut into about two cells to a report, from so many to so many.
_USUAL_CELLS = (200, 5_000)
_MOST = 10
#: A kernel is reckoned at cells of this part of its reach, or the next finer ones.
_FINE, _FINEST_M = 5, 100
_ONE_IN = {3: "1 in 100", 2: "1 in 20", 1: "1 in 10"}
CAVEAT = (
    "It says where reports gather, not why, and not who. Places nobody watches gather none. What two sources report counts once "
    "where the reports are linked, else twice."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a view: by which measure, in cells of which side, looking how far about each."""

    measure: Measure
    side_m: int
    reach_m: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell where reports gather, or a peak of the kernel.

    Attributes
    ----------
    box : tuple of float
        West, south, east, north of the cell, degrees.
    grid, near : str
        The cell's middle in MGRS, and the nearest settlement with its distance.
    count, within : int
        Reports in the cell, and within reach of its middle: for Gi* in the cells whose middles are.
    per_km2, per_day : float
        Density of the cell, or at the peak; reports within reach a day.
    score : float or None
        Gi*; None where it is not defined or was not asked.
    rank : int
        As ``layers.analysis.hotspots.classed`` returns.
    verdict, words : str
        What Gi* says of it in a few words, and in whole; blank where it is not defined.
    """

    lon: float
    lat: float
    box: Box
    grid: str
    near: str
    count: int
    within: int
    per_km2: float
    per_day: float
    score: float | None
    rank: int
    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class Hotspots:
    """Where reports gather: how many were looked at, what to know about it, the strongest places, and a picture as SVG."""

    count: int
    said: tuple[str, ...]
    spots: tuple[Spot, ...] = ()
    picture: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class _Field:
    """Cells and what is told of each; arrays of the grid's shape."""

    grid: Grid
    count: Ints
    within: Ints
    density: Floats
    score: Floats
    rank: npt.NDArray[np.int8]


def usual(sheet: Sheet, of: Layer) -> tuple[Asked, Near]:
    """Return what is asked of a view where nothing is chosen, so that it suits how far and how thick its reports lie."""
    reports = strewn(sheet, of)
    laid = law.laid(reports.events.lon, reports.events.lat)
    m2 = float(np.ptp(laid.x) * np.ptp(laid.y)) if len(laid) else 0.0
    wanted = max(math.sqrt(m2 / np.clip(2 * len(laid), *_USUAL_CELLS)), 1.0)
    side = min(SIDES_M, key=lambda step: abs(math.log(step / wanted)))
    reach = next(step for step in REACHES_M if step >= 2 * side)
    return Asked("gi", side, reach), usual_near(laid, reports.events.at)


def found(sheet: Sheet, of: Layer, asked: Asked) -> Hotspots:
    """Return where a view's reports gather, within what its user may see. It is marked as the sheet is."""
    reports = strewn(sheet, of)
    if not len(reports):
        return Hotspots(0, _left_out(reports, asked.side_m))
    return _under_kernel(sheet, reports, asked) if asked.measure == "kernel" else _in_cells(sheet, reports, asked)


def _in_cells(sheet: Sheet, reports: Strewn, asked: Asked) -> Hotspots:
    laid = law.laid(reports.events.lon, reports.events.lat)
    grid = law.gridded(laid, asked.side_m)
    reach, count = max(asked.reach_m, grid.side_m), law.counted(laid, grid)
    frame = heat.framed(laid.plane, laid.x, laid.y, grid.side_m)
    ground = sketch.ground(sheet, frame.box())
    among = law.compared(grid, count, ground.land)
    score = law.gathered(count, among, reach / grid.side_m)
    within = np.rint(law.around(count, reach / grid.side_m)).astype(np.int64)
    field = _Field(grid, count, within, count / grid.km2, score, law.classed(score))
    begins = heat.breaks(count.astype(np.float64), whole=True)
    by_gi = asked.measure == "gi"
    shade = np.where(field.rank > 0, field.rank + 2, 0) if by_gi else heat.shaded(count.astype(np.float64), begins)
    marked = np.sign(np.where(np.abs(field.rank) >= 2, field.rank, 0)).astype(np.int8)
    best = law.strongest(np.where(field.rank > 0, score, 0.0) if by_gi else count.astype(np.float64), grid, reach, _MOST)
    key = _key(grid, reach, None if by_gi else begins, marked)
    said = (*_left_out(reports, grid.side_m), *_sized(asked, grid, reach), _compared(field, among), CAVEAT)
    words = f"Map of {many(len(reports))} in cells of {metres(grid.side_m)}"
    picture = heat.picture(frame, _cells(grid, shade.astype(np.uint8), marked), ground, key, words)
    return Hotspots(len(reports), said, _spots(sheet, field, best, reports.days, reach), picture)


def _under_kernel(sheet: Sheet, reports: Strewn, asked: Asked) -> Hotspots:
    laid = law.laid(reports.events.lon, reports.events.lat)
    fine = max((step for step in law.STEPS_M if step <= asked.reach_m / _FINE), default=_FINEST_M)
    side = law.gridded(laid, fine, margin_m=asked.reach_m + fine).side_m
    reach = max(asked.reach_m, 2 * side)
    grid = law.gridded(laid, side, margin_m=reach + side)
    reach = max(reach, 2 * grid.side_m)
    density = law.kernel(laid, grid, reach)
    begins = heat.breaks(density, whole=False)
    best = law.strongest(law.peaks(density), grid, reach, _MOST)
    within = np.zeros(grid.shape, np.int64)
    x, y = (of.flat[best] for of in grid.middles())
    within.flat[best] = [int((np.hypot(laid.x - a, laid.y - b) <= reach).sum()) for a, b in zip(x, y, strict=True)]
    plain = np.zeros(grid.shape, np.int8)
    field = _Field(grid, law.counted(laid, grid), within, density, np.full(grid.shape, np.nan), plain)
    cells = _cells(grid, heat.shaded(density, begins), plain)
    key = heat.Key(f"Reports per km², each spread over {metres(reach)} about it", tuple(f"from {of:,.10g}" for of in begins))
    frame = heat.framed(laid.plane, laid.x, laid.y, grid.side_m)
    picture = heat.picture(
        frame,
        cells,
        sketch.ground(sheet, frame.box()),
        key,
        f"Map of the density of {many(len(reports))}, by a kernel of {metres(reach)}",
    )
    said = (*_left_out(reports, reach), *_sized(asked, grid, reach), CAVEAT)
    return Hotspots(len(reports), said, _spots(sheet, field, best, reports.days, reach), picture)


def _cells(grid: Grid, shade: npt.NDArray[np.uint8], outline: npt.NDArray[np.int8]) -> heat.Cells:
    return heat.Cells(grid.plane, grid.side_m, grid.west * grid.side_m, grid.south * grid.side_m, shade, outline)


def _spots(sheet: Sheet, field: _Field, best: Ints, days: float, reach: float) -> tuple[Spot, ...]:
    grid, half = field.grid, field.grid.side_m / 2
    x, y = (of.flat[best] for of in grid.middles())
    lon, lat = grid.plane.degrees(x, y)
    near = named(sheet, lon, lat)
    grids = format_mgrs(lon, lat, 6).tolist()
    edge = [grid.plane.degrees(x + a * half, y + b * half) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    off = np.array([(corner[0] - lon + 180) % 360 - 180 for corner in edge])
    west, east = ((lon + of + 180) % 360 - 180 for of in (off.min(axis=0, initial=0), off.max(axis=0, initial=0)))
    north_south = np.array([corner[1] for corner in edge])
    south, north = north_south.min(axis=0), north_south.max(axis=0)
    return tuple(
        Spot(
            lon=float(lon[n]),
            lat=float(lat[n]),
            box=(round(float(west[n]), 6), round(float(south[n]), 6), round(float(east[n]), 6), round(float(north[n]), 6)),
            grid=grids[n],
            near=near[n],
            count=int(field.count.flat[at]),
            within=int(field.within.flat[at]),
            per_km2=float(field.density.flat[at]),
            per_day=float(field.within.flat[at] / days),
            score=float(field.score.flat[at]) if np.isfinite(field.score.flat[at]) else None,
            rank=int(field.rank.flat[at]),
            verdict=_verdict(int(field.rank.flat[at]), float(field.score.flat[at])),
            words=meaning(int(field.rank.flat[at]), float(field.score.flat[at]), reach),
        )
        for n, at in enumerate(best.tolist())
    )


def meaning(rank: int, score: float, reach_m: float) -> str:
    """Return in words what Gi* says of a cell; blank where it is not defined.

    Parameters
    ----------
    rank : int
        As ``layers.analysis.hotspots.classed`` returns.
    """
    if not math.isfinite(score):
        return ""
    if not rank:
        return f"No more and no fewer reports here and within {metres(reach_m)} than chance may gather: z = {score:.1f}."
    than = (
        "More reports here and within {} than chance would gather"
        if rank > 0
        else "Fewer reports here and within {} than chance would leave"
    )
    return f"{than.format(metres(reach_m))}: z = {score:.1f}. Of the cells marked so, fewer than {_ONE_IN[abs(rank)]} are expected to be chance."


def _verdict(rank: int, score: float) -> str:
    if not math.isfinite(score):
        return ""
    return f"{'More' if rank > 0 else 'Fewer'} than chance, under {_ONE_IN[abs(rank)]}" if rank else "As chance may gather"


def _key(grid: Grid, reach: float, begins: tuple[float, ...] | None, marked: npt.NDArray[np.int8]) -> heat.Key:
    """Return what the picture's shades and outlines mean: of counts from ``begins`` on, or where that is None of Gi*."""
    more = f"outline: more than chance within {metres(reach)}, under {_ONE_IN[2]}" if (marked > 0).any() else ""
    fewer = f"outline: fewer, under {_ONE_IN[2]}" if (marked < 0).any() else ""
    if begins is not None:
        return heat.Key(f"Reports in a cell of {metres(grid.side_m)} ({grid.km2:,.10g} km²)", _spans(begins), more, fewer)
    title = (
        f"More reports within {metres(reach)} of a cell of {metres(grid.side_m)} than chance would gather (Getis–Ord Gi*); "
        "of the cells marked so, chance may have marked"
    )
    return heat.Key(
        title, tuple(f"under {_ONE_IN[rank]}" for rank in (1, 2, 3)), f"outline: all under {_ONE_IN[2]}" if more else "", fewer
    )


def _spans(begins: tuple[float, ...]) -> tuple[str, ...]:
    ends = [*(of - 1 for of in begins[1:]), math.inf]
    return tuple(
        f"{low:,.0f} and more" if high == math.inf else f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"
        for low, high in zip(begins, ends, strict=True)
    )


def _left_out(reports: Strewn, side_m: float) -> tuple[str, ...]:
    coarse = int((reports.precision_m > side_m).sum())
    if not coarse:
        return left_out(reports)
    return (
        *left_out(reports),
        f"{many(coarse, 'is')} known less exactly than to {metres(side_m)} and counted where the report says.",
    )


def _sized(asked: Asked, grid: Grid, reach: float) -> tuple[str, ...]:
    said = []
    if asked.measure != "kernel" and grid.side_m != asked.side_m:
        said.append(
            f"Cells of {metres(asked.side_m)} would be more than {law.MOST_CELLS:,}: cells of {metres(grid.side_m)} are taken."
        )
    if reach != asked.reach_m:
        said.append(f"A reach of {metres(asked.reach_m)} is too short for these cells: {metres(reach)} is taken.")
    return tuple(said)


def _compared(field: _Field, among: Bools) -> str:
    count, held = int(among.sum()), int((field.count > 0).sum())
    cells = f"{held:,} cells hold reports; compared over {count:,} cells, those inside the outline of these and, where the map knows it, on land"
    if count < law.FEWEST_CELLS:
        return f"{cells}. That is too few to tell chance from pattern: take smaller cells or a longer view."
    return f"{cells}. Chance is what would come of shuffling their counts among them."
