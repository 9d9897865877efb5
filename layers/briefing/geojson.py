"""GeoJSON: one feature a line; a member beside them says where they come from.

References
----------
Butler, H., et al. (2016). The GeoJSON Format. RFC 7946; 6.1: foreign members.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.briefing.about import About
from layers.briefing.content import Content
from layers.briefing.table import joined
from layers.ingest import EXTRA
from layers.ingest.values import quoted
from layers.model import Versions


def write(path: Path, content: Content, about: About) -> None:
    """Write features as GeoJSON, WGS 84, coordinates to the last figure and rings as they are stored."""
    head = f'{{"type":"FeatureCollection","name":{_json(content.layer.id)},"greenline":{_json(about.members)},"features":['
    with path.open("wb") as file:
        file.write(head.encode())
        before = b"\n"
        for versions in content.chunks:
            if len(versions):
                file.write(before)
                file.write(joined(_features(content, versions), ",\n").as_buffer())
                before = b",\n"
        file.write(b"\n]}\n")


def _features(content: Content, versions: Versions) -> pa.Array:
    held = content.columns(versions)
    extra = pc.fill_null(pc.binary_join_element_wise(f',"{EXTRA}":', held.pop(EXTRA), ""), "")
    members = [pc.binary_join_element_wise(f'"{name}":', _value(column), "") for name, column in held.items()]
    properties = pc.binary_join_element_wise(*members, ",")
    return pc.binary_join_element_wise(
        '{"type":"Feature","properties":{', properties, extra, '},"geometry":', _geometry(versions), "}", ""
    )


def _value(column: pa.Array) -> pa.Array:
    made = quoted(pc.fill_null(column, "")) if pa.types.is_string(column.type) else column
    return pc.fill_null(pc.cast(made, pa.string()), "null")


def _geometry(versions: Versions) -> pa.Array:
    if versions.wkb is not None:
        return pa.array(shapely.to_geojson(shapely.from_wkb(list(versions.wkb))), pa.string())
    at = [pc.cast(pa.array(degrees), pa.string()) for degrees in (versions.lon, versions.lat)]
    return pc.binary_join_element_wise('{"type":"Point","coordinates":[', pc.binary_join_element_wise(*at, ","), "]}", "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
