"""Scenes as a static STAC catalogue: a folder of JSON that other tools read, with the rasters in it or links to them.

References
----------
SpatioTemporal Asset Catalog, version 1.1.0, with its extensions eo 2.0.0, raster 2.0.0, projection 2.0.0 and file 2.1.0.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import shapely

from layers import access
from layers.config import Configuration
from layers.desk.answers import Json
from layers.desk.scenes import FOLDER, Held
from layers.errors import NotFound, StoreUnusable, Unwritable
from layers.imagery import kept
from layers.imagery.lay import Lay, lay
from layers.imagery.scene import MASKS

VERSION = "1.1.0"
_EXTENSIONS = [
    "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
]
_CATALOGUE, _COLLECTION = "catalog.json", "collection.json"
_JSON, _GEOJSON = "application/json", "application/geo+json"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
#: A digest by SHA-256, as multihash begins it.
_SHA256 = "1220"
#: What the extension calls bands; one that it does not know keeps its own name only.
_COMMON = {
    "coastal": "coastal",
    "blue": "blue",
    "green": "green",
    "red": "red",
    "red_edge": "rededge",
    "nir": "nir",
    "swir1": "swir16",
    "swir2": "swir22",
    "thermal": "lwir",
    "grey": "pan",
}

Progress = Callable[[int], None]


def written(
    scenes: Sequence[Held], configuration: Configuration, folder: Path, *, assets: bool = True, progress: Progress | None = None
) -> str:
    """Write scenes as a catalogue into a new folder, whole or not at all; return the highest marking among them.

    Parameters
    ----------
    scenes : sequence of Held
        Those that the user may see.
    configuration : Configuration
        Of the mission: its title and markings.
    folder : Path
        Must not be there yet.
    assets : bool
        The rasters are copied into the folder; else the catalogue links to where they lie.
    progress : callable, optional
        Told how many scenes are written.

    Raises
    ------
    NotFound
        There is no scene.
    StoreUnusable
        The raster of a scene is not what was taken in.
    Unwritable
        The folder is there already, or the one it lies in is not.
    """
    if folder.exists() or folder.is_symlink():
        raise Unwritable(f"{folder} already exists; choose another name or remove it")
    if not folder.parent.is_dir():
        raise Unwritable(f"{folder.parent} is no folder; make it first or name another")
    if not scenes:
        raise NotFound("there is no scene to export; add one with: greenline scene DIR add FILE.tif")
    marking = access.highest((of.marking for of in scenes), configuration.markings)
    said = {"greenline:marking": marking, "greenline:exercise": configuration.exercise}
    with TemporaryDirectory(dir=folder.parent, prefix=".stac-") as beside:
        made = Path(beside) / "made"
        for number, of in enumerate(scenes, 1):
            _add(of, made / FOLDER / of.digest, assets=assets)
            if progress is not None:
                progress(number)
        _write(made / FOLDER / _COLLECTION, _collection(scenes) | said)
        _write(made / _CATALOGUE, _catalogue(configuration.title) | said)
        made.rename(folder)
    return marking


def _add(of: Held, folder: Path, *, assets: bool) -> None:
    """Write one scene's item, and its raster beside it."""
    folder.mkdir(parents=True)
    raster = of.scene.path
    if assets:
        raster = folder / raster.name
        shutil.copyfile(of.scene.path, raster)
    digest = kept.digest(raster)
    if digest[: kept.NAMED] != of.digest:
        raise StoreUnusable(f"the raster of scene {of.digest} is not what was taken in; see: greenline verify DIR")
    asset: Json = {
        "href": f"./{raster.name}" if assets else raster.resolve().as_uri(),
        "type": _COG,
        "roles": ["data"],
        "file:checksum": _SHA256 + digest,
        "file:size": raster.stat().st_size,
    }
    _write(folder / f"{of.digest}.json", item(of, lay(raster), asset))


