"""How soon it is known who came near a place: 10 million fixes in memory, against a look at every leg in the same run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from common import arguments, median, p95, said

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layers.index import Fixes, Passages, Tracks, faults
from layers.spatial.ground import dot, ground_m, space

_ROWS, _LENGTH, _BASES, _ASKED = 10_000_000, 5_000, 40, 60
_CORNER, _SIZE = (61.4, -21.2), (3.2, 2.4)
_SECOND = 1_000_000
_BEGIN, _DAYS = 1_790_000_000 * _SECOND, 90
_DAY = 86_400 * _SECOND
_REACH_M = 2_000.0
T = TypeVar("T")


def main() -> None:
    asked = arguments(__doc__, rows=_ROWS)
    dice = np.random.default_rng(11)
    fixes, bases = patrols(asked.rows, dice)
    took, tracks = timed(lambda: Tracks(fixes))
    size = f"{len(fixes) / 1e6:.0f}M fixes of {fixes.count:,} tracks"
    said(
        f"{size} taken into memory, once",
        "",
        f"{took:.1f} s; {tracks.nbytes / 1e6:.0f} MB, {tracks.nbytes / len(fixes):.1f} bytes a fix",
    )
    whole = (_BEGIN, _BEGIN + (_DAYS + 2) * _DAY)
    anywhere = np.column_stack([low + size * dice.random(_ASKED) for low, size in zip(_CORNER, _SIZE, strict=True)])
    spots = (
        ("anywhere", anywhere),
        ("at a patrol base", bases[dice.integers(1, _BASES, _ASKED)]),
        ("at headquarters, where an eighth of all fixes are", bases[[0] * 15]),
    )
    for where, places in spots:
        for how, length in (("in all 90 days", None), ("in a week", 7 * _DAY), ("in a day", _DAY)):
            near(tracks, f"{where}, {how}, of {size}", places, [spell(length, dice, whole) for _ in places])
    peer, theirs = timed(lambda: every_fix(fixes, bases[0], whole))
    ours, found = timed(lambda: within(tracks, bases[0], whole))
    missed = len(set(theirs) - set(found.track.tolist()))
    said("the same ÷ the distance of every fix", "", f"{peer / ours:.0f}× sooner; {missed} of its {len(theirs)} tracks missed")
    moments = dice.integers(*whole, _ASKED)
    took = [timed(lambda t=moment: tracks.positions(t))[0] * 1e3 for moment in moments]
    said(f"where each of {fixes.count:,} tracks was at a time, p95", "", f"{p95(took):.1f} ms (median {median(took):.1f})")
    took, wrong = timed(lambda: faults(fixes))
    said(f"faults of {size}", "", f"{took:.1f} s; {len(wrong)} found")


def near(tracks: Tracks, what: str, places: np.ndarray, windows: list[tuple[int, int]]) -> None:
    """Ask who was near each place in its window; print how long that took, by the clock and of the processor."""
    took, found = [], []
    began = time.process_time()
    for place, window in zip(places, windows, strict=True):
        one, passages = timed(lambda p=place, w=window: within(tracks, p, w))
        took.append(one * 1e3)
        found.append(len(passages))
    busy = (time.process_time() - began) * 1e3 / len(places)
    figure = f"{p95(took):.0f} ms (median {median(took):.0f}, worst {max(took):.0f}, of the processor {busy:.0f}"
    said(f"who was within 2 km {what}, p95", "≤ 500 ms", f"{figure}; {median(found):.0f} passages)")


def patrols(count: int, dice: np.random.Generator) -> tuple[Fixes, np.ndarray]:
    """Return patrols that leave one of some bases, come back to it and stand there half of the time, and the bases.

    A fix every five seconds. A quarter of them belong to the first base, the headquarters.
    """
    tracks = max(count // _LENGTH, 1)
    bases = np.column_stack([low + size * dice.random(_BASES) for low, size in zip(_CORNER, _SIZE, strict=True)])
    home = bases[np.where(dice.random(tracks) < 0.25, 0, dice.integers(0, _BASES, tracks))]
    share = np.minimum(np.linspace(0, 4 * np.pi, _LENGTH), 2 * np.pi)
    lon, lat = np.empty((tracks, _LENGTH)), np.empty((tracks, _LENGTH))
    for number in range(tracks):
        away, turn, bend = dice.uniform(0.03, 0.12), dice.uniform(0, 2 * np.pi), dice.integers(2, 9)
        out = away * (1 - np.cos(share)) * (1 + 0.2 * np.sin(bend * share))
        towards = turn + 0.6 * np.sin(share) + dice.uniform(0, 0.3) * np.sin(bend * share)
        noise = dice.normal(0, 2e-5, (2, _LENGTH))
        lon[number] = home[number, 0] + out * np.cos(towards) + noise[0]
        lat[number] = home[number, 1] + out * np.sin(towards) + noise[1]
    begun = _BEGIN + dice.integers(0, _DAYS * _DAY, tracks)
    at = begun[:, None] + np.arange(_LENGTH) * 5 * _SECOND
    return Fixes(np.repeat(np.arange(tracks), _LENGTH), lon.ravel(), lat.ravel(), at.ravel()), bases


def spell(length: int | None, dice: np.random.Generator, whole: tuple[int, int]) -> tuple[int, int]:
    if length is None:
        return whole
    begin = int(dice.integers(whole[0], whole[1] - length))
    return begin, begin + length


def within(tracks: Tracks, place: np.ndarray, window: tuple[int, int]) -> Passages:
    return tracks.within(float(place[0]), float(place[1]), _REACH_M, start=window[0], end=window[1])


def every_fix(fixes: Fixes, place: np.ndarray, window: tuple[int, int]) -> list[int]:
    """Return the tracks with a fix within reach, found by whole arrays; a passage between two fixes is not."""
    middle, found = space(*place), []
    for begin in range(0, len(fixes), 1_000_000):
        part = slice(begin, begin + 1_000_000)
        stands = space(fixes.lon[part], fixes.lat[part])
        near = np.flatnonzero(dot(stands - middle, stands - middle) <= _REACH_M**2)
        near = near[(fixes.at[part][near] >= window[0]) & (fixes.at[part][near] < window[1])]
        near = near[ground_m(np.broadcast_to(middle, (len(near), 3)), stands[near]) <= _REACH_M]
        found.append(np.unique(fixes.track[part][near]))
    return np.unique(np.concatenate(found)).tolist()


def timed(ask: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = ask()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
