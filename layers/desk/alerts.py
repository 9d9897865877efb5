"""Alerts: what the mission's rules find in the last days, repeats put together, until someone acknowledges it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from layers import access
from layers.access import User
from layers.analysis.alerts import Span, covered, grouped
from layers.config import KEPT_H, AlertRule
from layers.desk import answers
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.asking import asked
from layers.desk.meant import CHANGED, STANDS, WITHDRAWN, Meant, ended, meant
from layers.desk.picture import Change
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import LayersError, NotFound
from layers.index import mask
from layers.model import Layer, to_micros

Int64s = npt.NDArray[np.int64]

ACT = "acknowledge"
INCIDENTS = "incidents"
LONGEST = 500
#: So many are told at once, the first in the order of attention; all that are open are counted.
_MOST = 300
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One line of the audit: who took note of which alert, when and why, and what it covers.

    ``rank`` is that of the alert as its author saw it: what the reason may tell of.
    """

    rule: str
    who: str
    at: int
    reason: str
    rank: int
    span: Span


@dataclass(frozen=True, slots=True)
class Alert:
    """Repeats of what one rule means, in one sector.

    Attributes
    ----------
    rule : AlertRule
        Which rule.
    origins : tuple of int
        The first version of each incident, ascending; the first of them names the alert for as long as it grows.
    newest : int
        The version of the incident that occurred last, of those that stand where any does.
    first, last : int
        When the first and the last occurred, microseconds since 1970 UTC.
    until : int
        When the last may have occurred at the latest: the end of its week where it is told by the week only.
    sector : int
        Number of the sector, 0 for none that the user sees.
    rank : int
        The highest rank of a marking of any of it, of the sector, and of what the rule tells of.
    fresh : int
        How many of the incidents nobody has acknowledged yet.
    withdrawn, changed : int
        How many of them were withdrawn since, or say something else now that the rule does not mean; such an incident is of
        the alert until it is acknowledged.
    said : Acknowledgement or None
        The last that covers any of it.
    """

    rule: AlertRule
    origins: tuple[int, ...]
    newest: int
    first: int
    last: int
    until: int
    sector: int
    rank: int
    fresh: int
    withdrawn: int
    changed: int
    said: Acknowledgement | None

    @property
    def key(self) -> str:
        """Return what the alert is called by."""
        return f"{self.rule.id}:{self.origins[0]}"

    @property
    def attention(self) -> tuple[bool, int, int]:
        """Return its place in the order of attention: what is open before the rest, the urgent first, then the newest."""
        return not self.fresh, self.rule.priority, -self.last


def told(record: Record, user: User, others: Sequence[Json] = ()) -> Json:
    """Return the alerts this user sees, in the order of attention, how many are open, and which rules cannot be followed.

    An incident raises an alert where the mission knew of it within the hours of the rule. The alert stands until it is
    acknowledged, though the incident be withdrawn or changed, at most ``KEPT_H`` hours after its newest incident; acknowledged,
    for the hours of the rule. ``others`` are alerts about something else, told in the same way, which stand among these.
    """
    version, now = record.picture.version, record.clock()
    found, faults = standing(record, user)
    since = to_micros(now) - np.array([alert.rule.hours * _HOUR for alert in found], np.int64)
    kept = [alert for alert, begin in zip(found, since.tolist(), strict=True) if alert.fresh or alert.until >= begin]
    shown = sorted(kept, key=lambda alert: alert.attention)[:_MOST]
    newest = _items(record, user, [alert.newest for alert in shown])
    every = [(alert.attention, _plain(record, user, alert, newest[alert.newest])) for alert in shown if alert.newest in newest]
    every += [((not one["fresh"], int(str(one["priority"])), -1_000 * int(str(one["last"]))), one) for one in others]
    return {
        "version": version,
        "rules": len(record.configuration.alerts) + len({one["rule"] for one in others}),
        "open": sum(alert.fresh > 0 for alert in kept) + sum(bool(one["fresh"]) for one in others),
        "faults": faults,
        "kept_h": KEPT_H,
        "may": access.may(user, "acknowledge"),
        "alerts": [one for _, one in sorted(every, key=lambda pair: pair[0])],
    }


