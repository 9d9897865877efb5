"""Binary and XML formats, opened by a limited child process: features with their geometry, and workbooks as tables."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from layers.config import Limits
from layers.errors import MissingCRS, UnreadableFile
from layers.ingest import head, timed
from layers.ingest.child import DRIVERS
from layers.ingest.chunk import Chunk, checked_cells, checked_names, checked_rows, checked_width, sifted
from layers.ingest.shapes import amiss, unread
from layers.model import Fault, Layer

_CHILD = Path(__file__).with_name("child.py")
_PATIENCE_S = 320
_TYPES = {"point": (0, 4), "line": (1, 5), "area": (3, 6)}
_HEAD = 100
#: How packages call coordinates of which nobody knows what they are.
_UNDEFINED = "Undefined"
#: How GeoJSON may call one: an authority and a code, a URN or the address of one, or a plain name.
_CALLED = re.compile(r"[A-Za-z0-9:/._ ()-]{1,200}")
_LON_LAT = re.compile(
    r"(urn:(x-)?ogc:def:crs:)?OGC:([0-9.]*:)?CRS84|https?://www\.opengis\.net/def/crs/OGC/[0-9.]+/CRS84", re.IGNORECASE
)
#: What is said of what a file holds beside what is read.
_BESIDE = "the file also holds {}, not read here; submit it again to a layer of {}"
#: Formats of which a decoder says nothing that helps a user.
_SILENT = ("gpkg", "kml", "gpx")
#: What an error calls each format.
TITLES = {
    "geojson": "GeoJSON",
    "gpkg": "a GeoPackage",
    "kml": "KML",
    "gpx": "GPX",
    "shapefile": "a Shapefile",
    "xlsx": "an Excel workbook",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file for the child: its format, the paths of our own it lies at, and the name a user knows it by."""

    format: str
    paths: tuple[Path, ...]
    name: str


def chunks(source: Source, layer: Layer, limits: Limits, limit: int, folder: Path) -> Iterator[Chunk]:
    """Return the features of the fitting layer of a file in chunks; ``folder`` is room for what the child writes.

    Raises
    ------
    UnreadableFile
        The file is damaged or holds more than it may, or several of its layers could be meant.
    MissingCRS
        It does not say which coordinates it uses.
    """
    table, told = _read(source, layer, limits, limits.rows + 1, folder)
    if source.format == "xlsx":
        yield from _sheet(table, told, source.name, limits, limit)
        return
    names = table.column_names[:-1]
    _checked(names, source.name, limits)
    checked_rows(len(table), limits, source.name)
    if not len(table):
        raise UnreadableFile(f"{source.name} holds no features; export it again with them")
    if told.get("crs") is None:
        raise MissingCRS(
            f"{source.name} does not say which coordinates it uses (a Shapefile says it in its .prj); "
            "set its coordinate system and export it again"
        )
    change = _into_degrees(_system(told, source.name), source.name)
    for begin in range(0, len(table), limit):
        part = table.slice(begin, limit)
        row = np.arange(begin + 1, begin + len(part) + 1)
        geometry, faults = _geometry(part.column(len(names)), change, layer, row)
        columns = {name: _plain(part[name]) for name in names}
        odd: list[Fault] = []
        if "untimed" in told and layer.field(timed.TIMES):
            texts = columns[timed.TIMES].to_pylist() if timed.TIMES in columns else [""] * len(part)
            odd = timed.remarks(texts, geometry, row, told["untimed"][begin : begin + limit])
        odd += _left(told, layer, row, faults) if not begin else []
        chunk = Chunk(row, columns, faults, geometry, remarks=tuple(odd))
        checked_cells(chunk, limits, source.name)
        yield chunk


def _left(told: Mapping[str, Any], layer: Layer, row: npt.NDArray[np.int64], faults: Sequence[Fault]) -> list[Fault]:
    """Return a remark, at the first row that can be taken, on what else a file holds."""
    gone = {fault.row for fault in faults}
    first = next((n for n in row.tolist() if n not in gone), None)
    if first is None or not told.get("beside"):
        return []
    return [Fault(first, "position", _BESIDE.format(told["beside"], "points" if layer.geometry == "line" else "lines"))]


