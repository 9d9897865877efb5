"""The ground under the picture: the world's land and borders, and the mission's own base layers. All local files."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely

from layers.errors import NotFound
from layers.model import Box

#: The world comes with the product, cut to this many degrees about the mission's area.
AROUND = 8.0
#: All there is.
EVERYWHERE: Box = (-180.0, -90.0, 180.0, 90.0)
WORLD = Path(__file__).resolve().parents[2] / "data" / "basemap"
#: How the names of the mission's own base layers begin.
OWN = "mission-"
_STEM = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_LARGEST = 50_000_000


def own(folder: Path) -> list[str]:
    """Return the names of the mission's own base layers."""
    return [OWN + path.stem for path in sorted((folder / "basemap").glob("*.geojson")) if _STEM.fullmatch(path.stem)]


def digest(folder: Path) -> str:
    """Return the SHA-256 of every base layer of a mission, the world's included."""
    made = hashlib.sha256(_worlds())
    for name in own(folder):
        made.update(name.encode() + b"\0")
        made.update(hashlib.sha256(layer(folder, (0.0, 0.0, 0.0, 0.0), name)[0]).digest())
    return made.hexdigest()


def layer(folder: Path, box: Box, name: str) -> tuple[bytes, bytes]:
    """Return a base layer as GeoJSON, plain and gzipped.

    ``land`` and ``boundaries`` are the world's, near the mission; ``world`` is all land, coarse, for
    small scales; names that begin with ``mission-`` are the mission's own files.

    Raises
    ------
    NotFound
        There is no base layer of that name.
    """
    if name in own(folder):
        path = folder / "basemap" / f"{name.removeprefix(OWN)}.geojson"
        return _own(path, path.stat().st_mtime_ns)
    if name == "world":
        return _world()
    if name in ("land", "boundaries"):
        return _near(name, box)
    raise NotFound(f"no base layer {name[:60]!r}")


def about(box: Box, ground: Box) -> Box:
    """Return about which box the world's land and borders are asked for where a map shows some ground: a mission's, else everywhere.

    Examples
    --------
    >>> about((35.0, 32.0, 42.0, 37.0), (34.0, 31.0, 43.0, 38.0))
    (35.0, 32.0, 42.0, 37.0)
    >>> about((35.0, 32.0, 42.0, 37.0), (34.0, 31.0, 51.0, 38.0))
    (-180.0, -90.0, 180.0, 90.0)
    """
    west, south, east, north = ground
    within = box[0] - AROUND <= west <= east <= box[2] + AROUND and box[1] - AROUND <= south <= north <= box[3] + AROUND
    return box if within else EVERYWHERE


def shapes(folder: Path, box: Box, names: Iterable[str]) -> list[object]:
    """Return the shapes of base layers in WGS 84 degrees.

    Raises
    ------
    NotFound
        There is no base layer of one of the names.
    """
    return [shape for name in names for shape in features(folder, box, name)[0]]


def features(folder: Path, box: Box, name: str) -> tuple[list[object], list[str]]:
    """Return the shapes of a base layer in WGS 84 degrees, and the name of each, blank for none.

    Raises
    ------
    NotFound
        There is no base layer of that name.
    """
    body = layer(folder, box, name)[0]
    shapes, names = _read(body) if name.startswith(OWN) else _kept(body)
    return list(shapes), list(names)


def _read(body: bytes) -> tuple[tuple[object, ...], tuple[str, ...]]:
    held = [of for of in json.loads(body)["features"] if of.get("geometry")]
    named = tuple(str((of.get("properties") or {}).get("name") or "") for of in held)
    return tuple(shapely.from_geojson(json.dumps(of["geometry"])) for of in held), named


#: The world's are few, and read for every sheet.
_kept = lru_cache(maxsize=8)(_read)


@lru_cache(maxsize=32)
def _own(path: Path, _changed: int) -> tuple[bytes, bytes]:
    if path.stat().st_size > _LARGEST:
        raise NotFound(f"{path.name} is larger than {_LARGEST // 1_000_000} MB; simplify it")
    return _packed(path.read_bytes())


@lru_cache(maxsize=8)
def _near(name: str, box: Box) -> tuple[bytes, bytes]:
    west, south, east, north = box
    shapes = _shapes(name)
    cut = shapely.clip_by_rect(shapes, west - AROUND, south - AROUND, east + AROUND, north + AROUND)
    return _collection(cut, 3)


@lru_cache(maxsize=1)
def _worlds() -> bytes:
    return b"".join(hashlib.sha256((WORLD / f"{name}.geojson").read_bytes()).digest() for name in ("land", "boundaries"))


@lru_cache(maxsize=1)
def _world() -> tuple[bytes, bytes]:
    coarse = shapely.simplify(_shapes("land"), 0.15)
    large = coarse[shapely.area(coarse) > 0.2]
    return _collection(large, 2)


def _shapes(name: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    text = (WORLD / f"{name}.geojson").read_text(encoding="utf-8")
    return np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in json.loads(text)["features"]], object)


def _collection(shapes: np.ndarray[tuple[int], np.dtype[np.object_]], decimals: int) -> tuple[bytes, bytes]:
    kept = shapes[~shapely.is_empty(shapes)]
    rounded = shapely.transform(kept, lambda at: np.round(at, decimals))
    features = [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))} for shape in rounded]
    return _packed(json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode())


def _packed(body: bytes) -> tuple[bytes, bytes]:
    return body, gzip.compress(body, 9, mtime=0)