def standing(
    record: Record, user: User, known_at: datetime | None = None, before: int | None = None
) -> tuple[list[Alert], list[str]]:
    """Return every alert of the last days, acknowledged or not, and what is wrong with the rules, in sentences.

    With a moment they are those of then, by the rules of now; with a line of the audit only what was acknowledged before it counts.
    """
    if not any(of.id == INCIDENTS for of in ask.layers(record, user)):
        return [], []
    of, said = ask.layer(record, user, INCIDENTS), acknowledgements(record, known_at, before)
    sheets: list[tuple[AlertRule, Sheet]] = []
    faults: list[str] = []
    for rule in record.configuration.alerts:
        question = asked(record, user, rule, of)
        faults += question.faults
        if question.view is not None:
            view = replace(question.view, known_at=known_at)
            window = ask.window(record, view)
            sheets.append((rule, Sheet(record, user, view, window, record.clock(), record.picture.version)))
            sheets[-1][1].points(of)
    # What ended is read once all rules were asked: to answer one, incidents may have to be placed anew.
    past = ended(record, of, known_at) if sheets else ()
    found: list[Alert] = []
    for rule, sheet in sheets:
        found += _raised(sheet, rule, [one for one in said if one.rule == rule.id], meant(sheet, of, rule, past))
    return found, faults


def acknowledged(record: Record, user: User, key: str, upto: int, reason: str) -> dict[str, str | int]:
    """Return what the audit keeps of an acknowledgement.

    Raises
    ------
    NotFound
        There is no such alert for this user, or it has left the list.
    LayersError
        No reason is given or a very long one, ``upto`` is no version on any screen, or all of it is acknowledged already.
    """
    rule, _, origin = key.rpartition(":")
    found = [alert for alert in standing(record, user)[0] if alert.rule.id == rule and origin in map(str, alert.origins)]
    if not found:
        raise NotFound("this alert is not here any more; look at the list again")
    alert, words = found[0], reasoned(reason)
    if not 0 < upto <= record.picture.version or upto < alert.origins[0]:
        raise LayersError(f"the alert was not on the screen at version {upto}; look at the list again")
    if not alert.fresh and alert.said:
        raise LayersError(f"{alert.said.who} has acknowledged this alert already; nothing was added")
    sectors, markings = record.picture.sectors, record.configuration.markings
    return {
        "rule": alert.rule.id,
        "sector": sectors[alert.sector - 1] if alert.sector else "",
        "first": alert.first,
        "last": alert.last,
        "upto": upto,
        "ceiling": user.ceiling or "",
        "marking": markings[alert.rank] if alert.rank < len(markings) else "",
        "reason": words,
    }


def reasoned(reason: str) -> str:
    """Return why an alert is acknowledged; LayersError where nothing is said, or very much."""
    words = reason.strip()
    if not words or len(words) > LONGEST:
        given = f"the reason has {len(words):,} characters" if words else "no reason is given"
        raise LayersError(f"{given}; say in a few words what was done, {LONGEST} characters at most")
    return words


def acknowledgements(record: Record, upto: datetime | None = None, before: int | None = None) -> list[Acknowledgement]:
    """Return what was acknowledged, the oldest first; where they are given, up to a moment and before a line of the audit.

    Of a line that does not say how what it covers was marked, all is taken to be that its author could see. A marking the
    mission does not know ranks above all it knows.
    """
    markings, sectors = record.configuration.markings, record.picture.sectors
    found = []
    for row in record.store.audit_rows(act=ACT):
        if (upto is not None and datetime.fromisoformat(row.at) > upto) or (before is not None and row.seq >= before):
            continue
        said = json.loads(row.body)
        top = said["ceiling"]
        ceiling = access.rank(top, markings) if top in markings else -1 if top else access.UNLIMITED
        sector = sectors.index(said["sector"]) + 1 if said["sector"] in sectors else -1 if said["sector"] else 0
        span = Span(sector, said["first"], said["last"], said["upto"], ceiling)
        at, rank = to_micros(datetime.fromisoformat(row.at)), access.rank(said.get("marking", top), markings)
        found.append(Acknowledgement(said["rule"], row.who, at, said["reason"], rank, span))
    return found


