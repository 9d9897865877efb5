"""Names on the live map: each where it can be read, and none more often than it says something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.frame import Frame
from tests.test_render_live import module

pytestmark = pytest.mark.chromium
DRAWN = """(([features, marks]) => {
  const ctx = new OffscreenCanvas(400, 400).getContext('2d');
  const written = [];
  ctx.fillText = (text, x, y) => written.push([text, Math.round(x), Math.round(y)]);
  const frame = { zoom: 9, world: 400, left: 0, top: 0, width: 400, height: 400, pad: { x: 0, y: 0 } };
  const named = features.map(([kind, label, casing, xy]) => (
    { layer: { hues: [{}], geometry: kind, casing }, feature: { kind, label, hue: 0, parts: [{ xy }], box: [0, 0, 1, 1] } }));
  it.label(ctx, frame, { named: () => named }, { places: () => [] }, marks);
  return written;
})(given)"""


@pytest.fixture(scope="module")
def frame(browser: Browser) -> Iterator[Frame]:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    yield Frame(page)
    page.close()


def names(frame: Frame, *features: tuple[str, str, bool, list[float]], marks: tuple[dict[str, int], ...] = ()) -> list[str]:
    return [text for text, _, _ in module(frame, "labels", DRAWN, list(features), list(marks))]  # type: ignore[attr-defined]


def leg(name: str, y: float) -> tuple[str, str, bool, list[float]]:
    return ("line", name, False, [0.1, y, 0.3, y, 0.5, y, 0.7, y, 0.9, y])


def test_the_legs_of_a_patrol_bear_its_name_once(frame: Frame) -> None:
    assert names(frame, leg("Patrol 1", 0.2), leg("Patrol 1", 0.5), leg("Patrol 2", 0.8)) == ["Patrol 1", "Patrol 2"]


def test_two_signs_at_one_place_bear_one_name_and_others_of_that_name_theirs(frame: Frame) -> None:
    here, there = [0.5, 0.5], [0.1, 0.1]
    found = names(frame, ("point", "Site B5", False, here), ("point", "Site B5", False, here), ("point", "Site B5", False, there))
    assert found == ["Site B5", "Site B5"]


def test_the_name_of_a_patrol_hides_no_sign_and_that_of_the_line_stands(frame: Frame) -> None:
    marks = tuple({"x": x, "y": y} for x in range(0, 400, 6) for y in range(0, 400, 6))
    assert names(frame, ("line", "Ceasefire line", True, [0.1, 0.5, 0.5, 0.5, 0.9, 0.5]), leg("Patrol 1", 0.2), marks=marks) == [
        "Ceasefire line"
    ]
