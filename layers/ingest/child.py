"""The limited child: opens one file of a binary or XML format and hands it back as Arrow, all text. Run as a script.

It gets a ceiling on memory, time and written bytes before a decoder sees a byte, and no road to the network.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

MEMORY = 6_000_000_000
SECONDS = 300
WRITTEN = 4_000_000_000
#: The only drivers each format may have: others (OGR VRT before all) lead to other files and to the network.
DRIVERS = {
    "geojson": frozenset({"GeoJSON", "GeoJSONSeq"}),
    "gpkg": frozenset({"GPKG"}),
    "kml": frozenset({"LIBKML"}),
    "gpx": frozenset({"GPX"}),
    "shapefile": frozenset({"ESRI Shapefile"}),
    "xlsx": frozenset[str](),
}
_CONFIG = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "500",
    "SQLITE_USE_OGR_VFS": "NO",
}
_SHOWN = ("altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet")
#: No property can be called so.
_GEOMETRY = "\x00geometry"
#: The table by which a mission's own store is known.
_OWN = "greenline"
#: A statement that keeps an index or a count of the package's own; no other that changes something is vouched for.
_BOOKKEEPING = re.compile(
    r"\b(?:(?:insert|replace)(?:\s+or\s+\w+)?\s+into|delete\s+from|update)\s+[\"`\[]?(?:rtree_|gpkg_)\w+", re.IGNORECASE
)
_CHANGES = re.compile(r"\b(?:insert|replace|delete|update)\b", re.IGNORECASE)
_HERE = Path(__file__).parent
_DAMAGED = "is damaged or cut short; export it again"
_ASIDE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|/\*.*?\*/|--[^\n]*""", re.DOTALL)

Told = dict[str, Any]


