"""Whether findings from imagery and reports bear each other out: supported, unsupported, or not observable.

A report known less exactly than how near it must be may lie near or not: what rests on such alone is supported perhaps. It is about
ground and reports, never about persons: a report near a finding says that both tell of one place and time, not that one caused the
other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import geopandas
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.analysis.place import Features
from layers.model import NO_TIME
from layers.spatial import pairs
from layers.spatial.ground import Bools, Floats, Ints, ground_m, space
from layers.spatial.plane import Plane, plane_about

#: What a verdict may be; arrays hold its position.
VERDICTS = ("supported", "supported, perhaps", "unsupported", "not observable")
SUPPORTED, PERHAPS, UNSUPPORTED, NOT_OBSERVABLE = range(4)
_DAY = 86_400_000_000
#: The plane draws no metre so much longer than it is, as far as a quarter of the globe from its middle.
_SLACK = 1.5
#: A box is looked over in so many columns and rows before anything is measured in it; a degree of latitude is never shorter.
_CELLS, _DEGREE_M = 1_024, 110_500

Shapes = npt.NDArray[np.object_]
Covers = Callable[[Floats, Floats], Bools]


@dataclass(frozen=True, slots=True)
class Reach:
    """What counts as near.

    Attributes
    ----------
    metres : float
        From the outline of a finding to where a report may have been: its place, less its precision.
    days : float
        Before the first and after the second scene.
    sight_m : float
        From the outline to the track of a patrol, which then could have seen it.
    coarsest_m : float
        Reports known less exactly than this bear out nothing: they would lie near to everything.
    together_m : float
        Between outlines that are one place, found twice or in pieces.
    """

    metres: float = 500.0
    days: float = 3.0
    sight_m: float = 1_000.0
    coarsest_m: float = 1_000.0
    together_m: float = 100.0

    @property
    def micros(self) -> int:
        """Return the days in microseconds."""
        return int(self.days * _DAY)


@dataclass(frozen=True, eq=False)
class Findings:
    """Outlines of changed ground, WGS 84 degrees, and when each was not yet and was: microseconds since 1970 UTC.

    ``fits`` says of each finding which kinds of reports may tell of it, as (findings, kinds).
    """

    shapes: Shapes
    before: Ints
    after: Ints
    fits: Bools

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def plane(self) -> Plane:
        """The plane about them."""
        return plane_about(*shapely.get_coordinates(self.shapes).T)

    @cached_property
    def drawn(self) -> Shapes:
        """The outlines in that plane."""
        return _drawn(self.shapes, self.plane)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of what is drawn."""
        return shapely.STRtree(self.drawn)


@dataclass(frozen=True, eq=False, slots=True)
class Reports:
    """Reports: WGS 84 degrees, microseconds since 1970 UTC, metres within which the true place lies, and the position of the kind."""

    lon: Floats
    lat: Floats
    at: Ints
    precision_m: Floats
    kind: Ints

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Ints) -> Reports:
        """Return those at these places."""
        return Reports(self.lon[rows], self.lat[rows], self.at[rows], self.precision_m[rows], self.kind[rows])


@dataclass(frozen=True, eq=False, slots=True)
class Tracks:
    """What patrols drove: lines in WGS 84 degrees, and from when to when; one without a beginning says nothing."""

    shapes: Shapes
    start: Ints
    until: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """Two scenes that were compared: when each was taken, which kinds of reports its method may bear out, and which places it covers."""

    before: int
    after: int
    fits: Bools
    covers: Covers


@dataclass(frozen=True, eq=False, slots=True)
class Met:
    """Findings and what is near them in space and time, as positions, in the order of both.

    ``metres`` is how far apart they are on the ground; ``fits`` whether it is of a kind that may tell of the finding, which a
    patrol is not; ``surely`` whether it is near wherever in its precision the true place lies.
    """

    finding: Ints
    other: Ints
    metres: Floats
    fits: Bools
    surely: Bools


