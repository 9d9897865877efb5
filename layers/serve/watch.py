"""The watch by JSON: a step of a response, a watch begun, an entry of its log in; how it stands then out; every open tab hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from layers.desk import Mission
from layers.desk.responses import Saying
from layers.serve.hub import Hub
from layers.serve.posted import Answer, Wrong, body, of_tab, posted, texts, told

_STEP = '{"layer", "id": the incident, "step", "at": milliseconds since 1970 or null for now, "to", "upto": the last line seen, "back"}'
_INSTEAD = "the watch is kept by POST, as JSON; to read of it open the live map"
_LATEST_MS = 253_402_300_799_000
_LONGEST = 500


def watch_routes(mission: Mission, hub: Hub) -> list[BaseRoute]:
    """Return the routes by which the watch is kept."""

    async def done(request: Request, what: str, act: Callable[[], object]) -> Response:
        answer = await told(request, act)
        hub.tell(what)
        return answer

    async def respond(request: Request) -> Response:
        user = of_tab(request, hub)
        layer, number, saying = _read(await body(request))
        return await done(request, "steps", lambda: mission.desk(user).respond(layer, number, saying))

    async def start(request: Request) -> Response:
        user = of_tab(request, hub)
        await body(request)
        return await done(request, "watch", lambda: mission.desk(user).start_watch())

    async def log(request: Request) -> Response:
        user = of_tab(request, hub)
        text, marking = await texts(request, "text", "marking")
        return await done(request, "log", lambda: mission.desk(user).write_log(text, marking))

    acts: tuple[tuple[str, Answer], ...] = (("/watch/respond", respond), ("/watch/start", start), ("/watch/log", log))
    return [Route(path, posted(answer, _INSTEAD), methods=["GET", "POST"]) for path, answer in acts]


def _read(said: object) -> tuple[str, int, Saying]:
    if not isinstance(said, dict):
        raise Wrong(400, f"the body is no object; send {_STEP}")
    layer, step, to, back = said.get("layer"), said.get("step"), said.get("to", ""), said.get("back", False)
    if not all(isinstance(text, str) and len(text) <= _LONGEST for text in (layer, step, to)) or not isinstance(back, bool):
        raise Wrong(400, f"the body names no layer or no step; send {_STEP}")
    number, upto, at = said.get("id"), said.get("upto"), said.get("at")
    if not (_counts(number) and _counts(upto)) or not (at is None or (_counts(at) and at <= _LATEST_MS)):
        raise Wrong(400, f"the incident, the last line or the time is no number; send {_STEP}")
    when = None if at is None else datetime.fromtimestamp(at / 1000, UTC)
    return str(layer), int(str(number)), Saying(str(step), when, str(to), int(str(upto)), back)


def _counts(said: object) -> bool:
    return type(said) is int and 0 <= said < 1 << 53
