"""GeoPackage: typed columns, one table; its description and its metadata say where the rows come from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from layers.briefing.about import About
from layers.briefing.content import Content
from layers.errors import Unwritable
from layers.model import Versions

_TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "time": pa.timestamp("ms", "UTC"),
    "number": pa.float64(),
    "integer": pa.int64(),
}
_GEOMETRY = pa.field("geom", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})


def write(path: Path, content: Content, about: About) -> None:
    """Write features as a GeoPackage that older programs open too. Times are typed, UTC, to the millisecond."""
    layer = content.layer
    kinds = {field.name: field.kind for field in layer.fields} | content.beside
    schema = pa.schema([*((name, _TYPES[kind]) for name, kind in kinds.items()), _GEOMETRY])
    told = {f"GREENLINE_{name.upper()}": str(value) for name, value in about.members.items()}
    stopped: list[BaseException] = []
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, _batches(content, schema, stopped)),
            str(path),
            layer=layer.id,
            driver="GPKG",
            geometry_name="geom",
            geometry_type="Point" if layer.geometry == "point" else "Unknown",
            crs="EPSG:4326",
            layer_metadata=told,
            dataset_options={"VERSION": "1.2"},
            layer_options={"IDENTIFIER": layer.title, "DESCRIPTION": about.text},
        )
    except (RuntimeError, DataSourceError, DataLayerError) as fault:
        if stopped:
            raise stopped[0] from None
        raise Unwritable(f"the GeoPackage cannot be written: {fault}; choose another folder") from None


def _batches(content: Content, schema: pa.Schema, stopped: list[BaseException]) -> Iterator[pa.RecordBatch]:
    """Return the rows as they are asked for. What stops them is kept: on its way through GDAL it would lose its name."""
    try:
        for versions in content.chunks:
            held = content.columns(versions) | {"geom": _wkb(versions)}
            typed = [_typed(held[field.name], field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(typed, schema=schema)
    finally:
        if (fault := sys.exception()) is not None:
            stopped.append(fault)


def _typed(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_timestamp(kind) or column.type == kind:
        return column
    return pc.cast(pc.cast(column, pa.timestamp("us", "UTC")), kind, safe=False)


def _wkb(versions: Versions) -> pa.Array:
    if versions.wkb is None:
        return pa.array(np.asarray(shapely.to_wkb(shapely.points(versions.lon, versions.lat))), pa.binary())
    return pa.array(list(versions.wkb), pa.binary())
