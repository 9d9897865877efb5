"""What patrols and posts of a view could have observed: ground, line, roads and settlements, where nobody was, and rates of reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from layers.analysis import patrols as law
from layers.analysis.place import Feature, whole_lines
from layers.analysis.rates import Rates, Reach, Watch, rates
from layers.catalogue.ceasefire_lines import LAYER as LINES
from layers.catalogue.settlements import LAYER as SETTLEMENTS
from layers.catalogue.unobserved import AGES
from layers.desk import question as ask
from layers.desk.accounts import at
from layers.desk.daily import driven, lines
from layers.desk.groups import column
from layers.desk.nearest_help import road_lines
from layers.desk.observers import Observers, Passed, Seen, array, grounds, near_to, observers, seen, watched
from layers.desk.patrols import Row, held, track
from layers.desk.places import told
from layers.desk.sheet import Sheet
from layers.desk.strewn import metres
from layers.desk.unobserved import patches, unseen
from layers.model import NO_TIME, Layer, from_micros
from layers.spatial.blocks import Blocks
from layers.spatial.coverage import Progress
from layers.spatial.edges import between, legs, onward
from layers.spatial.frame import Shapes
from layers.spatial.ground import Floats
from layers.spatial.plane import Plane
from layers.spatial.stretches import Course, Stretches, course, missed, passed
from layers.spatial.swept import swept

USUAL = Reach()
#: Shorter gaps of a line are not told; of each kind so many are.
_LEAST_M, _MOST = 100.0, 20
_MINUTE = 60_000_000
#: Fewer tracks are laid exactly as soon as by level lines.
_MANY = 1_000
#: What overlaps a gap by less only ends where the gap begins.
_TOUCHES_M = 1.0
_FAR = "more than 5,000 km from the mission's ground"


@dataclass(frozen=True, slots=True)
class Gap:
    """What nobody observed in the view: its name, its size in metres or square metres, where it is, and when it last was, in words.

    Of a stretch that is the last day on which any of it was observed; ground is of one class of the layer of what nobody observed.
    """

    name: str
    size: float
    lon: float
    lat: float
    last: str


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
class Ages:
    """The ground of one sector that nobody observed, in square metres, by the classes of how long ago it last was."""

    name: str
    areas_m2: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """What could have been observed in a view.

    Attributes
    ----------
    area_m2 : float
        Ground within reach.
    line_share, road_share : float
        Of the lines in force and of the mission's roads, 0 to 1; NaN where there are none.
    settlements, reached : int
        How many there are, and how many of them lay within reach.
    tracks, posts : int
        What it is reckoned from.
    left_out : tuple of (str, int)
        Why tracks are not, and how many: their times are missing or wrong, or no two fixes follow one another closely enough.
    since : int
        When the first known track begins, whatever the view's span; NO_TIME where there is none.
    line_gaps, quiet : tuple of Gap
        Stretches of the line, the longest first; ground in the sectors, the largest first.
    ages : tuple of Ages
        What of each sector nobody observed, by name.
    sectors : tuple of SectorRate
        By name.
    """

    area_m2: float
    line_share: float
    road_share: float
    settlements: int
    reached: int
    tracks: int
    posts: int
    left_out: tuple[tuple[str, int], ...]
    since: int
    line_gaps: tuple[Gap, ...]
    quiet: tuple[Gap, ...]
    ages: tuple[Ages, ...]
    sectors: tuple[SectorRate, ...]


def covered(sheet: Sheet, of: Layer, reach: Reach = USUAL, progress: Progress | None = None) -> Covered:
    """Return what patrols and posts of a sheet's view could have observed; ``of`` is the layer whose reports give the rates.

    It is reckoned once for a record, a view and a reach; of another view, or of a record that has changed, only the days that are new.
    """
    record = sheet.record
    key = ("coverage", sheet.user, record.picture.version, sheet.window, sheet.view.text, of.id, reach)
    return record.cues.kept(key, record.picture, lambda: _covered(sheet, of, reach, progress or (lambda _: None)))


def first_look(sheet: Sheet, reach: Reach = USUAL) -> str:
    """Return in words about how much ground lay within reach of the tracks of a sheet's view; blank where ``covered`` is as soon.

    It is right to half a percent, and sooner where there are many tracks whose days are not kept yet.
    """
    by = observers(sheet)
    plane, days = by.plane, driven(by.ways, *by.span)
    if by.daily.lacks(days, plane, reach.track_m) < _MANY:
        return ""
    ways = [lines(by.ways, parts) for parts in days.values()]
    size = swept(plane, np.concatenate(ways), reach.track_m).area_m2
    return f"About {size / 1e6:,.{0 if size >= 1e8 else 1}f} km² within {metres(reach.track_m)} of tracks"


def _covered(sheet: Sheet, of: Layer, reach: Reach, progress: Progress) -> Covered:
    by, (sectors, _) = observers(sheet), grounds(sheet)
    (borders, named), plane = _whole_lines(sheet, by.plane), by.plane
    shapes, roads = array(one.shape for one in borders), road_lines(sheet.record.folder, sheet.record.configuration.box)
    laid, on_roads = (_laid(by, plane, some, key) for some, key in ((shapes, named), roads))
    found = seen(by, laid, (plane, named), reach=reach, progress=progress)
    stretches = passed(found.ground, laid)
    places = array(row.shape for row in held(sheet, SETTLEMENTS.id))
    mine = by.mine
    lame = [row for row in mine if not len(by.ways[row.seq].begins)]
    return Covered(
        area_m2=found.ground.area_m2,
        line_share=stretches.share,
        road_share=passed(found.ground, on_roads).share,
        settlements=len(places),
        reached=int(found.ground.holds(shapely.get_x(places), shapely.get_y(places)).sum()),
        tracks=len(mine) - len(lame),
        posts=len(by.standing),
        left_out=(*Counter(_lame(row, by) for row in lame).items(), *_beyond(sheet, by)),
        since=by.since if any(len(one.begins) for one in by.ways.values()) else NO_TIME,
        line_gaps=tuple(_line_gaps(borders, stretches, found.days, by.today)),
        quiet=tuple(_patches(found, sectors, by.today)),
        ages=tuple(
            Ages(name, tuple(size for _, size in one))
            for name, one in unseen(found.ground, found.visits, sectors, by.today).items()
        ),
        sectors=sector_rates(sheet, of, reach),
    )


def sector_rates(sheet: Sheet, of: Layer, reach: Reach = USUAL) -> tuple[SectorRate, ...]:
    """Return the rates of a layer's reports in each sector, by how long and how far it was observed in a sheet's view."""
    by, (sectors, sectored) = observers(sheet), grounds(sheet)
    watch = watched(by, array(sectors.values()), sectored, reach)
    return tuple(_rates(at(sheet, start=from_micros(by.span[0])), of, list(sectors), watch))


def _lame(row: Row, by: Observers) -> str:
    """Return why nobody knows of a track when it was where."""
    if row.seq in by.far:
        return _FAR
    known = track(row)
    if law.timed(known):
        return f"with no two fixes that are at most {law.USUAL.gap_us // _MINUTE} minutes apart and no leap"
    return "without times" if not len(known.at) else "with times that run backwards or are not those of its fixes"


def _beyond(sheet: Sheet, by: Observers) -> Iterator[tuple[str, int]]:
    """Yield what else is too far off to be reckoned with, and how many there are."""
    rows = list(held(sheet, LINES.id))
    for noun, count in (("post", by.far_posts), ("line", len(rows) - int(near_to(by.plane, rows).sum()))):
        if count:
            yield f"{noun if count == 1 else noun + 's'} {_FAR}", count


def _laid(by: Observers, plane: Plane, lines: Shapes, named: Hashable) -> Course:
    return by.daily.kept(("course", plane, named), lambda: course(Blocks(plane), lines))


def _whole_lines(sheet: Sheet, plane: Plane) -> tuple[list[Feature], Hashable]:
    """Return the lines that the sheet holds near a plane, and the versions they are of."""
    every = list(held(sheet, LINES.id))
    rows = [row for row, near in zip(every, near_to(plane, every), strict=True) if near]
    named = ("lines", *(row.seq for row in rows))
    return whole_lines(told(row.feature, row.said, row.shape, (row.start, row.until)) for row in rows), named


def _line_gaps(lines: Sequence[Feature], stretches: Stretches, days: Sequence[Passed], today: int) -> Iterator[Gap]:
    off = missed(stretches)
    order = np.argsort(-off.metres, kind="stable")[:_MOST]
    for n in order[off.metres[order] >= _LEAST_M].tolist():
        line, begin, end = int(off.line[n]), float(off.begin_m[n]), float(off.end_m[n])
        lon, lat = _along(lines[line].shape, np.array([(begin + end) / 2]))[0].tolist()
        last = max((day for day, on in days if _meets(on, line, begin, end)), default=None)
        words = f"{lines[line].name or lines[line].id}, KP {begin / 1_000:.1f} to {end / 1_000:.1f}"
        yield Gap(words, end - begin, lon, lat, _ago(last, today))


def _ago(day: int | None, today: int) -> str:
    days = None if day is None else today - day
    return AGES[-1].label if days is None else {0: "The same day", 1: "1 day before"}.get(days, f"{days:,} days before")


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


def _patches(found: Seen, sectors: Mapping[str, shapely.Geometry], today: int) -> Iterator[Gap]:
    for name, one in patches(found.ground, found.visits, sectors, today, most=_MOST):
        inside = shapely.point_on_surface(one.area)
        yield Gap(name, one.area_m2, inside.x, inside.y, AGES[one.age].label)


def _rates(sheet: Sheet, of: Layer, sectors: Sequence[str], found: Watch) -> Iterator[SectorRate]:
    """Yield the rates of sectors; a sheet without a beginning counts from the first track on, so that both are of one time."""
    number = np.bincount(column(sheet.points(of), "sector"), minlength=1)
    known = ask.sector_names(sheet.record, sheet.user)
    counts = np.array([sum(int(number[n]) for n, code in known.items() if code == name and n < len(number)) for name in sectors])
    hourly, by_way = rates(counts, found.hours), rates(counts, found.patrol_km / 100)
    for n, name in enumerate(sectors):
        hours, km = float(found.hours[n]), float(found.patrol_km[n])
        yield SectorRate(name, int(counts[n]), hours, km, _rate(hourly, n), _rate(by_way, n))


def _rate(of: Rates, n: int) -> Rate | None:
    return Rate(float(of.rate[n]), float(of.low[n]), float(of.high[n])) if of.observed[n] else None
