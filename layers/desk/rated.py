"""Rates, not only counts: reports of a view per observed hour or per 100 patrol-kilometres, over time and by group, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from layers.analysis.patrols import Ways
from layers.analysis.rates import Post, Rates, rates, step_by_step
from layers.desk import daily
from layers.desk.coverage import Rate, sector_rates
from layers.desk.derived import SECTOR
from layers.desk.observers import observers
from layers.desk.sheet import Sheet
from layers.desk.trends import Count, Trends
from layers.model import Box, Layer
from layers.spatial.ground import Bools, Floats

Per = Literal["hour", "100 km"]


@dataclass(frozen=True, slots=True)
class Rated:
    """What was reported for so much observing; None where nobody observed, which is not a rate of zero.

    Attributes
    ----------
    per : str
    observed : float
        Hours, or hundreds of kilometres, in all.
    total : Rate or None
        Of all reports.
    steps : tuple of (Rate or None)
        By the steps of the trends.
    groups : tuple of (title, ((count, Rate or None), ...))
        By the groups of the trends: of a sector by what was observed in it, of others by all that was; what lies in no sector has none.
    """

    per: Per
    observed: float
    total: Rate | None
    steps: tuple[Rate | None, ...]
    groups: tuple[tuple[str, tuple[tuple[Count, Rate | None], ...]], ...]


def rated(sheet: Sheet, of: Layer, found: Trends, per: Per) -> Rated:
    """Return the trends of a sheet as rates: what patrols and posts observed within their usual reach counts as observed."""
    observed = _observed(sheet, found.edges, per)
    whole, total = float(observed.sum()), found.total
    at_home = {one.name: one.per_hour if per == "hour" else one.per_100_km for one in sector_rates(sheet, of)}
    groups = ((title, _grouped(counts, whole, at_home if title == SECTOR.label else None)) for title, counts in found.groups)
    return Rated(per, whole, _one(total, whole), _told(rates(total.steps, observed)), tuple(groups))


def _grouped(
    counts: Sequence[Count], whole: float, by: Mapping[str, Rate | None] | None
) -> tuple[tuple[Count, Rate | None], ...]:
    return tuple((one, _one(one, whole) if by is None else by[one.label]) for one in counts if by is None or one.label in by)


def _one(count: Count, observed: float) -> Rate | None:
    return _told(rates([count.count], [observed]))[0]


def _told(found: Rates) -> tuple[Rate | None, ...]:
    figures = zip(found.rate.tolist(), found.low.tolist(), found.high.tolist(), found.observed.tolist(), strict=True)
    return tuple(Rate(best, low, high) if seen else None for best, low, high, seen in figures)


def _observed(sheet: Sheet, edges: Sequence[int], per: Per) -> Floats:
    """Return how much was observed in each step, up to the end of the view."""
    if not edges:
        return np.empty(0)
    by = observers(sheet)
    at = np.clip(np.array(edges, np.int64), *by.span)
    every = daily.some(by.ways, by.once(frozenset((seq, 0, len(way.begins)) for seq, way in by.ways.items())))
    watch = step_by_step(*_within(every, by.posts, sheet.view.box), at)
    return watch.hours if per == "hour" else watch.patrol_km / 100


def _within(ways: Ways, posts: Sequence[Post], box: Box | None) -> tuple[Ways, Sequence[Post]]:
    """Return the ways whose middle lies in a box, and the posts that do."""
    if box is None:
        return ways, posts
    begin, end = ways.legs.begin, ways.legs.end
    turn = (end[:, 0] - begin[:, 0] + 180) % 360 - 180
    kept = np.flatnonzero(_in(box, begin[:, 0] + turn / 2, (begin[:, 1] + end[:, 1]) / 2))
    stand = _in(box, *(np.array([getattr(one.at, axis) for one in posts], np.float64) for axis in "xy"))
    return Ways(ways.legs.take(kept), ways.begins[kept], ways.ends[kept]), [posts[n] for n in np.flatnonzero(stand).tolist()]


def _in(box: Box, lon: Floats, lat: Floats) -> Bools:
    west, south, east, north = box
    return np.asarray(((lon - west) % 360 <= (east - west) % 360) & (lat >= south) & (lat <= north))
