"""Findings from imagery against reports, patrols and zones, for one user: what bears out what, in figures and words.

Only what the user may see counts, as known at the view's moment, and of that only what is marked no higher than what the answer is
written into. An incident made of a finding is no report: it bears nothing out, whatever became of the finding and whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import shapely

from layers import access
from layers.analysis import cueing as law
from layers.analysis.cueing import Comparison, Met, Reach
from layers.analysis.place import Features
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.incidents import MARKING_GROUND
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.desk import daily, scenes
from layers.desk import question as ask
from layers.desk.patrols import tracked
from layers.desk.sheet import Sheet
from layers.imagery.change import METHODS
from layers.imagery.covered import covered
from layers.index import Question, Selection, Shapes, degrees
from layers.model import NO_TIME, Box, Layer, to_micros
from layers.spatial.ground import Bools, Ints, ground_m, space

#: What counts as near, unless it is said otherwise.
USUAL = Reach()
REJECTED = "rejected"
#: What the names of incidents made of findings begin with, by which they are known for ever.
MADE = "finding-"
_LATEST = 1 << 62
#: Longer than any record.
_EVER_DAYS = 100_000.0
_TOLD_BY = {kind.label: kind.reports for method in METHODS for kind in method.kinds}


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """Reports as the law reads them, the version and the kind's code of each."""

    reports: law.Reports
    seq: Ints
    kinds: tuple[str, ...]

    def take(self, rows: Ints) -> Told:
        """Return those at these places."""
        return Told(self.reports.take(rows), self.seq[rows], self.kinds)


@dataclass(frozen=True, eq=False, slots=True)
class Patrols:
    """Tracks as the law reads them, with version and name of each."""

    tracks: law.Tracks
    seq: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """All findings a user sees, with what is near them, and the verdict on each.

    Attributes
    ----------
    rows : int64 array
        Of ``shapes``, one for each finding, in the order of all that follows.
    told : Told
        The reports that are near any of them, and no others.
    near, passed : Met
        Reports and patrols near them.
    lying : int64 array
        Which finding lies in which of the zones, as (n, 2) positions.
    last : int64 array
        When a patrol was last near each, whenever that was, microseconds since 1970 UTC; NO_TIME where none ever was.
    verdict : int64 array
        Positions in ``layers.analysis.cueing.VERDICTS``.
    incidents : tuple of str
        The incident made of each; blank for none that stands for this user.
    """

    shapes: Shapes
    rows: Ints
    findings: law.Findings
    told: Told
    patrols: Patrols
    zones: Features
    near: Met
    passed: Met
    lying: Ints
    last: Ints
    verdict: Ints
    incidents: tuple[str, ...]

    @property
    def standing(self) -> Bools:
        """Say which findings were not rejected."""
        return np.array([self.shapes.fields[row].get("review") != REJECTED for row in self.rows.tolist()], np.bool_)


def ground(sheet: Sheet, upto: str | None = None, reach: Reach = USUAL) -> Ground:
    """Return every finding the sheet's user may see, with what bears it out, of what is marked no higher than ``upto``."""
    record, known_at = sheet.record, sheet.view.known_at
    key = ("ground", sheet.user, record.picture.version, known_at, upto, reach)
    return record.cues.kept(key, record.picture, lambda: _ground(sheet, upto, reach))


def _ground(sheet: Sheet, upto: str | None, reach: Reach) -> Ground:
    shapes, rows = _shapes(sheet, FINDINGS, upto)
    fields = [shapes.fields[row] for row in rows.tolist()]
    before, after = shapes.start[rows], shapes.until[rows]
    told = timely(sheet, before, after, upto, reach)
    fits = [_fits(str(one.get("found") or ""), told.kinds) for one in fields]
    findings = law.Findings(shapes.geometry[rows], before, after, np.array(fits, np.bool_).reshape(len(rows), len(told.kinds)))
    near, patrols = law.met(findings, told.reports, reach), _patrols(sheet, upto)
    kept = np.unique(near.other)
    near, told = replace(near, other=np.searchsorted(kept, near.other)), told.take(kept)
    zones = ask.around(sheet.record, sheet.user, sheet.view.known_at, upto).zones
    passed = law.passed(findings, patrols.tracks, reach)
    verdict, lying = law.judged(len(findings), near, passed), law.lying(findings, zones)
    named = [shapes.feature[row] for row in rows.tolist()]
    last = _last(sheet, findings, tuple(shapes.seq[rows].tolist()), patrols, reach)
    return Ground(shapes, rows, findings, told, patrols, zones, near, passed, lying, last, verdict, incidents(sheet, named))