def _loaded(path: Path) -> Any:
    """Return a module by its path: this script runs where no package of ours can be imported."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


child_text, ceiling = _loaded(_HERE / "child_text.py"), _loaded(_HERE.parent / "ceiling.py")


def limited() -> None:
    """Take away what a decoder does not need."""
    ceiling.limited(MEMORY, SECONDS, WRITTEN)


def main(asked: str) -> None:
    """Read what a JSON text asks for, write it as Arrow IPC, and say on stdout what was found, as one JSON line."""
    limited()
    job = json.loads(asked)
    read = workbook if job["format"] == "xlsx" else features
    try:
        found, told = read(job)
    except child_text.Broken as fault:
        found, told = None, {"refused": str(fault)}
    if found is not None:
        import pyarrow as pa
        import pyarrow.ipc

        try:
            found.validate(full=True)
        except pa.ArrowInvalid:
            found, told = None, {"refused": "holds text that is not UTF-8; export it again as UTF-8"}
    if found is not None:
        with pyarrow.ipc.new_file(job["out"], found.schema) as writer:
            writer.write_table(found)
    print(json.dumps(told))


def _gdal() -> Any:
    """Return pyogrio without what it loads only where it is there: that takes as long as everything else."""
    unused = ("geopandas", "pandas", "pyproj", "shapely")
    sys.modules.update(dict.fromkeys(unused))  # type: ignore[arg-type]
    import pyogrio

    for name in unused:
        del sys.modules[name]
    return pyogrio


def features(job: Told) -> tuple[Any, Told]:
    """Return the features that fit the layer, geometry in the last column, and where they come from."""
    pyogrio = _gdal()
    ceiling.barred(pyogrio.list_drivers(), DRIVERS[job["format"]])
    pyogrio.set_gdal_config_options(_CONFIG)
    of = {"kml": _placemarks, "gpx": _recorded}.get(job["format"], _layer)
    return of(job)


def _prepared(job: Told) -> list[tuple[str, list[str], bool]]:
    """Return the files as GDAL is to read them, each with the texts of its times, and whether we wrote it."""
    return [child_text.prepared(path, job["format"], Path(job["out"]).parent) for path in job["paths"]]


def _layer(job: Told) -> tuple[Any, Told]:
    import pyogrio

    path = job["paths"][0]
    options: dict[str, str] = {}
    if job["format"] == "gpkg" and (reason := _untrusted(path)):
        return None, {"refused": reason}
    if job["format"] == "geojson":
        (path, *_), options = _prepared(job)[0], {"DATE_AS_STRING": "YES"}
    names = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    chosen = job["layer"] if job["layer"] in names else names[0] if len(names) == 1 else None
    if chosen is None:
        return None, {"layers": names}
    if job["format"] == "gpkg":
        options = _as_written(path, chosen)
    found, crs = _read(path, None if "sql" in options else chosen, job["most"], **options)
    return found, {"crs": crs, "stated": child_text.stated(path) if job["format"] == "geojson" else []}


def _as_written(path: str, layer: str) -> dict[str, str]:
    """Return how to ask for a layer of a package with its dates as they stand: GDAL makes 1970 of one it cannot read."""
    import pyogrio

    told = pyogrio.read_info(path, layer=layer)
    dates = {name for name, kind in zip(told["fields"], told["ogr_types"], strict=True) if kind == "OFTDate"}
    names = [(name, _quoted(name)) for name in (*told["fields"], told["geometry_name"])]
    columns = ", ".join(f"cast({quoted} as text) as {quoted}" if name in dates else quoted for name, quoted in names)
    return {"sql": f"select {columns} from {_quoted(layer)}"} if dates else {}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _untrusted(path: str) -> str:
    """Return why a GeoPackage is not read: damage, a mission's record, or that it acts by itself; nothing where it is plain.

    Of a damaged one GDAL would hand on the rows before the damage, and not say so.
    """
    import pyogrio

    sql = "select type, name, coalesce(sql, '') as sql from sqlite_master"
    try:
        held = pyogrio.raw.read_arrow(path, sql=sql)[1].to_pylist()
        sound = pyogrio.raw.read_arrow(path, sql="pragma quick_check(1)")[1].column(0).to_pylist()
    except pyogrio.errors.DataSourceError:
        return _DAMAGED
    if any(line.startswith("***") for line in sound):
        return _DAMAGED
    if any((row["type"], row["name"]) == ("table", _OWN) for row in held):
        return "is a mission's record; export from it instead"
    for row in held:
        if row["type"] != "trigger":
            continue
        plain = _ASIDE.sub(lambda met: {"'": "''", '"': met[0]}.get(met[0][0], " "), row["sql"])
        body = re.split(r"\bbegin\b", plain, maxsplit=1, flags=re.IGNORECASE)[-1]
        if _CHANGES.search(_BOOKKEEPING.sub("", body)):
            return (
                f"holds the trigger {row['name'][:40]!r}, which changes its data by itself; export its layers to a new GeoPackage"
            )
    return ""


def _placemarks(job: Told) -> tuple[Any, Told]:
    """Return the placemarks of all folders of all files, without what says only how they are shown."""
    import pyarrow as pa
    import pyogrio

    parts, count = [], 0
    for path, texts, own in _prepared(job):
        for name, _ in pyogrio.list_layers(path):
            if count >= job["most"]:
                break
            part, _crs = _read(path, str(name), job["most"] - count)
            part = part.drop_columns([name for name in _SHOWN if name in part.column_names])
            part = child_text.restored(part, texts)
            if not own and "folder" not in part.column_names:
                folder = pa.array([str(name)] * len(part), pa.string())
                part = part.add_column(len(part.column_names) - 1, "folder", folder)
            parts.append(part)
            count += len(part)
    if not count:
        links = any(b"<NetworkLink" in Path(path).read_bytes() for path in job["paths"])
        why = "only links to other files, which are not followed" if links else "no placemarks"
        return None, {"refused": f"holds {why}; save the placemarks themselves as KML"}
    return _together(parts), {"crs": "EPSG:4326"}


def _recorded(job: Told) -> tuple[Any, Told]:
    """Return what a GPX file holds for a layer: its waypoints, else its points; or its tracks and routes with their times."""
    (path, texts, _), most = _prepared(job)[0], job["most"]
    if job["geometry"] == "point":
        for name in ("waypoints", "track_points", "route_points"):
            found, crs = _read(path, name, most)
            if len(found):
                beside = _beside(path, ("tracks", "routes")) if name == "waypoints" else ""
                return _together([child_text.zulu(child_text.restored(found, texts))]), {"crs": crs, "beside": beside}
        return None, {"refused": "is GPX without waypoints, tracks or routes; export it again with them"}
    if job["geometry"] == "line":
        parts, untimed = zip(*(_timed(path, of, most, texts) for of in _LINES), strict=True)
        if not any(map(len, parts)):
            return None, {"refused": "is GPX without tracks and routes; choose a layer of points for its waypoints"}
        every = [one for part in untimed for one in part]
        return _together(parts), {"crs": "EPSG:4326", "untimed": every, "beside": _beside(path, ("waypoints",))}
    return None, {"refused": "is GPX, which holds points and lines but no areas; choose another layer"}


def _beside(path: str, names: Sequence[str]) -> str:
    """Return what else a GPX file holds, in words: ``7 waypoints``; blank for nothing."""
    import pyogrio

    counts = [(int(pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]), name) for name in names]
    return " and ".join(f"{count:,} {name if count > 1 else name[:-1]}" for count, name in counts if count)


#: The coordinates of a point of a track, and its time.
Point: TypeAlias = "tuple[bytes, dt.datetime | None]"
_LINES = (("tracks", "track_points", "track_fid"), ("routes", "route_points", "route_fid"))


def _timed(path: str, names: tuple[str, str, str], most: int, texts: list[str]) -> tuple[Any, list[tuple[int, int]]]:
    """Return tracks of their points, with ``started_at``, ``ended_at`` and ``times``, and how many points of each had no time, of how many.

    ``times`` are the seconds of each vertex after the first. Points without a time are left out where enough others have one; where
    not, all stay and there are no ``times``. A segment of one point is left out: GDAL hands such a track on as a shape that nothing can
    read.
    """
    import pyarrow as pa

    lines, points, of = names
    found, at = (child_text.restored(_read(path, name, limit)[0], texts) for name, limit in ((lines, most), (points, None)))
    met: list[dict[str, list[Point]]] = [{} for _ in range(len(found))]
    segments = at["track_seg_id"].to_pylist() if "track_seg_id" in at.column_names else ["0"] * len(at)
    times, places = child_text.zulu(at)["time"].to_pylist(), at.column(at.num_columns - 1).to_pylist()
    for line, segment, time, place in zip(at[of].to_pylist(), segments, times, places, strict=True):
        if line and int(line) < len(met):
            met[int(line)].setdefault(segment, []).append((place[-16:], child_text.moment(time or "")))
    kept = [_usable(list(line.values())) for line in met]
    said = [child_text.spanned([time for segment in line for _, time in segment]) for line in kept]
    for n, name in enumerate(("started_at", "ended_at", "times")):
        if name not in found.column_names:
            found = found.add_column(found.num_columns - 1, name, pa.array([one[n] for one in said], pa.string()))
    shapes = pa.array([_multiline([[place for place, _ in segment] for segment in line]) for line in kept], pa.binary())
    every = [[time for segment in line.values() for _, time in segment] for line in met]
    untimed = [(line.count(None), len(line)) for line in every]
    return found.set_column(found.num_columns - 1, found.column_names[-1], shapes), untimed


def _usable(segments: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Return the segments of two points and more, of their points with a time where these make any."""
    timed = ([one for one in segment if one[1]] for segment in segments)
    return [one for one in timed if len(one) > 1] or [list(one) for one in segments if len(one) > 1]


