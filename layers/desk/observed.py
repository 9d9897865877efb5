"""Observations as reports and files give them: who stood where, a bearing, a distance, the means; two that cross give a fix."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import shapely

from layers import access
from layers.access import User
from layers.analysis.fixes import NoFix, fix
from layers.desk import question as ask
from layers.desk import spared
from layers.desk.places import POSITIONS
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.ingest import OBSERVED, Observation
from layers.model import Versions
from layers.notation import (
    format_bands,
    format_bearings,
    format_mgrs,
    parse_bands,
    parse_bearings,
    parse_positions,
    true_bearings,
)
from layers.spatial import sector, sights
from layers.spatial.ground import EARTH
from layers.spatial.sectors import Sights

_LONGEST, _MOST, _LINKED = 200, 6, 24
#: Between observations as a record keeps them, and how long those of one event may be.
BETWEEN, LONGEST = "; ", _LINKED * _LONGEST
#: Between two observations; "between 1 and 3 km" is one distance.
_BETWEEN = re.compile(r"\s*;\s*|\s+and\s+(?!\d[\d.,]*\s*(?:km|kms|kilomet\w+|m|met\w+)\b)", re.IGNORECASE)
#: By what means it was observed, where that is said behind the distance.
_MEANS = re.compile(r"[\s,]+(?:by\s+)?(saw|seen|heard|camera|uav|acoustic)\s*$", re.IGNORECASE)
#: A bearing without an error is as sure as it is written, and by ear, or by a row of microphones, no surer than this, degrees:
#: listeners miss what lies ahead by a few degrees, what lies aside by ten and more (Blauert, 1997, Spatial hearing).
_ASSUMED = {"heard": 10.0, "acoustic": 2.0}
_HEARD = frozenset({"heard", "acoustic"})
#: Between the name of a post and where it stood.
_STOOD = " @ "
_MEANT = re.compile(r"[^\d\s.,]")
_HOW = "write where the observer stood, a bearing and a distance, such as OP 12 045° 1-3 km"

Named = Mapping[str, Sequence[tuple[float, float]]]


class Unplaced(LayersError):
    """A text is meant as an observation and gives no place; it says why."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Where what was observed lies: within ``precision_m`` of the place.

    ``seen`` says what was seen from where and ``words`` how that was read, ``outline`` is the ground it is of. ``told`` is the observation with each observer by the place
    where they stood, which is read as the same; ``sights`` are what each saw or heard, and ``heard`` says of which it was by sound.
    """

    lon: float
    lat: float
    precision_m: float
    seen: str
    words: str
    outline: shapely.Geometry
    told: str
    sights: Sights
    heard: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One observation: the observer's place and how far off it may be, bounds of what was seen, and by what means."""

    sight: Sights
    off_m: float
    words: str
    told: str
    means: str


def observed(sheet: Sheet, text: str) -> Observed | None:
    """Return what ``read`` does, by all positions that a sheet's user may see."""
    return read(text, named(sheet.record, sheet.user))


def read(text: str, named: Named) -> Observed | None:
    """Return where an observation, or several that cross, lie; None for a text that is not meant as one.

    Parameters
    ----------
    named : mapping of str to sequence of (longitude, latitude)
        Where observers stand who may be named, by their names in small letters.

    Raises
    ------
    Unplaced
        It is meant as one, and gives no place.
    """
    parts = [part for part in _BETWEEN.split(" ".join(text[:_LONGEST].split())) if part]
    if len(parts) > _MOST:
        raise Unplaced(f"{len(parts)} observations are too many; write {_MOST} at most")
    read = [_seen(part, named) for part in parts]
    seen = [one for one in read if one is not None]
    if not seen:
        return None
    if len(seen) < len(read):
        raise Unplaced(f"{parts[read.index(None)][:40]!r} is no observation; {_HOW}")
    return _within(seen[0]) if len(seen) == 1 else _crossed(seen)


