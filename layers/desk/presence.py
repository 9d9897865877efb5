"""Where each patrol was at a time, and who was near a place, from the tracks in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Generic, TypeVar

import numpy as np
import shapely

from layers import access
from layers.analysis.patrols import USUAL
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.desk import spared
from layers.desk.accounts import at as asked_at
from layers.desk.answers import Json, distance
from layers.desk.observed import named
from layers.desk.patrols import Row, held, times_of
from layers.desk.places import POSITIONS, SETTLEMENTS
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.index import Fixes, Passages, Tracks
from layers.model import NO_TIME, Versions, from_micros, to_micros
from layers.notation import dtg, format_mgrs, parse_positions, parse_times
from layers.spatial.ground import Floats, Ints

#: A patrol whose last fix is older than this is not out.
LOST_US = 24 * 3_600_000_000
#: Farther is not asked.
MOST_M = 100_000.0
#: An incident's card tells who came so near within so long before or after it, so many at most.
_CARD_M, _CARD_US, _CARD_MOST = 2_000.0, 3_600_000_000, 3
_DAY_US = 86_400_000_000
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a patrol was at a time.

    Attributes
    ----------
    patrol : str
    seq : int
        The version of its track.
    lon, lat : float
        WGS 84 degrees: between two fixes along the geodesic at even speed, else where its last fix is.
    grid : str
        The same in MGRS.
    before, after : int
        The fixes it was between, microseconds since 1970 UTC; ``after`` is NO_TIME where the last fix before is all that is known.
    age : int
        How old the fix before was, microseconds.
    """

    patrol: str
    seq: int
    lon: float
    lat: float
    grid: str
    before: int
    after: int
    age: int


