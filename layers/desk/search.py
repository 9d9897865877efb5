"""What a search text may mean: a grid in any notation, a place, an id, words of a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import shapely

from layers.desk import answers, spared, table
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.observed import Unplaced, observed
from layers.desk.sheet import Sheet
from layers.model import Layer, View, Window, to_micros
from layers.notation import format_decimal, format_dtg, format_mgrs, parse_positions

_MOST = 12
_LONGEST = 200

Visible = Callable[[Layer, Sequence[int]], dict[int, str]]


def found(sheet: Sheet, text: str, visible: Visible) -> list[Json]:
    """Return what a text may mean, the likeliest first: a grid, then names and ids, then words of reports.

    Of records it finds what the sheet's view knows, whatever its span and filters.
    """
    asked = " ".join(text[:_LONGEST].split())
    if not asked:
        return []
    where = position(asked)
    hits = [where] if where else []
    for of in ask.layers(sheet.record, sheet.user):
        if not of.tiled and not of.base:
            hits += _named(sheet, of, asked)
    for of in sheet.layers:
        if of.tiled and not of.base and len(asked) >= 2:
            hits += _reports(sheet, of, asked, visible)
    return hits[:_MOST]


def position(text: str) -> Json | None:
    """Return where a position in any notation lies, None for a text that is none."""
    read = parse_positions([text[:_LONGEST]])
    if np.isnan(read.lon[0]):
        return None
    lon, lat, cell = float(read.lon[0]), float(read.lat[0]), float(read.precision_m[0])
    return {
        "kind": "grid",
        "title": str(format_mgrs(read.lon, read.lat)[0]),
        "detail": f"{format_decimal(read.lon, read.lat)[0]} · WGS 84",
        "lon": lon,
        "lat": lat,
        "precision_m": None if np.isnan(cell) else cell,
        "zoom": 14,
        "id": None,
        "layer": None,
    }


def placed(sheet: Sheet, text: str) -> Json:
    """Return where a position in any notation or an observation lies; of the latter its words and outline too; nothing for neither."""
    if found := position(text):
        return found
    try:
        seen = observed(sheet, text)
    except Unplaced:
        return {}
    if seen is None:
        return {}
    at = position(f"{seen.lat:.6f}, {seen.lon:.6f}") or {}
    rings = [
        shapely.get_coordinates(ring).tolist() for part in shapely.get_parts(seen.outline) for ring in shapely.get_rings(part)
    ]
    return {**at, "kind": "observation", "precision_m": seen.precision_m, "words": seen.words, "outline": rings}


def _named(sheet: Sheet, of: Layer, asked: str) -> list[Json]:
    shapes = sheet.record.picture.shapes[of.stored]
    seen = shapes.mask(ask.everything(sheet.record, sheet.user, of, sheet.view.known_at))
    hits: list[Json] = []
    for row in np.flatnonzero(seen):
        fields = shapes.fields[row]
        names = (str(fields.get(of.name_field) or ""), shapes.feature[row])
        if any(asked.casefold() in name.casefold() for name in names):
            middle = shapes.geometry[row].representative_point()
            hits.append(
                {
                    "kind": "place",
                    "title": names[0] or names[1],
                    "detail": of.title,
                    "lon": middle.x,
                    "lat": middle.y,
                    "zoom": 12 if of.geometry == "point" else 10,
                    "id": int(shapes.seq[row]),
                    "layer": of.id,
                }
            )
    return sorted(hits, key=lambda hit: not str(hit["title"]).casefold().startswith(asked.casefold()))[: _MOST // 2]


def _reports(sheet: Sheet, of: Layer, asked: str, visible: Visible) -> list[Json]:
    record, known = sheet.record, sheet.view.known_at
    named = record.store.current(of.stored, [asked], known_at=to_micros(known) if known else None).seq.tolist()
    whole = table.of_view(replace(sheet, view=View(last="all", known_at=known), window=Window(known_at=known), _chosen={}), of)
    hit = table.matching(record, of, whole, asked).seq
    worded = np.sort(np.partition(hit, len(hit) - _MOST)[-_MOST:] if len(hit) > _MOST else hit)[::-1].tolist()
    current = [seq for seq in named if seq in visible(of, named)]
    wanted = list(dict.fromkeys(current + worded))[:_MOST]
    versions = spared.told(record.store.records(of.stored, sorted(wanted)))
    at = {int(seq): n for n, seq in enumerate(versions.seq)}
    hits: list[Json] = []
    for seq in wanted:
        n = at[seq]
        fields = json.loads(versions.payload[n])
        hits.append(
            {
                "kind": "record" if seq in current else "words",
                "title": answers.title(of, fields),
                "detail": f"{format_dtg(versions.start[n : n + 1])[0]} · {fields.get('place') or versions.feature[n]}",
                "lon": float(versions.lon[n]),
                "lat": float(versions.lat[n]),
                "zoom": 13,
                "id": seq,
                "layer": of.id,
            }
        )
    return hits
