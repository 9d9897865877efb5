"""A link with a view that cannot be understood is answered in one line, before any page is built."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.desk import Mission
from layers.errors import LayersError
from layers.model import parse
from layers.serve.hub import user_of


class AskedView:
    """Answer 400 to a page asked with a malformed ``?v=``; let everything else through."""

    def __init__(self, app: ASGIApp, mission: Mission) -> None:
        self._app = app
        self._mission = mission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and b"v=" in scope["query_string"] and not scope["path"].startswith("/data/"):
            for text in parse_qs(scope["query_string"].decode("latin-1")).get("v", ()):
                try:
                    self._mission.desk(user_of(scope)).understood(parse(text))
                except LayersError as fault:
                    await PlainTextResponse(f"{fault}\n", 400)(scope, receive, send)
                    return
        await self._app(scope, receive, send)