@dataclass(frozen=True, slots=True)
class Near:
    """What is asked: within so many metres of a place (WGS 84 degrees, and in MGRS) between two times, half-open, microseconds."""

    lon: float
    lat: float
    grid: str
    metres: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A patrol that came near a place: how near, when and where that was, and when it was first and last within reach."""

    patrol: str
    seq: int
    metres: float
    at: int
    lon: float
    lat: float
    grid: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Known(Generic[Found]):
    """An answer: what was found, how many tracks tell nothing as they have no usable times, and up to which marking it tells."""

    found: tuple[Found, ...]
    silent: int
    upto: str


@dataclass(frozen=True, slots=True)
class _Driven:
    """Tracks in memory, in pieces without a gap; of each its first and last fix, its patrol and its version."""

    tracks: Tracks
    fixes: Fixes
    first: Ints
    last: Ints
    patrol: tuple[str, ...]
    seq: tuple[int, ...]
    silent: int


def moment(text: str, now: int) -> int:
    """Return a time as a person writes it, microseconds since 1970 UTC; blank is ``now``.

    Raises
    ------
    LayersError
        It is no time.
    """
    if not text.strip():
        return now
    read = parse_times([text[:40]], reference=from_micros(now))
    if read.micros[0] == NO_TIME:
        raise LayersError(f"{read.fault[0]}; write for example {dtg(from_micros(now))}")
    return int(read.micros[0])


def stood(sheet: Sheet, at: int) -> Known[Stood]:
    """Return where each patrol was at a time, those with the newest fix first; none whose last fix was a day old."""
    upto = _upto(sheet)
    of = _driven(sheet, sheet.record.configuration.markings.index(upto), (at - LOST_US, at + 1))
    newest: dict[str, tuple[int, int]] = {}
    for piece in np.flatnonzero(of.fixes.at[of.first] <= at).tolist():
        low, high = int(of.first[piece]), int(of.last[piece]) + 1
        fix = low + int(np.searchsorted(of.fixes.at[low:high], at, side="right")) - 1
        patrol = of.patrol[piece]
        if at - of.fixes.at[fix] <= LOST_US and (patrol not in newest or of.fixes.at[fix] >= of.fixes.at[newest[patrol][1]]):
            newest[patrol] = piece, fix
    lon, lat = (axis[0] for axis in of.tracks.positions(at))
    found = [_stood(of, piece, fix, at, (lon[piece], lat[piece])) for piece, fix in newest.values()]
    return Known(tuple(sorted(found, key=lambda one: (one.age, one.patrol))), of.silent, upto)


def near(sheet: Sheet, place: str, metres: float, span: tuple[str, str]) -> Near:
    """Return what is asked as a person wrote it, the place by its grid or name; of the span's ends a blank one is the view's own, or a day before the other.

    Raises
    ------
    LayersError
        The place or a time cannot be read, the distance is not from 1 m to 100 km, or the span ends before it begins.
    """
    lon, lat = _placed(sheet, place[:200])
    if not 1 <= metres <= MOST_M:
        raise LayersError(f"{metres:,.0f} m is no distance that can be asked; give one from 1 to {MOST_M:,.0f} m")
    end = moment(span[1], to_micros(sheet.window.end or sheet.moment))
    start = moment(span[0], to_micros(sheet.window.start) if sheet.window.start else end - LOST_US)
    if start >= end:
        raise LayersError(
            f"the span from {dtg(from_micros(start))} to {dtg(from_micros(end))} ends before it begins; exchange them"
        )
    return Near(lon, lat, _grid(lon, lat), metres, start, end)


def _placed(sheet: Sheet, place: str) -> tuple[float, float]:
    """Return a place in any notation, or the one post or settlement of that name that the page may tell of."""
    read = parse_positions([place])
    if np.isfinite(read.lon[0]):
        return float(read.lon[0]), float(read.lat[0])
    name = " ".join(place.split()).casefold()
    stand = [
        at for of in (POSITIONS, SETTLEMENTS) for at in named(sheet.record, sheet.user, _upto(sheet), layer=of).get(name, ())
    ]
    if len(stand) > 1:
        raise LayersError(f"{len(stand)} places are called {place!r}; write the grid of the one that is meant")
    if not stand:
        why = f"{read.fault[0]}, and no post or settlement is called so" if name else "no place is given"
        raise LayersError(f"{why}; write a grid, degrees or a name, such as 41K NU 0140 1654")
    return stand[0]


def passed(sheet: Sheet, asked: Near) -> Known[Passed]:
    """Return which patrols came near a place, the nearest first."""
    upto = _upto(sheet)
    of = _driven(sheet, sheet.record.configuration.markings.index(upto), (asked.start, asked.end))
    return Known(_passed_by(of, asked), of.silent, upto)


def rows(sheet: Sheet, one: Versions, upto: str | None = None) -> list[Json]:
    """Return which patrols were near a version's place an hour either side of when it occurred, as the card's rows of label and value.

    Of tracks marked no higher than ``upto``. Nothing for what is told by a cell and a week only.
    """
    if one.start[0] == NO_TIME or len(spared.spared(one)):
        return []
    lon, lat, at = float(one.lon[0]), float(one.lat[0]), int(one.start[0])
    asked = Near(lon, lat, "", _CARD_M, at - _CARD_US, at + _CARD_US)
    markings = sheet.record.configuration.markings
    found = _passed_by(
        _driven(sheet, access.UNLIMITED if upto is None else markings.index(upto), (asked.start, asked.end)), asked
    )
    return [
        {
            "label": "Patrol near then",
            "value": f"{who.patrol}, {distance(who.metres)}, {dtg(from_micros(who.at))}",
            "to": {"layer": TRACKS.id, "id": who.seq},
        }
        for who in found[:_CARD_MOST]
    ]


def _upto(sheet: Sheet) -> str:
    """Return the marking of the page that a sheet's view is shown on, above which nothing is told."""
    return sheet.marking() or sheet.record.configuration.markings[0]


