"""Measuring on the live map: legs and areas as the ellipsoid has them, in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser
from pyproj import Geod

from tests.frame import Frame
from tests.test_render_live import module

pytestmark = pytest.mark.chromium
EARTH = Geod(ellps="WGS84")
READ = "#gl-measured"


@pytest.fixture(scope="module")
def frame(browser: Browser) -> Iterator[Frame]:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    yield Frame(page)
    page.close()


def rings(count: int) -> list[list[list[float]]]:
    """Return rings about places from pole to pole and over ±180°, from a hundred metres to some hundred kilometres wide."""
    chance, found = np.random.default_rng(11), []
    for n in range(count):
        lon, lat = (179.9 if n % 5 == 0 else chance.uniform(-180, 180)), chance.uniform(-75, 75)
        corners = int(chance.integers(3, 8))
        turns = np.sort(chance.uniform(0, 360, corners))
        if np.diff(turns, append=turns[0] + 360).max() > 170:
            turns = np.arange(corners) * 360 / corners
        away = 10 ** chance.uniform(2, 5.5) * chance.uniform(0.5, 1.0, corners)
        x, y, _ = EARTH.fwd(np.full(corners, lon), np.full(corners, lat), turns, away)
        found.append(np.stack([x, y], axis=1).tolist())
    return found


def test_what_a_ring_encloses_is_what_the_ellipsoid_says(frame: Frame) -> None:
    given = rings(60)
    wanted = [abs(EARTH.polygon_area_perimeter(*np.array(ring).T)[0]) for ring in given]
    assert module(frame, "area", "given.map((ring) => it.area(ring))", *given) == pytest.approx(wanted, rel=1e-5, abs=1.0)
    assert module(frame, "area", "given.map((ring) => it.area(ring.reverse()))", *given) == pytest.approx(
        wanted, rel=1e-5, abs=1.0
    )


def test_a_way_that_crosses_itself_or_goes_round_a_pole_encloses_nothing(frame: Frame) -> None:
    bow, pole = [[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 80], [120, 80], [-120, 80]]
    assert module(frame, "area", "given.map((ring) => it.area(ring))", bow, pole) == [None, None]


def test_going_along_a_geodesic_ends_where_it_does(frame: Frame) -> None:
    chance = np.random.default_rng(3)
    lon, lat, bearing, metres = (chance.uniform(*limits, 200) for limits in ((-180, 180), (-85, 85), (0, 360), (1, 1e6)))
    found = module(
        frame, "area", "given.map(([x, y, b, m]) => it.direct([x, y], b, m))", *np.stack([lon, lat, bearing, metres], 1).tolist()
    )
    x, y, _ = EARTH.fwd(lon, lat, bearing, metres)
    assert max(EARTH.inv(*np.array(found).T, x, y)[2]) < 0.001  # type: ignore[call-overload]


def test_three_clicks_tell_the_way_and_what_it_encloses(frame: Frame) -> None:
    frame.open()
    page = frame.page
    page.click("#gl-measure")
    page.wait_for_selector(f"{READ}:not([hidden])")
    assert page.inner_text(READ) == "Click along the way, or round an area; Esc ends"
    box = page.locator("#gl-map").bounding_box()
    assert box is not None
    scale = page.inner_text("#gl-scale")
    for x, y in ((300, 200), (500, 200), (500, 400), (500, 400)):
        page.mouse.click(box["x"] + x, box["y"] + y)
    page.mouse.dblclick(box["x"] + 500, box["y"] + 400)
    said = page.inner_text(READ)
    assert "2 legs" in said
    assert said.endswith(" km² enclosed")
    assert page.inner_text("#gl-scale") == scale
    page.mouse.click(box["x"] + 450, box["y"] + 100)
    page.mouse.click(box["x"] + 320, box["y"] + 380)
    assert page.inner_text(READ).endswith("no area: the way crosses itself or goes round a pole")
    page.keyboard.press("Escape")
    assert not page.is_visible(READ)
