"""Likely duplicates: the same as by brute force, explained, never above the ceiling, remembered when left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.access import User
from layers.catalogue import layer
from layers.desk import Desk, Mission, duplicates, together
from layers.errors import LayersError, NotAllowed, NotFound
from tests import missions
from tests.missions import ALL, csv_file, row

INCIDENTS = layer("incidents")
EARTH = Geod(ellps="WGS84")
LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
DAY = 86_400_000_000


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    yield made
    made.close()


def proposed(desk: Desk) -> list[tuple[str, str]]:
    return [tuple(row["feature"] for row in one["reports"]) for one in desk.duplicates(ALL)["proposals"]]  # type: ignore[attr-defined]


def group(kind: str) -> object:
    return next((n for n, kinds in enumerate(INCIDENTS.mistaken) if kind in kinds), kind)


def moment(dice: np.random.Generator) -> str:
    return f"T{dice.integers(0, 24):02}:{dice.integers(0, 60):02}:00Z"


def brute(mission: Mission) -> set[tuple[str, str]]:
    """The pairs, one by one, as the rule says."""
    versions = mission.store.records("incidents", mission.desk().sheet(ALL).seqs(INCIDENTS).tolist())
    said = [json.loads(text) for text in versions.payload]
    found = set()
    for a in range(len(versions)):
        for b in range(a + 1, len(versions)):
            one, other = said[a], said[b]
            sources = {str(fields.get("source", "")).strip().lower() for fields in (one, other)}
            start = [int(versions.start[n]) for n in (a, b)]
            best = [fields.get("casualties_best", -1) for fields in (one, other)]
            low = [fields.get("casualties_low", n) for fields, n in zip((one, other), best, strict=True)]
            high = [fields.get("casualties_high", n) for fields, n in zip((one, other), best, strict=True)]
            metres = EARTH.inv(versions.lon[a], versions.lat[a], versions.lon[b], versions.lat[b])[2]
            many = best[0] == best[1] > 0
            day_only = start[0] // DAY == start[1] // DAY and 0 in (start[0] % DAY, start[1] % DAY)
            opposed = {one.get("party", ""), other.get("party", "")} == {"A", "B"}
            if (
                len(sources) == 2
                and "" not in sources
                and ((day_only and not opposed) or (abs(start[0] - start[1]) <= DAY // 12 and not (day_only and opposed)))
                and (group(one["kind"]) == group(other["kind"]) or many)
                and not (min(best) >= 0 and (low[0] > high[1] or low[1] > high[0]))
                and metres <= min(1_000 + one.get("precision_m", 0) + other.get("precision_m", 0), 5_000)
            ):
                found.add(together.pair(versions.feature[a], versions.feature[b]))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    middle=st.sampled_from([(61.5, -20.0), (180.0, 0.0), (-180.0, 66.0), (0.0, 89.98), (10.0, -89.99)]),
)
def test_the_pairs_are_those_of_brute_force(
    tmp_path_factory: pytest.TempPathFactory, seed: int, middle: tuple[float, float]
) -> None:
    folder = tmp_path_factory.mktemp("brute")
    made = missions.empty(folder / "m")
    dice = np.random.default_rng(seed)

    def one(n: int) -> dict[str, str]:
        lon = middle[0] + dice.normal(0, 0.02) / max(0.001, np.cos(np.radians(middle[1])))
        best = int(dice.integers(0, 4))
        casualties = {"casualties_low": f"{max(0, best - 1)}", "casualties_best": f"{best}", "casualties_high": f"{best + 1}"}
        return row(
            n,
            longitude=f"{(lon + 180) % 360 - 180:.6f}",
            latitude=f"{np.clip(middle[1] + dice.normal(0, 0.02), -90, 90):.6f}",
            occurred_at=f"2025-12-{dice.integers(20, 23)}" + str(dice.choice(["T00:00:00Z", moment(dice), moment(dice)])),
            party=str(dice.choice(["A", "B", "unknown", ""])),
            kind=str(dice.choice(["firing", "small_arms", "shelling", "mine_or_ied", "looting", "odd"])),
            source=str(dice.choice(["patrol", "Patrol ", "camera", "post", ""])),
            precision_m=str(dice.choice(["", "100", "1000", "9000"])),
            **(casualties if dice.random() < 0.6 else {}),
        )

    made.desk().submit("incidents", csv_file(folder / "a.csv", [one(n) for n in range(60)]))
    wanted = brute(made)
    got = made.desk().duplicates(ALL, limit=10_000)
    pairs = [tuple(row["feature"] for row in one["reports"]) for one in got["proposals"]]  # type: ignore[attr-defined]
    assert len(pairs) == got["count"]
    assert {together.pair(*pair) for pair in pairs} == wanted
    assert len(set(pairs)) == len(pairs)
    made.close()


def near(mission: Mission, folder: Path, **second: str) -> Desk:
    first = {"kind": "shelling", "longitude": "61.5", "latitude": "-20.5", "source": "patrol", "precision_m": "10"}
    other = first | {"latitude": "-20.504335", "occurred_at": "2026-01-01T10:35:00Z", "source": "camera"} | second
    mission.desk().submit("incidents", csv_file(folder / "near.csv", [row(1, **first), row(2, **other)]))
    return mission.desk()


def test_a_pair_says_in_words_why_it_is_proposed(mission: Mission, tmp_path: Path) -> None:
    (one,) = near(mission, tmp_path).duplicates(ALL)["proposals"]  # type: ignore[misc]
    assert one["reasons"] == ["480 m apart", "35 min apart", "both shelling"]
    assert one["reports"][0]["cells"]["Source"] == "patrol"


@pytest.mark.parametrize(
    ("second", "reasons"),
    [
        ({"occurred_at": "2026-01-01T00:00:00Z"}, ["480 m apart", "on the same day", "both shelling"]),
        ({"kind": "mine_or_ied"}, ["480 m apart", "35 min apart", "told as shelling and as mine or IED"]),
        ({"party": "B"}, ["480 m apart", "35 min apart", "both shelling", "one names Party A, the other Party B"]),
        ({"occurred_at": "2026-01-01T11:20:00Z", "party": ""}, ["480 m apart", "1 h 20 min apart", "both shelling"]),
    ],
    ids=str,
)
def test_what_a_pair_is_proposed_for_reads_as_an_officer_writes(
    mission: Mission, tmp_path: Path, second: dict[str, str], reasons: list[str]
) -> None:
    (one,) = near(mission, tmp_path, **second).duplicates(ALL)["proposals"]  # type: ignore[misc]
    assert one["reasons"] == reasons


def test_kinds_that_are_drawn_alike_are_not_taken_for_each_other(mission: Mission, tmp_path: Path) -> None:
    rows = [row(1, kind="construction"), row(2, kind="weapon_pointed", source="camera")]
    mission.desk().submit("incidents", csv_file(tmp_path / "two.csv", rows))
    assert proposed(mission.desk()) == []


def test_a_pair_is_left_for_a_reason_that_is_kept(mission: Mission, tmp_path: Path) -> None:
    desk = near(mission, tmp_path)
    now = {f: int(mission.store.current("incidents", [f]).seq[0]) for f in ("r1", "r2")}
    with pytest.raises(LayersError, match="no reason is given"):
        desk.leave("incidents", now, " ")
    desk.leave("incidents", now, "two bursts, two posts")
    (line,) = mission.store.audit_rows(act="leave")
    assert json.loads(line.body)["reason"] == "two bursts, two posts"


@pytest.mark.parametrize(
    "second",
    [
        {"source": "PATROL"},
        {"source": ""},
        {"kind": "looting"},
        {"kind": "overflight"},
        {"latitude": "-20.52"},
        {"occurred_at": "2026-01-01T12:01:00Z"},
        {"occurred_at": "2026-01-01T21:00:00Z", "party": "B"},
        {"occurred_at": "2026-01-01", "party": "B"},
        {"occurred_at": "2025-12-31T00:00:00Z"},
    ],
    ids=str,
)
def test_what_differs_is_not_proposed(mission: Mission, tmp_path: Path, second: dict[str, str]) -> None:
    assert proposed(near(mission, tmp_path, **second)) == []


def test_linked_pairs_are_not_proposed_and_left_ones_never_again(mission: Mission, tmp_path: Path) -> None:
    desk = near(mission, tmp_path)
    desk.submit(
        "incidents", csv_file(tmp_path / "c.csv", [row(3, kind="shelling", longitude="61.5", latitude="-20.5", source="post")])
    )
    now = {f: int(mission.store.current("incidents", [f]).seq[0]) for f in ("r1", "r2", "r3")}
    assert len(proposed(desk)) == 3
    version = mission.store.version()
    desk.leave("incidents", {"r2": now["r2"], "r1": now["r1"]}, "two posts")
    assert mission.store.version() == version
    assert {together.pair(*one) for one in proposed(desk)} == {("r1", "r3"), ("r2", "r3")}
    desk.link("incidents", {"r1": now["r1"], "r3": now["r3"]}, "same shots")
    assert {together.pair(*one) for one in proposed(desk)} == {("r2", "r3")}
    desk.unlink("incidents", {"r1": int(mission.store.current("incidents", ["r1"]).seq[0])}, "not so")
    assert {together.pair(*one) for one in proposed(desk)} == {("r1", "r3"), ("r2", "r3")}
    assert desk.verify().ok


def test_nothing_above_the_ceiling_is_proposed_or_can_be_left(mission: Mission, tmp_path: Path) -> None:
    near(mission, tmp_path, marking=LEVELS[1])
    now = {f: int(mission.store.current("incidents", [f]).seq[0]) for f in ("r1", "r2")}
    clerk = mission.desk(User("clerk", frozenset({"viewer", "analyst"}), LEVELS[0]))
    assert clerk.duplicates(ALL) == {"count": 0, "compared": 1, "observations": 0, "proposals": []}
    for chosen in (now, {"r1": now["r1"], "no such": 99}, {"r1": now["r1"]}, {"r1": now["r1"], "other": now["r1"]}):
        with pytest.raises(NotFound, match="not two records"):
            clerk.leave("incidents", chosen, "two posts")
    with pytest.raises(NotAllowed):
        mission.desk(User("v", frozenset({"viewer"}), None)).leave("incidents", now, "two posts")
    assert len(proposed(mission.desk())) == 1


def test_an_empty_view_and_layers_without_reports(mission: Mission) -> None:
    assert mission.desk().duplicates(ALL) == {"count": 0, "compared": 0, "observations": 0, "proposals": []}
    with pytest.raises(LayersError, match="are not compared"):
        mission.desk().duplicates(ALL, "zones")


def test_too_many_at_one_place_are_told_so(mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = near(mission, tmp_path)
    monkeypatch.setattr(duplicates, "_PAIRS", 0)
    with pytest.raises(LayersError, match="choose a shorter span"):
        desk.duplicates(ALL)
    monkeypatch.setattr(duplicates, "_ROWS", 1)
    with pytest.raises(LayersError, match="holds 2 reports"):
        desk.duplicates(ALL)
