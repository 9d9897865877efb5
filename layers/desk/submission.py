"""A file, or rows given, on their way into the record: checked rows as one batch, every row accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from layers import access
from layers.access import User
from layers.desk.record import Record
from layers.ingest import (
    ColumnMapping,
    Given,
    Mend,
    Proposal,
    Rules,
    from_text,
    given,
    key,
    mends,
    proposed,
    read,
    to_text,
)
from layers.model import AuditEvent, Draft, Fault, Layer, Receipt, Rows

#: The folder of a mission that keeps how files of each source were read.
SOURCES = "sources"
_REMARKS = 1_000
#: Rows read, checked and stored at a time: few enough to stay in the processor's reach and in little memory.
_CHUNK = 50_000
_SHOWN = 50_000
_LARGEST_MAPPING = 1_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run tells: the receipt, how the file is read, what would mend it, and the rows that would be taken (some)."""

    receipt: Receipt
    proposal: Proposal
    mends: tuple[Mend, ...]
    rows_in: int
    rows: tuple[Rows, ...]


@dataclass
class Submission:
    """One file, or rows given, for one layer, by one user."""

    record: Record
    user: User
    layer: Layer
    dialect: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    assign: tuple[tuple[str, str], ...] = ()
    mapping: ColumnMapping | None = None
    _refused: list[Fault] = field(default_factory=list)
    _remarks: list[Fault] = field(default_factory=list)
    _rows_in: int = 0
    _kinds: Counter[str] = field(default_factory=Counter)
    _asked: dict[str, Counter[str]] = field(default_factory=dict)
    _shown: list[Rows] = field(default_factory=list)

    def stored(
        self, source: Path | Given, name: str, *, dry_run: bool = False, progress: Callable[[int], None] | None = None
    ) -> Receipt:
        """Store the good rows in one transaction, or, on a dry run, say what would become of them."""
        event = AuditEvent(self.record.clock(), self.user.name, "submit", self.layer.id, {"file": name, "layer": self.layer.id})
        expect = None if dry_run else self.record.picture.expect
        receipt = self.record.store.append(self._rows(source, progress), event, dry_run=dry_run, stored=expect)
        return replace(
            receipt,
            refused=tuple(sorted(self._refused, key=lambda fault: fault.row)),
            remarks=tuple(self._remarks),
            asked=self._asked,
        )

    def checked(self, path: Path, name: str, progress: Callable[[int], None] | None = None) -> Checked:
        """Say what would become of a file, how it is read, and what would mend it; nothing is stored."""
        configuration = self.record.configuration
        proposal = proposed(
            path,
            self.layer,
            dialect=self.dialect,
            mapping=self.mapping,
            remembered=self._remembered,
            limits=configuration.limits,
        )
        self.mapping = proposal.mapping
        receipt = self.stored(path, name, dry_run=True, progress=progress)
        offered = mends(self._kinds, self._rows_in, proposal.mapping, configuration.box, configuration.timezone)
        return Checked(receipt, proposal, offered, self._rows_in, tuple(self._shown))

    def remember(self, mapping: ColumnMapping, columns: Sequence[str]) -> None:
        """Keep a mapping for the next file with these columns."""
        folder = self.record.folder / SOURCES
        folder.mkdir(exist_ok=True)
        beside = folder / f".{key(columns, self.layer.id)}"
        beside.write_text(to_text(mapping), encoding="utf-8")
        beside.replace(folder / f"{key(columns, self.layer.id)}.json")

    def _remembered(self, columns: Sequence[str]) -> ColumnMapping | None:
        path = self.record.folder / SOURCES / f"{key(columns, self.layer.id)}.json"
        try:
            found = from_text(path.read_text(encoding="utf-8")) if path.stat().st_size <= _LARGEST_MAPPING else None
        except (OSError, UnicodeDecodeError):
            return None
        return found if found is not None and found.taken <= set(columns) else None

    def _rows(self, source: Path | Given, progress: Callable[[int], None] | None) -> Iterator[Rows]:
        for draft in self._drafts(source):
            self._rows_in += draft.rows_in
            self._refused += draft.faults
            self._remarks += draft.remarks[: _REMARKS - len(self._remarks)]
            self._kinds.update(kind for _, kind in {(of.row, of.kind) for of in (*draft.faults, *draft.remarks) if of.kind})
            for name, met in draft.asked.items():
                self._asked.setdefault(name, Counter()).update(met)
            if sum(map(len, self._shown)) < _SHOWN:
                self._shown.append(draft.rows)
            if progress:
                progress(self._rows_in)
            yield self._allowed(draft)

    def _drafts(self, source: Path | Given) -> Iterator[Draft]:
        configuration, now = self.record.configuration, self.record.clock()
        if not isinstance(source, Path):
            rules = Rules(configuration.markings, configuration.default_marking, configuration.box, now)
            return given(source, self.layer, rules)
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
            where=self.where,
            assign=self.assign,
            limits=configuration.limits,
            chunk=_CHUNK,
        )

    def _allowed(self, draft: Draft) -> Rows:
        """Refuse rows above the submitter's ceiling, and ids that belong to a record they may not see."""
        rows, markings = draft.rows, self.record.configuration.markings
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
        return _taken(rows, np.flatnonzero(~(high | taken)))


def _taken(rows: Rows, kept: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Rows:
    wkb = None if rows.wkb is None else [rows.wkb[n] for n in kept.tolist()]
    return Rows(
        rows.layer,
        rows.row[kept],
        [rows.feature[n] for n in kept.tolist()],
        rows.lon[kept],
        rows.lat[kept],
        wkb,
        rows.start[kept],
        rows.until[kept],
        rows.reported[kept],
        [rows.marking[n] for n in kept.tolist()],
        [rows.payload[n] for n in kept.tolist()],
        rows.retracted[kept],
    )
