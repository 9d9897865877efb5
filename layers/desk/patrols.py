"""Patrols of a view: each with its legs, what was driven of them, and whether its report came in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import shapely

from layers import access
from layers.analysis import patrols as law
from layers.analysis.patrols import USUAL, Driven, Law, Leg, State, Track
from layers.catalogue.patrol_routes import LAYER as ROUTES
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.patrol_tracks import REPORTED
from layers.desk import question as ask
from layers.desk.accounts import at
from layers.desk.heard import LIVE
from layers.desk.passages import TIMES
from layers.desk.sheet import Sheet
from layers.index import Shapes
from layers.model import NO_TIME, Box, from_micros, to_micros
from layers.notation import dtg

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
_MINUTE = 60_000_000
#: From so many hours on a span is told by the day.
_DAYS_H = 48
#: Legs and tracks of a patrol so far outside the view's window are looked at too.
_AROUND = timedelta(days=1)
#: Whose report is awaited is looked for so far back; what is due for longer nobody waits for.
_BACK = timedelta(days=30)
_FORGOTTEN_US = _BACK // timedelta(microseconds=1)
#: A patrol that sends where it is has come back, or is lost, when nothing was heard of it for so long.
_SILENT_US = 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class LegTold:
    """One leg: its number, its planned times (microseconds since 1970 UTC, or NO_TIME), what became of it, and when its end was reached."""

    seq: int
    number: int
    begins: int
    ends: int
    state: State
    share: float
    done_at: int


@dataclass(frozen=True, slots=True)
class Patrol:
    """One patrol of a view.

    Attributes
    ----------
    name, sector, task : str
        As the plan says, or the track where there is no plan.
    legs : tuple of LegTold
        In the order of travel; none of a patrol without a plan.
    tracks : tuple of (str, int)
        Its tracks, each by its id and version.
    box : tuple of float
        The ground it covers: west, south, east, north in degrees.
    first : int
        When it was planned or began, whichever is earlier.
    begun, ended : int
        When it left and came back, microseconds since 1970 UTC; NO_TIME where no track tells.
    reported : int
        When its report was received.
    due : int
        When its report is due: two hours after it came back.
    faults : tuple of str
        What is wrong with its plan or tracks, in words.
    state : str
        Of its legs the gravest; of a patrol without a plan ``done``.
    rank : int
        The highest rank of a marking of any of it.
    """

    name: str
    sector: str
    task: str
    legs: tuple[LegTold, ...]
    tracks: tuple[tuple[str, int], ...]
    box: Box
    first: int
    begun: int
    ended: int
    reported: int
    due: int
    faults: tuple[str, ...]
    state: State
    rank: int

    @property
    def planned(self) -> bool:
        """Say whether a plan is known."""
        return bool(self.legs)

    @property
    def parts(self) -> set[tuple[str, int]]:
        """Return its legs and tracks, each by its layer and version."""
        return {(ROUTES.id, leg.seq) for leg in self.legs} | {(TRACKS.id, seq) for _, seq in self.tracks}

    @property
    def became(self) -> str:
        """Return what became of its legs, in words: ``2 done, 2 missed``."""
        states = [leg.state for leg in self.legs]
        return ", ".join(f"{states.count(state)} {state}" for state in reversed(GRAVEST) if state in states)

    def report(self, now: int) -> str:
        """Return how the patrol report stands, in words; blank where none is due."""
        if self.reported != NO_TIME:
            late = self.due != NO_TIME and self.reported > self.due
            return f"received {dtg(from_micros(self.reported))}{', late' if late else ''}"
        if self.due == NO_TIME:
            return ""
        if now - self.due > _FORGOTTEN_US:
            return "none on record"
        return f"overdue by {lasted(now - self.due)}" if self.overdue(now) else f"due {dtg(from_micros(self.due))}"

    def overdue(self, now: int) -> bool:
        """Say whether its report should have been received by a moment, and not so long before it that nobody waits for it."""
        return self.awaited and 0 < now - self.due <= _FORGOTTEN_US

    @property
    def awaited(self) -> bool:
        """Say whether it came back and nobody has its report yet."""
        return self.reported == NO_TIME and self.due != NO_TIME

    @property
    def open(self) -> bool:
        """Say whether somebody must still hear of it: its report is awaited, or a leg is overdue."""
        return self.awaited or self.state == "overdue"


@dataclass(frozen=True, slots=True)
class Patrols:
    """The patrols of a view, those that need somebody's eyes first, as things stand at ``now``, microseconds since 1970 UTC.

    ``may_receive`` says whether the user may say that a report was received; ``before`` are patrols from before the view,
    of the last 30 days, that are open.
    """

    now: int
    every: tuple[Patrol, ...]
    may_receive: bool
    before: tuple[Patrol, ...] = ()

    @property
    def late(self) -> int:
        """Return how many reports are overdue, those from before the view among them."""
        return sum(one.overdue(self.now) for one in (*self.before, *self.every))


#: The gravest first, in the order in which patrols are listed.
GRAVEST: tuple[State, ...] = ("overdue", "missed", "under way", "late", "done", "planned")


def patrols(sheet: Sheet, rules: Law = USUAL) -> Patrols:
    """Return the patrols that a sheet's view plans or that were driven in it, those that need somebody's eyes first, then the newest.

    A view that is open looks as far ahead as back.
    What bears one name is one patrol as long as no more time lies between than after which a leg is missed.
    """
    now, first = to_micros(sheet.moment), sheet.window.start
    last = sheet.window.end or (sheet.moment + (sheet.moment - first) if first else None)
    begin, end = (to_micros(edge) if edge else None for edge in (first, last))
    wide = at(sheet, start=first - _AROUND if first else None, end=last + _AROUND if last else None)
    found = _found(wide, rules, lambda rows: any(row.touches(begin, end) for row in rows))
    may = sheet.view.known_at is None and access.may(sheet.user, "set the status")
    return Patrols(now, tuple(found), may)


def unsettled(sheet: Sheet, rules: Law = USUAL) -> tuple[Patrol, ...]:
    """Return the patrols that are open at a sheet's moment: of the 30 days before, whenever its window begins, the longest due first.

    Those that begin after its window are not of them.
    """
    now, end = to_micros(sheet.moment), min(sheet.window.end or sheet.moment, sheet.moment)
    month = at(sheet, start=sheet.moment - _BACK, end=end, by="occurred")
    lately = now - rules.late_us - rules.lost_us

    def may_be(rows: list[Row]) -> bool:
        tracks = [row for row in rows if row.track]
        out = any(not row.track and lately <= row.until <= now for row in rows)
        return out or (bool(tracks) and not any(row.text(REPORTED) for row in tracks))

    found = [one for one in _found(month, rules, may_be) if one.open]
    return tuple(sorted(found, key=lambda one: (not one.overdue(now), one.due if one.awaited else one.first, one.name)))


def whole(sheet: Sheet) -> Patrols:
    """Return the patrols of a sheet's view, and those from before it that are open."""
    found = patrols(sheet)
    here = {part for one in found.every for part in one.parts}
    return replace(found, before=tuple(one for one in unsettled(sheet) if here.isdisjoint(one.parts)))


