"""Observations that are linked as one event cross: each stands at the fix, keeps its own words, and goes back when it is taken out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from layers.access import User
from layers.desk import Desk, Edit, Mission
from layers.model import Receipt
from layers.notation import format_mgrs
from layers.spatial.ground import EARTH
from tests import missions
from tests.missions import ALL

BANG = (62.0, -20.0)
#: Of each post the azimuth and the metres from the bang, and by how many degrees it is wrong.
POSTS = {"a": (200.0, 6_000.0, 0.8), "b": (290.0, 7_000.0, -0.6), "c": (80.0, 5_000.0, 0.5), "away": (210.0, 6_000.0, 180.0)}
LEVELS = ("UNCLASSIFIED", "RESTRICTED")
WHY = "one bang"


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m", markings=LEVELS)
    yield made
    made.close()


def observation(name: str, **fields: str) -> dict[str, str]:
    """Return what a post reports of the bang: its bearing within 3°, and no better than 3 km how far off it was."""
    azimuth, metres, wrong = POSTS[name]
    lon, lat, back = EARTH.fwd(*BANG, azimuth, metres)
    told = f"{lat:.5f}, {lon:.5f} {(back + wrong) % 360:05.1f}° ± 3° {metres / 1000 - 2:g}-{metres / 1000 + 4:g} km heard"
    usual = {"id": name, "kind": "shelling", "occurred_at": "2026-01-01T10:00:00Z", "grid": told, "source": f"post {name}"}
    return usual | fields


def plain(name: str) -> dict[str, str]:
    said = {"id": name, "kind": "shelling", "occurred_at": "2026-01-01T10:00:00Z", "source": "patrol"}
    return said | {"longitude": "62.03", "latitude": "-20.01", "precision_m": "500"}


def standing(mission: Mission, *features: str) -> dict[str, int]:
    found = mission.store.current("incidents", list(features))
    return dict(zip(found.feature, found.seq.tolist(), strict=True))


def fields(mission: Mission, feature: str) -> dict[str, object]:
    said: dict[str, object] = json.loads(mission.store.current("incidents", [feature]).payload[0])
    return said


def bearing(row: dict[str, str]) -> str:
    return next(word for word in row["grid"].split() if word.endswith("°"))


def place(mission: Mission, feature: str) -> tuple[float, float, float]:
    found = mission.store.current("incidents", [feature])
    return float(found.lon[0]), float(found.lat[0]), float(str(fields(mission, feature)["precision_m"]))


def off_m(mission: Mission, feature: str) -> float:
    return float(EARTH.inv(*BANG, *place(mission, feature)[:2])[2])


def same(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Say whether two places are one, but for what a record rounds a bearing and an observer's place to."""
    return float(EARTH.inv(*one[:2], *other[:2])[2]) < 15 and abs(one[2] - other[2]) <= 20


def told(desk: Desk, mission: Mission, feature: str) -> str:
    card = desk.card("incidents", standing(mission, feature)[feature])
    return next(row["value"] for row in card["rows"] if row["label"] == "Observed")  # type: ignore[attr-defined,no-any-return]


def crossing(mission: Mission, feature: str, bearings: int) -> str:
    """Return what is to be said of so many bearings that cross where a report stands."""
    lon, lat, within = place(mission, feature)
    return f"{bearings} bearings cross at {format_mgrs([lon], [lat])[0]}, 95 % within {within:,.0f} m."


def linked(mission: Mission, *features: str) -> Receipt:
    receipt = mission.desk().link("incidents", standing(mission, *features), WHY)
    assert receipt.refused == ()
    return receipt


def taken(mission: Mission, *rows: dict[str, str]) -> dict[str, tuple[float, float, float]]:
    """Submit reports; return where each stands."""
    assert mission.desk().submit("incidents", list(rows)).new == len(rows)
    return {row["id"]: place(mission, row["id"]) for row in rows}


def test_two_posts_that_are_linked_stand_where_their_bearings_cross(mission: Mission) -> None:
    alone = taken(mission, observation("a"), observation("b"), plain("d"))
    desk, batches = mission.desk(), len(mission.store.batches())
    beforehand = desk.crossing("incidents", standing(mission, "a", "b", "d"))
    receipt = linked(mission, "a", "b", "d")
    within = place(mission, "a")[2]
    assert place(mission, "b") == place(mission, "a")
    assert off_m(mission, "a") <= within < 1_000 < min(alone["a"][2], alone["b"][2])
    assert place(mission, "d") == alone["d"]
    assert receipt.said == (beforehand,)
    assert beforehand == crossing(mission, "a", 2)
    assert (receipt.changed, len(mission.store.batches())) == (3, batches + 1)
    assert desk.verify().ok


