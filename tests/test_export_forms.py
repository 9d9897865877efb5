"""What each form of an exported file must not do: no formula in a table, no markup in a KMZ, no zip that few programs open."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.briefing import workbook
from layers.desk import Mission
from layers.errors import Unwritable
from layers.ingest import PLACED, guarded, template
from layers.ingest.own import unguarded
from tests import exported, missions, risky
from tests.exported import KML
from tests.missions import ALL
from tests.risky import TEXTS, held


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    with risky.filled(tmp_path_factory.mktemp("filled")) as made:
        yield made


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


def test_openpyxl_finds_nothing_to_mend(filled: Mission, tmp_path: Path) -> None:
    filled.desk().export("zones", tmp_path / "out.xlsx", ALL)
    copy = tmp_path / "copy.xlsx"
    openpyxl.load_workbook(tmp_path / "out.xlsx").save(copy)
    assert exported.rows(copy) == exported.rows(tmp_path / "out.xlsx")
