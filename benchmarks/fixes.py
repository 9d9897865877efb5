"""How often the 95 % areas of simulated cross-bearings hold the truth, and how soon a fix comes; seeded, in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import shapely
from common import arguments, median, p95, said

from layers.analysis.fixes import NoFix, fix
from layers.spatial import sights
from layers.spatial.ground import EARTH
from layers.spatial.sectors import Sights

_FIXES = 10_000
_SEED = 1947
#: Ends of the distance bands that observers name, where they do.
_BANDS_M = np.array([0, 1_000, 3_000, 5_000, 10_000, 20_000.0])


@dataclass
class Tally:
    """What came of simulated observations: whether each area held the truth, milliseconds, and how many had no fix."""

    held: list[bool] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    none: int = 0


def main() -> None:
    asked = arguments(__doc__, rows=_FIXES)
    tallies: dict[tuple[int, bool], Tally] = {}
    dice, done = np.random.default_rng(_SEED), 0
    while done < asked.rows:
        count, banded = int(dice.integers(2, 5)), bool(dice.random() < 0.25)
        done += tried(dice, tallies.setdefault((count, banded), Tally()), count, banded)
    for (count, banded), tally in sorted(tallies.items()):
        words = f"{count} observers{', with distance bands' if banded else ''}: 95 % areas hold the truth"
        said(words, "", f"{np.mean(tally.held):.1%} of {len(tally.held):,}; no fix of {tally.none:,} more")
    every = list(tallies.values())
    held = [one for tally in every for one in tally.held]
    said(f"95 % areas of {len(held):,} cross-bearings hold the truth", "93–97 %", f"{np.mean(held):.1%}")
    took = [one for tally in every for one in tally.took]
    said("one fix, area and shares included", "", f"{median(took):.0f} ms (p95 {p95(took):.0f})")


def tried(dice: np.random.Generator, tally: Tally, count: int, banded: bool) -> bool:
    """Simulate observations of one event and cross them; return whether that gave a fix."""
    truth = dice.uniform(-180, 180), dice.uniform(-75, 75)
    seen = observed(dice, truth, count, banded)
    began = time.process_time()
    try:
        found = fix(seen)
    except NoFix:
        tally.none += 1
        return False
    tally.took.append((time.process_time() - began) * 1e3)
    tally.held.append(bool(shapely.intersects_xy(found.area, *truth)))
    return True


def observed(dice: np.random.Generator, truth: tuple[float, float], count: int, banded: bool) -> Sights:
    """Return observations from 0.5 to 16 km, within 10° of one side to all round, each bearing ± 1 to 10° (95 %)."""
    away = 10 ** dice.uniform(2.7, 4.2, count)
    spread = dice.choice([10.0, 40.0, 120.0, 360.0])
    many = np.full(count, truth[0]), np.full(count, truth[1])
    lon, lat, back = EARTH.fwd(*many, dice.uniform(0, 360) + dice.uniform(0, spread, count), away)
    error = dice.uniform(1, 10, count)
    bearing = (np.array(back) + dice.normal(0, error / 1.96)) % 360
    over = np.searchsorted(_BANDS_M, away)
    nearest, farthest = (_BANDS_M[over - 1], _BANDS_M[over]) if banded else (0.0, np.inf)
    return sights(lon, lat, bearing, error, nearest_m=nearest, farthest_m=farthest)


if __name__ == "__main__":
    main()
