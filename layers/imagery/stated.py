"""What an open GeoTIFF says of itself, checked once more as GDAL understands it; no pixel is read. Only for the child."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from layers.imagery import ground
from layers.imagery.structure import Broken, blocked, sized

_TEXT = 200
#: No pixel is finer, and no scene narrower: an outline in degrees would enclose nothing.
_FINEST_M, _NARROWEST_M = 0.001, 0.1
#: The tags that tell of a scene; no other text of an upload leaves the child.
TAGS = (
    "ACQUISITIONDATETIME", "ACQUISITION_DATETIME", "DATATAKE_1_DATATAKE_SENSING_START", "DATE_ACQUIRED", "DATETIME",
    "PROCESSING_BASELINE", "PROCESSING_LEVEL", "PRODUCT_START_TIME", "PRODUCT_URI", "SCENE_CENTER_TIME", "SENSING_TIME",
    "SENSOR_ID", "SPACECRAFT_ID", "TIFFTAG_DATETIME",
)  # fmt: skip


def of(scene: DatasetReader, limits: Mapping[str, int], own: bytes) -> dict[str, Any]:
    """Return what a scene says of itself; ``own`` is GDAL's own tag, from which GDAL does not tell the names of bands here.

    Raises
    ------
    Broken
        It holds more than it may, or cannot be laid on the map.
    """
    sized(scene.width, scene.height, scene.count, limits)
    size = number_bytes(scene)
    high, wide = scene.block_shapes[0]
    apart = scene.interleaving is not None and scene.interleaving.name == "band"
    blocked(wide, high, wide * high * size * (1 if apart else scene.count), limits)
    if ColorInterp.palette in scene.colorinterp:
        raise Broken("holds numbers of a palette in place of colours; write the colours out with: gdal_translate -expand rgb")
    crs = ground.system(scene)
    _north_up(scene)
    apart_m = ground.spacing_m(scene, crs)
    _coarse(apart_m, min(scene.width, scene.height))
    return {
        "width": scene.width,
        "height": scene.height,
        "bands": scene.count,
        "dtype": scene.dtypes[0],
        "crs": crs.to_string(),
        "nodata": scene.nodata if scene.nodata is not None and math.isfinite(scene.nodata) else None,
        "ring": ground.outline(scene, crs),
        "resolution_m": apart_m,
        "descriptions": names(own, scene.count),
        "colours": [colour.name for colour in scene.colorinterp],
        "scales": [_finite(one) for one in scene.scales],
        "offsets": [_finite(one) for one in scene.offsets],
        "lowest": [_short(scene.tags(number).get("STATISTICS_MINIMUM")) for number in scene.indexes],
        "tags": {name: _short(value) for name, value in scene.tags().items() if name in TAGS},
    }


def names(own: bytes, count: int) -> list[str]:
    """Return what GDAL's own tag calls each band, blank where it does not; it is XML, of which no entity is resolved."""
    found = [""] * count
    if b"<!" in own:
        return found
    with suppress(ElementTree.ParseError, ValueError):
        for item in ElementTree.fromstring(own):
            number = item.get("sample", "")
            if item.get("role") == "description" and number.isdecimal() and int(number[:6]) < count:
                found[int(number[:6])] = _short(item.text)
    return found


def number_bytes(scene: DatasetReader) -> int:
    """Return how many bytes one number of a scene has.

    Raises
    ------
    Broken
        Its numbers are complex, or differ from band to band.
    """
    kinds = sorted(set(scene.dtypes))
    found = re.fullmatch(r"u?(?:int|float)(\d+)", kinds[0])
    if len(kinds) > 1 or found is None:
        raise Broken(f"holds numbers of the kind {', '.join(kinds)}; export it with one kind of real numbers")
    return int(found[1]) // 8


def _north_up(scene: DatasetReader) -> None:
    t = scene.transform
    if t.b or t.d:
        raise Broken("is rotated against its coordinates; turn it north up with: gdalwarp -of COG")
    if not all(map(math.isfinite, t[:6])) or not t.a > 0 > t.e:
        raise Broken("does not have north up and east right; turn it with: gdalwarp -of COG")


def _coarse(apart_m: float, pixels: int) -> None:
    if apart_m < _FINEST_M or apart_m * pixels < _NARROWEST_M:
        raise Broken(
            f"has pixels of {apart_m * 1000:.2g} mm, {apart_m * pixels:.2g} m across the scene, where 1 mm and 10 cm are the least; "
            "set its place right with: gdal_edit.py -a_ullr"
        )


def _short(text: object) -> str:
    """Return a text of an upload in one line of bounded length, without signs that do not print."""
    return "".join(sign for sign in str(text or "")[:_TEXT] if sign.isprintable())


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
