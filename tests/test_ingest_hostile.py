"""Files that were made to harm: each is refused in one sentence, reads nothing else, and leaves the record untouched."""

from __future__ import annotations

import sqlite3
import stat
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.config import Limits
from layers.desk import Mission
from layers.errors import LayersError, UnreadableFile
from layers.ingest import child, files
from tests import missions
from tests.formats import GPX, KML, POST, WAYPOINTS, book, frame, shapefile
from tests.reading import whole
from tests.test_ingest_files import asked  # noqa: F401

BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE lolz [<!ENTITY e0 "ha">{BOMB}]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    made = missions.empty(tmp_path_factory.mktemp("hostile") / "mission")
    yield made
    made.close()


def zipped(path: Path, members: Mapping[str, bytes | str], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, data)
    return path


def refused(mission: Mission, path: Path, layer: str = "positions") -> str:
    with pytest.raises(LayersError) as told:
        mission.desk().submit(layer, path)
    said = str(told.value)
    assert said.startswith(path.name)
    assert "\n" not in said
    assert len(said) < 400
    assert mission.store.version() == 0
    return said


@pytest.mark.parametrize(
    "declared", [BOMB, EXTERNAL, '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">'], ids=["bomb", "file", "net"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("shape", ["kml", "gpx", "kmz", "comment"])
def test_a_declaration_of_entities_is_refused_before_a_parser_meets_it(
    mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: str, encoding: str, shape: str
) -> None:
    content = (
        KML.format(POST.replace("Post", "&e9;&secret;")) if shape != "gpx" else GPX.format(WAYPOINTS.replace("Post", "&e9;"))
    )
    before = f"<!-- <kml> --> <?x y?> {declared}" if shape == "comment" else declared
    content = content.replace("?>", f"?>{before}", 1).replace('encoding="UTF-8"', "")
    path = tmp_path / "in.xml"
    path.write_bytes(content.encode(encoding))
    if shape == "kmz":
        path = zipped(tmp_path / "in.kmz", {"doc.kml": content.encode(encoding)})
    monkeypatch.setattr(files.features, "_asked", lambda *_: pytest.fail("a parser met it"))
    assert "declares a document type or entities" in refused(mission, path)


def test_a_declaration_after_the_first_element_is_no_declaration_and_fails_as_damage(mission: Mission, tmp_path: Path) -> None:
    (tmp_path / "in.kml").write_text(KML.format(EXTERNAL + POST.replace("Post", "&secret;")), encoding="utf-8")
    assert "root:" not in refused(mission, tmp_path / "in.kml")


def test_a_page_inside_a_description_is_only_text(tmp_path: Path) -> None:
    content = POST.replace("<name>", "<description><![CDATA[<!DOCTYPE html><script>x</script>]]></description><name>")
    (tmp_path / "in.kml").write_text(KML.format(content), encoding="utf-8")
    assert any("<!DOCTYPE html>" in cell for cell in whole(tmp_path / "in.kml", "positions").cells[0])


@pytest.mark.parametrize("link", ["http://{host}/a.kml", "file:///etc/passwd", "{file}", "/vsicurl/http://{host}/a.kml"])
def test_links_in_kml_are_never_followed(
    mission: Mission,
    tmp_path: Path,
    asked: tuple[str, list[str]],  # noqa: F811
    link: str,
) -> None:
    host, heard = asked
    (tmp_path / "secret.kml").write_text(KML.format(POST.replace("Post", "secret")), encoding="utf-8")
    href = f"<Link><href>{link.format(host=host, file=tmp_path / 'secret.kml')}</href></Link>"
    parts = (
        f'<NetworkLink>{href}</NetworkLink><Schema parent="x"/><Style><IconStyle><Icon>{href}</Icon></IconStyle></Style>{POST}'
    )
    (tmp_path / "in.kml").write_text(KML.format(parts), encoding="utf-8")
    found = whole(tmp_path / "in.kml", "positions")
    assert heard == []
    assert not any("secret" in cell for cells in found.cells for cell in cells)


NAMES = ["../posts.shp", "a/../../posts.shp", "/etc/posts.shp", "C:\\posts.shp", "..\\posts.shp", "\\posts.shp", "a/.."]


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_whose_names_lead_elsewhere_is_refused(mission: Mission, tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "in.zip", {"posts.shp": b"x", name: b"x"})
    assert "leads out of it" in refused(mission, path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.zip"]


def test_a_zip_that_holds_links_is_refused(mission: Mission, tmp_path: Path) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert "a link to elsewhere" in refused(mission, zipped(tmp_path / "in.zip", {"posts.shp": b"/etc/passwd"}, link))


def test_a_zip_that_holds_two_files_of_one_name_is_refused(mission: Mission, tmp_path: Path) -> None:
    path = zipped(tmp_path / "in.zip", {"doc.kml": KML.format(POST)})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("doc.kml", KML.format(""))
    assert "two files of one name" in refused(mission, path)


def test_a_zip_that_is_a_bomb_lies_or_is_encrypted_is_refused(mission: Mission, tmp_path: Path) -> None:
    assert "200 times its size" in refused(mission, zipped(tmp_path / "bomb.zip", {"a.csv": b"1,2\n" * 10_000_000}))
    many = zipped(tmp_path / "many.zip", {f"{n}.csv": b"" for n in range(10_001)})
    assert "10,001 files" in refused(mission, many)
    data = zipped(tmp_path / "lie.zip", {"a.csv": b"a,b\n" + b"1,2\n" * 9000}).read_bytes()
    size = (36_004).to_bytes(4, "little")
    assert data.count(size) == 2
    (tmp_path / "lie.zip").write_bytes(data.replace(size, (50).to_bytes(4, "little")))
    refused(mission, tmp_path / "lie.zip")
    flags = bytearray(zipped(tmp_path / "locked.zip", {"a.csv": b"a,b\n1,2\n"}).read_bytes())
    flags[6] |= 1
    flags[flags.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(flags)
    assert "encrypted" in refused(mission, tmp_path / "locked.zip")


def test_a_zip_of_nothing_of_use_is_refused_and_says_what_it_holds(mission: Mission, tmp_path: Path) -> None:
    assert "holds nothing" in refused(mission, zipped(tmp_path / "none.zip", {}))
    assert "holds a.csv, b.csv" in refused(mission, zipped(tmp_path / "two.zip", {"a.csv": b"a,b\n1,2\n", "b.csv": b"a\n"}))
    inner = zipped(tmp_path / "inner.zip", {"a.csv": b"a,b\n1,2\n"}).read_bytes()
    assert "holds a.csv" in refused(mission, zipped(tmp_path / "twice.zip", {"inner.zip": inner}))
    for cut in (10, 40, len(inner) - 5):
        (tmp_path / "cut.zip").write_bytes(inner[:cut])
        assert "damaged" in refused(mission, tmp_path / "cut.zip")


def rewritten(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held[member] = change(held[member])
    return zipped(path.with_name(f"bad-{path.name}"), held)


def test_a_workbook_that_declares_entities_grows_or_reaches_far_is_refused(mission: Mission, tmp_path: Path) -> None:
    plain = book(tmp_path / "in.xlsx", ("Sheet", [["id", "name"], [1, "x"]]))
    sheet = "xl/worksheets/sheet1.xml"
    assert "declares" in refused(mission, rewritten(plain, sheet, lambda data: BOMB.encode() + data))
    assert "declares" in refused(mission, rewritten(plain, "[Content_Types].xml", lambda data: EXTERNAL.encode() + data))
    grown = rewritten(plain, sheet, lambda data: data.replace(b"</sheetData>", b"<row></row>" * 9_000_000 + b"</sheetData>"))
    assert "200 times its size" in refused(mission, grown)
    assert "bad-in.xlsx" in refused(mission, rewritten(plain, sheet, lambda data: data[:200]))
    far = openpyxl.Workbook()
    far.active["A1"], far.active["XFD1048576"] = "id", "x"
    far.save(tmp_path / "far.xlsx")
    assert "clear cells that stand far from the table" in refused(mission, tmp_path / "far.xlsx")
    wide = book(tmp_path / "wide.xlsx", ("Sheet", [[f"c{n}" for n in range(5000)], [*range(5000)]]))
    assert "5,000 columns" in refused(mission, wide)
    twice = book(tmp_path / "twice.xlsx", ("Sheet", [["id", "id"], [1, 2]]))
    assert "'id' more than once" in refused(mission, twice)


def triggered(path: Path, *statements: str) -> Path:
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(61, -20)], crs=4326).to_file(path, engine="pyogrio")
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()
    return path


@pytest.mark.parametrize(
    "body",
    [
        "delete from in_",
        "insert into 'victim' values (1)",
        "insert or replace into [victim] values (1)",
        "update/* rtree_x */victim set a = 1",
        "insert into rtree_x values (1); delete -- rtree_y\n from victim",
        "update'victim'set a = 1",
        "update or ignore `victim` set a = 'begin'",
    ],
)
def test_a_package_that_acts_by_itself_is_refused(mission: Mission, tmp_path: Path, body: str) -> None:
    path = triggered(
        tmp_path / "in.gpkg",
        "create table victim (a)",
        "create table in_ (a)",
        f"create trigger rtree_in_x after insert on victim begin {body}; end",
    )
    assert "holds the trigger 'rtree_in_x', which changes its data by itself" in refused(mission, path)


def test_a_package_with_the_usual_bookkeeping_is_read_and_not_changed(tmp_path: Path) -> None:
    path = triggered(tmp_path / "in.gpkg", "create table victim (a)")
    before = path.read_bytes()
    assert whole(path, "positions").cells == [["a"]]
    assert path.read_bytes() == before


def test_a_database_that_is_no_package_is_refused(mission: Mission, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "in.gpkg") as db:
        db.execute("create table a (b)")
    db.close()
    assert "a database but no GeoPackage" in refused(mission, tmp_path / "in.gpkg")


def test_a_shapefile_leaves_no_more_than_its_parts_and_reads_none_beside_it(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "in.zip", frame(shapely.Point(61, -20)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("posts.vrt", "<OGRVRTDataSource/>")
        archive.writestr("posts.qix", b"\xff" * 100)
    assert len(whole(path, "positions").rows) == 1


def test_each_format_has_exactly_its_own_driver() -> None:
    drivers = [driver for held in child.DRIVERS.values() for driver in held]
    assert len(drivers) == len(set(drivers)) == 6
    assert not set(drivers) & {"OGR_VRT", "CSV", "SQLite", "HTTP", "WFS", "GML", "OSM", "OAPIF", "GDALG", "XLSX"}


GOOD = "\n".join(
    [",".join(missions.TEMPLATE), *(",".join(f'"{cell}"' for cell in missions.row(n).values()) for n in range(6))]
).encode()
edits = st.lists(
    st.tuples(
        st.integers(0, len(GOOD)), st.integers(0, 30), st.binary(max_size=8) | st.sampled_from([b'"', b"\n", b",", b";", b"\r"])
    ),
    max_size=6,
)


def edited(changes: list[tuple[int, int, bytes]]) -> bytes:
    data = GOOD
    for at, length, new in changes:
        data = data[:at] + new + data[at + length :]
    return data


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(edits.map(edited), edits.map(edited), st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_whatever_the_bytes_only_our_own_errors_come_and_the_five_add_up(mission: Mission, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    try:
        receipt = mission.desk().submit("incidents", path, dry_run=True)
    except LayersError as told:
        assert "\n" not in str(told)  # noqa: PT017
        return
    known = receipt.new + receipt.changed + receipt.unchanged + receipt.retracted
    assert known + receipt.refused_rows == whole(path).rows_in
    assert all(fault.row >= 1 and fault.reason for fault in receipt.refused)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), noise=st.binary(min_size=1, max_size=20), at=st.integers(0, 4000))
@pytest.mark.parametrize("kind", ["xlsx", "kml", "gpx", "zip"])
def test_a_damaged_file_of_another_format_is_read_or_refused_and_nothing_else(
    tmp_path: Path, kind: str, cut: int, noise: bytes, at: int
) -> None:
    plain = tmp_path / f"plain.{kind}"
    if not plain.exists():
        if kind == "xlsx":
            book(plain, ("Sheet", [["id", "name"], [1, "x"]]))
        elif kind == "zip":
            shapefile(plain, frame(shapely.Point(61, -20)))
        else:
            plain.write_text(KML.format(POST) if kind == "kml" else GPX.format(WAYPOINTS), encoding="utf-8")
    data = plain.read_bytes()
    data = data[: at % len(data)] + noise + data[at % len(data) + len(noise) :]
    path = tmp_path / "in"
    path.write_bytes(data[: len(data) - cut % len(data)] if cut % 2 else data)
    try:
        whole(path, "positions", Limits())
    except LayersError as told:
        assert "\n" not in str(told)  # noqa: PT017


def test_a_line_of_a_gigabyte_is_refused_before_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("wb") as file:
        file.write(b"id,kind\n1,")
        for _ in range(40):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="a line of more than 16,000,000 characters"):
        whole(path)
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()
