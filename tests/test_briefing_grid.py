"""The MGRS grid of a map: each line on round coordinates of its zone, each figure as it stands in a reference."""

from __future__ import annotations

import mgrs
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from layers.briefing import lettering
from layers.briefing.drawing import drawing
from layers.briefing.figures import figures
from layers.briefing.frame import Frame, framed
from layers.briefing.grid import Grid, grid
from layers.briefing.margin import NORTH
from layers.briefing.naming import SQUARE
from layers.briefing.picture import Floats, Rect, Words
from layers.model import Box
from layers.notation.projection import zones
from tests import plates

RECT = Rect(11.5, 38.5, 315.0, 222.0)
PLACES: dict[str, Box] = {
    "one_zone": (61.0, -20.5, 61.4, -20.2),
    "zones_meet": (35.6, 33.0, 36.5, 33.6),
    "many_zones": (28.0, 1.0, 38.0, 8.0),
    "norway": (2.5, 59.5, 4.0, 60.5),
    "svalbard": (8.0, 77.5, 10.0, 78.5),
    "edge_of_svalbard": (20.0, 71.6, 22.0, 72.4),
    "equator": (29.4, -0.5, 30.4, 0.5),
    "equator_between_zones": (35.5, -0.4, 36.5, 0.4),
    "over_180": (179.6, -17.0, -179.6, -16.6),
    "ups_north": (10.0, 86.0, 20.0, 87.0),
    "ups_south": (-40.0, -88.0, -20.0, -86.5),
    "north_pole": (-180.0, 88.0, 180.0, 90.0),
    "utm_meets_ups": (10.0, 83.5, 16.0, 84.5),
    "close": (61.0, -20.0, 61.01, -19.99),
}
every = pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)


def drawn(box: Box) -> tuple[Frame, Grid]:
    frame = framed(box, RECT)
    found = grid(frame)
    assert found is not None
    return frame, found


def universal(lon: Floats, lat: Floats) -> tuple[Floats, Floats, int, bool]:
    """Return places of one zone in it, by pyproj."""
    middle = len(lon) // 2
    zone = int(zones(lon[middle : middle + 1], lat[middle : middle + 1])[0])
    northern = bool(lat[middle] >= 0)
    code = (32600 if northern else 32700) + zone if zone else (32661 if northern else 32761)
    x, y = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    return np.asarray(x), np.asarray(y), zone, northern


@every
def test_each_line_follows_a_round_coordinate_of_its_zone(box: Box) -> None:
    frame, found = drawn(box)
    assert found.lines
    for line in found.lines:
        x, y, _, _ = universal(*frame.degrees(line[:, 0], line[:, 1]))
        off = [float(np.abs(axis / found.step_m - np.round(axis / found.step_m)).max() * found.step_m) for axis in (x, y)]
        assert min(off) < 0.02


@every
def test_no_line_leaves_its_zone_or_the_map(box: Box) -> None:
    frame, found = drawn(box)
    for line in found.lines:
        assert (line[:, 0] >= RECT.x - 1e-6).all()
        assert (line[:, 0] <= RECT.right + 1e-6).all()
        assert (line[:, 1] >= RECT.y - 1e-6).all()
        assert (line[:, 1] <= RECT.top + 1e-6).all()
        lon, lat = frame.degrees(line[1:-1, 0], line[1:-1, 1])
        assert len(set(zones(lon, lat).tolist())) <= 1


@every
def test_every_round_line_of_the_map_is_drawn(box: Box) -> None:
    """Where a coordinate passes a round value between two neighbours on the sheet, a line lies between them."""
    frame, found = drawn(box)
    chance = np.random.default_rng(4)
    x, y = RECT.x + 2 + chance.random(400) * (RECT.width - 4), RECT.y + 2 + chance.random(400) * (RECT.height - 4)
    ends = np.concatenate(found.lines)
    lon, lat = frame.degrees(x, y)
    for at, where in zip(np.stack([x, y], axis=1), zip(lon, lat, strict=True), strict=True):
        beside = np.array([[-1.0, 0], [1.0, 0], [0, -1.0], [0, 1.0]]) + at
        near = frame.degrees(beside[:, 0], beside[:, 1])
        places = np.array([[where[0], *near[0]], [where[1], *near[1]]])
        if len(set(zip(zones(*places).tolist(), (places[1] >= 0).tolist(), strict=True))) > 1:
            continue
        east, north, _, _ = universal(*places)
        passed = any(len(set(np.floor(axis / found.step_m).tolist())) > 1 for axis in (east, north))
        if passed:
            assert np.hypot(*(ends - at).T).min() < 2.5


