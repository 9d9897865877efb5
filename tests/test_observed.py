"""Observations in the Report form: a sector or a fix, within what the user may see, faults in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.access import User
from layers.desk import Mission
from layers.desk.observed import named, read
from layers.model import Receipt
from layers.spatial.ground import EARTH
from tests.missions import ALL, empty, geojson_file

POSTS = (("OP 12", 62.0, "UNCLASSIFIED"), ("OP 13", 62.1, "UNCLASSIFIED"), ("OP 20", 62.2, "RESTRICTED"))
LEVELS = ("UNCLASSIFIED", "RESTRICTED")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m", markings=LEVELS)
    posts = [("Point", [lon, -20.0], {"id": name, "name": name, "marking": marking}) for name, lon, marking in POSTS]
    assert made.desk().submit("positions", geojson_file(tmp_path / "posts.geojson", posts)).new == len(POSTS)  # type: ignore[arg-type]
    yield made
    made.close()


def report(grid: str, **fields: str) -> dict[str, str]:
    return {"id": "one", "kind": "firing", "occurred_at": "2026-01-01T10:00:00Z", "grid": grid, "text": "two bangs"} | fields


@pytest.mark.parametrize(
    "text", ["OP 12 045° 1-3 km", "op 12, 045 ± 0.5 1-3 km", "20.0S 62.0E 045° 1-3 km", "OP 12 between 1 and 3 km NE"]
)
def test_the_place_is_the_middle_and_its_precision_covers_the_sector(mission: Mission, text: str) -> None:
    found = mission.desk().position(text)
    azimuth, _, metres = EARTH.inv(62.0, -20.0, found["lon"], found["lat"])
    assert (azimuth, metres) == (pytest.approx(45, abs=0.05), pytest.approx(2000, abs=2))
    ring = np.array(found["outline"][0])  # type: ignore[index]
    away = EARTH.inv(np.full(len(ring), found["lon"]), np.full(len(ring), found["lat"]), *ring.T)[2]
    assert away.max() <= found["precision_m"] <= away.max() + 12  # type: ignore[operator]


def test_words_say_how_it_was_read(mission: Mission) -> None:
    words = mission.desk().position("OP 12 045° 1-3 km")["words"]
    assert words == "from OP 12, bearing 045° ± 0.5° (assumed), 1–3 km: middle of the sector, within 1,010 m"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("045° 1-9 km heard", "± 10° (assumed)"),
        ("045° 1-9 km acoustic", "± 2° (assumed)"),
        ("NE 1-9 km heard", "NE ± 22.5° (assumed)"),
        ("045° ± 3° 1-9 km heard", "045° ± 3°,"),
    ],
)
def test_by_ear_a_bearing_is_no_surer_than_an_ear_unless_it_says_so(mission: Mission, text: str, said: str) -> None:
    assert said in str(mission.desk().position(f"OP 12 {text}")["words"])


@pytest.mark.parametrize("between", ["; ", " and "])
def test_two_bearings_cross(mission: Mission, between: str) -> None:
    found = mission.desk().position(f"OP 12 045°{between}OP 13 315°")
    assert found["lon"] == pytest.approx(62.05, abs=0.001)
    assert "2 bearings cross, 95 % within" in str(found["words"])
    assert shapely.Polygon(found["outline"][0]).contains(shapely.Point(found["lon"], found["lat"]))  # type: ignore[index,arg-type]


def test_a_coarse_grid_of_the_observer_makes_it_less_sure(mission: Mission) -> None:
    desk = mission.desk()
    fine, coarse = (desk.position(f"{grid} NE 2 km")["precision_m"] for grid in ("41K LT 9500 1200", "41K LT 95 12"))
    assert coarse >= fine + 690  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("OP 12 361° 1-3 km", "beyond the full circle"),
        ("OP 12 045° 3-1 km", "near to far"),
        ("OP 12 045°", "gives no place"),
        ("OP 12 045°; OP 13 044°", "parallel"),
        ("OP 99 045° 1-3 km", "no own position that this report may tell of is called 'OP 99'"),
        ("OP 12 045 M 1-3 km", "magnetic"),
        ("OP 12 045° 1-3 km smelt", "'smelt' is no means of observing; write saw, heard, camera, UAV or acoustic"),
    ],
)
def test_faults_are_told_at_the_position(mission: Mission, text: str, why: str) -> None:
    (fault,) = mission.desk().submit("incidents", [report(text)], dry_run=True).refused
    assert (fault.field, why in fault.reason) == ("grid", True), fault.reason
    assert mission.desk().position(text) == {}


def test_the_record_keeps_place_precision_and_words(mission: Mission) -> None:
    desk = mission.desk()
    assert desk.submit("incidents", [report("OP 12 045° 1-3 km")]).new == 1
    (item,) = desk.feed(ALL)["items"]  # type: ignore[misc]
    card = desk.card("incidents", item["id"])
    told = str(card)
    assert "from OP 12, bearing 045° ± 0.5°, 1–3 km" in told
    assert "1,010 m" in told


def test_a_report_may_give_the_parts_of_an_observation_apart(mission: Mission) -> None:
    parts = {"observer": "OP 12", "bearing": "045°", "distance": "1-3 km", "means": "saw"}
    row = {name: text for name, text in report("").items() if name != "grid"} | parts
    assert mission.desk().submit("incidents", [row]).new == 1
    (item,) = mission.desk().feed(ALL)["items"]  # type: ignore[misc]
    asked = mission.desk().position("OP 12 045° 1-3 km")
    assert (item["lon"], item["lat"]) == (pytest.approx(asked["lon"], abs=1e-6), pytest.approx(asked["lat"], abs=1e-6))


def submitted(mission: Mission, folder: Path, lines: str) -> Receipt:
    path = folder / "observations.csv"
    path.write_text(lines, encoding="utf-8")
    return mission.desk().submit("incidents", path)


def test_a_file_of_observations_is_placed_as_reports_are(mission: Mission, tmp_path: Path) -> None:
    got = submitted(
        mission,
        tmp_path,
        "id,kind,occurred_at,observer,bearing,distance_m,means\n"
        "a,firing,2026-01-01T10:00:00Z,OP 12,045,1000-3000,heard\n"
        "b,firing,2026-01-01T10:00:00Z,OP 12,361,1000-3000,heard\n"
        "c,firing,2026-01-01T10:00:00Z,OP 99,045,1000-3000,saw\n"
        "d,firing,2026-01-01T10:00:00Z,OP 12,045,3000-1000,saw\n",
    )
    assert (got.new, [fault.row for fault in got.refused]) == (1, [2, 3, 4])
    assert [word in fault.reason for fault, word in zip(got.refused, ("full circle", "OP 99", "near to far"), strict=True)] == [
        True
    ] * 3
    (item,) = mission.desk().feed(ALL)["items"]  # type: ignore[misc]
    asked = mission.desk().position("OP 12 045 1000-3000 m heard")
    assert (item["lon"], item["lat"]) == (pytest.approx(asked["lon"], abs=1e-6), pytest.approx(asked["lat"], abs=1e-6))
    card = mission.desk().card("incidents", item["id"])
    told = {row["label"]: row["value"] for row in card["rows"]}  # type: ignore[attr-defined]
    assert told["Observed"].startswith("from OP 12, bearing 045° ± 10°, 1–3 km, heard")
    assert told["bearing (as in the source)"] == "045"


def test_a_fault_of_an_observation_is_told_of_its_column(mission: Mission, tmp_path: Path) -> None:
    told = {
        "OP 12,361,1-3 km": ("bearing", "full circle"),
        "OP 12,,1-3 km": ("bearing", "is blank; write a bearing"),
        "OP 12,045,": ("distance", "is blank; write a distance"),
        "OP 12,045,3-1 km": ("distance", "near to far"),
        "OP 12,361,": ("bearing", "full circle"),
        "OP 99,045,1-3 km": ("observer", "OP 99"),
        "OP 12,NNE ±5°,1-3 km": ("", ""),
    }
    lines = "".join(f"r{n},firing,2026-01-01T10:00:00Z,{text}\n" for n, text in enumerate(told))
    got = submitted(mission, tmp_path, f"id,kind,occurred_at,observer,bearing,distance\n{lines}")
    assert got.new == 1
    for fault, (column, words) in zip(got.refused, told.values(), strict=False):
        assert got.called.get(fault.field, fault.field) == column
        assert words in fault.reason


def test_a_place_in_degrees_goes_before_the_observation(mission: Mission, tmp_path: Path) -> None:
    lines = "id,kind,occurred_at,longitude,latitude,observer,bearing,distance\na,firing,2026-01-01T10:00:00Z,61.5,-20.5,OP 12,045,1-3 km\n"
    assert submitted(mission, tmp_path, lines).new == 1
    (item,) = mission.desk().feed(ALL)["items"]  # type: ignore[misc]
    assert (item["lon"], item["lat"]) == (61.5, -20.5)


@pytest.mark.parametrize("text", ["OP 12 045° 1-3 km heard", "OP 12 NE; OP 13 315° ± 2", "41K LT 95 12, 045° 1-3 km"])
def test_what_the_record_keeps_is_read_as_the_same_wherever_the_posts_stand_later(mission: Mission, text: str) -> None:
    desk = mission.desk()
    first = read(text, named(desk.sheet(ALL).record, desk.user))
    assert first
    again = read(first.told, {})
    assert again
    assert (again.lon, again.lat) == (pytest.approx(first.lon, abs=2e-5), pytest.approx(first.lat, abs=2e-5))
    assert (again.heard, again.precision_m) == (first.heard, pytest.approx(first.precision_m, abs=10))


def test_the_card_brings_the_sectors_to_draw(mission: Mission) -> None:
    desk = mission.desk()
    desk.submit("incidents", [report("OP 12 NE 6-9 km; OP 13 NW 6-9 km")])
    (item,) = desk.feed(ALL)["items"]  # type: ignore[misc]
    rings = desk.card("incidents", item["id"])["observed"]
    assert len(rings) == 3  # type: ignore[arg-type]
    first = shapely.Polygon(rings[0])  # type: ignore[index]
    east, north, _ = EARTH.fwd(62.0, -20.0, 45, 7000)
    assert first.contains(shapely.Point(east, north))
    assert not first.contains(shapely.Point(62.0, -20.0))


def test_those_to_be_protected_are_not_drawn_as_observed(mission: Mission) -> None:
    desk = mission.desk()
    desk.submit("incidents", [report("OP 12 NE 1-3 km", kind="sexual_violence")])
    (item,) = desk.feed(ALL)["items"]  # type: ignore[misc]
    card = desk.card("incidents", item["id"])
    assert card["observed"] == []
    assert "Observed" not in {row["label"] for row in card["rows"]}  # type: ignore[attr-defined]


def test_nobody_observes_from_what_they_or_the_report_may_not_tell_of(mission: Mission) -> None:
    text, low = "OP 20 045° 1-3 km", User("low", frozenset({"analyst"}), "UNCLASSIFIED")
    assert mission.desk().position(text)
    assert mission.desk(low).position(text) == {}
    assert mission.desk().submit("incidents", [report(text, marking="UNCLASSIFIED")], dry_run=True).refused
    assert not mission.desk().submit("incidents", [report(text, marking="RESTRICTED")], dry_run=True).refused


@pytest.mark.parametrize("text", ["41K MU 6482 10", "Tessaly 17", "", "nowhere", "41K MU 6482 1013"])
def test_other_texts_are_read_as_before(mission: Mission, text: str) -> None:
    assert mission.desk().position(text).get("words") is None
