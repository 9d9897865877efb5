"""What the agreement makes of the record: the same in filter, map, card, table and export, and nothing half-applied."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.access import OWNER, User
from layers.desk import Mission, open_mission, picture, unpacked
from layers.desk.rulings import decoded
from layers.index import BETWEEN
from layers.model import parse
from tests import exported, missions
from tests.missions import ALL

LINE = [[60.5, -20.0], [61.0, -20.05], [61.5, -19.95], [62.0, -20.0]]
OPEN = User("someone", OWNER.roles, "UNCLASSIFIED", None)
AGREEMENT = """
title = "The agreement"
source = "Annex B"

[[clauses]]
id = "2.1"
title = "No firing near the line"
text = "Nobody fires within 2 km of the line. <script>alert(1)</script>"
kinds = ["firing"]
line = "The line"
within_m = 2000

[[clauses]]
id = "3.1"
title = "No firing in the zone"
text = "Nobody fires in the zone."
kinds = ["firing", "shelling"]
zone = "zone"

[[clauses.exempt]]
reason = "Medical evacuation"
targets = ["medevac"]

[[clauses]]
id = "3.2"
title = "No mortars"
text = "Nobody fires mortars anywhere."
kinds = ["shelling"]
weapons = ["mortar"]

[[clauses]]
id = "7.1"
title = "Ceiling"
text = "Nobody holds more than ten tanks in the zone."
zone = "zone"
most = { tank = 10 }
inspected_within_days = 30
"""


def put(mission: Mission, text: str | None) -> None:
    """Write the mission's agreement, or take it away, and let the mission notice."""
    path = mission.folder / "agreement.toml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    mission.place()


def submit(mission: Mission, folder: Path, layer: str, *features: tuple[str, list[object], dict[str, object]]) -> None:
    receipt = mission.desk().submit(layer, missions.geojson_file(folder / "in.geojson", list(features)))
    assert receipt.refused == ()


