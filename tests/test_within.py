"""The question "… within … m of …": one answer in map, count, table and export, and how sure it is."""

from __future__ import annotations

import csv
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.access import OWNER, User
from layers.analysis import related
from layers.analysis.place import Feature, features
from layers.catalogue.incidents import COARSE
from layers.desk import Mission, within
from layers.desk.relations import Relations
from layers.errors import MalformedView
from layers.model import COARSE_M, parse
from layers.notation import snapped
from layers.spatial import near, pairs, side
from tests import missions
from tests.missions import ALL

EARTH = Geod(ellps="WGS84")
OPEN = User("someone", OWNER.roles, "UNCLASSIFIED", None)


def table(mission: Mission, layer: str) -> geopandas.GeoDataFrame:
    return mission.desk().sheet(ALL).features(layer)


def chosen(mission: Mission, where: str, layer: str) -> set[str]:
    return set(mission.desk().sheet(parse(f"last=all&where={where}")).features(layer)["id"])


def test_what_lies_within_so_many_metres_is_what_the_spatial_library_says(exercise: Mission) -> None:
    incidents = table(exercise, "incidents")
    for other in ("ceasefire_lines", "positions", "settlements"):
        theirs = near(incidents, table(exercise, other), metres=2_000)
        assert chosen(exercise, f"incidents,within,{other},2000", "incidents") == set(theirs["id"])
        rest = set(incidents["id"]) - set(theirs["id"])
        assert chosen(exercise, f"incidents,beyond,{other},2000", "incidents") == rest


def test_an_area_counts_with_its_inside(exercise: Mission) -> None:
    incidents, zones = table(exercise, "incidents"), table(exercise, "zones")
    inside = set(incidents["id"].iloc[pairs(incidents, zones)[:, 0]])
    assert chosen(exercise, "incidents,inside,zones", "incidents") == inside
    close = set(near(incidents, zones, metres=1_500)["id"])
    assert chosen(exercise, "incidents,within,zones,1500", "incidents") == inside | close


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("incidents", "Incidents in Buffer zone"),
        ("positions", "Own positions in Buffer zone"),
        ("sectors", "Sectors that touch or lie in Buffer zone"),
        ("patrol_tracks", "Patrol tracks that touch or lie in Buffer zone"),
    ],
)
def test_what_need_not_lie_wholly_in_an_area_is_not_said_to(exercise: Mission, subject: str, words: str) -> None:
    desk = exercise.desk()
    assert desk.within(parse(f"last=all&where={subject},inside,zones,0,zone-buffer"))["words"] == words
    geometry = {one["id"]: one["geometry"] for one in desk.relations()["subjects"]}
    assert geometry[subject] == desk.layer(subject).geometry


def test_any_of_a_layer_is_named_as_one_says_it_and_a_kept_answer_by_its_own_name(exercise: Mission) -> None:
    desk = exercise.desk()
    kept = desk.keep("Shots by Tessaly Mill", parse("where=incidents,within,positions,5000"))
    for where, words in (
        ("incidents,within,zones,1000", "Incidents within 1,000 m of any zone"),
        ("incidents,beyond,settlements,1000", "Incidents farther than 1,000 m from any settlement"),
        ("incidents,inside,sectors", "Incidents in any sector"),
        (f"incidents,within,{kept},1000", "Incidents within 1,000 m of any of Shots by Tessaly Mill"),
        (f"{kept},within,positions,1000", "Shots by Tessaly Mill within 1,000 m of any own position"),
    ):
        assert desk.within(parse(f"last=all&where={where}"))["words"] == words
    with pytest.raises(MalformedView, match="'9' is not here of Shots by Tessaly Mill; choose"):
        desk.within(parse(f"where=incidents,within,{kept},10,9"))
    desk.drop(kept, "a test")


