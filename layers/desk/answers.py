"""What a desk says in JSON: feed items, cards, shapes. Values only; the client writes them as text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import shapely

from layers.desk import spared
from layers.desk.sheet import Sheet
from layers.index import Columns, classes, precision_code
from layers.ingest import OBSERVED
from layers.model import NO_TIME, Field, Layer, Versions
from layers.notation import format_decimal, format_dtg, format_mgrs

Json = dict[str, object]

#: Units that are words have another form beside one.
_ONE = {"people": "person"}
_FAR_M = 10_000.0
_OWN_PLACE = frozenset({"id", "text", "marking", "times"})


def items(of: Layer, versions: Versions, sector: Mapping[int, str]) -> list[Json]:
    """Return feed items of a point layer's versions, in their order. ``sector`` gives the sector's name by seq."""
    if not len(versions):
        return []
    versions = spared.told(versions)
    grids = format_mgrs(versions.lon, versions.lat)
    found = []
    for n, text in enumerate(versions.payload):
        fields = json.loads(text)
        found.append(
            {
                "id": int(versions.seq[n]),
                "layer": of.id,
                "feature": versions.feature[n],
                "occurred": millis(versions.start[n]),
                "reported": millis(versions.reported[n]),
                "recorded": millis(versions.recorded[n]),
                "title": title(of, fields),
                "place": str(fields.get("place") or ""),
                "hue": _class([h.codes for h in of.portrayal.hues], fields.get(of.portrayal.hue_field)),
                "glyph": _class([g.codes for g in of.portrayal.glyphs], fields.get(of.portrayal.glyph_field)),
                "lon": float(versions.lon[n]),
                "lat": float(versions.lat[n]),
                "grid": str(grids[n]),
                "precision_m": fields.get("precision_m"),
                "sector": sector.get(int(versions.seq[n]), ""),
                "marking": versions.marking[n],
            }
        )
    return found


def title(of: Layer, fields: Mapping[str, object]) -> str:
    """Return what a feature is called: the label of its kind, else its name, else what took it, else its id or its layer."""
    kind = of.field("kind")
    code = str(fields.get("kind") or "")
    if of.tiled and kind is not None and code:
        return spoken(of, "kind", code)
    return str(fields.get(of.name_field) or cell(of, "sensor", fields.get("sensor")) or fields.get("id") or of.title)


def spoken(of: Layer, name: str, value: object) -> str:
    """Return a field's value in words, with its unit."""
    field = of.field(name)
    if field is None:
        return str(value)
    if field.kind == "code":
        return next((choice.label for choice in field.choices if choice.code == value), str(value))
    if field.kind in ("number", "integer") and isinstance(value, int | float):
        return f"{value:,.10g} {_ONE.get(field.unit, field.unit) if value == 1 else field.unit}".strip()
    return str(value)


def cell(of: Layer, name: str, value: object) -> str:
    """Return a field's value as a table shows it: a time as a date-time group, a code in words, empty for none."""
    field = of.field(name)
    if value in (None, ""):
        return ""
    return _zulu(str(value)) if field is not None and field.kind == "time" else spoken(of, name, value)


def card(of: Layer, versions: Versions, n: int, sector: str, place: Sequence[Json] = (), *, told: Collection[str] = ()) -> Json:
    """Return everything one version says, and the rows of where it lies, without its history and the fields of which ``place`` has told."""
    versions = spared.told(versions.only(n))
    n = 0
    fields = {name: value for name, value in json.loads(versions.payload[n]).items() if name not in told}
    lon, lat = versions.lon[n : n + 1], versions.lat[n : n + 1]
    box = shapely.from_wkb(versions.wkb[n]).bounds if versions.wkb is not None else (*lon, *lat, *lon, *lat)
    return {
        "id": int(versions.seq[n]),
        "layer": of.id,
        "feature": versions.feature[n],
        "title": title(of, fields),
        "layer_title": of.title,
        "marking": versions.marking[n],
        "lon": float(lon[0]),
        "lat": float(lat[0]),
        "grid": str(format_mgrs(lon, lat)[0]) if of.geometry == "point" else "",
        "latlon": str(format_decimal(lon, lat)[0]) if of.geometry == "point" else "",
        "precision_m": fields.get("precision_m"),
        "occurred": millis(versions.start[n]) if of.tiled else None,
        "reported": millis(versions.reported[n]),
        "recorded": millis(versions.recorded[n]),
        "rows": _rows(of, fields, sector, place),
        "text": str(fields.get("text") or ""),
        "box": [float(v) for v in box],
        "hue": _class([h.codes for h in of.portrayal.hues], fields.get(of.portrayal.hue_field)),
        "glyph": _class([g.codes for g in of.portrayal.glyphs], fields.get(of.portrayal.glyph_field)),
    }