def holding(
    site: str, party: str, count: int, seen: str, weapon: str = "tank", lon: float = 61.0, **said: object
) -> tuple[str, list[object], dict[str, object]]:
    named = {
        "id": f"{site}-{weapon}-{seen}",
        "name": site,
        "party": party,
        "weapon": weapon,
        "count": count,
        "inspected_at": seen,
    }
    return "Point", [lon, -20.0], named | said


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    said = {"id": "line", "name": "The line", "left_party": "A", "right_party": "B"}
    submit(made, tmp_path, "ceasefire_lines", ("LineString", LINE, said))
    submit(made, tmp_path, "zones", ("Polygon", missions.square(60.9, -20.1, 0.2), {"id": "zone", "name": "The zone"}))
    rows = [
        missions.row(
            n,
            kind=("firing", "shelling", "protest")[n % 3],
            longitude=f"{60.6 + n / 80:.6f}",
            latitude=f"{-20.08 + n / 400:.6f}",
            precision_m=("", "50", "3000", "25000")[n % 4],
            party=("A", "B", "unknown")[n // 3 % 3],
            target="medevac" if n % 5 == 0 else "",
        )
        | ({"weapon": "Mortar"} if n % 2 else {"weapon": "N/K"})
        for n in range(60)
    ]
    names = [*missions.TEMPLATE, "weapon"]
    path = tmp_path / "in.csv"
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert made.desk().submit("incidents", path).new == 60
    put(made, AGREEMENT)
    yield made
    made.close()


def counted(mission: Mission, view: str, user: User = OWNER) -> int:
    return mission.desk(user).counts(parse(f"last=all&{view}"))[0]


def tiled(mission: Mission, view: str) -> int:
    desk = mission.desk()
    return sum(int(desk.tile(parse(f"last=all&{view}"), "incidents", 2, x, y)[0].count.sum()) for x in range(4) for y in range(4))


def rulings(mission: Mission) -> dict[int, dict[str, str]]:
    """Return what the index holds of each version."""
    index = mission.picture.points["incidents"]
    spelled = list(index.vocabulary["ruling"])
    return {
        seq: dict(decoded(spelled[code]))
        for part in index.parts
        for seq, code in zip(part.seq.tolist(), part.codes["ruling"].tolist(), strict=True)
    }


def told(text: object) -> dict[str, str]:
    """Return clause and verdict out of a cell of the table or of an export."""
    pairs = [one.split(": ", 1) for one in str(text or "").split("; ") if one]
    return {clause: words.split(",")[0] for clause, words in pairs}


def test_a_ruling_is_spelled_clause_by_clause() -> None:
    assert decoded("") == ()
    assert decoded(f"2.1=V{BETWEEN}3.1=U{BETWEEN}x-4=C") == (("2.1", "violation"), ("3.1", "undetermined"), ("x-4", "compliant"))


def test_the_same_number_everywhere(mission: Mission, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, ALL)
    rows = {row["id"]: told(row["derived_clauses"]) for row in exported.rows(path)}
    table = {row["feature"]: told(row["cells"]["Clauses"]) for row in mission.desk().table(ALL, "incidents", size=500)["rows"]}
    held = {mission.store.records("incidents", [seq]).feature[0]: of for seq, of in rulings(mission).items()}
    assert rows == table == held
    for clause in ("2.1", "3.1", "3.2"):
        violated = [name for name, of in rows.items() if of.get(clause) == "violation"]
        assert counted(mission, f"clause={clause}") == tiled(mission, f"clause={clause}") == len(violated) > 0
        assert mission.desk().table(parse(f"last=all&clause={clause}"), "incidents")["count"] == len(violated)
    worst = ["violation", "undetermined", "compliant"]
    for verdict in worst:
        meant = [name for name, of in rows.items() if of and min(of.values(), key=worst.index) == verdict]
        assert counted(mission, f"verdict={verdict}") == tiled(mission, f"verdict={verdict}") == len(meant) > 0
    assert counted(mission, "verdict=violation,undetermined,compliant") == sum(bool(of) for of in rows.values()) == 40


def test_the_card_gives_clause_distance_probability_and_wording(mission: Mission) -> None:
    seq = next(seq for seq, of in rulings(mission).items() if of.get("2.1") == "undetermined")
    rows = [row for row in mission.desk().card("incidents", seq)["rows"] if "rule" in row]
    firing = next(row for row in rows if row["label"] == "Clause 2.1")
    assert firing["value"].startswith("undetermined, ")
    assert " from the line, " in firing["value"]
    assert firing["value"].endswith(" % likely there")
    assert firing["rule"] == "No firing near the line. Nobody fires within 2 km of the line. <script>alert(1)</script>"


def test_what_is_exempt_says_why_and_a_weapon_not_known_stays_open(mission: Mission) -> None:
    cells = [str(row["cells"]["Clauses"]) for row in mission.desk().table(ALL, "incidents", size=500)["rows"]]
    assert any("3.1: compliant, Medical evacuation" in cell for cell in cells)
    assert any("3.2: undetermined, the weapon 'N/K' is not known" in cell for cell in cells)
    assert any("3.2: violation" in cell for cell in cells)


def test_the_agreement_is_told_in_its_words_and_in_plain_ones(mission: Mission) -> None:
    found = mission.desk().agreement()
    assert (found["title"], found["source"], found["faults"]) == ("The agreement", "Annex B", [])
    first, *_ = found["clauses"]
    assert [one["id"] for one in found["clauses"]] == ["2.1", "3.1", "3.2"]
    assert first["words"] == "Firing within 2 km of The line; binds Party A and Party B"
    assert first["parties"] == ["Party A", "Party B"]
    (ceiling,) = found["ceilings"]
    assert (
        ceiling["words"]
        == "At most 10 tanks of each party in zone; binds Party A and Party B; by inspections of the last 30 days"
    )
    names = {one["name"]: [label for _, label in one["choices"]] for one in mission.desk().portrayal()["filters"]}
    assert names["clause"] == ["2.1 No firing near the line", "3.1 No firing in the zone", "3.2 No mortars"]
    assert names["verdict"] == ["Violation", "Undetermined", "Compliant"]
    assert mission.desk().words(parse("last=all&clause=2.1")) == "Violates clause: 2.1 No firing near the line"


def test_one_fault_and_no_clause_applies_while_the_rest_works_on(mission: Mission) -> None:
    before = counted(mission, "zone=zone")
    put(mission, AGREEMENT.replace('"The line"', '"Gone"').replace("tank = 10", "sword = 10"))
    found = mission.desk().agreement()
    assert (found["clauses"], found["ceilings"]) == ([], [])
    assert [one["clause"] for one in found["faults"]] == ["2.1", "7.1"]
    assert "no line called 'Gone' is known" in str(found["faults"][0])
    assert not any(rulings(mission).values())
    assert mission.desk().ceilings(ALL) == []
    assert counted(mission, "zone=zone") == before > 0
    assert "Clauses" not in mission.desk().table(ALL, "incidents")["columns"]
    assert counted(mission, "clause=2.1") == 0
    assert "no such clause" in mission.desk().told(parse("last=all&clause=2.1"))
    put(mission, AGREEMENT)
    assert counted(mission, "clause=2.1") > 0


def test_a_clause_begins_to_apply_when_its_line_comes_in(mission: Mission, tmp_path: Path) -> None:
    put(mission, AGREEMENT.replace('"The line"', '"Second line"'))
    assert mission.desk().agreement()["faults"]
    submit(mission, tmp_path, "ceasefire_lines", ("LineString", LINE, {"id": "second", "name": "Second line"}))
    assert mission.desk().agreement()["faults"] == []
    assert counted(mission, "clause=2.1") > 0


def test_a_mission_without_an_agreement_works_as_before(mission: Mission, tmp_path: Path) -> None:
    put(mission, None)
    assert mission.desk().agreement() == {"title": "", "source": "", "sure": 0.95, "clauses": [], "ceilings": [], "faults": []}
    assert not {"clause", "verdict"} & {one["name"] for one in mission.desk().portrayal()["filters"]}
    assert "Clauses" not in mission.desk().table(ALL, "incidents")["columns"]
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, ALL)
    assert {row["derived_clauses"] for row in exported.rows(path)} <= {None, ""}
    seq = next(iter(rulings(mission)))
    assert not [row for row in mission.desk().card("incidents", seq)["rows"] if "rule" in row]