def test_one_feature_may_be_meant_and_a_line_is_meant_whole(exercise: Mission) -> None:
    incidents, zones, lines = (table(exercise, name) for name in ("incidents", "zones", "ceasefire_lines"))
    buffer = zones[zones["id"] == "zone-buffer"]
    inside = set(incidents["id"].iloc[pairs(incidents, buffer)[:, 0]])
    assert chosen(exercise, "incidents,inside,zones,0,zone-buffer", "incidents") == inside
    assert chosen(exercise, "incidents,within,ceasefire_lines,900,line-2", "incidents") == set(
        near(incidents, lines, metres=900)["id"]
    )


def test_a_side_is_a_partys(exercise: Mission) -> None:
    incidents, lines = table(exercise, "incidents"), table(exercise, "ceasefire_lines")
    line = geopandas.GeoDataFrame(
        geometry=[shapely.line_merge(shapely.union_all(lines.geometry.values), directed=True)], crs=4326
    )
    # Protected kinds lie in the middle of their cells, as on the map.
    spared = incidents["kind"].isin(COARSE).to_numpy()
    lon, lat = snapped(*shapely.get_coordinates(incidents.geometry.values[spared]).T, COARSE_M)
    incidents.loc[spared, "geometry"] = shapely.points(lon, lat)
    lies = side(incidents, line).to_numpy()
    for party, where in (("A", "left"), ("B", "right")):
        assert chosen(exercise, f"incidents,side,ceasefire_lines,0,,{party}", "incidents") == set(incidents["id"][lies == where])
    assert (lies != "on").mean() > 0.99


@settings(max_examples=30)
@given(st.integers(0, 9_999), st.integers(0, 12), st.integers(1, 12))
def test_the_nearest_of_many_is_never_itself(seed: int, count: int, others: int) -> None:
    dice = np.random.default_rng(seed)
    lon, lat = np.round(dice.uniform((20, 60), (21, 61), (others, 2)), 1).T
    own = np.arange(count)
    found = related.nearest_m(lon[:count], lat[:count], lon, lat, own=own[: len(lon)], others=np.arange(others))
    for n in range(min(count, others)):
        rest = [EARTH.inv(lon[n], lat[n], lon[m], lat[m])[2] for m in range(others) if m != n]
        assert np.isnan(found[n]) if not rest else abs(found[n] - min(rest)) < 0.01


def test_incidents_near_other_incidents(exercise: Mission) -> None:
    incidents = table(exercise, "incidents")
    lon, lat = shapely.get_coordinates(incidents.geometry.values).T
    expected = {
        name
        for n, name in enumerate(incidents["id"])
        if min(EARTH.inv([lon[n]] * len(lon), [lat[n]] * len(lat), lon, lat)[2][np.arange(len(lon)) != n]) <= 700
    }
    assert chosen(exercise, "incidents,within,incidents,700", "incidents") == expected


def test_tracks_cross_lie_near_and_on_one_side(exercise: Mission) -> None:
    tracks, lines = table(exercise, "patrol_tracks"), table(exercise, "ceasefire_lines")
    line = shapely.union_all(lines.geometry.values)
    crossing = chosen(exercise, "patrol_tracks,crossing,ceasefire_lines", "patrol_tracks")
    assert crossing == set(tracks["id"][shapely.intersects(tracks.geometry.values, line)])
    on_a_side = [chosen(exercise, f"patrol_tracks,side,ceasefire_lines,0,,{party}", "patrol_tracks") for party in "AB"]
    assert not on_a_side[0] & on_a_side[1]
    assert crossing == set(tracks["id"]) - on_a_side[0] - on_a_side[1]


def test_a_track_that_crosses_says_when_where_and_onto_whose_side(mission: Mission, tmp_path: Path) -> None:
    line = [("LineString", [[60.0, -20.0], [61.0, -20.0]], {"id": "l", "name": "Line", "left_party": "A", "right_party": "B"})]
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", line))
    path = [[60.5, -20.012], [60.5, -19.99], [60.6, -19.99], [60.6, -20.012]]
    said = {"id": "t", "name": "Patrol 1", "started_at": "2026-01-01T08:00:00Z", "times": "0 600 1200 1800"}
    mission.desk().submit("patrol_tracks", missions.geojson_file(tmp_path / "t.geojson", [("LineString", path, said)]))
    view = parse("last=all&where=patrol_tracks,crossing,ceasefire_lines")
    (item,) = mission.desk().within(view)["items"]  # type: ignore[misc]
    assert item["detail"] == "010805Z JAN 26, KP 52.3, to the side of Party A; 1 more"
    card = mission.desk().card("patrol_tracks", int(item["id"]))
    told = [row["value"] for row in card["rows"] if row["label"] == "Crosses Line"]  # type: ignore[attr-defined]
    assert told == ["010805Z JAN 26, KP 52.3, to the side of Party A", "010824Z JAN 26, KP 62.8, to the side of Party B"]
    (near,) = mission.desk().within(parse("last=all&where=patrol_tracks,within,ceasefire_lines,100"))["items"]  # type: ignore[misc]
    assert near["detail"] == "0 m"


