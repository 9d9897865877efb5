"""GeoJSON and GeoPackage through the limited child, and real files whole."""

from __future__ import annotations

import csv
import gzip
import http.server
import json
import re
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod

from layers.desk import Mission
from layers.errors import LayersError, MissingCRS, UnreadableFile
from layers.ingest import child, features
from layers.model import parse
from tests import missions

ALL = parse("last=all")
CHILD = Path(features.__file__).with_name("child.py")
SHAPES: Mapping[str, tuple[str, list[object]]] = {
    "point": ("Point", [61.5, -20.5]),
    "line": ("LineString", [[61, -20], [62, -20.5]]),
    "area": ("Polygon", missions.square(61, -21, 1)),
    "lines": ("MultiLineString", [[[61, -20], [62, -20.5]], [[63, -20], [64, -20]]]),
    "areas": ("MultiPolygon", [missions.square(61, -21, 1), missions.square(63, -21, 1)]),
    "one_point": ("MultiPoint", [[61.5, -20.5]]),
    "points": ("MultiPoint", [[61.5, -20.5], [62, -20]]),
}


def feature(shape: str, /, **properties: object) -> tuple[str, list[object], Mapping[str, object]]:
    return *SHAPES[shape], properties


def frame(*shapes: shapely.Geometry, crs: object = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": [f"n{n}" for n in range(len(shapes))]}, geometry=list(shapes), crs=crs)


@pytest.mark.parametrize(
    ("layer", "takes"),
    [
        ("positions", {"point", "one_point"}),
        ("ceasefire_lines", {"line", "lines"}),
        ("zones", {"area", "areas"}),
    ],
)
def test_a_layer_takes_its_own_geometry_and_refuses_every_other_by_row(mission: Mission, layer: str, takes: set[str]) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [feature(kind, id=kind) for kind in SHAPES])
    receipt = mission.desk().submit(layer, path)
    assert receipt.new == len(takes)
    assert {fault.row for fault in receipt.refused} == {n for n, kind in enumerate(SHAPES, 1) if kind not in takes}
    assert {fault.field for fault in receipt.refused} == {"geometry"}
    assert set(mission.desk().sheet(ALL).features(layer)["id"]) == takes
    assert mission.desk().submit(layer, path).unchanged == len(takes)


def test_incidents_come_as_points_with_their_attributes_checked(mission: Mission) -> None:
    usual = {"kind": "firing", "occurred_at": "2026-01-01T10:00:00Z", "casualties_best": 2, "note": {"a": [1, None]}}
    made = [feature("point", id=f"n{n}", **(usual | change)) for n, change in enumerate(({}, {"severity": "x"}, {"kind": None}))]
    receipt = mission.desk().submit("incidents", missions.geojson_file(mission.folder / "in.geojson", made))
    assert (receipt.new, {(fault.row, fault.field) for fault in receipt.refused}) == (1, {(2, "severity"), (3, "kind")})
    stored = json.loads(mission.store.current("incidents", ["n0"]).payload[0])
    assert (stored["casualties_best"], stored["occurred_at"]) == (2, "2026-01-01T10:00:00Z")
    assert json.loads(stored["extra"]["note"]) == {"a": [1, None]}


@pytest.mark.parametrize(("crs", "name"), [(32740, "a.gpkg"), (3857, "b.gpkg"), (32741, "c.geojson")])
def test_a_file_in_metres_lands_within_a_metre_of_the_place(mission: Mission, crs: int, name: str) -> None:
    places = [(61.5, -20.5), (63.9, -17.2), (60.001, -22.9)]
    frame(*(shapely.Point(at) for at in places)).to_crs(crs).to_file(mission.folder / name, engine="pyogrio")
    assert mission.desk().submit("positions", mission.folder / name).new == 3
    stored = mission.store.current("positions", ["n0", "n1", "n2"])
    found = dict(zip(stored.feature, zip(stored.lon, stored.lat, strict=True), strict=True))
    for n, at in enumerate(places):
        assert Geod(ellps="WGS84").inv(*found[f"n{n}"], *at)[2] < 1


