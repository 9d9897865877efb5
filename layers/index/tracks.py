"""Tracks in memory: who came within so many metres of a place, and where everybody was at a time.

Fixes stand in blocks that follow one track; each block has a sphere about it and the time from its first to its last fix. A
question looks at every block's sphere and time, and at the legs of those few that it meets. A block that lies wholly within, as of
a patrol that stands, is one stay: only its closest approach is looked for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from layers.index.fixes import MOST_KMH, Fixes, runs
from layers.spatial.edges import between, onward
from layers.spatial.ground import EARTH, Bools, Floats, Ints, degrees, dot, ground_m, space

Scaled = npt.NDArray[np.int32]

#: Legs of a block.
_BLOCK = 128
#: Places are kept to 1e-7 degrees, a centimetre.
_SCALE = 1e7
#: Longer legs are cut. What a chord of this length and rounding stray from the ground, at most. Farther is not asked.
_PIECE_M, _STRAY_M, _FARTHEST_M = 5_000.0, 1.0, 100_000.0
#: So little may a block be bent on the ground to be taken as plane.
_BENT_M = 2e-3
#: Farther east or west longitudes may jump within a block.
_EDGE = int(179.9 * _SCALE)
#: Blocks that are asked at once, so that what is reckoned stays near the processor; and that are built at once.
_BLOCKS_AT_ONCE, _BUILT_AT_ONCE = 1 << 8, 1 << 12
#: Differences of times between these do not overflow.
_EVER = 1 << 61
_A, _E2 = EARTH.a, EARTH.es


@dataclass(frozen=True, slots=True)
class Passages:
    """Stays of tracks within a distance of a place, by track and time.

    Attributes
    ----------
    track : (n,) int64
    entered, left : (n,) int64
        From when to when, microseconds since 1970 UTC; the begin or the end of what was asked, or of what is known, if it was near then.
    metres : (n,) float64
        The closest approach, geodesic.
    at : (n,) int64
        When that was first.
    lon, lat : (n,) float64
        And where, WGS 84 degrees.
    """

    track: Ints
    entered: Ints
    left: Ints
    metres: Floats
    at: Ints
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.track)

    def take(self, which: Ints) -> Passages:
        """Return some of them."""
        return Passages(*(getattr(self, one.name)[which] for one in fields(self)))

    def by_track(self) -> Passages:
        """Return one row for each track: when it first entered and last left, and its closest approach of all."""
        order = np.lexsort((self.at, self.metres, self.track))
        heads = order[np.diff(self.track[order], prepend=-1) > 0]
        of = np.cumsum(np.diff(self.track, prepend=-1) > 0) - 1
        entered, left = self.entered[heads], self.left[heads]
        np.minimum.at(entered, of, self.entered)
        np.maximum.at(left, of, self.left)
        return Passages(self.track[heads], entered, left, self.metres[heads], self.at[heads], self.lon[heads], self.lat[heads])


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Where each begins and ends among the fixes, the sphere about it, and its time."""

    first: Ints
    last: Ints
    middle: Floats
    reach: Floats
    since: Ints
    until: Ints


@dataclass(frozen=True, slots=True)
class _Held:
    """Fixes, place and time, run by run; ``first`` and ``last`` fix and the track of each run."""

    lon: Scaled
    lat: Scaled
    at: Ints
    first: Ints
    last: Ints
    track: Ints

    def stands(self, fix: Ints) -> Floats:
        """Return where fixes are, in space."""
        return space(self.lon[fix] / _SCALE, self.lat[fix] / _SCALE)