def test_a_track_that_only_touches_says_so(mission: Mission, tmp_path: Path) -> None:
    line = [("LineString", [[60.0, -20.0], [60.5, -20.0], [61.0, -20.0]], {"id": "l", "name": "Line", "left_party": "A"})]
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", line))
    path = [[60.4, -20.01], [60.5, -20.0], [60.6, -20.01]]
    said = {"id": "t", "name": "Patrol 1", "started_at": "2026-01-01T08:00:00Z", "times": "0 600 1200"}
    mission.desk().submit("patrol_tracks", missions.geojson_file(tmp_path / "t.geojson", [("LineString", path, said)]))
    (item,) = mission.desk().within(parse("last=all&where=patrol_tracks,crossing,ceasefire_lines"))["items"]  # type: ignore[misc]
    assert item["detail"] == "touches Line, does not cross it"
    rows = mission.desk().card("patrol_tracks", int(item["id"]))["rows"]
    assert {"label": "Touches Line", "value": "does not cross it"} in rows  # type: ignore[operator]
    assert not any(row["label"].startswith("Crosses") for row in rows)  # type: ignore[attr-defined]


def test_how_sure_a_side_is(mission: Mission, tmp_path: Path) -> None:
    line = [("LineString", [[60.0, -20.0], [61.0, -20.0]], {"id": "l", "name": "Line", "left_party": "A", "right_party": "B"})]
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", line))
    at = [("-19.99", "100"), ("-19.99", "5000"), ("-20.01", "100"), ("-20.01", "5000"), ("-20.02", "5000")]
    rows = [missions.row(n, longitude="60.5", latitude=lat, precision_m=known) for n, (lat, known) in enumerate(at, 1)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "i.csv", rows))
    said = mission.desk().within(parse("last=all&where=incidents,side,ceasefire_lines,0,,A"))
    assert [said[name] for name in ("count", "surely", "perhaps", "missed", "expected")] == [2, 1, 1, 2, None]


def test_a_link_with_a_clause_outlives_the_agreement(exercise: Mission) -> None:
    view = exercise.desk().understood(parse("last=all&clause=9.9"))
    assert exercise.desk().summary(view)["count"] == 0
    assert "no such clause" in exercise.desk().told(view)


def test_a_settlement_is_not_near_itself(exercise: Mission) -> None:
    places = table(exercise, "settlements")
    lon, lat = shapely.get_coordinates(places.geometry.values).T
    for metres in (1, 5_000, 20_000):
        expected = {
            name
            for n, name in enumerate(places["id"])
            if min(EARTH.inv([lon[n]] * len(lon), [lat[n]] * len(lat), lon, lat)[2][np.arange(len(lon)) != n]) <= metres
        }
        assert chosen(exercise, f"settlements,within,settlements,{metres}", "settlements") == expected


