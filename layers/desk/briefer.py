"""What a briefer does: a view looked at as a sheet, issued under a number, and made again from the register."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from layers import access
from layers.briefing.forms import PREVIEWED, PRINTED, Form, ReportForm
from layers.briefing.paper import Size, papers
from layers.briefing.plate import Plate
from layers.briefing.press import Press
from layers.desk import beside, detailed, issued, letout, letterheads, plates, released, wording
from layers.desk.answers import Json
from layers.desk.imagery import Imagery
from layers.desk.issued import Entry, File, Job, Kind
from layers.desk.letterheads import Lettered
from layers.desk.picture import SECTORS
from layers.desk.record import Record
from layers.desk.released import Release
from layers.desk.series import Each, Part, ground, series, unfinished
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.model import Box, View

#: One process draws for every mission that is open.
PRESS = Press()
_LONGEST = 2_000
#: The data of a brief end up to so long before it is made; a sheet that ends earlier is one of the past.
_PREPARED = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


def warmed() -> None:
    """Start the process that draws sheets, so that the first need not wait for it."""
    PRESS.warm()


@dataclass(frozen=True, slots=True)
class Brief:
    """How a sheet is wanted; what is blank is chosen by the desk. ``box`` is the ground to be shown at least.

    What was recorded from ``since`` on is ringed as new. With a ``scale``, metres on the ground for one on paper, its middle is shown.
    With a ``release`` it shows and tells what the profile lets out, under its marking; nothing is ringed then.
    """

    title: str = ""
    size: Size = "A4"
    portrait: bool = False
    box: Box | None = None
    scale: float = 0.0
    author: str = ""
    unit: str = ""
    to: str = ""
    since: datetime | None = None
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """How a report is wanted; what is blank is chosen by the desk. A FLASH is of one ``incident``, by its id."""

    kind: Kind
    incident: str = ""
    title: str = ""
    author: str = ""
    approved: str = ""
    unit: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A sheet or report that was issued: its line in the register, and the file.

    Of one that was made again, ``changed`` is what it rests on beside the record and is otherwise since; None where that was not kept.
    """

    entry: Entry
    form: Form | ReportForm
    body: bytes
    changed: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Return what its file is called."""
        return f"{self.entry.job.kind}-{self.entry.called}.{self.form}"

    @property
    def same(self) -> bool | None:
        """Say whether it is the same, byte for byte, as the first of its form; None where it is that first one."""
        first, *others = [file.digest for file in self.entry.files if file.form == self.form]
        return others[-1] == first if others else None

    @property
    def compared(self) -> str:
        """Return in words how one that was made again compares with what was issued, and what to do where it differs."""
        return beside.compared(self.entry, self.changed)


def _like(job: Job, view: View | None) -> bool:
    """Say whether something issued is a sheet that its readers take for the one before that of a view."""
    asked = job.asked
    same = view is None or (asked.filters, asked.where, asked.kp, asked.hidden, asked.shown) == (
        view.filters,
        view.where,
        view.kp,
        view.hidden,
        view.shown,
    )
    return job.kind == "sheet" and not job.release and same


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sheet that is asked for: its view's answer, its line of the register, and of a release what it lets out."""

    sheet: Sheet
    job: Job
    layers: Sequence[letout.Shown]
    lettered: Lettered

    def plate(self, number: int | None, form: Form) -> Plate:
        """Return the plate; one that is to be a page of the web tells of its features as well."""
        if self.job.release:
            plate = letout.plate(self.sheet, self.job, number, self.layers, detailed=form == "html")
            return self.lettered.sheet(plate, released=True)
        plate = self.lettered.sheet(plates.plate(self.sheet, self.job, number))
        return replace(plate, details=detailed.details(self.sheet, plate.drawn)) if form == "html" else plate


def visible(text: str) -> str:
    """Return a text without blanks about it, blank where nothing of it can be seen.

    >>> visible(" Morning brief "), visible("\u200b\u202e ")
    ('Morning brief', '')
    """
    seen = any(unicodedata.category(sign)[0] not in "CZM" for sign in text)
    return text.strip() if seen else ""