def _found(sheet: Sheet, rules: Law, keep: Callable[[list[Row]], bool]) -> list[Patrol]:
    """Return the patrols whose rows are kept, those that need somebody's eyes first, then the newest."""
    now, named = to_micros(sheet.moment), defaultdict[str, list[Row]](list)
    for row in (*held(sheet, ROUTES.id), *held(sheet, TRACKS.id)):
        named[row.patrol].append(row)
    found = [_patrol(name, one, now, rules) for name, rows in named.items() for one in apart(rows, rules) if keep(one)]
    return sorted(found, key=lambda one: (not one.overdue(now), GRAVEST.index(one.state), -one.first, one.name))


@dataclass(frozen=True, slots=True)
class Row:
    """A feature: whether it is a track, its version, how its marking ranks, its shape, its times, and what else is said of it."""

    track: bool
    seq: int
    rank: int
    feature: str
    shape: shapely.Geometry
    start: int
    until: int
    said: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return what is said under a name, blank where nothing is."""
        return str(self.said.get(name) or "")

    @property
    def patrol(self) -> str:
        """Return the patrol it is of: its planned route's name, else its own."""
        return (self.text("route") if self.track else "") or self.text("name") or self.feature

    def touches(self, begin: int | None, end: int | None) -> bool:
        """Say whether any of it lies in a span; what has no time does."""
        early = end is not None and self.start != NO_TIME and self.start >= end
        return not early and (begin is None or self.until == NO_TIME or self.until >= begin)


