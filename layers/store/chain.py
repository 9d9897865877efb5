"""How stored rows are linked, and how the whole chain is checked."""

from __future__ import annotations

import json
import sqlite3

from layers.audit import ROOT, canonical, link
from layers.model import Verification

#: The columns of a record in their stored order, the hash last.
COLUMNS = "seq, layer, feature, previous, batch, row, recorded, start, until, reported, marking, retracted, lon, lat, geom, payload, hash"

Stored = tuple[int, str, str, int, int, int, int, int, int, int, str, int, float, float, bytes, str]


def content(row: Stored) -> bytes:
    """Return a record as bytes that no other record gives. Texts carry their lengths."""
    (
        seq,
        layer,
        feature,
        previous,
        batch,
        number,
        recorded,
        start,
        until,
        reported,
        marking,
        retracted,
        lon,
        lat,
        geom,
        payload,
    ) = row
    return (
        f"{seq},{previous},{batch},{number},{recorded},{start},{until},{reported},{retracted},{lon!r},{lat!r},"
        f"{len(layer)}:{layer}{len(feature)}:{feature}{len(marking)}:{marking}{len(payload)}:{payload}"
    ).encode("utf-8", "surrogatepass") + geom


def audited(previous: bytes, row: tuple[int, str, str, str, str, str]) -> bytes:
    """Return the hash of an audit row that follows ``previous``."""
    return link(previous, canonical(row))


def verified(db: sqlite3.Connection) -> Verification:
    """Walk both chains from their roots, and hold every batch against the audit row that vouches for it."""
    with_hash, broken, vouched = ROOT, None, {}
    count = 0
    for *row, kept in db.execute("select seq, at, who, act, ref, body, hash from audit order by seq"):
        count += 1
        with_hash = audited(with_hash, tuple(row))
        if row[0] != count or with_hash != kept:
            broken = broken or f"audit {count}"
            break
        told = json.loads(row[5])
        if "last" in told:
            vouched[told["last"]] = (told["first"], told["head"], told["batch"], row[2])
    rows, broken_record = _records(db, vouched)
    broken = broken_record or broken or _batches(db, vouched)
    return Verification(broken is None, rows + count, with_hash.hex(), broken)


def _records(db: sqlite3.Connection, vouched: dict[int, tuple[int, str, int, str]]) -> tuple[int, str | None]:
    head, count = ROOT, 0
    for *row, kept in db.execute(f"select {COLUMNS} from record order by seq"):
        count += 1
        head = link(head, content(tuple(row)))
        if row[0] != count or head != kept:
            return count, f"record {count}"
        if count in vouched and vouched[count][1] != head.hex():
            return count, f"record {vouched[count][0]}"
    last = max(vouched, default=0)
    return count, None if count == last else f"record {min(count, last) + 1}"


def _batches(db: sqlite3.Connection, vouched: dict[int, tuple[int, str, int, str]]) -> str | None:
    kept = dict(db.execute("select id, who from batch"))
    told = {batch: who for _, _, batch, who in vouched.values()}
    wrong = sorted(n for n in kept.keys() | told.keys() if kept.get(n) != told.get(n))
    return f"batch {wrong[0]}" if wrong else None
