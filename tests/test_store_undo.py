"""A batch taken back: what every engine of the record brings back, and what it leaves as later files said it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import shapely

from layers.errors import StoreUnusable
from layers.model import Rows
from layers.store import Store
from tests.stores import A, B, Said, event, everything, outcome, rows, sent, told


def test_undo_brings_back_what_was_by_new_versions_and_deletes_nothing(store: Store) -> None:
    sent(store, A, B, Said("later"))
    moved = replace(A, lat=-21.0)
    wrong = sent(store, moved, replace(B, retracted=True), Said("c"), Said("later", "{}"))
    sent(store, Said("later", '{"n":2}'))
    before = everything(store)
    undone = store.undo(wrong.batch or 0, event(5, "undo"))
    assert outcome(undone) == (1, 1, 0, 1)
    assert everything(store)[: len(before)] == before
    assert told(store.history("incidents", "a")) == [A, moved, A]
    assert told(store.history("incidents", "b")) == [B, replace(B, retracted=True), B]
    assert told(store.history("incidents", "c")) == [Said("c"), Said("c", retracted=True)]
    assert told(store.current("incidents", ["later"])) == [Said("later", '{"n":2}')]
    assert store.counts()["incidents"] == 3
    redone = store.undo(undone.batch or 0, event(6, "undo"))
    assert outcome(redone) == (1, 1, 0, 1)
    assert told(store.current("incidents", ["a", "c"])) == [moved, Said("c")]


def test_undo_of_several_layers_and_shapes_brings_each_back(store: Store) -> None:
    zone = Said("z", wkb=shapely.to_wkb(shapely.box(61, -22, 62, -21), byte_order=1))
    sent(store, zone, layer="zones")
    both = store.append([rows(A), rows(replace(zone, marking="CONFIDENTIAL"), layer="zones")], event())
    assert outcome(store.undo(both.batch or 0, event(act="undo"))) == (0, 1, 0, 1)
    assert told(store.current("zones", ["z"])) == [zone]
    assert store.counts()["incidents"] == 0


def test_what_stands_where_a_batch_stood_is_told_by_batch(store: Store) -> None:
    first = sent(store, A, B, Said("c"))
    assert store.since(first.batch or 0) == []
    second, third = sent(store, replace(A, lat=-21.0)), sent(store, replace(A, lat=-21.5), replace(B, retracted=True))
    assert store.since(first.batch or 0) == [third.batch]
    assert store.since(second.batch or 0) == [third.batch]
    assert store.since(77) == []


def test_a_batch_can_be_taken_back_once_what_came_after_it_is_taken_back(store: Store) -> None:
    first, second = sent(store, A, B), sent(store, replace(A, lat=-21.0), replace(B, lat=-21.0))
    assert store.undo(first.batch or 0, event(5, "undo")).batch is None
    assert store.since(first.batch or 0) == [second.batch]
    store.undo(second.batch or 0, event(6, "undo"))
    assert store.since(first.batch or 0) == []
    assert outcome(store.undo(first.batch or 0, event(7, "undo"))) == (0, 0, 0, 2)
    assert store.counts()["incidents"] == 0
    assert store.verify().ok


def test_what_a_later_file_says_again_is_not_taken_back(store: Store) -> None:
    first = sent(store, A)
    sent(store, replace(A, lat=-21.0))
    again = sent(store, A)
    assert store.undo(first.batch or 0, event(5, "undo")).batch is None
    assert store.since(first.batch or 0) == [again.batch]


def test_undo_twice_and_undo_of_nothing(store: Store) -> None:
    first = sent(store, A)
    store.undo(first.batch or 0, event(act="undo"))
    assert store.undo(first.batch or 0, event(act="undo")).batch is None
    with pytest.raises(StoreUnusable, match="no batch 77"):
        store.undo(77, event(act="undo"))
    assert store.version() == 2
    assert len(list(store.audit_rows())) == 3


def test_undo_never_takes_back_what_another_stores_meanwhile(store: Store) -> None:
    first, newer, answers = sent(store, A), replace(A, lat=-21.0), []
    undoing = threading.Thread(target=lambda: answers.append(store.undo(first.batch or 0, event(act="undo"))))

    def slow() -> Iterator[Rows]:
        undoing.start()
        undoing.join(0.2)
        yield rows(newer)

    store.append(slow(), event())
    undoing.join()
    assert [outcome(answer) for answer in answers] == [(0, 0, 0, 0)]
    assert told(store.current("incidents", ["a"])) == [newer]
