"""What stood when something occurred: parts by time against asking moment by moment."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.analysis.standing import Standing, nearest, pairs
from layers.model import NO_TIME

_WHEN = st.one_of(st.just(int(NO_TIME)), st.integers(0, 20))


def _standing(dated: list[tuple[int, int]], shapes: list[shapely.Geometry]) -> Standing:
    start, until = np.array(dated, np.int64).reshape(-1, 2).T
    return Standing(geopandas.GeoSeries(shapes, crs=4326), start, until)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(_WHEN, _WHEN), min_size=1, max_size=5), st.lists(_WHEN, min_size=1, max_size=12), st.integers(0, 99))
def test_of_lines_the_nearest_that_stood_is_found(dated: list[tuple[int, int]], at: list[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    lines = [shapely.LineString(dice.uniform(30, 31, (3, 2))) for _ in dated]
    standing, moments = _standing(dated, lines), np.array(at, np.int64)
    lon, lat = dice.uniform(30, 31, (2, len(at)))
    found = nearest(lon, lat, moments, standing)
    for n, moment in enumerate(at):
        stood = np.flatnonzero(standing.at(moment))
        if not len(stood):
            assert found.line[n] == -1
            assert np.isnan(found.metres[n])
            continue
        each = [nearest(lon[[n]], lat[[n]], moments[[n]], _standing([(NO_TIME, NO_TIME)], [lines[s]])).metres[0] for s in stood]
        assert found.line[n] == stood[int(np.argmin(each))]
        assert abs(found.metres[n] - min(each)) < 1e-3


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(_WHEN, _WHEN), min_size=1, max_size=5), st.lists(_WHEN, min_size=1, max_size=12), st.integers(0, 99))
def test_a_point_lies_in_the_areas_that_stood(dated: list[tuple[int, int]], at: list[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    boxes = [shapely.box(x, y, x + 0.5, y + 0.5) for x, y in dice.uniform(30, 30.6, (len(dated), 2))]
    standing = _standing(dated, boxes)
    lon, lat = dice.uniform(30, 31, (2, len(at)))
    found = {tuple(pair) for pair in pairs(lon, lat, np.array(at, np.int64), standing).tolist()}
    plain = {
        (n, s)
        for n, moment in enumerate(at)
        for s in np.flatnonzero(standing.at(moment)).tolist()
        if shapely.contains_xy(boxes[s], lon[n], lat[n])
    }
    assert all(_near_an_edge(boxes[s], lon[n], lat[n]) for n, s in found ^ plain)


def _near_an_edge(box: shapely.Geometry, lon: float, lat: float) -> bool:
    """The upper and lower edges bulge as geodesics do, by some 40 m here."""
    return bool(shapely.distance(shapely.boundary(box), shapely.Point(lon, lat)) < 5e-4)
