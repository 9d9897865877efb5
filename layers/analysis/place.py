"""Where an incident lies among lines, zones, posts and settlements that stood when it occurred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.analysis.broken import unsettled
from layers.analysis.standing import Floats, Ints, Standing, nearest, pairs
from layers.model import NO_TIME
from layers.spatial import probability_inside
from layers.spatial.distances import ON_M, line_index

LEFT, RIGHT, ON = "left", "right", "on"
#: Bands of the distance to the nearest line, by the metres they reach to.
BANDS_M = (500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, np.inf)

Codes = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Feature:
    """A line, zone, post or settlement: what it is called, what it is, where, and when it stood.

    ``start`` and ``until`` are microseconds since 1970 UTC, NO_TIME for always. ``left`` and ``right`` are the parties beside a line,
    seen along it; blank where it does not say. ``parts`` are the ids of what it was put together from, its own among them; none for
    what is whole.
    """

    id: str
    name: str
    shape: shapely.Geometry
    start: int = int(NO_TIME)
    until: int = int(NO_TIME)
    left: str = ""
    right: str = ""
    parts: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of all its parts; of what is whole its own."""
        return self.parts or (self.id,)

    @property
    def called(self) -> frozenset[str]:
        """Return every word that means it: its name, its id, and the ids of its parts."""
        return frozenset({self.name, *self.ids} - {""})


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """Features of one layer and, in the same order, when they stood."""

    every: tuple[Feature, ...]
    standing: Standing


@dataclass(frozen=True, eq=False, slots=True)
class Surroundings:
    """What an incident may lie near to, on a side of, or in."""

    lines: Features
    zones: Features
    positions: Features
    settlements: Features


@dataclass(frozen=True, slots=True)
class BesideLine:
    """How an incident lies to one line.

    Attributes
    ----------
    name : str
    metres : float
        On the ground.
    side : str
        The party on whose side it is; ``left`` or ``right`` of the line's direction where the line names none, ``on`` where it is on it.
    along_m : float
        Metres from the line's beginning to the nearest place of it.
    sure : bool
        Whether all places within the precision lie on that side of it.
    """

    name: str
    metres: float
    side: str
    along_m: float
    sure: bool


@dataclass(frozen=True, slots=True)
class InZone:
    """A zone that an incident lies in, or may lie in, and how likely that is, 0 to 1."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where one incident lies: the lines nearest first, the zones most likely first, what is nearest and how many metres away."""

    lines: tuple[BesideLine, ...] = ()
    zones: tuple[InZone, ...] = ()
    position: tuple[str, float] | None = None
    settlement: tuple[str, float] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """The place of each incident in short, for filters.

    Attributes
    ----------
    band : uint16
        Position in ``BANDS_M`` of the distance to the nearest line, from 1; 0 where no line stood.
    side : uint16
        Position in ``sides``, from 1; 0 where no line stood.
    zones : uint16
        Position in ``together``, from 1; 0 where it lies in none.
    sides : tuple of str
        As ``BesideLine.side``.
    together : tuple of tuple of str
        Ids of the zones that some incident lies in at once.
    """

    band: Codes
    side: Codes
    zones: Codes
    sides: tuple[str, ...]
    together: tuple[tuple[str, ...], ...]


def features(every: Iterable[Feature]) -> Features:
    """Put features together with the times they stood."""
    held = tuple(every)
    start, until = (np.array([getattr(one, name) for one in held], np.int64) for name in ("start", "until"))
    return Features(held, Standing(geopandas.GeoSeries([one.shape for one in held], crs=4326), start, until))


def whole_lines(parts: Iterable[Feature]) -> list[Feature]:
    """Put the parts of lines together: what has one name, dates and parties is one line, its parts joined end to beginning.

    So a vertex where two parts meet is none at which a line ends, and chainage goes on through it.
    """
    found: dict[tuple[object, ...], list[Feature]] = {}
    for part in parts:
        key = (part.name or part.id, part.start, part.until, part.left, part.right)
        found.setdefault(key, []).append(part)
    return [_joined(group) for group in found.values()]


def _joined(group: Sequence[Feature]) -> Feature:
    first = group[0]
    shape = _end_to_end(tuple(part.shape for part in group))
    ids = tuple(part.id for part in group)
    return Feature(first.id, first.name, shape, first.start, first.until, first.left, first.right, ids)


@lru_cache(64)
def _end_to_end(parts: tuple[shapely.Geometry, ...]) -> shapely.Geometry:
    """Return parts as one line. The same parts give the same object, so that what is built from it is built once."""
    single = [line for part in parts for line in shapely.get_parts(part)]
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(single), directed=True))
    begins = {line.coords[0]: n for n, line in reversed(list(enumerate(single)))}
    ordered = sorted(merged, key=lambda line: begins.get(line.coords[0], len(single)))
    return ordered[0] if len(ordered) == 1 else shapely.MultiLineString(ordered)


