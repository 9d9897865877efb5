"""Reporting health: which sectors and posts have gone quiet, and how late their reports come in. Of all reports, whatever a view keeps.

A report is a sector's where it lies in it, and that of the post that is nearest to it: the record does not say who reported.
What is told by the week only came in at the beginning of its week, and tells nothing of delays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from layers import access
from layers.analysis import delays as late
from layers.analysis.silence import BACK, Silence, silence
from layers.catalogue.positions import LAYER as POSTS
from layers.desk import nearby
from layers.desk import question as ask
from layers.desk.groups import Ints, groups, moments, weekly
from layers.desk.patrols import lasted
from layers.desk.sheet import Sheet
from layers.index import Selection
from layers.model import NO_TIME, Layer, View, from_micros, to_micros
from layers.notation import dtg

_HEADQUARTERS = "headquarters"


@dataclass(frozen=True, slots=True)
class Source:
    """Where reports come from, how long it has been quiet there, and the minutes within which half of its reports come in.

    ``view`` holds its reports of the last 30 days; ``delay`` is None where too few tell.
    """

    label: str
    view: View | None
    silence: Silence
    delay: int | None

    @property
    def words(self) -> str:
        """Return how long it has been quiet, in words: ``Sector 3: nothing for 5 h``."""
        return f"{self.label}: no report yet" if self.silence.last == NO_TIME else f"{self.label}: nothing for {self.span}"

    @property
    def span(self) -> str:
        """Return for how long it has been quiet; a dash where no report ever came in."""
        return "–" if self.silence.last == NO_TIME else lasted(self.silence.lasts)

    @property
    def usual(self) -> str:
        """Return what it is held against, in words."""
        span = lasted(self.silence.usual)
        return f"95 % of its silences are within {span}" if self.silence.own else f"too few reports to tell; {span} is taken"

    @property
    def last(self) -> str:
        """Return when its last report came in."""
        return dtg(from_micros(self.silence.last)) if self.silence.last != NO_TIME else "Never"

    @property
    def late(self) -> str:
        """Return within how long half of its reports come in."""
        return "Too few to tell" if self.delay is None else f"{self.delay:,} min"


@dataclass(frozen=True, slots=True)
class Health:
    """The sectors, and of the posts those that are quiet for longer than is usual there, the longest first.

    ``posts`` is how many there are; reports marked higher than ``upto`` do not count.
    """

    sectors: tuple[Source, ...]
    quiet: tuple[Source, ...]
    posts: int
    upto: str


def health(sheet: Sheet, of: Layer, upto: str) -> Health:
    """Return how reporting stands at a sheet's moment, from all reports its user sees that are marked ``upto`` or lower."""
    record, parts = sheet.record, _below(sheet, of, upto)
    came, start = (moments(parts, name) for name in ("order", "start"))
    start[weekly(parts)] = NO_TIME
    now, month = to_micros(sheet.moment), View(last="30d", known_at=sheet.view.known_at)
    here = groups(sheet, of, "sector", parts)
    numbers = here.numbers(parts)
    sectors = [
        _source(group.label, here.only(month, group), _of(numbers == n, start, came), now)
        for n, group in enumerate(here.every)
        if group.code
    ]
    posts = _posts(sheet)
    if not posts:
        return Health(tuple(sectors), (), 0, upto)
    to = ask.among_seen(record, sheet.user, POSTS.id, sheet.view.known_at)
    nearest = np.concatenate([nearby.closest(record.relations, part.columns, to)[part.rows] for part in parts])
    found = [
        _source(posts[one.id], month.also("post", (one.id,)), _of(nearest == n, start, came), now)
        for n, one in enumerate(to.features.every)
        if one.id in posts
    ]
    quiet = sorted((one for one in found if one.silence.unusual), key=lambda one: (-one.silence.lasts, one.label))
    return Health(tuple(sectors), tuple(quiet), len(found), upto)


def _below(sheet: Sheet, of: Layer, upto: str) -> tuple[Selection, Selection]:
    """Return all reports that a sheet's user sees, of any time, that are marked so or lower."""
    record = sheet.record
    question = ask.everything(record, sheet.user, of, sheet.view.known_at)
    ceiling = min(question.ceiling, access.rank(upto, record.configuration.markings))
    return record.picture.points[of.stored].ask(replace(question, ceiling=ceiling, each=True))


def _posts(sheet: Sheet) -> dict[str, str]:
    """Return the posts this user sees, by id, as they are called; a headquarters observes nothing."""
    every = sheet.everything()
    if not any(of.id == POSTS.id for of in every.layers):
        return {}
    shapes, rows = every.shapes(POSTS)
    named = ask.called(sheet.record, sheet.user, POSTS.id, sheet.view.known_at)
    watching = (shapes.feature[n] for n in rows.tolist() if shapes.fields[n].get("kind") != _HEADQUARTERS)
    return {one: named[one] for one in watching if one in named}


def _of(mine: np.ndarray[tuple[int], np.dtype[np.bool_]], start: Ints, came: Ints) -> tuple[Ints, Ints]:
    return start[mine], came[mine]


def _source(label: str, view: View | None, times: tuple[Ints, Ints], now: int) -> Source:
    start, came = times
    lately = start > now - BACK
    known = late.delays(start[lately], came[lately], now)
    return Source(label, view, silence(came, now), known.within(0.5) if known else None)
