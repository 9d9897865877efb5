"""Kinds whose victims are told of by a cell of 10 km and a week only: on the map, in every list, and on sheets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.access import User
from layers.catalogue import layer
from layers.desk import Brief, Desk, Mission, spared
from layers.index import degrees
from layers.index.coarse import exact, put
from layers.index.morton import keys
from layers.model import COARSE_M, parse
from layers.notation import format_mgrs, snapped
from tests.missions import ALL, csv_file, empty, geojson_file, row, square

KIND = "child_recruitment"
#: East of the edge of the sectors, while the middle of its cell lies west of it.
LON, LAT = 62.03, -20.0123
SECRETS = ("Tessaly", "a school", "seen by", "398.5", "-20.0123", "62.03", "1000Z", "10:00:00")
VIEWER = User("viewer", frozenset({"viewer"}), None)


def report(number: int, lon: float = LON, lat: float = LAT, **fields: str) -> dict[str, str]:
    said = {"kind": KIND, "longitude": f"{lon}", "latitude": f"{lat}", "target": "a school", "text": "seen by a neighbour"}
    return row(number, **(said | fields))


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m")
    areas = [
        ("Polygon", square(west, -22, 4), {"id": f"s{n}", "name": f"Sector {n}", "code": f"S{n}"})
        for n, west in ((1, 58), (2, 62))
    ]
    made.desk().submit("sectors", geojson_file(tmp_path / "sectors.geojson", areas))
    made.desk().submit("incidents", csv_file(tmp_path / "told.csv", [report(1), row(2, longitude="62.03", latitude="-20.0123")]))
    yield made
    made.close()


def newest(desk: Desk) -> dict[str, int]:
    return {str(one["feature"]): int(str(one["id"])) for one in desk.feed(ALL)["items"]}


def test_on_the_map_it_lies_in_the_middle_of_its_cell_and_another_of_the_same_place_where_it_is(mission: Mission) -> None:
    sheet = mission.desk().sheet(ALL)
    (of,) = (one for one in sheet.layers if one.id == "incidents")
    lies = {}
    for part in sheet.points(of):
        lon, lat = degrees(part.columns.key[part.rows])
        lies |= dict(zip(part.columns.seq[part.rows].tolist(), zip(lon.tolist(), lat.tolist(), strict=True), strict=True))
    at = newest(mission.desk())
    (east,), (north,) = snapped([LON], [LAT], COARSE_M)
    assert lies[at["r1"]] == pytest.approx((east, north), abs=1e-6)
    assert lies[at["r2"]] == pytest.approx((LON, LAT), abs=1e-6)


def test_its_sector_is_that_of_the_true_place_also_when_sectors_change(mission: Mission, tmp_path: Path) -> None:
    assert [count_of(mission, code) for code in ("S1", "S2")] == [0, 2]
    areas = [("Polygon", square(62, -22, 4), {"id": "s2", "name": "East", "code": "EAST"})]
    mission.desk().submit("sectors", geojson_file(tmp_path / "again.geojson", areas))
    assert [count_of(mission, code) for code in ("S1", "EAST")] == [0, 2]
    bound = User("east", frozenset({"officer"}), None, sectors=frozenset({"EAST"}))
    assert newest(mission.desk(bound)).keys() == {"r1", "r2"}


def count_of(mission: Mission, code: str) -> int:
    sheet = mission.desk().sheet(parse(f"last=all&sector={code}"))
    return sheet.count(layer("incidents"))


@pytest.mark.parametrize("what", ["card", "feed", "table", "search"])
def test_no_list_tells_more_than_the_cell_and_the_week(mission: Mission, what: str) -> None:
    desk = mission.desk(VIEWER)
    at = newest(desk)
    told = {
        "card": lambda: desk.card("incidents", at["r1"], ALL),
        "feed": lambda: [one for one in desk.feed(ALL)["items"] if one["feature"] == "r1"],
        "table": lambda: [one for one in desk.table(ALL, "incidents")["rows"] if one["feature"] == "r1"],  # type: ignore[attr-defined]
        "search": lambda: desk.search(ALL, "r1"),
    }[what]()
    text = json.dumps(told, ensure_ascii=False)
    assert "Recruitment of children" in text
    for secret in SECRETS:
        assert secret not in text
    (cell,) = format_mgrs(*snapped([LON], [LAT], COARSE_M))
    assert what == "search" or cell in text
    assert what != "card" or spared.NOTE in text


def test_its_history_tells_no_more_either(mission: Mission, tmp_path: Path) -> None:
    moved = report(1, lon=62.01, text="seen by a teacher", severity="high")
    mission.desk().submit("incidents", csv_file(tmp_path / "again.csv", [moved]))
    card = mission.desk(VIEWER).card("incidents", newest(mission.desk())["r1"], ALL)
    assert [one["change"] for one in card["history"]] == ["first version", "Severity"]  # type: ignore[attr-defined]
    assert not any(secret in json.dumps(card) for secret in SECRETS)


def test_who_may_edit_it_reads_and_keeps_the_whole_record(mission: Mission) -> None:
    at = newest(mission.desk())["r1"]
    (whole,) = mission.desk().rows("incidents", [at])
    assert (whole["fields"]["text"], whole["cells"]["Place"]) == ("seen by a neighbour", "Tessaly")  # type: ignore[index]
    (bare,) = mission.desk(VIEWER).rows("incidents", [at])
    assert not any(secret in json.dumps(bare) for secret in SECRETS)
    held = mission.desk().sheet(ALL).features("incidents")
    assert held.geometry[at].coords[0] == (LON, LAT)


def test_rules_and_joins_know_it_no_more_precisely_than_its_cell(mission: Mission, tmp_path: Path) -> None:
    zone = [("Polygon", square(LON - 0.001, LAT - 0.001, 0.002), {"id": "z", "name": "School", "kind": "buffer_zone"})]
    mission.desk().submit("zones", geojson_file(tmp_path / "zone.geojson", zone))
    found = {str(one["feature"]): one["cells"] for one in mission.desk().table(ALL, "incidents")["rows"]}  # type: ignore[attr-defined]
    assert found["r2"]["Zones"] == "School"
    assert found["r1"]["Zones"] in ("", "School (under 1 % likely)")
    near = mission.desk().sheet(parse("last=all&where=incidents,inside,zones,0"))
    assert near.count(layer("incidents")) == 1


def test_a_sheet_shows_the_middle_of_the_cell_and_tells_nothing_more(mission: Mission) -> None:
    made = mission.desk().issue(ALL, Brief("All"), "html").body.decode()
    assert "seen by" not in made
    assert made.count("shots heard") == 1
    pdf = mission.desk().issue(ALL, Brief("All"), "pdf").body
    assert "Tessaly" not in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


@given(
    st.lists(st.tuples(st.floats(-179, 179), st.floats(-70, 70), st.booleans()), min_size=1, max_size=30),
)
def test_places_go_to_their_cells_and_come_back_exactly(places: list[tuple[float, float, bool]]) -> None:
    lon, lat = (np.array([one[axis] for one in places]) for axis in (0, 1))
    rows = np.flatnonzero([one[2] for one in places])
    east, north, far = put(lon, lat, rows)
    kept = np.setdiff1d(np.arange(len(places)), rows)
    assert (east[kept] == lon[kept]).all()
    assert (north[kept] == lat[kept]).all()
    assert (east[rows] == snapped(lon[rows], lat[rows], COARSE_M)[0]).all()
    assert (far >= COARSE_M).all()
    seq = np.arange(len(places))[::-1].copy()
    back = exact(seq[rows], lon[rows], lat[rows]).places(keys(east, north), seq)
    assert (back[0][rows] == lon[rows]).all()
    assert (back[1][rows] == lat[rows]).all()
    assert np.allclose(back[0][kept], lon[kept], atol=1e-6)
    assert np.allclose(back[1][kept], lat[kept], atol=1e-6)
