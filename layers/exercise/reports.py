"""Incident reports of the exercise: near the line, the roads and the towns, from every side alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from layers.exercise.agreement import agreement
from layers.exercise.country import Points, country

DAYS = 90
PER_DAY = 33.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: tuple[tuple[str, float, int, str], ...] = (
    ("firing", 18, 1, "Rifle fire heard, several bursts."),
    ("small_arms", 12, 1, "Small-arms fire across the line, ten minutes."),
    ("shelling", 9, 2, "Three impacts, direction north, no crater seen yet."),
    ("mine_or_ied", 4, 2, "Mine found on the verge, marked and reported."),
    ("overflight", 9, 0, "Small uncrewed aircraft over the buffer zone, heading along the line."),
    ("incursion", 5, 1, "Group of about ten crossed on foot and went back."),
    ("move_forward", 4, 1, "Sandbags moved forward of the line."),
    ("unauthorised_weapon", 4, 1, "Two mortars seen inside the area of limitation."),
    ("weapon_pointed", 3, 0, "Weapon pointed at the patrol, lowered on request."),
    ("construction", 5, 0, "Earth moved with one digger, a berm of 40 m."),
    ("jamming", 2, 0, "Navigation signal lost for a quarter of an hour."),
    ("restriction_of_movement", 8, 0, "Patrol stopped at the barrier, turned back after talks."),
    ("attack_on_civilians", 2, 2, "Houses hit, the wounded brought to the clinic."),
    ("looting", 3, 1, "Store emptied in the night."),
    ("displacement", 4, 1, "About sixty people on the road, on foot, with belongings."),
    ("protest", 4, 0, "Crowd of two hundred, calm, gone by evening."),
    ("criminality", 3, 0, "Vehicle taken at the market."),
    ("accident", 2, 0, "Truck off the road, nobody hurt."),
)
_OTHER_SCRIPTS = (
    "سُمع إطلاق نار متقطع قرب الخط.",
    "Одиночные выстрелы у линии, без последствий.",
    "听到零星枪声，未见人员受伤。",
    "Tirs sporadiques entendus, sans victime.",
    "Se oyeron disparos aislados, sin heridos.",
    "नियंत्रण रेखा के पास गोलीबारी सुनी गई।",
)
_SOURCES = ("patrol", "observation post", "liaison", "camera", "local authority", "partner organisation")
_TARGETS = ("", "", "", "position", "patrol", "village", "road", "market")
_STATUS = ("alleged", "alleged", "alleged", "investigated", "verified", "attributed", "not_attributed")
_PRECISION = np.array([10, 100, 100, 100, 1000, 1000, 5000])

#: From one sector nothing came in for so long before the record ends, and nothing comes as the clock runs.
_QUIET, _QUIET_H = 3, 12

Columns = dict[str, list[str]]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Where reports gather: points along the line, the roads and the towns, with the nearest town's name."""

    at: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    place: npt.NDArray[np.object_]


def columns(seed: int, count: int, begin: datetime, end: datetime, *, stream: Sequence[int] = (0,), named: str = "X") -> Columns:
    """Return reports between two times as columns of the own template, in the order they occurred.

    ``stream`` tells apart draws of one seed, ``named`` begins their ids.
    """
    dice = np.random.default_rng([seed, 3, *stream])
    where = _anchors(seed)
    pick = dice.choice(len(where.at), count, p=where.weight)
    at = where.at[pick] + dice.normal(0, 1, (count, 2)) * where.spread[pick, None]
    off = ~shapely.contains_xy(country(seed).land, at[:, 0], at[:, 1])
    at[off] = where.at[pick[off]]
    weights = np.array([kind[1] for kind in _KINDS])
    kind = dice.choice(len(_KINDS), count, p=weights / weights.sum())
    severity = np.clip(np.array([k[2] for k in _KINDS])[kind] + dice.choice([-1, 0, 0, 0, 1], count), 0, 2)
    occurred = np.sort(_seconds(begin) + np.floor(dice.beta(1.15, 1.0, count) * (end - begin).total_seconds()).astype(np.int64))
    at, pick = _quieted(seed, (at, pick), occurred > _seconds(end) - _QUIET_H * 3_600, stream)
    reported = np.minimum(occurred + dice.gamma(2.0, 900, count).astype(np.int64) + 60, _seconds(end))
    best = np.where(dice.random(count) < 0.35, dice.poisson(1.4 * severity), 0)
    known = np.isin(kind, [n for n, k in enumerate(_KINDS) if k[2] > 0 or k[0] == "accident"]) & (severity > 0)
    best = np.where(known, best, 0)
    texts = np.array([k[3] for k in _KINDS], object)[kind]
    other = dice.random(count) < 0.12
    texts[other] = np.array(_OTHER_SCRIPTS, object)[dice.integers(0, len(_OTHER_SCRIPTS), int(other.sum()))]
    return {
        "id": [f"{named}-{n:07d}" for n in range(1, count + 1)],
        "kind": _from([k[0] for k in _KINDS], kind),
        "occurred_at": _iso(occurred),
        "reported_at": _iso(np.maximum(reported, occurred)),
        "longitude": [f"{x:.6f}" for x in at[:, 0]],
        "latitude": [f"{y:.6f}" for y in at[:, 1]],
        "precision_m": [str(p) for p in _PRECISION[dice.integers(0, len(_PRECISION), count)]],
        "place": where.place[pick].tolist(),
        "party": _from(["A", "B", "unknown"], dice.choice(3, count, p=[0.42, 0.42, 0.16])),
        "target": _from(_TARGETS, dice.integers(0, len(_TARGETS), count)),
        "severity": _from(["low", "medium", "high"], severity),
        "casualties_low": _numbers(np.maximum(best - dice.integers(0, 2, count), 0)),
        "casualties_best": _numbers(best),
        "casualties_high": _numbers(best + dice.integers(0, 3, count) * (best > 0)),
        "source": _from(_SOURCES, dice.integers(0, len(_SOURCES), count)),
        "reliability": _from("ABCDEF", dice.choice(6, count, p=[0.1, 0.3, 0.25, 0.1, 0.05, 0.2])),
        "credibility": _from("123456", dice.choice(6, count, p=[0.1, 0.3, 0.3, 0.1, 0.05, 0.15])),
        "marking": _from(["UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL"], dice.choice(3, count, p=[0.93, 0.06, 0.01])),
        "status": _from(_STATUS, dice.integers(0, len(_STATUS), count)),
        "text": texts.tolist(),
    }


