"""Pairs of scenes on which others have marked what changed, from the data beside the checkout, and how well a mark agrees."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from layers.imagery.change.method import Floats, Pair

Bools = npt.NDArray[np.bool_]
OPTICAL = {
    "taizhou": ("2000TM", "2003TM"),
    "nanjing": ("LT51200382000124BJC00_Nanjing", "LT51200382002193BJC00_Nanjing"),
}
RADAR = ("bern", "ottawa")
LANDSAT = (2.75e-5, -0.2)
_SATURATED = 65_535


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair with what changed and what did not; pixels in neither were not looked at."""

    pair: Pair
    changed: Bools
    unchanged: Bools


@dataclass(frozen=True, slots=True)
class Burn:
    """A basin before and after a fire, bands 1, 2, 3, 4, 5, 7 of Landsat 7, and the figure published for it."""

    id: str
    fire: str
    before: Floats
    after: Floats
    published: float

    def pair(self, *bands: int) -> Pair:
        """Return the pair of some bands, by their place from 0."""
        return Pair(self.before[list(bands)], self.after[list(bands)], 30.0)


def optical(folder: Path, name: str) -> Labelled:
    """Return a Landsat pair of six bands with its labels."""
    at = folder / "landsat_change" / name
    before, after = (_read(at / one) for one in OPTICAL[name])
    return Labelled(Pair(before, after, 30.0), _read(at / "change.bmp")[0] > 0, _read(at / "unchanged.bmp")[0] > 0)


def radar(folder: Path, name: str) -> Labelled:
    """Return a radar pair of one band, linear, with its truth: every pixel is labelled."""
    before, after, truth = (_read(folder / "sar" / name / f"{name}_{part}.bmp")[:1] for part in ("1", "2", "gt"))
    return Labelled(Pair(before, after, 10.0), truth[0] > 127, truth[0] <= 127)


def chip(folder: Path) -> tuple[Floats, npt.NDArray[np.int16]]:
    """Return green, short-wave and near infrared of the Spanish chip, and its label: 1 water, 0 land, -1 unknown."""
    bands = _read(folder / "water" / "Spain_7370579_S2Hand.tif")[[2, 11, 7]] * np.float32(1e-4)
    return bands, _read(folder / "water" / "Spain_7370579_LabelHand.tif")[0].astype(np.int16)


def burns(folder: Path, *, scale: float = LANDSAT[0], offset: float = LANDSAT[1]) -> Iterator[Burn]:
    """Give every basin of the five fires, scaled; saturated pixels hold nothing."""
    with (folder / "burn" / "published_dnbr.csv").open(encoding="utf-8") as rows:
        published = {row["Fire_SegID"]: float(row["dnbr"]) for row in csv.DictReader(rows)}
    for path in sorted((folder / "burn").glob("*/*_before.tif")):
        name = path.name.removesuffix("_before.tif")
        stored = _read(path), _read(path.with_name(f"{name}_after.tif"))
        lost = np.any([(one >= _SATURATED).any(axis=0) for one in stored], axis=0)
        before, after = (np.where(lost, np.nan, one * np.float32(scale) + np.float32(offset)) for one in stored)
        yield Burn(name, path.parent.name, before, after, published[name])


def _read(path: Path) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as opened:
            return np.asarray(opened.read(), np.float32)


def f1(marked: Bools, truth: Labelled) -> float:
    """Return the harmonic mean of precision and recall over the labelled pixels."""
    right, missed, false, _ = _counts(marked, truth)
    return float(2 * right / (2 * right + missed + false))


def kappa(marked: Bools, truth: Labelled) -> float:
    """Return Cohen's agreement beyond chance over the labelled pixels."""
    right, missed, false, quiet = _counts(marked, truth)
    total = right + missed + false + quiet
    seen = (right + quiet) / total
    chance = ((right + false) * (right + missed) + (missed + quiet) * (false + quiet)) / total**2
    return float((seen - chance) / (1 - chance))


def _counts(marked: Bools, truth: Labelled) -> tuple[int, int, int, int]:
    pairs = ((marked, truth.changed), (~marked, truth.changed), (marked, truth.unchanged), (~marked, truth.unchanged))
    right, missed, false, quiet = (int((one & other).sum()) for one, other in pairs)
    return right, missed, false, quiet


def iou(marked: Bools, label: npt.NDArray[np.int16]) -> float:
    """Return the share of the water marked or labelled that is both, where the label knows."""
    known, water = label >= 0, label == 1
    return float((marked & water & known).sum() / ((marked | water) & known).sum())


def within(fires: list[str], ours: list[float], published: list[float]) -> float:
    """Return the correlation of figures about their fire's mean, all fires pooled."""
    _, of = np.unique(fires, return_inverse=True)
    about = [np.asarray(one) - (np.bincount(of, one) / np.bincount(of))[of] for one in (ours, published)]
    return float(np.corrcoef(*about)[0, 1])