@dataclass(frozen=True, slots=True)
class Lift:
    """How much more is supported than where reports are shifted at random, of the places of findings or of reports.

    Attributes
    ----------
    observed, expected : float
        The share supported, and its mean over the shifts; of reports, those of a kind and time that fit a finding.
    chance : float
        How likely chance alone gives as much: at least 1 in ``shifts`` and one.
    """

    observed: float
    expected: float
    chance: float
    shifts: int

    @property
    def ratio(self) -> float | None:
        """Return how many times the expected share is observed; None where none is expected."""
        return self.observed / self.expected if self.expected else None


def met(findings: Findings, reports: Reports, reach: Reach) -> Met:
    """Return which reports are near which findings, in space and in time, of whatever kind.

    A report is near in space where its place lies within ``reach.metres`` and its own precision of the outline or in it, and
    in time from ``reach.days`` before the first scene until as long after the second. Reports without a time, and those known less
    exactly than ``reach.coarsest_m``, are near to nothing.

    Notes
    -----
    The nearest place of an outline is sought in a plane about all of them, the distance to it is that on the ground: right to 1 in
    1,000 as far as 500 km from their middle.
    """
    rows = np.flatnonzero((reports.at != NO_TIME) & (reports.precision_m <= reach.coarsest_m))
    some = reports.take(rows)
    points = shapely.points(*findings.plane.metres(some.lon, some.lat))
    row, finding, metres = _near(findings, points, reach.metres + some.precision_m)
    at = some.at[row]
    timely = (at >= findings.before[finding] - reach.micros) & (at <= findings.after[finding] + reach.micros)
    row, finding, metres = row[timely], finding[timely], metres[timely]
    fits = findings.fits[finding, some.kind[row]]
    return _ordered(Met(finding, rows[row], metres, fits, metres + some.precision_m[row] <= reach.metres))


def passed(findings: Findings, tracks: Tracks, reach: Reach) -> Met:
    """Return which patrols passed near which findings: within ``reach.sight_m`` of the outline, and at a time a report would be near."""
    rows = np.flatnonzero(tracks.start != NO_TIME)
    row, finding, metres = _near(findings, _drawn(tracks.shapes[rows], findings.plane), np.full(len(rows), reach.sight_m))
    start = tracks.start[rows][row]
    until = np.maximum(tracks.until[rows][row], start)
    timely = (until >= findings.before[finding] - reach.micros) & (start <= findings.after[finding] + reach.micros)
    none = np.zeros(int(timely.sum()), np.bool_)
    return _ordered(Met(finding[timely], rows[row[timely]], metres[timely], none, ~none))


def lying(findings: Findings, zones: Features) -> Ints:
    """Return which finding lies in which zone that stood at its second scene, any place of it, as (n, 2) positions, rising."""
    found = [np.empty((0, 2), np.int64)]
    shapes = geopandas.GeoSeries(findings.shapes, crs=4326)
    for rows, stood in zones.standing.periods(findings.after):
        if len(stood):
            who, zone = pairs(shapes.iloc[rows], zones.standing.subset(stood)).T
            found.append(np.column_stack([rows[who], stood[zone]]))
    whole = np.concatenate(found)
    return whole[np.lexsort((whole[:, 1], whole[:, 0]))]


def judged(count: int, reports: Met, patrols: Met) -> Ints:
    """Return the verdict on each of so many findings.

    Supported: a report of a fitting kind is surely near. Perhaps: one may be. Unsupported: none is, though a patrol passed or
    something else was surely reported near, so that somebody could have told. Not observable: neither.
    """
    verdict = np.full(count, NOT_OBSERVABLE)
    verdict[patrols.finding] = verdict[reports.finding[reports.surely]] = UNSUPPORTED
    verdict[reports.finding[reports.fits]] = PERHAPS
    verdict[reports.finding[reports.fits & reports.surely]] = SUPPORTED
    return verdict


