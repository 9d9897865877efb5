"""What a briefer does beside sheets: reports filled from the record, issued under a number, and made again from the register."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from layers import access
from layers.briefing.forms import PRINTED, REPORT_FORMS, Form, ReportForm
from layers.briefing.report import Map, Report
from layers.desk import accounts, beside, briefer, flash, issued, letterheads, plates, wording
from layers.desk.breaches import breaches
from layers.desk.briefer import Briefer, unraised
from layers.desk.briefs import Draft, Issued, printable
from layers.desk.handover import handover
from layers.desk.issued import Entry, Job, Kind, numbered
from layers.desk.letterheads import Lettered
from layers.desk.sheet import Sheet
from layers.desk.situation import Signed, Told, incidents, situation
from layers.errors import LayersError, NotFound
from layers.model import NO_TIME, Box, Versions, View, from_micros, to_micros
from layers.notation import dtg

#: What each kind of report is called.
CALLED: dict[Kind, str] = {
    "sitrep": "Daily situation report",
    "flash": "FLASH report",
    "violations": "Ceasefire-violation report",
    "handover": "Watch hand-over",
}
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
#: A FLASH shows so many degrees around its incident, each way.
_AROUND = 0.12


@dataclass(frozen=True, slots=True)
class _Filled:
    """A report filled: the sheet it is of, what is needed to make it again, and what it says."""

    job: Job
    told: Told
    lettered: Lettered


class Reporter(Briefer):
    """A user's eyes on what is reported, and the way to a report."""

    def drafted(self, view: View, draft: Draft) -> Report:
        """Return a report as it would be issued now; it takes no number and leaves no line.

        Raises
        ------
        NotFound
            A FLASH is of no incident that is here for this user.
        """
        found = self._filled(view, draft)
        return self._report(found, "Draft, not issued", "")

    def issue_report(self, view: View, draft: Draft, forms: tuple[ReportForm, ...] = REPORT_FORMS) -> tuple[Issued, ...]:
        """Issue a report of a view in every form; see ``issuing_report``."""
        return tuple(self.issuing_report(view, draft, forms))

    def issuing_report(self, view: View, draft: Draft, forms: tuple[ReportForm, ...] = REPORT_FORMS) -> Iterator[Issued]:
        """Issue a report of a view: it takes the next number, and is written in each form; on a subject it had, as the next version.

        Each form is yielded as it is written.

        Raises
        ------
        NotAllowed
            None of the user's roles may take anything away.
        NotFound
            A FLASH is of no incident that is here for this user.
        """
        access.require(self.user, "brief")
        found = self._filled(view, draft)
        for block in (block for head in found.told.heads for block in head.blocks if isinstance(block, Map)):
            block.checked()  # what cannot be drawn takes no number
        letterheads.keep(self._record, self.user, found.lettered)
        number = issued.number(self._record, self.user, found.job)
        for form in forms:
            yield self._written(found, number, form)

    def repeated(self, number: int, form: Form | ReportForm, *, dpi: int = PRINTED) -> Issued:
        """Make a sheet or a report of the register again, from the record: the same bytes as before, or it says that they are not.

        Raises
        ------
        NotFound
            There is no such line for this user.
        LayersError
            The record no longer answers as it did, or not to this user; or it has no such form.
        """
        entry = issued.entry(self._record, self.user, number)
        report: ReportForm | None = next((one for one in REPORT_FORMS if one == form), None)
        if entry.job.kind == "sheet":
            if form == "docx":
                raise LayersError(f"sheet {entry.called} is no report; make it again in the form of a sheet, such as PDF")
            return super().repeated(number, form, dpi=dpi)
        access.require(self.user, "brief")
        if report is None:
            raise LayersError(f"{entry.called} is a report; make it again as {' or '.join(one.upper() for one in REPORT_FORMS)}")
        lettered = letterheads.kept(self._record, entry.job.letterhead)
        told = self._told(self.sheet(entry.job.view), entry.job, number)
        if _digest(self.sheet(entry.job.view), told) != entry.job.rows:
            raise LayersError(
                f"report {entry.called} said other things than the record gives you now; "
                "whoever issued it can make it again, if nothing of it was withdrawn from their sight"
            )
        unraised(self._record, entry, told.marking)
        return self._again(self._written(_Filled(entry.job, told, lettered), number, report))

    def register(self) -> list[Entry]:
        """Return what was issued, the newest first, of that what this user may see; of a FLASH only while he may see its incident."""
        return [one for one in super().register() if one.job.kind != "flash" or self._seen(one.job.incident)]

    def _seen(self, feature: str) -> bool:
        """Say whether this user sees the last words of an incident, withdrawn or not."""
        of = incidents(self.sheet(View()))
        told = self._record.store.history(of.stored, feature)
        stood = told.seq[~told.retracted]
        return bool(len(stood)) and bool(self._visible(of, stood[-1:]))

    def newest(self, view: View, most: int = 200) -> list[tuple[str, str]]:
        """Return the newest incidents of a view, each its id and what it is called, for a choice."""
        sheet = self.sheet(view)
        of = incidents(sheet)
        seqs = np.array([int(str(item["id"])) for item in self._newest(sheet, of, most, None)], np.int64)
        versions = sheet.record.store.records(of.stored, np.sort(seqs).tolist())
        feature = dict(zip(versions.seq.tolist(), versions.feature, strict=True))
        return [(feature[one.seq], f"{one.when} · {one.kind} · {one.where}") for one in accounts.read(sheet, of, seqs)]

    def _filled(self, view: View, draft: Draft) -> _Filled:
        """Return a report of a view as it stands now, for good."""
        printable(draft)
        asked = self.understood(replace(view, hidden=(), shown=(), scenes=(), look=""))
        with self._record.picture.still() as version:
            if draft.kind == "flash":
                asked = self._moment_of(asked, draft.incident)
            live = self.sheet(asked)
            sheet = self.sheet(plates.pinned(live))
        lettered = letterheads.now(self._record)
        job = Job(
            view=sheet.view,
            asked=asked,
            words=wording.told(live),
            title=draft.title.strip() or self._called(sheet, draft),
            size="A4",
            portrait=True,
            box=self._box(sheet, draft),
            scale=0.0,
            author=draft.author.strip() or self.user.name.capitalize(),
            unit=draft.unit.strip() or lettered.head.unit,
            to=draft.to.strip(),
            as_of=sheet.moment,
            made_at=self._record.clock(),
            version=version,
            rows="",
            head=self._record.store.head(version),
            marking="",
            kind=draft.kind,
            incident=draft.incident,
            approved=draft.approved.strip(),
            letterhead=lettered.digest,
            beside=beside.beside(self._record),
        )
        told = self._told(sheet, job, None)
        return _Filled(replace(job, rows=_digest(sheet, told), marking=told.marking), told, lettered)

    def _told(self, sheet: Sheet, job: Job, number: int | None) -> Told:
        """Return what a report says; what was issued from ``number`` on is not told in it."""
        signed = Signed(", ".join(part for part in (job.author, job.unit) if part), job.approved)
        if job.kind == "flash":
            return flash.flash(sheet, self._incident(job.incident, sheet.view.known_at), job.box, signed)
        if job.kind == "violations":
            return breaches(sheet, job.box, signed)
        if job.kind == "handover":
            line = None if number is None else issued.line(self._record, number)
            return handover(sheet, job.box, lambda seqs: self._visible(incidents(sheet), list(seqs)), line, signed)
        return situation(sheet, job.box, self._flashes(job.made_at, number), signed)

    def _flashes(self, made_at: datetime, number: int | None) -> list[Entry]:
        """Return the FLASH reports of the 24 hours up to a moment, the earliest first."""
        found = (one for one in self.register() if one.job.kind == "flash" and made_at - _DAY <= one.job.made_at <= made_at)
        return [one for one in found if number is None or one.number < number][::-1]

    def _incident(self, feature: str, known_at: datetime | None) -> Versions:
        """Return the version of an incident that stood at a moment.

        Raises
        ------
        NotFound
            There is none of that id for this user.
        """
        of = incidents(self.sheet(View()))
        told = self._record.store.history(of.stored, feature)
        told = told.known(to_micros(known_at)) if known_at else told
        last = len(told) - 1
        if last < 0 or told.retracted[last] or int(told.seq[last]) not in self._visible(of, told.seq[last:]):
            raise NotFound(
                f"no incident {feature[:80]!r} is here for you; choose one by its id, as its card and the table show it"
            )
        return told.only(last)

    def _moment_of(self, view: View, feature: str) -> View:
        """Return the view of the second in which an incident occurred; of one that is told by week only, of its week."""
        found = self._incident(feature, view.known_at)
        if found.start[0] == NO_TIME:
            return View(last="all", known_at=view.known_at)
        if accounts.coarse(found, 0):
            begin = accounts.monday(int(found.start[0]))
            return View(start=begin, end=begin + 7 * _DAY, known_at=view.known_at)
        begin = from_micros(int(found.start[0]))
        return View(start=begin, end=begin + _SECOND, known_at=view.known_at)

    def _box(self, sheet: Sheet, draft: Draft) -> Box:
        if draft.kind != "flash":
            return plates.whole(sheet)
        found = self._incident(draft.incident, sheet.view.known_at)
        lon, lat = float(found.lon[0]), float(found.lat[0])
        return lon - _AROUND, max(lat - _AROUND, -90.0), lon + _AROUND, min(lat + _AROUND, 90.0)

    def _called(self, sheet: Sheet, draft: Draft) -> str:
        if draft.kind != "flash":
            return CALLED[draft.kind]
        of = incidents(sheet)
        return flash.called(accounts.accounts(sheet, of, self._incident(draft.incident, sheet.view.known_at))[0])

    def _report(self, found: _Filled, called: str, again: str) -> Report:
        job = found.job
        record = self._record
        made = f"{record.configuration.title} · {job.words} · data cut-off {dtg(job.as_of)} · made {dtg(job.made_at)}"
        trace: tuple[str, ...] = (
            f"{called} · view {job.view.text}",
            f"Record version {job.version} · content {job.rows[:16]} · {job.audited}" + (f" · {again}" if again else ""),
        )
        heads, left = found.lettered.heads(job.kind, found.told.heads)
        trace += (f"Heads that the mission leaves out: {', '.join(left)}",) if left else ()
        subtitle = f"{made} · for {job.to}" if job.to else made
        shown = self.sheet(job.view).band(job.marking)
        report = Report(job.title, subtitle, shown, called, heads, plates.STAMP, plates.DISCLAIMER, trace, job.author)
        return found.lettered.report(report)

    def _written(self, found: _Filled, number: int, form: ReportForm) -> Issued:
        entry = issued.entry(self._record, self.user, number)
        called = f"{CALLED[found.job.kind]} {entry.called}, version {entry.edition}"
        report = self._report(found, called, f"made again by: greenline brief DIR --repeat {numbered(number)}")
        body = briefer.PRESS.written(report, form, found.job.made_at)
        return self._made(number, form, body, self._record.clock())


def _digest(sheet: Sheet, told: Told) -> str:
    """Return the SHA-256 of all that a report says and of what its maps show."""
    made = hashlib.sha256(plates.digest(sheet).encode())
    for head in told.heads:
        made.update(head.title.encode() + b"\0")
        for block in head.blocks:
            text = block.called if isinstance(block, Map) else repr(block)
            made.update(text.encode("utf-8", "replace") + b"\0")
    return made.hexdigest()
