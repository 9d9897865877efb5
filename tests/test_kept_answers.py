"""Kept answers are layers like any other, and tell nobody what they may not know, however they are asked of one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from layers.access import OWNER, User
from layers.desk import Mission, open_mission
from layers.errors import LayersError, MalformedView, NotAllowed, NotFound
from layers.model import Relation, View, parse
from tests import missions
from tests.missions import ALL

OPEN = User("someone", OWNER.roles, "UNCLASSIFIED", None)
LINE = [[60.5, -20.0], [61.5, -20.0]]
ELSEWHERE = [[61.5, -20.0], [62.5, -20.0]]


def put(mission: Mission, tmp_path: Path, layer: str, *features: tuple[str, list[object], dict[str, object]]) -> None:
    mission.desk().submit(layer, missions.geojson_file(tmp_path / f"{layer}.geojson", features))


def zones(mission: Mission, tmp_path: Path) -> None:
    put(
        mission, tmp_path, "zones",
        ("Polygon", missions.square(61, -20.1, 0.2), {"id": "open", "name": "Open"}),
        ("Polygon", missions.square(61.0, -20.1, 0.2), {"id": "shut", "name": "Shut", "marking": "CONFIDENTIAL"}),
    )  # fmt: skip


def reports(mission: Mission, tmp_path: Path, *rows: dict[str, str]) -> None:
    mission.desk().submit(
        "incidents", missions.csv_file(tmp_path / "i.csv", [missions.row(n, **row) for n, row in enumerate(rows, 1)])
    )


def seen(mission: Mission, user: User = OPEN) -> list[str]:
    return [of.id for of in mission.desk(user).layers() if of.id.startswith("kept_")]


def test_an_answer_is_kept_as_a_layer(exercise: Mission, tmp_path: Path) -> None:
    desk, view = exercise.desk(), parse("last=7d&where=incidents,within,ceasefire_lines,1000&severity=high")
    kept = desk.keep("  Severe,   near the line ", view)
    of = desk.layer(kept)
    assert (of.title, of.base) == ("Severe, near the line", "incidents")
    for span in ("7d", "all"):
        asked = parse(f"last={span}&where=incidents,within,ceasefire_lines,1000&severity=high")
        expected = desk.within(asked)["count"]
        plain = parse(f"last={span}")
        assert desk.sheet(plain).count(of) == expected
        assert desk.table(plain, kept)["count"] == expected
        tiles = [desk.tile(plain, kept, 3, x, y)[0] for x in range(8) for y in range(8)]
        assert sum(int(cut.count.sum()) for cut in tiles) == expected
        summary = desk.summary(plain)
        assert summary["layers"][kept]["count"] == expected  # type: ignore[index]
        assert summary["count"] == desk.sheet(plain).count(desk.layer("incidents"))
    assert desk.export(kept, tmp_path / "kept.csv", ALL) == desk.sheet(ALL).count(of)
    within = desk.keep("Of those, in the zone", parse(f"where={kept},inside,zones,0,zone-buffer"))
    both = parse("last=all&where=incidents,inside,zones,0,zone-buffer&severity=high")
    ids = set(desk.sheet(both).features("incidents")["id"]) & set(desk.sheet(ALL).features(kept)["id"])
    assert set(desk.sheet(ALL).features(within)["id"]) == ids
    with pytest.raises(LayersError, match="Of those"):
        desk.drop(kept, "no longer wanted")
    desk.drop(within, "no longer wanted")
    desk.drop(kept, "no longer wanted")
    with pytest.raises(NotFound):
        desk.layer(kept)
    assert desk.verify().ok


def test_what_cannot_be_kept_or_dropped_says_why(exercise: Mission) -> None:
    desk, view = exercise.desk(), parse("where=incidents,within,zones,10")
    with pytest.raises(LayersError, match="name"):
        desk.keep(" ", view)
    with pytest.raises(LayersError, match="name"):
        desk.keep("x" * 61, view)
    with pytest.raises(MalformedView, match="relation"):
        desk.keep("Nothing asked", View())
    with pytest.raises(LayersError, match="no kept answer"):
        desk.drop("zones", "because")
    with pytest.raises(NotAllowed):
        exercise.desk(User("guest", frozenset({"viewer"}), None)).keep("Mine", view)
    with pytest.raises(LayersError, match="no layer"):
        desk.keep("Of nothing", parse("where=incidents,within,nowhere,10"))


def test_a_kept_answer_is_met_by_another_opening_and_takes_no_files(mission: Mission, tmp_path: Path) -> None:
    zone = [("Polygon", missions.square(61, -20.1, 0.2), {"id": "open", "name": "Open"})]
    mission.desk().submit("zones", missions.geojson_file(tmp_path / "z.geojson", zone))
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "i.csv", [missions.row(1, longitude="61.1")]))
    kept = mission.desk().keep("In", parse("where=incidents,inside,zones"))
    with pytest.raises(LayersError, match="kept answer"):
        mission.desk().submit(kept, tmp_path / "i.csv")
    folder = mission.folder
    mission.close()
    again = open_mission(folder)
    try:
        assert again.desk().sheet(ALL).count(again.desk().layer(kept)) == 1
        seen = {str(row["feature"]): int(row["id"]) for row in again.desk().table(ALL, kept)["rows"]}  # type: ignore[attr-defined]
        again.desk().edit(kept, [], "nothing") if not seen else None
        receipt = again.desk().grade(kept, seen, ("B", "2"), "checked with the post")
        assert receipt.changed == 1
        assert again.desk().verify().ok
    finally:
        again.close()


def test_a_filter_that_tells_of_a_marked_line_hides_the_answer(mission: Mission, tmp_path: Path) -> None:
    put(mission, tmp_path, "ceasefire_lines", ("LineString", LINE, {"id": "l", "left_party": "A", "marking": "CONFIDENTIAL"}))
    zones(mission, tmp_path)
    reports(mission, tmp_path, {"longitude": "61.1", "latitude": "-19.99"})
    for more in ("side=A", "distance=500,1000,2000"):
        mission.desk().keep("Told", parse(f"where=incidents,inside,zones,0,open&{more}"))
    assert len(seen(mission, OWNER)) == 2
    assert seen(mission) == []


def test_the_parts_of_a_line_are_marked_as_the_highest_of_them(mission: Mission, tmp_path: Path) -> None:
    put(
        mission, tmp_path, "ceasefire_lines",
        ("LineString", LINE, {"id": "one", "name": "L"}),
        ("LineString", ELSEWHERE, {"id": "two", "name": "L", "marking": "CONFIDENTIAL"}),
    )  # fmt: skip
    reports(mission, tmp_path, {"longitude": "62.0"})
    view = parse("last=all&where=incidents,within,ceasefire_lines,1000,one")
    assert mission.desk().within(view)["count"] == 1
    assert mission.desk().sheet(view).marking() == "CONFIDENTIAL"
    assert mission.desk(OPEN).within(view)["count"] == 0
    mission.desk().keep("Near L", view)
    assert seen(mission) == []


def test_what_an_answer_is_marked_follows_all_that_it_asks_of(mission: Mission, tmp_path: Path) -> None:
    zones(mission, tmp_path)
    put(mission, tmp_path, "settlements", ("Point", [61.11, -20.0], {"id": "far", "name": "Far"}))
    reports(mission, tmp_path, {"longitude": "61.1", "marking": "STRICTLY CONFIDENTIAL"}, {"longitude": "61.1"})
    desk = mission.desk()
    near = desk.sheet(parse("last=all&where=settlements,within,incidents,5000"))
    assert near.marking(desk.layer("settlements")) == "STRICTLY CONFIDENTIAL"
    first = desk.keep("In the shut one", parse("where=incidents,inside,zones,0,shut"))
    second = desk.keep("Of those", parse(f"where={first},inside,zones,0,open"))
    assert desk.sheet(ALL).marking(desk.layer(second)) == "STRICTLY CONFIDENTIAL"
    (row,) = [row for row in desk.table(ALL, "incidents")["rows"] if row["feature"] == "r1"]  # type: ignore[attr-defined]
    desk.withdraw("incidents", {"r1": int(row["id"])}, "wrong")
    assert desk.sheet(ALL).marking(desk.layer(second)) == "CONFIDENTIAL"
    assert desk.sheet(parse(f"last=all&where=incidents,within,{first},5000")).marking() == "CONFIDENTIAL"
    assert seen(mission) == []


def test_a_marked_zone_that_is_withdrawn_stays_as_marked(mission: Mission, tmp_path: Path) -> None:
    zones(mission, tmp_path)
    kept = mission.desk().keep("Operation Heron", parse("where=incidents,inside,zones,0,shut"))
    rows = mission.desk().table(ALL, "zones")["rows"]
    (row,) = [row for row in rows if row["feature"] == "shut"]  # type: ignore[attr-defined]
    mission.desk().withdraw("zones", {"shut": int(row["id"])}, "wrong")
    assert seen(mission) == []
    assert seen(mission, OWNER) == [kept]
    assert mission.desk().layer(kept).title == "Operation Heron (shut is gone)"


def test_a_user_is_told_of_no_marking_above_their_own(mission: Mission, tmp_path: Path) -> None:
    put(
        mission, tmp_path, "ceasefire_lines",
        ("LineString", LINE, {"id": "one", "name": "L"}),
        ("LineString", ELSEWHERE, {"id": "two", "name": "M", "marking": "STRICTLY CONFIDENTIAL", "left_party": "A"}),
    )  # fmt: skip
    reports(mission, tmp_path, {"longitude": "61.0"})
    view = parse("last=all&where=incidents,within,ceasefire_lines,1000")
    assert mission.desk(OPEN).sheet(view).band() == "UNCLASSIFIED"
    assert mission.desk().sheet(view).band() == "STRICTLY CONFIDENTIAL"
    (line,) = [of for of in mission.desk(OPEN).relations()["others"] if of["id"] == "ceasefire_lines"]  # type: ignore[attr-defined]
    assert [name for name, _ in line["sides"]] == ["left", "right", "on"]


def test_a_layer_of_which_nothing_is_seen_is_not_offered(mission: Mission, tmp_path: Path) -> None:
    put(mission, tmp_path, "ceasefire_lines", ("LineString", LINE, {"id": "l", "marking": "CONFIDENTIAL"}))
    assert "ceasefire_lines" not in str(mission.desk(OPEN).relations())
    assert "ceasefire_lines" in str(mission.desk().relations())


def test_who_may_not_see_an_answer_is_not_told_its_name(mission: Mission, tmp_path: Path) -> None:
    zones(mission, tmp_path)
    base = mission.desk().keep("Open one", parse("where=incidents,inside,zones,0,open"))
    mission.desk().keep("Raid on Heron", parse(f"where={base},inside,zones,0,shut"))
    with pytest.raises(LayersError, match="another kept answer"):
        mission.desk(OPEN).drop(base, "tidy")


def test_answers_of_answers_reach_three_deep(mission: Mission, tmp_path: Path) -> None:
    zones(mission, tmp_path)
    last = "incidents"
    for _ in range(3):
        last = mission.desk().keep("Again", parse(f"where={last},within,{last},500000"))
    with pytest.raises(LayersError, match="deep"):
        mission.desk().keep("Once more", parse(f"where={last},within,{last},500000"))


@pytest.mark.parametrize("name", ["\u200b", "a\x07b", "\u202egnp", "  ", "—"])
def test_a_name_that_nobody_can_read_is_refused(mission: Mission, tmp_path: Path, name: str) -> None:
    zones(mission, tmp_path)
    with pytest.raises(LayersError, match="name"):
        mission.desk().keep(name, parse("where=incidents,inside,zones"))


def test_each_of_many_who_keep_at_once_gets_their_own(mission: Mission, tmp_path: Path) -> None:
    zones(mission, tmp_path)

    def keep(n: int) -> tuple[int, str]:
        return n, mission.desk().keep(f"Answer {n}", View(where=Relation("incidents", "within", "zones", 100.0 + n)))

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(keep, range(18)))
    for n, layer in made:
        assert mission.desk().layer(layer).title == f"Answer {n}"


def test_a_line_to_the_pole_leaves_the_count(mission: Mission, tmp_path: Path) -> None:
    put(mission, tmp_path, "ceasefire_lines", ("LineString", [[61.0, -20.0], [61.0, -90.0]], {"id": "l", "name": "L"}))
    reports(mission, tmp_path, {"longitude": "61.001", "latitude": "-21.0", "precision_m": "2000"})
    view = parse("last=all&where=incidents,within,ceasefire_lines,1000")
    said = mission.desk().within(view)
    names = ("count", "of", "surely", "perhaps", "missed", "expected")
    assert [said[name] for name in names] == [1, 1, 0, 1, 0, None]
    assert mission.desk().reach(view)["parts"] == []
