"""Imagery of the exercise: a village before and after it burned, with an earthwork that grew, and the relief of the country."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from scipy import ndimage

from layers.exercise.ground import BANDS, CRS, PIXEL_M, Field, Ground, grid, ground, reflected, smooth, within
from layers.exercise.relief import relief
from layers.imagery.written import written

#: The folder of a mission where scenes wait, and what is said there of each and of what is to be compared.
FOLDER = "scenes"
ORDER = "scenes.toml"
#: How long before the end of the record a satellite saw what happened, and the ground before it; the relief was measured long ago.
AFTER = timedelta(hours=3)
_BEFORE, _RELIEF = timedelta(days=9), timedelta(days=400)
#: Light and haze of the second date, by band, and how far crops and grass dried: no change on the ground, and in every pixel.
_GAIN = (1.07, 1.05, 1.04, 0.955, 1.05, 1.07)
_HAZE = (0.010, 0.006, 0.004, 0.001, 0.0, 0.0)
_DRIED = 0.18
_NOISE = 0.0012
#: Everything that changed; and how badly it burned, of what is as large as a part of a village.
_COMPARED = ({"method": "irmad", "least_area_m2": 2_500.0}, {"method": "dnbr", "least_area_m2": 20_000.0})
#: Stored numbers are reflectance × 10,000 in steps of 10, finer than the noise, so that the file stays small.
_STEPS, _STEP = 10_000, 10
SCALE = 1 / _STEPS


@dataclass(frozen=True, slots=True)
class Pictured:
    """A scene of the exercise before it is written: its file, what is said of it, and its pixels, bands × rows × columns."""

    file: str
    said: dict[str, object]
    pixels: npt.NDArray[np.generic]
    bands: tuple[str, ...]
    crs: str
    transform: Affine
    nodata: float | None = None


def scenes(seed: int, ends: datetime) -> tuple[Pictured, ...]:
    """Return the scenes of an exercise whose record ends at ``ends``: the relief, and the village before and after.

    The same arguments give the same scenes.
    """
    where = ground(seed)
    place = f"{where.place.name} from space"
    lay = Affine(PIXEL_M, 0, where.west, 0, -PIXEL_M, where.north)
    heights, box, nodata = relief(seed)
    rows, columns = heights.shape
    slope = Affine((box[2] - box[0]) / columns, 0, box[0], 0, -(box[3] - box[1]) / rows, box[3])
    optical: dict[str, object] = {"sensor": "optical", "scale": SCALE, "offset": 0.0, "nodata": 0.0}
    level: dict[str, object] = {"sensor": "elevation", "scale": 1.0, "offset": 0.0}
    return (
        Pictured(
            "relief.tif",
            {"name": "Relief", **_at(ends - _RELIEF), **level},
            heights[None],
            ("elevation",),
            "EPSG:4326",
            slope,
            nodata,
        ),
        *(
            Pictured(f"{date}.tif", {"name": f"{place}, {date}", **_at(ends - age), **optical}, pixels, BANDS, CRS, lay, 0.0)
            for date, age, pixels in zip(("before", "after"), (_BEFORE, AFTER), pair(seed), strict=True)
        ),
    )


@lru_cache(maxsize=4)
def pair(seed: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return the village's ground as stored numbers before and after: bands × rows × columns."""
    where, dice = ground(seed), np.random.default_rng([seed, 8])
    light = 1 + 0.05 * smooth(dice, 1.0) + 0.04 * smooth(dice, 9)
    first = reflected(where.cover) * light
    second = _happened(reflected(_later(where, dice)) * light, where, dice)
    second = second * np.reshape(_GAIN, (-1, 1, 1)) + np.reshape(_HAZE, (-1, 1, 1))
    return _stored(first, dice), _stored(second, dice)


def write(made: Sequence[Pictured], folder: Path) -> None:
    """Write scenes into a mission's folder, with the order to take them in and to compare the last two."""
    (folder / FOLDER).mkdir(exist_ok=True)
    for of in made:
        written(folder / FOLDER / of.file, of.pixels, of.crs, of.transform, nodata=of.nodata, descriptions=of.bands)
    before, after = (of.file for of in made[-2:])
    parts = [_table("scenes", {"file": of.file, **of.said, "source": "Exercise"}) for of in made]
    parts += [_table("comparisons", {"before": before, "after": after, **asked}) for asked in _COMPARED]
    (folder / FOLDER / ORDER).write_text("\n".join(parts), encoding="utf-8", newline="")


def _at(moment: datetime) -> dict[str, object]:
    return {"acquired_at": f"{moment:%Y-%m-%dT%H:%M:00Z}"}


def _table(name: str, said: dict[str, object]) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items())


def _later(where: Ground, dice: np.random.Generator) -> dict[str, Field]:
    """Return the cover some days later: what was green has dried a little, each field in its own measure."""
    cover = dict(where.cover)
    dried = np.clip(_DRIED + 0.03 * where.parcel + 0.02 * smooth(dice, 4), 0, 0.3)
    for kind, to in (("crop", "grass"), ("grass", "soil")):
        gone = where.cover[kind] * dried
        cover[kind], cover[to] = cover[kind] - gone, cover[to] + gone
    return cover


def _happened(seen: Field, where: Ground, dice: np.random.Generator) -> Field:
    """Return the ground with the village burned and the earthwork grown."""
    x, y = grid(where)
    ash = within(where.burned, x, y) * np.clip(0.8 + 0.15 * smooth(dice, 1.5), 0.35, 1.0)
    earth = within(where.grown, x, y)
    for share, kind in ((ash, "ash"), (earth, "earth")):
        whole = {name: np.full_like(share, float(name == kind)) for name in where.cover}
        seen = seen * (1 - share) + reflected(whole) * share
    return seen


def _stored(seen: Field, dice: np.random.Generator) -> npt.NDArray[np.uint16]:
    """Return reflectance as a sensor delivers it: each pixel with a little of its neighbours, noise, whole numbers."""
    blurred = np.stack([ndimage.gaussian_filter(band, 0.45) for band in seen])
    noisy = blurred + dice.normal(0, _NOISE, blurred.shape)
    return (np.clip(np.round(noisy * _STEPS / _STEP), 1, 1_000) * _STEP).astype(np.uint16)
