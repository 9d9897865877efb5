"""One map tile of a scene: read at the right overview, warped to the map's projection, coloured by a look, as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.transform import Affine, from_bounds
from rasterio.warp import transform
from rio_tiler.io import Reader
from rio_tiler.utils import render

from layers.imagery.looks import Look, Stop, by_size
from layers.imagery.scene import Scene
from layers.imagery.written import CONFIG

#: Raise it whenever the same scene is drawn otherwise than before: it is part of a tile's tag.
DRAWN = 4
SIZE = 256
#: A stretch leaves out so many per cent at either end, judged on about so many pixels a side.
_CUT, _JUDGED = 2.0, 512
#: So many per cent of a change are coloured as what lies at the end of its ramp.
_BEYOND = 0.1
#: Ground is lit from this azimuth and height, degrees; heights count so many times what they are (Horn, 1981).
_AZIMUTH, _HEIGHT, _EXAGGERATED = 315.0, 45.0, 2.0

#: The map's projection, its sphere's radius and the length of its equator in metres.
_MAP = CRS.from_epsg(3857)
_RADIUS = 6_378_137.0
_WORLD = 2 * np.pi * _RADIUS
#: A scene of fewer pixels is not drawn: its footprint says where it lies.
_FEWEST = 4
#: So many points of each side of a scene say where it lies.
_EDGE = 33

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Span = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """Square pixels of the map: the north-west corner in its projection, a pixel's side in metres, and how many a side."""

    west: float
    north: float
    side: float
    size: int

    def parts(self, box: Box) -> Iterator[tuple[slice, slice, Box]]:
        """Yield the rows, the columns and the bounds of what a box covers of the grid, as often as it comes round the world."""
        west, south, east, north = box
        if max(east - west, north - south) < _FEWEST * self.side:
            return
        top, foot = self._span(self.north - north, self.north - south)
        for turn in (-_WORLD, 0.0, _WORLD):
            left, right = self._span(west + turn - self.west, east + turn - self.west)
            if left < right and top < foot:
                bounds = (self.west + left * self.side, self.north - foot * self.side)
                yield slice(top, foot), slice(left, right), (
                    *bounds, self.west + right * self.side, self.north - top * self.side,
                )  # fmt: skip

    def _span(self, begin: float, end: float) -> tuple[int, int]:
        """Return the first pixel and the one past the last that lie between two distances from the corner."""
        first, last = np.floor(begin / self.side), np.ceil(end / self.side)
        return int(max(0, min(first, self.size))), int(max(0, min(last, self.size)))


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a scene lies in the map's projection, a pixel's shorter side there in metres, and its overviews: one pixel in so many.

    ``box`` is west, south, east and north; over the antimeridian east lies beyond the world's edge.
    """

    box: Box
    side: float
    overviews: tuple[int, ...]

    def overview(self, side: float) -> dict[str, int]:
        """Return how to open the scene so that its pixels are no longer than ``side`` metres of the map, and as few as can be."""
        finer = sum(self.side * factor <= side for factor in self.overviews)
        return {"overview_level": finer - 1} if finer else {}


def tile(scene: Scene, look: Look, z: int, x: int, y: int) -> bytes | None:
    """Return a tile of the web's usual scheme as PNG; None where the scene has nothing there.

    Pixels without data, and those whose alpha is 0, are transparent. Each pixel lies where it lies on the ground to within
    half a pixel of the tile, at every zoom. A scene of hardly any pixels is not drawn.

    Parameters
    ----------
    scene : Scene
        One of our own rasters.
    look : Look
        One of ``looks(scene.bands)``.
    z, x, y : int
        Zoom, column and row, from the north-west.
    """
    around = 1 if look.kind == "hillshade" else 0
    side = _WORLD / (1 << z) / SIZE
    west, north = x * side * SIZE - _WORLD / 2 - around * side, _WORLD / 2 - y * side * SIZE + around * side
    values, seen = _read(scene, look, Grid(west, north, side, SIZE + 2 * around))
    if look.kind == "hillshade":
        middle = np.arctan(np.sinh((north - side * (SIZE / 2 + around)) / _RADIUS))
        heights = values[0] * np.float32(scene.scale) + np.float32(scene.offset)
        values, seen = lit(heights, float(side * np.cos(middle)))[None], seen[1:-1, 1:-1]
    seen &= np.isfinite(values).all(axis=0)
    return _png(coloured(scene, look, np.where(seen, values, 0)), seen) if seen.any() else None


def _read(scene: Scene, look: Look, grid: Grid) -> tuple[Floats, Bools]:
    """Return the bands of a look on a grid, and where there are data.

    Only the part of the grid that the scene covers is warped, straight to its pixels, from the overview next finer: the
    library by itself warps at the resolution of the scene or of an overview, up to four times as many, and resamples those.
    """
    values = np.zeros((len(look.roles), grid.size, grid.size), np.float32)
    seen = np.zeros((grid.size, grid.size), np.bool_)
    lies = reach(scene.path)
    with (
        rasterio.Env(**CONFIG),
        rasterio.open(scene.path, driver="GTiff", **lies.overview(grid.side)) as held,
        Reader(None, dataset=held) as reader,
    ):
        for rows, columns, bounds in grid.parts(lies.box):
            width, height = columns.stop - columns.start, rows.stop - rows.start
            part = reader.part(
                bounds, dst_crs=_MAP, bounds_crs=_MAP, width=width, height=height, reproject_method="bilinear",
                indexes=[scene.band(role) for role in look.roles],
                vrt_options={"transform": from_bounds(*bounds, width, height), "width": width, "height": height} | turned(held, bounds),
            )  # fmt: skip
            there = part.mask > 0
            values[:, rows, columns] = np.where(there, np.ma.getdata(part.array), values[:, rows, columns])
            seen[rows, columns] |= there
    return values, seen


def turned(held: DatasetReader, bounds: Box) -> dict[str, Affine]:
    """Return how to lay a scene in degrees beyond ±180 by whole turns to where it meets a box of the map; nothing for others."""
    if not held.crs.is_geographic:
        return {}
    turns = round(((bounds[0] + bounds[2]) / 2 / _WORLD) - (held.bounds.left + held.bounds.right) / 720)
    return {"src_transform": Affine.translation(360.0 * turns, 0) * held.transform} if turns else {}


@lru_cache(maxsize=256)
def reach(path: Path) -> Reach:
    """Return where a scene lies in the map's projection."""
    with rasterio.Env(**CONFIG), rasterio.open(path, driver="GTiff") as held:
        along = np.linspace(0, 1, _EDGE)
        u = np.concatenate([along, along, np.zeros(_EDGE), np.ones(_EDGE)]) * held.width
        v = np.concatenate([np.zeros(_EDGE), np.ones(_EDGE), along, along]) * held.height
        east, north = held.transform * (u, v)
        x, y = (np.asarray(axis) for axis in transform(held.crs, _MAP, east, north))
        if geographic := held.crs.is_geographic:
            x = (east - 360 * np.floor((held.bounds.left + 180) / 360)) * _WORLD / 360
        size, overviews = held.shape, tuple(held.overviews(1))
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if not geographic and x.max() - x.min() > _WORLD / 2:
        x = np.where(x < 0, x + _WORLD, x)
    west, south, east, north = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    return Reach((west, south, east, north), min((east - west) / size[1], (north - south) / size[0]), overviews)