@dataclass
class Observers:
    """A user's observers: places the grids of rows that are observations, by the positions the user sees and the row may tell of."""

    record: Record
    user: User
    _named: dict[str, Named] = field(default_factory=dict)

    def placed(self, text: str, marking: str) -> Observation | str:
        """Return where an observation lies, or why it gives no place; blank for a text that is not meant as one.

        ``marking`` is that of the row, blank for the mission's default; of one that the mission does not know the lowest holds.
        """
        configuration = self.record.configuration
        level = marking or configuration.default_marking
        level = level if level in configuration.markings else configuration.markings[0]
        if level not in self._named:
            self._named[level] = named(self.record, self.user, level)
        try:
            found = read(text, self._named[level])
        except Unplaced as why:
            return str(why)
        return Observation(found.lon, found.lat, found.precision_m, found.told) if found else ""


@lru_cache(maxsize=256)
def crossing(told: str) -> Observed:
    """Return where observations of linked records, as these keep them, cross.

    Raises
    ------
    Unplaced
        They do not cross, one of them is none, or they are too many.
    """
    parts = told.split(BETWEEN)
    if len(parts) > _LINKED:
        raise Unplaced(f"{len(parts):,} linked observations are too many to cross; link the {_LINKED} surest at most")
    seen = [one for part in parts if (one := _seen(part[:_LONGEST], {}))]
    if len(seen) < len(parts):
        raise Unplaced(f"one of them is no observation; {_HOW}")
    return _crossed(seen)


def words(payload: str) -> str:
    """Return what the observation of a version is and how its place was read from it; blank for a version that keeps none."""
    found, text = kept(payload), _linked(payload)
    if found is None or not text:
        return found.words if found else ""
    far = f"{float(json.loads(payload).get('precision_m') or 0):,.0f} m"
    return f"{found.seen}; {text.count(BETWEEN) + 1} linked bearings cross, 95 % within {far}"


def drawn(versions: Versions) -> list[list[list[float]]]:
    """Return the rings, in degrees, of what observers saw or heard, by the first of versions; none where it is told coarsely.

    The sector of each that has an end, and, of several that cross or are linked with others, the ground of the fix.
    """
    payload = spared.told(versions).payload[0]
    found = kept(payload)
    if found is None:
        return []
    ended = np.flatnonzero(np.isfinite(found.sights.farthest_m))
    shapes = [*sector(found.sights.take(ended)).shape, *_fixed(found, _linked(payload))]
    rings = (ring for shape in shapes for part in shapely.get_parts(shape) for ring in shapely.get_rings(part))
    return [shapely.get_coordinates(ring).tolist() for ring in rings]


def kept(payload: str) -> Observed | None:
    """Return the observation that a version keeps, as it is read; None where it keeps none."""
    extra = json.loads(payload).get("extra")
    text = extra.get(OBSERVED) if isinstance(extra, dict) else None
    try:
        return read(text, {}) if isinstance(text, str) else None
    except Unplaced:
        return None


def _linked(payload: str) -> str:
    """Return the linked observations at whose crossing a version stands, blank where it stands by its own."""
    return str(json.loads(payload).get("edited", {}).get("crossed", ""))


def _fixed(own: Observed, linked: str) -> list[shapely.Geometry]:
    """Return the ground of the fix on which an observation stands, none where it stands in its own sector."""
    try:
        return [crossing(linked).outline] if linked else [own.outline] if len(own.heard) > 1 else []
    except Unplaced:
        return []


def named(record: Record, user: User, marking: str | None = None, layer: str = POSITIONS) -> Named:
    """Return where the positions stand that a user may name, of those marked so or lower, by name and id in small letters.

    Or of another ``layer`` its features, each by a place on it.
    """
    known = {of.id: of for of in ask.layers(record, user)}
    if layer not in known:
        return {}
    asked, levels = ask.everything(record, user, known[layer]), record.configuration.markings
    if marking is not None:
        asked = replace(asked, ceiling=min(asked.ceiling, max(access.rank(marking, levels), 0)))
    shapes = record.picture.shapes[layer]
    found: dict[str, list[tuple[float, float]]] = {}
    for row in np.flatnonzero(shapes.mask(asked)).tolist():
        middle = shapes.geometry[row].representative_point()
        for name in {str(shapes.fields[row].get("name") or "").casefold(), shapes.feature[row].casefold()} - {""}:
            found.setdefault(name, []).append((middle.x, middle.y))
    return found


