"""What an analyst decides: each act one batch with one reason, by the same checks as a file, never above the ceiling."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access import User
from layers.desk import Desk, Edit, Mission
from layers.errors import LayersError, NotAllowed
from layers.model import Role
from tests import missions
from tests.missions import ALL, csv_file, geojson_file, row, square

LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
WHY = "seen on the spot"


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    made.desk().submit("incidents", source(tmp_path))
    yield made
    made.close()


def source(folder: Path, **first: str) -> Path:
    rows = [row(1, **first), row(2, source="camera", marking=LEVELS[1]), row(3, source="post"), row(4, marking=LEVELS[2])]
    return csv_file(folder / "source.csv", rows)


def fields(mission: Mission, feature: str) -> dict[str, object]:
    found = mission.store.current("incidents", [feature])
    said: dict[str, object] = json.loads(found.payload[0]) | {"marking": found.marking[0], "gone": bool(found.retracted[0])}
    return said | {"lon": float(found.lon[0]), "lat": float(found.lat[0]), "start": int(found.start[0])}


def seen(mission: Mission, *features: str) -> dict[str, int]:
    found = mission.store.current("incidents", list(features))
    return dict(zip(found.feature, found.seq.tolist(), strict=True))


def edit(desk: Desk, mission: Mission, feature: str, **changes: str) -> object:
    return desk.edit("incidents", [Edit(feature, seen(mission, feature)[feature], changes)], WHY)


def someone(*roles: Role, ceiling: str | None = None) -> User:
    return User("someone", frozenset(roles), ceiling)


def test_an_edit_is_a_new_version_of_one_batch_with_its_reason(mission: Mission) -> None:
    desk = mission.desk()
    before = fields(mission, "r1")
    receipt = desk.edit("incidents", [Edit("r1", seen(mission, "r1")["r1"], {"place": " Mill ", "kind": "Shelling"})], WHY)
    assert (receipt.batch, receipt.changed, receipt.refused) == (2, 1, ())
    after = fields(mission, "r1")
    assert after.pop("edited")["fields"] == ["kind", "place"]  # type: ignore[index]
    assert after == before | {"place": "Mill", "kind": "shelling"}
    last = list(mission.store.audit_rows())[-1]
    assert (last.act, json.loads(last.body)["reason"]) == ("edit", WHY)
    assert desk.verify().ok


def test_a_place_and_a_time_are_written_in_any_notation_and_flags_follow(mission: Mission, tmp_path: Path) -> None:
    mission.desk().submit("incidents", csv_file(tmp_path / "far.csv", [row(9, longitude="10.0")]))
    assert fields(mission, "r9")["flags"] == ["outside_area"]
    edit(mission.desk(), mission, "r9", position="20°30'S 61°15'E", occurred_at="010930Z JAN 26")
    after = fields(mission, "r9")
    assert (after["lat"], after["lon"]) == (pytest.approx(-20.5), pytest.approx(61.25))
    assert (after["occurred_at"], after["start"]) == ("2026-01-01T09:30:00Z", 1_767_259_800_000_000)
    assert "flags" not in after
    assert mission.desk().table(ALL, "incidents", words="r9")["count"] == 1


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"severity": "purple"}, "severity", "is not one of"),
        ({"kind": ""}, "kind", "is blank"),
        ({"occurred_at": "soon"}, "occurred_at", "'soon'"),
        ({"position": "nowhere"}, "position", "'nowhere'"),
        ({"casualties_low": "5", "casualties_best": "2", "casualties_high": "9"}, "casualties_best", "must rise"),
        ({"marking": "COSMIC"}, "marking", "no marking of this mission"),
    ],
)
def test_an_edit_passes_the_checks_of_a_file_or_is_refused(
    mission: Mission, changes: dict[str, str], name: str, words: str
) -> None:
    before, version = fields(mission, "r1"), mission.store.version()
    edits = [Edit("r1", seen(mission, "r1")["r1"], changes), Edit("r3", seen(mission, "r3")["r3"], {"place": "Mill"})]
    receipt = mission.desk().edit("incidents", edits, WHY)
    assert [(fault.row, fault.field) for fault in receipt.refused] == [(1, name)]
    assert words in receipt.refused[0].reason
    assert (receipt.changed, mission.store.version()) == (1, version + 1)
    assert fields(mission, "r1") == before


def test_a_record_changed_since_it_was_seen_is_refused(mission: Mission, tmp_path: Path) -> None:
    old = seen(mission, "r1", "r3")
    mission.desk().submit("incidents", csv_file(tmp_path / "b.csv", [row(1, text="later")]))
    receipt = mission.desk().edit("incidents", [Edit(f, seq, {"place": "Mill"}) for f, seq in old.items()], WHY)
    assert (receipt.changed, receipt.refused_rows) == (1, 1)
    assert "was changed since you opened it" in receipt.refused[0].reason
    assert fields(mission, "r1")["place"] == "Tessaly"


def test_what_changes_nothing_is_unchanged_and_no_batch(mission: Mission) -> None:
    receipt = mission.desk().edit("incidents", [Edit("r1", 1, {"place": "Tessaly", "marking": "unclassified"})], WHY)
    assert (receipt.batch, receipt.unchanged) == (None, 1)


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_decided(mission: Mission, reason: str) -> None:
    desk, one = mission.desk(), seen(mission, "r1")
    acts: list[Callable[[], object]] = [
        lambda: desk.edit("incidents", [Edit("r1", one["r1"], {"place": "x"})], reason),
        lambda: desk.withdraw("incidents", one, reason),
        lambda: desk.grade("incidents", one, ("A", "2"), reason),
        lambda: desk.link("incidents", seen(mission, "r1", "r3"), reason),
    ]
    for act in acts:
        with pytest.raises(LayersError, match="no reason"):
            act()
    assert mission.store.version() == 4


@pytest.mark.parametrize("name", ["id", "colour", "event", "edited", "extra"])
def test_only_fields_of_the_layer_are_edited(mission: Mission, name: str) -> None:
    with pytest.raises(LayersError, match="cannot be edited"):
        edit(mission.desk(), mission, "r1", **{name: "x"})


@pytest.mark.parametrize("roles", [("viewer",), ("patrol",), ("briefer",), ("officer",), ("administrator",)])
def test_only_an_analyst_decides_and_an_officer_sets_the_status(mission: Mission, roles: tuple[Role, ...]) -> None:
    desk, one = mission.desk(someone(*roles)), seen(mission, "r1")
    acts: list[Callable[[], object]] = [
        lambda: edit(desk, mission, "r1", place="x"),
        lambda: desk.grade("incidents", one, ("A", "2"), WHY),
        lambda: desk.link("incidents", seen(mission, "r1", "r3"), WHY),
        lambda: desk.unlink("incidents", one, WHY),
        lambda: desk.withdraw("incidents", one, WHY),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    if roles == ("officer",):
        edit(desk, mission, "r1", status="investigated")
        edit(desk, mission, "r1", status="attributed", follow_up="protest")
        assert (fields(mission, "r1")["status"], fields(mission, "r1")["follow_up"]) == ("attributed", "protest")
        with pytest.raises(NotAllowed):
            edit(desk, mission, "r1", status="endorsed", place="x")


def test_above_the_ceiling_nothing_is_edited_and_nothing_is_learned(mission: Mission) -> None:
    clerk = mission.desk(someone("viewer", "analyst", ceiling=LEVELS[0]))
    hidden, version = seen(mission, "r2")["r2"], mission.store.version()
    acts: list[Callable[[str, int], object]] = [
        lambda f, n: clerk.edit("incidents", [Edit(f, n, {"place": "x"})], WHY),
        lambda f, n: clerk.withdraw("incidents", {f: n}, WHY),
        lambda f, n: clerk.grade("incidents", {f: n}, ("A", "2"), WHY),
    ]
    for act in acts:
        assert act("r2", hidden) == act("no such record", 999)
    assert mission.store.version() == version
    refused = clerk.edit("incidents", [Edit("r1", 1, {"marking": LEVELS[1]})], WHY).refused
    assert "above your ceiling" in refused[0].reason


def test_a_withdrawn_record_stays_away_when_its_file_comes_again(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    receipt = desk.withdraw("incidents", seen(mission, "r1", "r3"), "reported twice")
    assert (receipt.retracted, desk.table(ALL, "incidents")["count"]) == (2, 2)
    again = desk.submit("incidents", source(tmp_path))
    assert (again.unchanged, again.new) == (4, 0)
    assert desk.table(ALL, "incidents")["count"] == 2
    desk.undo(receipt.batch or 0, "was right")
    assert desk.table(ALL, "incidents")["count"] == 4
    first = desk.undo(1, "wrong file")
    assert first.retracted == 4, "a withdrawal that was taken back stands in the way of nothing"


def test_the_file_again_keeps_every_edited_field_and_takes_what_changed(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    edit(desk, mission, "r1", place="Mill", marking=LEVELS[1], position="-20.5 61.5", casualties_best="3")
    assert desk.submit("incidents", source(tmp_path)).unchanged == 4
    desk.submit("incidents", source(tmp_path, text="six shots", place="Elsewhere", longitude="61.9"))
    after = fields(mission, "r1")
    assert (after["text"], after["place"], after["casualties_best"], after["marking"]) == ("six shots", "Mill", 3, LEVELS[1])
    assert (after["lon"], after["lat"]) == (61.5, -20.5)


def test_a_grade_of_confirmed_needs_two_linked_records_of_different_sources(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "b.csv", [row(8, source="Patrol")]))

    def graded(feature: str) -> tuple[int, int]:
        receipt = desk.grade("incidents", seen(mission, feature), ("B", "1"), WHY)
        return receipt.changed, receipt.refused_rows

    assert graded("r1") == (0, 1)
    desk.link("incidents", seen(mission, "r1", "r8"), "same shots")
    assert graded("r1") == (0, 1)
    desk.link("incidents", seen(mission, "r1", "r3"), "same shots")
    assert fields(mission, "r8")["event"] == fields(mission, "r3")["event"]
    assert graded("r1") == (1, 0)
    assert (fields(mission, "r1")["credibility"], fields(mission, "r1")["reliability"]) == ("1", "B")


def confirmed(mission: Mission, desk: Desk) -> None:
    """Link r1 and r3, and grade both 1."""
    desk.link("incidents", seen(mission, "r1", "r3"), "same shots")
    assert desk.grade("incidents", seen(mission, "r1", "r3"), ("B", "1"), WHY).changed == 2


def grades(mission: Mission) -> list[str]:
    return [str(fields(mission, feature)["credibility"]) for feature in ("r1", "r3")]


@pytest.mark.parametrize("way", ["unlink", "withdraw", "undo"])
def test_a_grade_that_a_link_allowed_falls_back_when_the_link_is_taken_away(mission: Mission, tmp_path: Path, way: str) -> None:
    desk = mission.desk()
    edit(desk, mission, "r1", credibility="3")
    confirmed(mission, desk)
    assert grades(mission) == ["1", "1"]
    assert desk.submit("incidents", source(tmp_path, text="four shots")).changed == 1
    assert grades(mission) == ["1", "1"]
    if way == "undo":
        desk.undo(3, "were two")
        assert fields(mission, "r1")["event"], "what was decided on since is not taken back"
        assert grades(mission) == ["1", "1"]
        desk.unlink("incidents", seen(mission, "r1", "r3"), "were two")
        assert grades(mission) == ["3", "6"]
    elif way == "unlink":
        receipt = desk.unlink("incidents", seen(mission, "r1"), "were two")
        assert (receipt.changed, grades(mission)) == (2, ["3", "6"])
        told = desk.card("incidents", seen(mission, "r1")["r1"])["history"][-1]  # type: ignore[index]
        assert (told["act"], told["who"], told["reason"]) == ("Unlink", "owner", "were two")
        assert ("Credibility of the report", "3, possibly true") in [(one["label"], one["after"]) for one in told["changes"]]
    else:
        desk.withdraw("incidents", seen(mission, "r3"), "never was")
        assert grades(mission)[0] == "3"
    assert desk.verify().ok


def test_a_link_that_is_taken_back_takes_back_what_it_allowed(mission: Mission) -> None:
    desk = mission.desk()
    desk.link("incidents", seen(mission, "r1", "r3"), "same shots")
    desk.grade("incidents", seen(mission, "r1"), ("B", "1"), WHY)
    desk.undo(2, "were two")
    assert "event" not in fields(mission, "r3")
    assert grades(mission) == ["6", "6"]
    assert mission.store.batches()[-1].reason == "the link that allowed it is taken back by batch 4"


def test_a_grade_of_one_that_came_without_a_link_stays(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "one.csv", [row(1, credibility="1"), row(3, source="post")]))
    desk.link("incidents", seen(mission, "r1", "r3"), "same shots")
    desk.grade("incidents", seen(mission, "r1"), ("B", "1"), WHY)
    desk.unlink("incidents", seen(mission, "r1"), "were two")
    assert grades(mission) == ["1", "6"]


def test_a_third_source_keeps_what_two_confirm(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "third.csv", [row(5, source="liaison")]))
    desk.link("incidents", seen(mission, "r1", "r3", "r5"), "same shots")
    desk.grade("incidents", seen(mission, "r1", "r3"), ("B", "1"), WHY)
    desk.unlink("incidents", seen(mission, "r5"), "another")
    assert grades(mission) == ["1", "1"]


def test_a_source_that_a_user_may_not_see_confirms_nothing_for_them(mission: Mission) -> None:
    mission.desk().link("incidents", seen(mission, "r1", "r2"), "same shots")
    clerk = mission.desk(someone("viewer", "analyst", ceiling=LEVELS[0]))
    event = str(fields(mission, "r1")["event"])
    assert clerk.members("incidents", event) == [seen(mission, "r1")["r1"]]
    assert clerk.grade("incidents", seen(mission, "r1"), ("B", "1"), WHY).refused_rows == 1
    assert mission.desk().grade("incidents", seen(mission, "r1"), ("B", "1"), WHY).changed == 1


def test_linked_records_share_an_event_until_one_is_unlinked(mission: Mission) -> None:
    desk = mission.desk()
    desk.link("incidents", seen(mission, "r1", "r2"), WHY)
    desk.link("incidents", seen(mission, "r3", "r4"), WHY)
    first, second = fields(mission, "r1")["event"], fields(mission, "r3")["event"]
    assert first != second
    desk.link("incidents", seen(mission, "r2", "r3"), WHY)
    assert {fields(mission, f)["event"] for f in ("r1", "r2", "r3", "r4")} == {first}
    assert len(desk.members("incidents", str(first))) == 4
    desk.unlink("incidents", seen(mission, "r1"), WHY)
    assert "event" not in fields(mission, "r1")
    assert len(desk.members("incidents", str(first))) == 3
    assert desk.table(ALL, "incidents", words="r2")["rows"][0]["event"] == first  # type: ignore[index]
    with pytest.raises(LayersError, match="choose two or more"):
        desk.link("incidents", seen(mission, "r1"), WHY)


def test_lines_and_areas_are_edited_and_keep_their_shape(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    zone = [("Polygon", square(61, -21, 1), {"id": "z", "name": "Zone", "valid_from": "2025-01-01T00:00:00Z"})]
    desk.submit("zones", geojson_file(tmp_path / "z.geojson", zone))
    (at,) = mission.store.current("zones", ["z"]).seq.tolist()
    assert desk.edit("zones", [Edit("z", at, {"name": "Zone two", "valid_to": "2026-02-01T00:00:00Z"})], WHY).changed == 1
    after = mission.store.current("zones", ["z"])
    assert json.loads(after.payload[0])["name"] == "Zone two"
    assert desk.submit("zones", geojson_file(tmp_path / "z2.geojson", zone)).unchanged == 1
    with pytest.raises(LayersError, match="cannot be edited"):
        desk.edit("zones", [Edit("z", at, {"position": "1 2"})], WHY)


texts = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=texts, text=texts, best=st.integers(0, 9), lat=st.floats(-22, -18))
def test_whatever_is_edited_the_source_s_same_row_changes_nothing(
    mission: Mission, tmp_path: Path, place: str, text: str, best: int, lat: float
) -> None:
    desk = mission.desk()
    edit(desk, mission, "r1", place=place, text=text, casualties_best=str(best), position=f"{lat:.6f} 61.5")
    before = fields(mission, "r1")
    assert desk.submit("incidents", source(tmp_path)).unchanged == 4
    assert fields(mission, "r1") == before
    assert before.get("casualties_best") == best
