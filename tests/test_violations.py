"""What the desk counts of clauses, follow-up, denials and harm: as many as the records say, and as the views hold that it names."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from layers import exercise, feed
from layers.desk import Desk, Edit, Mission, Number, open_mission
from layers.desk.cross import Cross, Row
from layers.errors import NotFound
from layers.model import parse
from tests.missions import ALL, NOW, csv_file, row

VIEWS = ("last=24h", "last=30d", "last=all", "last=90d&sector=S2&party=A,B", "last=30d&clause=2.1", "last=all&kind=shelling")
ENDS = datetime(2026, 11, 23, 7, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("drill") / "mission"
    exercise.write(exercise.make(1, 900, ENDS), folder)
    made = open_mission(folder, clock=lambda: ENDS + timedelta(seconds=31))
    feed.fill(made, folder)
    yield made
    made.close()


def records(desk: Desk, view: str, path: Path) -> list[dict[str, str]]:
    """Return what an export of a view holds, row by row."""
    desk.export("incidents", path, parse(view))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def checked(desk: Desk, *numbers: Number) -> int:
    """Check that numbers are those of the views they name; return how many name one."""
    named = [one for one in numbers if one.view is not None]
    for one in named:
        assert one.view is not None
        assert desk.counts(parse(one.view.text))[0] == one.count, one.view.text
    return len(named)


def of(*rows: Row) -> list[Number]:
    return [number for one in rows for number in (*one.cells, one.total)]


@pytest.mark.parametrize("across", ["party", "sector", "week"])
@pytest.mark.parametrize("text", VIEWS)
def test_every_number_of_a_clause_is_that_of_the_view_it_opens(drill: Mission, text: str, across: str) -> None:
    desk = drill.desk()
    found = desk.violations(parse(text), across=across)
    for one in found.rows:
        assert checked(desk, *one.violations, *one.undetermined) or "clause" in text
        for numbers in (one.violations, one.undetermined):
            assert len(numbers) == len(found.columns)
            assert sum(number.count for number in numbers[:-1]) == numbers[-1].count
    assert checked(desk, found.violating, found.unsure) == 2


def test_clauses_are_counted_as_each_record_says(drill: Mission, tmp_path: Path) -> None:
    desk = drill.desk()
    found = desk.violations(parse("last=30d"))
    said = Counter(
        (clause, verdict.split(",")[0], one["party"])
        for one in records(desk, "last=30d", tmp_path / "all.csv")
        for clause, _, verdict in (part.partition(": ") for part in one["derived_clauses"].split("; ") if part)
    )
    assert {verdict for _, verdict, _ in said} == {"violation", "undetermined", "compliant"}
    assert found.columns == ("Party A", "Party B", "Not determined", "All")
    for one in found.rows:
        for n, party in enumerate(("A", "B", "unknown")):
            assert one.violations[n].count == said[one.id, "violation", party]
            assert one.undetermined[n].count == said[one.id, "undetermined", party]


def test_weeks_begin_on_monday_and_the_one_that_is_not_over_says_so(drill: Mission) -> None:
    assert drill.desk().violations(parse("last=30d"), across="week").columns == (
        "From 24 OCT", "26 OCT", "02 NOV", "09 NOV", "16 NOV", "23 NOV, so far", "All",
    )  # fmt: skip
    assert drill.desk().violations(parse("last=all"), across="week").columns[:2] == ("Earlier", "05 OCT")
    past = parse("from=2026-11-02T00:00Z&to=2026-11-16T00:00Z")
    assert drill.desk().violations(past, across="week").columns == ("From 02 NOV", "09 NOV", "All")
    with pytest.raises(NotFound, match="choose one of party"):
        drill.desk().violations(ALL, across="colour")


@pytest.mark.parametrize("text", ["last=all", "last=90d", "from=2026-09-02T00:00Z&to=2026-11-20T00:00Z&clause=2.1"])
def test_weeks_that_are_long_past_are_told_apart_too(drill: Mission, text: str) -> None:
    desk, view = drill.desk(), parse(text)
    spans = desk.weeks(view)
    assert len(spans) == len(set(spans)) > 1
    newest, whole = desk.violations(view, across="week"), [Counter[str]() for _ in ("violations", "undetermined")]
    for back, span in enumerate(spans):
        found = desk.violations(view, across="week", back=back)
        assert found.violating == newest.violating
        assert ("Later" in found.columns) == bool(back)
        first, last = span.split(" to ")
        assert last in found.columns[-3 if back else -2]
        assert first in found.columns[:2] or found.columns[0].startswith("From ")
        for one in found.rows:
            for counts, numbers in zip(whole, (one.violations, one.undetermined), strict=True):
                assert sum(number.count for number in numbers[:-1]) == numbers[-1].count
                weeks = [n for n, head in enumerate(found.columns) if head not in ("Earlier", "Later", "All")]
                counts[one.id] += sum(numbers[n].count for n in weeks)
            assert checked(desk, *one.violations, *one.undetermined) or "clause" in text
    assert [counts[one.id] for one in newest.rows for counts in whole] == [
        numbers[-1].count for one in newest.rows for numbers in (one.violations, one.undetermined)
    ]
    assert desk.violations(view, across="week", back=999) == desk.violations(view, across="week", back=len(spans) - 1)


def test_what_was_followed_up_is_counted_of_what_violates(drill: Mission, tmp_path: Path) -> None:
    desk = drill.desk()
    found = desk.workflow(parse("last=30d"))
    rows = records(desk, "last=30d&verdict=violation", tmp_path / "violating.csv")
    status = Counter(one["status"] for one in rows)
    assert found.violating
    assert found.whole.count == len(rows) == found.stages[0].reached.count
    assert [one.now.count for one in found.stages[:4]] == [
        status[code] for code in ("alleged", "investigated", "verified", "attributed")
    ]
    assert found.stages[1].reached.count == len(rows) - status["alleged"]
    assert checked(desk, found.whole, *(number for one in found.stages for number in (one.now, one.reached))) == 13


def test_a_report_may_be_attributed_and_protested(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "two.csv", [row(1, status="attributed"), row(2, status="odd")]))
    seen = int(mission.store.current("incidents", ["r1"]).seq[0])
    desk.edit("incidents", [Edit("r1", seen, {"follow_up": "protest"})], "a note was handed over")
    found = desk.workflow(ALL)
    assert not found.violating
    assert {one.label: one.now.count for one in found.stages if one.now.count} == {"Attributed": 1}
    assert [(label, one.count) for label, one in found.beside] == [("Protest lodged", 1), ("Liaison", 0), ("Response", 0)]
    assert checked(desk, *(one for _, one in found.beside)) == 3


@pytest.mark.parametrize("text", VIEWS)
def test_denials_are_counted_by_party_and_sector(drill: Mission, tmp_path: Path, text: str) -> None:
    desk = drill.desk()
    found = desk.denials(parse(text))
    if "kind" in text:
        assert found is None
        return
    assert found is not None
    table, view = found
    rows = [one for one in records(desk, text, tmp_path / "all.csv") if one["kind"] == "restriction_of_movement"]
    assert table.total.total.count == len(rows) == desk.counts(view)[0]
    assert [one.label for one in table.rows[:2]] == ["Party A", "Party B"]
    by = Counter((one["party"], one["derived_sector"]) for one in rows)
    for n, party in enumerate(("A", "B")):
        assert [number.count for number in table.rows[n].cells] == [by[party, sector] for sector in ("S1", "S2", "S3", "S4", "")]
    assert checked(desk, *of(*table.rows, table.total)) > 4


def test_harm_is_counted_by_kind_with_three_numbers_of_casualties(drill: Mission, tmp_path: Path) -> None:
    desk = drill.desk()
    found = desk.harm(parse("last=90d"))
    assert found is not None
    assert found.casualties is not None
    rows = records(desk, "last=90d&kind=attack_on_civilians,looting,displacement", tmp_path / "harm.csv")
    assert [one.label for one in found.kinds.rows] == ["Attack on civilians", "Looting", "Displacement"]
    assert found.kinds.total.total.count == len(rows)
    whole = found.casualties[-1]
    sums = [sum(int(one[f"casualties_{name}"] or 0) for one in rows) for name in ("low", "best", "high")]
    assert [whole.low, whole.best, whole.high] == sums
    checked(desk, *of(*found.kinds.rows, found.kinds.total))


def test_linked_reports_of_harm_count_once_and_so_do_their_casualties(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    rows = [
        row(n, kind="looting", source=f"post {n}", casualties_low="1", casualties_best="2", casualties_high="3") for n in (1, 2)
    ]
    rows += [row(3, kind="looting", casualties_best="4"), row(4, kind="abduction")]
    desk.submit("incidents", csv_file(tmp_path / "harm.csv", rows))
    current = mission.store.current("incidents", ["r1", "r2"])
    desk.link("incidents", dict(zip(current.feature, current.seq.tolist(), strict=True)), "the same raid")
    found = desk.harm(ALL)
    assert found is not None
    assert found.casualties is not None
    assert {one.label: one.total.count for one in found.kinds.rows} == {"Hijack or abduction": 1, "Looting": 2}
    last = found.casualties[-1]
    assert (last.reports, last.low, last.best, last.high) == (2, 5, 6, 7)


def test_children_and_sexual_violence_are_told_by_week_and_sector_and_lead_to_no_record(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    kinds = ("sexual_violence", "child_recruitment", "looting")
    desk.submit("incidents", csv_file(tmp_path / "harm.csv", [row(n, kind=kind) for n, kind in enumerate(kinds)]))
    found = desk.harm(ALL)
    assert found is not None
    linked = {one.label: checked(desk, *of(one)) for one in found.kinds.rows}
    assert linked == {"Recruitment of children": 0, "Sexual violence": 0, "Looting": 3}
    coarse = found.coarse
    assert isinstance(coarse, Cross)
    assert coarse.total.total.count == 2
    assert checked(desk, *of(*coarse.rows, coarse.total)) == 0
    assert desk.harm(ALL.only("kind", ("firing",))) is None
    held = desk.harm(ALL.only("kind", ("looting",)))
    assert held is not None
    assert held.coarse is None


def test_without_an_agreement_there_is_nothing_to_violate(mission: Mission, tmp_path: Path) -> None:
    mission.desk().submit("incidents", csv_file(tmp_path / "one.csv", [row(1)]))
    found = mission.desk().violations(ALL)
    assert found.rows == ()
    assert (found.violating, found.unsure) == (Number(0, None), Number(0, None))


def test_what_was_known_at_a_moment_is_counted_as_it_was_known(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "one.csv", [row(1, kind="restriction_of_movement")]))
    mission.clock = lambda: NOW + timedelta(hours=1)
    desk.submit("incidents", csv_file(tmp_path / "two.csv", [row(2, kind="restriction_of_movement")]))
    for moment, count in ((NOW + timedelta(minutes=5), 1), (None, 2)):
        found = desk.denials(replace(ALL, known_at=moment))
        assert found is not None
        assert found[0].total.total.count == count
        assert desk.trends(replace(ALL, known_at=moment)).total.count == count
