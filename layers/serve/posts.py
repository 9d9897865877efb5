"""What is posted to the server: by whom, how long, in which form, and what is answered where it is refused."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from layers.access import User
from layers.desk import Mission
from layers.errors import LayersError, NotAllowed, NotFound, StoreUnusable
from layers.serve.hub import Hub, user_of

TOKEN = "report-token"
LARGEST = 1_000_000
_SHORTEST = 32
#: Whoever posts with the mission's token. It may report and nothing else.
LIVE_INPUT = User("live input", frozenset({"patrol"}), None)
_STATUS: tuple[tuple[type[LayersError], int], ...] = ((NotAllowed, 403), (NotFound, 404), (StoreUnusable, 503))
_TOO_LONG = f"the body is longer than {LARGEST // 1_000_000} MB; send less at once, or import a file"

T = TypeVar("T")


class Wrong(Exception):
    """A request that is answered in one line: its status, what was got, and what to do."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


def post_route(path: str, answer: Callable[[Request], Awaitable[Response]], instead: str) -> Route:
    """Return the route of what is posted; ``instead`` is told to whoever asks in another way."""

    async def in_one_line(request: Request) -> Response:
        try:
            if request.method != "POST":
                raise Wrong(405, instead)
            return await answer(request)
        except Wrong as wrong:
            headers = {"www-authenticate": "Bearer"} if wrong.status == 401 else None
            return PlainTextResponse(f"{wrong}\n", wrong.status, headers)

    return Route(path, in_one_line, methods=["GET", "POST"])


def sender(request: Request, mission: Mission, hub: Hub) -> User:
    """Return who sent a request, by its token, before a byte of its body is read.

    Raises
    ------
    Wrong
        The token is neither a tab's of this user nor the mission's.
    """
    said = request.headers.getlist("authorization")
    scheme, _, token = said[0].partition(" ") if len(said) == 1 else ("", "", "")
    token, user = token.strip(), user_of(request.scope)
    if scheme.casefold() == "bearer" and hub.holds(token, user):
        return user
    try:
        own = report_token(mission.folder)
    except OSError:
        raise Wrong(503, f"the mission's file {TOKEN} can be neither read nor made; see to the rights of its folder") from None
    if scheme.casefold() == "bearer" and secrets.compare_digest(token.encode("utf-8", "replace"), own.encode()):
        return LIVE_INPUT
    raise Wrong(401, f"no valid token; send Authorization: Bearer with the text of the mission's file {TOKEN}")


async def body(request: Request) -> object:
    """Return what a request says in JSON.

    Raises
    ------
    Wrong
        It is too long, of another type or malformed.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise Wrong(415, f"the body is {kind[:40] or 'of no type'}; send it as application/json, not compressed")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 15 or int(length) > LARGEST:
        raise Wrong(413, _TOO_LONG)
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > LARGEST:
            raise Wrong(413, _TOO_LONG)
    try:
        return json.loads(read.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Wrong(400, "the body is not JSON in UTF-8; mend it and send it again") from None


async def done(act: Callable[[], T]) -> T:
    """Do something at a desk, beside the server's own work.

    Raises
    ------
    Wrong
        The desk refused; the line is its own.
    """
    try:
        return await run_in_threadpool(act)
    except LayersError as fault:
        raise Wrong(next((code for kind, code in _STATUS if isinstance(fault, kind)), 400), str(fault)) from None


def whole(text: str) -> str:
    """Return a text that can be sent on and stored: half a character of two is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def report_token(folder: Path) -> str:
    """Return the mission's report token; one is made where there is none. Delete the file to have another."""
    path = folder / TOKEN
    token = _kept(path)
    if not token:
        making, name = tempfile.mkstemp(prefix=f".{TOKEN}-", dir=folder)  # for its owner's eyes alone
        with os.fdopen(making, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        os.replace(name, path)
        token = _kept(path)
    return token


def _kept(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
    return token if len(token) >= _SHORTEST else ""


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
