"""A comparison in windows finds what a comparison of whole arrays finds, says what it lacks, and leaves nothing behind."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
from pyproj import Geod, Transformer
from rasterio.features import shapes
from rasterio.transform import from_origin
from scipy import ndimage

from layers.errors import Stopped, UnsuitableScenes
from layers.imagery.change.method import Fitted, Method, Pair
from layers.imagery.change.run import Changes, Wanted, compared
from layers.imagery.scene import Scene
from tests.pairs import FIRST, SECOND, SYRIA, TEN, Written, difference, pair, scene, texture

Floats = npt.NDArray[np.float32]

_ROSE, _FELL = (slice(30, 90), slice(100, 180)), (slice(140, 147), slice(20, 60))


def changed() -> tuple[Floats, Floats]:
    """Return two grounds of 200 × 260 pixels: a block rose, a strip fell, specks rose and fell."""
    before = texture(200, 260)
    dice = np.random.default_rng(3)
    rose, fell = (dice.random(before.shape) > 0.99 for _ in range(2))
    after = before + np.where(rose, 3000, 0) - np.where(fell, 3000, 0)
    after[_ROSE] += 600
    after[50:60, 120:140] = before[50:60, 120:140]
    after[_FELL] -= 600
    return before, after.astype(np.float32)


def run(folder: Path, scenes: tuple[Scene, Scene], method: Method | None = None, *, wanted: Wanted | None = None) -> Changes:
    return compared(*scenes, method or difference(300, blur=3), wanted=wanted or Wanted(900), out=folder / "statistic.tif")


def whole(before: Floats, after: Floats, least: int) -> list[tuple[str, float, shapely.Geometry]]:
    """Return class, strength and outline of every patch, by whole arrays and rasterio's tracing."""
    rise = ndimage.uniform_filter(after - before, 3, mode="nearest")
    degrees = Transformer.from_crs(SYRIA, 4326, always_xy=True)
    found = []
    for code, mask in (("rose", rise > 300), ("fell", rise < -300)):
        label, _ = ndimage.label(mask)
        kept = np.isin(label, np.flatnonzero(np.bincount(label.ravel()) >= least)) & mask
        for shape, number in shapes(label.astype(np.int32), mask=kept, connectivity=4, transform=TEN):
            placed = shapely.transform(shapely.geometry.shape(shape), lambda c: np.stack(degrees.transform(*c.T), axis=1))
            found.append((code, float(np.abs(rise[label == number]).mean()), shapely.make_valid(placed)))
    return found


@pytest.mark.parametrize("size", [16, 50, 64, 137, 512])
@pytest.mark.parametrize("threads", [1, 2])
def test_windows_of_any_size_find_what_whole_arrays_do(tmp_path: Path, size: int, threads: int) -> None:
    before, after = changed()
    found = run(tmp_path, pair(tmp_path, before, after), wanted=Wanted(900, window_px=size, threads=threads)).outlines
    expected = whole(before, after, 9)
    assert len(found) == len(expected) > 10
    ellipsoid = Geod(ellps="WGS84")
    for code, strength, shape in expected:
        (mine,) = [one for one in found if one.kind.code == code and one.geometry.intersects(shape.representative_point())]
        assert mine.geometry.is_valid
        assert mine.geometry.symmetric_difference(shape).area < 1e-6 * shape.area
        assert mine.strength == pytest.approx(strength, rel=1e-4)
        assert mine.area_m2 == pytest.approx(abs(ellipsoid.geometry_area_perimeter(shape)[0]), rel=1e-5)
    assert [one.area_m2 for one in found] == pytest.approx(sorted((one.area_m2 for one in found), reverse=True), rel=1e-3)


@pytest.mark.parametrize("size", [64, 512])
def test_the_raster_is_the_statistic_on_the_grid_of_the_scene_before(tmp_path: Path, size: int) -> None:
    before, after = changed()
    run(tmp_path, pair(tmp_path, before, after), wanted=Wanted(900, window_px=size))
    with rasterio.open(tmp_path / "statistic.tif") as raster:
        assert (raster.crs, raster.transform, raster.shape) == (SYRIA, TEN, before.shape)
        assert raster.profile["tiled"]
        assert np.isnan(raster.nodata)
        np.testing.assert_allclose(
            raster.read(1), np.abs(ndimage.uniform_filter(after - before, 3, mode="nearest")), rtol=2**-12, atol=1e-3
        )


def test_a_minimum_area_is_in_square_metres_and_for_each_class(tmp_path: Path) -> None:
    before = texture(120, 120)
    after = before.copy()
    after[10:13, 10:13] += 900
    after[10:13, 13:15] -= 900
    after[40:43, 40:43] += 900
    after[40, 42] -= 900
    scenes = pair(tmp_path, before, after)
    found = run(tmp_path, scenes, difference(300), wanted=Wanted(900))
    assert [(one.kind.code, round(one.area_m2, -1)) for one in found.outlines] == [("rose", 900)]
    assert found.min_area_m2 == 900
    assert len(run(tmp_path, scenes, difference(300), wanted=Wanted(0)).outlines) == 3
    assert run(tmp_path, scenes, difference(300), wanted=Wanted(950)).outlines == ()


