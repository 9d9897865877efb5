"""The ground about a village of the exercise as a satellite sees it: what each pixel is covered with, and how that reflects light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from pyproj import Transformer
from scipy import ndimage

from layers.exercise.agreement import agreement
from layers.exercise.country import Points, Town, country, noise, rough

#: The zone of the whole country.
CRS = "EPSG:32741"
#: Pixels as long as those of Sentinel-2's short-wave bands, and how many lie on a side: 8 km.
PIXEL_M = 20.0
SIDE = 400
BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")
#: Reflectance by band, of the size that field spectra have.
SPECTRA = {
    "soil": (0.085, 0.115, 0.150, 0.240, 0.315, 0.260),
    "grass": (0.060, 0.090, 0.105, 0.240, 0.280, 0.195),
    "crop": (0.035, 0.070, 0.045, 0.400, 0.210, 0.105),
    "tree": (0.025, 0.045, 0.030, 0.310, 0.160, 0.080),
    "roof": (0.140, 0.160, 0.185, 0.240, 0.270, 0.250),
    "road": (0.130, 0.150, 0.175, 0.225, 0.275, 0.255),
    "water": (0.050, 0.055, 0.040, 0.020, 0.010, 0.008),
    "ash": (0.035, 0.040, 0.045, 0.070, 0.145, 0.150),
    "earth": (0.160, 0.210, 0.270, 0.360, 0.430, 0.355),
}
_KINDS = tuple(SPECTRA)
#: Nearer villages lie on the line itself.
_OFF_THE_LINE_M = 1_000.0
_EARTHWORK_M = 2_500.0

Field = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground of one place before anything happened, and what happened to it.

    Attributes
    ----------
    place : Town
        The village, in the middle.
    west, north : float
        Of the outer corner, metres of ``CRS``.
    cover : dict of str to (rows, columns) float64
        The share of each kind of ground in a pixel.
    parcel : (rows, columns) float64
        A number of each field's own, of unit spread.
    burned, grown : Polygon
        What burned of the village and how the earthwork grew, in metres of ``CRS``.
    """

    place: Town
    west: float
    north: float
    cover: dict[str, Field]
    parcel: Field
    burned: shapely.Polygon
    grown: shapely.Polygon


@lru_cache(maxsize=4)
def ground(seed: int) -> Ground:
    """Return the ground about the village nearest to the line of a seed's country, but not on it."""
    dice = np.random.default_rng([seed, 7])
    place, middle = _village(seed)
    west, north = (middle + np.array([-1, 1]) * SIDE * PIXEL_M / 2).tolist()
    at = (np.arange(SIDE) + 0.5) * PIXEL_M
    x, y = np.meshgrid(west + at, north - at)
    houses = _round(middle, 420.0, dice)
    burned = _round(middle + dice.normal(0, 40, 2), 330.0, dice)
    before, grown = _earthwork(middle, seed, dice)
    fields, parcel = _fields(x - middle[0], y - middle[1], dice)
    green = np.clip(0.5 + 0.28 * parcel, 0.05, 0.95)
    stream = _away(_stream(middle, dice), x, y)
    roads = shapely.transform(shapely.MultiLineString(list(country(seed).roads)), _metres)
    road = np.clip(1 - _away(roads, x, y) / 14, 0, 1) * 0.8
    cover = _steppe(dice)
    _lay(cover, {"crop": green, "soil": 1 - green}, fields)
    whole = np.ones((SIDE, SIDE))
    _lay(cover, {"tree": whole}, 0.85 * np.exp(-((stream / 70) ** 2)))
    inside = ndimage.gaussian_filter(shapely.contains_xy(houses, x, y).astype(np.float64), 1.0)
    built = np.clip(0.35 + 0.25 * smooth(dice, 0.8), 0.05, 0.9)
    _lay(cover, {"roof": built, "tree": 0.7 * (1 - built), "soil": 0.3 * (1 - built)}, inside * 0.9)
    _lay(cover, {"road": whole}, road)
    _lay(cover, {"water": whole}, np.clip(1.4 - stream / 16, 0, 1))
    _lay(cover, {"earth": whole}, within(before, x, y))
    return Ground(place, west, north, cover, parcel * fields, burned, grown)


def grid(of: Ground) -> tuple[Field, Field]:
    """Return the middles of a ground's pixels, metres of ``CRS``."""
    at = (np.arange(SIDE) + 0.5) * PIXEL_M
    x, y = np.meshgrid(of.west + at, of.north - at)
    return x, y


def within(area: shapely.Geometry, x: Field, y: Field) -> Field:
    """Return how much of each pixel lies in an area, from four points of it."""
    quarter = PIXEL_M / 4
    parts = [shapely.contains_xy(area, x + a * quarter, y + b * quarter) for a in (-1, 1) for b in (-1, 1)]
    return np.asarray(np.mean(parts, axis=0), np.float64)


