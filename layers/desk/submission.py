"""A file on its way into the record: checked rows as one batch, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from layers import access
from layers.access import User
from layers.desk.record import Record
from layers.ingest import read
from layers.model import AuditEvent, Draft, Fault, Layer, Receipt, Rows, Versions

_REMARKS = 1_000
#: Rows read, checked and stored at a time: few enough to stay in the processor's reach and in little memory.
_CHUNK = 50_000


@dataclass
class Submission:
    """One file for one layer, by one user."""

    record: Record
    user: User
    layer: Layer
    dialect: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    assign: tuple[tuple[str, str], ...] = ()
    _refused: list[Fault] = field(default_factory=list)
    _remarks: list[Fault] = field(default_factory=list)
    _rows_in: int = 0

    def stored(self, path: Path, name: str, *, dry_run: bool = False, progress: Callable[[int], None] | None = None) -> Receipt:
        """Store the file's good rows in one transaction, or, on a dry run, say what would become of them."""
        event = AuditEvent(self.record.clock(), self.user.name, "submit", self.layer.id, {"file": name, "layer": self.layer.id})
        picture = self.record.picture
        with ThreadPoolExecutor(1) as beside:

            def expect(versions: Versions, head: str) -> None:
                beside.submit(picture.expect, versions, head)

            def rows() -> Iterator[Rows]:
                yield from self._rows(path, progress)
                beside.submit(picture.keep_expected)

            stored = None if dry_run else expect
            receipt = self.record.store.append(rows(), event, dry_run=dry_run, stored=stored)
        return replace(receipt, refused=tuple(sorted(self._refused, key=lambda fault: fault.row)), remarks=tuple(self._remarks))

    def _rows(self, path: Path, progress: Callable[[int], None] | None) -> Iterator[Rows]:
        configuration = self.record.configuration
        drafts = read(
            path,
            self.layer,
            markings=configuration.markings,
            default_marking=configuration.default_marking,
            box=configuration.box,
            now=self.record.clock(),
            dialect=self.dialect,
            where=self.where,
            assign=self.assign,
            chunk=_CHUNK,
        )
        for draft in _ahead(drafts):
            self._rows_in += draft.rows_in
            self._refused += draft.faults
            self._remarks += draft.remarks[: _REMARKS - len(self._remarks)]
            if progress:
                progress(self._rows_in)
            yield self._allowed(draft)

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


def _ahead(drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Yield drafts, each read and checked in another thread while the one before is stored."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, drafts, None)
        while (draft := coming.result()) is not None:
            coming = beside.submit(next, drafts, None)
            yield draft


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
