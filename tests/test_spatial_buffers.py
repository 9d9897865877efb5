"""Buffers against the geodesic: the outline lies at its distance, at the corners and between them."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.exercise.agreement import agreement
from layers.spatial import UnusableGeometry, buffer, nearest, pairs, side
from layers.spatial.lines import LineIndex

EARTH = Geod(ellps="WGS84")
PROMISED = 5e-4


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def outline(shape: shapely.Geometry, per_edge: int = 5) -> np.ndarray:
    """Return places on the outline, at its corners and between; what runs along ±180 is left out."""
    found = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        at = shapely.get_coordinates(ring)
        begin, end = at[:-1], at[1:]
        cut = (np.abs(begin[:, 0]) == 180) & (begin[:, 0] == end[:, 0])
        share = np.arange(per_edge)[:, None, None] / per_edge
        found.append((begin[~cut] + share * (end - begin)[~cut]).reshape(-1, 2))
    return np.concatenate(found)


def line(kind: str, lon: float, lat: float, metres: float) -> shapely.LineString:
    """Return a straight, curved or zigzag line about as long."""
    if kind == "straight":
        return shapely.LineString([(lon, lat), EARTH.fwd(lon, lat, 80, metres)[:2]])
    turns = {"curved": np.full(40, 4.0), "zigzag": np.resize([140.0, -140.0], 40)}[kind]
    at, azimuth = [(lon, lat)], 20.0
    for turn in turns:
        at.append(EARTH.fwd(*at[-1], azimuth, metres / 40)[:2])
        azimuth += turn
    return shapely.LineString(at)


@pytest.mark.parametrize("radius", [500.0, 1_000.0, 5_000.0])
@pytest.mark.parametrize("kind", ["straight", "curved", "zigzag"])
@pytest.mark.parametrize(("lon", "lat"), [(10, 0), (179.9, 33), (36, 60), (-179.99, 74), (20, -45)])
@pytest.mark.parametrize("metres", [20_000.0, 200_000.0])
def test_the_outline_lies_at_its_distance(radius: float, kind: str, lon: float, lat: float, metres: float) -> None:
    given_line = line(kind, lon, lat, metres)
    grown = buffer(frame(given_line), radius).geometry[0]
    assert grown.is_valid
    assert grown.bounds[0] >= -180
    assert grown.bounds[2] <= 180
    at = outline(grown)
    found = LineIndex(np.array([given_line])).nearest(*at.T)
    exact = EARTH.inv(*at.T, found.lon, found.lat)[2]
    assert np.abs(exact - radius).max() <= PROMISED * radius


def test_a_line_of_a_thousand_kilometres() -> None:
    given_line = line("straight", 170, 60, 1_000_000)
    grown = buffer(frame(given_line), 500).geometry[0]
    found = LineIndex(np.array([given_line])).nearest(*outline(grown).T)
    assert np.abs(found.metres - 500).max() <= 0.25


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 50.0, -74.0]), st.sampled_from([20.0, 179.95]))
def test_what_is_inside_is_near_and_what_is_near_is_inside(seed: int, lat: float, lon: float) -> None:
    dice = np.random.default_rng(seed)
    at, azimuth = [(lon, lat)], dice.uniform(0, 360)
    for _ in range(12):
        at.append(EARTH.fwd(*at[-1], azimuth, 1_500 * dice.lognormal(0, 0.8))[:2])
        azimuth += dice.normal(0, 80)
    given_line = shapely.LineString(at)
    grown = buffer(frame(given_line), 1_000).geometry[0]
    begin = np.array(at)[dice.integers(0, 13, 300)]
    x, y, _ = EARTH.fwd(*begin.T, dice.uniform(0, 360, 300), dice.uniform(0, 2_500, 300))
    metres = LineIndex(np.array([given_line])).nearest(np.array(x), np.array(y)).metres
    inside = shapely.intersects_xy(grown, x, y)
    sure = np.abs(metres - 1_000) > 0.5
    assert np.array_equal(inside[sure], (metres <= 1_000)[sure])


@pytest.mark.parametrize("lat", [0, 60, 89])
def test_a_disc_is_round_on_the_ground(lat: float) -> None:
    at = outline(buffer(frame(shapely.Point(179.999, lat)), 5_000).geometry[0])
    metres = EARTH.inv(np.full(len(at), 179.999), np.full(len(at), float(lat)), *at.T)[2]
    assert np.abs(metres - 5_000).max() <= PROMISED * 5_000


def test_an_area_grows_outwards_and_into_its_holes() -> None:
    area = shapely.Polygon([(30, 50), (31, 50), (31, 51), (30, 51)], [[(30.4, 50.4), (30.6, 50.4), (30.6, 50.6), (30.4, 50.6)]])
    grown = buffer(frame(area), 1_000).geometry[0]
    assert len(grown.interiors) == 1
    found = LineIndex(np.array([area])).nearest(*outline(grown).T)
    assert np.abs(found.metres - 1_000).max() <= 0.5
    assert shapely.intersects_xy(grown, 30.2, 50.2)
    assert not shapely.intersects_xy(grown, 30.5, 50.5)
    assert not buffer(frame(area), 10_000).geometry[0].interiors


def test_an_area_across_the_antimeridian() -> None:
    one = shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])
    two = shapely.MultiPolygon([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    grown = buffer(frame(one, two), 1_000).geometry
    assert shapely.symmetric_difference(grown[0], grown[1]).area < 1e-3 * grown[0].area
    assert grown[0].geom_type == "MultiPolygon"
    assert len(grown[1].geoms) == 2


@pytest.mark.parametrize("kind", ["straight", "curved", "zigzag"])
def test_the_two_sides_are_the_whole(kind: str) -> None:
    given_line = frame(line(kind, 36, 33, 40_000))
    left, right, both = (buffer(given_line, 1_000, side=which).geometry[0] for which in ("left", "right", "both"))
    assert shapely.intersection(left, right).area < 1e-9 * both.area
    assert shapely.symmetric_difference(shapely.union(left, right), both).area < 1e-6 * both.area
    for half, name in ((left, "left"), (right, "right")):
        dice = np.random.default_rng(1)
        at = dice.uniform(half.bounds[:2], half.bounds[2:], (400, 2))
        at = at[shapely.intersects_xy(half, *at.T)]
        assert len(at) > 10
        assert set(side(frame(*shapely.points(at)), given_line)) == {name}


def halves_are_true(shape: shapely.Geometry, radius: float, count: int = 2_000, seed: int = 0) -> None:
    """Ask of places about a line whether they are in the halves, and against ``side`` and the distance whether they should be."""
    given_line = frame(shape)
    left, right, both = (buffer(given_line, radius, side=which).geometry[0] for which in ("left", "right", "both"))
    assert left.area + right.area == pytest.approx(both.area, rel=1e-9)
    assert shapely.intersection(left, right).area <= 1e-9 * both.area
    dice = np.random.default_rng(seed)
    about = shapely.get_coordinates(shapely.segmentize(shape, shape.length / 200))
    begin = about[dice.integers(0, len(about), count)]
    x, y, _ = EARTH.fwd(*begin.T, dice.uniform(0, 360, count), 1.3 * radius * np.sqrt(dice.uniform(0, 1, count)))
    at = np.column_stack([x, y])
    near = LineIndex(np.array([shape])).nearest(*at.T).metres <= radius
    named = side(frame(*shapely.points(at)), given_line)
    for half, name in ((left, "left"), (right, "right")):
        wrong = at[shapely.intersects_xy(half, *at.T) != (near & (named == name).to_numpy())]
        assert (from_the_edge(wrong, half) <= 1e-3 * radius).all()


def from_the_edge(at: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """Return metres to the outline of an area, each seen from its own parallel."""
    edge = shapely.boundary(area)
    flat = [[111_200 * np.cos(np.radians(lat)), 111_200] for lat in at[:, 1]]
    moved = [shapely.transform(edge, lambda corner, scale=scale: corner * scale) for scale in flat]
    return shapely.distance(moved, shapely.points(at * np.array(flat).reshape(-1, 2)))


@settings(max_examples=12)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["zigzag", "spiral", "folded"]),
    st.sampled_from([(20.0, 0.0), (179.97, 50.0), (20.0, -78.0)]),
)
def test_a_side_is_what_side_calls_so(seed: int, kind: str, begin: tuple[float, float]) -> None:
    dice = np.random.default_rng(seed)
    radius, leg = 3_000.0, 3_000.0 * 10 ** dice.uniform(-0.6, 0.7)
    at, azimuth = [begin], dice.uniform(0, 360)
    for number in range(dice.integers(3, 16)):
        at.append(EARTH.fwd(*at[-1], azimuth, leg * (0.3 + number / 10 if kind == "spiral" else dice.lognormal(0, 0.6)))[:2])
        azimuth += {"zigzag": dice.normal(0, 100), "spiral": 40, "folded": dice.choice([-1, 1]) * dice.uniform(120, 175)}[kind]
    while not shapely.LineString(at).is_simple:
        at.pop()
    halves_are_true(shapely.LineString(at), radius, seed=seed)


@pytest.mark.parametrize("radius", [500.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0])
def test_the_sides_of_the_exercise_line(radius: float) -> None:
    halves_are_true(shapely.LineString(agreement(1).line), radius)


@pytest.mark.parametrize(
    ("shape", "radius"),
    [
        pytest.param("LINESTRING (20 60, 20.1 60, 20.1 60.05, 20 60.05, 20 60)", 20_000, id="closed"),
        pytest.param("LINESTRING (20 60, 20.1 60, 20.1 60.05, 20 60.05, 20.01 60.01)", 3_000, id="nearly closed"),
        pytest.param("LINESTRING (0 0, 0.1 0.1, 0.1 0, 0 0.1)", 3_000, id="crosses itself"),
        pytest.param("LINESTRING (0 0, 1 0, 1 1, -1 1, -1 -0.5, 0.5 -0.06, 1.5 -0.5)", 6_000, id="out of reach and back"),
        pytest.param("LINESTRING (-90 84, 30 84, 150 84, -90 84)", 50_000, id="round the pole"),
        pytest.param("LINESTRING (-90 83, 0 83, 90 83, 180 83, 270 82.6, 360 82.6)", 50_000, id="round the pole and on"),
        pytest.param("MULTILINESTRING ((20 50, 20.4 50), (20 50.05, 20.4 50.05))", 8_000, id="two the same way"),
        pytest.param("MULTILINESTRING ((20 50, 20.4 50), (20.4 50.05, 20 50.05))", 8_000, id="two against each other"),
        pytest.param("MULTILINESTRING ((20 50, 20.1 50), (20.1 50, 20.2 50.1))", 8_000, id="end to beginning"),
        pytest.param("MULTILINESTRING ((20 50, 20.1 50), (20.2 50.1, 20.1 50))", 8_000, id="end to end"),
        pytest.param(
            "MULTILINESTRING ((20 50, 20.2 50, 20.2 50.2, 20 50.2, 20 50), (20.1 50.08, 20.1 50.1))", 8_000, id="in a ring"
        ),
        pytest.param(
            "MULTILINESTRING ((179.9 50, 179.95 50.05), (-179.95 50.03, -179.9 50))", 9_000, id="about the antimeridian"
        ),
    ],
)
def test_the_sides_of_lines_that_are_peculiar(shape: str, radius: float) -> None:
    halves_are_true(shapely.from_wkt(shape), radius)


def test_rows_crs_and_order_stay_and_empty_stays_empty() -> None:
    features = frame(shapely.Point(36, 33), None, shapely.LineString(), shapely.LineString([(1, 1), (1, 1)]), index=list("dcba"))
    grown = buffer(features.assign(name=1).to_crs(3857), 500)
    assert grown.index.tolist() == list("dcba")
    assert grown.crs == 3857
    assert grown.geometry.is_empty.tolist() == [False, True, True, False]
    assert grown["name"].tolist() == [1] * 4
    assert grown.geometry["a"].is_valid
    assert buffer(features.iloc[:0], 5).empty
    assert buffer(features, 0).geometry.is_empty.all()


def test_a_line_that_touches_itself_and_stutters() -> None:
    eight = shapely.LineString([(0, 0), (0.1, 0.1), (0.1, 0.1), (0.1, 0), (0, 0.1), (0, 0), (0.1, 0.1)])
    grown = buffer(frame(eight), 500).geometry[0]
    assert grown.is_valid
    assert len(grown.interiors) == 2
    assert np.abs(LineIndex(np.array([eight])).nearest(*outline(grown).T).metres - 500).max() <= 0.25


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([35.0, 180.0]), st.integers(4, 9))
def test_an_area_whose_edges_cross_grows_from_what_lies_in_it(seed: int, lon: float, corners: int) -> None:
    dice = np.random.default_rng(seed)
    area = frame(shapely.Polygon(dice.uniform([lon - 0.1, 33], [lon + 0.1, 33.2], (corners, 2))))
    places = frame(*shapely.points(dice.uniform([lon - 0.15, 32.95], [lon + 0.15, 33.25], (200, 2))))
    away = nearest(places, area).distance_m.to_numpy()
    inside = np.isin(np.arange(200), pairs(places, area)[:, 0])
    within = np.isin(np.arange(200), pairs(places, buffer(area, 1_000))[:, 0])
    clear = np.abs(away - 1_000) > 1
    assert (within == (inside | (away <= 1_000)))[clear].all()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnusableGeometry, match="pole"):
        buffer(frame(shapely.Point(0, 89.99)), 5_000)
    with pytest.raises(UnusableGeometry, match="side"):
        buffer(frame(shapely.Point(0, 0)), 5_000, side="left")
    with pytest.raises(ValueError, match="metres"):
        buffer(frame(shapely.Point(0, 0)), -1)
    with pytest.raises(MissingCRS):
        buffer(geopandas.GeoDataFrame(geometry=[shapely.Point(0, 0)]), 1)


@settings(max_examples=30)
@given(st.one_of(st.text(max_size=6), st.sampled_from(["Left", "RIGHT", "up", "left ", "both\n"])))
def test_a_side_is_one_of_three_and_no_other_word(word: str) -> None:
    for shape in (shapely.LineString([(35, 33), (35.1, 33)]), shapely.Point(35, 33)):
        if word not in ("both", "left", "right"):
            with pytest.raises(ValueError, match="side must be one of both, left, right"):
                buffer(frame(shape), 1_000, side=word)  # type: ignore[arg-type]