def _checked(names: Sequence[str], name: str, limits: Limits) -> None:
    checked_width(len(names), limits, name)
    checked_names(names, name)


def _read(source: Source, layer: Layer, limits: Limits, most: int, folder: Path) -> tuple[pa.Table, Mapping[str, Any]]:
    out = folder / "found.arrow"
    told = _asked(source, layer, limits, most, out)
    if "refused" in told:
        raise UnreadableFile(f"{source.name} {told['refused']}")
    if "layers" in told:
        raise UnreadableFile(_choice(source.name, told["layers"], layer))
    with pa.OSFile(str(out)) as file, pa.ipc.open_file(file) as reader:
        return reader.read_all(), told


def _choice(name: str, found: Sequence[str], layer: Layer) -> str:
    if not found:
        return f"{name} holds no layer with places; export it with its geometry"
    return f"{name} holds the layers {', '.join(found[:20])}; name the one meant {layer.id!r}"


def _asked(source: Source, layer: Layer, limits: Limits, most: int, out: Path) -> dict[str, Any]:
    job = {
        "format": source.format,
        "paths": [str(path) for path in source.paths],
        "layer": layer.id,
        "title": layer.title,
        "geometry": layer.geometry,
        "most": most,
        "columns": limits.columns,
        "out": str(out),
    }
    others = ",".join(sorted(set(pyogrio.list_drivers()) - DRIVERS[source.format]))
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), json.dumps(job)],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            env={"PATH": "/usr/bin:/bin", "GDAL_SKIP": others},
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(f"{source.name} took longer than {_PATIENCE_S} s to read; simplify it") from None
    if done.returncode:
        raise UnreadableFile(f"{source.name} cannot be read as {TITLES[source.format]}: {_reason(done, source)}")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _reason(done: subprocess.CompletedProcess[str], source: Source) -> str:
    """Return why a child failed, in a line; one that was stopped from outside ran into a limit."""
    if source.format in _SILENT and done.returncode == 1 and "MemoryError" not in done.stderr:
        return "it is damaged; export it again"
    lines = done.stderr.strip().splitlines()
    if done.returncode < 0 or not lines or "MemoryError" in lines[-1]:
        far = "clear cells that stand far from the table, or " if source.format == "xlsx" else "simplify or "
        return f"it needs more memory or time than one file may have; {far}split it"
    reason = lines[-1]
    for path in source.paths:
        reason = reason.replace(str(path), source.name)
    return f"{reason.split(': ', 1)[-1][:200]}; export it again"


def _sheet(table: pa.Table, told: Mapping[str, Any], name: str, limits: Limits, limit: int) -> Iterator[Chunk]:
    checked_rows(len(table), limits, name)
    top, said = _headed(table, name, limits)
    rows, any_rows = table.slice(top.first), False
    kept = _meant(rows, top.names)
    merged = [
        Fault(a - top.first + 1, top.names[b], f"is merged with the cells to row {c - top.first + 1}, which are taken as blank")
        for a, b, c, _ in told["merged"]
        if a >= top.first and c > a and b < len(top.names)
    ]
    for begin in range(0, len(rows), limit):
        part = rows.slice(begin, limit)
        columns = {top.names[n]: _plain(part.column(n)) for n in kept}
        remarks = tuple(one for one in merged if begin < one.row <= begin + limit)
        row = np.arange(begin + 1, begin + len(part) + 1)
        chunk = Chunk(row, columns, (), None, top.tags, remarks, said)
        checked_cells(chunk, limits, name)
        chunk = sifted(chunk)
        any_rows = any_rows or bool(len(chunk) or chunk.faults)
        yield chunk
    if not any_rows:
        raise UnreadableFile(f"{name}, sheet {told['sheet']!r}, names its columns but holds no rows; add them")


def _meant(rows: pa.Table, names: Sequence[str]) -> list[int]:
    """Return the columns of a sheet without those that have neither name nor cells, which a coloured cell leaves behind."""
    bare = [n for n, of in enumerate(names) if of == f"column {n + 1}"]
    if len(bare) == len(names):
        return bare
    empty = {n for n in bare if not pc.any(pc.not_equal(_plain(rows.column(n)), "")).as_py()}
    return [n for n in range(len(names)) if n not in empty]


