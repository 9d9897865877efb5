"""What a layer's records say, kept along the record and in a file beside it, so that a search reads no record.

Derived and disposable, like the columns: a file that does not fit the store or the layer is passed over.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from layers.index import Words, silent, spoken
from layers.model import Layer
from layers.store import Store

_KEPT_AFTER = 50_000
_CHUNK = 20_000


class WordIndex:
    """The words of one layer. Safe to ask from any thread; whoever asks first reads the record in."""

    def __init__(self, store: Store, layer: Layer, path: Path) -> None:
        self._store, self._layer, self._path = store, layer, path
        self._signature = repr([field.name for field in layer.fields if field.kind == "text"])
        self._reading = threading.Lock()
        self._base: Words | None = None
        self._fresh = silent()
        self._version = 0

    def now(self) -> tuple[Words, Words]:
        """Return the words up to the present record: a large part and what came since."""
        with self._reading:
            if self._base is None:
                self._base = self._loaded()
            to = self._store.version()
            if to > self._version:
                parts = self._store.payloads(self._layer.id, self._version, limit=_CHUNK)
                said = [spoken(self._layer, seqs, payloads).table for seqs, payloads in parts]
                self._fresh = Words(pa.concat_tables([self._fresh.table, *said]))
                reached = int(self._fresh.seq[-1]) if len(self._fresh) else 0
                self._version = max(to, reached)
                if len(self._fresh) > _KEPT_AFTER:
                    self._keep()
                else:
                    self._fresh = Words(self._fresh.table.combine_chunks())
            return self._base, self._fresh

    def _keep(self) -> None:
        assert self._base is not None
        whole = self._base.joined(self._fresh)
        about = {"signature": self._signature, "version": self._version, "head": self._store.head(self._version)}
        table = whole.table.replace_schema_metadata({"about": json.dumps(about)})
        part = self._path.with_suffix(".part")
        self._base, self._fresh = whole, silent()
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with pa.OSFile(str(part), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            os.replace(part, self._path)
            self._base = Words(self._mapped().table.replace_schema_metadata(None))

    def _mapped(self) -> Words:
        return Words(pa.ipc.open_file(pa.memory_map(str(self._path))).read_all())

    def _loaded(self) -> Words:
        with suppress(OSError, KeyError, ValueError, pa.ArrowInvalid):
            found = self._mapped()
            about = json.loads(found.table.schema.metadata[b"about"])
            version = int(about["version"])
            fits = about["signature"] == self._signature and version <= self._store.version()
            if fits and about["head"] == self._store.head(version):
                self._version = version
                return Words(found.table.replace_schema_metadata(None))
        return silent()