def timely(sheet: Sheet, before: Ints, after: Ints, upto: str | None, reach: Reach = USUAL) -> Told:
    """Return all reports of the time of findings that the user may see, whatever the view filters."""
    begin, end = int(before.min(initial=_LATEST)) - reach.micros, int(after.max(initial=0)) + reach.micros
    return reports(sheet, _asked(sheet, INCIDENTS, upto, begin, end + 1))


def reports(sheet: Sheet, parts: tuple[Selection, ...]) -> Told:
    """Return chosen incidents as the law reads them, without those made of findings."""
    columns = [part.columns for part in parts]
    seq = np.concatenate([part.columns.seq[part.rows] for part in parts] or [np.empty(0, np.int64)])
    keep = np.flatnonzero(~np.isin(seq, sheet.record.store.named(INCIDENTS.id, MADE)))

    def column(name: str) -> npt.NDArray[np.generic]:
        held = [getattr(one, name)[part.rows] for one, part in zip(columns, parts, strict=True)]
        return np.concatenate(held)[keep] if held else np.empty(0)

    kind = np.concatenate([part.columns.codes["kind"][part.rows] for part in parts] or [np.empty(0, np.uint16)])[keep]
    known = tuple(sheet.record.picture.points[INCIDENTS.id].vocabulary["kind"]) or ("",)
    lon, lat = degrees(column("key").astype(np.uint64))
    at, precision = column("start").astype(np.int64), column("precision").astype(np.float64)
    return Told(law.Reports(lon, lat, at, precision, kind.astype(np.int64)), seq[keep], known)


def compared(sheet: Sheet, kinds: Sequence[str], upto: str | None) -> tuple[list[Comparison], list[Box]]:
    """Return the comparisons whose raster of the statistic this user may see, and the box of each."""
    levels = sheet.record.configuration.markings
    top = access.UNLIMITED if upto is None else access.rank(upto, levels)
    every = {one.digest: one for one in scenes.held(sheet.everything()) if access.rank(one.marking, levels) <= top}
    found, boxes = [], []
    for one in every.values():
        pair = [every.get(str(one.fields.get(name) or "")) for name in ("before", "after")]
        if one.scene.sensor == "statistic" and pair[0] is not None and pair[1] is not None:
            before, after = (to_micros(of.scene.acquired_at) for of in pair if of is not None)
            fits = np.any([_fits(label, kinds) for label in _labels(str(one.fields.get("method") or ""))], axis=0)
            found.append(Comparison(before, after, fits, covered(one.scene.path).covers))
            boxes.append(one.box)
    return found, boxes


def _labels(method: str) -> list[str]:
    """Return what a method may find, by its name as the record has it; of one that is not here any more, any change."""
    title = method.rpartition(", version")[0]
    return next(([kind.label for kind in one.kinds] for one in METHODS if one.title == title), [""])


def _fits(found: str, kinds: Sequence[str]) -> Bools:
    """Say which kinds of reports may tell of what was found."""
    telling = _TOLD_BY.get(found)
    return np.array([kind in (MARKING_GROUND if telling is None else telling) for kind in kinds], np.bool_)


def _question(sheet: Sheet, of: Layer, upto: str | None) -> Question:
    asked, levels = ask.everything(sheet.record, sheet.user, of, sheet.view.known_at), sheet.record.configuration.markings
    return asked if upto is None else replace(asked, ceiling=min(asked.ceiling, levels.index(upto)))


