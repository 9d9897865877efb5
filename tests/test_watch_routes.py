"""The watch by JSON: what is malformed, of no open page or not by POST is answered in one line, and leaves nothing in the audit."""

from __future__ import annotations

import json

import pytest

from layers.desk import Mission
from tests.missions import ALL, row
from tests.test_reports import behind_the_gate

STEP = {"layer": "incidents", "id": 1, "step": "tasked", "to": "OP 4", "at": None, "upto": 0}


def test_a_step_a_start_and_an_entry_are_kept(mission: Mission) -> None:
    mission.desk().submit("incidents", [dict(row(1))])
    with behind_the_gate(mission) as door:
        status, text = door.post(STEP, "/watch/respond", door.tab)
        assert (status, json.loads(text)["steps"][0]["to"]) == (200, "OP 4")
        assert door.post({}, "/watch/start", door.tab)[0] == 200
        status, text = door.post({"text": "relieved", "marking": "UNCLASSIFIED"}, "/watch/log", door.tab)
        assert (status, json.loads(text)["entries"][0]["text"]) == (200, "relieved")
        assert json.loads(door.get("/data/watch")[1])["started"] == "owner"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/watch/respond", body)
        for body in (
            [],
            STEP | {"layer": 7},
            STEP | {"step": "x" * 501},
            STEP | {"id": "1"},
            STEP | {"id": -1},
            STEP | {"upto": 1.5},
            STEP | {"at": 10**15},
            STEP | {"at": True},
            STEP | {"back": 1},
            STEP | {"step": "sent"},
        )
    ]
    + [("/watch/log", {"text": "x" * 2_001, "marking": "UNCLASSIFIED"}), ("/watch/log", {"text": "x"}), ("/watch/start", b"{")],
)
def test_what_is_malformed_is_refused_in_one_line(mission: Mission, path: str, body: object) -> None:
    mission.desk().submit("incidents", [dict(row(1))])
    before = len(list(mission.store.audit_rows()))
    with behind_the_gate(mission) as door:
        status, text = door.post(body, path, door.tab)
    assert (status, text.count("\n")) == (400, 1)
    assert len(list(mission.store.audit_rows())) == before
    assert mission.desk().counts(ALL)[0] == 1


@pytest.mark.parametrize("path", ["/watch/respond", "/watch/start", "/watch/log"])
def test_the_report_token_keeps_no_watch_and_nothing_is_done_by_get(mission: Mission, path: str) -> None:
    with behind_the_gate(mission) as door:
        assert door.post(STEP, path)[0] == 401
        assert door.get(path)[0] == 405