def outlines(sheet: Sheet, of: Layer) -> list[Json]:
    """Return the view's lines, areas or standing points of a layer, as coordinate lists."""
    shapes, rows = sheet.shapes(of)
    hues, glyphs = classes(shapes, rows, of)
    drawn = of.portrayal
    found = []
    for n, row in enumerate(rows):
        fields = shapes.fields[row]
        dashed = drawn.dashed_when is not None and fields.get(drawn.dashed_when[0]) == drawn.dashed_when[1]
        found.append(
            {
                "id": int(shapes.seq[row]),
                "feature": shapes.feature[row],
                "hue": hues[n],
                "glyph": glyphs[n],
                "dashed": dashed,
                "label": str(fields.get(drawn.label_field) or ""),
                "kind": of.geometry,
                "parts": parts(shapes.geometry[row]),
            }
        )
    return found


def sectors_of(columns: Columns, names: Mapping[int, str]) -> dict[int, str]:
    """Return by seq the sector's name of every row that lies in a sector of ``names``."""
    lying = np.flatnonzero(columns.sector)
    return {int(s): names[int(at)] for s, at in zip(columns.seq[lying], columns.sector[lying], strict=True) if int(at) in names}


def precision_codes(columns: Columns) -> dict[int, int]:
    """Return each row's precision byte by seq."""
    return dict(zip(columns.seq.tolist(), precision_code(columns.precision).tolist(), strict=True))


def distance(metres: float) -> str:
    """Return metres in words: whole ones, from 10 km on kilometres with one decimal."""
    return f"{metres:,.0f} m" if metres < _FAR_M else f"{metres / 1_000:,.1f} km"


def millis(micros: np.int64 | int) -> int | None:
    """Return microseconds as milliseconds, NO_TIME as None."""
    return None if micros == NO_TIME else int(micros) // 1000


def words_of(field: Field, codes: Sequence[str]) -> str:
    """Return a filter in words: its field and the labels of its codes."""
    known = {choice.code: choice.label for choice in field.choices}
    labels = [known.get(code, code) for code in codes]
    shown = ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")
    return f"{field.label}: {shown}"


def _rows(of: Layer, fields: Mapping[str, object], sector: str, place: Sequence[Json]) -> list[Json]:
    shown: list[Json] = [{"label": "Sector", "value": sector}] if sector and not of.field("sector") else []
    shown += place
    for field in of.fields:
        value = fields.get(field.name)
        if field.name in _OWN_PLACE or (field.name in (of.time_field, "reported_at") and of.tiled) or value in (None, ""):
            continue
        if field.kind == "time":
            value = _zulu(str(value))
        shown.append({"label": field.label, "value": spoken(of, field.name, value)})
    if not of.tiled and of.time_field and not fields.get(of.time_field) and not fields.get(of.until_field):
        shown.append({"label": "In force", "value": "Undated: always in force"})
    shown += [{"label": f"{one['label']} (as in the source)", "value": one["value"]} for one in original(fields)]
    return shown


def original(fields: Mapping[str, object]) -> list[Json]:
    """Return the columns of a version's source that are kept as they came."""
    extra = fields.get("extra")
    held = extra.items() if isinstance(extra, dict) else ()
    return [{"label": str(name), "value": str(value)} for name, value in held if value not in (None, "") and name != OBSERVED]


def _zulu(iso: str) -> str:
    moment = np.array([iso.rstrip("Z")], "datetime64[us]").astype(np.int64)
    return str(format_dtg(moment)[0])


def _class(listed: Sequence[tuple[str, ...]], code: object) -> int:
    return next((n for n, codes in enumerate(listed) if code in codes), max(0, len(listed) - 1))


def parts(geometry: shapely.Geometry) -> list[object]:
    """Return a shape as coordinate lists: of areas every ring, of lines every part; see ``_coordinates``."""
    if geometry.geom_type.endswith("Polygon"):
        rings = [ring for part in shapely.get_parts(geometry) for ring in (part.exterior, *part.interiors)]
        return [_coordinates(ring) for ring in rings]
    return [_coordinates(part) for part in shapely.get_parts(geometry)]


def _coordinates(part: shapely.Geometry) -> list[int]:
    """Return longitude and latitude in turn, millionths of a degree, each as the step from the vertex before: half the bytes."""
    whole = np.rint(shapely.get_coordinates(part) * 1e6).astype(np.int64)
    steps: list[int] = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
    return steps