@every
def test_a_figure_is_what_a_reference_says_there(box: Box) -> None:
    frame, found = drawn(box)
    reader = mgrs.MGRS()
    for figure in found.figures:
        assert RECT.x <= figure.x <= RECT.right
        assert RECT.y <= figure.y <= RECT.top
        lon, lat = frame.degrees(figure.x, figure.y)
        told, whole = [], set()
        for east, north in ((0.0, 0.0), *((0.3 * a, 0.3 * b) for a in (-1, 0, 1) for b in (-1, 0, 1))):
            near = frame.degrees(np.clip(figure.x + east, RECT.x, RECT.right), np.clip(figure.y + north, RECT.y, RECT.top))
            told.append(reader.toMGRS(float(near[1]), float(near[0]), MGRSPrecision=5))
            x, y, _, _ = universal(near[0].reshape(1), near[1].reshape(1))
            whole |= {f"{round(float(metres) / 100_000) * 100:,}" for metres in (x[0], y[0])}
        digits = len(figure.text)
        read = {half for one in told for half in (one[-10:-5][:digits], one[-5:][:digits])}
        assert figure.text in (whole if found.step_m == 100_000 else read), (figure, lon, lat, told[0])


@every
def test_a_square_is_named_as_a_reference_names_it(box: Box) -> None:
    frame, found = drawn(box)
    assert found.squares
    reader = mgrs.MGRS()
    chance = np.random.default_rng(5)
    x, y = RECT.x + chance.random(3_000) * RECT.width, RECT.y + chance.random(3_000) * RECT.height
    lon, lat = frame.degrees(x, y)
    names = np.array([reader.toMGRS(float(b), float(a), MGRSPrecision=0) for a, b in zip(lon, lat, strict=True)])
    for square in found.squares:
        wide, high = lettering.width(square.name, SQUARE), lettering.height(SQUARE)
        here = names == square.name.replace(" ", "")
        assert here.any(), square.name
        middle = np.array([x[here].mean(), y[here].mean()])
        away = np.hypot(*(square.places - middle).T)
        assert away[0] < 20
        assert (np.diff(away[1:]) > -20).all()
        for at_x, at_y in square.places.tolist():
            assert RECT.x <= at_x - wide / 2 <= at_x + wide / 2 <= RECT.right
            assert RECT.y <= at_y - high / 2 <= at_y + high / 2 <= RECT.top
        corners = square.places[1:, None] + np.array([(a, b) for a in (-wide / 2, wide / 2) for b in (-high / 2, high / 2)])
        for at in corners:
            lon, lat = frame.degrees(*at.T)
            assert {reader.toMGRS(float(b), float(a), MGRSPrecision=0) for a, b in zip(lon, lat, strict=True)} == {
                square.name.replace(" ", "")
            }


@every
def test_the_north_of_a_grid_lies_along_its_lines(box: Box) -> None:
    """Going up a zone's grid for a little, the way bends from true north by what the grid tells of that zone."""
    frame, found = drawn(box)
    chance = np.random.default_rng(8)
    lon, lat = frame.degrees(RECT.x + chance.random(2_000) * RECT.width, RECT.y + chance.random(2_000) * RECT.height)
    zone, north = zones(lon, lat), lat >= 0
    bent = []
    for one in sorted(set(zip(zone.tolist(), north.tolist(), strict=True))):
        here = (zone == one[0]) & (north == one[1])
        code = (32600 if one[1] else 32700) + one[0] if one[0] else (32661 if one[1] else 32761)
        there = Transformer.from_crs(4326, code, always_xy=True)
        x, y = there.transform(lon[here], lat[here])
        far = there.transform(x, y + 100.0, direction="INVERSE")
        bent.append(np.array(Geod(ellps="WGS84").inv(lon[here], lat[here], *far)[0]))
    assert len(bent) == len(found.turned)
    for turned, azimuths in zip(found.turned, bent, strict=True):
        away = (azimuths - turned + 180) % 360 - 180
        assert len(away) < 20 or away.min() - 0.01 <= 0 <= away.max() + 0.01