def test_a_change_of_the_agreement_or_of_a_line_is_told_and_judges_anew(mission: Mission, tmp_path: Path) -> None:
    before = counted(mission, "clause=2.1")
    heard: list[object] = []
    mission.listen(heard.append)
    put(mission, AGREEMENT.replace("within_m = 2000", "within_m = 1"))
    assert heard[-1].reshaped == frozenset({"incidents"})
    assert counted(mission, "clause=2.1") < before
    put(mission, AGREEMENT)
    assert counted(mission, "clause=2.1") == before
    count = len(heard)
    mission.place()
    assert len(heard) == count
    moved = [[x, y + 5] for x, y in LINE]
    submit(mission, tmp_path, "ceasefire_lines", ("LineString", moved, {"id": "line", "name": "The line"}))
    assert counted(mission, "clause=2.1") == 0


def test_many_are_judged_while_the_map_goes_on(mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted(mission, "clause=2.1")
    monkeypatch.setattr(picture, "_AT_ONCE", 10)
    submit(
        mission, tmp_path, "ceasefire_lines", ("LineString", [[x, y + 5] for x, y in LINE], {"id": "line", "name": "The line"})
    )
    assert mission.picture.stale
    assert counted(mission, "clause=2.1") == before
    mission.place()
    assert counted(mission, "clause=2.1") == 0


def test_what_comes_in_is_judged_at_once(mission: Mission, tmp_path: Path) -> None:
    before = counted(mission, "clause=2.1")
    rows = [missions.row(100 + n, longitude="61.0", latitude="-20.05", precision_m="") for n in range(3)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "more.csv", rows))
    assert not mission.picture.unruled
    assert counted(mission, "clause=2.1") == before + 3


