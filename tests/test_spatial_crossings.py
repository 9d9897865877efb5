"""Tracks across a line, with time and place; and a point of some precision in a zone."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.spatial import UnusableGeometry, buffer, crossings, probability_inside, side
from layers.spatial.cells import AreaIndex
from layers.spatial.followed import followed, on_the_map

EARTH = Geod(ellps="WGS84")
START = np.datetime64("2026-11-24T06:00:00", "us")


def frame(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(shapes), index=index, crs=4326)


def hours(*values: float) -> np.ndarray:
    return START + (np.array(values) * 3.6e9).astype("timedelta64[us]")


@pytest.mark.parametrize("lon", [0.0, 180.0])
def test_a_crossing_has_its_time_place_direction_and_chainage(lon: float) -> None:
    line = frame(shapely.LineString([(lon - 1, 0), (lon + 1, 0)]))
    tracks = frame(shapely.LineString([(lon, -0.1), (lon, 0.3), (lon + 0.5, -0.3)]), index=["T1"])
    got = crossings(tracks, [hours(0, 4, 8)], line)
    assert got["track"].tolist() == ["T1", "T1"]
    assert got["to"].tolist() == ["left", "right"]
    assert got.occurred_at.dt.tz is not None
    minutes = (got.occurred_at.dt.tz_localize(None) - START).dt.total_seconds() / 60
    assert minutes.tolist() == pytest.approx([60, 360], abs=0.05)
    assert got.along_m.tolist() == pytest.approx([EARTH.inv(0, 0, 1, 0)[2], EARTH.inv(0, 0, 1.25, 0)[2]], abs=1)
    assert EARTH.inv(got.geometry.x[0], got.geometry.y[0], lon, 0)[2] < 0.01


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0, -80.0]), st.sampled_from([0.001, 0.3]))
def test_each_change_of_side_is_one_crossing(seed: int, lat: float, size: float) -> None:
    """The line goes farther than the track, so that only over the line can the side change."""
    dice = np.random.default_rng(seed)
    x = np.linspace(-9, 9, 40)
    line = frame(shapely.LineString(np.column_stack([x * size, lat + size * dice.uniform(-1, 1, 40)])))
    at = np.column_stack([size * dice.uniform(-3, 3, 12), lat + size * dice.uniform(-3, 3, 12)])
    got = crossings(frame(shapely.LineString(at)), [hours(*range(12))], line)
    sides = side(frame(*shapely.points(at)), line)
    assert (len(got) % 2 == 1) == (sides.iloc[0] != sides.iloc[-1])
    assert (got["to"].iloc[1:].to_numpy() != got["to"].iloc[:-1].to_numpy()).all()
    assert got.occurred_at.is_monotonic_increasing
    assert set(side(got, line)) <= {"on"}
    if len(got):
        assert got["to"].iloc[-1] == sides.iloc[-1]


def test_touching_is_not_crossing_and_a_vertex_is_crossed_once() -> None:
    line = frame(shapely.LineString([(-1, 0), (0, 0), (1, 0)]))
    tracks = frame(
        shapely.LineString([(-0.5, 0.5), (0, 0), (0.5, 0.5)]),
        shapely.LineString([(-0.5, -0.5), (0, 0), (0.5, -0.5)]),
        shapely.LineString([(0, -0.5), (0, 0), (0, 0.5)]),
        shapely.LineString([(2, -1), (2, 1)]),
        shapely.LineString([(0.3, 0.2), (0.3, 0.2), (0.3, -0.2)]),
    )
    got = crossings(tracks, [hours(0, 1, 2)] * 3 + [hours(0, 1), hours(0, 1, 2)], line)
    assert got["track"].tolist() == [2, 4]
    assert got["to"].tolist() == ["left", "right"]
    assert (got.occurred_at.dt.tz_localize(None) == [START + np.timedelta64(1, "h"), START + np.timedelta64(90, "m")]).all()


def walked(track: list[tuple[float, float]], line: np.ndarray) -> list[str]:
    """Return the changes of side met on the way along a track, metre by metre, closer by the line's corners; what is on the line has no side."""
    at = [track[0]]
    for begin, end in itertools.pairwise(track):
        azimuth, _, metres = EARTH.inv(*begin, *end)
        to, _, away = EARTH.inv(np.full(len(line), begin[0]), np.full(len(line), begin[1]), *line.T)
        feet = (away * np.cos(np.radians(to - azimuth)) + np.arange(-6.0, 6.05, 0.1)[:, None]).ravel()
        steps = np.sort(np.concatenate([np.arange(0, metres, 2.0), feet[(feet > 0) & (feet < metres)]]))
        x, y, _ = EARTH.fwd(np.full(len(steps), begin[0]), np.full(len(steps), begin[1]), np.full(len(steps), azimuth), steps)
        at += [*zip(x, y, strict=True), end]
    told = side(frame(*shapely.points(np.array(at))), frame(shapely.LineString(line))).tolist()
    told = ["right" if one == "on" else one for one in told[:1]] + [one for one in told[1:-1] if one != "on"] + told[-1:]
    told[-1] = told[-1].replace("on", "right")
    return [now for before, now in itertools.pairwise(told) if before != now]