def test_a_sheet_tells_the_north_of_the_grid_that_is_drawn_and_where_zones_differ_says_so() -> None:
    told = {}
    for name in ("one_zone", "zones_meet", "utm_meets_ups"):
        made = drawing(plates.plate(PLACES[name]))
        assert made.room.scale.x <= min(
            at.x for part in made.picture.parts if part.title == NORTH for at in part.items if isinstance(at, Words)
        )
        told[name] = next(
            item.text
            for part in made.picture.parts
            if part.title == NORTH
            for item in part.items
            if isinstance(item, Words) and item.text.startswith("Grid")
        )
    assert told["one_zone"] == "Grid north 0.6° E"  # 61.2 E is 1.8 degrees west of the middle of its zone, south of the equator
    assert told["zones_meet"] == "Grid north differs by zone: 1.5° W to 1.5° E"
    assert told["utm_meets_ups"].startswith("Grid north differs by zone")
    world = drawing(plates.plate((-180.0, -90.0, 180.0, 90.0)))
    assert not [
        item for part in world.picture.parts for item in part.items if isinstance(item, Words) and item.text.startswith("Grid")
    ]


def test_the_meridians_that_part_zones_are_drawn() -> None:
    frame, found = drawn(PLACES["zones_meet"])
    (edge,) = found.edges
    assert np.allclose(frame.degrees(edge[:, 0], edge[:, 1])[0], 36.0)
    assert np.ptp(edge[:, 1]) > 0.95 * RECT.height
    _, far = drawn(PLACES["norway"])
    assert len(far.edges) == 1
    assert not drawn(PLACES["one_zone"])[1].edges


def test_the_edge_of_norway_is_not_at_six_degrees() -> None:
    frame, found = drawn(PLACES["norway"])
    assert np.allclose(frame.degrees(found.edges[0][:, 0], found.edges[0][:, 1])[0], 3.0)


def test_lines_stand_so_far_apart_that_figures_have_room() -> None:
    for box in PLACES.values():
        frame, found = drawn(box)
        assert found.step_m * 1_000 / frame.scale >= 16


def test_a_map_of_half_the_world_has_no_grid() -> None:
    assert grid(framed((-20.0, -35.0, 52.0, 37.0), RECT)) is None
    assert grid(framed((-180.0, -90.0, 180.0, 90.0), RECT)) is None


def test_a_grid_says_its_step() -> None:
    assert drawn(PLACES["one_zone"])[1].called == "MGRS, 10 km"
    assert drawn(PLACES["close"])[1].called == "MGRS, 200 m"


def test_lines_between_squares_have_their_kilometres_and_the_notes_say_so() -> None:
    found = drawn(PLACES["many_zones"])[1]
    assert found.step_m == 100_000
    assert {figure.text for figure in found.figures} >= {"500", "200"}
    assert found.noted == "MGRS, 100 km, WGS 84, figures in km"
    assert drawn(PLACES["one_zone"])[1].noted == "MGRS, 10 km, WGS 84"


@pytest.mark.parametrize("box", [*PLACES.values(), (35.4, 32.4, 42.5, 37.4)], ids=[*PLACES, "corners"])
def test_no_figure_about_the_frame_stands_on_another_and_few_are_left_out(box: Box) -> None:
    _, found = drawn(box)
    shown = list(figures(found, RECT, "#000000"))
    rooms = []
    for item in shown:
        wide, high = lettering.width(item.text, item.size), 0.72 * item.size * lettering.MM_PER_POINT
        left = item.x - {"left": 0.0, "center": wide / 2, "right": wide}[item.across]
        low = item.y - {"bottom": 0.0, "center": high / 2, "top": high}[item.up]
        rooms.append(shapely.box(left, low, left + wide, low + high))
    assert not any(one.intersects(other) for n, one in enumerate(rooms) for other in rooms[:n])
    assert len(shown) >= 0.6 * len(found.figures)