def coded(lon: Floats, lat: Floats, at: Ints, lines: Features, zones: Features) -> Coded:
    """Return the place of incidents in short.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees, as reported: precision is not looked at.
    at : (n,) int64
        When each occurred, microseconds since 1970 UTC.
    """
    found = nearest(lon, lat, at, lines.standing)
    band = np.where(found.line >= 0, np.searchsorted(BANDS_M, found.metres) + 1, 0).astype(np.uint16)
    sides = _sides(lines)
    number = {name: n for n, name in enumerate(sides, 1)}
    left, right = (
        np.array([number[getattr(one, name) or name] for one in lines.every] or [0], np.uint16) for name in (LEFT, RIGHT)
    )
    line = np.maximum(found.line, 0)
    side = np.where(found.metres <= ON_M, number[ON], np.where(found.left > 0, left[line], right[line]))
    lying, together = _together(pairs(lon, lat, at, zones.standing), len(lon), zones)
    return Coded(band, np.where(found.line >= 0, side, 0).astype(np.uint16), lying, sides, together)


def _sides(lines: Features) -> tuple[str, ...]:
    named = [name for one in lines.every for name in (one.left or LEFT, one.right or RIGHT)]
    return tuple(dict.fromkeys([*named, ON]))


def _together(lying: Ints, count: int, zones: Features) -> tuple[Codes, tuple[tuple[str, ...], ...]]:
    """Return which set of zones each incident lies in, from 1, and the sets."""
    code = np.zeros(count, np.uint16)
    number: dict[tuple[str, ...], int] = {}
    heads = np.flatnonzero(np.diff(lying[:, 0], prepend=-1))
    size = np.diff(np.append(heads, len(lying)))
    for many in np.unique(size).tolist():
        group = heads[size == many]
        sets, which = np.unique(lying[group[:, None] + np.arange(many), 1], axis=0, return_inverse=True)
        numbers = [number.setdefault(tuple(zones.every[zone].id for zone in one), len(number) + 1) for one in sets.tolist()]
        code[lying[group, 0]] = np.array(numbers, np.uint16)[which.reshape(-1)]
    return code, tuple(number)


def placed(lon: Floats, lat: Floats, at: Ints, precision_m: Floats, around: Surroundings) -> list[Place]:
    """Return the whole place of each incident.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees.
    at : (n,) int64
        When each occurred, microseconds since 1970 UTC: only what stood then counts.
    precision_m : (n,) float64
        Metres within which the true place lies; NaN where nothing is said, and then the place itself decides.

    Notes
    -----
    Distances are those of the reported place. A zone is named where its probability is above 0.
    """
    lines: list[list[BesideLine]] = [[] for _ in lon]
    zones: list[list[InZone]] = [[] for _ in lon]
    _beside(lon, lat, at, precision_m, around.lines, found=lines)
    _within(lon, lat, at, precision_m, around.zones, zones)
    position, settlement = (_closest(lon, lat, at, every) for every in (around.positions, around.settlements))
    return [
        Place(
            tuple(sorted(lines[n], key=lambda one: one.metres)),
            tuple(sorted(zones[n], key=lambda one: -one.probability)),
            position[n],
            settlement[n],
        )
        for n in range(len(lon))
    ]


def _beside(lon: Floats, lat: Floats, at: Ints, precision_m: Floats, lines: Features, *, found: list[list[BesideLine]]) -> None:
    for rows, stood in lines.standing.periods(at):
        for number in stood.tolist():
            line, alone = lines.every[number], lines.standing.subset(np.array([number]))
            to = line_index(alone).nearest(lon[rows], lat[rows])
            left, right = line.left or LEFT, line.right or RIGHT
            on = (np.array([True]), np.array([left == right]))
            unsure = unsettled(alone, lon[rows], lat[rows], precision_m[rows], on)
            for n, row in enumerate(rows.tolist()):
                if to.line[n] >= 0:
                    side = left if to.left[n] > 0 else right
                    side = ON if to.metres[n] <= ON_M else side
                    name = line.name or line.id
                    found[row].append(BesideLine(name, float(to.metres[n]), side, float(to.along[n]), not unsure[n]))


def _within(lon: Floats, lat: Floats, at: Ints, precision_m: Floats, zones: Features, found: list[list[InZone]]) -> None:
    points = geopandas.GeoSeries(shapely.points(lon, lat), crs=4326)
    radius = np.nan_to_num(precision_m, nan=0.0)
    for rows, stood in zones.standing.periods(at):
        for number in stood.tolist():
            zone = zones.every[number]
            share = probability_inside(points.iloc[rows], radius[rows], zones.standing.subset(np.array([number]))).to_numpy()
            for n in np.flatnonzero(share > 0).tolist():
                found[int(rows[n])].append(InZone(zone.name or zone.id, float(share[n])))


def _closest(lon: Floats, lat: Floats, at: Ints, every: Features) -> list[tuple[str, float] | None]:
    found = nearest(lon, lat, at, every.standing)
    named = [one.name or one.id for one in every.every]
    return [
        (named[number], metres) if number >= 0 else None
        for number, metres in zip(found.line.tolist(), found.metres.tolist(), strict=True)
    ]
