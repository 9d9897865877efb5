"""The exercise mission: whole, fair, the same for the same seed, and what lies in ``data/sample``."""

from __future__ import annotations

import csv
import filecmp
import json
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod

from layers import exercise
from layers.exercise.reports import columns
from layers.model import parse
from tests.missions import empty

ENDS = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the sample, made again: ``make(1, 3_000, 2026-01-01T00:00Z)``."""
    folder = tmp_path_factory.mktemp("exercise") / "sample"
    exercise.write(exercise.make(1, 3_000, ENDS), folder, clock_running=True)
    return folder


def features(folder: Path, layer: str) -> list[dict]:
    return json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]


def reports(folder: Path) -> list[dict[str, str]]:
    with (folder / "incidents.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_sample_is_what_the_generator_makes(sample: Path) -> None:
    assert files(SAMPLE) == files(sample)
    rasters = [name for name in files(sample) if name.endswith(".tif")]
    different = filecmp.cmpfiles(sample, SAMPLE, sorted({*files(sample)} - {*rasters}), shallow=False)[1:]
    assert different == ([], [])
    # Another version of the codec packs the same pixels into other bytes.
    for name in rasters:
        with rasterio.open(sample / name) as made, rasterio.open(SAMPLE / name) as kept:
            assert (made.profile, made.descriptions) == (kept.profile, kept.descriptions)
            assert np.array_equal(made.read(), kept.read())
    assert sum((SAMPLE / name).stat().st_size for name in files(SAMPLE)) < 4_000_000
    assert sum((SAMPLE / name).stat().st_size for name in rasters) <= 2_000_000


def test_another_seed_is_another_country() -> None:
    assert exercise.make(2, 10, ENDS).basemap["land"] != exercise.make(1, 10, ENDS).basemap["land"]


def test_the_line_is_300_km_of_2000_vertices_from_coast_to_coast(sample: Path) -> None:
    parts = [shapely.geometry.shape(f["geometry"]) for f in features(sample, "ceasefire_lines")]
    line = shapely.line_merge(shapely.union_all(parts))
    land = shapely.geometry.shape(features(sample / "basemap", "land")[0]["geometry"])
    assert 290_000 < GEOD.geometry_length(line) < 310_000
    assert sum(len(part.coords) for part in parts) - len(parts) + 1 == 2_000
    assert line.geom_type == "LineString"
    assert [land.exterior.distance(shapely.Point(end)) < 1e-5 for end in (line.coords[0], line.coords[-1])] == [True, True]
    assert {f["properties"]["status"] for f in features(sample, "ceasefire_lines")} == {"agreed", "undetermined"}


def test_zones_lie_about_the_line_the_same_on_either_side(sample: Path) -> None:
    zones = {f["properties"]["id"]: shapely.geometry.shape(f["geometry"]) for f in features(sample, "zones")}
    north, south = (zones[f"zone-limit-{n}"] for n in (1, 2))
    assert all(zone.is_valid for zone in zones.values())
    assert north.area == pytest.approx(south.area, rel=0.15)
    assert shapely.intersection(north, south).area < 1e-6
    assert shapely.intersection(north, zones["zone-buffer"]).area < 1e-4
    lines = [shapely.geometry.shape(f["geometry"]) for f in features(sample, "ceasefire_lines")]
    inside = shapely.intersection(shapely.union_all(lines), zones["zone-buffer"]).length
    assert inside == pytest.approx(sum(line.length for line in lines), rel=0.01)


def test_there_is_everything_a_mission_has(sample: Path) -> None:
    kinds = Counter(f["properties"]["kind"] for f in features(sample, "positions"))
    assert (kinds["headquarters"], kinds["team_site"], kinds["observation_post"]) == (1, 12, 24)
    assert len(features(sample, "sectors")) == 4
    assert {"city", "town", "village", "displacement_site"} == {f["properties"]["kind"] for f in features(sample, "settlements")}
    assert {path.stem for path in (sample / "basemap").glob("*.geojson")} == {"land", "rivers", "roads", "towns"}


def test_the_agreement_binds_both_parties_alike_and_names_what_there_is(sample: Path) -> None:
    said = tomllib.loads((sample / "agreement.toml").read_text(encoding="utf-8"))
    assert 6 <= len(said["clauses"]) <= 8
    assert not [one for one in said["clauses"] if "parties" in one]
    names = {f["properties"]["name"] for layer in ("zones", "ceasefire_lines") for f in features(sample, layer)}
    meant = [one[key] for one in said["clauses"] for key in ("line", "zone") if key in one]
    assert {name for one in meant for name in ([one] if isinstance(one, str) else one)} <= names


def test_sites_of_either_party_lie_in_its_area_and_were_inspected_twice(sample: Path) -> None:
    areas = {f["properties"]["id"]: shapely.geometry.shape(f["geometry"]) for f in features(sample, "zones")}
    held = features(sample, "holdings")
    assert Counter(f["properties"]["party"] for f in held) == {"A": 30, "B": 30}
    for one in held:
        area = areas["zone-limit-1" if one["properties"]["party"] == "A" else "zone-limit-2"]
        assert area.contains(shapely.geometry.shape(one["geometry"]))
        assert timedelta() < ENDS - datetime.fromisoformat(one["properties"]["inspected_at"]) < timedelta(days=46)


def test_tracks_are_timed_fix_by_fix_and_end_before_the_record(sample: Path) -> None:
    planned = {f["properties"]["name"] for f in features(sample, "patrol_routes")}
    tracks = features(sample, "patrol_tracks")
    assert len(tracks) > 50
    for track in tracks:
        said = track["properties"]
        seconds = [int(part) for part in said["times"].split()]
        assert len(seconds) == len(track["geometry"]["coordinates"])
        assert seconds == sorted(seconds)
        lasted = datetime.fromisoformat(said["ended_at"]) - datetime.fromisoformat(said["started_at"])
        assert lasted == timedelta(seconds=seconds[-1])
        assert said["route"] in planned


def test_reports_cover_ninety_days_all_kinds_and_both_parties_alike(sample: Path) -> None:
    rows = reports(sample)
    assert len(rows) == 3_000
    occurred = [datetime.fromisoformat(row["occurred_at"]) for row in rows]
    assert timedelta(days=88) < ENDS - min(occurred) <= timedelta(days=90)
    assert max(occurred) <= ENDS
    assert all(row["occurred_at"] <= row["reported_at"] <= "2026-01-01T00:00:00Z" for row in rows)
    party = Counter(row["party"] for row in rows)
    assert party["A"] == pytest.approx(party["B"], rel=0.1)
    for name, least in (
        ("kind", 15),
        ("severity", 3),
        ("precision_m", 4),
        ("reliability", 6),
        ("credibility", 6),
        ("marking", 3),
    ):
        assert len({row[name] for row in rows}) >= least
    for row in rows:
        assert int(row["casualties_low"]) <= int(row["casualties_best"]) <= int(row["casualties_high"])
    scripts = {
        name
        for row in rows
        for name, sign in (("arabic", "ا"), ("cyrillic", "и"), ("han", "到"), ("devanagari", "न"))
        if sign in row["text"]
    }
    assert len(scripts) == 4


def test_the_clock_and_the_gap_are_the_same_for_the_same_moment() -> None:
    now = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    assert exercise.next_report(1, 7, now) == exercise.next_report(1, 7, now)
    assert exercise.next_report(1, 7, now)["text"]
    assert exercise.next_report(1, 8, now)["id"] != exercise.next_report(1, 7, now)["id"]
    filled = exercise.gap(1, now - timedelta(days=2), now, 1_000)
    assert filled == exercise.gap(1, now - timedelta(days=2), now, 1_000)
    assert 40 < len(filled) < 100
    assert len(exercise.gap(1, now - timedelta(days=200), now, 100)) == 100
    assert exercise.gap(1, now, now, 100) == []


def test_three_posts_heard_one_shelling_and_it_is_proposed_as_one_event(sample: Path, tmp_path: Path) -> None:
    rows = [row for row in reports(sample) if row["grid"]]
    assert [(row["kind"], row["longitude"], row["source"]) for row in rows] == [("shelling", "", "observation post")] * 3
    mission = empty(tmp_path / "mission")
    desk = mission.desk()
    desk.submit("positions", sample / "positions.geojson")
    with (tmp_path / "heard.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert desk.submit("incidents", tmp_path / "heard.csv").refused == ()
    (proposal,) = desk.duplicates(parse("last=all"), limit=10)["proposals"]  # type: ignore[misc]
    chosen = {report["feature"]: report["id"] for report in proposal["reports"]}
    assert chosen.keys() == {row["id"] for row in rows}
    (said,) = desk.link("incidents", chosen, "one bang").said
    assert said.startswith("3 bearings cross at ")
    stand = mission.store.current("incidents", list(chosen))
    within = {json.loads(payload)["precision_m"] for payload in stand.payload}
    assert (len(set(stand.lon)), len(set(stand.lat)), len(within)) == (1, 1, 1)
    assert GEOD.inv(*shelled(rows[0]["id"]), stand.lon[0], stand.lat[0])[2] <= within.pop() < 3_000
    mission.close()


def shelled(report: str) -> tuple[float, float]:
    """Where the shelling was that the posts heard, which none of their reports says."""
    every = columns(1, 3_000, ENDS - timedelta(days=exercise.DAYS), ENDS, stream=(0, 3_000))
    row = every["id"].index(report)
    return float(every["longitude"][row]), float(every["latitude"][row])
