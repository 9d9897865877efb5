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

#: The mission's own base layer of roads, how fast they are driven, and how fast ground off the roads is.
ROADS, SPEED_KMH, OFF_KMH = f"{basemap.OWN}roads", 40.0, 20.0
#: A place farther from every road is reached straight across; how far off the road a way may lead without being told.
REACH_M, OFF_M = 2_000.0, 200.0
#: So many are told.
MOST = 3
_MINUTE = 60_000_000
#: A patrol is out so long after its last fix; one whose end is not recorded, so long.
_FRESH, _LOST = 60 * _MINUTE, 24 * 60 * _MINUTE
_M_PER_S, _OFF_M_PER_S = SPEED_KMH / 3.6, OFF_KMH / 3.6
#: So much of a fault is told.
_LONGEST = 120
_BARE = "without roads to go by"


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
        how = f"in a straight line at {OFF_KMH:.0f} km/h, {self.why}" if self.why else f"by road at {SPEED_KMH:.0f} km/h"
        off = f", {distance(self.off_m)} of it off the road at {OFF_KMH:.0f} km/h" if self.off_m > OFF_M else ""
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
    """Return how each force comes to a place, the soonest first: by road or straight across, whichever is sooner.

    What it goes off the road at either end is counted.
    """
    held = forces(sheet, upto)
    if not held:
        return []
    places = _points([one.lon for one in held], [one.lat for one in held])
    across = straight(_points([lon], [lat]), places, OFF_KMH)[1]
    network = network_of(sheet.record.folder, sheet.record.configuration.box)
    if network is None:
        found = [_straight(one, far, _BARE) for one, far in zip(held, across.tolist(), strict=True)]
    else:
        found = list(_by_road(network, held, _reached(network, lon, lat), across=across))
    return sorted(found, key=lambda way: (way.seconds, way.force.name))


def _by_road(network: Network, held: list[Force], reached: tuple[Snapped, Response], *, across: Floats) -> Iterator[Way]:
    """Yield how each force comes; straight across where no road leads or that is sooner, and why."""
    place, times = reached
    begin = _snapped(network, tuple((one.lon, one.lat) for one in held))
    seconds = times.at(begin).seconds
    for n, one in enumerate(held):
        way = _straight(one, float(across[n]), _why(network, begin, n, place=place))
        off = float(begin.off_m[n] + place.off_m[0])
        there = place.edge[0] >= 0 and begin.edge[n] >= 0 and np.isfinite(seconds[n])
        if there and seconds[n] + off / _OFF_M_PER_S <= way.seconds:
            way = Way(one, seconds[n] + off / _OFF_M_PER_S, seconds[n] * _M_PER_S + off, off, "")
        yield way


def _straight(force: Force, metres: float, why: str) -> Way:
    return Way(force, metres / _OFF_M_PER_S, metres, 0.0, why)


def _why(network: Network, begin: Snapped, n: int, *, place: Snapped, m: int = 0) -> str:
    """Return why the n-th of some beginnings goes straight across to the m-th of some places."""
    km, edges = f"within {REACH_M / 1_000:.0f} km", (int(begin.edge[n]), int(place.edge[m]))
    if edges[1] < 0:
        return f"no road {km} of the place"
    if edges[0] < 0:
        return f"no road {km} of where it starts"
    start, end = network.part[network.begin[list(edges)]].tolist()
    return "sooner than by road" if start == end else "no road leads there"


def soonest(sheet: Sheet, lon: Floats, lat: Floats) -> list[Way | None]:
    """Return for many places how the first of all forces comes to each, as ``ways`` says it of one; None where there is no force."""
    held = forces(sheet)
    if not held or not len(lon):
        return [None] * len(lon)
    begins, places = _points([one.lon for one in held], [one.lat for one in held]), _points(lon.tolist(), lat.tolist())
    arrivals, metres = straight(begins, places, OFF_KMH)
    first, far = arrivals.first.tolist(), metres.tolist()
    network = network_of(sheet.record.folder, sheet.record.configuration.box)
    if network is None:
        return [_straight(held[one], away, _BARE) for one, away in zip(first, far, strict=True)]
    start = _snapped(network, tuple((one.lon, one.lat) for one in held))
    reached = snap(network, places, reach_m=REACH_M)
    times = response(network, start, delay_s=np.where(start.edge >= 0, start.off_m, 0) / _OFF_M_PER_S).at(reached)
    found: list[Way | None] = []
    for n, (one, away) in enumerate(zip(first, far, strict=True)):
        way, by = _straight(held[one], away, _why(network, start, one, place=reached, m=n)), int(times.first[n])
        seconds = float(times.seconds[n] + reached.off_m[n] / _OFF_M_PER_S)
        if np.isfinite(times.seconds[n]) and seconds <= way.seconds:
            off = float(start.off_m[by] + reached.off_m[n])
            way = Way(held[by], seconds, (seconds - off / _OFF_M_PER_S) * _M_PER_S + off, off, "")
        found.append(way)
    return found


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
    changed = _changed(folder)
    return _network(folder, box, changed)[0] if changed else None


def stated(folder: Path, box: Box) -> str:
    """Return in a sentence what keeps a mission's roads from being gone by, wholly or in part; blank where nothing does, or it has none."""
    changed = _changed(folder)
    network, fault = _network(folder, box, changed) if changed else (None, "")
    if fault:
        return f"The mission's roads cannot be used: {fault}; correct basemap/{_path(folder).name}."
    if network is None:
        return ""
    apart, without = len(network.part_m), len(network.without_length)
    said = [f"the mission's roads fall into {apart:,} parts that do not connect"] if apart > 1 else []
    if without:
        said.append(
            f"{without:,} {'road' if without == 1 else 'roads'} without length {'is' if without == 1 else 'are'} left out"
        )
    words = "; ".join(said)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def road_lines(folder: Path, box: Box) -> tuple[Shapes, Hashable]:
    """Return the roads of a mission as lines, none where it has none that can be used, and what says when they change."""
    changed = _changed(folder)
    return (_lines(folder, box, changed)[0] if changed else np.empty(0, np.object_)), ("roads", changed)


def _path(folder: Path) -> Path:
    return folder / "basemap" / f"{ROADS.removeprefix(basemap.OWN)}.geojson"


def _changed(folder: Path) -> int:
    """Return when the file of roads was last changed, 0 where there is none."""
    path = _path(folder)
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=4)
def _network(folder: Path, box: Box, changed: int) -> tuple[Network | None, str]:
    """Return the roads as a network, and why there is none that can be used, blank where they are only none."""
    lines, fault = _lines(folder, box, changed)
    try:
        found = roads(geopandas.GeoSeries(lines, crs=4326), SPEED_KMH)
    except (LayersError, shapely.errors.GEOSException, ValueError) as why:
        return None, str(why)[:_LONGEST]
    return (found if len(found.lines) else None), fault


@lru_cache(maxsize=4)
def _lines(folder: Path, box: Box, _at: int) -> tuple[Shapes, str]:
    """Return the lines of the file of roads, and why it cannot be read."""
    shapes, fault = list[object](), ""
    try:
        shapes = basemap.features(folder, box, ROADS)[0]
    except (LayersError, shapely.errors.GEOSException) as why:
        fault = str(why)[:_LONGEST]
    except (ValueError, KeyError, TypeError, AttributeError):
        fault = "their file is no GeoJSON collection of lines"
    drawn = [one for one in shapes if isinstance(one, shapely.LineString | shapely.MultiLineString)]
    found = np.empty(len(drawn), np.object_)
    found[:] = drawn
    return found, fault


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
