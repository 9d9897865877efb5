"""Response: the steps of an incident, who may say them, what stands, what the card tells, and how long it took."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.access import User
from layers.analysis.response import LEAST, STEPS, Realised, Said, against, realised, standing
from layers.desk.responses import Saying
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import View, to_micros
from tests.missions import ALL
from tests.watch import IN_ONE, LEVELS, LOW, Watch, with_sectors

OFFICER = User("officer", frozenset({"officer"}), None)
VIEWER = User("viewer", frozenset({"viewer"}), None)
SAID = st.builds(
    Said, st.integers(1, 99), st.sampled_from(STEPS), st.none() | st.integers(0, 9), st.just(""), st.just("a"), st.just(0)
)


@given(st.lists(SAID, unique_by=lambda one: one.number))
def test_what_was_said_last_of_a_step_holds(lines: list[Said]) -> None:
    found = standing(lines)
    for step in STEPS:
        said = sorted((one for one in lines if one.step == step), key=lambda one: one.number)
        assert found.get(step) == (said[-1] if said and said[-1].at is not None else None)
    assert list(found) == [step for step in STEPS if step in found]


@given(st.lists(SAID, unique_by=lambda one: one.number), st.sampled_from(STEPS), st.integers(0, 9))
def test_a_step_that_goes_with_the_others_leaves_all_of_them_in_order(lines: list[Said], step: str, at: int) -> None:
    before = standing(lines)
    times = [one.at for one in before.values() if one.at is not None]
    if times != sorted(times) or against(before, step, at):  # type: ignore[arg-type]
        return
    after = standing([*lines, Said(100, step, at, "", "a", 0)])  # type: ignore[arg-type]
    assert [one.at for one in after.values()] == sorted(one.at for one in after.values() if one.at is not None)


@given(st.lists(st.integers(-(10**12), 10**12), max_size=40))
def test_the_median_and_the_ninetieth_are_those_of_a_sorted_list(took: list[int]) -> None:
    found, spans = realised(took), sorted(max(0, one) for one in took)
    assert found.count == len(spans)
    if len(spans) < LEAST:
        assert (found.median, found.most) == (None, None)
        return
    low, high = spans[(len(spans) - 1) // 2], spans[len(spans) // 2]
    assert found.median == pytest.approx((low + high) / 2, abs=2)
    assert found.most == next(one for one in spans if sum(other <= one for other in spans) >= 0.9 * len(spans))


def item(watch: Watch, at: int = 0) -> int:
    return int(watch.mission.desk().feed(ALL)["items"][at]["id"])  # type: ignore[index]


def stands(told: dict[str, object]) -> list[str]:
    return [one["step"] for one in told["steps"] if one["taken"]]  # type: ignore[index, union-attr]


def test_each_step_bears_its_time_and_who_said_it_and_is_in_the_chain(watch: Watch) -> None:
    watch.report()
    desk, seq = watch.mission.desk(OFFICER), item(watch)
    told = desk.respond("incidents", seq, Saying("tasked", watch.now - timedelta(minutes=20), "Patrol  1", 0))
    told = desk.respond("incidents", seq, Saying("on scene", None, "", int(str(told["upto"]))))
    first, second, _ = desk.card("incidents", seq)["response"]["steps"]  # type: ignore[index, call-overload]
    assert (first["to"], first["who"], first["at"]) == ("Patrol 1", "officer", to_micros(watch.now) // 1000 - 1_200_000)
    assert (second["to"], second["at"]) == ("", to_micros(watch.now) // 1000)
    assert stands(told) == ["tasked", "on scene"]
    assert watch.mission.desk().verify().ok
    assert watch.mission.desk(VIEWER).card("incidents", seq)["response"]["may"] is False  # type: ignore[index, call-overload]


def test_a_step_makes_no_new_version_and_no_alert_anew(watch: Watch) -> None:
    watch.report()
    watch.acknowledge()
    version, before = watch.mission.picture.version, watch.alerts()
    watch.mission.desk().respond("incidents", item(watch), Saying("closed", None, "", 0))
    watch.mission.refresh()
    assert (watch.mission.picture.version, watch.alerts()) == (version, before)


def test_a_step_is_corrected_and_taken_back_and_the_history_keeps_both(watch: Watch) -> None:
    watch.report()
    desk, seq = watch.mission.desk(), item(watch)
    upto = 0
    for saying in (("tasked", "Patrol 1", False), ("tasked", "OP 4", False), ("tasked", "", True)):
        told = desk.respond("incidents", seq, Saying(saying[0], None, saying[1], upto, saying[2]))
        upto = int(str(told["upto"]))
    assert stands(told) == []
    history = desk.card("incidents", seq)["history"]
    changes = [(one["changes"][0]["before"], one["changes"][0]["after"]) for one in history[1:]]  # type: ignore[index]
    at = "011200Z JAN 26, "
    assert changes == [("", f"{at}Patrol 1"), (f"{at}Patrol 1", f"{at}OP 4"), (f"{at}OP 4", "")]


@pytest.mark.parametrize(
    ("saying", "words"),
    [
        (Saying("sent", None, "", 9), "no step"),
        (Saying("tasked", None, "  ", 9), "nobody is tasked"),
        (Saying("tasked", None, "x" * 121, 9), "nobody is tasked"),
        (Saying("closed", None, "", 0), "said something of it meanwhile"),
        (Saying("closed", None, "", 9, True), "nothing to take back"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(watch: Watch, saying: Saying, words: str) -> None:
    watch.report()
    desk, seq = watch.mission.desk(), item(watch)
    desk.respond("incidents", seq, Saying("on scene", watch.now - timedelta(minutes=5), "", 0))
    with pytest.raises(LayersError, match=words):
        desk.respond("incidents", seq, saying)


def test_a_time_ahead_or_out_of_order_is_refused(watch: Watch) -> None:
    watch.report()
    desk, seq = watch.mission.desk(), item(watch)
    with pytest.raises(LayersError, match="lies ahead"):
        desk.respond("incidents", seq, Saying("closed", watch.now + timedelta(minutes=1), "", 0))
    told = desk.respond("incidents", seq, Saying("on scene", watch.now - timedelta(hours=1), "", 0))
    with pytest.raises(LayersError, match="tasked 011200Z JAN 26 does not go with on scene 011100Z JAN 26"):
        desk.respond("incidents", seq, Saying("tasked", None, "OP 4", int(str(told["upto"]))))


def test_who_may_not_see_an_incident_or_keep_the_watch_says_nothing_of_it(watch: Watch) -> None:
    watch.report(marking=LEVELS[1])
    seq = item(watch)
    with pytest.raises(NotFound):
        watch.mission.desk(LOW).respond("incidents", seq, Saying("closed", None, "", 0))
    with pytest.raises(NotAllowed, match="keep the watch"):
        watch.mission.desk(VIEWER).respond("incidents", seq, Saying("closed", None, "", 0))


def test_what_was_said_of_a_version_that_lay_in_another_sector_is_not_told(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    name = watch.report(longitude="64.0")
    watch.mission.desk().respond("incidents", item(watch), Saying("tasked", None, "Patrol to the mill", 0))
    watch.report(longitude="61.0", id=name)
    card = watch.mission.desk(IN_ONE).card("incidents", item(watch))
    assert stands(card["response"]) == []  # type: ignore[arg-type]
    assert "mill" not in str(card)


def test_a_sector_is_not_told_what_was_done_in_another(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.report(longitude="64.0")
    with pytest.raises(NotFound):
        watch.mission.desk(IN_ONE).respond("incidents", item(watch), Saying("closed", None, "", 0))


def test_of_a_protected_incident_neither_times_nor_names_are_told(watch: Watch) -> None:
    watch.report(kind="sexual_violence")
    desk, seq = watch.mission.desk(), item(watch)
    desk.respond("incidents", seq, Saying("tasked", None, "Patrol to the mill", 0))
    card = desk.card("incidents", seq)
    first = card["response"]["steps"][0]  # type: ignore[index, call-overload]
    assert (first["taken"], first["at"], first["to"]) == (True, None, "")
    assert "mill" not in str(card)
    assert [(one.spans[0].count, one.open) for one in watch.mission.desk().responses(View(last="24h"))] == [(0, 1), (0, 1)]


def test_a_past_picture_knows_what_was_said_by_then_and_takes_nothing_new(watch: Watch) -> None:
    watch.report()
    seq, then = item(watch), watch.now
    watch.now += timedelta(minutes=10)
    watch.mission.desk().respond("incidents", seq, Saying("closed", None, "", 0))
    past = watch.mission.desk().card("incidents", seq, View(known_at=then))["response"]
    assert (past["may"], stands(past)) == (False, [])  # type: ignore[index, call-overload, arg-type]


def test_a_withdrawn_incident_takes_no_step(watch: Watch) -> None:
    watch.report()
    desk, seq = watch.mission.desk(), item(watch)
    feature = str(desk.card("incidents", seq)["feature"])
    desk.withdraw("incidents", {feature: seq}, "not so")
    with pytest.raises(NotFound):
        desk.respond("incidents", seq, Saying("closed", None, "", 0))
    assert desk.card("incidents", seq)["response"]["may"] is False  # type: ignore[index, call-overload]


def test_realised_times_are_told_by_sector_of_those_that_were_seen_and_from_five_on(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    desk, day = watch.mission.desk(), View(last="24h")
    assert desk.responses(day) == ()
    for n in range(1, 7):
        watch.report(hours_ago=1, longitude="61.0" if n < 6 else "64.0")
        seq = item(watch)
        upto = int(str(desk.respond("incidents", seq, Saying("tasked", watch.now, "Patrol 1", 0))["upto"]))
        watch.now += timedelta(minutes=10 * n)
        desk.respond("incidents", seq, Saying("on scene", None, "", upto))
    first, second, every = desk.responses(day)
    minute = 60_000_000
    assert (first.label, first.open, every.open) == ("S1", 5, 6)
    assert first.spans[0] == Realised(5, 0, 0)
    assert first.spans[1] == Realised(5, 30 * minute, 50 * minute)
    assert [span.count for span in second.spans] == [1, 1, 0]
    assert second.spans[1].median is None
    assert [one.label for one in watch.mission.desk(IN_ONE).responses(day)] == ["S1", "All"]
    assert watch.mission.desk(IN_ONE).responses(day)[-1].open == 5
