"""Imagery's part Findings: what changed is sought, stopped and taken back; findings are reviewed and made into incidents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk import Comparison, Mission
from layers.imagery.change import METHODS
from layers.model import parse
from layers.serve import serve
from tests import burning
from tests.missions import csv_file, empty, row
from tests.site import ROOT

NEAR = {"longitude": "61.1030", "latitude": "-19.9870", "occurred_at": "2025-12-25T10:00:00Z", "precision_m": "50"}


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    serve(made)
    yield made
    made.close()


def page(view: str = "last=all") -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "imagery.py"), default_timeout=60)
    shown.query_params["v"] = view
    shown.session_state["part"] = "Findings"
    return shown


def said(shown: AppTest) -> str:
    texts = [element.value for kind in ("markdown", "info", "warning", "success", "caption") for element in shown.get(kind)]
    texts += [str(element.body) for element in shown.get("html")]
    plain = re.sub(r"\\(.)|\u2060", r"\1", re.sub("<[^>]*>", " ", " ".join(texts)))
    return " ".join(unescape(plain).split())


def pressed(shown: AppTest, label: str) -> AppTest:
    return next(one for one in shown.button if one.label == label).click().run()


def burned(mission: Mission, tmp_path: Path) -> None:
    """Give a mission two scenes, what changed between them, and a report near it."""
    desk = mission.desk()
    before, after = burning.added(desk, tmp_path)
    desk.compare(Comparison(before, after, "dnbr"))
    desk.submit("incidents", csv_file(tmp_path / "near.csv", [row(1, kind="attack_on_civilians", **NEAR)]))


def choose(shown: AppTest) -> AppTest:
    """Choose the first finding of the table."""
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    return shown.run()


def test_without_scenes_it_says_what_to_do_and_how_well_each_method_did(mission: Mission) -> None:
    shown = page().run()
    assert not shown.exception
    assert "A comparison needs two scenes of one place from two dates. Add them under Scenes." in said(shown)
    assert "No finding in this view." in said(shown)
    for method in METHODS:
        assert " ".join(method.accuracy.split()) in said(shown)


def test_two_scenes_are_compared_told_and_taken_back(mission: Mission, tmp_path: Path) -> None:
    burning.added(mission.desk(), tmp_path)
    shown = page().run()
    [method] = [one for one in shown.radio if one.label == "Method"]
    assert "Burned land" in " ".join(method.options)
    assert "Radar change (log-ratio) cannot be used" in said(shown)
    method.set_value(next(of for of in method.options if "Burned" in of))
    shown = pressed(shown, "Find what changed")
    assert not shown.exception
    assert "1 finding of at least 2,500 m²." in said(shown)
    assert "scenes out of step by" in said(shown)
    assert "A finding says that ground changed, not who changed it." in said(shown)
    [found] = mission.desk().cued(parse("last=all")).findings
    assert found.cells["Found"] == "Burned, high severity"
    shown = pressed(shown, "Take it back")
    assert not shown.exception
    assert "The comparison is taken back." in said(shown)
    assert not mission.desk().cued(parse("last=all")).findings
    assert len(mission.desk().scene_list(parse("last=all"))) == 2


class Pressed(BaseException):
    """What a press of a widget raises within the bar."""


@pytest.mark.parametrize("at", [0.05, 0.15, 0.75, 0.85, 1.0])
def test_a_press_of_stop_leaves_nothing_behind(mission: Mission, tmp_path: Path, at: float) -> None:
    desk = mission.desk()
    before, after = burning.added(desk, tmp_path)
    held = sorted(path.name for path in (mission.folder / "scenes").iterdir())

    def bar(share: float, _: str) -> None:
        if share >= at:
            raise Pressed

    with pytest.raises(Pressed):
        desk.compare(Comparison(before, after, "dnbr"), progress=bar)
    assert sorted(path.name for path in (mission.folder / "scenes").iterdir()) == held
    assert len(desk.scene_list(parse("last=all"))) == 2
    assert not desk.cued(parse("last=all")).findings


def test_links_of_a_finding_lead_to_its_place_and_its_scenes(mission: Mission, tmp_path: Path) -> None:
    burned(mission, tmp_path)
    shown = choose(page().run())
    assert not shown.exception
    html = " ".join(element.value for element in shown.markdown)
    ways = [unescape(way) for way in re.findall(r'<a href="([^"]*)"', html)]
    assert [urlsplit(way).path for way in ways] == ["./", "./imagery"]
    assert all(urlsplit(way).fragment.startswith("15/-19.987") for way in ways)
    [found] = mission.desk().cued(parse("last=all")).findings
    assert parse(parse_qs(urlsplit(ways[1]).query)["v"][0]).scenes == found.scenes


def test_a_finding_is_accepted_with_a_reason_and_that_is_undone(mission: Mission, tmp_path: Path) -> None:
    burned(mission, tmp_path)
    shown = pressed(choose(page().run()), "Accept")
    assert "No reason is given" in said(shown)
    shown.text_input(key="review-why").set_value("seen by a patrol")
    shown = pressed(shown, "Accept")
    assert not shown.exception
    assert "Accepted: 1 of 1, as batch" in said(shown)
    [found] = mission.desk().cued(parse("last=all")).findings
    assert found.review == "accepted"
    shown = pressed(shown, "Undo")
    assert "is taken back, 1 record." in said(shown)
    [found] = mission.desk().cued(parse("last=all")).findings
    assert found.review == "proposed"


def test_the_table_is_filtered_by_verdict_and_review(mission: Mission, tmp_path: Path) -> None:
    burned(mission, tmp_path)
    shown = page().run()
    assert list(shown.dataframe[0].value["Verdict"]) == ["Supported"]
    verdict = next(one for one in shown.get("button_group") if one.key == "found-verdict")
    shown = verdict.set_value(["unsupported"]).run()
    assert not shown.exception
    assert "No finding has this verdict and review." in said(shown)


def test_an_incident_is_made_of_a_finding_and_keeps_where_it_comes_from(mission: Mission, tmp_path: Path) -> None:
    burned(mission, tmp_path)
    shown = choose(page().run())
    kind = next(one for one in shown.selectbox if one.label == "Kind")
    assert kind.value is None
    shown = pressed(shown, "Make the incident")
    assert "No reason is given" in said(shown)
    next(one for one in shown.selectbox if one.label == "Kind").set_value("attack_on_civilians")
    next(one for one in shown.text_input if one.label == "Why it is an incident").set_value("houses burned")
    shown = pressed(shown, "Make the incident")
    assert not shown.exception
    desk = mission.desk()
    [found] = desk.cued(parse("last=all")).findings
    assert f"Incident {found.incident} was made" in said(shown)
    [made] = [item for item in desk.feed(parse("last=all"))["items"] if item["feature"] == found.incident]  # type: ignore[attr-defined]
    card = desk.card("incidents", made["id"])
    rows = {one["label"]: one["value"] for one in card["rows"]}  # type: ignore[attr-defined]
    assert (made["title"], found.review) == ("Attack on civilians", "accepted")
    assert rows["Source"] == "Imagery: Burned land (dNBR), version 1, Before and After"
    assert f"Made of finding {found.feature}" in str(card["text"])
    assert made["precision_m"] == pytest.approx(found.radius_m, abs=1)
    finding = desk.card("findings", found.seq)
    leads = {one["label"]: one for one in (*card["rows"], *finding["rows"])}  # type: ignore[misc]
    assert leads["Made of finding"]["to"] == {"layer": "findings", "id": found.seq}
    assert leads["Incident made of it"]["to"] == {"layer": "incidents", "id": made["id"]}
    shown = pressed(shown, "Undo")
    [found] = desk.cued(parse("last=all")).findings
    assert (found.incident, found.review) == ("", "proposed")
    assert len(desk.feed(parse("last=all"))["items"]) == 1  # type: ignore[arg-type]


def test_the_form_of_an_incident_warns_where_its_marking_is_chosen_higher_than_the_findings(
    mission: Mission, tmp_path: Path
) -> None:
    burned(mission, tmp_path)
    shown = choose(page().run())
    marking = next(one for one in shown.selectbox if one.label == "Marking")
    assert "higher than the finding's" not in said(shown)
    shown = marking.set_value("CONFIDENTIAL").run()
    assert not shown.exception
    assert f"CONFIDENTIAL is higher than the finding's {mission.configuration.markings[0]}." in said(shown)
    assert "the reason is kept with the incident" in said(shown)


def test_a_run_that_finds_nothing_says_what_stays_and_what_is_taken_back(mission: Mission, tmp_path: Path) -> None:
    burned(mission, tmp_path)
    shown = page().run()
    [method] = [one for one in shown.radio if one.label == "Method"]
    method.set_value(next(of for of in method.options if "Burned" in of))
    next(one for one in shown.number_input if one.label == "Least area to report, m²").set_value(1e9)
    shown = pressed(shown, "Find what changed")
    assert not shown.exception
    assert "1 finding of the run before, not decided on, is taken back." in said(shown)
    assert "the raster of the statistic is kept. The values are of dNBR: above zero plants or moisture were lost" in said(shown)
    assert not mission.desk().cued(parse("last=all")).findings
