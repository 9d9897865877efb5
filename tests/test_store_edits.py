"""An analyst's edit and the same file again: what every engine of the record keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from layers.model import Receipt
from layers.store import Store
from tests.stores import MINUTE, Said, T, event, outcome, rows, sent, text, told

SOURCE = Said("a", text(id="a", place="Tessaly", severity="low", text="shots"))


def edited(of: Said, *names: str, over: tuple[str, ...] = (), withdrawn: bool = False, **fields: object) -> Said:
    """Return a row as the desk edits it."""
    note: dict[str, object] = {"fields": sorted([*fields, *names])} | ({"over": list(over)} if over else {})
    note |= {"withdrawn": True} if withdrawn else {}
    return replace(of, text=text(**json.loads(of.text) | fields | {"edited": note}), retracted=withdrawn)


def edit(store: Store, *said: Said, minutes: int = 1) -> Receipt:
    return store.append([rows(*said)], event(minutes, "edit", reason="seen on the spot"))


def now(store: Store) -> Said:
    (found,) = told(store.current("incidents", ["a"]))
    return found


def said(of: Said) -> dict[str, object]:
    fields: dict[str, object] = json.loads(of.text)
    fields.pop("edited", None)
    return fields


def test_the_same_file_again_leaves_an_edit_as_it_is(store: Store) -> None:
    sent(store, SOURCE)
    assert outcome(edit(store, edited(SOURCE, place="Mill"))) == (0, 1, 0, 0)
    before = store.version()
    for _ in range(2):
        assert outcome(sent(store, SOURCE, minutes=2)) == (0, 0, 1, 0)
    assert store.version() == before
    assert said(now(store))["place"] == "Mill"


def test_a_row_that_changed_at_the_source_brings_its_changes_and_keeps_the_edit(store: Store) -> None:
    sent(store, SOURCE)
    edit(store, edited(SOURCE, place="Mill", severity="high"))
    newer = replace(SOURCE, text=text(id="a", place="Tessaly", severity="medium", text="six shots"), lat=-20.5)
    assert outcome(sent(store, newer, minutes=2)) == (0, 1, 0, 0)
    assert said(now(store)) == {"id": "a", "place": "Mill", "severity": "high", "text": "six shots"}
    assert now(store).lat == -20.5
    assert outcome(sent(store, newer, minutes=3)) == (0, 0, 1, 0)
    assert outcome(sent(store, SOURCE, minutes=4)) == (0, 1, 0, 0)


def test_edits_on_edits_are_all_kept(store: Store) -> None:
    sent(store, SOURCE)
    edit(store, edited(SOURCE, place="Mill"))
    edit(store, edited(now(store), "place", severity="high"), minutes=2)
    assert outcome(sent(store, SOURCE, minutes=3)) == (0, 0, 1, 0)
    sent(store, replace(SOURCE, text=text(id="a", place="Elsewhere", severity="low", text="none")), minutes=4)
    assert said(now(store)) == {"id": "a", "place": "Mill", "severity": "high", "text": "none"}


def test_a_source_that_changes_only_what_was_edited_changes_nothing(store: Store) -> None:
    sent(store, SOURCE)
    edit(store, edited(SOURCE, place="Mill"))
    again = replace(SOURCE, text=text(id="a", place="Mill", severity="low", text="shots"))
    assert outcome(sent(store, again, minutes=2)) == (0, 0, 1, 0)


def test_a_field_the_analyst_took_out_stays_out(store: Store) -> None:
    sent(store, SOURCE)
    without = replace(SOURCE, text=text(id="a", severity="low", text="shots", edited={"fields": ["place"]}))
    edit(store, without)
    sent(store, replace(SOURCE, text=text(id="a", place="Other", severity="low", text="many")), minutes=2)
    assert said(now(store)) == {"id": "a", "severity": "low", "text": "many"}


def test_a_moved_place_and_a_mended_time_are_kept(store: Store) -> None:
    sent(store, SOURCE)
    edit(store, replace(edited(SOURCE, "@geom", "@start"), lon=62.0, start=T - 5 * MINUTE))
    sent(store, replace(SOURCE, lon=61.7, start=T - 9 * MINUTE, reported=T), minutes=2)
    assert (now(store).lon, now(store).start, now(store).reported) == (62.0, T - 5 * MINUTE, T)
    assert store.verify().ok


@pytest.mark.parametrize(
    ("analyst", "over", "source", "stands"),
    [
        ("CONFIDENTIAL", ["UNCLASSIFIED"], "UNCLASSIFIED", "CONFIDENTIAL"),
        ("CONFIDENTIAL", ["UNCLASSIFIED"], "STRICTLY CONFIDENTIAL", "STRICTLY CONFIDENTIAL"),
        ("CONFIDENTIAL", ["UNCLASSIFIED"], "UNHEARD OF", "UNHEARD OF"),
        ("UNCLASSIFIED", [], "CONFIDENTIAL", "CONFIDENTIAL"),
    ],
)
def test_of_two_markings_the_higher_stands(store: Store, analyst: str, over: list[str], source: str, stands: str) -> None:
    sent(store, SOURCE)
    edit(store, replace(edited(SOURCE, "@marking", over=tuple(over)), marking=analyst))
    assert outcome(sent(store, SOURCE, minutes=2)) == (0, 0, 1, 0)
    assert now(store).marking == analyst
    row = replace(SOURCE, marking=source, text=text(id="a", text="more"))
    sent(store, row, minutes=3)
    assert now(store).marking == stands
    assert outcome(sent(store, row, minutes=4)) == (0, 0, 1, 0)


def test_a_withdrawn_record_stays_withdrawn_until_its_source_says_something_else(store: Store) -> None:
    sent(store, SOURCE)
    assert outcome(edit(store, edited(SOURCE, withdrawn=True))) == (0, 0, 0, 1)
    assert outcome(sent(store, SOURCE, minutes=2)) == (0, 0, 1, 0)
    assert now(store).retracted
    assert outcome(sent(store, replace(SOURCE, lat=-20.5), minutes=3)) == (1, 0, 0, 0)
    assert not now(store).retracted


def test_a_withdrawal_can_be_undone_and_a_record_taken_back_by_undo_comes_back_as_new(store: Store) -> None:
    first = sent(store, SOURCE)
    withdrawn = edit(store, edited(SOURCE, withdrawn=True))
    assert outcome(store.undo(withdrawn.batch or 0, event(2, "undo"))) == (1, 0, 0, 0)
    assert now(store) == SOURCE
    other = sent(store, Said("b"), minutes=3)
    store.undo(other.batch or 0, event(4, "undo"))
    assert outcome(sent(store, Said("b"), minutes=5)) == (1, 0, 0, 0)
    assert first.batch == 1


def test_an_undone_edit_leaves_the_source_s_row_and_a_second_undo_the_edit(store: Store) -> None:
    sent(store, SOURCE)
    change = edit(store, edited(SOURCE, place="Mill"))
    mine = now(store)
    back = store.undo(change.batch or 0, event(2, "undo"))
    assert now(store) == SOURCE
    assert outcome(sent(store, SOURCE, minutes=3)) == (0, 0, 1, 0)
    store.undo(back.batch or 0, event(4, "undo"))
    assert now(store) == mine
    assert outcome(sent(store, SOURCE, minutes=5)) == (0, 0, 1, 0)


def test_a_source_that_takes_back_an_edited_record_and_sends_it_again(store: Store) -> None:
    sent(store, SOURCE)
    edit(store, edited(SOURCE, place="Mill"))
    assert outcome(sent(store, replace(SOURCE, retracted=True), minutes=2)) == (0, 0, 0, 1)
    assert outcome(sent(store, SOURCE, minutes=3)) == (1, 0, 0, 0)
    assert said(now(store))["place"] == "Mill"


def test_a_batch_tells_the_act_its_reason_and_its_versions(store: Store) -> None:
    sent(store, SOURCE, Said("b"))
    edit(store, edited(SOURCE, place="Mill"))
    store.undo(2, event(2, "undo", reason="no"))
    told_of = [(b.id, b.act, b.ref, b.first, b.last, b.reason) for b in store.batches()]
    assert told_of == [
        (1, "submit", "incidents", 1, 2, ""),
        (2, "edit", "incidents", 3, 3, "seen on the spot"),
        (3, "undo", "incidents", 4, 4, "no"),
    ]
    assert [line.act for line in store.audit_rows(act="undo")] == ["undo"]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_payloads_are_those_of_the_tail(store: Store, limit: int) -> None:
    for n in range(3):
        sent(store, Said("a", f'{{"n":{n}}}'), Said(f"b{n}"))
        sent(store, Said("p"), layer="positions")
    for after in range(store.version() + 1):
        parts = list(store.payloads("incidents", after, limit=limit))
        tail = list(store.tail("incidents", after))
        assert [s for seqs, _ in parts for s in seqs.tolist()] == [s for v in tail for s in v.seq.tolist()]
        assert [p for _, payloads in parts for p in payloads] == [p for v in tail for p in v.payload]
