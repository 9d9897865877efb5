"""A view issued as a sheet: numbered, marked, written down, and made again byte for byte."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pypdf
import pytest
import shapely
from PIL import Image

from layers import config
from layers.access import User
from layers.briefing import lettering
from layers.briefing.drawing import drawing
from layers.briefing.frame import NoGround
from layers.briefing.picture import Marks
from layers.config import LEVELS, Configuration
from layers.desk import Brief, Mission, open_mission, plates, unprinted
from layers.desk.briefer import PRESS
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import parse
from tests.command import Command
from tests.missions import NOW, csv_file, geojson_file, row, square

ALL = parse("last=all")
LOW = User("low", frozenset({"briefer"}), LEVELS[0])


class Clock:
    """A clock that goes on by a minute each time it is looked at."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    config.write(tmp_path / "m", Configuration(title="Test mission", box=(60.0, -23.0, 66.0, -17.0), exercise=True))
    made = open_mission(tmp_path / "m", clock=Clock())
    made.desk().submit(
        "incidents", csv_file(tmp_path / "rows.csv", [row(n, severity="high" if n < 3 else "low") for n in range(9)])
    )
    yield made
    made.close()


def words(pdf: bytes) -> str:
    """Return what stands on a sheet, blanks as one."""
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_a_sheet_tells_what_it_shows_and_the_register_where_it_came_from(mission: Mission) -> None:
    made = mission.desk().issue(
        parse("last=all&kind=firing"), Brief(title="Morning brief", unit="JOC", to="Force commander"), "pdf"
    )
    told = words(made.body)
    for part in (
        "Morning brief",
        "Sheet 0001",
        "EXERCISE · UNCLASSIFIED · EXERCISE",
        "9 incidents",
        "Firing",
        "For Force commander",
        "Owner, JOC",
    ):
        assert part in told, part
    assert told.count("EXERCISE · UNCLASSIFIED · EXERCISE") == 2
    [entry] = mission.desk().register()
    assert (entry.called, entry.job.title, entry.job.to, entry.job.marking) == (
        "0001",
        "Morning brief",
        "Force commander",
        "UNCLASSIFIED",
    )
    [file] = entry.files
    assert (file.form, file.size, file.digest) == ("pdf", len(made.body), hashlib.sha256(made.body).hexdigest())
    assert entry.job.rows[:16] in told
    assert entry.job.head[:16] in told
    assert mission.desk().verify().ok


@pytest.mark.parametrize("form", ["pdf", "png", "pptx", "html"])
def test_a_sheet_is_made_again_byte_for_byte_whatever_came_since(mission: Mission, tmp_path: Path, form: str) -> None:
    desk = mission.desk()
    made = desk.issue(parse("last=24h"), Brief(), form)  # type: ignore[arg-type]
    desk.submit("incidents", csv_file(tmp_path / "more.csv", [row(n, text="changed") for n in range(5, 20)]))
    desk.withdraw(
        "incidents", {"r1": int(desk.sheet(ALL).features("incidents").reset_index().set_index("id")["version"]["r1"])}, "double"
    )
    assert desk.sheet(ALL).count(desk.layer("incidents")) == 19
    PRESS.close()
    again = desk.repeated(made.entry.number, form)  # type: ignore[arg-type]
    assert again.body == made.body
    assert [file.digest for file in again.entry.files] == [hashlib.sha256(made.body).hexdigest()] * 2


def test_land_reaches_as_far_as_the_map_and_near_the_mission_no_further_than_is_kept_at_hand(mission: Mission) -> None:
    record = mission.desk().sheet(ALL).record
    near, far = (plates.land(record, box).base[0].shapes for box in ((61.0, -21.0, 63.0, -19.0), (30.0, -30.0, 66.0, 0.0)))
    africa = shapely.Point(35.0, -15.0)
    assert not any(shape.contains(africa) for shape in near)
    assert any(shape.contains(africa) for shape in far)
    png = mission.desk().previewed(ALL, Brief(box=(30.0, -30.0, 66.0, 0.0)))
    seen = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    assert (seen == (0xF3, 0xF1, 0xEA)).all(axis=2).mean() > 0.1


