"""The ground that nobody observed, as a layer: where it lies, when it is shown, how high it is marked, and how it is printed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
import shapely

from layers.access import User
from layers.briefing.drawing import drawing
from layers.briefing.hatch import hatched
from layers.briefing.picture import Strokes
from layers.catalogue.unobserved import AGES, LAYER
from layers.desk import Brief, Mission, plates
from layers.desk.sheet import Sheet
from layers.model import View, parse
from tests.missions import empty
from tests.test_coverage_desk import square, submitted, track

ASKED = parse("last=24h&show=unobserved")
SQUARE_KM2 = 4.186 * 2 * 4.429


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


@pytest.fixture
def driven(mission: Mission, tmp_path: Path) -> Mission:
    """A mission of two sectors: in the middle of the west somebody drove today, in the east a month ago."""
    submitted(mission, tmp_path, "sectors", [square(62.0, "West"), square(62.12, "East")])
    today, before = track(62.0, 62.04, "2026-01-01", "Today"), track(62.12, 62.16, "2025-12-02", "Before")
    today[2]["marking"] = "CONFIDENTIAL"
    submitted(mission, tmp_path, "patrol_tracks", [today, before])
    return mission


def classes(sheet: Sheet) -> dict[tuple[str, str], tuple[shapely.Geometry, float]]:
    """Return what is hatched by its sector and by how long ago it was observed, and its square kilometres."""
    shapes, rows = sheet.shapes(LAYER)
    told = [(shapes.fields[row], shapes.geometry[row]) for row in rows.tolist()]
    return {(str(said["id"]).split()[0], str(said["age"])): (area, float(str(said["area_km2"]))) for said, area in told}


def gaps(sheet: Sheet) -> dict[str, tuple[shapely.Geometry, float]]:
    found = classes(sheet)
    names = {name for name, _ in found}
    parts = {name: [one for (of, _), one in found.items() if of == name] for name in names}
    return {name: (shapely.union_all([area for area, _ in some]), sum(size for _, size in some)) for name, some in parts.items()}


def test_what_nobody_observed_in_the_span_is_left_of_the_sectors(driven: Mission) -> None:
    found = gaps(driven.desk().sheet(ASKED))
    assert found["East"][1] == pytest.approx(SQUARE_KM2, rel=0.05)
    assert found["West"][1] == pytest.approx(SQUARE_KM2 - 4.186 * 0.4, rel=0.05)
    assert not found["West"][0].contains(shapely.Point(62.02, -20.0))
    assert found["West"][0].contains(shapely.Point(62.02, -20.01))
    month_ago = 4.186 * 0.4
    assert {key: size for key, (_, size) in classes(driven.desk().sheet(ASKED)).items()} == {
        ("West", "never"): pytest.approx(SQUARE_KM2 - month_ago, rel=0.05),
        ("East", "month"): pytest.approx(month_ago, rel=0.3),
        ("East", "never"): pytest.approx(SQUARE_KM2 - month_ago, rel=0.05),
    }
    month = gaps(driven.desk().sheet(parse("last=90d&show=unobserved")))
    assert not month["East"][0].contains(shapely.Point(62.14, -20.0))


def test_filters_of_reports_and_a_box_leave_it_as_it_is(driven: Mission) -> None:
    whole = gaps(driven.desk().sheet(ASKED))
    other = gaps(driven.desk().sheet(parse("last=24h&show=unobserved&kind=shelling&bbox=62.1,-20.1,62.2,-19.9")))
    assert {name: size for name, (_, size) in other.items()} == {name: size for name, (_, size) in whole.items()}
    assert set(gaps(driven.desk().sheet(parse("last=24h&show=unobserved&sector=East")))) == {"East"}


def test_of_other_sectors_a_user_bound_to_one_is_told_nothing(driven: Mission) -> None:
    bound = User("patrol", frozenset({"officer"}), None, sectors=frozenset({"West"}))
    assert set(gaps(driven.desk(bound).sheet(ASKED))) == {"West"}


def test_it_is_there_only_where_it_is_asked_for_and_marked_as_what_it_is_made_of(driven: Mission) -> None:
    desk = driven.desk()
    assert LAYER not in desk.sheet(View()).layers
    sheet = desk.sheet(ASKED)
    assert LAYER in sheet.layers
    assert sheet.marking(LAYER) == "CONFIDENTIAL"
    later = desk.sheet(parse("last=1h&show=unobserved"))
    assert later.marking(LAYER) == "CONFIDENTIAL", "an earlier track says when its ground was last observed"
    assert desk.summary(ASKED)["layers"]["unobserved"]["count"] == 3  # type: ignore[index]
    sums = desk.summary(ASKED)["layers"]["unobserved"]["sums"]  # type: ignore[index]
    found = classes(sheet)
    never = found["West", "never"][1] + found["East", "never"][1]
    assert sums == ("0.0 km²", f"{found['East', 'month'][1]:.1f} km²", "0.0 km²", f"{never:.1f} km²")
    shown = desk.shapes(ASKED, "unobserved")["features"]
    assert [one["kind"] for one in shown] == ["area", "area", "area"]  # type: ignore[index, union-attr]
    drawn = {of["id"]: of for of in desk.portrayal()["layers"]}  # type: ignore[attr-defined]
    assert drawn["unobserved"]["asked"]
    assert "200 m of a track or 2 km of a post" in drawn["unobserved"]["basis"]
    steps = [hue["hatch"] for hue in drawn["unobserved"]["hues"]]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] > 0


def test_the_page_tells_the_same_areas_as_the_map(driven: Mission) -> None:
    desk = driven.desk()
    drawn = {key: size for key, (_, size) in classes(desk.sheet(ASKED)).items()}
    told = {(one.name, age.code): size for one in desk.coverage(ASKED).ages for age, size in zip(AGES, one.areas_m2, strict=True)}
    assert {key: size / 1e6 for key, size in told.items() if size} == pytest.approx(drawn, abs=1e-3)


def test_the_view_keeps_it_in_its_link() -> None:
    assert parse("show=unobserved&last=7d").text == "last=7d&show=unobserved"
    assert parse("last=7d&show=../x,UNOBSERVED").text == "last=7d"


def test_a_new_track_changes_it_and_what_the_sheet_holds(driven: Mission, tmp_path: Path) -> None:
    before = driven.desk().sheet(ASKED)
    digest, east = plates.digest(before), gaps(before)["East"][1]
    submitted(driven, tmp_path, "patrol_tracks", [track(62.12, 62.16, "2026-01-01", "Later")])
    after = driven.desk().sheet(ASKED)
    assert gaps(after)["East"][1] == pytest.approx(east - 4.186 * 0.4, rel=0.03)
    assert plates.digest(after) != digest


def test_on_paper_it_is_hatched_told_by_the_legend_and_made_again_alike(driven: Mission) -> None:
    desk = driven.desk()
    made = desk.issue(ASKED, Brief(box=(61.95, -20.1, 62.2, -19.9)), "pdf")
    told = " ".join(pypdf.PdfReader(io.BytesIO(made.body)).pages[0].extract_text().split())
    assert "Not observed in this period: no report is not calm" in told
    assert "Observed 7 to 30 days before" in told
    [size] = re.findall(r"Never observed ([\d.]+) km²", told)
    found = classes(desk.sheet(ASKED))
    assert float(size) == pytest.approx(found["West", "never"][1] + found["East", "never"][1], rel=5e-3)
    assert "Observed is what lay within 200 m of a track or 2 km of a post." in told
    assert {"West", "East"} <= set(told.split()), "names stand on the hatch"
    assert made.entry.job.marking == "CONFIDENTIAL"
    assert desk.repeated(made.entry.number, "pdf").body == made.body
    parts = drawing(plates.plate(desk.sheet(made.entry.job.view), made.entry.job, 1)).picture.parts
    [drawn] = [part for part in parts if part.name == LAYER.id]
    lines = [item for item in drawn.items if isinstance(item, Strokes)]
    assert {item.ink.line for item in lines} == {LAYER.portrayal.hues[n].colour.day for n in (1, 3)}
    assert all(len(item.parts) > 3 and not item.ink.fill for item in lines)
    assert all(len(desk.repeated(1, form).body) > 10_000 for form in ("png", "pptx", "html"))


@pytest.mark.parametrize("step", [0.5, 2.0])
def test_a_hatch_is_as_dense_as_asked_and_ends_at_the_area(step: float) -> None:
    area = shapely.Point(10, 10).buffer(8).difference(shapely.Point(10, 10).buffer(3))
    lines = hatched(area, step)
    assert lines.length * step == pytest.approx(area.area, rel=0.1)
    assert lines.difference(area.buffer(1e-6)).is_empty
    assert hatched(shapely.Polygon(), step).is_empty


def test_side_by_side_areas_share_their_lines() -> None:
    whole, halves = shapely.box(0, 0, 9, 5), (shapely.box(0, 0, 4, 5), shapely.box(4, 0, 9, 5))
    assert sum(hatched(half, 1.3).length for half in halves) == pytest.approx(hatched(whole, 1.3).length)