@settings(max_examples=80)
@example(13755, 35.0, -70.0)
@given(st.integers(0, 10**6), st.sampled_from([35.0, 180.0]), st.sampled_from([0.0, 33.0, -70.0]))
def test_tracks_on_the_lines_own_vertices_and_legs_cross_where_the_side_changes(seed: int, lon: float, lat: float) -> None:
    """A walk along the track with an eye on the side gives the same crossings, in the same order."""
    dice = np.random.default_rng(seed)
    count = int(dice.integers(3, 8))
    x = np.sort(dice.uniform(0, 0.03, count))
    line = np.add([lon, lat], [(-0.3, 0.0), *zip(x, dice.uniform(-0.005, 0.005, count), strict=True), (0.3, 0.0)])
    track: list[tuple[float, float]] = []
    for kind in dice.choice(["off", "run", "middle"], int(dice.integers(2, 6))):
        one, other = dice.integers(1, count + 1, 2)
        if kind == "run":
            track += [tuple(at) for at in line[np.arange(one, other + (1 if other >= one else -1), 1 if other >= one else -1)]]
        elif kind == "middle":
            track += EARTH.npts(*line[one - 1], *line[one], 1)
        else:
            track.append((lon + dice.uniform(0, 0.03), lat + dice.uniform(-0.01, 0.01)))
    track += [track[-1]] * (len(track) < 2)
    got = crossings(frame(shapely.LineString(track)), [hours(*range(len(track)))], frame(shapely.LineString(line)))
    assert got["to"].tolist() == walked(track, line)
    assert got.occurred_at.is_monotonic_increasing
    assert set(side(got, frame(shapely.LineString(line)))) <= {"on"}


def test_a_track_along_the_line_crosses_once_as_it_leaves_it() -> None:
    line = frame(shapely.LineString([(-1, 1), (-0.5, 1), (0.5, 1), (1, 1)]))
    ways = [(-0.5, 0.5), (-0.5, 1), (0.5, 1), (0.5, 1.5)]
    touching = [(-0.5, 0.5), (-0.5, 1), (0.5, 1), (0.5, 0.5)]
    ending = [(-0.5, 1.5), (-0.5, 1), (0.5, 1)]
    got = crossings(
        frame(*map(shapely.LineString, (ways, touching, ending, ending[::-1]))),
        [hours(0, 1, 2, 3), hours(0, 1, 2, 3), hours(0, 1, 2), hours(0, 1, 2)],
        line,
    )
    assert got["track"].tolist() == [0, 2, 3]
    assert got["to"].tolist() == ["left", "right", "left"]
    assert ((got.occurred_at.dt.tz_localize(None) - START).dt.total_seconds() / 3600).tolist() == pytest.approx([2, 1, 1])


