"""What was known at a moment is placed and judged by the lines and zones known then, wherever one looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from layers.access import OWNER, User
from layers.desk import Mission
from layers.desk import question as ask
from layers.model import View
from tests import exported, missions
from tests.missions import ALL, NOW
from tests.test_rulings import AGREEMENT, LINE, OPEN, put, submit, told

SAID = {"id": "line", "name": "The line", "left_party": "A", "right_party": "B"}
ZONE = {"id": "zone", "name": "The zone"}
THEN = replace(ALL, known_at=NOW + timedelta(hours=1))
FILTERS = [
    *((name, clause) for name in ("clause", "undetermined") for clause in ("2.1", "3.1")),
    *(("verdict", verdict) for verdict in ("violation", "undetermined", "compliant")),
    ("zone", "zone"),
    *(("side", side) for side in "AB"),
    *(("distance", band) for band in ("500", "1000", "2000", "5000", "10000", "more")),
]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    submit(made, tmp_path, "ceasefire_lines", ("LineString", LINE, SAID))
    submit(made, tmp_path, "zones", ("Polygon", missions.square(60.9, -20.1, 0.2), ZONE))
    rows = [
        missions.row(
            n,
            kind=("firing", "shelling")[n % 2],
            longitude=f"{60.6 + n / 60:.6f}",
            latitude=f"{-20.08 + n / 300:.6f}",
            precision_m=("50", "3000")[n // 2 % 2],
            party="AB"[n // 3 % 2],
        )
        for n in range(40)
    ]
    made.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", rows))
    put(made, AGREEMENT)
    yield made
    made.close()


def moved(mission: Mission, folder: Path, hours: float = 2, **said: str) -> None:
    """Move line and zone two hours later."""
    mission.clock = lambda: NOW + timedelta(hours=hours)
    submit(mission, folder, "ceasefire_lines", ("LineString", [[x, y + 0.05] for x, y in LINE], SAID | said))
    submit(mission, folder, "zones", ("Polygon", missions.square(61.0, -20.1, 0.2), ZONE))


def counts(mission: Mission, view: View, user: User = OWNER) -> dict[tuple[str, str], int]:
    found = {}
    for name, code in FILTERS:
        kept = view.also(name, (code,))
        assert kept is not None
        found[name, code] = mission.desk(user).counts(kept)[0]
    return found


def judged(rows: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter(pair for row in rows for pair in row.items())


def test_a_filter_under_a_moment_counts_as_it_did_then(mission: Mission, tmp_path: Path) -> None:
    before = counts(mission, ALL)
    assert all(before[name, code] for name, code in FILTERS[:1] + FILTERS[4:6] + FILTERS[7:10])
    moved(mission, tmp_path)
    assert counts(mission, ALL) != before
    assert counts(mission, THEN) == before
    submit(mission, tmp_path, "zones", ("Polygon", missions.square(60.9, -20.1, 0.2), {"id": "other"}))
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "more.csv", [missions.row(100), missions.row(1)]))
    assert counts(mission, THEN) == before


def test_filter_page_table_export_card_and_map_agree_on_what_was_known(mission: Mission, tmp_path: Path) -> None:
    moved(mission, tmp_path)
    desk = mission.desk()
    cells = {row["id"]: told(row["cells"]["Clauses"]) for row in desk.table(THEN, "incidents", size=500)["rows"]}
    desk.export("incidents", tmp_path / "out.csv", THEN)
    assert judged([told(row["derived_clauses"]) for row in exported.rows(tmp_path / "out.csv")]) == judged(list(cells.values()))
    cards = {seq: {} for seq in cells}
    for seq in cells:
        rows = [row for row in desk.card("incidents", seq, THEN)["rows"] if "rule" in row]
        cards[seq] = {row["label"].removeprefix("Clause "): str(row["value"]).split(",")[0] for row in rows}
    assert cards == cells
    for one in desk.violations(THEN).rows:
        for number, name, verdict in (
            (one.violations[-1], "clause", "violation"),
            (one.undetermined[-1], "undetermined", "undetermined"),
        ):
            meant = {seq for seq, of in cells.items() if of.get(one.id) == verdict}
            kept = THEN.also(name, (one.id,))
            assert kept is not None
            assert number.count == len(meant) == desk.counts(kept)[0]
            assert {row["id"] for row in desk.table(kept, "incidents", size=500)["rows"]} == meant
            tiles = (desk.tile(kept, "incidents", 2, x, y)[0] for x in range(4) for y in range(4))
            assert sum(int(tile.count.sum()) for tile in tiles) == len(meant)


def test_who_sees_less_reads_the_same_in_filter_and_card(mission: Mission, tmp_path: Path) -> None:
    submit(mission, tmp_path, "ceasefire_lines", ("LineString", LINE, {"id": "secret", "marking": "CONFIDENTIAL"}))
    moved(mission, tmp_path)
    desk = mission.desk(OPEN)
    cells = [told(row["cells"]["Clauses"]) for row in desk.table(THEN, "incidents", size=500)["rows"]]
    for clause in ("2.1", "3.1"):
        kept = THEN.also("clause", (clause,))
        assert kept is not None
        assert desk.counts(kept)[0] == sum(of.get(clause) == "violation" for of in cells) > 0


def test_where_nothing_moved_the_codes_of_the_index_are_right(mission: Mission, tmp_path: Path) -> None:
    incidents = ask.layer(mission, OWNER, "incidents")
    assert ask.earlier(mission, OWNER, incidents, NOW) is None
    moved(mission, tmp_path)
    assert ask.earlier(mission, OWNER, incidents, NOW + timedelta(hours=2)) is None
    first, second = (ask.earlier(mission, OWNER, incidents, NOW + timedelta(hours=n)) for n in (0, 1))
    assert first is not None
    assert first == second
