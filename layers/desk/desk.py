"""The one door to a mission: what a user sees of it, and what a user does in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from layers import access
from layers.desk import backup, export
from layers.desk.reader import Reader
from layers.desk.submission import Submission
from layers.errors import LayersError
from layers.model import AuditEvent, Receipt, Verification, View


class Desk(Reader):
    """A user's desk. Every act is checked against the user's roles and leaves a line in the audit."""

    def export(self, layer_id: str, path: Path, view: View) -> int:
        """Write the view's features of a layer to a file; return how many. The audit keeps who, what and where."""
        access.require(self.user, "export")
        count = export.written(self.sheet(view), layer_id, path)
        self.audited("export", layer_id, file=path.name, view=view.text, rows=count)
        return count

    def submit(
        self,
        layer_id: str,
        path: Path,
        *,
        dialect: str | None = None,
        where: Sequence[tuple[str, str]] = (),
        assign: Sequence[tuple[str, str]] = (),
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        name: str = "",
    ) -> Receipt:
        """Check a file and store its good rows as one batch; the Receipt accounts for every row."""
        access.require(self.user, "submit")
        submission = Submission(self._record, self.user, self.layer(layer_id), dialect, tuple(where), tuple(assign))
        receipt = submission.stored(path, name or path.name, dry_run=dry_run, progress=progress)
        if not dry_run:
            self._record.refresh()
        return receipt

    def undo(self, batch: int, reason: str) -> Receipt:
        """Take a batch back by new versions; nothing is deleted."""
        access.require(self.user, "undo")
        if not reason.strip():
            raise LayersError("no reason is given; say in a few words why the batch is taken back")
        event = self._event("undo", str(batch), reason=reason)
        receipt = self._record.store.undo(batch, event, stored=self._record.picture.expect)
        self._record.refresh()
        return receipt

    def verify(self) -> Verification:
        """Check the whole chain of the record."""
        access.require(self.user, "verify")
        return self._record.store.verify()

    def backup(self, path: Path) -> None:
        """Write a verified copy of the whole mission into one file."""
        access.require(self.user, "backup")
        backup.written(self._record, path)
        self.audited("backup", path.name)

    def audited(self, act: str, ref: str, **detail: str | int) -> None:
        """Write one line into the audit in this user's name."""
        self._record.store.audit(self._event(act, ref, **detail))

    def _event(self, act: str, ref: str, **detail: str | int) -> AuditEvent:
        return AuditEvent(self._record.clock(), self.user.name, act, ref, detail)
