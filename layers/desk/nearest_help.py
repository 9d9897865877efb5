"""Who of posts and patrols is soonest at an incident, by the mission's roads or straight across, with what is assumed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import geopandas
import numpy as np
import shapely

from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSTS
from layers.desk import basemap, presence, spared
from layers.desk import question as ask
from layers.desk.answers import Json, distance, parts
from layers.desk.passages import TIMES
from layers.desk.patrols import lasted
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.model import NO_TIME, Box, Versions, to_micros
from layers.spatial import Network, Response, Snapped, response, roads, routed, snap, straight
from layers.spatial.frame import Shapes
from layers.spatial.ground import Floats, Ints

#: The mission's own base layer of roads, and how fast they are driven; ground off the road is taken as fast.
ROADS, SPEED_KMH = f"{basemap.OWN}roads", 40.0
#: A place farther from every road is reached straight across; how far off the road a way may lead without being told.
REACH_M, OFF_M = 2_000.0, 200.0
#: So many are told.
MOST = 3
_MINUTE = 60_000_000
#: A patrol is out so long after its last fix; one whose end is not recorded, so long.
_FRESH, _LOST = 60 * _MINUTE, 24 * 60 * _MINUTE
_M_PER_S = SPEED_KMH / 3.6


@dataclass(frozen=True, slots=True)
class Force:
    """A post, or a patrol by its newest track: its layer, version and name, where it is, and how old its last fix is (µs, 0 for a post)."""

    layer: str
    seq: int
    name: str
    lon: float
    lat: float
    age: int


@dataclass(frozen=True, slots=True)
class Way:
    """How a force comes: seconds, metres in all and of them off the road; ``why`` it goes straight across, blank for by road."""

    force: Force
    seconds: float
    metres: float
    off_m: float
    why: str

    @property
    def lasts(self) -> str:
        """Return how long it takes, in words, to the minute."""
        return lasted(max(1, round(self.seconds / 60)) * _MINUTE)

    @property
    def words(self) -> str:
        """Return it as ``Team site 101, 14 min, 9.2 km by road at 40 km/h``."""
        far = f"{self.metres / 1_000:,.1f} km" if self.metres >= 1_000 else distance(self.metres)
        how = f"in a straight line at {SPEED_KMH:.0f} km/h, {self.why}" if self.why else f"by road at {SPEED_KMH:.0f} km/h"
        off = f", {distance(self.off_m)} of it off the road" if self.off_m > OFF_M else ""
        fix = f", from its last fix {lasted(self.force.age)} ago" if self.force.age >= _MINUTE else ""
        return f"{self.force.name}, {self.lasts}, {far} {how}{off}{fix}"


def rows(sheet: Sheet, one: Versions, upto: str | None = None) -> list[Json]:
    """Return who is soonest at a version's place at the sheet's moment, and who was near when it occurred, as the card's rows.

    Of posts and patrols that the user may see, none marked above ``upto``. Nothing for what is told by a cell and a week only.
    """
    if len(spared.spared(one)):
        return []
    lon, lat = float(one.lon[0]), float(one.lat[0])
    found = ways(sheet, lon, lat, upto)[:MOST]
    told: list[Json] = [
        {"label": "Nearest help", "value": way.words, "to": {"layer": way.force.layer, "id": way.force.seq}} for way in found
    ]
    if found and not found[0].why:
        told[0]["way"] = parts(driven(sheet, found[0].force, lon, lat))
    return told + presence.rows(sheet, one, upto)


def driven(sheet: Sheet, force: Force, lon: float, lat: float) -> shapely.LineString:
    """Return the way by road on which a force comes to a place, from where it is to the place itself; empty where no road leads there."""
    network = network_of(sheet.record.folder, sheet.record.configuration.box)
    if network is None:
        return shapely.LineString()
    start, place = _snapped(network, ((force.lon, force.lat),)), _reached(network, lon, lat)[0]
    line = routed(network, start, place).line if start.edge[0] >= 0 and place.edge[0] >= 0 else shapely.LineString()
    return shapely.LineString([(force.lon, force.lat), *line.coords, (lon, lat)]) if not line.is_empty else line


def ways(sheet: Sheet, lon: float, lat: float, upto: str | None = None) -> list[Way]:
    """Return how each force comes to a place, the soonest first; what it goes off the road at either end is counted."""
    held = forces(sheet, upto)
    if not held:
        return []
    places = _points([one.lon for one in held], [one.lat for one in held])
    across = straight(_points([lon], [lat]), places, SPEED_KMH)[1]
    network = network_of(sheet.record.folder, sheet.record.configuration.box)
    if network is None:
        found = [
            Way(one, far / _M_PER_S, far, 0.0, "without roads to go by") for one, far in zip(held, across.tolist(), strict=True)
        ]
    else:
        found = list(_by_road(network, held, _reached(network, lon, lat), across=across))
    return sorted(found, key=lambda way: (way.seconds, way.force.name))


def _by_road(network: Network, held: list[Force], reached: tuple[Snapped, Response], *, across: Floats) -> Iterator[Way]:
    """Yield how each force comes; where no road leads, straight across, and why."""
    place, times = reached
    begin = _snapped(network, tuple((one.lon, one.lat) for one in held))
    seconds = times.at(begin).seconds
    km = f"within {REACH_M / 1_000:.0f} km"
    for n, one in enumerate(held):
        far, off = float(across[n]), float(begin.off_m[n] + place.off_m[0])
        if place.edge[0] < 0:
            yield Way(one, far / _M_PER_S, far, 0.0, f"no road {km} of the place")
        elif begin.edge[n] < 0:
            yield Way(one, far / _M_PER_S, far, 0.0, f"no road {km} of where it starts")
        elif not np.isfinite(seconds[n]):
            yield Way(one, far / _M_PER_S, far, 0.0, "no road leads there")
        else:
            yield Way(one, seconds[n] + off / _M_PER_S, seconds[n] * _M_PER_S + off, off, "")


def soonest(sheet: Sheet, lon: Floats, lat: Floats) -> list[Way | None]:
    """Return for many places how the first of all forces comes to each, as ``ways`` says it of one; None where there is no force."""
    held = forces(sheet)
    if not held or not len(lon):
        return [None] * len(lon)
    begins, places = _points([one.lon for one in held], [one.lat for one in held]), _points(lon.tolist(), lat.tolist())
    network = network_of(sheet.record.folder, sheet.record.configuration.box)
    if network is None:
        return _across(held, begins, places, why="without roads to go by")
    start = _snapped(network, tuple((one.lon, one.lat) for one in held))
    reached = snap(network, places, reach_m=REACH_M)
    times = response(network, start, delay_s=np.where(start.edge >= 0, start.off_m, 0) / _M_PER_S).at(reached)
    found: list[Way | None] = [None] * len(lon)
    of, at = (np.where(one.edge >= 0, network.part[network.begin[one.edge]], -1) for one in (start, reached))
    # Who is on roads that do not lead there comes straight across, and may still be the first.
    for part in np.unique(at).tolist():
        here, off = np.flatnonzero(at == part), np.flatnonzero((of != part) | (part < 0))
        why = f"no road within {REACH_M / 1_000:.0f} km of the place" if part < 0 else "no road leads there"
        for n, way in zip(
            here.tolist(), _across([held[m] for m in off], begins.iloc[off], places.iloc[here], why=why), strict=True
        ):
            found[n] = way
    for n in np.flatnonzero(np.isfinite(times.seconds)).tolist():
        one, seconds = int(times.first[n]), float(times.seconds[n] + reached.off_m[n] / _M_PER_S)
        by_road = Way(held[one], seconds, seconds * _M_PER_S, float(start.off_m[one] + reached.off_m[n]), "")
        other = found[n]
        found[n] = by_road if other is None or by_road.seconds <= other.seconds else other
    return found


def _across(held: list[Force], begins: geopandas.GeoSeries, places: geopandas.GeoSeries, *, why: str) -> list[Way | None]:
    """Return how the first of some forces comes straight across to each of some places."""
    if not held:
        return [None] * len(places)
    arrivals, metres = straight(begins, places, SPEED_KMH)
    first, far = arrivals.first.tolist(), metres.tolist()
    return [Way(held[n], away / _M_PER_S, away, 0.0, why) for n, away in zip(first, far, strict=True)]


def forces(sheet: Sheet, upto: str | None = None) -> list[Force]:
    """Return the posts in force at a sheet's moment and the patrols that are out then, of those its user may see."""
    now = to_micros(sheet.moment)
    posts = [
        Force(POSTS.id, seq, str(said.get("name") or named), shape.x, shape.y, 0)
        for seq, named, shape, said, _ in _standing(sheet, POSTS.id, upto, ended=now)
        if shape.geom_type == "Point" and not shape.is_empty
    ]
    patrols: dict[str, Force] = {}
    for seq, named, line, said, (start, until) in _standing(sheet, TRACKS.id, upto, ended=now - _FRESH):
        lon, lat, fixed = _fix(line, str(said.get(TIMES) or ""), (start, until), now)
        name = str(said.get("route") or said.get("name") or named)
        open_ended = until == NO_TIME or until > now
        out = 0 <= now - fixed <= (_LOST if open_ended else _FRESH)
        if out and (name not in patrols or now - fixed < patrols[name].age):
            patrols[name] = Force(TRACKS.id, seq, name, lon, lat, now - fixed)
    return [*posts, *patrols.values()]


