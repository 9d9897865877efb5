"""A mission opened, and the way to a desk in it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

from layers import access, config
from layers.catalogue import LAYERS
from layers.catalogue.unobserved import LAYER as UNOBSERVED
from layers.desk.desk import Desk
from layers.desk.record import Clock, Record
from layers.desk.unobserved import unobserved
from layers.store import open_store

STORE = "record.gpkg"


def system_clock() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


class Mission(Record):
    """A folder in use. Data leaves it only through a desk."""

    def desk(self, user: access.User = access.OWNER) -> Desk:
        """Return a user's desk."""
        return Desk(self, user)

    def close(self) -> None:
        """Close the store and forget the mission."""
        with _opening:
            _open.pop(self.folder, None)
        self.store.close()


_open: dict[Path, Mission] = {}
_opening = threading.Lock()


def open_mission(folder: str | Path, *, clock: Clock = system_clock) -> Mission:
    """Open a mission folder; the same folder gives the same mission until it is closed.

    Raises
    ------
    MissionUnusable
        The folder is no mission.
    StoreUnusable
        Its store is damaged or newer than this program.
    """
    path = Path(folder).resolve()
    with _opening:
        mission = _open.get(path)
        if mission is None:
            configuration = config.read(path)
            store = open_store(path / STORE, LAYERS)
            mission = _open[path] = Mission(path, configuration, store, clock, {UNOBSERVED: unobserved})
        return mission