def test_the_card_tells_its_own_observation_and_that_it_crosses(mission: Mission) -> None:
    taken(mission, observation("a"), observation("b"))
    desk = mission.desk()
    before = len(desk.card("incidents", standing(mission, "a")["a"])["observed"])  # type: ignore[arg-type]
    own = told(desk, mission, "a").partition(": middle of")[0]
    linked(mission, "a", "b")
    assert told(desk, mission, "a") == f"{own}; 2 linked bearings cross, 95 % within {place(mission, 'a')[2]:,.0f} m"
    rings = desk.card("incidents", standing(mission, "a")["a"])["observed"]
    assert len(rings) == before + 1  # type: ignore[arg-type]
    ground = np.array(rings[-1])  # type: ignore[index]
    assert EARTH.inv(*np.broadcast_to(place(mission, "a")[:2], ground.shape).T, *ground.T)[2].max() <= place(mission, "a")[2]


def test_a_third_crosses_anew_and_who_leaves_goes_back(mission: Mission) -> None:
    alone = taken(mission, observation("a"), observation("b"), observation("c"))
    desk = mission.desk()
    linked(mission, "a", "b")
    two = place(mission, "a")
    assert desk.crossing("incidents", standing(mission, "b", "c")) == linked(mission, "b", "c").said[0]
    assert len({place(mission, name) for name in "abc"}) == 1
    assert off_m(mission, "c") <= place(mission, "c")[2] < two[2]
    receipt = desk.unlink("incidents", standing(mission, "c"), "another bang")
    assert receipt.said == ("1 observation stands in its own sector again.", crossing(mission, "a", 2))
    assert place(mission, "a") == place(mission, "b") == two
    assert same(place(mission, "c"), alone["c"])
    assert "middle of the sector" in told(desk, mission, "c")
    desk.withdraw("incidents", standing(mission, "b"), "never was")
    assert same(place(mission, "a"), alone["a"])
    assert fields(mission, "a")["edited"].keys() == {"fields", "source"}  # type: ignore[attr-defined]
    assert fields(mission, "a")["edited"]["fields"] == ["event"]  # type: ignore[index]


def test_undo_of_a_link_gives_the_places_back(mission: Mission) -> None:
    alone = taken(mission, observation("a"), observation("b"), observation("c"))
    desk = mission.desk()
    linked(mission, "a", "b")
    two = place(mission, "a")
    third = linked(mission, "a", "c")
    desk.undo(third.batch or 0, "two bangs")
    assert (place(mission, "a"), place(mission, "c")) == (two, alone["c"])
    first = mission.store.batches()[1].id
    desk.undo(first, "two bangs")
    assert {name: place(mission, name) for name in "abc"} == alone


def test_who_was_decided_on_since_an_undone_link_stands_alone_again(mission: Mission) -> None:
    alone = taken(mission, observation("a"), observation("b"))
    desk, link = mission.desk(), linked(mission, "a", "b")
    desk.edit("incidents", [Edit("b", standing(mission, "b")["b"], {"text": "four shells"})], "said later")
    desk.undo(link.batch or 0, "two bangs")
    assert place(mission, "a") == alone["a"]
    assert same(place(mission, "b"), alone["b"])
    assert fields(mission, "b")["text"] == "four shells"


WRONG = observation("c") | {"grid": observation("c")["grid"].replace(" 260.5°", " 300.5°")}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([observation("a"), observation("away")], "the bearings lead apart"),
        ([observation("a"), observation("b"), WRONG], "the bearings do not agree on a place"),
    ],
    ids=["two lead apart", "the third is of another event"],
)
def test_bearings_that_do_not_cross_are_linked_and_keep_their_places(
    mission: Mission, rows: list[dict[str, str]], why: str
) -> None:
    taken(mission, *rows)
    *first, last = (row["id"] for row in rows)
    if len(first) > 1:
        linked(mission, *first)
    before = {name: place(mission, name) for name in (*first, last)}
    (said,) = linked(mission, first[0], last).said
    assert said.startswith(f"They keep their places because {why}")
    assert {name: place(mission, name) for name in before} == before
    assert len({fields(mission, name)["event"] for name in before}) == 1


