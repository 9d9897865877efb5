"""A scene taken in keeps every pixel, its place and what marks a pixel without data, and nothing else of the upload."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.transform import from_origin

from layers.config import SceneLimits
from layers.errors import Stopped, UnreadableFile
from layers.imagery import header
from layers.imagery.header import read
from layers.imagery.intake import take
from layers.imagery.scene import Role
from layers.imagery.written import own, written
from tests.scenes import PLACE, RGB, answers, geotiff, held, pixels


def test_every_pixel_is_kept_at_full_resolution_with_its_place(tmp_path: Path) -> None:
    array = pixels(side=1300)
    path = geotiff(tmp_path / "scene.tif", array, compress="lzw")
    before = path.read_bytes()
    taken = take(path, tmp_path / "out", answers())
    assert (held(taken.path) == array).all()
    with rasterio.open(taken.path) as scene:
        assert scene.transform == PLACE
        assert scene.crs == "EPSG:32636"
        assert scene.block_shapes == [(512, 512)] * 3
        assert scene.overviews(1) == [2, 4]
        assert scene.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert scene.descriptions == RGB
    assert path.read_bytes() == before
    assert (taken.width, taken.height, taken.valid_share, taken.dtype) == (1300, 1300, 1.0, "uint16")


def test_the_file_is_named_by_its_content_and_the_same_scene_gives_the_same_file(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(side=1300), tags={"SECRET": "not to be kept", "AREA_OR_POINT": "Area"})
    first, again = (take(path, tmp_path / out, answers()) for out in ("one", "two"))
    assert first.digest == again.digest == hashlib.sha256(first.path.read_bytes()).hexdigest()
    assert first.path.name == f"{first.digest[:32]}.tif"
    assert list((tmp_path / "one").iterdir()) == [first.path]
    assert b"not to be kept" not in first.path.read_bytes()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("shape", ["strips", "tiles", "bands", "row", "one strip"])
def test_all_ways_of_cutting_a_file_into_blocks_give_the_same_pixels(tmp_path: Path, dtype: str, shape: str) -> None:
    array = pixels(4, 700, dtype)
    options: dict[str, dict[str, Any]] = {
        "strips": {"compress": "deflate", "blockysize": 10},
        "tiles": {"tiled": True, "blockxsize": 80, "blockysize": 48, "compress": "zstd"},
        "bands": {"interleave": "band", "compress": "packbits"},
        "row": {"blockysize": 1},
        "one strip": {"blockysize": 700, "compress": "lzw"},
    }
    taken = take(
        geotiff(tmp_path / "scene.tif", array, **options[shape]), tmp_path / "out", answers(("red", "green", "blue", "nir"))
    )
    assert (held(taken.path) == array).all()
    assert taken.dtype == dtype


@pytest.mark.parametrize("codec", ["lzw", "deflate", "packbits", "zstd", "lerc", "lerc_zstd", "webp", "jpeg"])
def test_every_usual_way_of_packing_is_read(tmp_path: Path, codec: str) -> None:
    more = {"webp": {"webp_lossless": True}, "jpeg": {"photometric": "YCBCR", "jpeg_quality": 95}}.get(codec, {})
    path = geotiff(
        tmp_path / "scene.tif", pixels(side=200, dtype="uint8"), compress=codec, tiled=True, blockxsize=64, blockysize=64, **more
    )
    expected = held(path)
    assert (held(take(path, tmp_path / "out", answers(sensor="drone")).path) == expected).all()


def test_a_rare_way_of_packing_is_refused_before_its_decoder_runs(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(), compress="lzma")
    with pytest.raises(UnreadableFile, match="is compressed in the way 34925; export it with one of"):
        take(path, tmp_path / "out", answers())


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [("float64", "float32"), ("uint32", "float32"), ("int32", "float32"), ("int64", "float32"), ("int8", "int16")],
)
def test_other_kinds_of_numbers_become_ones_that_we_keep_and_the_analyst_is_told(tmp_path: Path, dtype: str, kept: str) -> None:
    array = pixels(dtype="int16").clip(1, 120).astype(dtype)
    taken = take(geotiff(tmp_path / "scene.tif", array), tmp_path / "out", answers(sensor="drone"))
    found = held(taken.path)
    assert found.dtype == kept == taken.dtype
    assert (found == array.astype(kept)).all()
    exact = "of which about seven digits are exact" if kept.startswith("float") else "each as it was"
    assert f"Its numbers were {dtype} and are kept as {kept}, {exact}." in taken.warnings


def test_numbers_that_are_none_or_infinite_have_no_data(tmp_path: Path) -> None:
    array = pixels(dtype="float32") / 200
    array[0, 3, 4], array[1, 5, 6], array[2, 7, 8], array[0, 9, 9] = np.nan, np.inf, -np.inf, -9999
    taken = take(geotiff(tmp_path / "scene.tif", array, nodata=-9999), tmp_path / "out", answers())
    found = held(taken.path)
    expected = np.where(np.isfinite(array) & (array != -9999), array, np.nan)
    np.testing.assert_array_equal(found, expected)
    assert taken.valid_share == pytest.approx(1 - 4 / 96**2)


@pytest.mark.parametrize(
    ("dtype", "mark"), [("float64", 1e300), ("float64", -1.1e30), ("float32", -3.4028235e38), ("float32", 2e30)]
)
def test_a_number_too_large_for_what_we_keep_has_no_data(tmp_path: Path, dtype: str, mark: float) -> None:
    array = pixels(1, dtype=dtype) / 200
    array[0, 0, 0] = mark
    found = held(take(geotiff(tmp_path / "scene.tif", array), tmp_path / "out", answers(["red"])).path)
    assert np.isnan(found[0, 0, 0])
    assert np.isfinite(found).sum() == array.size - 1


def test_whole_numbers_keep_their_mark_of_no_data_and_overviews_leave_it_out(tmp_path: Path) -> None:
    array = np.full((3, 1200, 1200), 100, "uint16")
    array[:, :, :600] = 0
    taken = take(geotiff(tmp_path / "scene.tif", array, nodata=0), tmp_path / "out", answers())
    assert taken.valid_share == 0.5
    with rasterio.open(taken.path) as scene:
        assert scene.nodata == 0
    with rasterio.open(taken.path, OVERVIEW_LEVEL=0) as scene:
        assert set(np.unique(scene.read())) == {0, 100}


def test_a_mark_that_the_user_names_counts_where_the_file_names_none(tmp_path: Path) -> None:
    array = pixels()
    array[:, :24] = 0
    path = geotiff(tmp_path / "scene.tif", array)
    assert take(path, tmp_path / "out", answers()).valid_share == 1
    marked = take(path, tmp_path / "out", answers(nodata=0))
    assert marked.valid_share == 0.75
    with rasterio.open(marked.path) as scene:
        assert scene.nodata == 0
    assert take(geotiff(tmp_path / "other.tif", array, nodata=65_535), tmp_path / "out", answers(nodata=0)).valid_share == 1


def test_a_mark_that_cannot_occur_is_left_out(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(dtype="uint8"))
    assert take(path, tmp_path / "out", answers(nodata=-9999)).valid_share == 1


def test_opacity_and_masks_inside_a_file_are_kept(tmp_path: Path) -> None:
    array = pixels(4, 1200, "uint8")
    array[3] = 255
    array[3, :300] = 0
    path = geotiff(tmp_path / "alpha.tif", array, photometric="RGB", alpha="yes")
    assert read(path, path.name).roles.value == (*RGB, "alpha")
    taken = take(path, tmp_path / "out", answers((*RGB, "alpha"), sensor="drone"))
    assert taken.valid_share == 0.75
    with rasterio.open(taken.path) as scene:
        assert scene.colorinterp[3].name == "alpha"
        assert (scene.dataset_mask() == array[3]).all()
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        masked = geotiff(tmp_path / "masked.tif", array[:3])
        with rasterio.open(masked, "r+") as scene:
            scene.write_mask(array[3] > 0)
    taken = take(masked, tmp_path / "out", answers(sensor="drone"))
    assert taken.valid_share == 0.75
    with rasterio.open(taken.path) as scene:
        assert (scene.dataset_mask() == array[3]).all()
        assert (scene.read() == array[:3]).all()
    with rasterio.open(taken.path, OVERVIEW_LEVEL=0) as scene:
        assert (scene.dataset_mask() > 0).mean() == pytest.approx(0.75, abs=0.01)


def test_codes_are_never_averaged(tmp_path: Path) -> None:
    codes = np.random.default_rng(1).choice([3, 9], (1, 1200, 1200)).astype("uint8")
    array = np.concatenate([pixels(1, 1200, "uint8"), codes])
    taken = take(geotiff(tmp_path / "scene.tif", array), tmp_path / "out", answers(("red", "scl")))
    with rasterio.open(taken.path, OVERVIEW_LEVEL=0) as scene:
        assert set(np.unique(scene.read(2))) == {3, 9}


def test_bigtiff_and_both_orders_of_bytes_are_read(tmp_path: Path) -> None:
    array = pixels(dtype="int16")
    for number, options in enumerate(({"bigtiff": "yes"}, {"endianness": "big"}, {"bigtiff": "yes", "endianness": "big"})):
        path = geotiff(tmp_path / f"{number}.tif", array, **options)
        assert (held(take(path, tmp_path / "out", answers()).path) == array).all()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"acquired_at": None}, "has no date"),
        ({"acquired_at": answers().acquired_at.replace(tzinfo=None)}, "has no time zone"),  # type: ignore[union-attr]
        ({"bands": ("red", "green")}, "has 3 bands, but 2 were named"),
        ({"bands": ("red", "green", "ultraviolet")}, "band 3 cannot show 'ultraviolet'"),
        ({"bands": ("red", "red", "blue")}, "two bands are said to show red"),
        ({"bands": ("scl", "cloud", "alpha")}, "no band that shows the ground"),
        ({"sensor": "camera"}, "there is no sensor 'camera'"),
        ({"scale": 0.0}, "the scale is a number above 0"),
        ({"offset": float("nan")}, "the scale is a number above 0"),
        ({"scale": float("inf")}, "from 1e-12 to 1e\\+12"),
        ({"scale": 1e300}, "from 1e-12 to 1e\\+12"),
        ({"scale": 1e-13}, "from 1e-12 to 1e\\+12"),
        ({"offset": -1e13}, "the offset is 0 or as large"),
        ({"offset": 1e-300}, "the offset is 0 or as large"),
    ],
)
def test_answers_that_do_not_fit_are_refused_and_nothing_is_kept(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels())
    with pytest.raises(UnreadableFile, match=said):
        take(path, tmp_path / "out", replace(answers(), **changed))
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_decibels_that_were_said_to_be_linear_are_refused(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(2, dtype="float32") / 10 - 30)
    with pytest.raises(UnreadableFile, match="say that it is in decibels"):
        take(path, tmp_path / "out", answers(("vv", "vh"), sensor="sentinel1"))
    assert take(path, tmp_path / "out", answers(("vv", "vh"), sensor="sentinel1", decibels=True)).warnings == ()


def test_raw_numbers_taken_for_reflectance_are_told(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels() * 50)
    assert "reflectance ends near 1" in " ".join(take(path, tmp_path / "out", answers()).warnings)
    assert take(path, tmp_path / "out", answers(scale=1e-4, offset=-0.1)).warnings == ()


def test_limits_are_the_missions_own(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels())
    with pytest.raises(UnreadableFile, match="at most 90 a side"):
        read(path, path.name, SceneLimits(side=90))
    with pytest.raises(UnreadableFile, match="more than the 1,000 that are taken"):
        take(path, tmp_path / "out", answers(), limits=SceneLimits(bytes=1000))


def test_progress_rises_to_the_end_and_a_stop_keeps_nothing(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", np.random.default_rng(1).integers(1, 9999, (3, 3000, 3000)).astype("uint16"))
    shares: list[float] = []
    take(path, tmp_path / "out", answers(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len({share for share in shares if 0 < share < 1}) > 2
    with pytest.raises(Stopped, match="stopped"):
        take(path, tmp_path / "none", answers(), progress=shares.append, cancelled=lambda: shares[-1] < 1 and shares[-1] > 0)
    assert list((tmp_path / "none").iterdir()) == []


def test_the_outline_and_the_spacing_are_those_of_the_ground(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(side=500), transform=from_origin(600_000, 4_000_020, 20, 20))
    found = read(path, path.name)
    assert found.resolution_m == pytest.approx(20, rel=0.001)
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.from_wkt(found.footprint_wkt))
    assert abs(area) == pytest.approx(10_000**2, rel=0.002)
    mercator = geotiff(tmp_path / "mercator.tif", pixels(), crs="EPSG:3857", transform=from_origin(0, 8_399_737, 20, 20))
    assert read(mercator, "m.tif").resolution_m == pytest.approx(10, rel=0.01)


def test_an_outline_across_180_degrees_is_split(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(), crs="EPSG:32660", transform=from_origin(500_000, 7_000_000, 3000, 3000))
    shape = shapely.from_wkt(read(path, path.name).footprint_wkt)
    assert shape.geom_type == "MultiPolygon"
    assert shape.bounds[0] == -180
    assert shape.bounds[2] == 180
    assert shape.area < 25


@given(west=st.floats(-540, 540), width=st.floats(0.01, 200), south=st.floats(-80, 60), height=st.floats(0.01, 20))
def test_a_split_outline_covers_as_much_as_the_whole(west: float, width: float, south: float, height: float) -> None:
    ring = list(shapely.box(west, south, west + width, south + height).exterior.coords)
    shape = shapely.from_wkt(header.footprint(ring))
    assert shape.area == pytest.approx(width * height, rel=1e-4, abs=1e-4)
    assert -180 <= shape.bounds[0] < shape.bounds[2] <= 180


KINDS = st.sampled_from(["uint8", "uint16", "int16", "float32"])


@given(dtype=KINDS, rows=st.integers(1, 90), columns=st.integers(1, 90), bands=st.integers(1, 4), tiled=st.booleans())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_shape_of_a_scene_loses_a_pixel(tmp_path: Path, dtype: str, rows: int, columns: int, bands: int, tiled: bool) -> None:
    array = pixels(bands, 90, dtype)[:, :rows, :columns]
    options = {"tiled": True, "blockxsize": 16, "blockysize": 32} if tiled else {}
    shown: tuple[Role, ...] = ("red", "green", "blue", "nir")
    taken = take(geotiff(tmp_path / "scene.tif", array, **options), tmp_path / "out", answers(shown[:bands]))
    assert (held(taken.path) == array).all()


def test_arrays_of_ours_are_written_and_packed_in_the_same_form(tmp_path: Path) -> None:
    array = np.random.default_rng(1).normal(size=(1, 1100, 1200)).astype("float32")
    written(tmp_path / "plain.tif", array, "EPSG:32636", PLACE, nodata=np.nan, descriptions=["statistic"])
    own(tmp_path / "plain.tif", tmp_path / "own.tif")
    assert (held(tmp_path / "own.tif") == array).all()
    with rasterio.open(tmp_path / "own.tif") as scene:
        assert scene.descriptions == ("statistic",)
        assert scene.overviews(1) == [2, 4]
        assert np.isnan(scene.nodata)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".tif") == ["own.tif", "plain.tif"]


@pytest.mark.shared
def test_real_scenes_of_fires_keep_every_pixel(tmp_path: Path, shared: Path) -> None:
    shown: tuple[Role, ...] = ("blue", "green", "red", "nir", "swir1", "swir2")
    for path in sorted((shared / "imagery" / "burn").glob("*/*_before.tif"))[::8]:
        taken = take(path, tmp_path / "out", answers(shown, sensor="landsat", scale=2.75e-5, offset=-0.2))
        np.testing.assert_array_equal(held(taken.path), held(path).astype("float32"))


@pytest.mark.shared
def test_real_scenes_of_a_flood_say_what_they_are(tmp_path: Path, shared: Path) -> None:
    folder = shared / "imagery" / "water"
    radar, optical = (read(folder / f"Spain_7370579_{kind}Hand.tif", f"Spain_{kind}.tif") for kind in ("S1", "S2"))
    assert (radar.sensor.value, radar.roles.value, radar.decibels.value) == ("radar", ("vv", "vh"), None)
    assert (optical.sensor.value, optical.scale.value, optical.offset.value, optical.nodata.value) == ("sentinel2", 1e-4, None, 0)
    assert optical.roles.value is not None
    assert [optical.roles.value.index(role) for role in ("green", "nir", "swir1")] == [2, 7, 11]
    for found, more in ((radar, {"decibels": True}), (optical, {"scale": 1e-4})):
        path = folder / found.name.replace("Spain_", "Spain_7370579_").replace(".tif", "Hand.tif")
        taken = take(path, tmp_path / "out", answers(found.roles.value or (), sensor=found.sensor.value, **more))
        np.testing.assert_array_equal(held(taken.path), held(path))
        assert taken.warnings == ()


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_real_scenes_in_other_formats_are_taken_as_geotiff(tmp_path: Path, shared: Path) -> None:
    source = shared / "imagery" / "landsat_change" / "taizhou" / "2000TM"
    with pytest.raises(UnreadableFile, match="no TIFF"):
        read(source, source.name)
    with rasterio.open(source) as scene:
        array, names = scene.read(), scene.descriptions
        path = geotiff(tmp_path / "2000TM.tif", array, crs=scene.crs, transform=scene.transform, descriptions=names)
    found = read(path, path.name)
    assert found.roles.value == ("blue", "green", "red", "nir", "swir1", "swir2")
    assert (held(take(path, tmp_path / "out", answers(found.roles.value)).path) == array).all()
    with rasterio.open(shared / "imagery" / "sar" / "ottawa" / "ottawa_1.bmp") as scene:
        array = scene.read(1)[None]
    taken = take(geotiff(tmp_path / "ottawa.tif", array), tmp_path / "out", answers(["hh"], sensor="radar"))
    assert (held(taken.path) == array).all()


def test_numbers_of_a_palette_are_refused(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(1, dtype="uint8"))
    with rasterio.open(path, "r+") as out:
        out.write_colormap(1, {n: (n, 0, 0, 255) for n in range(256)})
    with pytest.raises(UnreadableFile, match="palette in place of colours"):
        take(path, tmp_path / "out", answers(("grey",)))
