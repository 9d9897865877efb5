"""A link with a view that cannot be understood is answered before any page is built: to a browser by a page with a way on, else in one line."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.desk import Mission
from layers.errors import LayersError
from layers.model import parse
from layers.serve.hub import user_of

#: Where one may go on from such a link: the path and what it is called, as in the navigation.
_ON = (
    ("/", "Live map"),
    ("/monitoring", "Monitoring"),
    ("/imagery", "Imagery"),
    ("/import", "Import"),
    ("/briefing", "Briefing"),
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This link cannot be shown · {mission}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
max-width: 40rem; padding: 0 1rem; overflow-wrap: anywhere }} nav a {{ margin-right: 1rem }}</style>
<nav aria-label="Pages">{links}</nav>
<h1>This link cannot be shown</h1>
<p>The view in its address cannot be understood by {mission}: {fault}.</p>
<p>Open the <a href="/">live map</a> and set the filter there, or ask whoever sent the link for a new one.</p>
</html>
"""


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
                    browser = "text/html" in Headers(scope=scope).get("accept", "")
                    answer = HTMLResponse(self._page(fault), 400) if browser else PlainTextResponse(f"{fault}\n", 400)
                    await answer(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _page(self, fault: LayersError) -> str:
        """Return a page that says what was got, and where one may go on; what to write instead is for who writes a link by hand."""
        links = "".join(f'<a href="{path}">{called}</a>' for path, called in _ON)
        return _PAGE.format(
            mission=escape(self._mission.configuration.title), links=links, fault=escape(str(fault).partition("; ")[0])
        )
