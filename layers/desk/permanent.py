"""Permanent water, by the mission's own base layers whose names end in ``water``: what is new water lies outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.errors import ShapelyError

from layers.desk import basemap
from layers.desk.record import Record
from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Kind
from layers.imagery.change.outlines import Outline, area_m2
from layers.imagery.change.run import Changes

_ENDS = "water"
#: Corners are kept to so many degrees, as the record keeps them; along a shore what is smaller than this is no remainder.
_STEP, _LEAST_M2 = 1e-7, 1.0
_NONE = f"The mission has no base layer of permanent water (a file basemap/…{_ENDS}.geojson): only what was water at both dates counts so."


def outside(record: Record, changes: Changes, kinds: Sequence[Kind]) -> tuple[Changes, str]:
    """Return changes without what lies in permanent water, and what is to be said of it; blank for kinds that have no such law.

    What remains of an outline is measured anew, and left out where it is smaller than the least area.

    Raises
    ------
    UnsuitableScenes
        A base layer of water cannot be read.
    """
    if not any(kind.outside_water for kind in kinds):
        return changes, ""
    names = [name for name in basemap.own(record.folder) if name.endswith(_ENDS)]
    if not names:
        return replace(changes, warnings=(*changes.warnings, _NONE)), _NONE
    called = " and ".join(name.removeprefix(basemap.OWN) for name in names)
    said = f"Permanent water is that of the mission's base layer {called}: what lies in it is no new water."
    water = _water(record, names, called)
    cut = [_cut(one, water) if one.kind.outside_water else one for one in changes.outlines]
    kept = tuple(one for one in cut if one.area_m2 > 0 and one.area_m2 >= changes.min_area_m2)
    return replace(changes, outlines=kept, warnings=(*changes.warnings, said)), said


def _water(record: Record, names: Sequence[str], called: str) -> shapely.Geometry:
    try:
        shapes = np.array(basemap.shapes(record.folder, record.configuration.box, names), object)
        areas = shapes[shapely.get_dimensions(shapes) == 2] if len(shapes) else shapes
        return shapely.union_all(shapely.make_valid(areas))
    except (KeyError, TypeError, ValueError, ShapelyError):
        raise UnsuitableScenes(f"the base layer {called} cannot be read; mend its GeoJSON, or remove the file") from None


def _cut(outline: Outline, water: shapely.Geometry) -> Outline:
    """Return what of an outline lies outside water."""
    if not shapely.intersects(outline.geometry, water):
        return outline
    parts = shapely.get_parts(shapely.difference(outline.geometry, water, grid_size=_STEP))
    rest = shapely.orient_polygons(shapely.union_all([part for part in parts if area_m2(part) >= _LEAST_M2]))
    return replace(outline, geometry=rest, area_m2=0.0 if rest.is_empty else area_m2(rest))
