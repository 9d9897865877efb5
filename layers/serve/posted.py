"""What is posted as JSON: who sent it, its body within bounds, and the answer, in one line where it is refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from layers.access import User
from layers.errors import LayersError, NotAllowed, NotFound, StoreUnusable
from layers.serve.hub import Hub, user_of
from layers.serve.replies import spoken

LARGEST = 1_000_000
_STATUS: tuple[tuple[type[LayersError], int], ...] = ((NotAllowed, 403), (NotFound, 404), (StoreUnusable, 503))
_TOO_LONG = f"the body is longer than {LARGEST // 1_000_000} MB; send less at once, or import a file"

Answer = Callable[[Request], Awaitable[Response]]


class Wrong(Exception):
    """A request that is answered in one line: its status, what was got, and what to do."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


def posted(answer: Answer, instead: str) -> Answer:
    """Return an endpoint that takes POST alone; ``instead`` says what to do otherwise."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.method != "POST":
                raise Wrong(405, instead)
            return await answer(request)
        except Wrong as wrong:
            headers = {"www-authenticate": "Bearer"} if wrong.status == 401 else None
            return PlainTextResponse(f"{wrong}\n", wrong.status, headers)

    return endpoint


def bearer(request: Request) -> str:
    """Return the token that a request carries, blank for none or several."""
    said = request.headers.getlist("authorization")
    scheme, _, token = said[0].partition(" ") if len(said) == 1 else ("", "", "")
    return token.strip() if scheme.casefold() == "bearer" else ""


def of_tab(request: Request, hub: Hub) -> User:
    """Return the user of the tab that sent a request, by its token.

    Raises
    ------
    Wrong
        It carries no token of a tab of the user whom the gate let in.
    """
    user = user_of(request.scope)
    if not hub.holds(bearer(request), user):
        raise Wrong(401, "no token of an open page; reload the page and do it again")
    return user


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
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) > LARGEST:
            raise Wrong(413, _TOO_LONG)
    try:
        return json.loads(held.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Wrong(400, "the body is not JSON in UTF-8; send an object") from None


async def texts(request: Request, *names: str) -> list[str]:
    """Return texts that a request's JSON object holds under these names, each 2,000 characters at most.

    Raises
    ------
    Wrong
        One is not there, is no text, or is longer.
    """
    said = await body(request)
    found = [said.get(name) if isinstance(said, dict) else None for name in names]
    for name, text in zip(names, found, strict=True):
        if not isinstance(text, str) or len(text) > 2_000:
            raise Wrong(400, f"no {name} is given; send it as a text of at most 2,000 characters")
    return [whole(str(text)) for text in found]


def whole(text: str) -> str:
    """Return a text that can be stored and sent on: half a character of two is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


async def told(request: Request, act: Callable[[], object]) -> Response:
    """Return what came of an act as JSON.

    Raises
    ------
    Wrong
        The act was refused.
    """
    try:
        done = await run_in_threadpool(act)
    except LayersError as fault:
        raise Wrong(next((code for kind, code in _STATUS if isinstance(fault, kind)), 400), str(fault)) from None
    return spoken(request, done)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
