"""Where each patrol was at a time, and who was near a place, against a slow look at every second of every track."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from layers.config import LEVELS
from layers.desk import Desk, Mission, Passed, Stood
from layers.errors import LayersError
from layers.model import NO_TIME, View, parse
from layers.notation import format_mgrs
from layers.serve import serve
from layers.spatial.ground import EARTH
from tests.missions import geojson_file, row
from tests.patrolled import Feature, drove
from tests.site import ROOT

DAY = parse("last=24h")
MINUTE = 60_000_000


def noon(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-01-01T{text}:00+00:00").timestamp()) * 1_000_000


def driven(mission: Mission, folder: Path, *tracks: Feature) -> Desk:
    receipt = mission.desk().submit("patrol_tracks", geojson_file(folder / "tracks.geojson", list(tracks)))
    assert receipt.refused == ()
    return mission.desk()


def where(desk: Desk, at: str, view: View = DAY) -> dict[str, Stood]:
    return {one.patrol: one for one in desk.stood(view, at)[1].found}


def near(desk: Desk, lon: float, lat: float, metres: float, span: tuple[str, str]) -> dict[str, Passed]:
    place = f"{lat:.6f}, {lon:.6f}"
    return {one.patrol: one for one in desk.passed(DAY, place, metres, span)[1].found}


def test_between_two_fixes_a_patrol_is_on_its_way_and_says_which(mission: Mission, tmp_path: Path) -> None:
    desk = driven(mission, tmp_path, drove(1, "06:00"))
    one = where(desk, "2026-01-01T06:07:30Z")["Patrol 1"]
    assert (one.lon, one.lat) == pytest.approx((62.015, -20.0), abs=2e-5)
    assert (one.before, one.after, one.age) == (noon("06:05"), noon("06:10"), 150_000_000)
    assert one.grid == format_mgrs(np.array([one.lon]), np.array([one.lat]))[0]


def test_after_its_last_fix_it_stands_there_growing_old_and_then_is_out_no_more(mission: Mission, tmp_path: Path) -> None:
    desk = driven(mission, tmp_path, drove(1, "06:00"))
    now = where(desk, "")["Patrol 1"]
    assert (round(now.lon, 6), now.after, now.age) == (62.04, NO_TIME, noon("12:00") - noon("06:20"))
    assert where(desk, "2026-01-01T05:59Z") == {}
    assert where(desk, "2026-01-02T06:21Z") == {}


def test_across_a_gap_nobody_knows_where_a_patrol_was(mission: Mission, tmp_path: Path) -> None:
    desk = driven(mission, tmp_path, drove(1, "06:00", times="0 300 600 6000 6300", ended_at="2026-01-01T07:45:00Z"))
    one = where(desk, "2026-01-01T07:00:00Z")["Patrol 1"]
    assert (round(one.lon, 6), one.before, one.after) == (62.02, noon("06:10"), NO_TIME)
    assert near(desk, 62.025, -20.0, 100, ("2026-01-01T06:00Z", "2026-01-01T08:00Z")) == {}


def test_who_was_near_agrees_with_a_look_at_every_second(mission: Mission, tmp_path: Path) -> None:
    desk = driven(
        mission, tmp_path, drove(3, "06:00"), drove(2, "06:30", patrol="Patrol 2", minutes=30), drove(1, "01:00", patrol="Early")
    )
    begin, end, reach = noon("06:10"), noon("07:10"), 1_500.0
    found = near(desk, 62.05, -20.005, reach, ("2026-01-01T06:10Z", "2026-01-01T07:10Z"))
    for patrol, start, step in (("Patrol 1", noon("06:00"), 300), ("Patrol 2", noon("06:30"), 450)):
        seconds = np.arange(0, (12 if patrol == "Patrol 1" else 8) * step + 1)
        lon, at = 62 + seconds / step * 0.01, start + seconds * 1_000_000
        metres = EARTH.inv(lon, np.full(len(lon), -20.0), np.full(len(lon), 62.05), np.full(len(lon), -20.005))[2]
        inside = (metres <= reach) & (at >= begin) & (at < end)
        one = found.pop(patrol)
        assert one.metres == pytest.approx(metres[inside].min(), abs=2)
        assert one.first == pytest.approx(at[inside].min(), abs=1_500_000)
        assert one.last == pytest.approx(at[inside].max(), abs=1_500_000)
    assert found == {}


def test_tracks_without_usable_times_are_counted_and_those_marked_above_the_page_are_not_told(
    mission: Mission, tmp_path: Path
) -> None:
    secret = drove(1, "06:00", patrol="Secret", marking=LEVELS[-1])
    desk = driven(mission, tmp_path, drove(1, "06:00", times="0 10", patrol="Timeless"), drove(1, "06:00", patrol="Open"), secret)
    _, told = desk.stood(DAY)
    assert {one.patrol for one in told.found} <= {"Open", "Secret"}
    low = parse("last=24h&hide=patrol_tracks")
    known = desk.stood(low)[1]
    assert ([one.patrol for one in known.found], known.upto) == (["Open"], mission.configuration.markings[0])
    assert known.silent == 1


def test_the_card_of_an_incident_tells_which_patrols_were_near_then(mission: Mission, tmp_path: Path) -> None:
    desk = driven(mission, tmp_path, drove(1, "06:00"), drove(1, "01:00", patrol="Early"))
    at = {"longitude": "62.02", "latitude": "-20.005", "occurred_at": "2026-01-01T06:30:00Z"}
    desk.submit("incidents", [row(1, **at), row(2, **(at | {"longitude": "62.3"}))])
    told = {}
    for item in desk.feed(DAY)["items"]:  # type: ignore[attr-defined]
        rows = desk.card("incidents", item["id"], DAY)["rows"]
        told[item["feature"]] = [one["value"] for one in rows if one["label"] == "Patrol near then"]  # type: ignore[attr-defined]
    assert sorted(told.values()) == [[], ["Patrol 1, 554 m, 010609Z JAN 26"]]


def test_a_post_or_settlement_is_asked_for_by_its_name_as_far_as_the_page_may_tell_of_it(
    mission: Mission, tmp_path: Path
) -> None:
    desk = driven(mission, tmp_path, drove(1, "06:00"))
    for layer, name, marking in (
        ("positions", "OP 11", LEVELS[0]),
        ("positions", "OP 12", LEVELS[1]),
        ("settlements", "Mill town", LEVELS[0]),
    ):
        said = {"id": name, "name": name, "marking": marking}
        assert desk.submit(layer, geojson_file(tmp_path / f"{name}.geojson", [("Point", [62.02, -20.0], said)])).new == 1
    for name in ("OP 11", "op  11", "mill town"):
        asked, known = desk.passed(DAY, name, 500.0, ("", ""))
        assert (asked.lon, asked.lat) == pytest.approx((62.02, -20.0))
        assert [one.patrol for one in known.found] == ["Patrol 1"]
    assert desk.passed(DAY, "OP 12", 500.0, ("", ""))[1].upto == LEVELS[1]
    low = parse("last=24h&hide=positions")
    with pytest.raises(LayersError, match="no post or settlement is called so"):
        desk.passed(low, "OP 12", 500.0, ("", ""))
    twin = ("Point", [62.5, -20.0], {"id": "twin", "name": "OP 11"})
    assert desk.submit("settlements", geojson_file(tmp_path / "twin.geojson", [twin])).new == 1
    with pytest.raises(LayersError, match="2 places are called 'OP 11'"):
        desk.passed(DAY, "OP 11", 500.0, ("", ""))


@pytest.mark.parametrize(
    ("place", "metres", "span", "word"),
    [
        ("", 2_000, ("", ""), "no place is given"),
        ("nowhere", 2_000, ("", ""), "nowhere"),
        ("20°S 62°E", 0.5, ("", ""), "no distance"),
        ("20°S 62°E", 2_000, ("at noon", ""), "at noon"),
        ("20°S 62°E", 2_000, ("2026-01-01T08:00Z", "2026-01-01T07:00Z"), "ends before it begins"),
    ],
)
def test_what_cannot_be_asked_is_said(mission: Mission, place: str, metres: float, span: tuple[str, str], word: str) -> None:
    with pytest.raises(LayersError, match=word):
        mission.desk().passed(DAY, place, metres, span)


def test_the_page_answers_both_questions_and_says_what_to_do_without_tracks(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = "last=24h"
    shown.session_state.about = "Patrols"
    shown.run()
    assert any("Import tracks to Patrol tracks" in one.value for one in shown.info)
    driven(mission, tmp_path, drove(1, "06:00", patrol="<b>Patrol</b>"))
    shown.text_input(key="stood-at").set_value("010607Z JAN 26")
    shown.text_input(key="near-place").set_value("20°S 62°E").run()
    text = " ".join(one.value for one in shown.markdown)
    assert not shown.exception
    assert "Patrols at 010607Z JAN 26" in text
    assert "Within 2,000 m of" in text
    assert "&lt;b&gt;Patrol&lt;/b&gt;" in text
    shown.text_input(key="near-place").set_value("20°S 70°E").run()
    assert any("No patrol came within 2,000 m" in one.value for one in shown.info)
    shown.text_input(key="near-from").set_value("soon").run()
    assert any("soon" in one.value for one in shown.error)
