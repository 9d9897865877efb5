"""What a user does on watch: alerts acknowledged, steps of a response said, a watch started, its log written."""

from __future__ import annotations

from datetime import datetime

from layers import access
from layers.access import Action
from layers.desk import alerts, patrol_alerts, responses, watches
from layers.desk.answers import Json
from layers.desk.exporter import Exporter
from layers.desk.picture import Change
from layers.desk.record import LOG, RESPOND, WATCH
from layers.desk.responses import Saying
from layers.errors import NotFound
from layers.model import AuditEvent, Layer, Versions, View

_ON_WATCH: Action = "keep the watch"


class Watchkeeper(Exporter):
    """A user's way through a watch. Every act leaves a line in the audit, which is where it is kept."""

    def alerts(self) -> Json:
        """Return the alerts this user sees and which rules cannot be followed, see ``layers.desk.alerts.told``, and who is not heard of.

        What they are marked stands with them, as ``banded`` tells it: they are read beside a view that may hold none of them.
        """
        told = alerts.told(self._record, self.user, patrol_alerts.told(self._record, self.user))
        known = self._record.configuration.markings
        highest = max((access.rank(str(one["marking"]), known) for one in told["alerts"] if one["marking"]), default=0)  # type: ignore[attr-defined]
        return (
            told
            | {"unheard": watches.unheard(self._record, self.user)}
            | self.banded(self.sheet(View()), access.named(highest, known))
        )

    def alerted(self, change: Change) -> bool:
        """Say whether a change may bring this user another alert, or take one."""
        return alerts.touched(self._record, self.user, change, self._saw)

    def acknowledge(self, key: str, upto: int, reason: str) -> None:
        """Take note of an alert as it stood at a version of the record; what comes in later lets it stand again.

        Raises
        ------
        NotFound
            There is no such alert for this user, or it has left the list.
        LayersError
            No reason is given, no such version was on the screen, or all of it is acknowledged already.
        """
        access.require(self.user, "acknowledge")
        made = patrol_alerts.acknowledged if patrol_alerts.mine(key) else alerts.acknowledged
        self.audited(alerts.ACT, key, **made(self._record, self.user, key, upto, reason))

    def card(self, layer_id: str, seq: int, view: View | None = None) -> Json:
        """Return a record as ``Reader.card`` does; an incident's with what was done about it, which its history tells too."""
        card, of = super().card(layer_id, seq, view), self.layer(layer_id)
        if not of.tiled:
            return card
        known_at = view.known_at if view else None
        one = self._record.store.records(of.stored, [int(str(card["id"]))])
        said = [line.said for line in self._lines(of, one, known_at)]
        may = access.may(self.user, _ON_WATCH) and known_at is None and not card["withdrawn"]
        told = [*card["history"], *responses.history(one, said)]  # type: ignore[misc]
        told.sort(key=lambda line: line["recorded"])
        return card | {"history": told, "response": responses.told(one, said, may=may)}

    def respond(self, layer_id: str, seq: int, saying: Saying) -> Json:
        """Say that a step of the response to an incident was taken, when, and who was tasked; return the steps as they stand.

        What was said of that step before stays in the history. A step that was not taken is taken back in the same way.

        Raises
        ------
        NotFound
            There is no such incident for this user, or it was withdrawn.
        LayersError
            Somebody said something of it meanwhile, nobody is tasked, or the time lies ahead or out of order.
        """
        access.require(self.user, _ON_WATCH)
        of = self._stored(layer_id)
        one = self._record.store.records(of.id, [seq])
        now = self._record.store.current(of.id, one.feature)
        if not of.tiled or not self._visible(of, one.seq) or now.retracted[0]:
            raise NotFound(f"no incident numbered {seq} stands here for you; look at the list again")
        before = [line.said for line in self._lines(of, one)]
        body = responses.detail(self._record, of, one, before, saying)
        self.audited(RESPOND, one.feature[0], **body)
        return responses.told(one, [line.said for line in self._lines(of, one)], may=True)

    def forces(self) -> list[str]:
        """Return who may be tasked: patrols that are out or will be within a day, then posts."""
        return watches.forces(self.sheet(View(last="24h")))

    def watch(self) -> Json:
        """Return since when the watch runs, who started it, and what its log says; see ``layers.desk.watches.told``."""
        return watches.told(self._record, self.user)

    def start_watch(self) -> Json:
        """Begin a watch now, for everyone in the mission: from here on "since the watch began" counts from this moment."""
        access.require(self.user, _ON_WATCH)
        self.audited(WATCH, "")
        return self.watch()

    def write_log(self, text: str, marking: str) -> Json:
        """Write an entry into the log of the watch. It stays as it is; a further entry corrects it.

        Raises
        ------
        LayersError
            The text is blank or too long, or the marking is none that this user may give.
        """
        access.require(self.user, _ON_WATCH)
        self.audited(LOG, "", **watches.detail(text, marking, self.markings()))
        return self.watch()

    def audited(self, act: str, ref: str, **detail: str | int) -> int:
        """Write one line into the audit in this user's name; return its number."""
        return self._record.store.audit(self._event(act, ref, **detail))

    def _stored(self, layer_id: str) -> Layer:
        """Return the layer under which the record holds what a layer shows."""
        return self.layer(self.layer(layer_id).stored)

    def _lines(self, of: Layer, one: Versions, known_at: datetime | None = None) -> list[responses.Told]:
        """Return what was said of an incident, of that what was said of versions that this user may see."""
        told = responses.lines(self._record, of, one.feature, known_at)
        seen = self._visible(of, [line.seq for line in told]) if told else {}
        return [line for line in told if line.seq in seen]

    def _event(self, act: str, ref: str, **detail: str | int) -> AuditEvent:
        return AuditEvent(self._record.clock(), self.user.name, act, ref, detail)
