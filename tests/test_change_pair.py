"""A pair is the same pixels at two dates, in physical values, without what masks hide; a survey is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject

from layers.imagery.change.pair import Opened, Seen, opened
from layers.imagery.change.run import Changes, Wanted, compared
from layers.imagery.change.survey import WHOLE, survey
from layers.imagery.change.windows import Window
from layers.imagery.scene import Role, Scene
from tests.pairs import FIRST, SECOND, SYRIA, TEN, Written, difference, pair, scene, texture

Array = npt.NDArray[np.generic]

SIZE = 60
WHOLE_WINDOW = Window(0, 0, SIZE, SIZE)


def seen(before: Scene, after: Scene, roles: Sequence[Role] = ("red",), window: Window = WHOLE_WINDOW) -> Seen:
    with opened(before, after, roles, 1) as pair, pair.lent() as sources:
        found = sources.read(window)
    first, second = found.pair.before.copy(), found.pair.after.copy()
    return replace(found, pair=replace(found.pair, before=first, after=second))


def compare(folder: Path, scenes: tuple[Scene, Scene]) -> Changes:
    return compared(*scenes, difference(300), wanted=Wanted(0), out=folder / "statistic.tif")


def ground(seed: int = 0) -> npt.NDArray[np.uint16]:
    return texture(SIZE, SIZE, seed).astype(np.uint16)


def test_values_are_scaled_and_moved_as_each_scene_says(tmp_path: Path) -> None:
    first, second = pair(tmp_path, ground(), ground())
    found = seen(replace(first, scale=1e-4), replace(second, scale=1e-4, offset=-0.1)).pair
    np.testing.assert_allclose(found.before[0], ground() * 1e-4, rtol=1e-6)
    np.testing.assert_allclose(found.after[0], ground() * 1e-4 - 0.1, atol=1e-6)
    assert found.pixel_m == pytest.approx(10, rel=2e-3)


def test_bands_come_in_the_order_of_the_method_whatever_that_of_the_file(tmp_path: Path) -> None:
    bands = np.stack([ground(seed) for seed in range(3)])
    first = scene(tmp_path / "1.tif", bands, ["red", "green", "nir"], FIRST)
    second = scene(tmp_path / "2.tif", bands[::-1], ["nir", "green", "red"], SECOND)
    found = seen(first, second, ("nir", "red")).pair
    np.testing.assert_array_equal(found.before, bands[[2, 0]])
    np.testing.assert_array_equal(found.after, bands[[2, 0]])


def test_decibels_are_left_and_said(tmp_path: Path) -> None:
    first, second = pair(tmp_path, texture(SIZE, SIZE) / 100 - 20, texture(SIZE, SIZE))
    found = seen(replace(first, decibels=True), second).pair
    assert found.decibels == (True, False)
    assert found.before.mean() < 0


def test_what_either_date_lacks_is_blank_at_both(tmp_path: Path) -> None:
    before, after = ground(), ground(1)
    before[:5], after[:, 50:] = 0, 0
    first = scene(tmp_path / "1.tif", before[None], ["red"], FIRST, Written(nodata=0))
    second = scene(tmp_path / "2.tif", after[None], ["red"], SECOND, Written(nodata=0))
    found = seen(first, second).pair
    blank = (before == 0) | (after == 0)
    for values in (found.before, found.after):
        np.testing.assert_array_equal(np.isnan(values[0]), blank)
    assert compare(tmp_path, (first, second)).valid_share == pytest.approx(1 - blank.mean())


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_data(tmp_path: Path, number: float) -> None:
    before = texture(SIZE, SIZE)
    before[7, 9] = number
    found = seen(*pair(tmp_path, before, texture(SIZE, SIZE))).pair
    assert np.argwhere(np.isnan(found.after[0])).tolist() == [[7, 9]]


@pytest.mark.parametrize(
    ("role", "clear", "cloudy", "empty"),
    [
        ("cloud", [0], [1, 7, 255], []),
        ("qa_pixel", [0b1000000, 0b100000, 0b10000000], [0b10, 0b100, 0b1000, 0b10000, 0b11000], [0b1]),
        ("scl", [2, 4, 5, 6, 7, 11], [3, 8, 9, 10], [0, 1]),
        ("alpha", [1, 255], [], [0]),
    ],
)
def test_masks_hide_what_their_codes_say(
    tmp_path: Path, role: Role, clear: list[int], cloudy: list[int], empty: list[int]
) -> None:
    codes = np.full((SIZE, SIZE), clear[0], np.uint16)
    every = [*clear, *cloudy, *empty]
    codes[10, : len(every)] = every
    first = scene(tmp_path / "1.tif", np.stack([ground(), codes]), ["red", role], FIRST)
    second = scene(tmp_path / "2.tif", ground()[None], ["red"], SECOND)
    blank = np.isnan(seen(first, second).pair.after[0])
    assert blank[10, : len(every)].tolist() == [code not in clear for code in every]
    assert blank.sum() == len(cloudy) + len(empty)
    found = compare(tmp_path, (first, second))
    assert found.cloud_share == pytest.approx(len(cloudy) / SIZE**2)
    assert found.valid_share == pytest.approx(1 - (len(cloudy) + len(empty)) / SIZE**2)


def test_a_mask_within_the_file_hides_too(tmp_path: Path) -> None:
    first, second = pair(tmp_path, ground(), ground())
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(second.path, "r+") as raster:
        mask = np.full((SIZE, SIZE), 255, np.uint8)
        mask[3, 4:6] = 0
        raster.write_mask(mask)
    assert np.argwhere(np.isnan(seen(first, second).pair.before[0])).tolist() == [[3, 4], [3, 5]]


@pytest.mark.parametrize("nodata", [None, 0])
def test_a_scene_on_another_grid_is_interpolated_and_its_mask_is_not(tmp_path: Path, nodata: float | None) -> None:
    there = from_origin(300_105, 3_699_895, 10, 10)
    second_bands = np.stack([ground(1), np.where(np.indices((SIZE, SIZE))[1] < 20, 4, 9).astype(np.uint16)])
    first = scene(tmp_path / "1.tif", ground()[None], ["red"], FIRST, Written(nodata=nodata))
    second = scene(tmp_path / "2.tif", second_bands, ["red", "scl"], SECOND, Written(transform=there, nodata=nodata))
    expected, codes = np.zeros((2, SIZE, SIZE), np.uint16)
    ends = {"src_transform": there, "src_crs": SYRIA, "dst_transform": TEN, "dst_crs": SYRIA}
    reproject(second_bands[0], expected, resampling=Resampling.bilinear, **ends)
    reproject(second_bands[1], codes, resampling=Resampling.nearest, **ends)
    found = seen(first, second).pair.after[0]
    inner = (slice(13, SIZE), slice(13, SIZE))
    np.testing.assert_array_equal(np.isnan(found[inner]), codes[inner] == 9)
    clear = ~np.isnan(found)
    np.testing.assert_array_equal(found[clear], expected[clear])
    assert np.isnan(found[:10]).all()
    assert np.isnan(found[:, :10]).all()


def test_a_scene_with_an_alpha_band_on_another_grid_is_read(tmp_path: Path) -> None:
    alpha = np.where(np.indices((SIZE, SIZE))[0] < 30, 255, 0).astype(np.uint16)
    first = scene(tmp_path / "1.tif", ground()[None], ["red"], FIRST)
    moved = Written(transform=from_origin(300_100, 3_700_000, 10, 10))
    second = scene(tmp_path / "2.tif", np.stack([ground(1), alpha]), ["red", "alpha"], SECOND, moved)
    with rasterio.open(second.path, "r+") as raster:
        raster.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
    found = seen(first, second).pair.after[0]
    assert np.isfinite(found[:29, 11:]).all()
    assert np.isnan(found[31:]).all()
    assert np.isnan(found[:, :9]).all()


def surveyed(folder: Path, height: int, width: int, *, near: bool) -> tuple[npt.NDArray[np.float32], float, Opened]:
    """Survey a pair whose pixels hold where they are."""
    rows, columns = np.indices((height, width), np.float32)
    first = scene(folder / "1.tif", np.stack([rows, columns]), ["red", "nir"], FIRST)
    second = scene(folder / "2.tif", np.stack([rows, columns]), ["red", "nir"], SECOND)
    with opened(first, second, ("red", "nir"), 2) as open_pair:
        found = survey(open_pair, near=near, threads=2)
    np.testing.assert_array_equal(found.before, found.after)
    return found.before, found.pixel_m, open_pair


def test_a_survey_of_a_small_pair_is_every_nth_pixel(tmp_path: Path) -> None:
    found, pixel_m, _ = surveyed(tmp_path, 1500, 1700, near=False)
    np.testing.assert_array_equal(found, np.indices((1500, 1700), np.float32)[:, ::2, ::2])
    assert pixel_m == pytest.approx(20, rel=2e-3)
    found, pixel_m, _ = surveyed(tmp_path, 1500, 1700, near=True)
    np.testing.assert_array_equal(found, np.indices((1500, 1700), np.float32))


@pytest.mark.parametrize("near", [False, True])
def test_a_survey_of_a_large_pair_is_of_tiles_spread_over_it(tmp_path: Path, near: bool) -> None:
    height, width = 2600, 5200
    assert height * width > WHOLE
    (rows, columns), pixel_m, _ = surveyed(tmp_path, height, width, near=near)
    step = round(pixel_m / 10)
    assert rows.size < 0.2 * height * width
    places = np.unique(np.stack([rows // 512, columns // 512]).reshape(2, -1), axis=1)
    assert set(places[0]) == set(range(5)), "every row of tiles is seen"
    assert len(set(places[1])) >= 4, "they do not stand below one another"
    inside = (np.diff(columns, axis=1) == step).mean()
    assert inside > 0.99 if rows.shape[1] > 512 / step else inside == 1