def test_signs_that_no_font_has_are_told_beside_the_preview_and_with_what_is_issued(mission: Mission) -> None:
    lacking = lettering.unprintable("中停\U0001f9ff\U00014400\U00017000\U00018b00")
    assert lacking, "this machine has a font for every script"
    desk, odd = mission.desk(), Brief(title=f"Brief {lacking}", to=f"Staff {lacking[0]}")
    told = unprinted.asked(odd)
    assert [told.count(f"U+{ord(sign):04X}") for sign in lacking] == [1] * len(lacking)
    assert unprinted.issued(desk.issue(ALL, odd, "png")) == told
    assert unprinted.issued(desk.issue(ALL, odd, "html")) == ""
    assert unprinted.asked(Brief(title="Morning brief – Пост", to="J2")) == ""


@pytest.mark.parametrize(("zone", "told"), [("UTC", ""), ("Asia/Damascus", " (0900 local)")])
def test_the_local_time_is_told_where_it_is_another(tmp_path: Path, zone: str, told: str) -> None:
    config.write(tmp_path / "m", Configuration(title="Test mission", box=(60.0, -23.0, 66.0, -17.0), timezone=zone))
    made = open_mission(tmp_path / "m", clock=lambda: datetime(2026, 11, 28, 6, 0, tzinfo=UTC))
    try:
        body = made.desk().issue(ALL, Brief(), "pdf").body
    finally:
        made.close()
    assert f"280600Z NOV 26{told} Made" in words(body)


def test_a_title_without_end_is_cut_on_paper_and_the_briefer_is_told(mission: Mission) -> None:
    desk, long = mission.desk(), "Violations along the line " * 70
    made = desk.issue(ALL, Brief(title=long), "pdf")
    printed = re.search("“(.+…)”", made.cut)
    assert printed
    assert printed[1] in words(made.body)
    for told in (made.cut, desk.cut(ALL, Brief(title=long))):
        assert told.startswith(f"The title has {len(long.strip()):,} characters")
    assert desk.issue(ALL, Brief(title=long), "html").cut == ""
    assert desk.issue(ALL, Brief(title="Morning brief of the force"), "pdf").cut == desk.cut(ALL, Brief()) == ""


def test_a_legend_calls_a_zone_what_the_agreement_calls_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    zone = ("Polygon", square(61.0, -20.5, 1.0), {"id": "z", "name": "The zone", "kind": "area_of_separation"})
    desk.submit("zones", geojson_file(tmp_path / "zone.geojson", [zone]))
    told = words(desk.issue(ALL, Brief(), "pdf").body)
    assert "Area of separation" in told
    assert "Buffer zone" not in told


def test_numbers_follow_one_another_and_what_cannot_be_drawn_takes_none(mission: Mission) -> None:
    desk = mission.desk()
    with pytest.raises(NoGround):
        desk.issue(ALL, Brief(box=(61.0, 95.0, 62.0, 99.0)), "png")
    for brief, view in (
        (Brief(box=(61.0, -20.0, 61.0, -20.0)), ALL),
        (Brief(box=(61.0, -21.0, 61.0, -20.0)), ALL),
        (Brief(), replace(ALL, box=(61.0, -20.0, 62.0, -20.0))),
    ):
        with pytest.raises(NoGround, match=r"has no (width|height).* draw it over some ground"):
            desk.issue(view, brief, "png")
    with pytest.raises(LayersError, match="at most 2,000"):
        desk.issue(ALL, Brief(title="x" * 2_001), "png")
    assert desk.register() == []
    desk.previewed(ALL, Brief())
    assert [desk.issue(ALL, Brief(), "png").entry.number for _ in range(2)] == [1, 2]
    assert [entry.called for entry in desk.register()] == ["0002", "0001"]


