"""GeoJSON: one feature a line; a member beside them says where they come from.

References
----------
Butler, H., et al. (2016). The GeoJSON Format. RFC 7946; 6.1: foreign members.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import shapely

from layers.briefing.about import About
from layers.briefing.columns import columns
from layers.briefing.content import Content
from layers.ingest import EXTRA
from layers.model import Layer, Versions


def write(path: Path, content: Content, about: About) -> None:
    """Write features as GeoJSON, WGS 84, coordinates to the last figure and rings as they are stored."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f'{{"type":"FeatureCollection","name":{_json(content.layer.id)},"greenline":{_json(about.members)},"features":['
        )
        before = "\n"
        for versions in content.chunks:
            for line in _features(content.layer, versions):
                file.write(before + line)
                before = ",\n"
        file.write("\n]}\n")


def _features(layer: Layer, versions: Versions) -> Iterator[str]:
    held = columns(layer, versions)
    beside = held.pop(EXTRA).to_pylist()
    rows = pa.Table.from_pydict(held).to_pylist()
    for row, extra, geometry in zip(rows, beside, _geometry(versions), strict=True):
        if extra is not None:
            row[EXTRA] = json.loads(extra)
        yield f'{{"type":"Feature","properties":{_json(row)},"geometry":{geometry}}}'


def _geometry(versions: Versions) -> Iterator[str]:
    if versions.wkb is None:
        places = zip(versions.lon.tolist(), versions.lat.tolist(), strict=True)
        return (f'{{"type":"Point","coordinates":[{lon!r},{lat!r}]}}' for lon, lat in places)
    return iter(shapely.to_geojson(shapely.from_wkb(list(versions.wkb))).tolist())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
