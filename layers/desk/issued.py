"""The register of what was issued: numbers, and all that is needed to make a sheet again. It is the audit's own lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, get_args

from layers import access
from layers.access import User
from layers.briefing.paper import SIZES, Size
from layers.desk.leaving import Marked, left
from layers.desk.record import Record
from layers.desk.released import Terms, terms
from layers.errors import NotFound
from layers.model import AuditEvent, Box, View, parse
from layers.notation import dtg

#: The acts of the audit: a number is taken, a file of it was made, and that was handed out.
NUMBERED, MADE, HANDED = "brief", "issue", "hand"
#: What is issued: a sheet, or a report of one of four kinds.
Kind = Literal["sheet", "sitrep", "flash", "violations", "handover"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_FIGURES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """A sheet as it is asked for, in terms that time does not change.

    Attributes
    ----------
    view : View
        What it shows: absolute times, and as known at the moment it was asked.
    asked : View
        The view as it was asked, before that.
    words : str
        That view in words.
    box : tuple of float
        The ground to be shown at least: west, south, east, north in degrees.
    scale : float
        Metres on the ground for one on paper, of the box's middle; 0 for the largest round one that shows it whole.
    as_of, made_at : datetime
        The data's cut-off, and when the sheet was asked for.
    version : int
        The version of the record that answered.
    rows, head : str
        The SHA-256 of what it shows, and the audit chain's hash at that version.
    marking : str
        Its highest.
    kind : str
        A sheet, or a report of which kind.
    incident : str
        Of a report on one incident, its id.
    approved : str
        Who approves a report, blank for nobody yet.
    since : datetime, optional
        What was recorded from it on is ringed.
    release : str
        The terms it was released on, as ``layers.desk.released`` reads them; blank under its own marking.
    letterhead : str
        The digest of the letterhead it stands under; blank for the usual one.
    beside : str
        What it rests on beside the record, as ``layers.desk.beside`` reads it; blank where that was not kept.
    """

    view: View
    asked: View
    words: str
    title: str
    size: Size
    portrait: bool
    box: Box
    scale: float
    author: str
    unit: str
    to: str
    as_of: datetime
    made_at: datetime
    version: int
    rows: str
    head: str
    marking: str
    kind: Kind = "sheet"
    incident: str = ""
    approved: str = ""
    since: datetime | None = None
    release: str = ""
    letterhead: str = ""
    beside: str = ""

    @property
    def terms(self) -> Terms | None:
        """Return the terms it was released on, None under its own marking."""
        return terms(self.release)

    @property
    def own(self) -> str:
        """Return how what it was made of is marked."""
        held = self.terms
        return held.own if held else self.marking

    @property
    def audited(self) -> str:
        """Return in words where the audit's chain stood, as it is printed."""
        return f"audit {self.head[:16]}" if self.head else "audit: nothing yet"

    @property
    def marked(self) -> Marked:
        """Return how its files are marked as they leave."""
        return Marked(self.own, self.terms)

    @property
    def subject(self) -> tuple[str, str, str]:
        """Return what it is about: an incident, or a view on a day. A report on the same subject is the next version of it."""
        day = f"{replace(self.asked, known_at=None).text} {self.as_of:%Y-%m-%d}"
        return self.kind, self.incident, "" if self.incident else day

    @property
    def detail(self) -> dict[str, str | int]:
        """Return it as one line of the audit."""
        return {
            "view": self.view.text,
            "asked": self.asked.text,
            "words": self.words,
            "title": self.title,
            "size": self.size,
            "portrait": int(self.portrait),
            "box": ",".join(f"{edge:.7f}" for edge in self.box),
            "scale": f"{self.scale:.10g}",
            "author": self.author,
            "unit": self.unit,
            "to": self.to,
            "as_of": self.as_of.isoformat(),
            "made_at": self.made_at.isoformat(),
            "version": self.version,
            "rows": self.rows,
            "head": self.head,
            "marking": self.marking,
            "kind": self.kind,
            "since": self.since.isoformat() if self.since else "",
            "incident": self.incident,
            "approved": self.approved,
            "release": self.release,
            "letterhead": self.letterhead,
            "beside": self.beside,
        }


