"""Coverage of a mission: what its tracks and posts could have observed, gaps and rates by sector, at the desk and on the page."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.analysis.rates import Reach
from layers.catalogue.unobserved import AGES
from layers.desk import Covered, Desk, Mission
from layers.model import View, parse
from layers.serve import serve
from tests.missions import csv_file, empty, geojson_file, row
from tests.site import ROOT
from tests.test_nearest_help import with_roads

DAY = parse("last=24h")
Feature = tuple[str, list[object], dict[str, object]]
#: At 20° S 0.04° of longitude are 4,186 m, of latitude 4,429 m.
KM = 4.186


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


def submitted(mission: Mission, folder: Path, layer: str, features: list[Feature]) -> None:
    receipt = mission.desk().submit(layer, geojson_file(folder / f"{layer}-{len(features)}.geojson", features))
    assert receipt.refused == ()


def track(west: float, east: float, day: str, name: str) -> Feature:
    path: list[object] = [[west + n * (east - west) / 4, -20.0] for n in range(5)]
    said: dict[str, object] = {"id": name, "name": name, "started_at": f"{day}T08:00:00Z", "ended_at": f"{day}T09:00:00Z"}
    return "LineString", path, said | {"times": "0 900 1800 2700 3600"}


def square(west: float, name: str) -> Feature:
    ring: list[object] = [[[west, -20.04], [west + 0.04, -20.04], [west + 0.04, -19.96], [west, -19.96], [west, -20.04]]]
    return "Polygon", ring, {"id": name, "name": name, "code": name}


def made(mission: Mission, folder: Path) -> Desk:
    """Return the desk of a mission with a line along which the west was driven today, the middle a month ago, the east never."""
    submitted(mission, folder, "sectors", [square(62.0, "West"), square(62.12, "East")])
    line: list[object] = [[62.0, -20.0], [62.16, -20.0]]
    submitted(mission, folder, "ceasefire_lines", [("LineString", line, {"id": "line", "name": "Line"})])
    submitted(mission, folder, "settlements", [("Point", [62.01, -20.001], {"id": "a"}), ("Point", [62.1, -20.1], {"id": "b"})])
    today, before = track(62.0, 62.04, "2026-01-01", "Today"), track(62.04, 62.08, "2025-12-02", "Before")
    submitted(mission, folder, "patrol_tracks", [today, before])
    return mission.desk()


def test_share_of_line_settlements_and_ground_are_those_within_reach(mission: Mission, tmp_path: Path) -> None:
    found = made(mission, tmp_path).coverage(DAY)
    assert found.area_m2 == pytest.approx(KM * 1e3 * 400 + math.pi * 200**2, rel=2e-3)
    assert found.line_share == pytest.approx((KM + 0.2) / (4 * KM), abs=1e-3)
    assert (found.reached, found.settlements, found.tracks, found.left_out, found.posts) == (1, 2, 1, (), 0)
    wide = mission.desk().coverage(DAY, Reach(1_000.0))
    assert wide.area_m2 == pytest.approx(KM * 1e3 * 2_000 + math.pi * 1_000**2, rel=2e-3)


def test_the_gap_of_the_line_says_when_any_of_it_was_last_observed(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    (gap,) = desk.coverage(DAY).line_gaps
    assert gap.name == "Line, KP 4.4 to 16.7"
    assert gap.size == pytest.approx((3 * KM - 0.2) * 1e3, rel=1e-3)
    assert gap.last == "30 days before"
    assert gap.lon == pytest.approx(62.101, abs=1e-3)
    (gap,) = desk.coverage(parse("last=90d")).line_gaps
    assert gap.name == "Line, KP 8.6 to 16.7"
    assert gap.last == "Never in the record"


def test_quiet_ground_is_told_by_sector_and_by_when_it_last_was_observed(mission: Mission, tmp_path: Path) -> None:
    quiet = made(mission, tmp_path).coverage(DAY).quiet
    assert (quiet[0].name, quiet[0].last) == ("East", "Never in the record")
    assert quiet[0].size == pytest.approx(KM * 2 * 4.429 * 1e6, rel=0.05)
    assert [gap.name for gap in quiet[1:]] == ["West", "West"]


@pytest.mark.parametrize("span", ["last=1h", "last=24h", "last=90d"])
def test_gaps_of_the_ground_are_what_the_map_hatches(mission: Mission, tmp_path: Path, span: str) -> None:
    made(mission, tmp_path)
    submitted(mission, tmp_path, "sectors", [square(62.04, "Middle")])
    found = mission.desk().coverage(parse(span))
    told: dict[tuple[str, str], float] = defaultdict(float)
    for gap in found.quiet:
        told[gap.name, gap.last] += gap.size
    hatched = {(one.name, age.label): size for one in found.ages for age, size in zip(AGES, one.areas_m2, strict=True) if size}
    assert told == pytest.approx(hatched)
    earlier_today = ("West", "Under 7 days before")
    assert (earlier_today in told) == (span == "last=1h"), "it was driven this morning, not in the last hour"


def test_a_sector_that_nobody_observed_has_no_rate(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    desk.submit("incidents", csv_file(tmp_path / "in.csv", [row(n, longitude="62.02", latitude="-20.01") for n in range(3)]))
    west, east = sorted(desk.coverage(DAY).sectors, key=lambda one: one.km, reverse=True)
    assert (west.name, east.name) == ("West", "East")
    assert west.hours == pytest.approx(1.0)
    assert west.km == pytest.approx(KM, rel=1e-3)
    assert west.per_hour is not None
    assert west.count == 3
    assert (west.per_hour.best, west.per_hour.low, west.per_hour.high) == pytest.approx((3.0, 0.6187, 8.7673), rel=1e-3)
    assert (east.per_hour, east.per_100_km, east.hours) == (None, None, 0)


def test_a_patrol_that_was_followed_twice_went_there_once_and_two_parties_twice(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)

    def west() -> tuple[float, float]:
        found = next(one for one in desk.coverage(DAY).sectors if one.name == "West")
        return found.hours, found.km

    def again(name: str, route: str, north: float = 0.0) -> None:
        kind, path, said = track(62.0, 62.04, "2026-01-01", name)
        path = [[x, y + north] for x, y in path]  # type: ignore[misc]
        submitted(mission, tmp_path, "patrol_tracks", [(kind, path, said | {"route": route})])

    once = west()
    again("Radio", "Patrol 7")
    assert west() == pytest.approx((2 * once[0], 2 * once[1]))
    again("Receiver", "Patrol 7", 0.001)
    assert west() == pytest.approx((2 * once[0], 2 * once[1]))
    again("Second car", "Patrol 7", 0.02)
    again("Others", "Patrol 8")
    assert west() == pytest.approx((4 * once[0], 4 * once[1]), rel=1e-3)


def test_posts_observe_all_the_time_they_stand(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    said: dict[str, object] = {"id": "op", "name": "OP 1", "valid_from": "2026-01-01T00:00:00Z"}
    submitted(mission, tmp_path, "positions", [("Point", [62.14, -20.0], said)])
    found = desk.coverage(DAY)
    east = next(one for one in found.sectors if one.name == "East")
    assert found.posts == 1
    assert east.hours == pytest.approx(12.0)
    assert east.per_hour is not None
    assert east.per_100_km is None


def test_tracks_of_which_nobody_knows_when_they_were_where_are_left_out_and_it_is_said_why(
    mission: Mission, tmp_path: Path
) -> None:
    _, path, known = track(62.0, 62.04, "2026-01-01", "Untimed")
    said = {"": path, "0 900 800 2700 3600": path, "0 4200": path[:2]}
    submitted(
        mission,
        tmp_path,
        "patrol_tracks",
        [("LineString", at, known | {"id": times, "name": f"T{times}", "times": times}) for times, at in said.items()],
    )
    found = mission.desk().coverage(DAY)
    assert (found.area_m2, found.tracks) == (0, 0)
    assert sorted(found.left_out) == [
        ("with no two fixes that are at most 30 minutes apart and no leap", 1),
        ("with times that run backwards or are not those of its fixes", 1),
        ("without times", 1),
    ]


def test_an_answer_is_kept_until_the_record_changes(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    told: list[float] = []
    first: Covered = desk.coverage(DAY, progress=told.append)
    assert told[-1] == 1
    assert desk.coverage(DAY) is first
    submitted(mission, tmp_path, "patrol_tracks", [track(62.12, 62.16, "2026-01-01", "Later")])
    assert desk.coverage(DAY).area_m2 > first.area_m2


def test_many_tracks_are_told_of_at_once_and_only_until_their_days_are_kept(
    mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = made(mission, tmp_path)
    assert desk.first_look(DAY) == "", "two tracks are laid exactly as soon"
    monkeypatch.setattr("layers.desk.coverage._MANY", 1)
    # Of one way that runs level an edge may be off by a sixteenth of the reach.
    size, unit = desk.first_look(DAY).removeprefix("About ").split(maxsplit=1)
    assert float(size) == pytest.approx(desk.coverage(DAY).area_m2 / 1e6, rel=0.07)
    assert unit == "km² within 200 m of tracks"
    assert desk.first_look(DAY) == ""


def page(view: View = DAY) -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = view.text
    shown.session_state["about"] = "Patrols"
    return shown.run()


def test_the_page_tells_coverage_gaps_and_what_was_not_observed(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    made(mission, tmp_path)
    submitted(mission, tmp_path, "sectors", [square(62.3, "<b>South</b>")])
    shown = page()
    assert not shown.exception
    text = " ".join(element.value for element in shown.markdown)
    assert "<b>26 %</b> of the line and <b>1</b> of 2 settlements" in text
    assert "Line, KP 4.4 to 16.7" in text
    assert "30 days before" in text
    assert "Not observed" in text
    assert '<td class="gl-number" data-head="7 to 30 days before">' in text
    assert "&lt;b&gt;South&lt;/b&gt;" in text
    assert "The mission has no road lines" in text
    with_roads(mission)
    shown.selectbox(key="reach-track").select(1_000).run()
    assert "The mission&#x27;s roads fall into 2 parts that do not connect." in " ".join(one.value for one in shown.markdown)
    assert "<b>31 %</b> of the line" in " ".join(element.value for element in shown.markdown)


def test_a_mission_without_tracks_says_what_to_do(mission: Mission) -> None:
    serve(mission)
    shown = page()
    assert not shown.exception
    assert any("Submit tracks" in one.value for one in shown.info)


def test_places_far_from_all_that_was_observed_are_not_reached(mission: Mission, tmp_path: Path) -> None:
    far: list[Feature] = [("Point", [lon, lat], {"id": f"far {lon}"}) for lon, lat in ((-118.0, 20.0), (62.0, 40.0))]
    submitted(mission, tmp_path, "settlements", far)
    assert (mission.desk().coverage(DAY).reached, mission.desk().coverage(DAY).settlements) == (0, 2)
    found = made(mission, tmp_path).coverage(DAY)
    assert (found.reached, found.settlements) == (1, 4)


@pytest.mark.parametrize("sectored", [True, False])
def test_what_lies_half_a_world_off_is_left_out_and_stated_and_the_rest_is_told(
    mission: Mission, tmp_path: Path, sectored: bool
) -> None:
    if sectored:
        made(mission, tmp_path)
    else:
        submitted(mission, tmp_path, "patrol_tracks", [track(62.0, 62.04, "2026-01-01", "Today")])
    before = mission.desk().coverage(DAY)
    far: list[Feature] = [track(-100.0, -99.9, "2026-01-01", f"Astray {n}") for n in range(3)]
    submitted(mission, tmp_path, "patrol_tracks", far)
    submitted(mission, tmp_path, "positions", [("Point", [-100.0, -20.0], {"id": "op", "valid_from": "2026-01-01T00:00:00Z"})])
    found, why = mission.desk().coverage(DAY), "more than 5,000 km from the mission's ground"
    assert found.left_out == ((why, 3), (f"post {why}", 1))
    assert (found.area_m2, found.sectors, found.tracks, found.posts) == (before.area_m2, before.sectors, 1, 0)
    if sectored:
        line: list[object] = [[-100.0, -20.0], [-99.0, -20.0]]
        submitted(mission, tmp_path, "ceasefire_lines", [("LineString", line, {"id": "far", "name": "Far"})])
        found = mission.desk().coverage(DAY)
        assert (found.line_share, found.left_out[-1]) == (before.line_share, (f"line {why}", 1))
