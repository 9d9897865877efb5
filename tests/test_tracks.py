"""Who was near a place, where everybody was, and what is wrong with tracks, against a slow walk along every leg."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.index import Fixes, Tracks, faults
from layers.model import NO_TIME

EARTH = Geod(ellps="WGS84")
CORNERS = [(61.9, -20.0), (179.97, 10.0), (15.0, 78.0)]
SECOND = 1_000_000
START = 1_790_000_000 * SECOND
FINE = 200


def walked(seed: int, corner: tuple[float, float], step_m: float, *, tracks: int = 3, count: int = 40) -> Fixes:
    """Return tracks that wander about a place, a minute or more from fix to fix, sometimes standing still."""
    dice = np.random.default_rng(seed)
    lon, lat, at = [], [], []
    for _ in range(tracks):
        place, time = corner, START + int(dice.integers(0, 3_600)) * SECOND
        for _ in range(count):
            lon.append(place[0])
            lat.append(place[1])
            at.append(time)
            away = step_m * dice.lognormal(0, 0.5) * (dice.random() < 0.9)
            place = EARTH.fwd(*place, dice.uniform(0, 360), away)[:2]
            time += int(dice.integers(60, 600) + 0.01 * away) * SECOND
    return Fixes(np.repeat(np.arange(tracks), count), np.array(lon), np.array(lat), np.array(at, np.int64))


def dense(fixes: Fixes, track: int) -> np.ndarray:
    """Return longitude, latitude and time along a track in fine steps of the geodesic itself."""
    mine, found = np.flatnonzero(fixes.track == track), []
    for one, other in itertools.pairwise(mine.tolist()):
        azimuth, _, metres = EARTH.inv(fixes.lon[one], fixes.lat[one], fixes.lon[other], fixes.lat[other])
        share = np.linspace(0, 1, FINE + 1)
        n = len(share)
        lon, lat, _ = EARTH.fwd(np.full(n, fixes.lon[one]), np.full(n, fixes.lat[one]), np.full(n, azimuth), share * metres)
        found.append(np.column_stack([lon, lat, fixes.at[one] + share * (fixes.at[other] - fixes.at[one])]))
    return np.concatenate(found)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(CORNERS),
    st.sampled_from([200.0, 3_000.0, 40_000.0]),
    st.sampled_from([0.3, 2.0]),
)
def test_who_was_near_is_as_a_slow_walk_says(seed: int, corner: tuple[float, float], step_m: float, reach: float) -> None:
    fixes = walked(seed, corner, step_m)
    dice = np.random.default_rng(seed + 1)
    metres = reach * step_m
    lon, lat, _ = EARTH.fwd(*corner, dice.uniform(0, 360), 3 * step_m * dice.random())
    start, end = np.sort(dice.integers(fixes.at.min() - 10**9, fixes.at.max(), 2)).tolist()
    found = Tracks(fixes).within(lon, lat, metres, start=start, end=end)
    # One stay, however many fixes it holds: those of a track are apart.
    assert (np.diff(found.track) >= 0).all()
    assert (found.entered[1:] > found.left[:-1])[np.diff(found.track) == 0].all()
    for track in range(3):
        path = dense(fixes, track)
        path = path[(path[:, 2] >= start) & (path[:, 2] < end)]
        mine = np.flatnonzero(found.track == track)
        n = len(path)
        away = EARTH.inv(np.full(n, lon), np.full(n, lat), path[:, 0], path[:, 1])[2]
        # Well within: in a stay. Well without: in none. Where a step of the walk or rounding could decide, either.
        inside = ((path[:, 2, None] >= found.entered[mine] - SECOND) & (path[:, 2, None] <= found.left[mine] + SECOND)).any(
            axis=1
        )
        assert inside[away <= metres - 0.05].all()
        strictly = ((path[:, 2, None] > found.entered[mine] + SECOND) & (path[:, 2, None] < found.left[mine] - SECOND)).any(
            axis=1
        )
        assert not strictly[away >= metres + 0.05].any()
        best = found.by_track()
        row = np.flatnonzero(best.track == track)
        if len(row):
            assert best.metres[row[0]] <= away.min(initial=np.inf) + 0.05
            assert best.metres[row[0]] == pytest.approx(EARTH.inv(lon, lat, best.lon[row[0]], best.lat[row[0]])[2], abs=1e-3)
            assert start <= best.entered[row[0]] <= best.at[row[0]] <= best.left[row[0]] <= end
        else:
            assert away.min(initial=np.inf) > metres - 0.05


@pytest.mark.parametrize("corner", [*CORNERS, (61.0, 84.0)])
def test_who_stands_near_for_hours_is_one_stay_with_its_closest_approach(corner: tuple[float, float]) -> None:
    dice = np.random.default_rng(5)
    many, lon, lat = 2_000, *corner
    around = [axis + dice.normal(0, 2e-5, many) for axis in (lon, lat)]
    # It drives off by day and comes back.
    out = np.where((np.arange(many) > 700) & (np.arange(many) < 900), 0.05, 0.0)
    fixes = Fixes(np.zeros(many, np.int64), around[0], around[1] + out, START + np.arange(many) * 30 * SECOND)
    found = Tracks(fixes).within(lon, lat, 500, start=START + 3_000 * SECOND, end=START + 50_000 * SECOND)
    metres = EARTH.inv(np.full(many, lon), np.full(many, lat), fixes.lon, fixes.lat)[2]
    asked = (fixes.at >= START + 3_000 * SECOND) & (fixes.at < START + 50_000 * SECOND)
    assert len(found) == 2
    for stay, part in enumerate((slice(0, 701), slice(900, many))):
        mine = np.zeros(many, np.bool_)
        mine[part] = True
        # Between two fixes it may have come nearer than at either.
        assert 0 <= found.metres[stay] <= metres[mine & asked].min() + 0.01
        assert found.metres[stay] == pytest.approx(EARTH.inv(lon, lat, found.lon[stay], found.lat[stay])[2], abs=1e-3)
        assert found.entered[stay] <= fixes.at[mine & asked].min()
        assert found.left[stay] >= fixes.at[mine & asked].max()
    assert found.entered[0] == START + 3_000 * SECOND


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(CORNERS), st.sampled_from([200.0, 40_000.0]))
def test_where_everybody_was_is_on_the_geodesic_at_even_speed(seed: int, corner: tuple[float, float], step_m: float) -> None:
    fixes = walked(seed, corner, step_m)
    tracks = Tracks(fixes)
    times = np.random.default_rng(seed).integers(fixes.at.min() - 10**9, fixes.at.max() + 10**9, 20)
    lon, lat = tracks.positions(times)
    assert lon.shape == (20, 3)
    for track in range(3):
        mine = np.flatnonzero(fixes.track == track)
        for n, time in enumerate(times.tolist()):
            if not fixes.at[mine[0]] <= time <= fixes.at[mine[-1]]:
                assert np.isnan(lon[n, track])
                continue
            leg = mine[min(int(np.searchsorted(fixes.at[mine], time, side="right")), len(mine) - 1)]
            azimuth, _, metres = EARTH.inv(fixes.lon[leg - 1], fixes.lat[leg - 1], fixes.lon[leg], fixes.lat[leg])
            share = (time - fixes.at[leg - 1]) / (fixes.at[leg] - fixes.at[leg - 1])
            there = EARTH.fwd(fixes.lon[leg - 1], fixes.lat[leg - 1], azimuth, share * metres)[:2]
            assert EARTH.inv(*there, lon[n, track], lat[n, track])[2] <= 0.02


def fixed(*rows: tuple[int, float, float, float | None]) -> Fixes:
    """Return fixes of rows of a track, degrees east and north, and seconds."""
    track, lon, lat, seconds = zip(*rows, strict=True)
    at = [NO_TIME if one is None else START + int(one * SECOND) for one in seconds]
    return Fixes(np.array(track), np.array(lon), np.array(lat), np.array(at, np.int64))


def test_a_passage_between_two_fixes_counts_with_the_times_of_entering_and_leaving() -> None:
    tracks = Tracks(fixed((0, -0.1, 0.0, 0), (0, 0.1, 0.0, 2_000)))
    found = tracks.within(0.0, 0.01, 2_000, start=START, end=START + 2_000 * SECOND)
    north_m, degree_m = EARTH.inv(0, 0, 0, 0.01)[2], EARTH.inv(0, 0, 1, 0)[2]
    half = np.sqrt(2_000**2 - north_m**2) / degree_m / 0.1 * 1_000
    assert (found.entered - START) / SECOND == pytest.approx([1_000 - half], abs=0.01)
    assert (found.left - START) / SECOND == pytest.approx([1_000 + half], abs=0.01)
    assert (found.at - START) / SECOND == pytest.approx([1_000], abs=0.01)
    assert found.metres == pytest.approx([north_m], abs=0.01)
    assert len(tracks.within(0.0, 0.01, 2_000, start=START, end=START + 500 * SECOND)) == 0
    late = tracks.within(0.0, 0.01, 2_000, start=START + 1_050 * SECOND, end=START + 9_000 * SECOND)
    assert late.entered.tolist() == late.at.tolist() == [START + 1_050 * SECOND]


def test_who_comes_twice_has_two_stays_and_one_row_by_track() -> None:
    there, back = (0, 0.0, 0.0), (0, 0.1, 0.0)
    found = Tracks(fixed((*there, 0), (*back, 1_000), (*there, 2_000))).within(0, 0, 500, start=0, end=2 * START)
    assert len(found) == 2
    assert found.left[1] == START + 2_000 * SECOND
    whole = found.by_track()
    assert whole.entered.tolist() == [START]
    assert whole.left.tolist() == [START + 2_000 * SECOND]
    assert whole.at.tolist() == [START]


def test_one_fix_alone_is_a_place_at_its_time() -> None:
    tracks = Tracks(fixed((0, 5.0, 5.0, 0), (2, 0.0, 0.0, 60)))
    found = tracks.within(0, 0.001, 2_000, start=START, end=START + 61 * SECOND)
    assert found.track.tolist() == [2]
    assert found.entered.tolist() == found.left.tolist() == [START + 60 * SECOND]
    assert len(tracks.within(0, 0.001, 2_000, start=START, end=START + 60 * SECOND)) == 0
    lon, _ = tracks.positions([START, START + 60 * SECOND])
    assert np.isfinite(lon).tolist() == [[True, False, False], [False, False, True]]


def test_faults_are_stated_by_track_and_between_which_fixes() -> None:
    fixes = fixed(
        (0, 0.0, 0.0, 0),
        (0, 0.001, 0.0, 60),
        (0, 0.002, 0.0, 30),
        (0, 5.0, 0.0, 90),
        (1, 0.0, 0.0, None),
        (1, 0.0, 0.0, None),
        (2, 0.0, 0.0, 0),
        (2, np.nan, 0.0, 10),
        (2, 0.0, 91.0, 20),
        (2, 0.001, 0.0, 30),
        (3, 0.0, 0.0, 0),
        (3, 0.001, 0.0, 0),
    )
    found = faults(fixes)
    said = list(zip(found.track.tolist(), found.wrong, found.before.tolist(), found.after.tolist(), strict=True))
    assert said == [(0, "backwards", 1, 2), (0, "leap", 2, 3), (1, "no time", 4, 5), (2, "no place", 7, 8)]
    assert found.seconds[:2].tolist() == [-30, 60]
    assert found.metres[1] == pytest.approx(EARTH.inv(0.002, 0, 5, 0)[2], abs=0.01)
    assert len(faults(fixes, most_kmh=1e9)) == 3


@given(st.floats(400, 600), st.integers(1, 3_600))
def test_a_leap_is_what_is_faster_than_five_hundred_kilometres_an_hour(kmh: float, seconds: int) -> None:
    lon, lat, _ = EARTH.fwd(35.0, 33.0, 40.0, kmh / 3.6 * seconds)
    found = faults(fixed((0, 35.0, 33.0, 0), (0, lon, lat, seconds)))
    if abs(kmh - 500) > 0.01:
        assert len(found) == (kmh > 500)


def test_what_is_wrong_is_not_followed_and_the_fixes_about_it_count() -> None:
    leap = Tracks(fixed((0, 0.0, 0.0, 0), (0, 9.0, 0.0, 60), (0, 9.001, 0.0, 120)))
    assert len(leap.within(4.5, 0, 2_000, start=0, end=2 * START)) == 0
    assert len(leap.within(0, 0, 2_000, start=0, end=2 * START)) == 1
    assert np.isnan(leap.positions(START + 30 * SECOND)[0]).all()
    backwards = Tracks(fixed((0, 0.0, 0.0, 0), (0, 0.1, 0.0, 1_000), (0, 0.2, 0.0, 500), (0, 0.3, 0.0, 1_500)))
    assert backwards.positions([START + 750 * SECOND, START + 1_250 * SECOND])[0][:, 0] == pytest.approx([0.075, 0.275], abs=1e-6)
    passed = Tracks(fixed((0, 0.0, 0.0, 0), (0, 0.05, 0.0, None), (0, 0.1, 0.0, 1_000)))
    assert passed.positions(START + 500 * SECOND)[0][0, 0] == pytest.approx(0.05, abs=1e-6)


def test_a_long_leg_over_the_antimeridian_is_followed() -> None:
    tracks = Tracks(fixed((0, 170.0, 50.0, 0), (0, -170.0, 50.0, 36_000)))
    azimuth, _, metres = EARTH.inv(170, 50, -170, 50)
    lon, lat, _ = EARTH.fwd(170, 50, azimuth, metres * 0.4)
    found = tracks.within(lon, lat, 10, start=0, end=2 * START)
    assert found.metres == pytest.approx([0], abs=0.02)
    assert (found.at - START) / SECOND == pytest.approx([14_400], abs=0.01)


def test_no_fix_is_no_track_and_nothing_is_found() -> None:
    nothing = np.zeros(0, np.int64)
    for fixes in (Fixes(nothing, nothing * 1.0, nothing * 1.0, nothing), fixed((1, 0.0, 0.0, None))):
        tracks = Tracks(fixes)
        assert len(tracks.within(0, 0, 2_000, start=0, end=2 * START).by_track()) == 0
        assert np.isnan(tracks.positions(START)[0]).all()
        assert tracks.positions(START)[0].shape == (1, fixes.count)


def test_many_fixes_take_little_more_than_their_places_and_times() -> None:
    count = 100_000
    rng = np.random.default_rng(1)
    lon, lat = (np.cumsum(rng.normal(0, 1e-5, count)) for _ in range(2))
    tracks = Tracks(Fixes(np.repeat(np.arange(10), count // 10), lon, lat, START + np.arange(count) * SECOND))
    assert tracks.nbytes < 17 * count


def test_what_cannot_be_asked_is_refused_in_words() -> None:
    one = np.zeros(1, np.int64)
    with pytest.raises(ValueError, match="do not rise"):
        Fixes(np.array([1, 0]), np.zeros(2), np.zeros(2), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="rows"):
        Fixes(one, np.zeros(2), np.zeros(2), one)
    tracks = Tracks(Fixes(one, np.zeros(1), np.zeros(1), one))
    with pytest.raises(ValueError, match="from 0 to 100,000"):
        tracks.within(0, 0, -1, start=0, end=1)
    with pytest.raises(ValueError, match="no place on earth"):
        tracks.within(0, 91, 1, start=0, end=1)
