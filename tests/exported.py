"""What stands in an exported file, read by programs that are not ours."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pyogrio

SUFFIXES = ("csv", "xlsx", "gpkg", "geojson", "kmz")
KML = "{http://www.opengis.net/kml/2.2}"

Row = dict[str, object]


def rows(path: Path) -> list[Row]:
    """Return the rows of a file as its cells have them; blanks are None, ``geometry`` is WKT or coordinates."""
    return {"csv": _table, "xlsx": _sheet, "gpkg": _package, "geojson": _collection, "kmz": _placemarks}[path.suffix[1:]](path)


def about(path: Path) -> str:
    """Return what a file says of itself, as one text."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file))[-1]
    if path.suffix == ".xlsx":
        return "\n".join(f"{label}: {text}" for label, text in book(path)["About"].values)
    if path.suffix == ".gpkg":
        return "\n".join(f"{name}: {value}" for name, value in pyogrio.read_info(path)["layer_metadata"].items())
    if path.suffix == ".geojson":
        return "\n".join(f"{name}: {value}" for name, value in json.loads(path.read_bytes())["greenline"].items())
    return document(path).findtext(f"{KML}description") or ""


def book(path: Path) -> openpyxl.Workbook:
    """Return a workbook, its formulas as formulas."""
    return openpyxl.load_workbook(path)


def document(path: Path) -> ElementTree.Element:
    """Return the document of a KMZ."""
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["doc.kml"]
        found = ElementTree.fromstring(archive.read("doc.kml")).find(f"{KML}Document")
    assert found is not None
    return found


def _table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file)
    names = [*header[:-1], "extra"]
    return [{name: value or None for name, value in zip(names, row, strict=True)} for row in cells]


def _sheet(path: Path) -> list[Row]:
    header, *cells = book(path).worksheets[0].values
    return [dict(zip(map(str, header), row, strict=True)) for row in cells]


def _package(path: Path) -> list[Row]:
    table = pyogrio.read_dataframe(path)
    plain = table.to_wkt(rounding_precision=-1).astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _collection(path: Path) -> list[Row]:
    features = json.loads(path.read_bytes())["features"]
    return [one["properties"] | {"geometry": one["geometry"]} for one in features]


def _placemarks(path: Path) -> list[Row]:
    return [
        {str(datum.get("name")): datum.findtext(f"{KML}value") for datum in mark.iter(f"{KML}Data")}
        | {"geometry": mark.findtext(f".//{KML}coordinates"), "name": mark.findtext(f"{KML}name")}
        for mark in document(path).iter(f"{KML}Placemark")
    ]
