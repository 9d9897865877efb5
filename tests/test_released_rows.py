"""Rows that leave under a release profile: what is in the file, in every form, and above all what is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers import config
from layers.access import User
from layers.config import LEVELS, Configuration
from layers.desk import Mission, Release, open_mission
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import parse
from layers.notation import snapped
from layers.serve import serve
from tests import exported, released
from tests.command import Command
from tests.exported import SUFFIXES
from tests.missions import NOW, csv_file, geojson_file, row, square
from tests.released import ASKED, ROWS, SECRET
from tests.site import ROOT

ALL = parse("last=all")


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = released.mission(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_form_holds_what_the_profile_lets_out_and_no_more(mission: Mission, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    assert mission.desk().export("incidents", path, parse("last=all&kind=firing,shelling"), release=ASKED) == 6
    rows = exported.rows(path)
    assert Counter(str(one["kind"]) for one in rows) == {"firing": 6}
    assert {str(one["occurred_at"])[:10] for one in rows} == {"2025-12-29"}
    assert {one["marking"] for one in rows} == {LEVELS[0]}
    assert sorted(str(one.get("text") or "") for one in rows) == ["", *["two bangs"] * 5]
    held = {name for one in rows for name, value in one.items() if value is not None}
    assert held <= {"kind", "occurred_at", "severity", "text", "source", "marking", "geometry", "longitude", "latitude", "name"}
    told = exported.about(path)
    assert "Partner release by owner: Agreed with the liaison cell" in told
    assert "5 records in cells of fewer than 5 alike" in told
    assert SECRET not in told
    whole = path.read_bytes().decode("utf-8", "replace") + json.dumps(rows, default=str) + told
    for gone in ("Miller", "7700", "example.org", "Tessaly", "kind=firing", ":17:33"):
        assert gone not in whole


def test_a_text_that_holds_an_exact_place_stays(mission: Mission, tmp_path: Path) -> None:
    there = [
        row(40 + n, longitude="61.0203", occurred_at="2025-12-30T01:00:00Z", text=text)
        for n, text in enumerate(("two bangs at 41K LT 2482 1013", "two bangs", "crater 20° 1.5' S 61° 1' E"))
    ]
    mission.desk().submit("incidents", csv_file(tmp_path / "there.csv", there))
    mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=ASKED)
    texts = Counter(str(one.get("text") or "") for one in exported.rows(tmp_path / "out.csv"))
    assert texts == {"": 3, "two bangs": 6}
    assert "texts with signs of persons or of exact places" in exported.about(tmp_path / "out.csv")


def test_all_of_a_cell_lie_in_one_place_that_is_its_own(mission: Mission, tmp_path: Path) -> None:
    mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=ASKED)
    places = {(str(one["longitude"]), str(one["latitude"])) for one in exported.rows(tmp_path / "out.csv")}
    lon, lat = snapped([61.02], [-20.0], 10_000)
    assert [(float(east), float(north)) for east, north in places] == [(lon[0], lat[0])]


def test_without_a_profile_the_file_has_the_highest_marking_of_its_rows(mission: Mission, tmp_path: Path) -> None:
    assert mission.desk().export("incidents", tmp_path / "out.csv", ALL) == 11
    assert f"Marking: {SECRET}" in exported.about(tmp_path / "out.csv")


def test_the_audit_keeps_the_terms_and_what_the_rows_were_marked(mission: Mission, tmp_path: Path) -> None:
    mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=ASKED)
    said = json.loads(list(mission.desk().sheet(ALL).record.store.audit_rows(act="export"))[-1].body)
    assert (said["marking"], said["own_marking"], said["reason"], said["rows"]) == (LEVELS[0], SECRET, ASKED.reason, 6)
    assert json.loads(said["release"])["profile"]["id"] == "partner"


def test_victims_are_told_of_by_cell_and_week_whatever_the_profile_says(mission: Mission, tmp_path: Path) -> None:
    more = [
        row(
            20,
            kind="sexual_violence",
            longitude="61.0203",
            occurred_at="2026-01-01T03:11:00Z",
            text="told by her",
            place="Her house",
        )
    ]
    mission.desk().submit("incidents", csv_file(tmp_path / "more.csv", more))
    mission.desk().export("incidents", tmp_path / "out.csv", parse("last=all"), release=Release("most", "asked"))
    rows = {str(one["kind"]): one for one in exported.rows(tmp_path / "out.csv")}
    lon, lat = snapped([61.0203], [-20.0], 10_000)
    victim = rows["sexual_violence"]
    assert (float(str(victim["longitude"])), float(str(victim["latitude"]))) == (lon[0], lat[0])
    assert (victim["occurred_at"], victim["place"], victim.get("text")) == ("2025-12-29T00:00:00Z", None, None)
    lon, lat = snapped([61.0203], [-20.0], 1_000)
    assert (float(str(rows["shelling"]["longitude"])), rows["shelling"]["occurred_at"]) == (lon[0], "2026-01-01T10:00:00Z")


def test_a_profile_that_names_a_field_there_is_not_lets_nothing_out(mission: Mission, tmp_path: Path) -> None:
    with pytest.raises(LayersError, match="names 'sorce', which there is not"):
        mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=Release("misspelt", "asked"))
    assert not (tmp_path / "out.csv").exists()


def test_guarded_kinds_do_not_leave_where_no_kind_is_told(mission: Mission, tmp_path: Path) -> None:
    more = [row(n, kind="sexual_violence", longitude="61.0203") for n in range(20, 26)]
    mission.desk().submit("incidents", csv_file(tmp_path / "more.csv", more))
    mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=Release("kindless", "asked"))
    rows = exported.rows(tmp_path / "out.csv")
    assert len(rows) == len(ROWS)
    assert max(float(str(one["precision_m"])) for one in rows) < 10_000


def test_tracks_leave_without_their_route_and_the_times_of_each_place(mission: Mission, tmp_path: Path) -> None:
    track = ("LineString", [[61, -20], [61.1, -20.1]], {"id": "t1", "name": "Track", "route": "r7", "times": "0 1800"})
    mission.desk().submit("patrol_tracks", geojson_file(tmp_path / "tracks.geojson", [track]))
    assert mission.desk().export("patrol_tracks", tmp_path / "out.geojson", ALL, release=Release("kindless", "asked")) == 1
    [one] = exported.rows(tmp_path / "out.geojson")
    assert not {"route", "times"} & {name for name, value in one.items() if value}


def test_agreed_areas_leave_where_they_lie_and_other_layers_do_not_leave(mission: Mission, tmp_path: Path) -> None:
    assert mission.desk().export("zones", tmp_path / "let.geojson", ALL, release=ASKED) == 1
    [zone] = exported.rows(tmp_path / "let.geojson")
    assert zone["name"] == "Buffer zone"
    assert zone["geometry"]["coordinates"] == square(61, -20.5, 1)  # type: ignore[index]
    with pytest.raises(LayersError, match=r"lets nothing of Own positions out; it lets out: .*Incidents"):
        mission.desk().export("positions", tmp_path / "p.csv", ALL, release=ASKED)
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (Release("none", "why"), "no release profile 'none'; there are: partner, most, misspelt, kindless, lines"),
        (Release("partner", "  "), "the reason of a release is 0 characters long"),
        (Release("partner", "x" * 301), "is 301 characters long"),
        (Release("partner", "asked by Sgt. Miller"), "the reason seems to hold a name"),
    ],
)
def test_a_release_without_a_profile_or_a_reason_is_refused(mission: Mission, tmp_path: Path, asked: Release, named: str) -> None:
    with pytest.raises(LayersError, match=named):
        mission.desk().export("incidents", tmp_path / "out.csv", ALL, release=asked)
    assert not (tmp_path / "out.csv").exists()


def test_a_mission_without_profiles_says_how_to_write_one(tmp_path: Path) -> None:
    config.write(tmp_path / "m", Configuration("Test mission"))
    made = open_mission(tmp_path / "m", clock=lambda: NOW)
    with pytest.raises(NotFound, match=r"write one as \[\[release\]\] in mission\.toml"):
        made.desk().export("incidents", tmp_path / "out.csv", ALL, release=ASKED)
    made.close()


def test_only_officers_and_analysts_release(mission: Mission, tmp_path: Path) -> None:
    briefer = mission.desk(User("briefer", frozenset({"briefer"}), None))
    assert briefer.release_profiles() == {}
    assert mission.desk().release_profiles() == {
        "partner": "Partner release",
        "most": "Most of it",
        "misspelt": "Misspelt",
        "kindless": "Without kinds",
        "lines": "Lines alone",
    }
    with pytest.raises(NotAllowed, match="may not release"):
        briefer.export("incidents", tmp_path / "out.csv", ALL, release=ASKED)


def test_the_command_releases_with_a_reason(mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mission.close()
    run, out = Command(capsys), tmp_path / "out.csv"
    assert run("export", tmp_path / "m", "incidents", out, "--release", "partner", "--reason", "agreed")[0] == 0
    assert len(exported.rows(out)) == 6
    assert "--release" in run.refused("export", tmp_path / "m", "incidents", tmp_path / "b.csv", "--reason", "agreed")


def test_the_page_offers_the_profiles_and_asks_for_a_reason(mission: Mission) -> None:
    serve(mission)
    page = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    page.query_params["v"], page.query_params["part"] = "last=all", "Record"
    shown = page.run()
    assert not shown.exception
    shown.selectbox(key="taken").select("incidents")
    shown.selectbox(key="export-release").select("partner")
    shown = page.run()
    assert next(button for button in shown.button if button.label == "Make file").disabled
    shown.text_input(key="export-reason").input("agreed with the liaison cell")
    shown = page.run()
    next(button for button in shown.button if button.label == "Make file").click()
    shown = page.run()
    assert not shown.exception
    assert any(caption.value.startswith("6 rows · UNCLASSIFIED · ") for caption in shown.caption)
    assert shown.get("download_button")
    shown.text_input(key="export-reason").input("for another reason")
    assert not page.run().get("download_button"), "another reason, another file"
