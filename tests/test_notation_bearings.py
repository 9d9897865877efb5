"""Bearings and distances as the field writes them: read, written back, and what they leave open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers import notation
from layers.notation.bearings import POINTS

EARTH = Geod(ellps="WGS84")
NORTHS = st.sampled_from(["", " true", " magnetic", " grid"])
NUMBERS = st.tuples(st.integers(0, 35_999), st.integers(0, 2)).map(lambda one: f"{one[0] / 100:.{one[1]}f}".zfill(3))
OFF = st.one_of(st.just(""), st.floats(0.01, 180).map(lambda one: f" ± {one:.2f}°"))
DEGREES = st.tuples(NUMBERS, OFF, NORTHS).map(lambda one: f"{one[0]}°{one[1]}{one[2]}")
MILS = st.tuples(st.integers(0, 6_400), st.sampled_from(["", " ± 40 mils", " ± 2°"]), NORTHS).map(
    lambda one: f"{one[0]} mils{one[1]}{one[2]}"
)
BEARINGS = st.one_of(DEGREES, MILS, st.sampled_from(POINTS))
UNITS = st.sampled_from(["m", "km", " metres", " Kilometres"])
FIGURES = st.one_of(st.integers(1, 9_999).map(str), st.integers(1, 9_999).map(lambda one: f"{one / 100:.2f}"))
DISTANCES = st.one_of(
    st.tuples(st.sampled_from(["", "about ", "~", "< ", "up to ", "> ", "ca. "]), FIGURES, UNITS).map("".join),
    st.tuples(st.integers(0, 500), st.integers(501, 9_000), UNITS).map(lambda one: f"{one[0]}-{one[1]}{one[2]}"),
)


@given(st.lists(BEARINGS, max_size=8))
def test_a_bearing_written_back_reads_as_the_same(texts: list[str]) -> None:
    read = notation.parse_bearings(texts)
    assert read.fault == [""] * len(texts)
    again = notation.parse_bearings(notation.format_bearings(read))
    assert again.degrees == pytest.approx(read.degrees, abs=1e-5)
    assert again.error == pytest.approx(read.error, abs=1e-5)
    for one, other in ((again.said, read.said), (again.north, read.north), (again.notation, read.notation)):
        assert one.tolist() == other.tolist()
    assert notation.format_bearings(again).tolist() == notation.format_bearings(read).tolist()


@given(st.integers(0, 35_999), st.integers(0, 2))
def test_the_error_a_number_implies_is_what_rounding_may_have_cost(hundredths: int, figures: int) -> None:
    read = notation.parse_bearings([f"{hundredths / 100:.{figures}f}"])
    assert abs((read.degrees[0] - hundredths / 100 + 180) % 360 - 180) <= read.error[0] + 1e-9
    assert not read.said[0]


@pytest.mark.parametrize(
    ("text", "degrees", "error"),
    [
        ("045", 45, 0.5),
        ("45.5°", 45.5, 0.05),
        ("45,5 deg", 45.5, 0.05),
        ("٠٤٥°", 45, 0.5),
        ("800 mils", 45, 0.028125),
        ("800 mils ± 40", 45, 2.25),
        ("045 +/- 5", 45, 5),
        ("360", 0, 0.5),
        ("6400 mils", 0, 0.028125),
        ("NE", 45, 22.5),
        ("n", 0, 22.5),
        ("NNE", 22.5, 11.25),
        ("NNE ±5°", 22.5, 5.0),
        ("NNE±5", 22.5, 5.0),
        ("north east +/- 160 mils", 45.0, 9.0),
        ("north-north-west", 337.5, 11.25),
        ("south east", 135, 22.5),
        ("brg 270", 270, 0.5),
    ],
)
def test_the_ways_of_the_field_are_read(text: str, degrees: float, error: float) -> None:
    read = notation.parse_bearings([text])
    assert read.fault == [""]
    assert (read.degrees[0], read.error[0]) == pytest.approx((degrees, error))


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "361",
        "361°",
        "6401 mils",
        "-5",
        "NNNE",
        "45 46",
        "045-050",
        "045 ± 0",
        "NE ± 200",
        "NNNE ± 5",
        "045 ± 200",
        "mag 45 M",
        "x" * 99,
        "nan",
    ],
)
def test_what_is_no_bearing_is_a_fault_of_its_row_alone(text: str | None) -> None:
    read = notation.parse_bearings(["045", text, "NE"])
    assert [bool(why) for why in read.fault] == [False, True, False]
    assert np.isnan(read.degrees).tolist() == [False, True, False]
    assert notation.format_bearings(read)[1] == ""


@given(st.text(max_size=30))
def test_no_text_of_either_breaks_the_reading(text: str) -> None:
    for read in (notation.parse_bearings([text]), notation.parse_bands([text])):
        assert len(read.fault) == 1


@given(st.floats(-179.9, 179.9), st.floats(-79, 83))
def test_grid_north_is_where_the_grid_says(lon: float, lat: float) -> None:
    read = notation.parse_bearings(["000 grid"])
    zone, northern, easting, northing = notation.to_utm([lon], [lat])
    found = notation.true_bearings(read, lon, lat)
    up, over = notation.from_utm(zone, northern, easting, northing + 10)
    azimuth, _, _ = EARTH.inv(lon, lat, up[0], over[0])
    assert found.fault == [""]
    assert abs((found.degrees[0] - azimuth + 180) % 360 - 180) < 1e-3


def test_a_magnetic_bearing_is_never_taken_for_a_true_one() -> None:
    read = notation.parse_bearings(["045", "045 mag", "M 045", "361", "045 G"])
    found = notation.true_bearings(read, [36.0] * 5, [33.0, 33.0, 33.0, 33.0, 89.0])
    assert np.isnan(found.degrees).tolist() == [False, True, True, True, True]
    assert ["magnetic" in why for why in found.fault] == [False, True, True, False, False]
    assert found.fault[4] == "the bearing counts from grid north, and its place has no UTM grid; write the true bearing"
    assert notation.true_bearings(read, 36.0, 33.0, declination=[0, 4, -50, 0, 0]).degrees[:3].tolist() == [45, 49, 355]


@given(st.lists(st.tuples(DISTANCES, st.sampled_from(["", " NE", ", 045°"])).map("".join), max_size=8))
def test_a_distance_written_back_reads_as_the_same(texts: list[str]) -> None:
    read = notation.parse_bands(texts)
    assert read.fault == [""] * len(texts)
    again = notation.parse_bands(notation.format_bands(read))
    assert again.nearest_m == pytest.approx(read.nearest_m, abs=1e-6)
    assert again.farthest_m == pytest.approx(read.farthest_m, abs=1e-6)
    assert again.manner.tolist() == read.manner.tolist()
    assert again.toward.tolist() == read.toward.tolist()


@pytest.mark.parametrize(
    ("text", "nearest", "farthest", "manner"),
    [
        ("1-3 km", 1_000, 3_000, "band"),
        ("1–3 km NE", 1_000, 3_000, "band"),
        ("between 1 and 3 km", 1_000, 3_000, "band"),
        ("500 m to 2 km", 500, 2_000, "band"),
        ("0-2km", 0, 2_000, "band"),
        ("500 m", 450, 550, "rounded"),
        ("3 km", 2_500, 3_500, "rounded"),
        ("3,5 km", 3_450, 3_550, "rounded"),
        ("about 3 km", 2_250, 3_750, "about"),
        ("< 2 km", 0, 2_000, "below"),
        ("more than 2 km", 2_000, np.inf, "above"),
    ],
)
def test_the_distances_of_the_field_are_read(text: str, nearest: float, farthest: float, manner: str) -> None:
    read = notation.parse_bands([text])
    assert read.fault == [""]
    assert (read.nearest_m[0], read.farthest_m[0], read.manner[0]) == (nearest, farthest, manner)


def test_a_band_with_a_direction_gives_both() -> None:
    read = notation.parse_bands(["1–3 km NE", "500 m, 045°", "about 2 km to the NNW"])
    assert notation.parse_bearings(read.toward).degrees.tolist() == [45, 45, 337.5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "3-1 km",
        "2-2 km",
        "-2 km",
        "500",
        "1-3",
        "1,500 m",
        "1.500 m",
        "0 m",
        "far",
        "< 1-3 km",
        "5 miles",
        "99999 km",
        "x" * 99,
    ],
)
def test_what_is_no_distance_is_a_fault_of_its_row_alone(text: str | None) -> None:
    read = notation.parse_bands(["1 km", text, "< 2 km"])
    assert [bool(why) for why in read.fault] == [False, True, False]
    assert np.isnan(read.farthest_m).tolist() == [False, True, False]
