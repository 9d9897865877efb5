"""Files that were issued and wait to be fetched: each at an address that is told to its page alone, and the register learns of each fetch."""

from __future__ import annotations

import io
import secrets
import threading
import zipfile

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from layers.access import User
from layers.briefing.forms import KINDS
from layers.desk import Issued, Mission
from layers.errors import LayersError, NotFound
from layers.serve.hub import user_of

#: So many files wait at most, of so many bytes in all; the oldest make room. The newest always waits.
_MOST, _MOST_BYTES = 200, 300_000_000
_GONE = "this file waits here no longer; open Briefing, Register, choose its number, and press Download again"


class Waiting:
    """The files that wait, each issue or series under a token of its own, for the user who had it made."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, tuple[Issued, ...]]] = {}
        self._lock = threading.Lock()

    def put(self, user: User, made: tuple[Issued, ...]) -> str:
        """Return the address where a file, or several as one, are fetched; the same one where they wait already."""
        with self._lock:
            for token, held in self._held.items():
                if held == (user.name, made):
                    return f"/issued/{token}"
            token = secrets.token_urlsafe(24)
            self._held[token] = user.name, made
            while len(self._held) > 1 and (len(self._held) > _MOST or self._size() > _MOST_BYTES):
                self._held.pop(next(iter(self._held)))
            return f"/issued/{token}"

    def of(self, token: str, user: User) -> tuple[Issued, ...]:
        """Return what waits under a token for a user.

        Raises
        ------
        NotFound
            Nothing does.
        """
        with self._lock:
            name, made = self._held.get(token, ("", ()))
        if name != user.name or not made:
            raise NotFound(_GONE)
        return made

    def _size(self) -> int:
        return sum(len(one.body) for _, made in self._held.values() for one in made)


def fetch_routes(mission: Mission, waiting: Waiting) -> list[BaseRoute]:
    """Return the route by which what waits is fetched; a line of the audit is written before it leaves."""

    async def fetched(request: Request) -> Response:
        if request.method != "GET":
            return PlainTextResponse("a file is fetched by GET\n", 405)
        user = user_of(request.scope)

        def handed() -> tuple[Issued, ...]:
            made = waiting.of(request.path_params["token"], user)
            mission.desk(user).hand(made)
            return made

        try:
            name, kind, body = as_one(await run_in_threadpool(handed))
        except LayersError as fault:
            return PlainTextResponse(f"{fault}\n", 404 if isinstance(fault, NotFound) else 403)
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(body, media_type=kind, headers=headers)

    return [Route("/issued/{token}", fetched, methods=["GET"])]


def as_one(made: tuple[Issued, ...]) -> tuple[str, str, bytes]:
    """Return the name, the type and the bytes of a file, or of several in a zip file."""
    first, last = made[0], made[-1]
    if len(made) == 1:
        return first.name, KINDS[first.form], first.body
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as held:
        for one in made:
            held.writestr(one.name, one.body)
    return f"sheets-{first.entry.called}-{last.entry.called}.zip", "application/zip", into.getvalue()
