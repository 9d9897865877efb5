"""What patrols and posts of a view could have observed: ground, line and settlements, where nobody was, and rates of what was reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.analysis import patrols as law
from layers.analysis.patrols import Track, Ways
from layers.analysis.place import Feature, whole_lines
from layers.analysis.rates import Post, Rates, Reach, rates, watched
from layers.catalogue.ceasefire_lines import LAYER as LINES
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.catalogue.settlements import LAYER as SETTLEMENTS
from layers.desk import question as ask
from layers.desk.accounts import at
from layers.desk.groups import column
from layers.desk.patrols import held, seen
from layers.desk.places import told
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, from_micros, to_micros
from layers.spatial.coverage import Coverage, Progress, Stretches, grown, missed, nothing, passed, united
from layers.spatial.edges import between, legs, onward
from layers.spatial.followed import paths
from layers.spatial.frame import Shapes
from layers.spatial.ground import Bools, Floats
from layers.spatial.plane import plane_about
from layers.spatial.visits import Visits, quiet, unvisited, visited

USUAL = Reach()
_DAY = 86_400_000_000
#: Shorter gaps of a line are not told; of each kind so many are.
_LEAST_M, _MOST = 100.0, 20
#: What overlaps a gap by less only ends where the gap begins.
_TOUCHES_M = 1.0
#: A day, counted from 1970, and what of the lines was observed on it.
Day = tuple[int, Stretches]
_Observers = tuple[Sequence[Track], Sequence[Post]]


@dataclass(frozen=True, slots=True)
class Gap:
    """What nobody observed in the view: its name, its size in metres or square metres, where it is, and how long ago it was observed.

    ``days`` counts back from the view's end to the last day on which any of it was observed, and is infinite where none is known.
    """

    name: str
    size: float
    lon: float
    lat: float
    days: float


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate and its 95 % interval."""

    best: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SectorRate:
    """One sector: its reports, observed hours and patrol-kilometres, and rates per hour and per 100 km; None is not observed."""

    name: str
    count: int
    hours: float
    km: float
    per_hour: Rate | None
    per_100_km: Rate | None


