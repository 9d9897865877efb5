"""What is asked: a window in space and time, layers left out, filters. Small enough for a link."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from urllib.parse import parse_qsl, quote, unquote

from layers.errors import MalformedView
from layers.model.chainage import Chainage, chainage
from layers.model.relation import Relation, relation

Box = tuple[float, float, float, float]
#: By which time a window runs: when things occurred, or when the record came to know what it says of them.
By = Literal["occurred", "recorded"]

_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_LAST = re.compile(r"([1-9][0-9]{0,4})([hd])|watch|all")
_LONGEST = 2_000
_SCENE = re.compile(r"[0-9a-f]{32}")
#: So many scenes lie on the map at once: one, or two with a divide between them.
_SCENES = 2
_MOST_PARTS = 40
#: The years that a view may name, the last one excluded: those of the agreement's clauses.
_YEARS = range(1900, 2200)
_OWN = frozenset({"last", "from", "to", "by", "known", "bbox", "hide", "show", "where", "kp", "scene", "look"})


@dataclass(frozen=True, slots=True)
class Window:
    """Where and when, in absolute terms.

    ``start`` and ``end`` bound UTC time half-open, None is unbounded; ``known_at`` asks what the
    mission knew at that moment, None is now. ``box`` is west, south, east, north in degrees, or
    None for everywhere; west > east crosses the antimeridian. ``by`` is the time that is bounded.
    """

    start: datetime | None = None
    end: datetime | None = None
    known_at: datetime | None = None
    box: Box | None = None
    by: By = "occurred"


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of a mission. Hashable; ``text`` is its one spelling.

    ``last`` is a span that ends now (``24h``, ``7d``, ``watch``, ``all``) and excludes ``start``
    and ``end``. Of layers that are stored those in ``hidden`` are left out, of those that are reckoned those in ``shown`` are there.
    ``by`` says of which time the span is: of when things occurred, or of when the record came to know the
    version that stands, so that what was reported late or changed belongs to it too. ``filters`` keeps, of every layer that has the field, the listed codes; ``where``, of one layer, what stands
    so to another; ``kp`` what lies beside a stretch of a line. ``scenes`` lie under it all, by their digests: one, or the one
    before and the one after a divide; ``look`` says how they are drawn, blank for the usual way.
    """

    last: str = "24h"
    start: datetime | None = None
    end: datetime | None = None
    by: By = "occurred"
    known_at: datetime | None = None
    box: Box | None = None
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: Relation | None = None
    kp: Chainage | None = None
    scenes: tuple[str, ...] = ()
    look: str = ""

    @property
    def text(self) -> str:
        """Return the canonical text: equal views have equal texts, and ``parse`` reads it back."""
        parts = [] if self.start or self.end else [("last", self.last)]
        parts += [("from", _iso(self.start))] if self.start else []
        parts += [("to", _iso(self.end))] if self.end else []
        parts += [("by", self.by)] if self.by != "occurred" else []
        parts += [("known", _iso(self.known_at))] if self.known_at else []
        parts += [("bbox", ",".join(f"{v:.10g}" for v in self.box))] if self.box else []
        parts += [(name, ",".join(layers)) for name, layers in (("hide", self.hidden), ("show", self.shown)) if layers]
        parts += [("where", self.where.text)] if self.where else []
        parts += [("kp", self.kp.text)] if self.kp else []
        parts += [("scene", ",".join(self.scenes))] if self.scenes else []
        parts += [("look", self.look)] if self.look else []
        parts += [(name, ",".join(quote(c, safe="") for c in codes)) for name, codes in self.filters]
        return "&".join(f"{name}={quote(value, safe=',:')}" for name, value in parts)

    def moment(self, now: datetime) -> datetime:
        """Return the time whose picture is asked for: now, or the earlier moment that the view is known at."""
        return min(now, self.known_at) if self.known_at else now

    def window(self, now: datetime, watch_began: datetime) -> Window:
        """Resolve the span against the moment of the view, by the mission's clock.

        A relative window starts on a whole minute, so that equal questions asked within one minute
        are one question, and has no end: what comes in next belongs to it.
        """
        start, end = self.start, self.end
        if start is None and end is None:
            start = _began(self.last, now, watch_began)
        return Window(start, end, self.known_at, self.box, self.by)

    def only(self, name: str, codes: tuple[str, ...]) -> View:
        """Return this view keeping only ``codes`` of one field; no codes lifts the filter."""
        kept = {n: c for n, c in self.filters if n != name}
        if codes:
            kept[name] = codes
        return replace(self, filters=tuple(sorted((n, tuple(sorted(set(c)))) for n, c in kept.items())))

    def also(self, name: str, codes: tuple[str, ...]) -> View | None:
        """Return this view keeping, of what it keeps by one field, only ``codes``; None where that is nothing.

        Examples
        --------
        >>> View(filters=(("kind", ("firing", "shelling")),)).also("kind", ("firing", "laser")).text
        'last=24h&kind=firing'
        """
        held = dict(self.filters).get(name, codes)
        kept = tuple(code for code in codes if code in held)
        return self.only(name, kept) if kept else None