@pytest.mark.parametrize(
    ("crs", "reason"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}}, "'urn:ogc:def:crs:EPSG::999999' is unknown"),
        ({"type": "name", "properties": {"name": "foo:bar"}}, "'foo:bar' is unknown; export the file as WGS 84"),
        ({"type": "name", "properties": {"name": "no=such"}}, "names none that is known"),
        ({"type": "name", "properties": {}}, "names none that is known"),
        ({"type": "link", "properties": {"href": "http://example.org/crs"}}, "names none that is known"),
        (None, "states its coordinate system as null"),
        ([[]], "names none that is known"),
    ],
)
def test_geojson_in_coordinates_that_nobody_knows_is_refused(mission: Mission, crs: object, reason: str) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [feature("point", id="n0", crs="a property")])
    told = json.loads(path.read_text()) | {"crs": crs}
    for written in (told, {"crs": crs} | told):
        path.write_text(json.dumps(written))
        with pytest.raises(MissingCRS, match=re.escape(reason)):
            mission.desk().submit("positions", path)
    assert mission.store.version() == 0


@pytest.mark.parametrize(
    "called",
    [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "OGC:CRS84",
        "EPSG:4326",
        "urn:ogc:def:crs:EPSG::4326",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    ],
)
def test_geojson_that_says_it_is_wgs_84_is_taken_as_it_stands(mission: Mission, called: str) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [("Point", [61.25, -20.5], {"id": "n0", "name": "crs"})])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"crs": {"type": "name", "properties": {"name": called}}}))
    assert mission.desk().submit("positions", path).new == 1
    stored = mission.store.current("positions", ["n0"])
    assert (stored.lon[0], stored.lat[0]) == (61.25, -20.5)


def test_an_area_in_metres_keeps_its_corners(mission: Mission) -> None:
    corners = shapely.box(61, -21, 62, -20)
    frame(corners).to_crs(32740).to_file(mission.folder / "in.gpkg", engine="pyogrio")
    assert mission.desk().submit("zones", mission.folder / "in.gpkg").new == 1
    wkb = mission.store.current("zones", ["n0"]).wkb
    assert wkb is not None
    assert shapely.hausdorff_distance(shapely.from_wkb(wkb[0]), corners) < 1e-5


def test_features_that_lie_nowhere_are_refused_and_the_others_go_in(mission: Mission) -> None:
    areas = [
        "[[[1e300,0],[2,0],[2,1],[1e300,0]]]",
        "[[[0,95],[1,95],[1,96],[0,95]]]",
        "[]",
        "[[[61,-20],[61,-20],[61,-20],[61,-20]]]",
    ]
    texts = [f'{{"type":"Polygon","coordinates":{area}}}' for area in [*areas, json.dumps(missions.square(61, -21, 1))]]
    made = ",".join(f'{{"type":"Feature","properties":{{"id":"n{n}"}},"geometry":{g}}}' for n, g in enumerate([*texts, "null"]))
    path = mission.folder / "in.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{made}]}}', encoding="utf-8")
    receipt = mission.desk().submit("zones", path)
    assert (receipt.new, {fault.row for fault in receipt.refused}) == (1, {1, 2, 3, 4, 6})
    assert list(mission.desk().sheet(ALL).features("zones")["id"]) == ["n4"]


def test_a_twisted_area_is_refused_by_its_row_with_the_place(mission: Mission) -> None:
    twisted: list[object] = [[[61, -20], [62, -21], [62, -20], [61, -21], [61, -20]]]
    whole = ("Polygon", missions.square(61, -20, 0.5), {"id": "whole"})
    path = missions.geojson_file(mission.folder / "in.geojson", [("Polygon", twisted, {"id": "twisted"}), whole])
    receipt = mission.desk().submit("zones", path)
    assert (receipt.new, [(fault.row, fault.field) for fault in receipt.refused]) == (1, [(1, "geometry")])
    assert "61.5" in receipt.refused[0].reason
    assert "20.5" in receipt.refused[0].reason


