"""The daily situation report as the record fills it: each head with what is recorded, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from layers import access
from layers.briefing.report import Block, Head, Map, Paragraph, Table
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.patrol_routes import LAYER as ROUTES
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.desk import accounts, harm, patrols, rated, trends, visited
from layers.desk.accounts import Account, at
from layers.desk.coverage import Rate
from layers.desk.cross import Cross
from layers.desk.groups import groups
from layers.desk.issued import Entry
from layers.desk.plates import within_page
from layers.desk.sheet import Sheet
from layers.errors import NotFound
from layers.model import NO_TIME, Box, Layer, from_micros, to_micros
from layers.notation import dtg, format_rate

#: So many rows at most are listed under a head; how many there are is always said.
MOST = 30
_DAY = timedelta(days=1)
_COLUMNS = ("When", "Grid (WGS 84)", "Kind", "Severity", "Party", "Casualties: low / best / high", "Grade", "Account")
_WIDTHS = (1.3, 1.7, 1.75, 1.05, 1.3, 1.3, 0.8, 2.75)


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says: its heads, and the highest marking of what is in them."""

    heads: tuple[Head, ...]
    marking: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Who prepared a report and who approves it; blank for nobody yet."""

    prepared: str
    approved: str = ""


def situation(sheet: Sheet, box: Box, flashes: Sequence[Entry], signed: Signed) -> Told:
    """Return the daily situation report of a sheet's span; ``flashes`` are the special reports of the 24 hours before."""
    of = incidents(sheet)
    whole = at(sheet, end=sheet.window.end or sheet.moment)
    ahead = at(sheet, start=whole.window.end, end=(whole.window.end or sheet.moment) + _DAY)
    marking = highest(
        sheet,
        [
            sheet.marking(),
            _before(sheet, of),
            *marked(ahead, ROUTES.id),
            *_observers(whole),
            *unsettled(sheet),
            *(one.job.marking for one in flashes),
        ],
    )
    return Told(
        (
            Head("Period", (Paragraph(period(sheet)), Paragraph(counted(sheet, of)))),
            Head("Places visited", (*_visits(whole, marking), *awaited(whole))),
            Head("Significant incidents", significant(sheet, of, box, marking)),
            Head("Action taken", _action(sheet, of)),
            Head("Special reports in the last 24 hours", _special(flashes)),
            Head("Special tasks", planned(whole, "Tasks of the patrols planned in the period")),
            Head("National resources"),
            Head("Gender-related observations", _spared(sheet, of)),
            Head("General assessment", _compared(sheet, of)),
            Head("Personnel, communications, vehicles"),
            Head("Future activities", planned(ahead, "Patrols planned for the 24 hours after the period")),
            signatures(signed),
        ),
        marking,
    )


def incidents(sheet: Sheet) -> Layer:
    """Return the layer of incidents; NotFound where the sheet's user has none."""
    found = visited.layer(sheet, INCIDENTS.id)
    if found is None:
        raise NotFound("incidents are not here for you, and a report is about them")
    return found


def highest(sheet: Sheet, marked: Iterable[str | None]) -> str:
    """Return the highest of some markings, the lowest of all where there is none."""
    known = sheet.record.configuration.markings
    return access.named(max((access.rank(one, known) for one in marked if one), default=0), known)


def period(sheet: Sheet) -> str:
    """Return a sheet's span in words, from and to."""
    begin, end = sheet.window.start, sheet.window.end or sheet.moment
    by = "Recorded from" if sheet.window.by == "recorded" else "From"
    if begin and dtg(begin) == dtg(end):
        return f"{'Recorded at' if by != 'From' else 'At'} {dtg(begin)}."
    return f"{by} {dtg(begin)} to {dtg(end)}." if begin else f"The whole record to {dtg(end)}."


def counted(sheet: Sheet, of: Layer) -> str:
    """Return how many incidents a sheet holds, by severity, in words."""
    tally = sheet.tally(of)
    by = ", ".join(f"{count:,} {hue.label.lower()}" for hue, count in zip(of.portrayal.hues, tally.hues, strict=True))
    noun = of.one if tally.count == 1 else of.called
    return f"{tally.count:,} {noun}; by severity: {by}." if tally.count else f"No {of.called} are recorded in the period."


def signatures(signed: Signed) -> Head:
    """Return the last head of each report."""
    rows = (("Prepared by", signed.prepared or "To be completed"), ("Approved by", signed.approved or "To be completed"))
    return Head("Prepared by, approved by", (Table("Signatures", ("", "Name, rank, date and time"), rows, (1, 3)),))


