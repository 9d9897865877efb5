"""Nearest help on an incident's card: by road or straight across, against networkx, with what is assumed and what may be seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import networkx
import numpy as np
import pytest
from pyproj import Geod

from layers.access import User
from layers.desk import Mission, nearest_help
from layers.model import View
from tests.missions import ALL, csv_file, empty, geojson_file, row

EARTH = Geod(ellps="WGS84")
#: A road along a parallel, one that leads south from its middle, and one that meets neither.
ROADS = [
    [[61.0, -20.0], [61.1, -20.0], [61.2, -20.0], [61.3, -20.0]],
    [[61.2, -20.0], [61.2, -20.1]],
    [[61.3, -20.3], [61.4, -20.3]],
]
POSTS = {"West": (61.0, -20.0), "South": (61.2, -20.1), "East": (61.3, -20.0), "Cut off": (61.35, -20.3), "Hill": (61.25, -20.05)}
LEVELS = ("UNCLASSIFIED", "RESTRICTED", "SECRET")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m", markings=LEVELS)
    yield made
    made.close()


def with_roads(mission: Mission, paths: list[list[list[float]]] = ROADS) -> None:
    folder = mission.folder / "basemap"
    folder.mkdir(exist_ok=True)
    geojson_file(folder / "roads.geojson", [("LineString", list(path), {}) for path in paths])


def posted(mission: Mission, folder: Path, names: tuple[str, ...] = tuple(POSTS), **said: object) -> None:
    told = [("Point", list(POSTS[name]), {"id": name, "name": name, "marking": "UNCLASSIFIED"} | said) for name in names]
    assert mission.desk().submit("positions", geojson_file(folder / f"{names[0]}.geojson", told)).refused == ()


def helped(mission: Mission, folder: Path, lon: float, lat: float, user: User | None = None, **said: str) -> list[str]:
    number = len(list(folder.glob("told*.csv"))) + 1
    told = row(number, longitude=f"{lon}", latitude=f"{lat}", **said)
    assert mission.desk().submit("incidents", csv_file(folder / f"told{number}.csv", [told])).refused == ()
    return rows(card(mission, f"r{number}", user))


def card(mission: Mission, feature: str, user: User | None = None) -> dict[str, object]:
    desk = mission.desk(user) if user else mission.desk()
    seq = next(int(str(one["id"])) for one in desk.feed(ALL)["items"] if one["feature"] == feature)  # type: ignore[attr-defined]
    return desk.card("incidents", seq, ALL)


def rows(told: dict[str, object]) -> list[str]:
    return [one["value"] for one in told["rows"] if one["label"] == "Nearest help"]  # type: ignore[attr-defined]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(EARTH.inv(*one, *other)[2])


@pytest.mark.parametrize("place", [(61.1, -20.0), (61.2, -20.1), (61.0, -20.0), (61.3, -20.0), (61.4, -20.3)])
def test_every_way_is_as_long_as_networkx_has_it(mission: Mission, tmp_path: Path, place: tuple[float, float]) -> None:
    with_roads(mission)
    names = ("West", "South", "East")
    posted(mission, tmp_path, names)
    graph = networkx.Graph()
    for path in ROADS:
        for begin, end in pairwise(map(tuple, path)):
            graph.add_edge(begin, end, metres=metres(begin, end))
    found = {way.force.name: way for way in nearest_help.ways(mission.desk().sheet(ALL), *place)}
    assert found.keys() == set(names)
    for name in names:
        joined = networkx.has_path(graph, POSTS[name], place)
        length = networkx.shortest_path_length(graph, POSTS[name], place, "metres") if joined else metres(POSTS[name], place)
        assert (found[name].why == "") == joined
        assert found[name].metres == pytest.approx(length, abs=0.5)
        assert found[name].seconds == pytest.approx(length / (40 if joined else 20) * 3.6, abs=0.1)


def test_the_three_soonest_are_told_with_speed_and_way(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission)
    posted(mission, tmp_path)
    told = helped(mission, tmp_path, 61.1, -20.0)
    assert told == [
        "West, 16 min, 10.5 km by road at 40 km/h",
        "East, 31 min, 20.9 km by road at 40 km/h",
        "South, 32 min, 21.5 km by road at 40 km/h",
    ]


def test_what_lies_off_the_road_is_counted_and_said(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission)
    posted(mission, tmp_path, ("West",))
    far, near = metres((61.1, -20.0), (61.1, -19.99)), metres((61.0, -20.0), (61.1, -20.0))
    (told,) = helped(mission, tmp_path, 61.1, -19.99)
    assert (
        told == f"West, {round((far / 20 + near / 40) * 3.6 / 60)} min, {(far + near) / 1000:.1f} km by road at 40 km/h, "
        "1,107 m of it off the road at 20 km/h"
    )


def test_far_from_any_road_or_without_roads_it_is_straight_across_and_says_so(mission: Mission, tmp_path: Path) -> None:
    posted(mission, tmp_path, ("West",))
    assert helped(mission, tmp_path, 61.0, -20.05) == [
        "West, 17 min, 5.5 km in a straight line at 20 km/h, without roads to go by"
    ]
    with_roads(mission)
    assert rows(card(mission, "r1")) == ["West, 17 min, 5.5 km in a straight line at 20 km/h, no road within 2 km of the place"]
    (mission.folder / "basemap" / "roads.geojson").write_text('{"type": "FeatureCollection", "features": [], "x": 1}')
    assert "without roads" in rows(card(mission, "r1"))[0]


def test_straight_across_is_told_where_it_is_sooner_than_by_road(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission, [[[61.0, -20.0], [61.0, -20.2], [61.05, -20.2], [61.05, -20.0]]])
    posted(mission, tmp_path, ("West",))
    (told,) = helped(mission, tmp_path, 61.05, -20.0)
    assert told == "West, 16 min, 5.2 km in a straight line at 20 km/h, sooner than by road"
    assert "way" not in card(mission, "r1")["rows"][-1]  # type: ignore[index]
    (told,) = helped(mission, tmp_path, 61.05, -20.2)
    assert told == "West, 41 min, 27.4 km by road at 40 km/h"


def test_what_of_the_roads_cannot_be_gone_by_is_stated(mission: Mission) -> None:
    box = mission.desk().sheet(View()).record.configuration.box
    assert nearest_help.stated(mission.folder, box) == ""
    with_roads(mission, ROADS[:2])
    assert nearest_help.stated(mission.folder, box) == ""
    with_roads(mission, [*ROADS, [[61.5, -20.0], [61.5, -20.0]]])
    said = nearest_help.stated(mission.folder, box)
    assert said == "The mission's roads fall into 2 parts that do not connect; 1 road without length is left out."
    path = mission.folder / "basemap" / "roads.geojson"
    path.write_text("{", encoding="utf-8")
    said = nearest_help.stated(mission.folder, box)
    assert said == (
        "The mission's roads cannot be used: their file is no GeoJSON collection of lines; correct basemap/roads.geojson."
    )
    geojson_file(path, [("LineString", [[61.0, -20.0], [61.0, -95.0]], {})])
    assert nearest_help.stated(mission.folder, box).startswith("The mission's roads cannot be used: ")
    assert nearest_help.network_of(mission.folder, box) is None


def track(
    name: str, lon: float, ended: str | None, *, began: str = "2026-01-01T09:00:00Z", step: int = 1800
) -> tuple[str, list[object], dict[str, object]]:
    said = {"id": name, "name": name, "started_at": began, "times": f"0 {step}"} | ({"ended_at": ended} if ended else {})
    return "LineString", [[lon - 0.01, -20.0], [lon, -20.0]], said


def test_patrols_that_are_out_help_from_their_last_fix_and_others_do_not(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission)
    tracks = [
        track("Out", 61.1, None),
        track("Just back", 61.2, "2026-01-01T11:30:00Z", step=9000),
        track("Long back", 61.1, "2026-01-01T09:30:00Z"),
        track("Lost", 61.1, None, began="2025-12-30T09:00:00Z"),
        track("Ahead", 61.1, None, began="2026-01-01T13:00:00Z"),
    ]
    assert mission.desk().submit("patrol_tracks", geojson_file(tmp_path / "t.geojson", tracks)).refused == ()
    assert helped(mission, tmp_path, 61.1, -20.0) == [
        "Out, 1 min, 0 m by road at 40 km/h, from its last fix 2 h 30 min ago",
        "Just back, 16 min, 10.5 km by road at 40 km/h, from its last fix 30 min ago",
    ]


def test_a_post_that_is_closed_helps_no_more(mission: Mission, tmp_path: Path) -> None:
    posted(mission, tmp_path, ("West",), valid_to="2026-01-01T11:00:00Z")
    assert helped(mission, tmp_path, 61.1, -20.0) == []


def test_a_card_is_marked_as_the_post_it_names_and_who_may_not_see_it_reads_of_others(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission)
    posted(mission, tmp_path, ("East",))
    posted(mission, tmp_path, ("West",), marking="SECRET")
    low = User("low", frozenset({"officer"}), "UNCLASSIFIED")
    # Of equal distance in either direction, so that nothing else of the card is told of the secret post.
    told = helped(mission, tmp_path, 61.2, -20.0, low)
    assert [one.split(",")[0] for one in told] == ["East"]
    assert card(mission, "r1", low)["marking"] == "UNCLASSIFIED"
    assert card(mission, "r1")["marking"] == "SECRET"


def test_of_what_is_told_coarsely_no_help_is_told(mission: Mission, tmp_path: Path) -> None:
    posted(mission, tmp_path, ("West",))
    assert helped(mission, tmp_path, 61.1, -20.0, kind="child_recruitment") == []


def test_the_roads_are_read_once_until_their_file_changes(mission: Mission) -> None:
    with_roads(mission)
    box = mission.desk().sheet(View()).record.configuration.box
    first = nearest_help.network_of(mission.folder, box)
    assert first is not None
    assert nearest_help.network_of(mission.folder, box) is first
    with_roads(mission, ROADS[:1])
    again = nearest_help.network_of(mission.folder, box)
    assert again is not None
    assert len(again.lines) == 1


@pytest.mark.parametrize("roads", [True, False])
def test_of_many_places_each_is_told_who_of_all_is_soonest_there(mission: Mission, tmp_path: Path, roads: bool) -> None:
    if roads:
        with_roads(mission)
    posted(mission, tmp_path)
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(60.95, 61.45, 6), np.linspace(-20.35, -19.95, 5)))
    lon, lat = np.append(lon, [61.13, 61.36]), np.append(lat, [-20.001, -20.3])
    sheet = mission.desk().sheet(ALL)
    told = nearest_help.soonest(sheet, lon, lat)
    for n, one in enumerate(told):
        best = nearest_help.ways(sheet, float(lon[n]), float(lat[n]))[0]
        assert one is not None
        assert one.seconds == pytest.approx(best.seconds, abs=0.01)
        assert (one.force.name, bool(one.why)) == (best.force.name, bool(best.why))
        assert one.metres == pytest.approx(best.metres, abs=1)
    assert any(one and not one.why for one in told) == roads


def test_where_nobody_is_no_help_is_told(mission: Mission) -> None:
    assert nearest_help.soonest(mission.desk().sheet(ALL), np.array([61.0]), np.array([-20.0])) == [None]


def test_the_way_of_the_soonest_by_road_leads_from_where_it_is_to_the_place(mission: Mission, tmp_path: Path) -> None:
    with_roads(mission)
    posted(mission, tmp_path, ("West",))
    helped(mission, tmp_path, 61.2005, -20.05)
    [row] = [one for one in card(mission, "r1")["rows"] if one["label"] == "Nearest help"]  # type: ignore[attr-defined]
    [steps] = row["way"]
    at = np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / 1e6
    assert at[0].tolist() == pytest.approx([61.0, -20.0])
    assert at[-1].tolist() == pytest.approx([61.2005, -20.05])
    assert [61.2, -20.0] in at.round(6).tolist()
    sheet, force = mission.desk().sheet(ALL), nearest_help.forces(mission.desk().sheet(ALL))[0]
    line = nearest_help.driven(sheet, force, 61.2005, -20.05)
    assert EARTH.geometry_length(line) == pytest.approx(nearest_help.ways(sheet, 61.2005, -20.05)[0].metres, rel=1e-3)
    assert nearest_help.driven(sheet, force, 61.35, -20.31).is_empty
    helped(mission, tmp_path, 61.35, -20.31)
    assert all("way" not in one for one in card(mission, "r2")["rows"])  # type: ignore[attr-defined]
