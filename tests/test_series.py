"""A series: each sheet on its own ground, and none of those that were made is lost where a later one fails."""

from __future__ import annotations

import io
import itertools
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from layers import config
from layers.briefing.frame import grounds
from layers.commands import brief
from layers.config import LEVELS, Configuration
from layers.desk import Brief, Desk, Issued, Mission, Release, open_mission, wording
from layers.desk.series import Unfinished, about
from layers.errors import LayersError
from layers.model import Box, View, parse
from layers.serve import serve
from tests import released
from tests.command import Command
from tests.fetches import fetches
from tests.missions import ALL, NOW, csv_file, empty, geojson_file, row, square
from tests.site import ROOT

#: Sectors of the test mission: code, and west, south and size in degrees.
SECTORS = {"S1": (60.9, -20.1, 0.3), "S2": (63.0, -19.0, 1.0)}
#: So long that it fits before "Sector S1", and not before a longer code.
LONG = "x" * 1_989


def sectored(mission: Mission, folder: Path, sectors: dict[str, tuple[float, float, float]], **fields: object) -> Mission:
    """Give a mission sectors and three incidents in the first of them."""
    areas = [("Polygon", square(*at), {"id": code, "name": code, "code": code} | fields) for code, at in sectors.items()]
    mission.desk().submit("sectors", geojson_file(folder / "sectors.geojson", areas))
    mission.desk().submit("incidents", csv_file(folder / "rows.csv", [row(n) for n in range(3)]))
    return mission


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = sectored(empty(tmp_path / "m"), tmp_path, SECTORS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Yield the desk of a mission whose one sector has a name beside its code."""
    folder = tmp_path_factory.mktemp("named")
    made = sectored(empty(folder / "m"), folder, {"S1": SECTORS["S1"]}, name="Sector 1")
    yield made.desk()
    made.close()


def boxes(mission: Mission, view: View = ALL, brief: Brief = Brief(), each: str = "sector") -> list[Box]:  # noqa: B008
    return [one.entry.job.box for one in mission.desk().issue_series(view, brief, "html", each)]  # type: ignore[arg-type]


def within(box: Box, lon: float, lat: float) -> bool:
    return (lon - box[0]) % 360 <= (box[2] - box[0]) % 360 and box[1] <= lat <= box[3]


@given(
    st.lists(
        st.tuples(st.integers(-180, 179), st.integers(1, 100), st.integers(-80, 70), st.integers(1, 10)), min_size=1, max_size=6
    )
)
def test_the_box_about_areas_is_the_smallest_that_holds_them_wherever_they_lie(spans: list[tuple[int, int, int, int]]) -> None:
    areas = []
    for west, width, south, height in spans:
        areas.append(shapely.box(west, south, min(west + width, 180), south + height))
        if west + width > 180:
            areas.append(shapely.box(-180, south, west + width - 360, south + height))
    held = [max((one - begin) % 360 + wide for one, wide, _, _ in spans) for begin, _, _, _ in spans]
    width, height = min(held), max(s + h for _, _, s, h in spans) - min(s for _, _, s, _ in spans)
    margin = 0.05 * max(width, height)
    found = about(areas)
    if width + 2 * margin >= 360:
        assert found is None
        return
    assert found is not None
    assert (found[2] - found[0]) % 360 == pytest.approx(width + 2 * margin)
    assert all(within(found, lon, lat) for lon, lat in shapely.get_coordinates(areas).tolist())


def test_a_sector_around_a_pole_and_no_sector_at_all_have_no_box() -> None:
    assert about([shapely.Polygon([(lon, 80) for lon in range(-180, 180, 30)])]) is None
    assert about([]) is None


def test_sheets_by_sector_are_framed_each_on_its_sector(mission: Mission) -> None:
    made = list(mission.desk().issue_series(ALL, Brief(title="Now"), "pdf", "sector"))
    assert [one.entry.job.title for one in made] == ["Now: Sector S1", "Now: Sector S2"]
    scales = []
    for one, (west, south, size) in zip(made, SECTORS.values(), strict=True):
        margin = size / 20
        assert one.entry.job.box == pytest.approx((west - margin, south - margin, west + size + margin, south + size + margin))
        [frame] = grounds("A4", one.entry.job.box, 0.0, portrait=one.entry.job.portrait, twice=False)
        assert all(within(frame.box, lon, lat) for lon in (west, west + size) for lat in (south, south + size))
        words = pypdf.PdfReader(io.BytesIO(one.body)).pages[0].extract_text()
        assert f"1:{frame.scale:,.0f} at A4" in words
        assert "what has no sector is shown whole" in words
        scales.append(frame.scale)
    part, wanted, of = mission.desk().first(ALL, Brief(title="Now"), "sector")
    assert (part.label, of, wanted.title, wanted.box) == ("Sector S1", 2, "Now: Sector S1", made[0].entry.job.box)
    assert len(mission.desk().register()) == 2, "a preview takes no number"
    assert scales[0] < scales[1] < grounds("A4", mission.configuration.box, 0.0, portrait=False, twice=False)[0].scale
    assert mission.desk().repeated(2, "pdf").body == made[1].body


def test_a_high_and_narrow_sector_is_larger_on_its_own_sheet_and_bears_the_name_it_has_on_the_map(tmp_path: Path) -> None:
    strip = (62.3, -22.8, 0.9)
    made = sectored(empty(tmp_path / "m"), tmp_path, {"S1": SECTORS["S1"]})
    west, south, wide = strip
    ring = [[[west, south], [west + wide, south], [west + wide, south + 5.6], [west, south + 5.6], [west, south]]]
    area = ("Polygon", ring, {"id": "S2", "name": "River sector", "code": "S2"})
    assert made.desk().submit("sectors", geojson_file(tmp_path / "strip.geojson", [area])).new == 1
    box = made.configuration.box
    overview = min(grounds("A4", box, 0.0, portrait=way, twice=False)[0].scale for way in (False, True))
    job = list(made.desk().issue_series(ALL, Brief(), "html", "sector"))[-1].entry.job
    [frame] = grounds("A4", job.box, job.scale, portrait=job.portrait, twice=False)
    assert job.title == "River sector"
    assert job.portrait
    assert frame.scale < overview
    assert frame.rect.height > frame.rect.width, "the legend is beside the map, not below"
    shown = frame.box
    assert shown[0] <= west
    assert shown[2] >= west + wide
    assert shown[1] <= south
    assert shown[3] >= south + 5.6
    made.close()


@pytest.mark.parametrize(
    ("view", "title"),
    [
        ("last=all", "Incidents"),
        ("last=all&sector=S1", "Incidents, Sector 1"),
        ("last=all&kind=firing", "Incidents, firing"),
        ("last=all&kind=firing,shelling&sector=S1", "Incidents, firing and shelling, Sector 1"),
        ("last=all&severity=high,low", "Incidents, severity high and low"),
        ("last=all&party=A", "Incidents, Party A"),
        ("last=all&where=incidents,inside,sectors", "Incidents in Sector 1"),
    ],
)
def test_a_sheet_without_a_title_is_called_as_a_person_would_call_it(named: Desk, view: str, title: str) -> None:
    assert wording.title(named.sheet(parse(view))) == title


def test_a_sector_marked_higher_than_what_a_sheet_shows_is_called_by_its_code(tmp_path: Path) -> None:
    made = sectored(empty(tmp_path / "m"), tmp_path, {"S1": SECTORS["S1"]}, name="River sector", marking=LEVELS[1])
    titles = [wording.title(made.desk().sheet(parse(f"last=all&sector=S1{more}"))) for more in ("&hide=sectors", "")]
    assert titles == ["Incidents, Sector S1", "Incidents, River sector"]
    made.close()


def test_a_frame_that_was_given_and_a_box_of_the_view_are_kept(mission: Mission) -> None:
    frame: Box = (60.5, -21.0, 62.0, -19.0)
    assert boxes(mission, brief=Brief(box=frame)) == [frame, frame]
    assert boxes(mission, view=parse("last=all&bbox=61,-21,62,-19")) == [(61.0, -21.0, 62.0, -19.0)] * 2


def test_sheets_by_day_show_the_same_ground_in_a_mission_without_bounds(tmp_path: Path) -> None:
    config.write(tmp_path / "m", Configuration(title="Test mission"))
    made = open_mission(tmp_path / "m", clock=lambda: NOW)
    rows = [row(n, occurred_at=f"2025-12-3{n}T10:00:00Z", reported_at="", longitude=str(40 + n * 5)) for n in range(2)]
    made.desk().submit("incidents", csv_file(tmp_path / "rows.csv", rows))
    shown = boxes(made, parse("from=2025-12-30T00:00Z&to=2026-01-01T00:00Z"), each="day")
    assert shown == [pytest.approx((40.0, -20.025, 45.0, -19.975), abs=1e-6)] * 2
    made.close()


def test_a_sector_across_the_antimeridian_is_framed_on_both_its_sides(tmp_path: Path) -> None:
    config.write(tmp_path / "m", Configuration(title="Test mission"))
    made = sectored(open_mission(tmp_path / "m", clock=lambda: NOW), tmp_path, {"S1": (179.0, -18.0, 2.0)})
    [box] = boxes(made)
    assert box == pytest.approx((178.9, -18.1, -178.9, -15.9))
    made.close()


def test_a_sector_marked_higher_than_its_sheet_keeps_the_frame_of_the_view(tmp_path: Path) -> None:
    made = sectored(empty(tmp_path / "m"), tmp_path, SECTORS, marking=LEVELS[1])
    hidden, shown = parse("last=all&hide=sectors"), ALL
    assert boxes(made, hidden) == [made.configuration.box] * 2
    assert made.configuration.box not in boxes(made, shown)
    assert [one.job.marking for one in made.desk().register()] == [LEVELS[1]] * 2 + [LEVELS[0]] * 2
    made.close()


def test_a_released_series_is_framed_on_sectors_only_where_its_profile_lets_them_out(tmp_path: Path) -> None:
    made = sectored(released.mission(tmp_path), tmp_path, SECTORS)
    assert boxes(made, brief=Brief(release=released.ASKED)) == [made.configuration.box] * 2
    made.close()
    text = (tmp_path / "m" / "mission.toml").read_text(encoding="utf-8")
    assert text.count('exact = ["zones"]') == 1
    outlined = text.replace('exact = ["zones"]', 'exact = ["zones", "sectors"]').replace(
        'zones = ["name"]', 'zones = ["name"]\nsectors = ["name"]'
    )
    (tmp_path / "m" / "mission.toml").write_text(outlined, encoding="utf-8")
    again = open_mission(tmp_path / "m", clock=lambda: NOW)
    assert again.configuration.box not in boxes(again, brief=Brief(release=released.ASKED))
    again.close()


def test_what_was_issued_before_a_fault_is_handed_over_and_the_rest_named(tmp_path: Path) -> None:
    more = {"S1": SECTORS["S1"], "S10": (62.0, -20.0, 0.5)} | {f"S{n}": (62.0 + n / 10, -20.0, 0.1) for n in range(2, 10)}
    made = sectored(empty(tmp_path / "m"), tmp_path, more)
    met: list[Issued] = []
    with pytest.raises(Unfinished) as stop:
        met.extend(one for one in made.desk().issue_series(ALL, Brief(title=LONG), "html", "sector"))
    assert "Sector S10, 2 of 10, is not made: the title is 2,001 characters long" in str(stop.value)
    assert "Not begun: Sector S2, Sector S3, Sector S4, Sector S5, Sector S6, Sector S7 and 2 more. Mend that" in str(stop.value)
    assert [one.number for one in made.desk().register()] == [1]
    made.close()


def asked(folder: Path, out: Path, *words: str) -> Namespace:
    parser = ArgumentParser()
    brief.arguments(parser)
    return parser.parse_args(["--view", "last=all", "--each", "sector", "--out", str(out), *words])


def test_the_command_writes_each_sheet_as_it_is_made_and_tells_of_a_fault(tmp_path: Path, run: Command) -> None:
    sectored(empty(tmp_path / "m"), tmp_path, {"S1": SECTORS["S1"], "S22": SECTORS["S2"]}).close()
    words = ("brief", tmp_path / "m", "--view", "last=all", "--each", "sector", "--title", LONG, "--out", tmp_path / "d.html")
    status, out, err = run(*words)
    assert status == 1
    assert out.startswith("Sheet 0001, ")
    assert out.endswith(f"{tmp_path / 'd-0001.html'}\n")
    assert "greenline: Sector S22, 2 of 2, is not made: the title is 2,001 characters long" in err
    status, out, err = run(*words, "--json")
    told = json.loads(out)
    assert (status, [one["number"] for one in told["sheets"]]) == (1, [2])
    assert "Sector S22, 2 of 2, is not made" in told["fault"]
    assert sorted(path.name for path in tmp_path.glob("d*")) == ["d-0001.html", "d-0002.html"]


def test_a_folder_that_goes_away_midway_ends_the_series_and_what_was_issued_is_told(mission: Mission, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    said: list[str] = []

    def away(words: str) -> None:
        said.append(words)
        if words.startswith("2 of 2"):
            folder.rename(tmp_path / "kept")

    (answer, words), status = brief.ran(asked(tmp_path / "m", folder / "d.html"), mission.desk(), away)
    assert status == 1
    assert words == f"Sheet 0001, Sector S1: {folder / 'd-0001.html'}"
    assert "sheet 0002, Sector S2, is issued but has no file" in str(answer["fault"])
    assert "--repeat 0002" in said[-1]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["d-0001.html"]


def test_a_series_asks_only_for_the_names_that_it_will_write(mission: Mission, tmp_path: Path, run: Command) -> None:
    words = ("brief", tmp_path / "m", "--view", "last=all", "--each", "sector", "--out", tmp_path / "d.html")
    (tmp_path / "d.html").write_text("Another's", encoding="utf-8")
    assert run(*words)[0] == 0
    assert run(*words)[0] == 0, "the numbers that those names bear were given before"
    assert (tmp_path / "d.html").read_text(encoding="utf-8") == "Another's"
    (tmp_path / "d-0006.html").write_text("Another's", encoding="utf-8")
    assert "d-0006.html already exists, and a sheet of the series may need that name" in run.refused(*words)
    assert [one.number for one in mission.desk().register()] == [4, 3, 2, 1], "no number was taken"
    assert "--each issues a series of sheets" in run.refused(*words, "--report", "sitrep")


def test_a_name_that_is_taken_meanwhile_is_not_written_over(mission: Mission, tmp_path: Path) -> None:
    def meanwhile(words: str) -> None:
        if words.startswith("2 of 2"):
            (tmp_path / "d-0002.html").write_text("Another's", encoding="utf-8")

    (answer, _), status = brief.ran(asked(tmp_path / "m", tmp_path / "d.html"), mission.desk(), meanwhile)
    assert status == 1
    assert "d-0002.html already exists" in str(answer["fault"])
    assert (tmp_path / "d-0002.html").read_text(encoding="utf-8") == "Another's"


def test_a_fault_at_the_first_sheet_is_a_refusal(mission: Mission, tmp_path: Path, run: Command) -> None:
    out, wide = tmp_path / "d.html", ("--frame", "61", "95", "62", "99")
    fault = run.refused("brief", tmp_path / "m", "--view", "last=all", "--each", "sector", "--out", out, *wide)
    assert "is no place on the earth" in fault
    with pytest.raises(LayersError, match="no release profile"):
        mission.desk().issue_series(ALL, Brief(release=Release("none", "asked")), "html", "sector")
    assert mission.desk().register() == []


def test_the_page_offers_those_that_were_issued_beside_the_fault(tmp_path: Path) -> None:
    made = sectored(released.mission(tmp_path), tmp_path, {"S1": SECTORS["S1"], "x@example.org": SECTORS["S2"]})
    serve(made)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    page.query_params["v"] = "last=all"
    shown = page.run()
    shown.selectbox(key="brief-release").select("partner")
    shown.selectbox(key="brief-each").select("sector")
    shown = page.run()
    shown.text_input(key="brief-reason").input("agreed")
    shown = page.run()
    next(button for button in shown.button if button.label == "Issue").click()
    shown = page.run()
    assert not shown.exception
    assert any(one.value.replace("\\", "") == "Sheet 1 of 2: Sector S1" for one in shown.caption)
    assert any("2 of 2, is not made: the title seems to hold" in one.value.replace("\\", "") for one in shown.error)
    assert any(f"Sheet 0001 is issued, {LEVELS[0]}" in one.value for one in shown.success)
    assert fetches(shown) == ["Download PDF"]
    made.close()


@pytest.mark.parametrize("each", ["sector", "day"])
def test_a_series_is_one_picture_whatever_comes_in_while_it_is_made(tmp_path: Path, each: str) -> None:
    ticks = itertools.count()
    made = empty(tmp_path / "m")
    made.clock = lambda: NOW + next(ticks) * timedelta(seconds=20)
    sectored(made, tmp_path, SECTORS)
    desk, shown = made.desk(), []
    for one in desk.issue_series(parse("last=36h"), Brief(), "html", each):  # type: ignore[arg-type]
        shown.append(one.entry)
        late = row(len(shown), id=f"late {len(shown)}", longitude="63.5", latitude="-18.5")
        assert desk.submit("incidents", csv_file(tmp_path / f"late{len(shown)}.csv", [late])).new == 1
    alone = desk.issue(parse("last=36h"), Brief(), "html").entry
    assert len({(one.job.as_of, one.job.view.known_at, one.job.version, one.job.head) for one in shown}) == 1
    assert shown[-1].job.as_of < alone.job.as_of
    assert [one.job.made_at for one in shown] == sorted({one.job.made_at for one in shown}), "each says when it was made itself"
    held = [set(desk.sheet(one.job.view).features("incidents")["id"]) for one in shown]
    assert not any("late" in name for names in held for name in names)
    assert all("as known at" not in one.job.words for one in shown)
    assert desk.repeated(2, "html").same
    made.close()
