"""Observations that are linked as one event: where their bearings cross, for each report by no more than it may tell of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from layers import access
from layers.desk import observed, spared
from layers.desk.observed import BETWEEN, Observed
from layers.model import Versions
from layers.notation import format_mgrs

#: The fields of a record's place, as the note of an edit names them.
PLACED = frozenset({"@geom", "precision_m"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an observation stands: at the crossing ``of`` linked ones, as records keep them, or by itself where that is blank."""

    lon: float
    lat: float
    precision_m: float
    of: str = ""


@dataclass(frozen=True, slots=True)
class Crossed:
    """The new places of the observations that move, by their positions, and in sentences what became of them."""

    places: Mapping[int, Place]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """What one marking may tell of an event: its observations, and where they cross or why they do not."""

    told: frozenset[str]
    fix: Place | None = None
    why: str = ""


def event_of(payload: str) -> str:
    """Return the event a version is linked by, blank for none."""
    return str(json.loads(payload).get("event") or "")


def crossed(versions: Versions, event: Sequence[str | None], marking: Sequence[str], levels: Sequence[str]) -> Crossed:
    """Return where linked observations cross, those of each event by themselves.

    A report stands where the observations cross that are marked as high as it is or lower, so that its place tells of none above
    it. Where they do not cross it stays where it is, unless it stands at a crossing of others than these: then it stands by its own
    observation again, as one does that is linked no more. Reports that are no observations stay, those that are told
    coarsely too, and those that someone placed by hand.

    Parameters
    ----------
    versions : Versions
        Reports as they stood.
    event : sequence of (str or None)
        What links each, blank for nothing; one of None is left out.
    marking : sequence of str
        How each is marked.
    levels : sequence of str
        The mission's markings, the lowest first.
    """
    looked = spared.told(versions).payload
    seen = {n: one for n, name in enumerate(event) if name is not None and (one := observed.kept(looked[n]))}
    notes = {n: json.loads(versions.payload[n]).get("edited", {}) for n in seen}
    rank = {n: access.rank(marking[n], levels) for n in seen}
    places: dict[int, Place] = {}
    said: list[str] = []
    for name in dict.fromkeys(event[n] for n in seen):
        rows = [n for n in seen if event[n] == name]
        groups = {top: _group([seen[n] for n in rows if name and rank[n] <= top]) for top in {rank[n] for n in rows}}
        moved = {n: to for n in rows if (to := _moved(groups[rank[n]], seen[n], notes[n]))}
        places |= moved
        said += _said(list(moved.values()), groups)
    return Crossed(places, tuple(said))


def _group(seen: Sequence[Observed]) -> _Group:
    told = frozenset(part for one in seen for part in one.told.split(BETWEEN))
    stood = {(round(lon, 4), round(lat, 4)) for one in seen for lon, lat in zip(one.sights.lon, one.sights.lat, strict=True)}
    if len(seen) < 2 or len(stood) < 2:
        return _Group(told)
    text = BETWEEN.join(sorted(told))
    try:
        found = observed.crossing(text)
    except observed.Unplaced as why:
        return _Group(told, why=str(why))
    return _Group(told, Place(found.lon, found.lat, found.precision_m, text))


def _moved(group: _Group, own: Observed, note: Mapping[str, object]) -> Place | None:
    """Return where an observation stands now, None where it stays."""
    was, decided = str(note.get("crossed", "")), note.get("fields", ())
    if not was and isinstance(decided, Sequence) and PLACED & set(decided):
        return None
    if group.fix:
        return group.fix if group.fix.of != was else None
    kept = not was or (group.why and set(was.split(BETWEEN)) <= group.told)
    return None if kept else Place(own.lon, own.lat, own.precision_m)


def _said(moved: Sequence[Place], groups: Mapping[int, _Group]) -> list[str]:
    """Return what became of the observations of one event: where they cross, or why they do not, and how many stand by themselves."""
    whole, alone = groups[max(groups)], sum(not place.of for place in moved)
    if whole.why and not moved:
        return [f"They keep their places because {whole.why}."]
    fixes = sorted((place for place in moved if place.of), key=lambda place: place.of.count(BETWEEN))
    if fixes:
        most = fixes[-1]
        grid = format_mgrs(np.array([most.lon]), np.array([most.lat]))[0]
        lower = any(group.told != whole.told for group in groups.values())
        rest = "; what is marked lower stands by what it may tell of" if lower else ""
        return [f"{most.of.count(BETWEEN) + 1} bearings cross at {grid}, 95 % within {most.precision_m:,.0f} m{rest}."]
    if alone:
        return [f"{alone:,} observation{' stands in its own sector' if alone == 1 else 's stand in their own sectors'} again."]
    return []
