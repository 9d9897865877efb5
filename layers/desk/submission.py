"""A file, or rows given, on their way into the record: checked rows as one batch, every row accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from layers import access
from layers.access import User
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import plans
from layers.desk.carried import Carried
from layers.desk.joined import crossing
from layers.desk.observed import Observers
from layers.desk.record import Record
from layers.desk.resting import Resting, marked, steps
from layers.desk.scenes import DIGEST
from layers.desk.sources import Sources
from layers.errors import UnreadableFile
from layers.ingest import (
    ColumnMapping,
    Given,
    Mend,
    Proposal,
    Rules,
    given,
    mends,
    proposed,
    read,
)
from layers.model import AuditEvent, Draft, Fault, Layer, Receipt, Rows, Versions

_REMARKS = 1_000
#: Rows read, checked and stored at a time: few enough to stay in the processor's reach and in little memory.
_CHUNK = 50_000
_SHOWN = 50_000
_RASTER = "names a raster; add its GeoTIFF on the Imagery page, or with: greenline scene DIR add FILE"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run tells: the receipt, how the file is read, what would mend it, and the rows that would be taken (some).

    ``values`` are, by coded field, the texts that stand in the file and mean something else than they say: each with its
    code and the number of rows; the most frequent first.
    """

    receipt: Receipt
    proposal: Proposal
    mends: tuple[Mend, ...]
    rows_in: int
    rows: tuple[Rows, ...]
    values: Mapping[str, tuple[tuple[str, str, int], ...]]


