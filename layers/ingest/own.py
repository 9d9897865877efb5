"""The own template: what export writes and any mission accepts whole."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import shapely

from layers.model import Layer, Versions

_GUARDED = re.compile(r"^\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$")
_GUARD = re.compile(r"^'(?=\s*[=+\-@\t\r])")


def template(layer: Layer) -> list[str]:
    """Return the columns of a layer's own file, in order.

    Examples
    --------
    >>> from layers.catalogue import layer
    >>> ",".join(template(layer("incidents")))[:66]
    'id,kind,occurred_at,reported_at,longitude,latitude,precision_m,pla'
    """
    names = [field.name for field in layer.fields]
    place = ["longitude", "latitude"] if layer.geometry == "point" else ["wkt"]
    times = [n for n, field in enumerate(layer.fields) if field.kind == "time"]
    at = (times[-1] if times else 0) + 1
    return [*names[:at], *place, *names[at:]]


def write_csv(path: Path, layer: Layer, versions: Versions) -> None:
    """Write versions as the own template: UTF-8, formula-safe."""
    names = template(layer)
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for n, payload in enumerate(versions.payload):
            fields = json.loads(payload) | {"marking": versions.marking[n]}
            fields["id"] = fields.get("id") or versions.feature[n]
            if versions.wkb is None:
                fields |= {"longitude": repr(float(versions.lon[n])), "latitude": repr(float(versions.lat[n]))}
            else:
                fields["wkt"] = shapely.to_wkt(shapely.from_wkb(versions.wkb[n]), rounding_precision=-1)
            writer.writerow([guarded(_said(fields.get(name))) for name in names])


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _GUARDED.match(text) and not _NUMBER.match(text) else text


def unguarded(text: str) -> str:
    """Return the cell that ``guarded`` was given."""
    return _GUARD.sub("", text)


def _said(value: object) -> str:
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)