def _asked(sheet: Sheet, of: Layer, upto: str | None, start: int, end: int) -> tuple[Selection, ...]:
    if of not in ask.layers(sheet.record, sheet.user):
        return ()
    return sheet.record.picture.points[of.id].ask(replace(_question(sheet, of, upto), start=start, end=end))


def _shapes(sheet: Sheet, of: Layer, upto: str | None) -> tuple[Shapes, Ints]:
    """Return a layer's shapes and the rows of them that count."""
    shapes = sheet.record.picture.shapes[of.id]
    if of not in ask.layers(sheet.record, sheet.user):
        return shapes, np.empty(0, np.int64)
    return shapes, np.flatnonzero(shapes.mask(_question(sheet, of, upto)))


def _patrols(sheet: Sheet, upto: str | None) -> Patrols:
    shapes, rows = _shapes(sheet, TRACKS, upto)
    until = np.where(shapes.until[rows] == NO_TIME, shapes.start[rows], shapes.until[rows])
    names = tuple(str(shapes.fields[row].get("name") or shapes.feature[row]) for row in rows.tolist())
    return Patrols(law.Tracks(shapes.geometry[rows], shapes.start[rows], until), shapes.seq[rows], names)


def _last(sheet: Sheet, findings: law.Findings, named: tuple[int, ...], patrols: Patrols, reach: Reach) -> Ints:
    """Return when a patrol that counts was last near each finding."""
    shapes, memory = sheet.record.picture.shapes[TRACKS.id], sheet.record.daily
    rows = np.flatnonzero(np.isin(shapes.seq, patrols.seq)).tolist()
    ways = memory.known({int(shapes.seq[n]): partial(tracked, shapes, n) for n in rows})
    timed = daily.last_near(memory, ways, findings.shapes, ("findings", named), reach.sight_m)
    # Of a track whose vertices have no times only its end is known.
    rough = np.array([not len(ways[seq].begins) for seq in patrols.seq.tolist()], np.bool_)
    tracks = law.Tracks(*(getattr(patrols.tracks, one)[rough] for one in ("shapes", "start", "until")))
    near = law.passed(findings, tracks, replace(reach, days=_EVER_DAYS))
    np.maximum.at(timed, near.finding, np.maximum(tracks.until, tracks.start)[near.other])
    return timed


def incidents(sheet: Sheet, findings: Sequence[str]) -> tuple[str, ...]:
    """Return the incident made of each finding, by their names; blank where none stands that this user may see.

    The incident's own name tells of what it was made: a finding does not, for the incident may be marked higher.
    """
    known_at, named = sheet.view.known_at, [f"{MADE}{of}" for of in findings]
    known = sheet.record.store.current(INCIDENTS.id, named, known_at=to_micros(known_at) if known_at else None)
    if known.retracted.all() or INCIDENTS not in ask.layers(sheet.record, sheet.user):
        return ("",) * len(findings)
    parts = sheet.record.picture.points[INCIDENTS.id].ask(_question(sheet, INCIDENTS, None))
    here = np.isin(known.seq, np.concatenate([part.columns.seq[part.rows] for part in parts] or [np.empty(0, np.int64)]))
    made = {name for name, seen in zip(known.feature, here.tolist(), strict=True) if seen}
    return tuple(name if name in made else "" for name in named)


def inside(shape: shapely.Geometry) -> tuple[float, float, float]:
    """Return a point inside an outline, longitude and latitude, and the radius about it in metres that holds the whole outline."""
    point = shapely.point_on_surface(shape)
    corners = shapely.get_coordinates(shape)
    here = space(np.full(len(corners), point.x), np.full(len(corners), point.y))
    return float(point.x), float(point.y), float(ground_m(here, space(*corners.T)).max())


def union(boxes: Sequence[Box]) -> Box | None:
    """Return the box about boxes; None where there is none, or one that crosses the antimeridian."""
    if not boxes or any(west > east or east - west > 180 for west, _, east, _ in boxes):
        return None
    west, south, east, north = np.array(boxes).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())
