"""A link with a view that cannot be understood is answered in one line, before any page is built."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.errors import MalformedView
from layers.model import parse


class AskedView:
    """Answer 400 to a page asked with a malformed ``?v=``; let everything else through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and b"v=" in scope["query_string"] and not scope["path"].startswith("/data/"):
            for text in parse_qs(scope["query_string"].decode("latin-1")).get("v", ()):
                try:
                    parse(text)
                except MalformedView as fault:
                    await PlainTextResponse(f"{fault}\n", 400)(scope, receive, send)
                    return
        await self._app(scope, receive, send)
