"""The FLASH report of one incident as the record fills it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from layers.briefing.report import TO_COMPLETE, Block, Head, Paragraph, Table
from layers.desk import accounts, rulings, whereabouts
from layers.desk.accounts import Account
from layers.desk.answers import distance, spoken
from layers.desk.rulings import Ruling
from layers.desk.sheet import Sheet
from layers.desk.situation import Signed, Told, highest, incidents, mapped, signatures
from layers.model import NO_TIME, Box, Layer, Versions, from_micros
from layers.notation import dtg

_LONGEST = 2_000
_COARSE = "Of this kind only the week and the sector are told, to protect the victims."


@dataclass(frozen=True, slots=True)
class _One:
    """The incident that is told, with what lies around it."""

    sheet: Sheet
    of: Layer
    versions: Versions
    account: Account
    place: Mapping[str, str]
    ruled: tuple[Ruling, ...]


def flash(sheet: Sheet, versions: Versions, box: Box, signed: Signed) -> Told:
    """Return the FLASH report of one incident; ``sheet`` is of its moment, ``versions`` the one version that is told."""
    of = incidents(sheet)
    marking = highest(sheet, (sheet.marking(), versions.marking[0]))
    (account,) = accounts.accounts(sheet, of, versions, _LONGEST)
    place, ruled = whereabouts.cells(sheet, versions)[0], rulings.of(sheet, versions, marking)[0]
    one = _One(sheet, of, versions, account, place, ruled)
    map_of = (
        ()
        if account.coarse
        else mapped(sheet, of, box, marking, said="Map: where it occurred, with the lines, zones and posts of that time.")
    )
    return Told(
        (
            Head("Who", _lines(_who(one))),
            Head("What", _lines(_what(one))),
            Head("Where", _lines(_where(one))),
            Head("When", _lines(_when(one))),
            Head("How", _lines(_how(one))),
            Head("Casualties", _lines(_casualties(one))),
            Head("Own action", (*_lines(_action(one)), Paragraph(TO_COMPLETE, quiet=True))),
            Head("Assessment", (*_ruled(one), Paragraph(TO_COMPLETE, quiet=True))),
            Head("Next report"),
            *((Head("Map", map_of),) if map_of else ()),
            signatures(signed),
        ),
        marking,
    )


def called(account: Account) -> str:
    """Return what the report of an incident is called where nobody says."""
    place = "" if account.coarse else str(account.fields.get("place") or "")
    return f"FLASH: {account.kind}{f', {place}' if place else ''}"


def _lines(texts: Iterator[str]) -> tuple[Block, ...]:
    return tuple(Paragraph(text) for text in texts)


def _who(one: _One) -> Iterator[str]:
    if one.account.coarse:
        yield _COARSE
        return
    yield f"Party: {one.account.party}."
    if target := one.account.fields.get("target"):
        yield f"Target: {target}."


def _what(one: _One) -> Iterator[str]:
    if one.account.coarse:
        yield f"{one.account.kind}."
        return
    status = spoken(one.of, "status", one.account.fields.get("status") or "alleged").lower()
    yield f"{one.account.kind}; severity {one.account.severity.lower()}; {status}."


def _where(one: _One) -> Iterator[str]:
    if one.account.coarse:
        yield f"Sector: {one.account.where}."
        return
    known = one.account.fields.get("precision_m")
    within = f", known to {distance(float(known))}" if isinstance(known, int | float) else ""
    yield f"{one.account.where}, WGS 84{within}."
    for label in ("Sector", "To the line", "Zones", "Nearest post", "Nearest settlement"):
        if one.place.get(label):
            yield f"{label}: {one.place[label]}."


def _when(one: _One) -> Iterator[str]:
    if one.account.coarse or one.versions.start[0] == NO_TIME:
        yield f"{one.account.when}."
        return
    zone = ZoneInfo(one.sheet.record.configuration.timezone)
    yield f"Occurred {one.account.when} ({from_micros(int(one.versions.start[0])).astimezone(zone):%d %b %H%M} local)."
    if one.versions.reported[0] != NO_TIME:
        yield f"Reported {dtg(from_micros(int(one.versions.reported[0])))}."


def _how(one: _One) -> Iterator[str]:
    if one.account.coarse:
        yield _COARSE
        return
    if one.account.text:
        yield one.account.text
    source = str(one.account.fields.get("source") or "not given")
    yield f"Source: {source}; grade {one.account.grade}."


def _casualties(one: _One) -> Iterator[str]:
    if one.account.coarse:
        yield _COARSE
    elif any(sign.isdigit() for sign in one.account.casualties):
        yield f"Low / best / high: {one.account.casualties}."
    else:
        yield (
            "The report says there are none." if one.account.casualties == "None" else "The report gives no number of casualties."
        )


def _action(one: _One) -> Iterator[str]:
    done = None if one.account.coarse else one.account.fields.get("follow_up")
    if done:
        yield f"{spoken(one.of, 'follow_up', done)}."


def _ruled(one: _One) -> tuple[Block, ...]:
    """Return what the clauses make of it; of a coarse one nothing, for a distance tells the place."""
    if not one.ruled or one.account.coarse:
        return ()
    rows = tuple((f"{ruling.clause.id} {ruling.clause.title}", ruling.clause.text, ruling.words) for ruling in one.ruled)
    return (Table("Clauses of the agreement that speak of it", ("Clause", "Wording", "Result"), rows, (1.6, 3.4, 2)),)
