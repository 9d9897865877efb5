"""Trends' section Hot spots, in the script alone and before a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from layers.desk import Mission
from layers.model import parse
from layers.serve import serve
from tests.missions import csv_file, empty, row
from tests.site import WIDE, exercise_at, serving


def section() -> None:
    from pages import controls, hotspots

    hotspots.shown(controls.desk(), controls.view())


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, **fields: str) -> Mission:
    random = np.random.default_rng(3)
    places = np.concatenate([random.uniform(-0.3, 0.3, (150, 2)), random.normal(0.1, 0.01, (80, 2))])
    rows = [
        row(n, longitude=f"{62 + x:.5f}", latitude=f"{-20 + y:.5f}", occurred_at=f"2026-01-01T{n % 12:02}:00:00Z", **fields)
        for n, (x, y) in enumerate(places.tolist())
    ]
    assert mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows)).new == 230
    return mission


def page(view: str = "last=all") -> AppTest:
    shown = AppTest.from_function(section, default_timeout=30)
    shown.query_params["v"] = view
    return shown


def html(shown: AppTest) -> str:
    return " ".join(element.value for element in shown.markdown)


def box(shown: AppTest, label: str) -> object:
    return next(one for one in shown.selectbox if one.label == label)


def test_nothing_to_gather_says_what_to_do(mission: Mission) -> None:
    shown = page().run()
    assert not shown.exception
    assert "Choose a longer span or lift a filter" in shown.info[0].value


def test_the_gathering_stands_first_with_its_reading_and_opens_on_the_map(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page("last=all&kind=firing").run()
    assert not shown.exception
    assert html(shown).count('<svg xmlns="http://www.w3.org/2000/svg" class="gl-heat"') == 1
    assert "More than chance, under 1 in 100" in html(shown)
    links = [urlsplit(unescape(of)) for of in re.findall(r'<a href="([^"]*)"', html(shown))]
    views = [parse(parse_qs(of.query)["v"][0]) for of in links]
    assert {of.filters for of in views} == {(("kind", ("firing",)),)}
    zoom, lat, lon = (float(of) for of in links[0].fragment.split("/"))
    assert (lat, lon) == (pytest.approx(-19.9, abs=0.05), pytest.approx(62.1, abs=0.05))
    assert 5 <= zoom <= 17
    assert views[0].box is None
    cell = '<td class="gl-number"[^>]*>'
    held = re.search(rf"{cell}(\d+)</td>{cell}[\d.]+</td>{cell}<a", html(shown))
    assert held
    assert views[1].box
    assert mission.desk().counts(views[1])[0] == pytest.approx(int(held[1]), abs=3)
    said = shown.caption[0].value.replace("\\", "")
    assert "More reports here and within" in said
    assert "Places nobody watches gather none" in said


@pytest.mark.parametrize(
    ("measure", "words"), [("Density by grid", "Reports in a cell of"), ("Density by kernel", "Reports per km²")]
)
def test_each_measure_has_its_picture_and_its_choices(mission: Mission, tmp_path: Path, measure: str, words: str) -> None:
    filled(mission, tmp_path)
    shown = page()
    shown.session_state["measure"] = measure
    shown = shown.run()
    assert not shown.exception
    assert words in html(shown)
    label = "Spread of a report" if "kernel" in measure else "Side of a cell"
    shown = box(shown, label).set_value(1_000).run()  # type: ignore[attr-defined]
    assert not shown.exception
    assert ("spread over 1 km" if "kernel" in measure else "Reports in a cell of 1 km (1 km²)") in html(shown)


def test_clusters_follow_what_counts_as_near(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path, kind="<img src=x onerror=alert(1)>")
    shown = page().run()
    assert re.search(r"\d+ clusters? holds? \d+ of 230 reports", html(shown))
    assert "<img" not in html(shown)
    assert "&lt;img" in html(shown)
    shown = box(shown, "Within").set_value(250).run()  # type: ignore[attr-defined]
    shown = box(shown, "and within").set_value(1).run()  # type: ignore[attr-defined]
    shown = shown.number_input[0].set_value(40).run()
    assert not shown.exception
    assert "No report of this view has 40 so near to it" in shown.info[0].value
    assert "at least 40, themselves included, within 250 m and 1 h" in shown.caption[-1].value.replace("\\", "")


@pytest.mark.chromium
def test_the_section_is_drawn_and_a_cell_opens_on_the_live_map(browser: Browser, tmp_path: Path) -> None:
    folder = exercise_at(tmp_path / "mission", 800)
    with serving(folder) as site:
        for scheme, fill in (("dark", "rgb(221, 211, 250)"), ("light", "rgb(59, 27, 112)")):
            tab = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]}, color_scheme=scheme)
            tab.set_default_timeout(20_000)
            tab.goto(f"{site.url}/monitoring?v=last%3Dall&about=Trends")
            tab.wait_for_selector("svg.gl-heat .shade5")
            assert tab.evaluate("getComputedStyle(document.querySelector('svg.gl-heat .shade5')).fill") == fill
        link = tab.locator(".gl-counts a[href*='#']").first
        place = (link.get_attribute("href") or "").partition("#")[2]
        link.click()
        tab.wait_for_selector("iframe[title*=folium]")
        frame = tab.wait_for_selector("iframe[title*=folium]").content_frame()  # type: ignore[union-attr]
        assert frame
        frame.wait_for_selector("#map_div[data-state=drawn]", state="attached")
        stands = str(tab.evaluate("location.hash")).removeprefix("#")
        assert [float(of) for of in stands.split("/")] == pytest.approx([float(of) for of in place.split("/")], abs=0.001)
        tab.close()
