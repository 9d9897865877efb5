"""Where rows lie: degrees in two columns, a grid in any notation, a point with its accuracy, metres, or WKT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.ingest.shapes import amiss, unread
from layers.ingest.values import numbers
from layers.model import Fault, Layer
from layers.notation import parse_positions

_TYPES = {"line": (1, 5), "area": (3, 6)}
_GEOPOINT = (
    r"^(?P<lat>[+-]?\d+(?:\.\d+)?)[ ,]+(?P<lon>[+-]?\d+(?:\.\d+)?)"
    r"(?:[ ,]+(?P<alt>[+-]?\d+(?:\.\d+)?)(?:[ ,]+(?P<acc>\d+(?:\.\d+)?))?)?$"
)
_SUCH_AS = (("latitude", "-20.25"), ("longitude", "61.5"))
_BLANK = "is blank; a position is required"

Texts = Mapping[str, pa.Array]

#: From this type on a shape is made of parts: multi-point, multi-line, multi-polygon, collection.
_COLLECTIONS = 4


@dataclass(frozen=True, slots=True)
class Places:
    """Positions of rows; of lines and areas the geometry. Faults name the column they were read from."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    geometry: npt.NDArray[np.object_] | None
    precision_m: npt.NDArray[np.float64]
    faults: tuple[Fault, ...]


def located(layer: Layer, texts: Texts, row: npt.NDArray[np.int64], named: Mapping[str, str], utm_zone: str = "") -> Places:
    """Return where rows lie; one whose place cannot be read has a fault.

    Parameters
    ----------
    layer : Layer
    texts : mapping of place (``longitude``, ``grid`` …) to text column
    row : int64 array
        The rows' numbers in their file.
    named : mapping of place to the column's name in the file
    utm_zone : str
        Zone and band of metres that name none, such as ``36S``.
    """
    if layer.geometry != "point":
        return _shapes(layer, texts.get("wkt"), row)
    if "longitude" in texts and "latitude" in texts:
        found = _pair(texts["longitude"], texts["latitude"], row, named)
        return _filled(found, texts, row, named) if "grid" in texts or "geopoint" in texts else found
    if "geopoint" in texts:
        return _geopoint(texts["geopoint"], row, named["geopoint"])
    if "grid" in texts:
        return _read(texts["grid"], row, named["grid"])
    if "easting" in texts and "northing" in texts:
        return _metres(texts, row, named, utm_zone)
    return _read(pa.array([""] * len(row), pa.string()), row, "position")


def _pair(lon: pa.Array, lat: pa.Array, row: npt.NDArray[np.int64], named: Mapping[str, str]) -> Places:
    (x, odd_x), (y, odd_y) = numbers(lon), numbers(lat)
    odd = np.union1d(np.union1d(odd_x, odd_y), np.flatnonzero(np.isnan(x) | np.isnan(y)))
    faults = []
    if len(odd):
        texts = [(lat[int(n)].as_py(), lon[int(n)].as_py()) for n in odd]
        read = parse_positions([f"{a} {b}" if a and b else "" for a, b in texts])
        x[odd], y[odd] = read.lon, read.lat
        bad = np.flatnonzero(np.isnan(read.lon))
        amiss = _amiss([texts[k] for k in bad], [str(read.fault[k]) for k in bad])
        faults = [Fault(int(row[odd[bad[n]]]), named[place], reason) for n, place, reason in amiss]
    return Places(x, y, None, np.full(len(row), np.nan), tuple(faults))