def test_tracks_without_their_times_are_refused() -> None:
    line, tracks = frame(shapely.LineString([(-1, 0), (1, 0)])), frame(shapely.LineString([(0, -1), (0, 1)]))
    with pytest.raises(UnusableGeometry, match="time"):
        crossings(tracks, [hours(0)], line)
    with pytest.raises(UnusableGeometry, match="fall"):
        crossings(tracks, [hours(1, 0)], line)
    with pytest.raises(UnusableGeometry, match="length"):
        crossings(tracks, [hours(0, 1)], frame())
    with pytest.raises(UnusableGeometry, match="only lines are tracks"):
        crossings(frame(shapely.Point(0, 0)), [hours(0)], line)
    assert crossings(tracks.iloc[:0], [], line).empty
    assert crossings(frame(None, shapely.LineString()), [hours(), hours()], line).empty


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0]), st.sampled_from([20.0, 180.0]), st.sampled_from([500.0, 20_000.0]))
def test_the_probability_is_the_share_of_many_places(seed: int, lat: float, lon: float, radius: float) -> None:
    dice = np.random.default_rng(seed)
    size = radius / 60_000
    angle = np.sort(dice.uniform(0, 2 * np.pi, 9))
    ring = np.column_stack([lon + 2 * size * np.cos(angle), lat + size * np.sin(angle)])
    hole = np.array([lon, lat]) + size * 0.1 * np.array([(-1, -1), (1, -1), (0, 1)])
    zone = shapely.difference(shapely.Polygon(ring), shapely.Polygon(hole))
    at = dice.uniform([lon - size, lat - size], [lon + size, lat + size], (5, 2))
    got = probability_inside(frame(*shapely.points(at)), radius, frame(zone))
    share = (np.arange(40_000) + 0.5) / 40_000
    for number in range(5):
        x, y, _ = EARTH.fwd(
            np.full(40_000, at[number, 0]),
            np.full(40_000, at[number, 1]),
            222.4922359 * np.arange(40_000) % 360,
            radius * np.sqrt(share),
        )
        inside = len(AreaIndex(np.array([zone])).pairs(np.array(x), np.array(y))[0]) / 40_000
        assert got[number] == pytest.approx(inside, abs=0.005)


def rings(zone: shapely.Geometry) -> list[np.ndarray]:
    """Return the rings of an area, what is in to their left, each edge cut to a kilometre."""
    found = []
    for part in shapely.get_parts(zone):
        for ring in shapely.get_rings(shapely.orient_polygons(part)):
            path = []
            for begin, end in itertools.pairwise(shapely.get_coordinates(ring)):
                path += [tuple(begin), *EARTH.npts(*begin, *end, 1 + int(EARTH.inv(*begin, *end)[2] // 1_000))]
            found.append(np.array(path))
    return found


def every_edge(lon: float, lat: float, radius: float, zone: list[np.ndarray]) -> float:
    """Return the share of one disc by all edges, in the plane about the point: sectors and triangles."""
    area = 0.0
    for path in zone:
        azimuth, _, metres = EARTH.inv(np.full(len(path), lon), np.full(len(path), lat), *path.T)
        at = metres * np.exp(1j * np.radians(90 - azimuth))
        area += sum(swept(a, b, radius) for a, b in zip(at, np.roll(at, -1), strict=True))
    return area / (np.pi * radius**2)


def swept(a: complex, b: complex, radius: float) -> float:
    """Return the area of a disc that the ray to a straight edge sweeps."""
    run, half = b - a, (np.conj(a) * (b - a)).real
    root = half**2 - abs(run) ** 2 * (abs(a) ** 2 - radius**2)
    if root <= 0:
        return radius**2 * np.angle(b / a) / 2
    into, out = (a + np.clip((-half + sign * np.sqrt(root)) / abs(run) ** 2, 0, 1) * run for sign in (-1, 1))
    return (radius**2 * (np.angle(into / a) + np.angle(b / out)) + (np.conj(into) * out).imag) / 2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 60.0, -75.0]), st.sampled_from([20.0, 179.999]))
