"""Where reports gather, as a desk answers: the figures beside the records, and who may see what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest

from layers import exercise, feed
from layers.access import User
from layers.analysis import hotspots as law
from layers.analysis.clusters import Near
from layers.desk import Mission, open_mission
from layers.desk.hotspots import Asked, Hotspots, Measure
from layers.model import View, parse
from layers.notation import format_mgrs
from layers.spatial.ground import EARTH
from tests.missions import ALL, csv_file, empty, geojson_file, row, square

ANALYST = frozenset({"analyst"})
GI = Asked("gi", 2_000, 5_000)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder, ends = tmp_path_factory.mktemp("drill") / "mission", datetime(2026, 11, 23, 7, 12, tzinfo=UTC)
    exercise.write(exercise.make(1, 1_500, ends), folder)
    made = open_mission(folder)
    feed.fill(made, folder)
    yield made
    made.close()


def reports(folder: Path, middle: tuple[float, float], count: int, **fields: str) -> list[dict[str, str]]:
    """Return reports strewn over twenty kilometres, every third within one."""
    random = np.random.default_rng(count)
    away = np.where(np.arange(count) % 3 == 0, 700, 20_000) * np.sqrt(random.uniform(size=count))
    lon, lat, _ = EARTH.fwd(np.full(count, middle[0]), np.full(count, middle[1]), random.uniform(0, 360, count), away)
    return [
        row(n, **({"longitude": f"{x:.6f}", "latitude": f"{y:.6f}"} | fields)) | {"id": f"{middle}-{n}"}
        for n, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]


def answers(mission: Mission, user: User | None = None, view: View = ALL) -> list[object]:
    desk = mission.desk(user) if user else mission.desk()
    return [
        *(desk.hotspots(view, replace(GI, measure=measure)) for measure in get_args(Measure)),
        desk.gatherings(view, Near(2_000, 24, 3)),
    ]


@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("text", ["last=all", "last=30d&kind=firing,shelling", "last=all&sector=S2"])
def test_spots_count_the_records_that_lie_there(drill: Mission, measure: Measure, text: str) -> None:
    view, asked = parse(text), Asked(measure, 2_000, 5_000)
    found = drill.desk().hotspots(view, asked)
    table = drill.desk().sheet(view).features("incidents")
    assert found.count == len(table) == drill.desk().counts(view)[0]
    laid = law.laid(table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    for spot in found.spots:
        x, y = (float(of) for of in laid.plane.metres(spot.lon, spot.lat))
        away = np.hypot(laid.x - x, laid.y - y)
        if measure == "kernel":
            assert spot.within == int((away <= 5_000).sum())
        else:
            assert spot.count == int((np.maximum(abs(laid.x - x), abs(laid.y - y)) < 1_000).sum())
            assert spot.per_km2 == pytest.approx(spot.count / 4)
            assert spot.count <= spot.within
        assert spot.grid == format_mgrs([spot.lon], [spot.lat], 6)[0]
        west, south, east, north = spot.box
        assert west < spot.lon < east
        assert south < spot.lat < north
    assert len(found.spots) <= 10
    assert "not who" in " ".join(found.said)


def test_the_exercise_gathers_at_its_line_and_says_so_in_words(drill: Mission) -> None:
    asked, near = drill.desk().usual(ALL)
    found = drill.desk().hotspots(ALL, asked)
    best = found.spots[0]
    assert (best.rank, best.verdict) == (3, "More than chance, under 1 in 100")
    assert found.picture.count(">under 1 in 20<") == 1, "an outline is told from a shade"
    assert ">outline: all under 1 in 20<" in found.picture
    assert best.words.startswith(
        f"More reports here and within {asked.reach_m // 1_000} km than chance would gather: z = {best.score:.1f}."
    )
    assert best.near.endswith("m")
    scores = [spot.score for spot in found.spots]
    assert scores == sorted(scores, reverse=True)
    clusters = drill.desk().gatherings(ALL, near)
    assert clusters.held <= clusters.of == 1_500
    assert all(one.count >= near.least for one in clusters.found)
    assert all(one.begin.endswith(" 26") and one.most_m <= one.all_m for one in clusters.found)


def test_a_view_on_one_cell_holds_what_the_cell_counts(drill: Mission) -> None:
    for spot in drill.desk().hotspots(ALL, Asked("grid", 2_000, 5_000)).spots:
        inside = drill.desk().counts(replace(ALL, box=spot.box))[0]
        assert inside == pytest.approx(spot.count, abs=max(2, 0.03 * spot.count))


def test_the_same_is_answered_twice_and_a_party_changes_nothing(tmp_path: Path) -> None:
    found = []
    for name, party in (("a", "A"), ("b", "B")):
        made = empty(tmp_path / name)
        made.desk().submit("incidents", csv_file(tmp_path / f"{name}.csv", reports(tmp_path, (62.0, -20.0), 60, party=party)))
        assert answers(made) == answers(made)
        found.append(answers(made))
        made.close()
    assert found[0] == found[1]


def test_what_a_user_may_not_see_changes_nothing_for_them(tmp_path: Path) -> None:
    low = User("low", ANALYST, "UNCLASSIFIED")
    bound = User("bound", ANALYST, None, frozenset({"S1"}))
    made, without = empty(tmp_path / "a"), empty(tmp_path / "b")
    for mission in (made, without):
        sectors = [
            ("Polygon", square(west, -22, 2), {"id": code, "code": code, "name": code}) for west, code in ((61, "S1"), (63, "S2"))
        ]
        mission.desk().submit("sectors", geojson_file(tmp_path / "s.geojson", sectors))
        mission.desk().submit("incidents", csv_file(tmp_path / "open.csv", reports(tmp_path, (62.0, -21.0), 60)))
    made.desk().submit(
        "incidents", csv_file(tmp_path / "secret.csv", reports(tmp_path, (64.0, -21.0), 90, marking="CONFIDENTIAL"))
    )
    secret = [("Point", [62.0, -21.0], {"id": "p", "name": "Hidden Mill", "marking": "CONFIDENTIAL"})]
    made.desk().submit("settlements", geojson_file(tmp_path / "p.geojson", secret))
    assert answers(made) != answers(without)
    assert answers(made, low) == answers(without, low)
    quiet = parse("last=all&hide=settlements")
    assert answers(made, bound, quiet) == answers(without, bound, quiet)
    assert "Hidden Mill" in str(answers(made))
    assert "Hidden Mill" not in str(answers(made, low))
    made.close()
    without.close()


def drawn_cells(found: Hotspots) -> list[str]:
    """Return what is drawn of cells; the picture must be well formed."""
    root = ElementTree.fromstring(found.picture)
    return [str(of.get("d")) for of in root.iter("{http://www.w3.org/2000/svg}path") if "shade" in str(of.get("class"))]


@pytest.mark.parametrize("middle", [(180.0, 10.0), (20.0, 84.9), (-179.99, -70.0), (0.0, 0.0)])
@pytest.mark.parametrize("measure", get_args(Measure))
def test_there_is_no_edge_of_the_map(tmp_path: Path, middle: tuple[float, float], measure: Measure) -> None:
    made = empty(tmp_path / "m")
    made.close()
    text = (tmp_path / "m" / "mission.toml").read_text(encoding="utf-8")
    (tmp_path / "m" / "mission.toml").write_text(
        text.replace("[60.0, -23.0, 66.0, -17.0]", "[-180.0, -90.0, 180.0, 90.0]"), encoding="utf-8"
    )
    made = open_mission(tmp_path / "m")
    rows = reports(tmp_path, middle, 200)
    assert made.desk().submit("incidents", csv_file(tmp_path / "r.csv", rows)).new == 200
    found = made.desk().hotspots(ALL, replace(GI, measure=measure, side_m=1_000))
    assert found.count == 200
    assert found.spots[0].within >= 60
    assert EARTH.inv(found.spots[0].lon, found.spots[0].lat, *middle)[2] < 5_500
    assert drawn_cells(found)
    made.close()


@pytest.mark.parametrize("count", [1, 25])
def test_one_report_and_many_at_one_place_are_told_and_not_judged(tmp_path: Path, count: int) -> None:
    made = empty(tmp_path / "m")
    made.desk().submit("incidents", csv_file(tmp_path / "r.csv", [row(n, longitude="61.5") for n in range(count)]))
    asked, near = made.desk().usual(ALL)
    found = made.desk().hotspots(ALL, asked)
    assert (found.count, found.spots) == (count, ())
    assert "too few to tell chance from pattern" in " ".join(found.said)
    (spot,) = made.desk().hotspots(ALL, replace(asked, measure="grid")).spots
    assert (spot.count, spot.score, spot.words) == (count, None, "")
    (peak,) = made.desk().hotspots(ALL, replace(asked, measure="kernel")).spots
    assert peak.within == count
    assert made.desk().gatherings(ALL, near).count == (1 if count >= near.least else 0)
    made.close()


def test_an_empty_view_has_no_picture(tmp_path: Path) -> None:
    made = empty(tmp_path / "m")
    asked, near = made.desk().usual(ALL)
    assert made.desk().hotspots(ALL, asked) == Hotspots(0, ())
    assert made.desk().gatherings(ALL, near).of == 0
    made.close()


def test_what_is_left_out_or_coarse_is_said(tmp_path: Path) -> None:
    made = empty(tmp_path / "m")
    rows = [*reports(tmp_path, (62.0, -20.0), 40, precision_m="10000"), row(900, longitude="10.0", latitude="50.0")]
    made.desk().submit("incidents", csv_file(tmp_path / "r.csv", rows))
    found = made.desk().hotspots(ALL, GI)
    assert found.count == 40
    assert found.said[:2] == (
        "1 report lies outside the mission's area and is left out.",
        "40 reports are known less exactly than to 2 km and counted where the report says.",
    )
    assert made.desk().gatherings(ALL, Near(5_000, 24, 5)).said[0].startswith("1 report lies outside")
    made.close()


def test_too_many_cells_are_made_fewer_and_it_is_said(tmp_path: Path) -> None:
    made = empty(tmp_path / "m")
    corners = [row(1, longitude="60.1", latitude="-22.9"), row(2, longitude="65.9", latitude="-17.1")]
    made.desk().submit("incidents", csv_file(tmp_path / "r.csv", corners))
    found = made.desk().hotspots(ALL, Asked("grid", 500, 500))
    assert "Cells of 500 m would be more than 250,000: cells of 2 km are taken." in found.said
    assert "A reach of 500 m is too short for these cells: 2 km is taken." in found.said
    made.close()


def test_ground_that_nobody_observed_is_hatched_where_the_view_shows_it(drill: Mission) -> None:
    hatch, meant = 'fill="url(#gl-unseen)"', "not observed: no report is not calm"
    for measure in get_args(Measure):
        plain = drill.desk().hotspots(ALL, replace(GI, measure=measure)).picture
        shown = drill.desk().hotspots(parse(f"{ALL.text}&show=unobserved"), replace(GI, measure=measure)).picture
        assert (plain.count(hatch), plain.count(meant)) == (0, 0)
        assert (shown.count(hatch), shown.count(meant)) == (2, 1)
        assert shown.count('class="area"') == plain.count('class="area"')
