"""What a briefer does: a view looked at as a sheet, issued under a number, and made again from the register."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from layers import access
from layers.briefing.forms import PREVIEWED, PRINTED, Form, ReportForm
from layers.briefing.frame import spanned, upright
from layers.briefing.paper import papers
from layers.briefing.plate import Plate, Told
from layers.briefing.press import Press
from layers.desk import beside, briefed, detailed, issued, letout, letterheads, plates, released, withdrawn, wording
from layers.desk.answers import Json
from layers.desk.briefs import Brief, Issued, framed, printable, visible
from layers.desk.imagery import Imagery
from layers.desk.issued import Entry, File, Job
from layers.desk.letterheads import Lettered
from layers.desk.picture import SECTORS
from layers.desk.record import Record
from layers.desk.series import Each, Part, ground, series, unfinished
from layers.desk.sheet import Sheet
from layers.desk.situation import highest
from layers.errors import LayersError
from layers.model import View

#: One process draws for every mission that is open.
PRESS = Press()
#: There is room for a title of so many characters on any sheet.
_SHORT = 24


def warmed() -> None:
    """Start the process that draws sheets, so that the first need not wait for it."""
    PRESS.warm()


@dataclass(frozen=True, slots=True)
class _Stood:
    """What a view shows for good: the view as it was asked, its words, its sheet, of which version, and the SHA-256 of its rows."""

    asked: View
    words: str
    sheet: Sheet
    version: int
    rows: str


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

    def cut(self, number: int | None = None, form: Form | None = None) -> str:
        """Return in a sentence how the title is printed where it is cut, blank where it is whole, as on a page of the web."""
        job = self.job
        if form == "html" or len(job.title) <= _SHORT:
            return ""
        told = Told(job.title, "", "", plates.called(number), logo=self.lettered.logo)
        line = PRESS.shortened(told, job.size, portrait=job.portrait)
        return f"The title has {len(job.title):,} characters, more than fit on its line; printed is “{line}”" if line else ""


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
        return self._issued(self._job(view, brief), form)

    def _issued(self, asked: _Asked, form: Form) -> Issued:
        plates.checked(asked.job)  # what cannot be drawn takes no number
        letterheads.keep(self._record, self.user, asked.lettered)
        number = issued.number(self._record, self.user, asked.job)
        body = PRESS.made(asked.plate(number, form), form, asked.job.made_at)
        return replace(self._made(number, form, body, self._record.clock()), cut=asked.cut(number, form))

    def cut(self, view: View, brief: Brief) -> str:
        """Return in a sentence how the title of a sheet would be cut on paper; blank where there is room for all of it.

        Raises
        ------
        LayersError
            As ``previewed`` does.
        """
        return self._job(view, brief).cut() if len(brief.title) > _SHORT else ""

    def issue_series(
        self, view: View, brief: Brief, form: Form, each: Each, *, progress: Callable[[int, int, str], None] | None = None
    ) -> Iterator[Issued]:
        """Issue one sheet for each sector or each day of a view, each under its own number; each is yielded as it is made.

        All are of one picture: what the record held when the series was asked for, with one data cut-off, whatever comes in meanwhile.
        Those by sector are framed each on its sector, unless a frame was given or is the view's own, as large as it fits and no smaller than on a sheet of
        the whole view; those by day show the same ground.
        ``progress`` is told which of how many is begun.

        Raises
        ------
        Unfinished
            On the way: one cannot be issued, and those before it are.
        LayersError
            At once: there are none, or too many, or they may not be released so.
        """
        access.require(self.user, "brief")
        return self._each(*self._serial(view, brief, each), form, progress)

    def first(self, view: View, brief: Brief, each: Each) -> tuple[Part, Brief, int]:
        """Return the first part of a series, how its sheet is wanted, and how many there are; nothing is issued.

        Raises
        ------
        LayersError
            There are none, or too many, or they may not be released so.
        """
        parts, [(_, wanted)] = self._serial(view, brief, each, most=1)
        return parts[0], wanted, len(parts)

    def _serial(
        self, view: View, brief: Brief, each: Each, *, most: int | None = None
    ) -> tuple[list[Part], list[tuple[_Stood, Brief]]]:
        """Return the parts of a series, and what all or the first of them show and how their sheets are wanted."""
        letout.serial(self._record, brief.release, each)
        with self._record.picture.still() as version:
            now = self._record.clock()
            stood = self._stood(view, version, now)
            parts = series(self.sheet(stood.asked, now), each, named=letout.tells(self._record, brief.release, SECTORS))
            shown = [self._stood(part.view, version, now) for part in parts[:most]]
            kept = bool(brief.box or view.box) or not letout.tells(self._record, brief.release, SECTORS)
            grounds = [
                None if kept or not part.sector else ground(one.sheet, part.sector)
                for part, one in zip(parts[:most], shown, strict=True)
            ]
        whole, named = brief.box or self._asked(stood, brief).job.box, brief.title.strip()
        briefs = [
            replace(framed(brief, whole, box), title=f"{named}: {part.label}" if named else part.label)
            for part, box in zip(parts[:most], grounds, strict=True)
        ]
        return parts, list(zip(shown, briefs, strict=True))

    def _each(
        self,
        parts: Sequence[Part],
        asked: Sequence[tuple[_Stood, Brief]],
        form: Form,
        progress: Callable[[int, int, str], None] | None,
    ) -> Iterator[Issued]:
        """Issue one part after another."""
        for at, (part, (stood, brief)) in enumerate(zip(parts, asked, strict=True)):
            if progress:
                progress(at + 1, len(parts), part.label)
            try:
                made = self._issued(self._asked(stood, brief), form)
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

    def hand(self, made: Sequence[Issued]) -> None:
        """Write into the register that files which were made are handed out now; whoever gives them away calls this.

        Raises
        ------
        NotAllowed
            None of the user's roles may take anything away.
        NotFound
            One of them is not here for this user any more.
        """
        access.require(self.user, "brief")
        entries = [issued.entry(self._record, self.user, one.entry.number) for one in made]
        for one, entry in zip(made, entries, strict=True):
            issued.hand(self._record, self.user, entry, one.entry.files[-1])

    def lettered(self) -> Lettered:
        """Return the letterhead of the mission's sheets and reports, as it stands now."""
        return letterheads.now(self._record)

    def papers(self) -> Json:
        """Return every sheet there is and how large its map is, mm."""
        return {"papers": papers()}

    def register(self) -> list[Entry]:
        """Return what was issued, the newest first, of that what this user may see."""
        return issued.entries(self._record, self.user)

    def since_last_brief(self, view: View) -> datetime | None:
        """Return from when on what was recorded may be told by no sheet of what a view keeps, None where there is no last brief of it.

        A sheet that was not handed out, that was released, or is of another filter, relation or layers, told its readers nothing
        of this view. Any other told of what lay in its span and on its ground, up to its data's cut-off; so whoever briefs what was
        recorded from that time on leaves out nothing, and may tell again what was told since.
        """
        sheets = briefed.of(self.understood(view), self.register())
        if not sheets:
            return None
        whole = self.sheet(replace(view, last="all", start=None, end=None, by="occurred", known_at=None))
        within = self.sheet(replace(whole.view, box=plates.whole(whole, ())))
        return briefed.since(within, self.sheet(view).window.start, sheets)

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
        with self._record.picture.still() as version:
            stood = self._stood(view, version, self._record.clock())
        return self._asked(stood, brief)

    def _stood(self, view: View, version: int, now: datetime) -> _Stood:
        """Return what a view shows at a moment just past; the picture is held at a version meanwhile."""
        asked = self.understood(view)
        live = self.sheet(asked, now)
        sheet = self.sheet(plates.pinned(live))
        return _Stood(asked, wording.told(live), sheet, version, plates.digest(sheet))

    def _asked(self, stood: _Stood, brief: Brief) -> _Asked:
        printable(brief)
        sheet = stood.sheet
        lettered, title = letterheads.now(self._record), visible(brief.title)
        own = highest(sheet, (sheet.marking(), *(withdrawn.marking(sheet, brief.since) if brief.since else ())))
        terms = released.decided(self._record, self.user, brief.release, own) if brief.release else None
        named = {
            "author": brief.author.strip() or self.user.name.capitalize(),
            "unit": brief.unit.strip() or lettered.head.unit,
            "to": brief.to.strip(),
        }
        if terms:
            named = {name: released.impersonal(name, text) for name, text in named.items()}
        layers = letout.shown(sheet, terms) if terms else []
        given = brief.box or sheet.view.box
        box = given or plates.whole(sheet, [drawn for _, _, drawn in layers] if terms else None)
        if given and not brief.scale:
            spanned(given)
        twice = plates.twice(sheet.view, released=terms is not None)
        job = Job(
            view=sheet.view,
            asked=stood.asked,
            words=stood.words,
            title=letout.title(sheet, title) if terms else title or wording.title(sheet),
            size=brief.size,
            portrait=upright(brief.size, box, twice=twice) if brief.portrait is None else brief.portrait,
            box=box,
            scale=brief.scale,
            author=named["author"],
            unit=named["unit"],
            to=named["to"],
            as_of=sheet.moment,
            made_at=self._record.clock(),
            version=stood.version,
            rows=stood.rows,
            head=self._record.store.head(stood.version),
            marking=terms.profile.marking if terms else own,
            since=None if terms else brief.since,
            release=terms.text if terms else "",
            letterhead=lettered.digest,
            beside=beside.beside(self._record),
        )
        return _Asked(sheet, job, layers, lettered)
