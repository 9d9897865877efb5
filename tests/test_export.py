"""A view's features as files: whole, safe to open, and each says where it comes from."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from layers.access import User
from layers.briefing import kmz, workbook
from layers.catalogue import LAYERS
from layers.desk import Mission
from layers.errors import Unwritable
from layers.ingest import PLACED, guarded, template
from layers.ingest.own import unguarded
from layers.model import View, parse
from layers.serve import serve
from tests import exported, missions
from tests.exported import KML, SUFFIXES
from tests.site import ROOT

ALL = parse("last=all")
RISKY = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", " =1", "＝1+1", "'=1", "''@x", "-", "+"]
PLAIN = ["-5", "+12.5", "-1e3", "a=b", "'tis", "x-1", "12:30", "{}", "\\n", "naïve 北 🙂", "_x0041_"]
MARKUP = [
    '<b>bold</b> & "x"',
    "]]></description><script>alert(1)</script>",
    "&lt;already&gt;",
    "${x}",
    "two\nlines",
    "a,b;c\td|e",
]
TEXTS = [*RISKY, *PLAIN, *MARKUP]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    yield made
    made.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    """Return a mission with every odd text in a place, columns of a source's own, and a layer of each geometry."""
    tmp_path = tmp_path_factory.mktemp("filled")
    mission = missions.empty(tmp_path / "mission")
    where = {"longitude": 61.0, "latitude": -20.0}
    rows = []
    for n, text in enumerate(TEXTS):
        at = {"type": "Point", "coordinates": [where["longitude"] + n / 7, where["latitude"] - n / 300]}
        said = {"id": f"r{n}", "kind": "firing", "occurred_at": f"2026-01-01T{n % 10:02}:00:00Z", "party": "A", "text": text}
        said |= {"place": text, "precision_m": 12.5 * n, "casualties_best": n, "Their column": text if n % 2 else ""}
        rows.append({"type": "Feature", "geometry": at, "properties": said})
    path = tmp_path / "in.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    assert mission.desk().submit("incidents", path).new == len(TEXTS)
    hole = [[[61, -21], [62, -21], [62, -20], [61, -21]], [[61.5, -20.8], [61.9, -20.8], [61.9, -20.4], [61.5, -20.8]]]
    shapes = [
        ("zones", "Polygon", hole),
        ("zones", "MultiPolygon", [hole, missions.square(63, -21, 1 / 3)]),
        ("ceasefire_lines", "LineString", [[61.1, -20.2], [62.3, -20.7], [63.000001, -20.1]]),
        ("ceasefire_lines", "MultiLineString", [[[61, -20], [62, -21]], [[63, -20], [64, -21]]]),
        ("positions", "Point", [61.123456789012, -20.987654321098]),
    ]
    for n, (layer, kind, at) in enumerate(shapes):
        said = {"id": f"s{n}", "name": TEXTS[-n], "text": TEXTS[n], "mine": "kept", "marking": "CONFIDENTIAL"}
        if layer in ("zones", "ceasefire_lines"):
            said["valid_from"] = "2025-01-01T00:00:00Z"
        receipt = mission.desk().submit(layer, missions.geojson_file(tmp_path / f"{n}.geojson", [(kind, at, said)]))
        assert (receipt.new, receipt.refused) == (1, ())
    yield mission
    mission.close()


def held(mission: Mission, layer: str) -> dict[str, dict[str, object]]:
    """Return what the sheet says of each feature, by its id."""
    table = mission.desk().sheet(ALL).features(layer)
    rows = table.drop(columns="geometry").astype(object).where(table.drop(columns="geometry").notna(), None).to_dict("records")
    return {str(row["id"]): {str(name): value for name, value in row.items()} for row in rows}


def own(row: exported.Row) -> exported.Row:
    """Return a row without what follows from the mission's lines, zones, sectors and posts."""
    return {name: cell for name, cell in row.items() if name not in PLACED}