def held(sheet: Sheet, layer: str, upto: int = access.UNLIMITED) -> Iterator[Row]:
    """Yield the features of a layer that a sheet holds, the earliest first; none where its user has no such layer.

    Those whose marking ranks above ``upto`` are passed over.
    """
    of = next((one for one in ask.layers(sheet.record, sheet.user) if one.id == layer), None)
    if of is None:
        return
    shapes, rows = sheet.shapes(of)
    rows = rows[shapes.marking[rows] <= upto]
    for n in rows[np.lexsort((shapes.seq[rows], shapes.start[rows]))].tolist():
        yield _row(shapes, n, of.id)


def tracked(shapes: Shapes, n: int) -> Track:
    """Return one of the shapes of tracks as the law reads it."""
    return track(_row(shapes, n, TRACKS.id))


def _row(shapes: Shapes, n: int, layer: str) -> Row:
    line, times = shapes.geometry[n], (int(shapes.start[n]), int(shapes.until[n]))
    seq, rank = int(shapes.seq[n]), int(shapes.marking[n])
    return Row(layer == TRACKS.id, seq, rank, shapes.feature[n], line, *times, shapes.fields[n])


def seen(sheet: Sheet) -> list[Track]:
    """Return the tracks that a sheet holds, as the law reads them."""
    return [track(row) for row in held(sheet, TRACKS.id)]


def track(row: Row) -> Track:
    """Return a track as the law reads it."""
    return Track(row.shape, times_of(row))


def apart(rows: Sequence[Row], rules: Law) -> Iterator[list[Row]]:
    """Yield those of one name that are one patrol, the earliest first; what has no time stands by itself."""
    one: list[Row] = []
    last = NO_TIME
    for row in sorted(rows, key=lambda row: row.start):
        if one and (row.start == NO_TIME or one[0].start == NO_TIME or row.start > last + rules.lost_us):
            yield one
            one, last = [], NO_TIME
        one.append(row)
        last = max(last, row.start, row.until)
    if one:
        yield one


def _patrol(name: str, rows: Sequence[Row], now: int, rules: Law) -> Patrol:
    plan = _ordered(row for row in rows if not row.track)
    tracks = [row for row in rows if row.track]
    drove = [track(row) for row in tracks]
    trail = law.trail(drove, rules)
    driven = [law.driven(_planned(row), trail, now, rules) for row in plan]
    said = (plan or tracks)[0]
    driving = any(one.state == "under way" for one in driven)
    ended = NO_TIME if driving or _out(tracks, now) else max((row.until for row in tracks if _trusted(row)), default=NO_TIME)
    return Patrol(
        name=name,
        sector=said.text("sector"),
        task=said.text("task"),
        legs=tuple(_leg(n, row, one) for n, (row, one) in enumerate(zip(plan, driven, strict=True), start=1)),
        tracks=tuple((row.feature, row.seq) for row in tracks),
        box=_box(rows),
        first=min((row.start for row in rows if row.start != NO_TIME), default=NO_TIME),
        begun=min((row.start for row in tracks if row.start != NO_TIME), default=NO_TIME),
        ended=ended,
        reported=max((_micros(row.text(REPORTED)) for row in tracks), default=NO_TIME),
        due=ended + rules.report_us if ended != NO_TIME else NO_TIME,
        faults=tuple(_faults(name, plan, tracks, drove)),
        state=min((one.state for one in driven), key=GRAVEST.index, default="under way" if _out(tracks, now) else "done"),
        rank=max(row.rank for row in rows),
    )


