"""The gate in front of every request. Without accounts it answers only to this machine."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layers.serve.policy import LOCKED, Policy

USER_HEADER = "x-greenline-user"

_LOG = logging.getLogger(__name__)
_LOOPBACK = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(?::([1-9][0-9]{0,4}))?", re.IGNORECASE)
_OWN = b"x-greenline-"
_RELAYED = frozenset(
    b"forwarded via x-real-ip x-client-ip x-cluster-client-ip x-original-host x-original-url x-rewrite-url x-host "
    b"true-client-ip fastly-client-ip client-ip x-proxyuser-ip x-remote-ip x-remote-addr cdn-loop proxy-connection".split()
)
_RELAYED_PREFIXES = (b"x-forwarded", b"cf-", b"x-envoy-", b"x-azure-", b"x-arr-", b"x-appengine-", b"fly-")
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
#: What holds for pages that run something. Of the many answers that run nothing each would carry it in vain, 13 kB in all;
#: who may frame those, their content policy says too.
_OF_PAGES = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()"),
)

Headers = list[tuple[bytes, bytes]]


class Gate:
    """Let this machine's own browser through and nobody else.

    A request passes when its peer is this machine, it names this machine in exactly one Host header, no
    relay stands between, and no page of another origin caused it. All else gets 403 in one line;
    a WebSocket gets it before it is opened. What passes carries the gate's own identity header and
    ``scope["state"]["user"]``; identity headers of the client are dropped. Every answer leaves with
    security headers and the content policy of its path.

    Parameters
    ----------
    app : ASGIApp
        What stands behind the gate.
    user_name : str
        Who sits at this machine. In the header it is percent-encoded UTF-8.
    policy : Policy
        Content policies by path; without one, nothing may run.
    """

    def __init__(self, app: ASGIApp, user_name: str, policy: Policy = LOCKED) -> None:
        self._app = app
        self._user = user_name
        self._identity = (USER_HEADER.encode(), quote(user_name, safe=" @").encode())
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, WebSocket or lifespan."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = refusal(scope)
        if reason is not None:
            _LOG.info("refused a %s request from %s: %s", scope["type"], scope.get("client"), reason)
            await _refuse(scope, receive, self._sealed(scope, send), reason)
            return
        headers = [pair for pair in scope["headers"] if not _name(pair[0]).startswith(_OWN)]
        headers.append(self._identity)
        inside = {**scope, "headers": headers, "state": {**scope.get("state", {}), "user": self._user}}
        await self._app(inside, receive, self._sealed(scope, send))

    def _sealed(self, scope: Scope, send: Send) -> Send:
        """Add the headers of the path to whatever is answered on it."""

        async def sealed(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                there = {name.lower() for name, _ in message.get("headers", ())}
                of = self._policy.of(scope["path"])
                wanted = _SECURITY if of == self._policy.bare else (*_SECURITY, *_OF_PAGES)
                added = [pair for pair in wanted if pair[0] not in there]
                policy = (b"content-security-policy", of.encode())
                message = {**message, "headers": [*message.get("headers", ()), *added, policy]}
            await send(message)

        return sealed


def refusal(scope: Scope) -> str | None:
    """Say why a request may not pass, or None when it may."""
    client = scope.get("client")
    if scope["type"] not in ("http", "websocket") or not scope["path"].startswith("/"):
        return "not a plain request for a path"
    if not client or not is_this_machine(client[0]):
        return "it came from another machine"
    headers = [(_name(name), value) for name, value in scope["headers"]]
    if any(name in _RELAYED or name.startswith(_RELAYED_PREFIXES) for name, _ in headers):
        return "it came through a relay"
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or authority(hosts[0]) is None:
        return "it does not name this machine as its host"
    if not _asked_by_own_page(scope, headers, hosts[0]):
        return "a page of another origin sent it"
    return None


@lru_cache(maxsize=1024)
def is_this_machine(peer: str) -> bool:
    """Say whether a peer's address is a loopback one: 127.0.0.0/8, ::1, or either as mapped IPv4.

    >>> [is_this_machine(peer) for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "")]
    [True, True, True, False, False]
    """
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def authority(host: bytes) -> tuple[str, int | None] | None:
    """Return name and port of a Host header that names this machine, or None.

    Only ``127.0.0.1``, ``localhost`` and ``[::1]`` do, with or without a port. Any other name may be one
    that a foreign page made to point here.

    >>> authority(b"localhost:8501"), authority(b"evil.example"), authority(b"[::1]")
    (('localhost', 8501), None, ('[::1]', None))
    """
    found = _LOOPBACK.fullmatch(host)
    if found is None:
        return None
    port = int(found[2]) if found[2] else None
    return None if port is not None and port > 65535 else (found[1].decode().lower(), port)


def _asked_by_own_page(scope: Scope, headers: Headers, host: bytes) -> bool:
    """Say whether nothing in the headers tells of a page from elsewhere.

    A link may lead here, so reading a whole page is allowed from anywhere. Reading a part of one (an
    image, a script, a tile) is not, nor is writing, nor opening a WebSocket.
    """
    reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    if not reads and not _own_origins([value for name, value in headers if name == b"origin"], host, scope):
        return False
    if all(value in (b"same-origin", b"none") for name, value in headers if name == b"sec-fetch-site"):
        return True
    return reads and (b"sec-fetch-mode", b"navigate") in headers and (b"sec-fetch-dest", b"document") in headers


def _own_origins(origins: list[bytes], host: bytes, scope: Scope) -> bool:
    """Say whether the Origin, when given, is the very address that was asked: scheme, name and port."""
    secure = scope.get("scheme") in ("https", "wss")
    prefix, usual = (b"https://", 443) if secure else (b"http://", 80)

    def place(text: bytes) -> tuple[str, int] | None:
        found = authority(text)
        return None if found is None else (found[0], found[1] or usual)

    return len(origins) <= 1 and all(o.startswith(prefix) and place(o[len(prefix) :]) == place(host) for o in origins)


def _name(header: bytes) -> bytes:
    """Write a header's name the one way it is compared: some servers behind relays take ``_`` for ``-``."""
    return header.lower().replace(b"_", b"-")


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    """Answer 403 in one line; an unopened WebSocket gets the same where the server can say it."""
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
    elif scope["type"] != "http":
        return
    line = f"Refused: {reason}. Open Greenline in a browser on the machine it runs on.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(line)).encode())]
    kind = "http" if scope["type"] == "http" else "websocket.http"
    await send({"type": f"{kind}.response.start", "status": 403, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": line})
