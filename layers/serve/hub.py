"""The live link: one WebSocket a tab, bound to the user the gate saw, told only what its view holds."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from layers.access import OWNER, User
from layers.desk import Change, Mission
from layers.errors import LayersError
from layers.feed import ExerciseClock
from layers.model import View, parse, to_micros
from layers.notation import format_mgrs

_LOG = logging.getLogger(__name__)
_HEARTBEAT_S = 5.0
_LONGEST = 4_000
_ROOMS = 10_000
#: A socket closes with this code where its token is of another user, or of a server that has ended since.
UNKNOWN = 4403

Message = dict[str, object]


@dataclass(eq=False)
class Room:
    """One tab: whose it is, what it shows, and the messages on their way to it."""

    user: User
    token: str
    view: View = field(default_factory=View)
    outgoing: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(maxsize=500))


def user_of(scope: Scope) -> User:
    """Return whom the gate let in. Without accounts that is the owner of the machine."""
    return OWNER if scope.get("state", {}).get("user") == OWNER.name else User("nobody", frozenset(), "")


class Hub:
    """Every open room of one mission."""

    def __init__(self, mission: Mission, clock: ExerciseClock) -> None:
        self._mission, self._clock = mission, clock
        self._tokens: dict[str, str] = {}
        self._shown: dict[str, tuple[float, str]] = {}
        self._rooms: set[Room] = set()

    def issue(self, user: User) -> str:
        """Return a new token for a tab of this user."""
        while len(self._tokens) >= _ROOMS:
            oldest = next(iter(self._tokens))
            self._tokens.pop(oldest)
            self._shown.pop(oldest, None)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = user.name
        return token

    def holds(self, token: str, user: User) -> bool:
        """Say whether a token was issued to a tab of this user."""
        return bool(token) and self._tokens.get(token) == user.name

    def shown(self, token: str) -> str | None:
        """Return the view that a tab shows, as its map or its page said last; None where neither did."""
        return self._shown[token][1] if token in self._shown else None

    def show(self, token: str, view: str, number: float | None = None) -> None:
        """Take down which view a tab shows. The map numbers its own, and an earlier one never replaces a later one."""
        last = self._shown.get(token, (0.0, ""))[0]
        if token in self._tokens and (number is None or number >= last):
            self._shown[token] = (last if number is None else number, view)

    async def endpoint(self, socket: WebSocket) -> None:
        """Serve one tab until it leaves."""
        user = user_of(socket.scope)
        if not self.holds(socket.path_params["token"], user):
            await socket.accept()
            await socket.close(UNKNOWN)
            return
        await socket.accept()
        room = Room(user, socket.path_params["token"])
        self._rooms.add(room)
        room.outgoing.put_nowait({"t": "hello", "version": self._mission.picture.version, **self._time()})
        sending = asyncio.create_task(_send(socket, room))
        try:
            while True:
                await self._heard(room, await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._rooms.discard(room)
            sending.cancel()
            with suppress(asyncio.CancelledError, RuntimeError, WebSocketDisconnect):
                await sending

    async def publish(self, change: Change) -> None:
        """Tell each room what a change brings to its view, and no more."""
        for room in list(self._rooms):
            if change.relayered:
                _put(room, {"t": "layers", "version": change.version, **self._time()})
            try:
                messages = await run_in_threadpool(self._news, room, change)
            except LayersError as fault:
                _LOG.warning("a room could not be told of version %s: %s", change.version, fault)
                continue
            for message in messages:
                _put(room, message)

    def alerted(self) -> None:
        """Tell every room that alerts are not what they were; each asks for its own."""
        self.tell("alerts")

    def tell(self, what: str) -> None:
        """Tell every room that something is not what it was, and nothing of what it is; each asks for its own."""
        for room in list(self._rooms):
            _put(room, {"t": what})

    async def beat(self) -> None:
        """Send every room the time, for ever."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            for room in list(self._rooms):
                _put(room, {"t": "time", **self._time()})

    def _news(self, room: Room, change: Change) -> list[Message]:
        desk = self._mission.desk(room.user)
        items, again = desk.news(room.view, change)
        told: list[Message] = [{"t": "alerts"}] if desk.alerted(change) else []
        if again:
            only = sorted(change.reshaped) if desk.moved(room.view, change) else None
            return [{"t": "changed", "version": change.version, "only": only, **self._time()}, *told]
        if not items:
            return told
        count, previous = desk.counts(room.view)
        news = {"t": "events", "version": change.version, "items": items, "count": count, "previous": previous, **self._time()}
        return [news, *told]

    async def _heard(self, room: Room, text: str) -> None:
        said = _read(text)
        if isinstance(said.get("v"), str):
            with suppress(LayersError):
                room.view = parse(said["v"])
                self.show(room.token, room.view.text, _finite(said.get("n")))
        asked = said.get("q")
        if isinstance(asked, list) and len(asked) == 3 and all(isinstance(v, int | float) for v in asked):
            _put(room, {"t": "grid", "n": asked[0], "text": _grid(asked[1], asked[2])})
        if said.get("clock") in ("pause", "run"):
            with suppress(LayersError):
                self._clock.switch(room.user, running=said["clock"] == "run")
            for other in self._rooms:
                _put(other, {"t": "time", **self._time()})

    def _time(self) -> Message:
        return {"now": _millis(self._mission.clock()), "clock": self._clock.state}


async def _send(socket: WebSocket, room: Room) -> None:
    while True:
        message = await room.outgoing.get()
        await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


def _put(room: Room, message: Message) -> None:
    if room.outgoing.full():
        while not room.outgoing.empty():
            room.outgoing.get_nowait()
        message = {"t": "changed", "version": message.get("version", 0)}
    room.outgoing.put_nowait(message)


def _read(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST:
        return {}
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _finite(said: object) -> float:
    return float(said) if isinstance(said, int | float) and abs(said) < 1e15 else 0.0


def _grid(lon: float, lat: float) -> str:
    if not (abs(lon) <= 720 and abs(lat) <= 90):
        return ""
    return str(format_mgrs(np.array([(lon + 180) % 360 - 180]), np.array([float(lat)]))[0])


def _millis(moment: datetime) -> int:
    return to_micros(moment) // 1000