def _out(tracks: Sequence[Row], now: int) -> bool:
    """Say whether a patrol whose fixes come in as it moves has been heard of lately."""
    return any(row.feature.startswith(LIVE) and now - row.until < _SILENT_US for row in tracks)


def _trusted(row: Row) -> bool:
    """Say whether the times of a track can tell when it ended: they do not run backwards."""
    return bool((np.diff(times_of(row)) >= 0).all())


def _box(rows: Sequence[Row]) -> Box:
    west, south, east, north = shapely.total_bounds([row.shape for row in rows]).tolist()
    return west, south, east, north


def _leg(n: int, row: Row, one: Driven) -> LegTold:
    return LegTold(row.seq, _number(row) or n, row.start, row.until, one.state, one.share, one.done_at)


def _number(row: Row) -> int:
    leg = row.said.get("leg")
    return int(leg) if isinstance(leg, int | float) else 0


def times_of(row: Row) -> Ints:
    """Return when a track was at its vertices; none where its times cannot be read, or it has no start."""
    said = row.text(TIMES).split()
    try:
        seconds = np.array(said, np.float64)
    except ValueError:
        return np.empty(0, np.int64)
    if row.start == NO_TIME or not np.isfinite(seconds).all():
        return np.empty(0, np.int64)
    return np.asarray(row.start + np.round(seconds * 1e6).astype(np.int64), np.int64)


def _micros(iso: str) -> int:
    return to_micros(datetime.fromisoformat(iso)) if iso else NO_TIME


def _faults(name: str, plan: Sequence[Row], tracks: Sequence[Row], seen: Sequence[Track]) -> Iterator[str]:
    yield from (words for _, words in misplanned(plan))
    for n, (row, track) in enumerate(zip(tracks, seen, strict=True), start=1):
        called = row.text("name") or row.feature
        own = f"Its track {n}" if len(tracks) > 1 else "Its track"
        for fault in law.faults(track):
            yield f"{own if called == name else called} {fault}"


def _ordered(legs: Iterable[Row]) -> list[Row]:
    return sorted(legs, key=lambda row: (_number(row), row.start))


def misplanned(legs: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Yield which legs of one patrol's plan are amiss, and how: a number that stands twice, times that overlap or run backwards."""
    plan, met = _ordered(legs), Counter[int]()
    for row in plan:
        met[_number(row)] += 1
        if _number(row) and met[_number(row)] == 2:
            yield row, f"Leg {_number(row)} stands more than once in the plan"
    for n, fault in law.overlapping([_planned(row) for row in plan]):
        yield plan[n], f"Leg {_number(plan[n]) or n + 1} {fault}"


def _planned(row: Row) -> Leg:
    return Leg(row.shape, row.start, row.until)


def lasted(micros: int) -> str:
    """Return a span in words, to the minute; one of two days or more to the hour.

    Examples
    --------
    >>> lasted(45 * 60_000_000), lasted(80 * 60_000_000), lasted(120 * 60_000_000)
    ('45 min', '1 h 20 min', '2 h')
    >>> lasted(75 * 3_600_000_000)
    '3 d 3 h'
    """
    hours, minutes = divmod(micros // _MINUTE, 60)
    if hours >= _DAYS_H:
        return f"{hours // 24:,} d {hours % 24} h"
    return " ".join(part for part in (f"{hours:,} h" if hours else "", f"{minutes} min" if minutes or not hours else "") if part)
