"""How soon points are joined to areas and lines, against geopandas and shapely on the same data in the same run."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import exact
import geopandas
import numpy as np
import numpy.typing as npt
import shapely
from common import MILLION, arguments, said
from pyproj import Geod

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layers.exercise.agreement import agreement
from layers.spatial import buffer, gap, join, near, nearest, pairs, probability_inside, side
from layers.spatial.distances import line_index

_BOX = (61.4, -21.2, 64.6, -18.8)
_METRIC = 32741
_EARTH = Geod(ellps="WGS84")
_VERTICES = 50
T = TypeVar("T")


def main() -> None:
    asked = arguments(__doc__, rows=MILLION)
    dice = np.random.default_rng(4)
    points = scattered(asked.rows, dice)
    in_areas(points, tiling(asked.rows // 200, dice), built="≥ 3×", cached="≥ 8×")
    in_areas(points, tiling(asked.rows // 20, dice), built="", cached="≥ 3×")
    about_a_line(points)
    within_routes(scattered(max(asked.rows // 10, 1), dice), routes(200, dice))
    side_errors(points)
    gaps(points)
    radii()


def in_areas(points: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame, *, built: str, cached: str) -> None:
    """Compare points in areas. The peer is whichever of its two ways is sooner."""
    first, ours = timed(lambda: pairs(points, areas))
    again, _ = timed(lambda: pairs(points, areas))
    few, theirs = timed(lambda: np.asarray(points.sindex.query(areas.geometry, predicate="intersects"))[::-1].T)
    many, _ = timed(lambda: areas.sindex.query(points.geometry, predicate="intersects"))
    kept, _ = timed(lambda: points.sindex.query(areas.geometry, predicate="intersects"))
    peer, name = min((few, "points' index"), (many, "areas' index"))
    same = differing(ours, theirs)
    what = f"pairs of {len(points):,} points in {len(areas):,} sectors"
    said(
        f"{what}, built in the run ÷ geopandas' sindex query",
        built,
        ratio(peer, first) + f"; by the {name}; {same} pairs differ",
    )
    said(f"{what}, cached", cached, ratio(peer, again) + f"; its index kept too {ratio(min(kept, many), again)}")
    mine, _ = timed(lambda: join(points, areas))
    joined, _ = timed(lambda: geopandas.sjoin(points, areas))
    said(f"join of the same, cached ÷ gpd.sjoin: {len(areas):,} sectors", "≥ 2×", ratio(joined, mine))


def about_a_line(points: geopandas.GeoDataFrame) -> None:
    """Compare the nearest place of a line, ours with the side, shapely's without; both from degrees."""
    line = geopandas.GeoDataFrame(geometry=[shapely.LineString(agreement(7).line)], crs=4326)
    x, y = shapely.get_coordinates(points.geometry.values).T
    took, found = timed(lambda: line_index(line).nearest(x, y))

    def theirs() -> npt.NDArray[np.float64]:
        at = np.asarray(points.geometry.to_crs(_METRIC).values, np.object_)
        path = shapely.get_coordinates(line.geometry.to_crs(_METRIC).iloc[0])
        tree = shapely.STRtree(shapely.linestrings(np.stack([path[:-1], path[1:]], axis=1)))
        return np.asarray(tree.query_nearest(at, return_distance=True, all_matches=False)[1])

    peer, metres = timed(theirs)
    far = np.abs(metres - found.metres).max()
    said(
        f"nearest + side of a 2,000-vertex line, {len(points):,} points ÷ STRtree without side",
        "≥ 2×",
        ratio(peer, took) + f"; one UTM zone is off by up to {far:.1f} m",
    )
    whole, _ = timed(lambda: (nearest(points, line), side(points, line)))
    said("the same as two tables, asked one after the other", "", ratio(peer, whole))
    exact = _EARTH.inv(x[:10_000], y[:10_000], found.lon[:10_000], found.lat[:10_000])[2]
    said("its distance against geographiclib", "≤ 1 mm", f"{np.abs(exact - found.metres[:10_000]).max() * 1e3:.4f} mm")