def test_who_may_not_see_a_sheet_finds_no_line_of_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    desk.submit("incidents", csv_file(tmp_path / "marked.csv", [row(30, marking=LEVELS[1])]))
    marked = desk.issue(ALL, Brief(), "pdf")
    assert marked.entry.job.marking == LEVELS[1]
    assert words(marked.body).count(f"EXERCISE · {LEVELS[1]} · EXERCISE") == 2
    low = mission.desk(LOW)
    assert low.register() == []
    with pytest.raises(NotFound, match="0001"):
        low.repeated(1, "pdf")
    plain = low.issue(ALL, Brief(), "pdf")
    assert plain.entry.job.marking == LEVELS[0]
    assert "9 incidents" in words(plain.body)
    # The owner sees more than was on it, so it is not made again as something else.
    with pytest.raises(LayersError, match="showed other rows"):
        desk.repeated(plain.entry.number, "pdf")
    with pytest.raises(NotAllowed):
        mission.desk(replace(LOW, roles=frozenset({"viewer"}))).issue(ALL, Brief(), "png")


def test_a_view_without_records_and_a_mission_without_any_are_sheets_too(mission: Mission, tmp_path: Path) -> None:
    assert "0 incidents" in words(mission.desk().issue(parse("last=all&kind=laser"), Brief(), "pdf").body)
    config.write(tmp_path / "new", Configuration(title="New", box=(60.0, -23.0, 66.0, -17.0)))
    new = open_mission(tmp_path / "new", clock=Clock())
    made = new.desk().issue(ALL, Brief(), "pdf")
    assert "0 incidents" in words(made.body)
    assert new.desk().repeated(1, "pdf").body == made.body
    new.close()


