"""Live positions by JSON: where patrols are, as trackers tell it; onto their tracks, and every open map follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from layers.desk import Mission
from layers.ingest import Unread
from layers.model import Receipt
from layers.serve.hub import Hub
from layers.serve.posted import body, posted, told
from layers.serve.reports import rows_of, sender

_INSTEAD = "positions are sent by POST, as JSON; to see them open the live map"
#: What a fix may say, and which field that is.
_FIELDS = {
    "patrol": "patrol",
    "time": "occurred_at",
    "longitude": "longitude",
    "latitude": "latitude",
    "precision_m": "precision_m",
}


def position_routes(mission: Mission, hub: Hub) -> list[BaseRoute]:
    """Return the route that takes live positions: fixes in, a Receipt out that counts each once."""

    async def positions(request: Request) -> Response:
        user = sender(request, mission, hub)
        fixes = [_fix(row) for row in rows_of(await body(request), "fix")]
        return await told(request, lambda: _as_sent(mission.desk(user).take_fixes(fixes)).plain())

    return [Route("/positions", posted(positions, _INSTEAD), methods=["GET", "POST"])]


def _as_sent(receipt: Receipt) -> Receipt:
    """Return a receipt whose faults name what was sent."""
    sent = {field: name for name, field in _FIELDS.items()}
    return replace(receipt, refused=tuple(replace(one, field=sent.get(one.field, one.field)) for one in receipt.refused))


def _fix(row: Mapping[str, str] | Unread) -> Mapping[str, str] | Unread:
    """Return a fix by our fields; one that says anything else is not read."""
    if isinstance(row, Unread):
        return row
    odd = next((name for name in row if name not in _FIELDS), None)
    if odd is not None:
        return Unread(odd[:40], f"is nothing that a fix says; send {', '.join(_FIELDS)}")
    return {_FIELDS[name]: text for name, text in row.items()}
