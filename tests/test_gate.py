"""The gate without accounts: this machine's own browser, and nobody else."""

from __future__ import annotations

import asyncio
import socket
import threading
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from layers.serve.gate import Gate, authority, is_this_machine, refusal
from layers.serve.policy import Policy

POLICY = Policy(page="default-src 'self'", frame="default-src 'self'; script-src 'unsafe-eval'")
PROMISED = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "cache-control",
)
RELAYED = [
    "Forwarded: for=192.0.2.1",
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Host: localhost",
    "X-Forwarded-Proto: https",
    "X_Forwarded_For: 127.0.0.1",
    "X-Real-IP: 127.0.0.1",
    "X-Client-IP: 127.0.0.1",
    "Via: 1.1 proxy",
    "CF-Connecting-IP: 127.0.0.1",
    "CF-Ray: 1",
    "True-Client-IP: 127.0.0.1",
    "X-Original-URL: /",
    "X-Envoy-External-Address: 127.0.0.1",
]


class Behind:
    """What stands behind the gate in these tests: it answers all, and remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[dict] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"].removeprefix("lifespan.")
                await send({"type": f"lifespan.{kind}.complete"})
                if kind == "shutdown":
                    return
        self.reached.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 1000})
            return
        own = [(b"cache-control", b"no-cache"), (b"content-security-policy", b"sandbox")] if scope["path"] == "/data/own" else []
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2"), *own]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def served():
    """A real server on a real port, behind the gate. Gives what stands behind it, and the port."""
    behind = Behind()
    listener = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(Gate(behind, "owner", POLICY), log_level="error", ws="websockets-sansio", server_header=False)
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield behind, listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()


def asked(served, *lines: str, first: str = "GET / HTTP/1.1") -> tuple[int, dict[str, str], str]:
    """Send one request exactly as written; return status, headers and body."""
    behind, port = served
    behind.reached.clear()
    text = "\r\n".join([first, *lines, "Connection: close", "", ""]).replace("PORT", str(port))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(text.encode())
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *rest = head.split("\r\n")
    return int(status.split()[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in rest)}, body


def upgrade(served, *lines: str) -> tuple[int, dict[str, str], str]:
    wanted = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    behind, port = served
    behind.reached.clear()
    text = "\r\n".join(["GET /live/t HTTP/1.1", "Connection: Upgrade", *wanted, *lines, "", ""]).replace("PORT", str(port))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(text.encode())
        head, _, body = link.recv(65536).decode("latin-1").partition("\r\n\r\n")
    return int(head.split()[1]), {}, body


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:PORT", "localhost:PORT", "LOCALHOST", "[::1]:PORT", "localhost:9000"])
def test_this_machines_browser_is_let_in(served, host):
    status, _, body = asked(served, f"Host: {host}")
    assert (status, body) == (200, "ok")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:PORT",
        "127.0.0.1.evil.example",
        "localhost.",
        "localhost@evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "127.1",
        "2130706433",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "localhost:08501",
        "localhost:a",
        "",
    ],
)
def test_a_forged_host_is_refused_in_one_line(served, host):
    status, headers, body = asked(served, f"Host: {host}")
    assert status == 403
    assert body.startswith("Refused: ")
    assert body.count("\n") == 1
    assert set(PROMISED) <= set(headers)
    assert not served[0].reached


def test_two_hosts_or_none_are_refused(served):
    for lines in (("Host: localhost", "Host: localhost"), ("Host: localhost", "Host: evil.example")):
        status, _, _ = asked(served, *lines)
        assert status in (400, 403)
        assert not served[0].reached
    assert asked(served, first="GET / HTTP/1.0")[0] == 403
    assert not served[0].reached


@pytest.mark.parametrize("line", RELAYED)
def test_a_relayed_request_is_refused(served, line):
    assert asked(served, "Host: localhost", line)[0] == 403
    assert upgrade(served, "Host: localhost", line)[0] == 403
    assert not served[0].reached


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost:1",
        "https://localhost:PORT",
        "ws-a://localhost:PORT",
        "http://127.0.0.1:PORT",
        "localhost:PORT",
        "",
    ],
)
def test_a_foreign_page_can_neither_write_nor_open_a_socket(served, origin):
    assert asked(served, "Host: localhost:PORT", f"Origin: {origin}", "Content-Length: 0", first="POST /x HTTP/1.1")[0] == 403
    status, _, body = upgrade(served, "Host: localhost:PORT", f"Origin: {origin}")
    assert status == 403
    assert body.startswith("Refused: ")
    assert not served[0].reached


def test_two_origins_are_refused_though_both_are_ours(served):
    both = ("Origin: http://localhost:PORT", "Origin: http://localhost:PORT")
    assert asked(served, "Host: localhost:PORT", *both, "Content-Length: 0", first="POST /x HTTP/1.1")[0] == 403
    assert upgrade(served, "Host: localhost:PORT", *both)[0] in (400, 403)
    assert not served[0].reached


@pytest.mark.parametrize(
    ("scheme", "origin"), [("http", b"http://localhost:80"), ("wss", b"https://localhost"), ("https", b"https://localhost:443")]
)
def test_the_usual_port_need_not_be_written(scheme, origin):
    kind = "websocket" if scheme == "wss" else "http"
    scope = request(kind, scheme=scheme, method="POST", headers=[(b"host", b"localhost"), (b"origin", origin)])
    assert refusal(scope) is None
    assert refusal({**scope, "scheme": "ws" if scheme != "http" else "wss"}) is not None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_own_page_can_write_and_open_a_socket(served, method):
    first = f"{method} /x HTTP/1.1"
    assert asked(served, "Host: localhost:PORT", "Origin: http://localhost:PORT", "Content-Length: 0", first=first)[0] == 200
    assert asked(served, "Host: localhost:PORT", "Origin: http://localhost:1", "Content-Length: 0", first=first)[0] == 403
    assert upgrade(served, "Host: 127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT")[0] == 101


def test_a_link_may_lead_here_but_a_foreign_page_may_not_embed_us(served):
    link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
    part = ("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script")
    inside = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe")
    assert asked(served, "Host: localhost", *link)[0] == 200
    assert asked(served, "Host: localhost", "Sec-Fetch-Site: same-origin", *part[1:])[0] == 200
    assert asked(served, "Host: localhost", *part)[0] == 403
    assert asked(served, "Host: localhost", *inside)[0] == 403


def test_a_request_for_another_servers_page_is_refused(served):
    assert asked(served, "Host: localhost", first="GET http://evil.example/ HTTP/1.1")[0] in (400, 403)
    assert not served[0].reached


def test_a_client_cannot_say_who_it_is(served):
    forged = ("X-Greenline-User: admin", "X-Greenline-Roles: all", "x_greenline_user: admin")
    assert asked(served, "Host: localhost", *forged)[0] == 200
    names = [(name, value) for name, value in served[0].reached[0]["headers"] if b"greenline" in name]
    assert names == [(b"x-greenline-user", b"owner")]
    assert served[0].reached[0]["state"]["user"] == "owner"
    assert upgrade(served, "Host: localhost", *forged)[0] == 101
    assert [value for name, value in served[0].reached[0]["headers"] if b"greenline" in name] == [b"owner"]


def test_every_answer_is_sealed_and_what_the_app_set_is_kept(served):
    _, headers, _ = asked(served, "Host: localhost")
    assert set(PROMISED) <= set(headers)
    assert headers["content-security-policy"] == POLICY.page
    assert headers["cache-control"] == "no-store"
    _, own, _ = asked(served, "Host: localhost", first="GET /data/own HTTP/1.1")
    assert own["cache-control"] == "no-cache"
    assert own["content-security-policy"] == POLICY.bare
    # It runs nothing, opened as a page; who may frame it, its content policy says.
    assert set(PROMISED) - set(own) == {"cross-origin-opener-policy", "permissions-policy", "x-frame-options"}
    assert "frame-ancestors 'self'" in own["content-security-policy"]


def through(gate, scope) -> list[dict]:
    sent: list[dict] = []

    async def receive():
        return {"type": f"{scope['type']}.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(gate(scope, receive, send))
    return sent


def request(kind: str = "http", client: object = ("127.0.0.1", 5), **given) -> dict:
    return {"type": kind, "method": "GET", "path": "/", "headers": [(b"host", b"localhost")], "client": client} | given


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "testclient", "", None])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_another_machine_is_refused_whatever_it_says(peer, kind):
    behind = Behind()
    sent = through(Gate(behind, "owner"), request(kind, None if peer is None else (peer, 5)))
    assert not behind.reached
    assert sent[0].get("status") == 403 if kind == "http" else sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"])
def test_every_address_of_this_machine_is_let_in(peer):
    assert refusal(request(client=(peer, 5))) is None


@pytest.mark.parametrize("second", [b"localhost", b"evil.example"])
def test_a_second_host_is_refused_also_where_the_server_lets_it_through(second):
    headers = [(b"host", b"localhost"), (b"Host", second)]
    assert refusal(request(headers=headers)) == refusal(request(headers=[])) == "it does not name this machine as its host"


def test_a_kind_of_request_nobody_knows_is_not_passed_on():
    behind = Behind()
    assert through(Gate(behind, "owner"), request("webtransport")) == []
    assert not behind.reached


def test_a_name_in_any_script_reaches_the_app():
    behind = Behind()
    through(Gate(behind, "Зоя\r\nX: y 陈"), request())
    (value,) = [value for name, value in behind.reached[0]["headers"] if name == b"x-greenline-user"]
    assert unquote(value.decode("ascii")) == "Зоя\r\nX: y 陈"
    assert b"\n" not in value


def test_the_scope_given_is_not_changed():
    scope = request(state={"kept": 1})
    behind = Behind()
    through(Gate(behind, "owner"), scope)
    assert scope["state"] == {"kept": 1}
    assert behind.reached[0]["state"] == {"kept": 1, "user": "owner"}


def slow_authority(host: bytes) -> tuple[str, int | None] | None:
    text = host.decode("latin-1").lower()
    for name in ("127.0.0.1", "localhost", "[::1]"):
        if text == name:
            return name, None
        for port in range(1, 65536) if text.startswith(f"{name}:") else ():
            if text == f"{name}:{port}":
                return name, port
    return None


NAMES = st.sampled_from([b"127.0.0.1", b"localhost", b"LocalHost", b"[::1]", b"::1", b"127.0.0.2", b"evil.example", b""])
ODD = st.sampled_from([b"", b":", b":01", b":1 ", b":+1", b":1_0", b":1\n"])
PORTS = st.one_of(st.integers(-2, 70000).map(lambda n: b":%d" % n), ODD)


@given(st.one_of(st.binary(max_size=24), st.tuples(NAMES, PORTS, st.sampled_from([b"", b"\n", b".", b"@x"])).map(b"".join)))
def test_a_host_is_read_as_the_slow_way_reads_it(host):
    assert authority(host) == slow_authority(host)


EDGES = st.sampled_from(["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"]).map(IPv4Address)


@given(st.one_of(st.ip_addresses(v=4), EDGES))
def test_only_127_is_this_machine_plain_or_mapped(address):
    want = address.packed[0] == 127
    assert is_this_machine(str(address)) is want
    assert is_this_machine(f"::ffff:{address}") is want


@given(st.ip_addresses(v=6))
def test_only_one_address_of_version_6_is_this_machine(address):
    mapped = address.ipv4_mapped
    assert is_this_machine(str(address)) is (address == IPv6Address("::1") or bool(mapped and mapped.packed[0] == 127))


HEADER = st.sampled_from(b"host Host origin via x-forwarded-for cf-ray sec-fetch-site accept x-greenline-user".split())
VALUE = st.sampled_from(b"localhost localhost:80 http://localhost http://evil.example evil.example cross-site none".split())


@given(st.lists(st.tuples(HEADER, VALUE), max_size=5), st.sampled_from(["http", "websocket"]), st.sampled_from(["GET", "POST"]))
def test_nothing_passes_but_what_the_rules_allow(headers, kind, method):
    if refusal(request(kind, headers=headers, method=method)) is not None:
        return
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value)
    assert not {b"via", b"x-forwarded-for", b"cf-ray"} & set(by_name)
    assert by_name[b"host"] in ([b"localhost"], [b"localhost:80"])
    if kind == "websocket" or method == "POST":
        assert by_name.get(b"origin", []) in ([], [b"http://localhost"])
    assert set(by_name.get(b"sec-fetch-site", [])) <= {b"none"}
