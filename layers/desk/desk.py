"""The one door to a mission: what a user sees of it, and what a user does in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from layers import access
from layers.access import Action
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.patrol_tracks import REPORTED
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import (
    added,
    backup,
    batches,
    comparing,
    events,
    heard,
    history,
    kept,
    rasters,
    resting,
    scenes,
    together,
)
from layers.desk.added import Added, Described
from layers.desk.comparing import Compared, Comparison
from layers.desk.editing import Edit, Editing
from layers.desk.leaving import Marked, left
from layers.desk.picture import Change
from layers.desk.sketch import sketched
from layers.desk.sources import Sources
from layers.desk.submission import Checked, Submission
from layers.desk.watchkeeper import Watchkeeper
from layers.errors import LayersError, MalformedView, NotFound
from layers.imagery import intake
from layers.imagery.intake import Answers as SceneAnswers
from layers.ingest import Answers, ColumnMapping, Given, Proposal, answered, refused_rows
from layers.model import Layer, Receipt, Verification, View
from layers.store import Batch

#: Acts by which records come to an event or leave it, or what may tell of it changes.
_GATHERED = frozenset({"link", "unlink", "withdraw", "edit"})
#: By layer the fields that say how far something has been followed up, which an officer sets too.
WORKFLOW = {INCIDENTS.id: frozenset({"status", "follow_up"}), TRACKS.id: frozenset({REPORTED})}


class Desk(Watchkeeper):
    """A user's desk. Every act is checked against the user's roles and leaves a line in the audit."""

    def submit(
        self,
        layer_id: str,
        source: Path | Given,
        *,
        dialect: str | None = None,
        where: Sequence[tuple[str, str]] = (),
        assign: Sequence[tuple[str, str]] = (),
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        name: str = "",
        mapping: ColumnMapping | None = None,
        reason: str = "",
    ) -> Receipt:
        """Check a file, or rows given, and store the good rows as one batch; the Receipt accounts for every row.

        ``name`` is what the history calls the source; a file's own name where it is not given. A mapping that
        is given decides which column is which field. ``reason`` is kept with the batch.
        """
        access.require(self.user, "submit")
        submission = Submission(self._record, self.user, self._own(layer_id), dialect, tuple(where), tuple(assign), mapping)
        submission.reason = reason.strip()
        called = name or (source.name if isinstance(source, Path) else "rows")
        receipt = submission.stored(source, called, dry_run=dry_run, progress=progress)
        if not dry_run:
            self._record.refresh()
        return receipt

    def take_fixes(self, fixes: Given, *, name: str = "live positions") -> Receipt:
        """Put fixes of patrols, as they come in, on the ends of their tracks; the Receipt accounts for every fix.

        A fix says ``patrol``, ``occurred_at``, ``longitude`` and ``latitude``, and may say ``precision_m``, in metres. One that is earlier
        than the last of its patrol, too far from it for any patrol, or in the future is refused.
        """
        access.require(self.user, "submit")
        with self._record.hearing:
            return heard.received(self._record, self.user, fixes, lambda rows: self.submit(TRACKS.id, rows, name=name))

    def moved(self, view: View, change: Change) -> bool:
        """Say whether a change brings tracks to a view and nothing else, so that an open map need not ask for more."""
        return heard.moved(self._record, self.user, view, change)

    def add_scene(
        self,
        path: Path,
        answers: SceneAnswers,
        said: Described,
        *,
        name: str = "",
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        guessed: bool = False,
    ) -> Added:
        """Take a GeoTIFF in as a scene: re-encoded beside the record, and one row that undo takes back.

        Where nobody said what it is (``guessed``), a scene that is here already keeps all that is said of it.

        Raises
        ------
        UnreadableFile
            The file cannot be taken, the answers do not fit it, or its row is refused; nothing is kept.
        Stopped
            ``cancelled`` said so; nothing is kept.
        """
        access.require(self.user, "submit")
        added.markable(said, self.markings())
        called = name or path.name
        added.past(answers, self._record.clock(), called)
        folder, limits = added.folder(self._record), self._record.configuration.scene_limits
        taken = intake.take(path, folder, answers, name=called, limits=limits, progress=progress, cancelled=cancelled)
        taken = taken.at(added.apart(self._record, self.user, taken.path))
        if guessed and (here := added.here(self._all(View()), taken)):
            return here
        said, told = added.again(self._all(View()), taken.path.stem, answers, said)
        receipt = added.stored(self._record, self.user, added.row(taken, answers, said), called)
        return added.settled(self._record, taken, receipt, told)

    def compare(
        self,
        asked: Comparison,
        *,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Compared:
        """Find what changed between two scenes: findings, and the raster of the statistic as a scene. Undo takes back either.

        Both bear the higher marking of the two scenes.

        Raises
        ------
        NotFound
            One of the scenes is not here for this user.
        UnsuitableScenes
            They cannot be compared so, or what was found is refused by the record; the message says why, and nothing is kept.
        Stopped
            ``cancelled`` said so; nothing is kept.
        """
        access.require(self.user, "compare")
        sheet = self._all(View())
        pair = (scenes.one(sheet, asked.before), scenes.one(sheet, asked.after))
        made = comparing.measured(sheet, pair, asked, progress=progress, cancelled=cancelled)
        stored = comparing.stored(self._all(View()), made, self.undo)
        resting.followed(self._record, self.user, {of.digest: of.marking for of in pair}, "a scene was marked higher meanwhile")
        return stored

    def check(
        self,
        layer_id: str,
        path: Path,
        *,
        dialect: str | None = None,
        mapping: ColumnMapping | None = None,
        anew: bool = False,
        progress: Callable[[int], None] | None = None,
        name: str = "",
    ) -> Checked:
        """Say what would become of a file, how it is read and what would mend it; nothing is stored.

        ``anew`` passes over what is remembered of files with the same columns.
        """
        access.require(self.user, "submit")
        submission = Submission(self._record, self.user, self._own(layer_id), dialect, mapping=mapping, anew=anew)
        return submission.checked(path, name or path.name, progress)

    def propose(
        self, layer_id: str, path: Path, *, dialect: str | None = None, answers: Answers | None = None, anew: bool = False
    ) -> Proposal:
        """Say how a file would be read, with what is said by hand laid over it; its rows are not checked.

        ``anew`` passes over what is remembered of files with the same columns.
        """
        access.require(self.user, "submit")
        of = self._own(layer_id)
        proposal = Submission(self._record, self.user, of, dialect, anew=anew).proposed(path)
        return answered(proposal, of, answers) if answers else proposal

    def sketch(self, checked: Checked) -> str:
        """Return a small SVG picture of the rows a dry run would take; blank where there are none."""
        return sketched(self.sheet(View(last="all")), checked)

    def refused(self, layer_id: str, path: Path, receipt: Receipt) -> str:
        """Return the refused rows of a file as CSV with their reasons, ready to be mended and sent again; the audit keeps that they left.

        They leave under the highest marking that stands in them, and no lower than the mission's usual one.
        """
        access.require(self.user, "submit")
        of = self._own(layer_id)
        text, marking = refused_rows(path, of, receipt, self._record.configuration)
        left(self._record, self._event("refused", of.id, file=path.name, rows=receipt.refused_rows), Marked(marking))
        return text

    def remember(self, layer_id: str, proposal: Proposal) -> None:
        """Read the next file with the same columns as this one was read."""
        access.require(self.user, "submit")
        Sources(self._record.folder, self._own(layer_id)).keep(proposal.mapping, list(proposal.samples))

    def forget(self, layer_id: str, proposal: Proposal) -> None:
        """Read the next file with the same columns as if none had come before."""
        access.require(self.user, "submit")
        Sources(self._record.folder, self._own(layer_id)).forget(list(proposal.samples))

    def undo(self, batch: int, reason: str) -> Receipt:
        """Take a batch back by new versions; nothing is deleted. Whoever submitted it may, and whoever may undo any."""
        found = next((one for one in self._record.store.batches() if one.id == batch), None)
        access.require(self.user, "submit" if found is not None and found.who == self.user.name else "undo")
        if not reason.strip():
            raise LayersError("no reason is given; say in a few words why the batch is taken back")
        if self.user.ceiling is not None or self.user.sectors is not None:
            batches.whole(self._record, self.user, batch)
        marked = resting.marked(self._record)
        event = self._event("undo", str(batch), reason=reason)
        receipt = self._record.store.undo(batch, event, stored=self._record.picture.expect)
        self._record.refresh()
        resting.followed(self._record, self.user, marked, f"what it rests on is marked higher by batch {receipt.batch}")
        if found is not None and found.act in _GATHERED and receipt.batch:
            self._unlinked(found, receipt.batch)
        return receipt

    def since(self, batch: int) -> list[int]:
        """Return the batches, some, by which something of a batch was decided on after it: undo leaves that as it is."""
        access.require(self.user, "submit")
        return self._record.store.since(batch)

    def edit(self, layer_id: str, edits: Sequence[Edit], reason: str) -> Receipt:
        """Store new values of records as one batch, checked as a file's rows are; the Receipt accounts for every record.

        A record that changed since it was seen is refused. An officer may set the status and the follow-up of an incident and say
        when the report of a patrol was received, nothing else.
        """
        names = {name for edit in edits for name in edit.fields}
        followed = names and names <= WORKFLOW.get(layer_id, frozenset())
        return self._decided("set the status" if followed else "edit", "edit", layer_id, edits, reason)

    def grade(self, layer_id: str, chosen: Mapping[str, int], grade: tuple[str, str], reason: str) -> Receipt:
        """Grade records, each by its feature and the version seen: reliability of the source, credibility of the report."""
        reliability, credibility = grade
        said = {"reliability": reliability, "credibility": credibility}
        edits = [Edit(feature, seen, {name: code for name, code in said.items() if code}) for feature, seen in chosen.items()]
        return self._decided("grade", "grade", layer_id, edits, reason)

    def link(self, layer_id: str, chosen: Mapping[str, int], reason: str) -> Receipt:
        """Say that records are of one event; those linked to any of them already come along."""
        of = self._stored(layer_id)
        seen = list(self._visible(of, list(chosen.values())))
        edits = events.linked(self._record, of, chosen, seen, lambda event: self.members(of.id, event))
        return self._decided("link", "link", layer_id, edits, reason)

    def leave(self, layer_id: str, chosen: Mapping[str, int], reason: str) -> None:
        """Remember that likely duplicates, by feature and the version seen, are each an event; no two of them are proposed again.

        Raises
        ------
        LayersError
            No reason is given.
        NotFound
            They are not two or more, or one of them is not here for this user.
        """
        access.require(self.user, "link")
        of = self._stored(layer_id)
        if not reason.strip():
            raise LayersError("no reason is given; say in a few words why they are not one event")
        seen = list(self._visible(of, list(chosen.values())))
        if len(chosen) < 2 or set(self._record.store.records(of.stored, seen).feature) != set(chosen):
            raise NotFound("these are not two records or more that are here; choose them again from the list")
        for first, second in together.pairs(list(chosen)):
            self.audited("leave", of.id, first=first, second=second, reason=reason.strip())

    def unlink(self, layer_id: str, chosen: Mapping[str, int], reason: str) -> Receipt:
        """Say that records are of no event with others; a grade 1 that only the link allowed falls back."""
        edits = [Edit(feature, seen, event="") for feature, seen in chosen.items()]
        edits += self._fallen(layer_id, chosen)
        return self._decided("link", "unlink", layer_id, edits, reason)

    def withdraw(self, layer_id: str, chosen: Mapping[str, int], reason: str) -> Receipt:
        """Take records back. They stay in the record; their source's same row does not bring them back."""
        edits = [Edit(feature, seen, withdrawn=True) for feature, seen in chosen.items()]
        edits += self._fallen(layer_id, chosen)
        receipt = self._decided("withdraw", "withdraw", layer_id, edits, reason)
        if self._stored(layer_id) != SCENES:
            return receipt
        kept = {fault.row for fault in receipt.refused}
        rest = resting.found_on(self._all(View()), [of for row, of in enumerate(chosen, 1) if row not in kept])
        return replace(receipt, said=(*receipt.said, rest) if rest else receipt.said)

    def keep(self, name: str, view: View) -> str:
        """Keep the answer to a view's relation as a layer for everyone, with the view's filters; return the layer's id.

        Its span is that of whoever looks at it.

        Raises
        ------
        LayersError
            The name is blank or too long, the view asks no relation, or too many answers are kept already.
        """
        access.require(self.user, "keep")
        called = kept.called(name)
        if view.where is None:
            raise MalformedView("the view asks no relation, so there is no answer to keep; ask one under Monitoring, Within")
        if len(self._record.kept) >= kept.MOST:
            raise LayersError(f"{kept.MOST} answers are kept already; drop one first")
        wanted = kept.asked(self.understood(view))
        if kept.depth(self._record.kept, wanted) > kept.DEEPEST:
            raise LayersError(f"answers are asked of answers at most {kept.DEEPEST} deep; ask it of an earlier layer")
        line = self.audited(kept.KEEP, view.where.subject, name=called, view=wanted.text)
        self._record.refresh()
        return kept.layer_id(line)

    def drop(self, layer_id: str, reason: str) -> None:
        """Drop a kept answer; the records it showed stay as they are.

        Raises
        ------
        LayersError
            No reason is given, it is no kept answer, or another one asks of it.
        """
        access.require(self.user, "keep")
        if not reason.strip():
            raise LayersError("no reason is given; say in a few words why it is dropped")
        if not self.layer(layer_id).base:
            raise LayersError(f"{self.layer(layer_id).title} is no kept answer; only those are dropped")
        if users := kept.users(self._record.kept, layer_id):
            seen = [repr(count.title) for count in self.layers() if count.id in users]
            raise LayersError(f"{seen[0] if seen else 'another kept answer'} asks of it; drop that first")
        self.audited(kept.DROP, layer_id, reason=reason.strip())
        self._record.refresh()

    def verify(self) -> Verification:
        """Check the whole chain of the record."""
        access.require(self.user, "verify")
        return self._record.store.verify()

    def scene_faults(self, progress: Callable[[int], None] | None = None) -> list[str]:
        """Say in a sentence each which scenes that stand lack their raster, or have another than was taken in."""
        access.require(self.user, "verify")
        return list(rasters.faults(self._record, progress))

    def backup(self, path: Path) -> None:
        """Write a verified copy of the whole mission into one file, under the highest marking that the mission knows."""
        access.require(self.user, "backup")
        backup.written(self._record, path)
        left(self._record, self._event("backup", path.name), Marked(self._record.configuration.markings[-1]))

    def _own(self, layer_id: str) -> Layer:
        """Return a layer that takes records.

        Raises
        ------
        LayersError
            It is a kept answer, which takes none.
        """
        of = self.layer(layer_id)
        if of.base:
            raise LayersError(f"{of.title} is a kept answer, which takes no records; choose {self.layer(of.base).called}")
        return of

    def _decided(self, action: Action, act: str, layer_id: str, edits: Sequence[Edit], reason: str) -> Receipt:
        access.require(self.user, action)
        of = self._stored(layer_id)
        editing = Editing(self._record, self.user, of, self._visible, lambda event: self.members(of.id, event))
        self._record.refresh()
        receipt = editing.stored(edits, self._event(act, of.id, reason=reason.strip()))
        self._record.refresh()
        return receipt

    def _fallen(self, layer_id: str, gone: Mapping[str, int]) -> list[Edit]:
        """Return what becomes of the grades of those that records are linked to, once these leave."""
        of = self._stored(layer_id)
        names = events.named(self._record, of, list(self._visible(of, list(gone.values()))))
        return events.fallen(self._record, of, names, gone, lambda event: self.members(of.id, event))

    def _unlinked(self, act: Batch, undo: int) -> None:
        """Take back, as a batch of its own, what an act allowed that is taken back: grades, and where linked observations cross."""

        def along(event: str) -> Sequence[int]:
            return self.members(of.id, event)

        of = self.layer(act.layer)
        both = [one for one in self._record.store.batches() if one.id in (act.id, undo)]
        names = events.named(self._record, of, [seq for one in both for seq in range(one.first, one.last + 1)])
        edits = events.fallen(self._record, of, names, (), along)
        if edits or events.stray(self._record, of, names, along):
            reason = f"the {history.act(act).lower()} that allowed it is taken back by batch {undo}"
            event = self._event("grade" if edits else "edit", of.id, reason=reason)
            Editing(self._record, self.user, of, self._visible, along).stored(edits, event, names)
            self._record.refresh()
