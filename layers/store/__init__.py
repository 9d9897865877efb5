"""The record: durable, append-only, versioned. Engines behind one protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layers.model import Layer
from layers.store.embedded import EmbeddedStore
from layers.store.protocol import AuditRow, Batch, Store

__all__ = ["AuditRow", "Batch", "Store", "open_store"]


def open_store(path: Path, layers: Sequence[Layer]) -> Store:
    """Open, or make, the embedded store of a mission.

    Raises
    ------
    StoreUnusable
        The file is damaged, or newer than this program.
    """
    return EmbeddedStore(path, layers)