def parse(text: str) -> View:
    """Read a view from its text, as written by ``View.text`` or by hand.

    Parameters
    ----------
    text : str
        ``last=24h&kind=shelling,firing``; empty for the default view. Times are ISO 8601 with a
        zone; the order of parts and codes does not matter.

    Raises
    ------
    MalformedView
        A part is not understood; the message names it.

    Examples
    --------
    >>> parse("kind=shelling,firing&last=7d").text
    'last=7d&kind=firing,shelling'
    """
    if len(text) > _LONGEST:
        raise MalformedView(f"the view is {len(text)} characters long; at most {_LONGEST} are read")
    if text.count("&") >= _MOST_PARTS:
        raise MalformedView(f"the view has {text.count('&') + 1} parts; at most {_MOST_PARTS} are read")
    parts: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if not _NAME.fullmatch(name) or name in parts:
            raise MalformedView(f"the view names {name[:40]!r}, which is unknown or stands twice; take it out")
        parts[name] = value
    filters = {n: _codes(v) for n, v in parts.items() if n not in _OWN}
    start, end = _time(parts, "from"), _time(parts, "to")
    if start and end and start >= end:
        raise MalformedView("the view ends before it begins; exchange 'from' and 'to'")
    return View(
        last=_last(parts.get("last", "24h"), bool(start or end)),
        start=start,
        end=end,
        by=_by(parts.get("by", "")),
        known_at=_time(parts, "known"),
        box=_box(parts.get("bbox", "")),
        hidden=_layers(parts.get("hide", "")),
        shown=_layers(parts.get("show", "")),
        filters=tuple(sorted((n, c) for n, c in filters.items() if c)),
        where=relation(parts["where"]) if parts.get("where") else None,
        kp=chainage(parts["kp"]) if parts.get("kp") else None,
        scenes=_scenes(parts.get("scene", "")),
        look=_look(parts.get("look", "")),
    )


def _layers(value: str) -> tuple[str, ...]:
    return tuple(sorted({name for name in value.split(",") if _NAME.fullmatch(name)}))


def _codes(value: str) -> tuple[str, ...]:
    return tuple(sorted({unquote(code) for code in value.split(",") if code}))


def _scenes(value: str) -> tuple[str, ...]:
    scenes = tuple(value.split(",")) if value else ()
    if len(scenes) > _SCENES or not all(_SCENE.fullmatch(one) for one in scenes):
        raise MalformedView(f"the view's scene is {value[:80]!r}; name one scene by its digest, or two: before,after")
    return scenes


def _look(value: str) -> str:
    if value and not _NAME.fullmatch(value):
        raise MalformedView(f"the view's look is {value[:40]!r}; choose one from the list beside the map")
    return value


def _last(value: str, bounded: bool) -> str:
    if not _LAST.fullmatch(value):
        raise MalformedView(f"the view's span is {value[:20]!r}; write for example last=24h, last=7d, last=watch or last=all")
    return "24h" if bounded else value


def _by(value: str) -> By:
    for by in get_args(By):
        if value in (by, ""):
            return by  # type: ignore[no-any-return]
    raise MalformedView(f"the view runs by {value[:20]!r}; write by=occurred or by=recorded")


def _began(last: str, now: datetime, watch_began: datetime) -> datetime | None:
    if last == "all":
        return None
    if last == "watch":
        return watch_began
    number, unit = int(last[:-1]), last[-1]
    return (now - timedelta(hours=number * (24 if unit == "d" else 1))).replace(second=0, microsecond=0)


def _time(parts: dict[str, str], name: str) -> datetime | None:
    value = parts.get(name, "")
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise MalformedView(f"the view's {name!r} is {value[:40]!r}; write ISO 8601 with a zone, 2026-11-23T07:12Z") from None
    if moment.tzinfo is None:
        raise MalformedView(f"the view's {name!r} has no time zone; add Z for UTC")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = moment.replace(tzinfo=UTC)
    if moment.year not in _YEARS:
        raise MalformedView(f"the view's {name!r} is {value[:40]!r}; write a time of the years {_YEARS[0]} to {_YEARS[-1]}")
    return moment


def _box(value: str) -> Box | None:
    if not value:
        return None
    try:
        west, south, east, north = (float(v) for v in value.split(","))
    except ValueError:
        raise MalformedView(f"the view's bbox is {value[:60]!r}; write west,south,east,north in degrees") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise MalformedView(f"the view's bbox {value[:60]!r} is not on the earth; write west,south,east,north in degrees")
    return west, south, east, north


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