def item(of: Held, on: Lay, asset: Json) -> Json:
    """Return a scene as a STAC item with one asset, its raster; all that a record says of it is plain text."""
    properties = {
        "title": of.title,
        "description": of.fields.get("text"),
        "datetime": _iso(of.scene.acquired_at),
        "gsd": of.fields.get("resolution_m"),
        "proj:code": f"EPSG:{on.epsg}" if on.epsg else None,
        "proj:shape": [on.height, on.width],
        "proj:transform": list(on.transform),
        "greenline:sensor": of.scene.sensor,
        "greenline:measured_in": of.fields.get("measured_in"),
        "greenline:valid_percent": of.fields.get("valid_percent"),
        "greenline:made_by": of.fields.get("made_by"),
        "greenline:source": of.fields.get("source"),
        "greenline:marking": of.marking,
    }
    told = {name: value for name, value in properties.items() if value not in (None, "")}
    if not on.epsg:
        told |= {"proj:code": None, "proj:wkt2": on.wkt}
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": _EXTENSIONS,
        "id": of.digest,
        "collection": FOLDER,
        "geometry": json.loads(shapely.to_geojson(of.footprint)),
        "bbox": box([of.footprint]),
        "properties": told,
        "links": [
            _link("root", f"../../{_CATALOGUE}", _JSON),
            _link("parent", f"../{_COLLECTION}", _JSON),
            _link("collection", f"../{_COLLECTION}", _JSON),
        ],
        "assets": {"data": asset | {"bands": _bands(of, on)}},
    }


def box(shapes: Sequence[shapely.Geometry]) -> list[float]:
    """Return west, south, east and north of shapes; west is the greater where they lie on both sides of ±180 and are split there.

    Examples
    --------
    >>> box([shapely.box(178, -20, 180, -19), shapely.box(-180, -20, -179, -19)])
    [178.0, -20.0, -179.0, -19.0]
    """
    parts = [part.bounds for shape in shapes for part in shapely.get_parts(shape)]
    west, south = min(part[0] for part in parts), min(part[1] for part in parts)
    east, north = max(part[2] for part in parts), max(part[3] for part in parts)
    if west == -180 and east == 180:
        begins = min((part[0] for part in parts if part[0] >= 0), default=west)
        ends = max((part[2] for part in parts if part[2] <= 0), default=east)
        if begins > 0 > ends and all(part[0] >= 0 or part[2] <= 0 for part in parts):
            west, east = begins, ends
    return [west, south, east, north]


def _bands(of: Held, on: Lay) -> list[Json]:
    scaled = {"raster:scale": of.scene.scale, "raster:offset": of.scene.offset}
    bands: list[Json] = []
    for role in of.scene.bands:
        band: Json = {"name": role, "data_type": on.dtype}
        if on.nodata is not None:
            band["nodata"] = "nan" if math.isnan(on.nodata) else on.nodata
        if role in _COMMON:
            band["eo:common_name"] = _COMMON[role]
        bands.append(band if role in MASKS else band | scaled)
    return bands


def _collection(scenes: Sequence[Held]) -> Json:
    times = sorted(of.scene.acquired_at for of in scenes)
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": FOLDER,
        "title": "Scenes",
        "description": "Scenes from satellites and drones, and rasters of what was measured between two of them.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [box([of.footprint for of in scenes])]},
            "temporal": {"interval": [[_iso(times[0]), _iso(times[-1])]]},
        },
        "links": [
            _link("root", f"../{_CATALOGUE}", _JSON),
            _link("parent", f"../{_CATALOGUE}", _JSON),
            *(_link("item", f"./{of.digest}/{of.digest}.json", _GEOJSON) for of in scenes),
        ],
    }


def _catalogue(title: str) -> Json:
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": "greenline",
        "title": title,
        "description": f"Scenes of {title}, exported from Greenline.",
        "links": [_link("root", f"./{_CATALOGUE}", _JSON), _link("child", f"./{FOLDER}/{_COLLECTION}", _JSON)],
    }


def _link(rel: str, href: str, kind: str) -> Json:
    return {"rel": rel, "href": href, "type": kind}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _write(path: Path, said: Json) -> None:
    text = json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8", newline="")