def _amiss(pairs: Sequence[tuple[str, str]], reasons: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield which cells of pairs that are no position cannot be read, and why.

    Each of two is tried alone; where each could be read, it is the two together that cannot.
    """
    tried = [text for lat, lon in pairs for text in (f"{lat} 0", f"{lat} 0°E", f"0 {lon}", f"0°N {lon}")]
    unread = np.asarray(np.isnan(parse_positions(tried).lon).reshape(-1, 2, 2).all(axis=2))
    for n, (lat, lon) in enumerate(pairs):
        if not (lat and lon):
            yield n, "longitude" if lat else "latitude", _BLANK
            continue
        for (name, such_as), text, bad in zip(_SUCH_AS, (lat, lon), unread[n], strict=True):
            if bad:
                yield n, name, f"{text[:40]!r} is no {name}; write degrees, such as {such_as}"
        if not unread[n].any():
            yield n, "longitude", reasons[n]


def _filled(found: Places, texts: Texts, row: npt.NDArray[np.int64], named: Mapping[str, str]) -> Places:
    """Read rows without degrees from the grid or point beside them, where there is one."""
    other = "geopoint" if "geopoint" in texts else "grid"
    degrees = pc.and_(pc.equal(texts["longitude"], ""), pc.equal(texts["latitude"], ""))
    bare = np.flatnonzero(pc.and_(degrees, pc.not_equal(texts[other], "")).to_numpy(zero_copy_only=False))
    if not len(bare):
        return found
    part = texts[other].take(pa.array(bare))
    read = _geopoint(part, row[bare], named[other]) if other == "geopoint" else _read(part, row[bare], named[other])
    found.lon[bare], found.lat[bare], found.precision_m[bare] = read.lon, read.lat, read.precision_m
    told = set(row[bare].tolist())
    return replace(found, faults=(*(fault for fault in found.faults if fault.row not in told), *read.faults))


def _geopoint(texts: pa.Array, row: npt.NDArray[np.int64], column: str) -> Places:
    parts = pc.extract_regex(texts, _GEOPOINT)
    there = pc.is_valid(parts).to_numpy(zero_copy_only=False)

    def part(name: str) -> npt.NDArray[np.float64]:
        said = pc.fill_null(pc.struct_field(parts, name), "")
        return numbers(said)[0]

    if there.all():
        return Places(part("lon"), part("lat"), None, part("acc"), ())
    lon, lat, precision = part("lon"), part("lat"), part("acc")
    rest = np.flatnonzero(~there)
    read = _read(texts.take(pa.array(rest)), row[rest], column)
    lon[rest], lat[rest], precision[rest] = read.lon, read.lat, read.precision_m
    return Places(lon, lat, None, precision, read.faults)


def _read(texts: pa.Array, row: npt.NDArray[np.int64], column: str) -> Places:
    read = parse_positions(texts.to_pylist())
    blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    faults = [Fault(int(row[n]), column, _BLANK if blank[n] else str(read.fault[n])) for n in np.flatnonzero(np.isnan(read.lon))]
    return Places(read.lon, read.lat, None, read.precision_m, tuple(faults))


def _metres(texts: Texts, row: npt.NDArray[np.int64], named: Mapping[str, str], utm_zone: str) -> Places:
    east, north = texts["easting"], texts["northing"]
    zone = texts.get("utm_zone", pa.array([""] * len(row), pa.string()))
    zone = pc.if_else(pc.equal(zone, ""), utm_zone, zone)
    bare = pc.equal(zone, "").to_numpy(zero_copy_only=False)
    written = pc.binary_join_element_wise(zone, east, north, " ")
    read = _read(pc.if_else(pc.or_(pc.equal(east, ""), pc.equal(north, "")), "", written), row, named["easting"])
    read.lon[bare], read.lat[bare] = np.nan, np.nan
    told = {int(number) for number in row[bare]}
    faults = [fault for fault in read.faults if fault.row not in told]
    faults += [
        Fault(number, named["easting"], "is in metres without a UTM zone; name the zone, such as 36S", "no_utm_zone")
        for number in sorted(told)
    ]
    return replace(read, faults=tuple(faults))


def _shapes(layer: Layer, column: pa.Array | None, row: npt.NDArray[np.int64]) -> Places:
    texts = [""] * len(row) if column is None else column.to_pylist()
    with np.errstate(invalid="ignore"):
        shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), object).reshape(-1)
    shapes = np.asarray(shapely.force_2d(shapes), object).reshape(-1)
    good = np.isin(shapely.get_type_id(shapes), _TYPES[layer.geometry])
    no_shape = f"is no {layer.geometry} in WKT"
    reasons = {int(n): unread(shapely.from_wkt, texts[n], no_shape) for n in np.flatnonzero(~good)}
    sound = np.flatnonzero(good)
    reasons |= {int(sound[n]): reason for n, reason in amiss(shapes[sound], layer).items()}
    faults = [Fault(int(row[n]), "wkt", reasons[n]) for n in sorted(reasons)]
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    lon, lat = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
    return Places(lon, lat, shapes, np.full(len(row), np.nan), tuple(faults))


def plain(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes, those of one part as that part: not every format keeps a collection of one."""
    alone = (shapely.get_type_id(shapes) >= _COLLECTIONS) & (shapely.get_num_geometries(shapes) == 1)
    return np.where(alone, shapely.get_geometry(shapes, 0), shapes)
