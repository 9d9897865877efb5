"""Points and lines in areas, against shapely on edges cut by the geodesic itself."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.spatial import UnusableGeometry, buffer, join, pairs
from layers.spatial.cells import AreaIndex

EARTH = Geod(ellps="WGS84")
NAMES = ["area", "area_area", "area_area_area", "name", "name_area"]


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def star(dice: np.random.Generator, lon: float, lat: float, size: float) -> shapely.Polygon:
    """Return a ragged area, now and then with a hole."""
    angle = np.sort(dice.uniform(0, 2 * np.pi, dice.integers(4, 40)))
    ring = np.column_stack([lon + size * dice.uniform(0.6, 1, len(angle)) * np.cos(angle), lat + size * np.sin(angle)])
    hole = [(lon + 0.2 * size * x, lat + 0.2 * size * y) for x, y in ((-1, -1), (1, -1), (0, 1))]
    whole = shapely.make_valid(shapely.Polygon(ring))
    return shapely.difference(whole, shapely.Polygon(hole)) if dice.random() < 0.5 else whole


def slow(lon: np.ndarray, lat: np.ndarray, areas: list[shapely.Geometry]) -> set[tuple[int, int]]:
    """Ask each area of each point, its edges cut to 200 m."""
    found = set()
    for number, area in enumerate(areas):
        for part in shapely.get_parts(area):
            if part.geom_type == "Polygon":
                rings = [cut(ring) for ring in shapely.get_rings(part)]
                exact = shapely.Polygon(rings[0], rings[1:])
                found |= {(int(i), number) for i in np.flatnonzero(shapely.intersects_xy(exact, lon, lat))}
    return found


def cut(ring: shapely.LinearRing) -> list[tuple[float, float]]:
    found, at = [], shapely.get_coordinates(ring)
    for begin, end in itertools.pairwise(at):
        metres = EARTH.inv(*begin, *end)[2]
        found += [tuple(begin), *EARTH.npts(*begin, *end, int(metres // 200) + 1)]
    return found


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 45.0, -70.0]), st.sampled_from([0.001, 0.1, 1.0]), st.integers(1, 12))
def test_pairs_are_those_of_a_slow_search(seed: int, lat: float, size: float, count: int) -> None:
    dice = np.random.default_rng(seed)
    areas = [star(dice, 20 + size * dice.normal(), lat + size * dice.normal(), size) for _ in range(count)]
    x, y = dice.uniform(20 - 3 * size, 20 + 3 * size, 400), dice.uniform(lat - 3 * size, lat + 3 * size, 400)
    who, area = AreaIndex(np.array(areas)).pairs(x, y)
    assert set(zip(who.tolist(), area.tolist(), strict=True)) == slow(x, y, areas)
    assert (np.diff(who * count + area) > 0).all()


def test_a_tiling_holds_each_point_once_and_its_edges_twice() -> None:
    areas = [shapely.box(x, y, x + 1, y + 1) for x in range(6) for y in range(6)]
    dice = np.random.default_rng(1)
    who, _ = AreaIndex(np.array(areas)).pairs(*dice.uniform(0.01, 5.9, (2, 5_000)))
    assert np.array_equal(who, np.arange(5_000))
    index = AreaIndex(np.array(areas))
    assert index.pairs(np.array([2.0, 2.0]), np.array([2.5, 2.0]))[0].tolist() == [0, 0, 1, 1, 1, 1]


def test_edges_are_geodesics() -> None:
    """Halfway along a leg of thirty degrees at 60° N the geodesic runs 108 km north of the parallel."""
    area = frame(shapely.Polygon([(0, 50), (30, 50), (30, 60), (0, 60)]))
    north = EARTH.npts(0, 60, 30, 60, 1)[0][1]
    assert pairs(frame(shapely.Point(15, north - 1e-5), shapely.Point(15, north + 1e-5)), area).tolist() == [[0, 0]]


@pytest.mark.parametrize(
    "area",
    [
        shapely.Polygon([(170, 0), (190, 0), (190, 9), (170, 9)], [[(-179, 1), (-178, 1), (-178, 2)]]),
        shapely.Polygon([(170, 0), (-170, 0), (-170, 9), (170, 9)], [[(-179, 1), (-178, 1), (-178, 2)]]),
        shapely.Polygon([(-190, 0), (-170, 0), (-170, 9), (-190, 9)], [[(181, 1), (182, 1), (182, 2)]]),
    ],
)
def test_the_antimeridian_is_no_edge(area: shapely.Polygon) -> None:
    features = frame(
        *(shapely.Point(at) for at in [(175, 5), (-175, 5), (185, 5), (180, 5), (-180, 5), (0, 5), (-178.2, 1.2), (169, 5)])
    )
    assert pairs(features, frame(area))[:, 0].tolist() == [0, 1, 2, 3, 4]
    lines = frame(
        shapely.LineString([(178, 5), (-178, 5)]),
        shapely.LineString([(0, 5), (9, 5)]),
        shapely.LineString([(-171, 5), (-160, 5)]),
    )
    assert pairs(lines, frame(area)).tolist() == [[0, 0], [2, 0]]


@pytest.mark.parametrize("turn", [-1080, -720, -360, 0, 360, 720])
def test_longitudes_mean_modulo_a_turn_for_points_lines_and_areas(turn: int) -> None:
    areas = frame(shapely.box(5, 0, 6, 1), shapely.box(5 + turn, 2, 6 + turn, 3), shapely.box(170 + turn, 0, 190 + turn, 1))
    points = frame(*(shapely.Point(x + turn, y) for x, y in [(5.5, 0.5), (5.5, 2.5), (-175, 0.5)]))
    lines = frame(*(shapely.LineString([(x + turn, y), (x + turn + 0.1, y)]) for x, y in [(5.5, 0.5), (5.5, 2.5), (-175, 0.5)]))
    assert pairs(points, areas).tolist() == pairs(lines, areas).tolist() == [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize("at", [(0, 91), (np.inf, 3)])
def test_a_point_that_is_no_place_is_refused(at: tuple[float, float]) -> None:
    with pytest.raises(UnusableGeometry, match=r"feature 1 has the coordinate .* no place on earth"):
        pairs(frame(shapely.Point(0, 0), shapely.Point(at)), frame(shapely.box(-180, 80, 180, 90)))


def test_caps_and_worlds() -> None:
    cap = frame(shapely.box(-180, 80, 180, 90), shapely.box(-180, -90, 180, 90))
    features = frame(*(shapely.Point(at) for at in [(0, 85), (179, 89.9), (0, 10), (77, 90)]))
    assert pairs(features, cap).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1], [3, 0], [3, 1]]
    with pytest.raises(UnusableGeometry, match="pole"):
        pairs(features, frame(shapely.Polygon([(lon, 80) for lon in range(-180, 180, 30)])))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([1, -1]), st.sampled_from([1, -1]), st.booleans())
def test_a_ring_round_a_pole_needs_the_edge_along_it(seed: int, pole: int, turn: int, pointed: bool) -> None:
    """Written from a meridian to the same a turn on, wherever that is; closed along the pole it is the cap."""
    dice = np.random.default_rng(seed)
    first = float(dice.integers(-180, 180))
    lon = first + turn * np.array([0, *np.sort(dice.choice(np.arange(5, 356, 5), 20, replace=False)), 360])
    lat = pole * np.append(dice.uniform(60, 80, 21), 0)
    lat[-1] = lat[0]
    ring = [*zip(lon, lat, strict=True)]
    places = frame(shapely.Point(first + 17, 89.0 * pole), shapely.Point(first + 17, 30.0 * pole))
    for ask in (pairs, lambda _, area: buffer(area, 1_000)):
        with pytest.raises(UnusableGeometry, match="pole"):
            ask(places, frame(shapely.Polygon([*ring, ring[0]])))
    over = [(lon[-1], 90.0 * pole), *([(lon[0] + 180 * turn, 90.0 * pole)] if pointed else []), (lon[0], 90.0 * pole)]
    assert pairs(places, frame(shapely.Polygon([*ring, *over]))).tolist() == [[0, 0]]


def test_lines_lie_where_any_place_of_them_does() -> None:
    areas = frame(shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1), shapely.box(5, 5, 6, 6))
    features = frame(
        shapely.LineString([(0.5, 0.5), (2.5, 0.5)]),
        shapely.LineString(),
        None,
        shapely.MultiLineString([[(5.5, 5.5), (5.6, 5.5)]]),
        shapely.Point(0.2, 0.2),
    )
    assert pairs(features, areas).tolist() == [[0, 0], [0, 1], [3, 2], [4, 0]]


def test_join_keeps_rows_index_crs_and_takes_the_columns() -> None:
    features = frame(shapely.Point(0.5, 0.5), shapely.Point(9, 9), shapely.Point(2.5, 0.5), index=["a", "b", "c"]).assign(
        name=[1, 2, 3]
    )
    areas = frame(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 3, 1), index=["S1", "S2"]).assign(name=["x", "y"], kind=["p", "q"])
    got = join(features.to_crs(3857), areas)
    assert got.index.tolist() == ["a", "a", "c"]
    assert got.crs == 3857
    assert got[["name", "name_area", "kind", "area"]].to_numpy().tolist() == [
        [1, "x", "p", "S1"],
        [1, "y", "q", "S2"],
        [3, "y", "q", "S2"],
    ]


def test_nothing_there_and_nothing_asked() -> None:
    point, area = frame(shapely.Point(0, 0), None, shapely.Point()), frame(shapely.box(-1, -1, 1, 1), None, shapely.Polygon())
    assert pairs(point, area).tolist() == [[0, 0]]
    assert pairs(point.iloc[:0], area).shape == pairs(point, area.iloc[:0]).shape == (0, 2)
    assert pairs(point, frame(shapely.LineString([(-1, 0), (1, 0)]))).shape == (0, 2)
    assert pairs(point, frame(shapely.Polygon([(0, 0), (1, 1), (0, 0)]))).tolist() == [[0, 0]]
    assert join(point, area.iloc[:0]).empty


@settings(max_examples=40)
@given(st.lists(st.sampled_from(NAMES), unique=True), st.lists(st.sampled_from(NAMES), unique=True))
def test_whatever_the_columns_are_called_none_is_lost(mine: list[str], theirs: list[str]) -> None:
    features = frame(shapely.Point(0.5, 0.5), index=["f"]).assign(**{name: f"f {name}" for name in mine})
    areas = frame(shapely.box(0, 0, 1, 1), index=["label"]).assign(**{name: f"a {name}" for name in theirs})
    got = join(features, areas).drop(columns="geometry")
    assert got[mine].iloc[0].tolist() == [f"f {name}" for name in mine]
    added = got.drop(columns=mine).iloc[0]
    assert added.tolist() == [*(f"a {name}" for name in theirs), "label"]
    assert all(at.startswith(name) for at, name in zip(added.index, [*theirs, "area"], strict=True))


def test_the_index_is_kept_for_the_same_areas_only() -> None:
    area = frame(shapely.box(-1, -1, 1, 1))
    assert len(pairs(frame(shapely.Point(0, 0)), area)) == 1
    area.loc[0, "geometry"] = shapely.box(5, 5, 6, 6)
    assert len(pairs(frame(shapely.Point(0, 0)), area)) == 0
    with pytest.raises(MissingCRS):
        pairs(frame(shapely.Point(0, 0)), geopandas.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))
