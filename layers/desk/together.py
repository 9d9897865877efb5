"""Observations of several posts that may tell of one event: by their bearings, their distances and their times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from layers.analysis.one_event import Observations, OneEvent, one_events
from layers.desk import observed, spared
from layers.ingest import OBSERVED
from layers.model import NO_TIME, Versions
from layers.spatial.ground import EARTH
from layers.spatial.sectors import Sights

Int64s = npt.NDArray[np.int64]

#: Seconds that the clocks of posts, and what is written to the minute, may be apart.
WINDOW_S = 180.0
#: Of so many observations, the newest, it is asked which go together; more than six observers of one event are two lists.
MOST, _AT_ONCE = 2_000, 6
_MICROS, _KM2 = 1_000_000, 1e6


@dataclass(frozen=True, slots=True)
class Together:
    """Versions, by their positions, that may tell of one event, and what speaks for it."""

    rows: tuple[int, ...]
    reasons: tuple[str, ...]


def together(versions: Versions, alike: Int64s, settled: Collection[tuple[str, str]]) -> tuple[list[Together], int]:
    """Return which observations may tell of one event, the earliest first, and of how many observations it was asked.

    Parameters
    ----------
    versions : Versions
        Reports; those without an observation of one observer, and those that are told coarsely, go with none.
    alike : (n,) int64
        Kinds that are reported one for the other have one number.
    settled : collection of (feature, feature)
        Pairs, each in ascending order, that someone left as two, or that are linked already.
    """
    told = ((n, text) for n, text in enumerate(spared.told(versions).payload) if f'"{OBSERVED}"' in text)
    seen = [(n, one) for n, text in told if (one := observed.kept(text)) and len(one.heard) == 1]
    seen.sort(key=lambda one: int(versions.start[one[0]]), reverse=True)
    seen = seen[:MOST]
    found: list[Together] = []
    for kind in sorted({int(alike[n]) for n, _ in seen}):
        some = [one for one in seen if alike[one[0]] == kind]
        rows, asked = np.array([n for n, _ in some], np.int64), _observations(versions, some)
        for event in one_events(asked, WINDOW_S):
            kept = _unsettled(event.rows.tolist(), [versions.feature[n] for n in rows], settled)
            if len(kept) > 1 and kept == event.rows.tolist():
                found.append(Together(tuple(rows[kept].tolist()), _reasons(event, asked)))
            elif len(kept) > 1:
                again = one_events(_some(asked, np.array(kept)), WINDOW_S)
                found += [Together(tuple(rows[kept][one.rows].tolist()), _reasons(one, asked)) for one in again]
    return sorted(found, key=lambda one: int(versions.start[list(one.rows)].min())), len(seen)


def words(versions: Versions) -> list[str]:
    """Return of each version what was observed and from where, blank for none."""
    return [observed.words(text) for text in spared.told(versions).payload]


def _observations(versions: Versions, some: Sequence[tuple[int, observed.Observed]]) -> Observations:
    columns = zip(*([getattr(one.sights, name) for name in Sights.__slots__] for _, one in some), strict=True)
    sights = Sights(*(np.concatenate(column) for column in columns))
    at = versions.start[[n for n, _ in some]]
    day = at % (86_400 * _MICROS) == 0
    heard = np.array([one.heard[0] for _, one in some], np.bool_)
    place = np.unique(np.round([sights.lon, sights.lat], 4), axis=1, return_inverse=True)[1].ravel()
    return Observations(sights, np.where(day, NO_TIME, at), heard, place.astype(np.int64))


def _some(of: Observations, rows: Int64s) -> Observations:
    return Observations(of.seen.take(rows), of.at[rows], of.heard[rows], of.observer[rows])


def _unsettled(rows: Sequence[int], feature: Sequence[str], settled: Collection[tuple[str, str]]) -> list[int]:
    """Return rows without those that are settled with an earlier one among them, at most so many as are put together at once."""
    kept: list[int] = []
    for row in rows:
        if all(pair(feature[row], feature[one]) not in settled for one in kept):
            kept.append(row)
    return kept[:_AT_ONCE]


def pair(first: str, second: str) -> tuple[str, str]:
    """Return two features in the order in which a pair is remembered."""
    return (first, second) if first <= second else (second, first)


def pairs(features: Sequence[str]) -> list[tuple[str, str]]:
    """Return every two of features, each in ascending order."""
    return [pair(*two) for two in combinations(features, 2)]


def _reasons(event: OneEvent, asked: Observations) -> tuple[str, ...]:
    km2 = abs(EARTH.geometry_area_perimeter(event.area)[0]) / _KM2
    shared = f"{km2:,.1f} km²" if km2 >= 0.1 else f"{km2 * _KM2:,.0f} m²"
    apart = max(0, event.begin - event.end) / _MICROS
    sound = ", the way of the sound counted" if asked.heard[event.rows].any() else ""
    times = f"their times agree within {apart:,.0f} s{sound}" if apart >= 1 else f"their times agree{sound}"
    return f"observed from {len(event.rows)} places", f"their sectors share {shared}", times