def next_report(seed: int, number: int, now: datetime) -> dict[str, str]:
    """Return the report that the exercise's clock adds at ``now``: it occurred some minutes before."""
    made = columns(seed, 1, now - timedelta(minutes=25), now - timedelta(minutes=1), stream=(1, number), named=f"L{number}")
    return {name: values[0] for name, values in made.items()} | {
        "reported_at": _iso(np.array([_seconds(now)]))[0],
        "marking": "UNCLASSIFIED",
    }


def gap(seed: int, begin: datetime, end: datetime, limit: int) -> list[dict[str, str]]:
    """Return reports at the exercise's usual rate that fill the time from ``begin`` to ``end``, ``limit`` at most."""
    count = min(limit, int((end - begin).total_seconds() / 86_400 * PER_DAY))
    if count <= 0:
        return []
    made = columns(seed, count, begin, end, stream=(2, _seconds(begin)), named=f"G{_seconds(begin)}")
    return [dict(zip(made, row, strict=True)) for row in zip(*made.values(), strict=True)]


def _quieted(seed: int, where: tuple[Points, Ints], lately: npt.NDArray[np.bool_], stream: Sequence[int]) -> tuple[Points, Ints]:
    """Return where reports lie and what they gather about, with those of late out of the quiet sector, each at another such place."""
    at, pick = where
    sector, every = agreement(seed).sectors[_QUIET - 1], _anchors(seed)
    rows = np.flatnonzero(lately & shapely.contains_xy(sector, at[:, 0], at[:, 1]))
    outside = np.flatnonzero(~shapely.contains_xy(sector, every.at[:, 0], every.at[:, 1]) & (every.weight > 0))
    moved = np.random.default_rng([seed, 7, *stream]).choice(outside, len(rows))
    at, pick = at.copy(), pick.copy()
    at[rows], pick[rows] = every.at[moved], moved
    return at, pick


@lru_cache(maxsize=4)
def _anchors(seed: int) -> _Anchors:
    land, line = country(seed), agreement(seed).line
    roads = np.concatenate(land.roads)
    towns = np.array([(t.lon, t.lat) for t in land.towns])
    dice = np.random.default_rng([seed, 4])
    at = np.concatenate([line[10:-10], roads, towns])
    heat = np.exp(1.4 * np.interp(np.linspace(0, 1, len(line) - 20), np.linspace(0, 1, 13), dice.normal(0, 1, 13)))
    parts = [
        (0.62, heat, 0.022),
        (0.24, np.ones(len(roads)), 0.012),
        (0.14, np.array([t.population for t in land.towns]) ** 0.3, 0.03),
    ]
    inside = shapely.contains_xy(land.land, at[:, 0], at[:, 1])
    weight = np.concatenate([share * w / w.sum() for share, w, _ in parts]) * inside
    spread = np.concatenate([np.full(len(w), size) for _, w, size in parts])
    names = np.array([t.name for t in land.towns], object)
    nearest = np.argmin(((at[:, None] - towns[None]) ** 2).sum(axis=2), axis=1)
    return _Anchors(at, spread, weight / weight.sum(), names[nearest])


def _from(choices: Sequence[str], pick: npt.NDArray[np.int64]) -> list[str]:
    found: list[str] = np.array(list(choices), object)[pick].tolist()
    return found


def _numbers(values: npt.NDArray[np.int64]) -> list[str]:
    return [str(value) for value in values.tolist()]


def _seconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def _iso(seconds: npt.NDArray[np.int64]) -> list[str]:
    return [f"{text}Z" for text in np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()]
