"""The pixels of an open GeoTIFF copied into a clean file, window by window. Only for the child."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader, DatasetWriter
from rasterio.windows import Window

from layers.imagery import ground
from layers.imagery.scene import MASKS, Role
from layers.imagery.structure import Broken
from layers.imagery.written import TILE

Array = npt.NDArray[np.generic]
Mask = npt.NDArray[np.bool_]

#: The kinds of numbers that scenes of ours have, and what becomes of others.
KEPT = ("uint8", "uint16", "int16", "float32")
_TURNED = {"int8": "int16"}
_WINDOW = 48_000_000
#: Decimal numbers beyond it are marks of a program, no measurements.
_MOST = 1e30


def kind(dtype: str) -> str:
    """Return the kind of numbers that a scene of another kind is kept in."""
    return dtype if dtype in KEPT else _TURNED.get(dtype, "float32")


def copied(scene: DatasetReader, clean: Path, answers: Mapping[str, Any], progress: Path) -> dict[str, Any]:
    """Copy pixels, coordinate system and what marks a pixel without data, and nothing else, into a file of ours.

    Decimal numbers without data, and those that are none, infinite or beyond ±1e30, become NaN. Whole ones keep their mark.

    Returns
    -------
    dict
        ``valid``: the share of pixels with data in every band; ``low``, ``high``: the numbers met in bands that are no masks;
        ``below``: the share of them below 0; ``kind``: of the numbers kept.
    """
    roles: list[Role] = answers["bands"]
    if len(roles) != scene.count:
        raise Broken(f"has {scene.count} bands, but {len(roles)} were named; say of each band what it shows")
    nodata = _mark(scene, answers["nodata"])
    met = _Met([role not in MASKS for role in roles])
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), _clean(scene, clean, nodata, roles) as out:
        masked = scene.nodata is None and scene.mask_flag_enums[0] == [MaskFlags.per_dataset]
        for window in windows(scene):
            read = scene.read(window=window)
            valid = _valid(read, nodata)
            if "alpha" in roles:
                valid &= read[roles.index("alpha")] > 0
            if masked:
                mask = scene.read_masks(1, window=window) > 0
                valid &= mask
                out.write_mask(mask, window=window)
            kept = _turned(read, valid, out.dtypes[0])
            met.add(kept, valid)
            out.write(kept, window=window)
            progress.write_text(f"{met.pixels / (scene.width * scene.height):.4f}", encoding="ascii")
    return met.told() | {"kind": kind(scene.dtypes[0])}


def windows(scene: DatasetReader) -> Iterator[Window]:
    """Return windows over a scene along its blocks, so that none is decoded twice, each of about 48 MB."""
    high, wide = scene.block_shapes[0]
    size = scene.count * np.dtype(scene.dtypes[0]).itemsize
    high = high * max(1, min(-(-TILE // high), _WINDOW // (size * wide * high)))
    wide = min(scene.width, wide * max(1, min(-(-8 * TILE // wide), _WINDOW // (size * wide * high))))
    for row in range(0, scene.height, high):
        for column in range(0, scene.width, wide):
            yield Window(column, row, min(wide, scene.width - column), min(high, scene.height - row))


def _clean(scene: DatasetReader, clean: Path, nodata: float | None, roles: Sequence[Role]) -> DatasetWriter:
    """Return the clean file, open for writing."""
    kept = kind(scene.dtypes[0])
    out = rasterio.open(
        clean,
        "w",
        driver="GTiff",
        width=scene.width,
        height=scene.height,
        count=scene.count,
        dtype=kept,
        crs=ground.system(scene),
        transform=scene.transform,
        nodata=np.nan if kept == "float32" else nodata,
        tiled=True,
        blockxsize=TILE,
        blockysize=TILE,
        # GDAL makes overviews band by band; of many bands in one block its small cache would load each again and again.
        interleave="pixel" if scene.count <= 4 else "band",
        bigtiff="IF_SAFER",
        photometric="MINISBLACK",
        alpha="UNSPECIFIED",
        sparse_ok=True,
    )
    out.colorinterp = [ColorInterp.alpha if role == "alpha" else ColorInterp.gray for role in roles]
    for number, role in enumerate(roles, 1):
        out.set_band_description(number, role)
    return out


def _mark(scene: DatasetReader, said: float | None) -> float | None:
    """Return the number that marks a pixel without data: the file's own, else what was answered; None where it cannot occur."""
    found = scene.nodata if scene.nodata is not None else said
    if found is None or np.dtype(scene.dtypes[0]).kind == "f":
        return found
    limits = np.iinfo(scene.dtypes[0])
    return found if float(found).is_integer() and limits.min <= found <= limits.max else None


def _valid(read: Array, nodata: float | None) -> Mask:
    """Return where each band has data: bands × rows × columns."""
    valid = np.isfinite(read) if read.dtype.kind == "f" else np.ones(read.shape, bool)
    if nodata is not None and np.isfinite(nodata):
        valid &= read != read.dtype.type(nodata)
    return valid


def _turned(read: Array, valid: Mask, wanted: str) -> Array:
    """Return numbers as they are kept."""
    if wanted != "float32":
        return read.astype(wanted, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        kept = read.astype(np.float32)
        valid &= np.abs(kept) <= _MOST
    kept[~valid] = np.nan
    return kept


class _Met:
    """What was met in the windows so far."""

    def __init__(self, shown: list[bool]) -> None:
        self.shown = np.array(shown, bool)
        self.pixels = self.whole = self.numbers = self.below = 0
        self.low, self.high = np.inf, -np.inf

    def add(self, kept: Array, valid: Mask) -> None:
        """Count a window in."""
        if not self.shown.all():
            kept, valid = kept[self.shown], valid[self.shown]
        self.pixels += valid[0].size if len(valid) else 0
        self.whole += int(valid.all(axis=0).sum())
        found = kept if valid.all() else kept[valid]
        if found.size:
            self.numbers += found.size
            self.low, self.high = min(self.low, float(found.min())), max(self.high, float(found.max()))
            if self.low < 0:
                self.below += int(np.less(found, 0).sum())

    def told(self) -> dict[str, Any]:
        """Return it in shares."""
        if not self.numbers:
            raise Broken("holds no pixel with data; export it again")
        below = self.below / self.numbers
        return {"valid": self.whole / self.pixels, "low": self.low, "high": self.high, "below": below}