def test_the_same_number_everywhere(exercise: Mission, tmp_path: Path) -> None:
    desk, view = exercise.desk(), parse("last=30d&where=incidents,within,ceasefire_lines,1500&severity=low,medium")
    count = desk.within(view)["count"]
    assert isinstance(count, int)
    assert 0 < count < desk.sheet(parse("last=30d&severity=low,medium")).count(desk.layer("incidents"))
    summary = desk.summary(view)
    assert summary["count"] == count == summary["layers"]["incidents"]["count"]  # type: ignore[index]
    assert sum(summary["histogram"]["counts"]) == count  # type: ignore[index]
    tiles = [desk.tile(view, "incidents", 3, x, y)[0] for x in range(8) for y in range(8)]
    assert sum(int(cut.count.sum()) for cut in tiles) == count
    assert desk.table(view, "incidents")["count"] == count
    assert len(desk.feed(view, limit=500)["items"]) == min(count, 500)  # type: ignore[arg-type]
    assert desk.export("incidents", tmp_path / "near.csv", view) == count
    with (tmp_path / "near.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.reader(file))) == count + 1
    assert "Incidents within 1,500 m of Ceasefire line" in desk.told(view)


def test_what_was_in_force_when_it_occurred_decides(mission: Mission, tmp_path: Path) -> None:
    old = [[60.5, -20.0], [61.5, -20.0]]
    new = [[60.5, -20.2], [61.5, -20.2]]
    dated = [
        ("LineString", old, {"id": "a", "name": "Old", "valid_to": "2025-12-31T23:59:59Z"}),
        ("LineString", new, {"id": "b", "name": "New", "valid_from": "2026-01-01T00:00:00Z"}),
    ]
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", dated))
    rows = [
        missions.row(1, latitude="-20.001", occurred_at="2025-12-30T00:00:00Z"),
        missions.row(2, latitude="-20.001", occurred_at="2026-01-01T09:00:00Z"),
        missions.row(3, latitude="-20.201", occurred_at="2026-01-01T09:00:00Z"),
    ]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "i.csv", rows))
    assert chosen(mission, "incidents,within,ceasefire_lines,500", "incidents") == {"r1", "r3"}


def test_the_box_about_what_was_found(exercise: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ("incidents,within,ceasefire_lines,2000", "incidents,beyond,zones,2000", "settlements,within,zones,5000"):
        view = parse(f"last=all&where={where}")
        bounds = exercise.desk().sheet(view).features(where.split(",")[0]).total_bounds
        assert exercise.desk().within(view)["box"] == pytest.approx(bounds, abs=1e-6)
        monkeypatch.setattr(within, "_MOST_DOUBTFUL", 0)
        assert exercise.desk().within(view)["box"] == pytest.approx(bounds, abs=0.025), "of very many, nearly"
        monkeypatch.undo()
    assert exercise.desk().within(parse("last=all&kind=none&where=incidents,within,zones,0"))["box"] is None


def test_the_box_goes_the_shorter_way_round(mission: Mission, tmp_path: Path) -> None:
    rows = [missions.row(n, longitude=str(lon), latitude="10") for n, lon in enumerate((179.5, -179.5, 178), 1)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "a.csv", rows))
    found = mission.desk().within(parse("last=all&where=incidents,within,incidents,500000"))
    assert found["box"] == pytest.approx([178, 10, 180.5, 10], abs=1e-6)


def test_a_report_that_comes_in_is_pushed_only_where_it_stands_so(mission: Mission, tmp_path: Path) -> None:
    line = [("LineString", [[60.5, -20.0], [61.5, -20.0]], {"id": "a", "name": "Line"})]
    mission.desk().submit("ceasefire_lines", missions.geojson_file(tmp_path / "l.geojson", line))
    view = parse("last=all&where=incidents,within,ceasefire_lines,500")
    heard: list[int] = []
    mission.listen(lambda change: heard.append(len(mission.desk().news(view, change)[0])))
    rows = [missions.row(1, latitude="-20.001"), missions.row(2, latitude="-20.1")]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "i.csv", rows))
    assert heard == [1]


def test_the_ground_it_reaches_over_is_drawn_true(exercise: Mission) -> None:
    said = exercise.desk().reach(parse("last=all&where=incidents,within,ceasefire_lines,2000"))
    rings = [np.cumsum(np.array(part).reshape(-1, 2), axis=0) / 1e6 for part in said["parts"]]  # type: ignore[attr-defined]
    edge = geopandas.GeoDataFrame(geometry=shapely.points(np.concatenate(rings)), crs=4326)
    metres = near(edge, table(exercise, "ceasefire_lines"), metres=3_000)["distance_m"]
    assert len(metres) == len(edge)
    assert np.abs(metres - 2_000).max() < 10
    assert said["words"] == "Within 2,000 m of Ceasefire line"
    inside = exercise.desk().reach(parse("where=incidents,inside,zones,0,zone-buffer"))
    assert len(inside["parts"]) == 1  # type: ignore[arg-type]
    assert inside["words"] == "In Buffer zone"
    assert exercise.desk().reach(parse("where=incidents,side,ceasefire_lines,0,,A"))["parts"] == []


