"""Rows become versions: what is new, what changed, what is as it was. All inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from layers.audit import ROOT, link
from layers.model import Rows
from layers.store.chain import COLUMNS, Stored, content
from layers.store.edits import NOTED, reconciled
from layers.store.geometry import blobs
from layers.store.schema import INDEXES

#: An empty record takes its first rows without secondary indexes from this many on.
_BULK = 20_000

#: Geometry, start, until, reported, marking, payload; longitude, latitude; retracted.
Content = tuple[bytes, int, int, int, str, str, float, float, int]


@dataclass
class Appending:
    """One batch on its way in: the chain's end, the counts so far. ``as_given`` rows are stored as they are, edits or not."""

    db: sqlite3.Connection
    batch: int
    recorded: int
    progress: Callable[[int], None] | None = None
    as_given: bool = False
    first: int = 0
    last: int = 0
    head: bytes = ROOT
    layer: str = ""
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "changed": 0, "unchanged": 0, "retracted": 0})
    _met: set[int] | None = None

    def take(self, drafts: Iterable[Rows]) -> None:
        """Store every draft's rows."""
        found = self.db.execute("select seq, hash from record order by seq desc limit 1").fetchone()
        self.last, self.head = (int(found[0]), bytes(found[1])) if found else (0, ROOT)
        self.first = self.last + 1
        seen = 0
        for rows in drafts:
            self.layer = rows.layer
            if not self.last and self._met is None and len(rows) >= _BULK:
                self._met = set()
                for name in INDEXES:
                    self.db.execute(f"drop index {name}")
            self._store(rows)
            seen += len(rows)
            if self.progress:
                self.progress(seen)
        self._indexed()

    def _store(self, rows: Rows) -> None:
        if self._met is not None:
            keys = [hash(feature) for feature in rows.feature]
            if len(self._met) + len(keys) != len(self._met | set(keys)):
                self._indexed()
            else:
                self._met.update(keys)
        known = {} if self._met is not None else self._known(rows)
        fresh: list[tuple[object, ...]] = []
        columns = zip(
            rows.feature,
            rows.row.tolist(),
            rows.start.tolist(),
            rows.until.tolist(),
            rows.reported.tolist(),
            rows.marking,
            rows.payload,
            rows.retracted.tolist(),
            (rows.lon + 0.0).tolist(),  # SQLite keeps no negative zero, and the hash is of what is kept
            (rows.lat + 0.0).tolist(),
            blobs(rows),
            strict=True,
        )
        for feature, number, start, until, reported, marking, payload, retracted, lon, lat, geom in columns:
            held: Content = (geom, start, until, reported, marking, payload, lon, lat, int(retracted))
            previous, before = known.get(feature, (0, None))
            if before is not None and not self.as_given:
                held = reconciled(before, held)
            outcome = _outcome(before, held)
            self.counts[outcome] += 1
            if outcome == "unchanged":
                continue
            if retracted and before is not None and NOTED not in payload:
                held = (*before[:8], 1)
            self.last += 1
            row: Stored = (
                self.last,
                rows.layer,
                feature,
                previous,
                self.batch,
                number,
                self.recorded,
                held[1],
                held[2],
                held[3],
                held[4],
                held[8],
                held[6],
                held[7],
                held[0],
                held[5],
            )
            self.head = link(self.head, content(row))
            fresh.append((*row, self.head))
            if self._met is None:
                known[feature] = (self.last, held)
        self.db.executemany(f"insert into record ({COLUMNS}) values ({','.join('?' * 17)})", fresh)

    def _known(self, rows: Rows) -> dict[str, tuple[int, Content | None]]:
        query = (
            "select r.feature, r.seq, r.geom, r.start, r.until, r.reported, r.marking, r.payload, "
            "r.lon, r.lat, r.retracted "
            "from (select distinct value from json_each(?)) j join record r "
            "on r.seq = (select max(seq) from record where layer = ? and feature = j.value)"
        )
        found = self.db.execute(query, (json.dumps(list(rows.feature)), rows.layer))
        return {feature: (seq, tuple(held)) for feature, seq, *held in found}

    def _indexed(self) -> None:
        if self._met is not None:
            self._met = None
            for text in INDEXES.values():
                self.db.execute(text)


def _outcome(before: Content | None, held: Content) -> str:
    if before is None or before[8]:
        return "unchanged" if held[8] else "new"
    if held[8]:
        return "retracted"
    return "unchanged" if before[:6] == held[:6] else "changed"