def _seen(text: str, named: Named) -> _Seen | None:
    """Return one observation, None for a text that is not meant as one: the longest beginning that is a place, and what follows it."""
    called, named_so, place = text.partition(_STOOD)
    text = place if named_so else text
    means = _MEANS.search(text)
    text, by = (text[: means.start()], means[1].casefold()) if means else (text, "")
    words = text.replace(",", ", ").split() if not re.search(r"\d,\d", text) else text.split()
    fault = ""
    for count in range(len(words), 0, -1):
        who, rest = " ".join(words[:count]).rstrip(","), words[count:]
        stood = named.get(who.casefold(), ())
        if len(stood) > 1:
            raise Unplaced(f"{len(stood)} own positions are called {who!r}; write the grid of the one that is meant")
        at = parse_positions([who])
        if not stood and (np.isnan(at.lon[0]) or not _MEANT.search(" ".join(rest))):
            continue
        cell = 0.0 if stood or np.isnan(at.precision_m[0]) else float(at.precision_m[0])
        lon, lat = stood[0] if stood else (float(at.lon[0]), float(at.lat[0]))
        try:
            seen = _sighted(who, (lon, lat), cell / math.sqrt(2), rest, means=by)
            told = seen.told.removeprefix(who) if stood else ""
            if stood:
                name = "" if _BETWEEN.search(who) or _STOOD in who else f"{who}{_STOOD}"
                seen = replace(seen, told=f"{name}{lat:.5f}, {lon:.5f}{told}")
            elif called and named_so:
                seen = replace(
                    seen, words=seen.words.replace(_from(who, lon, lat), called, 1), told=f"{called}{_STOOD}{seen.told}"
                )
            return _by(seen, by)
        except Unplaced as why:
            fault = fault or str(why)
    if fault:
        raise Unplaced(fault)
    for count in range(1, len(words)):
        looked = _looked(words[count:]) if _MEANT.search(" ".join(words[count:])) else None
        if looked and not (looked[1] and parse_bands([looked[1]]).fault[0]):
            who = " ".join(words[:count])
            raise Unplaced(f"no own position that this report may tell of is called {who[:40]!r}; write its name or a grid")
    return None


def _looked(words: Sequence[str]) -> tuple[str, str] | None:
    """Return words as a bearing and a distance, either may stand first; None where they begin with no bearing."""
    for count in range(len(words), 0, -1):
        bearing, rest = " ".join(words[:count]).rstrip(","), " ".join(words[count:])
        if not parse_bearings([bearing]).fault[0] and (not rest or not parse_bands([rest]).fault[0] or count == 1):
            return bearing, rest
    band = parse_bands([" ".join(words)])
    toward = "" if band.fault[0] else str(band.toward[0])
    return (toward, " ".join(words)) if toward and not parse_bearings([toward]).fault[0] else None


