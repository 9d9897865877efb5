"""A view as one user may ask it. The only place where role, ceiling and sector decide what is seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from layers import access
from layers.access import User
from layers.desk.record import Record
from layers.errors import MalformedView, NotFound
from layers.index import Question
from layers.model import Field, Layer, View, Window, to_micros
from layers.notation import dtg

SECTOR = Field("sector", "Sector", "code", open=True, filterable=True)


def filters(record: Record) -> tuple[Field, ...]:
    """Return every field a view may filter by, the derived sector included."""
    found = {field.name: field for layer in record.picture.layers for field in layer.filterable}
    return (*found.values(), SECTOR)


def window(record: Record, view: View) -> Window:
    """Return the view's window by the mission's clock."""
    moment = view.moment(record.clock())
    return view.window(moment, record.watch_began(moment))


def layers(record: Record, user: User) -> tuple[Layer, ...]:
    """Return the layers whose lowest role the user has, the lowest on the map first."""
    return tuple(layer for layer in record.picture.layers if access.sees(user, layer))


def layer(record: Record, user: User, name: str) -> Layer:
    """Return a layer of that id.

    Raises
    ------
    NotFound
        There is none, or the user's role does not reach it.
    """
    for candidate in layers(record, user):
        if candidate.id == name:
            return candidate
    raise NotFound(f"no layer {name[:60]!r} here; see the legend for those there are")


def question(record: Record, user: User, view: View, of: Layer, *, within: Window | None = None) -> Question:
    """Return what a view asks of one layer, bounded by the user's ceiling and sectors.

    Raises
    ------
    MalformedView
        The view filters by something no layer has.
    NotAllowed
        The user's ceiling is unknown to this mission.
    """
    asked = within or window(record, view)
    known = {field.name for field in filters(record)}
    for name, _ in view.filters:
        if name not in known:
            raise MalformedView(f"no filter {name!r}; filter by {', '.join(sorted(known))}")
    return Question(
        start=to_micros(asked.start) if asked.start else None,
        end=_end(view.moment(record.clock()), asked, of),
        known_at=to_micros(asked.known_at) if asked.known_at else None,
        box=asked.box,
        ceiling=access.ceiling(user, record.configuration.markings),
        sectors=_sectors(record, user) if of.sectored else None,
        codes=tuple(codes for name, values in view.filters if (codes := _codes(record, of, name, values))),
    )


def _end(moment: datetime, asked: Window, of: Layer) -> int | None:
    """Return where a window ends. One that is open looks as far ahead as back, for what is planned or in force later."""
    if asked.end is None and asked.start is not None and of.time_rule == "interval":
        now = moment.replace(second=0, microsecond=0)
        return to_micros(max(now, asked.start) + abs(now - asked.start))
    return to_micros(asked.end) if asked.end else None


def everything(record: Record, user: User, of: Layer, known_at: datetime | None = None) -> Question:
    """Return the question after all a user may see of a layer, at any time, as known now or at a moment."""
    return question(record, user, View(last="all", known_at=known_at), of)


def knowable(record: Record, moment: datetime) -> None:
    """Let a moment pass of which the record can say what was known then.

    Raises
    ------
    MalformedView
        It lies in the future, or before anything was recorded.
    """
    now, began = record.clock(), record.record_began()
    if moment > now:
        raise MalformedView(f"{dtg(moment)} lies in the future; ask what was known at a time up to {dtg(now)}")
    if began is None:
        raise MalformedView("nothing is recorded yet, so nothing was known; import reports first")
    if moment < began:
        first = began + (-timedelta(seconds=began.second, microseconds=began.microsecond) % timedelta(minutes=1))
        raise MalformedView(f"nothing was known at {dtg(moment)}, before the record began; ask from {dtg(first)} on")


def sector_names(record: Record, user: User) -> dict[int, str]:
    """Return the sectors whose own marking the user may see, by position."""
    top = access.ceiling(user, record.configuration.markings)
    picture = record.picture
    return {n: code for n, (code, rank) in enumerate(zip(picture.sectors, picture.sector_ranks, strict=True), 1) if rank <= top}


def _codes(record: Record, of: Layer, name: str, values: tuple[str, ...]) -> tuple[str, tuple[int, ...]] | None:
    if name == SECTOR.name:
        return (name, tuple(n for n, code in enumerate(record.picture.sectors, 1) if code in values)) if of.sectored else None
    if of.id not in record.picture.points or name not in record.picture.points[of.id].vocabulary:
        return None
    return name, record.picture.points[of.id].positions(name, values)


def _sectors(record: Record, user: User) -> tuple[int, ...] | None:
    if user.sectors is None:
        return None
    return tuple(n for n, code in enumerate(record.picture.sectors, 1) if code in user.sectors)
