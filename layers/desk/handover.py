"""The hand-over of a watch as the record fills it: what happened, what is open, what is overdue, who is quiet, the log, what comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from layers import access
from layers.analysis.response import Said, Step, standing
from layers.briefing.report import Block, Head, Paragraph, Table
from layers.catalogue.patrol_routes import LAYER as ROUTES
from layers.desk import accounts, alerts, patrol_alerts, patrols, responses, silences, watches
from layers.desk.accounts import at
from layers.desk.alerts import Alert
from layers.desk.patrol_alerts import Raised
from layers.desk.sheet import Sheet
from layers.desk.silences import Source
from layers.desk.situation import (
    Signed,
    Told,
    awaited,
    counted,
    highest,
    incidents,
    limited,
    marked,
    period,
    planned,
    signatures,
    significant,
    unsettled,
)
from layers.desk.watches import Entry
from layers.model import Box, Layer, Versions, from_micros, to_micros
from layers.notation import dtg

_NEXT = timedelta(hours=12)
#: What was done about an incident is looked for so far back.
_BACK = timedelta(days=30)
_TITLED = {1: "Urgent", 2: "High", 3: "Routine"}
Seen = Callable[[Iterable[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class _Open:
    """Incidents that somebody was tasked to and that are not closed, each with the steps that stand."""

    versions: Versions
    stands: tuple[dict[Step, Said], ...]


@dataclass(frozen=True, slots=True)
class _Watch:
    """What the sheet of a watch does not hold itself; ``ahead`` is the sheet of the next watch."""

    open: _Open
    alerts: tuple[Alert, ...]
    patrols: tuple[Raised, ...]
    log: tuple[Entry, ...]
    ahead: Sheet


def handover(sheet: Sheet, box: Box, seen: Seen, before: int | None, signed: Signed) -> Told:
    """Return the hand-over of a sheet's span, as things stood at its moment.

    ``seen`` keeps of versions those that the sheet's user may see. Of one that is made again only lines of the audit before line
    ``before`` count.
    """
    of = incidents(sheet)
    found = _watch(sheet, of, seen, before)
    marking = _marking(sheet, found)
    return Told(
        (
            Head("Watch", (Paragraph(period(sheet)), Paragraph(counted(sheet, of)))),
            Head("What happened", significant(sheet, of, box, marking)),
            Head("What is open", (*_alerts(sheet, found), *_responses(sheet, of, found.open))),
            Head("What is overdue", _overdue(sheet)),
            Head("Who is quiet", _quiet(sheet, of, marking)),
            Head("Watch log", _log(found.log)),
            Head("The next watch", planned(found.ahead, "Patrols planned for the 12 hours after the watch")),
            signatures(signed),
        ),
        marking,
    )


def _watch(sheet: Sheet, of: Layer, seen: Seen, before: int | None) -> _Watch:
    record, user, moment = sheet.record, sheet.user, sheet.moment
    end = sheet.window.end or moment
    since = sheet.window.start or moment - _BACK
    raised, _ = alerts.standing(record, user, moment, before)
    said = patrol_alerts.said(record, moment, before)
    log = watches.entries(record, user, since, min(end, moment))
    return _Watch(
        _unclosed(sheet, of, seen, before),
        tuple(sorted((one for one in raised if one.fresh), key=lambda one: one.attention)),
        tuple(
            one
            for one in patrol_alerts.raised(record, user, moment)
            if one.key not in said or not patrol_alerts.settled(one, said[one.key])
        ),
        tuple(one for one in log if before is None or one.number < before),
        at(sheet, start=end, end=end + _NEXT),
    )


def _unclosed(sheet: Sheet, of: Layer, seen: Seen, before: int | None) -> _Open:
    store, moment = sheet.record.store, sheet.moment
    told = [line for line in responses.lines(sheet.record, of, upto=moment) if before is None or line.said.number < before]
    known = seen([line.seq for line in told]) if told else {}
    lines: dict[str, list[Said]] = defaultdict(list)
    for line in told:
        if line.seq in known:
            lines[line.feature].append(line.said)
    stands = {feature: steps for feature, said in lines.items() if (steps := standing(said)) and "closed" not in steps}
    month = at(sheet.everything(), start=moment - _BACK)
    current = store.current(of.stored, sorted(stands), known_at=to_micros(moment))
    kept = np.flatnonzero(np.isin(current.seq, month.seqs(of)))
    versions = store.records(of.stored, np.sort(current.seq[kept]).tolist())
    return _Open(versions, tuple(stands[feature] for feature in versions.feature))


def _marking(sheet: Sheet, found: _Watch) -> str:
    markings = sheet.record.configuration.markings
    ranks = [one.rank for one in found.alerts]
    ranks += [patrol_alerts.rank(sheet.record, one) for one in found.patrols]
    return highest(
        sheet,
        [
            sheet.marking(),
            *marked(found.ahead, ROUTES.id),
            *found.open.versions.marking,
            *unsettled(sheet),
            *(one.marking for one in found.log),
            *(access.named(rank, markings) for rank in ranks),
        ],
    )


def _alerts(sheet: Sheet, found: _Watch) -> tuple[Block, ...]:
    if not found.alerts and not found.patrols:
        return (Paragraph("Every alert is acknowledged."),)
    sectors = sheet.record.picture.sectors
    rows = [
        (
            one.rule.title,
            _TITLED.get(one.rule.priority, ""),
            sectors[one.sector - 1] if one.sector else "",
            f"{one.fresh:,}",
            _at(one.last),
        )
        for one in found.alerts
    ]
    titles = patrol_alerts.RULES
    rows += [
        (f"{titles[one.rule][0]}: {one.words}", _TITLED[titles[one.rule][1]], one.sector, f"{one.count:,}", _at(one.last))
        for one in found.patrols
    ]
    count = f"{len(rows):,} {'alert is' if len(rows) == 1 else 'alerts are'} not acknowledged"
    return limited(count, ("Alert", "Priority", "Sector", "How many", "The last"), tuple(rows), (3.4, 0.9, 0.8, 0.9, 1.4))


def _responses(sheet: Sheet, of: Layer, found: _Open) -> tuple[Block, ...]:
    if not len(found.versions):
        return (Paragraph("No incident is tasked and not closed."),)
    told = accounts.accounts(sheet, of, found.versions)
    rows = tuple(_unclosed_row(one, steps) for one, steps in zip(told, found.stands, strict=True))
    heads = ("When", "Grid (WGS 84)", "Kind", "Tasked", "To", "On scene")
    return limited("Tasked or on scene, and not closed", heads, rows, (1.3, 1.9, 1.5, 1.3, 1.5, 1.3))


def _unclosed_row(one: accounts.Account, steps: Mapping[Step, Said]) -> tuple[str, ...]:
    """Return an incident with its steps; of a protected one neither their times nor names."""
    tasked, there = (steps.get(step) for step in ("tasked", "on scene"))
    times = ["Yes" if one.coarse and said else _at(said.at) if said and said.at is not None else "–" for said in (tasked, there)]
    return one.when, one.where, one.kind, times[0], tasked.to if tasked and not one.coarse else "", times[1]


def _overdue(sheet: Sheet) -> tuple[Block, ...]:
    late = [(one, leg) for one in patrols.unsettled(sheet) for leg in one.legs if leg.state == "overdue"]
    rows = tuple((one.name, one.sector, f"{leg.number:,}", _at(leg.ends)) for one, leg in late)
    legs = limited(
        "Legs of patrols that are overdue", ("Patrol", "Sector", "Leg", "Should have ended"), rows, (1.6, 0.8, 0.6, 1.4)
    )
    blocks = (*(legs if rows else ()), *awaited(sheet))
    return blocks or (Paragraph("Nothing is overdue."),)


def _quiet(sheet: Sheet, of: Layer, marking: str) -> tuple[Block, ...]:
    """Return how reporting stands in each sector, and which posts are quiet, by reports that are marked no higher than the sheet."""
    found = silences.health(sheet, of, marking)
    if not found.sectors and not found.posts:
        return (Paragraph("There is neither a sector nor a post, so nobody can be missed."),)
    silent = "; ".join(one.words for one in found.sectors if one.silence.unusual)
    said = f"{silent}. That is longer than usual." if silent else "No sector is quiet for longer than is usual there."
    rows = tuple((one.label, one.last, _span(one), one.usual, one.late) for one in (*found.sectors, *found.quiet))
    called = f"Sectors, and {len(found.quiet):,} of {found.posts:,} posts that are quiet for longer than usual, by reports marked up to {marking}"
    heads = ("Where", "Last report", "Nothing for", "Usual", "Half come in within")
    return (Paragraph(said), *limited(called, heads, rows, (1.2, 1.4, 1.4, 2.6, 1.2)))


def _span(one: Source) -> str:
    return f"{one.span}, unusual" if one.silence.unusual else one.span


def _log(log: Iterable[Entry]) -> tuple[Block, ...]:
    rows = tuple(_entries(log))
    if not rows:
        return (Paragraph("Nothing is written in the log of the watch."),)
    return (Table("Entries, the oldest first", ("When", "Who", "Entry"), rows, (1.4, 1, 5)),)


def _entries(log: Iterable[Entry]) -> Iterator[tuple[str, ...]]:
    for one in log:
        yield dtg(one.at), one.who, one.text


def _at(micros: int | None) -> str:
    return "–" if micros is None else dtg(from_micros(micros))
