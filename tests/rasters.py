"""Small rasters for tests: written as our own, added by the front door, and listed as a user sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rasterio.transform import Affine, from_origin

from layers.access import User
from layers.desk import Added, Described, Desk, Mission
from layers.imagery.intake import Answers
from layers.imagery.scene import Role, Scene
from layers.imagery.written import own, written
from layers.model import View
from tests.missions import ALL

BANDS: tuple[Role, ...] = ("blue", "green", "red", "nir", "swir1", "swir2")
ZONE = "EPSG:32741"
#: In the mission of the tests, which spans 60..64 E and 21..19 S.
CORNER = (290_000.0, 7_790_000.0)
PIXEL_M = 20.0
BEFORE, AFTER = datetime(2025, 12, 1, 8, tzinfo=UTC), datetime(2025, 12, 31, 8, tzinfo=UTC)

LOW = User("low", frozenset({"analyst"}), "UNCLASSIFIED")
BURNED = (slice(40, 70), slice(60, 100))
YARD = (slice(90, 98), slice(20, 28))

Numbers = npt.NDArray[np.uint16]


def textured(rows: int = 120, columns: int = 160, *, bands: int = 6, seed: int = 1) -> Numbers:
    """Return reflectance × 10,000 with fields and noise; the first rows and columns have no data (0)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    fields = 800 + 500 * np.sin(x / 9) * np.cos(y / 13)
    pixels = np.stack([fields * (1 + 0.3 * n) + 200 + random.normal(0, 25, fields.shape) for n in range(bands)])
    pixels[:, :10, :20] = 0
    return np.asarray(np.clip(pixels, 0, 10_000), np.uint16)


def placed(corner: tuple[float, float] = CORNER, pixel_m: float = PIXEL_M) -> Affine:
    """Return where pixels lie."""
    return from_origin(*corner, pixel_m, pixel_m)


def tif(path: Path, pixels: npt.NDArray[np.generic] | None = None, *, crs: str = ZONE, transform: Affine | None = None) -> Path:
    """Write a GeoTIFF as someone else might send it; 0 is no data."""
    written(path, textured() if pixels is None else pixels, crs, transform or placed(), nodata=0)
    return path


def scene(
    folder: Path, pixels: npt.NDArray[np.generic] | None = None, *, bands: tuple[Role, ...] = BANDS, crs: str = ZONE,
    transform: Affine | None = None,
) -> Scene:  # fmt: skip
    """Write a raster of our own."""
    own(tif(folder / "sent.tif", pixels, crs=crs, transform=transform), folder / "own.tif")
    return Scene(folder / "own.tif", "sentinel2", bands, BEFORE, 1e-4)


def add(desk: Desk, path: Path, *, acquired: datetime = BEFORE, marking: str = "", name: str = "", source: str = "") -> Added:
    """Add a GeoTIFF by the front door."""
    answers = Answers(acquired, "sentinel2", BANDS, 1e-4)
    return desk.add_scene(path, answers, Described(name, source=source, marking=marking), name=path.name)


def pair(folder: Path, *, crs: str = ZONE, transform: Affine | None = None) -> tuple[Path, Path]:
    """Write a scene before and one after, in which vegetation burned in a large place and in a small one."""
    before = textured()
    before[3], before[5] = 4_000 + before[3] // 4, 1_000 + before[5] // 8
    before[:, :10, :20] = 0
    after = before.copy()
    for burned in (BURNED, YARD):
        after[3][burned], after[5][burned] = 1_500, 3_000
    first, second = (
        tif(folder / f"{name}.tif", of, crs=crs, transform=transform) for name, of in (("before", before), ("after", after))
    )
    return first, second


def listed(mission: Mission, user: User | None = None, view: View = ALL) -> list[dict[str, object]]:
    desk = mission.desk(user) if user else mission.desk()
    found = desk.scenes(view)["scenes"]
    assert isinstance(found, list)
    return found


def middle(mission: Mission, digest: str, z: int = 12) -> tuple[int, int, int]:
    box = next(one["box"] for one in listed(mission) if one["id"] == digest)
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
    return z, int((lon + 180) / 360 * 2**z), int(y * 2**z)
