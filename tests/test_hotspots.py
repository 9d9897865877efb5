"""Density and Gi*: laws, beside slow references."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control

from layers.analysis import hotspots
from layers.analysis.hotspots import Grid, Laid
from layers.spatial.ground import EARTH
from layers.spatial.plane import Plane, plane_about

MIDDLES = st.sampled_from([(63.0, -20.0), (179.9, 10.0), (-20.0, 78.0), (15.0, 89.9), (30.0, -64.0), (-180.0, 0.0)])
COUNTS = arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 9))


def strewn(middle: tuple[float, float], count: int, seed: int, spread_m: float = 30_000.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    start = np.full(count, middle[0]), np.full(count, middle[1])
    lon, lat, _ = EARTH.fwd(*start, random.uniform(0, 360, count), spread_m * np.sqrt(random.uniform(0, 1, count)))
    return np.asarray(lon), np.asarray(lat)


@given(MIDDLES, st.integers(0, 99))
def test_the_plane_keeps_areas_anywhere_and_comes_back(middle: tuple[float, float], seed: int) -> None:
    lon, lat = strewn(middle, 20, seed)
    plane = plane_about(lon, lat)
    x, y = plane.metres(lon, lat)
    back = plane.degrees(x, y)
    assert EARTH.inv(lon, lat, *back)[2] == pytest.approx(np.zeros(20), abs=5e-3)
    outline = shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])))
    corner = shapely.segmentize(outline.exterior, 500).coords
    area = EARTH.polygon_area_perimeter(*plane.degrees(*np.array(corner).T))[0]
    assert abs(area) == pytest.approx(outline.area, rel=1e-4)


@pytest.mark.parametrize(("metres", "percent"), [(100_000, 0.005), (500_000, 0.09)])
def test_the_plane_is_off_by_no_more_than_it_says(metres: float, percent: float) -> None:
    plane, bearings = Plane(20.0, 50.0), np.arange(0.0, 360.0, 15.0)
    lon, lat, _ = EARTH.fwd(np.full(24, 20.0), np.full(24, 50.0), bearings, np.full(24, metres))
    for turned in (0.0, 90.0):
        ahead = EARTH.fwd(lon, lat, bearings + turned, np.full(24, 1_000.0))[:2]
        (x, y), (x2, y2) = plane.metres(lon, lat), plane.metres(*ahead)
        assert np.abs(np.hypot(x2 - x, y2 - y) / 1_000 - 1).max() * 100 < percent


def test_the_antipode_of_the_middle_has_a_place_too() -> None:
    x, y = Plane(63.0, -20.0).metres([-117.0], [20.0])
    assert np.isfinite(np.hypot(x, y)).all()


@given(MIDDLES, st.integers(0, 60), st.integers(0, 99), st.sampled_from([500, 2_000, 20_000]))
def test_every_report_is_counted_once_in_the_cell_it_lies_in(middle: tuple[float, float], n: int, seed: int, side: int) -> None:
    reports = hotspots.laid(*strewn(middle, n, seed))
    grid = hotspots.gridded(reports, side)
    counts = hotspots.counted(reports, grid)
    slow = np.zeros(grid.shape, np.int64)
    for x, y in zip(reports.x, reports.y, strict=True):
        slow[int(y // side) - grid.south, int(x // side) - grid.west] += 1
    assert counts.tolist() == slow.tolist()
    assert counts.sum() == n


def test_a_grid_of_too_many_cells_takes_coarser_ones() -> None:
    reports = hotspots.laid(np.array([0.0, 40.0]), np.array([0.0, 40.0]))
    grid = hotspots.gridded(reports, 500)
    assert grid.side_m in hotspots.STEPS_M
    assert grid.rows * grid.columns <= hotspots.MOST_CELLS
    assert (grid.rows * grid.columns) * 9 > hotspots.MOST_CELLS / 4


def test_one_report_more_moves_no_cell() -> None:
    lon, lat = strewn((62.9, -20.1), 50, 1)
    before = hotspots.gridded(hotspots.laid(lon, lat), 2_000)
    after = hotspots.gridded(hotspots.laid(np.append(lon, 63.05), np.append(lat, -20.0)), 2_000)
    assert before.plane == after.plane


@given(MIDDLES, st.integers(0, 40), st.integers(0, 99), st.sampled_from([2_000, 5_000, 9_000]))
def test_a_kernel_holds_as_many_reports_as_there_are(middle: tuple[float, float], n: int, seed: int, reach: int) -> None:
    reports = hotspots.laid(*strewn(middle, n, seed))
    grid = hotspots.gridded(reports, 500, margin_m=reach + 500)
    found = hotspots.kernel(reports, grid, reach)
    assert found.sum() * grid.km2 == pytest.approx(n, rel=1e-6, abs=1e-9)
    assert (found >= 0).all()


@given(st.integers(1, 30), st.integers(0, 99))
def test_a_kernel_is_that_of_every_report_at_every_middle(n: int, seed: int) -> None:
    reports, reach = hotspots.laid(*strewn((63.0, -20.0), n, seed)), 6_000.0
    grid = hotspots.gridded(reports, 500, margin_m=reach + 500)
    slow, (x, y) = np.zeros(grid.shape), grid.middles()
    for east, north in zip(reports.x, reports.y, strict=True):
        apart = ((x - east) ** 2 + (y - north) ** 2) / reach**2
        slow += 3 / (np.pi * (reach / 1_000) ** 2) * np.maximum(1 - apart, 0) ** 2
    assert np.abs(hotspots.kernel(reports, grid, reach) - slow).max() < 0.02 * slow.max()


def test_a_kernel_of_reports_at_one_place_is_highest_there_and_ends_at_its_reach() -> None:
    reports = hotspots.laid(np.full(7, 12.3), np.full(7, 45.6))
    grid = hotspots.gridded(reports, 500, margin_m=2_500)
    found, (x, y) = hotspots.kernel(reports, grid, 2_000), grid.middles()
    away = np.hypot(x - reports.x[0], y - reports.y[0])
    assert away.flat[found.argmax()] < 500
    assert not found[away > 2_000 + 750].any()
    assert hotspots.gridded(hotspots.laid(np.empty(0), np.empty(0)), 500).shape == (0, 0)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 4)), st.sampled_from([1, 2, 3])
)
def test_the_strongest_lie_apart_and_nothing_stronger_is_passed_over(values: np.ndarray, apart: int) -> None:
    grid = Grid(Plane(10.0, 50.0), 1_000, 0, 0, values.shape[1], values.shape[0])
    found = [(n // grid.columns, n % grid.columns) for n in hotspots.strongest(values, grid, apart * 1_000, 99).tolist()]
    slow: list[tuple[int, int]] = []
    for cell in sorted(np.ndindex(values.shape), key=lambda at: -values[at]):
        if values[cell] > 0 and all(np.hypot(cell[0] - a, cell[1] - b) > apart for a, b in slow):
            slow.append(cell)
    assert found == slow
    top = hotspots.peaks(values)
    for row, column in np.ndindex(values.shape):
        around = values[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert top[row, column] == (values[row, column] if values[row, column] == around.max() else 0)


def slow_gi(counts: np.ndarray, among: np.ndarray, reach: float) -> np.ndarray:
    """Return Gi* as Ord and Getis write it, one cell after the other."""
    cells = np.argwhere(among)
    x = np.array([counts[tuple(cell)] for cell in cells], float)
    n = len(x)
    found = np.full(counts.shape, np.nan)
    if n < 2:
        return found
    mean, s = x.mean(), np.sqrt((x**2).sum() / n - x.mean() ** 2)
    for cell in cells:
        w = (((cells - cell) ** 2).sum(1) <= reach**2).astype(float)
        below = s * np.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))
        if below > 1e-9:
            found[tuple(cell)] = ((w * x).sum() - mean * w.sum()) / below
    return found


@given(COUNTS, st.integers(0, 999), st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.7, 20.0]))
def test_gi_is_the_formula_of_its_authors(counts: np.ndarray, seed: int, reach: float) -> None:
    among = np.random.default_rng(seed).uniform(size=counts.shape) < 0.7
    found = hotspots.gathered(counts, among, reach)
    assert found == pytest.approx(slow_gi(counts, among, reach), abs=1e-6, nan_ok=True)


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1)))
def test_the_false_ones_are_controlled_as_benjamini_and_hochberg_do(chance: np.ndarray) -> None:
    assert hotspots.discovered(chance) == pytest.approx(false_discovery_control(chance))


def test_evenly_strewn_reports_are_marked_in_few_fields_and_a_gathering_in_all() -> None:
    random, among = np.random.default_rng(4), np.ones((40, 40), np.bool_)
    even = [random.multinomial(8_000, np.full(1_600, 1 / 1_600)).reshape(40, 40) for _ in range(40)]
    marked = [bool((np.abs(hotspots.classed(hotspots.gathered(counts, among, 2.0))) >= 2).any()) for counts in even]
    assert sum(marked) <= 6
    gathering = even[0].copy()
    gathering[10:14, 20:24] += 12
    found = hotspots.classed(hotspots.gathered(gathering, among, 2.0))
    assert (found[11:13, 21:23] == 3).all()
    assert (found[25:, :10] < 1).all()


def test_what_cannot_be_told_from_chance_is_not() -> None:
    among = np.ones((5, 5), np.bool_)
    few = np.zeros((5, 5), np.int64)
    few[2, 2] = 90
    assert not hotspots.classed(hotspots.gathered(few, among, 1.0)).any()
    alike = np.full((9, 9), 3)
    assert np.isnan(hotspots.gathered(alike, np.ones((9, 9), np.bool_), 1.0)).all()


def laid_at(x: list[float], y: list[float]) -> Laid:
    return Laid(Plane(10.0, 50.0), np.array(x), np.array(y))


def test_reports_are_compared_over_their_outline_and_on_land() -> None:
    reports = laid_at([100.0, 9_900.0, 100.0, 9_900.0, 5_100.0], [100.0, 100.0, 9_900.0, 9_900.0, 9_900.0])
    grid = hotspots.gridded(reports, 1_000)
    counts = hotspots.counted(reports, grid)
    assert hotspots.compared(grid, counts).all()
    assert grid == Grid(Plane(10.0, 50.0), 1_000, 0, 0, 10, 10)
    west, south = (float(of) for of in grid.plane.degrees(-1_000, -1_000))
    east, north = (float(of) for of in grid.plane.degrees(11_000, 11_000))
    shore = float(grid.plane.degrees(5_000, 0)[0])
    whole, left = shapely.box(west, south, east, north), shapely.box(west, south, shore, north)
    assert hotspots.compared(grid, counts, [whole]).all()
    assert hotspots.compared(grid, counts, [left]).all(), "a map on which reports lie at sea tells nothing of the land"
    lake = whole.difference(
        shapely.box(*(float(of) for of in (*grid.plane.degrees(2_000, 2_000), *grid.plane.degrees(4_000, 4_000))))
    )
    assert (~hotspots.compared(grid, counts, [lake])).sum() == 4
    line = laid_at([0.0, 5_500.0], [0.0, 0.0])
    assert hotspots.compared(hotspots.gridded(line, 1_000), hotspots.counted(line, hotspots.gridded(line, 1_000))).sum() == 6
