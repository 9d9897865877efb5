"""Several who open, make and write one record at once: every engine gives each of them the same whole one."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from layers.store import Store, embedded
from tests.stores import Opened, Said, outcome, sent


def test_the_data_version_moves_with_every_store_and_only_then(opened: Opened, tmp_path: Path, store: Store) -> None:
    other = opened(tmp_path / "record.gpkg")
    for turn, storing in enumerate((store, other, other, store)):
        before = store.data_version(), other.data_version()
        assert (store.data_version(), other.data_version()) == before
        sent(storing, Said(f"f{turn}"))
        assert store.data_version() != before[0]
        assert other.data_version() != before[1]
        assert store.version() == other.version() == turn + 1
    other.close()


def test_threads_store_side_by_side_and_every_batch_is_whole(store: Store) -> None:
    def writing(name: int) -> None:
        for n in range(10):
            sent(store, Said(f"{name} {n}"), Said(f"{name} {n} too"), Said("shared", f'{{"n":"{name} {n}"}}'))

    threads = [threading.Thread(target=writing, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts()["incidents"] == 81
    assert store.history("incidents", "shared").previous.tolist()[1:] == store.history("incidents", "shared").seq.tolist()[:-1]
    (found,) = store.tail("incidents", 0)
    assert (np.diff(found.batch) >= 0).all()
    assert np.bincount(found.batch)[1:].tolist() == [3] * 40
    assert store.verify().ok


@pytest.mark.parametrize("turn", range(5))
def test_all_who_make_a_new_record_at_once_get_the_same_one(opened: Opened, tmp_path: Path, turn: int) -> None:
    together, made = threading.Barrier(4), []

    def opening() -> None:
        together.wait()
        made.append(opened(tmp_path / "record.gpkg"))

    threads = [threading.Thread(target=opening) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome(sent(store, Said(f"f{n}"))) for n, store in enumerate(made)] == [(1, 0, 0, 0)] * 4
    assert [store.version() for store in made] == [4] * 4
    for store in made:
        store.close()


def test_nobody_waits_for_one_who_is_slow_to_make_the_same_record(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, making, go_on, made = embedded._set_up, threading.Event(), threading.Event(), []

    def slowly(db: sqlite3.Connection) -> None:
        if not making.is_set():
            db.execute("begin exclusive")
            making.set()
            go_on.wait()
            db.execute("commit")
        set_up(db)

    monkeypatch.setattr(embedded, "_set_up", slowly)
    monkeypatch.setattr(embedded, "_WAIT_S", 0.2)
    slow = threading.Thread(target=lambda: made.append(opened(tmp_path / "record.gpkg")))
    slow.start()
    making.wait()
    try:
        quick = opened(tmp_path / "record.gpkg")
        assert outcome(sent(quick, Said("f1"))) == (1, 0, 0, 0)
    finally:
        go_on.set()
        slow.join()
    assert [store.version() for store in (quick, *made)] == [1, 1]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    for store in (quick, *made):
        store.close()