def test_what_the_method_learned_and_warned_of_is_told(tmp_path: Path) -> None:
    found = run(tmp_path, pair(tmp_path, *changed()))
    assert (found.learned, found.warnings, found.left_out) == ({"threshold": 300}, ("A test.",), 0)
    assert (found.valid_share, found.cloud_share) == (1, 0)
    assert found.shift_px == pytest.approx(0, abs=0.2)


def test_scenes_out_of_step_are_refused_unless_that_is_accepted(tmp_path: Path) -> None:
    before, after = changed()
    scenes = pair(tmp_path, before, np.roll(after, (1, 2), (0, 1)))
    with pytest.raises(UnsuitableScenes, match=r"2\.2 pixels \(22 m\) off one another"):
        run(tmp_path, scenes)
    found = run(tmp_path, scenes, wanted=Wanted(900, shifted=True))
    assert found.shift_px == pytest.approx(5**0.5, abs=0.1)
    assert any("2.2 pixels off one another, as accepted" in said for said in found.warnings)


def test_where_no_texture_tells_the_shift_that_is_said(tmp_path: Path) -> None:
    flat = np.full((80, 80), 500, np.float32)
    found = run(tmp_path, pair(tmp_path, flat, flat))
    assert (found.shift_px, found.outlines) == (None, ())
    assert any("could not be measured" in said for said in found.warnings)


def test_scenes_in_the_wrong_order_or_of_one_moment_are_refused(tmp_path: Path) -> None:
    first, second = pair(tmp_path, *changed())
    with pytest.raises(UnsuitableScenes, match="taken at 2026-04-01 08:00 and the scene after at 2026-03-01 08:00"):
        run(tmp_path, (second, first))
    with pytest.raises(UnsuitableScenes, match="not later"):
        run(tmp_path, (first, replace(second, acquired_at=first.acquired_at)))


def test_scenes_of_other_ground_are_refused(tmp_path: Path) -> None:
    before, after = changed()
    here = scene(tmp_path / "here.tif", before[None], ["red"], FIRST)
    for number, (crs, west) in enumerate([(SYRIA, 400_000), ("EPSG:32601", 300_000), ("EPSG:32637", 302_600)]):
        how = Written(crs=crs, transform=from_origin(west, 3_700_000, 10, 10))
        there = scene(tmp_path / f"{number}.tif", after[None], ["red"], SECOND, how)
        with pytest.raises(UnsuitableScenes, match="no common ground"):
            run(tmp_path, (here, there))


def test_scenes_without_a_pixel_seen_at_both_dates_are_refused(tmp_path: Path) -> None:
    before, after = changed()
    before[:, :130] = after[:, 130:] = np.nan
    with pytest.raises(UnsuitableScenes, match="No pixel is seen at both dates"):
        run(tmp_path, pair(tmp_path, before, after))


def test_progress_goes_forward_from_none_to_all(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    wanted, out = Wanted(900, window_px=32), tmp_path / "out.tif"
    compared(*pair(tmp_path, *changed()), difference(300), wanted=wanted, out=out, progress=lambda *said: told.append(said))
    shares = [share for share, _ in told]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
    assert len({words for _, words in told}) >= 5


@pytest.mark.parametrize("words", ["Measuring", "Comparing", "Outlining", "Writing"])
def test_it_stops_within_a_second_and_leaves_nothing(tmp_path: Path, words: str) -> None:
    scenes, folder, asked = pair(tmp_path, *changed()), tmp_path / "out", []
    folder.mkdir()

    def progress(_: float, said: str) -> None:
        if said.startswith(words):
            asked.append(time.monotonic())

    with pytest.raises(Stopped):
        compared(
            *scenes, difference(300), wanted=Wanted(900), out=folder / "o.tif", progress=progress, cancelled=lambda: bool(asked)
        )
    assert time.monotonic() - asked[0] < 1
    assert list(folder.iterdir()) == []


def test_a_slow_method_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    began: list[float] = []

    def slow(_: Pair) -> Fitted:
        began.append(time.monotonic())
        time.sleep(3)
        raise AssertionError("nobody waits for it")

    method = replace(difference(300), fit=slow)
    with pytest.raises(Stopped):
        compared(*pair(tmp_path, *changed()), method, wanted=Wanted(900), out=tmp_path / "o.tif", cancelled=lambda: bool(began))
    assert time.monotonic() - began[0] < 1


def test_a_failure_leaves_the_raster_of_before_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "statistic.tif").write_bytes(b"as before")
    first, second = pair(tmp_path, *changed())
    with pytest.raises(UnsuitableScenes):
        run(tmp_path, (second, first))
    assert (tmp_path / "statistic.tif").read_bytes() == b"as before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after.tif", "before.tif", "statistic.tif"]


def test_more_outlines_than_wanted_are_left_out_and_said(tmp_path: Path) -> None:
    before = texture(200, 200)
    rows, columns = np.indices(before.shape)
    after = before + np.where((rows // 4 + columns // 4) % 2, 900, 0).astype(np.float32)
    after[:40, :40] = before[:40, :40] + 900
    found = run(tmp_path, pair(tmp_path, before, after), difference(300), wanted=Wanted(0, most=5, shifted=True))
    assert len(found.outlines) == 5
    assert found.outlines[0].area_m2 == pytest.approx(max(one.area_m2 for one in found.outlines))
    assert any(f"{found.left_out:,} more places of change" in said for said in found.warnings)
