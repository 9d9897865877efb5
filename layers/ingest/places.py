"""Where a table's rows lie: longitude and latitude in separate columns, a grid in any notation, or WKT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.ingest.chunk import Chunk
from layers.ingest.values import numbers
from layers.model import Fault, Layer
from layers.notation import parse_positions

_LON = ("longitude", "lon", "long", "lng", "x")
_LAT = ("latitude", "lat", "y")
_GRID = ("grid", "mgrs", "position", "utm", "coordinates")
_TYPES = {"line": ("LineString", "MultiLineString"), "area": ("Polygon", "MultiPolygon")}


@dataclass(frozen=True, slots=True)
class Places:
    """Positions of rows; of lines and areas the geometry. ``taken`` are the columns they were read from."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    geometry: npt.NDArray[np.object_] | None
    precision_m: npt.NDArray[np.float64]
    taken: tuple[str, ...]
    faults: tuple[Fault, ...]


def found(chunk: Chunk, layer: Layer) -> Places:
    """Return where the rows of a table lie; a row whose place cannot be read has a fault."""
    by_name = {name.casefold(): name for name in chunk.columns}
    if layer.geometry != "point":
        return _shapes(chunk, layer, by_name.get("wkt"))
    lon, lat = (next((by_name[n] for n in names if n in by_name), None) for names in (_LON, _LAT))
    grid = next((by_name[n] for n in _GRID if n in by_name), None)
    if lon is not None and lat is not None:
        return _pair(chunk, lon, lat)
    if grid is not None:
        return _read(chunk, chunk.columns[grid], (grid,))
    return _read(chunk, pa.array([""] * len(chunk), pa.string()), ())


def _pair(chunk: Chunk, lon: str, lat: str) -> Places:
    (x, odd_x), (y, odd_y) = numbers(chunk.columns[lon]), numbers(chunk.columns[lat])
    none = np.full(len(chunk), np.nan)
    odd = np.union1d(odd_x, odd_y)
    odd = np.union1d(odd, np.flatnonzero(np.isnan(x) | np.isnan(y)))
    faults = []
    if len(odd):
        texts = [(chunk.columns[lat][int(n)].as_py(), chunk.columns[lon][int(n)].as_py()) for n in odd]
        read = parse_positions([f"{a} {b}" if a and b else "" for a, b in texts])
        x[odd], y[odd] = read.lon, read.lat
        faults = [
            Fault(
                int(chunk.row[n]),
                lat if not a else lon,
                "is blank; a position is required" if not (a and b) else str(read.fault[k]),
            )
            for k, (n, (a, b)) in enumerate(zip(odd, texts, strict=True))
            if np.isnan(read.lon[k])
        ]
    return Places(x, y, None, none, (lon, lat), tuple(faults))


def _read(chunk: Chunk, texts: pa.Array, taken: tuple[str, ...]) -> Places:
    read = parse_positions(texts.to_pylist())
    blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    faults = [
        Fault(
            int(chunk.row[n]),
            taken[0] if taken else "position",
            "is blank; a position is required" if blank[n] else str(read.fault[n]),
        )
        for n in np.flatnonzero(np.isnan(read.lon))
    ]
    return Places(read.lon, read.lat, None, read.precision_m, taken, tuple(faults))


def _shapes(chunk: Chunk, layer: Layer, column: str | None) -> Places:
    texts = [""] * len(chunk) if column is None else chunk.columns[column].to_pylist()
    with np.errstate(invalid="ignore"):
        shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), object).reshape(-1)
    shapes = np.asarray(shapely.force_2d(shapes), object).reshape(-1)
    good = np.array(
        [s is not None and s.geom_type in _TYPES[layer.geometry] and s.is_valid and not s.is_empty for s in shapes], np.bool_
    )
    faults = [Fault(int(chunk.row[n]), "wkt", f"is no {layer.geometry} in WKT") for n in np.flatnonzero(~good)]
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    off = good & ((np.abs(bounds[:, [1, 3]]) > 90) | (np.abs(bounds[:, [0, 2]]) > 360)).any(axis=1)
    faults += [Fault(int(chunk.row[n]), "wkt", "is not on the earth") for n in np.flatnonzero(off)]
    lon, lat = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
    return Places(lon, lat, shapes, np.full(len(chunk), np.nan), (column,) if column else (), tuple(faults))
