"""What is changed in the file behind the program's back is seen, and the first broken row is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from layers.catalogue import LAYERS
from layers.errors import StoreUnusable
from layers.model import NO_TIME
from layers.store import open_store, schema
from tests.stores import Said, event, rows

TABLES = ("record", "audit", "batch")
KEY = {"record": "seq", "audit": "seq", "batch": "id"}
BATCHES = 5


def filled(path: Path) -> Path:
    """Make a record of five batches of three rows; audit row n tells of batch n, and the last of a sign-in."""
    store = open_store(path, LAYERS)
    for batch in range(BATCHES):
        made = [Said("same", f'{{"n":{batch}}}'), Said(f"a{batch}"), Said(f"b{batch}", until=NO_TIME)]
        store.append([rows(*made)], event(batch, file=f"{batch}.csv"))
    store.audit(event(9, "sign in"))
    store.close()
    return path


def found(path: Path) -> str | None:
    """Return what a fresh program says is broken."""
    store = open_store(path, LAYERS)
    said = store.verify()
    store.close()
    assert said.ok == (said.broken_at is None)
    return said.broken_at


def hand(path: Path, *statements: str) -> None:
    """Change the file as a stranger with SQLite would, the guards taken off first."""
    with closing(sqlite3.connect(path)) as db, db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        for statement in statements:
            assert db.execute(statement).rowcount != 0 or statement.startswith("drop"), statement


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "record.gpkg")


def columns(table: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in schema.MIGRATIONS[-1]:
            if statement.startswith(f"create table {table} "):
                db.execute(statement)
        return [(name, kind) for _, name, kind, *_ in db.execute(f"pragma table_info({table})")]


CHANGED = {"TEXT": "{0} || 'x'", "INTEGER": "{0} + 1", "REAL": "{0} + 0.001", "BLOB": "zeroblob(length({0}))"}
CELLS = [(table, name, kind) for table in TABLES for name, kind in columns(table) if name != KEY[table]]


def test_an_untouched_record_has_no_fault(path: Path) -> None:
    store = open_store(path, LAYERS)
    said = store.verify()
    store.close()
    assert (said.ok, said.broken_at, said.rows) == (True, None, 3 * BATCHES + BATCHES + 1)
    assert said.head == list(store_audit(path))[-1].hex()


def store_audit(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("select hash from audit order by seq")]


@pytest.mark.parametrize("at", [1, 3, 5])
@pytest.mark.parametrize(("table", "name", "kind"), CELLS, ids=lambda part: str(part))
def test_a_change_of_any_cell_is_seen_and_its_row_named(path: Path, table: str, name: str, kind: str, at: int) -> None:
    hand(path, f"update {table} set {name} = {CHANGED[kind].format(name)} where {KEY[table]} = {at}")
    assert found(path) == f"{table} {at}"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_deleted_row_is_seen_where_it_was(path: Path, table: str, at: int) -> None:
    hand(path, f"delete from {table} where {KEY[table]} = {at}")
    assert found(path) == f"{table} {at}"


@pytest.mark.parametrize(("table", "last"), [("record", 15), ("batch", 5)])
def test_a_deleted_last_row_is_missed(path: Path, table: str, last: int) -> None:
    hand(path, f"delete from {table} where {KEY[table]} = {last}")
    assert found(path) == f"{table} {last}"


def test_an_audit_cut_off_at_its_end_no_longer_vouches_for_the_records(path: Path) -> None:
    hand(path, "delete from audit where seq >= 4")
    assert found(path) == "record 10"


def test_a_last_line_cut_off_clean_is_seen_by_the_head_one_wrote_down(path: Path) -> None:
    before = store_audit(path)[-1]
    hand(path, f"delete from audit where seq = {BATCHES + 1}")
    store = open_store(path, LAYERS)
    said = store.verify()
    store.close()
    assert said.head != before.hex()
    assert said.rows == 4 * BATCHES


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("at", [1, 3])
def test_rows_in_another_order_are_seen_at_the_first_of_them(path: Path, table: str, at: int) -> None:
    key = KEY[table]
    swap = (f"update {table} set {key} = {a} where {key} = {b}" for a, b in ((99, at), (at, at + 1), (at + 1, 99)))
    hand(path, *swap)
    assert found(path) == f"{table} {at}"


@pytest.mark.parametrize(("table", "last"), [("record", 15), ("audit", BATCHES + 1), ("batch", BATCHES)])
def test_an_appended_row_is_named(path: Path, table: str, last: int) -> None:
    others = ", ".join(name for name, _ in columns(table) if name != KEY[table])
    hand(
        path, f"insert into {table} ({KEY[table]}, {others}) select {last + 1}, {others} from {table} where {KEY[table]} = {last}"
    )
    assert found(path) == f"{table} {last + 1}"


@pytest.mark.parametrize("table", TABLES)
def test_a_row_before_the_first_is_seen(path: Path, table: str) -> None:
    others = ", ".join(name for name, _ in columns(table) if name != KEY[table])
    hand(path, f"insert into {table} ({KEY[table]}, {others}) select 0, {others} from {table} where {KEY[table]} = 1")
    assert found(path) in {f"{table} 1", f"{table} 0"}


def relinked(path: Path) -> None:
    """Give every record from the sixth on the hash it should have: a stranger who knows how."""
    from layers.audit import link
    from layers.store.chain import COLUMNS, content

    with closing(sqlite3.connect(path)) as db, db:
        head = db.execute("select hash from record where seq = 5").fetchone()[0]
        for *row, _ in db.execute(f"select {COLUMNS} from record where seq > 5 order by seq").fetchall():
            head = link(head, content(tuple(row)))
            db.execute("update record set hash = ? where seq = ?", (head, row[0]))


def test_records_relinked_by_one_who_knows_how_are_still_held_against_the_audit(path: Path) -> None:
    hand(path, "update record set marking = 'PUBLIC' where seq = 6")
    relinked(path)
    assert found(path) == "record 4"  # the audit vouches for batches: the first row of the broken one


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["update {0} set {1} = {1} + 100", "delete from {0}", "delete from {0} where {1} = 1"])
def test_the_file_itself_refuses_to_change_or_delete(path: Path, table: str, act: str) -> None:
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(act.format(table, KEY[table]))
    assert found(path) is None


def test_a_broken_record_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    hand(path, "update record set payload = '{}' where seq = 6")
    store = open_store(path, LAYERS)
    with pytest.raises(StoreUnusable, match="broken at record 6"):
        store.backup(tmp_path / "copy.gpkg")
    store.close()
    assert not (tmp_path / "copy.gpkg").exists()


def test_a_broken_copy_of_the_program_s_own_columns_is_seen_in_a_backup(path: Path, tmp_path: Path) -> None:
    store = open_store(path, LAYERS)
    store.backup(tmp_path / "copy.gpkg")
    store.close()
    assert found(tmp_path / "copy.gpkg") is None
    hand(tmp_path / "copy.gpkg", "update record set lat = lat + 1 where seq = 2")
    assert found(tmp_path / "copy.gpkg") == "record 2"
    assert found(path) is None


def test_a_newer_schema_is_refused_in_a_plain_sentence_and_left_alone(path: Path) -> None:
    newer = len(schema.MIGRATIONS) + 1
    hand(path, f"update greenline set value = {newer}")
    with pytest.raises(StoreUnusable, match=f"newer Greenline .schema {newer}.; update the program"):
        open_store(path, LAYERS)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select value from greenline").fetchall() == [(newer,)]


@pytest.mark.parametrize(
    "spoil", [lambda raw: b"not a record" + raw[:0], lambda raw: raw[:5000], lambda raw: raw[:100] + b"\xff" * 4000]
)
def test_a_damaged_file_is_refused_in_a_plain_sentence(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(StoreUnusable, match="restore a backup"):
        open_store(path, LAYERS)


def test_an_older_schema_is_backed_up_and_brought_forward(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is run on a record of the step before; with one step only, a further one stands in for the next."""
    step = ("create table added (name text primary key) strict", "insert into added values ('by the migration')")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    newest = len(schema.MIGRATIONS)
    for _ in range(2):
        store = open_store(path, LAYERS)
        assert store.verify().ok
        assert store.append([rows(replace(Said("same"), text='{"n":4}'))], event(20)).unchanged == 1
        store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select value from greenline").fetchall() == [(newest,)]
        assert db.execute("select name from added").fetchall() == [("by the migration",)]
    kept = path.with_suffix(f".before-{newest}.gpkg")
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("select value from greenline").fetchall() == [(newest - 1,)]
        assert db.execute("select count(*) from record").fetchall() == [(3 * BATCHES,)]
