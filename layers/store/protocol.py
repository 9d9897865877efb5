"""What every engine of the record promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from layers.model import AuditEvent, Receipt, Rows, Verification, Versions

#: Told of each part of a submission as it is stored and before it is committed: its versions, and the chain's hash at the last.
Told = Callable[[Versions, str], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """One submission that was stored: who, when (microseconds since 1970 UTC), of which file."""

    id: int
    at: int
    who: str
    layer: str
    file: str
    new: int
    changed: int
    retracted: int


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
        """Store rows as one batch, with their audit row, in one transaction; wholly or not at all."""

    def undo(self, batch: int, event: AuditEvent, *, stored: Told | None = None) -> Receipt:
        """Bring back by new versions what was before a batch; nothing is deleted."""

    def audit(self, event: AuditEvent) -> None:
        """Add one line to the audit."""

    def version(self) -> int:
        """Return the last version number, 0 for an empty record."""

    def data_version(self) -> int:
        """Return a number that changes when any process stores something."""

    def head(self, seq: int) -> str:
        """Return the chain's hash at a version, in hexadecimal; empty for none."""

    def tail(self, layer: str, after: int, *, limit: int = 200_000) -> Iterator[Versions]:
        """Return a layer's versions beyond ``after``, in order, in chunks of at most ``limit``."""

    def records(self, layer: str, seqs: Sequence[int]) -> Versions:
        """Return the versions of these numbers, ascending; unknown ones are left out."""

    def history(self, layer: str, feature: str) -> Versions:
        """Return every version of a feature, the oldest first."""

    def current(self, layer: str, features: Sequence[str]) -> Versions:
        """Return the newest version of each feature, retractions included."""

    def counts(self) -> dict[str, int]:
        """Return how many features of each layer stand."""

    def search(self, layer: str, words: str, *, limit: int) -> list[int]:
        """Return the newest standing versions whose fields contain the words, whatever the case."""

    def batches(self) -> list[Batch]:
        """Return every batch, the oldest first."""

    def audit_rows(self, after: int = 0) -> Iterator[AuditRow]:
        """Return the audit's lines beyond ``after``, in order."""

    def verify(self) -> Verification:
        """Check the whole chain and name the first broken row."""

    def backup(self, path: Path) -> None:
        """Write a verified copy of the whole store to a new file."""

    def close(self) -> None:
        """Close every connection."""
