"""What a search text may mean: a grid in any notation, a place, an id, words of a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np

from layers.access import User
from layers.desk import answers
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.index import NEVER
from layers.model import Layer
from layers.notation import format_decimal, format_dtg, format_mgrs, parse_positions

_MOST = 12
_LONGEST = 200

Visible = Callable[[Layer, Sequence[int]], dict[int, str]]


def found(record: Record, user: User, sheet: Sheet, text: str, visible: Visible) -> list[Json]:
    """Return what a text may mean, the likeliest first: a grid, then names and ids, then words of reports."""
    asked = " ".join(text[:_LONGEST].split())
    if not asked:
        return []
    where = position(asked)
    hits = [where] if where else []
    for of in ask.layers(record, user):
        if not of.tiled:
            hits += _named(record, user, of, asked)
    for of in sheet.layers:
        if of.tiled and len(asked) >= 2:
            hits += _reports(record, of, asked, visible)
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


def _named(record: Record, user: User, of: Layer, asked: str) -> list[Json]:
    shapes = record.picture.shapes[of.id]
    seen = shapes.mask(ask.everything(record, user, of)) & (shapes.replaced == NEVER)
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


def _reports(record: Record, of: Layer, asked: str, visible: Visible) -> list[Json]:
    current = record.store.current(of.id, [asked]).seq.tolist()
    worded = record.store.search(of.id, asked, limit=4 * _MOST)
    seen = visible(of, current + worded)
    wanted = list(dict.fromkeys(seq for seq in current + worded if seq in seen))[:_MOST]
    versions = record.store.records(of.id, sorted(wanted))
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