def legend(scene: Scene, look: Look) -> list[tuple[float, str, str]]:
    """Return what the colours of a look mean: value, colour and words of each stop; nothing where they are as seen."""
    if look.kind in ("index", "change"):
        return [(stop.value, _hex(stop.colour), stop.words) for stop in _stops(scene, look)]
    if look.kind in ("bands", "hillshade"):
        return []
    low, high = _stretch(scene.path, scene.band(look.roles[0]))
    if look.kind == "decibels":
        low, high = (float(_decibels(scene, np.float32(v))) for v in (low, high))
    else:
        low, high = low * scene.scale + scene.offset, high * scene.scale + scene.offset
    return [(low, "#000000", "or less"), (high, "#ffffff", "or more")]


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def coloured(scene: Scene, look: Look, values: Floats) -> Bytes:
    """Return red, green and blue, (3, rows, columns)."""
    if look.kind == "index":
        one, other = values * np.float32(scene.scale) + np.float32(scene.offset)
        total = one + other
        index = np.divide(one - other, total, out=np.zeros_like(total), where=np.abs(total) > 1e-6)
        return _ramped(index, look.stops)
    if look.kind == "change":
        return _ramped(values[0] * np.float32(scene.scale) + np.float32(scene.offset), _stops(scene, look, whole=True))
    if look.kind == "hillshade":
        return np.broadcast_to(np.rint(values * 255).astype(np.uint8), (3, *values.shape[1:]))
    spans = [_stretch(scene.path, scene.band(role)) for role in look.roles]
    if look.kind == "decibels":
        values = _decibels(scene, values)
        spans = [(float(_decibels(scene, np.float32(low))), float(_decibels(scene, np.float32(high)))) for low, high in spans]
    bands = [np.clip((band - low) / max(high - low, 1e-9), 0, 1) for band, (low, high) in zip(values, spans, strict=True)]
    whole = np.rint(np.stack(bands) * 255).astype(np.uint8)
    return whole if len(whole) == 3 else np.broadcast_to(whole, (3, *whole.shape[1:]))


