"""A view's features as files: whole in every form, and each says where it comes from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyogrio
import pytest
import shapely

from layers.access import User
from layers.briefing import kmz
from layers.catalogue import LAYERS
from layers.desk import Mission
from layers.ingest import PLACED
from layers.ingest.own import unguarded
from layers.model import View
from tests import exported, missions, risky
from tests.exported import SUFFIXES
from tests.missions import ALL
from tests.risky import TEXTS, held


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    with risky.filled(tmp_path_factory.mktemp("filled")) as made:
        yield made


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


def test_a_line_over_the_antimeridian_and_a_zone_with_a_hole_keep_their_form() -> None:
    hole = shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 0)], [[(1, 0.5), (2, 0.5), (2, 1), (1, 0.5)]])
    made = ElementTree.fromstring(kmz._shape(hole))
    assert [len(made.findall(part)) for part in ("outerBoundaryIs", "innerBoundaryIs")] == [1, 1]
    many = ElementTree.fromstring(kmz._shape(shapely.MultiLineString([[(179, 0), (180, 1)], [(-180, 1), (-179, 2)]])))
    assert [part.tag for part in many] == ["LineString", "LineString"]