def listed(of: Sequence[Account]) -> tuple[tuple[str, ...], ...]:
    """Return accounts as rows of a table."""
    return tuple((one.when, one.where, one.kind, one.severity, one.party, one.casualties, one.grade, one.text) for one in of)


def mapped(sheet: Sheet, of: Layer, box: Box, marking: str, *, said: str = "") -> tuple[Block, ...]:
    """Return the map of a sheet as a report may show it, and what it leaves out; nothing where there is nothing to show."""
    shown = accounts.told_openly(sheet)
    count = shown.count(of) if shown else 0
    left = sheet.count(of) - count
    said = said or f"Map: {count:,} {of.one if count == 1 else of.called}, {period(sheet)[0].lower()}{period(sheet)[1:]}"
    if left:
        said += f" {left:,} told by place and week only {'is' if left == 1 else 'are'} not on it."
    if not shown or not count:
        return ()
    return (Map(within_page(sheet, sheet.band(marking), box, {of.id: shown}), said),)


def significant(sheet: Sheet, of: Layer, box: Box, marking: str) -> tuple[Block, ...]:
    """Return the incidents above low severity as a table, and the map of all."""
    found = accounts.read(sheet, of, accounts.significant(sheet, of, MOST))
    if not found:
        return (Paragraph("No incident above low severity is recorded in the period."), *mapped(sheet, of, box, marking))
    tally = sheet.tally(of)
    above = tally.count - tally.hues[-1]
    which = f"All {above:,}" if len(found) == above else f"{len(found):,} of {above:,}"
    called = f"{which} incidents above low severity, the most severe first, then the newest"
    called = "The one incident above low severity" if above == 1 else called
    return (Table(called, _COLUMNS, listed(found), _WIDTHS), *mapped(sheet, of, box, marking))


def _visits(sheet: Sheet, marking: str) -> tuple[Block, ...]:
    found = visited.visits(sheet, marking)
    if not found:
        return (Paragraph("No patrol track is recorded in the period."),)
    rows = tuple((one.place, one.sector, one.patrol, one.departed, one.arrived, one.before) for one in found if one.place)
    called = f"Settlements within {visited.NEAR_M:,.0f} m of a patrol's track; departure and arrival are those of the patrol"
    heads = ("Place", "Sector", "Patrol", "Departure", "Arrival", "Last visited before")
    table = limited(called, heads, rows, (1.4, 0.7, 1.2, 1.3, 1.3, 1.4)) if rows else (Paragraph("No settlement was visited."),)
    return (*table, *_passed(found))


def _passed(found: Sequence[visited.Visit]) -> tuple[Block, ...]:
    """Return in a sentence which patrols came by no settlement; nothing where each did."""
    named = [f"{one.patrol} ({one.sector})" if one.sector else one.patrol for one in found if not one.place]
    more = f" and {len(named) - MOST:,} more" if len(named) > MOST else ""
    patrols_ = "patrol" if len(named) == 1 else "patrols"
    said = f"{len(named):,} {patrols_} came within {visited.NEAR_M:,.0f} m of no settlement: {', '.join(named[:MOST])}{more}."
    return (Paragraph(said),) if named else ()


def limited(
    called: str, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[float, ...]
) -> tuple[Block, ...]:
    """Return a table of the first rows, which says of how many."""
    more = f", the first {MOST} of {len(rows):,}" if len(rows) > MOST else ""
    return (Table(called + more, heads, rows[:MOST], widths),)


def _action(sheet: Sheet, of: Layer) -> tuple[Block, ...]:
    if not sheet.count(of):
        return ()
    parts, found = sheet.points(of), list[Block]()
    for name in ("status", "follow_up"):
        by = groups(sheet, of, name, parts)
        numbers = by.numbers(parts)
        rows = [(group.label, f"{int((numbers == n).sum()):,}") for n, group in enumerate(by.every)]
        if not any(group.code for group in by.every):
            found.append(Paragraph(f"{by.title}: none is recorded for any of them."))
            continue
        found.append(Table(f"Incidents by {by.title.lower()}", (by.title, "Incidents"), tuple(rows), (3, 1)))
    return tuple(found)


def _special(flashes: Sequence[Entry]) -> tuple[Block, ...]:
    if not flashes:
        return (Paragraph("No FLASH report was issued in the last 24 hours."),)
    rows = tuple((one.called, dtg(one.job.made_at), one.job.title, one.job.marking) for one in flashes)
    return limited("FLASH reports issued", ("Number", "Issued", "Title", "Marking"), rows, (0.8, 1.4, 4, 1.6))


