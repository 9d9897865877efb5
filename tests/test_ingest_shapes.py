"""Lines and areas that cannot be used: each refused by its row and for its reason, whatever the format; the others go in."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from layers.desk import Mission
from layers.errors import MissingCRS
from layers.model import parse
from tests import missions
from tests.formats import KML, frame, shapefile

ALL = parse("last=all")
Places = list[tuple[float, float]]
#: Rings or parts of lines by the id of their row.
Drawn = Mapping[str, Sequence[Places]]
SQUARE = [(61, -20), (62, -20), (62, -19), (61, -19), (61, -20)]
FINE_LINES: Drawn = {
    "plain": [[(61, -20), (61.5, -20), (62, -19)]],
    "ring": [[(61, -20), (61.5, -20), (62, -19), (61, -20)]],
    "parts": [[(61, -20), (62, -20)], [(62, -20), (63, -20)]],
    "hairpin": [[(61, -20), (62, -20), (61, -20.001)]],
    "antimeridian": [[(179, -20), (-179, -20), (-178, -19)]],
}
BAD_LINES: Drawn = {
    "crosses": [[(61, -20), (62, -20), (62, -19), (61.5, -21)]],
    "touches": [[(61, -20), (62, -20), (62, -19), (61, -20), (60, -20)]],
    "parts cross": [[(61, -20), (62, -20)], [(61.5, -21), (61.5, -19)]],
    "back": [[(61, -20), (62, -20), (61, -20)]],
    "twice": [[(61, -20), (62, -20), (62, -20), (63, -20)]],
    "still": [[(61, -20), (61, -20)]],
    "far": [[(61, -20), (61, -91)]],
}
LINE_REASONS = {
    "crosses": "crosses or touches itself at 20.00",
    "touches": "crosses or touches itself at 20.00000° S 61.00000° E, so it has no two sides",
    "parts cross": "crosses or touches itself at 20.00",
    "back": "crosses or touches itself at 20.00",
    "twice": "has the place 20.00000° S 62.00000° E twice running; take one out",
    "still": "has no length: all its places are 20.00000° S 61.00000° E",
    "far": "leaves the earth at longitude 61, latitude -91",
}
FINE_AREAS: Drawn = {
    "square": [SQUARE],
    "hole": [SQUARE, [(61.2, -19.8), (61.2, -19.2), (61.8, -19.2), (61.2, -19.8)]],
    "stutters": [[*SQUARE[:2], *SQUARE[1:]]],
    "antimeridian": [[(179, -20), (-179, -20), (-179, -19), (179, -19), (179, -20)]],
}
BAD_AREAS: Drawn = {
    "open": [SQUARE[:-1]],
    "bow": [[(61, -20), (62, -19), (62, -20), (61, -19), (61, -20)]],
    "flat": [[(61, -20), (62, -20), (61, -20), (61, -20)]],
    "outside": [SQUARE, [(64.2, -19.8), (64.2, -19.2), (64.8, -19.2), (64.2, -19.8)]],
    "far": [[(61, -20), (62, -20), (62, -91), (61, -20)]],
    "pole": [[*((float(lon), 80.0) for lon in range(-180, 180, 30)), (-180.0, 80.0)]],
}
AREA_REASONS = {
    "open": "has a ring that does not end where it begins; close it",
    "bow": "cannot be used: its edges cross at 19.50000° S 61.50000° E",
    "flat": "cannot be used: a ring encloses nothing at 20.00000° S 61.00000° E",
    "outside": "cannot be used: a hole lies outside of it at 19.80000° S 64.20000° E",
    "far": "leaves the earth at longitude 62, latitude -91",
    "pole": "cannot be used: a ring goes round a pole",
}


def geojson(folder: Path, drawn: Drawn, kind: str) -> Path:
    many = "MultiLineString" if kind == "line" else "Polygon"
    return missions.geojson_file(folder / "in.geojson", [(many, list(map(list, paths)), {"id": n}) for n, paths in drawn.items()])


def wkt(folder: Path, drawn: Drawn, kind: str) -> Path:
    word = "MULTILINESTRING" if kind == "line" else "POLYGON"
    with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "wkt"])
        for name, paths in drawn.items():
            listed = ", ".join("(" + ", ".join(f"{x} {y}" for x, y in path) + ")" for path in paths)
            writer.writerow([name, f"{word} ({listed})"])
    return folder / "in.csv"


def kml(folder: Path, drawn: Drawn, kind: str) -> Path:
    def path(tag: str, at: Places) -> str:
        return f"<{tag}><coordinates>{' '.join(f'{x},{y}' for x, y in at)}</coordinates></{tag}>"

    def shape(paths: Sequence[Places]) -> str:
        if kind == "line":
            return f"<MultiGeometry>{''.join(path('LineString', one) for one in paths)}</MultiGeometry>"
        rims = [f"<{rim}>{path('LinearRing', one)}</{rim}>" for rim, one in zip(_RIMS, paths, strict=False)]
        return f"<Polygon>{''.join(rims)}</Polygon>"

    marks = (f'<Placemark id="{name}"><name>{name}</name>{shape(paths)}</Placemark>' for name, paths in drawn.items())
    (folder / "in.kml").write_text(KML.format("".join(marks)), encoding="utf-8")
    return folder / "in.kml"


_RIMS = ("outerBoundaryIs", "innerBoundaryIs")


def package(folder: Path, drawn: Drawn, kind: str) -> Path:
    return written(folder / "in.gpkg", drawn, kind)


def zipped(folder: Path, drawn: Drawn, kind: str) -> Path:
    parts = folder / "parts"
    parts.mkdir()
    written(parts / "in.shp", drawn, kind)
    with zipfile.ZipFile(folder / "in.zip", "w") as archive:
        for part in sorted(parts.iterdir()):
            archive.write(part, part.name)
    return folder / "in.zip"


def written(path: Path, drawn: Drawn, kind: str) -> Path:
    """Write shapes through GDAL as their bytes, which no library of geometry has judged."""
    many = {"line": "MultiLineString", "area": "Polygon"}[kind]
    pyogrio.raw.write(
        path,
        np.array([binary(paths, kind) for paths in drawn.values()], object),
        [np.array(list(drawn), object)],
        ["id"],
        geometry_type=many,
        crs="EPSG:4326",
    )
    return path


def binary(paths: Sequence[Places], kind: str) -> bytes:
    def places(at: Places) -> bytes:
        return struct.pack("<I", len(at)) + b"".join(struct.pack("<2d", *one) for one in at)

    if kind == "area":
        return struct.pack("<BII", 1, 3, len(paths)) + b"".join(map(places, paths))
    return struct.pack("<BII", 1, 5, len(paths)) + b"".join(struct.pack("<BI", 1, 2) + places(at) for at in paths)


FORMATS = [geojson, wkt, kml, package, zipped]
Make = Callable[[Path, Drawn, str], Path]


@pytest.mark.parametrize("make", FORMATS)
@pytest.mark.parametrize(
    ("layer", "kind", "fine", "bad", "reasons"),
    [
        ("ceasefire_lines", "line", FINE_LINES, BAD_LINES, LINE_REASONS),
        ("zones", "area", FINE_AREAS, BAD_AREAS, AREA_REASONS),
    ],
    ids=["lines", "areas"],
)
def test_what_cannot_be_used_is_refused_by_row_and_the_rest_goes_in(
    mission: Mission, tmp_path: Path, make: Make, layer: str, kind: str, fine: Drawn, bad: Drawn, reasons: Mapping[str, str]
) -> None:
    drawn = dict(bad) | dict(fine)
    receipt = mission.desk().submit(layer, make(tmp_path, drawn, kind))
    told = {list(drawn)[fault.row - 1]: fault.reason for fault in receipt.refused}
    # A Shapefile keeps no hole outside of its ring: the two are written as two parts of one area.
    kept = {"outside"} if make is zipped and kind == "area" else set()
    assert told.keys() == bad.keys() - kept
    for name, reason in told.items():
        assert reason.startswith(reasons[name]), name
    assert receipt.new == len(fine) + len(kept)
    held = mission.desk().sheet(ALL).features(layer)
    assert len(held) == receipt.new
    assert shapely.is_valid(held.geometry.values).all()


@pytest.mark.parametrize("make", FORMATS)
def test_lines_without_sides_may_meet_themselves_but_not_be_nothing(mission: Mission, tmp_path: Path, make: Make) -> None:
    drawn = {name: BAD_LINES[name] for name in ("crosses", "back", "twice", "still", "far")}
    receipt = mission.desk().submit("patrol_routes", make(tmp_path, drawn, "line"))
    assert [list(drawn)[fault.row - 1] for fault in receipt.refused if fault.field in ("geometry", "wkt")] == ["still", "far"]


@pytest.mark.parametrize(
    "lonely", ["LINESTRING (61 -20)", "POLYGON ((61 -20))", "LINESTRING (61 NaN, 62 -20)", "LINESTRING EMPTY"]
)
def test_single_places_no_numbers_and_nothing_are_refused_in_wkt(mission: Mission, tmp_path: Path, lonely: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'id,wkt\na,"{lonely}"\nb,"LINESTRING (61 -20, 62 -20)"\n', encoding="utf-8")
    receipt = mission.desk().submit("ceasefire_lines", path)
    assert receipt.new == 1
    assert [fault.row for fault in receipt.refused] == [1]
    said = receipt.refused[0].reason
    assert any(words in said for words in ("of a single place", "fewer than three", "without a number", "is no line", "is empty"))


def test_a_place_that_is_no_number_is_refused_in_a_package(mission: Mission, tmp_path: Path) -> None:
    drawn = {"lost": [[(61, -20), (np.nan, -20), (62, -20)]], "fine": FINE_LINES["plain"]}
    receipt = mission.desk().submit("ceasefire_lines", package(tmp_path, drawn, "line"))
    assert [(fault.row, fault.reason) for fault in receipt.refused] == [(1, "has a place without a number; correct it")]


@pytest.mark.parametrize("system", [-1, 0])
def test_a_package_whose_coordinates_are_undefined_is_refused_whole(mission: Mission, tmp_path: Path, system: int) -> None:
    path = package(tmp_path, FINE_LINES, "line")
    with closing(sqlite3.connect(path)) as base:
        base.execute("update gpkg_geometry_columns set srs_id = ?", (system,))
        base.execute("update gpkg_contents set srs_id = ?", (system,))
        base.commit()
    with pytest.raises(MissingCRS, match=r"^in\.gpkg calls its coordinate system undefined; set it and export"):
        mission.desk().submit("ceasefire_lines", path)
    assert mission.store.version() == 0


@pytest.mark.parametrize("text", ["", 'LOCAL_CS["Site",UNIT["metre",1]]', "rubbish"])
def test_a_shapefile_whose_prj_says_nothing_is_refused_whole(mission: Mission, tmp_path: Path, text: str) -> None:
    shapefile(tmp_path / "fine.zip", frame(shapely.LineString([(61, -20), (62, -20)])))
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for part in sorted((tmp_path / "fine-parts").iterdir()):
            archive.writestr(part.name, text if part.suffix == ".prj" else part.read_bytes())
    with pytest.raises(MissingCRS, match=r"^in\.zip.*(does not say which coordinates|is unknown).*export"):
        mission.desk().submit("ceasefire_lines", tmp_path / "in.zip")
    assert mission.store.version() == 0


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "layer", "count"), [("ne_10m_disputed_lines", "ceasefire_lines", 46), ("ne_10m_buffer_zones", "zones", 23)]
)
def test_the_lines_and_zones_of_real_maps_go_in(
    mission: Mission, tmp_path: Path, shared: Path, name: str, layer: str, count: int
) -> None:
    real = geopandas.read_file(shared / f"lines/{name}.geojson")
    bare = tmp_path / "in.geojson"
    bare.write_text(json.dumps(json.loads(real[["geometry"]].to_json())), encoding="utf-8")
    receipt = mission.desk().submit(layer, bare)
    assert (receipt.new, receipt.refused) == (count, ())


X_SHAPE = [[(61, -20), (62, -19)], [(61, -19), (62, -20)]]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("parts", "good"),
    [
        (X_SHAPE, ["p0"]),
        ([[(61, -20), (62, -20)], [(62, -20), (61, -20)]], ["p0"]),
        ([[(61, -20), (61, -19)], [(62, -19.5), (61, -19.5)]], ["p0"]),
        (
            [[(61, -20), (62, -20)], [(63, -20), (62, -20)], [(62.5, -21), (62.5, -19)], [(63, -20), (64, -20)]],
            ["p0", "p1", "p3"],
        ),
    ],
)
def test_rows_of_one_line_that_cross_each_other_are_refused_by_their_row(
    mission: Mission, parts: Sequence[Places], good: list[str], apart: bool
) -> None:
    fields = {"name": "Same", "left_party": "A", "right_party": "B"}
    made = [("LineString", list(part), {"id": f"p{n}"} | fields) for n, part in enumerate(parts)]
    refused = {}
    for number, chosen in enumerate([[one] for one in made] if apart else [made]):
        receipt = mission.desk().submit("ceasefire_lines", missions.geojson_file(mission.folder / f"{number}.geojson", chosen))
        refused |= {chosen[fault.row - 1][2]["id"]: fault.reason for fault in receipt.refused}
    assert sorted(mission.store.current("ceasefire_lines", [f"p{n}" for n in range(len(parts))]).feature) == good
    assert refused.keys() == {f"p{n}" for n in range(len(parts))} - set(good)
    assert all("crosses or touches 'p" in reason and "another part of the same line" in reason for reason in refused.values())


def test_parts_that_cross_are_fine_where_they_are_no_one_line_and_a_new_version_does_not_cross_the_old(mission: Mission) -> None:
    for number, change in enumerate(({"name": "Other"}, {"left_party": "C"}, {"valid_from": "2026-01-01"})):
        same = {"name": f"Same {number}", "left_party": "A", "right_party": "B"}
        made = [("LineString", list(X_SHAPE[n]), {"id": f"{number}-{n}"} | same | (change if n else {})) for n in (0, 1)]
        path = missions.geojson_file(mission.folder / f"{number}.geojson", made)
        assert mission.desk().submit("ceasefire_lines", path).new == 2
    moved = [("LineString", list(X_SHAPE[1]), {"id": "0-0", "name": "Same 0", "left_party": "A", "right_party": "B"})]
    receipt = mission.desk().submit("ceasefire_lines", missions.geojson_file(mission.folder / "moved.geojson", moved))
    assert (receipt.changed, receipt.refused) == (1, ())


def test_a_line_that_crosses_itself_in_more_places_than_are_looked_at_is_refused_whole(mission: Mission) -> None:
    fan = [("LineString", [[61 + n / 20, -20], [62 - n / 20, -19]], {"id": f"p{n}", "name": "Fan"}) for n in range(20)]
    receipt = mission.desk().submit("ceasefire_lines", missions.geojson_file(mission.folder / "fan.geojson", fan))
    assert (receipt.new, receipt.refused_rows) == (0, 20)