def same(cell: object, value: object) -> bool:
    """Say whether a cell and a value are one, however a format spells times and numbers."""
    if value in (None, ""):
        return cell in (None, "")
    if isinstance(value, int | float) or hasattr(cell, "isoformat"):
        return (cell.isoformat().replace("+00:00", "Z") if hasattr(cell, "isoformat") else float(str(cell))) == value
    return str(cell) == str(value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("layer", ["incidents", "zones", "ceasefire_lines", "positions"])
def test_other_programs_read_the_rows_of_the_sheet(filled: Mission, tmp_path: Path, suffix: str, layer: str) -> None:
    path = tmp_path / f"out.{suffix}"
    count = filled.desk().export(layer, path, ALL)
    rows, wanted = exported.rows(path), held(filled, layer)
    assert count == len(rows) == len(wanted) == filled.desk().sheet(ALL).count(filled.desk().layer(layer))
    for row in rows:
        for name, value in wanted[str(row["id"])].items():
            cell = row.get(name)
            if suffix in ("csv", "xlsx") and isinstance(cell, str):
                cell = unguarded(pa.array([cell]))[0].as_py()
            if suffix == "xlsx" and isinstance(cell, str):
                cell = cell.replace("_x005F_", "_")
            assert same(cell, value), (name, cell, value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("layer", ["incidents", "zones", "ceasefire_lines", "positions"])
def test_a_mission_takes_its_own_export_back_and_nothing_is_new_or_changed(
    filled: Mission, tmp_path: Path, suffix: str, layer: str
) -> None:
    path = tmp_path / f"out.{suffix}"
    count = filled.desk().export(layer, path, ALL)
    receipt = filled.desk().submit(layer, path)
    assert (receipt.new, receipt.changed, receipt.unchanged, receipt.refused) == (0, 0, count, ())
    other = missions.empty(tmp_path / "other")
    receipt = other.desk().submit(layer, path)
    assert (receipt.new, receipt.refused) == (count, ())
    again = tmp_path / f"again.{suffix}"
    other.desk().export(layer, again, ALL)
    # Where its rows lie, each mission works out by its own lines and zones.
    assert [own(row) for row in exported.rows(again)] == [own(row) for row in exported.rows(path)]
    other.close()


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("incidents", tmp_path / "out.csv", ALL)
    rows = {row["id"]: row for row in exported.rows(tmp_path / "out.csv")}
    for n, text in enumerate(TEXTS):
        cell = str(rows[f"r{n}"]["text"])
        assert cell.lstrip("'") == text.strip().lstrip("'")
        assert cell.startswith("'") or cell.lstrip()[0] not in "=+-@\t\r＝＋－＠" or float(cell) is not None
        assert float(str(rows[f"r{n}"]["latitude"])) < 0
    assert [rows[f"r{TEXTS.index(text)}"]["text"] for text in ("-5", "+12.5", "=1+1", "'tis")] == ["-5", "+12.5", "'=1+1", "'tis"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), max_size=6))
def test_every_guarded_text_comes_back(texts: list[str]) -> None:
    cells = guarded(pa.array(texts, pa.string()))
    assert unguarded(cells).to_pylist() == texts
    for cell in cells.to_pylist():
        start = cell.lstrip()[:1]
        assert not start or start not in "=+-@" or cell.replace("e", "").replace("E", "")[1:2] in set("0123456789.")


