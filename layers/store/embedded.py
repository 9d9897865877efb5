"""The embedded engine: one SQLite file in WAL mode, every commit on the disk before it is answered."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from layers.audit import ROOT, body
from layers.errors import StoreUnusable
from layers.model import AuditEvent, Layer, Receipt, Rows, Verification, Versions, to_micros
from layers.store import chain, schema
from layers.store.append import Appending
from layers.store.columns import READ, READ_POINT, rows_of, versions
from layers.store.protocol import AuditRow, Batch, Told

_WAIT_S = 30.0
#: What hinders a change to the file, by SQLite's code: in words, with what to do. Other faults are the program's own.
_HINDERED = {
    sqlite3.SQLITE_BUSY: "another program has been writing to it for too long; close that one and do it again",
    sqlite3.SQLITE_LOCKED: "another program has been writing to it for too long; close that one and do it again",
    sqlite3.SQLITE_READONLY: "it may only be read; allow writing to the file and its folder, then do it again",
    sqlite3.SQLITE_CANTOPEN: "its folder cannot be written to; allow that, then do it again",
    sqlite3.SQLITE_FULL: "the disk is full; make room and do it again",
    sqlite3.SQLITE_IOERR: "the disk did not take it; look whether it is full or damaged, then do it again",
}
#: Later than anything is recorded.
_NOW = 2**63 - 1
#: So many versions of a batch are taken back at a time.
_UNDONE = 50_000
#: A feature's newest version, joined to what a batch stored of it last: that very one, or what an undo brought back of it.
_NEWEST = "(select max(seq) from record where layer = r.layer and feature = r.feature)"
_STORED = "(select max(seq) from record where layer = r.layer and feature = r.feature and seq <= :last)"
_SAME = " and ".join(
    f"now.{name} = was.{name}" for name in ("geom", "start", "until", "reported", "marking", "payload", "retracted")
)
_STANDS = f"(now.seq = was.seq or (now.batch in (select value from json_each(:undos)) and {_SAME}))"
_OF_BATCH = (
    f"record r join record now on now.seq = {_NEWEST} join record was on was.seq = {_STORED} "
    "left join record b on b.seq = r.previous where r.seq between :from and :to and not exists "
    "(select 1 from record o where o.layer = r.layer and o.feature = r.feature and o.seq >= :first and o.seq < r.seq)"
)
#: Of each feature a batch touched last: the version before it, or, where there is none, its first one retracted.
_STOOD = (
    f"select r.layer, {', '.join('b.' + name for name in READ.split(', '))} from {_OF_BATCH} and r.previous > 0 and {_STANDS} "
    f"union all select r.layer, {', '.join('1' if name == 'retracted' else 'r.' + name for name in READ.split(', '))} "
    f"from {_OF_BATCH} and r.previous = 0 and {_STANDS}"
)
#: Whose versions stand where those of a batch no longer do.
_SINCE = f"select distinct now.batch from {_OF_BATCH} and not {_STANDS} order by now.batch limit 20"


class EmbeddedStore:
    """A mission's record in one GeoPackage file."""

    def __init__(self, path: Path, layers: Sequence[Layer]) -> None:
        self.path = path
        self._points = {layer.id: layer.geometry == "point" for layer in layers}
        self._threads = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._looking = threading.Lock()
        _made(path)
        try:
            self._writer = self._connected()
            self._migrate(layers)
            self._look = self._connected()
        except sqlite3.DatabaseError as fault:
            raise StoreUnusable(
                f"{path} cannot be opened as a record ({fault}); restore a backup with: greenline restore"
            ) from None

    def append(
        self,
        drafts: Iterable[Rows],
        event: AuditEvent,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        stored: Told | None = None,
    ) -> Receipt:
        """Store rows as one batch, with their audit row, in one transaction."""
        with self._transaction(keep=not dry_run) as db:
            receipt = self._stored(self._adding(db, event, progress, stored), drafts, event)
        return replace(receipt, batch=None) if dry_run else receipt

    def undo(self, batch: int, event: AuditEvent, *, stored: Told | None = None) -> Receipt:
        """Bring back by new versions what was before a batch; nothing is deleted."""
        with self._transaction() as db:
            return self._stored(self._adding(db, event, None, stored, as_given=True), self._before(db, batch), event)

    def audit(self, event: AuditEvent) -> int:
        """Add one line to the audit; return its number."""
        with self._transaction() as db:
            return self._audit(db, event, event.detail)

    def version(self) -> int:
        """Return the last version number, 0 for an empty record."""
        return self._last(self._reader())

    def data_version(self) -> int:
        """Return a number that changes when any process stores something."""
        with self._looking:
            return int(self._look.execute("pragma data_version").fetchone()[0])

    def head(self, seq: int) -> str:
        """Return the chain's hash at a version, in hexadecimal; empty for none."""
        found = self._reader().execute("select hash from record where seq = ?", (seq,)).fetchone()
        return found[0].hex() if found else ""

    def tail(self, layer: str, after: int, *, limit: int = 200_000) -> Iterator[Versions]:
        """Return a layer's versions beyond ``after``, in order, in chunks of at most ``limit``."""
        with closing(self._reader().cursor()) as cursor:
            cursor.execute(
                f"select {self._read(layer)} from record where seq > ? and {self._by(layer, after)} = ? order by seq",
                (after, layer),
            )
            while rows := cursor.fetchmany(limit):
                yield versions(layer, rows, self._points[layer])

    def records(self, layer: str, seqs: Sequence[int]) -> Versions:
        """Return the versions of these numbers, ascending; unknown ones are left out."""
        query = (
            f"select {self._read(layer)} from record where seq in (select value from json_each(?)) and +layer = ? order by seq"
        )
        return self._found(layer, query, (json.dumps([int(seq) for seq in seqs]), layer))

    def history(self, layer: str, feature: str) -> Versions:
        """Return every version of a feature, the oldest first."""
        return self._found(
            layer, f"select {self._read(layer)} from record where layer = ? and feature = ? order by seq", (layer, feature)
        )

    def current(self, layer: str, features: Sequence[str], *, known_at: int | None = None) -> Versions:
        """Return the newest version of each feature, of those recorded up to ``known_at``, retractions included."""
        query = (
            f"select {self._read(layer)} from record where seq in (select (select max(seq) from record where layer = ? "
            "and feature = j.value and recorded <= ?) from json_each(?) j) order by seq"
        )
        return self._found(layer, query, (layer, _NOW if known_at is None else known_at, json.dumps(list(features))))

    def named(self, layer: str, prefix: str) -> npt.NDArray[np.int64]:
        """Return every version of the features whose names begin so, in order."""
        query = "select seq from record where layer = ? and feature >= ? and feature < ? order by seq"
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return np.array([seq for (seq,) in self._reader().execute(query, (layer, prefix, after))], np.int64)

    def counts(self) -> dict[str, int]:
        """Return how many features of each layer stand."""
        query = (
            "select layer, count(*) from record r where retracted = 0 "
            "and not exists (select 1 from record n where n.previous = r.seq and n.previous > 0) group by layer"
        )
        return dict.fromkeys(self._points, 0) | dict(self._reader().execute(query).fetchall())

    def payloads(self, layer: str, after: int, *, limit: int = 20_000) -> Iterator[tuple[npt.NDArray[np.int64], list[str]]]:
        """Return number and payload of a layer's versions beyond ``after``, in order, in chunks of at most ``limit``."""
        with closing(self._reader().cursor()) as cursor:
            of = self._by(layer, after)
            cursor.execute(f"select seq, payload from record where seq > ? and {of} = ? order by seq", (after, layer))
            while rows := cursor.fetchmany(limit):
                yield np.array([seq for seq, _ in rows], np.int64), [payload for _, payload in rows]

    def batches(self) -> list[Batch]:
        """Return every batch, the oldest first."""
        query = (
            "select json_extract(body, '$.batch') as batch, act, ref, json_extract(body, '$.first'), json_extract(body, '$.last'), "
            "coalesce(json_extract(body, '$.reason'), '') from audit where batch is not null"
        )
        acts = {batch: act for batch, *act in self._reader().execute(query)}
        return [Batch(*row, *acts[row[0]]) for row in self._reader().execute("select * from batch order by id") if row[0] in acts]

    def since(self, batch: int) -> list[int]:
        """Return the batches that now stand where something of a batch stood, ascending, the first twenty."""
        db = self._reader()
        first, last = db.execute("select min(seq), max(seq) from record where batch = ?", (batch,)).fetchone()
        if first is None:
            return []
        return [found for (found,) in db.execute(_SINCE, _span(db, first, last, first, last))]

    def audit_rows(self, after: int = 0, *, act: str | None = None) -> Iterator[AuditRow]:
        """Return the audit's lines beyond ``after``, in order; of one act where it is given."""
        query = "select * from audit where seq > ? and (? is null or act = ?) order by seq"
        for row in self._reader().execute(query, (after, act, act)):
            yield AuditRow(*row)

    def verify(self) -> Verification:
        """Check the whole chain, in one consistent reading, and name the first broken row."""
        with closing(self._connected()) as db:
            db.execute("begin")
            return chain.verified(db)

    def backup(self, path: Path) -> None:
        """Write a verified copy of the whole store to a new file."""
        if path.exists():
            raise StoreUnusable(f"{path} already exists; choose another name")
        with closing(self._connected()) as db:
            db.execute("vacuum into ?", (str(path),))
        with closing(sqlite3.connect(path)) as copy:
            found = chain.verified(copy)
        if not found.ok:
            path.unlink()
            raise StoreUnusable(f"the record is broken at {found.broken_at}; no backup was written")

    def close(self) -> None:
        """Close every connection."""
        for db in self._open:
            db.close()
        self._open.clear()

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        self._open.append(db)
        patience = time.monotonic() + _WAIT_S
        while True:
            try:
                _set_up(db)
                return db
            except sqlite3.OperationalError as fault:
                # A restored record is not in WAL yet, and SQLite does not wait for its turn to change to it.
                if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                    raise
                time.sleep(0.005)

    def _reader(self) -> sqlite3.Connection:
        if not hasattr(self._threads, "db"):
            self._threads.db = self._connected()
            self._threads.db.execute("pragma query_only = on")
        db: sqlite3.Connection = self._threads.db
        return db

    @contextmanager
    def _transaction(self, *, keep: bool = True) -> Iterator[sqlite3.Connection]:
        with self._writing:
            try:
                self._writer.execute("begin immediate")
                yield self._writer
                self._writer.execute("commit" if keep else "rollback")
            except sqlite3.Error as fault:
                if why := _HINDERED.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF):
                    raise StoreUnusable(f"nothing is stored in {self.path.name}: {why}") from fault
                raise
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("rollback")

    def _migrate(self, layers: Sequence[Layer]) -> None:
        with self._transaction() as db:
            db.execute("create table if not exists greenline (name text primary key, value integer not null) strict")
            version = self._schema(db)
        if version > len(schema.MIGRATIONS):
            raise StoreUnusable(f"{self.path} was written by a newer Greenline (schema {version}); update the program")
        if version == 1:
            raise StoreUnusable(f"{self.path} was written before Greenline's first release; make the mission anew from its files")
        if 0 < version < len(schema.MIGRATIONS):
            self.backup(self.path.with_suffix(f".before-{len(schema.MIGRATIONS)}.gpkg"))
        with self._transaction() as db:
            version = self._schema(db)  # another process may have been first
            for step in schema.MIGRATIONS[version:]:
                for statement in step:
                    db.execute(statement)
            db.execute("insert or replace into greenline values ('schema', ?)", (len(schema.MIGRATIONS),))
            schema.views(db, layers)

    def _schema(self, db: sqlite3.Connection) -> int:
        found = db.execute("select value from greenline where name = 'schema'").fetchone()
        return int(found[0]) if found else 0

    def _adding(
        self,
        db: sqlite3.Connection,
        event: AuditEvent,
        progress: Callable[[int], None] | None,
        stored: Told | None,
        *,
        as_given: bool = False,
    ) -> Appending:
        batch = int(db.execute("select coalesce(max(id), 0) + 1 from batch").fetchone()[0])
        return Appending(db, batch, self._recorded(db, event), progress, as_given, stored)

    def _stored(self, adding: Appending, drafts: Iterable[Rows], event: AuditEvent) -> Receipt:
        adding.take(drafts)
        db, batch, counts = adding.db, adding.batch, adding.counts
        stored = adding.last >= adding.first
        detail: dict[str, str | int] = {**event.detail, **counts}
        if stored:
            file = str(event.detail.get("file", ""))
            kept = (batch, adding.recorded, event.who, adding.layer, file, counts["new"], counts["changed"], counts["retracted"])
            db.execute("insert into batch values (?, ?, ?, ?, ?, ?, ?, ?)", kept)
            detail |= {"batch": batch, "first": adding.first, "last": adding.last, "head": adding.head.hex()}
            detail |= {"recorded": adding.recorded, "of": adding.layer}
        self._audit(db, event, detail)
        return Receipt(batch if stored else None, counts["new"], counts["changed"], counts["unchanged"], counts["retracted"])

    def _recorded(self, db: sqlite3.Connection, event: AuditEvent) -> int:
        last = db.execute("select recorded from record order by seq desc limit 1").fetchone()
        return max(to_micros(event.at), last[0] if last else 0)

    def _audit(self, db: sqlite3.Connection, event: AuditEvent, detail: Mapping[str, str | int]) -> int:
        last = db.execute("select seq, hash from audit order by seq desc limit 1").fetchone() or (0, ROOT)
        text = body(detail)
        row = (last[0] + 1, event.at.isoformat(), event.who, event.act, event.ref, text)
        db.execute("insert into audit values (?, ?, ?, ?, ?, ?, ?)", (*row, chain.audited(last[1], row)))
        return row[0]

    def _before(self, db: sqlite3.Connection, batch: int) -> Iterator[Rows]:
        """Yield, in parts, what stood before a batch of all that nobody touched after it."""
        numbers = range(1, self._last(db) + 1)  # a batch's versions follow one another

        def of(seq: int) -> int:
            return int(db.execute("select batch from record where seq = ?", (seq,)).fetchone()[0])

        first, end = (side(numbers, batch, key=of) + 1 for side in (bisect_left, bisect_right))
        if first == end:
            raise StoreUnusable(f"there is no batch {batch}; greenline layers and the import page list what was stored")
        for begin in range(first, end, _UNDONE):
            rows = db.execute(_STOOD, _span(db, first, end - 1, begin, min(begin + _UNDONE, end) - 1))
            for layer, made in groupby(rows.fetchall(), key=itemgetter(0)):
                yield rows_of(layer, [row[1:] for row in made], self._points[layer])

    def _last(self, db: sqlite3.Connection) -> int:
        return int(db.execute("select coalesce(max(seq), 0) from record").fetchone()[0])

    def _read(self, layer: str) -> str:
        return READ_POINT if self._points[layer] else READ

    def _by(self, layer: str, after: int) -> str:
        """Return the layer's column so that SQLite walks the layer's index where that is short, else all beyond a number."""
        own = "select count(*) from (select 1 from record where layer = ? limit ?)"
        most = (self.version() - after) // 8
        return "layer" if self._reader().execute(own, (layer, most)).fetchone()[0] < most else "+layer"

    def _found(self, layer: str, query: str, values: tuple[object, ...]) -> Versions:
        return versions(layer, self._reader().execute(query, values).fetchall(), self._points[layer])