def _ramped(values: Floats, stops: Sequence[Stop]) -> Bytes:
    """Return the colours of values between stops, (3, rows, columns); those of the ends beyond them."""
    at = [stop.value for stop in stops]
    return np.stack([np.interp(values, at, [stop.colour[n] for stop in stops]) for n in range(3)]).astype(np.uint8)


def _stops(scene: Scene, look: Look, *, whole: bool = False) -> tuple[Stop, ...]:
    """Return the stops of an index, or those of a change: as far below zero as above where any of it lies below, or for the ``whole``."""
    if look.kind == "index":
        return look.stops
    end, signed = _size(scene.path, scene.band(look.roles[0]), (scene.scale, scene.offset))
    return by_size(end, signed=signed or whole)


def _decibels(scene: Scene, stored: Floats | np.float32) -> Floats:
    value = np.asarray(stored * np.float32(scene.scale) + np.float32(scene.offset), np.float32)
    return value if scene.decibels else np.asarray(10 * np.log10(np.maximum(value, np.float32(1e-6))), np.float32)


def lit(heights: Floats, pixel_m: float) -> Floats:
    """Return how bright ground is, 0..1, one pixel less on each side."""
    h = heights * np.float32(_EXAGGERATED)
    east = (h[:-2, 2:] + 2 * h[1:-1, 2:] + h[2:, 2:] - h[:-2, :-2] - 2 * h[1:-1, :-2] - h[2:, :-2]) / (8 * pixel_m)
    south = (h[2:, :-2] + 2 * h[2:, 1:-1] + h[2:, 2:] - h[:-2, :-2] - 2 * h[:-2, 1:-1] - h[:-2, 2:]) / (8 * pixel_m)
    azimuth, height = np.radians(_AZIMUTH), np.radians(_HEIGHT)
    # The sun's direction, east, north and up, against the ground's normal (-east, south, 1).
    sun = np.sin(azimuth) * np.cos(height), np.cos(azimuth) * np.cos(height), np.sin(height)
    bright = (-east * sun[0] + south * sun[1] + sun[2]) / np.sqrt(east**2 + south**2 + 1)
    return np.asarray(np.clip(bright, 0, 1), np.float32)


@lru_cache(maxsize=256)
def _stretch(path: Path, number: int) -> Span:
    """Return between which stored numbers the middle 96 % of a band lie. A scene's content never changes, nor does this."""
    there = _judged(path, number)
    if not there.size:
        return 0.0, 1.0
    low, high = np.percentile(there, [_CUT, 100 - _CUT])
    return float(low), float(high if high > low else low + 1)


@lru_cache(maxsize=256)
def _size(path: Path, number: int, scaled: Span) -> tuple[float, bool]:
    """Return how far from zero a change goes, but for the largest 0.1 % of it, and whether any of it lies below zero."""
    scale, offset = scaled
    there = _judged(path, number) * scale + offset
    end = float(np.percentile(np.abs(there), 100 - _BEYOND)) if there.size else 0.0
    return end or 1.0, bool((there < 0).any())


def _judged(path: Path, number: int) -> npt.NDArray[np.float64]:
    """Return the numbers of a band by which its colours are judged."""
    with rasterio.Env(**CONFIG), rasterio.open(path, driver="GTiff") as held:
        step = max(1, int(np.ceil(max(held.width, held.height) / _JUDGED)))
        shape = (max(1, held.height // step), max(1, held.width // step))
        read = held.read(number, out_shape=shape, masked=True, resampling=Resampling.nearest)
    there = read.compressed().astype(np.float64)
    return np.asarray(there[np.isfinite(there)])


def _png(colours: Bytes, seen: npt.NDArray[np.bool_]) -> bytes:
    return bytes(render(colours, mask=np.where(seen, np.uint8(255), np.uint8(0)), img_format="PNG", ZLEVEL=3))