def test_a_mission_opened_again_judges_as_before(mission: Mission) -> None:
    held, folder = rulings(mission), mission.folder
    mission.close()
    again = open_mission(folder, clock=lambda: missions.NOW)
    assert again.desk().counts(parse("last=all&clause=2.1"))[0] == sum(of.get("2.1") == "violation" for of in held.values())
    assert rulings(again) == held
    again.close()


def test_a_clause_is_marked_as_the_zone_it_tells_of(mission: Mission, tmp_path: Path) -> None:
    at = missions.square(60.9, -20.1, 0.2)
    submit(mission, tmp_path, "zones", ("Polygon", at, {"id": "zone", "name": "The zone", "marking": "CONFIDENTIAL"}))
    seq = next(seq for seq, of in rulings(mission).items() if of.get("3.1") == "violation")
    assert mission.desk().card("incidents", seq)["marking"] == "CONFIDENTIAL"
    for view in ("clause=3.1", "verdict=violation"):
        assert mission.desk().sheet(parse(f"last=all&hide=zones&{view}")).marking() == "CONFIDENTIAL"
    assert mission.desk().sheet(parse("last=all&hide=zones&clause=2.1")).marking() == "UNCLASSIFIED"
    low = mission.desk(OPEN)
    assert [one["id"] for one in low.agreement()["clauses"]] == ["2.1", "3.2"]
    assert low.agreement()["ceilings"] == low.ceilings(ALL) == []
    assert "3.1" not in json.dumps(low.card("incidents", seq))
    assert low.card("incidents", seq)["marking"] == "UNCLASSIFIED"
    assert counted(mission, "clause=3.1", OPEN) == 0
    assert "no such clause" in low.told(low.understood(parse("last=all&clause=3.1")))
    seen = [{clause: verdict for clause, verdict in of.items() if clause != "3.1"} for of in rulings(mission).values()]
    assert counted(mission, "verdict=violation", OPEN) == sum("violation" in of.values() for of in seen)
    assert counted(mission, "verdict=violation") > counted(mission, "verdict=violation", OPEN)
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, parse("last=all&hide=zones"))
    assert not any("3.1" in told(row["derived_clauses"]) for row in exported.rows(path))
    put(mission, AGREEMENT.replace('"firing", "shelling"', '"nothing"'))
    assert "The zone" not in str(low.agreement()["faults"])
    assert "'nothing'" in str(mission.desk().agreement()["faults"])


