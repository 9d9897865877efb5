"""The separation zones and the ceasefire line that are on real maps, with events about them."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers.spatial import buffer, near, nearest, pairs, probability_inside, side
from layers.spatial.lines import LineIndex

EARTH = Geod(ellps="WGS84")
pytestmark = pytest.mark.shared


def zones(shared: Path) -> geopandas.GeoDataFrame:
    return geopandas.read_file(shared / "lines/ne_10m_buffer_zones.geojson").reset_index(drop=True)


def cut(zone: shapely.Geometry) -> shapely.MultiPolygon:
    """Return an area whose edges are cut along the geodesic every 500 m."""
    found = []
    for part in shapely.get_parts(zone):
        rings = []
        for ring in shapely.get_rings(part):
            at, path = shapely.get_coordinates(ring), []
            for begin, end in itertools.pairwise(at):
                path += [tuple(begin), *EARTH.npts(*begin, *end, int(EARTH.inv(*begin, *end)[2] // 500) + 1)]
            rings.append(path)
        found.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(found)


def about(shape: shapely.Geometry, count: int) -> geopandas.GeoDataFrame:
    west, south, east, north = shape.bounds
    dice = np.random.default_rng(1)
    at = dice.uniform([west - 0.2, south - 0.2], [east + 0.2, north + 0.2], (count, 2))
    return geopandas.GeoDataFrame(geometry=shapely.points(at), crs=4326)


def test_zones_hold_near_and_grow_as_a_metric_projection_says(shared: Path) -> None:
    every = zones(shared)
    for row in range(0, len(every), 2):
        zone = every.iloc[[row]]
        features = about(zone.geometry.iloc[0], 2_000)
        middle = zone.geometry.iloc[0].centroid
        local = f"+proj=aeqd +lon_0={middle.x} +lat_0={middle.y} +datum=WGS84"
        plane = geopandas.GeoSeries([cut(zone.geometry.iloc[0])], crs=4326).to_crs(local).iloc[0]
        away = features.geometry.to_crs(local).distance(plane).to_numpy()
        edge = features.geometry.to_crs(local).distance(plane.boundary).to_numpy()
        inside = np.zeros(len(features), bool)
        inside[pairs(features, zone)[:, 0]] = True
        sure = edge > 5
        assert np.array_equal(inside[sure], (away == 0)[sure])
        got = nearest(features, zone).distance_m.to_numpy()
        assert np.allclose(got, edge, rtol=1e-3, atol=1)
        grown = pairs(features, buffer(zone, 1_000))[:, 0]
        clear = np.abs(away - 1_000) > 10
        assert set(grown) ^ set(np.flatnonzero(away <= 1_000)) <= set(np.flatnonzero(~clear))


def test_inside_near_and_likely_agree(shared: Path) -> None:
    zone = zones(shared).iloc[[0]]
    features = about(zone.geometry.iloc[0], 3_000)
    inside = np.zeros(len(features), bool)
    inside[pairs(features, zone)[:, 0]] = True
    likely = probability_inside(features, 1_000, zone).to_numpy()
    close = near(features, zone, metres=1_000).index
    far = ~features.index.isin(close)
    assert np.array_equal(likely[far], inside[far].astype(float))
    assert ((likely[close] > 0) & (likely[close] < 1)).all()


def test_each_disputed_line_has_two_sides(shared: Path) -> None:
    lines = geopandas.read_file(shared / "lines/ne_10m_disputed_lines.geojson")
    for row in range(0, len(lines), 7):
        line = lines.iloc[[row]]
        index = LineIndex(np.asarray(line.geometry.values, object))
        middle = len(index.legs) // 2
        begin, end = index.legs.begin[middle], index.legs.end[middle]
        azimuth, _, metres = EARTH.inv(*begin, *end)
        at = EARTH.fwd(*begin, azimuth, metres / 2)[:2]
        here = [shapely.Point(EARTH.fwd(*at, azimuth + turn, 0.02)[:2]) for turn in (-90, 90)]
        assert side(geopandas.GeoDataFrame(geometry=here, crs=4326), line).tolist() == ["left", "right"]