def smooth(dice: np.random.Generator, pixels: float) -> Field:
    """Return noise of unit spread that changes over so many pixels."""
    made = ndimage.gaussian_filter(dice.normal(0, 1, (SIDE, SIDE)), pixels, mode="wrap")
    return np.asarray(made / made.std(), np.float64)


def reflected(cover: dict[str, Field]) -> Field:
    """Return what covers of these shares reflect: (bands, rows, columns)."""
    shares = np.stack([cover[kind] for kind in _KINDS])
    return np.asarray(np.tensordot(np.array([SPECTRA[kind] for kind in _KINDS]), shares, axes=(0, 0)), np.float64)


def _village(seed: int) -> tuple[Town, Points]:
    line = shapely.LineString(_metres(agreement(seed).line))
    villages = [town for town in country(seed).towns if town.kind == "village"]
    at = _metres(np.array([(town.lon, town.lat) for town in villages]))
    away = shapely.distance(line, shapely.points(at))
    nearest = int(np.argmin(np.where(away >= _OFF_THE_LINE_M, away, np.inf)))
    return villages[nearest], np.round(at[nearest] / PIXEL_M) * PIXEL_M


def _metres(path: Points) -> Points:
    return np.column_stack(Transformer.from_crs("OGC:CRS84", CRS, always_xy=True).transform(path[:, 0], path[:, 1]))


def _away(shape: shapely.Geometry, x: Field, y: Field) -> Field:
    """Return how far each pixel lies from a shape, as far as the scene sees of it."""
    seen = shapely.clip_by_rect(shape, x.min() - 500, y.min() - 500, x.max() + 500, y.max() + 500)
    return np.asarray(shapely.distance(shapely.points(x, y), seen), np.float64)


def _round(middle: Points, radius: float, dice: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    edge = noise(73, 3, dice)[:-1]
    reach = radius * (1 + 0.18 * (edge - edge[-1] * angle / (2 * np.pi)))
    return shapely.Polygon(middle + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _earthwork(middle: Points, seed: int, dice: np.random.Generator) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Return an earthwork as it was and what was added to it: a bank along the line, on the village's own side of it, with pits."""
    line = shapely.LineString(_metres(agreement(seed).line))
    nearest = shapely.get_coordinates(shapely.ops.nearest_points(line, shapely.Point(middle))[0])[0]
    out = (middle - nearest) / np.hypot(*(middle - nearest))
    along = np.array([-out[1], out[0]])
    start = middle + out * _EARTHWORK_M - along * 600
    path = rough(start, start + along * 1_200, 0.12, 3, dice)
    first, second = shapely.LineString(path[:3]), shapely.LineString(path[2:])
    pits = shapely.buffer(shapely.points(path[3::2] + out * 60), 45)
    old = shapely.buffer(first, 32, cap_style="flat")
    return old, shapely.difference(shapely.union_all([shapely.buffer(second, 32), *pits]), old)


def _stream(middle: Points, dice: np.random.Generator) -> shapely.LineString:
    """Return a stream past the village, from one edge of the scene to the other."""
    angle = dice.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    past = middle + 900 * np.array([-along[1], along[0]])
    return shapely.LineString(rough(past - along * SIDE * PIXEL_M, past + along * SIDE * PIXEL_M, 0.1, 7, dice))


def _fields(x: Field, y: Field, dice: np.random.Generator) -> tuple[Field, Field]:
    """Return where fields lie about a village, and a number of each field's own."""
    angle = dice.uniform(0, np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    rows = np.floor(across / 95).astype(np.int64) % 128
    columns = np.floor(along / 260 + dice.random(128)[rows]).astype(np.int64) % 64
    numbers = dice.normal(0, 1, (128, 64))[rows, columns]
    reach = 1_500 + 350 * smooth(dice, 22)
    return np.clip((reach - np.hypot(x, y)) / 60, 0, 1), numbers


def _steppe(dice: np.random.Generator) -> dict[str, Field]:
    green = np.clip(0.34 + 0.10 * smooth(dice, 14) + 0.06 * smooth(dice, 2), 0.02, 0.9)
    bushes = np.clip(0.12 * (smooth(dice, 3) - 1.2), 0, 0.5)
    nothing = np.zeros((SIDE, SIDE))
    return {kind: nothing.copy() for kind in _KINDS} | {
        "grass": green * (1 - bushes),
        "soil": (1 - green) * (1 - bushes),
        "tree": bushes,
    }


def _lay(cover: dict[str, Field], over: dict[str, Field], share: Field) -> None:
    """Lay ground of some kinds over a share of every pixel."""
    for kind, field in cover.items():
        field *= 1 - share
        field += share * over.get(kind, 0.0)