def answered(reports: Reports, near: Met, compared: Sequence[Comparison], reach: Reach) -> Ints:
    """Return the verdict on each report.

    Supported: a finding that it may tell of is surely near. Perhaps: one may be. Unsupported: none is, though two scenes that cover its place and time were
    compared by a method that may bear out its kind. Not observable: none were, or it is known too coarsely.
    """
    verdict = np.full(len(reports), NOT_OBSERVABLE)
    usable = (reports.at != NO_TIME) & (reports.precision_m <= reach.coarsest_m)
    for one in compared:
        timely = (reports.at >= one.before - reach.micros) & (reports.at <= one.after + reach.micros)
        rows = np.flatnonzero(usable & timely & one.fits[reports.kind])
        verdict[rows[one.covers(reports.lon[rows], reports.lat[rows])]] = UNSUPPORTED
    verdict[near.other[near.fits]] = PERHAPS
    verdict[near.other[near.fits & near.surely]] = SUPPORTED
    return verdict


def places(findings: Findings, reach: Reach) -> Ints:
    """Return in which place each finding lies, numbered from 0.

    Those whose outlines overlap, touch or lie within ``reach.together_m``, and whose dates overlap, lie in one, as do all that such
    chains bind: two methods that found one burn, or its pieces by severity, bear witness once.
    """
    if not len(findings):
        return np.empty(0, np.int64)
    one, other, _ = _near(findings, findings.drawn, np.full(len(findings), reach.together_m))
    both = (findings.before[one] < findings.after[other]) & (findings.before[other] < findings.after[one])
    bound = coo_array((both[both], (one[both], other[both])), shape=(len(findings), len(findings)))
    return np.asarray(connected_components(bound, directed=False)[1], np.int64)


def lifts(
    findings: Findings,
    reports: Reports,
    box: tuple[float, float, float, float],
    reach: Reach,
    *,
    shifts: int = 199,
    seed: int = 0,
) -> tuple[Lift, Lift]:
    """Return the lift of places of findings supported by reports, and of reports supported by findings; see ``places``.

    All reports are shifted together by one random step, on a torus of the box on which areas are true, ``shifts`` times: their
    pattern among themselves and their times stay, what binds them to the findings does not. The chance is the rank of what is observed
    among the shifts. Findings and reports both gather where people live; a lift may say no more than that.

    Parameters
    ----------
    reports : Reports
        Those in the box; others are left as they are out of it.
    box : tuple of float
        West, south, east, north, degrees; west > east crosses the antimeridian.

    References
    ----------
    Besag, J., Diggle, P. J. (1977). Simple Monte Carlo tests for spatial pattern. Applied Statistics 26, 327-333.
    Lotwick, H. W., Silverman, B. W. (1982). Methods for analysing spatial processes of several types of points. Journal of the
    Royal Statistical Society B 44, 406-413.
    """
    inside = reports.take(np.flatnonzero(within(box, reports.lon, reports.lat)))
    some = inside.take(_timely(findings, inside, reach))
    random = np.random.default_rng(seed)
    place = places(findings, reach)
    observed = _supported(findings, place, some, reach)
    steps = random.random((shifts, 2))
    about = _about(findings, box, reach)
    moved = (shifted(some, box, *step) for step in steps)
    drawn = np.array([_supported(findings, place, one.take(np.flatnonzero(about(one.lon, one.lat))), reach) for one in moved])
    drawn = drawn.reshape(-1, 2)
    sizes = np.maximum([place.max(initial=-1) + 1, len(some)], 1)
    chance = (1 + (drawn >= observed).sum(axis=0)) / (1 + shifts)
    mean = drawn.mean(axis=0) if shifts else np.zeros(2)
    first, second = (Lift(float(observed[n] / sizes[n]), float(mean[n] / sizes[n]), float(chance[n]), shifts) for n in range(2))
    return first, second


def within(box: tuple[float, float, float, float], lon: Floats, lat: Floats) -> Bools:
    """Say which places lie in a box of degrees."""
    west, south, _, north = box
    inside: Bools = ((lon - west) % 360 <= _width(box)) & (lat >= south) & (lat <= north)
    return inside


def shifted(reports: Reports, box: tuple[float, float, float, float], east: float, north: float) -> Reports:
    """Return reports moved by shares of a box's width and of its area from south to north; what leaves it comes in on the other side."""
    west, south, _, top = box
    low, high = np.sin(np.radians([south, top]))
    across = (((reports.lon - west) % 360) / _width(box) + east) % 1 * _width(box)
    up = ((np.sin(np.radians(reports.lat)) - low) / max(high - low, 1e-12) + north) % 1
    lat = np.degrees(np.arcsin(np.clip(low + up * (high - low), -1, 1)))
    return replace(reports, lon=(west + across + 180) % 360 - 180, lat=lat)