def _headed(table: pa.Table, name: str, limits: Limits) -> tuple[head.Head, tuple[str, ...]]:
    """Return where a sheet's rows begin, and in words what stands above them."""
    cells = zip(*table.slice(0, _HEAD).to_pydict().values(), strict=True)
    rows = [[cell.strip() for cell in row] for row in cells]
    found = head.found(rows)
    if found is None:
        raise UnreadableFile(f"{name} holds only blank rows; its first row must name the columns")
    _checked(found.names, name, limits)
    return found, head.passed_over(rows, found)


def _geometry(
    column: pa.ChunkedArray, change: Transformer | None, layer: Layer, row: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.object_], tuple[Fault, ...]]:
    raw = column.to_numpy()
    with np.errstate(invalid="ignore"):
        found = np.asarray(shapely.force_2d(shapely.from_wkb(raw, on_invalid="ignore")), object)
    if change is not None:
        found = shapely.transform(found, lambda at: np.column_stack(change.transform(at[:, 0], at[:, 1])))
    alone = (4, 7) if layer.geometry == "point" else (7,)
    single = np.isin(shapely.get_type_id(found), alone) & (shapely.get_num_geometries(found) == 1)
    found[single] = shapely.get_geometry(found[single], 0)
    kinds = _TYPES[layer.geometry][:1] if layer.geometry == "point" else _TYPES[layer.geometry]
    good = np.isin(shapely.get_type_id(found), kinds)
    reasons = {
        int(n): unread(shapely.from_wkb, raw[n], f"has no {layer.geometry}; got {_named(found[n])}")
        for n in np.flatnonzero(~good)
    }
    sound = np.flatnonzero(good)
    bad = _lost(found[sound]) if layer.geometry == "point" else amiss(found[sound], layer)
    reasons |= {int(sound[n]): reason for n, reason in bad.items()}
    return found, tuple(Fault(int(row[n]), "geometry", reasons[n]) for n in sorted(reasons))


def _lost(points: npt.NDArray[np.object_]) -> dict[int, str]:
    at = shapely.bounds(points).reshape(-1, 4)
    lost = ~(np.isfinite(at).all(axis=1) & (np.abs(at[:, 1]) <= 90))
    return {int(n): "is empty, or not on the earth" for n in np.flatnonzero(lost)}


def _system(told: Mapping[str, Any], name: str) -> str:
    """Return the coordinate system of a file: of GeoJSON what it states itself, where GDAL took it for WGS 84."""
    if told["crs"] != "EPSG:4326" or not told.get("stated"):
        return str(told["crs"])
    stated = told["stated"][0]
    within = stated.get("properties") if isinstance(stated, dict) else None
    called = within.get("name") if isinstance(within, dict) else None
    if isinstance(within, dict) and isinstance(within.get("code"), int):
        called = f"EPSG:{within['code']}"
    if not isinstance(called, str) or not _CALLED.fullmatch(called):
        said = json.dumps(stated, ensure_ascii=False)[:60]
        raise MissingCRS(f"{name} states its coordinate system as {said}, which names none that is known; export it as WGS 84")
    return called


def _into_degrees(crs: str, name: str) -> Transformer | None:
    """Return what turns a file's coordinates into WGS 84 degrees, None where they are."""
    try:
        system = CRS.from_user_input(crs)
        if system.name.startswith(_UNDEFINED):
            raise MissingCRS(f"{name} calls its coordinate system undefined; set it and export the file again")
        if _LON_LAT.fullmatch(crs) or system.to_epsg() == 4326 or system.equals(CRS.from_epsg(4326), ignore_axis_order=True):
            return None
        return Transformer.from_crs(system, 4326, always_xy=True)
    except ProjError:
        raise MissingCRS(
            f"{name}: the coordinate system {' '.join(crs.split())[:60]!r} is unknown; export the file as WGS 84"
        ) from None


def _named(geometry: shapely.Geometry | None) -> str:
    return "nothing" if geometry is None or geometry.is_empty else f"a {geometry.geom_type}"


def _plain(column: pa.ChunkedArray) -> pa.Array:
    plain = pc.fill_null(column, "")
    whole = plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain
    return pc.utf8_trim_whitespace(whole)
