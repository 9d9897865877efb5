"""Following, off a line, where left of it becomes right of it: stride by stride, each piece sought on a circle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from layers.spatial.edges import between, onward
from layers.spatial.ground import Bools, Floats, Ints, dot, space
from layers.spatial.lines import LineIndex

#: Shares of the radius: how far a straight piece may turn out of its way, the longest piece, the shortest, what counts as out.
_ASTRAY, _LONGEST, _SHORTEST, _OUT = 4e-4, 0.028, 1e-4, 1.003
#: Of the distance to the line: so far at most a stride goes, so that it never meets the line. And pieces of a stride.
_CLEAR, _PIECES = 0.6, 8
#: Where to look for the next corner, in degrees from the way so far: all round, closest where the way would nearly turn back.
_AHEAD = np.linspace(-150, 150, 49)
_ASIDE = 180 - 30 * 0.75 ** np.arange(1, 15)
_LOOKS = np.concatenate([-_ASIDE[::-1], _AHEAD, _ASIDE])
_AROUND, _CLOSER = 721, (17, 17)
#: Off the line: farther than this share of a circle's radius. And azimuths that are alike.
_OFF, _LIKE = 1e-3, 45.0
#: Strides, at most: so many, and so many more for each radius of the line's length.
_STRIDES, _STRIDES_A_RADIUS = 2_000, 40


@dataclass(frozen=True, slots=True)
class Seeds:
    """Places that ways come from and lead to.

    Attributes
    ----------
    at : (n, 2) float64
        WGS 84 degrees.
    reach : (n,) float64
        Metres within which every way from it is straight.
    ends : (n,) float64
        A way that comes so near to it ends here.
    """

    at: Floats
    reach: Floats
    ends: Floats

    def then(self, other: Seeds) -> Seeds:
        """Return these and others."""
        return Seeds(*(np.concatenate([getattr(of, one.name) for of in (self, other)]) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Fronts:
    """How far ways have been followed.

    Attributes
    ----------
    at : (n, 2) float64
        WGS 84 degrees.
    azimuth : (n,) float64
        Whereto.
    metres : (n,) float64
        Distance from the line.
    left : (n,) bool
        What is left of the line lies to the left of the way.
    pace : (n,) float64
        Metres of the next piece.
    seed : (n,) int64
        Where each came from.
    free : (n,) bool
        The next piece may turn anywhere.
    """

    at: Floats
    azimuth: Floats
    metres: Floats
    left: Bools
    pace: Floats
    seed: Ints
    free: Bools

    def __len__(self) -> int:
        return len(self.seed)

    def take(self, which: Ints) -> Fronts:
        """Return some of them."""
        return Fronts(*(getattr(self, one.name)[which] for one in fields(self)))

    def then(self, other: Fronts) -> Fronts:
        """Return these and others."""
        return Fronts(*(np.concatenate([getattr(of, one.name) for of in (self, other)]) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Way:
    """A way to its end.

    Attributes
    ----------
    at : (n, 2) float64
        Its corners, in degrees.
    seed, to : int
        Where it comes from and leads to; -1 for out of reach of the line.
    leaves, arrives : float
        Its azimuths there.
    """

    at: Floats
    seed: int
    to: int
    leaves: float
    arrives: float


def geodesic(begin: Floats, end: Floats, metres: float) -> Floats:
    """Return a geodesic between two places as corners no farther apart than the longest piece for a radius of so many metres."""
    azimuth, _, size = (float(one[0]) for one in between(begin[None], end[None]))
    count = int(np.ceil(size / (_LONGEST * metres))) + 1
    found = onward(np.repeat(begin[None], count, axis=0), np.full(count, azimuth), np.linspace(0, size, count))
    # To the last bit, or what is cut along it does not come apart.
    found[0] = begin
    return found


def sprung(index: LineIndex, seeds: Seeds, before: int) -> Fronts:
    """Return the ways that come from seeds: where the side changes on a circle about each, off the line.

    ``before`` is the number of the first seed.
    """
    azimuth = np.tile(np.linspace(0, 360, _AROUND), (len(seeds.at), 1))
    left, _ = _looked(index, seeds.at, seeds.reach, azimuth)
    seed, number = np.nonzero(left[:, :-1] != left[:, 1:])
    first, reach = left[seed, number], seeds.reach[seed]
    bracket = azimuth[seed, number], azimuth[seed, number + 1]
    towards, metres = _narrowed(index, seeds.at[seed], reach, bracket, first)
    off = metres > _OFF * reach
    seed, first, reach, towards, metres = seed[off], first[off], reach[off], towards[off], metres[off]
    at = onward(seeds.at[seed], towards, reach)
    _, back, _ = between(seeds.at[seed], at)
    return Fronts(at, back + 180, metres, first, reach / 2, seed + before, np.zeros(len(seed), np.bool_))


def traced(index: LineIndex, fronts: Fronts, seeds: Seeds, metres: float) -> list[Way]:
    """Follow ways, all at once, until each comes to a seed or is farther than so many metres from the line.

    A way that is followed from both of its ends is returned once.
    """
    whose, corners = [np.arange(len(fronts))], [fronts.at]
    to, arrives = np.full(len(fronts), -1), fronts.azimuth.copy()
    going, now = np.arange(len(fronts)), fronts
    for _ in range(_STRIDES + int(_STRIDES_A_RADIUS * index.length.sum() / metres)):
        if not len(going):
            break
        stride = _stride(index, now, metres)
        met = _met(seeds, now.at, stride.at)
        count = np.where(stride.good.all(axis=1), _PIECES, np.argmin(stride.good, axis=1))
        stops = ((stride.metres > _OUT * metres) | (met >= 0)) & (np.arange(_PIECES) < count[:, None])
        stopped = stops.any(axis=1)
        count = np.where(stopped, np.argmax(stops, axis=1) + 1, count)
        whose.append(np.repeat(going, count))
        corners.append(stride.at[np.arange(_PIECES) < count[:, None]])
        to[going[stopped]] = met[np.arange(len(going)), count - 1][stopped]
        now, stays = _moved(now, stride, count, metres)
        arrives[going] = now.azimuth
        stays &= ~stopped
        going, now = going[stays], now.take(np.flatnonzero(stays))
    every, order = np.concatenate(whose), np.argsort(np.concatenate(whose), kind="stable")
    paths = np.split(np.concatenate(corners)[order], np.cumsum(np.bincount(every, minlength=len(fronts)))[:-1])
    ways = zip(paths, fronts.seed.tolist(), to.tolist(), arrives.tolist(), strict=False)
    return _once(_whole(at, seeds, ends, arrived, metres) for at, *ends, arrived in ways)


def _moved(now: Fronts, stride: _Stride, count: Ints, metres: float) -> tuple[Fronts, Bools]:
    """Return fronts after so many pieces of a stride, and which of them know whereto."""
    rows, last, moved = np.arange(len(now)), np.maximum(count - 1, 0), count > 0
    shortest = stride.pace <= _SHORTEST * metres
    found = Fronts(
        np.where(moved[:, None], stride.at[rows, last], now.at),
        np.where(moved, stride.azimuth[rows, last], now.azimuth),
        np.where(moved, stride.metres[rows, last], now.metres),
        now.left,
        np.where(count == _PIECES, 3 * stride.pace, np.maximum(stride.pace / 4, _SHORTEST * metres)),
        now.seed,
        now.free & ~moved,
    )
    return found, moved | ~shortest


@dataclass(frozen=True, slots=True)
class _Stride:
    """Pieces onward from fronts, (n, k): where they end, how far the line is, whereto, and which may be trusted; their length."""

    at: Floats
    metres: Floats
    azimuth: Floats
    good: Bools
    pace: Floats


def _stride(index: LineIndex, now: Fronts, metres: float) -> _Stride:
    """Look for the way on circles about where each front is, every circle a piece wider."""
    longest = _LONGEST * metres * np.sqrt(np.minimum(now.metres / metres, 1))
    pace = np.minimum(now.pace, np.minimum(longest, _CLEAR / _PIECES * now.metres))
    shape = len(now), _PIECES
    radius = (pace[:, None] * np.linspace(1, _PIECES, _PIECES)).ravel()
    at, first = np.repeat(now.at, _PIECES, axis=0), np.repeat(now.left, _PIECES)
    azimuth = np.repeat(now.azimuth, _PIECES)[:, None] + _LOOKS
    left, _ = _looked(index, at, radius, azimuth)
    change = (left[:, :-1] == first[:, None]) & (left[:, 1:] != first[:, None])
    number = np.argmin(np.where(change, np.abs(_LOOKS[:-1] + _LOOKS[1:]), np.inf), axis=1)
    rows = np.arange(len(at))
    towards, away = _narrowed(index, at, radius, (azimuth[rows, number], azimuth[rows, number + 1]), first)
    places = onward(at, towards, radius).reshape(*shape, 2)
    begins = np.concatenate([now.at[:, None], places[:, :-1]], axis=1)
    out, back, _ = (of.reshape(shape) for of in between(begins.reshape(-1, 2), places.reshape(-1, 2)))
    turn = out - np.concatenate([now.azimuth[:, None], back[:, :-1] + 180], axis=1)
    astray = pace[:, None] * np.radians(np.abs((turn + 180) % 360 - 180))
    ahead = change[:, len(_ASIDE) : -len(_ASIDE)].sum(axis=1).reshape(shape)
    good = (ahead == 1) & (astray <= _ASTRAY * metres)
    good[:, 0] |= change.any(axis=1).reshape(shape)[:, 0] & (now.free | (pace <= _SHORTEST * metres))
    return _Stride(places, away.reshape(shape), back + 180, good, pace)


def _looked(index: LineIndex, at: Floats, radius: Floats, azimuth: Floats) -> tuple[Bools, Floats]:
    """Return whether left is nearest, and how far the line is, at (n, m) azimuths and a radius from n places."""
    many = azimuth.shape[1]
    place = onward(np.repeat(at, many, axis=0), azimuth.ravel(), np.repeat(radius, many))
    found = index.nearest(*place.T)
    return (found.left > 0).reshape(azimuth.shape), found.metres.reshape(azimuth.shape)


def _narrowed(
    index: LineIndex, at: Floats, radius: Floats, bracket: tuple[Floats, Floats], first: Bools
) -> tuple[Floats, Floats]:
    """Return the azimuths between two at which the side changes from ``first``, and how far the line is there."""
    low, high = bracket
    metres, rows = np.zeros(len(at)), np.arange(len(at))
    for count in _CLOSER:
        azimuth = low[:, None] + np.linspace(0, 1, count) * (high - low)[:, None]
        left, away = _looked(index, at, radius, azimuth)
        same = left == first[:, None]
        same[:, 0], same[:, -1] = True, False
        number = np.argmin(same, axis=1) - 1
        low, high, metres = azimuth[rows, number], azimuth[rows, number + 1], away[rows, number]
    return (low + high) / 2, metres


def _met(seeds: Seeds, at: Floats, places: Floats) -> Ints:
    """Return to which seed each piece comes, -1 for none, as (n, k)."""
    ends = space(*np.concatenate([at[:, None], places], axis=1).reshape(-1, 2).T).reshape(len(at), -1, 3)
    begin, run = ends[:, :-1], np.diff(ends, axis=1)
    middle = space(*seeds.at.T)
    _, nearest = cKDTree(middle).query((begin + run / 2).reshape(-1, 3))
    seed: Ints = np.asarray(nearest, np.int64).reshape(run.shape[:2])
    out = middle[seed] - begin
    out -= np.clip(dot(out, run) / np.maximum(dot(run, run), 1e-30), 0, 1)[..., None] * run
    found: Ints = np.where(np.sqrt(dot(out, out)) <= seeds.ends[seed], seed, -1)
    return found


def _whole(at: Floats, seeds: Seeds, ends: list[int], arrives: float, metres: float) -> Way:
    """Return a way with its seeds at both ends, all in the turn of the globe it begins in."""
    seed, to = ends
    begin = geodesic(seeds.at[seed], at[0], metres)
    end = seeds.at[[to]] if to >= 0 else seeds.at[:0]
    end = end + np.array([360.0, 0.0]) * np.round((at[-1, 0] - end[:, :1]) / 360)
    leaves = float(between(begin[:1], at[:1])[0][0])
    return Way(np.concatenate([begin[:-1], at, end]), seed, to, leaves, arrives)


def _once(ways: Iterable[Way]) -> list[Way]:
    found: list[Way] = []
    known: dict[tuple[int, int], list[Way]] = defaultdict(list)
    for way in ways:
        if not any(
            _opposite(way.leaves, other.arrives) and _opposite(other.leaves, way.arrives) for other in known[way.to, way.seed]
        ):
            found.append(way)
            known[way.seed, way.to].append(way)
    return found


def _opposite(one: float, other: float) -> bool:
    return abs((one - other) % 360 - 180) < _LIKE
