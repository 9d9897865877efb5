"""Any file as columns of text: its format is found out by what it holds, never by what it is called."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from layers.config import Limits
from layers.errors import MissingCRS, UnreadableFile
from layers.ingest import features, markup, packed, table
from layers.ingest.chunk import Chunk
from layers.ingest.features import Source
from layers.model import Layer

__all__ = ["Chunk", "chunks"]

_PACKAGES = (b"GPKG", b"GP10", b"GP11")
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file; save it as .xlsx without a password"),
    (b"\x00\x00\x27\x0a", "one part of a Shapefile; zip it together with its .shx, .dbf and .prj"),
    (b"%PDF", "a PDF; export the table behind it as CSV or XLSX"),
    (b"\x89PNG", "a picture; submit a table, or features"),
    (b"\xff\xd8\xff", "a picture; submit a table, or features"),
    (b"GIF89a", "a picture; submit a table, or features"),
    (b"II*\x00", "a picture; submit a table, or features"),
    (b"MM\x00*", "a picture; submit a table, or features"),
    (b"PAR1\x15", "a Parquet file; export it as CSV or GeoPackage"),
    (b"fgb\x03", "a FlatGeobuf; export it as GeoPackage"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; pack it as .zip or .gz"),
    (b"Rar!\x1a\x07", "a RAR archive; pack it as .zip or .gz"),
    (b"BZh91AY&SY", "packed with bzip2; pack it as .zip or .gz"),
    (b"\xfd7zXZ", "packed with xz; pack it as .zip or .gz"),
    (b"\x7fELF", "a program; submit a table, or features"),
)


def chunks(path: Path, layer: Layer, limits: Limits, limit: int) -> Iterator[Chunk]:
    """Return a file's rows, whatever its format, in chunks.

    A text table with any of the separators ``, ; tab |``; an Excel workbook (the sheet named like the layer, else
    the first with anything in it); GeoJSON, GeoPackage, KML, KMZ, GPX or a zipped Shapefile; each of them gzipped,
    or alone in a zip. Only text tables are read in this process.

    Parameters
    ----------
    path : Path
    layer : Layer
        Its geometry decides which features are taken, its id and title which layer or sheet.
    limits : Limits
        What the file may hold.
    limit : int
        Rows of a chunk, at most.

    Raises
    ------
    UnreadableFile
        The file as a whole cannot be read or holds more than it may.
    MissingCRS
        It holds places and does not say which coordinates it uses.
    """
    with _found(path, layer, limits) as (source, folder):
        if isinstance(source, Path):
            yield from table.chunks(source, limits, limit)
        else:
            yield from features.chunks(source, layer, limits, limit, folder)


@contextmanager
def _found(path: Path, layer: Layer, limits: Limits) -> Iterator[tuple[Path | Source, Path]]:
    """Open a file: the path of a text table, or a source for the child; and a folder that lives as long."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        yield _opened(path, path.name, layer, limits, folder, packed_once=False), folder


def _opened(path: Path, name: str, layer: Layer, limits: Limits, folder: Path, *, packed_once: bool) -> Path | Source:
    with packed.Opened(path, limits) as file:
        start = file.part(markup.LOOKED_AT)
    if start.startswith(packed.GZIP) or (packed_once and packed.gzipped(path)):
        raise UnreadableFile(f"{name} is packed twice; send what is inside")
    kind = _kind(start, name)
    if kind == "table":
        return path
    if packed.gzipped(path):
        inner = _inside(folder, name)
        packed.gunzipped(path, limits, inner)
        return _opened(inner, name, layer, limits, folder, packed_once=True)
    if kind == "zip":
        return _unzipped(path, name, layer, limits, folder, packed_once=packed_once)
    return Source(kind, (_linked(path, folder / f"features.{kind}"),), name)


