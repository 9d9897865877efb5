"""Roads as a network, and who is first by road, against networkx and a slow building of the same."""

from __future__ import annotations

import itertools

import geopandas
import networkx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.errors import MissingCRS
from layers.spatial import Network, Snapped, UnusableGeometry, response, roads, routed, snap, straight

EARTH = Geod(ellps="WGS84")
CORNERS = [(61.9, -20.0), (179.97, 10.0), (15.0, 78.0)]
DEGREE_M = 111_319.49


def series(*shapes: shapely.Geometry | None) -> geopandas.GeoSeries:
    return geopandas.GeoSeries(list(shapes), crs=4326)


def lines(*paths: list[tuple[float, float]]) -> geopandas.GeoSeries:
    return series(*(shapely.LineString(path) for path in paths))


def at(*places: tuple[float, float]) -> geopandas.GeoSeries:
    return series(*(shapely.Point(place) for place in places))


def country(seed: int, corner: tuple[float, float]) -> tuple[geopandas.GeoSeries, np.ndarray]:
    """Return crooked roads between some vertices of a grid, some doubled, and the speed of each."""
    dice = np.random.default_rng(seed)
    side = int(dice.integers(2, 6))
    spots = [(corner[0] + 0.01 * (n % side + dice.uniform(-0.3, 0.3)), corner[1] + 0.01 * (n // side)) for n in range(side**2)]
    found = []
    for one, other in itertools.combinations(range(side**2), 2):
        if abs(one % side - other % side) + abs(one // side - other // side) == 1 and dice.random() < 0.7:
            for _ in range(1 + (dice.random() < 0.2)):
                bend = np.mean([spots[one], spots[other]], axis=0) + dice.uniform(-0.003, 0.003, 2)
                found.append([spots[one], tuple(bend), spots[other]][:: dice.choice([1, -1])])
    found = found or [[spots[0], spots[1]]]
    return lines(*found), dice.choice([20.0, 50.0, 90.0], len(found))


def length(line: shapely.LineString) -> float:
    return float(EARTH.line_length(*np.asarray(line.coords).T))


def graphed(drawn: geopandas.GeoSeries, speed: np.ndarray) -> networkx.MultiGraph:
    """Build the graph of lines that meet at their ends only: the obvious reference."""
    found = networkx.MultiGraph()
    for number, (line, fast) in enumerate(zip(drawn, speed, strict=True)):
        found.add_edge(line.coords[0], line.coords[-1], key=number, seconds=length(line) * 3.6 / fast)
    return found


def placed(drawn: geopandas.GeoSeries, seed: int, count: int) -> tuple[geopandas.GeoSeries, np.ndarray, np.ndarray]:
    """Return places on lines, the line of each, and its share of the length."""
    dice = np.random.default_rng(seed + 1)
    which, share, found = dice.integers(0, len(drawn), count), dice.uniform(0, 1, count), []
    for number, part in zip(which.tolist(), share.tolist(), strict=True):
        left = part * length(drawn.iloc[number])
        for begin, end in itertools.pairwise(drawn.iloc[number].coords):
            azimuth, _, metres = EARTH.inv(*begin, *end)
            if left <= metres:
                found.append(EARTH.fwd(*begin, azimuth, left)[:2])
                break
            left -= metres
    return at(*found), which, share


def through(graph: networkx.MultiGraph, drawn: geopandas.GeoSeries, name: str, number: int, share: float) -> None:
    """Put a place on a line into the graph: ways to both ends, and to whatever lies on the same line."""
    line = drawn.iloc[number]
    seconds = graph[line.coords[0]][line.coords[-1]][number]["seconds"]
    for other, facts in list(graph.nodes(data=True)):
        if facts.get("line") == number:
            graph.add_edge(name, other, seconds=abs(share - facts["share"]) * seconds)
    graph.add_edge(name, line.coords[0], seconds=share * seconds)
    graph.add_edge(name, line.coords[-1], seconds=(1 - share) * seconds)
    graph.add_node(name, line=number, share=share)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS), st.sampled_from([np.inf, 30.0]))
def test_who_is_first_and_when_is_as_networkx_says(seed: int, corner: tuple[float, float], own_kmh: float) -> None:
    drawn, speed = country(seed, corner)
    dice = np.random.default_rng(seed)
    places, place_line, place_share = placed(drawn, seed, 12)
    sources, source_line, source_share = placed(drawn, seed + 7, 4)
    delay, caps = dice.choice([0.0, 300.0], 4), np.array([np.inf, own_kmh, np.inf, own_kmh])
    network = roads(drawn, speed)
    on = snap(network, places, reach_m=1)
    found = response(network, snap(network, sources, reach_m=1), delay_s=delay, speed_kmh=caps)
    every = []
    for n in range(4):
        graph = graphed(drawn, np.minimum(speed, caps[n]))
        through(graph, drawn, "source", source_line[n], source_share[n])
        for m in range(12):
            through(graph, drawn, f"place {m}", place_line[m], place_share[m])
        every.append((graph, networkx.single_source_dijkstra_path_length(graph, "source", weight="seconds")))
    got = found.at(on)
    for m in range(12):
        took = [delay[n] + every[n][1].get(f"place {m}", np.inf) for n in range(4)]
        assert got.seconds[m] == pytest.approx(min(took), abs=0.01)
        assert got.first[m] == -1 if np.isinf(min(took)) else took[got.first[m]] == pytest.approx(min(took), abs=0.01)
    for node, (lon, lat) in enumerate(zip(network.lon, network.lat, strict=True)):
        took = [delay[n] + every[n][1].get((lon, lat), np.inf) for n in range(4)]
        assert found.nodes.seconds[node] == pytest.approx(min(took), abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS))
def test_a_route_is_as_long_as_its_line_and_takes_as_long_as_the_field_says(seed: int, corner: tuple[float, float]) -> None:
    drawn, speed = country(seed, corner)
    network = roads(drawn, speed)
    places, _, _ = placed(drawn, seed, 8)
    on = snap(network, places, reach_m=1)
    source = on.take(np.array([0]))
    field = response(network, source, delay_s=60).at(on)
    for m in range(8):
        place = on.take(np.array([m]))
        route = routed(network, source, place, delay_s=60)
        assert route.seconds == field.seconds[m]
        if np.isinf(route.seconds):
            assert route.line.is_empty
            continue
        assert length(route.line) == pytest.approx(route.metres, abs=0.05)
        path = np.asarray(route.line.coords)
        for end, asked in ((path[0], source), (path[-1], place)):
            assert EARTH.inv(*end, asked.lon[0], asked.lat[0])[2] <= 0.02
        # The line lies on the roads, and driving it at their speeds takes that long.
        middle = snap(network, at(*(tuple(np.mean(leg, axis=0)) for leg in itertools.pairwise(path))), reach_m=50)
        metres = EARTH.line_lengths(*path.T)
        assert (metres * 3.6 / network.speed_kmh[middle.edge]).sum() + 60 >= route.seconds - 0.1


def slow_groups(drawn: list[list[tuple[float, float]]], tolerance_m: float) -> set[frozenset[tuple[int, int]]]:
    """Return which ends of lines meet, by asking every pair."""
    ends = [(number, end) for number in range(len(drawn)) for end in (0, -1)]
    graph = networkx.Graph()
    graph.add_nodes_from(ends)
    for one, other in itertools.combinations(ends, 2):
        if EARTH.inv(*drawn[one[0]][one[1]], *drawn[other[0]][other[1]])[2] <= tolerance_m:
            graph.add_edge(one, other)
    return {frozenset(group) for group in networkx.connected_components(graph)}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS), st.sampled_from([0.0, 5.0, 40.0]))
