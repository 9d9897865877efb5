"""What every engine of the record must do, by the words of its protocol alone. A new engine is one more line in ENGINES."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import shapely

from layers.catalogue import LAYERS
from layers.errors import StoreUnusable
from layers.model import NO_TIME, Receipt, Rows
from layers.store import Store
from tests.stores import MINUTE, NOW, A, B, Opened, Said, T, event, everything, outcome, rows, sent, told


def test_every_row_of_a_submission_is_in_exactly_one_outcome(store: Store) -> None:
    assert outcome(sent(store, A, B, Said("c"))) == (3, 0, 0, 0)
    changed = replace(A, text='{"text":"shelling"}')
    receipt = sent(store, changed, B, replace(Said("c"), retracted=True), Said("d"), replace(Said("never"), retracted=True))
    assert outcome(receipt) == (1, 1, 2, 1)
    assert receipt.batch == 2


@pytest.mark.parametrize(
    "change",
    [
        {"text": '{"text":"other"}'},
        {"lon": 61.5000001},
        {"lat": -20.0},
        {"start": T},
        {"until": T},
        {"reported": NO_TIME},
        {"marking": "CONFIDENTIAL"},
    ],
    ids=str,
)
def test_a_change_of_any_value_is_a_new_version_and_the_old_one_stays(store: Store, change: dict[str, object]) -> None:
    after = replace(A, **change)
    sent(store, A)
    assert outcome(sent(store, after)) == (0, 1, 0, 0)
    history = store.history("incidents", "a")
    assert told(history) == [A, after]
    assert history.seq.tolist() == [1, 2]
    assert history.previous.tolist() == [0, 1]
    assert told(store.current("incidents", ["a"])) == [after]


def test_the_same_submission_again_stores_nothing_but_its_audit_row(store: Store) -> None:
    sent(store, A, B)
    again = sent(store, A, B, minutes=1)
    assert again == Receipt(None, 0, 0, 2, 0)
    assert store.version() == 2
    assert len(store.batches()) == 1
    assert len(list(store.audit_rows())) == 2


def test_a_feature_twice_in_one_submission_is_two_versions(store: Store) -> None:
    assert outcome(sent(store, A, replace(A, lat=-21.0), replace(A, lat=-21.0))) == (1, 1, 1, 0)
    assert store.history("incidents", "a").previous.tolist() == [0, 1]


def test_equal_names_in_two_layers_are_two_features(store: Store) -> None:
    sent(store, A)
    assert outcome(sent(store, A, layer="positions")) == (1, 0, 0, 0)
    assert len(store.history("incidents", "a")) == len(store.history("positions", "a")) == 1


def test_features_are_found_by_what_their_names_begin_with_in_every_version(store: Store) -> None:
    sent(store, *(Said(name) for name in ("finding", "finding-", "finding-a", "finding-é", "finding.", "Finding-a")))
    sent(store, Said("finding-b"), layer="positions")
    sent(store, Said("finding-a", retracted=True))
    found = store.records("incidents", store.named("incidents", "finding-").tolist())
    assert list(found.feature) == ["finding-", "finding-a", "finding-é", "finding-a"]
    assert not len(store.named("incidents", "other"))


def test_a_retraction_keeps_what_it_takes_back(store: Store) -> None:
    sent(store, A)
    empty = Said("a", "{}", 0.0, 0.0, None, NO_TIME, NO_TIME, NO_TIME, "UNCLASSIFIED", True)
    assert outcome(sent(store, empty)) == (0, 0, 0, 1)
    assert outcome(sent(store, empty)) == (0, 0, 1, 0)
    assert told(store.history("incidents", "a")) == [A, replace(A, retracted=True)]
    assert outcome(sent(store, A)) == (1, 0, 0, 0)
    assert store.history("incidents", "a").previous.tolist() == [0, 1, 2]


def test_when_it_occurred_was_reported_and_was_recorded_are_three_times(store: Store) -> None:
    timeless = Said("b", start=NO_TIME, reported=NO_TIME)
    sent(store, A, timeless, minutes=7)
    found = store.current("incidents", ["a", "b"])
    assert found.start.tolist() == [A.start, NO_TIME]
    assert found.reported.tolist() == [A.reported, NO_TIME]
    assert found.until.tolist() == [NO_TIME, NO_TIME]
    assert found.recorded.tolist() == [T + 7 * MINUTE] * 2


def test_recorded_times_never_go_back_when_the_clock_does(store: Store) -> None:
    sent(store, A, minutes=10)
    sent(store, B, minutes=3)
    sent(store, Said("c"), minutes=11)
    (found,) = store.tail("incidents", 0)
    assert found.recorded.tolist() == [T + 10 * MINUTE, T + 10 * MINUTE, T + 11 * MINUTE]
    assert [batch.at for batch in store.batches()] == found.recorded.tolist()


def test_lines_and_areas_come_back_as_they_were(store: Store) -> None:
    shape = shapely.to_wkb(shapely.box(61, -22, 62, -21), byte_order=1)
    zone, moved = Said("z", wkb=shape), Said("z", wkb=shapely.to_wkb(shapely.box(61, -22, 63, -21), byte_order=1))
    sent(store, zone, layer="zones")
    assert outcome(sent(store, zone, layer="zones")) == (0, 0, 1, 0)
    assert outcome(sent(store, moved, layer="zones")) == (0, 1, 0, 0)
    assert told(store.history("zones", "z")) == [zone, moved]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_tail_is_every_version_beyond_a_number_in_order(store: Store, limit: int) -> None:
    for n in range(4):
        sent(store, Said("a", f'{{"n":{n}}}'), Said(f"b{n}"))
        sent(store, Said(f"p{n}"), layer="positions")
    whole = [seq for versions in store.tail("incidents", 0) for seq in versions.seq.tolist()]
    assert whole == [1, 2, 4, 5, 7, 8, 10, 11]
    for after in range(store.version() + 2):
        chunks = [versions.seq.tolist() for versions in store.tail("incidents", after, limit=limit)]
        assert [seq for chunk in chunks for seq in chunk] == [seq for seq in whole if seq > after]
        assert all(0 < len(chunk) <= limit for chunk in chunks)


def test_records_come_ascending_without_the_unknown_and_other_layers(store: Store) -> None:
    sent(store, A, B)
    sent(store, Said("p"), layer="positions")
    assert store.records("incidents", [2, 99, 1, 3, -1, 2]).seq.tolist() == [1, 2]
    assert store.records("incidents", []).seq.tolist() == []
    assert store.records("positions", [1, 2, 3]).feature == ["p"]


def test_current_is_the_newest_version_retractions_included(store: Store) -> None:
    sent(store, A, B)
    sent(store, replace(A, retracted=True))
    assert told(store.current("incidents", ["b", "nothing", "a", "a"])) == [B, replace(A, retracted=True)]
    assert told(store.current("incidents", [])) == told(store.history("incidents", "nothing")) == []


def test_counts_are_of_what_stands_in_every_layer(store: Store) -> None:
    nothing = dict.fromkeys((layer.id for layer in LAYERS), 0)
    assert store.counts() == nothing
    sent(store, A, B, replace(B, lat=-21.0))
    assert store.counts() == nothing | {"incidents": 2}
    sent(store, replace(A, retracted=True))
    assert store.counts() == nothing | {"incidents": 1}
    sent(store, A)
    sent(store, Said("p"), layer="positions")
    assert store.counts() == nothing | {"incidents": 2, "positions": 1}


def test_each_record_keeps_its_own_marking_through_every_version(store: Store) -> None:
    sent(store, A, replace(B, marking="CONFIDENTIAL"))
    raised = sent(store, replace(A, marking="STRICTLY CONFIDENTIAL"))
    assert store.current("incidents", ["a", "b"]).marking == ["CONFIDENTIAL", "STRICTLY CONFIDENTIAL"]
    store.undo(raised.batch or 0, event(act="undo"))
    sent(store, replace(A, marking="CONFIDENTIAL", retracted=True))
    assert store.history("incidents", "a").marking == [
        "UNCLASSIFIED",
        "STRICTLY CONFIDENTIAL",
        "UNCLASSIFIED",
        "UNCLASSIFIED",
    ]


def test_a_batch_says_who_when_of_which_file_and_how_many(store: Store) -> None:
    store.append([rows(A, B)], event(1, who="ada", file="a.csv"))
    store.append([rows(replace(A, lat=1.0), replace(B, retracted=True), Said("c"))], event(2, who="bo", file="b.csv"))
    told_of = [(b.id, b.at, b.who, b.layer, b.file, b.new, b.changed, b.retracted) for b in store.batches()]
    assert told_of == [
        (1, T + MINUTE, "ada", "incidents", "a.csv", 2, 0, 0),
        (2, T + 2 * MINUTE, "bo", "incidents", "b.csv", 1, 1, 1),
    ]
    (found,) = store.tail("incidents", 0)
    assert found.batch.tolist() == [1, 1, 2, 2, 2]
    assert found.row.tolist() == [1, 2, 1, 2, 3]


def test_the_audit_tells_each_act_in_order_with_its_counts(store: Store) -> None:
    first = sent(store, A, B)
    store.audit(event(1, "sign in", "bo"))
    store.undo(first.batch or 0, event(2, "undo", "cy", reason="wrong file"))
    lines = list(store.audit_rows())
    assert [(row.seq, row.who, row.act, row.ref) for row in lines] == [
        (1, "major", "submit", "incidents"),
        (2, "bo", "sign in", "incidents"),
        (3, "cy", "undo", "incidents"),
    ]
    assert [datetime.fromisoformat(row.at) for row in lines] == [NOW + timedelta(minutes=n) for n in range(3)]
    assert json.loads(lines[0].body).items() >= {"new": 2, "changed": 0, "unchanged": 0, "retracted": 0, "batch": 1}.items()
    assert json.loads(lines[2].body).items() >= {"reason": "wrong file", "retracted": 2}.items()
    assert list(store.audit_rows(2)) == lines[2:]


def snapshot_of(store: Store) -> tuple[object, ...]:
    return everything(store), store.version(), store.batches(), list(store.audit_rows()), store.counts(), store.verify()


class Broken(Exception):
    """A file that breaks off."""


def test_a_submission_that_breaks_off_leaves_no_trace(store: Store) -> None:
    def breaking() -> Iterator[Rows]:
        yield rows(replace(A, lat=1.0), Said("c"))
        raise Broken

    sent(store, A)
    before = snapshot_of(store)
    with pytest.raises(Broken):
        store.append(breaking(), event(1))
    assert snapshot_of(store) == before
    assert outcome(sent(store, Said("c"))) == (1, 0, 0, 0)
    assert store.verify().ok


def test_rows_are_not_stored_where_their_audit_row_cannot_be(store: Store) -> None:
    unwritable = event(1, note=object())  # type: ignore[arg-type]
    before = snapshot_of(store)
    with pytest.raises(TypeError):
        store.append([rows(A)], unwritable)
    assert snapshot_of(store) == before


def test_a_dry_run_tells_the_same_counts_and_keeps_nothing(store: Store) -> None:
    sent(store, A, B)
    before = snapshot_of(store)
    trial = store.append([rows(replace(A, lat=1.0), B, Said("c"))], event(1), dry_run=True)
    assert snapshot_of(store) == before
    assert trial.batch is None
    assert replace(sent(store, replace(A, lat=1.0), B, Said("c")), batch=None) == trial


@pytest.mark.parametrize("drafts", [[], [rows()], [rows(), rows(layer="positions")]], ids=["none", "one", "two"])
def test_an_empty_submission_is_one_audit_row_and_no_batch(store: Store, drafts: list[Rows]) -> None:
    for turn in (1, 2):
        assert store.append(drafts, event()) == Receipt(None, 0, 0, 0, 0)
        assert len(list(store.audit_rows())) == turn
    assert (store.version(), store.batches(), store.head(1), list(store.tail("incidents", 0))) == (0, [], "", [])
    assert store.verify().ok


def test_progress_counts_the_rows_so_far(store: Store) -> None:
    seen: list[int] = []
    store.append([rows(A, B), rows(Said("c")), rows(A)], event(), progress=seen.append)
    assert seen == [2, 3, 4]


def test_the_chain_s_hash_at_a_version_never_changes(store: Store) -> None:
    sent(store, A)
    first = store.head(1)
    sent(store, replace(A, lat=1.0))
    assert store.head(1) == first
    assert len({first, store.head(2), ""}) == 3
    assert store.head(3) == store.head(0) == ""
    assert store.verify().rows == 4


def test_a_copy_is_the_whole_record_and_can_be_gone_on_with(opened: Opened, tmp_path: Path, store: Store) -> None:
    sent(store, A, B)
    sent(store, replace(A, marking="CONFIDENTIAL"), replace(B, retracted=True))
    before = snapshot_of(store)
    store.backup(tmp_path / "copy.gpkg")
    sent(store, Said("after the copy"))
    copy = opened(tmp_path / "copy.gpkg")
    assert snapshot_of(copy) == before
    assert outcome(sent(copy, replace(A, marking="CONFIDENTIAL"), Said("c"))) == (1, 0, 1, 0)
    assert copy.undo(2, event(act="undo")).changed == 1
    assert copy.verify().ok
    copy.close()
    with pytest.raises(StoreUnusable, match="already exists"):
        store.backup(tmp_path / "copy.gpkg")


def test_a_closed_record_opens_as_it_was(opened: Opened, tmp_path: Path) -> None:
    first = opened(tmp_path / "record.gpkg")
    sent(first, A, B)
    before = snapshot_of(first)
    first.close()
    again = opened(tmp_path / "record.gpkg")
    assert snapshot_of(again) == before
    again.close()


def test_a_first_large_submission_is_told_apart_like_any_other(store: Store) -> None:
    many = rows(*(Said(f"f{n}") for n in range(20_000)))
    gone = rows(*(Said(f"f{n}", retracted=True) for n in range(20_000)))
    assert outcome(store.append([gone, gone], event())) == (0, 0, 20_000 * 2, 0)
    assert store.append([many], event(), dry_run=True).new == 20_000
    receipt = store.append([many, rows(Said("f7"), Said("f8", lat=1.0), Said("f9", retracted=True), Said("new"))], event())
    assert outcome(receipt) == (20_001, 1, 1, 1)
    assert store.history("incidents", "f8").previous.tolist() == [0, 9]
    assert store.counts()["incidents"] == 20_000
    assert store.verify().ok
