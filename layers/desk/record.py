"""A mission's folder in use: its record, the record in memory, and the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from layers.catalogue import LAYERS
from layers.config import Configuration
from layers.desk.daily import Daily
from layers.desk.drawn import Drawn
from layers.desk.kept import Answers, Kept
from layers.desk.lines import Lines
from layers.desk.origins import Origins
from layers.desk.picture import Change, Picture
from layers.desk.reckoned import Reckoned
from layers.desk.relations import Relations
from layers.desk.words import WordIndex
from layers.index import Shapes, Words
from layers.model import NO_TIME, Layer, View, from_micros, parse
from layers.store import AuditRow, Store

Clock = Callable[[], datetime]

CACHE = "cache"
#: The acts of the audit by which a step of a response is said, a watch is started, and something is written into its log.
RESPOND, WATCH, LOG = "respond", "watch", "log"
#: A watch that was started goes on until the next one is, at most so long; then the mission's hours hold again.
LONGEST_WATCH = timedelta(hours=16)
#: A record that ended so long ago is shown by its last days, not by today's.
ENDED_AFTER = timedelta(days=7)
LAST_DAYS = 90
#: So many users' lists of layers are kept.
_SIGHTS = 64
#: So many answers on findings and what bears them out.
_CUES = 16
#: So many sets of tracks in memory.
_DRIVEN = 2


@dataclass(eq=False)
class Record:
    """What a mission knows. Data leaves it only through a desk."""

    folder: Path
    configuration: Configuration
    store: Store
    clock: Clock
    #: Layers that are not stored, and what makes the shapes of each for a sheet.
    reckoned: Mapping[Layer, Callable[[Any], Shapes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heard: list[Callable[[Change], None]] = []
        self._seen = -1
        self._loading = threading.Lock()
        #: Held while live positions are put on the ends of tracks: each end is looked up first.
        self.hearing = threading.Lock()
        self._picture: Picture | None = None
        self._kept: Answers | None = None
        self.lines = Lines(self.store, (RESPOND, WATCH, LOG))
        self.relations, self.sights, self.cues = Relations(), Reckoned(_SIGHTS), Reckoned(_CUES)
        #: Tracks in memory, which may be large.
        self.driven = Reckoned(_DRIVEN)
        self.daily = Daily()
        cache = self.folder / CACHE
        self.tiles = Drawn(cache / "scenes")
        self._words = {of.id: WordIndex(self.store, of, cache / f"{of.id}.words") for of in LAYERS if of.tiled}
        self._origins = {of.id: Origins(self.store, of.id) for of in LAYERS if of.tiled}

    @property
    def picture(self) -> Picture:
        """The record in memory, loaded at first use."""
        with self._loading:
            if self._picture is None:
                picture = Picture(self.store, LAYERS, self.configuration, self.folder / CACHE)
                picture.load()
                self._picture = picture
            return self._picture

    @property
    def kept(self) -> Mapping[str, Kept]:
        """The answers that were kept as layers, by the layer's id, the oldest first."""
        return self._answers().kept

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer of the mission: the catalogue's, and the kept answers."""
        return (*LAYERS, *self._answers().layers)

    def _answers(self) -> Answers:
        if self._kept is None:
            self._kept = Answers().followed(self.store)
        return self._kept

    def _relayered(self) -> bool:
        """Follow what was kept and dropped since; say whether anything was."""
        before = self._answers()
        self._kept = before.followed(self.store)
        return self._kept.kept != before.kept

    def words(self, of: Layer) -> tuple[Words, Words]:
        """Return what a tiled layer's records say; at first use, and after a large batch, this reads the record in."""
        return self._words[of.stored].now()

    def origins(self, of: Layer) -> Origins:
        """Return when the mission first knew of a tiled layer's features."""
        return self._origins[of.stored]

    def read_words(self) -> None:
        """Bring the words of every tiled layer up to the record, so that the next search need not."""
        for index in self._words.values():
            index.now()

    def refresh(self) -> Change | None:
        """Take in what this or another process stored since, and tell those who listen."""
        change, relayered = self.picture.refresh(), self._relayered()
        if change is None and relayered:
            change = Change(self.picture.version, 0)
        if change is not None:
            change = replace(change, relayered=relayered)
            for listener in list(self._heard):
                listener(change)
        return change

    def place(self, *, ruled: bool = True) -> None:
        """Place incidents among lines and zones as these stand now, then have the clauses judge them, and tell those who listen of each.

        Nothing is done where all are; not ``ruled``, the clauses are left for later.
        """
        while self.picture.place():
            told = Change(self.picture.version, 0, reshaped=frozenset(self.picture.points))
            for listener in list(self._heard):
                listener(told)
            if not ruled and not self.picture.unplaced:
                return

    def stirred(self) -> bool:
        """Say whether any process stored something since this was last asked. Costs microseconds."""
        now = self.store.data_version()
        before, self._seen = self._seen, now
        return now != before

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` with every change from now on; the returned function ends it."""
        self._heard.append(listener)
        return lambda: self._heard.remove(listener)

    def watch_began(self, now: datetime) -> datetime:
        """Return when the watch of a moment began: when somebody started it, else by the mission's local hours."""
        if started := self.watch_started(now):
            return datetime.fromisoformat(started.at)
        local = now.astimezone(ZoneInfo(self.configuration.timezone))
        begun = [
            local.replace(hour=hour, minute=0, second=0, microsecond=0) - timedelta(days=day)
            for day in (0, 1)
            for hour in self.configuration.watch_hours
        ]
        return max(moment for moment in begun if moment <= local).astimezone(UTC)

    def watch_started(self, now: datetime) -> AuditRow | None:
        """Return the line by which the watch of a moment was started, None where it runs by the mission's hours."""
        began = ((row, now - datetime.fromisoformat(row.at)) for row in reversed(self.lines.of(WATCH)))
        return next((row for row, ago in began if timedelta() <= ago < LONGEST_WATCH), None)

    def record_ends(self) -> datetime | None:
        """Return the latest time anything occurred, None for an empty record."""
        ends = [part.start.max() for index in self.picture.points.values() for part in index.parts if len(part)]
        latest = max((int(end) for end in ends), default=int(NO_TIME))
        return None if latest == NO_TIME else from_micros(latest)

    def record_began(self) -> datetime | None:
        """Return when the mission came to know the first thing it has, None for an empty record."""
        points = [part.recorded.min() for index in self.picture.points.values() for part in index.parts if len(part)]
        shapes = [shapes.recorded.min() for shapes in self.picture.shapes.values() if len(shapes)]
        first = [int(recorded) for recorded in points + shapes]
        return from_micros(min(first)) if first else None

    def recorded_after(self, version: int) -> datetime | None:
        """Return when the first of what is later than a version was recorded, None where nothing is."""
        points = [part.recorded[part.seq > version] for index in self.picture.points.values() for part in index.parts]
        shapes = [shapes.recorded[shapes.seq > version] for shapes in self.picture.shapes.values()]
        first = [int(recorded.min()) for recorded in points + shapes if len(recorded)]
        return from_micros(min(first)) if first else None

    def ended(self) -> bool:
        """Say whether the record ended long ago."""
        end = self.record_ends()
        return end is not None and self.clock() - end > ENDED_AFTER

    def default_view(self) -> View:
        """Return what the mission opens on: the last day, or the last 90 days of a record that has ended."""
        end = self.record_ends()
        if end is None or not self.ended():
            return View()
        midnight = (end + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return parse(f"from={(midnight - timedelta(days=LAST_DAYS)):%Y-%m-%dT%H:%MZ}&to={midnight:%Y-%m-%dT%H:%MZ}")
