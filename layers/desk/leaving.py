"""The one way out: how what leaves is marked, and the line of the audit without which it does not leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.desk.record import Record
from layers.desk.released import Terms
from layers.model import AuditEvent


@dataclass(frozen=True, slots=True)
class Marked:
    """How what it was made of is marked, and the terms that let it out under another marking, None for none.

    Examples
    --------
    >>> Marked("RESTRICTED").marking
    'RESTRICTED'
    """

    own: str
    terms: Terms | None = None

    @property
    def marking(self) -> str:
        """Return how it leaves: under the highest marking of what it was made of, but for the terms of a release."""
        return self.terms.profile.marking if self.terms else self.own

    @property
    def detail(self) -> dict[str, str | int]:
        """Return it as part of a line of the audit."""
        if self.terms is None:
            return {"marking": self.marking}
        return {
            "marking": self.marking,
            "release": self.terms.text,
            "reason": self.terms.reason,
            "own_marking": self.own,
        }


def left(record: Record, event: AuditEvent, marked: Marked) -> None:
    """Write into the audit that a file leaves, and how it is marked. Whatever hands a file out passes here."""
    record.store.audit(replace(event, detail={**event.detail, **marked.detail}))