def test_ends_within_the_tolerance_meet_and_no_others(seed: int, corner: tuple[float, float], tolerance_m: float) -> None:
    dice = np.random.default_rng(seed)
    spots = [(corner[0] + 0.02 * n, corner[1] + 0.02 * (n * n % 5)) for n in range(5)]
    drawn = []
    for _ in range(8):
        one, other = dice.choice(5, 2, replace=False)
        drawn.append([tuple(np.array(spots[n]) + dice.choice([0, 2e-5, 2e-4]) * dice.normal(0, 1, 2)) for n in (one, other)])
    network = roads(lines(*drawn), 30, tolerance_m=tolerance_m)
    if len(network.lines) > len(drawn):
        # An end has met the middle of another line, which is told by itself below.
        return
    nodes: dict[int, set[tuple[int, int]]] = {}
    for edge, road in enumerate(network.road.tolist()):
        nodes.setdefault(int(network.begin[edge]), set()).add((road, 0))
        nodes.setdefault(int(network.end[edge]), set()).add((road, -1))
    assert {frozenset(group) for group in nodes.values()} == slow_groups(drawn, tolerance_m)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS))
def test_lengths_are_those_of_the_ground_and_parts_hold_all_of_them(seed: int, corner: tuple[float, float]) -> None:
    drawn, speed = country(seed, corner)
    network = roads(drawn.to_crs(3857) if abs(corner[0]) < 179 else drawn, speed)
    assert network.metres == pytest.approx([length(line) for line in network.lines], abs=1e-3)
    assert network.part_m.sum() == pytest.approx(sum(length(line) for line in drawn), rel=1e-9)
    graph = graphed(drawn, speed)
    parts = sorted(
        (sum(graph.edges[edge]["seconds"] * speed[edge[2]] / 3.6 for edge in graph.subgraph(part).edges(keys=True)))
        for part in networkx.connected_components(graph)
    )
    assert network.part_m[::-1] == pytest.approx(parts, rel=1e-6)
    assert network.part_shares.sum() == pytest.approx(1)


