"""How far shapes of any kind lie from one another, against many places on them measured by the geodesic itself."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pandas
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.spatial import UnusableGeometry, crossed, gap, meets_itself, nearest

EARTH = Geod(ellps="WGS84")
PIECES = 12


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def paths(shape: shapely.Geometry) -> list[np.ndarray]:
    """Return the points, lines and rings of a shape, each leg cut by its geodesic into many."""
    found = []
    for part in shapely.get_parts(shape):
        for path in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            at, cut = shapely.get_coordinates(path), []
            for begin, end in itertools.pairwise(at):
                cut += [begin, *EARTH.npts(*begin, *end, PIECES - 1)]
            found.append(np.array([*cut, at[-1]]))
    return found


def slow(one: shapely.Geometry, other: shapely.Geometry, lon: float) -> tuple[float, float]:
    """Return the distance of two shapes from many places on them, and how far apart these are at most."""
    mine, theirs = (np.concatenate(paths(shape)) for shape in (one, other))
    step = max(path_step(path) for shape in (one, other) for path in paths(shape))
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(len(mine)), np.arange(len(theirs))))
    metres = EARTH.inv(*mine[i].T, *theirs[j].T)[2].min()
    flat = [whole(shape, lon) for shape in (one, other)]
    return (0.0 if shapely.intersects(*flat) else metres), step


def path_step(path: np.ndarray) -> float:
    return float(EARTH.inv(*path[:-1].T, *path[1:].T)[2].max()) if len(path) > 1 else 0.0


def whole(shape: shapely.Geometry, lon: float) -> shapely.Geometry:
    """Return a shape with its edges cut, all longitudes within half a turn of one."""
    made = []
    for part in shapely.get_parts(shape):
        cut = [np.column_stack([(at[:, 0] - lon + 180) % 360 - 180, at[:, 1]]) for at in paths(part)]
        if part.geom_type == "Polygon":
            made.append(shapely.Polygon(cut[0], cut[1:]))
        else:
            made.append(shapely.Point(cut[0][0]) if part.geom_type == "Point" else shapely.LineString(cut[0]))
    return shapely.GeometryCollection(made)


def shape(dice: np.random.Generator, lon: float, lat: float, metres: float) -> shapely.Geometry:
    """Return a point, line or area of any kind somewhere near a place; longitudes may go on past 180."""

    def at(azimuth: float, away: float) -> tuple[float, float]:
        x, y, _ = EARTH.fwd(*middle, azimuth, away)
        return lon + (x - lon + 180) % 360 - 180, y

    def ring(about: float, count: int) -> list[tuple[float, float]]:
        return [at(azimuth, about * dice.uniform(0.7, 1)) for azimuth in -np.sort(dice.uniform(0, 360, count))]

    middle = lon, lat
    middle = at(dice.uniform(0, 360), metres * dice.lognormal(0.6, 0.6))
    kind = dice.integers(0, 6)
    line = [at(azimuth, metres * dice.uniform(0, 1)) for azimuth in dice.uniform(0, 360, 5)]
    if kind == 0:
        return shapely.Point(at(0, 0))
    if kind == 1:
        return shapely.MultiPoint(line)
    if kind == 2:
        return shapely.LineString(line)
    if kind == 3:
        return shapely.MultiLineString([line[:3], line[3:]])
    shell = [at(azimuth, metres) for azimuth in range(0, 360, 40)]
    return shapely.Polygon(shell, [ring(0.5 * metres, 6)] if kind == 4 else [])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0, 47.0, -78.0]),
    st.sampled_from([20.0, 179.99, -180.0]),
    st.sampled_from([30.0, 800.0, 50_000.0]),
)
def test_the_gap_is_that_of_many_places(seed: int, lat: float, lon: float, metres: float) -> None:
    dice = np.random.default_rng(seed)
    features, others = ([shape(dice, lon, lat, metres) for _ in range(4)] for _ in range(2))
    got = gap(frame(*features), frame(*others, index=list("abcd")))
    for number, feature in enumerate(features):
        each = [slow(feature, other, lon) for other in others]
        least = min(away for away, _ in each)
        away, step = each["abcd".index(got.other[number])]
        assert got.distance_m[number] <= least + 0.002
        if least == 0:
            assert got.other[number] == "abcd"[next(n for n, (away, _) in enumerate(each) if away == 0)]
        # A shape that is crossed may seem to be passed by where the places are far from each other.
        assert got.distance_m[number] >= away - step - 0.002
        if got.distance_m[number] == 0:
            assert away <= 0.02


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0]), st.sampled_from([20.0, 180.0]))
def test_lines_that_cross_are_those_of_a_slow_search(seed: int, lat: float, lon: float) -> None:
    dice = np.random.default_rng(seed)
    features, lines = ([shape(dice, lon, lat, 5_000) for _ in range(6)] for _ in range(2))
    rims = [[shapely.MultiLineString([one for one in paths(s) if len(one) > 1]) for s in of] for of in (features, lines)]
    got = crossed(frame(*features), frame(*lines))
    for number, rim in enumerate(rims[0]):
        near = [shapely.distance(whole(rim, lon), whole(other, lon)) for other in rims[1] if not other.is_empty]
        if not rim.is_empty and near:
            assert got[number] == (min(near) < 1e-8)


def test_the_gap_between_two_long_edges_is_at_an_end_of_one() -> None:
    """A leg of five hundred kilometres, and one across its direction whose tip stands 1,234 m off, far from any vertex of it."""
    begin, end = (179.0, 60.0), EARTH.fwd(179, 60, 75, 500_000)[:2]
    lon, lat, back = EARTH.fwd(179, 60, 75, 212_345.6)
    tip = EARTH.fwd(lon, lat, back + 90, 1_234)[:2]
    far = EARTH.fwd(lon, lat, back + 90, 90_000)[:2]
    line, spur = frame(shapely.LineString([begin, end])), frame(shapely.LineString([far, tip]))
    for got in (gap(spur, line), gap(line, spur), gap(spur.to_crs(3857), line.to_crs(3832))):
        assert got.distance_m.tolist() == pytest.approx([1_234], abs=0.01)
    across = frame(shapely.LineString([far, EARTH.fwd(lon, lat, back - 90, 50)[:2]]))
    assert gap(line, across).distance_m.tolist() == [0]
    assert crossed(across, line).tolist() == [True]
    assert crossed(spur, line).tolist() == [False]


def test_each_feature_has_its_own_nearest_though_another_is_nearer_to_all() -> None:
    features = frame(shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 0.5), (1, 0.5)]))
    got = gap(features, frame(shapely.Point(0.5, 0.6), shapely.Point(0.4, 0.7)))
    assert got.other.tolist() == [0, 0]
    degrees = [EARTH.inv(0.5, y, 0.5, 0.6)[2] for y in (0, 0.5)]
    assert got.distance_m.tolist() == pytest.approx(degrees, rel=1e-3)


def test_areas_count_with_their_inside_less_their_holes() -> None:
    ring = shapely.difference(shapely.box(0, 0, 10, 10), shapely.box(4, 4, 6, 6))
    inside = [shapely.Point(1, 1), shapely.LineString([(1, 1), (2, 2)]), shapely.box(1, 1, 2, 2), shapely.box(3, 3, 7, 7)]
    hole = [shapely.Point(5, 5), shapely.LineString([(4.9, 5), (5, 5)]), shapely.box(4.9, 4.9, 5.1, 5.1)]
    for features in (frame(*inside), frame(shapely.box(-1, -1, 11, 11))):
        assert (gap(features, frame(ring)).distance_m == 0).all()
    assert (gap(frame(ring), frame(*inside)).distance_m == 0).all()
    away = gap(frame(*hole), frame(ring)).distance_m
    assert (away > 90_000).all()
    assert (gap(frame(ring), frame(hole[2])).distance_m > 90_000).all()
    assert crossed(frame(*inside, *hole), frame(ring)).tolist() == [False] * 7
    assert crossed(frame(shapely.box(5, 5, 12, 12)), frame(ring)).tolist() == [True]


def test_what_touches_has_no_gap_and_of_equals_the_first_is_named() -> None:
    line = shapely.LineString([(0, 0), (1, 0)])
    touching = [shapely.LineString([(0.3, 1), (0.3, 0)]), shapely.Point(0.5, 0), shapely.LineString([(1, 0), (2, 0)]), line]
    assert gap(frame(*touching), frame(line)).distance_m.tolist() == [0] * 4
    assert crossed(frame(*touching), frame(line)).tolist() == [True] * 4
    others = frame(shapely.Point(5, 5), shapely.box(-1, -1, 1, 1), shapely.box(-2, -2, 2, 2), line, index=list("abcd"))
    assert gap(frame(shapely.Point(0.5, 0), line), others).other.tolist() == ["b", "b"]
    assert gap(frame(shapely.Point(0.5, 0)), others.iloc[::-1]).other.tolist() == ["d"]


def test_within_a_limit() -> None:
    line = frame(shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 0.001), (1, 0.001)]))
    at = EARTH.inv(0.5, 0, 0.5, 0.001)[2]
    post = frame(shapely.Point(0.5, 0.002))
    got = gap(line, post, within_m=at * 1.5)
    assert np.isnan(got.distance_m[0])
    assert got.other.isna().tolist() == [True, False]
    assert gap(line, post, within_m=at * 2.01).distance_m.tolist() == pytest.approx([2 * at, at], abs=0.01)
    assert gap(line, line.iloc[[0]], within_m=0).distance_m.notna().tolist() == [True, False]
    for wrong in (-1, np.nan):
        with pytest.raises(ValueError, match="within_m"):
            gap(line, post, within_m=wrong)


def test_points_agree_with_nearest_and_with_other_kinds_beside_them() -> None:
    dice = np.random.default_rng(3)
    at = shapely.points(dice.uniform(-1, 2, (300, 2)))
    others = frame(shapely.LineString([(0, 0), (1, 1), (2, 0)]), shapely.Point(1, -1), shapely.LineString([(-1, 2), (2, 2)]))
    alone = gap(frame(*at), others)
    assert np.allclose(alone.distance_m, nearest(frame(*at), others).distance_m)
    mixed = gap(frame(*at, shapely.LineString([(9, 9), (9, 8)])), others)
    assert np.allclose(mixed.distance_m[:-1], alone.distance_m, atol=1e-3)
    assert mixed.other[:-1].tolist() == alone.other.tolist()


def test_the_other_side_of_the_earth() -> None:
    line, far = frame(shapely.LineString([(0, 0), (1, 1)])), frame(shapely.LineString([(179.4, -0.5), (-179.5, -0.5)]))
    assert gap(line, far).distance_m[0] > 19_800_000
    assert crossed(line, far).tolist() == [False]


def test_nothing_asked_and_nothing_there() -> None:
    line = frame(shapely.LineString([(0, 0), (1, 1)]), None, shapely.LineString(), shapely.Polygon(), index=list("wxyz"))
    got = gap(line, frame(shapely.Point(0, 1), None))
    assert got.index.tolist() == list("wxyz")
    assert got.distance_m.isna().tolist() == got.other.isna().tolist() == [False, True, True, True]
    for none in (line.iloc[:0], line.iloc[1:]):
        assert gap(line, none).isna().all().all()
        assert not crossed(line, none).any()
        assert isinstance(gap(none, line), pandas.DataFrame)
    assert crossed(line.iloc[:0], line).empty


def test_what_cannot_be_is_refused() -> None:
    bare, line = geopandas.GeoDataFrame(geometry=[shapely.Point(0, 0)]), frame(shapely.LineString([(0, 0), (1, 1)]))
    for asked in ((bare, line), (line, bare)):
        with pytest.raises(MissingCRS):
            gap(*asked)
        with pytest.raises(MissingCRS):
            crossed(*asked)
    with pytest.raises(UnusableGeometry, match="pole"):
        gap(line, frame(shapely.Polygon([(lon, 80) for lon in range(-180, 180, 30)])))


@pytest.mark.parametrize("lon", [20.0, 180.0])
@pytest.mark.parametrize(
    ("path", "place"),
    [
        ([(0, 0), (1, 0), (1, 1), (0.5, -1)], (0.75, 0)),
        ([(0, 0), (1, 0), (1, 1), (0.5, 0)], (0.5, 0)),
        ([(0, 0), (1, 0), (1, 1), (0, 0), (-1, -1)], (0, 0)),
        ([(0, 0), (1, 0), (0.4, 0)], None),
        ([(0, 0), (1, 0), (0, 0)], None),
        ([(0, 0), (0.001, 0), (0, 0)], None),
    ],
    ids=["crosses", "touches", "comes through a vertex", "doubles back", "goes back", "goes back a little"],
)
def test_a_line_that_meets_itself_says_where(
    lon: float, path: list[tuple[float, float]], place: tuple[float, float] | None
) -> None:
    found = meets_itself(frame(shapely.LineString([(5, 5), (6, 6)]), shapely.LineString(np.add(path, [lon, 0]))))
    assert found[0] is None
    assert found[1] is not None
    if place:
        assert EARTH.inv(found[1].x, found[1].y, lon + place[0], place[1])[2] < 20


def test_lines_that_may_be_do_not_meet_themselves() -> None:
    fine = [
        [[(0, 0), (1, 0), (1, 1), (0, 0)]],
        [[(0, 0), (1, 0)], [(1, 0), (2, 0)], [(1, 0), (1, 1)]],
        [[(0, 0), (1, 0)], [(2, 0), (1, 0)]],
        [[(0, 0), (1, 0), (0, 0.0001)]],
        [[(0, 0)] * 3],
    ]
    assert meets_itself(frame(*map(shapely.MultiLineString, fine), None, shapely.LineString())).isna().all()
    bad = [
        [[(0, 0), (2, 0)], [(1, 0), (1, 1)]],
        [[(0, 0), (1, 0)], [(0, 0), (1, 0)]],
        [[(0, 0), (1, 0), (2, 1)], [(1, 0), (1, -1)]],
        [[(0, -1), (0, 1)], [(-1, 0), (1, 0)]],
    ]
    assert meets_itself(frame(*map(shapely.MultiLineString, bad))).notna().all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0]))
def test_a_line_meets_itself_where_a_plane_says_so(seed: int, lat: float) -> None:
    """Short legs, so that the geodesic and the straight line in degrees are one."""
    path = np.add(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, (7, 2)), axis=0), [20, lat])
    line = shapely.LineString(path)
    assert meets_itself(frame(line)).notna()[0] == (not line.is_simple)
