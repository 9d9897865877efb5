"""The picture of where reports gather: what is drawn is what was counted, and no text becomes markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layers.render import heat, still
from layers.render.heat import Cells, Key
from layers.spatial.plane import Plane

PLANE = Plane(63.0, -20.0)
SHADES = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 5))


def drawn(cells: Cells, ground: still.Ground = still.Ground(), words: str = "cells") -> ElementTree.Element:  # noqa: B008
    side = cells.side_m * np.array([0, max(cells.shade.shape)])
    frame = heat.framed(cells.plane, side, side)
    return ElementTree.fromstring(heat.picture(frame, cells, ground, Key("Reports", ("1", "2")), words))


def paths(root: ElementTree.Element, kind: str) -> str:
    return "".join(str(of.get("d")) for of in root.iter("{http://www.w3.org/2000/svg}path") if of.get("class") == kind)


@given(SHADES)
def test_every_shade_covers_as_much_as_its_cells(shade: np.ndarray) -> None:
    root = drawn(Cells(PLANE, 20_000, 0, 0, shade, np.zeros(shade.shape, np.int8)))
    side = min(heat.WIDTH, heat.HEIGHT) / (20_000 * max(shade.shape) * 1.12) * 20_000
    for n in range(1, 6):
        runs = re.findall(r"v-([\d.]+)h([\d.]+)", paths(root, f"shade{n}"))
        assert sum(float(high) * float(wide) for high, wide in runs) == pytest.approx((shade == n).sum() * side**2, rel=0.02)


@given(SHADES)
def test_outlines_are_as_long_as_the_edges_between_what_is_meant_and_what_is_not(shade: np.ndarray) -> None:
    outline = (shade >= 3).astype(np.int8)
    root = drawn(Cells(PLANE, 20_000, 0, 0, shade, outline))
    meant = shapely.union_all([shapely.box(c, r, c + 1, r + 1) for r, c in np.argwhere(outline)])
    side = heat.HEIGHT / (20_000 * max(shade.shape) * 1.12) * 20_000
    length = sum(float(of) for of in re.findall(r"[hv]-?([\d.]+)", paths(root, "more")))
    assert length == pytest.approx(meant.length * side, rel=0.02, abs=0.1)


@given(st.floats(1e-6, 1e6), st.booleans())
def test_shades_begin_at_round_numbers_and_the_most_is_the_darkest(most: float, whole: bool) -> None:
    values = np.array([0.0, most / 3, most])
    values = np.ceil(values) if whole else values
    begins = heat.breaks(values, whole=whole)
    assert 1 <= len(begins) <= heat.SHADES
    assert list(begins) == sorted(set(begins))
    assert all(f"{of:e}"[0] in "1235" for of in begins)
    shade = heat.shaded(values, begins)
    assert shade[0] == 0
    assert shade[2] == heat.SHADES
    assert not whole or shade[1] > 0


def test_the_words_of_a_long_key_stay_on_the_picture_each_in_its_own_room() -> None:
    cells = Cells(PLANE, 20_000, 0, 0, np.ones((2, 2), np.uint8), np.ones((2, 2), np.int8))
    side = np.array([0.0, 40_000.0])
    key = Key(
        "Reports", tuple(f"under 1 in {n}" for n in (10, 20, 100)), "outline: all under 1 in 20", "outline: " + "fewer " * 12
    )
    root = ElementTree.fromstring(heat.picture(heat.framed(PLANE, side, side), cells, still.Ground(), key, "cells"))
    told = {str(of.text): (float(of.get("x", 0)), float(of.get("y", 0))) for of in root.iter("{http://www.w3.org/2000/svg}text")}
    places = [told[text] for text in (*key.shades, key.more, key.fewer)]
    assert len(set(places)) == 5
    assert all(x + 6.2 * len(text) <= heat.WIDTH for text, (x, _) in zip((*key.shades, key.more, key.fewer), places, strict=True))
    assert max(y for _, y in places) < float(root.get("viewBox", "").split()[3])


@pytest.mark.parametrize("plane", [Plane(180.0, 10.0), Plane(20.0, 90.0), Plane(0.0, -78.0), Plane(63.0, -20.0)])
def test_the_box_of_a_frame_holds_all_of_it(plane: Plane) -> None:
    frame = heat.framed(plane, np.array([-30_000.0, 50_000.0]), np.array([-20_000.0, 20_000.0]))
    west, south, east, north = frame.box()
    u, v = np.meshgrid(np.linspace(0, heat.WIDTH, 23), np.linspace(0, heat.HEIGHT, 19))
    lon, lat = plane.degrees(frame.west_m + u / frame.px_per_m, frame.north_m - v / frame.px_per_m)
    assert ((lon - west + 1e-6) % 360 <= ((east - west) % 360 or 360) + 2e-6).all()
    assert ((lat >= south - 0.01) & (lat <= north + 0.01)).all()


def test_the_order_of_shades_holds_in_grey_by_day_and_by_night() -> None:
    style = drawn(Cells(PLANE, 1_000, 0, 0, np.ones((1, 1), np.uint8), np.zeros((1, 1), np.int8))).findtext(
        "{http://www.w3.org/2000/svg}style"
    )
    pairs = [re.search(rf"\.shade{n}\{{fill:light-dark\(#(\w+),#(\w+)\)", str(style)) for n in range(1, 6)]
    grey = [
        [sum(w * int(of.group(k)[i : i + 2], 16) for i, w in ((0, 0.3), (2, 0.59), (4, 0.11))) for of in pairs if of]
        for k in (1, 2)
    ]
    assert len(grey[0]) == 5
    assert all(a - b > 20 for a, b in zip(grey[0], grey[0][1:], strict=False))
    assert all(b - a > 20 for a, b in zip(grey[1], grey[1][1:], strict=False))


def test_no_name_becomes_markup() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    cells = Cells(PLANE, 30_000, 0, 0, np.ones((2, 2), np.uint8), np.ones((2, 2), np.int8))
    root = drawn(cells, still.Ground(names=((63.2, -19.8, hostile),)), hostile)
    assert {of.tag.rpartition("}")[2] for of in root.iter()} <= {"svg", "style", "rect", "path", "circle", "text"}
    assert root.get("aria-label") == hostile
    assert hostile[:24] in [of.text for of in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any(re.fullmatch(r"\d+ km", of.text or "") for of in root.iter("{http://www.w3.org/2000/svg}text"))
