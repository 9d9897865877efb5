"""The scenes of a mission as one user may see them: which there are, how each may be drawn, and its tiles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely

from layers import access
from layers.catalogue.scenes import LAYER, SENSOR
from layers.desk.answers import Json
from layers.desk.drawn import Drawn
from layers.desk.sheet import Sheet
from layers.errors import NotFound
from layers.imagery.change import METHODS
from layers.imagery.lay import bands as held_bands
from layers.imagery.looks import Look, looks
from layers.imagery.scene import ROLES, Scene
from layers.imagery.tile import DRAWN, legend, tile

#: The folder of a mission that holds its rasters, each under its digest.
FOLDER = "scenes"
#: A digest is the only name of a raster: nothing else becomes part of a path.
DIGEST = re.compile(r"[0-9a-f]{32}")
_ZOOMS = range(20)
_MIDDLE = "middle 96 %"
#: Kinds of looks whose colours depend on the scene's own numbers, and on which.
_STRETCHED = {"bands": _MIDDLE, "band": _MIDDLE, "decibels": _MIDDLE, "change": "changes but the largest 0.1 %"}
_SENSORS = {choice.code: choice.label for choice in SENSOR.choices}


@dataclass(frozen=True, slots=True)
class Held:
    """A scene of the record and its raster; ``footprint`` is its outline in degrees, split at ±180."""

    seq: int
    digest: str
    fields: Mapping[str, object]
    marking: str
    footprint: shapely.Geometry
    scene: Scene

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north of it; over the antimeridian east lies beyond 180."""
        west, south, east, north = shapely.bounds(shapely.get_parts(self.footprint)).T
        if east.max() - west.min() > 180:
            west, east = (np.where(east <= 0, edge + 360, edge) for edge in (west, east))
        return float(west.min()), float(south.min()), float(east.max()), float(north.max())

    @property
    def title(self) -> str:
        """Return what it is called: its name, else what took it."""
        return str(self.fields.get("name") or _SENSORS[self.scene.sensor])

    @property
    def looks(self) -> tuple[Look, ...]:
        """Return how it may be drawn, the usual way first."""
        return looks(self.scene.bands)

    def look(self, name: str) -> Look:
        """Return the look of that name, or the usual one where this scene has none of it.

        Raises
        ------
        NotFound
            The scene has no look at all.
        """
        if not self.looks:
            raise NotFound("this scene holds nothing that can be drawn")
        return next((look for look in self.looks if look.id == name), self.looks[0])


def held(sheet: Sheet, digest: str | None = None) -> list[Held]:
    """Return the scenes of a sheet whose rasters are here, the newest first; of a digest that one only, and no other is looked at."""
    return sorted(_here(sheet, digest), key=lambda one: (one.scene.acquired_at, one.seq), reverse=True)


def one(sheet: Sheet, digest: str) -> Held:
    """Return one scene.

    Raises
    ------
    NotFound
        There is none of that digest, or it is not for this user: the two look the same.
    """
    found = held(sheet, digest)
    if not found:
        raise NotFound(f"no scene {digest[:40]!r} is here for you; choose one from the list")
    return found[0]


def under(sheet: Sheet) -> list[Held]:
    """Return the scenes that a view lays under its map, as it names them: the one, or that before and that after.

    Raises
    ------
    NotFound
        One of them is not here for this user.
    """
    whole = sheet.everything()
    return [one(whole, digest) for digest in sheet.view.scenes]


def told(sheet: Sheet) -> list[Json]:
    """Return what the frame must know of each scene: when, where, which looks, and what their colours mean."""
    return [
        {
            "id": of.digest,
            "seq": of.seq,
            "title": of.title,
            "sensor": _SENSORS[of.scene.sensor],
            "acquired": int(of.scene.acquired_at.timestamp() * 1000),
            "marking": of.marking,
            "resolution": of.fields.get("resolution_m"),
            "made_by": str(of.fields.get("made_by") or ""),
            "box": list(of.box),
            "looks": _looks(of),
        }
        for of in held(sheet)
    ]


def drawn(kept: Drawn, of: Held, look: Look, z: int, x: int, y: int) -> bytes:
    """Return a tile as PNG, empty where the scene has nothing there.

    Raises
    ------
    NotFound
        No such tile is on the map.
    """
    if z not in _ZOOMS or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise NotFound(f"no tile {z}/{x}/{y} of a scene")
    return kept.drawn(f"{tag(of, look)}-{z}-{x}-{y}", lambda: tile(of.scene, look, z, x, y) or b"")


def tag(of: Held, look: Look) -> str:
    """Return what tells the tiles of one scene in one look from all others, however its bands are said to be."""
    scene = of.scene
    said = f"{scene.scale:.12g}_{scene.offset:.12g}_{int(scene.decibels)}_{''.join(str(scene.band(role)) + '.' for role in look.roles)}"
    return f"{of.digest}-{look.id}-{said}-{DRAWN}"


def _looks(of: Held) -> list[Json]:
    """Return the looks of a scene, none where its raster cannot be read: one that is damaged hides no other."""
    try:
        return [_look(of, look) for look in of.looks]
    except OSError:
        return []


def _look(of: Held, look: Look) -> Json:
    stops = [{"value": value, "colour": colour, "words": words} for value, colour, words in legend(of.scene, look)]
    says = f"{look.says} {_reads(of)}".strip() if look.kind == "change" else look.says
    return {"id": look.id, "title": look.title, "says": says, "stops": stops, "stretched": _STRETCHED.get(look.kind, "")}


def _reads(of: Held) -> str:
    """Return what the values of a statistic say, by the method that made it; blank where that is not known here."""
    title = str(of.fields.get("method") or "").rpartition(", version")[0]
    return next((one.told for one in METHODS if one.title == title), "")


def _here(sheet: Sheet, digest: str | None) -> Iterator[Held]:
    of = next((one for one in sheet.layers if one.id == LAYER.id), None)
    if of is None:
        return
    shapes, rows = sheet.shapes(of)
    for row in rows.tolist():
        fields = shapes.fields[row]
        name = str(fields.get("id") or shapes.feature[row])
        path = raster(sheet.record.folder, name) if digest in (None, name) else None
        if path is not None and path.is_file():
            marking = access.named(int(shapes.marking[row]), sheet.record.configuration.markings)
            yield Held(int(shapes.seq[row]), name, fields, marking, shapes.geometry[row], scene(path, fields))


def raster(folder: Path, digest: str) -> Path | None:
    """Return where a mission keeps a raster; None where the name is no digest."""
    return folder / FOLDER / f"{digest}.tif" if DIGEST.fullmatch(digest) else None


def scene(path: Path, fields: Mapping[str, object]) -> Scene:
    """Return a scene as its record says it is; a band that the record does not know shows something other.

    Where what the record says cannot be true of the raster, nothing is known of any band, and the scene is not drawn.
    """
    bands = tuple(role if role in ROLES else "other" for role in str(fields.get("bands") or "").split())
    scale, offset = float(str(fields.get("scale") or 1)), float(str(fields.get("offset") or 0))
    if len(bands) != held_bands(path) or not Scene.scales(scale, offset):
        bands, scale, offset = (), 1.0, 0.0
    return Scene(
        path,
        str(fields["sensor"]),  # type: ignore[arg-type]
        bands,
        datetime.fromisoformat(str(fields["acquired_at"]).replace("Z", "+00:00")),
        scale,
        offset,
        fields.get("measured_in") == "decibels",
    )
