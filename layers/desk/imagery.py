"""What a user sees of a mission's imagery, and does with it: scenes, their tiles, and what comparing two of them finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from layers import access
from layers.config import SceneLimits
from layers.desk import cued, scenes
from layers.desk.answers import Json
from layers.desk.cued import Cued
from layers.desk.drawn import Drawn
from layers.desk.monitor import Monitor
from layers.desk.scenes import Held
from layers.desk.sheet import Sheet
from layers.imagery import header
from layers.imagery.header import Found
from layers.imagery.looks import Look
from layers.model import View


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
        """Return a tile as PNG, empty where the scene has nothing there; NotFound where no such tile is on the map."""
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

    def read_scene(self, path: Path, name: str) -> Found:
        """Say what a GeoTIFF is and what it most likely shows; nothing is stored, and no pixel is read.

        Raises
        ------
        UnreadableFile
            It is no GeoTIFF, is damaged, holds more than it may, or cannot be laid on the map.
        """
        access.require(self.user, "submit")
        return header.read(path, name, SceneLimits())

    def cued(self, view: View) -> Cued:
        """Return the findings and reports of a view against each other, patrols and zones; marked as its sheet is."""
        sheet = self.sheet(view)
        upto = sheet.marking() or self._record.configuration.markings[0]
        key = ("cued", self.user, sheet.version, sheet.window, view, upto)
        return self._record.cues.kept(key, self._record.picture, lambda: cued.cued(sheet, upto))

    def _all(self, view: View) -> Sheet:
        return self.sheet(replace(View(last="all"), known_at=view.known_at))
