"""Import's part Record: the view as a table, in the script alone and before a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.serve import serve
from tests.missions import csv_file, empty, row
from tests.site import ROOT


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, count: int = 120) -> Mission:
    rows = [row(n, source=("patrol", "camera")[n % 2], place="Mill" if n % 3 else "Bridge") for n in range(1, count + 1)]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    return mission


def page(view: str = "last=all") -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    shown.query_params["v"] = view
    shown.session_state["part"] = "Record"
    return shown


def said(shown: AppTest) -> str:
    return " ".join(element.value for element in shown.markdown)


def bands(shown: AppTest) -> list[str]:
    return [element.body for element in shown.get("html") if "gl-band" in str(element.body)]


def button(shown: AppTest, label: str) -> object:
    return next(one for one in shown.button if one.label == label)


def test_an_empty_record_says_what_to_do_between_its_bands(mission: Mission) -> None:
    shown = page().run()
    assert not shown.exception
    assert "Choose a longer span" in shown.info[0].value
    assert [body.count("EXERCISE · UNCLASSIFIED · EXERCISE") for body in bands(shown)] == [1, 1]


def test_a_page_is_fifty_rows_of_words_and_the_next_one_follows(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page().run()
    assert not shown.exception
    table = shown.dataframe[0].value
    assert len(table) == 50
    assert list(table.columns)[:4] == ["Occurred", "Kind", "Place", "Party"]
    assert set(table["Party"]) == {"Party A"}
    assert "**120** records in the view" in said(shown)
    assert "Page 1 of 3" in said(shown)
    shown = button(shown, "Next").click().run()  # type: ignore[attr-defined]
    assert "Page 2 of 3" in said(shown)
    assert not set(shown.dataframe[0].value["Source id"]) & set(table["Source id"])


def test_a_search_tells_how_many_of_how_many_and_begins_at_the_first_page(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = button(page().run(), "Next").click().run()  # type: ignore[attr-defined]
    shown = shown.text_input(key="words").set_value("BRIDGE camera").run()
    assert not shown.exception
    assert "**20 of 120** records" in said(shown)
    assert "Page 1 of 1" in said(shown)
    assert "Try fewer words" in shown.text_input(key="words").set_value("no such thing").run().info[0].value
