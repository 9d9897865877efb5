"""Places of civilians: when a patrol was last there, and what harmed them near by, against a slow, obvious reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyproj import Geod

from layers.desk import Desk, Mission
from layers.desk.civilians import NEAR_M, Place
from layers.model import NO_TIME, from_micros, parse
from layers.notation import dtg
from layers.serve import serve
from tests.missions import ALL, csv_file, empty, geojson_file, row
from tests.patrolled import drove, planned
from tests.test_patrols import page, text

EARTH = Geod(ellps="WGS84")
TOWNS = [
    ("Point", [62.02, -20.003], {"id": "on", "name": "On the way", "kind": "village", "population": 1200}),
    ("Point", [62.02, -20.006], {"id": "off", "name": "Too far", "kind": "displacement_site"}),
    ("Point", [62.5, -20.5], {"id": "c", "name": "<i>Clinic</i>", "kind": "clinic"}),
]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    made.desk().submit("settlements", geojson_file(tmp_path / "towns.geojson", TOWNS))
    yield made
    made.close()


def found(desk: Desk, view: str = "last=24h") -> dict[str, Place]:
    return {one.name: one for one in desk.civilians(parse(view))}


def test_a_place_was_visited_when_a_track_came_within_half_a_kilometre(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, [], [drove(1, "06:00")])
    one = found(desk)["On the way"]
    assert dtg(from_micros(one.visited)).startswith("010611Z")
    assert (one.kind, one.population, one.days, one.harm) == ("Village", 1200, 0, 0)
    assert (found(desk)["Too far"].visited, found(desk)["Too far"].days) == (NO_TIME, None)


def test_those_never_visited_come_first_and_of_these_those_with_most_harm_near(mission: Mission, tmp_path: Path) -> None:
    desk = planned(mission, tmp_path, [], [drove(1, "06:00")])
    near = [
        row(n, kind=kind, longitude="62.5", latitude="-20.51")
        for n, kind in enumerate(("attack_on_civilians", "looting", "firing"), 1)
    ]
    desk.submit("incidents", csv_file(tmp_path / "harm.csv", near))
    assert list(found(desk)) == ["<i>Clinic</i>", "Too far", "On the way"]
    assert (found(desk)["<i>Clinic</i>"].near, found(desk)["<i>Clinic</i>"].harm) == (3, 2)
    assert (found(desk, "last=1h")["<i>Clinic</i>"].near, found(desk, "last=1h")["<i>Clinic</i>"].harm) == (0, 0)


def test_a_protected_report_counts_by_the_middle_of_its_cell(mission: Mission, tmp_path: Path) -> None:
    there = row(1, kind="sexual_violence", longitude="62.5", latitude="-20.5")
    mission.desk().submit("incidents", csv_file(tmp_path / "harm.csv", [there]))
    (item,) = mission.desk().feed(ALL)["items"]  # type: ignore[misc]
    _, _, metres = EARTH.inv(62.5, -20.5, item["lon"], item["lat"])
    assert found(mission.desk())["<i>Clinic</i>"].harm == int(metres <= NEAR_M)


def test_without_places_there_is_nothing(tmp_path: Path) -> None:
    bare = empty(tmp_path / "bare")
    assert bare.desk().civilians(ALL) == ()
    bare.close()


def test_the_page_lists_the_places_and_their_names_are_text(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    planned(mission, tmp_path, [], [drove(1, "06:00")])
    shown = text(page())
    assert "Civilians: places longest without a patrol" in shown
    assert "&lt;i&gt;Clinic&lt;/i&gt;" in shown
    assert "none recorded" in shown
    assert "none known" in shown
    post = ("Point", [62.02, -20.1], {"id": "p", "name": "<b>Post</b>"})
    mission.desk().submit("positions", geojson_file(tmp_path / "post.geojson", [post]))
    shown = text(page())
    assert "32 min <small>&lt;b&gt;Post&lt;/b&gt;, 10.7 km straight</small>" in shown


def test_all_of_many_places_can_be_reached(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    many = [("Point", [62.0 + n / 1_000, -20.3], {"id": f"v{n}", "name": f"Village {n:02}"}) for n in range(45)]
    mission.desk().submit("settlements", geojson_file(tmp_path / "many.geojson", many))
    shown = page()
    (rows,) = [box for box in shown.selectbox if box.label == "Rows"]
    assert list(rows.options) == ["1 to 40 of 48", "41 to 48 of 48"]
    first = {name for name in (f"Village {n:02}" for n in range(45)) if name in text(shown)}
    rows.select_index(1).run()
    second = {name for name in (f"Village {n:02}" for n in range(45)) if name in text(shown)}
    assert len(first | second) == 45
    assert not first & second