def planned(sheet: Sheet, called: str) -> tuple[Block, ...]:
    """Return the patrols that a sheet's span plans."""
    found = sorted((one for one in patrols.patrols(sheet).every if one.planned), key=lambda one: (one.first, one.name))
    if not found:
        return (Paragraph("No planned patrol is recorded for it."),)
    rows = tuple((one.name, one.sector, one.task, _at(one.first), _at(one.legs[-1].ends), one.became) for one in found)
    heads = ("Patrol", "Sector", "Task", "Planned start", "Planned end", "Legs")
    return limited(called, heads, rows, (1.2, 0.6, 2.2, 1.4, 1.4, 1.4))


def awaited(sheet: Sheet) -> tuple[Block, ...]:
    """Return the patrols whose reports are overdue at a sheet's moment, of its span or before; nothing where none is."""
    now = to_micros(sheet.moment)
    late = [one for one in patrols.unsettled(sheet) if one.overdue(now)]
    if not late:
        return ()
    rows = tuple((one.name, one.sector, _at(one.ended), _at(one.due), one.report(now)) for one in late)
    heads = ("Patrol", "Sector", "Came back", "Report was due", "Now")
    return limited("Patrol reports that are overdue", heads, rows, (1.2, 0.6, 1.4, 1.4, 1.8))


def _at(micros: int) -> str:
    return "Not recorded" if micros == NO_TIME else dtg(from_micros(micros))


def _spared(sheet: Sheet, of: Layer) -> tuple[Block, ...]:
    found = harm.harm(sheet, of)
    if found is None or found.coarse is None:
        return (Paragraph("The view leaves these kinds out."), Paragraph("To be completed.", quiet=True))
    if not found.coarse.total.total.count:
        return (Paragraph("No report of sexual violence or recruitment of children is recorded in the period."),)
    return (_crossed(found.coarse),)


def _crossed(found: Cross) -> Table:
    heads = ("Week that begins", *found.columns, "All")
    rows = tuple(
        (row.label, *(f"{one.count:,}" for one in row.cells), f"{row.total.count:,}") for row in (*found.rows, found.total)
    )
    return Table("Reports of sexual violence and recruitment of children, by week and sector only", heads, rows)


def _compared(sheet: Sheet, of: Layer) -> tuple[Block, ...]:
    found = trends.trends(sheet, of, ("sector",))
    told = rated.rated(sheet, of, found, "hour")
    observed = {found.total: told.total} | dict(pair for _, counts in told.groups for pair in counts)
    rows = []
    met = [one for _, counts in found.groups for one in counts if one.count or one.before or one.view]
    for count in (*met, found.total):
        change = "–" if count.before is None else f"{count.count - count.before:+,}".replace("-", "−").replace("+0", "0")
        before = "–" if count.before is None else f"{count.before:,}"
        rows.append((count.label, f"{count.count:,}", before, change, _rate(observed[count]) if count in observed else "–"))
    called = "Incidents against the period of equal length before, by sector, and per observed hour with the 95 % interval"
    table = Table(called, ("Sector", "Period", "Before", "Change", "Per observed hour"), tuple(rows), (1.6, 1, 1, 1, 2.4))
    notes = [] if found.covers is not False else [Paragraph("The record does not reach back over the whole period before.")]
    return (table, *notes, Paragraph("Assessment: to be completed.", quiet=True))


def _observers(sheet: Sheet) -> list[str | None]:
    """Return the markings of what rates are reckoned from."""
    return [*marked(sheet, TRACKS.id), *marked(sheet, POSITIONS.id)]


def _rate(of: Rate | None) -> str:
    return f"{format_rate(of.best)} ({format_rate(of.low)} to {format_rate(of.high)})" if of else "Not observed"


def unsettled(sheet: Sheet) -> list[str]:
    """Return the markings of the patrols that are open at a sheet's moment."""
    known = sheet.record.configuration.markings
    return [access.named(one.rank, known) for one in patrols.unsettled(sheet)]


def _before(sheet: Sheet, of: Layer) -> str | None:
    earlier = sheet.window_before
    return at(sheet, start=earlier.start, end=earlier.end, known_at=earlier.known_at).marking(of) if earlier else None


def marked(sheet: Sheet, name: str) -> list[str | None]:
    """Return the highest marking of a layer's features in a sheet; nothing where its user has no such layer."""
    of = visited.layer(sheet, name)
    return [sheet.marking(of)] if of else []