def test_a_workbook_holds_texts_and_numbers_and_never_a_formula(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("incidents", tmp_path / "out.xlsx", ALL)
    book = exported.book(tmp_path / "out.xlsx")
    assert book.sheetnames == ["Incidents", "About"]
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header == [*template(filled.desk().layer("incidents")), "follow_up", "event", "edited", *PLACED, "extra"]
    numbers = {"longitude", "latitude", "precision_m", "casualties_low", "casualties_best", "casualties_high"}
    kinds = {
        (str(name), cell.data_type)
        for row in sheet.iter_rows(min_row=2)
        for name, cell in zip(header, row, strict=True)
        if cell.value is not None
    }
    assert {kind for name, kind in kinds if name in numbers} == {"n"}
    assert {kind for name, kind in kinds if name not in numbers} == {"s"}
    assert sheet.freeze_panes == "A2"
    assert all(cell.number_format == "@" for cell in sheet["A"])


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(mission: Mission, tmp_path: Path) -> None:
    rows = [missions.row(1, text="🙂" * 20_000), missions.row(2, text="x" * workbook.LONGEST)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", rows))
    mission.desk().export("incidents", tmp_path / "out.xlsx", ALL)
    long, whole = (str(row["text"]) for row in exported.rows(tmp_path / "out.xlsx"))
    assert len(long.encode("utf-16-le")) <= 2 * workbook.LONGEST
    assert long.endswith("the CSV has the whole)")
    assert whole == rows[1]["text"]


def test_more_rows_than_a_sheet_holds_are_refused_in_a_sentence(
    filled: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    with pytest.raises(Unwritable, match=r"more than a sheet's 3; write \.csv, or narrow the view"):
        filled.desk().export("incidents", tmp_path / "out.xlsx", ALL)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(("out", ".greenline"))] == []


def test_texts_in_a_kmz_are_texts_also_to_a_viewer_that_reads_html(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("zones", tmp_path / "zones.kmz", ALL)
    filled.desk().export("incidents", tmp_path / "incidents.kmz", ALL)
    for path in (tmp_path / "zones.kmz", tmp_path / "incidents.kmz"):
        with zipfile.ZipFile(path) as archive:
            text = archive.read("doc.kml").decode()
        assert not {"<script", "<b>", "NetworkLink", "href"} & {
            word for word in ("<script", "<b>", "NetworkLink", "href") if word in text
        }
        assert "http" not in text.replace("http://www.opengis.net/kml/2.2", "")
        for mark in exported.document(path).iter(f"{KML}Placemark"):
            described = mark.findtext(f"{KML}description") or ""
            assert "<" not in described
    names = {str(row["name"]) for row in exported.rows(tmp_path / "zones.kmz")}
    assert names == {str(row["name"]) for row in held(filled, "zones").values()}


def test_a_kmz_opens_in_gdal_with_its_places_and_times(filled: Mission, tmp_path: Path) -> None:
    for layer in ("incidents", "zones", "ceasefire_lines"):
        path = tmp_path / f"{layer}.kmz"
        count = filled.desk().export(layer, path, ALL)
        with zipfile.ZipFile(path) as archive:
            archive.extract("doc.kml", tmp_path)
        table = pyogrio.read_dataframe(tmp_path / "doc.kml")
        wanted = filled.desk().sheet(ALL).features(layer)
        assert len(table) == count
        assert (
            shapely.normalize(shapely.force_2d(table.geometry.values)).tolist()
            == shapely.normalize(wanted.geometry.values).tolist()
        )
        times = table["timestamp"] if layer == "incidents" else table["begin"]
        assert times.notna().all()


@pytest.mark.parametrize("layer", ["incidents", "zones", "ceasefire_lines", "positions"])
def test_a_kmz_opens_as_it_is_in_geopandas_by_either_driver_and_in_strict_zip_readers(
    filled: Mission, tmp_path: Path, layer: str
) -> None:
    path = tmp_path / "out.kmz"
    count = filled.desk().export(layer, path, ALL)
    by_id = {str(row["id"]): row for row in exported.rows(path)}
    libkml, kml = gpd.read_file(path), gpd.read_file(f"/vsizip/{path}/doc.kml")
    assert len(by_id) == len(libkml) == len(kml) == count
    for row in libkml.to_dict("records"):
        assert (row["kind"], row["marking"]) == (by_id[row["id"]]["kind"], by_id[row["id"]]["marking"])
    assert sorted(shapely.to_wkb(libkml.geometry)) == sorted(shapely.to_wkb(shapely.force_2d(kml.geometry)))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("suffix", ["kmz", "xlsx"])
def test_no_part_of_a_zip_asks_for_more_than_the_old_form_unless_it_is_too_large_for_it(
    filled: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    small, large = tmp_path / f"small.{suffix}", tmp_path / f"large.{suffix}"
    filled.desk().export("incidents", small, ALL)
    monkeypatch.setattr("layers.briefing.zipped.MOST", 2_000)
    filled.desk().export("incidents", large, ALL)
    assert exported.rows(small) == exported.rows(large)
    asked = [
        {first_headers(path)[name] for name in ("doc.kml", "xl/worksheets/sheet1.xml") if name in first_headers(path)}
        for path in (small, large)
    ]
    assert asked == [{20}, {45}]
    assert set(first_headers(small).values()) == {20}


def first_headers(path: Path) -> dict[str, int]:
    """Return which version of zip each member asks for in what stands before it."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return {
            one.filename: int.from_bytes(data[one.header_offset + 4 : one.header_offset + 6], "little")
            for one in archive.infolist()
        }


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "xlsx"])
def test_gdal_reads_what_is_written_and_a_name_beside_the_features_does_not_disturb_it(
    filled: Mission, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"out.{suffix}"
    filled.desk().export("incidents", path, ALL)
    table = pyogrio.read_dataframe(path, layer="Incidents" if suffix == "xlsx" else "incidents")
    assert len(table) == len(TEXTS)
    if suffix != "xlsx":
        assert table.crs.to_epsg() == 4326
        assert table.geometry.equals(filled.desk().sheet(ALL).features("incidents").geometry.reset_index(drop=True))
    if suffix == "gpkg":
        assert str(table["occurred_at"].dtype).startswith("datetime64[ms, UTC")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_file_says_how_many_rows_of_which_view_and_version_and_how_it_is_marked(
    filled: Mission, tmp_path: Path, suffix: str
) -> None:
    view = View(last="7d", known_at=missions.NOW - timedelta(0)).only("kind", ("firing", "shelling"))
    path = tmp_path / f"out.{suffix}"
    count = filled.desk().export("incidents", path, view)
    told = exported.about(path)
    words = [
        str(count),
        view.text,
        "The last 7 days",
        "Kind: Firing, Shelling",
        str(filled.store.version()),
        "011200Z JAN 26",
        "UNCLASSIFIED",
        "Test mission",
    ]
    for word in words:
        assert word in told.replace("&amp;", "&"), word
    assert "as known at 011200Z JAN 26" in told
    filled.desk().export("zones", tmp_path / f"zones.{suffix}", ALL)
    assert "CONFIDENTIAL" in exported.about(tmp_path / f"zones.{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_no_rows_is_a_whole_file(mission: Mission, tmp_path: Path, suffix: str) -> None:
    for layer in LAYERS:
        path = tmp_path / f"{layer.id}.{suffix}"
        assert mission.desk().export(layer.id, path, ALL) == 0
        assert exported.rows(path) == []
        assert "UNCLASSIFIED" in exported.about(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_above_the_ceiling_is_in_a_file(filled: Mission, tmp_path: Path, suffix: str) -> None:
    low = filled.desk(User("low", frozenset({"briefer"}), "UNCLASSIFIED"))
    path = tmp_path / f"out.{suffix}"
    assert low.export("zones", path, ALL) == 0
    data = path.read_bytes()
    if suffix in ("xlsx", "kmz"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    assert b"CONFIDENTIAL" not in data
    assert b"s0" not in data.replace(b"s00", b"")


def test_an_export_leaves_its_line_in_the_audit(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("zones", tmp_path / "z.kmz", parse("last=7d&known=2026-01-01T12:00Z"))
    *_, line = filled.store.audit_rows()
    told = json.loads(line.body)
    assert (line.who, line.act, line.ref) == ("owner", "export", "zones")
    assert told == {
        "file": "z.kmz",
        "rows": 2,
        "view": "last=7d&known=2026-01-01T12:00:00Z",
        "marking": "CONFIDENTIAL",
        "version": filled.store.version(),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_there_is_left_as_it_is(filled: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_bytes(b"mine")
    with pytest.raises(Unwritable, match="already exists"):
        filled.desk().export("incidents", path, ALL)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_appears_meanwhile_is_not_written_over_and_nothing_is_left_behind(
    filled: Mission, tmp_path: Path, suffix: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"out.{suffix}"
    with pytest.raises(Unwritable, match="already exists"):
        filled.desk().export("incidents", path, ALL, progress=lambda _: path.write_bytes(b"mine") and None)
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [(path.name, b"mine")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_writing_that_fails_leaves_nothing_behind(filled: Mission, tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.desk().export("incidents", folder / f"out.{suffix}", ALL, progress=stop)
    assert list(folder.iterdir()) == []


def test_a_line_over_the_antimeridian_and_a_zone_with_a_hole_keep_their_form() -> None:
    hole = shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 0)], [[(1, 0.5), (2, 0.5), (2, 1), (1, 0.5)]])
    made = ElementTree.fromstring(kmz._shape(hole))
    assert [len(made.findall(part)) for part in ("outerBoundaryIs", "innerBoundaryIs")] == [1, 1]
    many = ElementTree.fromstring(kmz._shape(shapely.MultiLineString([[(179, 0), (180, 1)], [(-180, 1), (-179, 2)]])))
    assert [part.tag for part in many] == ["LineString", "LineString"]


def test_the_page_makes_a_file_only_when_it_is_asked_and_says_what_it_holds(filled: Mission) -> None:
    serve(filled)
    page = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    page.query_params["v"], page.query_params["part"] = "last=all", "Record"
    lines = len(list(filled.store.audit_rows()))
    shown = page.run()
    assert not shown.exception
    assert len(list(filled.store.audit_rows())) == lines
    assert "28 records of this layer in the view: The whole record." in [
        caption.value.replace("\\", "") for caption in shown.caption
    ]
    next(button for button in shown.button if button.label == "Make file").click()
    shown = page.run()
    assert not shown.exception
    assert any(caption.value.startswith(f"{len(TEXTS)} rows · UNCLASSIFIED · ") for caption in shown.caption)
    assert shown.get("download_button")
    shown.selectbox(key="form").select("xlsx")
    shown = page.run()
    assert not shown.get("download_button"), "another question, another file"
    assert len(list(filled.store.audit_rows())) == lines + 1


def test_openpyxl_finds_nothing_to_mend(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("zones", tmp_path / "out.xlsx", ALL)
    copy = tmp_path / "copy.xlsx"
    openpyxl.load_workbook(tmp_path / "out.xlsx").save(copy)
    assert exported.rows(copy) == exported.rows(tmp_path / "out.xlsx")
