"""A link with a view that cannot be understood: a browser is shown the way on, and whoever writes requests is told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from layers.access import OWNER
from layers.desk import Mission
from layers.serve.edge import AskedView
from tests.missions import empty

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


@pytest.fixture
def client(mission: Mission) -> TestClient:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the page"})

    inner = AskedView(page, mission)

    async def gated(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "state": {"user": OWNER.name}}, receive, send)

    app: ASGIApp = gated
    return TestClient(app)


def test_a_browser_is_told_what_was_got_and_shown_the_way_to_every_page(client: TestClient, mission: Mission) -> None:
    answer = client.get("/briefing", params={"v": "zz=1"}, headers=BROWSER)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    for part in ("no filter", "zz", mission.configuration.title, 'href="/"', 'href="/monitoring"', 'href="/briefing"'):
        assert part in answer.text, part
    assert not any(name in answer.text for name in ("follow_up", "credibility")), "no names of fields"


def test_what_a_link_holds_is_text_on_the_page(client: TestClient) -> None:
    answer = client.get("/", params={"v": "<script>alert(1)</script>=1"}, headers=BROWSER)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_others_are_told_in_one_line_and_a_view_that_is_understood_goes_through(client: TestClient) -> None:
    answer = client.get("/", params={"v": "zz=1"})
    assert answer.status_code == 400
    assert answer.text.count("\n") == 1
    assert "kind" in answer.text
    assert client.get("/", params={"v": "last=24h"}, headers=BROWSER).text == "the page"