def printable(asked: Brief | Draft) -> None:
    """Refuse texts that are too long for any sheet or report."""
    for field in fields(asked):
        text = getattr(asked, field.name)
        if isinstance(text, str) and len(text) > _LONGEST:
            raise LayersError(f"the {field.name} is {len(text):,} characters long; at most {_LONGEST:,} are printed")


def unraised(record: Record, entry: Entry, now: str | None) -> None:
    """Refuse to make again what shows anything that was marked higher since: it would leave under its old marking.

    Raises
    ------
    LayersError
        It would.
    """
    markings = record.configuration.markings
    if now and access.rank(now, markings) > access.rank(entry.job.own, markings):
        raise LayersError(
            f"{entry.called} was {entry.job.own}, and what it showed is marked {now} since; issue it anew, under that marking"
        )


class Briefer(Imagery):
    """A user's eyes on what is briefed, and the way to a sheet of paper."""

    def previewed(self, view: View, brief: Brief, *, dpi: int = PREVIEWED) -> bytes:
        """Return a sheet as a small PNG; it takes no number and leaves no line.

        Raises
        ------
        NoGround
            The frame is no place that can be drawn.
        """
        asked = self._job(view, brief)
        return PRESS.made(asked.plate(None, "png"), "png", asked.job.made_at, dpi=dpi)

    def issue(self, view: View, brief: Brief, form: Form) -> Issued:
        """Issue a sheet of a view: it takes the next number, and the register keeps all that is needed to make it again.

        Raises
        ------
        NotAllowed
            None of the user's roles may take anything away, or release it.
        LayersError
            It cannot be drawn or released so; no number was taken.
        """
        access.require(self.user, "brief")
        asked = self._job(view, brief)
        plates.checked(asked.job)  # what cannot be drawn takes no number
        letterheads.keep(self._record, self.user, asked.lettered)
        number = issued.number(self._record, self.user, asked.job)
        body = PRESS.made(asked.plate(number, form), form, asked.job.made_at)
        return self._made(number, form, body, self._record.clock())

    def issue_series(
        self, view: View, brief: Brief, form: Form, each: Each, *, progress: Callable[[int, int, str], None] | None = None
    ) -> Iterator[Issued]:
        """Issue one sheet for each sector or each day of a view, each under its own number; each is yielded as it is made.

        Those by sector are framed each on its sector, unless a frame was given or is the view's own; those by day show the same ground.
        ``progress`` is told which of how many is begun.

        Raises
        ------
        Unfinished
            On the way: one cannot be issued, and those before it are.
        LayersError
            At once: there are none, or too many, or they may not be released so.
        """
        access.require(self.user, "brief")
        letout.serial(self._record, brief.release, each)
        parts = series(self.sheet(self.understood(view)), each)
        framed = replace(brief, box=brief.box or self._job(view, brief).job.box)
        kept = bool(brief.box or view.box) or not letout.tells(self._record, brief.release, SECTORS)
        return self._each([replace(part, sector="") for part in parts] if kept else parts, framed, form, progress)

    def _each(
        self, parts: Sequence[Part], brief: Brief, form: Form, progress: Callable[[int, int, str], None] | None
    ) -> Iterator[Issued]:
        """Issue one part after another; one without a sector's ground shows that of the brief."""
        for at, part in enumerate(parts):
            if progress:
                progress(at + 1, len(parts), part.label)
            title = f"{brief.title.strip()}: {part.label}" if brief.title.strip() else part.label
            try:
                box = ground(self.sheet(self.understood(part.view)), part.sector) if part.sector else None
                made = self.issue(part.view, replace(brief, title=title, box=box or brief.box), form)
            except LayersError as fault:
                raise unfinished(parts, at, fault) from fault
            yield made

    def repeated(self, number: int, form: Form, *, dpi: int = PRINTED) -> Issued:
        """Make a sheet of the register again, from the record: the same bytes as before, or it says that they are not.

        Raises
        ------
        NotFound
            There is no such sheet for this user.
        LayersError
            The record no longer answers as it did, or not to this user.
        """
        access.require(self.user, "brief")
        entry = issued.entry(self._record, self.user, number)
        job = entry.job
        sheet = self.sheet(job.view)
        if plates.digest(sheet) != job.rows:
            raise LayersError(
                f"sheet {entry.called} showed other rows than the record gives you now; "
                "whoever issued it can make it again, if nothing of it was withdrawn from their sight"
            )
        unraised(self._record, entry, sheet.marking())
        again = _Asked(
            sheet, job, letout.shown(sheet, job.terms) if job.terms else [], letterheads.kept(self._record, job.letterhead)
        )
        body = PRESS.made(again.plate(number, form), form, job.made_at, dpi=dpi)
        return self._again(self._made(number, form, body, self._record.clock()))

    def lettered(self) -> Lettered:
        """Return the letterhead of the mission's sheets and reports, as it stands now."""
        return letterheads.now(self._record)

    def papers(self) -> Json:
        """Return every sheet there is and how large its map is, mm."""
        return {"papers": papers()}

    def register(self) -> list[Entry]:
        """Return what was issued, the newest first, of that what this user may see."""
        return issued.entries(self._record, self.user)

    def since_last_brief(self, view: View | None = None) -> datetime | None:
        """Return from when on what was recorded may be missing on the newest sheet of what a view keeps, None where none was issued.

        A sheet that was released, or of another filter, relation or layers, told its reader something else: it is passed over.

        That is right after its data's cut-off. It is earlier where its span ended before that, while it was prepared: what
        occurred in between is not on it. And where something that was still being stored bears an earlier time.
        """
        last = next((entry.job for entry in self.register() if entry.files and _like(entry.job, view)), None)
        if last is None:
            return None
        end, late = last.view.end, self._record.recorded_after(last.version)
        found = [last.as_of + _MOMENT, *(moment for moment in (end,) if moment and last.as_of - moment <= _PREPARED)]
        return min([*found, late] if late else found)

    def _made(self, number: int, form: Form | ReportForm, body: bytes, at: datetime) -> Issued:
        entry = issued.entry(self._record, self.user, number)
        file = File(form, at, len(body), hashlib.sha256(body).hexdigest())
        issued.made(self._record, self.user, entry, file)
        return Issued(replace(entry, files=(*entry.files, file)), form, body)

    def _again(self, made: Issued) -> Issued:
        """Return what was made again with what changed since its number was taken."""
        return replace(made, changed=beside.changed(self._record, made.entry.job.beside))

    def _job(self, view: View, brief: Brief) -> _Asked:
        """Return the sheet of a view as it stands now, for good, and what is needed to make it again."""
        printable(brief)
        asked = self.understood(view)
        with self._record.picture.still() as version:
            live = self.sheet(asked)
            sheet = self.sheet(plates.pinned(live))
            rows = plates.digest(sheet)
            words = wording.told(live)
        lettered, given = letterheads.now(self._record), visible(brief.title)
        own = sheet.marking() or self._record.configuration.markings[0]
        terms = released.decided(self._record, self.user, brief.release, own) if brief.release else None
        named = {
            "author": brief.author.strip() or self.user.name.capitalize(),
            "unit": brief.unit.strip() or lettered.head.unit,
            "to": brief.to.strip(),
        }
        if terms:
            named = {name: released.impersonal(name, text) for name, text in named.items()}
        layers = letout.shown(sheet, terms) if terms else []
        job = Job(
            view=sheet.view,
            asked=asked,
            words=words,
            title=letout.title(sheet, given) if terms else given or plates.title(sheet),
            size=brief.size,
            portrait=brief.portrait,
            box=brief.box or plates.whole(sheet, [drawn for _, _, drawn in layers] if terms else None),
            scale=brief.scale,
            author=named["author"],
            unit=named["unit"],
            to=named["to"],
            as_of=sheet.moment,
            made_at=self._record.clock(),
            version=version,
            rows=rows,
            head=self._record.store.head(version),
            marking=terms.profile.marking if terms else own,
            since=None if terms else brief.since,
            release=terms.text if terms else "",
            letterhead=lettered.digest,
            beside=beside.beside(self._record),
        )
        return _Asked(sheet, job, layers, lettered)