def test_the_probability_by_the_edges_near_is_that_by_every_edge(seed: int, lat: float, lon: float) -> None:
    dice = np.random.default_rng(seed)
    angle = np.sort(dice.uniform(0, 2 * np.pi, 60))
    shell = np.column_stack([0.1 * dice.uniform(0.5, 1, 60) * np.cos(angle), 0.05 * np.sin(angle)])
    middle = np.array([lon, lat])
    zone = shapely.make_valid(shapely.Polygon(middle + shell, [np.add(middle, [(0, 0), (0, 0.001), (0.002, 0)])]))
    at = middle + np.concatenate([shell[:6], shell[:6] + dice.normal(0, 0.005, (6, 2)), dice.uniform(-0.1, 0.1, (6, 2))])
    at[:6] += np.resize([1e-6, 1e-8, -1e-10], (6, 1))
    radius = 10 * 2_000 ** dice.uniform(0, 1, 18)
    got = probability_inside(frame(*shapely.points(at)), radius, frame(zone))
    for number in range(18):
        assert got[number] == pytest.approx(every_edge(*at[number], radius[number], rings(zone)), abs=2e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([10.0, 500.0, 5_000.0, 40_000.0]), st.sampled_from(["line", "zone"]))
def test_the_antimeridian_changes_no_probability(seed: int, radius: float, kind: str) -> None:
    """Exactly there, on the edge of a zone or of one side of a line, and within, it is what it is at another meridian."""
    dice = np.random.default_rng(seed)
    found = []
    x, y = dice.uniform(0.05, 0.3), dice.choice([-1, 1]) * dice.uniform(0.2, 1)
    for lon in (150.0, 180.0):
        # Drawn to be in the middle at (lon, 0), with and without a vertex there.
        path = [(lon - x, -y), *([(lon, 0.0)] if seed % 3 == 0 else []), (lon + x, y)]
        if kind == "line":
            zone = buffer(frame(shapely.LineString(path)), 10_000, side="left")
        else:
            area = shapely.Polygon([*path, (lon, 1.5)])
            zone = frame(*on_the_map(followed(np.array([area]), 0.001)[0]))
        places = [(lon, 0.0), (lon, 0.04), (lon, -0.01), (lon, 1.4)]
        found.append(probability_inside(frame(*map(shapely.Point, places)), radius, zone))
        if lon == 180:
            found.append(probability_inside(frame(*(shapely.Point(-180, at) for _, at in places)), radius, zone))
    for other in found[1:]:
        assert other.tolist() == pytest.approx(found[0].tolist(), abs=2e-3)


@pytest.mark.parametrize("place", [(10, 40), (10, 41), (10.5, 40.5), (11, 40)])
def test_a_middle_on_an_edge_or_a_vertex_is_neither_in_nor_out(place: tuple[float, float]) -> None:
    """About the place itself as about places a hair to each side of it."""
    zone = frame(
        shapely.Polygon([(10, 40), (11, 40), (10.5, 40.5), (11, 41), (10, 41)], [[(10, 41), (10.2, 40.8), (10.2, 40.9)]])
    )
    hairs = [(0, 0), *((x, y) for x in (-1e-9, 1e-12, 1e-9) for y in (-1e-9, 1e-12, 1e-9))]
    at = frame(*(shapely.Point(place[0] + x, place[1] + y) for x, y in hairs))
    got = probability_inside(at, 1_000, zone)
    assert np.ptp(got) < 1e-5
    assert 0.05 < got[0] < 0.95


def test_a_straight_edge_through_the_point_is_a_half() -> None:
    zone = frame(shapely.box(10, 40, 12, 42))
    got = probability_inside(
        frame(shapely.Point(10, 41), shapely.Point(10, 40), shapely.Point(11, 41), shapely.Point(9, 41), shapely.Point()),
        1_000,
        zone,
    )
    assert got.tolist()[:4] == pytest.approx([0.5, 0.25, 1, 0], abs=2e-3)
    assert got.tolist()[2:4] == [1.0, 0.0]
    assert np.isnan(got[4])


def test_precision_of_each_point_and_none() -> None:
    zone = frame(shapely.box(10, 40, 12, 42))
    features = frame(*[shapely.Point(9.99, 41)] * 4)
    got = probability_inside(features, [0, 100, 5_000, np.nan], zone)
    assert got.tolist()[:2] == [0, 0]
    assert 0.2 < got[2] < 0.5
    assert np.isnan(got[3])
    assert probability_inside(features, 100, frame()).tolist() == [0] * 4
    assert probability_inside(features, 5_000, frame(shapely.LineString([(9, 41), (11, 41)]))).tolist() == [0] * 4
    for wrong in (-1, np.inf):
        with pytest.raises(ValueError, match="precision"):
            probability_inside(features, wrong, zone)
