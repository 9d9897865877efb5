"""Every engine of the record against a plain list of versions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from layers.model import NO_TIME, AuditEvent, to_micros
from layers.store import Store
from tests.stores import MINUTE, Opened, Said, T, event, outcome, rows, sent, text, told


class Plain:
    """The record as plainly as it can be told: a list of versions, looked through from one end to the other."""

    def __init__(self) -> None:
        self.versions: list[dict[str, Any]] = []
        self.batch = 0

    def newest(self, feature: str, before: int = 1 << 62) -> dict[str, Any] | None:
        of = [v for v in self.versions if v["said"].feature == feature and v["batch"] < before]
        return of[-1] if of else None

    def store(self, said: Iterable[Said], at: int) -> tuple[int, int, int, int]:
        recorded = max(at, self.versions[-1]["recorded"]) if self.versions else at
        counts = dict.fromkeys(("new", "changed", "unchanged", "retracted"), 0)
        for one in said:
            last = self.newest(one.feature)
            standing = last is not None and not last["said"].retracted
            if one.retracted:
                act = "retracted" if standing else "unchanged"
                one = replace(last["said"], retracted=True) if last and standing else one
            else:
                act = "new" if not standing else "unchanged" if last and last["said"] == one else "changed"
            counts[act] += 1
            if act != "unchanged":
                self.versions.append({"said": one, "batch": self.batch + 1, "recorded": recorded})
        if sum(counts.values()) > counts["unchanged"]:
            self.batch += 1
        return tuple(counts.values())  # type: ignore[return-value]

    def undo(self, batch: int, at: int) -> tuple[int, int, int, int]:
        touched = dict.fromkeys(v["said"].feature for v in self.versions if v["batch"] == batch)
        back = []
        for feature in touched:
            last, before = self.newest(feature), self.newest(feature, batch)
            if last and last["batch"] == batch:
                back.append(before["said"] if before else Said(feature, retracted=True))
        return self.store(back, at)

    def known_at(self, moment: int) -> dict[str, Said]:
        seen = {v["said"].feature: v["said"] for v in self.versions if v["recorded"] <= moment}
        return {feature: said for feature, said in seen.items() if not said.retracted}


SAID = st.builds(
    Said,
    st.sampled_from(["a", "b", "c", "d'\"", "é%"]),
    st.sampled_from(['{"text":"one"}', '{"text":"two"}']),
    lon=st.sampled_from([0.0, 61.5]),
    marking=st.sampled_from(["UNCLASSIFIED", "CONFIDENTIAL"]),
    retracted=st.sampled_from([False, False, False, True]),
)
SUBMISSION = st.lists(SAID, max_size=5)
MINUTES = st.integers(-3, 9)


class Twins(RuleBasedStateMachine):
    """An engine and the plain record do the same; whatever is asked, they answer alike."""

    opened: Opened

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "record.gpkg"
        self.store, self.plain, self.minute, self.lines = self.opened(self.path), Plain(), 0, 0
        self.last: list[Said] = []

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def later(self, minutes: int) -> AuditEvent:
        self.minute += minutes
        self.lines += 1
        return event(self.minute)

    @rule(said=SUBMISSION, minutes=MINUTES)
    def submit(self, said: list[Said], minutes: int) -> None:
        at = self.later(minutes)
        self.last = said
        assert outcome(self.store.append([rows(*said)], at)) == self.plain.store(said, to_micros(at.at))

    @rule(minutes=MINUTES, cut=st.integers(0, 5))
    def submit_the_same_again(self, minutes: int, cut: int) -> None:
        at = self.later(minutes)
        receipt = self.store.append([rows(*self.last[:cut]), rows(*self.last[cut:])], at)
        assert outcome(receipt) == self.plain.store(self.last, to_micros(at.at))

    @rule(said=SUBMISSION)
    def try_out(self, said: list[Said]) -> None:
        assert self.store.append([rows(*said)], event(self.minute), dry_run=True).batch is None

    @precondition(lambda self: self.plain.batch > 0)
    @rule(data=st.data(), minutes=MINUTES)
    def undo(self, data: st.DataObject, minutes: int) -> None:
        batch = data.draw(st.integers(1, self.plain.batch))
        at = self.later(minutes)
        assert outcome(self.store.undo(batch, at)) == self.plain.undo(batch, to_micros(at.at))

    @rule()
    def close_and_open(self) -> None:
        self.store.close()
        self.store = self.opened(self.path)

    @invariant()
    def histories_are_alike(self) -> None:
        for feature in {v["said"].feature for v in self.plain.versions}:
            found, of = self.store.history("incidents", feature), [v for v in self.plain.versions if v["said"].feature == feature]
            assert told(found) == [v["said"] for v in of]
            assert found.batch.tolist() == [v["batch"] for v in of]
            assert found.recorded.tolist() == [v["recorded"] for v in of]
            assert found.previous.tolist() == [0, *found.seq.tolist()][:-1]
        assert self.store.version() == len(self.plain.versions)

    @invariant()
    def what_was_known_at_any_moment_is_alike(self) -> None:
        parts = list(self.store.tail("incidents", 0, limit=3))
        recorded = {seq: at for part in parts for seq, at in zip(part.seq.tolist(), part.recorded.tolist(), strict=True)}
        ended = {
            before: recorded[seq] for part in parts for seq, before in zip(part.seq.tolist(), part.previous.tolist(), strict=True)
        }
        for moment in {T - 99 * MINUTE, *recorded.values(), *(at - 1 for at in recorded.values())}:
            known = {
                said.feature: said
                for part in parts
                for seq, said in zip(part.seq.tolist(), told(part), strict=True)
                if recorded[seq] <= moment and ended.get(seq, moment + 1) > moment and not said.retracted
            }
            assert known == self.plain.known_at(moment)
        assert self.store.counts()["incidents"] == len(self.plain.known_at(1 << 62))

    @invariant()
    def every_act_has_its_line_and_the_chain_holds(self) -> None:
        assert len(list(self.store.audit_rows())) == self.lines
        assert [batch.id for batch in self.store.batches()] == list(range(1, self.plain.batch + 1))
        assert self.store.verify().ok


def test_whatever_is_done_an_engine_and_a_plain_list_of_versions_agree(opened: Opened) -> None:
    machine = type("Machine", (Twins,), {"opened": staticmethod(opened)})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=15, deadline=None))


SMALL = st.integers(NO_TIME, 2**63 - 1)
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
ANY = st.builds(
    Said,
    ANY_TEXT,
    st.dictionaries(
        ANY_TEXT, st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT, max_size=4
    ).map(lambda fields: text(**fields)),
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.none(),
    SMALL,
    SMALL,
    SMALL,
    ANY_TEXT,
)


@settings(max_examples=100, deadline=None)
@given(said=ANY)
def test_any_values_come_back_as_they_went_in_and_the_chain_holds(filled: Store, said: Said) -> None:
    sent(filled, said, layer="positions")
    assert told(filled.current("positions", [said.feature])) == [said]
    assert outcome(sent(filled, said, layer="positions")) == (0, 0, 1, 0)
    assert filled.verify().ok


def test_a_place_on_the_meridian_is_sound_whichever_sign_its_zero_has(store: Store) -> None:
    sent(store, replace(Said("a"), lon=-0.0, lat=-0.0))
    assert store.verify().ok
    assert outcome(sent(store, replace(Said("a"), lon=0.0, lat=0.0))) == (0, 0, 1, 0)