def test_rulings_are_no_part_of_the_record(mission: Mission, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    mission.desk().export("incidents", path, ALL)
    receipt = mission.desk().submit("incidents", path)
    assert (receipt.unchanged, receipt.new, receipt.changed) == (60, 0, 0)


def test_ceilings_count_the_newest_inspection_of_each_site_for_both_parties_alike(mission: Mission, tmp_path: Path) -> None:
    for party in "AB":
        submit(
            mission,
            tmp_path,
            "holdings",
            holding(f"{party}1", party, 9, "2025-12-01T00:00Z"),
            holding(f"{party}1", party, 4, "2025-12-20T00:00Z"),
            holding(f"{party}2", party, 5, "2025-12-20T00:00Z"),
            holding(f"{party}2", party, 50, "2025-12-20T00:00Z", weapon="mortar"),
            holding(f"{party}3", party, 99, "2025-12-20T00:00Z", valid_to="2025-12-25T00:00Z"),
        )
    rows = mission.desk().ceilings(ALL)
    assert [(row["party"], row["counted"], row["most"], row["verdict"]) for row in rows] == [
        ("Party A", 9, 10, "compliant"),
        ("Party B", 9, 10, "compliant"),
    ]
    assert rows[0]["sites"] == [
        {"name": "A1", "count": 4, "inspected": "200000Z DEC 25"},
        {"name": "A2", "count": 5, "inspected": "200000Z DEC 25"},
    ]
    (low, _) = mission.desk(User("low", OWNER.roles, None, frozenset({"S1"}))).ceilings(ALL)
    assert low["verdict"] == "undetermined"
    submit(mission, tmp_path, "holdings", holding("A4", "A", 2, "2025-12-30T00:00Z"))
    assert [row["verdict"] for row in mission.desk().ceilings(ALL)] == ["violation", "compliant"]
    early = mission.desk().ceilings(parse("from=2025-12-01T00:00Z&to=2025-12-10T00:00Z"))
    assert [(row["counted"], row["verdict"]) for row in early] == [(9, "compliant"), (9, "compliant")]


@pytest.mark.parametrize(("apart", "counted"), [(0.0, 14), (0.0018, 14), (0.0021, 29), (0.05, 29)])
def test_sites_of_one_name_in_two_places_are_two(mission: Mission, tmp_path: Path, apart: float, counted: int) -> None:
    put(mission, AGREEMENT.replace("tank = 10", "tank = 20"))
    rows = [("A", 15, "2025-12-20T00:00Z", 61.0), ("A", 14, "2025-12-21T00:00Z", 61.0 + apart)]
    for party, count, seen, lon in [*rows, *(("B", *of) for _, *of in rows)]:
        submit(mission, tmp_path, "holdings", holding("Depot", party, count, seen, lon=lon, id=f"{party}{count}"))
    verdict = "violation" if counted > 20 else "compliant"
    assert [(row["counted"], row["verdict"]) for row in mission.desk().ceilings(ALL)] == [(counted, verdict)] * 2


def test_a_ceiling_without_a_fresh_inspection_is_undetermined(mission: Mission, tmp_path: Path) -> None:
    assert [(row["counted"], row["verdict"], row["reason"]) for row in mission.desk().ceilings(ALL)] == [
        (0, "undetermined", "no site was inspected")
    ] * 2
    submit(mission, tmp_path, "holdings", holding("A1", "A", 1, "2025-10-01T00:00Z"), holding("B1", "B", 11, "2025-10-01T00:00Z"))
    assert [(row["verdict"], row["reason"]) for row in mission.desk().ceilings(ALL)] == [
        ("undetermined", "the inspection of A1 is 92 days old"),
        ("undetermined", "the inspection of B1 is 92 days old"),
    ]
    fresh = [holding(f"{party}2", party, count, "2025-12-30T00:00Z") for party, count in (("A", 10), ("B", 11))]
    submit(mission, tmp_path, "holdings", *fresh)
    assert [(row["counted"], row["verdict"], row["reason"]) for row in mission.desk().ceilings(ALL)] == [
        (11, "undetermined", "the inspection of A1 is 92 days old"),
        (22, "violation", ""),
    ]


def test_the_agreement_goes_along_in_a_backup(mission: Mission, tmp_path: Path) -> None:
    mission.desk().backup(tmp_path / "b.zip")
    folder = unpacked(tmp_path / "b.zip", tmp_path / "again")
    assert (folder / "agreement.toml").read_text(encoding="utf-8") == AGREEMENT


def test_an_agreement_that_comes_out_in_too_many_ways_is_refused(mission: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.desk.agreed.MOST_RULINGS", 2)
    put(mission, AGREEMENT.replace("2000", "2001"))
    assert "different ways" in str(mission.desk().agreement()["faults"])
    assert not any(rulings(mission).values())
    assert counted(mission, "zone=zone") > 0
