"""Answers with a tag: what the browser has already is not sent again, what it has not is sent small."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

_SMALL = 1_000
#: A picture of one transparent pixel.
_NOTHING = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNgYAAAAAMAASsJTYQAAAAASUVORK5CYII=")
_HEADERS = {"cache-control": "no-cache", "vary": "accept-encoding"}


def tagged(request: Request, body: bytes, kind: str, *, packed: bytes | None = None) -> Response:
    """Return 304 where the browser has this very body, else the body, gzipped where that helps.

    ``packed`` is the body gzipped beforehand, for what is asked often.
    """
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=_HEADERS | {"etag": tag})
    headers = _HEADERS | {"etag": tag}
    if len(body) >= _SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            packed or gzip.compress(body, 6, mtime=0), media_type=kind, headers=headers | {"content-encoding": "gzip"}
        )
    return Response(body, media_type=kind, headers=headers)


def imaged(request: Request, tag: str, draw: Callable[[], bytes]) -> Response:
    """Return 304 where the browser has the picture of that tag, else the picture, drawn now; a transparent one where it is empty.

    ``tag`` tells the picture from every other before it is drawn.
    """
    tag = f'"{tag}"'
    headers = _HEADERS | {"etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(draw() or _NOTHING, media_type="image/png", headers=headers)


def spoken(request: Request, answer: object) -> Response:
    """Return an answer as JSON."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return tagged(request, body, "application/json")
