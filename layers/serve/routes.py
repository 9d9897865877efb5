"""The addresses the map's frame asks: tiles, shapes, counts, feed, card, search, base map, files."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from gzip import compress
from mimetypes import guess_type
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from xstatic.pkg import leaflet

from layers.desk import Desk, Mission
from layers.errors import LayersError, MalformedQuery, MalformedView, NotAllowed, NotFound
from layers.model import View, parse
from layers.render import CLIENT
from layers.render.tile import encoded, encoded_play
from layers.serve.alerts import alert_routes
from layers.serve.fetching import Waiting, fetch_routes
from layers.serve.hub import Hub, user_of
from layers.serve.keeping import keep_routes
from layers.serve.positions import position_routes
from layers.serve.replies import imaged, spoken, tagged
from layers.serve.reports import report_routes
from layers.serve.watch import watch_routes

_STATUS: tuple[tuple[type[LayersError], int], ...] = (
    (MalformedQuery, 400),
    (MalformedView, 400),
    (NotAllowed, 403),
    (NotFound, 404),
)
#: What the source of our scripts and styles holds for readers alone: indents and whole comments.
_FOR_READERS = re.compile(rb"^[ \t]*(?:/\*.*?\*/\n|//[^\n]*\n)?", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}(\.[a-z0-9]{2,8})*")

Answer = Callable[[Request, Desk], Response]


def routes(mission: Mission, hub: Hub, waiting: Waiting) -> list[BaseRoute]:
    """Return every route of ours. None takes a path or an address from the client: ids only."""

    def asked(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        def now(request: Request) -> Response:
            try:
                return answer(request, mission.desk(user_of(request.scope)))
            except LayersError as fault:
                status = next((code for kind, code in _STATUS if isinstance(fault, kind)), 500)
                return PlainTextResponse(f"{fault}\n", status)

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(now, request)

        return endpoint

    answers: list[tuple[str, Answer]] = [
        ("/data/mission", lambda request, desk: spoken(request, desk.mission())),
        ("/data/portrayal", lambda request, desk: spoken(request, desk.portrayal())),
        ("/data/summary", lambda request, desk: spoken(request, desk.summary(_view(request)))),
        ("/data/tiles/{layer}/{z}/{x}/{y}", _tile),
        ("/data/played/{layer}/{z}/{x}/{y}", _played),
        ("/data/features/{layer}", lambda r, desk: spoken(r, desk.shapes(_view(r), r.path_params["layer"]))),
        ("/data/within", lambda request, desk: spoken(request, desk.within(_view(request)))),
        ("/data/reach", lambda request, desk: spoken(request, desk.reach(_view(request)))),
        ("/data/relations", lambda request, desk: spoken(request, desk.relations())),
        ("/data/scenes", lambda request, desk: spoken(request, desk.scenes(_view(request)))),
        ("/data/scene/{digest}/{look}/{z}/{x}/{y}", _scene),
        ("/data/near", lambda r, desk: spoken(r, desk.near(_view(r), r.query_params))),
        ("/data/near/words", lambda request, desk: spoken(request, desk.near_words(_view(request)))),
        ("/data/feed", _feed),
        ("/data/card/{layer}/{seq}", _card),
        ("/data/search", lambda r, desk: spoken(r, desk.search(_view(r), r.query_params.get("q", "")))),
        ("/data/form/{layer}", lambda r, desk: spoken(r, desk.form(r.path_params["layer"]))),
        ("/data/position", lambda r, desk: spoken(r, desk.position(r.query_params.get("q", "")))),
        ("/data/alerts", lambda request, desk: spoken(request, desk.alerts())),
        ("/data/watch", lambda request, desk: spoken(request, desk.watch())),
        ("/data/forces", lambda request, desk: spoken(request, desk.forces())),
        ("/data/papers", lambda request, desk: spoken(request, desk.papers())),
        ("/data/basemap/{name}", _basemap),
    ]
    return [
        *(Route(path, asked(answer)) for path, answer in answers),
        Route("/lib/leaflet/{path:path}", _leaflet),
        Route("/lib/own/{path:path}", _own),
        WebSocketRoute("/live/{token}", hub.endpoint),
        *report_routes(mission, hub),
        *position_routes(mission, hub),
        *alert_routes(mission, hub),
        *keep_routes(mission, hub),
        *watch_routes(mission, hub),
        *fetch_routes(mission, waiting),
    ]


def _view(request: Request) -> View:
    return parse(request.query_params.get("v", ""))


def _number(text: str) -> int:
    if not _whole(text):
        raise NotFound(f"{text[:30]!r} is not a number of a record")
    return int(text)


def _asked(request: Request, name: str) -> int | None:
    """Return a number of the query, None where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not _whole(text):
        raise MalformedQuery(f"{name} is {text[:30]!r}; give a whole number, such as {name}=100, or leave it out")
    return int(text)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


def _tile(request: Request, desk: Desk) -> Response:
    at = request.path_params
    cut, version = desk.tile(_view(request), at["layer"], *(_number(at[axis]) for axis in "zxy"))
    body = encoded(cut, version)
    return tagged(request, body, "application/octet-stream", packed=compress(body, 5, mtime=0) if len(body) > 1_000 else None)


def _played(request: Request, desk: Desk) -> Response:
    at, bins = request.path_params, _asked(request, "bins")
    tile = _number(at["z"]), _number(at["x"]), _number(at["y"])
    body = encoded_play(desk.played(_view(request), at["layer"], tile, 1 if bins is None else bins))
    return tagged(request, body, "application/octet-stream", packed=compress(body, 1, mtime=0) if len(body) > 1_000 else None)


def _scene(request: Request, desk: Desk) -> Response:
    at = request.path_params
    drawn = desk.scene_tile(_view(request), at["digest"], at["look"])
    number = tuple(_number(at[axis]) for axis in "zxy")
    return imaged(request, "-".join(map(str, (drawn.tag, *number))), lambda: drawn.tile(*number))


def _card(request: Request, desk: Desk) -> Response:
    at = request.path_params
    return spoken(request, desk.card(at["layer"], _number(at["seq"]), _view(request)))


def _feed(request: Request, desk: Desk) -> Response:
    limit, before = _asked(request, "limit"), _asked(request, "before")
    return spoken(request, desk.feed(_view(request), limit=100 if limit is None else limit, before=before))


def _basemap(request: Request, desk: Desk) -> Response:
    body, packed = desk.basemap(request.path_params["name"])
    return tagged(request, body, "application/geo+json", packed=packed)


async def _leaflet(request: Request) -> Response:
    return _file(request, Path(leaflet.BASE_DIR))


async def _own(request: Request) -> Response:
    return _file(request, CLIENT)


def _file(request: Request, folder: Path) -> Response:
    parts = request.path_params["path"].split("/")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) for part in parts) or parts[0] not in _listed(folder):
        return PlainTextResponse("no such file\n", 404)
    path = folder.joinpath(*parts)
    if not path.is_file():
        return PlainTextResponse("no such file\n", 404)
    body, packed = _read(path, path.stat().st_mtime_ns)
    kind = "text/javascript" if path.suffix == ".js" else guess_type(path.name)[0] or "application/octet-stream"
    return tagged(request, body, kind, packed=packed)


def _listed(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@lru_cache(maxsize=128)
def _read(path: Path, _changed: int) -> tuple[bytes, bytes]:
    body = path.read_bytes()
    if path.parent == CLIENT:
        body = _FOR_READERS.sub(b"", body)
    return body, compress(body, 9, mtime=0)
