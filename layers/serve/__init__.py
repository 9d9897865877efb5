"""The HTTP edge: what this process serves, and how it lives."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool

from layers.access import User
from layers.desk import Change, Mission, warmed
from layers.errors import LayersError, Stopped
from layers.feed import PERIOD_S, ExerciseClock, survey
from layers.inbox import LOOK_S, Inbox
from layers.serve.fetching import Waiting
from layers.serve.hub import Hub

__all__ = ["Served", "serve", "served"]

_LOG = logging.getLogger(__name__)
_NOTICE_S = 0.02
_READ_S = 1.0
_PLACE_S = 0.1
_WARM_S = 20.0

Work = Callable[[], Coroutine[Any, Any, None] | Awaitable[None]]

_now: list[Served] = []


@dataclass(frozen=True, slots=True)
class Served:
    """The one mission this process serves, its exercise clock, its live link, and the files that wait to be fetched."""

    mission: Mission
    clock: ExerciseClock
    hub: Hub
    waiting: Waiting = field(default_factory=Waiting)

    def token(self, user: User) -> str:
        """Return a new token for one tab's live link."""
        return self.hub.issue(user)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Load the record before the first request, then keep it current until the server stops."""
        await run_in_threadpool(lambda: self.mission.picture)
        await run_in_threadpool(self.clock.catch_up)
        await run_in_threadpool(self.clock.drive)
        loop = asyncio.get_running_loop()
        end = self.mission.listen(lambda change: self._told(loop, change))
        stopping = threading.Event()
        inboxes = [Inbox(self.mission, rasters=rasters, stopping=stopping.is_set) for rasters in (False, True)]
        works = [self.hub.beat(), self._follow(), self._exercise(), self._read(), self._place(), self._survey(stopping)]
        works += [_warmed()]
        works += [self._watch(inbox) for inbox in inboxes]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            end()
            stopping.set()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _told(self, loop: asyncio.AbstractEventLoop, change: Change) -> None:
        asyncio.run_coroutine_threadsafe(self.hub.publish(change), loop)

    async def _follow(self) -> None:
        """Notice what another process stored, within a few hundredths of a second."""

        async def look() -> None:
            if self.mission.stirred():
                await run_in_threadpool(self.mission.refresh)

        await _every(_NOTICE_S, look)

    async def _read(self) -> None:
        """Keep the words that a search looks through up to the record."""

        async def read() -> None:
            await run_in_threadpool(self.mission.read_words)

        await _every(_READ_S, read)

    async def _place(self) -> None:
        """Keep incidents placed among lines and zones, after a large batch or a new line too."""

        async def place() -> None:
            await run_in_threadpool(self.mission.place)

        await _every(_PLACE_S, place)

    async def _exercise(self) -> None:
        async def tick() -> None:
            await run_in_threadpool(self.clock.tick)

        await _every(PERIOD_S, tick)

    async def _survey(self, stopping: threading.Event) -> None:
        """Take in the scenes that wait in an exercise, once it is served; the first screen does not wait for them."""

        async def taken() -> None:
            with suppress(Stopped):
                await run_in_threadpool(lambda: survey(self.mission, cancelled=stopping.is_set))

        await _tried(taken, "the scenes of the exercise were not taken in; the next start tries it again")

    async def _watch(self, inbox: Inbox) -> None:
        """Take in what is dropped into the mission's inbox."""

        async def look() -> None:
            await run_in_threadpool(inbox.look)

        await _every(LOOK_S, look)


async def _warmed() -> None:
    """Start the process that draws sheets once the first screens are out, so that the first preview need not wait for it."""
    await asyncio.sleep(_WARM_S)
    await run_in_threadpool(warmed)


def serve(mission: Mission) -> Served:
    """Make a mission the one this process serves."""
    clock = ExerciseClock(mission)
    made = Served(mission, clock, Hub(mission, clock))
    _now[:] = [made]
    return made


def served() -> Served:
    """Return what this process serves.

    Raises
    ------
    LayersError
        Nothing is served; a page was run without the server.
    """
    if not _now:
        raise LayersError("no mission is being served; start with: python app.py")
    return _now[0]


async def _every(seconds: float, work: Work) -> None:
    """Do something again and again; a fault is logged and never ends it."""
    while True:
        await asyncio.sleep(seconds)
        if not await _tried(work, "background work failed; it goes on"):
            await asyncio.sleep(1)


async def _tried(work: Work, words: str) -> bool:
    """Do something; where it fails, log it under these words and say so."""
    try:
        await work()
    except Exception:
        _LOG.exception(words)
        return False
    return True
