"""What a GeoTIFF says of itself, and what it most likely is: read in the limited child, no pixel decoded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import shapely
from shapely import affinity

from layers.config import SceneLimits
from layers.imagery import confined, guesses, names, roles
from layers.imagery.guesses import Guess
from layers.imagery.scene import Role, Sensor

__all__ = ["Found", "Guess", "missing", "read"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a GeoTIFF says of itself.

    Attributes
    ----------
    name : str
        Of the file, as the user knows it.
    width, height, bands : int
    dtype : str
        Of its numbers, such as ``uint16``.
    crs : str
        ``EPSG:32636``, or a text of the coordinate system where it has no code.
    resolution_m : float
        Between the middles of neighbouring pixels, on the ground.
    footprint_wkt : str
        The outline in longitudes and latitudes, sides cut into short steps, split at ±180.
    descriptions : tuple of str
        What the file calls its bands; the text is as hostile as the file.
    sensor, roles, acquired_at, scale, offset, decibels, nodata : Guess
        What they most likely are and why; a value of None must be asked for. Without ``nodata`` every pixel has data.
    """

    name: str
    width: int
    height: int
    bands: int
    dtype: str
    crs: str
    resolution_m: float
    footprint_wkt: str
    descriptions: tuple[str, ...]
    sensor: Guess[Sensor]
    roles: Guess[tuple[Role, ...]]
    acquired_at: Guess[datetime]
    scale: Guess[float]
    offset: Guess[float]
    decibels: Guess[bool]
    nodata: Guess[float]


def read(path: Path, name: str, limits: SceneLimits | None = None) -> Found:
    """Read what a GeoTIFF says of itself.

    Parameters
    ----------
    path : Path
        Where the upload lies; nothing beside it is looked at.
    name : str
        As the user knows it; what it tells is used for the guesses.
    limits : SceneLimits, optional
        What the file may hold.

    Raises
    ------
    UnreadableFile
        It is no GeoTIFF, is damaged, holds more than it may, or cannot be laid on the map.
    """
    with confined.alone(path, name) as plain:
        return found(name, confined.told({"path": str(plain)}, name, limits or SceneLimits()))


def found(name: str, told: Mapping[str, Any]) -> Found:
    """Return what the child told, with the guesses that follow from it and from the file's name."""
    named = names.told(name)
    first, _ = roles.guessed(named, named.sensor, told)
    sensor = guesses.sensor(named, told, first or ())
    shows, why = roles.guessed(named, sensor.value, told)
    scale, offset = guesses.scale(sensor.value, named, told, shows or ())
    return Found(
        name=name,
        width=told["width"],
        height=told["height"],
        bands=told["bands"],
        dtype=told["dtype"],
        crs=told["crs"],
        resolution_m=told["resolution_m"],
        footprint_wkt=footprint(told["ring"]),
        descriptions=tuple(told["descriptions"]),
        sensor=sensor,
        roles=Guess(shows, why),
        acquired_at=guesses.acquired_at(named, told["tags"]),
        scale=scale,
        offset=offset,
        decibels=guesses.decibels(sensor.value, named, told, shows or ()),
        nodata=guesses.nodata(sensor.value, told, shows or ()),
    )


def missing(found: Found) -> tuple[str, ...]:
    """Return in words what must be asked for before a scene can be taken."""
    asked = (
        (found.acquired_at, "when it was taken"),
        (found.sensor, "what took it"),
        (found.roles, "what each band shows"),
        (found.scale, "the scale"),
        (found.offset, "the offset"),
        (found.decibels, "whether its numbers are decibels"),
    )
    return tuple(words for guess, words in asked if guess.value is None)


def footprint(ring: Sequence[tuple[float, float]]) -> str:
    """Return an outline, whose longitudes may run on past ±180, as WKT of polygons that do not."""
    whole = shapely.Polygon(ring)
    west, _, east, _ = whole.bounds
    parts = [
        affinity.translate(whole.intersection(shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)), -360 * turn)
        for turn in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1)
    ]
    kept = shapely.union_all([part for part in parts if part.area > 0])
    return str(shapely.to_wkt(kept, rounding_precision=7))
