"""Answers that are kept as layers, and dropped, from a page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from layers.desk import Mission
from layers.errors import MalformedView
from layers.model import parse
from layers.serve.hub import Hub
from layers.serve.posted import Wrong, of_tab, posted, texts, told

_INSTEAD = "answers are kept and dropped by POST, as JSON; ask them under Monitoring, Within"


def keep_routes(mission: Mission, hub: Hub) -> list[BaseRoute]:
    """Return the routes that keep an answer as a layer, and drop one."""

    async def keep(request: Request) -> Response:
        user = of_tab(request, hub)
        name, text = await texts(request, "name", "view")
        try:
            view = parse(text)
        except MalformedView as fault:
            raise Wrong(400, str(fault)) from None
        return await told(request, lambda: {"layer": mission.desk(user).keep(name, view)})

    async def drop(request: Request) -> Response:
        user = of_tab(request, hub)
        layer, reason = await texts(request, "layer", "reason")

        def act() -> dict[str, str]:
            mission.desk(user).drop(layer, reason)
            return {"layer": layer}

        return await told(request, act)

    acts = (("/keep", keep), ("/keep/drop", drop))
    return [Route(path, posted(answer, _INSTEAD), methods=["GET", "POST"]) for path, answer in acts]