@dataclass(frozen=True, slots=True)
class Covered:
    """What could have been observed in a view.

    Attributes
    ----------
    area_m2 : float
        Ground within reach.
    line_share : float
        Of the lines in force, 0 to 1; NaN where there is none.
    settlements, reached : int
        How many there are, and how many of them lay within reach.
    tracks, unusable, posts : int
        What it is reckoned from; tracks whose times are missing or wrong are left out.
    since : int
        When the first known track begins, whatever the view's span; NO_TIME where there is none.
    line_gaps, quiet : tuple of Gap
        Stretches of the line, the longest first; ground in the sectors, the largest first.
    sectors : tuple of SectorRate
        By name.
    """

    area_m2: float
    line_share: float
    settlements: int
    reached: int
    tracks: int
    unusable: int
    posts: int
    since: int
    line_gaps: tuple[Gap, ...]
    quiet: tuple[Gap, ...]
    sectors: tuple[SectorRate, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """The ground observed in a span, the last day of each cell, and what of the lines was observed day by day."""

    ground: Coverage
    visits: Visits
    days: tuple[Day, ...]


def covered(sheet: Sheet, of: Layer, reach: Reach = USUAL, progress: Progress | None = None) -> Covered:
    """Return what patrols and posts of a sheet's view could have observed; ``of`` is the layer whose reports give the rates.

    It is reckoned once for a record, a view and a reach.
    """
    record = sheet.record
    key = ("coverage", sheet.user, record.picture.version, sheet.window, sheet.view.text, of.id, reach)
    return record.cues.kept(key, record.picture, lambda: _covered(sheet, of, reach, progress or (lambda _: None)))


def _covered(sheet: Sheet, of: Layer, reach: Reach, progress: Progress) -> Covered:
    past = at(sheet, start=None, end=sheet.window.end or sheet.moment)
    tracks, posts = seen(past), _posts(past)
    ways, end = law.ways(tracks), to_micros(sheet.window.end or sheet.moment)
    since = int(ways.begins.min(initial=end))
    span = (to_micros(sheet.window.start) if sheet.window.start else since, end)
    sectors, lines = _sectors(sheet), _whole_lines(sheet)
    areas, shapes = _array(sectors.values()), _array(one.shape for one in lines)
    plane = plane_about(*np.concatenate([ways.legs.begin, shapely.get_coordinates(np.append(areas, shapes))]).T)
    found = _seen(
        ways, posts, shapes, span, _Seen(nothing(plane), unvisited(plane, reach.track_m), ()), reach=reach, progress=progress
    )
    stretches = passed(found.ground, shapes)
    places = _array(row.shape for row in held(sheet, SETTLEMENTS.id))
    today = (end - 1) // _DAY
    mine = [one for one in tracks if not len(one.at) or (one.at.max() >= span[0] and one.at.min() < end)]
    known = [bool(len(law.ways([one]).begins)) for one in mine]
    return Covered(
        area_m2=found.ground.area_m2,
        line_share=stretches.share,
        settlements=len(places),
        reached=int(found.ground.holds(shapely.get_x(places), shapely.get_y(places)).sum()),
        tracks=sum(known),
        unusable=len(known) - sum(known),
        posts=sum(_stood(one, span) for one in posts),
        since=since if len(ways.begins) else NO_TIME,
        line_gaps=tuple(_line_gaps(lines, stretches, found.days, today)),
        quiet=tuple(_quiet(list(sectors), areas, found.visits, today, max(today - span[0] // _DAY, 1))),
        sectors=tuple(_rates(sheet, of, sectors, (tracks, posts), span, reach=reach)),
    )


def _array(shapes: Iterable[shapely.Geometry]) -> Shapes:
    every = list(shapes)
    found = np.empty(len(every), np.object_)
    found[:] = every
    return found


def _sectors(sheet: Sheet) -> dict[str, shapely.Geometry]:
    """Return the ground of each sector that the sheet holds, by its name as reports are counted by it."""
    found: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for row in held(sheet, SECTORS.id):
        found[row.text("code") or row.text("name") or row.feature].append(row.shape)
    return {name: shapely.union_all(shapes) for name, shapes in sorted(found.items())}


def _whole_lines(sheet: Sheet) -> list[Feature]:
    return whole_lines(told(row.feature, row.said, row.shape, (row.start, row.until)) for row in held(sheet, LINES.id))


def _posts(sheet: Sheet) -> list[Post]:
    return [Post(row.shape, row.start, row.until) for row in held(sheet, POSITIONS.id)]


def _stood(post: Post, span: tuple[int, int]) -> bool:
    return (post.begins == NO_TIME or post.begins < span[1]) and (post.ends == NO_TIME or post.ends > span[0])


def _seen(
    ways: Ways, posts: Sequence[Post], lines: Shapes, span: tuple[int, int], before: _Seen, *, reach: Reach, progress: Progress
) -> _Seen:
    """Add what was observed, day by day from the first that is known; of the ground only that of the span."""
    whole, visits, by_day = before.ground, before.visits, list(before.days)
    none = nothing(whole.blocks.plane)
    days, within = ways.begins // _DAY, (ways.begins >= span[0]) & (ways.begins < span[1])
    last = np.array([(min(one.ends, span[1]) if one.ends != NO_TIME else span[1]) - 1 for one in posts], np.int64) // _DAY
    every = np.unique(np.concatenate([days, last])).tolist()
    for done, day in enumerate(every, 1):
        on, stood = days == day, _array(posts[n].at for n in np.flatnonzero(last == day).tolist())
        ground = grown(none, _lines(ways, on), reach.track_m)
        if within[on].all():
            whole = united(whole, ground)
        elif within[on].any():
            whole = grown(whole, _lines(ways, on & within), reach.track_m)
        ground = grown(ground, stood, reach.post_m)
        visits = visited(visits, ground, day)
        by_day.append((day, passed(ground, lines)))
        progress(done / len(every))
    whole = grown(whole, _array(post.at for post in posts if _stood(post, span)), reach.post_m)
    return _Seen(whole, visits, tuple(by_day))


def _lines(ways: Ways, which: Bools) -> Shapes:
    """Return chosen ways as lines, those that follow one another as one."""
    chosen = ways.legs.take(np.flatnonzero(which))
    fresh = (np.diff(chosen.path, prepend=-1) != 0) | np.append(True, (chosen.begin[1:] != chosen.end[:-1]).any(axis=1))[
        : len(chosen)
    ]
    line = np.cumsum(fresh) - 1
    return paths(replace(chosen, path=line), int(fresh.sum()))


def _line_gaps(lines: Sequence[Feature], stretches: Stretches, days: Sequence[Day], today: int) -> Iterator[Gap]:
    off = missed(stretches)
    order = np.argsort(-off.metres, kind="stable")[:_MOST]
    for n in order[off.metres[order] >= _LEAST_M].tolist():
        line, begin, end = int(off.line[n]), float(off.begin_m[n]), float(off.end_m[n])
        lon, lat = _along(lines[line].shape, np.array([(begin + end) / 2]))[0].tolist()
        last = max((day for day, on in days if _meets(on, line, begin, end)), default=None)
        words = f"{lines[line].name or lines[line].id}, KP {begin / 1_000:.1f} to {end / 1_000:.1f}"
        yield Gap(words, end - begin, lon, lat, np.inf if last is None else float(today - last))


def _meets(on: Stretches, line: int, begin: float, end: float) -> bool:
    overlap = np.minimum(on.end_m, end) - np.maximum(on.begin_m, begin)
    return bool(((on.line == line) & (overlap > _TOUCHES_M)).any())


def _along(line: shapely.Geometry, metres: Floats) -> Floats:
    """Return the places at so many metres along a line, (n, 2) degrees."""
    whole = legs(np.array([line], np.object_))
    gone = np.cumsum(whole.metres) - whole.metres
    leg = np.clip(np.searchsorted(gone, metres, side="right") - 1, 0, len(whole) - 1)
    azimuth, _, _ = between(whole.begin[leg], whole.end[leg])
    return onward(whole.begin[leg], azimuth, metres - gone[leg])


def _quiet(names: Sequence[str], areas: Shapes, visits: Visits, today: int, least: int) -> list[Gap]:
    found = []
    for name, area in zip(names, areas, strict=True):
        for one in quiet(visits, _array([area]), today, least, _MOST):
            inside = shapely.point_on_surface(one.area)
            found.append(Gap(name, one.area_m2, inside.x, inside.y, one.days))
    return sorted(found, key=lambda gap: -gap.size)[:_MOST]


def _rates(
    sheet: Sheet, of: Layer, sectors: Mapping[str, shapely.Geometry], by: _Observers, span: tuple[int, int], *, reach: Reach
) -> Iterator[SectorRate]:
    found = watched(_array(sectors.values()), *by, span, reach=reach)
    # A view without a beginning counts from the first track on, so that reports and observation are of one time.
    number = np.bincount(column(at(sheet, start=from_micros(span[0])).points(of), "sector"), minlength=1)
    known = ask.sector_names(sheet.record, sheet.user)
    counts = np.array([sum(int(number[n]) for n, code in known.items() if code == name and n < len(number)) for name in sectors])
    hourly, by_way = rates(counts, found.hours), rates(counts, found.patrol_km / 100)
    for n, name in enumerate(sectors):
        hours, km = float(found.hours[n]), float(found.patrol_km[n])
        yield SectorRate(name, int(counts[n]), hours, km, _rate(hourly, n), _rate(by_way, n))


def _rate(of: Rates, n: int) -> Rate | None:
    return Rate(float(of.rate[n]), float(of.low[n]), float(of.high[n])) if of.observed[n] else None
