"""Alerts over HTTP: who may acknowledge, in which form, and who hears of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers.access import OWNER, User
from layers.config import AlertRule
from layers.model import View
from layers.serve.hub import Room
from layers.serve.posted import LARGEST
from tests.missions import csv_file, empty, row
from tests.test_reports import HOSTILE, Desk, behind_the_gate

PATH = "/alerts/acknowledge"
FIRING = AlertRule("firing", "Firing", kinds=("firing",))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Desk]:
    mission = empty(tmp_path / "m", alerts=(FIRING,))
    mission.desk().submit("incidents", csv_file(tmp_path / "rows.csv", [row(1)]))
    with behind_the_gate(mission) as made:
        yield made
    mission.close()


def said(**more: object) -> dict[str, object]:
    return {"key": "firing:1", "upto": 1, "reason": "patrol sent"} | more


def test_a_tab_acknowledges_and_is_told_the_list_as_it_stands_then(served: Desk) -> None:
    status, before = served.get("/data/alerts")
    assert (status, json.loads(before)["open"]) == (200, 1)
    status, text = served.post(said(), PATH, served.tab)
    told = json.loads(text)
    assert (status, told["open"], told["alerts"][0]["acknowledged"]["reason"]) == (200, 0, "patrol sent")
    assert json.loads(served.get("/data/alerts")[1]) == told


def test_a_reason_in_any_letters_comes_back_as_text(served: Desk) -> None:
    status, text = served.post(said(reason=HOSTILE), PATH, served.tab)
    assert status == 200
    assert json.loads(text)["alerts"][0]["acknowledged"]["reason"] == HOSTILE.encode("utf-8", "replace").decode().strip()
    assert served.mission.desk().verify().ok


WRONG: dict[str, tuple[int, Callable[[Desk], tuple[int, str]]]] = {
    "no token": (401, lambda of: of.post(said(), PATH, "", authorization="")),
    "another token": (401, lambda of: of.post(said(), PATH, "x" * 43)),
    "a tab of someone else": (401, lambda of: of.post(said(), PATH, of.hub.issue(User("other", frozenset({"analyst"}), None)))),
    "the report token": (401, lambda of: of.post(said(), PATH)),
    "another page": (403, lambda of: of.post(said(), PATH, of.tab, origin="http://evil.example")),
    "another type": (415, lambda of: of.post(said(), PATH, of.tab, content_type="text/plain")),
    "too long": (413, lambda of: of.post(b'{"reason": "' + b"x" * LARGEST + b'"}', PATH, of.tab)),
    "no JSON": (400, lambda of: of.post(b"{", PATH, of.tab)),
    "a list": (400, lambda of: of.post([said()], PATH, of.tab)),
    "no key": (400, lambda of: of.post(said(key=None), PATH, of.tab)),
    "a long key": (400, lambda of: of.post(said(key="x" * 81), PATH, of.tab)),
    "a key of nothing": (404, lambda of: of.post(said(key="firing:2"), PATH, of.tab)),
    "no reason": (400, lambda of: of.post(said(reason=""), PATH, of.tab)),
    "a number for a reason": (400, lambda of: of.post(said(reason=5), PATH, of.tab)),
    "a long reason": (400, lambda of: of.post(said(reason="x" * 501), PATH, of.tab)),
    "no version": (400, lambda of: of.post(said(upto=None), PATH, of.tab)),
    "half a version": (400, lambda of: of.post(said(upto=1.5), PATH, of.tab)),
    "true for a version": (400, lambda of: of.post(said(upto=True), PATH, of.tab)),
    "a version to come": (400, lambda of: of.post(said(upto=2), PATH, of.tab)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_answered_in_one_line_and_nothing_is_acknowledged(served: Desk, wrong: str) -> None:
    status, call = WRONG[wrong]
    got, line = call(served)
    assert (got, line.count("\n")) == (status, 1)
    assert 20 < len(line) < 300
    assert "Traceback" not in line
    assert served.token not in line
    assert list(served.mission.store.audit_rows(act="acknowledge")) == []


def test_alerts_are_not_acknowledged_by_asking(served: Desk) -> None:
    status, line = served.get(PATH)
    assert (status, line.count("\n"), "POST" in line) == (405, 1, True)


def test_every_open_tab_hears_that_an_alert_was_acknowledged_and_of_reports_beyond_its_view(served: Desk) -> None:
    room = Room(OWNER, served.tab, View().only("kind", ("protest",)))
    served.hub._rooms.add(room)
    served.mission.listen(lambda change: room.outgoing.put_nowait({"heard": served.hub._news(room, change)}))
    served.post(said(), PATH, served.tab)
    assert room.outgoing.get_nowait() == {"t": "alerts"}
    served.receipt([row(2) | {"id": "new"}])
    assert room.outgoing.get_nowait() == {"heard": [{"t": "alerts"}]}