def _multiline(segments: Sequence[Sequence[bytes]]) -> bytes:
    """Return the well-known binary of lines, each given as the coordinates of its points."""
    lines = (struct.pack("<BII", 1, 2, len(points)) + b"".join(points) for points in segments)
    return struct.pack("<BII", 1, 5, len(segments)) + b"".join(lines)


def _together(parts: Sequence[Any]) -> Any:
    """Return tables as one, columns of blanks left out, geometry last."""
    import pyarrow as pa

    parts = [part.rename_columns([*part.column_names[:-1], _GEOMETRY]) for part in parts]
    if not parts:
        return pa.table({_GEOMETRY: pa.array([], pa.binary())})
    whole = pa.concat_tables(parts, promote_options="default")
    kept = [name for name in whole.column_names if name != _GEOMETRY and whole[name].null_count < len(whole)]
    return whole.select([*kept, _GEOMETRY])


def _read(path: str, layer: str | None, most: int | None, **options: str) -> tuple[Any, str | None]:
    """Return a layer's features as text, geometry last, and their coordinate system."""
    import pyogrio

    meta, found = pyogrio.raw.read_arrow(path, layer=layer, max_features=most, datetime_as_string=True, **options)
    name = meta.get("geometry_name") or "wkb_geometry"
    at = len(found.column_names) - 1 - found.column_names[::-1].index(name)
    return _texts(found, at), meta.get("crs")