def _standing(
    sheet: Sheet, layer: str, upto: str | None, *, ended: int
) -> Iterator[tuple[int, str, shapely.Geometry, dict[str, object], tuple[int, int]]]:
    """Yield the features of a layer that had begun at the sheet's moment and had not ended at a time: version, id, shape, fields, times."""
    record = sheet.record
    of = next((one for one in ask.layers(record, sheet.user) if one.id == layer), None)
    if of is None:
        return
    asked = ask.everything(record, sheet.user, of, sheet.view.known_at)
    if upto is not None:
        asked = replace(asked, ceiling=min(asked.ceiling, record.configuration.markings.index(upto)))
    shapes, now = record.picture.shapes[of.stored], to_micros(sheet.moment)
    begun = (shapes.start == NO_TIME) | (shapes.start <= now)
    for n in np.flatnonzero(shapes.mask(asked) & begun & ((shapes.until == NO_TIME) | (shapes.until > ended))).tolist():
        times = (int(shapes.start[n]), int(shapes.until[n]))
        yield int(shapes.seq[n]), shapes.feature[n], shapes.geometry[n], shapes.fields[n], times


def _fix(line: shapely.Geometry, times: str, ends: tuple[int, int], now: int) -> tuple[float, float, int]:
    """Return where a track last was up to a moment, and when; without times of its own its last vertex, at its end or else its start."""
    at = shapely.get_coordinates(line)
    start, until = ends
    moments = _moments(times, start)
    if len(moments) == len(at) and (moments <= now).any():
        last = int(np.flatnonzero(moments == moments[moments <= now].max())[-1])
        return float(at[last, 0]), float(at[last, 1]), int(moments[last])
    known = until if until != NO_TIME else start
    return float(at[-1, 0]), float(at[-1, 1]), known