def within_routes(points: geopandas.GeoDataFrame, lines: geopandas.GeoDataFrame) -> None:
    """Compare what lies within 500 m of any route."""
    took, ours = timed(lambda: near(points, lines, metres=500))

    def theirs() -> geopandas.GeoDataFrame:
        return geopandas.sjoin(points.to_crs(_METRIC), lines.to_crs(_METRIC), predicate="dwithin", distance=500)

    peer, found = timed(theirs)
    differ = len(set(found.index) ^ set(ours.index))
    what = f"within 500 m, {len(points):,} points × {len(lines)} routes ÷ gpd.sjoin(dwithin)"
    said(what, "≥ 3×", ratio(peer, took) + f"; {differ} of {len(ours):,} points differ by the peer's zone")


def side_errors(points: geopandas.GeoDataFrame) -> None:
    """Count the points whose side is not that of geographiclib, all over the country and close about vertices."""
    path = np.array(agreement(7).line)
    line = geopandas.GeoDataFrame(geometry=[shapely.LineString(path)], crs=4326)
    count = max(len(points) // 20, 1)
    spread = shapely.get_coordinates(points.geometry.values[:count]).T
    for where, (lon, lat) in (("anywhere", spread), ("by vertices", exact.about(path, count, np.random.default_rng(5)))):
        left, judged = line_index(line).nearest(lon, lat).left, exact.sides(lon, lat, path)
        sure = judged != 0
        wrong = int((np.sign(left[sure]) != np.sign(judged[sure])).sum())
        said(
            f"sides against geographiclib, {count:,} points {where}",
            "0 wrong",
            f"{wrong} of the {sure.sum():,} that can be judged",
        )


def radii() -> None:
    """Say how far the outlines of buffers lie from their distance, at the corners and between."""
    kinds = ("straight", "curved", "zigzag")
    worst = {kind: [0.0, 0.0] for kind in kinds}
    for kind, radius, lat in itertools.product(kinds, (500.0, 1_000.0, 5_000.0), (0.0, 33.0, 60.0, 75.0)):
        for lon, metres in ((20.0, 20_000.0), (179.9, 200_000.0), (36.0, 1_000_000.0)):
            frame = geopandas.GeoDataFrame(geometry=[exact.drawn(kind, lon, lat, metres)], crs=4326)
            for number, at in enumerate(exact.places(buffer(frame, radius).geometry.iloc[0])):
                found = line_index(frame).nearest(*at.T)
                away = np.abs(_EARTH.inv(*at.T, found.lon, found.lat)[2] - radius).max() / radius
                worst[kind][number] = max(worst[kind][number], float(away))
    for kind in kinds:
        corner, between = (f"{one * 100:.3f} %" for one in worst[kind])
        said(f"buffer radius against geographiclib, 36 {kind} lines", "≤ 0.05 %", f"{corner} at corners, {between} between")


def gaps(points: geopandas.GeoDataFrame) -> None:
    """Compare the gap to a zone with the two answers it is made of, and time how likely points of some precision lie in it."""
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    ring = np.column_stack([63 + 0.8 * (1 + 0.1 * np.sin(9 * angle)) * np.cos(angle), -20 + 0.7 * np.sin(angle)])
    zone = geopandas.GeoDataFrame(geometry=[shapely.Polygon(ring)], crs=4326)
    gap(points.iloc[:1], zone)
    two, _ = timed(lambda: (nearest(points, zone), pairs(points, zone)))
    took, _ = timed(lambda: gap(points, zone))
    what = f"{len(points):,} points and a zone of 2,000 vertices"
    said(f"gap between {what} ÷ nearest and pairs", "≤ 1.3", ratio(took, two))
    precision = 10 * 500 ** np.random.default_rng(6).uniform(0, 1, len(points))
    took, share = timed(lambda: probability_inside(points, precision, zone))
    unsure = ((share > 0) & (share < 1)).sum()
    said(
        f"how likely inside, {what}, precisions 10 m to 5 km",
        "",
        f"{took.clock:.1f} s, {took.processor:.1f} of the processor; {unsure:,} neither in nor out",
    )


def scattered(count: int, dice: np.random.Generator) -> geopandas.GeoDataFrame:
    """Return points evenly over the exercise country."""
    at = dice.uniform(_BOX[:2], _BOX[2:], (count, 2))
    return geopandas.GeoDataFrame({"id": np.arange(count)}, geometry=shapely.points(at), crs=4326)


def tiling(count: int, dice: np.random.Generator) -> geopandas.GeoDataFrame:
    """Return about so many sectors that share their crooked edges, 200 vertices each."""
    down = max(round(np.sqrt(count * 0.75)), 1)
    across = max(round(count / down), 1)
    fine = _VERTICES
    x = np.linspace(0, 1, across * fine + 1)
    y = np.linspace(0, 1, down * fine + 1)
    sway = 0.15 / across, 0.15 / down
    level = np.cumsum(dice.normal(0, 0.15, (down + 1, len(x))), axis=1)
    upright = np.cumsum(dice.normal(0, 0.15, (across + 1, len(y))), axis=1)
    for path in (level, upright):
        knots = path[:, ::fine]
        path -= np.stack([np.interp(np.arange(path.shape[1]), np.arange(path.shape[1])[::fine], one) for one in knots])
        np.clip(path, -2, 2, out=path)
    scale = np.array([_BOX[2] - _BOX[0], _BOX[3] - _BOX[1]])
    found = []
    for row in range(down):
        for column in range(across):
            south, north = (
                np.column_stack([x, n / down + sway[1] * level[n]])[column * fine : (column + 1) * fine + 1]
                for n in (row, row + 1)
            )
            west, east = (
                np.column_stack([n / across + sway[0] * upright[n], y])[row * fine : (row + 1) * fine + 1]
                for n in (column, column + 1)
            )
            found.append(np.concatenate([south, east[1:], north[-2::-1], west[-2:0:-1]]) * scale + _BOX[:2])
    shapes = shapely.polygons(np.stack([one[:-1] if (one[0] == one[-1]).all() else one for one in found]))
    return geopandas.GeoDataFrame({"sector": np.arange(len(shapes))}, geometry=shapes, crs=4326)


def routes(count: int, dice: np.random.Generator) -> geopandas.GeoDataFrame:
    """Return patrol routes of 300 vertices, some 60 km long each."""
    begin = dice.uniform(_BOX[:2], _BOX[2:], (count, 1, 2))
    turn = np.cumsum(dice.normal(0, 0.2, (count, 300)), axis=1) + dice.uniform(0, 7, (count, 1))
    path = begin + np.cumsum(0.0018 * np.stack([np.cos(turn), np.sin(turn)], axis=2), axis=1)
    return geopandas.GeoDataFrame(geometry=shapely.linestrings(path), crs=4326)


def differing(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64]) -> int:
    """Return how many pairs only one side has."""
    width = int(max(ours[:, 1].max(initial=0), theirs[:, 1].max(initial=0))) + 1
    return len(np.setxor1d(ours[:, 0] * width + ours[:, 1], theirs[:, 0] * width + theirs[:, 1]))


class Took(NamedTuple):
    """Seconds by the clock, and of the processor, which others at work on the machine lengthen less."""

    clock: float
    processor: float


def timed(act: Callable[[], T]) -> tuple[Took, T]:
    """Return the seconds something takes, and what it gives."""
    clock, processor = time.perf_counter(), time.process_time()
    found = act()
    return Took(time.perf_counter() - clock, time.process_time() - processor), found


def ratio(theirs: Took, ours: Took) -> str:
    clock = f"{theirs.clock / ours.clock:.1f}× ({theirs.clock:.2f} s ÷ {ours.clock:.2f} s)"
    return f"{clock}, {theirs.processor / ours.processor:.1f}× of the processor"


if __name__ == "__main__":
    main()
