"""Every incident knows its place: by which line, on whose side, how far along, in which zones, near what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.access import OWNER, User
from layers.analysis.place import Feature, Features, Surroundings, coded, features, placed, whole_lines
from layers.analysis.related import sides, sides_unsure
from layers.desk import Mission, picture
from layers.errors import MalformedView
from layers.model import NO_TIME, parse
from tests import exported, missions
from tests.missions import ALL

EARTH = Geod(ellps="WGS84")
LINE = [[60.5, -20.0], [61.0, -20.05], [61.5, -19.95], [62.0, -20.0]]
OPEN = User("someone", OWNER.roles, "UNCLASSIFIED", None)


def _surroundings(lines: list[Feature], zones: list[Feature]) -> Surroundings:
    return Surroundings(features(lines), features(zones), features(()), features(()))


@settings(deadline=None, max_examples=40)
@given(cuts=st.sets(st.integers(1, 28), max_size=5), seed=st.integers(0, 999))
def test_a_line_in_parts_is_one_line(cuts: set[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    path = np.column_stack([np.linspace(60, 61, 30), np.cumsum(dice.normal(0, 0.02, 30))])
    edges = [0, *sorted(cuts), 29]
    parts = [
        Feature(f"p{n}", "Line", shapely.LineString(path[begin : end + 1]), left="A", right="B")
        for n, (begin, end) in enumerate(itertools.pairwise(edges))
    ]
    (joined,) = whole_lines(parts)
    whole = Feature("p0", "Line", shapely.LineString(path), left="A", right="B")
    lon, lat = dice.uniform(59.9, 61.1, 50), dice.uniform(path[:, 1].min() - 0.1, path[:, 1].max() + 0.1, 50)
    at, precision = np.zeros(50, np.int64), np.full(50, np.nan)
    found = placed(lon, lat, at, precision, _surroundings([joined], []))
    assert found == placed(lon, lat, at, precision, _surroundings([whole], []))


def all_alike(lon: float, lat: float, metres: float, lines: Features, side: str) -> bool:
    """Say whether every place of a disc lies on a side, or none, as far as many of them tell."""
    n = np.arange(1_500)
    away = metres * np.sqrt(np.minimum((n + 0.5) / 1_000, 1))
    x, y, _ = EARTH.fwd(np.full(1_500, lon), np.full(1_500, lat), np.degrees(n * np.pi * (3 - np.sqrt(5))), away)
    on = sides(np.array(x), np.array(y), np.zeros(1_500, np.int64), lines) == side
    return bool(on.all() or not on.any())


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 9999))
def test_a_side_is_sure_where_all_places_of_the_report_lie_on_it(seed: int) -> None:
    """Beyond the ends of lines, and midway between several, as well as beside one; to 2.5 % of the precision where several decide."""
    dice = np.random.default_rng(seed)
    x = np.linspace(35, 35.2, 4)
    shapes = [shapely.LineString(np.column_stack([x, 32 + 0.1 * n + dice.uniform(-0.02, 0.02, 4)])) for n in range(3)]
    shapes[2] = shapely.MultiLineString([shapes[2], shapely.LineString([(35.25, 32.2), (35.3, 32.21)])])
    lines = [Feature(str(n), "", one, left="AB"[n % 2], right="BA"[n % 2]) for n, one in enumerate(shapes)]
    lon, lat = dice.uniform(34.9, 35.4, 30), dice.uniform(31.9, 32.3, 30)
    precision = np.append(dice.choice([200.0, 1_000.0, 4_000.0], 29), np.nan)
    at = np.zeros(30, np.int64)
    open_ = sides_unsure(lon, lat, at, precision, lines=features(lines), side="A")
    beside = placed(lon, lat, at, precision, _surroundings(lines, []))
    assert not open_[29]
    for n in range(29):
        assert open_[n] or all_alike(lon[n], lat[n], 0.975 * precision[n], features(lines), "A")
        assert not (open_[n] and all_alike(lon[n], lat[n], 1.025 * precision[n], features(lines), "A"))
        for line in lines:
            (sure,) = {found.sure for found in beside[n].lines if found.name == line.id}
            assert not sure or all_alike(lon[n], lat[n], 0.99 * precision[n], features([line]), "A")
            assert sure or not all_alike(lon[n], lat[n], 1.01 * precision[n], features([line]), "A")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 999))
def test_the_short_place_is_that_of_the_whole_one(seed: int) -> None:
    dice = np.random.default_rng(seed)
    dates = [(int(NO_TIME), 9), (5, int(NO_TIME)), (3, 7)]
    lines = [
        Feature(f"l{n}", f"Line {n}", shapely.LineString(dice.uniform(30, 31, (4, 2))), *when, *sides)
        for n, (when, sides) in enumerate(zip(dates, [("A", "B"), ("B", "A"), ("", "")], strict=True))
    ]
    zones = [
        Feature(f"z{n}", f"Zone {n}", shapely.box(x, y, x + 0.5, y + 0.4), *when)
        for n, ((x, y), when) in enumerate(zip(dice.uniform(30, 30.6, (3, 2)), dates, strict=True))
    ]
    lon, lat = dice.uniform(30, 31, (2, 60))
    at = dice.integers(0, 12, 60)
    short = coded(lon, lat, at, features(lines), features(zones))
    whole = placed(lon, lat, at, np.full(60, np.nan), _surroundings(lines, zones))
    for n, place in enumerate(whole):
        assert (short.band[n] == 0) == (not place.lines)
        if place.lines:
            nearest = place.lines[0]
            reach = [500, 1_000, 2_000, 5_000, 10_000, np.inf]
            assert short.band[n] == 1 + sum(nearest.metres > metres for metres in reach)
            assert short.sides[short.side[n] - 1] == nearest.side
        ids = short.together[short.zones[n] - 1] if short.zones[n] else ()
        assert sorted(zone.name for zone in place.zones) == sorted(f"Zone {of[1:]}" for of in ids)


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    for layer, kind, at, said in (
        ("ceasefire_lines", "LineString", LINE, {"id": "line", "name": "The line", "left_party": "A", "right_party": "B"}),
        ("zones", "Polygon", missions.square(60.9, -20.1, 0.2), {"id": "zone", "name": "The zone"}),
        (
            "zones",
            "Polygon",
            missions.square(61.0, -20.1, 0.5),
            {"id": "later", "name": "Later", "valid_from": "2026-01-01T09:00Z"},
        ),
        ("positions", "Point", [61.0, -20.2], {"id": "op", "name": "OP 1"}),
        ("settlements", "Point", [61.1, -19.9], {"id": "town", "name": "Tessaly"}),
    ):
        receipt = made.desk().submit(layer, missions.geojson_file(tmp_path / "in.geojson", [(kind, at, said)]))
        assert receipt.new == 1
    rows = [missions.row(n, longitude=f"{60.6 + n / 50:.6f}", latitude=f"{-20.15 + n / 150:.6f}") for n in range(45)]
    rows[30]["occurred_at"] = rows[31]["occurred_at"] = "2026-01-01T08:00:00Z"
    rows[32]["precision_m"], rows[33]["precision_m"] = "30000", ""
    assert made.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", rows)).new == 45
    yield made
    made.close()


def counted(mission: Mission, view: str) -> int:
    count, _ = mission.desk().counts(parse(f"last=all&{view}"))
    return count


def test_filter_card_table_and_export_tell_one_place(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    filters = {one["name"]: [code for code, _ in one["choices"]] for one in desk.portrayal()["filters"]}
    assert filters["zone"] == ["zone", "later"]
    assert filters["side"] == ["A", "B", "on"]
    path = tmp_path / "out.csv"
    desk.export("incidents", path, ALL)
    rows = exported.rows(path)
    for side in ("A", "B"):
        assert counted(mission, f"side={side}") == sum(row["derived_side"] == side for row in rows) > 0
    assert counted(mission, "distance=500,1000") == sum(float(row["derived_line_m"]) <= 1_000 for row in rows) > 0
    square = shapely.box(60.9, -20.1, 61.1, -19.9)
    lying = [shapely.intersects_xy(square, float(row["longitude"]), float(row["latitude"])) for row in rows]
    assert counted(mission, "zone=zone") == sum(lying) > 0
    assert all("The zone" in str(row["derived_zones"]) for row, inside in zip(rows, lying, strict=True) if inside)
    for row in rows[::7]:
        distance = min(
            EARTH.line_length(*zip((float(row["longitude"]), float(row["latitude"])), at, strict=True)) for at in _along(LINE)
        )
        assert float(row["derived_line_m"]) == pytest.approx(distance, abs=20)
    table = {row["feature"]: row["cells"] for row in desk.table(ALL, "incidents", size=500)["rows"]}
    for row in rows:
        metres = float(row["derived_line_m"])
        assert table[row["id"]]["Nearest post"].startswith(str(row["derived_position"]))
        number, unit, *_ = table[row["id"]]["To the line"].replace(",", "").split()
        assert float(number) * {"m": 1, "km": 1_000}[unit] == pytest.approx(metres, abs=0.6 if unit == "m" else 51)
        assert f"side of Party {row['derived_side']}" in table[row["id"]]["To the line"]
        assert f"KP {float(row['derived_line_km']):.1f}" in table[row["id"]]["To the line"]
        assert ("(side uncertain)" in table[row["id"]]["To the line"]) == (row["derived_side_sure"] == "no")
    sure = {row["id"]: row["derived_side_sure"] for row in rows}
    assert (sure["r32"], sure["r33"] or "", sure["r0"]) == ("no", "", "yes")
    assert sum(of == "no" for of in sure.values()) < 5
    again = missions.empty(tmp_path / "again")
    assert (again.desk().submit("incidents", path).new, again.store.version()) == (45, 45)
    again.close()


def _along(line: list[list[float]]) -> list[tuple[float, float]]:
    return [
        tuple(np.array(a) + (np.array(b) - np.array(a)) * share)
        for a, b in itertools.pairwise(line)
        for share in np.linspace(0, 1, 4_001)
    ]


def _card(mission: Mission, feature: str, user: User | None = None) -> dict[str, object]:
    seq = int(mission.store.current("incidents", [feature]).seq[0])
    return (mission.desk(user) if user else mission.desk()).card("incidents", seq)


def _said(card: dict[str, object]) -> dict[str, str]:
    return {row["label"]: row["value"] for row in card["rows"]}


def test_only_what_stood_that_day_counts(mission: Mission) -> None:
    after, before = _said(_card(mission, "r29")), _said(_card(mission, "r30"))
    assert after["In"] == "Later"
    assert "Later" not in before.values()


def test_a_line_in_force_until_a_day_stands_on_that_day(mission: Mission, tmp_path: Path) -> None:
    said = {"id": "zone", "name": "The zone", "valid_from": "2025-12-01", "valid_to": "2026-01-01"}
    shape = ("Polygon", missions.square(60.9, -20.1, 0.2), said)
    assert mission.desk().submit("zones", missions.geojson_file(tmp_path / "in.geojson", [shape])).changed == 1
    assert "2026-01-01T23:59:59Z" in mission.desk().sheet(ALL).features("zones")["valid_to"].tolist()
    assert counted(mission, "zone=zone") > 0
    shape[2]["valid_to"] = "2025-12-31"
    assert mission.desk().submit("zones", missions.geojson_file(tmp_path / "in.geojson", [shape])).changed == 1
    assert counted(mission, "zone=zone") == 0


def test_the_card_says_how_sure_it_is(mission: Mission) -> None:
    card = _said(_card(mission, "r32"))
    assert "known to 30.0 km only, so it may be on the other side" in card["The line"]
    assert any("likely in" in label for label in card)
    assert card["Nearest post"].startswith("OP 1, ")
    assert card["Nearest settlement"].startswith("Tessaly, ")


def test_a_new_version_of_the_line_moves_every_incident(mission: Mission, tmp_path: Path) -> None:
    before = counted(mission, "side=A"), counted(mission, "side=B")
    said = {"id": "line", "name": "The line", "left_party": "B", "right_party": "A"}
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "line.geojson", [("LineString", LINE, said)]))
    assert (counted(mission, "side=B"), counted(mission, "side=A")) == before


def test_many_incidents_are_placed_while_the_map_goes_on(
    mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = counted(mission, "side=A")
    monkeypatch.setattr(picture, "_AT_ONCE", 10)
    changes: list[object] = []
    mission.listen(changes.append)
    turned = list(reversed(LINE))
    said = {"id": "line", "name": "The line", "left_party": "B", "right_party": "A"}
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "line.geojson", [("LineString", turned, said)]))
    said |= {"left_party": "A", "right_party": "B"}
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "line.geojson", [("LineString", turned, said)]))
    assert mission.picture.stale
    assert counted(mission, "side=A") == small
    mission.place()
    assert not mission.picture.stale
    assert changes[-1].reshaped == frozenset({"incidents"})
    assert counted(mission, "side=B") == small
    rows = [missions.row(100 + n, longitude=f"{60.6 + n / 50:.6f}") for n in range(20)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "more.csv", rows))
    assert mission.picture.unplaced
    assert counted(mission, "side=A,B,on") == 65


def test_a_place_is_marked_as_what_it_names(mission: Mission, tmp_path: Path) -> None:
    said = {"id": "secret", "name": "The hidden zone", "marking": "CONFIDENTIAL"}
    at = missions.square(60.5, -20.3, 1.5)
    mission.desk().submit("zones", missions.geojson_file(tmp_path / "zone.geojson", [("Polygon", at, said)]))
    assert _card(mission, "r1")["marking"] == "CONFIDENTIAL"
    assert "The hidden zone" in str(_card(mission, "r1"))
    hidden = _card(mission, "r1", OPEN)
    assert hidden["marking"] == "UNCLASSIFIED"
    assert "The hidden zone" not in str(hidden)
    assert "secret" not in str(mission.desk(OPEN).portrayal())
    with pytest.raises(MalformedView):
        mission.desk(OPEN).understood(parse("last=all&zone=secret"))
    assert mission.desk(OPEN).counts(parse("last=all&zone=secret"))[0] == 0
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, parse("last=all&hide=zones"))
    assert "The hidden zone" not in path.read_text(encoding="utf-8")
    assert mission.desk().sheet(parse("last=all&hide=zones&zone=secret")).marking() == "CONFIDENTIAL"


def test_a_line_above_the_ceiling_tells_no_side_and_no_distance(mission: Mission, tmp_path: Path) -> None:
    said = {"id": "other", "name": "Another line", "marking": "CONFIDENTIAL"}
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", [("LineString", LINE[::-1], said)]))
    names = {one["name"] for one in mission.desk(OPEN).portrayal()["filters"]}
    assert not names & {"side", "distance"}
    for view in ("side=A", "distance=500"):
        with pytest.raises(MalformedView):
            mission.desk(OPEN).counts(parse(f"last=all&{view}"))


def test_where_rows_lie_is_no_part_of_the_record(mission: Mission, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, ALL)
    receipt = mission.desk().submit("incidents", path)
    assert (receipt.unchanged, receipt.new, receipt.changed) == (45, 0, 0)
    assert "derived_" not in "".join(mission.store.current("incidents", [f"r{n}" for n in range(45)]).payload)
