"""Observations as the Report form takes them: who stood where, a bearing, a distance; two that cross give a fix."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers import access
from layers.analysis.fixes import NoFix, fix
from layers.desk import question as ask
from layers.desk.places import POSITIONS
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.ingest import Given, Unread
from layers.notation import format_bands, format_bearings, parse_bands, parse_bearings, parse_positions, true_bearings
from layers.spatial import sector, sights
from layers.spatial.ground import EARTH
from layers.spatial.sectors import Sights

_LONGEST, _MOST = 200, 6
#: Between two observations; "between 1 and 3 km" is one distance.
_BETWEEN = re.compile(r"\s*;\s*|\s+and\s+(?!\d[\d.,]*\s*(?:km|kms|kilomet\w+|m|met\w+)\b)", re.IGNORECASE)
_MEANT = re.compile(r"[^\d\s.,]")
_HOW = "write where the observer stood, a bearing and a distance, such as OP 12 045° 1-3 km"

Named = Mapping[str, Sequence[tuple[float, float]]]


class Unplaced(LayersError):
    """A text is meant as an observation and gives no place; it says why."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Where what was observed lies: within ``precision_m`` of the place; how that was read, and the ground it is of."""

    lon: float
    lat: float
    precision_m: float
    words: str
    outline: shapely.Geometry


@dataclass(frozen=True, slots=True)
class _Seen:
    """One observation: the observer's place and how far off it may be, and bounds of what was seen."""

    sight: Sights
    off_m: float
    words: str


def observed(sheet: Sheet, text: str, marking: str | None = None) -> Observed | None:
    """Return where an observation, or several that cross, lie; None for a text that is not meant as one.

    Observers stand on positions that this user may see and that are marked no higher than ``marking``, where it is given.

    Raises
    ------
    Unplaced
        It is meant as one, and gives no place.
    """
    named = _named(sheet, marking)
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


def placed(sheet: Sheet, rows: Given) -> Given:
    """Return rows given, those whose grid is an observation with its place, how far off that may be, and its words in the text."""
    texts = ["" if isinstance(row, Unread) else row.get("grid", "").strip() for row in rows]
    asked = [n for n, text in enumerate(texts) if text]
    unread = np.isnan(parse_positions([texts[n] for n in asked]).lon)
    made = list(rows)
    for n in (n for n, bare in zip(asked, unread, strict=True) if bare):
        made[n] = _placed(sheet, made[n], texts[n])
    return made


def _placed(sheet: Sheet, row: Mapping[str, str] | Unread, text: str) -> Mapping[str, str] | Unread:
    if isinstance(row, Unread):
        return row
    try:
        found = observed(sheet, text, row.get("marking") or sheet.record.configuration.default_marking)
    except Unplaced as why:
        return Unread("grid", str(why))
    if found is None:
        return row
    told = " ".join(part for part in (row.get("text", "").strip(), f"Observed {found.words}.") if part)
    return {
        **row,
        "grid": f"{found.lat:.6f}, {found.lon:.6f}",
        "precision_m": row.get("precision_m") or f"{found.precision_m:.0f}",
        "text": told,
    }


def _named(sheet: Sheet, marking: str | None) -> Named:
    """Return where the positions stand that may be named, by name and id in small letters."""
    known = {of.id: of for of in ask.layers(sheet.record, sheet.user)}
    if POSITIONS not in known:
        return {}
    asked, levels = ask.everything(sheet.record, sheet.user, known[POSITIONS]), sheet.record.configuration.markings
    if marking is not None:
        asked = replace(asked, ceiling=min(asked.ceiling, max(access.rank(marking, levels), 0)))
    shapes = sheet.record.picture.shapes[POSITIONS]
    found: dict[str, list[tuple[float, float]]] = {}
    for row in np.flatnonzero(shapes.mask(asked)).tolist():
        middle = shapes.geometry[row].representative_point()
        for name in {str(shapes.fields[row].get("name") or "").casefold(), shapes.feature[row].casefold()} - {""}:
            found.setdefault(name, []).append((middle.x, middle.y))
    return found


def _seen(text: str, named: Named) -> _Seen | None:
    """Return one observation, None for a text that is not meant as one: the longest beginning that is a place, and what follows it."""
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
            return _sighted(who, (lon, lat), cell / math.sqrt(2), rest)
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


def _sighted(who: str, at: tuple[float, float], off_m: float, rest: Sequence[str]) -> _Seen:
    looked = _looked(rest)
    if looked is None:
        raise Unplaced(parse_bearings([rest[0]]).fault[0] if rest else f"{who!r} is where the observer stood; {_HOW}")
    bearing, band = parse_bearings([looked[0]]), parse_bands([looked[1]])
    if looked[1] and band.fault[0]:
        raise Unplaced(band.fault[0])
    true = true_bearings(bearing, [at[0]], [at[1]])
    if true.fault[0]:
        raise Unplaced(true.fault[0])
    near, far = (float(band.nearest_m[0]), float(band.farthest_m[0])) if looked[1] else (0.0, np.inf)
    error = float(bearing.error[0])
    said = str(format_bearings(bearing)[0]) + ("" if bearing.said[0] else f" ± {error:g}°")
    words = f"from {who}, bearing {said}" + (f", {format_bands(replace(band, toward=np.array([''])))[0]!s}" if looked[1] else "")
    return _Seen(sights(*at, true.degrees, error, nearest_m=near, farthest_m=far), off_m, words)


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
    return Observed(
        float(lon[0]), float(lat[0]), near, f"{seen.words}: middle of the sector, within {near:,.0f} m", found.shape[0]
    )


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
    words = f"{'; '.join(of.words for of in seen)}: {len(seen)} bearings cross, 95 % within {near:,.0f} m"
    return Observed(found.lon, found.lat, near, words, found.area)


def _reach_m(lon: float, lat: float, shape: shapely.Geometry, more_m: float) -> float:
    """Return how far a shape reaches from a place, in whole tens of metres and no less."""
    x, y = shapely.get_coordinates(shape).T
    metres = EARTH.inv(np.full(len(x), lon), np.full(len(x), lat), x, y)[2]
    return math.ceil((float(metres.max()) * 1.0005 + more_m) / 10) * 10.0
