"""The page Monitoring, in the script alone and before a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.model import parse
from layers.serve import serve
from tests.missions import csv_file, empty, row
from tests.site import ROOT


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, count: int = 40) -> Mission:
    rows = [
        row(
            n,
            kind=("firing", "restriction_of_movement")[n % 2],
            party="AB"[n % 3 == 0],
            status=("alleged", "verified")[n % 4 == 0],
        )
        for n in range(1, count + 1)
    ]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    return mission


def page(view: str, part: str) -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = view
    shown.session_state["about"] = part
    return shown


def said(shown: AppTest) -> str:
    html = re.sub("<svg.*?</svg>|<[^>]*>", " ", " ".join(element.value for element in shown.markdown))
    return " ".join(unescape(html).replace(" ,", ",").split())


def links(shown: AppTest) -> list[tuple[str, str]]:
    """Return the address and the words of every link."""
    html = " ".join(element.value for element in shown.markdown)
    return [(unescape(a), unescape(b)) for a, b in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html)]


def counted(shown: AppTest, mission: Mission) -> int:
    """Check that every number that opens records is the number of records there; return how many there are."""
    found = 0
    for address, words in links(shown):
        if urlsplit(address).path.endswith("import"):
            view = parse(parse_qs(urlsplit(address).query)["v"][0])
            assert int(words.replace(",", "")) == mission.desk().counts(view)[0], address
            found += 1
    return found


def test_a_part_without_records_says_what_to_do_between_its_bands(mission: Mission) -> None:
    shown = page("last=24h", "Trends").run()
    assert not shown.exception
    assert "Choose a longer span" in shown.info[0].value
    bands = [str(element.body) for element in shown.get("html") if "gl-band" in str(element.body)]
    assert [body.count("EXERCISE · UNCLASSIFIED · EXERCISE") for body in bands] == [1, 1]


def test_trends_count_the_view_and_every_number_opens_as_many_records(mission: Mission, tmp_path: Path) -> None:
    shown = page("last=24h", "Trends").run()
    filled(mission, tmp_path)
    shown = shown.run()
    assert not shown.exception
    assert "40 reports in the view, 0 in the period before" in said(shown)
    assert "Half the reports are in within 21 min of the event" in said(shown)
    assert "The record begins within the period before, at 011000Z JAN 26: the change is no comparison." in said(shown)
    assert counted(shown, mission) == 4
    assert "<svg" in " ".join(element.value for element in shown.markdown)


def test_the_span_changes_the_view_everywhere(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page("last=24h&party=A", "Trends").run()
    assert "The last 24 hours" in shown.caption[0].value
    assert "Party: Party A" in shown.caption[0].value.replace("\\", "")
    span = next(one for one in shown.get("button_group") if one.key and one.key.startswith("span-"))
    shown = span.set_value("7d").run()
    assert not shown.exception
    assert shown.session_state["view"] == "last=7d&party=A"
    assert shown.query_params["v"] == "last=7d&party=A"
    assert "The last 7 days" in shown.caption[0].value


def test_incidents_that_are_switched_off_are_said_to_be(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    assert "switched off" in page("last=24h&hide=incidents", "Trends").run().info[0].value


def test_a_hostile_code_is_text(mission: Mission, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    mission.desk().submit("incidents", csv_file(tmp_path / "odd.csv", [row(1, kind=hostile)]))
    html = " ".join(element.value for element in page("last=24h", "Trends").run().markdown)
    assert "<img" not in html
    assert "&lt;img" in html