def touched(record: Record, user: User, change: Change, saw: Callable[[Layer, Int64s], bool]) -> bool:
    """Say whether a change brings anything that this user sees, so that there may be another alert, or one less.

    ``saw`` says of versions that ended whether the user could see any.
    """
    if not record.configuration.alerts:
        return False
    seen = {of.id: of for of in ask.layers(record, user)}
    if change.reshaped & seen.keys():
        return True
    return any(
        mask(added.columns, ask.everything(record, user, seen[name])).any() or saw(seen[name], added.ended)
        for name, added in change.added.items()
        if name in seen
    )


def _raised(sheet: Sheet, rule: AlertRule, said: Sequence[Acknowledgement], every: Meant) -> Iterator[Alert]:
    """Yield the alerts of one rule: what it means put together, but for what lapsed and is acknowledged."""
    by = covered(every.found, [one.span for one in said])
    kept = np.flatnonzero((every.fate == STANDS) | (by < 0))
    one, by, told_rank = every.take(kept), by[kept], ask.rank(sheet.record, sheet.user, sheet.view)
    found, top = one.found, access.ceiling(sheet.user, sheet.record.configuration.markings)
    sector = found.seen(top)
    number = grouped(found.start, sector, rule.together_h * _HOUR)
    order = np.lexsort((found.origin, found.start, one.fate == STANDS, number))
    for rows in np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else ():
        newest, at = int(rows[-1]), int(by[rows].max())
        yield Alert(
            rule,
            tuple(np.sort(found.origin[rows]).tolist()),
            int(one.seq[newest]),
            int(found.start[rows].min()),
            int(found.start[rows].max()),
            int(one.until[rows].max()),
            int(sector[newest]),
            max(int(found.rank[rows].max()), int(found.sector_rank[newest]) if sector[newest] else 0, told_rank),
            int((by[rows] < 0).sum()),
            int((one.fate[rows] == WITHDRAWN).sum()),
            int((one.fate[rows] == CHANGED).sum()),
            said[at] if at >= 0 else None,
        )


def _items(record: Record, user: User, seqs: Sequence[int]) -> dict[int, Json]:
    of = ask.layer(record, user, INCIDENTS) if seqs else None
    if of is None:
        return {}
    names = ask.sector_names(record, user)
    versions = record.store.records(of.id, sorted(seqs))
    lying = record.picture.sectors_at(versions.lon, versions.lat)
    sectors = {int(seq): names.get(int(at), "") for seq, at in zip(versions.seq, lying, strict=True)}
    return {int(str(item["id"])): item for item in answers.items(of, versions, sectors)}


def _plain(record: Record, user: User, alert: Alert, newest: Json) -> Json:
    """Return an alert as JSON says it; why it was acknowledged only to who may see all that was.

    Where the sector is above who reads, so is the acknowledgement that was made of it.
    """
    markings, said = record.configuration.markings, alert.said
    open_to = said is not None and said.rank <= access.ceiling(user, markings)
    return {
        "key": alert.key,
        "rule": alert.rule.id,
        "title": alert.rule.title,
        "priority": alert.rule.priority,
        "count": len(alert.origins),
        "fresh": alert.fresh,
        "withdrawn": alert.withdrawn,
        "changed": alert.changed,
        "first": answers.millis(alert.first),
        "last": answers.millis(alert.last),
        "marking": access.named(alert.rank, markings),
        "newest": newest,
        "acknowledged": None
        if said is None
        else {"who": said.who, "at": answers.millis(said.at), "reason": said.reason if open_to else None, "upto": said.span.upto},
    }
