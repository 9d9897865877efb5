"""How soon the ground that patrols could have observed is known: exactly, by cells, and with one more day."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from common import arguments, said
from spatial import routes, timed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layers.analysis.patrols import Track
from layers.analysis.rates import Reach
from layers.desk.daily import DAY, Daily
from layers.desk.observers import Observers, seen, watched
from layers.spatial.blocks import Blocks
from layers.spatial.coverage import grown, nothing
from layers.spatial.frame import Shapes
from layers.spatial.plane import plane_about
from layers.spatial.stretches import course, missed, passed
from layers.spatial.swept import swept
from layers.spatial.visits import unvisited, visited

_REACH_M, _DAYS = 200.0, 90
_FIX_US = 60_000_000


def main() -> None:
    asked = arguments(__doc__, rows=5_000)
    dice = np.random.default_rng(6)
    ways = np.array(routes(asked.rows, dice).geometry.values, np.object_)
    fresh = np.array(routes(max(asked.rows // _DAYS, 1), dice).geometry.values, np.object_)
    plane = plane_about(*shapely.get_coordinates(ways).T)
    told: list[float] = []
    took, whole = timed(lambda: grown(nothing(plane), ways, _REACH_M, told.append))
    what = f"{len(ways):,} routes of 300 vertices × {_REACH_M:.0f} m"
    figure = f"{took.clock:.1f} s, {took.processor:.1f} of the processor; {len(told):,} chunks; {whole.area_m2 / 1e6:,.0f} km²"
    said(f"coverage of {what}, exact", "≤ 60 s", figure)
    fast, cells = timed(lambda: swept(plane, ways, _REACH_M))
    said(
        f"coverage of {what}, by lines",
        "≤ 0.5 % off",
        f"{100 * abs(cells.area_m2 / whole.area_m2 - 1):.4f} %; {fast.clock:.1f} s",
    )
    days = [timed(lambda: grown(whole, fresh, _REACH_M)) for _ in range(5)]
    more = min((one for one, _ in days), key=lambda one: one.processor)
    share = f"{100 * more.processor / took.processor:.2f} % of the processor's time, {100 * more.clock / took.clock:.2f} % of the clock's"
    said(f"one more day, {len(fresh)} routes, on {_DAYS} days ÷ all", "≤ 2 %", f"{share}; {more.clock:.2f} s, best of 5")
    day = grown(nothing(plane), fresh, _REACH_M)
    noted, last = timed(lambda: visited(visited(unvisited(plane, _REACH_M), whole, 0), day, 1))
    said("last day of each cell, both", "", f"{noted.clock:.2f} s; {last.last.size:,} cells of {last.cell_m:.0f} m")
    asking, gaps = timed(lambda: missed(passed(whole, course(whole.blocks, fresh))))
    said("stretches of a day's routes that were not covered before", "", f"{asking.clock:.2f} s; {len(gaps.line):,} stretches")
    by_the_day(ways, fresh)


def by_the_day(ways: Shapes, fresh: Shapes) -> None:
    """Tell what a mission that keeps its days spends on all of them, and on one more: ground, line, cells, and hours in areas."""
    line = np.array([shapely.LineString([(61.5, -20.0), (64.5, -20.0)])], np.object_)
    squares = np.array([shapely.box(61.4 + n, -21.2, 62.4 + n, -18.8) for n in range(3)], np.object_)
    tracks = {n: track(one, n * _DAYS // len(ways)) for n, one in enumerate(ways)}
    memory, plane = Daily(), plane_about(*shapely.get_coordinates(ways).T)
    laid = course(Blocks(plane), line)

    def asked(days: int) -> None:
        by = Observers(memory, (), memory.known(tracks), (), 0, (0, days * DAY), {}, plane, frozenset(), 0)
        seen(by, laid, "line", reach=Reach())
        watched(by, squares, "squares", Reach())

    whole, _ = timed(lambda: asked(_DAYS))
    tracks |= {len(ways) + n: track(one, _DAYS) for n, one in enumerate(fresh)}
    more, _ = timed(lambda: asked(_DAYS + 1))
    said(
        f"all of {_DAYS} days kept by the day, {len(ways):,} tracks",
        "",
        f"{whole.clock:.1f} s, {whole.processor:.1f} of the processor",
    )
    share = f"{100 * more.processor / whole.processor:.2f} % of the processor's time, {100 * more.clock / whole.clock:.2f} % of the clock's"
    said("one more day of tracks, at the desk ÷ all", "≤ 2 %", f"{share}; {more.clock:.2f} s")
    again, _ = timed(lambda: asked(_DAYS + 1))
    said("the same asked again", "", f"{again.clock:.2f} s")


def track(one: shapely.Geometry, day: int) -> Callable[[], Track]:
    """Return a track that is read when it is asked for, a fix every minute of a day counted from 0."""
    return partial(Track, one, np.arange(shapely.get_num_coordinates(one)) * _FIX_US + day * DAY)


if __name__ == "__main__":
    main()