class Tracks:
    """Tracks to be asked any number of times; between fixes they follow the geodesic at even speed.

    Parameters
    ----------
    fixes : Fixes
        Those without place or time are passed over, and legs on which time falls or that are leaps are not followed: ``faults`` says
        which. 10 million take 160 MB and 5 MB more.
    most_kmh : float
        What is faster is a leap.
    """

    def __init__(self, fixes: Fixes, *, most_kmh: float = MOST_KMH) -> None:
        self.count = fixes.count
        self._held = _held(fixes, most_kmh)
        self._blocks = _blocks(self._held)

    @property
    def nbytes(self) -> int:
        """Return how much memory this takes."""
        columns = [getattr(part, one.name) for part in (self._held, self._blocks) for one in fields(part)]
        return sum(int(column.nbytes) for column in columns)

    def within(self, lon: float, lat: float, metres: float, *, start: int, end: int) -> Passages:
        """Return who came within so many metres of a place between two times, however briefly and between whichever fixes.

        Parameters
        ----------
        lon, lat : float
            WGS 84 degrees.
        metres : float
            Geodesic distance on the ground, 0 to 100,000; held to a centimetre, to 5 cm at 100 km. Less than a centimetre is taken as one.
        start, end : int
            Microseconds since 1970 UTC, half-open.

        Raises
        ------
        ValueError
            The place is none on earth, or ``metres`` is not from 0 to 100,000.
        """
        if not (np.isfinite(lon) and abs(lat) <= 90):
            raise ValueError(f"{lon}, {lat} is no place on earth; correct it")
        if not 0 <= metres <= _FARTHEST_M:
            raise ValueError(f"metres must be from 0 to {_FARTHEST_M:,.0f}, got {metres}")
        start, end, metres = max(start, -_EVER), min(end, _EVER), max(metres, 1e-2)
        blocks, place = self._blocks, space(lon, lat)
        there = np.flatnonzero((blocks.since < end) & (blocks.until >= start))
        out = blocks.middle[there] - place
        there = there[dot(out, out) <= (blocks.reach[there] + metres) ** 2]
        disc = _Disc(place, *_plane(lon, lat, metres))
        whole = self._whole(there, place, metres, (start, end))
        parts = [(True, part) for part in _parts(there[whole])] + [(False, part) for part in _parts(there[~whole])]

        def asked(part: tuple[bool, Ints]) -> _Stays:
            return (
                _stood(self._held, blocks.first[part[1]], disc)
                if part[0]
                else _stays(self._held, *self._legs(part[1]), disc, (start, end))
            )

        # numpy works outside the interpreter's lock, so two parts at a time take little more than half as long.
        with ThreadPoolExecutor(2) as pool:
            stays = list(pool.map(asked, parts))
        return _passages(self._held, _joined(stays), place)

    def positions(self, at: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return where each track was at times.

        Parameters
        ----------
        at : int, or array of k
            Microseconds since 1970 UTC.

        Returns
        -------
        lon, lat : (k, tracks) float64
            WGS 84 degrees; NaN before a track's first fix, after its last, and where a fault interrupts it. Of runs that overlap,
            for time fell between them, the first counts.
        """
        held, asked = self._held, np.atleast_1d(np.asarray(at, np.int64))
        when, run = np.nonzero((held.at[held.first] <= asked[:, None]) & (asked[:, None] <= held.at[held.last]))
        low, high, time = held.first[run], held.last[run], asked[when]
        while (high - low > 1).any():
            middle = (low + high) // 2
            reached = held.at[middle] <= time
            low, high = np.where(reached, middle, low), np.where(reached, high, middle)
        share = np.clip((time - held.at[low]) / np.maximum(held.at[high] - held.at[low], 1), 0, 1)
        begin, end = held.stands(low), held.stands(high)
        found = np.full((2, len(asked), self.count), np.nan)
        # Written last to first, so that the first stays.
        place = (when[::-1], held.track[run[::-1]])
        for number, axis in enumerate(degrees(begin + share[:, None] * (end - begin))):
            found[number][place] = axis[::-1]
        return found[0], found[1]

    def _whole(self, block: Ints, place: Floats, metres: float, asked: tuple[int, int]) -> Bools:
        """Say which blocks lie wholly within a distance and a span and hardly reach out, so that they are plane."""
        blocks, held = self._blocks, self._held
        out, reach, first = blocks.middle[block] - place, blocks.reach[block], blocks.first[block]
        steep = 1 + np.abs(np.tan(np.radians(held.lat[first] / _SCALE)))
        found = (blocks.last[block] - first == _BLOCK) & (np.abs(held.lon[first]) < _EDGE)
        found &= (4 * reach * reach * steep <= 2 * _A * _BENT_M) & (np.sqrt(dot(out, out)) + reach < metres - _STRAY_M)
        return np.asarray(found & (blocks.since[block] >= asked[0]) & (blocks.until[block] < asked[1]))

    def _legs(self, block: Ints) -> tuple[Ints, Ints, Bools]:
        """Return the fixes of blocks, in order, to what each leads on, and which begin a leg; a lone fix leads to itself."""
        first, last = self._blocks.first[block], self._blocks.last[block]
        count = np.maximum(last - first, 1) + 1
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        fix = np.minimum(np.repeat(first, count) + offset, np.repeat(last, count))
        return fix, np.append(fix[1:], fix[-1:]), np.append(offset[1:] != 0, False)


@dataclass(frozen=True, slots=True)
class _Disc:
    """The plane that touches the ground at a place, (3, 2), and how far a distance from it reaches there."""

    place: Floats
    axes: Floats
    radius: float


@dataclass(frozen=True, slots=True)
class _Stays:
    """Ways within a disc: from which fix to which, from and to which share of it, how near, and where: on the leg after which fix, at which share."""

    fix: Ints
    to: Ints
    low: Floats
    high: Floats
    away: Floats
    leg: Ints
    share: Floats


def _held(fixes: Fixes, most_kmh: float) -> _Held:
    kept, run = runs(fixes, most_kmh=most_kmh)
    lon, lat, at = fixes.lon[kept], fixes.lat[kept], fixes.at[kept]
    track = fixes.track[kept[np.flatnonzero(np.diff(run, prepend=-1))]]
    lon, lat, at, run = _short(lon, lat, at, run)
    first = np.flatnonzero(np.diff(run, prepend=-1))
    last = np.flatnonzero(np.diff(run, append=-1))
    lon -= 360 * np.round(lon / 360)
    scaled = [np.round(of * _SCALE).astype(np.int32) for of in (lon, lat)]
    return _Held(scaled[0], scaled[1], at, first, last, track)


def _short(lon: Floats, lat: Floats, at: Ints, run: Ints) -> tuple[Floats, Floats, Ints, Ints]:
    """Cut legs along their geodesics until each is short enough for a chord."""
    # A degree is nowhere longer than 111.7 km.
    step = np.where(np.diff(run) == 0, 111_700 * np.hypot((np.diff(lon) + 180) % 360 - 180, np.diff(lat)), 0.0)
    leg = np.flatnonzero(step > _PIECE_M)
    begin, end = (np.column_stack([lon[which], lat[which]]) for which in (leg, leg + 1))
    azimuth, _, metres = between(begin, end)
    more = np.maximum(np.ceil(metres / _PIECE_M), 1).astype(np.int64) - 1
    of = np.repeat(np.arange(len(leg)), more)
    share = (np.arange(len(of)) - np.repeat(np.cumsum(more) - more, more) + 1) / (more[of] + 1)
    made = onward(begin[of], azimuth[of], share * metres[of])
    when = at[leg[of]] + np.round(share * (at[leg[of] + 1] - at[leg[of]])).astype(np.int64)
    before = leg[of] + 1
    lon, lat = (np.insert(old, before, new) for old, new in ((lon, made[:, 0]), (lat, made[:, 1])))
    return lon, lat, np.insert(at, before, when), np.insert(run, before, run[leg[of]])


def _blocks(held: _Held) -> _Blocks:
    many = np.maximum(-(-(held.last - held.first) // _BLOCK), 1)
    run = np.repeat(np.arange(len(many)), many)
    first = held.first[run] + _BLOCK * (np.arange(len(run)) - np.repeat(np.cumsum(many) - many, many))
    last = np.minimum(first + _BLOCK, held.last[run])
    middle, reach = np.empty((len(first), 3)), np.empty(len(first))
    for begin in range(0, len(first), _BUILT_AT_ONCE):
        part = slice(begin, begin + _BUILT_AT_ONCE)
        base = int(first[part][0])
        stands = held.stands(np.arange(base, int(last[part][-1]) + 2).clip(max=len(held.at) - 1))
        ends = np.column_stack([first[part], last[part] + 1]).ravel() - base
        low, high = (of.reduceat(stands, ends)[::2] for of in (np.minimum, np.maximum))
        middle[part] = (low + high) / 2
        reach[part] = np.sqrt(dot(high - low, high - low)) / 2 + _STRAY_M
    return _Blocks(first, last, middle, reach, held.at[first], held.at[last])


def _plane(lon: float, lat: float, metres: float) -> tuple[Floats, float]:
    """Return east and north at a place, and how far a geodesic distance reaches in the plane through them."""
    x, y = np.radians(lon), np.radians(lat)
    east = [-np.sin(x), np.cos(x), 0.0]
    north = [-np.sin(y) * np.cos(x), -np.sin(y) * np.sin(x), np.cos(y)]
    round_m = _A * np.sqrt(1 - _E2) / (1 - _E2 * np.sin(y) ** 2)
    return np.array([east, north]).T, float(round_m * np.sin(metres / round_m))


def _stays(held: _Held, fix: Ints, to: Ints, is_leg: Bools, disc: _Disc, asked: tuple[int, int]) -> _Stays:
    """Return the legs that are within a disc between two times."""
    x, y = ((held.stands(fix) - disc.place) @ disc.axes).T.copy()
    over = x * x + y * y - disc.radius**2
    leg = np.flatnonzero(is_leg)
    leg = leg[(held.at[fix[leg]] < asked[1]) & (held.at[to[leg]] >= asked[0])]
    run_x, run_y = x[leg + 1] - x[leg], y[leg + 1] - y[leg]
    square, half = run_x * run_x + run_y * run_y, x[leg] * run_x + y[leg] * run_y
    root = half * half - square * over[leg]
    there = np.flatnonzero((root >= 0) & ((square > 0) | (over[leg] <= 0)))
    leg, square, half, root = leg[there], np.maximum(square[there], 1e-12), half[there], np.sqrt(root[there])
    low = np.where(over[leg] <= 0, 0.0, (-half - root) / square)
    high = np.where(over[leg + 1] <= 0, 1.0, (-half + root) / square)
    begun, ended = held.at[fix[leg]], held.at[to[leg]]
    took = np.maximum(ended - begun, 1)
    low = np.maximum(low, np.maximum(asked[0] - begun, 0) / took)
    high = np.minimum(high, np.where(ended > asked[1], (asked[1] - begun) / took, 1.0))
    share = np.clip(-half / square, low, high)
    away = np.hypot(x[leg] + share * run_x[there], y[leg] + share * run_y[there])
    found = np.flatnonzero((low <= high) & (low <= 1) & (high >= 0))
    whole = _Stays(fix[leg], to[leg], low, high, away, fix[leg], share)
    return _Stays(*(getattr(whole, one.name)[found] for one in fields(whole)))


def _stood(held: _Held, first: Ints, disc: _Disc) -> _Stays:
    """Return whole blocks, by their first fixes, as a stay each, with where it comes nearest; on so little ground degrees are even."""
    lon, lat = held.lon[first] / _SCALE, held.lat[first] / _SCALE
    begin = (space(lon, lat) - disc.place) @ disc.axes
    # A ten-thousandth of a degree, 11 m: as long as a block, so that the ground's bend in it is the block's own.
    step = 1e-4 * _SCALE
    east, north = ((space(lon + x, lat + y) - disc.place) @ disc.axes - begin for x, y in ((1e-4, 0.0), (0.0, 1e-4)))
    fix = first[:, None] + np.arange(_BLOCK + 1)
    right, upward = ((axis[fix] - axis[first][:, None]) / step for axis in (held.lon, held.lat))
    x, y = (begin[:, [n]] + right * east[:, [n]] + upward * north[:, [n]] for n in (0, 1))
    run_x, run_y = np.diff(x), np.diff(y)
    x, y = x[:, :-1], y[:, :-1]
    share = np.clip(-(x * run_x + y * run_y) / np.maximum(run_x * run_x + run_y * run_y, 1e-12), 0, 1)
    square = (x + share * run_x) ** 2 + (y + share * run_y) ** 2
    nearest, row = square.argmin(axis=1), np.arange(len(first))
    none, one = np.zeros(len(first)), np.ones(len(first))
    return _Stays(first, first + _BLOCK, none, one, np.sqrt(square[row, nearest]), first + nearest, share[row, nearest])


def _parts(blocks: Ints) -> list[Ints]:
    return [blocks[begin : begin + _BLOCKS_AT_ONCE] for begin in range(0, len(blocks), _BLOCKS_AT_ONCE)]


def _joined(parts: list[_Stays]) -> _Stays:
    nothing = [np.zeros(0, np.int64)] * 2 + [np.zeros(0)] * 3 + [np.zeros(0, np.int64), np.zeros(0)]
    columns = [[getattr(part, one.name) for part in parts] for one in fields(_Stays)]
    whole = _Stays(*(np.concatenate([none, *column]) for none, column in zip(nothing, columns, strict=True)))
    order = np.argsort(whole.fix, kind="stable")
    return _Stays(*(getattr(whole, one.name)[order] for one in fields(_Stays)))


def _passages(held: _Held, stays: _Stays, place: Floats) -> Passages:
    """Put stays on legs that follow one another together."""
    run = np.searchsorted(held.first, stays.fix, side="right") - 1
    on = (stays.to[:-1] == stays.fix[1:]) & (np.diff(run) == 0) & (stays.high[:-1] >= 1) & (stays.low[1:] <= 0)
    head = np.append(True, ~on)[: len(run)]
    heads, of = np.flatnonzero(head), np.cumsum(head) - 1
    lasts = np.append(heads[1:], len(run))[: len(heads)] - 1
    least = np.minimum.reduceat(stays.away, heads) if len(heads) else stays.away
    nearest = np.flatnonzero(stays.away == least[of])
    nearest = nearest[np.diff(of[nearest], prepend=-1) > 0]
    fix, share = stays.leg[nearest], stays.share[nearest]
    to = np.minimum(fix + 1, stays.to[nearest])
    begin = held.stands(fix)
    lon, lat = degrees(begin + share[:, None] * (held.stands(to) - begin))
    metres = ground_m(np.broadcast_to(place, (len(lon), 3)), space(lon, lat))

    def time(begin: Ints, end: Ints, share: Floats) -> Ints:
        begun = held.at[begin]
        return begun + np.round(share * (held.at[end] - begun)).astype(np.int64)

    entered, left = (time(stays.fix[of], stays.to[of], share[of]) for of, share in ((heads, stays.low), (lasts, stays.high)))
    return Passages(held.track[run[heads]], entered, left, metres, time(fix, to, share), lon, lat)
