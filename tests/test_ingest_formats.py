"""Every format beside text tables, made here and read back; format by content, never by name."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.config import Limits
from layers.desk import Mission
from layers.errors import LayersError, MissingCRS, UnreadableFile
from layers.model import parse
from tests import missions
from tests.formats import GPX, KML, LINE, LONE, POST, ROUTE, TRACK, WAYPOINTS, ZONE, book, frame, shapefile, text
from tests.reading import packed, whole

ALL = parse("last=all")


def test_a_workbook_is_read_as_a_person_sees_it(tmp_path: Path) -> None:
    header = ["id", "when", "day", "count", "share", "at", "sure", "formula", "long"]
    row = ["007", dt.datetime(2026, 1, 1, 10, 30), dt.date(2026, 1, 2), 12, 0.25, dt.time(10, 5), True, "=1+1", 123456789012345]
    midnight = [8, dt.datetime(2026, 1, 2), None, 12.50, 1e-7, None, False, None, -61.123456789]
    path = book(tmp_path / "in.csv", ("Sheet", [["Weekly report"], [], header, row, [], midnight, ["Total", None, None, 24.5]]))
    found = whole(path)
    assert found.names == header
    assert found.rows == {
        1: ["007", "2026-01-01T10:30:00", "2026-01-02", "12", "0.25", "10:05:00", "true", "", "123456789012345"],
        3: ["8", "2026-01-02", "", "12.5", "1e-07", "", "false", "", "-61.123456789"],
    }
    assert [(fault.row, fault.field) for fault in found.faults] == [(4, "row")]


def test_the_sheet_named_like_the_layer_is_taken_else_the_first_with_anything_in_it(tmp_path: Path) -> None:
    empty, notes, posts = ("Cover", []), ("Notes", [["a"], ["x"]]), ("Incidents", [["b"], ["y"]])
    assert whole(book(tmp_path / "1.xlsx", empty, notes, posts), "incidents").cells == [["y"]]
    assert whole(book(tmp_path / "2.xlsx", empty, notes, posts), "zones").cells == [["x"]]
    cover = ("Cover", [["Read me first"]])
    assert whole(book(tmp_path / "5.xlsx", cover, ("Data", [["id", "kind"], ["a", "firing"]])), "zones").cells == [
        ["a", "firing"]
    ]
    with pytest.raises(UnreadableFile, match="holds no sheet with any cell filled"):
        whole(book(tmp_path / "3.xlsx", empty))
    with pytest.raises(UnreadableFile, match="'Notes', names its columns but holds no rows"):
        whole(book(tmp_path / "4.xlsx", ("Notes", [["id", "kind"]])))


def test_merged_cells_are_stated_and_titles_that_are_merged_are_not(tmp_path: Path) -> None:
    rows: list[list[object]] = [["id", "place"], ["a", "North"], ["b", None], ["c", None], ["d", "South"]]
    found = whole(book(tmp_path / "in.xlsx", ("Sheet", rows), merged="B2:B4"))
    assert [cells[1] for cells in found.cells] == ["North", "", "", "South"]
    assert [(remark.row, remark.field) for remark in found.remarks] == [(1, "place")]
    assert "row 3" in found.remarks[0].reason
    titled: list[list[object]] = [["Report", None], ["id", "place"], ["a", "North"]]
    assert whole(book(tmp_path / "titled.xlsx", ("Sheet", titled), merged="A1:B1")).remarks == []


def test_a_workbook_goes_the_whole_road(mission: Mission) -> None:
    rows = [missions.row(n, severity="bad" if n == 2 else "low") for n in range(1, 4)]
    cells: list[list[object]] = [list(missions.TEMPLATE), *(list(row.values()) for row in rows)]
    receipt = mission.desk().submit("incidents", book(mission.folder / "in.xlsx", ("Sheet1", cells), merged="H2:H3"))
    assert (receipt.new, [fault.row for fault in receipt.refused]) == (2, [2])
    assert "merged" in receipt.remarks[0].reason
    assert mission.desk().submit("incidents", missions.csv_file(mission.folder / "in.csv", rows)).unchanged == 2


def test_columns_of_a_sheet_with_neither_name_nor_cells_are_left_out_and_blank_rows_are_no_rows(tmp_path: Path) -> None:
    path = book(tmp_path / "in.xlsx", ("Sheet", [["id", None, "name", None], ["a", None, "Post", None], ["b", "x", "", " "]]))
    assert (whole(path).names, whole(path).cells) == (["id", "column 2", "name"], [["a", "", "Post"], ["b", "x", ""]])
    bare = book(tmp_path / "bare.xlsx", ("Sheet", [[1, " ", "x"], [2, " ", "y"]]))
    assert whole(bare).names == ["column 1", "column 2", "column 3"]
    with pytest.raises(UnreadableFile, match="names its columns but holds no rows"):
        whole(book(tmp_path / "blank.xlsx", ("Sheet", [["id", "name"], [" ", " "]])))


@pytest.mark.parametrize("suffix", ["kml", "csv", "kmz"])
def test_kml_gives_each_layer_what_it_can_take_and_refuses_the_rest_by_row(tmp_path: Path, suffix: str) -> None:
    content = KML.format(f"<Folder><name>One</name>{POST}{LINE}</Folder><Folder><name>Two</name>{ZONE}</Folder>")
    path = text(tmp_path / f"in.{suffix}", content)
    if suffix == "kmz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", content)
            archive.writestr("files/icon.png", b"\x89PNG")
    for layer, row in (("positions", 1), ("patrol_routes", 2), ("zones", 3)):
        found = whole(path, layer)
        assert {fault.row for fault in found.faults} == {1, 2, 3} - {row}
        assert found.rows.keys() == {1, 2, 3}
    assert found.shapes is not None
    assert shapely.from_wkt(found.shapes[2]).area == pytest.approx(0.5)
    rows = [dict(zip(found.names, cells, strict=True)) for cells in found.cells]
    assert [row["Name"] for row in rows] == ["Post", "Route", "Zone"]
    assert [row["folder"] for row in rows] == ["One", "One", "Two"]
    assert (rows[0]["sector"], rows[0]["timestamp"]) == ("North", "2026-01-01T12:00:00+02:00")
    assert (rows[1]["begin"], rows[1]["end"]) == ("2026-01-01", "2026-01-02T10:00:00Z")
    assert not {"tessellate", "visibility", "drawOrder"} & set(found.names)


def test_a_kmz_as_gdal_writes_it_is_read_through_its_inner_files(tmp_path: Path) -> None:
    frame(shapely.Point(61, -20), name=["Élan"]).to_file(tmp_path / "in.kmz", driver="LIBKML", engine="pyogrio")
    found = whole(tmp_path / "in.kmz", "positions")
    assert (found.shapes, "Élan" in found.cells[0]) == (["POINT (61 -20)"], True)


def test_gpx_gives_waypoints_to_points_and_tracks_and_routes_with_their_times_to_lines(tmp_path: Path) -> None:
    track = TRACK.replace("</trk>", LONE)
    path = text(tmp_path / "in.gpx", GPX.format(WAYPOINTS + ROUTE + track))
    points = whole(path, "positions")
    assert (points.names, points.cells) == (["time", "name"], [["2026-01-01T10:00:00Z", "Post"], ["", ""]])
    assert points.shapes == ["POINT (61.5 -20.5)", "POINT (62 -20)"]
    lines = whole(path, "patrol_tracks")
    rows = [dict(zip(lines.names, cells, strict=True)) for cells in lines.cells]
    assert [row["name"] for row in rows] == ["P1", "R1"]
    times = (rows[0]["started_at"], rows[0]["ended_at"], rows[0]["times"])
    assert times == ("2026-01-01T10:00:00Z", "2026-01-01T10:02:00Z", "0 30 90.5 120")
    assert (rows[1]["started_at"], lines.faults) == ("", [])
    segments = "(61 -20, 61.1 -20.1), (61.2 -20.2, 61.3 -20.3)"
    assert lines.shapes == [f"MULTILINESTRING ({segments})", "MULTILINESTRING ((61 -21, 61.5 -21.5))"]
    beside = "the file also holds {}, not read here; submit it again to a layer of {}"
    assert [fault.reason for fault in points.remarks] == [beside.format("1 track and 1 route", "lines")]
    assert beside.format("2 waypoints", "points") in [fault.reason for fault in lines.remarks]
    only = whole(text(tmp_path / "track.gpx", GPX.format(TRACK)), "positions")
    assert (len(only.rows), only.names[-1]) == (4, "time")
    with pytest.raises(UnreadableFile, match="points and lines but no areas"):
        whole(path, "zones")


@pytest.mark.parametrize("inside", ["", "data/"])
def test_a_zipped_shapefile_is_read_in_its_own_encoding(tmp_path: Path, inside: str) -> None:
    made = frame(shapely.Point(61, -20), shapely.Point(62, -20), name=["Élan", "Čačak"], n=[1, 2])
    path = shapefile(tmp_path / "in.bin", made, inside=inside, encoding="CP1250")
    found = whole(path, "positions")
    assert (found.names, found.cells) == (["name", "n"], [["Élan", "1"], ["Čačak", "2"]])
    with pytest.raises(UnreadableFile, match=r"without its \.dbf"):
        whole(shapefile(tmp_path / "no-dbf.zip", made, without=".dbf"), "positions")


def test_a_shapefile_without_prj_is_refused_for_its_coordinates(mission: Mission, tmp_path: Path) -> None:
    path = shapefile(tmp_path / "in.zip", frame(shapely.Point(61, -20)), without=".prj")
    with pytest.raises(MissingCRS, match=r"in\.zip holds a Shapefile without its \.prj"):
        mission.desk().submit("positions", path)
    assert mission.store.version() == 0


def test_of_several_shapefiles_the_one_named_like_the_layer_is_taken(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "in.zip", frame(shapely.Point(61, -20)), inside="a/")
    with zipfile.ZipFile(path, "a") as archive:
        for part in sorted((tmp_path / "in-parts").glob("posts.*")):
            archive.write(part, f"b/other{part.suffix}")
    with pytest.raises(UnreadableFile, match=r"holds the Shapefiles .*posts\.shp.*name the one meant positions\.shp"):
        whole(path, "positions")
    with zipfile.ZipFile(path, "a") as archive:
        for part in sorted((tmp_path / "in-parts").glob("posts.*")):
            archive.write(part, f"c/positions{part.suffix}")
    assert len(whole(path, "positions").rows) == 1


def made_csv(folder: Path) -> Path:
    return text(folder / "a.csv", "id,name\n1,Post\n2,Élan\n")


def made_book(folder: Path) -> Path:
    return book(folder / "a.xlsx", ("Sheet", [["id", "name"], [1, "Post"], [2, "Élan"]]))


def made_geojson(folder: Path) -> Path:
    frame(shapely.Point(61, -20), shapely.Point(62, -20), id=["1", "2"], name=["Post", "Élan"]).to_file(folder / "a.geojson")
    return folder / "a.geojson"


def made_package(folder: Path) -> Path:
    frame(shapely.Point(61, -20), shapely.Point(62, -20), id=["1", "2"], name=["Post", "Élan"]).to_file(folder / "a.gpkg")
    return folder / "a.gpkg"


def made_kml(folder: Path) -> Path:
    places = "".join(
        f'<Placemark id="{n}"><name>{name}</name><Point><coordinates>{n},1</coordinates></Point></Placemark>'
        for n, name in ((1, "Post"), (2, "Élan"))
    )
    return text(folder / "a.kml", KML.format(places))


def made_gpx(folder: Path) -> Path:
    return text(
        folder / "a.gpx", GPX.format('<wpt lat="1" lon="1"><name>Post</name></wpt><wpt lat="1" lon="2"><name>Élan</name></wpt>')
    )


def made_shapefile(folder: Path) -> Path:
    return shapefile(folder / "a.zip", frame(shapely.Point(1, 1), shapely.Point(2, 1), id=["1", "2"], name=["Post", "Élan"]))


MADE = [made_csv, made_book, made_geojson, made_package, made_kml, made_gpx, made_shapefile]


@pytest.mark.parametrize("make", MADE)
def test_every_format_is_known_by_its_content_plain_gzipped_and_alone_in_a_zip(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    plain = make(tmp_path)
    with zipfile.ZipFile(tmp_path / "zipped", "w") as archive:
        archive.write(plain, "some name.bin")
    other = plain.rename(tmp_path / "b.xyz")
    for path in (other, packed(other, tmp_path / "c.csv"), tmp_path / "zipped"):
        found = whole(path, "positions")
        name = [name.casefold() for name in found.names].index("name")
        assert ([cells[name] for cells in found.cells], found.faults) == (["Post", "Élan"], [])


def test_features_come_in_chunks_and_keep_their_numbers(tmp_path: Path) -> None:
    shapes = [shapely.Point(60 + n / 100, -20) if n % 7 else shapely.box(1, 1, 2, 2) for n in range(100)]
    frame(*shapes).to_file(tmp_path / "in.gpkg", engine="pyogrio")
    found = whole(tmp_path / "in.gpkg", "positions", limit=9)
    assert list(found.rows) == list(range(1, 101))
    assert [fault.row for fault in found.faults] == list(range(1, 101, 7))
    assert np.array_equal([cells[0] for cells in found.cells], [f"n{n}" for n in range(100)])


def test_rows_that_where_leaves_out_are_no_part_of_it_whatever_their_geometry(mission: Mission) -> None:
    path = missions.geojson_file(
        mission.folder / "in.geojson",
        [("Point", [61, -20], {"id": "a", "of": "x"}), ("LineString", [[61, -20], [62, -20]], {"id": "b", "of": "y"})],
    )
    receipt = mission.desk().submit("positions", path, where=[("of", "x")])
    assert (receipt.new, receipt.refused) == (1, ())


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "points", "lines"),
    [
        ("Mojstrovka", (184, 0), (1, 0)),
        ("cerknicko-jezero", (7, 0), (8, 1)),
        ("korita-zbevnica", (2, 0), (4, 1)),
        ("gpx1.1_with_all_fields", (2, 0), (4, 2)),
        ("gpx1.1_with_extensions", (1, 0), None),
    ],
)
def test_the_real_gpx_files_are_read_or_refused_by_row(
    shared: Path, name: str, points: tuple[int, int], lines: tuple[int, int] | None
) -> None:
    path = shared / "formats" / f"{name}.gpx"
    for layer, wanted in (("positions", points), ("patrol_tracks", lines)):
        if wanted is None:
            with pytest.raises(UnreadableFile, match="is GPX without tracks and routes; choose a layer of points"):
                whole(path, layer)
            continue
        found = whole(path, layer)
        assert (len(found.rows), len({fault.row for fault in found.faults})) == wanted


@pytest.mark.shared
def test_every_real_file_is_read_or_refused_in_one_sentence(mission: Mission, shared: Path) -> None:
    paths = [path for of in ("events", "formats") for path in sorted((shared / of).rglob("*")) if path.is_file()]
    assert len(paths) > 30
    for path in paths:
        for layer in ("incidents",) if path.suffix != ".gpx" else ("patrol_tracks",):
            if path.suffix == ".xml" or path.name == "gpx1.1_with_extensions.gpx":
                with pytest.raises(LayersError, match=rf"^{path.name} is (XML .*<event>, neither KML nor|GPX without)"):
                    mission.desk().submit(layer, path, dry_run=True)
                continue
            receipt = mission.desk().submit(layer, path, dry_run=True)
            known = receipt.new + receipt.changed + receipt.unchanged + receipt.retracted
            assert known + receipt.refused_rows == whole(path, layer).rows_in
    assert mission.store.version() == 0


def test_a_gzipped_package_that_grows_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(made_package(tmp_path).read_bytes()))
    with pytest.raises(UnreadableFile, match="20,000 bytes"):
        whole(path, "positions", Limits(bytes=20_000))


def many(folder: Path, name: str) -> bytes:
    """Return a file of 5,000 features with names long enough that GDAL reads them in many parts."""
    path, said = folder / f"many.{name}", "x" * 200
    if name == "gpkg":
        frame(*[shapely.Point(61, -20)] * 5_000, name=[said] * 5_000).to_file(path, engine="pyogrio")
    elif name == "geojson":
        missions.geojson_file(path, [("Point", [61, -20], {"name": said})] * 5_000)
    elif name == "gpx":
        text(path, GPX.format(f'<wpt lat="-20" lon="61">\n<name>{said}</name></wpt>' * 5_000))
    else:
        point = "<Point><coordinates>61,-20</coordinates></Point>"
        text(path, KML.format(f"<Placemark>\n<name>{said}</name>{point}</Placemark>" * 5_000))
    return path.read_bytes()


@pytest.mark.parametrize("where", [0.1, 0.35, 0.6, 0.95])
@pytest.mark.parametrize("name", ["gpkg", "geojson", "kml", "gpx"])
@pytest.mark.parametrize("hurt", ["cut", "overwritten"])
def test_a_broken_file_is_refused_whole_in_one_plain_sentence(tmp_path: Path, name: str, hurt: str, where: float) -> None:
    whole_file = many(tmp_path, name)
    at = int(len(whole_file) * where) // 4096 * 4096
    broken = whole_file[:at] if hurt == "cut" else whole_file[:at] + b"\xff" * 4096 + whole_file[at + 4096 :]
    path = tmp_path / f"broken.{name}"
    path.write_bytes(broken)
    with pytest.raises(UnreadableFile) as told:
        whole(path, "positions")
    said = str(told.value)
    assert said.startswith(path.name)
    assert said.count(path.name) == 1
    assert said.endswith(("; export it again", "; export it again as UTF-8"))
    assert not any(word in said for word in ("sqlite", "SELECT", "failed", "ERROR", "offset", "parsing", str(tmp_path)))


LINK = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"


@pytest.mark.parametrize(
    ("content", "layer", "said"),
    [
        (KML.format(""), "positions", "holds no placemarks; save"),
        (KML.format(LINK), "positions", "holds only links to other files, which are not followed; save"),
        (GPX.format(""), "positions", "is GPX without waypoints, tracks or routes; export"),
        (GPX.format(WAYPOINTS), "patrol_tracks", "is GPX without tracks and routes; choose a layer of points"),
        ('{"type": "FeatureCollection", "features": []}', "positions", "holds no features; export"),
        ('{"type": "FeatureCollection", "features": []}', "zones", "holds no features; export"),
    ],
)
def test_a_file_that_holds_nothing_for_a_layer_says_so(
    mission: Mission, tmp_path: Path, content: str, layer: str, said: str
) -> None:
    path = text(tmp_path / "in.xyz", content)
    with pytest.raises(UnreadableFile, match=rf"^in\.xyz {said}"):
        mission.desk().submit(layer, path)