def test_what_is_new_since_the_last_brief_is_ringed_and_counted(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    ended = desk.issue(ALL, Brief(), "png").entry.job.as_of
    desk.submit("incidents", csv_file(tmp_path / "new.csv", [row(n) for n in range(50, 54)]))
    made = desk.issue(parse("from=2026-01-01T09:00Z&to=2026-01-01T11:00Z"), Brief(since=ended), "pdf")
    told = words(made.body)
    assert "13 incidents, ▲13 on the period before" in told
    assert "New or changed since" in told
    plate = plates.plate(desk.sheet(made.entry.job.view), made.entry.job, 2)
    [drawn] = [one for one in plate.drawn if one.layer.tiled]
    assert drawn.ringed.sum() == 4
    rings = [
        item for part in drawing(plate).picture.parts for item in part.items if isinstance(item, Marks) and not item.ink.fill
    ]
    assert sorted(len(item.x) for item in rings) == [1, 4]  # one of them in the legend
    assert desk.repeated(2, "pdf").body == made.body
    assert all(len(desk.repeated(2, form).body) > 10_000 for form in ("png", "pptx", "html"))


def test_a_sheet_counts_and_sources_what_lies_in_its_frame(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    far = [row(n, longitude="65.5", latitude="-22.5", source="outpost") for n in range(20, 24)]
    desk.submit("incidents", csv_file(tmp_path / "far.csv", far))
    made = desk.issue(
        parse("from=2026-01-01T09:00Z"), Brief(box=(60.9, -20.1, 61.1, -19.9), since=NOW - timedelta(days=1)), "pdf"
    )
    told = words(made.body)
    assert "9 incidents on this sheet of 13 in the view (▲13 on the period before, none withdrawn)" in told
    assert "Sources: patrol " in f"{told} "
    assert "outpost" not in told
    assert desk.repeated(1, "pdf").body == made.body
    whole = words(desk.issue(ALL, Brief(), "pdf").body)
    assert "13 incidents" in whole
    assert "in the view" not in whole
    assert "Sources: patrol, outpost" in whole


@pytest.mark.parametrize(("west", "scale"), [(60.9, 0.0), (61.0045, 50_000.0), (61.0, 2_500.0), (63.0, 100_000.0)])
def test_the_subtitle_counts_what_the_legend_counts(mission: Mission, west: float, scale: float) -> None:
    desk = mission.desk()
    job = replace(desk.issue(ALL, Brief(), "html").entry.job, box=(west, -20.01, west + 0.004, -19.99), scale=scale)
    plate = plates.plate(desk.sheet(job.view), job, 1)
    [counted] = [one.count() for one in drawing(plate).layers if one.layer.id == "incidents"]
    assert plate.told.subtitle.endswith("· 9 incidents" if counted == 9 else " on this sheet of 9 in the view")
    assert f"· {counted} incident" in plate.told.subtitle


def test_the_preview_is_the_sheet_and_leaves_no_line(mission: Mission) -> None:
    desk = mission.desk()
    small = Image.open(io.BytesIO(desk.previewed(ALL, Brief(size="16:9"))))
    assert small.width / small.height == pytest.approx(16 / 9, rel=0.01)
    pixels = np.asarray(small.convert("L"))
    assert pixels.min() < 60 < 240 < pixels.max()
    assert [row.act for row in mission.store.audit_rows() if row.act in ("brief", "issue")] == []


def test_a_press_that_died_is_started_anew(mission: Mission) -> None:
    first = mission.desk().previewed(ALL, Brief())
    child = PRESS._child
    assert child is not None
    child.kill()
    child.wait()
    assert mission.desk().previewed(ALL, Brief())[:8] == first[:8]


def test_the_command_issues_and_repeats(mission: Mission, tmp_path: Path, run: Command) -> None:
    folder, first, again = tmp_path / "m", tmp_path / "a.pdf", tmp_path / "b.pdf"
    told = run.json("brief", folder, "--view", "last=all", "--out", first, "--title", "By hand", "--frame", 60.5, -21, 62, -19)
    assert isinstance(told, dict)
    assert (told["number"], told["form"], told["sha256"]) == (1, "pdf", hashlib.sha256(first.read_bytes()).hexdigest())
    status, out, _ = run("brief", folder, "--repeat", 1, "--out", again)
    assert status == 0
    assert "Sheet 0001" in out
    assert again.read_bytes() == first.read_bytes()
    assert "already exists" in run.refused("brief", folder, "--view", "last=all", "--out", first)
    assert ".pdf, .png, .pptx, .html" in run.refused("brief", folder, "--view", "last=all", "--out", tmp_path / "a.doc")
    assert "no sheet 0007" in run.refused("brief", folder, "--repeat", 7, "--out", tmp_path / "c.pdf")
    assert "--scale is 0; give how many metres" in run.refused(
        "brief", folder, "--view", "last=all", "--out", tmp_path / "s.pdf", "--scale", 0
    )
    assert "nothing can be written in /proc" in run.refused("brief", folder, "--view", "last=all", "--out", "/proc/x.pdf")
    assert run.json("brief", folder, "--repeat", 1, "--out", tmp_path / "d.pdf")["number"] == 1
    assert len(mission.desk().register()) == 1


def test_a_series_is_a_sheet_for_each_day_or_sector_under_numbers_of_their_own(
    mission: Mission, tmp_path: Path, run: Command
) -> None:
    desk = mission.desk()
    rows = [row(n, occurred_at=f"2026-01-0{n - 39}T10:00:00Z", reported_at="") for n in range(40, 43)]
    desk.submit("incidents", csv_file(tmp_path / "days.csv", rows))
    told: list[tuple[int, int, str]] = []
    view = parse("from=2026-01-01T00:00Z&to=2026-01-03T00:00Z")
    made = list(desk.issue_series(view, Brief(title="Day by day"), "pdf", "day", progress=lambda *said: told.append(said)))
    assert told == [(1, 2, "01 JAN 2026"), (2, 2, "02 JAN 2026")]
    assert [one.entry.number for one in made] == [1, 2]
    counts = [desk.sheet(one.entry.job.view).count(desk.layer("incidents")) for one in made]
    assert sum(counts) == desk.sheet(view).count(desk.layer("incidents")) == 11
    for one, count in zip(made, counts, strict=True):
        assert f"{count} incident" in words(one.body)
        assert one.entry.job.title in words(one.body)
    with pytest.raises(LayersError, match="holds no sector"):
        desk.issue_series(ALL, Brief(), "pdf", "sector")
    with pytest.raises(LayersError, match="at most 62"):
        desk.issue_series(parse("from=2025-01-01T00:00Z&to=2026-01-01T00:00Z"), Brief(), "pdf", "day")
    status, out, _ = run("brief", tmp_path / "m", "--view", view.text, "--each", "day", "--out", tmp_path / "d.png")
    assert status == 0
    assert sorted(path.name for path in tmp_path.glob("d-*.png")) == ["d-0003.png", "d-0004.png"]
    assert "02 JAN 2026" in out
