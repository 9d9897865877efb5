"""A point layer's columns beside the store, so that a second start need not read every row.

Derived and disposable: one that does not fit the store, the configuration or the layer is passed over.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from layers.index import PLAIN, Columns, coded_names
from layers.model import Layer
from layers.store import Store


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Columns, the spelling of their codes, and the store version they reach to.

    ``places`` tells among which lines and zones the rows were placed, blank where they were not.
    """

    columns: Columns
    vocabulary: dict[str, dict[str, int]]
    version: int
    places: str


def save(path: Path, snapshot: Snapshot, signature: str, head: str) -> None:
    """Write a snapshot, whole or not at all. ``head`` is the chain's hash at its version, which may not be committed yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"signature": signature, "version": snapshot.version, "head": head}
    arrays = {name: getattr(snapshot.columns, name) for name in PLAIN}
    arrays |= {f"code.{name}": code for name, code in snapshot.columns.codes.items()}
    text = json.dumps(about | {"vocabulary": snapshot.vocabulary, "places": snapshot.places}, ensure_ascii=False)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, about=np.frombuffer(text.encode(), np.uint8), **arrays)
    os.replace(part, path)


def load(path: Path, layer: Layer, signature: str, store: Store) -> Snapshot | None:
    """Return the snapshot, or None where there is none that belongs to this store as it stands."""
    try:
        with np.load(path, allow_pickle=False) as found:
            about = json.loads(found["about"].tobytes())
            version = int(about["version"])
            if about["signature"] != signature or version > store.version() or about["head"] != store.head(version):
                return None
            plain = {name: found[name] for name in PLAIN}
            codes = {name: found[f"code.{name}"] for name in coded_names(layer)}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    return Snapshot(Columns(**plain, codes=codes), about["vocabulary"], version, str(about["places"]))