@settings(max_examples=25)
@given(st.integers(0, 9_999), st.sampled_from([0.0, 300.0, 4_000.0]))
def test_how_sure_a_count_is(seed: int, metres: float) -> None:
    dice = np.random.default_rng(seed)
    zone = features([Feature("z", "Zone", shapely.box(30, 30, 30.1, 30.05))])
    lon, lat = dice.uniform((29.9, 29.9), (30.2, 30.15), (60, 2)).T
    precision, at = dice.choice([0.0, 100.0, 3_000.0], 60), np.zeros(60, np.int64)
    signed = related.signed_m(lon, lat, at, zone)
    likely = related.likely_within(lon, lat, at, precision, others=zone, metres=metres)
    found = related.sureness(signed, precision, likely, metres)
    share = np.zeros(60)
    for n in range(60):
        angle, out = dice.uniform(0, 360, 400), precision[n] * np.sqrt(dice.uniform(0, 1, 400))
        x, y, _ = EARTH.fwd(np.full(400, lon[n]), np.full(400, lat[n]), angle, out)
        share[n] = (related.signed_m(np.array(x), np.array(y), np.zeros(400, np.int64), zone) <= max(metres, 1e-6)).mean()
    assert abs(found.expected - share.sum()) < 2
    counted = related.within(signed, metres)
    assert found.surely + found.perhaps == counted.sum()
    assert found.surely <= (share == 1).sum()
    assert found.missed >= ((share > 0) & ~counted).sum()
    back = related.turned(found, 60)
    assert back.surely + back.perhaps == (~counted).sum()
    assert related.turned(back, 60) == replace(found, expected=pytest.approx(found.expected))


def test_a_zone_above_the_ceiling_answers_nobody_below(mission: Mission, tmp_path: Path) -> None:
    zones = [
        ("Polygon", missions.square(61, -20.1, 0.2), {"id": "open", "name": "Open"}),
        ("Polygon", missions.square(61.5, -20.1, 0.2), {"id": "shut", "name": "Shut", "marking": "CONFIDENTIAL"}),
    ]
    mission.desk().submit("zones", missions.geojson_file(tmp_path / "z.geojson", zones))
    rows = [missions.row(1, longitude="61.1"), missions.row(2, longitude="61.6")]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "i.csv", rows))
    view, one = parse("last=all&where=incidents,inside,zones"), "last=all&where=incidents,inside,zones,0,shut"
    assert mission.desk().within(view)["count"] == 2
    assert mission.desk().sheet(view).marking() == "CONFIDENTIAL"
    assert mission.desk(OPEN).within(view)["count"] == 1
    with pytest.raises(MalformedView, match="shut"):
        mission.desk(OPEN).within(parse(one))
    assert "Shut" not in str(mission.desk(OPEN).relations())
    mission.desk().keep("Shut in", parse(one))
    (kept,) = [of for of in mission.desk().layers() if of.id.startswith("kept_")]
    assert mission.desk(OPEN).layers()[-1].id != kept.id
    assert kept.id not in str(mission.desk(OPEN).portrayal())


def test_what_many_ask_at_once_is_reckoned_once() -> None:
    made: list[int] = []
    of, held = object(), Relations()

    def make() -> list[int]:
        time.sleep(0.05)
        made.append(1)
        return made

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: held.kept("key", of, make), range(24)))
    assert made == [1]
    assert all(one is made for one in found)
    with pytest.raises(ZeroDivisionError):
        held.kept("other", of, lambda: 1 // 0)
    assert held.kept("other", of, lambda: 2) == 2, "what failed is tried again"
