"""Reports by JSON: the Report form, and whatever else on this machine holds the mission's report token."""

from __future__ import annotations

import math
import os
import secrets
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from layers.access import User
from layers.desk import Mission
from layers.ingest import Unread
from layers.serve.hub import Hub, user_of
from layers.serve.posted import Wrong, bearer, body, posted, told, whole

TOKEN = "report-token"
MOST_ROWS = 1_000
_MOST_NAMES = 200
_SHORTEST = 32
_LAYER = "incidents"
#: Whoever posts with the mission's token. It may report and nothing else.
LIVE_INPUT = User("live input", frozenset({"patrol"}), None)
_INSTEAD = "reports are sent by POST, as JSON; to read them open the live map"


def report_routes(mission: Mission, hub: Hub) -> list[BaseRoute]:
    """Return the routes that take reports: rows in, a Receipt out; and the undoing of a batch just stored."""

    async def reports(request: Request) -> Response:
        user = sender(request, mission, hub)
        rows = rows_of(await body(request))
        layer, dry_run = request.query_params.get("layer", _LAYER), _flag(request, "dry_run")
        name = "live input" if user is LIVE_INPUT else "report form"
        return await told(request, lambda: mission.desk(user).submit(layer, rows, dry_run=dry_run, name=name).plain())

    async def undo(request: Request) -> Response:
        user = sender(request, mission, hub)
        if user is LIVE_INPUT:
            raise Wrong(403, "the report token only adds reports; take a batch back in the program")
        said = await body(request)
        batch = said.get("batch") if isinstance(said, dict) else None
        if type(batch) is not int or not 0 < batch < 1 << 53:
            raise Wrong(400, 'no batch is named; send {"batch": the number that the receipt gave}')
        return await told(request, lambda: mission.desk(user).undo(batch, "taken back in the report form").plain())

    acts = (("/reports", reports), ("/reports/undo", undo))
    return [Route(path, posted(answer, _INSTEAD), methods=["GET", "POST"]) for path, answer in acts]


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


def rows_of(said: object, one: str = "report") -> list[dict[str, str] | Unread]:
    """Return a JSON object, or a list of them, as rows of text by field name; one with a value that is no text is unread.

    ``one`` is what a row is called.

    Raises
    ------
    Wrong
        It is none, or holds too many rows or names.
    """
    rows, plural = said if isinstance(said, list) else [said], f"{one}{'es' if one.endswith('x') else 's'}"
    if not rows:
        raise Wrong(400, f"the list holds no {one}; send an object, or a list of them")
    if len(rows) > MOST_ROWS:
        raise Wrong(413, f"{len(rows):,} {plural} came at once; send {MOST_ROWS:,} at most, or import a file")
    made = [_row(f"{one} {number}", row) for number, row in enumerate(rows, 1)]
    if len({name for row in made if not isinstance(row, Unread) for name in row}) > _MOST_NAMES:
        raise Wrong(400, f"the {plural} have more than {_MOST_NAMES} different names of fields; send those of the template")
    return made


def _row(called: str, row: object) -> dict[str, str] | Unread:
    if not isinstance(row, dict):
        raise Wrong(400, f"{called} is no object; send the fields of the template by name")
    made: dict[str, str] = {}
    for name, value in row.items():
        if (text := _text(value)) is None:
            return Unread(whole(name[:40]), "is neither text nor a number; write one of the two")
        made[str(name)] = text
    return made


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return repr(value)


def sender(request: Request, mission: Mission, hub: Hub) -> User:
    """Return who sent a request, by its token, before a byte of its body is read.

    Raises
    ------
    Wrong
        It carries no token that is known.
    """
    token, user = bearer(request), user_of(request.scope)
    if token and hub.holds(token, user):
        return user
    try:
        own = report_token(mission.folder)
    except OSError:
        raise Wrong(503, f"the mission's file {TOKEN} can be neither read nor made; see to the rights of its folder") from None
    if token and secrets.compare_digest(token.encode("utf-8", "replace"), own.encode()):
        return LIVE_INPUT
    raise Wrong(401, f"no valid token; send Authorization: Bearer with the text of the mission's file {TOKEN}")


def _flag(request: Request, name: str) -> bool:
    said = request.query_params.get(name, "0")
    if said not in ("0", "1"):
        raise Wrong(400, f"{name} is {said[:20]!r}; write 1 to store nothing, 0 to store")
    return said == "1"