def _width(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) % 360 or 360.0


def _about(findings: Findings, box: tuple[float, float, float, float], reach: Reach) -> Covers:
    """Return what tells which places of a box may be near a finding: those in a cell that its bounds touch, widened by the reach."""
    size = np.maximum([_width(box), box[3] - box[1]], 1e-9) / _CELLS
    west, south, east, north = shapely.bounds(findings.shapes).reshape(-1, 4).T
    up = (reach.metres + reach.coarsest_m) / _DEGREE_M
    wide = up / np.cos(np.radians(np.minimum(np.maximum(np.abs(south), np.abs(north)) + up, 89.0)))
    begin = (west - wide - box[0]) % 360
    # What reaches over the meridian where counting begins stands on both sides of it.
    columns = [np.concatenate([at, at - 360]) for at in (begin, begin + (east - west) + 2 * wide)]
    rows = [np.tile(at - box[1], 2) for at in (south - up, north + up)]
    first, after = (
        np.clip(np.floor(np.stack([columns[end], rows[end]]) / size[:, None]) + end, 0, _CELLS).astype(np.int64)
        for end in range(2)
    )
    steps = np.zeros((_CELLS + 1, _CELLS + 1), np.int64)
    for column, row, by in ((first, first, 1), (after, after, 1), (first, after, -1), (after, first, -1)):
        np.add.at(steps, (column[0], row[1]), by)
    touched = steps.cumsum(axis=0).cumsum(axis=1) > 0

    def about(lon: Floats, lat: Floats) -> Bools:
        column, row = (
            np.minimum((at / step).astype(np.int64), _CELLS - 1)
            for at, step in zip(((lon - box[0]) % 360, lat - box[1]), size, strict=True)
        )
        found: Bools = touched[column, row]
        return found

    return about


def _supported(findings: Findings, place: Ints, reports: Reports, reach: Reach) -> Ints:
    """Return how many places of findings and how many reports support each other."""
    near = met(findings, reports, reach)
    return np.array([len(np.unique(place[near.finding[near.fits]])), len(np.unique(near.other[near.fits]))])


def _timely(findings: Findings, reports: Reports, reach: Reach) -> Ints:
    """Return which reports may support a finding, if they lay near it: those of its time and of a kind that fits."""
    may = np.zeros(len(reports), np.bool_)
    for before, after in np.unique(np.column_stack([findings.before, findings.after]), axis=0).tolist():
        fits = findings.fits[(findings.before == before) & (findings.after == after)].any(axis=0)
        may |= (reports.at >= before - reach.micros) & (reports.at <= after + reach.micros) & fits[reports.kind]
    return np.flatnonzero(may)


def _near(findings: Findings, drawn: Shapes, within_m: Floats) -> tuple[Ints, Ints, Floats]:
    """Return which of some shapes in the plane is within so many metres on the ground of which finding, and how far it is."""
    row, finding = findings.tree.query(drawn, predicate="dwithin", distance=within_m * _SLACK + 1.0)
    between = shapely.get_coordinates(shapely.shortest_line(drawn[row], findings.drawn[finding])).reshape(-1, 2, 2)
    here, there = (space(*findings.plane.degrees(*between[:, end].T)) for end in range(2))
    metres = ground_m(here, there)
    close = metres <= within_m[row]
    return row[close], finding[close], metres[close]


def _drawn(shapes: Shapes, plane: Plane) -> Shapes:
    def placed(corners: Floats) -> Floats:
        return np.column_stack(plane.metres(*corners.T))

    return np.asarray(shapely.transform(shapes, placed), np.object_).reshape(-1)


def _ordered(near: Met) -> Met:
    order = np.lexsort((near.other, near.finding))
    return Met(near.finding[order], near.other[order], near.metres[order], near.fits[order], near.surely[order])
