"""Alerts by JSON: an acknowledgement in, the list as it stands then out; every open tab hears of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from layers.desk import Mission
from layers.desk.answers import Json
from layers.serve.hub import Hub
from layers.serve.posted import Wrong, body, of_tab, posted, told, whole

_FORM = '{"key": the alert, "upto": the version of the list it stood in, "reason": what was done, in a few words}'
_INSTEAD = "alerts are acknowledged by POST, as JSON; to read them open the live map"
_LONGEST_KEY = 80


def alert_routes(mission: Mission, hub: Hub) -> list[BaseRoute]:
    """Return the route by which an alert is acknowledged."""

    async def acknowledge(request: Request) -> Response:
        user = of_tab(request, hub)
        key, upto, reason = _read(await body(request))

        def act() -> Json:
            desk = mission.desk(user)
            desk.acknowledge(key, upto, reason)
            return desk.alerts()

        answer = await told(request, act)
        hub.alerted()
        return answer

    return [Route("/alerts/acknowledge", posted(acknowledge, _INSTEAD), methods=["GET", "POST"])]


def _read(said: object) -> tuple[str, int, str]:
    if not isinstance(said, dict):
        raise Wrong(400, f"the body is no object; send {_FORM}")
    key, upto, reason = (said.get(name) for name in ("key", "upto", "reason"))
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY or not isinstance(reason, str):
        raise Wrong(400, f"the body names no alert or no reason; send {_FORM}")
    if type(upto) is not int or not 0 < upto < 1 << 53:
        raise Wrong(400, f"the version is no number; send {_FORM}")
    return whole(key), upto, whole(reason)