def _sighted(who: str, at: tuple[float, float], off_m: float, rest: Sequence[str], *, means: str) -> _Seen:
    looked = _looked(rest)
    if looked is None:
        raise Unplaced(parse_bearings([rest[0]]).fault[0] if rest else f"{who!r} is where the observer stood; {_HOW}")
    bearing, band = parse_bearings([looked[0]]), parse_bands([looked[1]])
    if looked[1] and band.fault[0]:
        raise Unplaced(band.fault[0])
    behind = "" if band.fault[0] else str(band.toward[0])
    if behind and parse_bearings([behind]).fault[0]:
        raise Unplaced(f"{behind.lower()!r} is no means of observing; write saw, heard, camera, UAV or acoustic, or nothing")
    true = true_bearings(bearing, [at[0]], [at[1]])
    if true.fault[0]:
        raise Unplaced(true.fault[0])
    near, far = (float(band.nearest_m[0]), float(band.farthest_m[0])) if looked[1] else (0.0, np.inf)
    error = float(bearing.error[0]) if bearing.said[0] else max(float(bearing.error[0]), _ASSUMED.get(means, 0.0))
    said = str(format_bearings(bearing)[0]) + ("" if bearing.said[0] else f" ± {error:g}° (assumed)")
    far_said = str(format_bands(replace(band, toward=np.array([""])))[0]) if looked[1] else ""
    words = f"from {_from(who, *at)}, bearing {said}" + (f", {far_said}" if far_said else "")
    told = f"{who} {true.degrees[0]:05.1f}° ± {error:g}° {far_said}".rstrip()
    return _Seen(sights(*at, true.degrees, error, nearest_m=near, farthest_m=far), off_m, words, told, "")


def _from(who: str, lon: float, lat: float) -> str:
    """Return an observer's place as it is told: by name or grid as it is written, degrees as a grid."""
    return who if re.search(r"[^\W\d_]", who) else str(format_mgrs([lon], [lat])[0])


def _by(seen: _Seen, means: str) -> _Seen:
    return replace(seen, words=f"{seen.words}, {means}", told=f"{seen.told} {means}", means=means) if means else seen


def _within(seen: _Seen) -> Observed:
    if not np.isfinite(seen.sight.farthest_m[0]):
        raise Unplaced(
            "one bearing without an end gives no place; write a distance such as 1-3 km, or a second observation behind ;"
        )
    found = sector(seen.sight)
    if found.fault[0]:
        raise Unplaced(found.fault[0])
    one = seen.sight
    half = (one.nearest_m + one.farthest_m) / 2
    lon, lat, _ = EARTH.fwd(one.lon, one.lat, one.bearing, half)
    near = _reach_m(float(lon[0]), float(lat[0]), found.shape[0], seen.off_m)
    words = f"{seen.words}: middle of the sector, within {near:,.0f} m"
    heard = (seen.means in _HEARD,)
    return Observed(float(lon[0]), float(lat[0]), near, seen.words, words, found.shape[0], seen.told, one, heard)


def _crossed(seen: Sequence[_Seen]) -> Observed:
    """Return the fix; where observers' places are known to a cell, their bearings are as much less sure as it is wide from there."""
    every = Sights(
        *(np.concatenate(one) for one in zip(*([getattr(of.sight, n) for n in Sights.__slots__] for of in seen), strict=True))
    )
    off = np.array([of.off_m for of in seen])
    try:
        found = fix(every)
        if off.any():
            metres = EARTH.inv(every.lon, every.lat, np.full(len(off), found.lon), np.full(len(off), found.lat))[2]
            found = fix(replace(every, error=np.hypot(every.error, np.degrees(np.arctan2(off, metres)))))
    except NoFix as why:
        raise Unplaced(str(why)) from None
    near = _reach_m(found.lon, found.lat, found.area, 0.0)
    by = BETWEEN.join(of.words for of in seen)
    words = f"{by}: {len(seen)} bearings cross, 95 % within {near:,.0f} m"
    told, heard = BETWEEN.join(of.told for of in seen), tuple(of.means in _HEARD for of in seen)
    return Observed(found.lon, found.lat, near, by, words, found.area, told, every, heard)


def _reach_m(lon: float, lat: float, shape: shapely.Geometry, more_m: float) -> float:
    """Return how far a shape reaches from a place, in whole tens of metres and no less."""
    x, y = shapely.get_coordinates(shape).T
    metres = EARTH.inv(np.full(len(x), lon), np.full(len(x), lat), x, y)[2]
    return math.ceil((float(metres.max()) * 1.0005 + more_m) / 10) * 10.0