def test_one_observer_and_reports_that_are_no_observations_cross_nothing(mission: Mission) -> None:
    again = observation("a", id="again") | {"grid": observation("a")["grid"].replace("heard", "camera")}
    alone = taken(mission, observation("a"), again, plain("d"))
    assert mission.desk().crossing("incidents", standing(mission, *alone)) == ""
    assert linked(mission, *alone).said == ()
    assert {name: place(mission, name) for name in alone} == alone


def test_a_report_never_stands_where_a_higher_one_points(mission: Mission) -> None:
    taken(mission, observation("a"), observation("b", marking="RESTRICTED"), observation("c"))
    low = mission.desk(User("low", frozenset({"analyst"}), "UNCLASSIFIED"))
    linked(mission, "a", "c")
    two = place(mission, "a")
    (said,) = linked(mission, "a", "b").said
    assert said == f"{crossing(mission, 'b', 3)[:-1]}; what is marked lower stands by what it may tell of."
    assert place(mission, "a") == place(mission, "c") == two != place(mission, "b")
    assert "2 linked bearings" in told(low, mission, "a")
    assert "3 linked bearings" in told(mission.desk(), mission, "b")
    assert bearing(observation("b")) not in mission.store.current("incidents", ["a"]).payload[0]


def test_what_is_marked_higher_later_moves_the_lower_no_more(mission: Mission) -> None:
    taken(mission, observation("a"), observation("b"), observation("c"))
    linked(mission, "a", "c")
    two = place(mission, "a")
    linked(mission, "a", "b")
    three, desk = place(mission, "b"), mission.desk()
    desk.edit("incidents", [Edit("b", standing(mission, "b")["b"], {"marking": "RESTRICTED"})], "its post is secret")
    assert place(mission, "a") == place(mission, "c") == two
    assert place(mission, "b") == three
    lowered = desk.edit("incidents", [Edit("b", standing(mission, "b")["b"], {"marking": "UNCLASSIFIED"})], "no longer")
    assert {place(mission, name) for name in "abc"} == {three}
    desk.edit("incidents", [Edit("a", standing(mission, "a")["a"], {"text": "four shells"})], "said later")
    desk.undo(lowered.batch or 0, "it still is")
    assert place(mission, "a") == place(mission, "c") == two


def test_who_placed_a_report_by_hand_has_the_last_word(mission: Mission) -> None:
    taken(mission, observation("a"), observation("b"), observation("c"))
    desk = mission.desk()
    desk.edit("incidents", [Edit("a", standing(mission, "a")["a"], {"position": "-20.001, 62.002"})], "the crater was found")
    linked(mission, "a", "b", "c")
    assert place(mission, "a")[:2] == (62.002, -20.001)
    assert off_m(mission, "b") <= place(mission, "b")[2]
    desk.edit("incidents", [Edit("b", standing(mission, "b")["b"], {"position": "-20.001, 62.002"})], "the same crater")
    desk.unlink("incidents", standing(mission, "b"), "two craters")
    assert place(mission, "b")[:2] == (62.002, -20.001)


def test_those_to_be_protected_are_not_crossed(mission: Mission) -> None:
    alone = taken(mission, *(observation(name, kind="sexual_violence") for name in "ab"))
    assert linked(mission, "a", "b").said == ()
    assert {name: place(mission, name) for name in alone} == alone


def test_the_source_s_file_again_and_an_export_keep_the_crossing(mission: Mission, tmp_path: Path) -> None:
    rows = [observation("a"), observation("b")]
    alone = taken(mission, *rows)
    linked(mission, "a", "b")
    fix = place(mission, "a")
    desk = mission.desk()
    assert desk.submit("incidents", rows).unchanged == 2
    assert desk.submit("incidents", [rows[0] | {"text": "four shells"}]).changed == 1
    assert (place(mission, "a"), fields(mission, "a")["text"]) == (fix, "four shells")
    desk.export("incidents", tmp_path / "out.csv", ALL)
    assert desk.submit("incidents", tmp_path / "out.csv").unchanged == 2
    other = missions.empty(tmp_path / "other", markings=LEVELS)
    assert other.desk().submit("incidents", tmp_path / "out.csv").new == 2
    assert place(other, "b") == pytest.approx(fix, abs=1e-5)
    assert "2 linked bearings cross" in told(other.desk(), other, "b")
    other.desk().unlink("incidents", standing(other, "a", "b"), "two bangs")
    assert all(same(place(other, name), alone[name]) for name in "ab")
    other.close()
