"""What makes rows coarse: one place for a cell, one time for a period, and none of few; against slow, obvious references."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.analysis.release import few
from layers.model import NO_TIME, to_micros
from layers.notation import Period, begun, ended, format_mgrs, reach, snapped
from layers.notation.grid import Digits

SIDES: list[tuple[int, Digits]] = [(1_000, 4), (10_000, 2), (100_000, 0)]
#: Edges of zones, the odd zones of Norway and Svalbard, the equator, the date line, and where the polar areas begin.
HARD = [
    (36.0, 33.5),
    (30.0, 0.0),
    (3.0, 60.0),
    (9.0, 78.0),
    (180.0, -10.0),
    (-180.0, 65.0),
    (25.0, 84.0),
    (60.0, -80.0),
    (0.0, 90.0),
    (10.0, -90.0),
]
times = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
periods: st.SearchStrategy[Period] = st.sampled_from(["hour", "day", "week", "month"])


def around(lon: float, lat: float, size: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Return a thousand places about one, none past a pole."""
    rng = np.random.default_rng(7)
    east, north = rng.uniform(-size, size, 1_000) / max(0.05, np.cos(np.radians(lat))), rng.uniform(-size, size, 1_000)
    return lon + east, np.clip(lat + north, -90, 90)


@pytest.mark.parametrize(("cell_m", "digits"), SIDES)
@pytest.mark.parametrize("place", HARD)
def test_all_of_a_cell_go_to_one_place_that_stays_and_is_near(place: tuple[float, float], cell_m: int, digits: Digits) -> None:
    lon, lat = around(*place)
    east, north = snapped(lon, lat, cell_m)
    held: dict[str, set[tuple[float, float]]] = {}
    for cell, *at in zip(format_mgrs(lon, lat, digits).tolist(), east.tolist(), north.tolist(), strict=True):
        held.setdefault(cell, set()).add((at[0], at[1]))
    assert {cell: len(found) for cell, found in held.items() if len(found) > 1} == {}
    again = snapped(east, north, cell_m)
    assert (again[0].tolist(), again[1].tolist()) == (east.tolist(), north.tolist())
    metres = Geod(ellps="WGS84").inv(lon, lat, east, north)[2]
    assert (metres <= reach(east, north, cell_m)).all()


def test_where_there_is_no_place_none_is_made() -> None:
    assert np.isnan(snapped([np.nan, 36.0], [33.0, np.nan], 1_000)).all()
    assert [found.tolist() for found in snapped([], [], 1_000)] == [[], []]


def slow(at: datetime, period: Period) -> datetime:
    if period == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


@given(times, periods)
def test_a_time_becomes_the_period_it_lies_in(at: datetime, period: Period) -> None:
    first = slow(at, period)
    assert begun([to_micros(at)], period).tolist() == [to_micros(first)]
    assert begun([to_micros(first)], period).tolist() == [to_micros(first)]
    last = ended([to_micros(at)], period).tolist()[0]
    if at == first:
        assert last == to_micros(at)
    else:
        assert begun([last], period).tolist() == [last]
        assert begun([last - 1], period).tolist() == [to_micros(first)]


@given(periods)
def test_no_time_stays_none(period: Period) -> None:
    assert begun([NO_TIME], period).tolist() == [NO_TIME]
    assert ended([NO_TIME], period).tolist() == [NO_TIME]


@given(st.lists(st.integers(-3, 3), max_size=30), st.integers(1, 6))
def test_a_group_of_fewer_is_held_back_whole(groups: list[int], fewest: int) -> None:
    counts = Counter(groups)
    assert few(np.array(groups, np.int64), fewest).tolist() == [counts[of] < fewest for of in groups]
