"""How soon it is known who is first where by road: 20 patrols over 50,000 nodes, against networkx on the same roads in the same run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import geopandas
import networkx
import numpy as np
import shapely
from common import arguments, median, said

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layers.spatial import Network, response, roads, routed, snap

_NODES, _PATROLS, _TIMES = 50_000, 20, 9
_CORNER, _STEP = (61.4, -21.2), 0.01
T = TypeVar("T")


def main() -> None:
    asked = arguments(__doc__, rows=_NODES)
    dice = np.random.default_rng(7)
    drawn, speed = country(asked.rows, dice)
    took, network = timed(lambda: roads(drawn, speed))
    size = f"{len(network.lon):,} nodes, {len(network.lines):,} edges"
    said(f"a network of {size} built from {len(drawn):,} lines, once", "", f"{took:.1f} s")
    patrols = snap(network, about(drawn, _PATROLS, dice), reach_m=5_000)
    places = snap(network, about(drawn, 1_000, dice), reach_m=5_000)
    response(network, patrols)
    fields = [timed(lambda: response(network, patrols)) for _ in range(_TIMES)]
    ours, found = median([one for one, _ in fields]), fields[0][1]
    said(f"response of {_PATROLS} patrols over {size}", "≤ 100 ms", f"{ours * 1e3:.0f} ms")
    took = median([timed(lambda: found.at(places))[0] for _ in range(_TIMES)])
    said("the same at 1,000 places", "", f"{took * 1e3:.1f} ms")
    peer, apart = beside(network, found.nodes.seconds, patrols)
    said("the same field ÷ networkx' multi_source_dijkstra", "", f"{peer / ours:.0f}× sooner; {apart} nodes differ")
    own = np.linspace(20, 60, _PATROLS)
    response(network, patrols, speed_kmh=own)
    took = median([timed(lambda: response(network, patrols, speed_kmh=own))[0] for _ in range(3)])
    said(f"the same, {_PATROLS} patrols of {_PATROLS} speeds", "", f"{took * 1e3:.0f} ms")
    one, other = patrols.take(np.array([0])), places.take(np.array([0]))
    took = median([timed(lambda: routed(network, one, other))[0] for _ in range(_TIMES)])
    said("a route with its line", "", f"{took * 1e3:.0f} ms")


def country(nodes: int, dice: np.random.Generator) -> tuple[geopandas.GeoSeries, np.ndarray]:
    """Return roads between neighbours of a crooked grid of about so many nodes, three of four laid, with four bends each."""
    side = round(nodes**0.5)
    number = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([[number[:, :-1].ravel(), number[:, 1:].ravel()], [number[:-1].ravel(), number[1:].ravel()]], axis=1)
    one, other = pairs[:, dice.random(pairs.shape[1]) < 0.75]
    spot = np.column_stack([number.ravel() % side, number.ravel() // side]) + dice.uniform(-0.3, 0.3, (side * side, 2))
    spot = spot * _STEP + _CORNER
    share = np.linspace(0, 1, 6)[None, :, None]
    at = spot[one][:, None] * (1 - share) + spot[other][:, None] * share
    at[:, 1:-1] += dice.normal(0, 0.05 * _STEP, (len(one), 4, 2))
    return geopandas.GeoSeries(shapely.linestrings(at), crs=4326), dice.choice([30.0, 50.0, 80.0], len(one))


def about(drawn: geopandas.GeoSeries, count: int, dice: np.random.Generator) -> geopandas.GeoSeries:
    west, south, east, north = drawn.total_bounds
    at = np.column_stack([dice.uniform(west, east, count), dice.uniform(south, north, count)])
    return geopandas.GeoSeries(shapely.points(at), crs=4326)


def beside(network: Network, seconds: np.ndarray, patrols: object) -> tuple[float, int]:
    """Ask networkx for the same field; return its time, without building its graph, and how many nodes differ by over 1 ms."""
    graph = networkx.Graph()
    drive = network.seconds()
    for edge, (begin, end) in enumerate(zip(network.begin.tolist(), network.end.tolist(), strict=True)):
        known = graph.get_edge_data(begin, end, {"weight": np.inf})["weight"]
        graph.add_edge(begin, end, weight=min(known, float(drive[edge])))
    names = [f"patrol {n}" for n in range(len(patrols.edge))]
    for name, edge, along in zip(names, patrols.edge.tolist(), patrols.along_m.tolist(), strict=True):
        share = along / network.metres[edge]
        graph.add_edge(name, int(network.begin[edge]), weight=share * drive[edge])
        graph.add_edge(name, int(network.end[edge]), weight=(1 - share) * drive[edge])
    took, found = timed(lambda: networkx.multi_source_dijkstra_path_length(graph, names))
    theirs = np.array([found.get(node, np.inf) for node in range(len(network.lon))])
    same = (np.isinf(theirs) & np.isinf(seconds)) | (np.abs(np.where(np.isinf(theirs), -1, theirs) - seconds) < 1e-3)
    return took, int((~same).sum())


def timed(ask: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = ask()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
