"""Files of the formats that are read, written here for the tests that read them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import shapely

KML = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
GPX = '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'
POST = """<Placemark id="p"><name>Post</name><TimeStamp><when>2026-01-01T12:00:00+02:00</when></TimeStamp>
<ExtendedData><Data name="sector"><value>North</value></Data></ExtendedData>
<Point><coordinates>61.5,-20.5,7</coordinates></Point></Placemark>"""
LINE = """<Placemark><name>Route</name><TimeSpan><begin>2026-01-01</begin><end>2026-01-02T10:00:00Z</end></TimeSpan>
<LineString><coordinates>61,-20 62,-20.5</coordinates></LineString></Placemark>"""
ZONE = """<Placemark><name>Zone</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
61,-21 62,-21 62,-20 61,-21</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark>"""
WAYPOINTS = '<wpt lat="-20.5" lon="61.5"><time>2026-01-01T10:00:00Z</time><name>Post</name></wpt><wpt lat="-20" lon="62"/>'
TRACK = """<trk><name>P1</name><trkseg><trkpt lat="-20" lon="61"><time>2026-01-01T10:00:00Z</time></trkpt>
<trkpt lat="-20.1" lon="61.1"><time>2026-01-01T10:00:30Z</time></trkpt></trkseg><trkseg>
<trkpt lat="-20.2" lon="61.2"><time>2026-01-01T10:01:30.5</time></trkpt><trkpt lat="-20.3" lon="61.3">
<time>2026-01-01T10:02:00Z</time></trkpt></trkseg></trk>"""
LONE = '<trkseg><trkpt lat="-20.4" lon="61.4"><time>2026-01-01T10:03:00Z</time></trkpt></trkseg></trk>'
ROUTE = '<rte><name>R1</name><rtept lat="-21" lon="61"/><rtept lat="-21.5" lon="61.5"/></rte>'


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def book(path: Path, *sheets: tuple[str, list[list[object]]], merged: str = "") -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merged:
            sheet.merge_cells(merged)
    made.save(path)
    return path


def frame(*shapes: shapely.Geometry, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns or {"id": [f"n{n}" for n in range(len(shapes))]}, geometry=list(shapes), crs=4326)


def shapefile(path: Path, made: gpd.GeoDataFrame, without: str = "", inside: str = "", **how: object) -> Path:
    folder = path.parent / f"{path.stem}-parts"
    folder.mkdir()
    made.to_file(folder / "posts.shp", engine="pyogrio", **how)
    with zipfile.ZipFile(path, "a") as archive:
        for part in sorted(folder.glob("posts.*")):
            if part.suffix != without:
                archive.write(part, f"{inside}{part.name}")
    return path
