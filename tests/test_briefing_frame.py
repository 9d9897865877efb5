"""A map on paper: its ground is the one asked for, its scale is true, and places come back from where they lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.briefing.frame import Frame, NoGround, framed, grounds, rounded, scale_within, upright
from layers.briefing.paper import SIZES, layout
from layers.briefing.picture import Rect
from layers.model import Box

EARTH = Geod(ellps="WGS84")
RECT = Rect(11.5, 38.5, 315.0, 222.0)
ODD: dict[str, Box] = {
    "small": (36.0, 33.0, 36.2, 33.2),
    "nothing": (61.0, -20.0, 61.0, -20.0),
    "a_line": (61.0, -20.0, 61.4, -20.0),
    "over_180": (179.0, -17.0, -179.0, -16.0),
    "wide_over_180": (150.0, -20.0, -150.0, 20.0),
    "norway": (4.0, 59.0, 7.0, 61.0),
    "svalbard": (12.0, 77.0, 18.0, 79.0),
    "equator": (29.0, -1.0, 31.0, 1.0),
    "north_pole": (-180.0, 85.0, 180.0, 90.0),
    "south_pole": (-180.0, -90.0, 180.0, -82.0),
    "at_the_pole": (0.0, 90.0, 0.0, 90.0),
    "below_the_pole": (0.0, 80.0, 40.0, 85.0),
    "continent": (-20.0, -35.0, 52.0, 37.0),
    "world": (-180.0, -90.0, 180.0, 90.0),
    "turned": (0.0, -60.0, 360.0, 60.0),
}


def degrees(low: float, high: float) -> st.SearchStrategy[float]:
    """Return whole millionths of a degree, as places are given."""
    return st.integers(round(low * 1e6), round(high * 1e6)).map(lambda millionths: millionths / 1e6)


box = st.tuples(degrees(-180, 180), degrees(-89, 88), degrees(0, 30), degrees(0, 20)).map(
    lambda of: (of[0], of[1], round((of[0] + of[2] + 180) % 360 - 180, 6), min(of[1] + of[3], 90.0))
)
share = st.floats(0, 1)


def corners(of: Box) -> tuple[np.ndarray, np.ndarray]:
    """Return places all over a box of degrees; from 180 to -180 it is a meridian, the other way round the whole earth."""
    span = (of[2] - of[0]) % 360 or (360.0 if of[2] > of[0] else 0.0)
    lon, lat = np.meshgrid(of[0] + np.linspace(0, span, 13), np.linspace(of[1], of[3], 13))
    return (lon.ravel() + 180) % 360 - 180, lat.ravel()


def within(frame: Frame, x: np.ndarray, y: np.ndarray, spare: float = 0.01) -> np.ndarray:
    rect = frame.rect
    return (x >= rect.x - spare) & (x <= rect.right + spare) & (y >= rect.y - spare) & (y <= rect.top + spare)


@given(box, share, share)
def test_a_place_on_the_sheet_comes_back_from_the_ground(of: Box, across: float, up: float) -> None:
    frame = framed(of, RECT)
    x, y = RECT.x + across * RECT.width, RECT.y + up * RECT.height
    lon, lat = frame.degrees(x, y)
    assert -180 <= lon <= 180
    assert -90 <= lat <= 90
    back = frame.at(lon, lat)
    assert np.hypot(back[0] - x, back[1] - y) < 0.01


@example((180.0, 0.0, -180.0, 0.0))
@given(box)
def test_all_of_what_was_asked_for_is_on_the_sheet(of: Box) -> None:
    frame = framed(of, RECT)
    assert within(frame, *frame.at(*corners(of))).all()


@pytest.mark.parametrize("of", ODD.values(), ids=ODD)
def test_an_odd_box_is_a_sensible_map(of: Box) -> None:
    frame = framed(of, RECT)
    assert within(frame, *frame.at(*corners(of))).all()
    assert rounded(frame.scale) == frame.scale
    west, south, east, north = frame.box
    assert -180 <= west <= 180
    assert -180 <= east <= 180
    assert -90 <= south <= north <= 90
    middle = frame.degrees(RECT.x + RECT.width / 2, RECT.y + RECT.height / 2)
    assert np.isfinite(middle).all()


@given(box)
def test_the_scale_of_a_zone_is_true(of: Box) -> None:
    frame = framed(of, RECT)
    if "UTM" not in frame.called:
        return
    x, y = (
        at.ravel()
        for at in np.meshgrid(RECT.x + np.linspace(0.02, 0.98, 7) * RECT.width, RECT.y + np.linspace(0.02, 0.98, 5) * RECT.height)
    )
    for east, north in ((1.0, 0.0), (0.0, 1.0), (0.6, 0.8)):
        _, _, ground = EARTH.inv(*frame.degrees(x, y), *frame.degrees(x + east, y + north))
        assert np.abs(ground / (frame.scale / 1_000) - 1).max() < 0.0011


@pytest.mark.parametrize("of", ODD.values(), ids=ODD)
def test_the_scale_is_true_in_the_middle(of: Box) -> None:
    """A millimetre each way covers the ground that the scale says, by its area where the projection is not true to angles."""
    frame = framed(of, RECT)
    x, y = RECT.x + RECT.width / 2, RECT.y + RECT.height / 2
    lon, lat = frame.degrees(np.array([x - 1, x + 1, x + 1, x - 1]), np.array([y - 1, y - 1, y + 1, y + 1]))
    area, _ = EARTH.polygon_area_perimeter(lon, lat)
    assert np.sqrt(area) / 2 == pytest.approx(frame.scale / 1_000, rel=0.002)


@pytest.mark.parametrize("name", ["small", "nothing", "a_line", "svalbard"])
def test_a_map_of_a_region_is_in_a_zone(name: str) -> None:
    assert "UTM" in framed(ODD[name], RECT).called


def test_a_narrow_strip_is_not_in_a_zone_that_its_map_leaves_far_behind() -> None:
    assert "Lambert" in framed((36.0, 20.0, 37.0, 38.0), RECT).called


@pytest.mark.parametrize("of", ODD.values(), ids=ODD)
def test_the_box_of_a_frame_holds_all_of_it(of: Box) -> None:
    frame = framed(of, RECT)
    chance = np.random.default_rng(3)
    x, y = RECT.x + chance.random(2_000) * RECT.width, RECT.y + chance.random(2_000) * RECT.height
    lon, lat = frame.degrees(x, y)
    there = np.isfinite(lon) & np.isfinite(lat)
    back = frame.at(np.where(there, lon, 0), np.where(there, lat, 0))
    there &= np.hypot(back[0] - x, back[1] - y) < 0.01
    west, south, east, north = frame.box
    span = (east - west) % 360 or 360.0
    spare = 0.02 * span
    assert (((lon[there] - west + spare) % 360) <= span + 2 * spare).all()
    assert (lat[there] >= south - 0.02 * (north - south)).all()
    assert (lat[there] <= north + 0.02 * (north - south)).all()


@pytest.mark.parametrize(
    "of",
    [
        (float("nan"), 0.0, 1.0, 1.0),
        (0.0, float("inf"), 1.0, 1.0),
        (0.0, 2.0, 1.0, 1.0),
        (0.0, -91.0, 1.0, 1.0),
        (0.0, 0.0, 1.0, 91.0),
    ],
)
def test_what_is_no_place_is_refused_in_words(of: Box) -> None:
    with pytest.raises(NoGround, match="no place on the earth; draw it anew"):
        framed(of, RECT)


@given(st.floats(1, 1e9))
def test_a_scale_is_the_next_round_number(scale: float) -> None:
    found = rounded(scale)
    assert found >= scale * (1 - 1e-9)
    assert found <= max(scale * 1.6, 2_500)
    assert rounded(found) == found
    assert found / 10 ** np.floor(np.log10(found)) in (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)


@pytest.mark.parametrize(("portrait", "beside"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_on_a_sheet_stands_on_anything_else(size: str, portrait: bool, beside: bool) -> None:
    stands = layout(size, portrait=portrait, beside=beside)  # type: ignore[arg-type]
    assert stands.low == (stands.portrait and not beside)
    boxes = (*stands.bands, stands.head, stands.map, stands.margin, stands.foot)
    for n, one in enumerate(boxes):
        assert one.width > 0
        assert one.height > 0
        assert one.x >= 0
        assert one.y >= 0
        assert one.right <= stands.width
        assert one.top <= stands.height
        for other in boxes[n + 1 :]:
            apart = (
                one.right <= other.x + 1e-9
                or other.right <= one.x + 1e-9
                or one.top <= other.y + 1e-9
                or other.top <= one.y + 1e-9
            )
            assert apart


def largest(box: Box, portrait: bool | None) -> float:
    """Return the largest scale at which any sheet of A4 that stands so shows a box, wherever its legend is."""
    ways = [(False, False)] * (not portrait) + [(True, False), (True, True)] * (portrait is not False)
    return min(framed(box, layout("A4", portrait=tall, beside=beside).map).scale for tall, beside in ways)


@given(st.floats(0.05, 6.0), st.floats(0.05, 6.0))
@settings(max_examples=15)
def test_a_sheet_stands_as_its_ground_is_shown_larger(wide: float, high: float) -> None:
    box = (61.0, -20.0, 61.0 + wide, -20.0 + high)
    flat, tall = largest(box, False), largest(box, True)
    assert upright("A4", box) == (tall < flat)
    for portrait, scale in ((False, flat), (True, tall)):
        [frame] = grounds("A4", box, 0.0, portrait=portrait, twice=False)
        assert frame.scale == scale
    assert not upright("16:9", box)


@pytest.mark.parametrize("portrait", [None, False, True])
@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), st.floats(0.05, 3.0), st.floats(0.05, 3.0))
@settings(max_examples=15)
def test_a_part_of_some_ground_is_never_smaller_on_its_own_sheet(
    portrait: bool | None, west: float, south: float, wide: float, high: float
) -> None:
    whole, part = (60.6, -21.4, 62.4, -20.2), (60.6 + west, -21.4 + south, 60.6 + west + wide, -21.4 + south + high)
    scale = scale_within("A4", part, whole, portrait=portrait)
    own, overview = largest(part, portrait), largest(whole, portrait)
    assert scale == (overview if own > overview else 0.0)