def test_a_file_without_features_stores_nothing_and_says_so(mission: Mission) -> None:
    one, none = (missions.geojson_file(mission.folder / f"{n}.geojson", [feature("point", id="a")] * n) for n in (1, 0))
    assert mission.desk().submit("positions", one).new == 1
    with pytest.raises(UnreadableFile, match=r"^0\.geojson holds no features"):
        mission.desk().submit("positions", none)
    assert mission.store.version() == 1


def test_several_layers_in_one_package_need_the_right_name(mission: Mission) -> None:
    path = mission.folder / "in.gpkg"
    for name in ("north", "south"):
        frame(shapely.Point(61, -20)).to_file(path, layer=name, engine="pyogrio")
    with pytest.raises(UnreadableFile, match=r"north.*south.*name the one meant 'positions'"):
        mission.desk().submit("positions", path)
    frame(shapely.Point(61, -20), shapely.Point(62, -20)).to_file(path, layer="positions", engine="pyogrio")
    assert mission.desk().submit("positions", path).new == 2


def test_a_file_that_does_not_say_its_coordinates_is_refused(mission: Mission) -> None:
    with pytest.warns(UserWarning, match="crs"):
        frame(shapely.Point(500000, 7000000), crs=None).to_file(mission.folder / "in.gpkg", engine="pyogrio")
    with pytest.raises(LayersError) as told:
        mission.desk().submit("positions", mission.folder / "in.gpkg")
    assert isinstance(told.value, MissingCRS)


def test_what_is_damaged_or_something_else_is_refused_in_one_line_and_stores_nothing(mission: Mission) -> None:
    frame(*(shapely.Point(61, -20) for _ in range(500))).to_file(mission.folder / "whole.gpkg", engine="pyogrio")
    whole = (mission.folder / "whole.gpkg").read_bytes()
    good = missions.geojson_file(mission.folder / "g.geojson", [feature("point")] * 9).read_bytes()
    deep = b'{"type":"FeatureCollection","features":' + b"[" * 10_000
    for data in (b'{"a": 1}', good[:-30], whole[:5000], whole[:100] + b"\xff" * 9000, deep):
        path = mission.folder / "in.geojson"
        path.write_bytes(data)
        with pytest.raises(LayersError) as told:
            mission.desk().submit("positions", path)
        assert "in.geojson" in str(told.value)
        assert "\n" not in str(told.value)
    assert mission.store.version() == 0


@pytest.mark.parametrize("name", ["record.gpkg", "copy.csv"])
def test_a_missions_own_record_is_refused_by_its_content_and_stays_whole(mission: Mission, name: str) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [feature("point", id="a", name="Post")])
    assert mission.desk().submit("positions", path).new == 1
    if name != "record.gpkg":
        mission.desk().backup(mission.folder / "backup.zip")
        with zipfile.ZipFile(mission.folder / "backup.zip") as archive:
            (mission.folder / name).write_bytes(archive.read("record.gpkg"))
    with pytest.raises(UnreadableFile, match=f"{name} is a mission's record; export from it instead"):
        mission.desk().submit("positions", mission.folder / name)
    assert mission.desk().verify().ok
    assert sorted(mission.desk().sheet(ALL).features("positions")["name"]) == ["Post"]


@pytest.mark.parametrize("name", ["a!b #1 ?.geojson", "-naïve 北'$(x).gpkg", "%2e,b=c&d.gpkg", "a\nb.geojson"])
def test_a_path_with_odd_characters_is_only_a_path(mission: Mission, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "zip:odd #folder"
    folder.mkdir()
    frame(shapely.Point(61, -20)).to_file(tmp_path / f"plain{Path(name).suffix}", engine="pyogrio")
    (tmp_path / f"plain{Path(name).suffix}").rename(folder / name)
    assert mission.desk().submit("positions", folder / name).new == 1


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """An address that writes down who asks."""
    heard: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "source",
    ["{file}", "/etc/passwd", "/vsicurl/http://{host}/a", "http://{host}/a", "WFS:http://{host}/a", "GeoJSON:http://{host}/a"],
)
def test_a_file_that_points_elsewhere_reads_nothing_and_asks_nobody(
    mission: Mission, tmp_path: Path, asked: tuple[str, list[str]], source: str
) -> None:
    host, heard = asked
    secret = missions.geojson_file(tmp_path / "secret.geojson", [feature("point", id="secret")])
    source = source.format(host=host, file=secret)
    path = mission.folder / "in.geojson"
    inner = f'<OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    path.write_text(f"{{\n<OGRVRTDataSource>{inner}</OGRVRTDataSource>", encoding="utf-8")
    with pytest.raises(UnreadableFile):
        mission.desk().submit("positions", path)
    assert (heard, mission.store.version()) == ([], 0)


