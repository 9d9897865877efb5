"""What a file would add, as a small picture over the mission's land and lines."""

from __future__ import annotations

import json

import numpy as np
import shapely

from layers.desk import basemap
from layers.desk.sheet import Sheet
from layers.desk.submission import Checked
from layers.render import still

_MOST_SHAPES = 500


def sketched(sheet: Sheet, checked: Checked) -> str:
    """Return an SVG picture of the rows a dry run would take; blank where it would take none."""
    rows = [part for part in checked.rows if len(part) and not part.retracted.all()]
    if not rows:
        return ""
    lon, lat = (np.concatenate([getattr(part, axis) for part in rows]) for axis in ("lon", "lat"))
    shapes = [shapely.from_wkb(wkb) for part in rows for wkb in part.wkb or ()][:_MOST_SHAPES]
    bounds = shapely.bounds(shapes) if shapes else np.stack([lon, lat, lon, lat], axis=1)
    box = still.around(bounds[:, [0, 2]].reshape(-1), bounds[:, [1, 3]].reshape(-1))
    wide = (box[0] - 3, max(box[1] - 2, -90.0), box[2] + 3, min(box[3] + 2, 90.0))
    record = sheet.record
    names = ["land", *(name for name in basemap.own(record.folder) if name.endswith("land"))]
    layers = [json.loads(basemap.layer(record.folder, record.configuration.box, name)[0])["features"] for name in names]
    ground = [shapely.clip_by_rect(shapely.from_geojson(json.dumps(of["geometry"])), *wide) for found in layers for of in found]
    lines = []
    for of in sheet.layers:
        if of.geometry == "line" and of.portrayal.casing:
            held, chosen = sheet.shapes(of)
            versions = record.store.records(of.id, held.seq[chosen].tolist())
            lines += [shapely.clip_by_rect(shapely.from_wkb(wkb), *wide) for wkb in versions.wkb or ()]
    words = f"Map of {len(lon):,} rows that would be taken"
    return still.picture(box, lon, lat, shapes, ground, lines, words)
