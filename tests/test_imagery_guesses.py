"""What a scene most likely is, guessed from names and tags as the missions that send them write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from layers.imagery import header, names
from layers.imagery.header import Found, missing, read
from tests.scenes import geotiff, pixels

S2 = "S2A_MSIL2A_20201012T081831_N0214_R078_T36SYB_20201012T105443"
S2_LIFTED = S2.replace("N0214", "N0400")
LANDSAT = "LC08_L2SP_177035_20201012_20201105_02_T1"
S1 = "S1A_IW_GRDH_1SDV_20201012T034512_20201012T034537_034777_040D3F_ABCD"


def found(name: str, bands: int = 1, **more: Any) -> Found:
    """Return what would be guessed of a file that says so much of itself."""
    usual = {
        "width": 9, "height": 9, "bands": bands, "dtype": "uint16", "crs": "EPSG:32636", "nodata": None, "resolution_m": 10.0,
        "ring": [(0, 0), (1, 0), (1, 1), (0, 0)], "descriptions": [""] * bands, "colours": ["gray"] * bands,
        "scales": [1.0] * bands, "offsets": [0.0] * bands, "lowest": [""] * bands, "tags": {},
    }  # fmt: skip
    return header.found(name, usual | more)


@pytest.mark.parametrize(
    ("name", "sensor", "at"),
    [
        (f"{S2}.tif", "sentinel2", "2020-10-12T08:18:31"),
        ("T36SYB_20201012T081831_B04_10m.tif", "sentinel2", "2020-10-12T08:18:31"),
        ("L2A_T36SYB_20201012T081831_B8A_20m.tif", "sentinel2", "2020-10-12T08:18:31"),
        ("S2B_36SYB_20201012_0_L2A.tif", "sentinel2", "2020-10-12T00:00:00"),
        (f"{LANDSAT}_SR_B4.TIF", "landsat", "2020-10-12T00:00:00"),
        ("LT51200382000124BJC00_Nanjing", "landsat", "2000-05-03T00:00:00"),
        (f"{S1}.tif", "sentinel1", "2020-10-12T03:45:12"),
        ("s1a-iw-grd-vh-20201012t034512-20201012t034537-034777-040d3f-002.tiff", "sentinel1", "2020-10-12T03:45:12"),
        ("ortho_2024-05-03.tif", None, "2024-05-03T00:00:00"),
        ("DJI_20240503_101112_ortho.tif", None, "2024-05-03T10:11:12"),
        ("ortho_20249903.tif", None, None),
        ("village_east.tif", None, None),
        ("order_120201012345.tif", None, None),
    ],
)
def test_names_tell_what_took_a_scene_and_when(name: str, sensor: str | None, at: str | None) -> None:
    told = names.told(name)
    assert told.sensor == sensor
    assert told.acquired_at == (None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC))


@given(st.text(max_size=400))
def test_no_name_breaks_the_reading_of_names(name: str) -> None:
    assert names.told(name).day_only in (True, False)


def test_a_day_without_a_time_is_said_to_be_one() -> None:
    assert "holds no time" in found(f"{LANDSAT}.tif").acquired_at.reason
    assert "holds no time" not in found(f"{S2}.tif").acquired_at.reason


@pytest.mark.parametrize(
    ("tags", "at"),
    [
        ({"DATATAKE_1_DATATAKE_SENSING_START": "2020-10-12T08:18:31.024Z"}, "2020-10-12T08:18:31.024"),
        ({"DATE_ACQUIRED": "2020-10-12", "SCENE_CENTER_TIME": "08:11:22.1234567Z"}, "2020-10-12T08:11:22"),
        ({"SENSING_TIME": "2020-10-12T10:18:31+02:00"}, "2020-10-12T08:18:31"),
        ({"SENSING_TIME": "yesterday"}, None),
        ({"TIFFTAG_DATETIME": "2021:01:02 03:04:05"}, None),
    ],
)
def test_tags_tell_when_a_scene_was_taken_but_not_when_its_file_was_written(tags: dict[str, str], at: str | None) -> None:
    guess = found("x.tif", tags=tags).acquired_at
    assert guess.value == (None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert ("2021:01:02" in guess.reason) == ("TIFFTAG_DATETIME" in tags)


@pytest.mark.parametrize(
    ("name", "more", "scale", "offset"),
    [
        (S2, {}, 1e-4, 0.0),
        (S2.replace("N0214", "N0399"), {}, 1e-4, 0.0),
        (S2_LIFTED, {}, 1e-4, -0.1),
        (S2.replace("N0214", "N0500"), {}, 1e-4, -0.1),
        (S2_LIFTED.replace("MSIL2A", "MSIL1C"), {}, 1e-4, -0.1),
        ("T36SYB_20201012T081831_B04", {}, 1e-4, None),
        ("T36SYB_20230612T081831_B04", {}, 1e-4, -0.1),
        ("T36SYB_20201012T081831_B04", {"tags": {"PROCESSING_BASELINE": "04.00"}}, 1e-4, -0.1),
        ("T36SYB_20201012T081831_B04", {"tags": {"PROCESSING_BASELINE": "02.14"}}, 1e-4, 0.0),
        (f"{LANDSAT}_SR_B4", {}, 2.75e-5, -0.2),
        (f"{LANDSAT}_ST_B10", {}, 0.00341802, 149.0),
        (LANDSAT.replace("_02_T1", "_01_T1"), {}, None, None),
        (LANDSAT.replace("L2SP", "L1TP"), {}, None, None),
        (S2_LIFTED, {"scales": [2e-4], "offsets": [0.05]}, 2e-4, 0.05),
        (S2_LIFTED, {"dtype": "float32"}, 1.0, 0.0),
        ("x", {"dtype": "uint8"}, 1.0, 0.0),
        ("x", {}, None, None),
        (S2, {"bands": 2, "scales": [1e-4, 2e-4], "offsets": [0.0, 0.0]}, None, None),
        (S2, {"scales": [None], "offsets": [0.0]}, 1e-4, 0.0),
    ],
)
def test_the_trap_of_scale_and_offset(name: str, more: dict[str, Any], scale: float | None, offset: float | None) -> None:
    told = found(f"{name}.tif", **more)
    assert (told.scale.value, told.offset.value) == (scale, offset)
    assert told.scale.reason
    assert told.offset.reason


@pytest.mark.parametrize(
    ("name", "descriptions", "roles"),
    [
        (S2, ["B02", "B03", "B04", "B08", "SCL"], ("blue", "green", "red", "nir", "scl")),
        (S2, ["B8", "B8A"], ("nir", "other")),
        (S2, ["B8A", "B11"], ("nir", "swir1")),
        (LANDSAT, ["SR_B2", "SR_B5", "QA_PIXEL"], ("blue", "nir", "qa_pixel")),
        (LANDSAT.replace("LC08", "LT05"), ["SR_B1", "SR_B4"], ("blue", "nir")),
        ("x", ["B5", "B4"], None),
        ("x", ["Red", "Near infrared", "SWIR 1"], ("red", "nir", "swir1")),
        ("x", ["a (0.66 Micrometers)", "b (840 nm)"], ("red", "nir")),
        ("x", ["VV", "VH"], ("vv", "vh")),
        ("x", ["red", ""], None),
        (S1, ["", ""], ("vv", "vh")),
        ("T36SYB_20201012T081831_B04_10m", [""], ("red",)),
        (f"{LANDSAT}_SR_B5", [""], ("nir",)),
        ("s1a-iw-grd-vh-20201012t034512-20201012t034537-034777-040d3f-002", [""], ("vh",)),
    ],
)
def test_bands_are_known_by_what_they_are_called_on_each_satellite(
    name: str, descriptions: list[str], roles: tuple[str, ...] | None
) -> None:
    assert found(f"{name}.tif", len(descriptions), descriptions=descriptions).roles.value == roles


def test_products_with_all_bands_are_known_by_their_order() -> None:
    whole, surface = (found(f"{S2}.tif", count).roles.value or () for count in (13, 12))
    assert [whole.index("swir1"), surface.index("swir1")] == [11, 10]
    assert found(f"{S2}.tif", 4).roles.value is None


@pytest.mark.parametrize(
    ("name", "more", "decibels"),
    [
        (S1, {"dtype": "float32"}, None),
        (S1, {"dtype": "uint16"}, False),
        (f"{S1}_dB", {"dtype": "float32"}, True),
        (S1, {"dtype": "float32", "lowest": ["-31.5", "-40"]}, True),
        (S1, {"dtype": "float32", "lowest": ["0.0001", "nonsense"]}, None),
        (S2, {"dtype": "float32"}, False),
    ],
)
def test_a_radar_is_in_decibels_only_where_something_says_so(name: str, more: dict[str, Any], decibels: bool | None) -> None:
    assert found(f"{name}.tif", 2, **more).decibels.value is decibels


def test_an_orthophoto_of_a_drone_is_known_but_its_date_is_asked_for(tmp_path: Path) -> None:
    path = geotiff(
        tmp_path / "ortho.tif",
        pixels(4, dtype="uint8"),
        photometric="RGB",
        alpha="yes",
        transform=from_origin(600_000, 4_000_020, 0.05, 0.05),
        tags={"TIFFTAG_DATETIME": "2021:01:02 03:04:05"},
    )
    told = read(path, path.name)
    assert told.sensor.value == "drone"
    assert told.roles.value == ("red", "green", "blue", "alpha")
    assert missing(told) == ("when it was taken",)


def test_what_a_whole_product_tells_needs_no_question(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(4), descriptions=("B2", "B3", "B4", "B8"))
    assert missing(read(path, f"{S2}.tif")) == ()
    assert len(missing(found("x.tif"))) == 5