@dataclass
class Submission:
    """One file, or rows given, for one layer, by one user.

    ``raster`` is the digest of the scene that they are of, if any; ``gone`` are features that its source takes back with it;
    ``reason`` is why, where somebody gave one.
    """

    record: Record
    user: User
    layer: Layer
    dialect: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    assign: tuple[tuple[str, str], ...] = ()
    mapping: ColumnMapping | None = None
    anew: bool = False
    counted: bool = False
    raster: str = ""
    gone: tuple[str, ...] = ()
    reason: str = ""
    _proposal: Proposal | None = None
    _met: dict[str, Counter[str]] = field(default_factory=dict)
    _refused: list[Fault] = field(default_factory=list)
    _remarks: list[Fault] = field(default_factory=list)
    _remarked: int = 0
    _rows_in: int = 0
    _kinds: Counter[str] = field(default_factory=Counter)
    _asked: dict[str, Counter[str]] = field(default_factory=dict)
    _shown: list[Rows] = field(default_factory=list)
    _carried: Carried | None = None
    _marked: dict[str, str] = field(default_factory=dict)
    _holds: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _made: dict[int, bool] = field(default_factory=dict)

    def stored(
        self, source: Path | Given, name: str, *, dry_run: bool = False, progress: Callable[[int], None] | None = None
    ) -> Receipt:
        """Store the good rows in one transaction, or, on a dry run, say what would become of them."""
        picture = self.record.picture
        drafts = _ahead(self._drafts(source))
        with ThreadPoolExecutor(1) as beside, closing(drafts):
            first = next(drafts, None)
            event, resting = self._event(name), Resting(self.record)

            def expect(versions: Versions, head: str) -> None:
                if self._holds:
                    self._made |= dict(zip(versions.row.tolist(), (versions.previous == 0).tolist(), strict=True))
                if not dry_run:
                    beside.submit(picture.expect, versions, head)

            def rows() -> Iterator[Rows]:
                yield from self._rows(() if first is None else chain([first], drafts), progress)
                yield from self._taken_back()
                yield from resting.raised(steps(marked(self.record, [self.raster]), self._marked))
                beside.submit(picture.keep_expected)

            receipt = resting.told(self.record.store.append(rows(), event, dry_run=dry_run, stored=expect))
        if self._proposal and isinstance(source, Path) and not dry_run:
            self.sources.keep_answers(source, self._proposal.mapping.answers)
        receipt = self._by_row(receipt) if self._holds else receipt
        return replace(
            receipt,
            refused=tuple(sorted(self._refused, key=lambda fault: fault.row)),
            remarks=tuple(self._remarks),
            asked=self._asked,
            remarked=self._remarked,
            said=(*(self._proposal.said if self._proposal else ()), *receipt.said),
            read=self._read,
            called=self._proposal.called if self._proposal else {},
        )

    def checked(self, path: Path, name: str, progress: Callable[[int], None] | None = None) -> Checked:
        """Say what would become of a file, how it is read, and what would mend it; nothing is stored."""
        configuration, self.counted = self.record.configuration, True
        receipt = self.stored(path, name, dry_run=True, progress=progress)
        proposal = self._proposal
        if proposal is None:
            raise UnreadableFile(f"{name} holds no rows; its first line must name the columns, its rows follow")
        offered = mends(self._kinds, self._rows_in, proposal.mapping, configuration.box, configuration.timezone)
        return Checked(receipt, proposal, offered, self._rows_in, tuple(self._shown), self._meanings(proposal.mapping))

    @property
    def sources(self) -> Sources:
        """Return what is kept of how files are read."""
        return Sources(self.record.folder, self.layer)

    def proposed(self, path: Path) -> Proposal:
        """Say how a file would be read, without checking its rows."""
        return proposed(
            path,
            self.layer,
            dialect=self.dialect,
            mapping=self.mapping,
            remembered=self._remembered,
            answers=None if self.anew else self.sources.answers(path),
            limits=self.record.configuration.limits,
        )

    @property
    def _read(self) -> str:
        of = self._proposal.mapping.conventions if self._proposal else None
        return of.words if of else ""

    def _event(self, name: str) -> AuditEvent:
        detail = {"file": name, "layer": self.layer.id} | ({"read": self._read} if self._read else {})
        detail |= {"reason": self.reason} if self.reason else {}
        return AuditEvent(self.record.clock(), self.user.name, "submit", self.layer.id, detail)

    def _meanings(self, mapping: ColumnMapping) -> dict[str, tuple[tuple[str, str, int], ...]]:
        """Return the values that a mapping or the catalogue gives a meaning they do not spell."""
        found: dict[str, tuple[tuple[str, str, int], ...]] = {}
        for of in self.layer.fields:
            spelled = {word.casefold() for choice in of.choices for word in (choice.code, choice.label)}
            known = {word.casefold(): choice.code for choice in of.choices for word in choice.aliases}
            known |= mapping.codes.get(of.name, {})
            met = [(text, known[text.strip().casefold()], n) for text, n in self._met.get(of.name, Counter()).most_common()
                   if text.strip().casefold() in known and text.strip().casefold() not in spelled]  # fmt: skip
            found |= {of.name: tuple(met)} if met else {}
        return found

    def _remembered(self, columns: Sequence[str]) -> ColumnMapping | None:
        return None if self.anew else self.sources.mapping(columns)

    def _rows(self, drafts: Iterable[Draft], progress: Callable[[int], None] | None) -> Iterator[Rows]:
        for draft in drafts:
            self._rows_in += draft.rows_in
            self._holds |= draft.holds
            self._refused += draft.faults
            remarks = (*draft.remarks, *plans.remarks(draft.rows))
            self._remarks += remarks[: _REMARKS - len(self._remarks)]
            self._remarked += len({remark.row for remark in remarks})
            self._kinds.update(kind for _, kind in {(of.row, of.kind) for of in (*draft.faults, *draft.remarks) if of.kind})
            for name, met in draft.asked.items():
                self._asked.setdefault(name, Counter()).update(met)
            if sum(map(len, self._shown)) < _SHOWN:
                self._shown.append(draft.rows)
            if progress:
                progress(self._rows_in)
            rows = self._sound(self._allowed(self._pictured(draft.rows)))
            self._marked |= dict(zip(rows.feature, rows.marking, strict=True)) if self.raster else {}
            yield rows

    def _by_row(self, receipt: Receipt) -> Receipt:
        """Return a receipt that counts rows of the file where features are made of several; all rows of one that is refused are."""
        self._refused = [replace(of, row=row) for of in self._refused for row in self._holds.get(of.row, (of.row,))]
        gone, counts = {of.row for of in self._refused}, Counter[str]()
        for row, every in self._holds.items():
            if row not in gone:
                fresh = not receipt.changed or (receipt.new and self._made.get(row))
                counts["unchanged" if row not in self._made else "new" if fresh else "changed"] += len(every)
        return replace(receipt, new=counts["new"], changed=counts["changed"], unchanged=counts["unchanged"])

    def _drafts(self, source: Path | Given) -> Generator[Draft, None, None]:
        configuration, now = self.record.configuration, self.record.clock()
        observing = Observers(self.record, self.user).placed
        if not isinstance(source, Path):
            rules = Rules(configuration.markings, configuration.default_marking, configuration.box, now)
            return given(source, self.layer, rules, observing)
        return read(
            source,
            self.layer,
            markings=configuration.markings,
            default_marking=configuration.default_marking,
            box=configuration.box,
            now=now,
            dialect=self.dialect,
            mapping=self.mapping,
            remembered=self._remembered,
            answers=None if self.anew else self.sources.answers(source),
            where=self.where,
            assign=self.assign,
            limits=configuration.limits,
            chunk=_CHUNK,
            told=self._told,
            observing=observing,
            met=self._met if self.counted else None,
        )

    def _told(self, proposal: Proposal) -> None:
        self._proposal = proposal

    def _sound(self, rows: Rows) -> Rows:
        """Refuse parts of lines that cross other parts of the same line."""
        crossed = crossing(self.record, self.layer, rows, access.ceiling(self.user, self.record.configuration.markings))
        self._refused += [Fault(int(rows.row[n]), "geometry", reason) for n, reason in crossed.items()]
        return rows.taken(np.setdiff1d(np.arange(len(rows)), list(crossed))) if crossed else rows

    def _taken_back(self) -> Iterator[Rows]:
        """Return what its source takes back, as it stands; what an analyst decided of it is there again if the source sends it again."""
        held = self.record.store.current(self.layer.id, list(self.gone))
        if len(held):
            yield Rows(
                self.layer.id,
                np.zeros(len(held), np.int64),
                list(held.feature),
                held.lon,
                held.lat,
                held.wkb,
                held.start,
                held.until,
                held.reported,
                list(held.marking),
                list(held.payload),
                np.ones(len(held), np.bool_),
            )

    def _pictured(self, rows: Rows) -> Rows:
        """Refuse rows that name a raster which did not come with them: a file would say of any scene what it is not."""
        if self.layer.id != SCENES.id:
            return rows
        named = np.array([feature != self.raster and bool(DIGEST.fullmatch(feature)) for feature in rows.feature], np.bool_)
        self._refused += [Fault(int(row), "id", _RASTER) for row in rows.row[named]]
        return rows.taken(np.flatnonzero(~named))

    def _allowed(self, rows: Rows) -> Rows:
        """Refuse rows above the submitter's ceiling, and ids that belong to a record they may not see."""
        self._carried = self._carried or Carried(self.record, self.layer)
        rows, markings = self._carried.taken(rows), self.record.configuration.markings
        top = access.ceiling(self.user, markings)
        if top == access.UNLIMITED or not len(rows):
            return rows
        high = np.array([access.rank(marking, markings) > top for marking in rows.marking], np.bool_)
        current = self.record.store.current(self.layer.id, list(rows.feature))
        held = {f for f, m in zip(current.feature, current.marking, strict=True) if access.rank(m, markings) > top}
        taken = np.array([feature in held for feature in rows.feature], np.bool_)
        self._refused += [
            Fault(int(row), "marking", "the marking is above your ceiling; lower it or ask someone cleared for it")
            for row in rows.row[high]
        ]
        self._refused += [Fault(int(row), "id", "this id cannot be used; choose another") for row in rows.row[taken & ~high]]
        return rows.taken(np.flatnonzero(~(high | taken)))


def _ahead(drafts: Generator[Draft, None, None]) -> Generator[Draft, None, None]:
    """Yield drafts, each read and checked in another thread while the one before is stored."""
    with closing(drafts), ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, drafts, None)
        while (draft := coming.result()) is not None:
            coming = beside.submit(next, drafts, None)
            yield draft
