"""The audit's lines of the acts that are asked for often, followed as any process writes them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection

from layers.store import AuditRow, Store


class Lines:
    """Lines of some acts, in order. Safe to ask from any thread; what was read once is not read again."""

    def __init__(self, store: Store, acts: Collection[str]) -> None:
        self._store, self._acts = store, frozenset(acts)
        self._reading = threading.Lock()
        self._upto = 0
        self._rows: dict[str, list[AuditRow]] = defaultdict(list)

    def of(self, act: str) -> tuple[AuditRow, ...]:
        """Return the lines of one of the acts, the oldest first, up to the audit's last."""
        with self._reading:
            for row in self._store.audit_rows(self._upto):
                self._upto = row.seq
                if row.act in self._acts:
                    self._rows[row.act].append(row)
            return tuple(self._rows[act])
