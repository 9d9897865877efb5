"""Tiles of scenes: each pixel where it lies on the ground, in the colours the legend says."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import Affine, from_bounds, from_origin
from rasterio.warp import Resampling, reproject
from rio_tiler.io import Reader
from scipy.ndimage import binary_erosion

from layers.imagery.looks import LOOKS, Look, looks
from layers.imagery.scene import ROLES, Role, Scene
from layers.imagery.tile import SIZE, legend, tile
from layers.imagery.written import own, written
from tests.rasters import BANDS, BEFORE, PIXEL_M, placed, scene, textured

HALF = 20_037_508.342789244
GREY = Look("grey", "Grey", "band", ("grey",), "")

Pixels = npt.NDArray[np.uint8]


def decoded(png: bytes | None) -> Pixels:
    assert png is not None
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "RGBA"
        return np.asarray(image)


def around(crs: str, transform: Affine, rows: int, columns: int, z: int) -> tuple[int, int, int]:
    """Return the tile over the middle of a raster."""
    middle = transform * (columns / 2, rows / 2)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(*middle)
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z)
    return z, x, y


def bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    side = 2 * HALF / 2**z
    return -HALF + x * side, HALF - (y + 1) * side, -HALF + (x + 1) * side, HALF - y * side


@pytest.mark.parametrize(
    ("crs", "corner", "pixel"),
    [
        ("EPSG:32741", (290_000.0, 7_790_000.0), 20.0),
        ("EPSG:32633", (500_000.0, 7_700_000.0), 20.0),
        ("EPSG:4326", (35.5, 33.5), 0.0002),
        ("EPSG:3857", (4_000_000.0, 4_000_000.0), 25.0),
        ("EPSG:3035", (4_400_000.0, 3_100_000.0), 20.0),
    ],
)
@pytest.mark.parametrize("z", [12, 14])
def test_a_tile_lies_where_a_warped_reference_lies(
    tmp_path: Path, crs: str, corner: tuple[float, float], pixel: float, z: int
) -> None:
    pixels = np.random.default_rng(4).integers(1, 250, (1, 400, 500)).astype(np.uint8)
    transform = from_origin(*corner, pixel, pixel)
    one = scene(tmp_path, pixels, bands=("grey",), crs=crs, transform=transform)
    at = around(crs, transform, 400, 500, z)
    drawn = decoded(tile(one, GREY, *at))
    reference = np.zeros((SIZE, SIZE), np.uint8)
    reproject(
        pixels[0], reference, src_transform=transform, src_crs=crs, src_nodata=0, dst_crs="EPSG:3857", dst_nodata=0,
        dst_transform=from_bounds(*bounds(*at), SIZE, SIZE), resampling=Resampling.bilinear,
    )  # fmt: skip
    there = (drawn[..., 3] > 0) & (reference > 0)
    assert there.mean() > 0.05
    scores = {}
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            moved = np.roll(reference, (dy, dx), (0, 1))
            both = there & (moved > 0)
            scores[dy, dx] = np.corrcoef(drawn[..., 0][both].astype(float), moved[both].astype(float))[0, 1]
    assert max(scores, key=lambda key: scores[key]) == (0, 0)
    if z == 14:
        assert scores[0, 0] > 0.98


@pytest.mark.parametrize("crs", ["EPSG:32741", "EPSG:4326"])
def test_a_tile_of_half_the_world_warps_no_more_than_the_scene(tmp_path: Path, crs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []
    part = Reader.part

    def noted(self: Reader, bbox: tuple[float, ...], **more: object) -> object:
        asked.append((bbox[2] - bbox[0], bbox[3] - bbox[1]))
        return part(self, bbox, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "part", noted)
    transform = placed() if crs == "EPSG:32741" else from_origin(61, -20, 0.0002, 0.0002)
    one = scene(tmp_path, crs=crs, transform=transform)
    drawn = [tile(one, looks(BANDS)[0], *around(crs, transform, 120, 160, z)) for z in range(14)]
    assert drawn[0] is None, "under a pixel of such a tile"
    assert drawn[10] is not None
    assert max(max(sides) for sides in asked) < 2 * 160 * 22


@pytest.mark.parametrize("marked", ["nodata", "nan", "alpha", "mask"])
@pytest.mark.parametrize("z", [8, 9, 10, 11])
def test_from_afar_a_tile_lies_where_a_warped_reference_lies_and_has_its_holes(tmp_path: Path, marked: str, z: int) -> None:
    ground = np.kron(np.random.default_rng(4).integers(60, 250, (35, 26)), np.ones((40, 50))).astype(np.uint8)
    hole = np.zeros(ground.shape, bool)
    hole[400:800, 500:1000] = True
    transform = from_origin(290_000, 7_790_000, 20, 20)
    path = tmp_path / "sent.tif"
    pixels = {
        "nodata": np.where(hole, np.uint8(0), ground)[None],
        "nan": np.where(hole, np.float32(np.nan), ground)[None],
        "alpha": np.stack([ground, np.where(hole, np.uint8(0), np.uint8(255))]),
        "mask": ground[None],
    }[marked]
    written(path, pixels, "EPSG:32741", transform, nodata={"nodata": 0.0, "nan": np.nan}.get(marked))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as out:
        if marked == "mask":
            out.write_mask(~hole)
        if marked == "alpha":
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
    own(path, tmp_path / "own.tif")
    roles: tuple[Role, ...] = ("grey", "alpha") if marked == "alpha" else ("grey",)
    at = around("EPSG:32741", transform, 1400, 1300, z)
    drawn = decoded(tile(Scene(tmp_path / "own.tif", "optical", roles, BEFORE), GREY, *at))
    reference, seen = (np.full((SIZE, SIZE), np.nan, np.float32) for _ in range(2))
    for source, out in ((ground.astype(np.float32), reference), (np.where(hole, np.float32(0), np.float32(1)), seen)):
        reproject(
            source, out, src_transform=transform, src_crs="EPSG:32741", dst_crs="EPSG:3857", dst_nodata=np.nan,
            dst_transform=from_bounds(*bounds(*at), SIZE, SIZE), resampling=Resampling.average,
        )  # fmt: skip
    surely = binary_erosion(seen == 1, iterations=2), binary_erosion(np.nan_to_num(seen) == 0, iterations=2)
    assert (drawn[surely[0], 3] == 255).all()
    assert (drawn[surely[1], 3] == 0).all()
    inner = binary_erosion(surely[0])
    scores = {
        (dy, dx): np.corrcoef(drawn[inner, 0].astype(float), np.roll(reference, (dy, dx), (0, 1))[inner])[0, 1]
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    }
    assert max(scores, key=lambda key: scores[key]) == (0, 0)
    assert scores[0, 0] > 0.95


def test_what_has_no_data_is_transparent_and_outside_there_is_nothing(tmp_path: Path) -> None:
    one = scene(tmp_path)
    rows, columns = 120, 160
    at = around("EPSG:32741", placed(), rows, columns, 13)
    drawn = decoded(tile(one, looks(BANDS)[0], *at))
    assert 0 < (drawn[..., 3] == 255).mean() < 1
    assert set(np.unique(drawn[..., 3])) == {0, 255}
    assert tile(one, looks(BANDS)[0], 13, 0, 0) is None


def test_a_scene_whose_middle_has_no_data_is_seen_through_there(tmp_path: Path) -> None:
    pixels = textured()
    pixels[:, 40:80, 60:100] = 0
    one = scene(tmp_path, pixels)
    at = around("EPSG:32741", placed(), 120, 160, 17)
    assert tile(one, looks(BANDS)[0], *at) is None


def test_an_index_has_the_colours_of_its_legend(tmp_path: Path) -> None:
    pixels = np.full((6, 60, 60), 1000, np.uint16)
    pixels[3], pixels[5] = 4000, 1000
    one = scene(tmp_path, pixels)
    look = next(look for look in LOOKS if look.id == "nbr")
    drawn = decoded(tile(one, look, *around("EPSG:32741", placed(), 60, 60, 16)))
    value = (4000 - 1000) / (4000 + 1000)
    stops = [stop.value for stop in look.stops]
    wanted = [np.interp(value, stops, [stop.colour[n] for stop in look.stops]) for n in range(3)]
    assert np.abs(drawn[100, 100, :3].astype(float) - wanted).max() <= 1
    assert next(words for _, _, words in legend(one, look)) == "burned or bare"


@pytest.mark.parametrize("signed", [True, False])
def test_a_change_is_coloured_by_its_size_and_the_legend_names_its_ends(tmp_path: Path, signed: bool) -> None:
    values = np.random.default_rng(5).normal(0, 0.01, (1, 90, 90)).astype(np.float32)
    values[:, 60:80, 60:80], values[:, 10:30, 10:30] = 0.6, -0.6
    one = replace(scene(tmp_path, values if signed else np.abs(values), bands=("statistic",)), scale=1.0)
    (look,) = looks(("statistic",))
    stops = legend(one, look)
    assert [words for *_, words in stops] == (["or less", "", "or more"] if signed else ["", "or more"])
    assert [value for value, *_ in stops] == pytest.approx([-0.6, 0, 0.6] if signed else [0, 0.6], abs=1e-6)
    drawn = decoded(tile(one, look, *around("EPSG:32741", placed(), 90, 90, 14)))
    shades = {"#{:02x}{:02x}{:02x}".format(*colour) for colour in drawn[drawn[..., 3] > 0][:, :3].tolist()}
    assert {colour for value, colour, _ in stops if value} <= shades, "what fell is as deep as what rose, and neither is black"
    assert min(int(shade[1:3], 16) + int(shade[3:5], 16) + int(shade[5:], 16) for shade in shades) > 200


def test_a_stretched_band_says_that_more_lies_beyond_the_ends_of_its_legend(tmp_path: Path) -> None:
    one = replace(scene(tmp_path, textured(bands=1), bands=("grey",)), scale=1.0)
    assert [words for *_, words in legend(one, GREY)] == ["or less", "or more"]


def test_scale_and_offset_decide_an_index(tmp_path: Path) -> None:
    pixels = np.full((6, 60, 60), 8000, np.uint16)
    pixels[3] = 16_000
    one = scene(tmp_path, pixels)
    raw = Scene(one.path, "landsat", BANDS, BEFORE)
    scaled = Scene(one.path, "landsat", BANDS, BEFORE, 2.75e-5, -0.2)
    look = next(look for look in LOOKS if look.id == "ndvi")
    at = around("EPSG:32741", placed(), 60, 60, 16)
    assert decoded(tile(raw, look, *at))[100, 100].tolist() != decoded(tile(scaled, look, *at))[100, 100].tolist()


def test_relief_is_lit_from_the_north_west(tmp_path: Path) -> None:
    y, x = np.mgrid[:200, :200].astype(np.float32)
    heights = 1000 - 8 * np.hypot(x - 100, y - 100)
    one = replace(scene(tmp_path, heights[None], bands=("elevation",)), scale=1.0)
    look = looks(("elevation",))[0]
    assert look.id == "relief"
    z, column, row = around("EPSG:32741", placed(), 200, 200, 12)
    whole = np.concatenate(
        [np.concatenate([part(tile(one, look, z, column + dx, row + dy)) for dx in (-1, 0, 1)], 1) for dy in (-1, 0, 1)]
    )
    seen = np.argwhere(whole[..., 3] > 0)
    (top, left), (foot, right) = seen.min(0), seen.max(0)
    middle, centre = (top + foot) // 2, (left + right) // 2
    step = (foot - top) // 5
    bright = whole[middle - step, centre - step, 0], whole[middle + step, centre + step, 0]
    assert bright[0] > 180 > bright[1]


def part(png: bytes | None) -> Pixels:
    return decoded(png) if png else np.zeros((SIZE, SIZE, 4), np.uint8)


def test_radar_is_drawn_in_decibels_however_it_is_stored(tmp_path: Path) -> None:
    linear = np.random.default_rng(3).gamma(4, 0.02, (1, 90, 90)).astype(np.float32) + 0.001
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = scene(tmp_path / "a", linear, bands=("vv",))
    other = scene(tmp_path / "b", 10 * np.log10(linear), bands=("vv",))
    look = looks(("vv",))[0]
    at = around("EPSG:32741", placed(), 90, 90, 15)
    first = decoded(tile(Scene(one.path, "sentinel1", ("vv",), BEFORE), look, *at))
    second = decoded(tile(Scene(other.path, "sentinel1", ("vv",), BEFORE, decibels=True), look, *at))
    seen = first[..., 3] > 0
    assert (seen == (second[..., 3] > 0)).all()
    assert np.corrcoef(first[seen][:, 0].astype(float), second[seen][:, 0].astype(float))[0, 1] > 0.95


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.id)
def test_every_look_draws_a_scene_that_has_its_bands(look: Look, tmp_path: Path) -> None:
    pixels = textured(bands=len(look.roles))
    one = replace(scene(tmp_path, pixels, bands=look.roles), scale=1.0)
    drawn = decoded(tile(one, look, *around("EPSG:32741", placed(), 120, 160, 14)))
    assert drawn[..., :3][drawn[..., 3] > 0].std() > 5
    for _, colour, _ in legend(one, look):
        assert len(colour) == 7
    assert look.title
    assert look.says.endswith(".")


def test_looks_are_data() -> None:
    assert len({look.id for look in LOOKS}) == len(LOOKS)
    assert len({look.title for look in LOOKS}) == len(LOOKS)
    for look in LOOKS:
        assert set(look.roles) <= set(ROLES)
        assert bool(look.stops) == (look.kind == "index")
        assert [stop.value for stop in look.stops] == sorted(stop.value for stop in look.stops)


def test_a_tile_of_a_scene_over_the_antimeridian_is_drawn(tmp_path: Path) -> None:
    pixels = textured(300, 600)
    one = scene(tmp_path, pixels, crs="EPSG:32701", transform=from_origin(180_000, 8_000_000, PIXEL_M, PIXEL_M))
    lon, lat = Transformer.from_crs("EPSG:32701", 4326, always_xy=True).transform(181_000, 7_998_000)
    z = 11
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z)
    drawn = [tile(one, looks(BANDS)[0], z, x % 2**z, y) for x in (int((lon + 180) / 360 * 2**z) + d for d in (-1, 0, 1))]
    assert any(drawn)


def test_rasters_are_read_with_nothing_beside_them(tmp_path: Path) -> None:
    one = scene(tmp_path)
    (tmp_path / "own.tif.aux.xml").write_text("<PAMDataset><Metadata><MDI key='a'>b</MDI></Metadata></PAMDataset>")
    (tmp_path / "own.tif.ovr").write_bytes(b"not a raster")
    with rasterio.open(one.path) as held:
        assert held.overviews(1) == [] or held.overviews(1)[0] == 2
    assert tile(one, looks(BANDS)[0], *around("EPSG:32741", placed(), 120, 160, 10))


@pytest.mark.parametrize("west", [179.99, 200.0, -200.0, -180.01])
def test_a_scene_in_degrees_beyond_180_is_drawn_where_the_same_ground_lies(tmp_path: Path, west: float) -> None:
    pixels = textured(100, 100)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    beyond = scene(tmp_path / "a", pixels, crs="EPSG:4326", transform=from_origin(west, -17, 0.0002, 0.0002))
    folded = (west + 180) % 360 - 180
    quarter = folded - 90 if folded > 0 else folded + 90
    same = scene(tmp_path / "b", pixels, crs="EPSG:4326", transform=from_origin(quarter, -17, 0.0002, 0.0002))
    z = 15
    y = int((1 - np.arcsinh(np.tan(np.radians(-17.001))) / np.pi) / 2 * 2**z)
    first = int((folded + 180) / 360 * 2**z)
    seen = 0
    for x in range(first, first + 3):
        turned = x + round((quarter - folded) / 360 * 2**z)
        drawn, wanted = part(tile(beyond, looks(BANDS)[0], z, x % 2**z, y)), part(tile(same, looks(BANDS)[0], z, turned, y))
        assert (drawn[..., 3] != wanted[..., 3]).mean() < 0.02
        both = (drawn[..., 3] > 0) & (wanted[..., 3] > 0)
        seen += int(both.sum())
        if both.sum() > 5_000:
            assert np.corrcoef(drawn[both, 0].astype(float), wanted[both, 0].astype(float))[0, 1] > 0.99
    assert seen > 20_000


def test_heights_are_lit_alike_however_they_are_stored(tmp_path: Path) -> None:
    y, x = np.mgrid[:200, :200].astype(np.float32)
    metres = 1000 - 4 * np.hypot(x - 100, y - 100)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = scene(tmp_path / "a", metres[None], bands=("elevation",))
    packed = scene(tmp_path / "b", np.rint((metres + 200) / 0.02).astype(np.uint16)[None], bands=("elevation",))
    at = around("EPSG:32741", placed(), 200, 200, 13)
    one = Scene(plain.path, "elevation", ("elevation",), BEFORE)
    other = Scene(packed.path, "elevation", ("elevation",), BEFORE, 0.02, -200)
    first, second = (decoded(tile(of, looks(("elevation",))[0], *at)).astype(int) for of in (one, other))
    assert np.abs(first - second).max() <= 6