def _moments(times: str, start: int) -> Ints:
    try:
        seconds = np.array(times.split(), np.float64)
    except ValueError:
        return np.empty(0, np.int64)
    known = start != NO_TIME and bool(np.isfinite(seconds).all())
    return np.asarray(start + np.round(seconds * 1e6).astype(np.int64), np.int64) if known else np.empty(0, np.int64)


def network_of(folder: Path, box: Box) -> Network | None:
    """Return the roads of a mission as a network, kept until their file changes; None where it has none that can be used."""
    path = _path(folder)
    return _network(folder, box, path.stat().st_mtime_ns) if path.is_file() else None


def road_lines(folder: Path, box: Box) -> tuple[Shapes, Hashable]:
    """Return the roads of a mission as lines, none where it has none that can be used, and what says when they change."""
    path = _path(folder)
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return (_lines(folder, box, changed) if changed else np.empty(0, np.object_)), ("roads", changed)


def _path(folder: Path) -> Path:
    return folder / "basemap" / f"{ROADS.removeprefix(basemap.OWN)}.geojson"


@lru_cache(maxsize=4)
def _network(folder: Path, box: Box, changed: int) -> Network | None:
    try:
        found = roads(geopandas.GeoSeries(_lines(folder, box, changed), crs=4326), SPEED_KMH)
    except (LayersError, shapely.errors.GEOSException, ValueError):
        return None
    return found if len(found.lines) else None


@lru_cache(maxsize=4)
def _lines(folder: Path, box: Box, _changed: int) -> Shapes:
    try:
        shapes = basemap.features(folder, box, ROADS)[0]
    except (LayersError, shapely.errors.GEOSException, ValueError, KeyError):
        shapes = []
    drawn = [one for one in shapes if isinstance(one, shapely.LineString | shapely.MultiLineString)]
    found = np.empty(len(drawn), np.object_)
    found[:] = drawn
    return found


@lru_cache(maxsize=16)
def _snapped(network: Network, places: tuple[tuple[float, float], ...]) -> Snapped:
    return snap(network, _points([lon for lon, _ in places], [lat for _, lat in places]), reach_m=REACH_M)


@lru_cache(maxsize=32)
def _reached(network: Network, lon: float, lat: float) -> tuple[Snapped, Response]:
    """Return a place on the roads and how soon it is reached from every node: every road may be driven both ways."""
    place = snap(network, _points([lon], [lat]), reach_m=REACH_M)
    return place, response(network, place)


def _points(lon: list[float], lat: list[float]) -> geopandas.GeoSeries:
    return geopandas.GeoSeries(shapely.points(lon, lat), crs=4326)