def _made(path: Path) -> None:
    """Make an empty record where there is none: under another name, so that nobody meets one half made and has to wait.

    Of several makers one gives it its name. Where a file cannot be made so, the opening says why.
    """
    if path.exists():
        return
    with suppress(OSError, sqlite3.Error), tempfile.TemporaryDirectory(dir=path.parent, prefix=".record-") as beside:
        made = Path(beside) / path.name
        with closing(sqlite3.connect(made, isolation_level=None)) as db:
            _set_up(db)
        os.link(made, path)


def _span(db: sqlite3.Connection, first: int, last: int, begin: int, end: int) -> dict[str, int | str]:
    """Return what the questions about a batch ask by: its versions, a part of them, and the batches that undid something."""
    undos = [found for (found,) in db.execute("select json_extract(body, '$.batch') from audit where act = 'undo'") if found]
    return {"first": first, "last": last, "from": begin, "to": end, "undos": json.dumps(undos)}


def _set_up(db: sqlite3.Connection) -> None:
    if not db.execute("pragma application_id").fetchone()[0]:
        db.execute(f"pragma page_size = {schema.PAGE}")
        db.execute(f"pragma application_id = {schema.APPLICATION}")
        db.execute("pragma user_version = 10300")
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "cache_size = -65536",
        "trusted_schema = off",
    ):
        db.execute(f"pragma {pragma}")
