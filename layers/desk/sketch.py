"""What a file would add, as a small picture over the mission's land, borders, lines, areas and places."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from layers.catalogue.unobserved import LAYER as UNOBSERVED
from layers.desk import basemap
from layers.desk.sheet import Sheet
from layers.desk.submission import Checked
from layers.model import Box, Layer
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
    words = f"Map of {len(lon):,} rows that would be taken"
    return still.picture(box, lon, lat, shapes, ground(sheet, box), words)


def ground(sheet: Sheet, box: Box) -> still.Ground:
    """Return the land, borders, lines, areas and names of a sheet in a box and somewhat beyond; west > east crosses ±180."""
    record = sheet.record

    def base(names: Iterable[str]) -> list[object]:
        return _cut(basemap.shapes(record.folder, record.configuration.box, names), box)

    def drawn(of: Layer) -> list[object]:
        held, chosen = sheet.shapes(of)
        return _cut(held.geometry[chosen], box)

    lines = [of for of in sheet.layers if of.geometry == "line" and of.portrayal.casing]
    hatched = [of for of in sheet.layers if of.id == UNOBSERVED.id]
    areas = [of for of in sheet.layers if of.geometry == "area" and of not in hatched]
    named = [of for of in sheet.layers if of.geometry == "point" and of.portrayal.label_field and not of.tiled]
    return still.Ground(
        base(["land", *(name for name in basemap.own(record.folder) if name.endswith("land"))]),
        base(["boundaries"]),
        [shape for of in lines for shape in drawn(of)],
        [shape for of in areas for shape in drawn(of)],
        [shape for of in hatched for shape in drawn(of)],
        [name for of in named for name in _names(sheet, of)],
    )


def _cut(shapes: Iterable[object], box: Box) -> list[object]:
    across = 360 if box[2] < box[0] else 0
    west, south, east, north = box[0] - 3, max(box[1] - 2, -90.0), box[2] + 3 + across, min(box[3] + 2, 90.0)
    turns = [turn for turn in (-360, 0, 360) if west + turn < 180 and east + turn > -180]
    cut = (shapely.clip_by_rect(shape, west + turn, south, east + turn, north) for shape in shapes for turn in turns)
    return [shape for shape in cut if not shape.is_empty]


def _names(sheet: Sheet, of: Layer) -> list[tuple[float, float, str]]:
    held, chosen = sheet.shapes(of)
    field = of.portrayal.label_field
    return [(held.geometry[n].x, held.geometry[n].y, str(held.fields[n].get(field) or "")) for n in chosen.tolist()]