def test_a_bridge_is_no_junction_and_a_shared_vertex_is_one() -> None:
    over = lines([(0, 0), (1, 0)], [(0.5, -0.5), (0.5, 0.5)])
    assert len(roads(over, 50).part_m) == 2
    crossing = lines([(0, 0), (0.5, 0), (1, 0)], [(0.5, -0.5), (0.5, 0), (0.5, 0.5)])
    found = roads(crossing, 50)
    assert len(found.part_m) == 1
    assert len(found.lines) == 4
    assert found.road.tolist() == [0, 0, 1, 1]


def test_an_end_at_the_middle_of_a_road_meets_it_within_the_tolerance() -> None:
    drawn = lines([(0, 0), (1, 0)], [(0.5, 1), (0.5, 3 / DEGREE_M)])
    assert len(roads(drawn, 50, tolerance_m=1).part_m) == 2
    found = roads(drawn, 50, tolerance_m=5)
    assert len(found.part_m) == 1
    assert len(found.lines) == 3
    assert found.metres[0] == pytest.approx(DEGREE_M / 2, abs=0.1)


def test_a_road_whose_end_comes_back_to_its_own_middle_meets_it() -> None:
    loop = lines([(0, 0), (0.1, 0), (0.1, 0.1), (0.05, 0.1), (0.05, 2 / DEGREE_M)])
    assert len(roads(loop, 50, tolerance_m=5).lines) == 2


def test_a_road_in_pieces_shorter_than_the_tolerance_keeps_its_length() -> None:
    along = [(n * 1e-5, 0.0) for n in range(400)]
    found = roads(lines(*([one, other] for one, other in itertools.pairwise(along))), 50, tolerance_m=20)
    assert len(found.lon) == 400
    far = snap(found, at(along[0], along[-1]), reach_m=1)
    route = routed(found, far.take(np.array([0])), far.take(np.array([1])))
    assert route.metres == pytest.approx(399e-5 * DEGREE_M, abs=0.01)


def test_rings_doubled_roads_and_roads_drawn_there_and_back_keep_their_shortest_ways() -> None:
    ring = [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0)]
    network = roads(lines(ring, ring, [(0, 0), (-0.1, 0), (0, 0)]), [50, 100, 50])
    on = snap(network, at((0.1, 0.05), (0.05, 0), (-0.1, 0)), reach_m=10)
    first, second, third = (on.take(np.array([n])) for n in range(3))
    lone = roads(lines(ring), 100)
    mine = snap(lone, at((0.1, 0.05), (0.05, 0), (0, 0.01)), reach_m=10)
    alone = response(lone, mine.take(np.array([0]))).at(mine)
    assert alone.seconds.tolist() == pytest.approx([0, 3.6 * 0.1 * DEGREE_M / 100, 3.6 * 0.16 * DEGREE_M / 100], rel=0.01)
    assert routed(lone, mine.take(np.array([2])), mine.take(np.array([1]))).metres == pytest.approx(0.06 * DEGREE_M, rel=0.01)
    # A place on either of two roads that lie on one another is put on the first.
    assert routed(network, second, first).metres == pytest.approx(0.1 * DEGREE_M, rel=0.01)
    assert routed(network, third, second).metres == pytest.approx(0.15 * DEGREE_M, rel=0.01)


