"""Rows become versions: what is new, what changed, what is as it was. All inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice, repeat
from typing import Any

from layers.audit import ROOT, link
from layers.model import Rows
from layers.store.chain import COLUMNS, Content, Stored, content
from layers.store.columns import first_versions, versions_of
from layers.store.edits import NOTED, reconciled
from layers.store.geometry import blobs
from layers.store.protocol import Told
from layers.store.schema import BY_FEATURE

#: An empty record takes its first rows without the index of its features from this many on.
_BULK = 20_000

#: Rows handed to SQLite at a time: it lets other threads in once for all of them, and waits for its turn once.
_TOGETHER = 512
_INSERT = f"insert into record ({COLUMNS}) values "
_ROW = f"({','.join('?' * 17)})"


@dataclass
class Appending:
    """One batch on its way in: the chain's end, the counts so far. It is called by the layer of its first rows.

    ``as_given`` rows are stored as they are, edits or not.
    """

    db: sqlite3.Connection
    batch: int
    recorded: int
    progress: Callable[[int], None] | None = None
    as_given: bool = False
    stored: Told | None = None
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
            self.layer = self.layer or rows.layer
            if not self.last and self._met is None and len(rows) >= _BULK:
                self._met = set()
                self.db.execute("drop index record_feature")
            self._store(rows)
            seen += len(rows)
            if self.progress:
                self.progress(seen)
        self._indexed()

    def _store(self, rows: Rows) -> None:
        if self._met is not None:
            keys = {hash(feature) for feature in rows.feature}
            if len(keys) < len(rows) or not self._met.isdisjoint(keys):
                self._indexed()
            else:
                self._met |= keys
        known = {} if self._met is not None else self._known(rows)
        plain = not known and not rows.retracted.any() and (self._met is not None or len(set(rows.feature)) == len(rows))
        if plain:
            made = first_versions(rows, self.last + 1, self.batch, self.recorded)
            self._insert(self._unseen(rows))
        else:
            fresh = list(self._versions(rows, known))
            made = versions_of(fresh, rows.layer, rows.wkb is None)
            self._insert(fresh)
        if self.stored and len(made):
            self.stored(made, self.head.hex())

    def _insert(self, fresh: Iterable[Stored]) -> None:
        rows = self._linked(fresh)
        while block := tuple(islice(rows, _TOGETHER)):
            if len(block) == _TOGETHER:
                self.db.execute(_INSERT + ",".join([_ROW] * _TOGETHER), tuple(chain.from_iterable(block)))
            else:
                self.db.executemany(_INSERT + _ROW, block)

    def _unseen(self, rows: Rows) -> Iterator[Stored]:
        """Return the rows as they are kept: not one of them was ever stored or stands here twice."""
        self.counts["new"] += len(rows)
        feature, number, start, until, reported, marking, payload, _, lon, lat, geom = _columns(rows)
        layer, none, batch, recorded = (repeat(same) for same in (rows.layer, 0, self.batch, self.recorded))
        when = (recorded, start, until, reported)
        return zip(count(self.last + 1), layer, feature, none, batch, number, *when, marking, none, lon, lat, geom, payload)

    def _versions(self, rows: Rows, known: dict[str, tuple[int, Content | None]]) -> Iterator[Stored]:
        """Yield what is new, changed or taken back among the rows, as it is kept."""
        seq = self.last
        for feature, number, start, until, reported, marking, payload, retracted, lon, lat, geom in zip(
            *_columns(rows), strict=True
        ):
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
            seq += 1
            known[feature] = (seq, held)
            yield (
                seq,
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

    def _linked(self, fresh: Iterable[Stored]) -> Iterator[tuple[object, ...]]:
        for row in fresh:
            self.last, self.head = row[0], link(self.head, content(row))
            yield (*row, self.head)

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
            self.db.execute(BY_FEATURE)


def _columns(rows: Rows) -> tuple[Sequence[Any], ...]:
    return (
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
    )


def _outcome(before: Content | None, held: Content) -> str:
    """Return what becomes of a row; of what is taken back already only its marking changes, and that by an edit."""
    if before is None or before[8]:
        marked = before is not None and before[4] != held[4] and NOTED in held[5]
        return "changed" if held[8] and marked else "unchanged" if held[8] else "new"
    if held[8]:
        return "retracted"
    return "unchanged" if before[:6] == held[:6] else "changed"
