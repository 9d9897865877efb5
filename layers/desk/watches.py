"""The watch: since when it runs, who started it, and its log, of which nothing is ever replaced.

A watch is the mission's, as its hours are: "since the watch began" means the same to everyone, on every page, sheet and link.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from layers import access
from layers.access import User
from layers.catalogue.positions import LAYER as POSTS
from layers.desk import answers
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.patrols import patrols, unsettled
from layers.desk.record import LOG, Record
from layers.desk.sheet import Sheet
from layers.desk.silences import health
from layers.errors import LayersError
from layers.model import View, to_micros

#: An entry of the log has so many characters at most.
LONGEST = 2_000
#: The log is read back over so long at least, and so many of its entries are told at once.
_BACK, _MOST = timedelta(hours=24), 300
_OUT = ("overdue", "under way", "planned")
_MOST_FORCES = 300
#: More quiet sectors than so many are counted, not named, where there is one line for them.
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log: its line of the audit, who wrote it, when, what, and how it is marked."""

    number: int
    who: str
    at: datetime
    text: str
    marking: str


def entries(record: Record, user: User, since: datetime, upto: datetime | None = None) -> Iterator[Entry]:
    """Yield the entries of the log of a span that this user may read, the oldest first.

    The log is of the whole mission: who sees some sectors only reads what he wrote himself.
    """
    markings = record.configuration.markings
    top = access.ceiling(user, markings)
    for row in record.lines.of(LOG):
        at, said = datetime.fromisoformat(row.at), json.loads(row.body)
        within = since <= at and (upto is None or at <= upto)
        if within and access.rank(said["marking"], markings) <= top and (user.sectors is None or row.who == user.name):
            yield Entry(row.seq, row.who, at, said["text"], said["marking"])


def told(record: Record, user: User) -> Json:
    """Return since when the watch runs and who started it, and the newest entries of its log, the last first."""
    now = record.clock()
    began, started = record.watch_began(now), record.watch_started(now)
    found = list(entries(record, user, min(began, now - _BACK)))[: -_MOST - 1 : -1]
    configuration = record.configuration
    markings = configuration.markings[: access.ceiling(user, configuration.markings) + 1]
    return {
        "began": answers.millis(to_micros(began)),
        "started": started.who if started else None,
        "may": access.may(user, "keep the watch"),
        "markings": markings,
        "marking": configuration.default_marking if configuration.default_marking in markings else markings[-1],
        "quiet": quiet(record, user, now),
        "entries": [
            {
                "id": one.number,
                "who": one.who,
                "at": answers.millis(to_micros(one.at)),
                "text": one.text,
                "marking": one.marking,
                "watch": one.at >= began,
            }
            for one in found
        ],
    }


def quiet(record: Record, user: User, now: datetime) -> list[str]:
    """Return in words which sectors are quiet for longer than is usual, by reports of the lowest marking; looked for once a minute."""
    of = next((of for of in ask.layers(record, user) if of.tiled and not of.base), None)
    lowest, view = record.configuration.markings[0], View()

    def found() -> list[str]:
        sheet = Sheet(record, user, view, ask.window(record, view), now, record.picture.version)
        return [one.words for one in health(sheet, of, lowest).sectors if one.silence.unusual] if of else []

    key = ("quiet", user, record.picture.version, now.replace(second=0, microsecond=0))
    return record.cues.kept(key, record.picture, found)


def unheard(record: Record, user: User) -> list[str]:
    """Return in words how many patrol reports are overdue and which sectors are quiet; looked for once a minute."""
    now, view = record.clock(), View()

    def found() -> list[str]:
        sheet = Sheet(record, user, view, ask.window(record, view), now, record.picture.version)
        late = sum(one.overdue(to_micros(now)) for one in unsettled(sheet))
        words = quiet(record, user, now)
        silent = words if len(words) <= _NAMED else [f"{len(words):,} sectors are quiet for longer than usual"]
        return [*([f"{late:,} patrol {'report' if late == 1 else 'reports'} overdue"] if late else []), *silent]

    key = ("unheard", user, record.picture.version, now.replace(second=0, microsecond=0))
    return record.cues.kept(key, record.picture, found)


def detail(text: str, marking: str, markings: Sequence[str]) -> dict[str, str]:
    """Return what the audit keeps of an entry.

    Raises
    ------
    LayersError
        The text is blank or too long, or the marking is none of those that may be given.
    """
    said = text.strip()
    if not 0 < len(said) <= LONGEST:
        given = f"the entry has {len(said):,} characters" if said else "nothing is written"
        raise LayersError(f"{given}; write 1 to {LONGEST:,} characters")
    if marking not in markings:
        raise LayersError(f"{marking[:40]!r} is no marking that you may give; choose one of {', '.join(markings)}")
    return {"text": said, "marking": marking}


def forces(sheet: Sheet) -> list[str]:
    """Return who may be tasked, of what this user sees: patrols that are out or planned for the next day, then posts."""
    out = [one.name for one in patrols(sheet).every if one.state in _OUT]
    posts = sorted(ask.called(sheet.record, sheet.user, POSTS.id).values())
    return list(dict.fromkeys([*out, *posts]))[:_MOST_FORCES]