def _kind(start: bytes, name: str) -> str:
    """Return ``table``, ``zip``, or the format as the child knows it, by the first bytes of a file."""
    if start.startswith(b"SQLite format 3\x00"):
        if start[68:72] in _PACKAGES:
            return "gpkg"
        raise UnreadableFile(f"{name} is a database but no GeoPackage; export the table in it as CSV or GeoPackage")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    for sign, said in _FOREIGN:
        if start.startswith(sign):
            raise UnreadableFile(f"{name} is {said}")
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if plain.startswith(b"{"):
        return "geojson"
    if re.match(rb"\[\s*[\[{]", plain):
        raise UnreadableFile(f"{name} is JSON but no GeoJSON; export it as GeoJSON or CSV")
    if markup.begins(start):
        return _marked_up(start, name)
    return "table"


def _marked_up(start: bytes, name: str) -> str:
    found = markup.root(start, name)
    if found not in ("kml", "gpx"):
        raise UnreadableFile(
            f"{name} is XML that begins with <{found[:30]}>, neither KML nor GPX; export it as one of them, or as CSV"
        )
    return found


def _unzipped(path: Path, name: str, layer: Layer, limits: Limits, folder: Path, *, packed_once: bool) -> Path | Source:
    held = packed.members(path, limits)
    by_suffix: dict[str, list[str]] = {}
    for member in held:
        by_suffix.setdefault(PurePosixPath(member).suffix.casefold(), []).append(member)
    if "xl/workbook.xml" in held:
        marked = [*by_suffix.get(".xml", ()), *by_suffix.get(".rels", ())]
        for _, start in packed.beginnings(path, marked, markup.LOOKED_AT):
            markup.root(start, name)
        return Source("xlsx", (_linked(path, folder / "features.xlsx"),), name)
    if ".shp" in by_suffix:
        return _shapefile(path, name, by_suffix, layer, limits, folder)
    if ".kml" in by_suffix:
        return _placemarks(path, name, by_suffix[".kml"], limits, folder)
    if len(held) == 1 and not packed_once:
        inner = _inside(folder, name)
        packed.taken(path, [(held[0], inner)], limits)
        return _opened(inner, name, layer, limits, folder, packed_once=True)
    said = ", ".join(member[:40] for member in held[:5]) or "nothing"
    raise UnreadableFile(f"{name} is a zip that holds {said}; pack one table, or one Shapefile with its .prj")


def _placemarks(path: Path, name: str, members: list[str], limits: Limits, folder: Path) -> Source:
    for _, start in packed.beginnings(path, members, markup.LOOKED_AT):
        if _marked_up(start, name) != "kml":
            raise UnreadableFile(f"{name} holds a .kml file that is no KML; export it again")
    out = [folder / f"{n}.kml" for n in range(len(members))]
    packed.taken(path, zip(members, out, strict=True), limits)
    return Source("kml", tuple(out), name)


def _shapefile(path: Path, name: str, by_suffix: Mapping[str, list[str]], layer: Layer, limits: Limits, folder: Path) -> Source:
    shapes = by_suffix[".shp"]
    meant = [shape for shape in shapes if PurePosixPath(shape).stem == layer.id] or shapes
    if len(meant) > 1:
        said = ", ".join(PurePosixPath(shape).name[:40] for shape in shapes[:20])
        raise UnreadableFile(f"{name} holds the Shapefiles {said}; name the one meant {layer.id}.shp")
    stem = meant[0][:-4].casefold()
    parts = {suffix: one for suffix in _PARTS for one in by_suffix.get(suffix, ()) if one[:-4].casefold() == stem}
    if ".shx" not in parts or ".dbf" not in parts:
        raise UnreadableFile(
            f"{name} holds a Shapefile without its {'.dbf' if '.shx' in parts else '.shx'}; pack all of its parts"
        )
    if ".prj" not in parts:
        raise MissingCRS(f"{name} holds a Shapefile without its .prj, so its coordinates are unknown; pack the .prj as well")
    packed.taken(path, [(one, folder / f"features{suffix}") for suffix, one in parts.items()], limits)
    return Source("shapefile", (folder / "features.shp",), name)


def _inside(folder: Path, name: str) -> Path:
    """Return a place in the folder for what a packed file holds, under the name the user knows."""
    room = folder / "inside"
    room.mkdir()
    return room / name


def _linked(path: Path, plain: Path) -> Path:
    """Return the file under a name that no reader takes for more than a path (``!`` and ``:`` lead elsewhere)."""
    try:
        plain.symlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, plain)
    return plain
