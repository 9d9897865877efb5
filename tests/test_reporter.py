"""Reports filled from the record, issued, and made again: every number is the map's, and nothing is invented."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import docx
import pypdf
import pytest

from layers import config
from layers.access import User
from layers.briefing.report import Head, Map, Paragraph, Report, Table
from layers.config import LEVELS, Configuration
from layers.desk import Brief, Desk, Draft, Mission, open_mission
from layers.desk.issued import NUMBERED
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import AuditEvent, parse
from tests.command import Command
from tests.missions import NOW, csv_file, empty, geojson_file, row, square

DAY = parse("last=24h")
HEADS = [
    "Period", "Places visited", "Significant incidents", "Action taken", "Special reports in the last 24 hours", "Special tasks",
    "National resources", "Gender-related observations", "General assessment", "Personnel, communications, vehicles",
    "Future activities", "Prepared by, approved by",
]  # fmt: skip
FLASH = [
    "Who",
    "What",
    "Where",
    "When",
    "How",
    "Casualties",
    "Own action",
    "Assessment",
    "Next report",
    "Map",
    "Prepared by, approved by",
]


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True, parties=(("A", "North"), ("B", "South")))
    yield made
    made.close()


def reported(mission: Mission, tmp_path: Path, *rows: dict[str, str]) -> Desk:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / f"reports-{len(rows)}.csv", rows))
    return desk


def patrolled(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    line = [[62.0, -20.0], [62.1, -20.0]]
    tracks = [
        ("LineString", line, {"id": f"t{n}", "route": f"Patrol {n}", "sector": "S1", "started_at": began, "ended_at": ended})
        for n, (began, ended) in enumerate(
            [
                ("2025-12-20T06:00:00Z", "2025-12-20T08:00:00Z"),
                ("2026-01-01T06:00:00Z", "2026-01-01T08:00:00Z"),
            ]
        )
    ]
    desk.submit("patrol_tracks", geojson_file(tmp_path / "tracks.geojson", tracks))
    towns = [
        ("Point", [62.05, -20.001], {"id": "a", "name": "Tessaly"}),
        ("Point", [62.05, -20.1], {"id": "b", "name": "Moluko"}),
    ]
    desk.submit("settlements", geojson_file(tmp_path / "towns.geojson", towns))
    plans = [
        ("LineString", line, {"id": "p1", "name": "Patrol 1", "task": "Visit the villages", "starts_at": began, "ends_at": ended})
        for began, ended in [("2026-01-01T06:00:00Z", "2026-01-01T08:00:00Z")]
    ]
    plans += [
        ("LineString", line, {"id": "p2", "name": "Patrol 2", "task": "Observe", "starts_at": "2026-01-02T06:00:00Z", "ends_at": "2026-01-02T08:00:00Z"}),
        ("LineString", line, {"id": "p3", "name": "Patrol 3", "task": "Later", "starts_at": "2026-01-03T06:00:00Z", "ends_at": "2026-01-03T08:00:00Z"}),
    ]  # fmt: skip
    desk.submit("patrol_routes", geojson_file(tmp_path / "plans.geojson", plans))


def head(of: Report, title: str) -> Head:
    return next(one for one in of.heads if one.title == title)


def table(of: Report, title: str, n: int = 0) -> Table:
    return [block for block in head(of, title).blocks if isinstance(block, Table)][n]


def told(of: Report) -> str:
    blocks = [block for one in of.heads for block in one.shown]
    return " ".join(
        [of.title, of.subtitle, *of.trace, *(block.called if isinstance(block, Map) else repr(block) for block in blocks)]
    )


def test_a_situation_report_has_its_heads_in_order_and_invents_nothing(mission: Mission) -> None:
    of = mission.desk().drafted(DAY, Draft("sitrep"))
    assert [one.title for one in of.heads] == HEADS
    assert head(of, "Period").blocks[1] == Paragraph("No incidents are recorded in the period.")
    assert head(of, "Places visited").blocks == (Paragraph("No patrol track is recorded in the period."),)
    assert head(of, "National resources").blocks == ()
    assert not [block for one in of.heads for block in one.blocks if isinstance(block, Map)]


def test_significant_incidents_come_first_and_their_number_is_the_views(mission: Mission, tmp_path: Path) -> None:
    grave = ["high", "medium", "low", "high", "low"]
    desk = reported(mission, tmp_path, *(row(n, severity=one, text=f"said {n}") for n, one in enumerate(grave)))
    of, tally = desk.drafted(DAY, Draft("sitrep")), desk.sheet(DAY).tally(desk.layer("incidents"))
    found = table(of, "Significant incidents")
    assert [cells[3] for cells in found.rows] == ["High", "High", "Medium"]
    assert found.called == "All 3 incidents above low severity, the most severe first, then the newest"
    high, medium, low = tally.hues
    assert head(of, "Period").blocks[1] == Paragraph(f"5 incidents; by severity: {high} high, {medium} medium, {low} low.")
    assert found.rows[0][1].startswith("41K")
    assert found.rows[0][4] == "North"


def test_of_five_thousand_incidents_the_significant_ones_are_listed_and_all_are_counted(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, *(row(n, severity="high" if n % 50 == 0 else "low") for n in range(5_000)))
    of = desk.drafted(DAY, Draft("sitrep"))
    found = table(of, "Significant incidents")
    assert found.called.startswith("30 of 100 incidents")
    assert {cells[3] for cells in found.rows} == {"High"}
    assert "5,000 incidents; by severity: 100 high" in told(of)
    assert sum(int(cells[1].replace(",", "")) for cells in table(of, "Action taken").rows) == 5_000
    assert table(of, "General assessment").rows[-1][:2] == ("All", "5,000")


def test_places_visited_are_those_a_track_came_by_with_the_patrol_before(mission: Mission, tmp_path: Path) -> None:
    patrolled(mission, tmp_path)
    rows = table(mission.desk().drafted(DAY, Draft("sitrep")), "Places visited").rows
    assert rows == (("Tessaly", "S1", "Patrol 1", "010600Z JAN 26", "010800Z JAN 26", "200800Z DEC 25"),)


def test_a_patrol_that_came_by_no_settlement_is_no_row_of_places(mission: Mission, tmp_path: Path) -> None:
    patrolled(mission, tmp_path)
    far = ("LineString", [[64.0, -21.0], [64.1, -21.0]], {"id": "far", "route": "Patrol 9", "sector": "S2", "started_at": "2026-01-01T07:00:00Z", "ended_at": "2026-01-01T09:00:00Z"})  # fmt: skip
    mission.desk().submit("patrol_tracks", geojson_file(tmp_path / "far.geojson", [far]))
    blocks = head(mission.desk().drafted(DAY, Draft("sitrep")), "Places visited").blocks
    assert isinstance(blocks[0], Table)
    assert [cells[0] for cells in blocks[0].rows] == ["Tessaly"]
    assert Paragraph("1 patrol came within 500 m of no settlement: Patrol 9 (S2).") in blocks


def test_a_table_that_would_tell_nothing_is_a_sentence(mission: Mission, tmp_path: Path) -> None:
    none = {"casualties_low": "0", "casualties_best": "0", "casualties_high": "0"}
    of = reported(mission, tmp_path, row(1, severity="high", **none)).drafted(DAY, Draft("sitrep"))
    assert Paragraph("Follow-up: none is recorded for any of them.") in head(of, "Action taken").blocks
    assert [cells[0] for cells in table(of, "General assessment").rows] == ["In no sector", "All"]
    incidents = table(of, "Significant incidents")
    assert (incidents.called, incidents.rows[0][5]) == ("The one incident above low severity", "None")
    words = told(mission.desk().drafted(DAY, Draft("flash", "r1")))
    assert "The report says there are none." in words
    assert " · At 011000Z JAN 26 · " in words


def test_tasks_are_of_the_period_and_future_activities_of_the_day_after(mission: Mission, tmp_path: Path) -> None:
    patrolled(mission, tmp_path)
    of = mission.desk().drafted(DAY, Draft("sitrep"))
    assert [cells[0] for cells in table(of, "Special tasks").rows] == ["Patrol 1"]
    assert [cells[0] for cells in table(of, "Future activities").rows] == ["Patrol 2"]


def test_counts_stand_against_the_period_before(mission: Mission, tmp_path: Path) -> None:
    before = [row(n, occurred_at="2025-12-31T10:00:00Z") for n in range(3)]
    desk = reported(mission, tmp_path, *before, *(row(n) for n in range(3, 8)))
    assert table(desk.drafted(DAY, Draft("sitrep")), "General assessment").rows[-1] == ("All", "5", "3", "+2", "Not observed")


def test_sensitive_kinds_are_told_by_place_and_week_only(mission: Mission, tmp_path: Path) -> None:
    sectors = [("Polygon", square(60.5, -20.5, 2.0), {"id": "s1", "name": "Sector 1", "code": "S1"})]
    mission.desk().submit("sectors", geojson_file(tmp_path / "sectors.geojson", sectors))
    spared = row(
        1, kind="sexual_violence", severity="high", text="at the mill", place="Watermill", occurred_at="2026-01-01T09:17:00Z"
    )
    desk = reported(mission, tmp_path, spared, row(2, severity="high"))
    grid = "41K LT"
    of = desk.drafted(DAY, Draft("sitrep"))
    assert "2 incidents" in told(of)
    assert len(table(of, "Significant incidents").rows) == 1
    assert table(of, "Gender-related observations").rows[-1][-1] == "1"
    for one in (of, desk.drafted(DAY, Draft("flash", "r1")), desk.drafted(DAY, Draft("violations"))):
        assert not [sign for sign in ("mill", "0917", "09:17", "Watermill") if sign in told(one)]
    flash = desk.drafted(DAY, Draft("flash", "r1"))
    assert "Week of 290000Z DEC 25" in told(flash)
    assert "Sector: S1" in told(flash)
    assert grid not in told(flash)
    assert not [block for one in flash.heads for block in one.blocks if isinstance(block, Map)]
    (shown,) = [block for block in head(of, "Significant incidents").blocks if isinstance(block, Map)]
    assert [len(drawn) for drawn in shown.plate.drawn if drawn.layer.id == "incidents"] == [1]


def test_a_flash_tells_one_incident(mission: Mission, tmp_path: Path) -> None:
    said = row(7, casualties_low="1", casualties_best="2", casualties_high="4", target="school", reliability="B", credibility="2")
    desk = reported(mission, tmp_path, said, row(8, text="another"))
    of = desk.drafted(DAY, Draft("flash", "r7"))
    assert [one.title for one in of.heads] == FLASH
    assert of.title == "FLASH: Firing, Tessaly"
    words = told(of)
    assert all(sign in words for sign in ("Party: North.", "school", "1 / 2 / 4", "grade B2", "011000Z JAN 26", "WGS 84"))
    assert head(of, "Next report").blocks == ()


def test_a_flash_is_of_an_incident_that_is_there(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, row(1))
    with pytest.raises(NotFound, match="no incident 'r9'"):
        desk.drafted(DAY, Draft("flash", "r9"))
    assert desk.register() == []


def test_a_flash_of_what_a_user_may_not_see_is_as_one_that_is_not_there(mission: Mission, tmp_path: Path) -> None:
    reported(mission, tmp_path, row(1, marking="STRICTLY CONFIDENTIAL"))
    low = mission.desk(User("low", frozenset({"briefer"}), LEVELS[0]))
    with pytest.raises(NotFound, match="no incident 'r1'"):
        low.drafted(DAY, Draft("flash", "r1"))


def test_the_marking_is_the_highest_of_what_is_in_it(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, row(1, severity="high"), row(2, marking="CONFIDENTIAL", severity="high"))
    assert desk.drafted(DAY, Draft("sitrep")).band == "EXERCISE · CONFIDENTIAL · EXERCISE"
    low = mission.desk(User("low", frozenset({"briefer"}), LEVELS[0]))
    seen = low.drafted(DAY, Draft("sitrep"))
    assert seen.band == "EXERCISE · UNCLASSIFIED · EXERCISE"
    assert len(table(seen, "Significant incidents").rows) == 1


def test_a_flash_issued_stands_in_the_situation_report_and_marks_it(mission: Mission, tmp_path: Path) -> None:
    old = row(1, marking="CONFIDENTIAL", occurred_at="2025-12-01T10:00:00Z")
    desk = reported(mission, tmp_path, old, row(2))
    assert desk.drafted(DAY, Draft("sitrep")).band == "EXERCISE · UNCLASSIFIED · EXERCISE"
    desk.issue_report(DAY, Draft("flash", "r1"), ("docx",))
    of = desk.drafted(DAY, Draft("sitrep"))
    assert [cells[0] for cells in table(of, "Special reports in the last 24 hours").rows] == ["0001"]
    assert of.band == "EXERCISE · CONFIDENTIAL · EXERCISE"


def test_a_report_on_the_same_subject_is_its_next_version(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, row(1, severity="high"), row(2))
    day = parse("from=2026-01-01T00:00Z&to=2026-01-02T00:00Z")
    made = [desk.issue_report(view, Draft("sitrep"), ("docx",))[0] for view in (day, DAY, day)]
    made.append(desk.issue_report(day, Draft("violations"), ("docx",))[0])
    assert [(one.entry.number, one.entry.edition) for one in made] == [(1, 1), (2, 1), (3, 2), (4, 1)]
    assert made[2].name == "sitrep-0003.docx"
    foot = docx.Document(io.BytesIO(made[2].body)).sections[0].footer.paragraphs[1].text
    assert "Daily situation report 0003, version 2" in foot
    assert [one.edition for one in desk.register()] == [1, 2, 1, 1]


@pytest.mark.parametrize("draft", [Draft("sitrep", approved="Colonel B"), Draft("flash", "r1"), Draft("violations")])
def test_a_report_made_again_has_the_same_bytes_whatever_came_in(tmp_path: Path, draft: Draft) -> None:
    now = [NOW]
    config.write(tmp_path / "mission", Configuration(title="Test mission", box=(60.0, -23.0, 66.0, -17.0)))
    mission = open_mission(tmp_path / "mission", clock=lambda: now[0])
    desk = reported(mission, tmp_path, row(1, severity="high"), row(2))
    patrolled(mission, tmp_path)
    made = desk.issue_report(DAY, draft)
    assert [one.form for one in made] == ["docx", "pdf"]
    now[0] += timedelta(minutes=5)
    desk.submit("incidents", csv_file(tmp_path / "later.csv", [row(3), row(1, text="changed")]))
    desk.issue_report(DAY, Draft("flash", "r3"), ("docx",))
    for one in made:
        assert desk.repeated(one.entry.number, one.form).body == one.body
    assert [len(one.files) for one in desk.register()] == [1, 4]
    mission.close()


def test_what_is_read_back_is_what_was_filled(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, *(row(n, severity="high", text=f"said <b>{n}</b>") for n in range(6)))
    of = desk.drafted(DAY, Draft("sitrep"))
    word, pdf = desk.issue_report(DAY, Draft("sitrep"))
    made = docx.Document(io.BytesIO(word.body))
    assert [one.text for one in made.paragraphs if one.style.name == "Heading 1"] == HEADS
    filled = [block for one in of.heads for block in one.blocks if isinstance(block, Table)]
    assert [[[cell.text for cell in line.cells] for line in one.rows[1:]] for one in made.tables] == [
        [list(cells) for cells in one.rows] for one in filled
    ]
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.body)).pages]
    assert all(page.count(of.band) >= 2 for page in pages)
    assert all(f"said <b>{n}</b>" in " ".join(" ".join(pages).split()) for n in range(6))


def test_violations_are_those_of_the_map_clause_by_clause_for_both_parties(exercise: Mission) -> None:
    desk, month = exercise.desk(), parse("last=30d")
    of, found = desk.drafted(month, Draft("violations")), desk.violations(month)
    summary = table(of, "Summary")
    assert summary.heads == ("Clause", *found.columns)
    for line, one in zip(summary.rows, found.rows, strict=True):
        (title,) = [each.title for each in of.heads if each.title.startswith(f"Clause {one.id}:")]
        assert line == (
            title.removeprefix("Clause ").replace(":", "", 1),
            *(f"{a.count:,} ({b.count:,})" for a, b in zip(one.violations, one.undetermined, strict=True)),
        )
        (under,) = [each for each in of.heads if each.title.startswith(f"Clause {one.id}:")]
        tables = [block for block in under.blocks if isinstance(block, Table)]
        counts = [one.violations[-1].count, one.undetermined[-1].count]
        assert [len(each.rows) for each in tables] == [min(count, 30) for count in counts if count]
        for each in tables:
            verdict = "violation" if ", violations:" in each.called else "undetermined"
            assert all(cells[4].startswith(verdict) for cells in each.rows)
    rules = {str(one["id"]): str(one["text"]) for one in desk.agreement()["clauses"]}  # type: ignore[attr-defined]
    assert all(text in told(of) for text in rules.values())


def test_a_report_needs_a_role_and_leaves_no_line_where_it_is_refused(mission: Mission, tmp_path: Path) -> None:
    reported(mission, tmp_path, row(1))
    viewer = mission.desk(User("viewer", frozenset({"viewer"}), None))
    with pytest.raises(NotAllowed):
        viewer.issue_report(DAY, Draft("sitrep"))
    with pytest.raises(LayersError, match="2,001 characters"):
        mission.desk().issue_report(DAY, Draft("sitrep", title="t" * 2_001))
    assert mission.desk().register() == []


def test_forms_that_are_not_of_its_kind_are_refused(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, row(1))
    desk.issue_report(DAY, Draft("sitrep"), ("docx",))
    with pytest.raises(LayersError, match="make it again as DOCX or PDF"):
        desk.repeated(1, "png")


def test_the_command_line_issues_and_repeats_a_report(
    mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reported(mission, tmp_path, row(1, occurred_at="2026-01-01T10:00:00Z"))
    run, folder = Command(capsys), mission.folder
    view = "from=2026-01-01T00:00Z&to=2026-01-02T00:00Z"
    out = tmp_path / "one.docx"
    said = run.json("brief", folder, "--report", "sitrep", "--view", view, "--out", out, "--approved", "Colonel B")
    assert isinstance(said, dict)
    assert (said["number"], said["kind"], said["edition"], said["form"]) == (1, "sitrep", 1, "docx")
    assert "Colonel B" in docx.Document(out).tables[-1].rows[2].cells[1].text
    run.json("brief", folder, "--repeat", "1", "--out", tmp_path / "again.docx")
    assert (tmp_path / "again.docx").read_bytes() == out.read_bytes()
    run.json("brief", folder, "--report", "flash", "--incident", "r1", "--view", view, "--out", tmp_path / "flash.pdf")
    assert "FLASH: Firing, Tessaly" in pypdf.PdfReader(tmp_path / "flash.pdf").pages[0].extract_text()
    assert "--incident" in run.refused("brief", folder, "--report", "flash", "--view", view, "--out", tmp_path / "no.pdf")
    assert "--report" in run.refused("brief", folder, "--view", view, "--out", tmp_path / "no.docx")
    assert "docx or pdf" in run.refused("brief", folder, "--report", "sitrep", "--view", view, "--out", tmp_path / "no.png")
    assert not list(tmp_path.glob("no.*"))


def test_lines_of_the_register_without_a_kind_are_sheets(mission: Mission, tmp_path: Path) -> None:
    desk = reported(mission, tmp_path, row(1))
    desk.issue(DAY, Brief(), "png")
    job = desk.register()[0].job
    old = {name: value for name, value in job.detail.items() if name not in ("kind", "incident", "approved")}
    mission.store.audit(AuditEvent(NOW, "owner", NUMBERED, "", old))
    assert [(one.job, one.edition) for one in desk.register()] == [(job, 1), (job, 1)]
    assert job.kind == "sheet"
