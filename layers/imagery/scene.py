"""A scene: a raster that we wrote ourselves, and what its pixels mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

#: What a band shows. The last four tell of pixels: the share of opacity, cloud (not 0), Landsat's and Sentinel-2's own codes.
Role = Literal[
    "coastal", "blue", "green", "red", "red_edge", "nir", "water_vapour", "swir1", "swir2", "thermal", "grey",
    "vv", "vh", "hh", "hv", "elevation", "statistic", "other", "alpha", "cloud", "qa_pixel", "scl",
]  # fmt: skip
Sensor = Literal["sentinel2", "landsat", "sentinel1", "drone", "optical", "radar", "elevation", "statistic"]
ROLES: tuple[Role, ...] = get_args(Role)
SENSORS: tuple[Sensor, ...] = get_args(Sensor)
#: What each shows, in words.
SHOWN: dict[Role, str] = {role: role.replace("_", " ").capitalize() for role in ROLES} | {
    "nir": "Near infrared", "swir1": "Short-wave infrared 1", "swir2": "Short-wave infrared 2", "vv": "VV", "vh": "VH", "hh": "HH",
    "hv": "HV", "cloud": "Cloud mask", "qa_pixel": "Landsat QA_PIXEL", "scl": "Sentinel-2 SCL", "alpha": "Opacity",
}  # fmt: skip
#: Bands that say something of a pixel instead of showing it; no scale applies to them.
MASKS: frozenset[Role] = frozenset({"alpha", "cloud", "qa_pixel", "scl"})
RADAR: frozenset[Role] = frozenset({"vv", "vh", "hh", "hv"})
#: No scale lies outside, and no offset but 0.
LEAST, MOST = 1e-12, 1e12


@dataclass(frozen=True, slots=True)
class Scene:
    """One of our own rasters as methods and tiles read it.

    ``bands`` says what each band shows, in the file's order. A stored number times ``scale`` plus ``offset`` is
    reflectance (optical), backscatter (radar; in decibels where ``decibels``), or metres (elevation); masks are taken
    as stored. A pixel without data is marked so in the file itself.
    """

    path: Path
    sensor: Sensor
    bands: tuple[Role, ...]
    acquired_at: datetime
    scale: float = 1.0
    offset: float = 0.0
    decibels: bool = False

    @staticmethod
    def scales(scale: float, offset: float) -> bool:
        """Say whether stored numbers may be scaled so and remain numbers."""
        return LEAST <= scale <= MOST and (offset == 0 or LEAST <= abs(offset) <= MOST)

    def band(self, role: Role) -> int:
        """Return the number of the band that shows something, from 1, as GDAL counts.

        Raises
        ------
        ValueError
            No band shows it.
        """
        return self.bands.index(role) + 1