@dataclass(frozen=True, slots=True)
class File:
    """A file that was made of a sheet: its form, when, its size in bytes and its SHA-256; and whether the audit tells when it is handed out."""

    form: str
    at: datetime
    size: int
    digest: str
    followed: bool = True


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that was handed out: its form, when, and to which account."""

    form: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register; ``edition`` counts the reports on one subject up to and with this one."""

    number: int
    who: str
    job: Job
    files: tuple[File, ...]
    edition: int = 1
    handed: tuple[Handed, ...] = ()

    @property
    def called(self) -> str:
        """Return its number as it is printed."""
        return numbered(self.number)

    @property
    def state(self) -> str:
        """Return in words how far it came: whether a file of it was made, and when one was last handed out."""
        if self.handed:
            return f"Handed out {dtg(self.handed[-1].at)}"
        if not self.files:
            return "Not made"
        return "Made, not handed out" if self.files[-1].followed else "Made, fetch not recorded"

    @property
    def again(self) -> dict[str, bool]:
        """Return of each form that was made again whether it was the same each time, byte for byte."""
        met: dict[str, list[str]] = {}
        for file in self.files:
            met.setdefault(file.form, []).append(file.digest)
        return {form: len(set(digests)) == 1 for form, digests in sorted(met.items()) if len(digests) > 1}


def numbered(number: int) -> str:
    """Return a number as it is printed, ``0007``."""
    return f"{number:0{_FIGURES}d}"


def number(record: Record, user: User, job: Job) -> int:
    """Take the next number for a sheet: how many were taken up to and with it."""
    line = record.store.audit(AuditEvent(job.made_at, user.name, NUMBERED, "", job.detail))
    return sum(1 for row in record.store.audit_rows(act=NUMBERED) if row.seq <= line)


def line(record: Record, number: int) -> int:
    """Return the line of the audit by which a number was taken."""
    return [row.seq for row in record.store.audit_rows(act=NUMBERED)][number - 1]


def made(record: Record, user: User, of: Entry, file: File) -> None:
    """Write down that a file of a numbered sheet was made, and how it is marked."""
    detail: dict[str, str | int] = {"form": file.form, "bytes": file.size, "sha256": file.digest, "followed": 1}
    left(record, AuditEvent(file.at, user.name, MADE, of.called, detail), of.job.marked)


def hand(record: Record, user: User, of: Entry, file: File) -> None:
    """Write down that a file of a numbered sheet is handed out now, and how it is marked."""
    detail: dict[str, str | int] = {"form": file.form, "sha256": file.digest}
    left(record, AuditEvent(record.clock(), user.name, HANDED, of.called, detail), of.job.marked)


def entries(record: Record, user: User) -> list[Entry]:
    """Return what was issued, of that what the user may see by the marking of what it was made of; the newest first.

    Who sees some sectors only is told of what he issued himself: a line's title and view may be of another sector.
    """
    files: dict[int, list[File]] = {}
    for row in record.store.audit_rows(act=MADE):
        said = json.loads(row.body)
        file = File(str(said["form"]), _time(row.at), int(said["bytes"]), str(said["sha256"]), "followed" in said)
        files.setdefault(int(row.ref), []).append(file)
    handed: dict[int, list[Handed]] = {}
    for row in record.store.audit_rows(act=HANDED):
        handed.setdefault(int(row.ref), []).append(Handed(str(json.loads(row.body)["form"]), _time(row.at), row.who))
    markings = record.configuration.markings
    top = access.ceiling(user, markings)
    met: Counter[tuple[str, str, str]] = Counter()
    found: list[Entry] = []
    for number, who, job in _jobs(record):
        met[job.subject] += job.kind != "sheet"
        if access.rank(job.own, markings) <= top and (user.sectors is None or who == user.name):
            made_of, out = tuple(files.get(number, ())), tuple(handed.get(number, ()))
            found.append(Entry(number, who, job, made_of, met[job.subject] or 1, out))
    return found[::-1]


def entry(record: Record, user: User, number: int) -> Entry:
    """Return one line of the register.

    Raises
    ------
    NotFound
        There is none of that number for this user.
    """
    found = next((one for one in entries(record, user) if one.number == number), None)
    if found is None:
        raise NotFound(f"no sheet {numbered(number)} is in the register for you; its numbers are listed under Briefing, Register")
    return found


def _jobs(record: Record) -> Iterator[tuple[int, str, Job]]:
    for number, row in enumerate(record.store.audit_rows(act=NUMBERED), start=1):
        said = json.loads(row.body)
        west, south, east, north = (float(edge) for edge in said["box"].split(","))
        size = next((size for size in get_args(Size) if size == said["size"]), SIZES[0])
        yield (
            number,
            row.who,
            Job(
                parse(said["view"]),
                parse(said["asked"]),
                said["words"],
                said["title"],
                size,
                bool(said["portrait"]),
                (west, south, east, north),
                float(said["scale"]),
                said["author"],
                said["unit"],
                said["to"],
                _time(said["as_of"]),
                _time(said["made_at"]),
                int(said["version"]),
                said["rows"],
                said["head"],
                said["marking"],
                next((kind for kind in KINDS if kind == said.get("kind")), KINDS[0]),
                said.get("incident", ""),
                said.get("approved", ""),
                _time(said["since"]) if said.get("since") else None,
                said.get("release", ""),
                said.get("letterhead", ""),
                said.get("beside", ""),
            ),
        )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
