"""Why is this row here: every version of a record told, by whom, from where, why, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.access import User
from layers.desk import Desk, Edit, Mission
from layers.model import parse
from tests import missions
from tests.missions import csv_file, row

LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    made.desk().submit("incidents", csv_file(tmp_path / "first.csv", [row(7), row(1)]))
    yield made
    made.close()


def newest(mission: Mission, feature: str = "r1") -> int:
    return int(mission.store.current("incidents", [feature]).seq[0])


def told(desk: Desk, seq: int) -> list[dict[str, object]]:
    return list(desk.card("incidents", seq)["history"])  # type: ignore[call-overload]


def test_a_version_says_its_file_and_row_and_the_next_what_it_changed_and_why(mission: Mission) -> None:
    desk = mission.desk()
    first = newest(mission)
    changes = {
        "place": "Mill",
        "severity": "high",
        "position": "-20.5 61.5",
        "marking": LEVELS[1],
        "occurred_at": "010930Z JAN 26",
    }
    desk.edit("incidents", [Edit("r1", first, changes)], "seen on the spot")
    came, edited = told(desk, first)
    assert (came["file"], came["row"], came["who"], came["act"], came["change"]) == (
        "first.csv",
        2,
        "owner",
        "Import",
        "first version",
    )
    assert (edited["act"], edited["reason"], edited["file"], edited["row"]) == ("Edit", "seen on the spot", "", 0)
    steps = {one["label"]: (one["before"], one["after"]) for one in edited["changes"]}  # type: ignore[attr-defined]
    assert steps.pop("Position")[1] == "41K LT 4357 3246"
    assert steps == {
        "Place": ("Tessaly", "Mill"),
        "Severity": ("Low", "High"),
        "Marking": (LEVELS[0], LEVELS[1]),
        "Occurred": ("011000Z JAN 26", "010930Z JAN 26"),
    }


def test_an_undo_a_withdrawal_and_a_coming_back_are_told(mission: Mission) -> None:
    desk, seq = mission.desk(), newest(mission)
    gone = desk.withdraw("incidents", {"r1": seq}, "reported twice")
    assert [line["change"] for line in told(desk, seq)] == ["first version", "withdrawn"]
    assert desk.card("incidents", seq)["withdrawn"] is True
    desk.undo(gone.batch or 0, "was right")
    lines = told(desk, newest(mission))
    assert [(line["change"], line["act"], line["reason"]) for line in lines[1:]] == [
        ("withdrawn", "Withdrawal", "reported twice"),
        ("brought back", "Undo of batch 2", "was right"),
    ]


def test_columns_of_the_source_are_told_as_they_came(mission: Mission, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(
        "id,kind,occurred_at,longitude,latitude,weapon\nx1,firing,2026-01-01T10:00:00Z,61,-20,<b>mortar</b>\n", encoding="utf-8"
    )
    mission.desk().submit("incidents", path)
    (line,) = told(mission.desk(), newest(mission, "x1"))
    assert {"label": "weapon", "value": "<b>mortar</b>"} in line["original"]  # type: ignore[operator]


def test_a_card_says_where_the_view_leaves_its_record_out(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "b.csv", [row(1, kind="looting")]))
    views = ("last=all", "last=all&kind=looting", "last=all&kind=protest", "last=1h", "to=2001-01-01T00:00Z&kind=looting")
    span, left = "Outside the span of this view", "Left out by the filters of this view"
    assert [desk.card("incidents", newest(mission), parse(text))["outside"] for text in views] == ["", "", left, span, span]
    assert desk.card("incidents", newest(mission))["outside"] == ""


def test_what_a_hidden_version_said_is_in_no_change_told_after_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "b.csv", [row(1, text="secret words", marking=LEVELS[2])]))
    desk.edit("incidents", [Edit("r1", newest(mission), {"text": "plain words", "marking": LEVELS[0]})], "secret words out")
    clerk = mission.desk(User("clerk", frozenset({"viewer", "analyst"}), LEVELS[0]))
    lines = told(clerk, newest(mission))
    assert "secret words" not in str([line["changes"] for line in lines])
    assert [(one["change"], one["changes"]) for one in lines] == [("first version", [])], (
        "what stood before is as high as what came"
    )
    assert "secret words" in str(told(desk, newest(mission))[-1]["changes"])


def test_a_card_names_what_is_linked_to_it(mission: Mission) -> None:
    desk = mission.desk()
    assert desk.card("incidents", newest(mission))["event"] is None
    desk.link("incidents", {"r1": newest(mission), "r7": newest(mission, "r7")}, "same shots")
    event = desk.card("incidents", newest(mission))["event"]
    assert [one["feature"] for one in event["records"]] == ["r7"]  # type: ignore[index,call-overload]


def test_a_batch_is_listed_with_its_act_counts_and_what_became_of_it(mission: Mission) -> None:
    desk = mission.desk()
    desk.withdraw("incidents", {"r1": newest(mission)}, "reported twice")
    desk.undo(2, "was right")
    listed = [(one["batch"], one["act"], one["counts"], one["reason"], one["undone"]) for one in desk.batches()["batches"]]
    assert listed == [
        (3, "Undo of batch 2", {"new": 1, "changed": 0, "withdrawn": 0}, "was right", 0),
        (2, "Withdrawal", {"new": 0, "changed": 0, "withdrawn": 1}, "reported twice", 3),
        (1, "Import", {"new": 2, "changed": 0, "withdrawn": 0}, "", 0),
    ]
    assert [one["batch"] for one in desk.batches(size=1)["batches"]] == [3]


def test_one_person_is_no_people(mission: Mission) -> None:
    desk = mission.desk()
    for count, words in (("1", "1 person"), ("2", "2 people"), ("0", "0 people")):
        desk.edit("incidents", [Edit("r1", newest(mission), {"casualties_best": count})], "counted")
        card = desk.card("incidents", newest(mission))
        assert {"label": "Casualties, best estimate", "value": words} in card["rows"]  # type: ignore[operator]


def test_batches_are_searched_by_file_who_act_reason_and_number(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    for n in range(2, 14):
        mission.desk(User("post 4", desk.user.roles, None)).submit("incidents", csv_file(tmp_path / "live.csv", [row(100 + n)]))
    desk.withdraw("incidents", {"r1": newest(mission)}, "reported twice")

    def found(words: str, page: int = 1, size: int = 5) -> tuple[list[int], int, int]:
        told = desk.batches(words, page=page, size=size)
        return [one["batch"] for one in told["batches"]], told["count"], told["pages"]  # type: ignore[attr-defined,return-value]

    assert found("") == ([14, 13, 12, 11, 10], 14, 3)
    assert found("", 3) == ([4, 3, 2, 1], 14, 3)
    assert found("", 99) == ([4, 3, 2, 1], 14, 3)
    assert found("FIRST.csv") == ([1], 1, 1)
    assert found("post withdr") == ([], 0, 1)
    assert found("12") == ([12], 1, 1)
    assert found("withdrawal twice") == found("14") == ([14], 1, 1)
    assert found("4", size=50)[0] == [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]
