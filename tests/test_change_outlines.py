"""Patches and their outlines are what slow, obvious references make of the whole map of classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import Geod
from rasterio.crs import CRS
from rasterio.features import shapes
from rasterio.transform import from_origin
from scipy import ndimage

from layers.imagery.change import patches as grown
from layers.imagery.change.grid import Grid
from layers.imagery.change.method import Kind, Marks
from layers.imagery.change.outlines import in_degrees, outlined
from layers.imagery.change.patches import Patches, Sieve
from layers.imagery.change.rings import polygons
from layers.imagery.change.runs import joined, runs

Classes = npt.NDArray[np.uint8]

_KINDS = (Kind("one", "One"), Kind("two", "Two"))
maps = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 2))


def sieved(classes: Classes, size: int, *, least: float = 1, most: int = 10**6) -> tuple[Patches, int]:
    """Sieve a map window by window; each pixel is 1 m² and has its number as its statistic."""
    height, width = classes.shape
    value = np.arange(classes.size, dtype=np.float32).reshape(classes.shape)
    sieve = Sieve(width, np.ones(height), least_m2=least, most=most)
    for row in range(0, height, size):
        here = slice(row, row + size)
        across = [(here, slice(column, column + size)) for column in range(0, width, size)]
        sieve.add(joined([runs(Marks(value[at], classes[at]), row, at[1].start) for at in across]), min(row + size, height))
    return sieve.close()


def labelled(classes: Classes, least: int) -> list[tuple[int, int, float, shapely.Geometry]]:
    """Return every patch of the whole map: class, pixels, sum of the statistic, and the squares of its pixels as one shape."""
    value, found = np.arange(classes.size).reshape(classes.shape), []
    for kind in (1, 2):
        label, count = ndimage.label(classes == kind)
        for number in range(1, count + 1):
            mine = label == number
            if mine.sum() >= least:
                shape = shapely.union_all([shapely.box(x, y, x + 1, y + 1) for y, x in np.argwhere(mine)])
                found.append((kind, int(mine.sum()), float(value[mine].sum()), shape))
    return sorted(found, key=lambda one: one[:3])


@given(maps, st.integers(1, 25), st.integers(1, 6))
def test_patches_are_those_of_the_whole_map_however_it_is_cut(classes: Classes, size: int, least: int) -> None:
    patches, left_out = sieved(classes, size, least=least)
    traced = polygons(patches.runs, patches.owner, len(patches))
    rows = zip(patches.kind.tolist(), patches.pixels.tolist(), patches.total.tolist(), traced, strict=True)
    found, expected = sorted(rows, key=lambda one: one[:3]), labelled(classes, least)
    assert left_out == 0
    assert [one[:3] for one in found] == [one[:3] for one in expected]
    assert all(mine[3].equals(theirs[3]) and shapely.is_valid(mine[3]) for mine, theirs in zip(found, expected, strict=True))


@pytest.mark.parametrize("share", [0.3, 0.55, 0.62, 0.9])
def test_outlines_of_a_large_map_are_those_that_rasterio_traces(share: float) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=(400, 500)), 0.8)
    classes = (noise > np.quantile(noise, 1 - share)).astype(np.uint8)
    patches, _ = sieved(classes, 128)
    traced = polygons(patches.runs, patches.owner, len(patches))
    theirs = [shapely.geometry.shape(shape) for shape, _ in shapes(classes, mask=classes > 0, connectivity=4)]
    assert shapely.is_valid(traced).all()
    assert sorted(shapely.area(traced)) == sorted(shapely.area(theirs))
    label, _ = ndimage.label(classes)
    alone = [np.pad(label[box] == number, 1) for number, box in enumerate(ndimage.find_objects(label), 1)]
    gaps = sum(ndimage.label(~one)[1] - 1 for one in alone)
    assert shapely.get_num_interior_rings(traced).sum() == gaps, "each gap in a patch is one hole"


def test_a_patch_of_more_runs_than_are_connected_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = np.zeros((300, 90), np.uint8)
    classes[:, ::2] = 1
    classes[150] = 1
    monkeypatch.setattr(grown, "_AT_ONCE", 100)
    patches, _ = sieved(classes, 300)
    assert patches.pixels.tolist() == [int(classes.sum())]


def test_of_a_checkerboard_the_largest_outlines_are_kept_and_the_rest_counted() -> None:
    rows, columns = np.indices((600, 600))
    classes = ((rows // 3 + columns // 3) % 2).astype(np.uint8)
    classes[:50, :50] = 1
    patches, left_out = sieved(classes, 100, most=20)
    count = ndimage.label(classes)[1]
    assert (len(patches), left_out) == (20, count - 20)
    assert patches.pixels[0] >= 50 * 50
    assert (np.diff(patches.pixels) <= 0).all()


def test_a_patch_too_ragged_to_outline_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = np.zeros((200, 400), np.uint8)
    classes[::2, :300:2] = classes[1::2, :300] = 1
    classes[50:150, 310:390] = 2
    monkeypatch.setattr(grown, "_RAGGED", 5000)
    patches, left_out = sieved(classes, 50)
    assert left_out == 1
    assert (patches.kind.tolist(), patches.pixels.tolist()) == ([2], [8000])


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32637", from_origin(300_000, 3_700_000, 10, 10)),
        ("EPSG:3857", from_origin(4_000_000, 4_000_000, 10, 10)),
        ("EPSG:4326", from_origin(36, 33, 1e-4, 1e-4)),
        ("EPSG:32601", from_origin(180_000, 7_000_000, 1000, 1000)),
    ],
)
def test_areas_are_those_of_the_ellipsoid(crs: str, transform: object) -> None:
    grid = Grid(CRS.from_user_input(crs), transform, 200, 100)
    classes = np.zeros((100, 200), np.uint8)
    classes[20:60, 30:190], classes[30:40, 50:60] = 1, 0
    patches, _ = sieved(classes, 64)
    (outline,) = outlined(patches, grid, _KINDS, lambda values: values * 0)
    rows, columns = np.nonzero(classes)
    corners = [grid.degrees(columns + x, rows + y) for x, y in ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0))]
    lon, lat = (np.stack([corner[axis] for corner in corners], axis=1) for axis in (0, 1))
    ellipsoid = Geod(ellps="WGS84")
    by_pixel = sum(ellipsoid.polygon_area_perimeter(x, y)[0] for x, y in zip(lon, lat, strict=True))
    assert outline.area_m2 == pytest.approx(by_pixel, rel=1e-5)
    assert outline.geometry.is_valid
    assert len(shapely.get_rings(parts := shapely.get_parts(outline.geometry))) == len(parts) + 1
    assert grid.areas_m2()[40] * classes.sum() == pytest.approx(by_pixel, rel=0.02)


def test_an_outline_across_the_antimeridian_is_split_at_it() -> None:
    grid = Grid(CRS.from_epsg(32601), from_origin(140_000, 100_000, 1000, 1000), 100, 50)
    square = np.array([shapely.box(10, 10, 40, 40)], object)
    (shape,) = in_degrees(square, grid)
    assert shape.is_valid
    west, east = sorted((part.bounds[0], part.bounds[2]) for part in shape.geoms)
    assert west[0] == -180
    assert east[1] == 180
    assert east[0] > 179


def pixel_sums(classes: Classes) -> Callable[[int], float]:
    values = np.arange(classes.size).reshape(classes.shape)
    return lambda kind: float(values[classes == kind].mean())


def test_strength_is_the_mean_of_the_statistic_and_p_its_chance() -> None:
    classes = np.zeros((40, 40), np.uint8)
    classes[3:9, 5:30], classes[20:35, 2:9] = 1, 2
    patches, _ = sieved(classes, 7)
    grid = Grid(CRS.from_epsg(32637), from_origin(300_000, 3_700_000, 10, 10), 40, 40)
    found = outlined(patches, grid, _KINDS, lambda values: 1 / values)
    mean = pixel_sums(classes)
    assert {one.kind.code: one.strength for one in found} == {"one": mean(1), "two": mean(2)}
    assert all(one.p == pytest.approx(1 / one.strength) for one in found)


@pytest.mark.parametrize("west", [179.995, 200.0, -200.0, -180.005, 359.99, -360.0])
def test_outlines_of_scenes_in_degrees_beyond_180_lie_on_the_globe(west: float) -> None:
    grid = Grid(CRS.from_epsg(4326), from_origin(west, 10, 0.0001, 0.0001), 100, 100)
    (found,) = in_degrees(np.array([shapely.box(0, 0, 100, 100)], object), grid)
    least, _, most, _ = found.bounds
    assert -180 <= least <= most <= 180
    assert found.area == pytest.approx(1e-4, rel=1e-6)
    inner = (west + 0.0075 + 180) % 360 - 180
    assert shapely.covers(found, shapely.Point(inner, 9.995))