def _driven(sheet: Sheet, rank: int, span: tuple[int, int]) -> _Driven:
    """Return the tracks of whole days about a span that a sheet's filters keep, in memory until one of them changes."""
    view, shapes = replace(sheet.view, last="all", start=None, end=None), sheet.record.picture.shapes[TRACKS.id]
    start, end = (from_micros(max(day, 0) * _DAY_US) for day in (span[0] // _DAY_US, -(-span[1] // _DAY_US)))
    whole = asked_at(sheet, start=start, end=end)
    key = sheet.user, view.text, rank, start, end
    return sheet.record.driven.kept(key, shapes, lambda: _indexed(list(held(whole, TRACKS.id, rank))))


def _indexed(rows: Sequence[Row]) -> _Driven:
    usable = [(row, at) for row in rows if _runs(row, at := times_of(row))]
    pieces = list(_pieces(usable))
    count = np.array([len(at) for _, _, at in pieces], np.int64)
    places = np.concatenate([np.empty((0, 2)), *(places for _, places, _ in pieces)])
    at = np.concatenate([np.empty(0, np.int64), *(at for _, _, at in pieces)])
    fixes = Fixes(np.repeat(np.arange(len(count)), count), places[:, 0].copy(), places[:, 1].copy(), at)
    last = np.cumsum(count) - 1
    named, seq = tuple(row.patrol for row, _, _ in pieces), tuple(row.seq for row, _, _ in pieces)
    return _Driven(Tracks(fixes), fixes, last - count + 1, last, named, seq, len(rows) - len(usable))


def _runs(row: Row, at: Ints) -> bool:
    """Say whether a track has a time for each fix, and time runs forwards."""
    return len(at) == shapely.get_num_coordinates(row.shape) > 0 and bool((np.diff(at) >= 0).all())


def _pieces(rows: Sequence[tuple[Row, Ints]]) -> Iterator[tuple[Row, Floats, Ints]]:
    """Yield tracks piece by piece: across a gap, or from one line of several to the next, nobody knows where a patrol was."""
    for row, at in rows:
        places, line = shapely.get_coordinates(shapely.get_parts(row.shape), return_index=True)
        cuts = np.flatnonzero((np.diff(line) != 0) | (np.diff(at) > USUAL.gap_us)) + 1
        yield from zip(repeat(row), np.split(places, cuts), np.split(at, cuts), strict=False)


def _stood(of: _Driven, piece: int, fix: int, at: int, place: tuple[float, float]) -> Stood:
    between = fix < of.last[piece] and bool(np.isfinite(place[0]))
    lon, lat = place if between else (of.fixes.lon[fix], of.fixes.lat[fix])
    before, after = int(of.fixes.at[fix]), int(of.fixes.at[fix + 1]) if between else NO_TIME
    return Stood(of.patrol[piece], of.seq[piece], float(lon), float(lat), _grid(lon, lat), before, after, at - before)


def _passed_by(of: _Driven, asked: Near) -> tuple[Passed, ...]:
    """Return who came within reach, the nearest first."""
    met = of.tracks.within(asked.lon, asked.lat, asked.metres, start=asked.start, end=asked.end)
    by_patrol: dict[str, list[int]] = defaultdict(list)
    for n, piece in enumerate(met.track.tolist()):
        by_patrol[of.patrol[piece]].append(n)
    found = [_passed(of, met, patrol, np.array(which)) for patrol, which in by_patrol.items()]
    return tuple(sorted(found, key=lambda one: (one.metres, one.patrol)))


def _passed(of: _Driven, met: Passages, patrol: str, rows: Ints) -> Passed:
    nearest = int(rows[np.lexsort((met.at[rows], met.metres[rows]))[0]])
    lon, lat = float(met.lon[nearest]), float(met.lat[nearest])
    return Passed(
        patrol, of.seq[int(met.track[nearest])], float(met.metres[nearest]), int(met.at[nearest]), lon, lat, _grid(lon, lat),
        int(met.entered[rows].min()), int(met.left[rows].max()),
    )  # fmt: skip


def _grid(lon: float, lat: float) -> str:
    return str(format_mgrs(np.array([lon]), np.array([lat]))[0])