def _texts(table: Any, geometry: int) -> Any:
    """Return a table with every column as text but its geometry, which comes last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def text(column: Any) -> Any:
        kind = column.type
        if pa.types.is_floating(kind):
            return pa.array([None if v is None or v != v else _number(v) for v in column.to_pylist()], pa.string())
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_dictionary(kind):
            return pa.array([None if v is None else json.dumps(v, default=str) for v in column.to_pylist()], pa.string())
        return pc.cast(column, pa.string())

    order = [n for n in range(table.num_columns) if n != geometry]
    columns = [*(text(table.column(n)) for n in order), table.column(geometry)]
    return pa.table(columns, names=[table.column_names[n] for n in (*order, geometry)])


def _rank(sheet: Any) -> int:
    return 1 if min(sheet.height, sheet.width) > 1 else 2


def workbook(job: Told) -> tuple[Any, Told]:
    """Return the cells of one sheet as text, and its merged cells.

    It is the one named like the layer, else the first with two rows and columns, which a cover does not have, else the first
    that holds any.
    """
    import pyarrow as pa
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(job["paths"][0])
    seen = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible and s.typ == SheetTypeEnum.WorkSheet]
    named = {job["layer"].casefold(), job["title"].casefold()}
    ranks = {name: 0 if name.casefold() in named else _rank(book.get_sheet_by_name(name)) for name in seen}
    for name in sorted(seen, key=ranks.__getitem__):
        sheet = book.get_sheet_by_name(name)
        if not sheet.height:
            continue
        if sheet.width > job["columns"]:
            return None, {
                "refused": f"has {sheet.width:,} columns, more than the {job['columns']:,} that are allowed; leave some out"
            }
        rows = sheet.to_python(nrows=min(sheet.height, job["most"]) if job["most"] < sheet.height else None)
        columns = [_cells([row[n] for row in rows]) for n in range(sheet.width)]
        top, left = sheet.start or (0, 0)
        merged = [(a - top, b - left, c - top, d - left) for (a, b), (c, d) in sheet.merged_cell_ranges or () if a >= top]
        return pa.table(columns, names=[str(n) for n in range(len(columns))]), {"sheet": name, "merged": merged[:1000]}
    return None, {"refused": "holds no sheet with any cell filled; its first row must name the columns"}


def _cells(values: Sequence[Any]) -> Any:
    """Return cells as the text that stands in the sheet: numbers without a needless ``.0``, dates and clocks as ISO 8601.

    Nothing tells a date from a midnight but its column: where most have a time of day a date is one too.
    """
    import pyarrow as pa

    kinds = Counter(map(type, values))
    if kinds.keys() <= {str}:
        return pa.array(values, pa.string())
    written = {kind: _WRITTEN.get(kind, str) for kind in kinds}
    if kinds[dt.datetime] > kinds[dt.date]:
        written[dt.date] = _midnight
    return pa.array([written[type(value)](value) for value in values], pa.string())


def _number(value: float) -> str:
    """Return a number as short as it can be without loss."""
    if abs(value) < 1e15:
        short = f"{value:.15g}"
        return short if float(short) == value else repr(value)
    return f"{value:.0f}" if abs(value) < 1e22 else repr(value)


def _midnight(value: dt.date) -> str:
    return f"{value.isoformat()}T00:00:00"


def _duration(value: dt.timedelta) -> str:
    hours, rest = divmod(round(value.total_seconds()), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


_WRITTEN: dict[type, Any] = {
    bool: lambda value: "true" if value else "false",
    float: _number,
    int: _number,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: _duration,
}


if __name__ == "__main__":
    main(sys.argv[1])