def test_the_child_starts_only_with_the_drivers_it_may_have(tmp_path: Path) -> None:
    path = missions.geojson_file(tmp_path / "in.geojson", [feature("point")])
    job = {"format": "geojson", "paths": [str(path)], "layer": "positions", "most": 9, "out": str(tmp_path / "out.arrow")}
    command = [sys.executable, str(CHILD), json.dumps(job)]
    done = subprocess.run(command, env={"PATH": "/usr/bin"}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "OGR_VRT" in done.stderr
    assert not (tmp_path / "out.arrow").exists()


def test_the_child_gives_up_memory_time_and_disk_before_it_reads() -> None:
    program = (
        f"import sys, json; sys.path.insert(0, {str(CHILD.parent)!r}); import child, resource as r; child.limited(); "
        "print(json.dumps([r.getrlimit(k) for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [[most, most] for most in (child.MEMORY, child.SECONDS, child.WRITTEN)]


def test_a_child_that_does_not_end_is_stopped_and_the_file_refused(mission: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [feature("point")])
    monkeypatch.setattr(features, "_PATIENCE_S", 0.01)
    with pytest.raises(UnreadableFile, match="took longer than"):
        mission.desk().submit("positions", path)
    assert mission.store.version() == 0


def rising(row: Mapping[str, str]) -> bool:
    return float(row["low"]) <= float(row["best"]) <= float(row["high"])


@pytest.mark.shared
def test_every_event_of_the_syrian_file_is_stored_or_refused_by_name(tmp_path: Path, shared: Path) -> None:
    mission = missions.empty(tmp_path / "m")
    path = shared / "events" / "ucdp_syria_ged191_2016_2019.csv.gz"
    receipt = mission.desk().submit("incidents", path)
    kept = receipt.new + receipt.changed + receipt.unchanged
    assert kept + receipt.refused_rows == 16_566
    assert all(fault.reason and fault.field and 1 <= fault.row <= 16_566 for fault in receipt.refused)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        falling = {n for n, row in enumerate(csv.DictReader(file), 1) if not rising(row)}
    assert {fault.row for fault in receipt.refused} == falling
    assert {fault.field for fault in receipt.refused} == {"casualties_best"}
    found = mission.desk().sheet(ALL).features("incidents")
    assert len(found) == receipt.new
    assert set(found["source"]) == {"UCDP GED"}
    assert set(Counter(found["kind"])) <= {"armed_clash", "attack_on_civilians"}
    again = mission.desk().submit("incidents", path)
    assert (again.new, again.changed + again.unchanged + again.refused_rows) == (0, 16_566)
    mission.close()


@pytest.mark.shared
def test_the_undof_zone_is_one_area_of_separation_on_the_golan(mission: Mission, shared: Path) -> None:
    path = shared / "lines" / "ne_10m_buffer_zones.geojson"
    how = {"where": [("BRK_NAME", "UNDOF Zone")], "assign": [("kind", "area_of_separation")]}
    receipt = mission.desk().submit("zones", path, **how)  # type: ignore[arg-type]
    assert (receipt.new, receipt.refused) == (1, ())
    zone = mission.desk().sheet(ALL).features("zones").iloc[0]
    assert (zone["name"], zone["kind"], zone["source"]) == ("UNDOF Zone", "area_of_separation", "Natural Earth")
    assert zone.geometry.within(shapely.box(35.6, 32.6, 36.1, 33.5))
    assert mission.desk().submit("zones", path, **how).unchanged == 1  # type: ignore[arg-type]
