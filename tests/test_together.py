"""One bang heard at several posts is proposed as one event, and counts once when a person says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from layers.desk import Desk, Mission
from layers.spatial.ground import EARTH
from tests.missions import ALL, empty

BANG = (62.0, -20.0)
POSTS = {"a": (200.0, 3_000.0), "b": (290.0, 4_000.0), "c": (80.0, 5_000.0)}


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m")
    yield made
    made.close()


def heard(name: str, *, off: float = 0.0, late_s: float = 0.0, **fields: str) -> dict[str, str]:
    """Return what a post reports of the bang at 1000Z, heard when the sound came there; ``off`` degrees wrong."""
    azimuth, metres = POSTS[name]
    lon, lat, back = EARTH.fwd(*BANG, azimuth, metres)
    bearing = (back + off) % 360
    second = round(metres / 340 + late_s)
    told = f"{lat:.5f}, {lon:.5f} {bearing:05.1f}° ± 3° {metres / 1000 - 1:.1f}-{metres / 1000 + 1:.1f} km heard"
    at = np.datetime64("2026-01-01T10:00:00") + np.timedelta64(second, "s")
    return {"id": name, "kind": "shelling", "occurred_at": f"{at}Z", "grid": told, "source": f"post {name}"} | fields


def proposed(desk: Desk) -> list[set[str]]:
    return [{row["feature"] for row in one["reports"]} for one in desk.duplicates(ALL)["proposals"]]  # type: ignore[attr-defined]


def standing(mission: Mission, *features: str) -> dict[str, int]:
    found = mission.store.current("incidents", list(features))
    return dict(zip(found.feature, found.seq.tolist(), strict=True))


def test_three_posts_that_heard_one_bang_are_one_proposal_that_counts_once_when_linked(mission: Mission) -> None:
    desk = mission.desk()
    assert desk.submit("incidents", [heard(name) for name in POSTS]).new == 3
    (one,) = desk.duplicates(ALL)["proposals"]  # type: ignore[misc]
    assert {row["feature"] for row in one["reports"]} == set(POSTS)
    assert one["reasons"][0] == "observed from 3 places"
    assert all("heard" in row["cells"]["Observed"] for row in one["reports"])
    assert one["reasons"][2] == "their times agree, the way of the sound counted"
    assert desk.counts(ALL)[0] == 3
    desk.link("incidents", standing(mission, *POSTS), "one bang")
    assert proposed(desk) == []
    assert desk.counts(ALL)[0] == 1


def test_who_is_told_apart_is_proposed_no_more_and_the_others_still_are(mission: Mission) -> None:
    desk = mission.desk()
    desk.submit("incidents", [heard(name) for name in POSTS])
    desk.leave("incidents", standing(mission, "a", "b"), "two guns")
    assert {"a", "b"} not in [one & {"a", "b"} for one in proposed(desk)]
    desk.leave("incidents", standing(mission, *POSTS), "three guns")
    assert proposed(desk) == []
    assert desk.counts(ALL)[0] == 3


def test_a_linked_pair_takes_a_third_along(mission: Mission) -> None:
    desk = mission.desk()
    desk.submit("incidents", [heard("a"), heard("b")])
    desk.link("incidents", standing(mission, "a", "b"), "one bang")
    desk.submit("incidents", [heard("c")])
    more = proposed(desk)[0]
    assert "c" in more
    desk.link("incidents", standing(mission, *more), "the same")
    assert proposed(desk) == []
    assert desk.counts(ALL)[0] == 1


@pytest.mark.parametrize(
    "other",
    [heard("b", off=60), heard("b", late_s=900), heard("b", kind="overflight"), heard("b") | {"occurred_at": "2026-01-01"}],
    ids=["it looks elsewhere", "it is too late", "it is of another kind", "it tells the day alone"],
)
def test_what_does_not_go_together_is_not_proposed(mission: Mission, other: dict[str, str]) -> None:
    desk = mission.desk()
    assert desk.submit("incidents", [heard("a"), other]).refused == ()
    assert not any("observed from 2 places" in one["reasons"] for one in desk.duplicates(ALL)["proposals"])  # type: ignore[attr-defined]


def test_those_to_be_protected_are_never_put_together_by_where_they_were_seen(mission: Mission) -> None:
    desk = mission.desk()
    desk.submit("incidents", [heard(name, kind="sexual_violence") for name in POSTS])
    assert desk.duplicates(ALL)["observations"] == 0
