"""What a user sees of a mission's imagery, and does with it: scenes, their tiles, and what comparing two of them finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from layers import access
from layers.catalogue.scenes import LAYER
from layers.desk import cued, rasters, scenes, stac
from layers.desk.answers import Json
from layers.desk.cued import Cued
from layers.desk.drawn import Drawn
from layers.desk.leaving import Marked, left
from layers.desk.monitor import Monitor
from layers.desk.scenes import Held
from layers.desk.sheet import Sheet
from layers.imagery import header
from layers.imagery.header import Found
from layers.imagery.looks import Look
from layers.model import AuditEvent, View


@dataclass(frozen=True, slots=True)
class SceneTiles:
    """The tiles of one scene in one look. ``tag`` tells them from all others."""

    held: Held
    look: Look
    kept: Drawn

    @property
    def tag(self) -> str:
        """Return what tells these tiles from all others."""
        return scenes.tag(self.held, self.look)

    def tile(self, z: int, x: int, y: int) -> bytes:
        """Return a tile as PNG, empty where the scene has nothing there.

        Raises
        ------
        NotFound
            No such tile is on the map.
        StoreUnusable
            The scene's raster is damaged.
        """
        with rasters.readable(self.held):
            return scenes.drawn(self.kept, self.held, self.look, z, x, y)


class Imagery(Monitor):
    """A user's eyes on imagery."""

    def scenes(self, view: View) -> Json:
        """Return every scene this user may see, whenever it was taken, as known at the view's moment; see ``layers.desk.scenes.told``."""
        return {"scenes": scenes.told(self._all(view))}

    def scene_tile(self, view: View, digest: str, look: str) -> SceneTiles:
        """Return the tiles of a scene in a look, or in the usual one where it has none of that name.

        Raises
        ------
        NotFound
            There is no such scene for this user.
        """
        found = scenes.one(self._all(view), digest)
        return SceneTiles(found, found.look(look), self._record.tiles)

    def scene_list(self, view: View) -> list[Held]:
        """Return the same scenes, the newest first, as values."""
        return scenes.held(self._all(view))

    def export_scenes(self, folder: Path, *, assets: bool = True, progress: Callable[[int], None] | None = None) -> int:
        """Write the scenes this user may see as a static STAC catalogue into a new folder; return how many. The audit keeps it.

        ``assets`` copies the rasters into it; else it links to where they lie.

        Raises
        ------
        NotAllowed
            None of the user's roles may take anything away.
        NotFound
            There is no scene for this user.
        StoreUnusable
            The raster of a scene is not what was taken in.
        Unwritable
            The folder is there already, or the one it lies in is not.
        """
        access.require(self.user, "export")
        found = self.scene_list(View())
        marking = stac.written(found, self._record.configuration, folder, assets=assets, progress=progress)
        event = AuditEvent(self._record.clock(), self.user.name, "export", LAYER.id, {"file": folder.name, "rows": len(found)})
        left(self._record, event, Marked(marking))
        return len(found)

    def read_scene(self, path: Path, name: str) -> Found:
        """Say what a GeoTIFF is and what it most likely shows; nothing is stored, and no pixel is read.

        Raises
        ------
        UnreadableFile
            It is no GeoTIFF, is damaged, holds more than it may, or cannot be laid on the map.
        """
        access.require(self.user, "submit")
        return header.read(path, name, self._record.configuration.scene_limits)

    def cued(self, view: View) -> Cued:
        """Return the findings and reports of a view against each other, patrols and zones; marked as its sheet is."""
        sheet = self.sheet(view)
        upto = sheet.marking() or self._record.configuration.markings[0]
        key = ("cued", self.user, sheet.version, sheet.window, view, upto)
        return self._record.cues.kept(key, self._record.picture, lambda: cued.cued(sheet, upto))

    def _all(self, view: View) -> Sheet:
        return self.sheet(replace(View(last="all"), known_at=view.known_at))
