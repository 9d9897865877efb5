"""Where an open GeoTIFF lies: its coordinate system, its outline in degrees, the ground between its pixels. Only for the child."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.io import DatasetReader
from rasterio.warp import transform

from layers.imagery.structure import Broken

Floats = npt.NDArray[np.float64]

_LONGEST = 20_000
#: In the text of a coordinate system, what makes PROJ look for other files.
_LEADS_AWAY = re.compile(r"EXTENSION|PARAMETERFILE|GRIDS|\+", re.IGNORECASE)
#: Points on a side of the outline: a side that bends on the globe is followed.
_STEPS = 24
#: Longitudes lie within a turn to either side; no map here shows ground nearer to a pole than this.
_TURN, _MOST_LAT = 360.0, 85.05
_MAJOR_M, _FLAT = 6_378_137.0, 0.00669437999014
_WARP = "gdalwarp -t_srs EPSG:… -of COG"


def system(scene: DatasetReader) -> CRS:
    """Return a scene's coordinate system, by its code where it has one, so that nothing else of its text remains.

    Raises
    ------
    Broken
        It has none, or one that is not of the ground, or one that would lead to other files.
    """
    crs = scene.crs
    if not crs:
        said = "has only ground control points" if scene.gcps[0] else "does not say which coordinates it uses"
        raise Broken(f"{said}; lay it on the ground with: {_WARP}")
    if not (crs.is_projected or crs.is_geographic) or scene.transform.is_identity:
        raise Broken(f"has no place on the ground; give it one with: {_WARP}")
    try:
        code, text = crs.to_epsg(), crs.to_wkt()
    except CRSError:
        raise Broken(f"has a coordinate system that is damaged; warp it to one with a code: {_WARP}") from None
    if code is not None and (plain := CRS.from_epsg(code)) == crs:
        return plain
    if len(text) > _LONGEST or _LEADS_AWAY.search(text):
        raise Broken(f"has a coordinate system that needs other files; warp it to one with a code: {_WARP}")
    return crs


def outline(scene: DatasetReader, crs: CRS) -> list[tuple[float, float]]:
    """Return a scene's outline as a closed ring of longitudes and latitudes; longitudes run on past ±180.

    Raises
    ------
    Broken
        It lies where its coordinate system says nothing, at longitudes that no one turn of the globe holds, or round a pole.
    """
    along = np.arange(_STEPS) / _STEPS
    zero, one = np.zeros(_STEPS), np.ones(_STEPS)
    columns = np.concatenate([along, one, 1 - along, zero, [0]]) * scene.width
    rows = np.concatenate([zero, along, one, 1 - along, [0]]) * scene.height
    lon, lat = _degrees(scene, crs, columns, rows)
    lon = np.unwrap(lon, period=360)
    if abs(lon[0] - lon[-1]) > 1:
        raise Broken("lies round a pole, which no map here shows; cut it before the pole")
    if np.abs(lon).max() > _TURN or np.ptp(lon) > _TURN:
        raise Broken(
            f"lies at longitudes {lon.min():.6g} to {lon.max():.6g}, where -180 to 180 are the globe's; set its place right with: "
            "gdal_edit.py -a_ullr"
        )
    if np.abs(lat).min() > _MOST_LAT:
        raise Broken(f"lies at latitude {lat[0]:.6g}; the map ends {_MOST_LAT:g}° from the equator, nothing beyond is drawn")
    return [(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]


def spacing_m(scene: DatasetReader, crs: CRS) -> float:
    """Return how far the pixels in a scene's middle lie apart, in metres on the ground: the mean of both ways."""
    middle = np.array([-0.5, 0.5, 0, 0]) + scene.width / 2, np.array([0, 0, -0.5, 0.5]) + scene.height / 2
    lon, lat = _degrees(scene, crs, *middle)
    bent = 1 - _FLAT * np.sin(np.radians(lat.mean())) ** 2
    turned = np.radians((lon[1::2] - lon[::2] + 180) % 360 - 180)
    east = turned * np.cos(np.radians(lat[::2])) * _MAJOR_M / np.sqrt(bent)
    north = np.radians(lat[1::2] - lat[::2]) * _MAJOR_M * (1 - _FLAT) / bent**1.5
    return float(np.hypot(east, north).mean())


def _degrees(scene: DatasetReader, crs: CRS, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
    t = scene.transform
    try:
        lon, lat = (np.asarray(of, float) for of in transform(crs, "EPSG:4326", t.c + t.a * columns, t.f + t.e * rows))
    except CPLE_BaseError:
        lon = lat = np.array([np.nan])
    if not (np.isfinite(lon).all() and np.isfinite(lat).all() and (np.abs(lat) <= 90).all()):
        raise Broken("lies outside the ground that its coordinate system is made for; export it with the right one")
    return lon, lat
