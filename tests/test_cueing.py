"""Findings against reports, patrols and zones: against a slow reference, and against chance."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.analysis import cueing as law
from layers.analysis.cueing import NOT_OBSERVABLE, PERHAPS, SUPPORTED, UNSUPPORTED, Comparison, Findings, Reach, Reports, Tracks
from layers.analysis.place import Feature, features
from layers.model import NO_TIME
from layers.spatial import gap

DAY = 86_400_000_000
PLACES = [(61.1, -20.0), (179.995, 12.0), (-71.0, 68.0), (-179.99, -3.0)]
REACH = Reach(500.0, 3.0, 1_000.0, 1_000.0)


def made(seed: int, place: tuple[float, float], count: int = 4, reports: int = 25) -> tuple[Findings, Reports]:
    """Return squares of changed ground about a place and reports about them, of three kinds."""
    dice = np.random.default_rng(seed)
    across = 1 / (111_320 * np.cos(np.radians(place[1])))

    def about(n: int, metres: float) -> tuple[np.ndarray, np.ndarray]:
        lon = place[0] + dice.normal(0, metres, n) * across
        return (lon + 180) % 360 - 180, place[1] + dice.normal(0, metres, n) / 111_320

    lon, lat = about(count, 2_000)
    half = dice.uniform(30, 600, count)
    shapes = [
        shapely.box(x - m * across, y - m / 111_320, x + m * across, y + m / 111_320)
        for x, y, m in zip(lon, lat, half, strict=True)
    ]
    before = dice.integers(0, 20, count) * DAY
    findings = Findings(
        np.array(shapes, object), before, before + dice.integers(1, 10, count) * DAY, dice.random((count, 3)) < 0.6
    )
    at = dice.integers(-5, 35, reports) * DAY
    at[0] = NO_TIME
    precision = dice.choice([0.0, 50.0, 400.0, 999.0, 5_000.0], reports)
    return findings, Reports(*about(reports, 2_500), at, precision, dice.integers(0, 3, reports))


def apart(findings: Findings, shapes: object) -> np.ndarray:
    """Return how far each shape lies from each finding, by geodesics, one after the other."""
    every = geopandas.GeoSeries(np.asarray(shapes, object), crs=4326)
    return np.array([gap(every, geopandas.GeoSeries([one], crs=4326))["distance_m"].to_numpy() for one in findings.shapes])


def near(findings: Findings, reports: Reports, reach: Reach) -> tuple[set[tuple[int, int]], np.ndarray]:
    """Return by hand which report is near which finding, and how far all are."""
    metres = apart(findings, shapely.points(reports.lon, reports.lat))
    found = set()
    for n in range(len(findings)):
        for k in range(len(reports)):
            usable = reports.at[k] != NO_TIME and reports.precision_m[k] <= reach.coarsest_m
            timely = findings.before[n] - reach.days * DAY <= reports.at[k] <= findings.after[n] + reach.days * DAY
            if usable and timely and metres[n, k] <= reach.metres + reports.precision_m[k]:
                found.add((n, k))
    return found, metres


@given(st.integers(0, 10_000), st.sampled_from(PLACES))
def test_what_is_near_is_what_a_slow_look_finds(seed: int, place: tuple[float, float]) -> None:
    findings, reports = made(seed, place)
    wanted, metres = near(findings, reports, REACH)
    met = law.met(findings, reports, REACH)
    assert set(zip(met.finding.tolist(), met.other.tolist(), strict=True)) == wanted
    assert met.metres == pytest.approx(metres[met.finding, met.other], rel=1e-3, abs=0.1)
    assert (met.fits == findings.fits[met.finding, reports.kind[met.other]]).all()
    assert (met.surely == (met.metres + reports.precision_m[met.other] <= REACH.metres)).all()


@given(st.integers(0, 10_000), st.sampled_from(PLACES))
def test_verdicts_are_those_of_the_slow_look(seed: int, place: tuple[float, float]) -> None:
    findings, reports = made(seed, place)
    wanted, _ = near(findings, reports, REACH)
    tracks = Tracks(
        np.array([shapely.LineString([place, (place[0], place[1] + 0.05)])], object), np.array([5 * DAY]), np.array([5 * DAY])
    )
    drive = apart(findings, tracks.shapes)[:, 0]
    met, passed = law.met(findings, reports, REACH), law.passed(findings, tracks, REACH)
    fits = {(n, k) for n, k in wanted if findings.fits[n, reports.kind[k]]}
    metres = apart(findings, shapely.points(reports.lon, reports.lat))
    sure = {(n, k) for n, k in wanted if metres[n, k] + reports.precision_m[k] <= REACH.metres}

    def borne(place: int, one: int, other: int) -> int:
        found = {pair for pair in fits if pair[place] == one}
        return SUPPORTED if found & sure else PERHAPS if found else other

    for n, verdict in enumerate(law.judged(len(findings), met, passed).tolist()):
        seen = drive[n] <= REACH.sight_m and findings.before[n] - 3 * DAY <= 5 * DAY <= findings.after[n] + 3 * DAY
        told = any(one == n for one, _ in sure)
        assert verdict == borne(0, n, UNSUPPORTED if seen or told else NOT_OBSERVABLE)
    pair = Comparison(0, 12 * DAY, np.array([True, False, True]), lambda _, lat: lat > place[1])
    for k, verdict in enumerate(law.answered(reports, met, [pair], REACH).tolist()):
        usable = reports.at[k] != NO_TIME and reports.precision_m[k] <= REACH.coarsest_m
        covered = usable and -3 * DAY <= reports.at[k] <= 15 * DAY and pair.fits[reports.kind[k]] and reports.lat[k] > place[1]
        assert verdict == borne(1, k, UNSUPPORTED if covered else NOT_OBSERVABLE)


@given(st.integers(0, 1_000), st.sampled_from(PLACES))
def test_lifts_are_those_of_shifts_made_one_by_one(seed: int, place: tuple[float, float]) -> None:
    findings, reports = made(seed, place, reports=12)
    box = (((place[0] - 0.06) + 180) % 360 - 180, place[1] - 0.06, ((place[0] + 0.06) + 180) % 360 - 180, place[1] + 0.06)
    inside = reports.take(np.flatnonzero(law.within(box, reports.lon, reports.lat)))

    bound = apart(findings, findings.shapes) <= REACH.together_m
    bound &= (findings.before[:, None] < findings.after) & (findings.before < findings.after[:, None])
    place = np.arange(len(findings))
    for _ in place:
        place = np.array([place[row].min() for row in bound])

    def supported(of: Reports) -> tuple[int, int]:
        fits = {(n, k) for n, k in near(findings, of, REACH)[0] if findings.fits[n, of.kind[k]]}
        return len({place[n] for n, _ in fits}), len({k for _, k in fits})

    steps = np.random.default_rng(5).random((4, 2))
    drawn = [supported(law.shifted(inside, box, *step)) for step in steps]
    seen = supported(inside)
    assert len(set(place.tolist())) == len(set(law.places(findings, REACH).tolist()))
    for way, lift in enumerate(law.lifts(findings, reports, box, REACH, shifts=4, seed=5)):
        as_many = sum(one[way] >= seen[way] for one in drawn)
        assert lift.chance == pytest.approx((1 + as_many) / 5)
        mean = sum(one[way] for one in drawn) / 4
        assert lift.ratio == (pytest.approx(seen[way] / mean) if mean else None)


@given(st.sampled_from([(10.0, -60.0, 30.0, 70.0), (170.0, -5.0, -170.0, 5.0)]), st.floats(0, 1), st.floats(0, 1))
def test_a_shift_keeps_reports_in_the_box_and_spreads_them_evenly_over_its_area(
    box: tuple[float, float, float, float], east: float, north: float
) -> None:
    west, south, edge, top = box
    wide, low, high = (edge - west) % 360, np.sin(np.radians(south)), np.sin(np.radians(top))
    share = (np.arange(400) + 0.5) / 400
    lat = np.degrees(np.arcsin(low + share * (high - low)))
    at = Reports(west + share * wide, lat, np.zeros(400, np.int64), np.zeros(400), np.zeros(400, np.int64))
    moved = law.shifted(at, box, east, north)
    assert law.within((west - 1e-9, south - 1e-9, edge + 1e-9, top + 1e-9), moved.lon, moved.lat).all()
    assert (np.abs(moved.lon) <= 180).all()
    spread = np.sort((np.sin(np.radians(moved.lat)) - low) / (high - low))
    assert np.abs(np.diff(spread) - 1 / 400).max() < 1e-6
    back = law.shifted(moved, box, 1 - east, 1 - north)
    assert np.abs(np.sin(np.radians(back.lat - at.lat))).max() < 1e-6 or np.isclose(north, 0) or np.isclose(north, 1)


def test_what_is_bound_stands_out_and_what_is_not_does_not() -> None:
    dice = np.random.default_rng(3)
    box, count = (61.0, -20.5, 61.5, -20.0), 30
    lon, lat = dice.uniform(61.02, 61.48, count), dice.uniform(-20.48, -20.02, count)
    squares = shapely.box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    none, late, true = np.zeros(count, np.int64), np.full(count, 5 * DAY), np.ones((count, 1), np.bool_)
    findings = Findings(np.asarray(squares, object), none, late, true)
    bound = Reports(lon, lat, late, np.zeros(count), none)
    for lift in law.lifts(findings, bound, box, REACH, seed=1):
        assert lift.observed == 1.0
        assert lift.chance == 1 / 200
        assert lift.ratio is not None
        assert lift.ratio > 5
    chances = []
    for seed in range(40):
        free = replace(bound, lon=dice.uniform(61.0, 61.5, count), lat=dice.uniform(-20.5, -20.0, count))
        chances.append(law.lifts(findings, free, box, replace(REACH, metres=3_000), shifts=39, seed=seed)[0].chance)
    assert sum(chance <= 0.05 for chance in chances) <= 7
    assert 0.3 < np.mean(chances) < 0.75


def test_one_burned_place_counts_once_however_often_it_was_found() -> None:
    pieces = [shapely.box(x, -20.01, x + 0.005, -20.0) for x in (61.0, 61.002, 61.005, 61.0108, 61.02, 61.0)]
    days = np.array([0, 0, 0, 0, 0, 5]) * DAY
    findings = Findings(np.array(pieces, object), days, days + 5 * DAY, np.ones((6, 1), np.bool_))
    first, second, third, fourth, far, later = law.places(findings, REACH).tolist()
    assert first == second == third == fourth
    assert len({first, far, later}) == 3
    near = Reports(np.array([61.001]), np.array([-20.005]), np.array([DAY]), np.array([0.0]), np.array([0]))
    assert law.lifts(findings, near, (60, -21, 62, -19), replace(REACH, days=0), shifts=3)[0].observed == pytest.approx(1 / 3)


def test_a_patrol_without_a_time_and_a_report_known_too_coarsely_tell_nothing() -> None:
    square = np.array([shapely.box(61.0, -20.01, 61.01, -20.0)], object)
    findings = Findings(square, np.array([0]), np.array([DAY]), np.ones((1, 1), np.bool_))
    track = Tracks(
        np.array([shapely.LineString([(61.0, -20.0), (61.1, -20.0)])], object), np.array([NO_TIME]), np.array([NO_TIME])
    )
    vague = Reports(np.array([61.005]), np.array([-20.005]), np.array([0]), np.array([5_000.0]), np.array([0]))
    met, passed = law.met(findings, vague, REACH), law.passed(findings, track, REACH)
    assert law.judged(1, met, passed).tolist() == [NOT_OBSERVABLE]
    everywhere = Comparison(0, DAY, np.ones(1, np.bool_), lambda lon, _: np.ones(len(lon), np.bool_))
    assert law.answered(vague, met, [everywhere], REACH).tolist() == [NOT_OBSERVABLE]
    timed = replace(track, start=np.array([0]), until=np.array([DAY]))
    assert law.judged(1, met, law.passed(findings, timed, REACH)).tolist() == [UNSUPPORTED]


def test_a_finding_lies_in_the_zones_that_stood_at_its_second_scene() -> None:
    square = np.array([shapely.box(61.0, -20.01, 61.01, -20.0)], object)
    findings = Findings(square, np.array([0]), np.array([10 * DAY]), np.ones((1, 1), np.bool_))
    about = shapely.box(60.9, -20.1, 61.005, -19.9)
    zones = features(
        [
            Feature("a", "Now", about, 5 * DAY),
            Feature("b", "Before", about, 0, 5 * DAY),
            Feature("c", "Far", shapely.box(63, -20, 64, -19)),
        ]
    )
    assert law.lying(findings, zones).tolist() == [[0, 0]]


def test_nothing_is_near_to_nothing() -> None:
    none = np.empty(0, np.int64)
    findings = Findings(np.empty(0, object), none, none, np.empty((0, 1), np.bool_))
    reports = Reports(np.empty(0), np.empty(0), none, np.empty(0), none)
    met, passed = law.met(findings, reports, REACH), law.passed(findings, Tracks(np.empty(0, object), none, none), REACH)
    assert law.judged(0, met, passed).tolist() == law.answered(reports, met, [], REACH).tolist() == []
    first, second = law.lifts(findings, reports, (60, -21, 61, -20), REACH, shifts=3)
    assert (first.observed, second.observed, first.ratio, second.chance) == (0.0, 0.0, None, 1.0)
