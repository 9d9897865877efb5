"""What every engine of the record promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from layers.model import AuditEvent, Receipt, Rows, Verification, Versions

Int64s = npt.NDArray[np.int64]
#: Told of each part of a submission as it is stored and before it is committed: its versions, and the chain's hash at the last.
Told = Callable[[Versions, str], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """One act that was stored: who, when (microseconds since 1970 UTC), of which file.

    ``act`` and ``ref`` are those of its audit line: ``submit``, ``undo`` (of the batch ``ref``), ``edit`` and so on.
    Its versions are numbered from ``first`` to ``last``.
    """

    id: int
    at: int
    who: str
    layer: str
    file: str
    new: int
    changed: int
    retracted: int
    act: str
    ref: str
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit as stored."""

    seq: int
    at: str
    who: str
    act: str
    ref: str
    body: str
    hash: bytes


class Store(Protocol):
    """A durable append-only record with versions. Safe to use from several threads and processes."""

    def append(
        self,
        drafts: Iterable[Rows],
        event: AuditEvent,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        stored: Told | None = None,
    ) -> Receipt:
        """Store rows as one batch, with their audit row, in one transaction; wholly or not at all.

        A payload with the member ``edited`` is an analyst's edit. When the source sends such a record's row again as it
        was, it is unchanged, and a withdrawn one stays withdrawn; when the row changed, its changes are taken and what
        the analyst decided is kept, of two markings the higher.
        """

    def undo(self, batch: int, event: AuditEvent, *, stored: Told | None = None) -> Receipt:
        """Bring back by new versions what was before a batch; nothing is deleted."""

    def audit(self, event: AuditEvent) -> int:
        """Add one line to the audit; return its number."""

    def version(self) -> int:
        """Return the last version number, 0 for an empty record."""

    def data_version(self) -> int:
        """Return a number that changes when any process stores something."""

    def head(self, seq: int) -> str:
        """Return the chain's hash at a version, in hexadecimal; empty for none."""

    def tail(self, layer: str, after: int, *, limit: int = 200_000) -> Iterator[Versions]:
        """Return a layer's versions beyond ``after``, in order, in chunks of at most ``limit``."""

    def payloads(self, layer: str, after: int, *, limit: int = 20_000) -> Iterator[tuple[Int64s, list[str]]]:
        """Return number and payload of a layer's versions beyond ``after``, in order, in chunks of at most ``limit``."""

    def records(self, layer: str, seqs: Sequence[int]) -> Versions:
        """Return the versions of these numbers, ascending; unknown ones are left out."""

    def history(self, layer: str, feature: str) -> Versions:
        """Return every version of a feature, the oldest first."""

    def current(self, layer: str, features: Sequence[str], *, known_at: int | None = None) -> Versions:
        """Return the newest version of each feature, of those recorded up to ``known_at``, retractions included."""

    def named(self, layer: str, prefix: str) -> Int64s:
        """Return every version of the features whose names begin so, in order."""

    def counts(self) -> dict[str, int]:
        """Return how many features of each layer stand."""

    def batches(self) -> list[Batch]:
        """Return every batch, the oldest first."""

    def since(self, batch: int) -> list[int]:
        """Return the batches that now stand where something of a batch stood, ascending, the first twenty."""

    def audit_rows(self, after: int = 0, *, act: str | None = None) -> Iterator[AuditRow]:
        """Return the audit's lines beyond ``after``, in order; of one act where it is given."""

    def verify(self) -> Verification:
        """Check the whole chain and name the first broken row."""

    def backup(self, path: Path) -> None:
        """Write a verified copy of the whole store to a new file."""

    def close(self) -> None:
        """Close every connection."""
