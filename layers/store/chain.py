"""How stored rows are linked, and how the whole chain is checked."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from struct import Struct, error

from layers.audit import ROOT, canonical, link
from layers.model import Verification

#: The columns of a record in their stored order, the hash last.
COLUMNS = "seq, layer, feature, previous, batch, row, recorded, start, until, reported, marking, retracted, lon, lat, geom, payload, hash"

#: An audit row that says these vouches for a batch.
_OF_A_BATCH = frozenset({"batch", "first", "last", "head"})

_NUMBERS = Struct("<9q2d4Q")
#: Geometry, start, until, reported, marking, payload; longitude, latitude; retracted.
Content = tuple[bytes, int, int, int, str, str, float, float, int]
Stored = tuple[int, str, str, int, int, int, int, int, int, int, str, int, float, float, bytes, str]


def content(row: Stored) -> bytes:
    """Return a record as bytes that no other record gives: numbers at full width, the lengths of the texts, then the texts."""
    seq, layer, feature, previous, batch, number, recorded, start, until, reported, marking, gone, lon, lat, geom, payload = row
    numbers = (seq, previous, batch, number, recorded, start, until, reported, gone, lon, lat)
    lengths = (len(layer), len(feature), len(marking), len(payload))
    return _NUMBERS.pack(*numbers, *lengths) + f"{layer}{feature}{marking}{payload}".encode() + geom


def audited(previous: bytes, row: tuple[int, str, str, str, str, str]) -> bytes:
    """Return the hash of an audit row that follows ``previous``."""
    return link(previous, canonical(row))


@dataclass(frozen=True, slots=True)
class _Vouched:
    """What an audit row says of the batch it was written with."""

    batch: int
    first: int
    head: str
    row: dict[str, object]


def verified(db: sqlite3.Connection) -> Verification:
    """Walk both chains from their roots, and hold every batch against the audit row that vouches for it."""
    with_hash, broken, count = ROOT, None, 0
    vouched: dict[int, _Vouched] = {}
    for *row, kept in db.execute("select seq, at, who, act, ref, body, hash from audit order by seq"):
        count += 1
        with_hash = audited(with_hash, tuple(row))
        if row[0] != count or with_hash != kept:
            broken = f"audit {count}"
            break
        told = json.loads(row[5])
        if told.keys() >= _OF_A_BATCH:
            vouched[told["last"]] = _Vouched(told["batch"], told["first"], told["head"], _batch(row[2], told))
    rows, broken_record, cut_short = _records(db, vouched)
    broken = broken_record or broken or cut_short or _batches(db, vouched)
    return Verification(broken is None, rows + count, with_hash.hex(), broken)


def _batch(who: str, told: dict[str, object]) -> dict[str, object]:
    said = {"who": who, "file": str(told.get("file", ""))} | {name: told[name] for name in ("new", "changed", "retracted")}
    return said | {column: told[name] for name, column in (("recorded", "at"), ("of", "layer")) if name in told}


def _records(db: sqlite3.Connection, vouched: dict[int, _Vouched]) -> tuple[int, str | None, str | None]:
    """Return how many there are, the first that is not linked, and the first that no audit row vouches for or that is gone."""
    head, count = ROOT, 0
    for row in db.execute(f"select {COLUMNS} from record order by seq"):
        count += 1
        try:
            head = link(head, content(row[:-1]))
        except (TypeError, error):  # a value of a kind that no record has
            return count, f"record {count}", None
        if row[0] != count or head != row[-1]:
            return count, f"record {count}", None
        if count in vouched and vouched[count].head != head.hex():
            return count, f"record {vouched[count].first}", None
    last = max(vouched, default=0)
    return count, None, None if count == last else f"record {min(count, last) + 1}"


def _batches(db: sqlite3.Connection, vouched: dict[int, _Vouched]) -> str | None:
    names = ("at", "who", "layer", "file", "new", "changed", "retracted")
    kept = {n: dict(zip(names, row, strict=True)) for n, *row in db.execute(f"select id, {', '.join(names)} from batch")}
    told = {of.batch: of.row for of in vouched.values()}
    wrong = list(kept.keys() ^ told.keys())
    wrong += [n for n in kept.keys() & told.keys() if kept[n] != kept[n] | told[n]]
    return f"batch {min(wrong)}" if wrong else None
