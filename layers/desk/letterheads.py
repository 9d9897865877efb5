"""The letterhead of sheets and reports: as the mission has it now, and as it stood when one was issued.

The audit keeps each one that was used, with its logo, so that a sheet made again looks as it did.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from layers.access import User
from layers.briefing.logo import NoLogo, logo
from layers.briefing.plate import Plate
from layers.briefing.report import Head, Report
from layers.config import Letterhead
from layers.desk.record import Record
from layers.errors import LayersError
from layers.model import AuditEvent

#: The act of the audit by which a letterhead is kept.
ACT = "letterhead"
#: What stands for every clause of an agreement in a list of heads.
_CLAUSES, _CLAUSE = "Clauses", "Clause "


@dataclass(frozen=True, slots=True)
class Lettered:
    """A letterhead with its logo, a PNG of ours; ``fault`` says why there is no logo where there should be one, blank else."""

    head: Letterhead
    logo: bytes = b""
    fault: str = ""

    @property
    def digest(self) -> str:
        """Return what names it for good; blank for the usual letterhead."""
        said = json.dumps(asdict(replace(self.head, unit="")), sort_keys=True)
        return hashlib.sha256(said.encode() + self.logo).hexdigest() if self.head != Letterhead(unit=self.head.unit) else ""

    def sheet(self, of: Plate, *, released: bool = False) -> Plate:
        """Return a sheet under this letterhead; one that was released keeps the stamp that says so."""
        told, head = of.told, self.head
        stamp = told.stamp if released else head.clearance or told.stamp
        words = replace(told, disclaimer=head.disclaimer or told.disclaimer, stamp=stamp, colour=head.colour, logo=self.logo)
        return replace(of, told=words)

    def report(self, of: Report) -> Report:
        """Return a report under this letterhead."""
        head = self.head
        disclaimer, stamp = head.disclaimer or of.disclaimer, head.clearance or of.stamp
        return replace(of, disclaimer=disclaimer, stamp=stamp, colour=head.colour, logo=self.logo)

    def heads(self, kind: str, of: Sequence[Head]) -> tuple[tuple[Head, ...], tuple[str, ...]]:
        """Return the heads that a report of a kind has, and the titles of those it has not; the signatures always close it."""
        chosen = dict(self.head.heads).get(kind)
        if chosen is None:
            return tuple(of), ()
        *filled, signed = of
        titles = {title.casefold() for title in chosen}
        found = [head for title in chosen for head in _meant(title, filled) if head.title != signed.title]
        left = [head.title for head in filled if not titles & {head.title.casefold(), _stem(head.title)}]
        return (*found, signed), tuple(left)


def now(record: Record) -> Lettered:
    """Return the mission's letterhead as it stands; a logo that cannot be used is left out, and said."""
    head = record.configuration.letterhead
    if not head.logo:
        return Lettered(head)
    try:
        about = (record.folder / head.logo).stat()
        return Lettered(head, _logo(record.folder, head.logo, (about.st_mtime_ns, about.st_size)))
    except OSError:
        return Lettered(head, fault=f"The logo {head.logo} is not in the mission folder; sheets are made without it.")
    except NoLogo as fault:
        return Lettered(head, fault=f"Sheets are made without a logo: {fault}.")


def keep(record: Record, user: User, of: Lettered) -> None:
    """Write a letterhead into the audit where it is not kept there yet."""
    if of.digest and all(row.ref != of.digest for row in record.store.audit_rows(act=ACT)):
        detail: dict[str, str | int] = {
            "head": json.dumps(asdict(replace(of.head, unit=""))),
            "logo": base64.b64encode(of.logo).decode(),
        }
        record.store.audit(AuditEvent(record.clock(), user.name, ACT, of.digest, detail))


def kept(record: Record, digest: str) -> Lettered:
    """Return the letterhead of that digest, the usual one for a blank.

    Raises
    ------
    LayersError
        The audit holds none of that digest.
    """
    if not digest:
        return Lettered(Letterhead())
    for row in record.store.audit_rows(act=ACT):
        if row.ref == digest:
            said = json.loads(row.body)
            told = json.loads(said["head"])
            heads = tuple((report, tuple(titles)) for report, titles in told.pop("heads"))
            return Lettered(Letterhead(**told, heads=heads), base64.b64decode(said["logo"]))
    raise LayersError("the letterhead of that sheet is not in the audit; see whether it is whole with: greenline verify DIR")


@lru_cache(maxsize=8)
def _logo(folder: Path, name: str, _as_of: tuple[int, int]) -> bytes:
    return logo(folder, name)


def _meant(title: str, filled: Sequence[Head]) -> list[Head]:
    """Return the heads that the record fills and that a title means, else one that is left to be completed."""
    met = [head for head in filled if title.casefold() in (head.title.casefold(), _stem(head.title))]
    return met or [Head(title)]


def _stem(title: str) -> str:
    """Return what a list of heads calls all heads of a kind, small; a head of its own kind is called by its title."""
    return _CLAUSES.casefold() if title.startswith(_CLAUSE) else title.casefold()