def test_places_too_far_from_any_road_say_so_and_nobody_comes() -> None:
    network = roads(lines([(0, 0), (1, 0)]), 60)
    places = series(shapely.Point(0.5, 0.001), shapely.Point(0.5, 0.1), shapely.Point())
    found = snap(network, places, reach_m=500)
    assert found.edge.tolist() == [0, -1, -1]
    assert found.off_m[:2] == pytest.approx([110.6, 11_057.4], abs=0.1)
    assert np.isnan(found.off_m[2])
    assert response(network, found.take(np.array([0]))).at(found).first.tolist() == [0, -1, -1]
    assert np.isinf(response(network, found.take(np.array([1]))).nodes.seconds).all()
    assert routed(network, found.take(np.array([0])), found.take(np.array([1]))).line.is_empty


def test_lines_that_are_no_roads_are_stated() -> None:
    drawn = series(None, shapely.LineString([(0, 0), (1, 0)]), shapely.LineString(), shapely.LineString([(2, 2), (2, 2)]))
    assert roads(drawn, 50).without_length.tolist() == [0, 2, 3]
    nothing = roads(drawn.iloc[[0]], 50)
    assert len(nothing.part_m) == 0
    assert snap(nothing, at((0, 0)), reach_m=10).edge.tolist() == [-1]
    assert response(nothing, snap(nothing, at((0, 0)), reach_m=10)).nodes.seconds.tolist() == []


def test_roads_in_several_parts_and_over_the_antimeridian_connect() -> None:
    parts = series(shapely.MultiLineString([[(179.9, 0), (180, 0)], [(-180, 0), (-179.9, 0)]]))
    network = roads(parts, 50)
    assert len(network.part_m) == 1
    ends = snap(network, at((179.9, 0), (-179.9, 0)), reach_m=1)
    assert routed(network, ends.take(np.array([0])), ends.take(np.array([1]))).metres == pytest.approx(0.2 * DEGREE_M, abs=1)


def test_what_cannot_be_is_refused_in_words() -> None:
    drawn = lines([(0, 0), (1, 0)])
    with pytest.raises(MissingCRS):
        roads(geopandas.GeoSeries([drawn.iloc[0]]), 50)
    with pytest.raises(UnusableGeometry, match="only lines"):
        roads(at((0, 0)), 50)
    with pytest.raises(ValueError, match="line 0 has the speed nan"):
        roads(drawn, np.nan)
    with pytest.raises(ValueError, match="2 speeds for 1 lines"):
        roads(drawn, [1, 2])
    with pytest.raises(ValueError, match="tolerance_m"):
        roads(drawn, 50, tolerance_m=-1)
    network = roads(drawn, 50)
    with pytest.raises(ValueError, match="reach_m"):
        snap(network, at((0, 0)), reach_m=np.nan)
    on = snap(network, at((0, 0)), reach_m=10)
    with pytest.raises(ValueError, match="source 0 starts after -1"):
        response(network, on, delay_s=-1)
    with pytest.raises(ValueError, match="source 0 has the speed 0"):
        response(network, on, speed_kmh=0)
    with pytest.raises(ValueError, match="one source and one place"):
        routed(network, on, on.take(np.zeros(0, np.int64)))
    with pytest.raises(ValueError, match="a speed is needed"):
        straight(at((0, 0)), at((1, 1)), np.inf)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS))
def test_straight_across_the_ground_the_soonest_is_first(seed: int, corner: tuple[float, float]) -> None:
    dice = np.random.default_rng(seed)
    spots = [(corner[0] + x, corner[1] + y) for x, y in dice.uniform(-3, 3, (9, 2))]
    speed, delay = dice.uniform(5, 90, 4), dice.uniform(0, 3_600, 4)
    found, metres = straight(at(*spots[:4]), at(*spots[4:]), speed, delay_s=delay)
    for m, place in enumerate(spots[4:]):
        away = np.array([EARTH.inv(*spot, *place)[2] for spot in spots[:4]])
        took = delay + away * 3.6 / speed
        assert found.seconds[m] == pytest.approx(took.min(), abs=0.01)
        assert found.first[m] == took.argmin()
        assert metres[m] == pytest.approx(away[took.argmin()], abs=0.01)


def test_a_source_may_stand_at_a_node_and_start_at_once() -> None:
    network: Network = roads(lines([(0, 0), (1, 0)], [(1, 0), (2, 0)]), 50)
    on: Snapped = snap(network, at((1, 0)), reach_m=1)
    assert response(network, on).nodes.seconds.min() == pytest.approx(0, abs=1e-6)
