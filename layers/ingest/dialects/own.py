"""The own template: columns are called as the fields are."""

from __future__ import annotations

from layers.ingest.dialect import Dialect
from layers.model import Layer


def own(layer: Layer) -> Dialect:
    """Return the dialect of a layer's own file; it is known by its required fields and its place."""
    place = ({"longitude", "latitude"},) if layer.geometry == "point" else ({"wkt"},)
    required = {field.name for field in layer.fields if field.required} | {"marking"}
    fields = {field.name: (field.name,) for field in layer.fields}
    return Dialect(
        name="own",
        title="Greenline's own columns",
        layers=(layer.id,),
        signature=tuple(frozenset(required | part) for part in place),
        fields=fields
        | {"id": ("id", "feature"), "longitude": ("longitude",), "latitude": ("latitude",), "grid": ("grid",), "wkt": ("wkt",)},
        tried=frozenset({"id"}),
    )
