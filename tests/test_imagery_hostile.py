"""Uploads that were made to harm: each is refused in one sentence or taken without a look at anything else."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine, from_origin

from layers.config import SceneLimits
from layers.errors import UnreadableFile
from layers.imagery import structure
from layers.imagery.header import read
from layers.imagery.intake import Taken, take
from tests.scenes import PLACE, answers, geotiff, held, pixels

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

SECRET = 77
LIMITS = {name: getattr(SceneLimits(), name) for name in SceneLimits.__slots__}


class Listener:
    """A port of this machine that counts who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.came = 0
        self.thread = threading.Thread(target=self._wait, daemon=True)
        self.thread.start()

    def _wait(self) -> None:
        while True:
            try:
                met, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            with closing(met):
                met.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/scene.tif"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.socket.shutdown(socket.SHUT_RDWR)
    made.socket.close()
    made.thread.join(5)


class Opened:
    """Tells whether any process opened a file of a folder, as the kernel says (inotify)."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self.fd, os.fsencode(folder), 0x20) >= 0

    def names(self) -> set[str]:
        found = set()
        try:
            told = os.read(self.fd, 65_536)
        except BlockingIOError:
            return found
        while told:
            _, _, _, length = struct.unpack("iIII", told[:16])
            found.add(told[16 : 16 + length].rstrip(b"\0").decode())
            told = told[16 + length :]
        return found


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[tuple[Path, Opened]]:
    """A file that no upload may show, and who opened it."""
    folder = tmp_path / "secret"
    folder.mkdir()
    path = geotiff(folder / "secret.tif", np.full((3, 48, 48), SECRET, "uint16"))
    opened = Opened(folder)
    yield path, opened
    os.close(opened.fd)


def leading(path: Path, target: str) -> Path:
    """Write a scene of fives whose overviews lie elsewhere, as it says."""
    geotiff(path, np.full((3, 96, 96), 5, "uint16"))
    with rasterio.open(path, "r+") as scene:
        scene.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=target)
    return path


def refused(path: Path, out: Path, **more: Any) -> str:
    """Return in what words an upload is refused, by both ways in alike; nothing of it is left."""
    said = set()
    for way in (lambda: read(path, path.name), lambda: take(path, out, answers(**more))):
        with pytest.raises(UnreadableFile) as told:
            way()
        said.add(str(told.value))
    assert len(said) == 1
    (words,) = said
    assert words.startswith(path.name)
    assert "\n" not in words
    assert str(path.parent) not in words
    assert len(words) < 300
    assert not out.exists() or list(out.iterdir()) == []
    return words


def outcome(way: Callable[[], Taken]) -> Taken | str:
    """Return what was taken, or in what words it was refused."""
    try:
        return way()
    except UnreadableFile as told:
        return str(told)


def overviews(path: Path) -> list[np.ndarray[Any, Any]]:
    """Return all pixels of a raster and of each of its overviews."""
    with rasterio.open(path) as scene:
        many = len(scene.overviews(1))
    found = [held(path)]
    for level in range(many):
        with rasterio.open(path, OVERVIEW_LEVEL=level) as scene:
            found.append(scene.read())
    return found


def test_overviews_that_lie_in_another_file_are_never_looked_at(tmp_path: Path, secret: tuple[Path, Opened]) -> None:
    canary, opened = secret
    path = leading(tmp_path / "leads.tif", str(canary))
    with rasterio.open(path) as scene:
        assert scene.read(out_shape=(3, 48, 48)).max() == SECRET, "the trap must work on who is not careful"
    assert "secret.tif" in opened.names()
    read(path, path.name)
    taken = take(path, tmp_path / "out", answers())
    assert opened.names() == set()
    assert all((level == 5).all() for level in overviews(taken.path))
    assert b"OVERVIEW" not in taken.path.read_bytes()


def test_no_request_leaves_for_overviews_on_the_net(tmp_path: Path, listener: Listener) -> None:
    path = leading(tmp_path / "leads.tif", f"/vsicurl/{listener.url}")
    with rasterio.open(path) as scene:
        scene.read(out_shape=(3, 48, 48))
    assert listener.came > 0, "the trap must work on who is not careful"
    listener.came = 0
    read(path, path.name)
    take(path, tmp_path / "out", answers())
    assert listener.came == 0


def test_files_beside_an_upload_are_not_looked_at(tmp_path: Path, listener: Listener) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    path = geotiff(folder / "scene.tif", np.full((3, 1200, 1200), 5, "uint16"))
    geotiff(folder / "scene.tif.ovr", np.full((3, 600, 600), SECRET, "uint16"), crs=None, transform=Affine.identity())
    geotiff(folder / "scene.tif.msk", np.zeros((1, 1200, 1200), "uint8"), crs=None, transform=Affine.identity())
    metadata = f"<MDI key='OVERVIEW_FILE'>/vsicurl/{listener.url}</MDI>"
    band = f"<PAMRasterBand band='1'><NoDataValue>5</NoDataValue><Description>{SECRET}</Description></PAMRasterBand>"
    (folder / "scene.tif.aux.xml").write_text(
        f"<PAMDataset><Metadata domain='OVERVIEWS'>{metadata}</Metadata>{band}</PAMDataset>"
    )
    (folder / "scene.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
    opened = Opened(folder)
    found, taken = read(path, path.name), take(path, tmp_path / "out", answers())
    assert opened.names() <= {"scene.tif"}
    os.close(opened.fd)
    assert listener.came == 0
    assert found.descriptions == ("", "", "")
    assert found.nodata.value is None
    assert taken.valid_share == 1
    levels = overviews(taken.path)
    assert len(levels) > 1
    assert all((level == 5).all() for level in levels)


def test_a_file_that_points_to_others_is_refused(tmp_path: Path, secret: tuple[Path, Opened], listener: Listener) -> None:
    canary, opened = secret
    for number, target in enumerate((str(canary), f"/vsicurl/{listener.url}")):
        path = tmp_path / f"scene{number}.tif"
        source = f"<SimpleSource><SourceFilename>{target}</SourceFilename></SimpleSource>"
        path.write_text(
            f'\n <VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand band="1">{source}</VRTRasterBand></VRTDataset>'
        )
        assert "is a VRT" in refused(path, tmp_path / "out")
    assert opened.names() == set()
    assert listener.came == 0


def test_coordinates_that_need_another_file_are_refused(tmp_path: Path, secret: tuple[Path, Opened]) -> None:
    canary, opened = secret
    wkt = (
        'GEOGCS["shifted",DATUM["shifted",SPHEROID["x",6378137,298.25],EXTENSION["PROJ4_GRIDS","' + str(canary) + '"]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    for number, crs in enumerate((wkt, f"+proj=longlat +ellps=WGS84 +nadgrids={canary} +no_defs")):
        path = geotiff(tmp_path / f"scene{number}.tif", pixels(), transform=from_origin(33, 36, 1e-4, 1e-4), crs=crs)
        opened.names()
        taken = outcome(lambda path=path: take(path, tmp_path / "out", answers()))
        if isinstance(taken, str):
            assert "coordinate" in taken
        else:
            assert str(canary) not in taken.crs
            assert str(canary).encode() not in taken.path.read_bytes()
        assert opened.names() == set()


HUGE = {"tiled": True, "sparse_ok": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "yes"}


def sparse(path: Path, width: int, height: int, count: int = 1, **more: Any) -> Path:
    """Write a file that says it is large and holds next to nothing."""
    shape = {"width": width, "height": height, "count": count, "dtype": "uint8", "crs": "EPSG:32636", "transform": PLACE}
    with rasterio.open(path, "w", driver="GTiff", **(shape | HUGE | more)):
        pass
    return path


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"width": 200_000, "height": 200_000}, "has 200,000 × 200,000 pixels; at most 65,536 a side"),
        ({"width": 60_000, "height": 60_000}, "1,500,000,000 in all"),
        ({"width": 16_384, "height": 16_384, "blockxsize": 16_384, "blockysize": 16_384}, "16,384 × 16,384 pixels, 268 MB each"),
        ({"width": 16_384, "height": 16_384, "tiled": False, "blockysize": 16_384, "compress": "lzw"}, "268 MB each"),
        ({"width": 64, "height": 64, "count": 33}, "has 33 bands; at most 32"),
        ({"width": 30_000, "height": 30_000, "count": 8, "dtype": "float64"}, "unpacks to 57.6 GB"),
        ({"width": 38_000, "height": 38_000, "count": 2, "blockxsize": 16, "blockysize": 16, "interleave": "band"}, "blocks"),
    ],
    ids=["side", "pixels", "block", "strip", "bands", "decoded", "blocks"],
)
def test_a_file_that_says_it_is_too_large_is_refused_before_a_pixel_is_read(
    tmp_path: Path, made: dict[str, Any], said: str
) -> None:
    path = sparse(tmp_path / "scene.tif", **made)
    assert said in refused(path, tmp_path / "out")


def test_a_file_that_packs_much_into_little_stays_within_its_memory(tmp_path: Path) -> None:
    path = sparse(tmp_path / "scene.tif", 12_000, 12_000, 3)
    taken = take(path, tmp_path / "out", answers())
    assert held(taken.path).max() == 0
    assert taken.peak_bytes < 400_000_000


def cut(path: Path, share: float) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.001, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("big", ["yes", "no"])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, share: float, big: str) -> None:
    path = geotiff(tmp_path / "scene.tif", pixels(side=300), tiled=True, blockxsize=128, blockysize=128, bigtiff=big)
    said = refused(cut(path, share), tmp_path / "out")
    assert "cut short" in said or "no TIFF" in said


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x00\x00\x00\x0cjP  \r\n", "JPEG 2000"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"PK\x03\x04", "zip"),
        (b"hello", "no TIFF"),
    ],
)
def test_other_kinds_of_files_are_named(tmp_path: Path, start: bytes, said: str) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(start + bytes(100))
    assert said in refused(path, tmp_path / "out")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    assert "is no file" in refused(tmp_path / "pipe.tif", tmp_path / "out")
    assert "cannot be read" in refused(tmp_path / "none.tif", tmp_path / "out")
    (tmp_path / "loop.tif").symlink_to(tmp_path / "loop.tif")
    assert "cannot be read" in refused(tmp_path / "loop.tif", tmp_path / "out")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"crs": None}, "does not say which coordinates"),
        ({"crs": None, "transform": Affine.identity(), "gcps": True}, "ground control points"),
        ({"transform": Affine.identity()}, "no place on the ground"),
        ({"transform": PLACE * Affine.rotation(20)}, "is rotated"),
        ({"transform": Affine(10, 0, 6e5, 0, 10, 4e6)}, "north up"),
        ({"transform": Affine(-10, 0, 6e5, 0, -10, 4e6)}, "north up"),
        ({"transform": Affine(10, 0, 9e12, 0, -10, 4e6)}, "outside the ground"),
        ({"crs": 'LOCAL_CS["site",UNIT["metre",1]]'}, "no place on the ground"),
        ({"crs": "EPSG:4326", "transform": from_origin(1000, 33, 0.001, 0.001)}, "at longitudes 1000 to"),
        ({"crs": "EPSG:4326", "transform": from_origin(-360.01, 33, 0.001, 0.001)}, "at longitudes -360.01 to"),
        ({"crs": "EPSG:4326", "transform": from_origin(35, 89.999, 0.0001, 0.0001)}, "the map ends 85.05°"),
        ({"crs": "EPSG:3995", "transform": from_origin(-5000, 5000, 100, 100)}, "round a pole"),
        ({"transform": from_origin(6e5, 4e6, 0.0009, 0.0009)}, "has pixels of 0.9 mm"),
        ({"transform": from_origin(6e5, 4e6, 1e-9, 1e-9)}, "where 1 mm and 10 cm are the least"),
        ({"crs": "EPSG:4326", "transform": from_origin(33, 36, 1e-9, 1e-9)}, "where 1 mm and 10 cm are the least"),
        ({"transform": from_origin(6e5, 4e6, 0.00102, 0.00102)}, "0.098 m across the scene"),
        ({"dtype": "complex64"}, "complex numbers"),
    ],
)
def test_a_scene_that_cannot_be_laid_on_the_map_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    points = changed.pop("gcps", None)
    array = pixels(dtype=changed.pop("dtype", "uint16"))
    path = geotiff(tmp_path / "scene.tif", array, **changed)
    if points:
        corners = [rasterio.control.GroundControlPoint(r, c, 33 + c / 1e4, 36 - r / 1e4) for r in (0, 96) for c in (0, 96)]
        with rasterio.open(path, "r+") as scene:
            scene.gcps = corners, rasterio.crs.CRS.from_epsg(4326)
    assert said in refused(path, tmp_path / "out")


def valid(path: Path) -> bytes:
    """Return a small file with everything a scene may have."""
    more = {"nodata": 0, "compress": "deflate", "predictor": 2, "tiled": True, "blockxsize": 32, "blockysize": 32}
    geotiff(path, pixels(2, 64), descriptions=("red", "nir"), tags={"SENSING_TIME": "2020-10-12T08:18:31Z"}, **more)
    return path.read_bytes()


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """Return where bytes are to be changed and into what, most of them where the tags stand."""
    place = st.one_of(st.integers(0, 700), st.integers(0, 10_000))
    value = st.one_of(
        st.binary(min_size=1, max_size=8),
        st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x08\0\0\0", b"\0\x01\0\0"]),
    )
    return draw(st.lists(st.tuples(place, value), min_size=1, max_size=6))


def mutated(whole: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    made = bytearray(whole)
    for at, value in changes:
        at %= len(made)
        made[at : at + len(value)] = value[: len(made) - at]
    return bytes(made)


def damaged(folder: Path, changes: list[tuple[int, bytes]]) -> Path:
    """Write a small scene with some bytes changed. The whole one is made once: GDAL would open what is damaged to write over it."""
    path, whole = folder / "scene.tif", folder / "whole.tif"
    path.write_bytes(mutated(whole.read_bytes() if whole.exists() else valid(whole), changes))
    return path


FUZZ = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@given(changes=mutations())
@settings(max_examples=1_500, **FUZZ)
def test_the_check_of_a_damaged_file_ends_in_words_or_in_a_pass(tmp_path: Path, changes: list[tuple[int, bytes]]) -> None:
    path = damaged(tmp_path, changes)
    with suppress(structure.Broken):
        structure.checked(path, LIMITS)


@given(changes=mutations())
@settings(max_examples=30, **FUZZ)
def test_a_damaged_file_is_refused_or_taken_and_nothing_else(tmp_path: Path, changes: list[tuple[int, bytes]]) -> None:
    path, out = damaged(tmp_path, changes), tmp_path / "out"
    taken = outcome(lambda: take(path, out, answers(("red", "nir"))))
    if isinstance(taken, str):
        assert taken.startswith(path.name)
        assert "\n" not in taken
    else:
        assert held(taken.path).shape == (2, taken.height, taken.width)
        taken.path.unlink()
    assert list(out.iterdir()) == []
