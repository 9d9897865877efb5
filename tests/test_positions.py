"""Live positions: fixes as they come in go on the ends of tracks; each is in the answer once, and every open map follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access import User
from layers.desk import Mission
from layers.desk.heard import MOST
from layers.errors import NotAllowed
from layers.model import NO_TIME, Receipt, parse
from layers.serve.posted import LARGEST
from tests.missions import NOW, empty
from tests.test_reports import Desk, behind_the_gate

DAY = parse("last=24h")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    mission = empty(tmp_path_factory.mktemp("live") / "m")
    with behind_the_gate(mission) as made:
        yield made
    mission.close()


def fix(patrol: str, seconds: float, lon: float = 62.0, **more: object) -> dict[str, object]:
    at = NOW - timedelta(hours=3) + timedelta(seconds=seconds)
    return {"patrol": patrol, "time": at.isoformat(), "longitude": lon, "latitude": -20.0} | more


def counts(said: dict[str, object]) -> tuple[object, ...]:
    return (*(said[name] for name in ("new", "changed", "unchanged", "retracted")), len(said["refused"]))  # type: ignore[arg-type]


def driven(mission: Mission, patrol: str) -> list[tuple[float, float]]:
    """Return every fix of a patrol once, as seconds after the first and longitude."""
    found = []
    for one in mission.desk().sheet(DAY).features("patrol_tracks").sort_values("started_at").itertuples():
        if one.route == patrol:
            begun = datetime.fromisoformat(str(one.started_at))
            after = [float(text) for text in str(one.times).split()]
            found += [(begun + timedelta(seconds=s), x) for s, (x, _) in zip(after, one.geometry.coords, strict=True)]
    found = list(dict.fromkeys(found))
    return [((at - found[0][0]).total_seconds(), x) for at, x in found]


def test_fixes_that_come_one_by_one_lengthen_the_track_of_their_patrol(door: Desk) -> None:
    for n in range(4):
        assert counts(door.receipt(fix("S1/3", 30 * n, 62 + n / 500), "/positions")) == (1, 0, 0, 0, 0)
    both = [fix("S1/3", 120, 62.008, precision_m=15), fix("S2/1", 0, 63.0, precision_m=None)]
    assert counts(door.receipt(both, "/positions")) == (2, 0, 0, 0, 0)
    assert counts(door.receipt(both, "/positions")) == (0, 0, 2, 0, 0)
    assert driven(door.mission, "S1/3") == [(30.0 * n, 62 + n / 500) for n in range(5)]
    patrols = {of.name: of for of in door.mission.desk().patrols(DAY).every}
    assert (patrols["S1/3"].faults, patrols["S2/1"].faults) == ((), ())
    assert "S1/3" in {of.name for of in door.mission.desk().patrols(DAY).every}


def test_a_fix_that_cannot_be_true_is_refused_by_number_and_the_others_go_in(door: Desk) -> None:
    door.receipt(fix("B", 600), "/positions")
    said = door.receipt(
        [
            fix("B", 300, 62.001),
            fix("B", 601, 64.0),
            fix("B", 4 * 3_600),
            fix("B", 660, 361),
            fix("B", 660, time="2025-12-31T10:00:00"),
            fix("B", 660, heading=90),
            fix("B", 660, precision_m=[1]),
            fix("B", 660, precision_m=-1),
            fix("", 660),
            fix("B", 660, 62.002),
        ],
        "/positions",
    )
    refused = {row["row"]: row["reason"] for row in said["refused"]}  # type: ignore[attr-defined]
    assert counts(said) == (1, 0, 0, 0, 9)
    assert "earlier than the fix before it" in refused[1]
    assert "faster than 500 km/h" in refused[2]
    assert "in the future" in refused[3]
    assert "no time zone" in refused[5]
    assert refused[6] == "is nothing that a fix says; send patrol, time, longitude, latitude, precision_m"
    assert list(refused) == list(range(1, 10))
    assert {row["field"] for row in said["refused"] if row["row"] in (1, 3, 5)} == {"time"}  # type: ignore[attr-defined]
    assert driven(door.mission, "B") == [(0.0, 62.0), (60.0, 62.002)]


def test_a_receiver_without_a_position_locks_no_patrol_out_and_the_way_out_is_said(door: Desk) -> None:
    nowhere = door.receipt(fix("Astray", 0, 0.0, latitude=0.0), "/positions")
    assert counts(nowhere) == (0, 0, 0, 0, 1)
    assert "0, 0, as a receiver writes that has no position yet" in nowhere["refused"][0]["reason"]  # type: ignore[index]
    assert counts(door.receipt(fix("Astray", 30, 64.0), "/positions")) == (1, 0, 0, 0, 0)
    leap = door.receipt(fix("Astray", 60, 62.0), "/positions")["refused"][0]["reason"]  # type: ignore[index]
    assert leap.endswith("or take back the batch that stored the fix before it if that one is wrong")
    door.mission.desk().undo(door.mission.store.batches()[-1].id, "wrong place")
    assert counts(door.receipt(fix("Astray", 60, 62.0), "/positions")) == (1, 0, 0, 0, 0)


def test_a_patrol_is_under_way_until_nothing_was_heard_of_it_for_an_hour(door: Desk) -> None:
    def patrol(name: str) -> tuple[str, bool]:
        one = next(of for of in door.mission.desk().patrols(DAY).every if of.name == name)
        assert (one.ended == NO_TIME) == (one.due == NO_TIME)
        return one.state, one.ended == NO_TIME

    door.receipt([fix("D", 0), fix("D", 7_140, 62.001), fix("E", 0), fix("E", 7_260, 62.001)], "/positions")
    assert patrol("D") == ("done", False)
    assert patrol("E") == ("under way", True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        ([], 400),
        ([1], 400),
        (b"[" + b" " * LARGEST + b"]", 413),
        ([fix("C", n) for n in range(1_001)], 413),
    ],
)
def test_what_is_malformed_or_too_much_is_refused_in_one_line(door: Desk, body: object, status: int) -> None:
    got, text = door.post(body, "/positions")
    assert (got, text.count("\n")) == (status, 1)
    assert driven(door.mission, "C") == []


def test_nobody_posts_positions_without_a_token_or_by_get(door: Desk) -> None:
    assert door.post(fix("C", 0), "/positions", "no such token")[0] == 401
    assert door.get("/positions")[0] == 405
    assert door.post(fix("C", 0), "/positions", door.tab)[0] == 200
    with pytest.raises(NotAllowed):
        door.mission.desk(User("viewer", frozenset({"viewer"}), None)).take_fixes([])


def test_a_long_day_becomes_tracks_that_meet_and_what_was_sent_again_adds_nothing(mission: Mission) -> None:
    every = [{"patrol": "A", "occurred_at": str(fix("A", 5 * n)["time"]), "longitude": f"{62 + n / 5_000}", "latitude": "-20"} for n in range(150)]  # fmt: skip
    for begin in range(0, 150, 25):
        assert mission.desk().take_fixes(every[begin : begin + 25]).new == 25
    assert mission.desk().take_fixes(every[-70:]).unchanged == 70
    assert [at for at, _ in driven(mission, "A")] == [5.0 * n for n in range(150)]
    lines = mission.desk().sheet(DAY).features("patrol_tracks").sort_values("started_at").geometry
    assert [len(line.coords) for line in lines] == [MOST, MOST, 32]
    assert all(a.coords[-1] == b.coords[0] for a, b in pairwise(lines))


def test_a_batch_taken_back_takes_its_fixes_and_the_patrol_drives_on(mission: Mission) -> None:
    def send(*seconds: int) -> Receipt:
        names = {"time": "occurred_at"}
        fixes = [{names.get(k, k): str(v) for k, v in fix("A", at, 62 + at / 9e5).items()} for at in seconds]
        return mission.desk().take_fixes(fixes)

    send(0, 10)
    wrong = send(20, 30)
    assert wrong.batch is not None
    mission.desk().undo(wrong.batch, "another patrol's tracker")
    assert [at for at, _ in driven(mission, "A")] == [0.0, 10.0]
    assert send(40).new == 1
    assert [at for at, _ in driven(mission, "A")] == [0.0, 10.0, 40.0]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=5), min_size=1, max_size=4),
    st.uuids(),
)
def test_every_fix_is_in_the_answer_once_and_the_track_runs_forwards(
    mission: Mission, batches: list[list[tuple[int, int]]], name: object
) -> None:
    for batch in batches:
        rows = [{"patrol": str(name), "occurred_at": str(fix("", 60 * at)["time"]), "longitude": str(62 + x / 4), "latitude": "-20"} for at, x in batch]  # fmt: skip
        said = mission.desk().take_fixes(rows)
        assert said.new + said.unchanged + said.refused_rows == len(rows)
    at = [at for at, _ in driven(mission, str(name))]
    assert at == sorted(at)
