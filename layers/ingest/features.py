"""GeoJSON and GeoPackage, opened by GDAL in a limited child process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from layers.errors import MissingCRS, UnreadableFile
from layers.ingest.child import DRIVERS
from layers.model import Fault, Layer

LARGEST = 2_000_000_000
_CHILD = Path(__file__).with_name("child.py")
_PATIENCE_S = 320
_PACKAGES = (b"GPKG", b"GP10", b"GP11")
_TYPES = {"point": (0, 4), "line": (1, 5), "area": (3, 6)}


@dataclass(frozen=True, slots=True)
class Features:
    """Features as columns: text properties, WGS 84 geometry, faults of geometries that cannot be taken."""

    row: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]
    geometry: npt.NDArray[np.object_]
    faults: tuple[Fault, ...]


def recognised(path: Path) -> bool:
    """Say whether a file's first bytes are those of a GeoPackage or of GeoJSON."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"SQLite format 3\x00"):
        return start[68:72] in _PACKAGES
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def chunks(path: Path, layer: Layer, limit: int) -> Iterator[Features]:
    """Return the features of the fitting layer of a file, in chunks.

    Raises
    ------
    UnreadableFile
        The file is too large or damaged, or several of its layers could be meant.
    MissingCRS
        It does not say which coordinates it uses.
    """
    if path.stat().st_size > LARGEST:
        raise UnreadableFile(f"{path.name} is larger than {LARGEST // 10**9} GB; split it")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "features.arrow"
        told = _asked(path, _plain(path, Path(folder)), layer, out)
        if told.get("crs") is None:
            raise MissingCRS(f"{path.name} does not say which coordinates it uses; set its coordinate system and export it again")
        with pa.OSFile(str(out)) as file, pa.ipc.open_file(file) as reader:
            table = reader.read_all()
    names = [name for name in table.column_names if name != told["geometry"]]
    geometry_at = table.column_names.index(told["geometry"])
    for begin in range(0, len(table), limit):
        part = table.slice(begin, limit)
        row = np.arange(begin + 1, begin + len(part) + 1)
        geometry, faults = _geometry(part.column(geometry_at), str(told["crs"]), layer, row)
        yield Features(row, {name: _text(part[name]) for name in names}, geometry, faults)


def _plain(path: Path, folder: Path) -> Path:
    """Return the file under a name that no reader takes for more than a path (``!`` and ``:`` lead elsewhere)."""
    plain = folder / "features"
    try:
        plain.symlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, plain)
    return plain


def _asked(path: Path, plain: Path, layer: Layer, out: Path) -> dict[str, object]:
    command = [sys.executable, str(_CHILD), str(plain), layer.id, str(out)]
    others = ",".join(sorted(set(pyogrio.list_drivers()) - DRIVERS))
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            env={"PATH": "/usr/bin:/bin", "GDAL_SKIP": others},
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(f"{path.name} took longer than {_PATIENCE_S} s to read; simplify it") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it ran out of memory or time"])[-1]
        reason = reason.replace(str(plain), path.name)[:200]
        raise UnreadableFile(f"{path.name} cannot be read as GeoJSON or GeoPackage: {reason}")
    told: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    if "geometry" not in told:
        raise UnreadableFile(f"{path.name} holds the layers {told['layers']}; name the one meant {layer.id!r}")
    return told


def _geometry(
    column: pa.ChunkedArray, crs: str, layer: Layer, row: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.object_], tuple[Fault, ...]]:
    found = shapely.force_2d(shapely.from_wkb(column.to_numpy(), on_invalid="ignore"))
    try:
        system = CRS.from_user_input(crs)
    except CRSError:
        raise MissingCRS(f"the coordinate system {crs[:60]!r} is unknown; export the file as WGS 84") from None
    if system.to_epsg() != 4326 and not system.equals(CRS.from_epsg(4326), ignore_axis_order=True) and crs != "OGC:CRS84":
        change = Transformer.from_crs(system, 4326, always_xy=True)
        found = shapely.transform(found, lambda at: np.column_stack(change.transform(at[:, 0], at[:, 1])))
    if layer.geometry == "point":
        single = (shapely.get_type_id(found) == 4) & (shapely.get_num_geometries(found) == 1)
        found[single] = shapely.get_geometry(found[single], 0)
    mended = (shapely.get_type_id(found) == 3) | (shapely.get_type_id(found) == 6)
    mended &= ~shapely.is_valid(found)
    found[mended] = shapely.make_valid(found[mended], method="structure", keep_collapsed=False)
    kinds = _TYPES[layer.geometry][:1] if layer.geometry == "point" else _TYPES[layer.geometry]
    faults = [
        (n, f"has no {layer.geometry}; got {_named(found[n])}")
        for n in np.flatnonzero(~np.isin(shapely.get_type_id(found), kinds))
    ]
    told = {n for n, _ in faults}
    bounds = shapely.bounds(found)
    bad = shapely.is_empty(found) | ~np.isfinite(bounds).all(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
    faults += [(n, "is empty, or not on the earth") for n in np.flatnonzero(bad) if n not in told]
    return found, tuple(Fault(int(row[n]), "geometry", reason) for n, reason in faults)


def _named(geometry: shapely.Geometry | None) -> str:
    return "nothing" if geometry is None or geometry.is_empty else f"a {geometry.geom_type}"


def _text(column: pa.ChunkedArray) -> pa.Array:
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    elif pa.types.is_floating(kind):
        column = pa.chunked_array([[None if v is None or v != v else f"{v:.15g}" for v in column.to_pylist()]], pa.string())
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_dictionary(kind):
        column = pa.chunked_array([[None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]], pa.string())
    plain = pc.fill_null(pc.cast(column, pa.string()), "")
    whole = plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain
    return pc.utf8_trim_whitespace(whole)
