"""Briefing's part Reports, in the script alone and before a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.serve import serve
from tests.fetches import begun, fetches
from tests.frame import HOSTILE
from tests.missions import csv_file, empty, row
from tests.site import ROOT


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, **fields: str) -> None:
    rows = [row(n, severity="high" if n < 3 else "low", **fields) for n in range(1, 8)]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))


def page(report: str = "Daily situation report", **address: str) -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    shown.query_params["v"] = "last=24h"
    for name, value in address.items():
        shown.query_params[name] = value
    shown.session_state["leaf"] = "Reports"
    shown.session_state["report"] = report
    return shown


def article(shown: AppTest) -> str:
    (found,) = [str(one.body) for one in shown.get("html") if "gl-filled" in str(one.body)]
    return found


def said(shown: AppTest) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", article(shown))).split())


def issue(shown: AppTest) -> AppTest:
    return next(one for one in shown.button if one.label == "Issue").click().run()


def test_each_head_is_seen_before_the_report_is_issued(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page().run()
    assert not shown.exception
    heads = re.findall("<h3>([^<]*)</h3>", article(shown))
    assert (heads[0], heads[-1], len(heads)) == ("Period", "Prepared by, approved by", 12)
    assert "7 incidents; by severity: 2 high" in said(shown)
    assert "To be completed." in said(shown)


def test_a_report_is_issued_and_both_files_are_offered(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page().run()
    next(one for one in shown.text_input if one.label == "Approved by").input("Colonel B").run()
    issue(shown)
    assert not shown.exception
    assert "0001 is issued" in shown.success[0].value
    assert fetches(shown) == ["Download DOCX", "Download PDF"]
    assert len(begun(shown)) == 1, "one click gives the document, the other file a click of its own"
    (entry,) = mission.desk().register()
    assert (entry.job.kind, entry.job.approved, len(entry.files)) == ("sitrep", "Colonel B", 2)
    issue(shown)
    assert mission.desk().register()[0].edition == 2
    assert "version 2" in shown.success[0].value


def test_a_flash_is_of_a_chosen_incident_or_the_one_the_address_names(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page("FLASH report", incident="r5").run()
    assert not shown.exception
    assert shown.selectbox(key="flash-of").value == "r5"
    assert len(shown.selectbox(key="flash-of").options) == 7
    assert "FLASH: Firing, Tessaly" in said(shown)
    lost = page("FLASH report", incident="nothing").run()
    assert "No incident" in lost.error[0].value


def test_a_flash_without_incidents_says_what_to_do(mission: Mission) -> None:
    assert "Choose a longer span" in page("FLASH report").run().info[0].value


def test_text_of_a_record_is_text_on_the_page(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path, text=HOSTILE, place=HOSTILE, source=HOSTILE)
    for report in ("Daily situation report", "FLASH report", "Ceasefire-violation report"):
        shown = page(report).run()
        assert not shown.exception
        assert "<img" not in article(shown)
        assert "<script" not in article(shown)


def test_the_register_says_kind_and_version_and_makes_a_report_again(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    issue(page().run())
    shown = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    shown.session_state["leaf"] = "Register"
    shown.run()
    assert not shown.exception
    table = shown.dataframe[0].value
    assert table["Kind"][0] == "Daily situation report, v1"
    next(one for one in shown.button if one.label == "Download again").click().run()
    assert not shown.exception
    assert fetches(shown) == ["Download DOCX"]
    assert len(begun(shown)) == 1
