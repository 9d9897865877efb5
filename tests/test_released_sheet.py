"""A sheet that leaves under a release profile: what it shows and tells, under which marking, and the same again."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from layers.access import User
from layers.briefing.forms import Form
from layers.briefing.placed import Placed
from layers.config import LEVELS
from layers.desk import Brief, Mission, Release, letout, open_mission
from layers.desk import released as law
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import parse
from layers.notation import dtg, snapped
from layers.serve import serve
from tests import missions, released
from tests.command import Command
from tests.missions import NOW
from tests.rasters import add, pair
from tests.released import ASKED, SECRET
from tests.site import ROOT

ALL = parse("last=all")
BRIEF = Brief("Week in the buffer zone", release=ASKED)
GONE = ("Miller", "7700", "example.org", "Tessaly", "last=all", "alone", "17:33", "1017Z")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = released.mission(tmp_path)
    yield made
    made.close()


def words(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_a_sheet_shows_and_tells_what_the_profile_lets_out(mission: Mission) -> None:
    made = mission.desk().issue(ALL, BRIEF, "pdf")
    told = words(made.body)
    for there in (
        LEVELS[0], "6 incidents", "under Partner release by owner: Agreed with the liaison cell", "5 records in cells of fewer than 5 alike",
        "Released: Partner release", "by the week", "middle of an MGRS cell of 10 km", "Sheet 0001",
    ):  # fmt: skip
        assert there in told
    for gone in (*GONE, SECRET, "not cleared for publication"):
        assert gone not in told
    assert (made.entry.job.marking, law.terms(made.entry.job.release).own) == (LEVELS[0], SECRET)  # type: ignore[union-attr]


def test_a_released_sheet_counts_what_lies_in_its_frame(mission: Mission) -> None:
    here, away = (
        words(mission.desk().issue(ALL, replace(BRIEF, box=box), "pdf").body)
        for box in ((60.5, -20.5, 61.5, -19.5), (64.0, -22.5, 65.0, -21.5))
    )
    assert "6 incidents" in here
    assert "in the view" not in here
    assert "0 incidents on this sheet of 6 in the view" in away
    assert "Sources: patrol" in here
    assert "Sources:" not in away


@pytest.mark.parametrize("form", get_args(Form))
def test_it_is_made_again_byte_for_byte(mission: Mission, form: Form) -> None:
    made = mission.desk().issue(ALL, BRIEF, form)
    assert mission.desk().repeated(made.entry.number, form).body == made.body


def test_points_lie_in_the_middle_of_their_cells_and_few_alike_are_not_there(mission: Mission) -> None:
    sheet = mission.desk().sheet(ALL)
    terms = law.decided(sheet.record, sheet.user, ASKED, SECRET)
    held = {let.of.id: drawn for let, _, drawn in letout.shown(sheet, terms)}
    lon, lat = snapped([61.02], [-20.0], 10_000)
    assert np.array_equal(held["incidents"].lon, np.repeat(lon, 6))
    assert np.array_equal(held["incidents"].lat, np.repeat(lat, 6))
    assert held["incidents"].names == ()
    assert held.keys() == {"zones", "incidents"}
    assert held["zones"].shapes[0].bounds == (61, -20.5, 62, -19.5)


def test_a_page_of_the_web_tells_the_kept_fields_alone(mission: Mission) -> None:
    page = mission.desk().issue(ALL, BRIEF, "html").body.decode()
    assert "two bangs" in page
    for gone in (*GONE, SECRET, "shells"):
        assert gone not in page


def test_what_follows_from_a_field_that_is_left_out_is_drawn_alike(mission: Mission) -> None:
    of = mission.desk().layer("incidents")
    profile = released.PARTNER
    bare = law.layer(type(profile)("p", "P", LEVELS[0], keep=(("incidents", ("occurred_at",)),)), of)
    assert bare is not None
    assert (len(bare.portrayal.hues), len(bare.portrayal.glyphs)) == (1, 1)
    whole = law.layer(profile, of)
    assert whole is not None
    assert whole.portrayal == of.portrayal


@pytest.mark.parametrize(
    ("brief", "named"),
    [
        (Brief("Call Sgt. Miller", release=ASKED), "the title seems to hold a name"),
        (Brief("Shelling at 41K MU 6482 1013", release=ASKED), "the title seems to hold a grid or coordinates"),
        (
            Brief(release=Release("partner", "For the mine at -20.1512, 62.3312")),
            "the reason seems to hold a grid or coordinates",
        ),
        (Brief(release=Release("partner", "")), "the reason of a release is 0 characters long"),
        (Brief(release=Release("lines", "asked")), None),
    ],
)
def test_what_cannot_be_released_takes_no_number(mission: Mission, brief: Brief, named: str | None) -> None:
    view = ALL if named else parse("last=all&hide=ceasefire_lines")
    with pytest.raises(LayersError, match=named or "lets nothing of this view out"):
        mission.desk().issue(view, brief, "pdf")
    assert mission.desk().register() == []


def test_a_briefer_issues_but_does_not_release(mission: Mission) -> None:
    briefer = mission.desk(User("briefer", frozenset({"briefer"}), None))
    assert briefer.issue(ALL, Brief(), "pdf").entry.job.marking == SECRET
    for act in (lambda: briefer.issue(ALL, BRIEF, "pdf"), lambda: briefer.previewed(ALL, BRIEF)):
        with pytest.raises(NotAllowed, match="may not release"):
            act()


def test_the_register_keeps_the_terms(mission: Mission) -> None:
    mission.desk().issue(ALL, BRIEF, "png")
    [line] = mission.store.audit_rows(act="brief")
    kept = json.loads(json.loads(line.body)["release"])
    assert (kept["who"], kept["reason"], kept["own"], kept["profile"]["id"]) == ("owner", ASKED.reason, SECRET, "partner")


def test_the_command_issues_and_repeats_it(mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mission.close()
    run, folder = Command(capsys), tmp_path / "m"
    asked = ("brief", folder, "--view", "last=all", "--title", "Week", "--release", "partner", "--reason", "agreed")
    assert run(*asked, "--out", tmp_path / "a.png")[0] == 0
    assert run("brief", folder, "--repeat", "1", "--out", tmp_path / "b.png")[0] == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert "a report keeps the marking of its rows" in run.refused(*asked, "--report", "sitrep", "--out", tmp_path / "c.pdf")


def test_the_page_asks_for_the_reason_before_it_draws(mission: Mission) -> None:
    serve(mission)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    page.query_params["v"] = "last=all"
    shown = page.run()
    assert not shown.exception
    shown.selectbox(key="brief-release").select("partner")
    shown = page.run()
    assert any("Give a reason for the release" in one.value for one in shown.info)
    assert next(button for button in shown.button if button.label == "Issue").disabled
    shown.text_input(key="brief-reason").input("agreed")
    shown = page.run()
    next(button for button in shown.button if button.label == "Issue").click()
    shown = page.run()
    assert not shown.exception
    assert any(f"Sheet 0001 is issued, {LEVELS[0]}" in one.value.replace("\\", "") for one in shown.success)


def test_no_scene_is_released_and_nothing_is_ringed(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    digest = add(desk, pair(tmp_path)[0], marking=SECRET).digest
    view, since = parse(f"last=all&scene={digest}"), NOW - timedelta(days=9)
    made = desk.issue(view, Brief(release=ASKED, since=since), "pdf")
    assert "the imagery under the map" in words(made.body)
    assert made.entry.job.since is None
    assert desk.issue(ALL, Brief(release=ASKED), "html").body.count(b"data:image/webp") == 0
    assert desk.repeated(made.entry.number, "pdf").body == made.body


def test_a_series_does_not_tell_times_finer_than_its_profile(mission: Mission) -> None:
    desk = mission.desk()
    with pytest.raises(LayersError, match="tells times by the week, and a sheet for each day would tell the day"):
        desk.issue_series(ALL, BRIEF, "pdf", "day")
    assert desk.register() == []
    hourly = Brief(release=Release("most", "asked"))
    made = list(desk.issue_series(parse("from=2025-12-30T00:00Z&to=2026-01-01T00:00Z"), hourly, "png", "day"))
    assert [(one.entry.job.title, one.entry.job.marking) for one in made] == [
        ("30 DEC 2025", LEVELS[0]),
        ("31 DEC 2025", LEVELS[0]),
    ]


def test_the_register_tells_of_a_release_to_those_who_may_see_what_it_was_made_of(mission: Mission) -> None:
    made = mission.desk().issue(ALL, BRIEF, "png")
    low = mission.desk(User("low", frozenset({"briefer"}), LEVELS[0]))
    assert low.register() == []
    with pytest.raises(NotFound):
        low.repeated(made.entry.number, "png")
    serve(mission)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    shown = page.run()
    shown.segmented_control[0].select("Register")
    shown = page.run()
    [table] = shown.dataframe
    assert table.value["Released"].tolist() == ["Partner release"]
    assert f"Partner release by owner: {ASKED.reason}" in "".join(one.proto.body for one in shown.get("html"))
    assert table.value["Marking"].tolist() == [LEVELS[0]]


def test_whom_to_ask_for_a_release_is_said_to_a_briefer_alone(mission: Mission, tmp_path: Path) -> None:
    assert mission.desk(User("briefer", frozenset({"briefer"}), None)).release_asked_of() == "analyst or officer"
    assert mission.desk(User("officer", frozenset({"officer"}), None)).release_asked_of() == ""
    bare = open_mission(missions.empty(tmp_path / "bare").folder)
    assert bare.desk(User("briefer", frozenset({"briefer"}), None)).release_asked_of() == ""
    bare.close()


def test_the_page_of_reports_says_that_they_keep_their_marking(mission: Mission) -> None:
    serve(mission)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    shown = page.run()
    shown.segmented_control[0].select("Reports")
    shown = page.run()
    assert any("A report keeps the highest marking of what it tells" in one.value for one in shown.caption)


def test_it_names_the_filters_that_may_be_told_and_says_that_there_are_others(mission: Mission) -> None:
    told = words(mission.desk().issue(parse("last=all&kind=firing"), BRIEF, "pdf").body)
    assert "Kind: Firing" in told
    assert "by what is not told here" not in told
    told = words(mission.desk().issue(parse("last=all&reliability=F"), BRIEF, "pdf").body)
    assert "only some of them, by what is not told here" in told
    assert "Reliability" not in told


def test_a_period_that_is_but_a_part_of_its_weeks_says_so(mission: Mission) -> None:
    assert f"to {dtg(NOW)}, by the week" in words(mission.desk().issue(ALL, BRIEF, "pdf").body), "no time to come"
    assert "Part of the time from" in words(mission.desk().issue(parse("last=24h"), BRIEF, "pdf").body)
    whole = parse("from=2025-12-29T00:00Z&to=2026-01-05T00:00Z")
    assert f"From 290000Z DEC 25 to {dtg(NOW)}, by the week" in words(mission.desk().issue(whole, BRIEF, "pdf").body)


def test_how_few_were_left_out_is_not_told(mission: Mission) -> None:
    made = words(mission.desk().issue(parse("last=all&kind=shelling"), BRIEF, "pdf").body)
    assert "0 incidents" in made
    assert "left out: under 5 records in cells of fewer than 5 alike" in made


def test_of_a_class_of_few_no_number_is_told(mission: Mission) -> None:
    sheet = mission.desk().sheet(ALL)
    terms = law.decided(sheet.record, sheet.user, ASKED, SECRET)
    (drawn,) = (of for let, _, of in letout.shown(sheet, terms) if let.of.id == "incidents")
    assert drawn.fewest == 5
    placed = Placed(drawn, np.ones(len(drawn), bool), drawn.lon, drawn.lat, np.empty(0, object))
    assert [placed.told(count) for count in (0, 1, 4, 5, 6)] == ["0", "under 5", "under 5", "5", "6"]


def test_a_page_of_the_web_cannot_be_clicked_to_count_what_its_legend_does_not_tell(tmp_path: Path) -> None:
    made = released.mission(tmp_path)
    graver = [row | {"severity": "high", "marking": SECRET} for row in released.ROWS[:2]]
    more = [
        missions.row(20 + n, longitude="61.02", text="two bangs", marking=SECRET, severity="high" if n < 2 else "low")
        for n in range(9)
    ]
    made.desk().submit("incidents", missions.csv_file(tmp_path / "more.csv", [*graver, *more]))
    page = made.desk().issue(ALL, BRIEF, "html").body.decode()
    made.close()
    assert "Severity: high</span><data>under 5" in page
    sheet = json.loads(re.search(r'id="sheet">(.*?)</script>', page)[1])  # type: ignore[index]
    told, (signs,) = sheet["details"]["incidents"], [part["items"] for part in sheet["parts"] if part["layer"] == "incidents"]
    assert len(signs) == 1
    written = [
        item["text"]
        for part in sheet["parts"]
        if part["layer"] == "names"
        for item in part["items"]
        if item["layer"] == "incidents"
    ]
    assert written == [f"{len(signs[0]['x'])}"]
    rows = [dict(zip(told["labels"], row, strict=True)) for row in told["rows"].values()]
    assert {row["Severity"] for row in rows} == {"not told: too few"}
    assert {row["Kind"] for row in rows} == {"Firing"}
    for size in (1, 2, 3):
        for labels in itertools.combinations(told["labels"], size):
            alike = Counter(tuple(row[label] for label in labels) for row in rows if all(row[label] for label in labels))
            assert min(alike.values(), default=5) >= 5
